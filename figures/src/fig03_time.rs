//! Figure 3: time per image over the batch, here and with other software on the same hardware if there are such records.

use offprint_plot::axis::Scale;
use offprint_plot::canvas::Canvas;
use results::Origin;

use crate::figure::Figure;
use crate::figure_data::FigureData;
use crate::grid::{self, Grid};
use crate::missing;
use crate::others;
use crate::wording;

/// See the module.
pub const FIGURE: Figure = Figure {
    number: 3,
    title: "Time per image over the batch",
    caption: "Time of a forward pass per image over the batch, a panel for each network; all panels share their logarithmic axes. \
              Dashed, if measured: the same hardware with the other software named in the legend. A point is missing if the batch exceeded the memory or the time limit.",
    data: &["points.csv", "machines/*.json"],
    origin: Origin::Original,
    optional: None,
    draw,
};

/// Small multiples on logarithmic axes.
fn draw(data: &FigureData) -> Canvas {
    let others = others::on_this_hardware(data);
    let notes = missing::letters(data).into_iter().chain(wording::bars(data)).chain(others::note(data, &others));
    let grid = Grid {
        title: "Forward time per image [ms]",
        unit: "ms",
        scale: Scale::Logarithmic,
        free: false,
        values: |network| network.time.clone(),
        curve: None,
        shows: |point| point.time.is_some() || missing::is_explained(point),
        notes: notes.collect(),
        others,
    };
    grid::draw(data, grid)
}
