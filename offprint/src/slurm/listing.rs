//! The jobs of the user, as `squeue` lists them.

use std::collections::HashMap;

use super::action::is_living;
use crate::digest::Digest;

/// The columns asked for. The reason is last, since it may contain anything; the other values contain no bar.
pub const FORMAT: &str = "%A|%j|%T|%N|%r";
/// The same with the working folder and the comment, for people.
pub const FOR_PEOPLE: &str = "%A|%j|%T|%M|%N|%Z|%k|%r";

/// One job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its number. It counts only together with the name: a controller that was killed may give it to another job.
    pub id: u64,
    /// Its state.
    pub state: String,
    /// The node that it runs on; empty while it waits.
    pub node: String,
    /// Why it waits or how it ended.
    pub reason: String,
}

/// The jobs of this user that are named by a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing(HashMap<Digest, Vec<Listed>>);

impl Listing {
    /// Reads lines of [`FORMAT`]. Jobs with other names are skipped.
    pub fn parse(text: &str) -> Self {
        let mut jobs: HashMap<Digest, Vec<Listed>> = HashMap::new();
        for line in text.lines() {
            let [id, name, state, node, reason] = *line.splitn(5, '|').collect::<Vec<_>>() else { continue };
            let (Ok(id), Ok(key)) = (id.parse(), name.parse()) else { continue };
            let [state, node, reason] = [state, node, reason].map(|text| text.trim().to_owned());
            jobs.entry(key).or_default().push(Listed { id, state, node, reason });
        }
        Self(jobs)
    }

    /// The job of a key that counts: the oldest living one, which all later ones wait for; else the youngest that is not
    /// in `before`.
    pub fn job(&self, key: Digest, before: &[u64]) -> Option<&Listed> {
        let jobs = self.0.get(&key)?;
        let living = jobs.iter().filter(|job| is_living(&job.state)).min_by_key(|job| job.id);
        living.or_else(|| jobs.iter().filter(|job| !before.contains(&job.id)).max_by_key(|job| job.id))
    }

    /// The numbers and states of all jobs of a key that have ended.
    pub fn ended(&self, key: Digest) -> Vec<(u64, &str)> {
        let jobs = self.0.get(&key).into_iter().flatten();
        jobs.filter(|job| !is_living(&job.state)).map(|job| (job.id, job.state.as_str())).collect()
    }

    /// The numbers of all jobs of a key that may still run.
    pub fn living(&self, key: Digest) -> Vec<u64> {
        let jobs = self.0.get(&key).into_iter().flatten();
        jobs.filter(|job| is_living(&job.state)).map(|job| job.id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Digest {
        Digest::of(text.as_bytes())
    }

    #[test]
    fn a_reason_may_contain_commas_blanks_and_bars_and_other_jobs_are_left_out() {
        let a = key("a");
        let text =
            format!("12|{a}|PENDING||ReqNodeNotAvail, UnavailableNodes:n1|x\n13|bash|RUNNING|n1|None\nnoise\n||||\n");
        let listing = Listing::parse(&text);
        let job = listing.job(a, &[]).unwrap();
        assert_eq!((job.id, job.reason.as_str()), (12, "ReqNodeNotAvail, UnavailableNodes:n1|x"));
        assert_eq!((job.state.as_str(), job.node.as_str()), ("PENDING", ""));
        assert_eq!(listing.0.len(), 1);
    }

    #[test]
    fn of_several_jobs_of_a_key_the_one_counts_that_the_others_wait_for() {
        let a = key("a");
        let of = |lines: &[&str]| {
            Listing::parse(&lines.iter().map(|line| line.replace('K', &a.to_string()) + "\n").collect::<String>())
        };
        let both = of(&["8|K|PENDING||Dependency", "7|K|RUNNING|n1|None", "6|K|FAILED|n1|NonZeroExitCode"]);
        assert_eq!(both.job(a, &[]).map(|job| job.id), Some(7));
        assert_eq!((both.ended(a), both.living(a)), (vec![(6, "FAILED")], vec![8, 7]));
        let ended = of(&["7|K|COMPLETED|n1|None", "6|K|FAILED|n1|NonZeroExitCode"]);
        assert_eq!(ended.job(a, &[]).map(|job| job.id), Some(7));
        assert_eq!(ended.job(a, &[7]).map(|job| job.id), Some(6));
        assert_eq!(ended.job(a, &[6, 7]), None);
        assert_eq!(ended.job(key("b"), &[]), None);
    }
}
