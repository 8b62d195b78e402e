//! Figure 7: time per image over operations, at two batches.

use offprint_plot::axis::{Axis, DECADES_IN_HALF};
use offprint_plot::canvas::Canvas;
use offprint_plot::number::{grouped, power, three};
use results::Origin;

use crate::figure::Figure;
use crate::figure_data::{FigureData, PANELS, exactly};
use crate::line::{Line, power_law};
use crate::missing;
use crate::panel::{Panel, by_batch, logarithmic, of_study};
use crate::scatter::{self, Scatter};
use crate::wording;

/// Maximum number of diagonals.
const DIAGONALS: usize = 6;

/// See the module.
pub const FIGURE: Figure = Figure {
    number: 7,
    title: "Time per image over operations",
    caption: "Time per image over operations at batches 1 and 16, all axes logarithmic. Along each thin diagonal, networks compute at the same rate, so time is proportional to operations. \
              Thick line: power law by least squares, with its 95 % band. Faint: 2016 on a Jetson TX1, with its own counts.",
    data: &["points.csv", "networks.csv"],
    origin: Origin::Original,
    optional: None,
    draw,
};

/// Marks in two panels, each with the power law through the measured points.
fn draw(data: &FigureData) -> Canvas {
    let operations =
        |network: &crate::figure_data::Network, _| Some(exactly(network.g_ops)).filter(|of| of.value > 0.0);
    let mut panels = by_batch(data, operations, |network, batch| network.time.get(&batch).copied());
    let x = logarithmic("Operations [G-Op]", &panels, |point| point.x);
    let y = logarithmic("Time per image [ms]", &panels, |point| point.y);
    let diagonals = diagonals(&panels, &x);
    let mut notes = Vec::new();
    for panel in &mut panels {
        panel.lines.extend(diagonals.iter().cloned());
        let fitted = of_study(&panel.measured);
        if let Some(fit) = power_law(&fitted) {
            panel.lines.push(Line::of_power_law(fit, &fitted));
            let range = fit.slope_interval();
            let [value, low, high] = [range.value, range.low, range.high].map(|value| grouped(value, 2));
            notes.push(format!("{}: time goes as operations to the power of {value} ({low} to {high}).", panel.title));
        }
    }
    notes.extend(data.fitted_to());
    notes.extend(wording::bars(data));
    notes.extend(missing::sentences(data, |batch| PANELS.contains(&batch)));
    let scatter = Scatter {
        x: x.with_few_labels(DECADES_IN_HALF),
        y,
        height: scatter::PAIR_HEIGHT,
        legend: None,
        published_note: "Faint: 2016, Jetson TX1.",
        panels,
        shows: |point| PANELS.contains(&point.batch) && (point.time.is_some() || missing::is_explained(point)),
        tooltip: |network, batch| {
            wording::list([wording::at(&network.time, batch, "ms"), Some(wording::operations(network))])
        },
        notes,
    };
    scatter::draw(data, scatter)
}

/// Lines of equal rate, at 1, 2 and 5 in each decade that the networks reach, or fewer.
fn diagonals(panels: &[Panel<'_>], x: &Axis) -> Vec<Line> {
    let points = panels.iter().flat_map(|panel| panel.measured.iter().chain(&panel.published));
    // 10^9 operations per millisecond are 10^12 per second.
    let rates = points.map(|point| 1e3 * point.x / point.y).filter(|rate| rate.is_finite() && *rate > 0.0);
    let (low, high) = rates.fold((f64::INFINITY, 0.0_f64), |(low, high), rate| (low.min(rate), high.max(rate)));
    if low > high {
        return Vec::new();
    }
    let decades = libm::floor(libm::log10(low)) as i32..=libm::floor(libm::log10(high)) as i32;
    let steps = decades.flat_map(|decade| [1.0, 2.0, 5.0].map(|digit| digit * power(decade)));
    let mut rates: Vec<f64> = steps.filter(|rate| low <= *rate && *rate <= high).collect();
    while rates.len() > DIAGONALS {
        rates = rates.into_iter().step_by(2).collect();
    }
    let label = |rate: f64| format!("{}\u{a0}G-Op/s", if rate >= 1.0 { grouped(rate, 0) } else { three(rate) });
    rates.into_iter().map(|rate| Line::proportion(1e3 / rate, x.ends(), label(rate))).collect()
}
