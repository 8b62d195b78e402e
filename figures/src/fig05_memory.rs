//! Figure 5: maximum net memory over the batch.

use crate::axis::Scale;
use crate::canvas::Canvas;
use crate::curves::{self, Curves};
use crate::missing;
use crate::study::Study;

/// Lines on logarithmic axes.
pub fn draw(study: &Study) -> Canvas {
    let mut notes = missing::sentences(study, |_| true);
    notes.extend(missing::without_memory(study, |_| true));
    let curves = Curves {
        title: "Maximum net memory [MB]",
        unit: "MB",
        scale: Scale::Logarithmic,
        values: |network| &network.memory,
        message: study.nothing_measured(),
        shows: |point| point.memory.is_some() || missing::is_said(point),
        notes,
    };
    curves::draw(study, curves)
}
