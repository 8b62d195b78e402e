//! Notes below a plot, and the watermark behind it.

use crate::canvas::{Align, Canvas, TextStyle};
use crate::font::wrap;
use crate::style::{GREY, WARNING, WATERMARK, size};

/// Distance of lines (pt).
const LEADING: f64 = 9.6;

/// Font size of the watermark (pt).
pub const WATERMARK_SIZE: f64 = 20.0;

/// A sentence below a plot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// In grey.
    Plain(String),
    /// A warning.
    Warning(String),
}

/// The plot with notes below it, wrapped to its width, on top of the watermark if there is one.
pub fn with_notes(plot: Canvas, notes: &[Note], watermark: Option<&str>) -> Canvas {
    let lines: Vec<(String, TextStyle)> = notes
        .iter()
        .map(|note| match note {
            Note::Plain(text) => (text, TextStyle::new(size::NOTE, GREY)),
            Note::Warning(text) => (text, TextStyle::new(size::NOTE, WARNING).bold()),
        })
        .flat_map(|(text, with)| {
            wrap(text, with.size, with.weight, plot.width - 4.0).into_iter().map(move |line| (line, with))
        })
        .collect();
    let mut figure = Canvas::new(plot.width, plot.height + 5.0 + LEADING * lines.len() as f64);
    if let Some(text) = watermark {
        draw_watermark(&mut figure, text);
    }
    let top = plot.height;
    figure.append(plot);
    for (index, (line, with)) in lines.iter().enumerate() {
        figure.text((2.0, top + 6.0 + LEADING * index as f64), line, *with);
    }
    figure
}

/// Lines over the whole figure, so that every part of it has one.
fn draw_watermark(figure: &mut Canvas, text: &str) {
    const EVERY: f64 = 58.0;
    let count = (figure.height / EVERY).floor().max(1.0);
    let first = (figure.height - (count - 1.0) * EVERY) / 2.0;
    for index in 0..count as u32 {
        let with = TextStyle::new(WATERMARK_SIZE, WATERMARK).bold().align(Align::Middle);
        figure.text((figure.width / 2.0, first + EVERY * f64::from(index)), text, with);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_stay_below_the_plot_and_within_its_width() {
        let plot = Canvas::new(100.0, 40.0);
        let notes = [Note::Warning("Simulated.".to_owned()), Note::Plain("Bars: 95 % intervals. ".repeat(4))];
        let figure = with_notes(plot, &notes, None);
        assert!(figure.texts().count() > 3);
        for (text, rect) in figure.texts() {
            assert!(rect.top >= 40.0 && rect.bottom <= figure.height && rect.right <= 100.0, "{text}: {rect:?}");
        }
    }

    #[test]
    fn every_part_as_high_as_two_watermarks_has_one() {
        let figure = with_notes(Canvas::new(400.0, 300.0), &[], Some("DRAFT"));
        let heights: Vec<f64> = figure.texts().map(|(_, rect)| (rect.top + rect.bottom) / 2.0).collect();
        assert!(heights.len() == 5 && heights[0] < 60.0 && heights[4] > 240.0, "{heights:?}");
    }
}
