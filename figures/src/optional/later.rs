//! An optional figure: the relations of the study among its networks and among later ones, each group with its own fits.

use offprint_plot::axis::{Axis, DECADES_IN_HALF};
use offprint_plot::canvas::Canvas;
use offprint_plot::frame::{BELOW, Frame, Labels, left_of};
use offprint_plot::number::grouped;
use offprint_plot::rect::Rect;
use offprint_plot::style::FRAME;
use results::Origin;

use crate::figure::{Figure, Optional};
use crate::figure_data::{FigureData, MIN_NETWORKS, Network, PANELS, exactly};
use crate::finish::{WIDTH, absent, finish};
use crate::line::{self, Kind, Line, power_law};
use crate::missing;
use crate::panel::{DataPoint, Panel, axis_of_accuracy, data_points, logarithmic};
use crate::scatter;
use crate::wording;

/// Height of each frame [pt].
const HEIGHT: f64 = 112.0;
/// Between two frames in a row [pt].
const BETWEEN: f64 = 14.0;
/// Height of the title above a frame [pt].
const HEAD: f64 = 18.0;
/// Between the axes' ends and the frame [pt].
const MARGIN: f64 = 8.0;

/// See the module.
pub const FIGURE: Figure = Figure {
    number: 15,
    title: "Networks of the study and later ones",
    caption: "Above: time per image over operations at batches 1 and 16, with a power law through each group. Below: top-1 accuracy ({accuracy}) over throughput, with the line \
              through the Pareto-optimal networks of each group, and over parameters. All axes but that of accuracy are logarithmic. Grey, dashed: the networks of the study. \
              Coloured, solid: later networks, with their names.",
    data: &["points.csv", "networks.csv"],
    origin: Origin::New,
    optional: Some(Optional { name: "later", exists: |data| data.networks.iter().any(|network| network.later) }),
    draw,
};

/// The networks of the study, in grey, and the later ones.
struct Groups {
    study: Vec<Network>,
    later: Vec<Network>,
}

/// Four frames.
fn draw(data: &FigureData) -> Canvas {
    let (later, study): (Vec<Network>, Vec<Network>) = data.networks.iter().cloned().partition(|network| network.later);
    if later.is_empty() {
        return absent(data, "no later network was measured", &[]);
    }
    let grey = |mut network: Network| {
        network.style.colour = FRAME;
        network
    };
    let groups = Groups { study: study.into_iter().map(grey).collect(), later };
    let mut notes = Vec::new();
    let times = PANELS.map(|batch| time(&groups, batch, &mut notes));
    let has_times = |batch: u32| groups.later.iter().any(|network| network.time.contains_key(&batch));
    let batch = if has_times(PANELS[1]) { PANELS[1] } else { PANELS[0] };
    let accuracies = [throughput(&groups, batch, &mut notes), parameters(&groups)];

    let operations = logarithmic("Operations [G-Op]", &times, |point| point.x).with_few_labels(DECADES_IN_HALF);
    let time_axis = logarithmic("Time per image [ms]", &times, |point| point.y);
    let along = |title: &str, panel: &Panel<'_>| {
        logarithmic(title, std::slice::from_ref(panel), |point| point.x).with_few_labels(DECADES_IN_HALF)
    };
    let rate = along("Throughput [images/s]", &accuracies[0]);
    let millions = along("Parameters [millions]", &accuracies[1]);
    let accuracy = axis_of_accuracy(&accuracies);

    let mut plot = Canvas::new(WIDTH, 2.0 * (HEAD + HEIGHT + BELOW));
    let left = left_of(&time_axis).max(left_of(&accuracy));
    let each = (WIDTH - left - 10.0 - BETWEEN) / 2.0;
    let place = |row: usize, column: usize| {
        let start = left + (each + BETWEEN) * column as f64;
        let top = HEAD + (HEAD + HEIGHT + BELOW) * row as f64;
        Rect { left: start, top, right: start + each, bottom: top + HEIGHT }
    };
    let rows: [(&[Panel<'_>; 2], [&Axis; 2], &Axis); 2] =
        [(&times, [&operations; 2], &time_axis), (&accuracies, [&rate, &millions], &accuracy)];
    let mut unnamed: Vec<String> = Vec::new();
    for (row, (panels, across, up)) in rows.into_iter().enumerate() {
        for (column, (panel, x)) in panels.iter().zip(across).enumerate() {
            let frame = Frame::new(place(row, column), x, up, MARGIN);
            let side = if column == 0 { Labels::Shown } else { Labels::Hidden };
            let without = scatter::one(&mut plot, data, (&frame, side), panel, tooltip);
            unnamed.extend(without.into_iter().map(|name| format!("{name} ({})", panel.title)));
        }
    }
    if !unnamed.is_empty() {
        notes.push(format!("Not labelled for lack of space: {}.", unnamed.join(", ")));
    }
    notes.extend(wording::bars(data));
    notes.extend(data.about_accuracy());
    notes.extend(missing::sentences(data, |batch| PANELS.contains(&batch)));
    finish(data, plot, |point| PANELS.contains(&point.batch) && point.time.is_some(), &notes)
}

/// Time over operations, with a power law through each group.
fn time<'a>(groups: &'a Groups, batch: u32, notes: &mut Vec<String>) -> Panel<'a> {
    let at = |networks| {
        let operations = |network: &Network| Some(exactly(network.g_ops)).filter(|of| of.value > 0.0);
        data_points(networks, operations, |network| network.time.get(&batch).copied())
    };
    let mut panel = panel(&format!("Batch {batch}"), Some(batch), at(&groups.study), at(&groups.later));
    let fit = |points: &[DataPoint<'_>], kind: Kind| {
        let fit = power_law(points)?;
        let exponent = fit.slope_interval();
        let [value, low, high] = [exponent.value, exponent.low, exponent.high].map(|value| grouped(value, 2));
        Some((Line { kind, ..Line::of_power_law(fit, points) }, format!("{value} ({low} to {high})")))
    };
    let words = both(&mut panel, fit, Kind::Fitted, "networks");
    notes.push(format!("Batch {batch}, exponent of time over operations: {words}."));
    panel
}

/// Accuracy over throughput, with the line through each frontier.
fn throughput<'a>(groups: &'a Groups, batch: u32, notes: &mut Vec<String>) -> Panel<'a> {
    let at = |networks| data_points(networks, |network| network.throughput(batch), Network::accuracy);
    let title = format!("Accuracy over throughput, batch {batch}");
    let mut panel = panel(&title, Some(batch), at(&groups.study), at(&groups.later));
    let fit = |points: &[DataPoint<'_>], kind: Kind| {
        let (line, on) = line::frontier(points)?;
        Some((Line::of(kind, line, &on), grouped(line.r_squared, 2)))
    };
    let words = both(&mut panel, fit, Kind::Frontier, "Pareto-optimal networks");
    notes.push(format!("R² of the line through the frontier at batch {batch}: {words}."));
    panel
}

/// Accuracy over parameters.
fn parameters(groups: &Groups) -> Panel<'_> {
    let parameters = |network: &Network| Some(exactly(network.parameters_m)).filter(|of| of.value > 0.0);
    let at = |networks| data_points(networks, parameters, Network::accuracy);
    panel("Accuracy over parameters", None, at(&groups.study), at(&groups.later))
}

fn panel<'a>(title: &str, batch: Option<u32>, study: Vec<DataPoint<'a>>, later: Vec<DataPoint<'a>>) -> Panel<'a> {
    let message = later.is_empty().then(|| "no number of a later network".to_owned());
    Panel { title: title.to_owned(), batch, measured: later, unlabelled: study, message, ..Panel::default() }
}

/// Adds the line of each group that has enough networks, and returns the words of both.
fn both(
    panel: &mut Panel<'_>,
    fit: impl Fn(&[DataPoint<'_>], Kind) -> Option<(Line, String)>,
    kind: Kind,
    of: &str,
) -> String {
    let groups = [(&panel.unlabelled, Kind::FaintFitted, "the study"), (&panel.measured, kind, "later networks")];
    let found = groups.map(|(points, kind, name)| (fit(points, kind), name));
    let words = found.map(|(found, name)| match found {
        Some((line, words)) => {
            panel.lines.push(line);
            format!("{words} for {name}")
        }
        None => format!("none for {name}, with fewer than {MIN_NETWORKS} {of}"),
    });
    words.join("; ")
}

fn tooltip(network: &Network, batch: Option<u32>) -> String {
    let time = wording::at(&network.time, batch, "ms");
    let (operations, parameters) = (wording::operations(network), wording::parameters(network));
    wording::list([time, Some(operations), wording::accuracy(network), Some(parameters)])
}
