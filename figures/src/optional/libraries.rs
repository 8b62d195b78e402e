//! An optional figure: the time per image with other libraries on this processor over that here, for each network at two batches.

use offprint_plot::axis::Axis;
use offprint_plot::canvas::Canvas;
use results::agreement::Ratio;
use results::{Machine, Origin};

use crate::figure::{Figure, Optional};
use crate::figure_data::{FigureData, PANELS};
use crate::finish::{absent, finish};
use crate::machine_rows::{self, Across, Marked, Marks, OUTDATED};
use crate::machine_styles::machine_styles;
use crate::missing;
use crate::outdated;

/// See the module.
pub const FIGURE: Figure = Figure {
    number: 17,
    title: "Time per image with other libraries",
    caption: "Time per image of every network with other libraries on the same processor, divided by the time here, at batches 1 and 16 (logarithmic). \
              Vertical line: the same time as here; left of it, the other library is faster.",
    data: &["machines/*.json", "points.csv"],
    origin: Origin::New,
    optional: Some(Optional { name: "libraries", exists: |data| libraries(data).next().is_some() }),
    draw,
};

/// The other software on this hardware.
fn libraries(data: &FigureData) -> impl Iterator<Item = &Machine> {
    data.machines.iter().filter(|machine| machine.is_other_software_on(&data.device))
}

/// Rows of marks in two panels; networks by their times here, as in the figure of machines.
fn draw(data: &FigureData) -> Canvas {
    let known: Vec<(&Machine, Marked<'_>)> = libraries(data).map(|library| (library, ratios(data, library))).collect();
    if known.iter().all(|(_, ratios)| ratios.is_empty()) {
        return absent(data, "no other library has a time of these points", &[]);
    }
    let here = |network: &crate::figure_data::Network| {
        PANELS.iter().find_map(|batch| network.time.get(batch)).map_or(f64::INFINITY, |time| time.value)
    };
    let is_known = |name: &str| known.iter().any(|(_, ratios)| ratios.keys().any(|key| key.0 == name));
    let mut networks: Vec<_> = data.networks.iter().filter(|network| is_known(&network.name)).collect();
    networks.sort_by(|one, other| here(one).total_cmp(&here(other)));

    let marks = known.into_iter().zip(machine_styles()).map(|((library, values), style)| {
        let earlier = if outdated::of_machine(&library.estimates).is_some() { OUTDATED } else { "" };
        let label = format!("{}{earlier}", library.estimates.device.backend);
        Marks { label, style, values, is_this_machine: false }
    });
    let marks: Vec<Marks<'_>> = marks.collect();
    let axis = |ratios| Axis::ratios("Time there / time here", ratios);
    let plot =
        machine_rows::draw(data, &marks, &networks, &Across { axis, unit: "times the time here", line: Some(1.0) });

    let mut notes = vec![format!("Here: {}.", data.device.backend)];
    let earlier = libraries(data).filter_map(|library| {
        let which = outdated::of_machine(&library.estimates)?;
        Some(format!("{} ({which})", library.estimates.device.backend))
    });
    let earlier: Vec<String> = earlier.collect();
    if !earlier.is_empty() {
        notes.push(format!("Earlier: measured by earlier versions of the programs, {}.", earlier.join("; ")));
    }
    let over_sessions = libraries(data).all(|library| pairs(data, library).all(|(_, ratio)| ratio.over_sessions));
    notes.push(if over_sessions {
        "Bars, where longer than the mark: 95 % intervals over sessions.".to_owned()
    } else {
        "Bars, where longer than the mark: valid for these sessions only, whose variation is unknown.".to_owned()
    });
    notes.extend(missing::sentences(data, |batch| PANELS.contains(&batch)));
    finish(data, plot, |point| PANELS.contains(&point.batch) && point.time.is_some(), &notes)
}

fn ratios<'a>(data: &'a FigureData, library: &Machine) -> Marked<'a> {
    pairs(data, library).map(|(key, ratio)| (key, ratio.value)).collect()
}

/// The ratio of each point that both have.
fn pairs<'a>(data: &'a FigureData, library: &Machine) -> impl Iterator<Item = ((&'a str, u32), Ratio)> {
    let (here, there) = (&data.estimates, &library.estimates);
    here.points.iter().filter(|point| PANELS.contains(&point.batch)).filter_map(move |point| {
        let other = there.point(&point.network, point.batch)?;
        let ratio = Ratio::of_times((there, other), (here, point))?;
        let is_drawable = ratio.value.low > 0.0 && ratio.value.high.is_finite();
        is_drawable.then_some(((point.network.as_str(), point.batch), ratio))
    })
}
