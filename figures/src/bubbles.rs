//! Points named directly, as discs whose area is a quantity or as marks, in one panel or two side by side: the shape of
//! Figures 2, 6, 7, 8, 9 and 12. Knows no quantity.

use crate::axis::Axis;
use crate::canvas::{Canvas, Stroke, Type};
use crate::frame::{BELOW, Frame, Side, left_of};
use crate::key::Key;
use crate::label::{Label, Obstacles, Placed, arrange, type_of_labels};
use crate::line::{Kind, Line};
use crate::marker;
use crate::message;
use crate::outdated::Shows;
use crate::panel::{Panel, Spot};
use crate::rect::{Place, Rect};
use crate::sheet::{WIDTH, finish};
use crate::study::{Network, Study};
use crate::style::{BLACK, FAINT, FRAME, GREY, SHADE, WHITE, size};
use crate::told::Reach;
use crate::wording;

/// Usual height of the frame of a single panel [pt].
pub const ALONE: f64 = 205.0;
/// Usual height of the frame of each of two panels [pt].
pub const BESIDE: f64 = 186.0;
/// Between two panels [pt].
const BETWEEN: f64 = 14.0;
/// Between the axes' ends and the frame, so that discs at zero stay inside [pt].
const MARGIN: f64 = 10.0;
/// Reach of a mark where discs have no key [pt].
const MARK: f64 = 1.5 * marker::RADIUS;

/// Says the quantities of a network at a batch, if points are of one.
pub type Tells = fn(&Network, Option<u32>) -> String;

/// What a figure of points shows.
pub struct Bubbles<'a> {
    /// Horizontal axis of all panels.
    pub x: Axis,
    /// Vertical axis of all panels.
    pub y: Axis,
    /// Height of a panel's frame [pt].
    pub height: f64,
    /// What the areas mean; without it points are marks of one size.
    pub key: Option<Key>,
    /// What the faint points are, said where there are any.
    pub theirs: &'static str,
    /// One or two.
    pub panels: Vec<Panel<'a>>,
    /// The measured points it draws or speaks of.
    pub shows: Shows,
    /// What is told where one points at a mark, at the panel's batch.
    pub tells: Tells,
    /// Said below.
    pub notes: Vec<String>,
}

/// Draws them.
pub fn draw(study: &Study, bubbles: Bubbles<'_>) -> Canvas {
    let Bubbles { x, y, height, key, theirs, panels, shows, tells, mut notes } = bubbles;
    let count = panels.len().max(1) as f64;
    let titled = panels.iter().any(|panel| !panel.title.is_empty());
    let top = key.as_ref().map_or(6.0, Key::height) + if titled { 15.0 } else { 0.0 };
    let left = left_of(&y);
    let each = (WIDTH - left - 10.0 - BETWEEN * (count - 1.0)) / count;
    let mut plot = Canvas::new(WIDTH, top + height + BELOW);
    if let Some(key) = &key {
        key.draw(&mut plot, left);
    }
    let (mut outside, mut unnamed) = (0, Vec::new());
    for (index, panel) in panels.iter().enumerate() {
        let start = left + (each + BETWEEN) * index as f64;
        let area = Rect { left: start, top, right: start + each, bottom: top + height };
        let frame = Frame::new(area, &x, &y, MARGIN);
        let side = if index == 0 { Side::Labelled } else { Side::Bare };
        outside += draw_panel(&mut plot, &frame, side, panel, key.as_ref(), &mut unnamed);
        tell(&mut plot, study, &frame, panel, (key.as_ref(), tells));
    }
    if panels.iter().any(|panel| !panel.theirs.is_empty()) {
        let beyond = match outside {
            0 => String::new(),
            _ => format!(" Beyond the axes and not shown: {outside}."),
        };
        notes.insert(0, format!("{theirs}{beyond}"));
    }
    if !unnamed.is_empty() {
        notes.push(format!("No room for the names of {}.", unnamed.join(", ")));
    }
    finish(study, plot, shows, &notes)
}

/// Draws one panel; returns how many points of 2016 lie outside and adds names that found no room.
fn draw_panel(
    plot: &mut Canvas,
    frame: &Frame,
    side: Side,
    panel: &Panel<'_>,
    key: Option<&Key>,
    unnamed: &mut Vec<String>,
) -> usize {
    let area = frame.area;
    let mut obstacles = Obstacles::default();
    for line in &panel.lines {
        shade(plot, frame, *line);
        band(plot, frame, *line);
    }
    frame.draw(plot, side);
    plot.text((area.left, area.top - 8.0), &panel.title, Type::new(size::TEXT, BLACK).bold());
    for line in &panel.lines {
        obstacles.lines.extend(draw_line(plot, frame, *line));
    }
    obstacles.lines.extend(draw_frontier(plot, frame, &panel.frontier));

    let radius = |network: &Network| key.map_or(MARK, |key| key.radius(network));
    let (ours, theirs) = (inside(frame, &panel.ours, radius), inside(frame, &panel.theirs, radius));
    for (place, network) in &theirs {
        obstacles.faint.push((*place, radius(network)));
        spot(plot, *place, network, key, Spotted::Theirs);
    }
    for spot in panel.ours.iter().filter(|spot| frame.place_inside(spot.x, spot.y).is_some()) {
        whiskers(plot, frame, spot, radius(spot.network));
    }
    for (place, network) in &ours {
        obstacles.discs.push((*place, radius(network)));
        spot(plot, *place, network, key, Spotted::Ours);
    }
    if key.is_some() {
        for (place, network) in &ours {
            plot.disc(*place, 0.9, if network.look.colour.luma() < 90 { WHITE } else { BLACK });
        }
    }
    if let Some(message) = &panel.message {
        let discs = [obstacles.faint.as_slice(), &obstacles.discs].concat();
        obstacles.boxes = message::say(plot, area, message, &discs);
    }
    // A name stands beside our point, or beside that of 2016 where we have none.
    let named: Vec<(&(Place, &Network), bool)> = ours
        .iter()
        .map(|point| (point, true))
        .chain(theirs.iter().filter(|(_, theirs)| !has(&ours, theirs)).map(|point| (point, false)))
        .collect();
    let labels: Vec<Label> = named
        .iter()
        .map(|((at, network), _)| Label { text: network.title.clone(), at: *at, radius: radius(network) })
        .collect();
    for (placed, (label, (_, ours))) in arrange(&labels, area, &obstacles).into_iter().zip(labels.iter().zip(&named)) {
        match placed {
            Some(placed) => draw_label(plot, &label.text, placed, *ours),
            None => unnamed.push(label.text.clone()),
        }
    }
    panel.theirs.len() - theirs.len()
}

/// Tells the quantities of each point in the frame.
fn tell(plot: &mut Canvas, study: &Study, frame: &Frame, panel: &Panel<'_>, (key, tells): (Option<&Key>, Tells)) {
    let radius = |network: &Network| key.map_or(MARK, |key| key.radius(network));
    for (spots, whose) in [(&panel.theirs, Spotted::Theirs), (&panel.ours, Spotted::Ours)] {
        for (place, network) in inside(frame, spots, radius) {
            let who = match whose {
                Spotted::Ours => wording::ours(study, network, panel.batch),
                Spotted::Theirs => wording::theirs(network, panel.batch),
            };
            plot.tell(Reach::Disc(place, radius(network)), format!("{who}: {}", tells(network, panel.batch)));
        }
    }
}

/// The points in the frame, larger discs first, so that no disc hides behind another.
fn inside<'a>(frame: &Frame, spots: &[Spot<'a>], radius: impl Fn(&Network) -> f64) -> Vec<(Place, &'a Network)> {
    let mut inside: Vec<(Place, &Network)> =
        spots.iter().filter_map(|spot| Some((frame.place_inside(spot.x, spot.y)?, spot.network))).collect();
    inside.sort_by(|a, b| radius(b.1).total_cmp(&radius(a.1)));
    inside
}

fn has(points: &[(Place, &Network)], network: &Network) -> bool {
    points.iter().any(|(_, other)| other.name == network.name)
}

/// Whose point is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spotted {
    Ours,
    Theirs,
}

fn spot(plot: &mut Canvas, place: Place, network: &Network, key: Option<&Key>, whose: Spotted) {
    let (fill, edge) = match whose {
        Spotted::Ours => (0.78, 1.0),
        Spotted::Theirs => (0.13, FAINT),
    };
    match key {
        Some(key) => {
            let radius = key.radius(network);
            plot.disc(place, radius, network.look.colour.at(fill));
            plot.ring(place, radius, Stroke { colour: network.look.colour.for_lines().at(edge), width: 0.6 });
        }
        None => marker::draw(plot, place, network.look, MARK / 1.25, edge),
    }
}

fn draw_label(plot: &mut Canvas, text: &str, placed: Placed, ours: bool) {
    if let Some((from, to)) = placed.leader {
        plot.path([from, to], Stroke { colour: FRAME, width: 0.45 });
    }
    // Edges and lines that a name could not avoid fade behind it.
    plot.rectangle((placed.rect.left, placed.rect.top), (placed.rect.right, placed.rect.bottom), WHITE.at(0.6));
    let with = type_of_labels();
    plot.text(placed.place, text, if ours { with } else { Type { colour: GREY, ..with } });
}

/// The side of a bound that no point reaches.
fn shade(plot: &mut Canvas, frame: &Frame, line: Line) {
    if line.kind != Kind::Bound {
        return;
    }
    let Some((from, to)) = frame.line(line.slope, line.intercept) else { return };
    let Rect { left, top, right, .. } = frame.area;
    // Around by the corners of the frame that lie above the line: where it leaves through the floor or the roof, the
    // frame's side closes the polygon.
    plot.area([from, to, (right, to.1), (right, top), (left, top), (left, from.1)], SHADE);
}

/// Where a line fitted to ours may run, by its interval of 95 % at each place.
fn band(plot: &mut Canvas, frame: &Frame, line: Line) {
    /// Its edges are curves of so many pieces.
    const PIECES: u32 = 48;
    let (Some(fit), Kind::Fit) = (line.fit, line.kind) else { return };
    let edges = frame.across(PIECES).into_iter().map(|x| {
        let (low, high) = fit.band(x);
        let inside = |y: f64| {
            let place = frame.place(x, y);
            (place.0, place.1.clamp(frame.area.top, frame.area.bottom))
        };
        (inside(low), inside(high))
    });
    let (below, above): (Vec<Place>, Vec<Place>) = edges.unzip();
    plot.area(below.into_iter().chain(above.into_iter().rev()), SHADE);
}

/// Bars from end to end of the intervals of a point, where they reach beyond its mark.
fn whiskers(plot: &mut Canvas, frame: &Frame, spot: &Spot<'_>, radius: f64) {
    let at = frame.place(spot.x, spot.y);
    let colour = spot.network.look.colour.for_lines();
    let (left, right) = (frame.place(spot.ranges[0].0, spot.y).0, frame.place(spot.ranges[0].1, spot.y).0);
    let (low, high) = (frame.place(spot.x, spot.ranges[1].0).1, frame.place(spot.x, spot.ranges[1].1).1);
    let area = frame.area;
    let bars = [
        ((left.clamp(area.left, area.right), at.1), (right.clamp(area.left, area.right), at.1), right - left),
        ((at.0, low.clamp(area.top, area.bottom)), (at.0, high.clamp(area.top, area.bottom)), low - high),
    ];
    for (from, to, length) in bars {
        if length > 2.0 * radius {
            plot.path([from, to], Stroke { colour, width: 0.8 });
        }
    }
}

/// Level from each point to the cost of the next, and up to it; from the last one to the frame's edge.
fn draw_frontier(plot: &mut Canvas, frame: &Frame, frontier: &[(f64, f64)]) -> Vec<(Place, Place)> {
    let mut corners: Vec<Place> = Vec::new();
    for &(x, y) in frontier {
        let place = frame.place(x, y);
        corners.extend(corners.last().map(|last| (place.0, last.1)));
        corners.push(place);
    }
    corners.extend(corners.last().map(|last| (frame.area.right, last.1)));
    if corners.len() > 1 {
        plot.path(corners.iter().copied(), Stroke { colour: GREY, width: 0.9 });
    }
    corners.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

fn draw_line(plot: &mut Canvas, frame: &Frame, line: Line) -> Option<(Place, Place)> {
    let (from, to) = frame.line(line.slope, line.intercept)?;
    match line.kind {
        Kind::FaintFit => plot.dashes(from, to, Stroke { colour: GREY.at(FAINT), width: 0.9 }),
        Kind::Fit | Kind::Bound => plot.path([from, to], Stroke { colour: GREY, width: 0.9 }),
    }
    Some((from, to))
}
