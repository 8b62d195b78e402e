//! Figure 12: top-1 accuracy over the net energy of one image, at two batches; the area is the number of operations. The original has no
//! such figure: what energy bounds (C4) it derives from others.

use results::PowerEstimate;
use results::frontier::frontier;

use crate::axis::Axis;
use crate::bubbles::{self, Bubbles};
use crate::canvas::Canvas;
use crate::key::Key;
use crate::missing;
use crate::panel::{axis_of_accuracy, by_batch};
use crate::study::{PANELS, Study};
use crate::wording;

/// Names of the best networks need the height of Figure 9 [pt].
const HEIGHT: f64 = 224.0;
/// Radius of 40 G-Ops [pt].
const LARGEST: f64 = 13.0;

/// Discs in two panels, each with the steps of the best attainable accuracy, or frames that say why there are none.
pub fn draw(study: &Study) -> Canvas {
    let mut panels =
        by_batch(study, |network, batch| network.energy.get(&batch).copied(), |network, _| network.accuracy());
    let shown = |batch: u32| PANELS.contains(&batch);
    let mut notes = missing::power(study, shown).notes;
    for (panel, batch) in panels.iter_mut().zip(PANELS) {
        let points: Vec<(f64, f64)> = panel.ours.iter().map(|spot| (spot.x, spot.y)).collect();
        panel.frontier = frontier(&points).into_iter().map(|place| points[place]).collect();
        let asked = study.points.iter().any(|point| point.batch == batch);
        if panel.ours.is_empty() && asked {
            panel.message = missing::power(study, |of| of == batch).message;
        }
    }
    if panels.iter().any(|panel| !panel.frontier.is_empty()) {
        notes.insert(0, "Line: the best accuracy within a budget of energy.".to_owned());
    }
    notes.extend(missing::sentences(study, shown));
    notes.extend(study.without_accuracy());
    let energies = panels.iter().flat_map(|panel| panel.ours.iter().chain(&panel.theirs)).map(|spot| spot.x);
    let bubbles = Bubbles {
        x: Axis::logarithmic("Net energy of one image [J]", energies),
        y: axis_of_accuracy(&panels),
        height: HEIGHT,
        key: Some(Key::operations(study, LARGEST)),
        theirs: "Faint: 2016, Jetson TX1, the five networks whose power at batch 1 was printed, times its time.",
        panels,
        shows: |point| {
            PANELS.contains(&point.batch)
                && (matches!(point.power, PowerEstimate::Measured { .. }) || missing::is_said(point))
        },
        tells: |network, batch| {
            let energy = wording::at(&network.energy, batch, "J per image");
            wording::list([energy, wording::accuracy(network), Some(wording::operations(network))])
        },
        notes,
    };
    bubbles::draw(study, bubbles)
}
