//! Figure 11: the time of a forward pass, layer by layer. Not in the original.

use offprint_plot::canvas::{Canvas, Stroke, TextStyle};
use offprint_plot::font::{Weight, truncated, width};
use offprint_plot::frame::{BELOW, left_of};
use offprint_plot::message;
use offprint_plot::number::{percent, three};
use offprint_plot::rect::Rect;
use offprint_plot::style::{BLACK, FRAME, GREY, size};
use results::{LayersEstimate, Origin, Outcome};

use crate::figure::Figure;
use crate::figure_data::FigureData;
use crate::finish::{WIDTH, absent, finish_with};
use crate::layer_bars;
use crate::layer_legend;
use crate::layer_roofline::{self, Shared};
use crate::listing;
use crate::missing;
use crate::outdated;
use crate::wording;

/// Maximum number of networks in the figure.
const MAX_NETWORKS: usize = 2;
/// Maximum number of networks that the note on networks not shown names; the others are counted.
const MAX_LISTED: usize = 3;
/// Height of a network's frames if one network is shown, and if two are [pt].
const SINGLE_HEIGHT: f64 = 168.0;
const PAIR_HEIGHT: f64 = 104.0;
/// Height of a frame with the reason why there are no numbers [pt].
const MESSAGE_HEIGHT: f64 = 38.0;
/// Height of the line that names a network, and the gap before the next [pt].
const HEAD: f64 = 14.0;
const BETWEEN: f64 = 6.0;
/// Width of the roofline's frame, and the gap at its right [pt].
const ROOFLINE: f64 = 168.0;
const RIGHT: f64 = 6.0;
/// Maximum width of a title [pt].
const MAX_TITLE: f64 = 130.0;

/// See the module.
pub const FIGURE: Figure = Figure {
    number: 11,
    title: "Where the time goes",
    caption: "Left: time of each layer in the order of execution, with its interval. Right, for layers that multiply: speed over operations per byte of weights, inputs and outputs; \
              the area of a disc is the layer's share of the time. Lines: the device's peak in matrix products (GEMM, horizontal) and its memory bandwidth in copies (sloped), medians of all probes; shaded: from minimum to maximum.",
    data: &["layers.csv"],
    origin: Origin::New,
    optional: None,
    draw,
};

/// One row per network: bars of time at the left, the roofline at the right.
fn draw(data: &FigureData) -> Canvas {
    let shown = data.layers.get(..MAX_NETWORKS).unwrap_or(&data.layers);
    if shown.is_empty() {
        return absent(data, "no layer was measured", &[]);
    }
    let mut plot = Canvas::new(WIDTH, 0.0);
    let measured: Vec<&LayersEstimate> = shown.iter().filter(|of| !of.layers.is_empty()).collect();
    let shared = Shared::of(&data.points, &measured);
    let left = measured.iter().map(|of| left_of(&layer_bars::up(of))).fold(0.0, f64::max);
    let right = WIDTH - RIGHT;
    let middle = right - ROOFLINE;
    let height = if measured.len() > 1 { PAIR_HEIGHT } else { SINGLE_HEIGHT };
    let mut y = 0.0;
    for (index, of) in shown.iter().enumerate() {
        y += if index > 0 { BETWEEN } else { 0.0 };
        head(&mut plot, y + HEAD / 2.0, data, of);
        y += HEAD;
        if of.layers.is_empty() {
            y = write_message(&mut plot, y, MESSAGE_HEIGHT, &why(of));
            continue;
        }
        let rows = layer_legend::draw(&mut plot, (2.0, y + layer_legend::LEADING / 2.0), right, &of.by_kind());
        let top = y + layer_legend::LEADING * rows as f64 + 3.0;
        let bottom = top + height;
        let bars = Rect { left, top, right: middle - left_of(&shared.y) - 8.0, bottom };
        let subject = wording::of_layers(data, of);
        plot.group("network", &of.network, |plot| {
            layer_bars::draw(plot, bars, of, &subject);
            layer_roofline::draw(plot, Rect { left: middle, top, right, bottom }, &shared, of, &subject);
        });
        y = bottom + BELOW;
    }
    plot.height = y;
    finish_with(data, plot, outdated::of_layers(data, shown), &notes(data, &measured, &shared))
}

/// Titles a network, with the sum of its layers next to the time of the whole pass.
fn head(plot: &mut Canvas, y: f64, data: &FigureData, of: &LayersEstimate) {
    let title = truncated(data.title(&of.network), size::TEXT, Weight::Bold, MAX_TITLE);
    let title = format!("{title}, batch {}", of.batch);
    plot.text((2.0, y), &title, TextStyle::new(size::TEXT, BLACK).bold());
    let x = 2.0 + width(&title, size::TEXT, Weight::Bold) + 9.0;
    let sum = truncated(&sum(of).unwrap_or_default(), size::SMALL, Weight::Regular, WIDTH - RIGHT - x);
    plot.text((x, y), &sum, TextStyle::new(size::SMALL, GREY));
}

fn sum(of: &LayersEstimate) -> Option<String> {
    let millis = |seconds: f64| format!("{}\u{a0}ms", three(1e3 * seconds));
    let (sum, watched, whole) = (of.sum()?, of.watched?, of.whole?);
    let layers = of.layers.len();
    let noun = if layers == 1 { "layer" } else { "layers" };
    let text = format!(
        "{layers} {noun}, medians sum to {}; pass with synchronisation {}, without {}",
        millis(sum),
        millis(watched.value),
        millis(whole.value)
    );
    let Some(over) = of.difference.filter(|over| [over.value, over.low, over.high].iter().all(|part| part.is_finite()))
    else {
        return Some(text);
    };
    let signed = |share: f64| format!("{}{}", if share > 0.0 { "+" } else { "" }, percent(share));
    Some(match of.has_intervals() {
        true => format!("{text} ({} to {})", signed(over.low), signed(over.high)),
        false => format!("{text} ({}, one pass without interval)", signed(over.value)),
    })
}

/// Why there are no layers.
fn why(of: &LayersEstimate) -> String {
    let text = missing::reason(&of.outcome).unwrap_or("no layer was measured");
    match &of.outcome {
        Outcome::OutOfMemory { reason } | Outcome::OutOfTime { reason } | Outcome::Refused { reason }
            if !reason.is_empty() =>
        {
            format!("{text}: {reason}")
        }
        _ => text.to_owned(),
    }
}

/// An empty frame over the width of the figure with a line of text in it; returns its lower end.
fn write_message(plot: &mut Canvas, top: f64, height: f64, text: &str) -> f64 {
    let area = Rect { left: 2.0, top, right: WIDTH - RIGHT, bottom: top + height };
    let Rect { left, right, bottom, .. } = area;
    let edge = Stroke { colour: FRAME, width: 0.6 };
    plot.path([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], edge);
    let line = truncated(text, size::TEXT, Weight::Regular, area.width() - 24.0);
    message::draw(plot, area, &line, &[]);
    bottom
}

fn notes(data: &FigureData, measured: &[&LayersEstimate], shared: &Shared) -> Vec<String> {
    let above: Vec<String> = measured
        .iter()
        .filter_map(|of| Some((of, shared.above(of)?)))
        .filter(|(_, (above, _))| *above > 0)
        .map(|(of, (above, all))| format!("{above} of {all} layers of {}", data.title(&of.network)))
        .collect();
    let mut notes = Vec::new();
    if !above.is_empty() {
        notes.push(format!(
            "Above the roofline: {}. The roofline is the speed of the software's own matrix products, which is a benchmark and not a limit of the hardware.",
            above.join(", ")
        ));
    }
    let not_shown = listing::of_layers(data, data.layers.iter().skip(MAX_NETWORKS), MAX_LISTED);
    notes.extend(not_shown.map(|networks| format!("Not shown for lack of space: the layers of {networks}.")));
    notes
}
