//! A finished figure: the watermark below, the plot, the notes under it, what is outdated first. Knows no figure.

use offprint_plot::Canvas;
use offprint_plot::notes::{Note, with_notes};

use crate::flagged;
use crate::outdated::{self, Outdated, Shows};
use crate::study::Study;

/// Width of every figure: the report's lines [pt].
pub const WIDTH: f64 = offprint_plot::TEXT_WIDTH;

/// What a figure says when its numbers come from a model of a device.
pub const WATERMARK_TEXT: &str = "SIMULATED DEVICE, NOT A MEASUREMENT";

/// The kind of device that computes on the processor in position of a graphics processor, and what a figure says then.
const SOFTWARE: &str = "vulkan-software";
const SOFTWARE_TEXT: &str =
    "Software Vulkan: computed on the processor; these are times and memory of no graphics processor.";

/// A plot with its notes, over the watermark if the device is simulated. Of the points that it `shows`, the outdated and the
/// flagged are named.
pub fn finish(study: &Study, plot: Canvas, shows: Shows, notes: &[String]) -> Canvas {
    let notes: Vec<String> = notes.iter().cloned().chain(flagged::note(study, shows)).collect();
    finish_with(study, plot, outdated::of(study, shows), &notes)
}

/// A canvas with nothing to draw but the sentence that says why, and what to do about it.
pub fn absent(study: &Study, why: &str, notes: &[String]) -> Canvas {
    let mut letters = why.trim_end_matches('.').chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let mut canvas = finish_with(
        study,
        Canvas::new(WIDTH, 0.0),
        None,
        &[&[format!("{first}{}.", letters.as_str())], notes].concat(),
    );
    canvas.drawn = false;
    canvas
}

/// The same for a figure that shows something else than points, and knows what of it is outdated.
pub fn finish_with(study: &Study, plot: Canvas, outdated: Option<Outdated>, notes: &[String]) -> Canvas {
    let software = (study.device.kind.starts_with(SOFTWARE)).then(|| Note::Warning(SOFTWARE_TEXT.to_owned()));
    let outdated_note = outdated.iter().map(|outdated| Note::Warning(outdated.note.clone()));
    let alarming = software.into_iter().chain(outdated_note);
    let plain = notes.iter().map(|note| Note::Plain(note.clone()));
    let mut canvas =
        with_notes(plot, &alarming.chain(plain).collect::<Vec<_>>(), study.device.simulated.then_some(WATERMARK_TEXT));
    canvas.remark = outdated.map(|outdated| outdated.words);
    canvas
}

#[cfg(test)]
mod tests {
    use super::*;
    use offprint_plot::font::{Weight, width};
    use offprint_plot::notes::WATERMARK_SIZE;

    #[test]
    fn the_watermark_fits_on_the_sheet() {
        assert!(width(WATERMARK_TEXT, WATERMARK_SIZE, Weight::Bold) < WIDTH);
    }
}
