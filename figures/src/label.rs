//! Where the names of points stand: beside them, clear of each other, with a thin line where a name had to move away.
//! Knows no axis and no data.

use crate::canvas::{Align, Type, text_box};
use crate::rect::{Place, Rect, cross, distance};
use crate::style::{BLACK, size};

/// From a disc's edge to its name [pt].
const NEAR: f64 = 2.0;
/// A name farther away than this has a line to its point [pt].
const FAR: f64 = 6.0;
/// From one distance that is tried in all directions to the next, and how many are [pt].
const STRIDE: f64 = 5.0;
const RINGS: u32 = 5;
/// Directions that are tried at each of these distances.
const DIRECTIONS: u32 = 16;
/// Farther away, places lie on a grid over the area [pt].
const GRID: (f64, f64) = (9.0, 9.5);
/// Names are placed one after the other, and then each once more with the others in place, this often.
const PASSES: usize = 8;
/// Tried one after the other until all names of crowded points have a place [pt].
const CLEARANCES: [f64; 5] = [0.0, 15.0, 30.0, 55.0, 80.0];
/// A point is crowded by those nearer than this [pt].
const CROWD: f64 = 25.0;
/// Cost of each point of distance.
const EFFORT: f64 = 0.55;
/// Cost of covering another name: borne while places are sought, never in the end.
const COVERED: f64 = 3000.0;

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

/// What names had better not cover.
#[derive(Clone, Debug, Default)]
pub struct Obstacles {
    /// Discs and marks; their centres stay free.
    pub discs: Vec<(Place, f64)>,
    /// Faint discs.
    pub faint: Vec<(Place, f64)>,
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
}

/// How names are set.
pub fn type_of_labels() -> Type {
    Type::new(size::SMALL, BLACK).align(Align::Middle)
}

/// A place inside `area` for each label, or none where there is no room left.
pub fn arrange(labels: &[Label], area: Rect, obstacles: &Obstacles) -> Vec<Option<Placed>> {
    let mut best: Option<(usize, f64, Vec<Option<Placed>>)> = None;
    for clearance in CLEARANCES {
        let choices = choices(labels, area, obstacles, clearance);
        for order in orders(labels) {
            let (unplaced, cost, placed) = search(&choices, &order);
            if best.as_ref().is_none_or(|best| (unplaced, cost) < (best.0, best.1)) {
                best = Some((unplaced, cost, placed));
            }
        }
        if best.as_ref().is_some_and(|best| best.0 == 0) {
            break;
        }
    }
    best.map(|(_, _, placed)| placed).unwrap_or_default()
}

/// Where each name may stand, and what that costs whatever the other names do. Names of crowded points keep the
/// clearance: next to the crowd the first of them would wall in the others.
fn choices(labels: &[Label], area: Rect, obstacles: &Obstacles, clearance: f64) -> Vec<Vec<(f64, Placed)>> {
    let crowded = |label: &Label| labels.iter().filter(|other| distance(other.at, label.at) < CROWD).count() > 3;
    let of_label = |label: &Label| {
        let least = if crowded(label) { clearance } else { 0.0 };
        candidates(label, area)
            .filter(|(_, placed)| distance(placed.rect.nearest(label.at), label.at) >= least)
            .filter(|(_, placed)| is_free(placed, area, obstacles))
            .map(|(effort, placed)| (effort + cost_of_marks(&placed, label, obstacles), placed))
            .collect()
    };
    labels.iter().map(of_label).collect()
}

/// Orders in which names are placed: which one comes first decides in which arrangement the search ends.
fn orders(labels: &[Label]) -> [Vec<usize>; 5] {
    let by = |value: &dyn Fn(&Label) -> f64| {
        let mut order: Vec<(f64, usize)> = labels.iter().enumerate().map(|(i, label)| (value(label), i)).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        order.into_iter().map(|(_, index)| index).collect()
    };
    [by(&|_| 0.0), by(&|label| label.at.0), by(&|label| -label.at.0), by(&|label| label.at.1), by(&|label| -label.at.1)]
}

/// Places each name where it costs least among the others, over and over. Returns how many find no place, what all
/// others cost, and the places.
fn search(choices: &[Vec<(f64, Placed)>], order: &[usize]) -> (usize, f64, Vec<Option<Placed>>) {
    let mut placed: Vec<Option<Placed>> = vec![None; choices.len()];
    let mut costs = vec![0.0; choices.len()];
    for _ in 0..PASSES {
        let before = placed.clone();
        for &index in order {
            let others = without(&placed, index);
            let total = |choice: &(f64, Placed)| choice.0 + cost_of_names(&choice.1, &others);
            let best = choices.get(index).into_iter().flatten().map(|choice| (total(choice), choice.1));
            let best = best.min_by(|a, b| a.0.total_cmp(&b.0));
            if let (Some(slot), Some(cost)) = (placed.get_mut(index), costs.get_mut(index)) {
                *cost = best.map_or(0.0, |(cost, _)| cost);
                *slot = best.map(|(_, placed)| placed);
            }
        }
        if placed == before {
            break;
        }
    }
    // What covers another name in the end has to go.
    for &index in order.iter().rev() {
        let others = without(&placed, index);
        if let (Some(slot), Some(cost)) = (placed.get_mut(index), costs.get_mut(index)) {
            *slot = slot.filter(|placed| cost_of_names(placed, &others) < COVERED);
            if slot.is_none() {
                *cost = 0.0;
            }
        }
    }
    (placed.iter().filter(|placed| placed.is_none()).count(), costs.iter().sum(), placed)
}

fn without(placed: &[Option<Placed>], index: usize) -> Vec<Placed> {
    placed.iter().enumerate().filter(|&(other, _)| other != index).filter_map(|(_, placed)| *placed).collect()
}

/// Places for a name, and how far the eye has to go for each.
fn candidates(label: &Label, area: Rect) -> impl Iterator<Item = (f64, Placed)> {
    let near = (0..RINGS).flat_map(move |ring| (0..DIRECTIONS).map(move |direction| beside(label, ring, direction)));
    let (columns, rows) = ((area.width() / GRID.0) as u32, (area.height() / GRID.1) as u32);
    let far = (0..columns.min(200)).flat_map(move |column| {
        (0..rows.min(200)).map(move |row| {
            let middle = (area.left + GRID.0 * f64::from(column), area.top + GRID.1 * f64::from(row));
            let placed = at(label, middle);
            (3.0 + EFFORT * distance(placed.rect.nearest(label.at), label.at), placed)
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
    Placed { place, rect, leader }
}

/// Whether a name stands inside the area and on no other text.
fn is_free(placed: &Placed, area: Rect, obstacles: &Obstacles) -> bool {
    let roomy = placed.rect.grown(1.0);
    area.grown(-1.5).covers(&placed.rect) && !obstacles.boxes.iter().any(|other| other.overlaps(&roomy))
}

fn cost_of_names(candidate: &Placed, others: &[Placed]) -> f64 {
    let Placed { rect, leader, .. } = *candidate;
    let roomy = rect.grown(0.8);
    let mut cost = 0.0;
    for other in others {
        let covered = other.rect.overlaps(&roomy)
            || leader.is_some_and(|(from, to)| other.rect.grown(0.5).clip(from, to).is_some())
            || other.leader.is_some_and(|(from, to)| rect.grown(0.5).clip(from, to).is_some());
        if covered {
            cost += COVERED;
        } else if leader.zip(other.leader).is_some_and(|(a, b)| cross(a, b)) {
            cost += 60.0;
        }
    }
    cost
}

fn cost_of_marks(candidate: &Placed, label: &Label, obstacles: &Obstacles) -> f64 {
    let Placed { rect, leader, .. } = *candidate;
    let mut cost = 0.0;
    for &(centre, radius) in &obstacles.discs {
        let own = distance(centre, label.at) < 0.5;
        if rect.meets_disc(centre, 2.0) {
            cost += 400.0;
        } else if rect.meets_disc(centre, radius) {
            cost += if own { 14.0 } else { 30.0 };
        }
        if !own && leader.is_some_and(|(from, to)| passes(from, to, centre)) {
            cost += 50.0;
        }
    }
    cost += 3.0 * obstacles.faint.iter().filter(|(centre, radius)| rect.meets_disc(*centre, *radius)).count() as f64;
    cost + 5.0 * obstacles.lines.iter().filter(|(from, to)| rect.clip(*from, *to).is_some()).count() as f64
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
    fn a_name_without_room_is_left_out() {
        let area = Rect { right: 20.0, ..AREA };
        assert_eq!(arrange(&[label(1, (10.0, 50.0))], area, &Obstacles::default()), [None]);
    }
}
