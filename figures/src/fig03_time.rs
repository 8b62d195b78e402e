//! Figure 3: time per image over the batch.

use crate::axis::Scale;
use crate::canvas::Canvas;
use crate::curves::{self, Curves};
use crate::missing;
use crate::study::Study;

/// Lines on logarithmic axes.
pub fn draw(study: &Study) -> Canvas {
    let curves = Curves {
        title: "Forward time per image [ms]",
        unit: "ms",
        scale: Scale::Logarithmic,
        values: |network| &network.time,
        message: study.nothing_measured(),
        shows: |point| point.time.is_some() || missing::is_said(point),
        notes: missing::sentences(study, |_| true),
    };
    curves::draw(study, curves)
}
