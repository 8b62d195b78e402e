//! Runs a task in a process of its own and reports how it ended: with a result, out of time, or out of memory. Independent of networks and devices.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::device::Device;
use crate::worker::{Message, Response, Task};
use crate::{environment, memory};

/// More than the samples of any protocol.
const MAX_MESSAGES_BYTES: u64 = 256 << 20;

/// How much of the standard error is kept, from its end.
const MAX_STDERR_BYTES: usize = 16 << 10;

/// How a process that computes ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    /// With a result.
    Completed(Response),
    /// At the time limit.
    OutOfTime {
        /// The last stage, worded to follow "after 3 s, ".
        stage: String,
    },
    /// The device or its driver failed.
    Failed {
        /// Its error, and the last stage.
        reason: String,
    },
    /// Memory ran out.
    OutOfMemory {
        /// The error, and the last stage.
        reason: String,
    },
}

/// Starts this program again as the process that computes and waits for its end, at most for `limit`. `report` is called with each
/// stage. `procfs` counts the processes that the kernel killed; `scratch` is for files that exist only meanwhile.
///
/// # Errors
/// Any failure other than running out of memory or time, with the standard error of the process.
pub fn run(
    task: &Task,
    limit: Duration,
    (procfs, scratch): (&Path, &Path),
    report: &mut dyn FnMut(&str),
) -> Result<Ended> {
    let killed_before = killed_for_memory(procfs);
    let start = Instant::now();
    let mut child = start_worker(task, scratch)?;
    let received = receive(&mut child, start, limit, report);
    // After a result or at the time limit the process still runs.
    if !matches!(received, Received::Closed { .. }) {
        child.0.kill().context("cannot end the process that computes")?;
    }
    let status = child.0.wait().context("cannot wait for the process that computes")?;
    match received {
        Received::Done(Response::Failed(error), stage) => {
            let error = shortened(&error);
            // A library runs in the memory of its process, and in a process of its own.
            let is_library = task.device() == Device::CpuOnnxruntime;
            let was_killed = is_library && killed_for_memory(procfs) > killed_before;
            Ok(match is_out_of_memory(&error) || was_killed {
                true => without_memory(&error, is_library && !was_killed, task, procfs, &stage),
                false => Ended::Failed { reason: format!("the device failed: {error}, {stage}") },
            })
        }
        Received::Done(response, _) => Ok(Ended::Completed(response)),
        Received::Timeout { stage } => Ok(Ended::OutOfTime { stage }),
        Received::Closed { stage, stderr } => {
            let killed_since = killed_for_memory(procfs);
            match out_of_memory(status, &stderr, killed_before, killed_since) {
                Some(reason) => Ok(without_memory(&reason, signal(status) != Some(KILL), task, procfs, &stage)),
                // A driver that crashes takes its process with it.
                None if task.device().may_fail() && signal(status).is_some_and(|signal| signal != KILL) => {
                    let reason = format!("the device failed: its driver ended the process with {status}, {stage}");
                    Ok(Ended::Failed { reason })
                }
                None => bail!("the process that computes ended with {status}, {stage}\n{}", stderr.trim_end()),
            }
        }
    }
}

/// How a process ended that got no more memory: out of memory, unless a limit of the shell may be the reason. That says
/// nothing about the machine. `is_limited` is whether the limit that this program set may be the reason.
fn without_memory(error: &str, is_limited: bool, task: &Task, procfs: &Path, stage: &str) -> Ended {
    let limit = task.memory_limit();
    // A kill and the memory of a device have nothing to do with either limit.
    match memory::limit_of_shell(procfs, limit).filter(|_| is_limited || is_of_host(error)) {
        Some(cause) => Ended::Failed { reason: format!("{error}: {cause}, {stage}") },
        None => {
            let only = limit.filter(|_| is_limited).map(|limit| format!(", since only {}", limit.words()));
            Ended::OutOfMemory { reason: format!("{error}{}, {stage}", only.unwrap_or_default()) }
        }
    }
}

/// Whether a driver's error is about the memory of its process, not of its device.
fn is_of_host(error: &str) -> bool {
    letters(error).contains("outofhostmemory")
}

fn letters(error: &str) -> String {
    error.to_lowercase().chars().filter(|letter| letter.is_ascii_lowercase()).collect()
}

/// Whether an error of a driver or of wgpu says that memory ran out.
fn is_out_of_memory(error: &str) -> bool {
    // All spellings: `Out of Memory`, `OutOfMemory`, `VK_ERROR_OUT_OF_DEVICE_MEMORY`.
    let letters = letters(error);
    let patterns = ["outofmemory", "outofdevicememory", "outofhostmemory", "notenoughmemory", "failedtoallocate"];
    // Of C++ and Python.
    let of_languages = ["badalloc", "memoryerror"];
    patterns.iter().chain(&of_languages).any(|pattern| letters.contains(pattern))
}

/// An error in one line, short enough for a record and a table.
fn shortened(error: &str) -> String {
    const MAX_LETTERS: usize = 300;
    error.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_LETTERS).collect()
}

/// What came from the process, with its last stage.
enum Received {
    /// A result.
    Done(Response, String),
    /// No result within the limit.
    Timeout { stage: String },
    /// The output closed without a result.
    Closed { stage: String, stderr: String },
}

/// A process that ends with its handle, also on errors.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        // Usually the process has ended and both calls fail.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn start_worker(task: &Task, scratch: &Path) -> Result<Worker> {
    let program = std::env::current_exe().context("cannot find the file of this program")?;
    let mut command = Command::new(program);
    command.args(["worker", "--task", task.name(), "--supervisor", &std::process::id().to_string(), "--scratch"]);
    command.arg(scratch);
    // It would change the times, and it is not in the key.
    command.env_remove("RAYON_NUM_THREADS");
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = Worker(child.context("cannot start the process that computes")?);
    let text = serde_json::to_string(task)?;
    let mut input = child.0.stdin.take().context("the process that computes has no input")?;
    // If the process has already ended, its closed output shows it.
    input.write_all(text.as_bytes()).ok();
    Ok(child)
}

fn receive(child: &mut Worker, start: Instant, limit: Duration, report: &mut dyn FnMut(&str)) -> Received {
    let messages = child.0.stdout.take().map(spawn_messages);
    let stderr = child.0.stderr.take().map(|stderr| thread::spawn(move || last_of(stderr)));
    let mut stage = "before it started".to_owned();
    let end = |stage: String| {
        let stderr = stderr.and_then(|thread| thread.join().ok()).unwrap_or_default();
        Received::Closed { stage, stderr }
    };
    let Some(messages) = messages else { return end(stage) };
    loop {
        let message = match limit.checked_sub(start.elapsed()) {
            None => Err(RecvTimeoutError::Timeout),
            Some(left) => messages.recv_timeout(left),
        };
        match message {
            Ok(Message::Stage(next)) => {
                report(&next);
                stage = next;
            }
            Ok(Message::Done(response)) => return Received::Done(response, stage),
            Err(RecvTimeoutError::Timeout) => return Received::Timeout { stage },
            Err(RecvTimeoutError::Disconnected) => return end(stage),
        }
    }
}

/// The messages in order, up to the first line that is not a message.
fn spawn_messages(output: impl Read + Send + 'static) -> Receiver<Message> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output.take(MAX_MESSAGES_BYTES)).lines() {
            let Some(message) = line.ok().and_then(|line| serde_json::from_str(&line).ok()) else { return };
            if sender.send(message).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Reads to the end and returns the last part.
fn last_of(mut stream: impl Read) -> String {
    let (mut kept, mut part) = (Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = stream.read(&mut part) {
        kept.extend_from_slice(&part[..count]);
        kept.drain(..kept.len().saturating_sub(MAX_STDERR_BYTES));
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// How many processes the kernel has killed since boot because memory ran out.
fn killed_for_memory(procfs: &Path) -> Option<u64> {
    let counters = environment::text(procfs, "vmstat").ok()?;
    counters.lines().find_map(|line| line.strip_prefix("oom_kill "))?.parse().ok()
}

/// Why the process ran out of memory, if that is how it ended.
fn out_of_memory(status: ExitStatus, stderr: &str, before: Option<u64>, since: Option<u64>) -> Option<String> {
    // Printed by Rust's standard library before it aborts.
    let is_failed = |line: &&str| line.starts_with("memory allocation of ") && line.contains(" bytes failed");
    if let Some(line) = stderr.lines().find(is_failed) {
        return Some(line.to_owned());
    }
    let killed = "killed by the kernel when memory ran out";
    match (signal(status), before.zip(since)) {
        (Some(KILL), Some((before, since))) if since > before => Some(killed.to_owned()),
        (Some(KILL), None) => Some(format!("{killed}, presumably: it does not count such kills")),
        // The kernel counted no such kill, so another process sent the signal.
        _ => None,
    }
}

/// SIGKILL: sent by the kernel or by hand, never by a driver.
const KILL: i32 = 9;

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_status: ExitStatus) -> Option<i32> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn a_failed_allocation_is_out_of_memory() {
        let stderr = "note\nmemory allocation of 411041792 bytes failed\n";
        let reason = out_of_memory(ExitStatus::from_raw(6), stderr, Some(0), Some(0));
        assert_eq!(reason.as_deref(), Some("memory allocation of 411041792 bytes failed"));
    }

    #[test]
    fn a_kill_is_out_of_memory_if_the_kernel_counts_it_or_has_no_counter() {
        let killed = ExitStatus::from_raw(KILL);
        assert!(out_of_memory(killed, "", Some(2), Some(3)).is_some());
        assert!(out_of_memory(killed, "", None, None).is_some());
        assert!(out_of_memory(killed, "", Some(2), Some(2)).is_none());
    }

    #[test]
    fn no_other_exit_is_out_of_memory() {
        assert!(out_of_memory(ExitStatus::from_raw(101 << 8), "panicked", Some(0), Some(1)).is_none());
        assert!(out_of_memory(ExitStatus::from_raw(11), "", Some(0), Some(1)).is_none());
    }

    #[test]
    fn errors_of_drivers_about_memory_are_recognised() {
        for error in [
            "Device(OutOfMemory)",
            "wgpu error: Out of Memory",
            "VK_ERROR_OUT_OF_DEVICE_MEMORY",
            "Not enough memory left",
            "RuntimeException: std::bad_alloc",
            "MemoryError: Unable to allocate 38.3 MiB",
        ] {
            assert!(is_out_of_memory(error), "{error}");
        }
        for error in ["the device was lost", "shader translation error", "Validation Error"] {
            assert!(!is_out_of_memory(error), "{error}");
        }
        assert_eq!(shortened("a\n\n  b").as_str(), "a b");
    }

    #[test]
    fn only_the_end_of_a_long_standard_error_is_kept() {
        let long = [vec![b'a'; 100_000], b"the end".to_vec()].concat();
        let kept = last_of(&long[..]);
        assert_eq!(kept.len(), MAX_STDERR_BYTES);
        assert!(kept.ends_with("the end"));
    }
}
