//! Figure 10: top-1 accuracy per million parameters, by network. Counted and cited, not measured.

use crate::axis::Axis;
use crate::bars::{self, Bar};
use crate::canvas::Canvas;
use crate::outdated;
use crate::sheet::finish;
use crate::study::{Network, Study};

/// Sorted bars from zero, each with a mark at the value of 2016.
pub fn draw(study: &Study) -> Canvas {
    let density = |network: &Network| Some(network.top1? / network.parameters_m).filter(|value| value.is_finite());
    let published = |name: &str| study.published.iter().find(|network| network.name == name).and_then(density);
    let bar = |network: &Network| {
        let (title, colour) = (network.title.clone(), network.look.colour);
        Some(Bar { title, colour, value: density(network)?, published: published(&network.name) })
    };
    let bars: Vec<Bar> = study.networks.iter().filter_map(bar).collect();
    let values = bars.iter().flat_map(|bar| [Some(bar.value), bar.published]).flatten();
    // Room for the number after the longest bar.
    let x = Axis::from_zero("Top-1 accuracy per million parameters [%/M]", values.map(|value| 1.05 * value));
    let mut notes = Vec::new();
    if bars.iter().any(|bar| bar.published.is_some()) {
        notes.push("Grey strokes across the bars: the values of 2016.".to_owned());
    }
    notes.extend(study.without_accuracy());
    finish(
        study,
        bars::draw(bars, &x, (2, "% top-1 per million parameters"), "no network with a cited accuracy"),
        outdated::nothing,
        &notes,
    )
}
