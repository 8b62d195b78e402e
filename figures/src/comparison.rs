//! The comparison of two sets of records: a row for each point with its ratio of times and the interval, by network. Not one of the
//! figures of the study.

use offprint_plot::Error;
use offprint_plot::axis::Axis;
use offprint_plot::canvas::{Align, Canvas, Stroke, TextStyle};
use offprint_plot::font::{Weight, truncated, width};
use offprint_plot::frame::{BELOW, Frame, Labels};
use offprint_plot::marker;
use offprint_plot::notes::{self, Note};
use offprint_plot::number::{grouped, three};
use offprint_plot::rect::{Position, Rect};
use offprint_plot::style::{BLACK, FRAME, Fill, GREY, MarkerStyle, SHADE, Shape, palette, size};
use offprint_plot::tooltip::Region;
use results::Comparison;
use results::compare::{MAX_ROWS, Row, Side, Verdict, text};

use crate::finish::{WATERMARK_TEXT, WIDTH};

/// Usual and minimum distance between rows [pt].
const PITCH: f64 = 11.0;
const MIN_PITCH: f64 = 8.2;
/// All rows fit into this, unless that makes them too low [pt].
const HEIGHT: f64 = 560.0;
/// Between the rows of two networks [pt].
const GAP: f64 = 4.0;
/// Maximum width of a network's name [pt].
const MAX_NAME: f64 = 90.0;
/// Room for batches at the left and for ratios at the right of the frame [pt].
const BATCHES: f64 = 22.0;
const RATIOS: f64 = 34.0;
/// From one line above the frame to the next [pt].
const LEADING: f64 = 12.0;
/// Intervals may extend the axis to this power of the range that the ratios need.
const MAX_EXTENSION: i32 = 2;

/// Checks that a comparison can be drawn.
///
/// # Errors
/// The field that cannot be drawn, and why.
pub fn check(comparison: &Comparison) -> Result<(), String> {
    if comparison.rows.len() > MAX_ROWS {
        return Err(format!("field `rows`: {} rows, and at most {MAX_ROWS} can be drawn", comparison.rows.len()));
    }
    for (index, row) in comparison.rows.iter().enumerate() {
        let ratio = row.ratio;
        let is_ordered = 0.0 < ratio.low && ratio.low <= ratio.value && ratio.value <= ratio.high;
        if !(is_ordered && ratio.high.is_finite()) {
            return Err(format!(
                "field `rows[{index}].ratio`: {} with the interval {} to {} is not a ratio of times",
                ratio.value, ratio.low, ratio.high
            ));
        }
    }
    Ok(())
}

/// The figure as SVG.
///
/// # Errors
/// An error of plotters; there is none when it draws into memory.
pub fn to_svg(comparison: &Comparison) -> Result<String, Error> {
    let nature = if comparison.is_simulated() { " (simulated device, not a measurement)" } else { "" };
    draw(comparison).to_svg(&format!("Times of two sets of records compared{nature}"))
}

/// Ratios on a logarithmic axis with 1 in its middle, intervals as bars, verdicts as marks.
pub fn draw(comparison: &Comparison) -> Canvas {
    let rows = &comparison.rows;
    let groups = rows.chunk_by(|one, other| one.network == other.network);
    let breaks = groups.clone().count().saturating_sub(1) as f64;
    let pitch = ((HEIGHT - GAP * breaks) / rows.len().max(1) as f64).clamp(MIN_PITCH, PITCH);
    let height = pitch * rows.len().max(2) as f64 + GAP * breaks + 6.0;

    let names = rows.iter().map(|row| width(&row.network, size::SMALL, Weight::Regular).min(MAX_NAME));
    let left = names.fold(30.0, f64::max) + BATCHES + 8.0;
    let top = 4.0 * LEADING + 8.0;
    let area = Rect { left, top, right: WIDTH - RATIOS, bottom: top + height };
    let x = Axis::ratios("Time of B over time of A", extent(rows));
    let frame = Frame::new(area, &x, &Axis::bare(), 0.0);
    let mut plot = Canvas::new(WIDTH, area.bottom + BELOW);
    head(&mut plot, comparison, area);
    band(&mut plot, comparison, &frame);
    frame.draw(&mut plot, Labels::Hidden);
    let one = frame.position(1.0, 0.0).0;
    plot.path([(one, area.top), (one, area.bottom)], Stroke { colour: FRAME, width: 1.0 });

    let mut y = area.top + 3.0 + pitch / 2.0;
    for (index, group) in groups.enumerate() {
        if index > 0 {
            let between = y - pitch / 2.0 + GAP / 2.0;
            plot.path([(2.0, between), (area.right, between)], Stroke { colour: FRAME.at(0.5), width: 0.3 });
            y += GAP;
        }
        for (index, row) in group.iter().enumerate() {
            if index == 0 {
                let name = truncated(&row.network, size::SMALL, Weight::Regular, MAX_NAME);
                plot.text((2.0, y), &name, TextStyle::new(size::SMALL, BLACK));
            }
            self::row(&mut plot, row, &frame, y);
            y += pitch;
        }
    }
    notes::with_notes(plot, &notes(comparison), comparison.is_simulated().then_some(WATERMARK_TEXT))
}

/// What A and B are, and the legend of the marks.
fn head(plot: &mut Canvas, comparison: &Comparison, area: Rect) {
    for (index, (name, side)) in [("A", &comparison.a), ("B", &comparison.b)].into_iter().enumerate() {
        let y = 6.0 + LEADING * index as f64;
        plot.text((2.0, y), name, TextStyle::new(size::TEXT, BLACK).bold());
        let text = truncated(&named(side), size::SMALL, Weight::Regular, WIDTH - 16.0);
        plot.text((14.0, y), &text, TextStyle::new(size::SMALL, BLACK));
    }
    let (mut x, y) = (2.0, 8.0 + 2.0 * LEADING);
    for (verdict, count) in Verdict::ALL.into_iter().zip(comparison.overall.verdicts) {
        marker::draw(plot, (x + 4.0, y), style(verdict), marker::RADIUS, 1.0);
        let text = format!("{}: {count}", verdict.words());
        plot.text((x + 11.0, y), &text, TextStyle::new(size::SMALL, BLACK));
        x += 11.0 + width(&text, size::SMALL, Weight::Regular) + 16.0;
    }
    let y = area.top - 6.5;
    let with = TextStyle::new(size::NOTE, GREY);
    plot.text((area.left, y), "\u{2190} B takes less time", with);
    plot.text((area.right, y), "B takes longer \u{2192}", with.align(Align::End));
    plot.text((area.left - 6.0, y), "batch", with.align(Align::End));
    plot.text((WIDTH - 2.0, y), "B/A", with.align(Align::End));
}

/// The name of a set of records with its hardware and protocol.
fn named(side: &Side) -> String {
    let runs = match side.protocol.processes {
        1 => "1 process".to_owned(),
        many => format!("{many} processes"),
    };
    format!("{}: {}, {} per point", side.name, side.device.hardware, runs)
}

/// The band of ratios that count as equivalent.
fn band(plot: &mut Canvas, comparison: &Comparison, frame: &Frame) {
    let bound = 1.0 + comparison.bounds.min_percent / 100.0;
    let area = frame.area;
    let at = |ratio: f64| frame.position(ratio, 0.0).0.clamp(area.left, area.right);
    plot.rectangle((at(1.0 / bound), area.top), (at(bound), area.bottom), SHADE);
}

/// One point: batch, interval, mark, ratio.
fn row(plot: &mut Canvas, row: &Row, frame: &Frame, y: f64) {
    let (area, style) = (frame.area, style(row.verdict));
    plot.text((area.left - 6.0, y), &row.batch.to_string(), TextStyle::new(size::NOTE, BLACK).align(Align::End));
    let line = Stroke { colour: style.colour, width: 0.9 };
    let at = |ratio: f64| frame.position(ratio, 0.0).0;
    let (from, to) = (at(row.ratio.low), at(row.ratio.high));
    let (left, right) = (from.clamp(area.left, area.right), to.clamp(area.left, area.right));
    plot.path([(left, y), (right, y)], line);
    end(plot, (left, y), from < area.left, -1.0, line);
    end(plot, (right, y), to > area.right, 1.0, line);
    let position = (at(row.ratio.value).clamp(area.left, area.right), y);
    marker::draw(plot, position, style, marker::RADIUS, 1.0);
    plot.add_tooltip(Region::Disc(position, marker::RADIUS), tooltip(row));
    let flagged = if row.a.flags.is_empty() && row.b.flags.is_empty() { "" } else { "\u{2020}" };
    let bold = TextStyle::new(size::NOTE, if row.verdict.is_real() { style.colour } else { GREY }).align(Align::End);
    let with = if row.verdict.is_real() { bold.bold() } else { bold };
    plot.text((WIDTH - 6.0, y), &factor(row.ratio.value), with);
    plot.text((WIDTH - 1.0, y), flagged, TextStyle::new(size::NOTE, GREY).align(Align::End));
}

/// A point's ratio with its interval, and the verdict.
fn tooltip(row: &Row) -> String {
    let Row { network, batch, ratio, verdict, .. } = row;
    let [value, low, high] = [ratio.value, ratio.low, ratio.high].map(factor);
    format!("{network}, batch {batch}: B/A {value} [{low}, {high}], {}", verdict.words())
}

/// An interval's end: a cap, or an arrow where the interval continues beyond the frame.
fn end(plot: &mut Canvas, position: Position, continues: bool, direction: f64, line: Stroke) {
    let (x, y) = position;
    if continues {
        plot.path([(x - 3.5 * direction, y - 2.2), (x, y), (x - 3.5 * direction, y + 2.2)], line);
    } else {
        plot.path([(x, y - 1.8), (x, y + 1.8)], line);
    }
}

/// Solid marks are differences and point towards B; open marks are none.
fn style(verdict: Verdict) -> MarkerStyle {
    let (colour, shape, fill) = match verdict {
        Verdict::Slower => (palette::VERMILION, Shape::Right, Fill::Solid),
        Verdict::Faster => (palette::BLUE, Shape::Left, Fill::Solid),
        Verdict::Equivalent => (BLACK, Shape::Diamond, Fill::Open),
        Verdict::Inconclusive => (FRAME, Shape::Circle, Fill::Open),
        Verdict::NotDecided => (FRAME, Shape::Square, Fill::Open),
    };
    MarkerStyle { colour, shape, fill }
}

/// All ratios, and the ends of intervals unless they would squeeze the ratios.
fn extent(rows: &[Row]) -> Vec<f64> {
    let away = |ratio: f64| ratio.max(1.0 / ratio);
    let furthest = rows.iter().map(|row| away(row.ratio.value)).fold(1.1, f64::max);
    let max = furthest.powi(MAX_EXTENSION);
    rows.iter()
        .flat_map(|row| [row.ratio.low, row.ratio.value, row.ratio.high])
        .map(|ratio| away(ratio).min(max))
        .collect()
}

fn factor(ratio: f64) -> String {
    if (0.01..9.995).contains(&ratio) { grouped(ratio, 2) } else { three(ratio) }
}

fn notes(comparison: &Comparison) -> Vec<Note> {
    let (bound, overall) = (comparison.bounds.min_percent, &comparison.overall);
    let known = comparison.rows.iter().filter(|row| row.over_sessions).count();
    let bars = match comparison.rows.len() - known {
        0 => "Bars are 95\u{a0}% intervals over sessions.",
        _ => "Bars are intervals without what varies between sessions.",
    };
    let bound = grouped(bound, usize::from(bound.fract() != 0.0));
    let ratio = overall.ratio;
    let median = |ratio: f64| if (0.1..9.9995).contains(&ratio) { grouped(ratio, 3) } else { three(ratio) };
    let rows = comparison.rows.iter();
    let flagged = rows.filter(|row| !row.a.flags.is_empty() || !row.b.flags.is_empty()).count();
    let flagged = (flagged > 0)
        .then(|| format!(" \u{2020} Flagged on either side: {flagged} of {} points.", comparison.rows.len()));
    let same = (overall.same > 0).then(|| {
        format!(
            " {} of {} points have the same samples on both sides: one measurement.",
            overall.same,
            comparison.rows.len()
        )
    });
    let plain = format!(
        "{bars} Solid marks are real differences: the bar excludes 1, and the mark lies outside the grey band of {bound}\u{a0}% \
         around 1. Median of all ratios: {} [{},\u{a0}{}].{}{}",
        median(ratio.value),
        median(ratio.low),
        median(ratio.high),
        flagged.unwrap_or_default(),
        same.unwrap_or_default()
    );
    text::unknown_sessions(comparison).map(Note::Warning).into_iter().chain([Note::Plain(plain)]).collect()
}
