//! How many sessions each point has: what the lock names, and one more where another is asked for. Measures nothing.
//!
//! The first session of a point is the step of the point, `measure/cpu/alexnet/b1`, the second
//! `measure/cpu/alexnet/b1/s2`. Each is a measurement of its own, with a result of its own in the lock.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use offprint::Checkout;
use offprint::session::made_here;
use offprint::source::{self, SourceError};

use crate::study::Study;

/// Sessions of points that have more than one, by the name of the point's step.
pub type Sessions = BTreeMap<String, u32>;

/// More sessions than anyone measures.
const MAX: u32 = 10_000;

/// The step of a session of the point whose step is `point`.
pub fn step(point: &str, session: u32) -> String {
    if session > 1 { format!("{point}/s{session}") } else { point.to_owned() }
}

/// The end of a session's file name after that of its point.
pub fn suffix(session: u32) -> String {
    if session > 1 { format!("-s{session}") } else { String::new() }
}

/// The step of the point that a step is a session of; its own name where it is none.
pub fn point(step: &str) -> &str {
    match step.rsplit_once('/') {
        Some((point, session)) if step.starts_with("measure/") && is_session(session) => point,
        _ => step,
    }
}

fn is_session(word: &str) -> bool {
    word.strip_prefix('s').and_then(|number| number.parse::<u32>().ok()).is_some_and(|number| number > 1)
}

/// How many sessions in a row are there, from the first, as `is_there` says of a step.
fn in_a_row(point: &str, is_there: impl Fn(&str) -> bool) -> u32 {
    let row = (1..).take_while(|session| is_there(&step(point, *session)));
    row.count().try_into().unwrap_or(u32::MAX)
}

/// The sessions of a study that this checkout measured or, where it may not measure, that the lock names; and one more
/// of the points that are asked for again.
///
/// # Errors
/// A file of the store cannot be read, or a pattern is not one.
pub fn measured(study: &Study, at: &Checkout) -> Result<Sessions> {
    let hardware = at.hardware.name();
    let is_there = |step: &str| {
        // Sessions of others are not this machine's.
        at.lock
            .get(&hardware, step)
            .is_some_and(|locked| !at.is_here || made_here(at.store, (&hardware, step), locked).unwrap_or_default())
    };
    Ok(of(study, is_there, at.again)?)
}

/// The sessions of a request: as many as anyone could have measured.
///
/// # Errors
/// A point has more of them.
pub fn checked(study: &Study, sessions: &Sessions) -> Result<Sessions> {
    if let Some((point, count)) = sessions.iter().find(|(_, count)| **count > MAX) {
        bail!("the request has {count} sessions of {point}, and more than {MAX} are not possible");
    }
    let points = study.points().map(|(network, batch)| study.step(network, batch));
    Ok(points.filter_map(|point| sessions.get(&point).map(|count| (point, *count))).collect())
}

/// The sessions of a study: those that are there, as `is_there` says of a step, and, of the points that a pattern of
/// `again` means, one more where they have the fewest. So the same call goes on where it was ended. A model of a device
/// has one session, which says everything.
fn of(study: &Study, is_there: impl Fn(&str) -> bool, again: &[String]) -> Result<Sessions, SourceError> {
    let mut sessions = Sessions::new();
    if !study.device.is_real() {
        return Ok(sessions);
    }
    let mut meant = Vec::new();
    for (network, batch) in study.points() {
        let point = study.step(network, batch);
        let known = in_a_row(&point, &is_there);
        for pattern in again {
            if source::matches(pattern, &point)? {
                meant.push((point.clone(), known));
                break;
            }
        }
        sessions.insert(point, known);
    }
    let fewest = meant.iter().map(|(_, known)| *known).min();
    for (point, known) in meant.into_iter().filter(|(_, known)| Some(*known) == fewest) {
        sessions.insert(point, known + 1);
    }
    sessions.retain(|_, sessions| *sessions > 1);
    Ok(sessions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Device;
    use std::path::Path;

    fn study(device: Device) -> Study {
        let names = ["alexnet", "enet"].map(str::to_owned);
        Study::choose(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), device, "quick", &names, &[1, 2]).unwrap()
    }

    fn there(steps: &[&str]) -> impl Fn(&str) -> bool {
        let steps: Vec<String> = steps.iter().map(|step| format!("measure/cpu/{step}")).collect();
        move |step| steps.iter().any(|there| there == step)
    }

    fn found(steps: &[&str], again: &[&str]) -> Vec<(String, u32)> {
        let again: Vec<String> = again.iter().map(|pattern| (*pattern).to_owned()).collect();
        let found = of(&study(Device::Cpu), there(steps), &again).unwrap();
        found.into_iter().map(|(step, count)| (step.replace("measure/cpu/", ""), count)).collect()
    }

    const ALL: [&str; 4] = ["alexnet/b1", "alexnet/b2", "enet/b1", "enet/b2"];

    #[test]
    fn sessions_are_those_of_the_lock_without_a_gap() {
        assert!(found(&ALL, &[]).is_empty());
        let more = ["alexnet/b1", "alexnet/b1/s2", "alexnet/b1/s3", "enet/b1", "enet/b1/s3"];
        assert_eq!(found(&more, &[]), [("alexnet/b1".to_owned(), 3)]);
        assert!(of(&study(Device::Simulated), there(&ALL), &["**".to_owned()]).unwrap().is_empty());
    }

    #[test]
    fn asked_again_a_point_gets_one_more_and_the_same_call_goes_on_with_the_others() {
        let two = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), 2)).collect::<Vec<_>>();
        assert_eq!(found(&ALL, &["measure/**"]), two(&ALL));
        assert_eq!(found(&ALL, &["measure/cpu/enet/*"]), two(&["enet/b1", "enet/b2"]));
        let half = [&ALL[..], &["alexnet/b1/s2"]].concat();
        assert_eq!(found(&half, &["measure/**"]), two(&ALL));
        // What was never measured comes first.
        assert!(found(&ALL[..3], &["measure/**"]).is_empty());
        assert!(found(&ALL, &["figures/*"]).is_empty());
    }

    #[test]
    fn names_of_steps_and_files_are_those_of_the_point_for_the_first_session() {
        assert_eq!(
            [1, 2].map(|session| step("measure/cpu/enet/b1", session)),
            ["measure/cpu/enet/b1", "measure/cpu/enet/b1/s2"]
        );
        assert_eq!([1, 12].map(suffix), ["", "-s12"]);
        assert_eq!(["measure/cpu/enet/b1/s2", "measure/cpu/enet/b1"].map(point), ["measure/cpu/enet/b1"; 2]);
        assert_eq!([point("figures/fig01"), point("a/s2")], ["figures/fig01", "a/s2"]);
        assert_eq!(
            [point("measure/cpu/enet/b1/s1"), point("measure/cpu/enet/b1/x")],
            ["measure/cpu/enet/b1/s1", "measure/cpu/enet/b1/x"]
        );
    }

    #[test]
    fn a_request_with_more_sessions_than_anyone_measures_is_refused() {
        let study = study(Device::Cpu);
        let sessions =
            |count| Sessions::from([("measure/cpu/enet/b1".to_owned(), count), ("measure/cpu/x/b1".to_owned(), 2)]);
        assert_eq!(checked(&study, &sessions(3)).unwrap(), [("measure/cpu/enet/b1".to_owned(), 3)].into());
        assert!(checked(&study, &sessions(u32::MAX)).unwrap_err().to_string().contains("10000"));
    }
}
