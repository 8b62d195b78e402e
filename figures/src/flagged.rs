//! The note on points whose measurement was flagged. Independent of figures and bounds.

use crate::figure_data::FigureData;
use crate::outdated::Shows;

/// A sentence; `None` if no point that the figure shows is flagged.
pub fn note(data: &FigureData, shows: Shows) -> Option<String> {
    // Points without numbers are explained by another note.
    let shown = || data.points.iter().filter(|point| shows(point) && point.time.is_some());
    let count = shown().filter(|point| !point.flags.is_empty()).count();
    (count > 0).then(|| format!("Open marks: flagged, {count} of {} points (see the table of flags).", shown().count()))
}
