//! What every figure declares about itself. Independent of figures.

use offprint_plot::{Canvas, Error};
use results::{FigureEntry, Origin};

use crate::figure_data::FigureData;

/// A figure.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// Its number in the study.
    pub number: u32,
    /// What it shows.
    pub title: &'static str,
    /// What its marks and lines mean, in plain text.
    pub caption: &'static str,
    /// The files of a paper that contain its numbers.
    pub data: &'static [&'static str],
    /// Whether the original has it too.
    pub origin: Origin,
    /// Draws it.
    pub draw: fn(&FigureData) -> Canvas,
}

impl Figure {
    /// The name of its file without the ending: `fig03`.
    pub fn name(&self) -> String {
        format!("fig{:02}", self.number)
    }

    /// The name of its file: `fig03.svg`.
    pub fn file_name(&self) -> String {
        format!("{}.svg", self.name())
    }

    /// The figure as SVG.
    ///
    /// # Errors
    /// An error of plotters; there is none when it draws into memory.
    pub fn to_svg(&self, data: &FigureData) -> Result<String, Error> {
        let nature = if data.device.simulated { " (simulated device, not a measurement)" } else { "" };
        (self.draw)(data).to_svg(&format!("Figure {}: {}{nature}", self.number, self.title))
    }

    /// Its entry in the index.
    pub fn entry(&self, data: &FigureData) -> FigureEntry {
        let canvas = (self.draw)(data);
        FigureEntry {
            number: self.number,
            name: self.name(),
            title: self.title.to_owned(),
            caption: self.caption.to_owned(),
            data: self.data.iter().map(|file| (*file).to_owned()).collect(),
            origin: self.origin,
            remark: data.device.simulated.then(|| "simulated".to_owned()).or(canvas.remark),
            drawn: canvas.drawn,
        }
    }
}
