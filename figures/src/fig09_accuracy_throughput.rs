//! Figure 9: top-1 accuracy over images per second, at two batches.

use offprint_plot::axis::{Axis, DECADES_IN_HALF};
use offprint_plot::canvas::Canvas;
use offprint_plot::number::{grouped, three};
use results::Origin;
use results::frontier::frontier;

use crate::figure::Figure;
use crate::figure_data::{FigureData, Network, PANELS};
use crate::line::{self, Kind, Line};
use crate::missing;
use crate::panel::{DataPoint, axis_of_accuracy, by_batch, logarithmic, of_study};
use crate::scatter::{self, Scatter};
use crate::wording;

/// The best networks lie close together here: their names need more height than elsewhere [pt].
const HEIGHT: f64 = 224.0;

/// See the module.
pub const FIGURE: Figure = Figure {
    number: 9,
    title: "Top-1 accuracy over throughput",
    caption: "Top-1 accuracy ({accuracy}) over images per second (logarithmic) at batches 1 and 16. Steps: the best accuracy at each throughput. \
              Curve: the straight line through the Pareto-optimal networks, over their range. Faint: 2016, Jetson TX1.",
    data: &["points.csv", "networks.csv"],
    origin: Origin::Original,
    optional: None,
    draw,
};

/// Marks in two panels, each with its frontier and the line through it.
fn draw(data: &FigureData) -> Canvas {
    let mut panels = by_batch(data, Network::throughput, |network, _| network.accuracy());
    let x = logarithmic("Throughput [images/s]", &panels, |point| point.x);
    let mut notes = Vec::new();
    for panel in &mut panels {
        panel.steps = steps(&panel.measured, &x);
        if let Some((line, on)) = line::frontier(&of_study(&panel.measured)) {
            panel.lines.push(Line::of(Kind::Frontier, line, &on));
            let sign = if line.slope < 0.0 { "\u{2212}" } else { "+" };
            notes.push(format!(
                "{}, frontier: {}\u{a0}% {sign} {}\u{a0}% for each image per second, R²\u{a0}{}.",
                panel.title,
                grouped(line.intercept, 1),
                three(line.slope.abs()),
                grouped(line.r_squared, 2)
            ));
        }
    }
    notes.extend(data.fitted_to());
    notes.extend(wording::bars(data));
    notes.extend(missing::sentences(data, |batch| PANELS.contains(&batch)));
    notes.extend(data.about_accuracy());
    let scatter = Scatter {
        x: x.with_few_labels(DECADES_IN_HALF),
        y: axis_of_accuracy(&panels),
        height: HEIGHT,
        legend: None,
        published_note: "Faint: 2016, Jetson TX1.",
        panels,
        shows: |point| PANELS.contains(&point.batch) && (point.time.is_some() || missing::is_explained(point)),
        tooltip: |network, batch| {
            let rate = batch.and_then(|batch| network.throughput(batch));
            let rate = rate.map(|rate| wording::number(&rate, "images/s"));
            wording::list([rate, wording::accuracy(network)])
        },
        notes,
    };
    scatter::draw(data, scatter)
}

/// The best accuracy at each throughput: horizontal up to each Pareto-optimal network, then down to the next.
fn steps(points: &[DataPoint<'_>], x: &Axis) -> Vec<(f64, f64)> {
    // The cost is the negative throughput: lower is better.
    let costs: Vec<(f64, f64)> = points.iter().map(|point| (-point.x, point.y)).collect();
    let best = frontier(&costs).into_iter().rev().filter_map(|index| points.get(index));
    let mut corners: Vec<(f64, f64)> = Vec::new();
    for point in best {
        let before = corners.last().map_or(x.ends().0, |last| last.0);
        corners.extend([(before, point.y), (point.x, point.y)]);
    }
    corners
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure_data::exactly;

    #[test]
    fn steps_go_down_at_each_pareto_optimal_network() {
        let network = Network::without_values("enet");
        let points: Vec<DataPoint<'_>> = [(10.0, 80.0), (20.0, 70.0), (15.0, 60.0), (40.0, 65.0)]
            .map(|(x, y)| DataPoint {
                network: &network,
                x,
                y,
                ranges: [exactly(x), exactly(y)].map(|of| (of.low, of.high)),
            })
            .into();
        let x = Axis::logarithmic("", [10.0, 40.0]);
        let expected = [(8.0, 80.0), (10.0, 80.0), (10.0, 70.0), (20.0, 70.0), (20.0, 65.0), (40.0, 65.0)];
        assert_eq!(steps(&points, &x), expected);
    }
}
