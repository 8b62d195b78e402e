//! A finished sheet: the watermark below, the plot, the notes under it. Knows no figure.

use crate::canvas::{Align, Canvas, Type};
use crate::font::{Weight, wrap};
use crate::study::Study;
use crate::style::{GREY, WATERMARK, size};

/// Width of every sheet: the report's lines, 160 mm [pt].
pub const WIDTH: f64 = 453.5;

/// What a figure says when its numbers come from a model of a device.
pub const WATERMARK_TEXT: &str = "SIMULATED DEVICE, NOT A MEASUREMENT";

/// From one note's line to the next [pt].
const LEADING: f64 = 9.6;

/// A plot with its notes, over the watermark if the device is simulated.
pub fn finish(study: &Study, plot: Canvas, notes: &[String]) -> Canvas {
    let lines: Vec<String> =
        notes.iter().flat_map(|note| wrap(note, size::NOTE, Weight::Regular, WIDTH - 4.0)).collect();
    let mut sheet = Canvas::new(WIDTH, plot.height + 5.0 + LEADING * lines.len() as f64);
    if study.device.simulated {
        watermark(&mut sheet);
    }
    let top = plot.height;
    sheet.append(plot);
    for (index, line) in lines.iter().enumerate() {
        sheet.text((2.0, top + 6.0 + LEADING * index as f64), line, Type::new(size::NOTE, GREY));
    }
    sheet
}

/// Line upon line over the whole sheet, so that no part of it can be cut out without one.
fn watermark(sheet: &mut Canvas) {
    const SIZE: f64 = 20.0;
    const EVERY: f64 = 58.0;
    let count = (sheet.height / EVERY).floor().max(1.0);
    let first = (sheet.height - (count - 1.0) * EVERY) / 2.0;
    for index in 0..count as u32 {
        let with = Type::new(SIZE, WATERMARK).bold().align(Align::Middle);
        sheet.text((sheet.width / 2.0, first + EVERY * f64::from(index)), WATERMARK_TEXT, with);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::font::width;

    #[test]
    fn the_watermark_fits_on_the_sheet() {
        assert!(width(WATERMARK_TEXT, 20.0, Weight::Bold) < WIDTH);
    }
}
