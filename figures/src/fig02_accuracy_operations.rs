//! Figure 2: top-1 accuracy over operations; the area is the number of parameters. Counts, and accuracies that are cited or measured.

use offprint_plot::canvas::Canvas;
use results::Origin;

use crate::area_legend::AreaLegend;
use crate::figure::Figure;
use crate::figure_data::{FigureData, Network, exactly};
use crate::outdated;
use crate::panel::{Panel, axis_of_accuracy, data_points, from_zero};
use crate::scatter::{self, Scatter};
use crate::wording;

/// Radius of 150 million parameters [pt].
const LARGEST: f64 = 18.0;

/// Counts that differ from 2016 by less than this share count as equal.
const APART: f64 = 0.05;

/// See the module.
pub const FIGURE: Figure = Figure {
    number: 2,
    title: "Top-1 accuracy over operations",
    caption: "Top-1 accuracy ({accuracy}) over operations for one image (counted here). The area of a disc is proportional to the number of parameters. \
              Arrows lead from the operations printed in 2016 to those counted here, where they differ by more than 5 %.",
    data: &["networks.csv"],
    origin: Origin::Original,
    optional: None,
    draw,
};

/// Discs in one panel.
fn draw(data: &FigureData) -> Canvas {
    let at = |networks| data_points(networks, |network| Some(exactly(network.g_ops)), Network::accuracy);
    let measured = at(&data.networks);
    let mut published = at(&data.published);
    published.retain(|published| {
        let measured = measured.iter().find(|measured| measured.network.name == published.network.name);
        measured.is_none_or(|measured| (measured.x - published.x).abs() > APART * published.x)
    });
    let panels = vec![Panel { measured, published, arrows: true, ..Panel::default() }];
    let scatter = Scatter {
        x: from_zero("Operations for one image [G-Op]", &panels, |point| point.x),
        y: axis_of_accuracy(&panels),
        height: scatter::SINGLE_HEIGHT,
        legend: Some(AreaLegend::parameters(data, LARGEST)),
        published_note: "Faint: operations and parameters as printed in 2016, where they differ from the counts here.",
        panels,
        shows: outdated::nothing,
        tooltip: |network, _| {
            let (operations, parameters) = (wording::operations(network), wording::parameters(network));
            wording::list([Some(operations), wording::accuracy(network), Some(parameters)])
        },
        notes: data.about_accuracy(),
    };
    scatter::draw(data, scatter)
}
