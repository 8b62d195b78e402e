//! Ctrl-C during a run on a cluster: jobs go on without the driver, so it asks what is to become of them.

use std::collections::BTreeMap;
use std::io::{self, BufRead, IsTerminal};
use std::process::exit;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use signal_hook::consts::SIGINT;
use signal_hook::iterator::Signals;

use super::commands::{CallError, Commands};
use super::listing::Listing;
use crate::digest::Digest;
use crate::progress::print_line;

/// The jobs that a run waits for.
#[derive(Debug, Default)]
pub struct Out {
    /// The number of the job of each key; none while it is being submitted.
    jobs: Mutex<BTreeMap<Digest, Option<u64>>>,
    /// Submissions follow one another.
    submitting: Mutex<()>,
}

impl Out {
    /// The turn to submit a job, while no other is submitted.
    pub fn turn(&self) -> MutexGuard<'_, ()> {
        self.submitting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A job of this key is wanted, and has this number once it is known.
    pub fn remember(&self, key: Digest, id: Option<u64>) {
        self.jobs().insert(key, id);
    }

    /// The job of this key is waited for no longer.
    pub fn forget(&self, key: Digest) {
        self.jobs().remove(&key);
    }

    fn jobs(&self) -> MutexGuard<'_, BTreeMap<Digest, Option<u64>>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The jobs to cancel so that none is left: those known, and what Slurm has under their keys.
    fn all(&self, listing: &Listing) -> Vec<u64> {
        let jobs = self.jobs();
        let mut ids: Vec<u64> = jobs.values().flatten().copied().collect();
        ids.extend(jobs.keys().flat_map(|key| listing.living(*key)));
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    fn cancel(&self) -> Result<(), CallError> {
        Commands.cancel(&self.all(&Commands.jobs()?))
    }
}

/// Asks on the first Ctrl-C, and ends the run; the second one ends it at once. Without a terminal, jobs go on.
pub fn watch(out: &Arc<Out>) {
    let (Ok(mut signals), out) = (Signals::new([SIGINT]), out.clone()) else { return };
    thread::spawn(move || {
        let mut forever = signals.forever();
        if forever.next().is_none() {
            return;
        }
        thread::spawn(move || ask(&out));
        if forever.next().is_some() {
            exit(130);
        }
    });
}

fn ask(out: &Out) {
    let many = match out.jobs().len() {
        0 => exit(130),
        1 => "1 job waits or runs".to_owned(),
        many => format!("{many} jobs wait or run"),
    };
    let goes_on = "the next `cargo xtask reproduce --on slurm` takes their results; `cargo xtask status` lists them";
    if io::stdin().is_terminal() {
        print_line(&format!("{many}. Enter leaves them, and {goes_on}. c and Enter cancels them."));
        let mut answer = String::new();
        // Without an answer they go on.
        let _ = io::stdin().lock().read_line(&mut answer);
        if answer.trim() == "c" {
            // The run went on until now, and may be submitting. From here to the end of the process, it submits none.
            let _turn = out.turn();
            match out.cancel() {
                Ok(()) => print_line("they are cancelled"),
                Err(error) => print_line(&format!("error: {error}")),
            }
            exit(130);
        }
    } else {
        print_line(&format!("{many} and will go on: {goes_on}, and `cargo xtask status --cancel` cancels them"));
    }
    exit(130);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_was_submitted_while_the_user_thought_is_cancelled_too() {
        let [known, unnoticed, other] = ["known", "unnoticed", "other"].map(|text| Digest::of(text.as_bytes()));
        let out = Out::default();
        out.remember(known, Some(7));
        out.remember(unnoticed, None);
        let listing = Listing::parse(&format!(
            "7|{known}|RUNNING|n1|None\n8|{known}|PENDING||Dependency\n9|{unnoticed}|PENDING||None\n5|{other}|RUNNING|n1|None\n"
        ));
        assert_eq!(out.all(&listing), [7, 8, 9]);
        out.forget(known);
        assert_eq!(out.all(&listing), [9]);
    }
}
