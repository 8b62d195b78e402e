//! Finishes a figure: the watermark behind the plot and the notes below it, warnings first. Independent of figures.

use offprint_plot::Canvas;
use offprint_plot::notes::{Note, with_notes};

use crate::figure_data::FigureData;
use crate::flagged;
use crate::outdated::{self, Outdated, Shows};

/// Width of every figure: the report's lines [pt].
pub const WIDTH: f64 = offprint_plot::TEXT_WIDTH;

/// The watermark of a figure whose numbers come from a model of a device.
pub const WATERMARK_TEXT: &str = "SIMULATED DEVICE, NOT A MEASUREMENT";

/// The kind of device that computes on the processor in place of a graphics processor, and the warning for it.
const SOFTWARE: &str = "vulkan-software";
const SOFTWARE_TEXT: &str =
    "Software Vulkan: computed on the processor; times and memory are not those of a graphics processor.";

/// A plot with its notes, over the watermark if the device is simulated. The notes name the outdated and the flagged
/// points among those that it `shows`.
pub fn finish(data: &FigureData, plot: Canvas, shows: Shows, notes: &[String]) -> Canvas {
    let notes: Vec<String> = notes.iter().cloned().chain(flagged::note(data, shows)).collect();
    finish_with(data, plot, outdated::of(data, shows), &notes)
}

/// A figure without a plot: the reason as a sentence, and the remedy.
pub fn absent(data: &FigureData, why: &str, notes: &[String]) -> Canvas {
    let mut characters = why.trim_end_matches('.').chars();
    let first: String = characters.next().into_iter().flat_map(char::to_uppercase).collect();
    let mut canvas = finish_with(
        data,
        Canvas::new(WIDTH, 0.0),
        None,
        &[&[format!("{first}{}.", characters.as_str())], notes].concat(),
    );
    canvas.drawn = false;
    canvas
}

/// The same for a figure that shows something other than points, with its outdated parts.
pub fn finish_with(data: &FigureData, plot: Canvas, outdated: Option<Outdated>, notes: &[String]) -> Canvas {
    let software = (data.device.kind.starts_with(SOFTWARE)).then(|| Note::Warning(SOFTWARE_TEXT.to_owned()));
    let outdated_note = outdated.iter().map(|outdated| Note::Warning(outdated.note.clone()));
    let alarming = software.into_iter().chain(outdated_note);
    let plain = notes.iter().map(|note| Note::Plain(note.clone()));
    let mut canvas =
        with_notes(plot, &alarming.chain(plain).collect::<Vec<_>>(), data.device.simulated.then_some(WATERMARK_TEXT));
    canvas.remark = outdated.map(|outdated| outdated.remark);
    canvas
}

#[cfg(test)]
mod tests {
    use super::*;
    use offprint_plot::font::{Weight, width};
    use offprint_plot::notes::WATERMARK_SIZE;

    #[test]
    fn the_watermark_fits_into_the_figure() {
        assert!(width(WATERMARK_TEXT, WATERMARK_SIZE, Weight::Bold) < WIDTH);
    }
}
