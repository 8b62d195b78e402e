//! Figure 1: top-1 accuracy by network. Cited, or measured with weights of the caller.

use offprint_plot::axis::Axis;
use offprint_plot::canvas::Canvas;
use results::Origin;

use crate::figure::Figure;
use crate::figure_data::FigureData;
use crate::finish::{absent, finish};
use crate::outdated;
use crate::rows::{self, Row};

/// See the module.
pub const FIGURE: Figure = Figure {
    number: 1,
    title: "Top-1 accuracy",
    caption: "Top-1 accuracy ({accuracy}) of a single central crop, with Wilson intervals of 95 %. Cited ones are of the 50 000 validation images of ImageNet. \
              One colour for each family of networks and one mark for each network, here and in every figure.",
    data: &["networks.csv"],
    origin: Origin::Original,
    optional: None,
    draw,
};

/// Sorted rows.
fn draw(data: &FigureData) -> Canvas {
    let row = |network| Some(Row { network, value: network.accuracy_interval()?, published: None });
    let rows: Vec<Row<'_>> = data.networks.iter().filter_map(row).collect();
    if rows.is_empty() {
        return absent(data, "No network has an accuracy.", &[]);
    }
    let x = Axis::around("Top-1 accuracy [%]", rows.iter().flat_map(|row| [row.value.low, row.value.high]), 5.0);
    let notes: Vec<String> = data.about_accuracy();
    finish(data, rows::draw(rows, &x, (2, "% top-1")), outdated::nothing, &notes)
}
