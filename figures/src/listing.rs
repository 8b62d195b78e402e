//! Lists of points as text: `VGG-16, VGG-19 at batches 32, 64; ResNet-152 at batch 64`. Independent of figures.

use results::{Group, LayersEstimate, Point, groups};

use crate::figure_data::FigureData;

/// The points by groups, of which at most `max` are named and the others are counted; `None` if there is no point.
pub fn of_points<'a>(data: &FigureData, points: impl IntoIterator<Item = &'a Point>, max: usize) -> Option<String> {
    let groups = groups(points);
    let remaining: usize = groups.iter().skip(max).map(Group::count).sum();
    let mut parts: Vec<String> = groups.iter().take(max).map(|group| of(data, group)).collect();
    match remaining {
        0 => {}
        1 => parts.push("1 more point".to_owned()),
        _ => parts.push(format!("{remaining} more points")),
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// `VGG-16 at batch 1; ResNet-50 at batch 1`: networks whose layers were measured, of which at most `max` are named.
pub fn of_layers<'a>(
    data: &FigureData,
    networks: impl IntoIterator<Item = &'a LayersEstimate>,
    max: usize,
) -> Option<String> {
    let mut parts: Vec<String> =
        networks.into_iter().map(|of| format!("{} at batch\u{a0}{}", data.title(&of.network), of.batch)).collect();
    let remaining = parts.len().saturating_sub(max);
    parts.truncate(max);
    if remaining > 0 {
        parts.push(format!("{remaining} more"));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn of(data: &FigureData, group: &Group<'_>) -> String {
    let titles: Vec<&str> = group.networks.iter().map(|name| data.title(name)).collect();
    let numbers: Vec<String> = group.batches.iter().map(u32::to_string).collect();
    let noun = if numbers.len() == 1 { "batch" } else { "batches" };
    // Non-breaking spaces keep the numbers on one line.
    format!("{} at {noun}\u{a0}{}", titles.join(", "), numbers.join(",\u{a0}"))
}
