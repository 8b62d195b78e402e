//! The list of figures: one line each.

use crate::canvas::Canvas;
use crate::study::Study;
use crate::{
    fig01_accuracy, fig02_accuracy_operations, fig03_time, fig04_power, fig05_memory, fig06_memory_parameters,
    fig07_time_operations, fig08_power_operations, fig09_accuracy_throughput, fig10_density, fig11_layers,
    fig12_accuracy_energy, fig13_roofline, fig14_machines,
};

/// A figure.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// Its number in the study.
    pub number: u32,
    /// What it shows.
    pub title: &'static str,
    /// Draws it.
    pub draw: fn(&Study) -> Canvas,
}

/// All figures.
pub const FIGURES: [Figure; 14] = [
    Figure { number: 1, title: "Top-1 accuracy", draw: fig01_accuracy::draw },
    Figure { number: 2, title: "Top-1 accuracy over operations", draw: fig02_accuracy_operations::draw },
    Figure { number: 3, title: "Time per image over the batch", draw: fig03_time::draw },
    Figure { number: 4, title: "Net power over the batch", draw: fig04_power::draw },
    Figure { number: 5, title: "Maximum net memory over the batch", draw: fig05_memory::draw },
    Figure { number: 6, title: "Maximum net memory over parameters", draw: fig06_memory_parameters::draw },
    Figure { number: 7, title: "Time per image over operations", draw: fig07_time_operations::draw },
    Figure { number: 8, title: "Net power over operations", draw: fig08_power_operations::draw },
    Figure { number: 9, title: "Top-1 accuracy over throughput", draw: fig09_accuracy_throughput::draw },
    Figure { number: 10, title: "Top-1 accuracy per million parameters", draw: fig10_density::draw },
    Figure { number: 11, title: "Where the time goes", draw: fig11_layers::draw },
    Figure { number: 12, title: "Top-1 accuracy over energy", draw: fig12_accuracy_energy::draw },
    Figure { number: 13, title: "Speed over operations per byte", draw: fig13_roofline::draw },
    Figure { number: 14, title: "Time per image on several machines", draw: fig14_machines::draw },
];

/// The figure of that number.
pub fn find(number: u32) -> Option<&'static Figure> {
    FIGURES.iter().find(|figure| figure.number == number)
}

impl Figure {
    /// The name of its file: `fig03.svg`.
    pub fn file_name(&self) -> String {
        format!("fig{:02}.svg", self.number)
    }

    /// The figure as SVG.
    ///
    /// # Errors
    /// What plotters says; drawing into memory it says nothing.
    pub fn to_svg(&self, study: &Study) -> Result<String, String> {
        let nature = if study.device.simulated { " (simulated device, not a measurement)" } else { "" };
        (self.draw)(study).to_svg(&format!("Figure {}: {}{nature}", self.number, self.title))
    }
}
