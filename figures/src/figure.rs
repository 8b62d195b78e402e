//! What every figure declares about itself. Independent of figures.

use offprint_plot::{Canvas, Error};
use results::{FigureEntry, Origin};

use crate::figure_data::FigureData;

/// In captions: whether accuracies are cited or measured, as [`FigureData::accuracies_are`] says.
const ACCURACY: &str = "{accuracy}";

/// A figure.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// Its number if every optional figure before it exists; see [`Figure::number_in`].
    pub number: u32,
    /// What it shows.
    pub title: &'static str,
    /// What its marks and lines mean, in plain text. [`ACCURACY`] stands for where the accuracies are from.
    pub caption: &'static str,
    /// The files of a paper that contain its numbers.
    pub data: &'static [&'static str],
    /// Whether the original has it too.
    pub origin: Origin,
    /// For a figure that only some runs have: its name, and when it exists.
    pub optional: Option<Optional>,
    /// Draws it.
    pub draw: fn(&FigureData) -> Canvas,
}

/// Optional figures stand after the others and are numbered without gaps, so their files cannot have their numbers.
#[derive(Clone, Copy, Debug)]
pub struct Optional {
    /// The name of its file without the ending.
    pub name: &'static str,
    /// Whether a run with these data has it.
    pub exists: fn(&FigureData) -> bool,
}

impl Figure {
    /// The name of its file without the ending: `fig03`, or that of an optional figure.
    pub fn name(&self) -> String {
        self.optional.map_or_else(|| format!("fig{:02}", self.number), |optional| optional.name.to_owned())
    }

    /// Whether a run with these data has it.
    pub fn exists(&self, data: &FigureData) -> bool {
        self.optional.is_none_or(|optional| (optional.exists)(data))
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
        (self.draw)(data).to_svg(&format!("Figure {}: {}{nature}", self.number_in(data), self.title))
    }

    /// Its entry in the index.
    pub fn entry(&self, data: &FigureData) -> FigureEntry {
        let canvas = (self.draw)(data);
        FigureEntry {
            number: self.number_in(data),
            name: self.name(),
            title: self.title.to_owned(),
            caption: self.caption.replace(ACCURACY, data.accuracies_are()),
            data: self.data.iter().map(|file| (*file).to_owned()).collect(),
            origin: self.origin,
            remark: data.device.simulated.then(|| "simulated".to_owned()).or(canvas.remark),
            drawn: canvas.drawn,
            exists: self.exists(data),
        }
    }
}
