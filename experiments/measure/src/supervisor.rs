//! The process that watches over the one that computes, and says how that one ended: with an answer, out of time, or out of
//! memory. Knows no network and no device.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::environment;
use crate::worker::{Answer, Message, Task};

/// More than the samples of any protocol.
const MAX_MESSAGES_BYTES: u64 = 256 << 20;

/// The part of what the other process complained about that is kept.
const MAX_COMPLAINTS_BYTES: usize = 16 << 10;

/// How a process that computes ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    /// With an answer.
    Answered(Answer),
    /// With none when its time was over; how far it was.
    OutOfTime {
        /// In words that follow "after 3 s, ".
        stage: String,
    },
    /// The device or its driver failed.
    Failed {
        /// What it said, and how far it was.
        reason: String,
    },
    /// For want of memory.
    OutOfMemory {
        /// What said so, and how far it was.
        reason: String,
    },
}

/// Starts this program once more as the process that computes and waits for its end, at most for `limit`. `report` is told how far
/// it is. `procfs` is where the kernel tells of processes that it ended.
///
/// Running out of memory or time is an answer. Any other failure is an error with what the process complained about.
pub fn ask(task: &Task, limit: Duration, procfs: &Path, report: &mut dyn FnMut(&str)) -> Result<Ended> {
    let killed_before = killed_for_memory(procfs);
    let start = Instant::now();
    let mut child = start_worker(task)?;
    let heard = listen(&mut child, start, limit, report);
    // Its answer is complete, its time is over, or its output is closed because it ends.
    if !matches!(heard, Heard::End { .. }) {
        child.0.kill().context("the process that computes cannot be ended")?;
    }
    let status = child.0.wait().context("the end of the process that computes cannot be seen")?;
    match heard {
        Heard::Done(Answer::Failed(said), stage) => {
            let said = first_lines(&said);
            Ok(match is_want_of_memory(&said) {
                true => Ended::OutOfMemory { reason: format!("{said}, {stage}") },
                false => Ended::Failed { reason: format!("the device failed: {said}, {stage}") },
            })
        }
        Heard::Done(answer, _) => Ok(Ended::Answered(answer)),
        Heard::Nothing { stage } => Ok(Ended::OutOfTime { stage }),
        Heard::End { stage, complaints } => {
            let killed_since = killed_for_memory(procfs);
            match out_of_memory(status, &complaints, killed_before, killed_since) {
                Some(reason) => Ok(Ended::OutOfMemory { reason: format!("{reason}, {stage}") }),
                // A driver takes its process with it.
                None if task.device().may_fail() && signal(status).is_some_and(|signal| signal != KILL) => {
                    let reason = format!("the device failed: its driver ended the process with {status}, {stage}");
                    Ok(Ended::Failed { reason })
                }
                None => bail!("the process that computes ended with {status}, {stage}\n{}", complaints.trim_end()),
            }
        }
    }
}

/// What drivers and wgpu say when there is no memory left.
fn is_want_of_memory(said: &str) -> bool {
    // However it is written: `Out of Memory`, `OutOfMemory`, `VK_ERROR_OUT_OF_DEVICE_MEMORY`.
    let letters: String = said.to_lowercase().chars().filter(|letter| letter.is_ascii_lowercase()).collect();
    ["outofmemory", "outofdevicememory", "outofhostmemory", "notenoughmemory", "failedtoallocate"]
        .iter()
        .any(|words| letters.contains(words))
}

/// As much of what was said as a record and a table bear.
fn first_lines(said: &str) -> String {
    const MAX_LETTERS: usize = 300;
    said.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_LETTERS).collect()
}

/// What ended the listening.
enum Heard {
    /// The answer, and how far it was.
    Done(Answer, String),
    /// No answer within the limit; how far it was.
    Nothing { stage: String },
    /// The output closed without an answer; how far it was, and what it complained about.
    End { stage: String, complaints: String },
}

/// A process that does not outlive its handle, whatever goes wrong in between.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        // Both fail when it has ended and was waited for, which is the usual case.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn start_worker(task: &Task) -> Result<Worker> {
    let program = std::env::current_exe().context("this program's own file cannot be found")?;
    let mut command = Command::new(program);
    command.args(["worker", "--task", task.name(), "--supervisor", &std::process::id().to_string()]);
    // It would change the times and is no part of what was asked.
    command.env_remove("RAYON_NUM_THREADS");
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = Worker(child.context("the process that computes cannot be started")?);
    let text = serde_json::to_string(task)?;
    let mut input = child.0.stdin.take().context("the process that computes has no input")?;
    // A process that is gone already shows by its closed output.
    input.write_all(text.as_bytes()).ok();
    Ok(child)
}

fn listen(child: &mut Worker, start: Instant, limit: Duration, report: &mut dyn FnMut(&str)) -> Heard {
    let messages = child.0.stdout.take().map(spawn_messages);
    let complaints = child.0.stderr.take().map(|stderr| thread::spawn(move || last_of(stderr)));
    let mut stage = "before it began".to_owned();
    let end = |stage: String| {
        let complaints = complaints.and_then(|thread| thread.join().ok()).unwrap_or_default();
        Heard::End { stage, complaints }
    };
    let Some(messages) = messages else { return end(stage) };
    loop {
        let message = match limit.checked_sub(start.elapsed()) {
            None => Err(RecvTimeoutError::Timeout),
            Some(left) => messages.recv_timeout(left),
        };
        match message {
            Ok(Message::Stage(words)) => {
                report(&words);
                stage = words;
            }
            Ok(Message::Done(answer)) => return Heard::Done(answer, stage),
            Err(RecvTimeoutError::Timeout) => return Heard::Nothing { stage },
            Err(RecvTimeoutError::Disconnected) => return end(stage),
        }
    }
}

/// The messages as they come; a line that is none ends them.
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

/// Reads to the end and keeps the last part.
fn last_of(mut stream: impl Read) -> String {
    let (mut kept, mut part) = (Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = stream.read(&mut part) {
        kept.extend_from_slice(&part[..count]);
        kept.drain(..kept.len().saturating_sub(MAX_COMPLAINTS_BYTES));
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// How many processes the kernel has ended since it started because memory ran out.
fn killed_for_memory(procfs: &Path) -> Option<u64> {
    let counters = environment::text(procfs, "vmstat").ok()?;
    counters.lines().find_map(|line| line.strip_prefix("oom_kill "))?.parse().ok()
}

/// Why the process ran out of memory, if that is how it ended.
fn out_of_memory(status: ExitStatus, complaints: &str, before: Option<u64>, since: Option<u64>) -> Option<String> {
    // What Rust's standard library says before it aborts.
    let refusal = |line: &&str| line.starts_with("memory allocation of ") && line.contains(" bytes failed");
    if let Some(line) = complaints.lines().find(refusal) {
        return Some(line.to_owned());
    }
    let killed = "killed by the kernel when memory ran out";
    match (signal(status), before.zip(since)) {
        (Some(KILL), Some((before, since))) if since > before => Some(killed.to_owned()),
        (Some(KILL), None) => Some(format!("{killed}, as far as can be told: it does not count such kills")),
        // The kernel counted no such kill: someone else ended it.
        _ => None,
    }
}

/// SIGKILL, which only the kernel and people send.
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
    fn a_refused_allocation_is_out_of_memory() {
        let complaints = "note\nmemory allocation of 411041792 bytes failed\n";
        let reason = out_of_memory(ExitStatus::from_raw(6), complaints, Some(0), Some(0));
        assert_eq!(reason.as_deref(), Some("memory allocation of 411041792 bytes failed"));
    }

    #[test]
    fn a_kill_is_out_of_memory_only_when_the_kernel_counted_it_or_does_not_count() {
        let killed = ExitStatus::from_raw(KILL);
        assert!(out_of_memory(killed, "", Some(2), Some(3)).is_some());
        assert!(out_of_memory(killed, "", None, None).is_some());
        assert!(out_of_memory(killed, "", Some(2), Some(2)).is_none());
    }

    #[test]
    fn any_other_end_is_not() {
        assert!(out_of_memory(ExitStatus::from_raw(101 << 8), "panicked", Some(0), Some(1)).is_none());
        assert!(out_of_memory(ExitStatus::from_raw(11), "", Some(0), Some(1)).is_none());
    }

    #[test]
    fn what_a_driver_says_of_memory_is_an_outcome_of_its_own() {
        for said in [
            "Device(OutOfMemory)",
            "wgpu error: Out of Memory",
            "VK_ERROR_OUT_OF_DEVICE_MEMORY",
            "Not enough memory left",
        ] {
            assert!(is_want_of_memory(said), "{said}");
        }
        for said in ["the device was lost", "shader translation error", "Validation Error"] {
            assert!(!is_want_of_memory(said), "{said}");
        }
        assert_eq!(first_lines("a\n\n  b").as_str(), "a b");
    }

    #[test]
    fn only_the_end_of_long_complaints_is_kept() {
        let long = [vec![b'a'; 100_000], b"the end".to_vec()].concat();
        let kept = last_of(&long[..]);
        assert_eq!(kept.len(), MAX_COMPLAINTS_BYTES);
        assert!(kept.ends_with("the end"));
    }
}
