//! Figure 1: top-1 accuracy by network. Knows no measurement: accuracies are cited.

use crate::axis::Axis;
use crate::bars::{self, Bar};
use crate::canvas::Canvas;
use crate::outdated;
use crate::sheet::finish;
use crate::study::Study;

/// Sorted bars from about 50 to 80 %.
pub fn draw(study: &Study) -> Canvas {
    let bars: Vec<Bar> = study
        .networks
        .iter()
        .filter_map(|network| {
            let (title, colour) = (network.title.clone(), network.look.colour);
            Some(Bar { title, colour, value: network.top1?, published: None })
        })
        .collect();
    let least = bars.iter().map(|bar| bar.value).fold(f64::INFINITY, f64::min);
    // Room for the number after the longest bar.
    let values = bars.iter().flat_map(|bar| [bar.value, bar.value + 0.08 * (bar.value - least) + 1.0]);
    let x = Axis::around("Top-1 accuracy [%]", values, 5.0);
    let mut notes = Vec::new();
    if !bars.is_empty() {
        notes.push(format!("The axis begins at {:.0} %, not at zero.", x.ends().0));
    }
    notes.extend(study.without_accuracy());
    finish(study, bars::draw(bars, &x, (2, "% top-1"), "no network with a cited accuracy"), outdated::nothing, &notes)
}
