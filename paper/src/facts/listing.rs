//! Lists of points for sentences of the report.

use results::{Group, Point, groups};

use super::Sources;
use crate::number::list;

/// Maximum number of groups of points that a list names; the others are counted.
const MAX_GROUPS: usize = 8;

/// For example `AlexNet and ENet at batches 1 and 2; VGG-16 at batch 16`.
pub(super) fn points<'a>(sources: &Sources<'_>, points: impl IntoIterator<Item = &'a Point>) -> String {
    let groups = groups(points);
    let remaining: usize = groups.iter().skip(MAX_GROUPS).map(Group::count).sum();
    let of = |group: &Group<'_>| {
        let titles: Vec<String> = group.networks.iter().map(|name| sources.all.title(name).to_owned()).collect();
        let batches: Vec<String> = group.batches.iter().map(u32::to_string).collect();
        let noun = if batches.len() == 1 { "batch" } else { "batches" };
        format!("{} at {noun} {}", list(&titles), list(&batches))
    };
    let mut parts: Vec<String> = groups.iter().take(MAX_GROUPS).map(of).collect();
    match remaining {
        0 => {}
        1 => parts.push("1 more point".to_owned()),
        _ => parts.push(format!("{remaining} more points")),
    }
    if parts.is_empty() { "none".to_owned() } else { parts.join("; ") }
}
