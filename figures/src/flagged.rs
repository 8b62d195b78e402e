//! What a figure says of points that something disturbed. Knows no figure and no bound.

use results::Point;
use results::flag::Kind;

use crate::listing;
use crate::outdated::Shows;
use crate::study::Study;

/// Of one kind no note names more groups of points than this; the rest is counted.
const MOST_GROUPS: usize = 2;

/// A sentence, or none when no point that the figure shows is flagged.
pub fn note(study: &Study, shows: Shows) -> Option<String> {
    // A point without numbers says why it has none.
    let shown = || study.points.iter().filter(|point| shows(point) && point.time.is_some());
    let flagged = |kind: Kind| {
        let points: Vec<&Point> = shown().filter(|point| point.flags.iter().any(|flag| flag.kind == kind)).collect();
        let which = if points.len() == shown().count() {
            Some("all".to_owned())
        } else {
            listing::words(study, points.iter().copied(), MOST_GROUPS)
        };
        which.filter(|_| !points.is_empty()).map(|which| format!("{}: {which}", kind.words()))
    };
    let kinds: Vec<String> = Kind::ALL.into_iter().filter_map(flagged).collect();
    let count = shown().filter(|point| !point.flags.is_empty()).count();
    (count > 0).then(|| format!("Flagged, {count} of {} points: {}.", shown().count(), kinds.join("; ")))
}
