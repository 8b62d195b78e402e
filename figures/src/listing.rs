//! Points in words: `VGG-16, VGG-19 at batches 32, 64; ResNet-152 at batch 64`. Knows no reason to name them.

use results::{Group, Point, groups};

use crate::study::Study;

/// The points by groups, of which at most `most` are named and the rest is counted; none of nothing.
pub fn words<'a>(study: &Study, points: impl IntoIterator<Item = &'a Point>, most: usize) -> Option<String> {
    let groups = groups(points);
    let rest: usize = groups.iter().skip(most).map(Group::count).sum();
    let mut parts: Vec<String> = groups.iter().take(most).map(|group| of(study, group)).collect();
    match rest {
        0 => {}
        1 => parts.push("1 more point".to_owned()),
        _ => parts.push(format!("{rest} more points")),
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn of(study: &Study, group: &Group<'_>) -> String {
    let titles: Vec<&str> = group.networks.iter().map(|name| study.title(name)).collect();
    let numbers: Vec<String> = group.batches.iter().map(u32::to_string).collect();
    let word = if numbers.len() == 1 { "batch" } else { "batches" };
    // Names and numbers stay on one line with what they belong to.
    format!("{} at {word}\u{a0}{}", titles.join(", "), numbers.join(",\u{a0}"))
}
