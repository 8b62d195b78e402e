//! Points named directly, as marks or as discs whose area is a quantity, in one panel or two side by side: the shape of
//! Figures 2, 6, 7, 8, 9 and 12. Knows no quantity.

use offprint_plot::axis::Axis;
use offprint_plot::canvas::{Canvas, Stroke, TextStyle};
use offprint_plot::frame::{BELOW, Frame, Labels, left_of};
use offprint_plot::label::{self, Label, Obstacles, arrange};
use offprint_plot::lines::{arrow, polyline};
use offprint_plot::marker;
use offprint_plot::message;
use offprint_plot::rect::{Position, Rect};
use offprint_plot::style::{BLACK, FRAME, GREY, SHADE, WHITE, size};
use offprint_plot::tooltip::Region;

use crate::key::Key;
use crate::line::{Kind, Line};
use crate::outdated::Shows;
use crate::panel::{Panel, Spot};
use crate::sheet::{WIDTH, finish};
use crate::study::{Network, Study};
use crate::style::FAINT;
use crate::wording;

/// Usual height of the frame of a single panel [pt].
pub const ALONE: f64 = 205.0;
/// Usual height of the frame of each of two panels [pt].
pub const BESIDE: f64 = 186.0;
/// Between two panels [pt].
const BETWEEN: f64 = 14.0;
/// Between the axes' ends and the frame, so that discs at the ends stay inside [pt].
const MARGIN: f64 = 10.0;

/// Says the quantities of a network at a batch, if points are of one.
pub type Tells = fn(&Network, Option<u32>) -> String;

/// What a figure of points shows.
pub struct Scatter<'a> {
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
    /// The title of a mark, at the panel's batch.
    pub tells: Tells,
    /// Said below.
    pub notes: Vec<String>,
}

/// Draws them.
pub fn draw(study: &Study, scatter: Scatter<'_>) -> Canvas {
    let Scatter { x, y, height, key, theirs, panels, shows, tells, mut notes } = scatter;
    let count = panels.len().max(1) as f64;
    let titled = panels.iter().any(|panel| !panel.title.is_empty());
    let top = 6.0 + if titled { 15.0 } else { 0.0 };
    let left = left_of(&y);
    let each = (WIDTH - left - 10.0 - BETWEEN * (count - 1.0)) / count;
    let mut plot = Canvas::new(WIDTH, top + height + BELOW);
    let mut unnamed = Vec::new();
    for (index, panel) in panels.iter().enumerate() {
        let start = left + (each + BETWEEN) * index as f64;
        let area = Rect { left: start, top, right: start + each, bottom: top + height };
        let frame = Frame::new(area, &x, &y, MARGIN);
        let side = if index == 0 { Labels::Shown } else { Labels::Hidden };
        draw_panel(&mut plot, &frame, side, panel, key.as_ref(), &mut unnamed);
        tell(&mut plot, study, &frame, panel, (key.as_ref(), tells));
    }
    if panels.iter().any(|panel| !panel.theirs.is_empty()) {
        notes.insert(0, theirs.to_owned());
    }
    if !unnamed.is_empty() {
        notes.push(format!("No room for the names of {}.", unnamed.join(", ")));
    }
    finish(study, plot, shows, &notes)
}

/// Draws one panel and adds names that found no room.
fn draw_panel(
    plot: &mut Canvas,
    frame: &Frame,
    side: Labels,
    panel: &Panel<'_>,
    key: Option<&Key>,
    unnamed: &mut Vec<String>,
) {
    let area = frame.area;
    let mut obstacles = Obstacles::default();
    panel.lines.iter().for_each(|line| band(plot, frame, line));
    frame.draw(plot, side);
    plot.text((area.left, area.top - 8.0), &panel.title, TextStyle::new(size::TEXT, BLACK).bold());
    let mut scales = Vec::new();
    for line in &panel.lines {
        let drawn = draw_line(plot, frame, line);
        if line.kind == Kind::Scale { scales.extend(drawn) } else { obstacles.lines.extend(drawn) }
    }
    let steps: Vec<Position> = panel.steps.iter().map(|&(x, y)| frame.position(x, y)).collect();
    obstacles.lines.extend(polyline(plot, area, &steps, Stroke { colour: GREY, width: 0.9 }));

    let radius = |network: &Network| key.map_or(marker::RADIUS, |key| key.radius(network));
    let (ours, theirs) = (inside(frame, &panel.ours, radius), inside(frame, &panel.theirs, radius));
    for (place, spot) in theirs.iter().chain(&ours) {
        obstacles.discs.push((*place, key.map_or(marker::EXTENT, |key| key.radius(spot.network))));
    }
    for (place, of) in &theirs {
        plot.group("network", &of.network.name, |plot| {
            spot(plot, *place, of.network, panel.batch, key, Spotted::Theirs)
        });
    }
    for (place, of) in &ours {
        plot.group("network", &of.network.name, |plot| {
            whiskers(plot, frame, of, radius(of.network));
            spot(plot, *place, of.network, panel.batch, key, Spotted::Ours);
        });
    }
    if key.is_some() {
        for (place, of) in &ours {
            plot.disc(*place, 0.9, if of.network.look.colour.luma() < 90 { WHITE } else { BLACK });
        }
    }
    for (from, of) in &theirs {
        let to = ours.iter().find(|(_, ours)| panel.arrows && ours.network.name == of.network.name);
        obstacles.lines.extend(to.and_then(|(to, _)| arrow(plot, *from, *to, Stroke { colour: BLACK, width: 0.8 })));
    }
    if let Some(key) = key {
        obstacles.boxes.push(key.draw(plot, area, &obstacles.discs));
    }
    if let Some(message) = &panel.message {
        obstacles.boxes.extend(message::draw(plot, area, message, &obstacles.discs));
    }
    for line in &panel.lines {
        obstacles.boxes.extend(label_line(plot, frame, line, &obstacles));
    }
    obstacles.lines.extend(scales);
    // A name stands beside our point, or beside that of 2016 where we have none.
    let is_ours = |spot: &Spot<'_>| ours.iter().any(|(_, other)| other.network.name == spot.network.name);
    let named: Vec<(&(Position, &Spot<'_>), bool)> = ours
        .iter()
        .map(|point| (point, true))
        .chain(theirs.iter().filter(|(_, theirs)| !is_ours(theirs)).map(|point| (point, false)))
        .collect();
    let labels: Vec<Label> =
        named.iter().map(|((at, spot), _)| Label::new(&spot.network.title, *at, radius(spot.network))).collect();
    for (placed, (label, ((_, spot), ours))) in
        arrange(&labels, area, &obstacles).into_iter().zip(labels.iter().zip(&named))
    {
        match placed {
            Some(placed) => plot.group("network", &spot.network.name, |plot| {
                label::draw(plot, &label.text, placed, if *ours { BLACK } else { GREY });
            }),
            None => unnamed.push(label.text.clone()),
        }
    }
}

/// Tells the quantities of each point in the frame.
fn tell(plot: &mut Canvas, study: &Study, frame: &Frame, panel: &Panel<'_>, (key, tells): (Option<&Key>, Tells)) {
    let radius = |network: &Network| key.map_or(marker::RADIUS, |key| key.radius(network));
    for (spots, whose) in [(&panel.theirs, Spotted::Theirs), (&panel.ours, Spotted::Ours)] {
        for (place, Spot { network, .. }) in inside(frame, spots, radius) {
            let who = match whose {
                Spotted::Ours => wording::ours(study, network, panel.batch),
                Spotted::Theirs => wording::theirs(network, panel.batch),
            };
            let words = format!("{who}: {}", tells(network, panel.batch));
            plot.group("network", &network.name, |plot| plot.add_tooltip(Region::Disc(place, radius(network)), words));
        }
    }
}

/// The points in the frame, larger discs first, so that no disc hides behind another.
fn inside<'a, 'b>(
    frame: &Frame,
    spots: &'b [Spot<'a>],
    radius: impl Fn(&Network) -> f64,
) -> Vec<(Position, &'b Spot<'a>)> {
    let mut inside: Vec<(Position, &Spot<'_>)> =
        spots.iter().filter_map(|spot| Some((frame.position_inside(spot.x, spot.y)?, spot))).collect();
    inside.sort_by(|a, b| radius(b.1.network).total_cmp(&radius(a.1.network)));
    inside
}

/// Whose point is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spotted {
    Ours,
    Theirs,
}

fn spot(plot: &mut Canvas, place: Position, network: &Network, batch: Option<u32>, key: Option<&Key>, whose: Spotted) {
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
        None => marker::draw(plot, place, network.look_at(batch), marker::RADIUS, edge),
    }
}

/// Where a fitted line may run, by its interval of 95 % at each place.
fn band(plot: &mut Canvas, frame: &Frame, line: &Line) {
    if line.kind != Kind::Fit {
        return;
    }
    let edges = line.band.iter().map(|&(x, low, high)| {
        let inside = |y: f64| {
            let place = frame.position(x, y);
            (place.0, place.1.clamp(frame.area.top, frame.area.bottom))
        };
        (inside(low), inside(high))
    });
    let (below, above): (Vec<Position>, Vec<Position>) = edges.unzip();
    plot.area(below.into_iter().chain(above.into_iter().rev()), SHADE);
}

/// Bars from end to end of the intervals of a point, where they reach beyond its mark.
fn whiskers(plot: &mut Canvas, frame: &Frame, spot: &Spot<'_>, radius: f64) {
    let at = frame.position(spot.x, spot.y);
    let colour = spot.network.look.colour.for_lines();
    let (left, right) = (frame.position(spot.ranges[0].0, spot.y).0, frame.position(spot.ranges[0].1, spot.y).0);
    let (low, high) = (frame.position(spot.x, spot.ranges[1].0).1, frame.position(spot.x, spot.ranges[1].1).1);
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

fn draw_line(plot: &mut Canvas, frame: &Frame, line: &Line) -> Vec<(Position, Position)> {
    let places: Vec<Position> = line.places.iter().map(|&(x, y)| frame.position(x, y)).collect();
    match line.kind {
        Kind::Fit => polyline(plot, frame.area, &places, Stroke { colour: GREY, width: 0.9 }),
        Kind::Frontier => polyline(plot, frame.area, &places, Stroke { colour: BLACK, width: 1.1 }),
        Kind::Scale => polyline(plot, frame.area, &places, Stroke { colour: FRAME.at(0.7), width: 0.5 }),
        Kind::FaintFit => {
            // Every second piece.
            let pieces = places.windows(2).step_by(2).filter_map(|pair| frame.area.clip(pair[0], pair[1]));
            let pieces: Vec<_> = pieces.collect();
            let stroke = Stroke { colour: GREY.at(0.6), width: 0.9 };
            pieces.iter().for_each(|(from, to)| plot.path([*from, *to], stroke));
            pieces
        }
    }
}

/// Writes what a line is on the line itself, where it is free, and returns the box.
fn label_line(plot: &mut Canvas, frame: &Frame, line: &Line, obstacles: &Obstacles) -> Option<Rect> {
    let (first, last) = (line.places.first()?, line.places.last()?);
    let ends = (frame.position(first.0, first.1), frame.position(last.0, last.1));
    label::on_line(plot, frame.area, ends, &line.label, obstacles)
}
