//! Sorted rows, as in Figures 1 and 10: one per network with its mark, and its value at the right. Independent of quantities.

use offprint_plot::axis::Axis;
use offprint_plot::canvas::{Align, Canvas, Stroke, TextStyle};
use offprint_plot::font::{Weight, truncated, width};
use offprint_plot::frame::{BELOW, Frame, Labels};
use offprint_plot::marker;
use offprint_plot::number::grouped;
use offprint_plot::rect::{Position, Rect};
use offprint_plot::rows::{MAX_NAME, bands, height, middle, width_of_names};
use offprint_plot::style::{BLACK, GREY, size};
use offprint_plot::tooltip::Region;
use results::Estimate;

use crate::figure_data::Network;
use crate::finish::WIDTH;

/// Half the height of the stroke at a value of 2016 [pt].
const STROKE: f64 = 4.0;

/// One row.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    /// The network.
    pub network: &'a Network,
    /// The value here.
    pub value: Estimate,
    /// The value of 2016, if there is one.
    pub published: Option<f64>,
}

/// The name of a network, left of its row.
pub fn name(plot: &mut Canvas, area: Rect, (row, rows): (usize, usize), network: &Network) {
    let text = truncated(&network.title, size::SMALL, Weight::Regular, MAX_NAME);
    let with = TextStyle::new(size::SMALL, BLACK).align(Align::End);
    plot.group("network", &network.name, |plot| plot.text((area.left - 6.0, middle(area, row, rows)), &text, with));
}

/// Draws rows from the maximum to the minimum value, with these decimals, and the unit in the tooltips.
pub fn draw(mut rows: Vec<Row<'_>>, x: &Axis, (digits, unit): (usize, &str)) -> Canvas {
    rows.sort_by(|a, b| b.value.value.total_cmp(&a.value.value));
    let formatted = |value: f64| grouped(value, digits);
    let values = rows.iter().map(|row| width(&formatted(row.value.value), size::SMALL, Weight::Regular));
    let values = values.fold(0.0, f64::max) + 10.0;
    let left = width_of_names(rows.iter().map(|row| row.network.title.as_str()));
    let area = Rect { left, top: 4.0, right: WIDTH - values, bottom: 4.0 + height(rows.len()) };
    let mut plot = Canvas::new(WIDTH, area.bottom + BELOW);
    bands(&mut plot, area, rows.len());
    let frame = Frame::new(area, x, &Axis::bare(), 0.0);
    frame.draw(&mut plot, Labels::Hidden);
    for (index, row) in rows.iter().enumerate() {
        let y = middle(area, index, rows.len());
        let at = |value: f64| -> Position { (frame.position(value, 0.0).0.clamp(area.left, area.right), y) };
        name(&mut plot, area, (index, rows.len()), row.network);
        plot.group("network", &row.network.name, |plot| {
            let Estimate { value, low, high } = row.value;
            let Network { title, style, .. } = row.network;
            if let Some(published) = row.published {
                let (x, _) = at(published);
                plot.path([(x, y - STROKE), (x, y + STROKE)], Stroke { colour: GREY, width: 1.2 });
                let stroke = Rect { left: x - 2.5, top: y - STROKE, right: x + 2.5, bottom: y + STROKE };
                plot.add_tooltip(Region::Box(stroke), format!("{title}, 2016: {}\u{a0}{unit}", formatted(published)));
            }
            let (from, to) = (at(low), at(high));
            if to.0 - from.0 > 2.0 * marker::RADIUS {
                plot.path([from, to], Stroke { colour: style.colour.for_lines(), width: 0.9 });
            }
            marker::draw(plot, at(value), *style, marker::RADIUS, 1.0);
            let interval =
                if low < high { format!(" [{}, {}]", formatted(low), formatted(high)) } else { String::new() };
            let tooltip = format!("{title}: {}\u{a0}{unit}{interval}", formatted(value));
            plot.add_tooltip(Region::Disc(at(value), marker::RADIUS), tooltip);
        });
        plot.text((WIDTH - 2.0, y), &formatted(row.value.value), TextStyle::new(size::SMALL, BLACK).align(Align::End));
    }
    plot
}
