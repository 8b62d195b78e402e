//! Lines over the batch, one for each network: the shape of Figures 3, 4 and 5. Knows no quantity.

use results::Estimate;

use crate::absent::Absent;
use crate::axis::{Axis, Scale, comparable};
use crate::canvas::{Canvas, Stroke};
use crate::frame::{BELOW, Frame, Side, left_of};
use crate::legend::{self, Entry};
use crate::marker;
use crate::message;
use crate::outdated::Shows;
use crate::rect::{Place, Rect};
use crate::sheet::{WIDTH, finish};
use crate::study::{Network, Study, THEIRS, Values};
use crate::style::FAINT;
use crate::told::Reach;
use crate::wording;

/// Height of the frame where the legend asks for no more [pt].
const HEIGHT: f64 = 205.0;

/// What a figure of lines shows.
pub struct Curves {
    /// Quantity and unit of the vertical axis.
    pub title: &'static str,
    /// Its unit, said with each value.
    pub unit: &'static str,
    /// Its scale.
    pub scale: Scale,
    /// The values of a network.
    pub values: fn(&Network) -> &Values,
    /// Said in the frame.
    pub message: Option<String>,
    /// The points it draws or speaks of.
    pub shows: Shows,
    /// Said below.
    pub notes: Vec<String>,
}

/// Draws them.
pub fn draw(study: &Study, curves: Curves) -> Canvas {
    let values = curves.values;
    let ours: Vec<&Network> = study.networks.iter().filter(|network| !values(network).is_empty()).collect();
    let theirs: Vec<&Network> = study.published.iter().filter(|network| !values(network).is_empty()).collect();

    let entries = entries(&ours, &theirs, values);
    let (x, y) = axes(study, &curves, &ours, &theirs);
    let height = HEIGHT.max(legend::LEADING * entries.len() as f64);
    let absent = Absent::of(study);
    let top = 6.0 + absent.height();
    let area = Rect { left: left_of(&y), top, right: WIDTH - legend::room(&entries) - 12.0, bottom: top + height };
    let frame = Frame::new(area, &x, &y, 0.0);
    let mut plot = Canvas::new(WIDTH, area.bottom + BELOW);
    frame.draw(&mut plot, Side::Labelled);
    absent.draw(&mut plot, &frame);

    let mut outside = 0;
    for network in &theirs {
        outside += faint_curve(&mut plot, &frame, network, values(network));
    }
    // Later lines cover earlier ones; markers cover all lines.
    for network in &ours {
        curve(&mut plot, study, &frame, network, values(network));
    }
    for network in &ours {
        marks(&mut plot, &frame, network, values(network));
    }
    for network in &theirs {
        let at = |batch, estimate: &Estimate| frame.place_inside(f64::from(batch), estimate.value);
        tell(&mut plot, (network, curves.unit), values(network), at, wording::theirs);
    }
    for network in &ours {
        let at = |batch, estimate: &Estimate| Some(frame.place(f64::from(batch), estimate.value));
        tell(&mut plot, (network, curves.unit), values(network), at, |of, batch| wording::ours(study, of, batch));
    }
    legend::draw(&mut plot, (area.right + 10.0, area.top + 6.0), &entries);
    if let Some(message) = &curves.message {
        message::say(&mut plot, area, message, &[]);
    }
    let mut notes: Vec<String> = absent.note().into_iter().chain(curves.notes).collect();
    if outside > 0 {
        notes.push(format!("Values of 2016 beyond the axis and not shown: {outside}."));
    }
    finish(study, plot, curves.shows, &notes)
}

fn axes(study: &Study, curves: &Curves, ours: &[&Network], theirs: &[&Network]) -> (Axis, Axis) {
    let all = |networks: &[&Network]| -> Vec<f64> {
        let ends = networks.iter().flat_map(|network| (curves.values)(network).values());
        ends.flat_map(|estimate| [estimate.value, estimate.low, estimate.high]).collect()
    };
    let theirs_last = theirs.iter().filter_map(|network| (curves.values)(network).keys().next_back().copied());
    let asked = study.points.iter().map(|point| point.batch);
    let x = Axis::batches(asked.chain(theirs_last).max().unwrap_or(64));
    let y = match curves.scale {
        Scale::Logarithmic => Axis::logarithmic(curves.title, [all(ours), all(theirs)].concat()),
        Scale::Linear => Axis::from_zero(curves.title, comparable(&all(ours), &all(theirs))),
    };
    (x, y)
}

/// Networks of ours from the line that ends highest to the one that ends lowest, then those of 2016 alone.
fn entries(ours: &[&Network], theirs: &[&Network], values: fn(&Network) -> &Values) -> Vec<Entry> {
    let last = |network: &Network| values(network).values().next_back().map_or(0.0, |estimate| estimate.value);
    let sorted = |networks: &[&Network]| {
        let mut networks = networks.iter().map(|network| (*network).clone()).collect::<Vec<Network>>();
        networks.sort_by(|a, b| last(b).total_cmp(&last(a)));
        networks
    };
    let measured = |network: &Network| ours.iter().any(|other| other.name == network.name);
    let mut entries: Vec<Entry> =
        sorted(ours).into_iter().map(|network| Entry::Ours(network.title, network.look)).collect();
    if !theirs.is_empty() {
        let text = format!("faint: {THEIRS}");
        let lines = theirs.iter().any(|network| values(network).len() > 1);
        entries.push(if lines { Entry::FaintLines(text) } else { Entry::FaintMarks(text) });
    }
    let alone = sorted(theirs).into_iter().filter(|network| !measured(network));
    entries.extend(alone.map(|network| Entry::Theirs(network.title, network.look)));
    entries
}

/// The line of 2016; returns how many of its points lie outside.
fn faint_curve(plot: &mut Canvas, frame: &Frame, network: &Network, values: &Values) -> usize {
    let places = || values.iter().map(|(&batch, estimate)| frame.place_inside(f64::from(batch), estimate.value));
    let inside: Vec<_> = places().flatten().collect();
    if inside.len() > 1 {
        let line = Stroke { colour: network.look.colour.for_lines().at(FAINT), width: 0.9 };
        plot.path(inside.iter().copied(), line);
    }
    // A line of one point would not be seen.
    if let [place] = inside[..] {
        marker::draw(plot, place, network.look, marker::RADIUS, FAINT);
    }
    values.len() - inside.len()
}

/// The line of ours, broken where a point that was asked for has no number.
fn curve(plot: &mut Canvas, study: &Study, frame: &Frame, network: &Network, values: &Values) {
    let line = Stroke { colour: network.look.colour.for_lines(), width: 1.0 };
    let mut asked: Vec<u32> =
        study.points.iter().filter(|point| point.network == network.name).map(|point| point.batch).collect();
    asked.sort_unstable();
    let mut piece = Vec::new();
    for batch in asked {
        match values.get(&batch) {
            Some(estimate) => piece.push(frame.place(f64::from(batch), estimate.value)),
            None if piece.len() > 1 => plot.path(std::mem::take(&mut piece), line),
            None => piece.clear(),
        }
    }
    if piece.len() > 1 {
        plot.path(piece, line);
    }
}

/// A mark for each point of ours, and its interval where that is higher than the mark.
fn marks(plot: &mut Canvas, frame: &Frame, network: &Network, values: &Values) {
    let line = Stroke { colour: network.look.colour.for_lines(), width: 0.8 };
    for (&batch, estimate) in values {
        let at = |value: f64| frame.place(f64::from(batch), value);
        let clamped = |value: f64| (at(value).0, at(value).1.clamp(frame.area.top, frame.area.bottom));
        let (low, high) = (clamped(estimate.low), clamped(estimate.high));
        if low.1 - high.1 > 2.0 * marker::RADIUS {
            const CAP: f64 = 2.0;
            plot.path([low, high], line);
            for end in [low, high] {
                plot.path([(end.0 - CAP, end.1), (end.0 + CAP, end.1)], line);
            }
        }
        marker::draw(plot, at(estimate.value), network.look, marker::RADIUS, 1.0);
    }
}

/// Tells the values of a network where they lie.
fn tell(
    plot: &mut Canvas,
    (network, unit): (&Network, &str),
    values: &Values,
    at: impl Fn(u32, &Estimate) -> Option<Place>,
    who: impl Fn(&Network, Option<u32>) -> String,
) {
    for (&batch, estimate) in values {
        if let Some(place) = at(batch, estimate) {
            let words = format!("{}: {}", who(network, Some(batch)), wording::number(estimate, unit));
            plot.tell(Reach::Disc(place, marker::RADIUS), words);
        }
    }
}
