//! Facts of what was repeated: sessions of a point, and how much times vary from one to the next.

use results::Point;
use results::replication::Interval;

use super::{Facts, Sources};
use crate::number::{count, fixed, with_unit};

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    facts.set("sessions.sentence", sentence(sources));
    let decided = sources.inputs.machines.iter().map(|machine| &machine.estimates).chain([&sources.inputs.estimates]);
    let ratios = if decided.into_iter().all(|estimates| estimates.between_sessions.is_some()) {
        "The intervals include what varies between sessions."
    } else {
        "They hold for the sessions that were measured: how much sessions differ is not known on every side, so no difference of two \
         machines is called real."
    };
    facts.set("sessions.ratios", ratios);
}

fn sentence(sources: &Sources<'_>) -> String {
    let estimates = &sources.inputs.estimates;
    let sessions = || estimates.points.iter().filter_map(|point| point.replication).map(|of| of.sessions as usize);
    let (Some(fewest), Some(most)) = (sessions().min(), sessions().max()) else {
        return "No point has a time.".to_owned();
    };
    let range = if fewest == most { count(most) } else { format!("{} to {}", count(fewest), count(most)) };
    let word = if most == 1 { "session" } else { "sessions" };
    let varies = match estimates.between_sessions {
        Some(between) => format!(
            "from one to the next a time varies by {}, which the interval of a mean over sessions includes",
            with_unit(&fixed(between.variance.sqrt() * 100.0, 1), "%")
        ),
        None => {
            let passes = |point: &Point| point.replication.is_none_or(|of| of.interval == Interval::WithinProcess);
            let range = if estimates.points.iter().all(passes) { "within a process" } else { "over processes" };
            format!("how much sessions differ is not known, and an interval is the range {range}")
        }
    };
    let short = match estimates.short_of_sessions() {
        0 => String::new(),
        short => format!(
            " {} points have fewer sessions than the {} that the protocol asks for.",
            fixed(short as f64, 0),
            count(estimates.sessions_asked as usize)
        ),
    };
    format!("Points have {range} {word}: {varies}.{short}")
}
