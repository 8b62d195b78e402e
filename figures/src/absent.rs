//! Points that were asked for and have no number, as small marks in a strip above a plot over the batch: whose they are, and a letter for
//! the reason. What they mean in full is said below the plot. Knows no quantity.

use std::collections::{BTreeMap, BTreeSet};

use crate::canvas::{Align, Canvas, Type};
use crate::frame::Frame;
use crate::marker;
use crate::missing;
use crate::study::{Network, Study};
use crate::style::{GREY, size};

/// From one row of marks to the next [pt].
const LEADING: f64 = 9.0;
/// Marks side by side, and from one to the next [pt].
const COLUMNS: usize = 3;
const ACROSS: f64 = 13.0;
/// Radius of a mark [pt].
const RADIUS: f64 = 0.85 * marker::RADIUS;

/// The marks by batch.
pub struct Absent<'a> {
    by_batch: BTreeMap<u32, Vec<(&'a Network, char)>>,
}

impl<'a> Absent<'a> {
    /// Of the points of a study that ended without a number.
    pub fn of(study: &'a Study) -> Self {
        let mut by_batch: BTreeMap<u32, Vec<(&Network, char)>> = BTreeMap::new();
        for point in &study.points {
            let letter = missing::words(&point.outcome).and_then(missing::letter);
            let network = study.networks.iter().find(|network| network.name == point.network);
            if let Some(mark) = network.zip(letter) {
                by_batch.entry(point.batch).or_default().push(mark);
            }
        }
        Self { by_batch }
    }

    /// Height of the strip [pt]; nothing where no point is missing.
    pub fn height(&self) -> f64 {
        let most = self.by_batch.values().map(Vec::len).max().unwrap_or(0);
        LEADING * most.div_ceil(COLUMNS) as f64
    }

    /// Draws the strip above the frame, over the ticks of the batches.
    pub fn draw(&self, plot: &mut Canvas, frame: &Frame) {
        let bottom = frame.area.top - 0.5 * LEADING - 1.0;
        let with = Type::new(size::NOTE, GREY);
        for (&batch, marks) in &self.by_batch {
            let x = frame.place(f64::from(batch), 1.0).0;
            for (row, marks) in marks.chunks(COLUMNS).enumerate() {
                let first = x - ACROSS * (marks.len() as f64 - 1.0) / 2.0;
                for (column, (network, letter)) in marks.iter().enumerate() {
                    let at = (first + ACROSS * column as f64 - 3.0, bottom - LEADING * row as f64);
                    marker::draw(plot, at, network.look, RADIUS, 1.0);
                    plot.text((at.0 + 3.5, at.1), &letter.to_string(), with.align(Align::Start));
                }
            }
        }
    }

    /// What the letters mean, those that occur.
    pub fn note(&self) -> Option<String> {
        let letters: BTreeSet<char> = self.by_batch.values().flatten().map(|(_, letter)| *letter).collect();
        let meant = missing::LETTERS.iter().filter(|(letter, _)| letters.contains(letter));
        let words: Vec<String> = meant.map(|(letter, why)| format!("{letter} {why}")).collect();
        (!words.is_empty()).then(|| format!("Above the frame, points without a number: {}.", words.join(", ")))
    }
}
