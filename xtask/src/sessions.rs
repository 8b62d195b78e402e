//! The number of sessions of each point: those in the lock, and one more where requested.
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

/// Maximum number of sessions of a point.
const MAX: u32 = 10_000;

/// The step of a session of a point, whose own step is `point`.
pub fn step(point: &str, session: u32) -> String {
    if session > 1 { format!("{point}/s{session}") } else { point.to_owned() }
}

/// The suffix of a session's file name.
pub fn suffix(session: u32) -> String {
    if session > 1 { format!("-s{session}") } else { String::new() }
}

/// The step of the point that a step is a session of; otherwise the step itself.
pub fn point(step: &str) -> &str {
    match step.rsplit_once('/') {
        Some((point, session)) if step.starts_with("measure/") && is_session(session) => point,
        _ => step,
    }
}

fn is_session(part: &str) -> bool {
    part.strip_prefix('s').and_then(|number| number.parse::<u32>().ok()).is_some_and(|number| number > 1)
}

/// The number of consecutive sessions from the first whose steps satisfy `exists`.
fn in_a_row(point: &str, exists: impl Fn(&str) -> bool) -> u32 {
    let row = (1..).take_while(|session| exists(&step(point, *session)));
    row.count().try_into().unwrap_or(u32::MAX)
}

/// The sessions of a study: those measured here, or in the lock where nothing may be measured, and those to add.
///
/// # Errors
/// A file of the store cannot be read, or a pattern is invalid.
pub fn measured(study: &Study, at: &Checkout) -> Result<Sessions> {
    let hardware = at.hardware.name();
    let exists = |step: &str| {
        // Sessions measured elsewhere do not count.
        at.lock
            .get(&hardware, step)
            .is_some_and(|locked| !at.is_here || made_here(at.store, (&hardware, step), locked).unwrap_or_default())
    };
    Ok(of(study, exists, at.again)?)
}

/// The sessions of a request, checked against the maximum.
///
/// # Errors
/// A point has more sessions.
pub fn checked(study: &Study, sessions: &Sessions) -> Result<Sessions> {
    if let Some((point, count)) = sessions.iter().find(|(_, count)| **count > MAX) {
        bail!("the request has {count} sessions of {point}, but the maximum is {MAX}");
    }
    let points = study.points().map(|(network, batch)| study.step(network, batch));
    Ok(points.filter_map(|point| sessions.get(&point).map(|count| (point, *count))).collect())
}

/// The sessions of a study: those whose steps satisfy `exists`, and one more for those points matching `again` that
/// have the fewest. So an interrupted call can be repeated to continue. The model of a device has only one session.
fn of(study: &Study, exists: impl Fn(&str) -> bool, again: &[String]) -> Result<Sessions, SourceError> {
    let mut sessions = Sessions::new();
    if !study.device.is_real() {
        return Ok(sessions);
    }
    let mut matching = Vec::new();
    for (network, batch) in study.points() {
        let point = study.step(network, batch);
        let known = in_a_row(&point, &exists);
        for pattern in again {
            if source::matches(pattern, &point)? {
                matching.push((point.clone(), known));
                break;
            }
        }
        sessions.insert(point, known);
    }
    let fewest = matching.iter().map(|(_, known)| *known).min();
    for (point, known) in matching.into_iter().filter(|(_, known)| Some(*known) == fewest) {
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
    fn sessions_in_the_lock_count_up_to_the_first_gap() {
        assert!(found(&ALL, &[]).is_empty());
        let more = ["alexnet/b1", "alexnet/b1/s2", "alexnet/b1/s3", "enet/b1", "enet/b1/s3"];
        assert_eq!(found(&more, &[]), [("alexnet/b1".to_owned(), 3)]);
        assert!(of(&study(Device::Simulated), there(&ALL), &["**".to_owned()]).unwrap().is_empty());
    }

    #[test]
    fn again_adds_one_session_and_a_repeated_call_continues_with_the_other_points() {
        let two = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), 2)).collect::<Vec<_>>();
        assert_eq!(found(&ALL, &["measure/**"]), two(&ALL));
        assert_eq!(found(&ALL, &["measure/cpu/enet/*"]), two(&["enet/b1", "enet/b2"]));
        let half = [&ALL[..], &["alexnet/b1/s2"]].concat();
        assert_eq!(found(&half, &["measure/**"]), two(&ALL));
        // Points without any session come first.
        assert!(found(&ALL[..3], &["measure/**"]).is_empty());
        assert!(found(&ALL, &["figures/*"]).is_empty());
    }

    #[test]
    fn the_first_session_has_the_step_and_file_names_of_its_point() {
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
    fn a_request_with_too_many_sessions_is_refused() {
        let study = study(Device::Cpu);
        let sessions =
            |count| Sessions::from([("measure/cpu/enet/b1".to_owned(), count), ("measure/cpu/x/b1".to_owned(), 2)]);
        assert_eq!(checked(&study, &sessions(3)).unwrap(), [("measure/cpu/enet/b1".to_owned(), 3)].into());
        assert!(checked(&study, &sessions(u32::MAX)).unwrap_err().to_string().contains("10000"));
    }
}
