//! Figure 14: time per image of every network on this machine and on the machines it is compared with, at two batches. The original has
//! no such figure: it had one board.

use offprint_plot::axis::{Axis, DECADES_IN_HALF};
use offprint_plot::canvas::Canvas;
use offprint_plot::style::{BLACK, Fill, GREY, MarkerStyle, Shape};
use results::{Estimate, Estimates, Machine, Origin};

use crate::figure::Figure;
use crate::figure_data::{FigureData, Network, PANELS, PUBLISHED_NAME};
use crate::finish::{absent, finish};
use crate::machine_rows::{self, Across, Marked, Marks, OUTDATED, sorted};
use crate::machine_styles::machine_styles;
use crate::missing;
use crate::outdated;
use crate::wording;

/// See the module.
pub const FIGURE: Figure = Figure {
    number: 14,
    title: "Time per image on several machines",
    caption: "Time per image of every network on this machine and on those it is compared with, at batches 1 and 16; \
              both axes are logarithmic, and networks are sorted by their time here. Crosses: the values of 2016.",
    data: &["machines/*.json", "points.csv"],
    origin: Origin::New,
    optional: None,
    draw,
};

/// Rows of marks in two panels.
fn draw(data: &FigureData) -> Canvas {
    if data.networks.is_empty() {
        return absent(data, "there is no network", &[]);
    }
    let machines = machines(data);
    let networks = sorted(data, &machines);
    let axis = |times| Axis::logarithmic("Time per image [ms]", times).with_few_labels(DECADES_IN_HALF);
    let plot = machine_rows::draw(data, &machines, &networks, &Across { axis, unit: "ms", line: None });

    let mut notes = Vec::new();
    if data.machines.is_empty() {
        notes.push("No other machine has published measurements of these points.".to_owned());
    }
    let outdated = data.machines.iter().filter_map(|machine| {
        Some(format!("{} ({})", machine.estimates.device.hardware, outdated::of_machine(&machine.estimates)?))
    });
    let outdated: Vec<String> = outdated.collect();
    if !outdated.is_empty() {
        notes.push(format!("Earlier: measured by earlier versions of the programs, {}.", outdated.join("; ")));
    }
    notes.extend(wording::bars(data));
    notes.extend(missing::sentences(data, |batch| PANELS.contains(&batch)));
    finish(data, plot, |point| PANELS.contains(&point.batch) && point.time.is_some(), &notes)
}

/// This machine, the others, and that of 2016.
fn machines(data: &FigureData) -> Vec<Marks<'_>> {
    let this_machine = Marks {
        label: format!("{}, {} (this report)", data.device.hardware, data.device.backend),
        style: MarkerStyle { colour: BLACK, shape: Shape::Circle, fill: Fill::Solid },
        values: of_networks(&data.networks),
        is_this_machine: true,
    };
    let age = |machine: &Machine| if outdated::of_machine(&machine.estimates).is_some() { OUTDATED } else { "" };
    let others = data.machines.iter().zip(machine_styles()).map(|(machine, style)| Marks {
        label: format!("{}, {}{}", machine.estimates.device.hardware, machine.estimates.device.backend, age(machine)),
        style,
        values: of_points(&machine.estimates),
        is_this_machine: false,
    });
    let published = Marks {
        label: format!("{PUBLISHED_NAME}, Torch7 with cuDNN"),
        style: MarkerStyle { colour: GREY, shape: Shape::Cross, fill: Fill::Solid },
        values: of_networks(&data.published),
        is_this_machine: false,
    };
    [this_machine].into_iter().chain(others).chain([published]).collect()
}

fn of_networks(networks: &[Network]) -> Marked<'_> {
    let times = |network: &'_ Network| network.time.clone().into_iter();
    networks
        .iter()
        .flat_map(|network| times(network).map(|(batch, time)| ((network.name.as_str(), batch), time)))
        .collect()
}

fn of_points(estimates: &Estimates) -> Marked<'_> {
    let millis = |time: Estimate| Estimate { value: time.value * 1e3, low: time.low * 1e3, high: time.high * 1e3 };
    let times =
        estimates.points.iter().filter_map(|point| Some(((point.network.as_str(), point.batch), millis(point.time?))));
    times.filter(|(_, time)| time.low > 0.0 && time.high.is_finite()).collect()
}
