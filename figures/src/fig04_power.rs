//! Figure 4: net power over the batch.

use results::PowerEstimate;

use crate::axis::Scale;
use crate::canvas::Canvas;
use crate::curves::{self, Curves};
use crate::missing;
use crate::study::Study;

/// Lines over a linear axis from zero, or a frame that says why there are none.
pub fn draw(study: &Study) -> Canvas {
    let state = missing::power(study, |_| true);
    let mut notes = state.notes;
    notes.extend(missing::sentences(study, |_| true));
    let curves = Curves {
        title: "Net power [W]",
        unit: "W",
        scale: Scale::Linear,
        values: |network| &network.power,
        message: state.message,
        shows: |point| matches!(point.power, PowerEstimate::Measured { .. }) || missing::is_said(point),
        notes,
    };
    curves::draw(study, curves)
}
