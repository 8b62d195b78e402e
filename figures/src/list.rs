//! The list of figures, by number: a module and a line for each.

use crate::figure::Figure;
use crate::figure_data::FigureData;

#[path = "fig00_verdicts.rs"]
pub mod fig00_verdicts;
#[path = "fig01_accuracy.rs"]
pub mod fig01_accuracy;
#[path = "fig02_accuracy_operations.rs"]
pub mod fig02_accuracy_operations;
#[path = "fig03_time.rs"]
pub mod fig03_time;
#[path = "fig04_power.rs"]
pub mod fig04_power;
#[path = "fig05_memory.rs"]
pub mod fig05_memory;
#[path = "fig06_memory_parameters.rs"]
pub mod fig06_memory_parameters;
#[path = "fig07_time_operations.rs"]
pub mod fig07_time_operations;
#[path = "fig08_power_operations.rs"]
pub mod fig08_power_operations;
#[path = "fig09_accuracy_throughput.rs"]
pub mod fig09_accuracy_throughput;
#[path = "fig10_density.rs"]
pub mod fig10_density;
#[path = "fig11_layers.rs"]
pub mod fig11_layers;
#[path = "fig12_accuracy_energy.rs"]
pub mod fig12_accuracy_energy;
#[path = "fig13_roofline.rs"]
pub mod fig13_roofline;
#[path = "fig14_machines.rs"]
pub mod fig14_machines;
#[path = "optional/frontier.rs"]
pub mod frontier;
#[path = "optional/later.rs"]
pub mod later;
#[path = "optional/libraries.rs"]
pub mod libraries;

/// All figures.
pub const FIGURES: &[Figure] = &[
    fig00_verdicts::FIGURE,
    fig01_accuracy::FIGURE,
    fig02_accuracy_operations::FIGURE,
    fig03_time::FIGURE,
    fig04_power::FIGURE,
    fig05_memory::FIGURE,
    fig06_memory_parameters::FIGURE,
    fig07_time_operations::FIGURE,
    fig08_power_operations::FIGURE,
    fig09_accuracy_throughput::FIGURE,
    fig10_density::FIGURE,
    fig11_layers::FIGURE,
    fig12_accuracy_energy::FIGURE,
    fig13_roofline::FIGURE,
    fig14_machines::FIGURE,
    later::FIGURE,
    frontier::FIGURE,
    libraries::FIGURE,
];

/// The figure of that number.
pub fn find(number: u32) -> Option<&'static Figure> {
    FIGURES.iter().find(|figure| figure.number == number)
}

/// The figure of that name, such as `fig03` or `later`, or of that number.
pub fn named(name: &str) -> Option<&'static Figure> {
    FIGURES.iter().find(|figure| figure.name() == name || figure.number.to_string() == name)
}

impl Figure {
    /// Its number among the figures that exist.
    pub fn number_in(&self, data: &FigureData) -> u32 {
        let is_gap = |other: &&Figure| other.number < self.number && !other.exists(data);
        self.number - FIGURES.iter().filter(is_gap).count() as u32
    }
}
