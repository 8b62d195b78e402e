//! Persistent workers: programs that stay, and so keep what they have read and computed for their next run.
//!
//! `PROGRAM persistent-worker` reads requests from its standard input until that ends, and answers each on its standard output: JSON
//! objects, one per line, with fields of Bazel's persistent workers. A request has the `arguments` of the step, which name its
//! folders. The response has the `exitCode`, and as `output` what a process of its own would print: on standard output when the code is
//! 0, otherwise on standard error. A worker may depend on nothing else, and must write the same bytes as a process of its own.
//!
//! Whatever a worker cannot answer runs again in a process of its own, so a worker never decides whether a step fails.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use serde::{Deserialize, Serialize};

use crate::executor::Job;
use crate::files::{self, FileIdentity};
use crate::journal;
use crate::log::{ERRORS, OUTPUT};
use crate::run::{self, Finished, RunError};
use crate::supervisor::Supervisor;

/// The argument that makes a program a worker.
const ARGUMENT: &str = "persistent-worker";

/// The workers of a process, one for each step that has had one.
#[derive(Debug, Default)]
pub struct Workers(Mutex<BTreeMap<String, Worker>>);

#[derive(Serialize)]
struct Request {
    arguments: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    #[serde(default)]
    exit_code: u8,
    #[serde(default)]
    output: String,
}

impl Workers {
    /// Runs a step by its worker, which is started if need be, or else in a process of its own.
    ///
    /// # Errors
    /// The step failed.
    pub fn run(
        &self,
        job: Job,
        supervisor: &Supervisor,
        on_output: &mut dyn FnMut(String),
    ) -> Result<Finished, RunError> {
        let Job { step, launch, inputs, folder, .. } = job;
        run::prepare(step, inputs, folder)?;
        let began = journal::now();
        match self.answer(job, supervisor) {
            Ok(status) => run::finish(step, folder, began, Some(status)),
            Err(_) => {
                let file = |source| RunError::File { step: step.name.to_string(), source };
                files::remove_folder(folder).map_err(file)?;
                run::run(step, launch, inputs, folder, supervisor, on_output)
            }
        }
    }

    /// The status of a process that does what the worker did. What it prints is then in `job.folder`.
    fn answer(&self, job: Job, supervisor: &Supervisor) -> io::Result<ExitStatus> {
        let Job { step, launch, folder, .. } = job;
        let texts: Result<Vec<String>, OsString> =
            run::arguments(step, folder).into_iter().map(OsString::into_string).collect();
        let arguments = texts.map_err(|_| io::Error::other("JSON has no other texts than Unicode"))?;
        let program = FileIdentity::of(&launch.executable)?;
        // Meanwhile, another thread cannot get this worker.
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(step.name.as_str());
        let worker = match known {
            Some(worker) if worker.program == program => worker,
            replaced => {
                replaced.iter().for_each(|worker| supervisor.ended(worker.leader));
                let mut command = supervisor.command(&launch.executable)?;
                // The folder of a run is removed after it.
                run::set_environment(&mut command, step, launch, folder.parent().unwrap_or(folder));
                command.arg(ARGUMENT).current_dir("/");
                Worker::start(command, program, supervisor)?
            }
        };
        match worker.answer(&Request { arguments }, step.limit) {
            Ok(response) => {
                self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(step.name.to_string(), worker);
                response.log(folder)?;
                Ok(ExitStatus::from_raw(i32::from(response.exit_code) << 8))
            }
            Err(error) => {
                supervisor.ended(worker.leader);
                Err(error)
            }
        }
    }
}

impl Response {
    /// Writes the logs of a process of its own.
    fn log(&self, folder: &Path) -> io::Result<()> {
        let (output, errors) = if self.exit_code == 0 { (&*self.output, "") } else { ("", &*self.output) };
        fs::write(folder.join(OUTPUT), output)?;
        fs::write(folder.join(ERRORS), errors)
    }
}

/// A running worker. It ends when this value is dropped.
#[derive(Debug)]
struct Worker {
    program: FileIdentity,
    leader: u32,
    requests: Sender<String>,
    responses: Receiver<String>,
}

impl Worker {
    /// Starts a worker, in a thread of its own: the kernel ends a supervised program with the thread that started it.
    fn start(mut command: Command, program: FileIdentity, supervisor: &Supervisor) -> io::Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let (requests, to_send) = mpsc::channel();
        let (received, responses) = mpsc::channel();
        let (started, starts) = mpsc::channel();
        thread::spawn(move || {
            let mut child = match command.spawn() {
                Ok(child) => child,
                Err(error) => return drop(started.send(Err(error))),
            };
            // The receivers may be gone, which ends the worker below.
            let _ = started.send(Ok(child.id()));
            if let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) {
                let _ = exchange(input, BufReader::new(output), &to_send, &received);
            }
            end(child.id());
            let _ = child.wait();
        });
        let leader = starts.recv().map_err(io::Error::other)??;
        supervisor.began(leader);
        Ok(Self { program, leader, requests, responses })
    }

    /// The response. A worker that does not respond within the limit is ended.
    fn answer(&self, request: &Request, limit: Duration) -> io::Result<Response> {
        self.requests.send(serde_json::to_string(request)?).map_err(io::Error::other)?;
        let line = self.responses.recv_timeout(limit).map_err(|error| {
            if error == RecvTimeoutError::Timeout {
                end(self.leader);
            }
            io::Error::other(error)
        })?;
        Ok(serde_json::from_str(&line)?)
    }
}

/// Ends a process group, which may have ended already.
fn end(leader: u32) {
    if let Some(group) = i32::try_from(leader).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// Sends requests and receives their responses until either end is closed.
fn exchange(
    mut input: impl Write,
    mut output: impl BufRead,
    to_send: &Receiver<String>,
    received: &Sender<String>,
) -> io::Result<()> {
    for request in to_send {
        writeln!(input, "{request}")?;
        let mut line = String::new();
        if output.read_line(&mut line)? == 0 || received.send(line).is_err() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
