//! Facts of repetition: the kind of intervals of times, and the variation between sessions.

use results::{Estimates, Interval};

use super::{Facts, NOT_MEASURED, Sources};
use crate::number::{count, fixed, with_unit};

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    let estimates = &sources.inputs.estimates;
    let kinds: Vec<&str> = Interval::of(&estimates.points).into_iter().map(Interval::words).collect();
    facts.set("sessions.interval", if kinds.is_empty() { NOT_MEASURED.to_owned() } else { kinds.join(" or ") });
    facts.set("sessions.between", between(estimates) + &short(estimates));
}

/// A sentence on the variation between sessions.
fn between(estimates: &Estimates) -> String {
    match estimates.between_sessions {
        None => "Each point was measured in one session, so the variation between sessions is unknown.".to_owned(),
        Some(between) => format!(
            "Between sessions, a time varies by {} (standard deviation, one-way random effects over {}).",
            with_unit(&fixed(between.deviation() * 100.0, 1), "%"),
            if between.points == 1 { "one point".to_owned() } else { format!("{} points", count(between.points)) }
        ),
    }
}

/// Another sentence if the protocol asks for more sessions than there are.
fn short(estimates: &Estimates) -> String {
    match estimates.short_of_sessions() {
        0 => String::new(),
        points => format!(
            " The protocol asks for {} sessions, and {points} of the points have fewer; cargo xtask reproduce --protocol {} --again \
             'measure/**' adds one.",
            count(estimates.sessions_asked as usize),
            estimates.protocol.name
        ),
    }
}
