//! Small multiples over the batch, as in Figures 3, 4 and 5: one frame per network, with the values measured here, those of other software
//! and those of 2016. Independent of quantities.

use offprint_plot::axis::{Axis, Scale};
use offprint_plot::canvas::{Align, Canvas, Stroke, TextStyle};
use offprint_plot::font::{Weight, truncated, width};
use offprint_plot::frame::{BELOW, Frame, left_of_ticks};
use offprint_plot::marker;
use offprint_plot::rect::{Position, Rect};
use offprint_plot::style::{BLACK, Colour, FRAME, Fill, GREY, MarkerStyle, Shape, size};
use offprint_plot::tooltip::Region;
use results::Estimate;

use crate::figure_data::{FigureData, Network, PUBLISHED_NAME, Values};
use crate::finish::{WIDTH, finish};
use crate::missing;
use crate::others::Other;
use crate::outdated::Shows;
use crate::wording;

/// Maximum number of networks, frames per row for these, and the height of each [pt].
const SHAPES: [(usize, usize, f64); 3] = [(15, 5, 58.0), (24, 6, 50.0), (MAX_FRAMES, 7, 44.0)];
/// Maximum number of frames on a page.
const MAX_FRAMES: usize = 56;
/// Height of the name above a frame, and between two frames in a row [pt].
const HEAD: f64 = 12.0;
const BETWEEN: f64 = 8.0;
/// Height of the legend above all [pt].
const LEGEND: f64 = 14.0;
/// The title of the horizontal axes.
const BATCH: &str = "Batch size [images]";
/// Minimum distance between letters at points without a number [pt].
const LETTER_PITCH: f64 = 7.5;
/// Radius of a mark [pt], and of one of other software.
const RADIUS: f64 = 2.0;
const OTHERS_RADIUS: f64 = 1.2;

/// Points of a curve fitted to the values of a network, as batches and values.
pub type Curve = fn(&Values) -> Vec<(f64, f64)>;

/// What a figure over the batch shows.
pub struct Grid {
    /// Quantity and unit of the vertical axes.
    pub title: &'static str,
    /// Its unit, which follows each value.
    pub unit: &'static str,
    /// Its scale.
    pub scale: Scale,
    /// Whether each frame has its own vertical axis and a linear axis of batches.
    pub free: bool,
    /// The values of a network.
    pub values: fn(&Network) -> Values,
    /// A curve through a network's values; without one, lines connect them.
    pub curve: Option<Curve>,
    /// The points that it draws or explains.
    pub shows: Shows,
    /// Notes below the plot.
    pub notes: Vec<String>,
    /// The same quantity by other software on this hardware.
    pub others: Vec<Other>,
}

/// The values in one frame.
struct Cell<'a> {
    network: &'a Network,
    measured: Values,
    others: Vec<(&'a Other, &'a Values)>,
    published: Values,
}

impl Cell<'_> {
    /// All values of the frame.
    fn values(&self) -> impl Iterator<Item = (&u32, &Estimate)> {
        let others = self.others.iter().flat_map(|(_, values)| values.iter());
        self.measured.iter().chain(others).chain(&self.published)
    }

    fn has_values(&self) -> bool {
        self.values().next().is_some()
    }
}

/// Draws them.
pub fn draw(data: &FigureData, grid: Grid) -> Canvas {
    let mut cells = cells(data, &grid);
    let mut notes = grid.notes.clone();
    if cells.len() > MAX_FRAMES {
        notes.push(format!("{} more networks are in the tables and not drawn.", cells.len() - MAX_FRAMES));
        cells.truncate(MAX_FRAMES);
    }
    let (_, columns, height) = SHAPES.into_iter().find(|(max, ..)| cells.len() <= *max).unwrap_or(SHAPES[2]);
    let x = batches(data, &mut cells, grid.free);
    let shared = vertical(&grid, cells.iter(), height);
    let ticks = |cell: &Cell<'_>| left_of_ticks(&vertical(&grid, [cell].into_iter(), height), size::NOTE);
    let room = if grid.free { cells.iter().map(ticks).fold(0.0, f64::max) } else { left_of_ticks(&shared, size::NOTE) };
    let title = 1.5 * size::TEXT;
    let (first, between) = if grid.free { (title, room + BETWEEN) } else { (title + room, BETWEEN) };
    let first = if grid.free { first + room } else { first };
    let each = (WIDTH - first - 6.0 - between * (columns as f64 - 1.0)) / columns as f64;

    let rows = cells.len().div_ceil(columns);
    let bottom = LEGEND + (HEAD + height) * rows as f64 + 2.0;
    let mut plot = Canvas::new(WIDTH, bottom + BELOW);
    legend(&mut plot, &grid.others, &cells);
    for (index, cell) in cells.iter().enumerate() {
        let (row, column) = (index / columns, index % columns);
        let left = first + (each + between) * column as f64;
        let top = LEGEND + (HEAD + height) * row as f64 + HEAD;
        let area = Rect { left, top, right: left + each, bottom: top + height - 2.0 };
        let y = if grid.free { vertical(&grid, [cell].into_iter(), height) } else { shared.clone() };
        let frame = Frame::new(area, &x, &y, 3.0);
        frame.bare(&mut plot);
        if grid.free || column == 0 {
            frame.label_left(&mut plot, size::NOTE);
        }
        if index + columns >= cells.len() {
            frame.label_below(&mut plot, size::NOTE);
        }
        plot.group("network", &cell.network.name, |plot| draw_cell(plot, data, &grid, cell, &frame));
    }
    let middle = TextStyle::new(size::TEXT, BLACK).align(Align::Middle);
    plot.text(((first + WIDTH - 6.0) / 2.0, bottom + BELOW - 0.6 * size::TEXT), &x.title, middle);
    plot.text((0.55 * size::TEXT, LEGEND + (bottom - LEGEND) / 2.0), grid.title, middle.up());
    finish(data, plot, grid.shows, &notes)
}

/// The networks that have a value: first those counted here, then those of 2016 only.
fn cells<'a>(data: &'a FigureData, grid: &'a Grid) -> Vec<Cell<'a>> {
    let values = grid.values;
    let published = |name: &str| data.published.iter().find(|network| network.name == name);
    let measured = data.networks.iter().map(|network| Cell {
        network,
        measured: values(network),
        others: grid.others.iter().filter_map(|other| Some((other, other.values.get(&network.name)?))).collect(),
        published: published(&network.name).map(values).unwrap_or_default(),
    });
    let counted = |name: &str| data.networks.iter().any(|network| network.name == name);
    let only_published = data.published.iter().filter(|network| !counted(&network.name));
    let only_published = only_published.map(|network| Cell {
        network,
        measured: Values::new(),
        others: Vec::new(),
        published: values(network),
    });
    measured.chain(only_published).filter(Cell::has_values).collect()
}

fn batches(data: &FigureData, cells: &mut [Cell<'_>], free: bool) -> Axis {
    if let Some(max) = data.points.iter().map(|point| point.batch).max().filter(|_| free) {
        // On a linear axis, the measured batches take the whole width.
        cells.iter_mut().for_each(|cell| cell.published.retain(|batch, _| *batch <= max));
        return Axis::counts(BATCH, max);
    }
    let asked = data.points.iter().map(|point| point.batch);
    let known = cells.iter().flat_map(|cell| cell.values().map(|(batch, _)| *batch));
    let axis = Axis::powers_of_two(BATCH, asked.chain(known).max().unwrap_or(64));
    let stride = axis.ticks.len().div_ceil(4);
    axis.with_label_every(stride)
}

fn vertical<'a>(grid: &Grid, cells: impl Iterator<Item = &'a Cell<'a>>, height: f64) -> Axis {
    // Three labels a decade, each with its line.
    let decades = (height - 8.0) / (3.0 * 1.25 * size::NOTE);
    let values = cells.flat_map(Cell::values);
    let ends = values.flat_map(|(_, of)| [of.value, of.low.min(of.value), of.high.max(of.value)]);
    match grid.scale {
        Scale::Logarithmic => Axis::logarithmic(grid.title, ends).with_few_labels(decades),
        Scale::Linear => Axis::from_zero_in(grid.title, ends.map(|end| end.max(0.0)), 2.5),
    }
}

/// The legend of solid, open, dashed and grey marks.
fn legend(plot: &mut Canvas, others: &[Other], cells: &[Cell<'_>]) {
    const LINE: f64 = 9.0;
    // Width of an entry without its text: the mark, and the gap after it.
    const ENTRY_SPACE: f64 = 13.0 + 18.0;
    let mut x = 4.0;
    let wide = |text: &str| width(text, size::SMALL, Weight::Regular);
    let mut entry = |plot: &mut Canvas, text: &str, mark: &dyn Fn(&mut Canvas, f64)| {
        mark(plot, x);
        plot.text((x + 13.0, 6.0), text, TextStyle::new(size::SMALL, BLACK));
        x += wide(text) + ENTRY_SPACE;
        WIDTH - x
    };
    let disc = |fill| {
        move |plot: &mut Canvas, x: f64| {
            let style = MarkerStyle { colour: BLACK, shape: Shape::Circle, fill };
            marker::draw(plot, (x + 4.0, 6.0), style, RADIUS, 1.0);
        }
    };
    let mut left = WIDTH;
    if cells.iter().any(|cell| !cell.measured.is_empty()) {
        let text = if others.is_empty() { "this machine" } else { "this report" };
        left = entry(plot, text, &disc(Fill::Solid));
        if cells.iter().any(|cell| cell.measured.keys().any(|batch| cell.network.flagged.contains(batch))) {
            left = entry(plot, &format!("{text}, flagged"), &disc(Fill::Open));
        }
    }
    // Other software shares the remaining width; the note below the plot has the full names.
    let max = (left - wide(PUBLISHED_NAME) - ENTRY_SPACE) / others.len().max(1) as f64 - ENTRY_SPACE;
    for other in others {
        let text = truncated(&other.software, size::SMALL, Weight::Regular, max);
        entry(plot, &text, &|plot, x| {
            dashed(plot, &[(x - 2.0, 6.0), (x + LINE + 2.0, 6.0)], BLACK, None);
            dashed(plot, &[(x + LINE / 2.0, 6.0)], BLACK, Some(other.shape));
        });
    }
    if cells.iter().any(|cell| !cell.published.is_empty()) {
        entry(plot, PUBLISHED_NAME, &|plot, x| draw_published(plot, &[(x, 6.0), (x + LINE, 6.0)]));
    }
}

/// The line of other software, with its mark at each value.
fn dashed(plot: &mut Canvas, positions: &[Position], colour: Colour, shape: Option<Shape>) {
    for pair in positions.windows(2) {
        plot.dashes(pair[0], pair[1], Stroke { colour, width: 0.8 });
    }
    for (position, shape) in positions.iter().zip(shape.into_iter().cycle()) {
        marker::draw(plot, *position, MarkerStyle { colour, shape, fill: Fill::Solid }, OTHERS_RADIUS, 1.0);
    }
}

/// The line of 2016 with a dot at each value.
fn draw_published(plot: &mut Canvas, positions: &[Position]) {
    plot.path(positions.iter().copied(), Stroke { colour: FRAME, width: 0.9 });
    positions.iter().for_each(|position| plot.disc(*position, 1.2, FRAME));
}

fn draw_cell(plot: &mut Canvas, data: &FigureData, grid: &Grid, cell: &Cell<'_>, frame: &Frame) {
    let area = frame.area;
    let Cell { network, .. } = cell;
    let title = truncated(&network.title, size::SMALL, Weight::Regular, area.width());
    plot.text((area.left, area.top - 5.5), &title, TextStyle::new(size::SMALL, BLACK));
    let positions = |values: &Values| -> Vec<Position> {
        values.iter().filter_map(|(&batch, of)| frame.position_inside(f64::from(batch), of.value)).collect()
    };
    draw_published(plot, &positions(&cell.published));
    let colour = network.style.colour.for_lines();
    for (other, values) in &cell.others {
        dashed(plot, &positions(values), colour, Some(other.shape));
    }
    if let Some(curve) = grid.curve {
        let positions: Vec<Position> =
            curve(&cell.measured).into_iter().map(|(batch, value)| frame.position(batch, value)).collect();
        for (from, to) in positions.windows(2).filter_map(|pair| area.clip(pair[0], pair[1])) {
            plot.path([from, to], Stroke { colour, width: 0.7 });
        }
    } else {
        // Broken where a point that was asked for has no number.
        let mut asked: Vec<u32> =
            data.points.iter().filter(|point| point.network == network.name).map(|point| point.batch).collect();
        asked.sort_unstable();
        let known = |batch: &u32| cell.measured.contains_key(batch);
        for piece in asked.chunk_by(|one, other| known(one) && known(other)).filter(|piece| piece.len() > 1) {
            let line = piece
                .iter()
                .filter_map(|batch| Some(frame.position(f64::from(*batch), cell.measured.get(batch)?.value)));
            plot.path(line, Stroke { colour, width: 1.0 });
        }
    }
    for (&batch, of) in &cell.measured {
        let at = |value: f64| frame.position(f64::from(batch), value);
        let clamped = |value: f64| (at(value).0, at(value).1.clamp(area.top, area.bottom));
        let (low, high) = (clamped(of.low), clamped(of.high));
        if low.1 - high.1 > 2.0 * RADIUS {
            plot.path([low, high], Stroke { colour, width: 0.8 });
        }
        marker::draw(plot, clamped(of.value), network.style_at(Some(batch)), RADIUS, 1.0);
    }
    let mut last = f64::NEG_INFINITY;
    for point in data.points.iter().filter(|point| point.network == network.name) {
        let x = frame.position(f64::from(point.batch), 1.0).0;
        let letter = missing::reason(&point.outcome).and_then(missing::letter);
        if let Some(letter) = letter.filter(|_| x - last > LETTER_PITCH) {
            last = x;
            let with = TextStyle::new(size::NOTE, GREY).align(Align::Middle);
            plot.text((x, area.top + 5.0), &letter.to_string(), with);
        }
    }
    for (&batch, of) in &cell.published {
        if let Some(position) = frame.position_inside(f64::from(batch), of.value) {
            let tooltip =
                format!("{}: {}", wording::published_label(network, Some(batch)), wording::number(of, grid.unit));
            plot.add_tooltip(Region::Disc(position, RADIUS), tooltip);
        }
    }
    for (other, values) in &cell.others {
        for (&batch, of) in *values {
            if let Some(position) = frame.position_inside(f64::from(batch), of.value) {
                let tooltip =
                    format!("{}, batch {batch}, {}: {}", network.title, other.software, wording::number(of, grid.unit));
                plot.add_tooltip(Region::Disc(position, RADIUS), tooltip);
            }
        }
    }
    for (&batch, of) in &cell.measured {
        let tooltip =
            format!("{}: {}", wording::measured_label(data, network, Some(batch)), wording::number(of, grid.unit));
        plot.add_tooltip(Region::Disc(frame.position(f64::from(batch), of.value), RADIUS), tooltip);
    }
}
