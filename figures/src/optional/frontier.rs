//! An optional figure: the best accuracy within a budget of energy or time, among the networks of the study and among all.

use offprint_plot::axis::Axis;
use offprint_plot::canvas::Canvas;
use offprint_plot::style::FRAME;
use results::frontier::frontier;
use results::{Estimate, Origin};

use crate::figure::{Figure, Optional};
use crate::figure_data::{FigureData, Network, PANELS};
use crate::finish::absent;
use crate::line::{Kind, Line};
use crate::missing;
use crate::panel::{DataPoint, Panel, axis_of_accuracy, data_points, logarithmic, steps};
use crate::scatter::{self, Scatter};
use crate::wording;

/// Names of many networks need more height than other single panels [pt].
const HEIGHT: f64 = 250.0;
/// Length of a dash and of a gap, as a share of an axis.
const DASH: f64 = 0.012;

/// See the module.
pub const FIGURE: Figure = Figure {
    number: 16,
    title: "The most accurate network within a budget, then and later",
    caption: "Top-1 accuracy ({accuracy}) over the net energy of one image where power was measured, else over the time of one image (logarithmic). Solid \
              steps: the best accuracy within a budget among all networks. Dashed steps: the same among the networks of the study alone, which are grey.",
    data: &["points.csv", "networks.csv"],
    origin: Origin::New,
    optional: Some(Optional { name: "frontier", exists: |data| data.networks.iter().any(|network| network.later) }),
    draw,
};

/// What an image costs.
struct Cost {
    title: &'static str,
    of: fn(&Network, u32) -> Option<Estimate>,
    tooltip: fn(&Network, Option<u32>) -> String,
    notes: fn(&FigureData) -> Vec<String>,
}

const ENERGY: Cost = Cost {
    title: "Net energy of one image [J]",
    of: |network, batch| network.energy.get(&batch).copied(),
    tooltip: |network, batch| {
        let energy = wording::at(&network.energy, batch, "J per image");
        wording::list([energy, wording::accuracy(network), Some(wording::parameters(network))])
    },
    notes: |_| vec!["Horizontal bars, where longer than the mark: 95 % intervals of energy.".to_owned()],
};
const TIME: Cost = Cost {
    title: "Time per image [ms]",
    of: |network, batch| network.time.get(&batch).copied(),
    tooltip: |network, batch| {
        let time = wording::at(&network.time, batch, "ms");
        wording::list([time, wording::accuracy(network), Some(wording::parameters(network))])
    },
    notes: |data| {
        let known = "Over time, since the energy of no later network is known.".to_owned();
        [known].into_iter().chain(wording::bars(data)).collect()
    },
};

/// One panel, at the larger of the two batches at which a later network has the cost.
fn draw(data: &FigureData) -> Canvas {
    let networks: Vec<Network> = data.networks.iter().cloned().map(grey).collect();
    let panels =
        || [&ENERGY, &TIME].into_iter().flat_map(|cost| PANELS.into_iter().rev().map(move |batch| (cost, batch)));
    let points = |cost: &Cost, batch: u32| {
        data_points(&networks, |network| (cost.of)(network, batch), Network::accuracy_interval)
    };
    let is_known = |(cost, batch): &(&Cost, u32)| points(cost, *batch).iter().any(|point| point.network.later);
    let Some((cost, batch)) = panels().find(is_known) else {
        return absent(data, "no later network has an accuracy and a time", &[]);
    };
    let all = points(cost, batch);
    let of_study: Vec<DataPoint<'_>> = all.iter().copied().filter(|point| !point.network.later).collect();
    let [on_all, on_study] = [&all, &of_study].map(|points| optimal(points));
    let is_named = |point: &DataPoint<'_>| {
        point.network.later || on_study.iter().any(|named| named.network.name == point.network.name)
    };
    let (measured, unlabelled): (Vec<_>, Vec<_>) = all.iter().copied().partition(is_named);
    let panel = Panel { title: format!("Batch {batch}"), batch: Some(batch), measured, unlabelled, ..Panel::default() };
    let mut panels = vec![panel];
    let (x, y) = (logarithmic(cost.title, &panels, |point| point.x), axis_of_accuracy(&panels));
    panels[0].steps = steps(&all, x.ends().1);
    panels[0].lines = vec![dashed(&steps(&of_study, x.ends().1), &x, &y)];

    let names = |points: &[DataPoint<'_>]| {
        let names: Vec<&str> = points.iter().map(|point| point.network.title.as_str()).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    };
    let (later, of_2016): (Vec<_>, Vec<_>) = on_all.iter().copied().partition(|point| point.network.later);
    let mut notes = vec![format!(
        "Pareto-optimal among all networks: {} of the study; later {}. Among those of the study alone: {}.",
        names(&of_2016),
        names(&later),
        names(&on_study)
    )];
    notes.extend((cost.notes)(data));
    notes.push("Vertical bars, where longer than the mark: 95 % intervals of accuracy, by Wilson.".to_owned());
    notes.extend(data.about_accuracy());
    notes.extend(missing::sentences(data, |of| of == batch));
    scatter::draw(
        data,
        Scatter {
            x,
            y,
            height: HEIGHT,
            legend: None,
            published_note: "",
            panels,
            shows: |point| PANELS.contains(&point.batch) && (point.time.is_some() || missing::is_explained(point)),
            tooltip: cost.tooltip,
            notes,
        },
    )
}

/// The Pareto-optimal points, by ascending cost.
fn optimal<'a>(points: &[DataPoint<'a>]) -> Vec<DataPoint<'a>> {
    let values: Vec<(f64, f64)> = points.iter().map(|point| (point.x, point.y)).collect();
    frontier(&values).into_iter().filter_map(|index| points.get(index).copied()).collect()
}

/// Networks of the study are grey.
fn grey(mut network: Network) -> Network {
    if !network.later {
        network.style.colour = FRAME;
    }
    network
}

/// Steps as a dashed line: of its pieces, every second one is drawn.
fn dashed(steps: &[(f64, f64)], x: &Axis, y: &Axis) -> Line {
    let range = |(low, high): (f64, f64), value: f64| (value - low) / (high - low);
    let decades = |(low, high): (f64, f64), value: f64| range((libm::log(low), libm::log(high)), libm::log(value));
    let mut points = Vec::new();
    for pair in steps.windows(2) {
        let ((from, low), (to, high)) = (pair[0], pair[1]);
        let length = (decades(x.ends(), to) - decades(x.ends(), from)).abs();
        let length = length + (range(y.ends(), high) - range(y.ends(), low)).abs();
        // An odd number, so that the next segment begins with a gap.
        let pieces = 2 * (length / (2.0 * DASH)).clamp(0.0, 1e3) as u32 + 1;
        points.extend((0..pieces).map(|piece| {
            let share = f64::from(piece) / f64::from(pieces);
            (from * libm::pow(to / from, share), low + (high - low) * share)
        }));
    }
    points.extend(steps.last());
    Line { kind: Kind::FaintFitted, points, band: Vec::new(), label: String::new() }
}
