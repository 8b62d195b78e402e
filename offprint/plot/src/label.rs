//! Labels of points: next to their points and not overlapping, with a thin leader line where a label had to move away.

use crate::canvas::{Align, Canvas, Stroke, TextStyle, text_box};
use crate::font::{Weight, truncated};
use crate::lines::Segment;
use crate::rect::{Position, Rect, cross, distance};
use crate::style::{BLACK, Colour, FRAME, GREY, WHITE, size};

/// Distance of a label from the edge of its disc (pt).
const NEAR: f64 = 2.0;
/// Gap between two labels in one line (pt).
const BLANK: f64 = 4.0;
/// Minimum distance of a label with a leader (pt).
const FAR: f64 = 6.0;
/// Step between the distances that are tried in all directions (pt), and their number.
const STRIDE: f64 = 5.0;
const RINGS: u32 = 5;
/// Number of directions tried at each of these distances.
const DIRECTIONS: u32 = 16;
/// Farther away, candidates are on a grid over the area with this spacing (pt).
const GRID: (f64, f64) = (9.0, 9.5);
/// Cost per point of distance, and cost of a leader.
const EFFORT: f64 = 0.8;
const LEADER: f64 = 4.0;
/// Cost of covering another label, which is allowed during the search but not in the result.
const COVERED: f64 = 400.0;
/// Number of moves tried per label, and the temperatures of the first and last of them.
const MOVES: usize = 2000;
const HOT: f64 = 80.0;
const COLD: f64 = 0.5;

/// A point and the text of its label.
#[derive(Clone, Debug)]
pub struct Label {
    /// The text.
    pub text: String,
    /// The point.
    pub at: Position,
    /// Radius of its disc (pt).
    pub radius: f64,
}

/// Minimum distance of a label from the centre of a disc; also the maximum size of a marker (pt).
const CORE: f64 = 3.8;

impl Label {
    /// Maximum width of a label (pt).
    const MAX_WIDTH: f64 = 110.0;

    /// The name of a point, truncated if it is too long.
    pub fn new(name: &str, at: Position, radius: f64) -> Self {
        Self { text: truncated(name, size::SMALL, Weight::Regular, Self::MAX_WIDTH), at, radius }
    }
}

/// Shapes that labels must not cover, or avoid at a cost.
#[derive(Clone, Debug, Default)]
pub struct Obstacles {
    /// Discs and markers. Markers and the middles of discs are never covered.
    pub discs: Vec<(Position, f64)>,
    /// Straight lines.
    pub lines: Vec<Segment>,
    /// Boxes of existing text, which are never covered.
    pub boxes: Vec<Rect>,
}

/// The position of a label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placed {
    /// The middle of the text.
    pub position: Position,
    /// The box of the text.
    pub rect: Rect,
    /// The leader from the point to a distant label.
    pub leader: Option<Segment>,
    /// A box around both, with a margin. Labels whose extents do not overlap do not affect each other.
    extent: Rect,
}

/// The style of labels.
pub fn text_style() -> TextStyle {
    TextStyle::new(size::SMALL, BLACK).align(Align::Middle)
}

/// Draws a label with its leader. Lines behind it are faded.
pub fn draw(canvas: &mut Canvas, text: &str, placed: Placed, colour: Colour) {
    if let Some((from, to)) = placed.leader {
        canvas.path([from, to], Stroke { colour: FRAME, width: 0.45 });
    }
    canvas.rectangle((placed.rect.left, placed.rect.top), (placed.rect.right, placed.rect.bottom), WHITE.at(0.6));
    canvas.text(placed.position, text, TextStyle { colour, ..text_style() });
}

/// Writes a text at a free position on a line of the area, and returns its box; none when no position is free.
pub fn on_line(canvas: &mut Canvas, area: Rect, line: Segment, text: &str, obstacles: &Obstacles) -> Option<Rect> {
    /// Tried positions, as shares of the line from its beginning.
    const SHARES: [f64; 12] = [0.95, 0.9, 0.85, 0.8, 0.1, 0.15, 0.2, 0.7, 0.6, 0.3, 0.4, 0.5];
    if text.is_empty() {
        return None;
    }
    let with = TextStyle::new(size::NOTE, GREY).align(Align::Middle);
    let (from, to) = area.clip(line.0, line.1)?;
    let position = |share: f64| (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1));
    let free = |position: &Position| {
        let rect = text_box(*position, text, with).grown(1.0);
        area.grown(-1.0).covers(&rect)
            && !obstacles.boxes.iter().any(|other| other.overlaps(&rect))
            && !obstacles.lines.iter().any(|(from, to)| rect.clip(*from, *to).is_some())
            && !obstacles.discs.iter().any(|(centre, radius)| rect.meets_disc(*centre, *radius))
    };
    let position = SHARES.map(position).into_iter().find(free)?;
    let rect = text_box(position, text, with);
    canvas.rectangle((rect.left - 1.0, rect.top), (rect.right + 1.0, rect.bottom), WHITE);
    canvas.text(position, text, with);
    Some(rect)
}

/// A position inside `area` for each label; none where there is no room.
pub fn arrange(labels: &[Label], area: Rect, obstacles: &Obstacles) -> Vec<Option<Placed>> {
    // The candidates of each label, with their costs regardless of other labels, from best to worst.
    let choices = |label: &Label| {
        let mut choices: Vec<(f64, Placed)> = candidates(label, area)
            .filter(|(_, placed)| is_free(placed, area, obstacles))
            .map(|(effort, placed)| (effort + cost_of_marks(&placed, label, obstacles), placed))
            .collect();
        choices.sort_by(|a, b| a.0.total_cmp(&b.0));
        choices
    };
    let choices: Vec<Vec<(f64, Placed)>> = labels.iter().map(choices).collect();
    let mut placed = anneal(&choices);
    // Remove labels that still cover another one.
    for index in (0..placed.len()).rev() {
        let covers =
            placed.get(index).copied().flatten().is_some_and(|one| cost_among(&one, index, &placed) >= COVERED);
        if let (true, Some(slot)) = (covers, placed.get_mut(index)) {
            *slot = None;
        }
    }
    placed
}

/// Simulated annealing from the best position of each label. Christensen, Marks and Shieber (1995) found it better than
/// every greedy method.
fn anneal(choices: &[Vec<(f64, Placed)>]) -> Vec<Option<Placed>> {
    let mut current: Vec<Option<(f64, Placed)>> = choices.iter().map(|choices| choices.first().copied()).collect();
    let mut placed: Vec<Option<Placed>> = current.iter().map(|choice| choice.map(|(_, placed)| placed)).collect();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let moves = MOVES * choices.len();
    let cooling = libm::log(COLD / HOT);
    for step in 0..moves {
        // The last tenth accepts only improvements.
        let share = step as f64 / moves as f64 / 0.9;
        let heat = if share < 1.0 { HOT * libm::exp(cooling * share) } else { 0.0 };
        let index = dice.below(choices.len());
        let Some(of_label) = choices.get(index) else { continue };
        // Good positions are tried more often.
        let tried = of_label.get(dice.below(of_label.len()).min(dice.below(of_label.len())));
        let (Some(tried), Some(Some(now))) = (tried, current.get(index).copied()) else { continue };
        let total = |choice: &(f64, Placed)| choice.0 + cost_among(&choice.1, index, &placed);
        let worse = total(tried) - total(&now);
        let taken = worse < 0.0 || (heat > 0.0 && dice.share() < libm::exp(-worse / heat));
        if let (true, Some(slot), Some(position)) = (taken, current.get_mut(index), placed.get_mut(index)) {
            (*slot, *position) = (Some(*tried), Some(tried.1));
        }
    }
    placed
}

/// Reproducible random numbers (xorshift64*, Vigna 2016), so that a figure is the same on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33
    }

    /// A number from 0 to below 1.
    fn share(&mut self) -> f64 {
        self.next() as f64 / f64::from(1_u32 << 31)
    }

    /// A number from 0 to below `count`; 0 when `count` is 0.
    fn below(&mut self, count: usize) -> usize {
        (self.share() * count as f64) as usize
    }
}

/// The cost of a position of the label at `index`, given the positions of the others.
fn cost_among(candidate: &Placed, index: usize, placed: &[Option<Placed>]) -> f64 {
    let others = placed.iter().enumerate().filter(|&(other, _)| other != index);
    others.filter_map(|(_, other)| other.as_ref()).map(|other| cost_of_pair(candidate, other)).sum()
}

fn cost_of_pair(one: &Placed, other: &Placed) -> f64 {
    if !one.extent.overlaps(&other.extent) {
        return 0.0;
    }
    let passes =
        |leader: Option<Segment>, rect: Rect| leader.is_some_and(|(from, to)| rect.grown(0.5).clip(from, to).is_some());
    // Two labels in one line need a gap between them.
    let roomy = Rect { left: one.rect.left - BLANK, right: one.rect.right + BLANK, ..one.rect.grown(0.5) };
    if roomy.overlaps(&other.rect) || passes(one.leader, other.rect) || passes(other.leader, one.rect) {
        return COVERED;
    }
    if one.leader.zip(other.leader).is_some_and(|(a, b)| cross(a, b)) { 40.0 } else { 0.0 }
}

/// Candidates for a label, each with its distance from the point.
fn candidates(label: &Label, area: Rect) -> impl Iterator<Item = (f64, Placed)> {
    let near = (0..RINGS).flat_map(move |ring| (0..DIRECTIONS).map(move |direction| around(label, ring, direction)));
    let (columns, rows) = ((area.width() / GRID.0) as u32, (area.height() / GRID.1) as u32);
    let far = (0..columns.min(200)).flat_map(move |column| {
        (0..rows.min(200)).map(move |row| {
            let middle = (area.left + GRID.0 * f64::from(column), area.top + GRID.1 * f64::from(row));
            let placed = at(label, middle);
            (1.0 + EFFORT * distance(placed.rect.nearest(label.at), label.at), placed)
        })
    });
    near.chain(far)
}

/// A candidate next to the disc, in one direction.
fn around(label: &Label, ring: u32, direction: u32) -> (f64, Placed) {
    let angle = std::f64::consts::TAU * f64::from(direction) / f64::from(DIRECTIONS);
    let (across, down) = (libm::cos(angle), -libm::sin(angle));
    let bare = text_box((0.0, 0.0), &label.text, text_style());
    let away = label.radius + NEAR + STRIDE * f64::from(ring);
    // The nearer a direction is to an axis, the more of the text is beyond the point along that axis.
    let shift = |part: f64| (part * 1.6).clamp(-1.0, 1.0);
    let middle = (
        label.at.0 + across * away + shift(across) * bare.width() / 2.0,
        label.at.1 + down * away + shift(down) * bare.height() / 2.0,
    );
    // Right, left, above and below, then between.
    let preference = match direction {
        0 => 0.0,
        8 => 0.6,
        4 | 12 => 1.2,
        _ => 1.0 + 0.2 * f64::from(direction % 4),
    };
    (preference + EFFORT * STRIDE * f64::from(ring), at(label, middle))
}

fn at(label: &Label, middle: Position) -> Placed {
    let bare = text_box((0.0, 0.0), &label.text, text_style());
    // The middle of a text is that of its capitals, a little above the middle of its box.
    let position = (middle.0, middle.1 - (bare.top + bare.bottom) / 2.0);
    let rect = text_box(position, &label.text, text_style());
    let end = rect.nearest(label.at);
    let leader = (distance(end, label.at) - label.radius > FAR).then_some((label.at, end));
    let far = leader.map_or(end, |(from, _)| from);
    let extent = Rect {
        left: rect.left.min(far.0),
        top: rect.top.min(far.1),
        right: rect.right.max(far.0),
        bottom: rect.bottom.max(far.1),
    };
    Placed { position, rect, leader, extent: extent.grown(BLANK) }
}

/// Whether a label is inside the area and covers no text or marker.
fn is_free(placed: &Placed, area: Rect, obstacles: &Obstacles) -> bool {
    let roomy = placed.rect.grown(1.0);
    area.grown(-1.5).covers(&placed.rect)
        && !obstacles.boxes.iter().any(|other| other.overlaps(&roomy))
        && !obstacles.discs.iter().any(|(centre, radius)| placed.rect.meets_disc(*centre, radius.min(CORE)))
}

fn cost_of_marks(candidate: &Placed, label: &Label, obstacles: &Obstacles) -> f64 {
    let Placed { rect, leader, .. } = *candidate;
    let mut cost = if leader.is_some() { LEADER } else { 0.0 };
    for &(centre, radius) in &obstacles.discs {
        let own = distance(centre, label.at) < 0.5;
        if rect.meets_disc(centre, radius) {
            cost += if own { 14.0 } else { 30.0 };
        }
        if !own && leader.is_some_and(|(from, to)| passes(from, to, centre)) {
            cost += 50.0;
        }
    }
    cost + 8.0 * obstacles.lines.iter().filter(|(from, to)| rect.clip(*from, *to).is_some()).count() as f64
}

/// Whether a line passes through the centre of another disc.
fn passes(from: Position, to: Position, centre: Position) -> bool {
    const DOT: f64 = 1.5;
    let (left, top) = (centre.0 - DOT, centre.1 - DOT);
    Rect { left, top, right: left + 2.0 * DOT, bottom: top + 2.0 * DOT }.clip(from, to).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Rect = Rect { left: 0.0, top: 0.0, right: 200.0, bottom: 150.0 };

    fn label(index: usize, at: Position) -> Label {
        Label { text: format!("Algorithm-{index}"), at, radius: 3.0 }
    }

    #[test]
    fn a_single_label_is_right_of_its_point() {
        let placed = arrange(&[label(1, (50.0, 50.0))], AREA, &Obstacles::default());
        let placed = placed[0].expect("there is room");
        assert!((placed.rect.left - 55.0).abs() < 1e-9 && placed.leader.is_none());
    }

    #[test]
    fn labels_of_points_in_a_corner_do_not_overlap() {
        let labels: Vec<Label> = (0..14)
            .map(|index| label(index, (5.0 + (index * 7 % 10) as f64, 145.0 - (index * 3 % 10) as f64)))
            .collect();
        let discs = labels.iter().map(|label| (label.at, label.radius)).collect();
        let placed = arrange(&labels, AREA, &Obstacles { discs, ..Obstacles::default() });
        let boxes: Vec<Rect> = placed.iter().flatten().map(|placed| placed.rect).collect();
        assert_eq!(boxes.len(), 14);
        for (index, one) in boxes.iter().enumerate() {
            assert!(AREA.covers(one) && boxes[index + 1..].iter().all(|other| !one.overlaps(other)));
        }
    }

    #[test]
    fn no_label_covers_a_marker() {
        let points: Vec<Position> = (0..40).map(|i| (f64::from(i * 37 % 200), f64::from(i * 53 % 150))).collect();
        let labels: Vec<Label> = points.iter().enumerate().map(|(index, at)| label(index, *at)).collect();
        let discs: Vec<(Position, f64)> = points.iter().map(|at| (*at, 3.0)).collect();
        let placed = arrange(&labels, AREA, &Obstacles { discs: discs.clone(), ..Obstacles::default() });
        assert!(placed.iter().flatten().count() > 10);
        for placed in placed.iter().flatten() {
            assert!(!discs.iter().any(|(at, radius)| placed.rect.meets_disc(*at, *radius)), "{placed:?}");
        }
    }

    #[test]
    fn a_label_without_room_is_skipped() {
        let area = Rect { right: 20.0, ..AREA };
        assert_eq!(arrange(&[label(1, (10.0, 50.0))], area, &Obstacles::default()), [None]);
    }
}
