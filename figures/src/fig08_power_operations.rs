//! Figure 8: net power over operations, at two batches.

use offprint_plot::axis::DECADES_IN_HALF;
use offprint_plot::canvas::Canvas;
use results::{Origin, PowerEstimate};

use crate::figure::Figure;
use crate::figure_data::{FigureData, Network, PANELS, exactly};
use crate::finish::absent;
use crate::missing;
use crate::panel::{by_batch, from_zero, logarithmic};
use crate::scatter::{self, Scatter};
use crate::wording;

/// See the module.
pub const FIGURE: Figure = Figure {
    number: 8,
    title: "Net power over operations",
    caption: "Net power over operations (logarithmic) at batches 1 and 16. Faint: the five known values of 2016, Jetson TX1, all at batch 1.",
    data: &["points.csv", "networks.csv"],
    origin: Origin::Original,
    optional: None,
    draw,
};

/// Marks in two panels, or a sentence with the reason why there are none.
fn draw(data: &FigureData) -> Canvas {
    let state = missing::power(data, |batch| PANELS.contains(&batch));
    if let Some(message) = state.message {
        return absent(data, &message, &state.notes);
    }
    let operations = |network: &Network, _| Some(exactly(network.g_ops)).filter(|of| of.value > 0.0);
    let mut panels = by_batch(data, operations, |network, batch| network.power.get(&batch).copied());
    for (panel, batch) in panels.iter_mut().zip(PANELS) {
        let requested = data.points.iter().any(|point| point.batch == batch);
        if panel.measured.is_empty() && requested {
            panel.message = missing::power(data, |of| of == batch).message;
        }
    }
    let mut notes = state.notes;
    notes.extend(missing::sentences(data, |batch| PANELS.contains(&batch)));
    let scatter = Scatter {
        x: logarithmic("Operations [G-Op]", &panels, |point| point.x).with_few_labels(DECADES_IN_HALF),
        y: from_zero("Net power [W]", &panels, |point| point.y),
        height: scatter::PAIR_HEIGHT,
        legend: None,
        published_note: "Faint: the five known values of 2016, Jetson TX1, all at batch 1.",
        panels,
        shows: |point| {
            PANELS.contains(&point.batch)
                && (matches!(point.power, PowerEstimate::Measured { .. }) || missing::is_explained(point))
        },
        tooltip: |network, batch| {
            wording::list([wording::at(&network.power, batch, "W"), Some(wording::operations(network))])
        },
        notes,
    };
    scatter::draw(data, scatter)
}
