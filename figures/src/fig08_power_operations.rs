//! Figure 8: net power over operations, at two batches; the area is the number of parameters.

use results::PowerEstimate;

use crate::bubbles::{self, Bubbles};
use crate::canvas::Canvas;
use crate::key::Key;
use crate::missing;
use crate::panel::{axis_of_counts, axis_of_measurements, by_batch};
use crate::study::{PANELS, Study, exactly};
use crate::wording;

/// Radius of 155 million parameters [pt].
const LARGEST: f64 = 13.0;

/// Discs in two panels, or frames that say why there are none.
pub fn draw(study: &Study) -> Canvas {
    let mut panels =
        by_batch(study, |network, _| Some(exactly(network.g_ops)), |network, batch| network.power.get(&batch).copied());
    for (panel, batch) in panels.iter_mut().zip(PANELS) {
        let asked = study.points.iter().any(|point| point.batch == batch);
        if panel.ours.is_empty() && asked {
            panel.message = missing::power(study, |of| of == batch).message;
        }
    }
    let mut notes = missing::power(study, |batch| PANELS.contains(&batch)).notes;
    notes.extend(missing::sentences(study, |batch| PANELS.contains(&batch)));
    let bubbles = Bubbles {
        x: axis_of_counts("Operations [G-Ops]", &panels, |spot| spot.x),
        y: axis_of_measurements("Net power [W]", &panels, |spot| spot.y),
        height: bubbles::BESIDE,
        key: Some(Key::parameters(study, LARGEST)),
        theirs: "Faint: the five values printed in 2016, Jetson TX1, all at batch 1.",
        panels,
        shows: |point| {
            PANELS.contains(&point.batch)
                && (matches!(point.power, PowerEstimate::Measured { .. }) || missing::is_said(point))
        },
        tells: |network, batch| {
            let (operations, parameters) = (wording::operations(network), wording::parameters(network));
            wording::list([wording::at(&network.power, batch, "W"), Some(operations), Some(parameters)])
        },
        notes,
    };
    bubbles::draw(study, bubbles)
}
