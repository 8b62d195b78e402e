//! The note that names the points without a value, and the figure without any value.

use crate::canvas::Canvas;
use crate::notes::{Note, with_notes};

/// Maximum number of groups in a note and of positions in a group; others are counted.
const MAX_GROUPS: usize = 6;
const MAX_POSITIONS: usize = 8;

/// Points of one series that lack a value for the same reason: series, reason, and positions, of which a row has none.
type Group<'a> = (&'a str, &'a str, Vec<String>);

/// The points by series and reason, in their order.
fn groups<'a>(points: impl Iterator<Item = (&'a str, &'a str, Option<String>)>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (series, reason, position) in points {
        match groups.iter_mut().find(|group| (group.0, group.1) == (series, reason)) {
            Some((_, _, positions)) => positions.extend(position),
            None => groups.push((series, reason, position.into_iter().collect())),
        }
    }
    groups
}

/// `No value: merge at 1000, 30 000 (out of memory); heap at 1000 (stopped).`; none where no value is missing. A point
/// is given by its series, the reason, and its position, which a row lacks.
pub(super) fn note<'a>(points: impl Iterator<Item = (&'a str, &'a str, Option<String>)>) -> Option<String> {
    let groups = groups(points);
    let named = groups.iter().take(MAX_GROUPS).map(|(series, reason, positions)| {
        let more = positions.len().saturating_sub(MAX_POSITIONS);
        let mut at = positions.iter().take(MAX_POSITIONS).cloned().collect::<Vec<_>>().join(", ");
        if more > 0 {
            at += &format!(" and {more} more");
        }
        let at = if at.is_empty() { at } else { format!(" at {at}") };
        format!("{series}{at} ({reason})")
    });
    let mut parts: Vec<String> = named.collect();
    let others: usize = groups.iter().skip(MAX_GROUPS).map(|(_, _, positions)| positions.len().max(1)).sum();
    if others > 0 {
        parts.push(format!("{others} more"));
    }
    (!parts.is_empty()).then(|| format!("No value: {}.", parts.join("; ")))
}

/// The figure without a frame: a sentence with the reason, and the notes.
pub(super) fn nothing(width: f64, has_points: bool, mut notes: Vec<Note>, watermark: Option<&str>) -> Canvas {
    let why = if has_points { "no point has a value" } else { "there are no points" };
    notes.insert(0, Note::Plain(format!("Nothing to draw: {why}.")));
    let mut figure = with_notes(Canvas::new(width, 0.0), &notes, watermark);
    figure.drawn = false;
    figure
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_grouped_by_series_and_reason_and_others_are_counted() {
        let points = (0..10).map(|x| ("merge", "stopped", Some(x.to_string())));
        assert_eq!(
            note(points.chain([("heap", "out of memory", None)])).expect("a note"),
            "No value: merge at 0, 1, 2, 3, 4, 5, 6, 7 and 2 more (stopped); heap (out of memory)."
        );
        let names: Vec<String> = (0..8).map(|series| format!("s{series}")).collect();
        let many = note(names.iter().map(|name| (name.as_str(), "stopped", Some("1".to_owned()))));
        assert!(many.expect("a note").ends_with("s5 at 1 (stopped); 2 more."));
        assert_eq!(note([].into_iter()), None);
    }
}
