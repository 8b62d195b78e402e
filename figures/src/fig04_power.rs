//! Figure 4: net power over the batch.

use offprint_plot::axis::Scale;
use offprint_plot::canvas::Canvas;
use results::{Origin, PowerEstimate};

use crate::figure::Figure;
use crate::figure_data::FigureData;
use crate::finish::absent;
use crate::grid::{self, Grid};
use crate::missing;

/// See the module.
pub const FIGURE: Figure = Figure {
    number: 4,
    title: "Net power over the batch",
    caption: "Net power over the batch, a panel for each network; all panels share their axes. Net power is power under load less power at idle.",
    data: &["points.csv"],
    origin: Origin::Original,
    optional: None,
    draw,
};

/// Small multiples over a linear axis from zero, or a sentence with the reason why there are none.
fn draw(data: &FigureData) -> Canvas {
    let state = missing::power(data, |_| true);
    if let Some(message) = state.message {
        return absent(data, &message, &state.notes);
    }
    let mut notes = state.notes;
    notes.extend(missing::letters(data));
    let grid = Grid {
        title: "Net power [W]",
        unit: "W",
        scale: Scale::Linear,
        free: false,
        values: |network| network.power.clone(),
        curve: None,
        shows: |point| matches!(point.power, PowerEstimate::Measured { .. }) || missing::is_explained(point),
        notes,
        others: Vec::new(),
    };
    grid::draw(data, grid)
}
