//! Jobs that Slurm's answers lack.

use std::time::{Duration, Instant};

/// A job that answers lack for this time is lost.
pub const UNLISTED: Duration = Duration::from_secs(60);

/// Since when Slurm's answers lack a job that may have run for hours before.
#[derive(Debug, Default)]
pub struct Absence(Option<Instant>);

impl Absence {
    /// An answer has the job.
    pub fn ends(&mut self) {
        self.0 = None;
    }

    /// The answer of this moment lacks it: for how long answers do.
    pub fn lasts(&mut self, now: Instant) -> Duration {
        now.saturating_duration_since(*self.0.get_or_insert(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_answer_that_lacks_a_job_does_not_make_it_lost_however_long_it_ran() {
        let (mut absence, began) = (Absence::default(), Instant::now());
        let at = |seconds| began + Duration::from_secs(seconds);
        assert_eq!(absence.lasts(at(3600)), Duration::ZERO);
        assert!(absence.lasts(at(3659)) < UNLISTED && absence.lasts(at(3660)) >= UNLISTED);
        absence.ends();
        assert_eq!(absence.lasts(at(7200)), Duration::ZERO);
    }
}
