//! Figure 14: time per image of every network on this machine and on the others it is set beside, at two batches. The original has no
//! such figure: it had one board.

use std::collections::BTreeMap;

use results::{Estimate, Estimates};

use crate::axis::Axis;
use crate::canvas::{Align, Canvas, Stroke, Type};
use crate::font::{Weight, shortened, width};
use crate::frame::{BELOW, Frame, Side};
use crate::marker;
use crate::message;
use crate::missing;
use crate::rect::{Place, Rect};
use crate::sheet::{WIDTH, finish};
use crate::study::{Network, PANELS, Study, THEIRS};
use crate::style::{BLACK, Colour, FAINT, GREY, Inside, Look, Shape, hex, size};
use crate::told::Reach;
use crate::wording;

/// From one network's row to the next [pt].
const PITCH: f64 = 12.0;
/// From one line of the key to the next [pt].
const LEADING: f64 = 12.0;
/// No name of a network takes more than this [pt].
const WIDEST: f64 = 90.0;
/// Between two panels [pt].
const BETWEEN: f64 = 14.0;
/// Every second row has a band of this behind it, so that the eye keeps to its row.
const BAND: Colour = Colour { rgb: (0, 0, 0), opacity: 0.035 };

/// The marks of the other machines, in turn; more than these are in the report's table alone.
const OTHERS: [Shape; 6] = [Shape::Square, Shape::Diamond, Shape::Up, Shape::Down, Shape::Left, Shape::Right];

/// Times of an image [ms] by network and batch.
type Times<'a> = BTreeMap<(&'a str, u32), Estimate>;

/// One machine's marks.
struct Marks<'a> {
    /// Who it is.
    words: String,
    look: Look,
    opacity: f64,
    times: Times<'a>,
}

/// Rows of marks in two panels.
pub fn draw(study: &Study) -> Canvas {
    let machines = machines(study);
    let names = study.networks.iter().map(|network| width(&network.title, size::SMALL, Weight::Regular).min(WIDEST));
    let left = names.fold(30.0, f64::max) + 10.0;
    let top = 4.0 + LEADING * machines.len() as f64 + 16.0;
    let height = PITCH * study.networks.len().max(2) as f64 + 4.0;
    let each = (WIDTH - left - 10.0 - BETWEEN) / 2.0;
    let mut plot = Canvas::new(WIDTH, top + height + BELOW);
    key(&mut plot, &machines);

    let is_shown = |(name, batch): (&str, u32)| {
        PANELS.contains(&batch) && study.networks.iter().any(|network| network.name == name)
    };
    let times = machines.iter().flat_map(|marks| &marks.times).filter(|(place, _)| is_shown(**place));
    let x = Axis::logarithmic("Time per image [ms]", times.flat_map(|(_, time)| [time.low, time.high]));
    let x = x.with_few_labels();
    for (index, batch) in PANELS.into_iter().enumerate() {
        let start = left + (each + BETWEEN) * index as f64;
        let area = Rect { left: start, top, right: start + each, bottom: top + height };
        panel(&mut plot, study, &machines, (area, &x), batch);
    }
    for (row, network) in study.networks.iter().enumerate() {
        let name = shortened(&network.title, size::SMALL, Weight::Regular, WIDEST);
        plot.text((left - 5.0, middle(top, row)), &name, Type::new(size::SMALL, BLACK).align(Align::End));
    }

    let mut notes = Vec::new();
    if study.machines.is_empty() {
        notes.push("No other machine has published measurements of these points.".to_owned());
    }
    if let Some(more) = study.machines.len().checked_sub(OTHERS.len()).filter(|more| *more > 0) {
        notes.push(format!("{more} more machines are in the table and not drawn."));
    }
    notes.push("Bars: intervals of 95 %, where they are wider than the mark.".to_owned());
    notes.extend(missing::sentences(study, |batch| PANELS.contains(&batch)));
    finish(study, plot, |point| PANELS.contains(&point.batch) && point.time.is_some(), &notes)
}

/// This machine, the others, and that of 2016, which is drawn first.
fn machines(study: &Study) -> Vec<Marks<'_>> {
    let ours = Marks {
        words: format!("{}, {} (this report)", study.device.hardware, study.device.backend),
        look: Look { colour: BLACK, shape: Shape::Circle, inside: Inside::Full },
        opacity: 1.0,
        times: of_networks(&study.networks),
    };
    let others = study.machines.iter().zip(OTHERS).map(|(machine, shape)| Marks {
        words: format!("{}, {}", machine.estimates.device.hardware, machine.estimates.device.backend),
        look: Look { colour: hex(0x3a3a3a), shape, inside: Inside::Empty },
        opacity: 1.0,
        times: of_points(&machine.estimates),
    });
    let theirs = Marks {
        words: format!("{THEIRS}, Torch7 with cuDNN"),
        look: Look { colour: GREY, shape: Shape::Cross, inside: Inside::Full },
        opacity: FAINT,
        times: of_networks(&study.published),
    };
    [ours].into_iter().chain(others).chain([theirs]).collect()
}

fn of_networks(networks: &[Network]) -> Times<'_> {
    let times = |network: &'_ Network| network.time.clone().into_iter();
    networks
        .iter()
        .flat_map(|network| times(network).map(|(batch, time)| ((network.name.as_str(), batch), time)))
        .collect()
}

fn of_points(estimates: &Estimates) -> Times<'_> {
    let millis = |time: Estimate| Estimate { value: time.value * 1e3, low: time.low * 1e3, high: time.high * 1e3 };
    let times =
        estimates.points.iter().filter_map(|point| Some(((point.network.as_str(), point.batch), millis(point.time?))));
    times.filter(|(_, time)| time.low > 0.0 && time.high.is_finite()).collect()
}

/// A line a machine.
fn key(plot: &mut Canvas, machines: &[Marks<'_>]) {
    for (index, marks) in machines.iter().enumerate() {
        let y = 7.0 + LEADING * index as f64;
        marker::draw(plot, (6.0, y), marks.look, marker::RADIUS, marks.opacity);
        let words = shortened(&marks.words, size::SMALL, Weight::Regular, WIDTH - 20.0);
        plot.text((14.0, y), &words, Type::new(size::SMALL, BLACK));
    }
}

/// The middle of a row.
fn middle(top: f64, row: usize) -> f64 {
    top + 2.0 + PITCH * (row as f64 + 0.5)
}

fn panel(plot: &mut Canvas, study: &Study, machines: &[Marks<'_>], (area, x): (Rect, &Axis), batch: u32) {
    for row in (0..study.networks.len()).step_by(2) {
        let y = middle(area.top, row) - PITCH / 2.0;
        plot.rectangle((area.left, y), (area.right, y + PITCH), BAND);
    }
    let frame = Frame::new(area, x, &Axis::bare(), 0.0);
    frame.draw(plot, Side::Bare);
    plot.text((area.left, area.top - 8.0), &format!("Batch {batch}"), Type::new(size::TEXT, BLACK).bold());
    // Ours come last, over the others.
    for marks in machines.iter().rev() {
        for (row, network) in study.networks.iter().enumerate() {
            let Some(time) = marks.times.get(&(network.name.as_str(), batch)) else { continue };
            let at = |value: f64| -> Place { (frame.place(value, 0.0).0, middle(area.top, row)) };
            let (low, high) = (at(time.low), at(time.high));
            if high.0 - low.0 > 2.0 * marker::RADIUS {
                plot.path([low, high], Stroke { colour: marks.look.colour.at(marks.opacity), width: 0.8 });
            }
            marker::draw(plot, at(time.value), marks.look, marker::RADIUS, marks.opacity);
            let words = format!("{}, batch {batch}, {}: {}", network.title, marks.words, wording::number(time, "ms"));
            plot.tell(Reach::Disc(at(time.value), marker::RADIUS), words);
        }
    }
    let asked = study.points.iter().any(|point| point.batch == batch);
    if !asked {
        message::say(plot, area, &format!("not measured here at batch {batch}"), &[]);
    }
}
