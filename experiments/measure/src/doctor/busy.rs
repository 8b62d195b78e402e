//! What uses the processors: the difference of two samples of the kernel's time counters. Processes are named by the
//! kernel's short name for them, never by their command line.

use std::collections::BTreeMap;
use std::path::Path;

use crate::environment::processor_time::ProcessorTime;
use crate::environment::{Observations, entries, observation, text};

/// The maximum number of processes that are named.
const MAX_NAMED: usize = 3;

/// Processor time since the machine started [ticks].
#[derive(Clone, Debug)]
pub struct Sample {
    processors: Result<ProcessorTime, String>,
    /// Processes by their IDs.
    processes: BTreeMap<u32, Process>,
}

/// One process.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Process {
    name: String,
    /// When it started, since the machine started [ticks].
    start: u64,
    /// The time it has used so far [ticks].
    used: u64,
}

impl Sample {
    /// Takes a sample now.
    pub fn read(procfs: &Path) -> Self {
        let own = |path: &Path| {
            let number: u32 = path.file_name()?.to_str()?.parse().ok()?;
            Some((number, process(&text(path, "stat").ok()?)?))
        };
        let processes = entries(procfs, "").iter().filter_map(|path| own(path)).collect();
        Self { processors: ProcessorTime::read(procfs), processes }
    }
}

/// Between two samples: the share of the processors that other programs used [%], steal time [%], and the busiest
/// programs.
pub fn observations(before: &Sample, after: &Sample) -> Observations {
    let (shares, busiest) = match between(before, after) {
        Ok((others, steal, busiest)) => (Ok((others, steal)), Ok(busiest)),
        Err(reason) => (Err(reason.clone()), Err(reason)),
    };
    Observations::from([
        ("others_busy_percent".to_owned(), observation(shares.clone().map(|(others, _)| others))),
        ("steal_percent".to_owned(), observation(shares.map(|(_, steal)| steal))),
        ("busiest".to_owned(), observation(busiest)),
    ])
}

fn between(before: &Sample, after: &Sample) -> Result<(f64, f64, String), String> {
    let (old, new) = (before.processors.clone()?, after.processors.clone()?);
    let total = new.total().saturating_sub(old.total());
    if total == 0 {
        return Err("the kernel counted no time".to_owned());
    }
    let percent = |ticks: u64| (ticks as f64 / total as f64 * 1e3).round() / 10.0;
    // The kernel reuses IDs, so a process is identified by its start too. Kernel workers change their names.
    let since = |number: u32, process: &Process| {
        let known = before.processes.get(&number).filter(|old| old.start == process.start);
        process.used.saturating_sub(known.map_or(0, |old| old.used))
    };
    let of_each = after.processes.iter().map(|(&number, process)| (number, &process.name, since(number, process)));
    let (own, others): (Vec<_>, Vec<_>) = of_each.partition(|(number, ..)| *number == std::process::id());
    let own: u64 = own.iter().map(|(.., ticks)| ticks).sum();
    let steal = new.steal.saturating_sub(old.steal);
    let unused = new.idle.saturating_sub(old.idle).saturating_add(steal).saturating_add(own);

    let mut by_name: BTreeMap<&str, u64> = BTreeMap::new();
    for (_, name, ticks) in others {
        *by_name.entry(name).or_default() += ticks;
    }
    let mut busiest: Vec<(&str, u64)> = by_name.into_iter().filter(|(_, ticks)| *ticks > 0).collect();
    busiest.sort_by_key(|(_, ticks)| std::cmp::Reverse(*ticks));
    let busiest: Vec<String> =
        busiest.iter().take(MAX_NAMED).map(|(name, ticks)| format!("{name} {} %", percent(*ticks))).collect();
    let busiest = if busiest.is_empty() { "none".to_owned() } else { busiest.join(", ") };
    Ok((percent(total.saturating_sub(unused)), percent(steal), busiest))
}

/// proc_pid_stat(5): `pid (name) state …`, with user time, kernel time and start as fields 14, 15 and 22. A name may
/// contain anything, even parentheses.
fn process(stat: &str) -> Option<Process> {
    let (start, rest) = stat.rsplit_once(')')?;
    let (_, name) = start.split_once('(')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    // The state is field 3 and the first here.
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    let used = field(14)?.saturating_add(field(15)?);
    Some(Process { name: name.to_owned(), start: field(22)?, used })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::{fixture, known};

    /// A sample with processes as ID, name, start and time.
    fn sample(cpu: &str, processes: &[(u32, &str, u64, u64)]) -> Sample {
        let mut files = vec![("stat".to_owned(), format!("cpu  {cpu}\ncpu0 1 1 1 1 1 1 1 1\n"))];
        for (number, name, start, used) in processes {
            let text = format!("{number} ({name}) S 1 1 1 0 -1 0 0 0 0 0 {used} 1 0 0 20 0 1 0 {start} 9 9\n");
            files.push((format!("{number}/stat"), text));
        }
        let files: Vec<_> = files.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
        Sample::read(fixture(&files).path())
    }

    #[test]
    fn shares_are_differences_and_exclude_this_process() {
        let own = std::process::id();
        let before =
            sample("100 0 0 500 0 0 0 0 0 0", &[(7, "rustc", 3, 10), (8, "a) (b", 3, 0), (own, "measure", 3, 5)]);
        let after = sample(
            "150 0 10 600 20 0 0 20 0 0",
            &[(7, "rustc", 3, 40), (8, "a) (b", 3, 4), (own, "measure", 3, 15), (9, "rustc", 8, 5)],
        );
        let observations = observations(&before, &after);
        // Of 200 ticks, 120 are idle, 20 are steal and 10 belong to this process. Process 9 started in between and used
        // 6.
        assert_eq!(
            (&observations["others_busy_percent"], &observations["steal_percent"]),
            (&known(25.0), &known(10.0))
        );
        assert_eq!(observations["busiest"], known("rustc 18 %, a) (b 2 %"));
    }

    #[test]
    fn counters_that_stand_still_or_are_invalid_give_no_share() {
        let still = sample("100 0 0 500 0 0 0 0", &[]);
        assert!(between(&still, &still).is_err());
        assert!(between(&sample("1 2 3", &[]), &sample("4 5 6", &[])).is_err());
    }

    #[test]
    fn a_reused_id_is_another_process() {
        let before = sample("0 0 0 0 0 0 0 0", &[(7, "old", 3, 90)]);
        let after = sample("9 0 0 91 0 0 0 0", &[(7, "new", 5, 8)]);
        assert_eq!(observations(&before, &after)["busiest"], known("new 9 %"));
    }

    #[test]
    fn a_process_that_changes_its_name_is_the_same_process() {
        let before = sample("0 0 0 0 0 0 0 0", &[(7, "kworker/0:1-mm", 3, 90)]);
        let after = sample("9 0 0 91 0 0 0 0", &[(7, "kworker/0:1-events", 3, 92)]);
        assert_eq!(observations(&before, &after)["busiest"], known("kworker/0:1-events 2 %"));
    }
}
