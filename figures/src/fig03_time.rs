//! Figure 3: time per image over the batch.

use results::Origin;

use crate::axis::Scale;
use crate::canvas::Canvas;
use crate::figure::Figure;
use crate::grid::{self, Grid};
use crate::missing;
use crate::study::Study;
use crate::wording;

/// See the module.
pub const FIGURE: Figure = Figure {
    number: 3,
    title: "Time per image over the batch",
    caption: "Time of a forward pass for one image over the batch, a panel for each network; both axes are logarithmic and all panels share them. \
              A point is missing where the batch did not fit into memory or into the time allowed.",
    data: &["points.csv"],
    origin: Origin::Original,
    draw,
};

/// Small multiples on logarithmic axes.
fn draw(study: &Study) -> Canvas {
    let grid = Grid {
        title: "Forward time per image [ms]",
        unit: "ms",
        scale: Scale::Logarithmic,
        free: false,
        values: |network| network.time.clone(),
        curve: None,
        shows: |point| point.time.is_some() || missing::is_said(point),
        notes: missing::letters(study).into_iter().chain(wording::bars(study)).collect(),
    };
    grid::draw(study, grid)
}
