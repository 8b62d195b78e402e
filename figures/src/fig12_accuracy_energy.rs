//! Figure 12: top-1 accuracy over the net energy of one image, at two batches; the area is the number of operations. The original has no
//! such figure; it derives claim C4 from other figures.

use offprint_plot::axis::DECADES_IN_HALF;
use offprint_plot::canvas::Canvas;
use results::{Origin, PowerEstimate};

use crate::figure::Figure;
use crate::figure_data::{FigureData, PANELS};
use crate::finish::absent;
use crate::missing;
use crate::panel::{axis_of_accuracy, by_batch, logarithmic, steps};
use crate::scatter::{self, Scatter};
use crate::wording;

/// Names of the best networks need the height of Figure 9 [pt].
const HEIGHT: f64 = 224.0;

/// See the module.
pub const FIGURE: Figure = Figure {
    number: 12,
    title: "Top-1 accuracy over energy",
    caption: "Top-1 accuracy ({accuracy}) over the net energy of one image (logarithmic) at batches 1 and 16. Steps: the best accuracy within an energy budget. \
              Faint: 2016, Jetson TX1, the five networks whose power at batch 1 is known, times its time.",
    data: &["points.csv", "networks.csv"],
    origin: Origin::New,
    optional: None,
    draw,
};

/// Marks in two panels, each with the steps of the best attainable accuracy, or a sentence with the reason why there are none.
fn draw(data: &FigureData) -> Canvas {
    let shown = |batch: u32| PANELS.contains(&batch);
    let state = missing::power(data, shown);
    if let Some(message) = state.message {
        return absent(data, &message, &state.notes);
    }
    let mut panels =
        by_batch(data, |network, batch| network.energy.get(&batch).copied(), |network, _| network.accuracy());
    let x = logarithmic("Net energy of one image [J]", &panels, |point| point.x);
    let mut notes = state.notes;
    for (panel, batch) in panels.iter_mut().zip(PANELS) {
        panel.steps = steps(&panel.measured, x.ends().1);
        let requested = data.points.iter().any(|point| point.batch == batch);
        if panel.measured.is_empty() && requested {
            panel.message = missing::power(data, |of| of == batch).message;
        }
    }
    notes.extend(missing::sentences(data, shown));
    notes.extend(data.about_accuracy());
    let scatter = Scatter {
        x: x.with_few_labels(DECADES_IN_HALF),
        y: axis_of_accuracy(&panels),
        height: HEIGHT,
        legend: None,
        published_note: "Faint: 2016, Jetson TX1, the five networks whose power at batch 1 is known, times its time.",
        panels,
        shows: |point| {
            PANELS.contains(&point.batch)
                && (matches!(point.power, PowerEstimate::Measured { .. }) || missing::is_explained(point))
        },
        tooltip: |network, batch| {
            let energy = wording::at(&network.energy, batch, "J per image");
            wording::list([energy, wording::accuracy(network)])
        },
        notes,
    };
    scatter::draw(data, scatter)
}
