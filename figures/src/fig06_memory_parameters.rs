//! Figure 6: maximum net memory at batch 1 over the size of the parameters.

use offprint_plot::canvas::Canvas;
use offprint_plot::number::three;
use results::Origin;

use crate::figure::Figure;
use crate::figure_data::{FigureData, Network, exactly};
use crate::finish::absent;
use crate::line::{Kind, Line, trend};
use crate::missing;
use crate::panel::{Panel, data_points, logarithmic, of_study};
use crate::scatter::{self, Scatter};
use crate::wording;

/// See the module.
pub const FIGURE: Figure = Figure {
    number: 6,
    title: "Maximum net memory over parameters",
    caption: "Maximum net memory at batch 1 over the size of the parameters, both logarithmic. On the thin diagonal, memory equals the size of the parameters. \
              Curves, solid here and dashed for 2016: a straight line with its 95 % band, or a floor and then a line, whichever Akaike's criterion prefers. Faint: 2016, Jetson TX1.",
    data: &["points.csv", "networks.csv"],
    origin: Origin::Original,
    optional: None,
    draw,
};

/// Marks in one panel, with a line through the measured points and one through those of 2016.
fn draw(data: &FigureData) -> Canvas {
    let parameters = |network: &Network| Some(exactly(network.parameters_mb())).filter(|size| size.value > 0.0);
    let memory = |network: &Network| network.memory.get(&1).copied();
    let at = |networks| data_points(networks, parameters, memory);
    let mut panel =
        Panel { measured: at(&data.networks), published: at(&data.published), batch: Some(1), ..Panel::default() };
    if panel.measured.is_empty() && panel.published.is_empty() {
        return absent(data, "no memory was measured at batch 1", &[]);
    }
    if panel.measured.is_empty() {
        panel.message = Some("no memory measured at batch 1".to_owned());
    }
    let mut notes = Vec::new();
    for (source, kind, points) in
        [("2016", Kind::FaintFitted, &panel.published), ("Here", Kind::Fitted, &of_study(&panel.measured))]
    {
        if let Some(trend) = trend(points) {
            panel.lines.push(Line::of_trend(kind, trend, points));
            notes.push(format!("{source}: {}.", trend.formula("MB", "MB")));
        }
    }
    let x = logarithmic("Size of the parameters [MB]", std::slice::from_ref(&panel), |point| point.x);
    let y = logarithmic("Maximum net memory [MB]", std::slice::from_ref(&panel), |point| point.y);
    panel.lines.push(Line::proportion(1.0, x.ends(), "parameters alone".to_owned()));
    notes.extend(data.fitted_to());
    notes.extend(missing::sentences(data, |batch| batch == 1));
    notes.extend(missing::without_memory(data, |batch| batch == 1));
    let scatter = Scatter {
        x,
        y,
        height: scatter::SINGLE_HEIGHT,
        legend: None,
        published_note: "Faint: 2016, Jetson TX1.",
        panels: vec![panel],
        shows: |point| point.batch == 1 && (point.memory.is_some() || missing::is_explained(point)),
        tooltip: |network, batch| {
            let parameters = format!("{} MB of parameters", three(network.parameters_mb()));
            wording::list([wording::at(&network.memory, batch, "MB net memory"), Some(parameters)])
        },
        notes,
    };
    scatter::draw(data, scatter)
}
