//! Asks Slurm for its jobs: one call for all steps that wait, less often while nothing changes.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::commands::{CallError, Commands};
use super::listing::Listing;

/// How often Slurm is asked at first, and at most after a while without changes.
const EVERY: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(30));

/// The jobs of this user, as Slurm listed them last.
#[derive(Debug)]
pub struct Poller {
    state: Mutex<Polled>,
    changed: Condvar,
}

#[derive(Debug)]
struct Polled {
    listing: Arc<Listing>,
    /// When Slurm was asked, and how long it is not asked again.
    at: Instant,
    every: Duration,
    /// How often it was asked.
    turns: u64,
    is_asking: bool,
    /// Since when it gives no answer, and why.
    silent: Option<(Instant, CallError)>,
    is_stopped: bool,
}

impl Poller {
    /// Starts with an answer.
    pub fn new(listing: Listing) -> Self {
        let (listing, at) = (Arc::new(listing), Instant::now());
        let state = Polled { listing, at, every: EVERY.0, turns: 1, is_asking: false, silent: None, is_stopped: false };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, Polled> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The latest answer.
    pub fn latest(&self) -> Arc<Listing> {
        self.state().listing.clone()
    }

    /// Waits until Slurm was asked once more after turn `seen`, and returns its latest answer. One of the waiting threads
    /// asks for all. None when the run is to end.
    pub fn next(&self, seen: u64, commands: &Commands) -> Option<(u64, Arc<Listing>)> {
        let mut state = self.state();
        loop {
            if state.is_stopped {
                return None;
            }
            // A thread that asks for the first time wants to know what there is now.
            let is_old = seen == 0 && state.at.elapsed() > EVERY.0;
            if state.turns > seen && !is_old {
                return Some((state.turns, state.listing.clone()));
            }
            let every = if is_old { EVERY.0 } else { state.every };
            let due = every.saturating_sub(state.at.elapsed());
            if due.is_zero() && !state.is_asking {
                state.is_asking = true;
                drop(state);
                let answer = commands.jobs();
                state = self.state();
                state.is_asking = false;
                state.take(answer);
                self.changed.notify_all();
                continue;
            }
            let wait = if state.is_asking { EVERY.1 } else { due };
            state = self.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Slurm is asked soon, since something has changed.
    pub fn hurry(&self) {
        self.state().every = EVERY.0;
    }

    /// Nobody waits any longer.
    pub fn stop(&self) {
        self.state().is_stopped = true;
        self.changed.notify_all();
    }

    /// Since when Slurm gives no answer, and why.
    pub fn silent(&self) -> Option<(Duration, CallError)> {
        self.state().silent.as_ref().map(|(since, error)| (since.elapsed(), error.clone()))
    }
}

impl Polled {
    fn take(&mut self, answer: Result<Listing, CallError>) {
        self.at = Instant::now();
        self.turns += 1;
        let slower = (self.every * 3 / 2).min(EVERY.1);
        match answer {
            Ok(listing) => {
                self.every = if listing == *self.listing { slower } else { EVERY.0 };
                self.listing = Arc::new(listing);
                self.silent = None;
            }
            Err(error) => {
                self.every = slower;
                let since = self.silent.take().map_or_else(Instant::now, |(since, _)| since);
                self.silent = Some((since, error));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(state: &str) -> Listing {
        Listing::parse(&format!("7|{}|{state}|n1|None\n", "ab".repeat(32)))
    }

    #[test]
    fn slurm_is_asked_less_often_while_nothing_changes_and_soon_after_a_change() {
        let poller = Poller::new(listing("PENDING"));
        let take = |answer| {
            poller.state().take(answer);
            poller.state().every.as_secs_f64()
        };
        let seconds: Vec<f64> = (0..8).map(|_| take(Ok(listing("PENDING")))).collect();
        assert_eq!(seconds[..3], [3.0, 4.5, 6.75]);
        assert_eq!(seconds[7], 30.0);
        assert_eq!(take(Ok(listing("RUNNING"))), 2.0);
        assert!(poller.silent().is_none());
        let silent = CallError::Silent { program: "squeue".to_owned() };
        assert_eq!(take(Err(silent)), 3.0);
        assert!(poller.silent().is_some());
        // The latest answer stays.
        assert_eq!(*poller.state().listing, listing("RUNNING"));
        take(Ok(listing("RUNNING")));
        assert!(poller.silent().is_none());
    }

    #[test]
    fn a_stopped_run_waits_for_nothing() {
        let poller = Poller::new(listing("PENDING"));
        assert_eq!(poller.next(0, &Commands).map(|(turn, _)| turn), Some(1));
        poller.stop();
        assert!(poller.next(1, &Commands).is_none());
    }
}
