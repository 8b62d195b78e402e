//! Figure 9: top-1 accuracy over images per second, at two batches; the area is the number of operations.

use crate::bubbles::{self, Bubbles};
use crate::canvas::Canvas;
use crate::key::Key;
use crate::line;
use crate::missing;
use crate::number::{grouped, three};
use crate::panel::{axis_of_accuracy, axis_of_measurements, by_batch};
use crate::study::{Network, PANELS, Study};
use crate::wording;

/// The best networks lie close together here: their names need more height than elsewhere [pt].
const HEIGHT: f64 = 224.0;
/// Radius of 40 G-Ops [pt].
const LARGEST: f64 = 13.0;

/// Discs in two panels, each with the line that bounds ours from above.
pub fn draw(study: &Study) -> Canvas {
    let mut panels = by_batch(study, Network::throughput, |network, _| network.accuracy());
    let mut notes = Vec::new();
    for panel in &mut panels {
        if let Some(bound) = line::bound(&panel.ours) {
            panel.lines.push(bound);
            let sign = if bound.slope < 0.0 { "\u{2212}" } else { "+" };
            notes.push(format!(
                "{}, bound: {}\u{a0}% {sign} {}\u{a0}% for each image per second; no network measured here reaches the shaded side.",
                panel.title,
                grouped(bound.intercept, 1),
                three(bound.slope.abs())
            ));
        }
    }
    notes.extend(missing::sentences(study, |batch| PANELS.contains(&batch)));
    notes.extend(study.without_accuracy());
    let bubbles = Bubbles {
        x: axis_of_measurements("Throughput [images/s]", &panels, |spot| spot.x),
        y: axis_of_accuracy(&panels),
        height: HEIGHT,
        key: Some(Key::operations(study, LARGEST)),
        theirs: "Faint: 2016, Jetson TX1.",
        panels,
        shows: |point| PANELS.contains(&point.batch) && (point.time.is_some() || missing::is_said(point)),
        tells: |network, batch| {
            let rate = batch.and_then(|batch| network.throughput(batch));
            let rate = rate.map(|rate| wording::number(&rate, "images/s"));
            wording::list([rate, wording::accuracy(network), Some(wording::operations(network))])
        },
        notes,
    };
    bubbles::draw(study, bubbles)
}
