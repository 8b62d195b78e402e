//! The data from which the page's script chooses the most accurate network within limits: the rows of [`results::choose`] for every
//! machine. The script follows the same rule. Independent of HTML.

use offprint_typeset::page::markup::clean;
use results::Published;
use results::choose::limit::Quantity;
use results::choose::{Choice, Known, Row};
use serde::Serialize;

use super::machines::Machine;
use super::titles::Titles;
use crate::number::{three, with_unit};

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
    /// Top-1 accuracy [%]; a network without one is never chosen.
    top1: Option<f64>,
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
        let text = format!("{}{range}", with_unit(&value, unit));
        let finite = |end: f64| end.is_finite().then_some(end);
        Some(Amount { value: of.value, low: finite(of.low), high: finite(of.high), text })
    });
    Candidate {
        network: clean(&row.network),
        title: clean(titles.of(&row.network)),
        batch: row.batch,
        top1: row.top1.as_ref().map(|top1| top1.percent.value),
        known,
    }
}
