//! Figure 1: top-1 accuracy by network. Knows no measurement: accuracies are cited.

use crate::axis::Axis;
use crate::bars::{self, Bar};
use crate::canvas::Canvas;
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
    let x = Axis::around("Top-1 accuracy [%]", bars.iter().map(|bar| bar.value), 5.0);
    let mut notes = Vec::new();
    if !bars.is_empty() {
        notes.push(format!("The axis begins at {:.0} %, not at zero.", x.ends().0));
    }
    notes.extend(study.without_accuracy());
    finish(study, bars::draw(bars, &x, 2, "no network with a cited accuracy"), &notes)
}
