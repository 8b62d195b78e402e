//! The times of other software on the same hardware, as lines of a figure over the batch. Independent of canvases and software.

use std::collections::BTreeMap;

use offprint_plot::style::Shape;
use results::{Estimate, Estimates};

use crate::figure_data::{FigureData, Values};
use crate::outdated;

/// The marks on the lines. With more than four backends, marks repeat, and only the tooltips tell them apart.
const SHAPES: [Shape; 4] = [Shape::Circle, Shape::Up, Shape::Square, Shape::Down];

/// Another backend on this hardware.
#[derive(Clone, Debug)]
pub struct Other {
    /// Name and version of the software.
    pub software: String,
    /// The marks on its lines.
    pub shape: Shape,
    /// The values of each network by its name.
    pub values: BTreeMap<String, Values>,
    /// How many of its points earlier versions of the programs measured; none if no point is outdated.
    pub outdated: Option<String>,
}

/// The times per image [ms] of each other backend.
pub fn on_this_hardware(data: &FigureData) -> Vec<Other> {
    let machines = data.machines.iter().filter(|machine| machine.is_other_software_on(&data.device));
    let others = machines.zip(SHAPES.into_iter().cycle()).map(|(machine, shape)| Other {
        software: machine.estimates.device.backend.clone(),
        shape,
        values: times(&machine.estimates),
        outdated: outdated::of_machine(&machine.estimates),
    });
    others.filter(|other| !other.values.is_empty()).collect()
}

/// Names the software of each line; `None` if there is no other software.
pub fn note(data: &FigureData, others: &[Other]) -> Option<String> {
    let text = |other: &Other| {
        let outdated =
            other.outdated.as_ref().map(|which| format!(" (measured by earlier versions of the programs: {which})"));
        format!("{}{}", other.software, outdated.unwrap_or_default())
    };
    let dashed: Vec<String> = others.iter().map(text).collect();
    let own = &data.device.backend;
    (!dashed.is_empty()).then(|| format!("This report: {own}. Dashed, on the same hardware: {}.", dashed.join("; ")))
}

fn times(estimates: &Estimates) -> BTreeMap<String, Values> {
    let mut times: BTreeMap<String, Values> = BTreeMap::new();
    for point in &estimates.points {
        let Some(Estimate { value, low, high }) = point.time.filter(|time| time.value > 0.0 && time.value.is_finite())
        else {
            continue;
        };
        let time = Estimate { value: value * 1e3, low: low * 1e3, high: high * 1e3 };
        times.entry(point.network.clone()).or_default().insert(point.batch, time);
    }
    times
}
