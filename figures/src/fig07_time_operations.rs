//! Figure 7: time per image over operations, at two batches; the area is the number of parameters.

use crate::bubbles::{self, Bubbles};
use crate::canvas::Canvas;
use crate::key::Key;
use crate::line::{Kind, Line, fit, words};
use crate::missing;
use crate::panel::{axis_of_counts, axis_of_measurements, by_batch};
use crate::study::{PANELS, Study, exactly};
use crate::wording;

/// Radius of 155 million parameters [pt].
const LARGEST: f64 = 13.0;

/// Discs in two panels, each with the line through ours.
pub fn draw(study: &Study) -> Canvas {
    let mut panels =
        by_batch(study, |network, _| Some(exactly(network.g_ops)), |network, batch| network.time.get(&batch).copied());
    let mut notes = Vec::new();
    for panel in &mut panels {
        if let Some(fit) = fit(&panel.ours) {
            panel.lines.push(Line::of(Kind::Fit, fit));
            notes.push(format!("{}, least squares: {}.", panel.title, words(fit, "ms", "G-Op")));
        }
    }
    notes.extend(missing::sentences(study, |batch| PANELS.contains(&batch)));
    let bubbles = Bubbles {
        x: axis_of_counts("Operations [G-Ops]", &panels, |spot| spot.x),
        y: axis_of_measurements("Time per image [ms]", &panels, |spot| spot.y),
        height: bubbles::BESIDE,
        key: Some(Key::parameters(study, LARGEST)),
        theirs: "Faint: 2016, Jetson TX1.",
        panels,
        shows: |point| PANELS.contains(&point.batch) && (point.time.is_some() || missing::is_said(point)),
        tells: |network, batch| {
            let (operations, parameters) = (wording::operations(network), wording::parameters(network));
            wording::list([wording::at(&network.time, batch, "ms"), Some(operations), Some(parameters)])
        },
        notes,
    };
    bubbles::draw(study, bubbles)
}
