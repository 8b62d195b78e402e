//! What interfered with a point: reasons to trust its numbers less, from the counters and samples of its record. A
//! flagged point keeps its numbers; figures and tables mark it as flagged. Independent of files.

use serde::{Deserialize, Serialize};

use crate::clocks;
use crate::record::{Interference, Process, Record, Warmth};
use crate::statistics::drift::{self, Drift};
use crate::statistics::spread::Spread;

/// One reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flag {
    /// Its kind.
    pub kind: Kind,
    /// What was observed, with its number and the bound.
    pub words: String,
}

/// Kinds of reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Something else used the processors, or the process had to wait for them.
    Contended,
    /// The processor or board was throttled because of heat or current.
    Throttled,
    /// Memory was swapped.
    Swapping,
    /// The clocks follow the load.
    Governor,
    /// The time of a pass rose or fell over the window.
    Drift,
    /// The warm-up did not become steady.
    Unsteady,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Contended, Self::Throttled, Self::Swapping, Self::Governor, Self::Drift, Self::Unsteady];

    /// In a word or two, after "flagged:".
    pub fn words(self) -> &'static str {
        match self {
            Self::Contended => "contended",
            Self::Throttled => "throttled",
            Self::Swapping => "swapping",
            Self::Governor => "clocks not fixed",
            Self::Drift => "drifting",
            Self::Unsteady => "not steady after the warm-up",
        }
    }
}

/// Maximum ratio of the window's duration to processor time. A process that always computes, on a processor of its own,
/// stays below it.
pub const WALL_TO_PROCESSOR: f64 = 1.1;
/// Maximum time that threads wait in the run queue, as a share of their processor time; see [`PSI`].
pub const WAITING: f64 = 0.05;
/// Maximum use by other processes, as a share of all processors.
pub const OTHERS: f64 = 0.05;
/// Maximum steal time, as a share of all processors.
pub const STEAL: f64 = 0.01;
/// Maximum share of the window in which something waits for a processor.
///
/// This bound and [`WAITING`] apply only if other processes used more than [`OTHERS_AT_ALL`]. Otherwise the process
/// waits for itself: a library with one thread per processor besides the calling thread spends a third of its time in
/// the run queue, on two processors with nothing else running.
pub const PSI: f64 = 0.10;
/// Minimum use by other processes, as a share of all processors, for waiting to count; see [`PSI`].
pub const OTHERS_AT_ALL: f64 = 0.01;
/// The resolution of the machine's counters of processor time [s]: one tick.
const TICK: f64 = 0.01;
/// Maximum drift of times over a window, as a share.
pub const DRIFT: f64 = drift::LIMIT;

/// The flags of the measured records of one point, sorted by kind; for each kind the first reason.
pub fn flags(sessions: &[&Record], spread: &Spread) -> Vec<Flag> {
    let of = |found: fn(&Interference) -> Option<String>| {
        sessions.iter().flat_map(|record| &record.processes).find_map(|process| found(&process.interference))
    };
    let first = |found: fn(&Record) -> Option<String>| sessions.iter().find_map(|record| found(record));
    let found = [
        (Kind::Contended, of(contended)),
        (Kind::Throttled, of(throttled)),
        (Kind::Swapping, of(swapping)),
        (Kind::Governor, first(|record| clocks::not_fixed(&record.environment))),
        (Kind::Drift, drift(spread)),
        (Kind::Unsteady, first(|record| unsteady(&record.processes, record.protocol.steady_percent))),
    ];
    found.into_iter().filter_map(|(kind, words)| Some(Flag { kind, words: words? })).collect()
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn contended(seen: &Interference) -> Option<String> {
    let wall = seen.wall_seconds;
    let all = wall * f64::from(seen.processors);
    if !(wall.is_finite() && wall > 0.0) {
        return None;
    }
    let own = seen.processor_seconds.number();
    // A difference below the resolution of a counter counts as none.
    let beyond = |seconds: f64| (seconds - TICK * f64::from(seen.processors)).max(0.0);
    let over = |share: f64, bound: f64, what: &str| {
        (share > bound).then(|| format!("{what} {} (more than {})", percent(share), percent(bound)))
    };
    let others = seen.others_seconds.number().map(|seconds| beyond(seconds) / all);
    let is_exclusive = others.is_some_and(|share| share <= OTHERS_AT_ALL);
    let by_queue = |share: f64, bound: f64, what: &str| if is_exclusive { None } else { over(share, bound, what) };
    own.filter(|own| wall > WALL_TO_PROCESSOR * own)
        .map(|own| {
            format!("window of {wall:.2} s, processor time of {own:.2} s (ratio of more than {WALL_TO_PROCESSOR})")
        })
        .or_else(|| over(others?, OTHERS, "other processes used"))
        .or_else(|| over(beyond(seen.steal_seconds.number()?) / all, STEAL, "steal time"))
        .or_else(|| by_queue(seen.waiting_seconds.number()? / own?, WAITING, "threads waited"))
        .or_else(|| by_queue(seen.psi_seconds.number()? / wall, PSI, "processor PSI"))
}

fn throttled(seen: &Interference) -> Option<String> {
    let events = seen.throttle_events.number().filter(|events| *events > 0.0)?;
    Some(format!("throttled {events:.0} times because of heat or current"))
}

fn swapping(seen: &Interference) -> Option<String> {
    let pages = seen.swapped_pages.number().filter(|pages| *pages > 0.0)?;
    Some(format!("{pages:.0} pages swapped"))
}

fn drift(spread: &Spread) -> Option<String> {
    let drift = spread.drift.filter(Drift::is_over_limit)?;
    let direction = if drift.relative > 0.0 { "rose" } else { "fell" };
    let (found, bound) = (percent(drift.relative.abs()), percent(DRIFT));
    Some(format!("times {direction} by {found} over the window (more than {bound})"))
}

/// `bound` is that of the protocol [%].
fn unsteady(processes: &[Process], bound: f64) -> Option<String> {
    let unsteady = processes.iter().find(|process| process.warmth == Warmth::TimeOver)?;
    let spent: f64 = unsteady.warm_up.iter().map(|pass| pass.0).sum();
    let passes = unsteady.warm_up.len();
    Some(format!("after {passes} passes and {spent:.1} s, medians still differed by more than {bound} %"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Observation;
    use crate::statistics::spread::Series;

    fn known(number: f64) -> Observation {
        Observation::Known { value: number.into() }
    }

    /// Four seconds on two processors without interference.
    fn quiet() -> Interference {
        Interference {
            wall_seconds: 4.0,
            processors: 2,
            processor_seconds: known(7.6),
            waiting_seconds: known(0.02),
            others_seconds: known(0.03),
            steal_seconds: known(0.0),
            psi_seconds: known(0.1),
            swapped_pages: known(0.0),
            major_faults: known(0.0),
            throttle_events: known(0.0),
        }
    }

    fn words(change: impl FnOnce(&mut Interference)) -> Option<String> {
        let mut seen = quiet();
        change(&mut seen);
        contended(&seen)
    }

    #[test]
    fn a_quiet_window_is_not_flagged() {
        let seen = quiet();
        assert_eq!((contended(&seen), throttled(&seen), swapping(&seen)), (None, None, None));
    }

    #[test]
    fn each_sign_of_contention_is_flagged_with_its_share() {
        let cases: [(Option<String>, &str); 5] = [
            (words(|seen| seen.processor_seconds = known(3.6)), "window of 4.00 s, processor time of 3.60 s"),
            // 0.5 s minus two ticks, of 8 s.
            (words(|seen| seen.others_seconds = known(0.5)), "other processes used 6.0 %"),
            (words(|seen| seen.steal_seconds = known(0.18)), "steal time 2.0 %"),
            // Other processes used 0.16 s of 8 s, minus two ticks.
            (
                words(|seen| (seen.waiting_seconds, seen.others_seconds) = (known(0.76), known(0.16))),
                "threads waited 10.0 %",
            ),
            (words(|seen| (seen.psi_seconds, seen.others_seconds) = (known(0.6), known(0.16))), "processor PSI 15.0 %"),
        ];
        for (found, start) in cases {
            assert!(found.as_ref().is_some_and(|words| words.starts_with(start)), "{found:?}");
        }
    }

    #[test]
    fn a_process_that_waits_for_its_own_threads_is_not_contended() {
        let queued = words(|seen| {
            (seen.waiting_seconds, seen.psi_seconds, seen.others_seconds) = (known(2.5), known(0.8), known(0.02));
        });
        assert_eq!(queued, None);
    }

    #[test]
    fn unknown_counters_flag_nothing() {
        let unknown = || Observation::Unknown { reason: "not counted".to_owned() };
        let seen = Interference {
            processor_seconds: unknown(),
            waiting_seconds: unknown(),
            others_seconds: unknown(),
            steal_seconds: unknown(),
            psi_seconds: unknown(),
            swapped_pages: unknown(),
            throttle_events: unknown(),
            ..quiet()
        };
        assert_eq!((contended(&seen), throttled(&seen), swapping(&seen)), (None, None, None));
    }

    #[test]
    fn one_unknown_counter_does_not_hide_another() {
        let found = words(|seen| {
            seen.others_seconds = Observation::Unknown { reason: "not counted".to_owned() };
            seen.psi_seconds = known(0.6);
        });
        assert!(found.is_some());
    }

    #[test]
    fn throttling_and_swapping_are_flagged() {
        let seen = Interference { throttle_events: known(2.0), swapped_pages: known(17.0), ..quiet() };
        assert_eq!(throttled(&seen).as_deref(), Some("throttled 2 times because of heat or current"));
        assert_eq!(swapping(&seen).as_deref(), Some("17 pages swapped"));
    }

    #[test]
    fn a_warm_up_that_reached_its_time_limit_is_flagged_with_passes_and_time() {
        let process = |warmth: &str| {
            let unknown = serde_json::json!({"reason": "not counted"});
            serde_json::json!({
                "first_run": 1.0, "warm_up": [0.5, 0.75], "warmth": warmth, "samples": [0.5], "end": "enough",
                "memory": {
                    "before_model": 1, "after_model": 2, "building_peak": 3, "peak": 3, "covers": "passes",
                    "allocator": {"state": "unknown", "reason": "none"}
                },
                "interference": {
                    "wall_seconds": 0.5, "processors": 1, "processor_seconds": unknown, "waiting_seconds": unknown,
                    "others_seconds": unknown, "steal_seconds": unknown, "psi_seconds": unknown,
                    "swapped_pages": unknown, "major_faults": unknown, "throttle_events": unknown
                }
            })
        };
        let of = |second: &str| {
            let processes = [process("steady"), process(second)];
            let processes = processes.map(|process| serde_json::from_value(process).expect("a process"));
            unsteady(&processes, 2.0)
        };
        assert_eq!(of("steady"), None);
        let words = "after 2 passes and 1.2 s, medians still differed by more than 2 %";
        assert_eq!(of("time-over").as_deref(), Some(words));
    }

    #[test]
    fn times_that_rise_by_over_two_percent_are_flagged() {
        let of = |slope: f64| {
            // A little scatter, independent of the slope.
            let samples: Vec<f64> =
                (0..40).map(|index| 1.0 + slope * f64::from(index) / 40.0 + 1e-4 * f64::from(index * 7 % 5)).collect();
            drift(&Spread::of(&[Series { warm_up: &[], samples: &samples }]).expect("samples"))
        };
        assert_eq!(of(0.0), None);
        assert_eq!(of(0.01), None);
        assert!(of(0.05).is_some_and(|words| words.starts_with("times rose by 4.")), "{:?}", of(0.05));
        assert!(of(-0.05).is_some_and(|words| words.starts_with("times fell by ")));
    }
}
