//! The data from which the page's script chooses the most accurate network within limits: the rows of [`results::choose`] for every
//! machine. The script follows the same rule. Independent of HTML.

use offprint_typeset::page::markup::clean;
use results::choose::limit::Quantity;
use results::choose::{Choice, Known, Row};
use results::measured_accuracy::Top1;
use results::{Estimate, Published};
use serde::Serialize;

use super::machines::Machine;
use super::titles::Titles;
use crate::number::{fixed, three, with_unit};

/// All candidates.
#[derive(Serialize)]
struct Data<'a> {
    quantities: [Limited; 4],
    machines: Vec<Candidates<'a>>,
}

/// A quantity that can be limited.
#[derive(Serialize)]
struct Limited {
    name: &'static str,
    /// The unit of limits, and its size in the SI unit.
    unit: &'static str,
    factor: f64,
}

/// The points of a machine that have a time, the most accurate first.
#[derive(Serialize)]
struct Candidates<'a> {
    key: &'a str,
    rows: Vec<Candidate>,
}

#[derive(Serialize)]
struct Candidate {
    network: String,
    title: String,
    batch: u32,
    /// Top-1 accuracy [%]; a network without one is never chosen. Its text says whether it was measured or cited.
    top1: Option<Amount>,
    /// By quantity, in SI units; `None` if unknown.
    known: [Option<Amount>; 4],
}

#[derive(Serialize)]
struct Amount {
    value: f64,
    /// `None` without a lower end, or without an upper one.
    low: Option<f64>,
    high: Option<f64>,
    /// As printed, with its unit.
    text: String,
}

/// The data as JSON for a script element.
pub fn data(machines: &[Machine<'_>], published: &Published, titles: &Titles<'_>) -> Result<String, String> {
    let quantities = Quantity::ALL.map(|quantity| {
        let (unit, factor) = quantity.shown_in();
        Limited { name: quantity.words(), unit, factor }
    });
    let candidates = |machine: &'_ Machine<'_>| {
        let choice = Choice::of(&machine.estimates, published, &[], &[]);
        choice.rows.iter().map(|row| candidate(row, titles)).collect()
    };
    let machines = machines.iter().map(|machine| Candidates { key: &machine.key, rows: candidates(machine) });
    let data = Data { quantities, machines: machines.collect() };
    let text = serde_json::to_string(&data).map_err(|error| error.to_string())?;
    // `<` could end the element.
    Ok(text.replace('<', "\\u003c"))
}

fn candidate(row: &Row, titles: &Titles<'_>) -> Candidate {
    let known = Quantity::ALL.map(|quantity| {
        let Known::Value(of) = &row.known[quantity as usize] else { return None };
        let (unit, factor) = quantity.shown_in();
        let [value, low, high] = [of.value, of.low, of.high].map(|value| three(value / factor));
        let range = match (low == high, of.high.is_finite()) {
            (true, _) => String::new(),
            (_, true) => format!(" ({low} to {high})"),
            (_, false) => " (one sample, no interval)".to_owned(),
        };
        Some(Amount::of(*of, format!("{}{range}", with_unit(&value, unit))))
    });
    Candidate {
        network: clean(&row.network),
        title: clean(titles.of(&row.network)),
        batch: row.batch,
        top1: row.top1.as_ref().map(accuracy),
        known,
    }
}

/// A top-1 accuracy: its interval, and whether it was measured and on which pictures, or cited.
fn accuracy(top1: &Top1) -> Amount {
    let Estimate { value, low, high } = top1.percent;
    let range = format!(" ({} to {}), ", fixed(low, 1), fixed(high, 1));
    let source = if top1.is_measured { clean(&top1.source) } else { "cited".to_owned() };
    Amount::of(top1.percent, with_unit(&fixed(value, 2), "%") + &range + &source)
}

impl Amount {
    fn of(estimate: Estimate, text: String) -> Self {
        let finite = |end: f64| end.is_finite().then_some(end);
        Self { value: estimate.value, low: finite(estimate.low), high: finite(estimate.high), text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accuracy_has_its_interval_and_says_whether_it_was_measured() {
        let text = |is_measured, source: &str| {
            let percent = Estimate { value: 30.8, low: 25.53, high: 36.62 };
            accuracy(&Top1 { percent, source: source.to_owned(), is_measured }).text
        };
        let measured = text(true, "measured on 263 pictures of photo\u{202e}graphs");
        assert_eq!(measured, "30.80\u{202f}% (25.5 to 36.6), measured on 263 pictures of photo\u{fffd}graphs");
        assert_eq!(text(false, "an evaluation"), "30.80\u{202f}% (25.5 to 36.6), cited");
    }
}
