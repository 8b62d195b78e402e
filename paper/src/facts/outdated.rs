//! Facts of the points that earlier versions of the programs measured, and that were not measured again.

use super::{Facts, Sources, listing};

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    let points = &sources.inputs.estimates.points;
    let outdated = || points.iter().filter(|point| point.outdated);
    let (count, all) = (outdated().count(), points.len());
    facts.set("outdated.state", if count > 0 { "some" } else { "none" });
    facts.set("outdated.points", format!("{count} of {all}"));
    facts.set("outdated.which", listing::points(sources, outdated()));
}
