//! Where the names of points stand: beside them, clear of each other, with a thin line where a name had to move away.
//! Knows no axis and no data.

use crate::canvas::{Align, Type, text_box};
use crate::font::{Weight, shortened};
use crate::rect::{Place, Rect, cross, distance};
use crate::style::{BLACK, size};

/// From a disc's edge to its name [pt].
const NEAR: f64 = 2.0;
/// Between two names in one line [pt].
const BLANK: f64 = 4.0;
/// A name farther away than this has a line to its point [pt].
const FAR: f64 = 6.0;
/// From one distance that is tried in all directions to the next, and how many are [pt].
const STRIDE: f64 = 5.0;
const RINGS: u32 = 5;
/// Directions that are tried at each of these distances.
const DIRECTIONS: u32 = 16;
/// Farther away, places lie on a grid over the area [pt].
const GRID: (f64, f64) = (9.0, 9.5);
/// Cost of each point of distance, and of a line at all.
const EFFORT: f64 = 0.8;
const LEADER: f64 = 4.0;
/// Cost of covering another name: borne while places are sought, never in the end.
const COVERED: f64 = 400.0;
/// Moves that are tried for each name, and the costs that are put up with in the first and in the last of them.
const MOVES: usize = 2000;
const HOT: f64 = 80.0;
const COLD: f64 = 0.5;

/// A point that wants its name beside it.
#[derive(Clone, Debug)]
pub struct Label {
    /// The name.
    pub text: String,
    /// The point.
    pub at: Place,
    /// Radius of its disc [pt].
    pub radius: f64,
}

/// A disc stays free so far from its centre; a mark is no larger [pt].
const CORE: f64 = 3.8;

impl Label {
    /// No name takes more than this [pt].
    const WIDEST: f64 = 110.0;

    /// The name of a point, shortened where it is too long.
    pub fn new(name: &str, at: Place, radius: f64) -> Self {
        Self { text: shortened(name, size::SMALL, Weight::Regular, Self::WIDEST), at, radius }
    }
}

/// What names do not cover, or had better not.
#[derive(Clone, Debug, Default)]
pub struct Obstacles {
    /// Discs and marks; marks, and the middles of discs, stay free.
    pub discs: Vec<(Place, f64)>,
    /// Straight lines.
    pub lines: Vec<(Place, Place)>,
    /// Texts that are there already; they stay free.
    pub boxes: Vec<Rect>,
}

/// Where a name stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placed {
    /// The middle of the text, which is aligned there.
    pub place: Place,
    /// The box it fills.
    pub rect: Rect,
    /// From the point to the name, where that is far.
    pub leader: Option<(Place, Place)>,
    /// Holds both and a blank around them; what it does not meet need not be looked at closely.
    reach: Rect,
}

/// How names are set.
pub fn type_of_labels() -> Type {
    Type::new(size::SMALL, BLACK).align(Align::Middle)
}

/// A place inside `area` for each label, or none where there is no room left.
pub fn arrange(labels: &[Label], area: Rect, obstacles: &Obstacles) -> Vec<Option<Placed>> {
    // Where each name may stand and what that costs whatever the other names do, from the best to the worst.
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
    // What still covers another name has to go.
    for index in (0..placed.len()).rev() {
        let covers =
            placed.get(index).copied().flatten().is_some_and(|one| cost_among(&one, index, &placed) >= COVERED);
        if let (true, Some(slot)) = (covers, placed.get_mut(index)) {
            *slot = None;
        }
    }
    placed
}

/// Starts with the best place of each name and moves names about, at first also to worse places, then less and less
/// (Christensen, Marks and Shieber, 1995, found this to beat every greedy way).
fn anneal(choices: &[Vec<(f64, Placed)>]) -> Vec<Option<Placed>> {
    let mut current: Vec<Option<(f64, Placed)>> = choices.iter().map(|choices| choices.first().copied()).collect();
    let mut placed: Vec<Option<Placed>> = current.iter().map(|choice| choice.map(|(_, placed)| placed)).collect();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let moves = MOVES * choices.len();
    let cooling = libm::log(COLD / HOT);
    for step in 0..moves {
        // The last tenth takes only what is better.
        let share = step as f64 / moves as f64 / 0.9;
        let heat = if share < 1.0 { HOT * libm::exp(cooling * share) } else { 0.0 };
        let index = dice.below(choices.len());
        let Some(of_name) = choices.get(index) else { continue };
        // Good places are tried more often than bad ones.
        let tried = of_name.get(dice.below(of_name.len()).min(dice.below(of_name.len())));
        let (Some(tried), Some(Some(now))) = (tried, current.get(index).copied()) else { continue };
        let total = |choice: &(f64, Placed)| choice.0 + cost_among(&choice.1, index, &placed);
        let worse = total(tried) - total(&now);
        let taken = worse < 0.0 || (heat > 0.0 && dice.share() < libm::exp(-worse / heat));
        if let (true, Some(slot), Some(place)) = (taken, current.get_mut(index), placed.get_mut(index)) {
            (*slot, *place) = (Some(*tried), Some(tried.1));
        }
    }
    placed
}

/// The same numbers every time (xorshift64*, Vigna 2016): a figure is drawn alike on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33
    }

    /// From 0 to below 1.
    fn share(&mut self) -> f64 {
        self.next() as f64 / f64::from(1_u32 << 31)
    }

    /// From 0 to below `count`; 0 when there is none.
    fn below(&mut self, count: usize) -> usize {
        (self.share() * count as f64) as usize
    }
}

/// What a place of the name at `index` costs beside the places of the others.
fn cost_among(candidate: &Placed, index: usize, placed: &[Option<Placed>]) -> f64 {
    let others = placed.iter().enumerate().filter(|&(other, _)| other != index);
    others.filter_map(|(_, other)| other.as_ref()).map(|other| cost_of_pair(candidate, other)).sum()
}

fn cost_of_pair(one: &Placed, other: &Placed) -> f64 {
    if !one.reach.overlaps(&other.reach) {
        return 0.0;
    }
    let passes = |leader: Option<(Place, Place)>, rect: Rect| {
        leader.is_some_and(|(from, to)| rect.grown(0.5).clip(from, to).is_some())
    };
    // Two names in one line need a blank between them.
    let roomy = Rect { left: one.rect.left - BLANK, right: one.rect.right + BLANK, ..one.rect.grown(0.5) };
    if roomy.overlaps(&other.rect) || passes(one.leader, other.rect) || passes(other.leader, one.rect) {
        return COVERED;
    }
    if one.leader.zip(other.leader).is_some_and(|(a, b)| cross(a, b)) { 40.0 } else { 0.0 }
}

/// Places for a name, and how far the eye has to go for each.
fn candidates(label: &Label, area: Rect) -> impl Iterator<Item = (f64, Placed)> {
    let near = (0..RINGS).flat_map(move |ring| (0..DIRECTIONS).map(move |direction| beside(label, ring, direction)));
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

/// Beside the disc, in one of the directions.
fn beside(label: &Label, ring: u32, direction: u32) -> (f64, Placed) {
    let angle = std::f64::consts::TAU * f64::from(direction) / f64::from(DIRECTIONS);
    let (across, down) = (libm::cos(angle), -libm::sin(angle));
    let bare = text_box((0.0, 0.0), &label.text, type_of_labels());
    let away = label.radius + NEAR + STRIDE * f64::from(ring);
    // The nearer a direction is to an axis, the more of the text lies beyond the point on that axis.
    let reach = |part: f64| (part * 1.6).clamp(-1.0, 1.0);
    let middle = (
        label.at.0 + across * away + reach(across) * bare.width() / 2.0,
        label.at.1 + down * away + reach(down) * bare.height() / 2.0,
    );
    // Right, left, above and below, then between.
    let taste = match direction {
        0 => 0.0,
        8 => 0.6,
        4 | 12 => 1.2,
        _ => 1.0 + 0.2 * f64::from(direction % 4),
    };
    (taste + EFFORT * STRIDE * f64::from(ring), at(label, middle))
}

fn at(label: &Label, middle: Place) -> Placed {
    let bare = text_box((0.0, 0.0), &label.text, type_of_labels());
    // A text's middle is that of its capitals, a little above the middle of its box.
    let place = (middle.0, middle.1 - (bare.top + bare.bottom) / 2.0);
    let rect = text_box(place, &label.text, type_of_labels());
    let end = rect.nearest(label.at);
    let leader = (distance(end, label.at) - label.radius > FAR).then_some((label.at, end));
    let far = leader.map_or(end, |(from, _)| from);
    let reach = Rect {
        left: rect.left.min(far.0),
        top: rect.top.min(far.1),
        right: rect.right.max(far.0),
        bottom: rect.bottom.max(far.1),
    };
    Placed { place, rect, leader, reach: reach.grown(BLANK) }
}

/// Whether a name stands inside the area, and on no other text and on no mark.
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

/// Whether a line runs through the centre of another disc.
fn passes(from: Place, to: Place, centre: Place) -> bool {
    const DOT: f64 = 1.5;
    let (left, top) = (centre.0 - DOT, centre.1 - DOT);
    Rect { left, top, right: left + 2.0 * DOT, bottom: top + 2.0 * DOT }.clip(from, to).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Rect = Rect { left: 0.0, top: 0.0, right: 200.0, bottom: 150.0 };

    fn label(index: usize, at: Place) -> Label {
        Label { text: format!("Network-{index}"), at, radius: 3.0 }
    }

    #[test]
    fn a_lone_name_stands_right_beside_its_point() {
        let placed = arrange(&[label(1, (50.0, 50.0))], AREA, &Obstacles::default());
        let placed = placed[0].expect("there is room");
        assert!((placed.rect.left - 55.0).abs() < 1e-9 && placed.leader.is_none());
    }

    #[test]
    fn names_of_points_in_a_corner_do_not_overlap() {
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
    fn no_name_stands_on_a_mark() {
        let marks: Vec<Place> = (0..40).map(|i| (f64::from(i * 37 % 200), f64::from(i * 53 % 150))).collect();
        let labels: Vec<Label> = marks.iter().enumerate().map(|(index, at)| label(index, *at)).collect();
        let discs: Vec<(Place, f64)> = marks.iter().map(|at| (*at, 3.0)).collect();
        let placed = arrange(&labels, AREA, &Obstacles { discs: discs.clone(), ..Obstacles::default() });
        assert!(placed.iter().flatten().count() > 10);
        for placed in placed.iter().flatten() {
            assert!(!discs.iter().any(|(at, radius)| placed.rect.meets_disc(*at, *radius)), "{placed:?}");
        }
    }

    #[test]
    fn a_name_without_room_is_left_out() {
        let area = Rect { right: 20.0, ..AREA };
        assert_eq!(arrange(&[label(1, (10.0, 50.0))], area, &Obstacles::default()), [None]);
    }
}
