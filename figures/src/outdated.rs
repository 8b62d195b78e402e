//! Notes on points that earlier versions of the programs measured. Independent of figures.

use results::{Estimates, LayersEstimate, Point};

use crate::figure_data::FigureData;
use crate::listing;

/// Whether a figure draws a point, or explains why it has no number.
pub type Shows = fn(&Point) -> bool;

/// Maximum number of groups of points that a note names; the others are counted.
const MAX_GROUPS: usize = 3;

/// The outdated points that a figure shows, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outdated {
    /// For example `12 of 70 points outdated`.
    pub remark: String,
    /// The same as a sentence, with the points.
    pub note: String,
}

/// For figures of counts and accuracies: they show no measured point.
pub fn nothing(_: &Point) -> bool {
    false
}

/// The same for networks whose layers a figure shows.
pub fn of_layers(data: &FigureData, shown: &[LayersEstimate]) -> Option<Outdated> {
    let outdated = || shown.iter().filter(|of| of.outdated);
    let which = listing::of_layers(data, outdated(), MAX_GROUPS)?;
    Some(Outdated {
        remark: format!("layers of {} of {} networks outdated", outdated().count(), shown.len()),
        note: format!("Outdated: layers measured by earlier versions of the programs ({which})."),
    })
}

/// How many points of another machine are outdated, for example `all points`; `None` if no point is.
pub fn of_machine(estimates: &Estimates) -> Option<String> {
    let all = estimates.points.len();
    match estimates.points.iter().filter(|point| point.outdated).count() {
        0 => None,
        outdated if outdated == all => Some("all points".to_owned()),
        outdated => Some(format!("{outdated} of {all} points")),
    }
}

/// The outdated points among those that the figure shows; `None` if there are none.
pub fn of(data: &FigureData, shows: Shows) -> Option<Outdated> {
    let shown = || data.points.iter().filter(|point| shows(point));
    let outdated = || shown().filter(|point| point.outdated);
    let (count, all) = (outdated().count(), shown().count());
    let which = if count == all { None } else { listing::of_points(data, outdated(), MAX_GROUPS) };
    let which = which.map_or_else(String::new, |which| format!(" ({which})"));
    (count > 0).then(|| Outdated {
        remark: format!("{count} of {all} points outdated"),
        note: format!("Outdated: {count} of {all} points, measured by earlier versions of the programs{which}."),
    })
}
