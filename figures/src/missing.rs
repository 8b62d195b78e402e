//! Sentences on points without a number, with the reason. A missing number is explained and never drawn.

use offprint_plot::number::{grouped, three};
use results::{Outcome, Point, PowerEstimate};

use crate::figure_data::FigureData;
use crate::listing;

/// Maximum number of groups of points that a sentence names; the others are counted.
const MAX_GROUPS: usize = 6;

/// Why points of `batches` were not measured, one sentence for each reason.
pub fn sentences(data: &FigureData, batches: impl Fn(u32) -> bool) -> Vec<String> {
    let requested = || data.points.iter().filter(|point| batches(point.batch));
    let of = |why: &'static str| sentence(data, requested().filter(|point| reason(&point.outcome) == Some(why)), why);
    REASONS.into_iter().filter_map(of).collect()
}

/// Explains the letters at points without a number.
pub fn letters(data: &FigureData) -> Option<String> {
    let ended = |why: &str| data.points.iter().any(|point| reason(&point.outcome) == Some(why));
    let meant = LETTERS.iter().filter(|(_, why)| ended(why)).map(|(letter, why)| format!("{letter} {why}"));
    let meant: Vec<String> = meant.collect();
    (!meant.is_empty()).then(|| format!("Letters at points without a number: {}.", meant.join(", ")))
}

/// The reasons, in the order of the notes.
const REASONS: [&str; 5] = [
    "out of memory",
    "out of time",
    "numbers refused",
    "not tried, since a smaller batch failed",
    "skipped for lack of time",
];

/// The letter of each reason, for points with no room for text.
pub const LETTERS: [(char, &str); 5] =
    [('M', REASONS[0]), ('T', REASONS[1]), ('R', REASONS[2]), ('I', REASONS[3]), ('S', REASONS[4])];

/// The letter of a reason.
pub fn letter(why: &str) -> Option<char> {
    LETTERS.iter().find(|(_, reason)| *reason == why).map(|(letter, _)| *letter)
}

/// Why there is no number, one of [`REASONS`]; `None` for a measured point.
pub fn reason(outcome: &Outcome) -> Option<&'static str> {
    let [memory, time, refused, implied, skipped] = REASONS;
    match outcome {
        Outcome::Measured => None,
        Outcome::OutOfMemory { .. } => Some(memory),
        Outcome::OutOfTime { .. } => Some(time),
        Outcome::Refused { .. } => Some(refused),
        Outcome::Implied { .. } => Some(implied),
        Outcome::Skipped { .. } => Some(skipped),
    }
}

/// Whether a figure that shows this point explains why it has no number.
pub fn is_explained(point: &Point) -> bool {
    point.outcome != Outcome::Measured
}

/// Which measured points of `batches` have no memory reading.
pub fn without_memory(data: &FigureData, batches: impl Fn(u32) -> bool) -> Option<String> {
    let known = |point: &Point| point.memory.is_some_and(|memory| memory.net.0 > 0);
    sentence(data, measured(data).filter(|point| batches(point.batch) && !known(point)), "no memory reading")
}

/// Whether power is known at the points of `batches`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PowerState {
    /// The text inside the frame if no point has a number.
    pub message: Option<String>,
    /// Notes below the plot.
    pub notes: Vec<String>,
}

/// The reasons why power is unknown, and idle power if power is known.
pub fn power(data: &FigureData, batches: impl Fn(u32) -> bool) -> PowerState {
    let points: Vec<&Point> = measured(data).filter(|point| batches(point.batch)).collect();
    let state = |wanted: fn(&PowerEstimate) -> bool| points.iter().copied().filter(move |point| wanted(&point.power));
    let no_sensor = || state(|power| matches!(power, PowerEstimate::NoSensor));
    let locked = || state(|power| matches!(power, PowerEstimate::NotReadable { .. }));
    let small = || state(|power| matches!(power, PowerEstimate::BelowResolution { .. }));
    let mut notes: Vec<String> = remedies(&points);
    if let Some(idle) = idle_power(&points) {
        notes.push(idle);
        notes.extend(sentence(data, no_sensor(), "no power reading"));
        notes.extend(sentence(data, locked(), "the power sensor could not be read"));
        notes.extend(sentence(data, small(), "net power is below the sensor's resolution"));
        for (reason, points) in reasons(&points) {
            notes.extend(sentence(data, points.into_iter(), &format!("no power, {reason}")));
        }
        return PowerState { message: None, notes };
    }
    let resolution = points.iter().find_map(|point| match point.power {
        PowerEstimate::BelowResolution { resolution } => Some(resolution),
        _ => None,
    });
    let message = match resolution {
        _ if points.is_empty() => "no point was measured".to_owned(),
        Some(watts) => format!("net power is below the sensor's resolution of {} W", three(watts)),
        None if locked().next().is_some() => "the power sensor of this machine could not be read".to_owned(),
        None => match reasons(&points).first() {
            Some((reason, _)) => format!("no power: {reason}"),
            None => "no power sensor on this machine".to_owned(),
        },
    };
    PowerState { message: Some(message), notes }
}

/// Why sensors gave no number although they could be read, each reason once with its points.
fn reasons<'a>(points: &[&'a Point]) -> Vec<(String, Vec<&'a Point>)> {
    let mut reasons: Vec<(String, Vec<&Point>)> = Vec::new();
    for point in points {
        if let PowerEstimate::Unusable { reason } | PowerEstimate::NotChosen { reason } = &point.power {
            match reasons.iter_mut().find(|(known, _)| known == reason) {
                Some((_, points)) => points.push(point),
                None => reasons.push((reason.clone(), vec![point])),
            }
        }
    }
    reasons
}

/// What to do about sensors that could not be read, each once.
fn remedies(points: &[&Point]) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for point in points {
        if let PowerEstimate::NotReadable { remedy } = &point.power {
            let note = format!("To read the power sensor: {}", remedy.trim_end_matches('.')) + ".";
            if !seen.contains(&note) {
                seen.push(note);
            }
        }
    }
    seen
}

/// Idle power and its sensor, if the power of any point is known.
fn idle_power(points: &[&Point]) -> Option<String> {
    let mut range: Option<(f64, f64)> = None;
    let mut sources: Vec<&str> = Vec::new();
    for point in points {
        if let PowerEstimate::Measured { idle, source, .. } = &point.power {
            range = Some(range.map_or((*idle, *idle), |(low, high)| (low.min(*idle), high.max(*idle))));
            if !sources.contains(&source.as_str()) {
                sources.push(source);
            }
        }
    }
    let (low, high) = range.map(|(low, high)| (grouped(low, 2), grouped(high, 2)))?;
    let watts = if low == high { low } else { format!("{low} to {high}") };
    Some(format!("Net power: load minus idle. Idle: {watts} W. Sensor: {}.", sources.join("; ")))
}

fn measured(data: &FigureData) -> impl Iterator<Item = &Point> {
    data.points.iter().filter(|point| point.outcome == Outcome::Measured)
}

/// `VGG-16, VGG-19 at batches 32, 64; ResNet-152 at batch 64: out of memory.`
fn sentence<'a>(data: &FigureData, points: impl Iterator<Item = &'a Point>, why: &str) -> Option<String> {
    listing::of_points(data, points, MAX_GROUPS).map(|points| format!("{points}: {why}."))
}
