//! Figure 10: top-1 accuracy per million parameters, by network. Counts, and accuracies that are cited or measured.

use offprint_plot::axis::Axis;
use offprint_plot::canvas::Canvas;
use results::Origin;

use crate::figure::Figure;
use crate::figure_data::{FigureData, Network, exactly};
use crate::finish::{absent, finish};
use crate::outdated;
use crate::rows::{self, Row};

/// See the module.
pub const FIGURE: Figure = Figure {
    number: 10,
    title: "Top-1 accuracy per million parameters",
    caption: "Top-1 accuracy ({accuracy}) per million parameters (counted here), on a logarithmic axis, with the value at the right. Grey strokes: the values of 2016.",
    data: &["networks.csv"],
    origin: Origin::Original,
    optional: None,
    draw,
};

/// Sorted rows on a logarithmic axis, each with a stroke at the value of 2016.
fn draw(data: &FigureData) -> Canvas {
    let density = |network: &Network| {
        Some(network.top1? / network.parameters_m).filter(|value| value.is_finite() && *value > 0.0)
    };
    let published = |name: &str| data.published.iter().find(|network| network.name == name).and_then(density);
    let row = |network| Some(Row { network, value: exactly(density(network)?), published: published(&network.name) });
    let rows: Vec<Row<'_>> = data.networks.iter().filter_map(row).collect();
    if rows.is_empty() {
        return absent(data, "No network has an accuracy.", &[]);
    }
    let values = rows.iter().flat_map(|row| [Some(row.value.value), row.published]).flatten();
    let x = Axis::logarithmic("Top-1 accuracy per million parameters [%/M]", values);
    let strokes = rows.iter().any(|row| row.published.is_some());
    let strokes = strokes.then(|| "Grey strokes: the values of 2016.".to_owned());
    let notes: Vec<String> = strokes.into_iter().chain(data.about_accuracy()).collect();
    finish(data, rows::draw(rows, &x, (2, "% top-1 per million parameters")), outdated::nothing, &notes)
}
