//! A choice as text for a terminal: the table, the choice, what may fit too, and what is unknown. Independent of terminals.

use std::collections::BTreeMap;

use super::limit::{Limit, Quantity};
use super::{Choice, Chosen, Fits, Known, Row};
use crate::estimates::Estimate;
use crate::measured_accuracy::{CITED_IMAGES, MEASURED};
use crate::page::{FLAGGED, OUTDATED, Page, clean, mark};

/// Marks an accuracy whose interval overlaps that of the chosen network.
const CLOSE: char = '~';

/// The complete text.
pub fn text(choice: &Choice) -> String {
    let mut text = Page::new();
    text.wrapped("Measured on: ", &choice.device);
    if choice.simulated {
        text.wrapped("", "SIMULATED DEVICE, NOT A MEASUREMENT: these numbers are from a model of a device.");
    }
    let limits: Vec<String> = choice.limits.iter().map(limit).collect();
    text.wrapped("Limits: ", &limits.join(", "));
    text.blank();
    table(&mut text, choice);
    text.blank();
    chosen(&mut text, choice);
    marks(&mut text, choice);
    unknown(&mut text, choice);
    text.into_text()
}

/// `time per image at most 30 ms`.
fn limit(limit: &Limit) -> String {
    format!("{} at most {}", limit.quantity.words(), amount(limit.quantity, limit.max))
}

/// A value in the unit in which it is shown.
fn amount(quantity: Quantity, value: f64) -> String {
    let (unit, factor) = quantity.shown_in();
    format!("{} {unit}", three(value / factor))
}

/// With three significant digits.
fn three(value: f64) -> String {
    match value.abs() {
        0.0..0.01 => format!("{value:.4}"),
        0.01..0.995 => format!("{value:.3}"),
        0.995..9.95 => format!("{value:.2}"),
        9.95..99.5 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

fn table(text: &mut Page, choice: &Choice) {
    let titles = Quantity::ALL.map(|quantity| {
        let name = match quantity {
            Quantity::Time => "time",
            Quantity::Memory => "memory",
            Quantity::Power => "power",
            Quantity::Energy => "energy",
        };
        format!("{:>12} ", format!("{name} [{}]", quantity.shown_in().0))
    });
    text.line(&format!("  {:<18}{:>5}  {:>9}  {}  fits", "network", "batch", "top-1 [%]", titles.concat()));
    for row in &choice.rows {
        let cells = Quantity::ALL.map(|quantity| {
            let value = row.value(quantity).map(|value| three(value.value / quantity.shown_in().1));
            let mark = choice.limits.iter().find(|limit| limit.quantity == quantity);
            let mark = mark.map_or(' ', |limit| match super::fits(&row.known[quantity as usize], limit) {
                Fits::Surely => ' ',
                Fits::Perhaps | Fits::Unknown => '?',
                Fits::No => '!',
            });
            format!("{:>12}{mark}", value.unwrap_or_else(|| "-".to_owned()))
        });
        let fits = match row.fits {
            Fits::Surely => "yes",
            Fits::Perhaps => "perhaps",
            Fits::Unknown => "unknown",
            Fits::No => "no",
        };
        let optimal = if choice.is_pareto_optimal(row) { '*' } else { ' ' };
        let top1 = row.top1.as_ref().map_or_else(
            || "- ".to_owned(),
            |top1| format!("{:.1}{}", top1.percent.value, if top1.is_measured { MEASURED } else { ' ' }),
        );
        let name: String = clean(&row.network).chars().take(18).collect();
        let mark = mark(!row.flags.is_empty(), row.outdated);
        let close = if is_close(row, choice) { CLOSE } else { ' ' };
        text.line(&format!("{optimal} {name:<18}{:>5}{mark} {top1:>10}{close}{}  {fits}", row.batch, cells.concat()));
    }
}

/// Whether the interval of the row's accuracy overlaps that of the chosen network.
fn is_close(row: &Row, choice: &Choice) -> bool {
    matches!(choice.chosen(), Chosen::One { row: chosen, .. } if row.overlaps(chosen))
}

fn chosen(text: &mut Page, choice: &Choice) {
    match choice.chosen() {
        Chosen::One { row: chosen, perhaps, close } => {
            text.wrapped("Chosen: ", &described(chosen, choice));
            for row in close {
                text.wrapped("Perhaps as accurate, and within: ", &described(row, choice));
            }
            for row in perhaps {
                let more = if row.overlaps(chosen) { "Perhaps more" } else { "More" };
                text.wrapped(&format!("{more} accurate, and perhaps within: "), &described(row, choice));
            }
        }
        Chosen::Perhaps(rows) => {
            text.wrapped("", "No network is surely within these limits.");
            for row in rows {
                text.wrapped("Perhaps within: ", &described(row, choice));
            }
        }
        Chosen::Nothing(closest) => {
            let is_unknown = choice.rows.iter().any(|row| row.fits == Fits::Unknown);
            let sentence = match is_unknown && closest.is_none() {
                true => "No network can be chosen: the limited quantity is unknown.",
                false => "No network is within these limits.",
            };
            text.wrapped("", sentence);
            if let Some((row, factor)) = closest {
                text.wrapped(
                    "Closest: ",
                    &format!("{}. That is {} times a limit.", described(row, choice), three(factor)),
                );
            }
        }
    }
}

/// Network, accuracy with its source, and each limited quantity with its interval.
fn described(row: &Row, choice: &Choice) -> String {
    let top1 = row.top1.as_ref().map_or_else(
        || "accuracy unknown".to_owned(),
        |top1| {
            let Estimate { value, low, high } = top1.percent;
            format!("top-1 {value:.1}\u{a0}% (95\u{a0}%: {low:.1} to {high:.1}; {})", clean(&top1.described()))
        },
    );
    let limited = choice.limits.iter().filter_map(|limit| {
        let quantity = limit.quantity;
        let value = row.value(quantity)?;
        let (unit, factor) = quantity.shown_in();
        let [middle, low, high] = [value.value, value.low, value.high].map(|value| three(value / factor));
        Some(match low == high {
            true => format!("{} {middle} {unit}", quantity.words()),
            false if value.high.is_infinite() => {
                format!("{} {middle} {unit} (one sample, no interval)", quantity.words())
            }
            false => format!("{} {middle} {unit} (95\u{a0}%: {low} to {high})", quantity.words()),
        })
    });
    let limited: Vec<String> = limited.collect();
    format!("{} at batch {}, {top1}; {}", clean(&row.network), row.batch, limited.join(", "))
}

fn marks(text: &mut Page, choice: &Choice) {
    text.blank();
    text.wrapped(
        "* ",
        "Pareto-optimal by values, whatever their intervals: no other row is at least as good in accuracy and every \
         limited quantity, and better in one",
    );
    let any = |wanted: fn(&&Row) -> bool| choice.rows.iter().any(|row| wanted(&row));
    let is_measured = |row: &Row| row.top1.as_ref().is_some_and(|top1| top1.is_measured);
    let measured = choice.rows.iter().filter(|row| is_measured(row)).count();
    if measured > 0 {
        let others = choice.rows.iter().any(|row| row.top1.is_some() && !is_measured(row));
        let others = if others { "; the others are cited, of other weights and pictures" } else { "" };
        text.wrapped(&format!("{MEASURED} "), &format!("measured accuracy{others}"));
    }
    if choice.rows.iter().any(|row| is_close(row, choice)) {
        let meaning =
            "the interval of the accuracy overlaps that of the chosen network, so either may be the more accurate";
        let cited = format!("a cited accuracy has the interval of a share of {CITED_IMAGES} pictures");
        text.wrapped(&format!("{CLOSE} "), &format!("{meaning}; {cited}"));
    }
    if any(|row| row.fits == Fits::No) {
        text.wrapped("! ", "beyond the limit");
    }
    if any(|row| row.fits == Fits::Perhaps) {
        text.wrapped(
            "? ",
            "the limit is within the interval of the measurement, or one sample gives none; more samples \
             (--protocol paper) narrow it",
        );
    }
    let flagged = choice.rows.iter().filter(|row| !row.flags.is_empty());
    let kinds: std::collections::BTreeSet<&str> =
        flagged.flat_map(|row| &row.flags).map(|flag| flag.kind.words()).collect();
    if !kinds.is_empty() {
        let kinds: Vec<&str> = kinds.into_iter().collect();
        text.wrapped(&format!("{FLAGGED} "), &format!("flagged, use with caution: {}", kinds.join(", ")));
    }
    if any(|row| row.outdated && row.flags.is_empty()) {
        text.wrapped(&format!("{OUTDATED} "), "measured by an earlier version of the programs");
    }
}

/// Limited quantities that are unknown, each reason once, and points without a time.
fn unknown(text: &mut Page, choice: &Choice) {
    let mut reasons: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for row in &choice.rows {
        for limit in &choice.limits {
            if let Known::Unknown(reason) = &row.known[limit.quantity as usize] {
                *reasons.entry((limit.quantity.words(), reason)).or_default() += 1;
            }
        }
    }
    for ((quantity, reason), count) in reasons {
        let of = match count {
            all if all == choice.rows.len() => "all points".to_owned(),
            1 => "1 point".to_owned(),
            some => format!("{some} points"),
        };
        text.wrapped("", &format!("The {quantity} of {of} is unknown: {reason}."));
    }
    for (network, batch, reason) in &choice.without {
        text.wrapped("", &format!("{network} at batch {batch} has no time: {reason}."));
    }
}
