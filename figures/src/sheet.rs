//! A finished sheet: the watermark below, the plot, the notes under it, what is outdated first. Knows no figure.

use crate::canvas::{Align, Canvas, Type};
use crate::flagged;
use crate::font::wrap;
use crate::outdated::{self, Outdated, Shows};
use crate::study::Study;
use crate::style::{ALARM, GREY, WATERMARK, size};

/// Width of every sheet: the report's lines, 160 mm [pt].
pub const WIDTH: f64 = 453.5;

/// What a figure says when its numbers come from a model of a device.
pub const WATERMARK_TEXT: &str = "SIMULATED DEVICE, NOT A MEASUREMENT";

/// The kind of device that computes on the processor in place of a graphics processor, and what a figure says then.
const SOFTWARE: &str = "vulkan-software";
const SOFTWARE_TEXT: &str =
    "Software Vulkan: computed on the processor; these are times and memory of no graphics processor.";

/// From one note's line to the next [pt].
const LEADING: f64 = 9.6;

/// A plot with its notes, over the watermark if the device is simulated. Of the points that it `shows`, the outdated and the
/// flagged are named.
pub fn finish(study: &Study, plot: Canvas, shows: Shows, notes: &[String]) -> Canvas {
    let notes: Vec<String> = notes.iter().cloned().chain(flagged::note(study, shows)).collect();
    finish_with(study, plot, outdated::of(study, shows), &notes)
}

/// A sheet with nothing to draw but the sentence that says why, and what to do about it.
pub fn absent(study: &Study, why: &str, notes: &[String]) -> Canvas {
    let mut letters = why.trim_end_matches('.').chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let mut sheet = finish_with(
        study,
        Canvas::new(WIDTH, 0.0),
        None,
        &[&[format!("{first}{}.", letters.as_str())], notes].concat(),
    );
    sheet.drawn = false;
    sheet
}

/// The same for a figure that shows something else than points, and knows what of it is outdated.
pub fn finish_with(study: &Study, plot: Canvas, outdated: Option<Outdated>, notes: &[String]) -> Canvas {
    let software = (study.device.kind.starts_with(SOFTWARE)).then(|| Note::Alarming(SOFTWARE_TEXT.to_owned()));
    let outdated_note = outdated.iter().map(|outdated| Note::Alarming(outdated.note.clone()));
    let alarming = software.into_iter().chain(outdated_note);
    let plain = notes.iter().map(|note| Note::Plain(note.clone()));
    let mut sheet = with_notes(plot, &alarming.chain(plain).collect::<Vec<_>>(), study.device.simulated);
    sheet.remark = outdated.map(|outdated| outdated.words);
    sheet
}

/// A sentence below a plot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// In grey.
    Plain(String),
    /// What must not be overlooked.
    Alarming(String),
}

/// A plot with notes below it, over the watermark if any number comes from a simulated device.
pub fn with_notes(plot: Canvas, notes: &[Note], simulated: bool) -> Canvas {
    let lines: Vec<(String, Type)> = notes
        .iter()
        .map(|note| match note {
            Note::Plain(text) => (text, Type::new(size::NOTE, GREY)),
            Note::Alarming(text) => (text, Type::new(size::NOTE, ALARM).bold()),
        })
        .flat_map(|(text, with)| {
            wrap(text, with.size, with.weight, WIDTH - 4.0).into_iter().map(move |line| (line, with))
        })
        .collect();
    let mut sheet = Canvas::new(WIDTH, plot.height + 5.0 + LEADING * lines.len() as f64);
    if simulated {
        watermark(&mut sheet);
    }
    let top = plot.height;
    sheet.append(plot);
    for (index, (line, with)) in lines.iter().enumerate() {
        sheet.text((2.0, top + 6.0 + LEADING * index as f64), line, *with);
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
    use crate::font::{Weight, width};

    #[test]
    fn the_watermark_fits_on_the_sheet() {
        assert!(width(WATERMARK_TEXT, 20.0, Weight::Bold) < WIDTH);
    }
}
