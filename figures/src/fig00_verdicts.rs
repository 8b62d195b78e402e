//! Figure 0: the verdicts as a forest plot: the deciding number of each test with its range and bound, here, on other machines and by the
//! values of 2016.

use offprint_plot::canvas::{Align, Canvas, Stroke, TextStyle};
use offprint_plot::font::{Weight, truncated, width, wrap};
use offprint_plot::marker;
use offprint_plot::number::grouped;
use offprint_plot::rect::Rect;
use offprint_plot::style::{BLACK, Colour, FRAME, Fill, GREY, MarkerStyle, SHADE, Shape, palette, size};
use offprint_plot::tooltip::Region;
use results::Origin;
use results::verdicts::{Basis, Finding, Judged, Limits, Margin, Number, Test, Verdict};

use crate::figure::Figure;
use crate::figure_data::{FigureData, PUBLISHED_NAME};
use crate::finish::{WIDTH, absent, finish_with};
use crate::machine_styles::machine_styles;
use crate::outdated;

/// Height of a row, and of the line that heads a group [pt].
const ROW: f64 = 20.0;
const HEAD: f64 = 14.0;
/// Distance from a row's middle to its two lines of text, and to the marks of this machine and of 2016 [pt].
const OFF: f64 = 4.8;
/// Right end of titles and of batches, the panel, the beginning of verdicts and numbers, right end of the values of 2016 [pt].
const TITLES: f64 = 98.0;
const BATCHES: f64 = 119.0;
const PANEL: (f64, f64) = (125.0, 237.0);
const VERDICTS: f64 = 243.0;
const NUMBERS: f64 = 287.0;
const PUBLISHED: f64 = WIDTH - 2.0;
/// Room for a number, and for a value of 2016 [pt].
const NUMBER: f64 = 122.0;
/// From one line of text to the next [pt].
const LEADING: f64 = 9.6;
/// Bars reach at most this many times as far as the farthest mark; longer ones end in an arrow.
const MAX_EXTENSION: f64 = 2.5;

/// See the module.
pub const FIGURE: Figure = Figure {
    number: 0,
    title: "Verdicts",
    caption: "Every test of the original's claims: the deciding number and its bound, the vertical line. To the right of the bound, the claim holds. \
              Each row has its own linear scale. Bars are ranges; the section of each claim says what they cover.",
    data: &["claims.json"],
    origin: Origin::New,
    optional: None,
    draw,
};

/// One row per test; those based on measurements come first.
fn draw(data: &FigureData) -> Canvas {
    if data.claims.is_empty() {
        return absent(data, "no claim was tested", &[]);
    }
    let of = |basis: Basis| data.claims.iter().filter(move |claim| claim.basis == basis);
    let groups = [
        ("Measured", of(Basis::Measured).collect::<Vec<_>>()),
        ("Counts and accuracies: no machine changes these", of(Basis::Counted).collect()),
    ];
    let mut plot = Canvas::new(WIDTH, 0.0);
    let mut y = legend(&mut plot, data);
    for (title, claims) in groups.iter().filter(|(_, claims)| !claims.is_empty()) {
        heads(&mut plot, y + HEAD / 2.0, title);
        y += HEAD;
        for claim in claims {
            y = block(&mut plot, data, claim, y);
        }
        y += 4.0;
    }
    plot.height = y;
    let outdated = outdated::of(data, |point| point.time.is_some());
    finish_with(data, plot, outdated, &[])
}

/// The legend of the marks; returns its lower end.
fn legend(plot: &mut Canvas, data: &FigureData) -> f64 {
    let own_style = MarkerStyle { colour: BLACK, shape: Shape::Circle, fill: Fill::Solid };
    let others = data.machines.iter().zip(machine_styles());
    let others = others.map(|(machine, style)| (style, machine.name.clone()));
    let entries = [(own_style, "this machine".to_owned())].into_iter().chain(others);
    let (mut x, mut y) = (2.0, 6.0);
    for (style, text) in entries.chain([(published_style(), PUBLISHED_NAME.to_owned())]) {
        let text = truncated(&text, size::SMALL, Weight::Regular, WIDTH - 20.0);
        let wide = 12.0 + width(&text, size::SMALL, Weight::Regular);
        if x + wide > WIDTH {
            (x, y) = (2.0, y + 11.0);
        }
        marker::draw(plot, (x + 4.0, y), style, marker::RADIUS, 1.0);
        plot.text((x + 11.0, y), &text, TextStyle::new(size::SMALL, BLACK));
        x += wide + 14.0;
    }
    y + 9.0
}

fn published_style() -> MarkerStyle {
    MarkerStyle { colour: GREY, shape: Shape::Cross, fill: Fill::Solid }
}

/// The line above a group: its title and the heads of its columns.
fn heads(plot: &mut Canvas, y: f64, title: &str) {
    let with = TextStyle::new(size::NOTE, GREY);
    plot.text((2.0, y), title, TextStyle::new(size::SMALL, BLACK).bold());
    if width(title, size::SMALL, Weight::Bold) < BATCHES - 30.0 {
        plot.text((BATCHES, y), "batch", with.align(Align::End));
        plot.text((PANEL.0, y), "\u{2190} fails", with);
        plot.text((PANEL.1, y), "holds \u{2192}", with.align(Align::End));
        plot.text((VERDICTS, y), "here", with);
        plot.text((NUMBERS, y), "number and bound", with);
        plot.text((PUBLISHED, y), "2016", with.align(Align::End));
    }
}

/// A claim with a row for each of its tests; returns its lower end.
fn block(plot: &mut Canvas, data: &FigureData, claim: &Judged, top: f64) -> f64 {
    plot.path([(2.0, top), (WIDTH - 2.0, top)], Stroke { colour: FRAME.at(0.6), width: 0.4 });
    let rows = claim.tests.len().max(1);
    let bottom = top + ROW * rows as f64;
    let title = format!("{} {}", claim.id, claim.title);
    let mut lines = wrap(&title, size::SMALL, Weight::Regular, TITLES - 2.0);
    let room = (2 * rows).min(lines.len());
    if room < lines.len() {
        let overflow = lines.split_off(room - 1).join(" ");
        lines.push(truncated(&overflow, size::SMALL, Weight::Regular, TITLES - 2.0));
    }
    for (index, line) in lines.iter().enumerate() {
        plot.text((2.0, top + ROW / 2.0 - OFF + LEADING * index as f64), line, TextStyle::new(size::SMALL, BLACK));
    }
    for (index, test) in claim.tests.iter().enumerate() {
        row(plot, data, claim, test, top + ROW * (index as f64 + 0.5));
    }
    bottom
}

/// The number of that quantity, preferably the deciding one.
fn number<'a>(verdict: &'a Verdict, quantity: &str) -> Option<&'a Number> {
    let of = |number: &&Number| number.quantity == quantity;
    verdict.number.as_ref().filter(of).or_else(|| verdict.numbers.iter().find(of))
}

/// How far a value lies inside its limits, in its unit; negative outside.
fn inside(limits: Limits, value: f64) -> Option<f64> {
    let above = limits.low.map(|low| value - low);
    let below = limits.high.map(|high| high - value);
    above.into_iter().chain(below).reduce(f64::min)
}

/// A mark of a row: how far inside its limits value and range lie.
struct Mark<'a> {
    machine: String,
    style: MarkerStyle,
    off: f64,
    verdict: &'a Verdict,
    number: &'a Number,
    at: f64,
    range: Option<(f64, f64)>,
}

impl<'a> Mark<'a> {
    fn of(machine: String, style: MarkerStyle, off: f64, verdict: &'a Verdict, quantity: &str) -> Option<Self> {
        let number = number(verdict, quantity)?;
        let limits = number.limits?;
        let at = inside(limits, number.value).filter(|at| at.is_finite())?;
        let range = number.interval.and_then(|range| {
            let (low, high) = (inside(limits, range.low)?, inside(limits, range.high)?);
            // Between two limits the middle lies farthest inside.
            let middle = limits.low.zip(limits.high).map(|(low, high)| f64::midpoint(low, high));
            let middle = middle.filter(|middle| (range.low..=range.high).contains(middle));
            let max = middle.and_then(|middle| inside(limits, middle)).unwrap_or(low.max(high));
            (low.is_finite() && high.is_finite()).then_some((low.min(high), max.max(at)))
        });
        Some(Self { machine, style, off, verdict, number, at, range })
    }
}

fn row(plot: &mut Canvas, data: &FigureData, claim: &Judged, test: &Test, y: f64) {
    let with = TextStyle::new(size::SMALL, BLACK);
    let batch = test.batch.map(|batch| batch.to_string()).unwrap_or_default();
    plot.text((BATCHES, y - OFF), &batch, with.align(Align::End));
    let area = Rect { left: PANEL.0, right: PANEL.1, top: y - ROW / 2.0 + 1.0, bottom: y + ROW / 2.0 - 1.0 };
    let middle = f64::midpoint(area.left, area.right);
    plot.rectangle((area.left, area.top), (middle, area.bottom), SHADE);
    plot.path([(middle, area.top - 1.0), (middle, area.bottom + 1.0)], Stroke { colour: FRAME, width: 0.9 });

    let decided = test.here.number.as_ref().or(test.published.number.as_ref());
    let decided = decided.or_else(|| test.elsewhere.iter().find_map(|other| other.verdict.number.as_ref()));
    if let Some(decided) = decided {
        let quantity = decided.quantity.as_str();
        let own_style = MarkerStyle { colour: BLACK, shape: Shape::Circle, fill: Fill::Solid };
        let here = Mark::of("here".to_owned(), own_style, -OFF, &test.here, quantity);
        let others = test.elsewhere.iter().filter_map(|other| {
            let style = data.machines.iter().zip(machine_styles()).find(|(machine, _)| machine.name == other.machine);
            let style = style.map_or(own_style.open_if(true), |(_, style)| style);
            Mark::of(other.machine.clone(), style, 0.0, &other.verdict, quantity)
        });
        let published = Mark::of("2016".to_owned(), published_style(), OFF, &test.published, quantity);
        let marks: Vec<Mark<'_>> = published.into_iter().chain(others).chain(here).collect();
        draw_marks(plot, claim, test, area, y, &marks);
    }
    write_result(plot, &test.here, y);
    if let Some(published) = decided.and_then(|decided| number(&test.published, &decided.quantity)) {
        plot.text((PUBLISHED, y - OFF), &value(published), with.align(Align::End));
    }
    let style = TextStyle::new(size::NOTE, colour(&test.published.finding)).align(Align::End);
    plot.text((PUBLISHED, y + OFF), test.published.finding.word(), style);
}

/// Draws the marks on the scale of a row: the bound in the middle, the farthest mark at one end.
fn draw_marks(plot: &mut Canvas, claim: &Judged, test: &Test, area: Rect, y: f64, marks: &[Mark<'_>]) {
    let farthest = marks.iter().map(|mark| mark.at.abs()).fold(0.0, f64::max);
    let ends = marks.iter().filter_map(|mark| mark.range).map(|(low, high)| low.abs().max(high.abs()));
    let scale = farthest.max(ends.fold(0.0, f64::max).min(MAX_EXTENSION * farthest));
    let (middle, half) = (f64::midpoint(area.left, area.right), area.width() / 2.0 - 5.0);
    let at = |inside: f64| middle + half * if scale > 0.0 { (inside / scale).clamp(-1.05, 1.05) } else { 0.0 };
    for mark in marks {
        let y = y + mark.off;
        let line = Stroke { colour: mark.style.colour, width: 1.0 };
        if let Some((low, high)) = mark.range {
            let (from, to) = (at(low), at(high));
            plot.path([(from, y), (to, y)], line);
            for (x, inside, direction) in [(from, low, 1.0), (to, high, -1.0)] {
                if inside.abs() > 1.05 * scale {
                    plot.path([(x + 3.0 * direction, y - 2.0), (x, y), (x + 3.0 * direction, y + 2.0)], line);
                }
            }
        }
        let position = (at(mark.at), y);
        marker::draw(plot, position, mark.style, 0.9 * marker::RADIUS, 1.0);
        let batch = test.batch.map(|batch| format!(" at batch {batch}")).unwrap_or_default();
        let bound = mark.number.bound.as_ref().map(|bound| format!("; bound: {bound}")).unwrap_or_default();
        let tooltip =
            format!("{}{batch}, {}: {}; {}{bound}", claim.id, mark.machine, finding(mark.verdict), mark.number.text);
        plot.add_tooltip(Region::Disc(position, marker::RADIUS), tooltip);
    }
}

/// Writes the verdict here, its number with its range, and the bound.
fn write_result(plot: &mut Canvas, verdict: &Verdict, y: f64) {
    let (first, second) = (y - OFF, y + OFF);
    let note = TextStyle::new(size::NOTE, GREY);
    let style = TextStyle::new(size::SMALL, colour(&verdict.finding));
    plot.text(
        (VERDICTS, first),
        verdict.finding.word(),
        if verdict.finding.is_decided() { style.bold() } else { style },
    );
    if verdict.margin == Margin::Marginal {
        plot.text((VERDICTS, second), "marginally", note);
    }
    let room = NUMBER;
    if let Finding::NotTested { reason } = &verdict.finding {
        let mut lines = wrap(reason, size::NOTE, Weight::Regular, room).into_iter();
        plot.text((NUMBERS, first), &lines.next().unwrap_or_default(), note);
        let others: Vec<String> = lines.collect();
        plot.text((NUMBERS, second), &truncated(&others.join(" "), size::NOTE, Weight::Regular, room), note);
        return;
    }
    let Some(number) = &verdict.number else { return };
    let range = number.interval.map(|range| {
        let [low, high] = [range.low, range.high].map(|end| grouped(end, number.decimals));
        format!(" [{low}, {high}]")
    });
    let with = TextStyle::new(size::SMALL, BLACK);
    let text = value(number) + &range.unwrap_or_default();
    plot.text((NUMBERS, first), &truncated(&text, size::SMALL, Weight::Regular, room), with);
    let bound = number.limits.map(|limits| bound(limits, number)).unwrap_or_default();
    let left = room - width(&bound, size::NOTE, Weight::Regular);
    let text = truncated(&number.quantity, size::NOTE, Weight::Regular, left) + &bound;
    plot.text((NUMBERS, second), &text, note);
}

/// ` ≥ 0.80`, ` ≤ 20 %`, ` in −12 to 12 %`.
fn bound(limits: Limits, of: &Number) -> String {
    let with = |end: f64| value(&Number { value: end, ..of.clone() });
    match (limits.low, limits.high) {
        (Some(low), Some(high)) => format!(" in {} to {}", grouped(low, of.decimals), with(high)),
        (Some(low), None) => format!(" \u{2265} {}", with(low)),
        (None, Some(high)) => format!(" \u{2264} {}", with(high)),
        (None, None) => String::new(),
    }
}

fn value(number: &Number) -> String {
    let space = if number.unit.is_empty() { "" } else { "\u{a0}" };
    format!("{}{space}{}", grouped(number.value, number.decimals), number.unit)
}

fn finding(verdict: &Verdict) -> String {
    let marginally = if verdict.margin == Margin::Marginal { " marginally" } else { "" };
    format!("{}{marginally}", verdict.finding.word())
}

fn colour(finding: &Finding) -> Colour {
    match finding {
        Finding::Holds => palette::BLUE,
        Finding::Fails => palette::VERMILION,
        Finding::NotTested { .. } => GREY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_lies_as_far_inside_as_its_nearest_limit() {
        assert_eq!(inside(Limits::at_least(0.8), 0.73).map(|at| (at * 100.0).round()), Some(-7.0));
        assert_eq!(inside(Limits::at_most(20.0), 31.0), Some(-11.0));
        assert_eq!(inside(Limits::between(-10.0, 10.0), 7.0), Some(3.0));
        assert_eq!(inside(Limits { low: None, high: None }, 1.0), None);
    }
}
