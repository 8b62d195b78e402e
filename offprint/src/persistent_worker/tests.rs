//! Workers as shell scripts, each with the fault of its test.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::*;
use crate::digest::Digest;
use crate::run::Launch;
use crate::step::Step;

/// A process of its own writes `process`; a worker does `answer` for each request, with `$out` for the output folder.
fn script(answer: &str) -> String {
    format!(
        "#!/bin/sh\nif [ \"$1\" != persistent-worker ]; then echo process > \"$3/out\"; exit; fi\nwhile read -r line; do\n\
         out=$(echo \"$line\" | sed 's/.*\"--output\",\"\\([^\"]*\\)\".*/\\1/')\n{answer}\ndone\n"
    )
}

/// Writes its process ID.
const GOOD: &str = r#"echo $$ > "$out/out"; printf '%s\n' '{"exitCode":0,"output":"well\n"}'"#;

struct Paper {
    folder: tempfile::TempDir,
    workers: Workers,
    step: Step,
    runs: u32,
}

impl Paper {
    fn new(answer: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let step = Step::exact("work", "work").args(["one"]).output("out").limit(Duration::from_secs(20));
        let paper = Self { folder, workers: Workers::default(), step, runs: 0 };
        paper.install(answer);
        paper
    }

    fn program(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Replaces the program, as a build does.
    fn install(&self, answer: &str) {
        let new = self.folder.path().join("new");
        fs::write(&new, script(answer)).unwrap();
        fs::set_permissions(&new, Permissions::from_mode(0o755)).unwrap();
        fs::rename(new, self.program()).unwrap();
    }

    fn run(&mut self) -> Result<Finished, RunError> {
        self.runs += 1;
        let folder = self.folder.path().join(self.runs.to_string());
        let launch = Launch::of(&self.program());
        let (step, key) = (&self.step, Digest::of(b""));
        let job = Job { step, key, launch: &launch, inputs: &[], folder: &folder, known: &[] };
        self.workers.run(job, &Supervisor::None, &mut |_| {})
    }

    /// What the step wrote: a process ID, or `process`.
    fn wrote(&mut self) -> String {
        let finished = self.run().unwrap();
        fs::read_to_string(finished.output.join("out")).unwrap().trim().to_owned()
    }
}

fn is_running(process: &str) -> bool {
    // A process that was ended may not have been waited for yet.
    let state = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    state.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with('Z'))
}

/// Waits until the process has ended.
fn ends(process: &str) {
    let began = Instant::now();
    while is_running(process) {
        assert!(began.elapsed() < Duration::from_secs(10), "process {process} runs");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn one_worker_serves_every_run_and_ends_with_its_owner() {
    let mut paper = Paper::new(GOOD);
    let finished = paper.run().unwrap();
    assert_eq!(finished.printed.as_deref(), Some("well"));
    let worker = paper.wrote();
    assert!(is_running(&worker));
    assert_eq!(paper.wrote(), worker);
    drop(paper);
    ends(&worker);
}

#[test]
fn an_error_of_a_worker_is_that_of_a_process() {
    let mut paper = Paper::new(r#"printf '%s\n' '{"exitCode":3,"output":"error: no text\n"}'"#);
    let error = paper.run().unwrap_err().to_string();
    assert!(error.starts_with("step work: work ended with exit code 3\n  | error: no text\n"), "{error}");
}

#[test]
fn a_worker_that_crashes_hangs_or_answers_nonsense_is_replaced_by_a_process() {
    for (fault, limit) in [("exit 1", 20_000), ("sleep 60", 300), ("echo hello", 20_000), ("kill -9 $$", 20_000)] {
        let mut paper = Paper::new(fault);
        paper.step = paper.step.limit(Duration::from_millis(limit));
        let began = Instant::now();
        assert_eq!(paper.wrote(), "process", "{fault}");
        assert!(began.elapsed() < Duration::from_secs(10), "{fault}");
    }
}

#[test]
fn a_worker_that_was_killed_between_two_runs_is_started_again() {
    let mut paper = Paper::new(GOOD);
    let first = paper.wrote();
    end(first.parse().unwrap());
    ends(&first);
    // The request to the first one fails.
    assert_eq!(paper.wrote(), "process");
    let second = paper.wrote();
    assert!(second != first && is_running(&second));
}

#[test]
fn a_program_that_is_built_again_gets_a_new_worker() {
    let mut paper = Paper::new(GOOD);
    let first = paper.wrote();
    paper.install(&format!("{GOOD} # built again"));
    let second = paper.wrote();
    assert!(second != first && is_running(&second));
    ends(&first);
}
