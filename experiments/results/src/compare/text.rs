//! A comparison as text for a terminal: what is compared, cautions, the table, the rule and remarks. At most 100
//! columns. Independent of terminals.

use std::fmt::Write;

use crate::compare::{Comparison, Half, Row, Side, Unpaired, Verdict, Which, accuracy};
use crate::flag::Kind;
use crate::page::{self, FLAGGED, OUTDATED, Page, clean};
use crate::replication::Interval;

/// The complete text.
pub fn text(comparison: &Comparison) -> String {
    let mut text = Page::new();
    text.side("A", &comparison.a);
    text.side("B", &comparison.b);
    for caution in cautions(comparison) {
        text.blank();
        text.wrapped("", &caution);
    }
    text.blank();
    text.table(&comparison.rows);
    text.blank();
    let overall = &comparison.overall;
    let counts =
        Verdict::ALL.iter().zip(overall.verdicts).map(|(verdict, count)| format!("{} {count}", verdict.words()));
    text.wrapped("", &format!("B against A: {}.", counts.collect::<Vec<_>>().join(", ")));
    text.wrapped("", &median(comparison));
    text.blank();
    text.wrapped("", &rule_in_words(comparison));
    text.marks(&comparison.rows);
    if !comparison.accuracies.is_empty() {
        text.blank();
        accuracy::lines(&comparison.accuracies).iter().for_each(|line| text.line(line));
    }
    text.only(comparison);
    text.differences(comparison);
    text.into_text()
}

/// Which side has too few sessions to show their variation, as a text that does not need the names of the sides.
pub fn unknown_sessions(comparison: &Comparison) -> Option<String> {
    let unknown = |side: &Side| side.between_sessions.is_none();
    let which = match (unknown(&comparison.a), unknown(&comparison.b)) {
        (true, true) => "Both sides have",
        (true, false) => "A has",
        (false, true) => "B has",
        (false, false) => return None,
    };
    Some(format!(
        "{which} one session per point, so the variation between sessions is unknown, and no difference is called \
         real. To measure another session of all points: `cargo xtask reproduce --again 'measure/**'`."
    ))
}

/// Cautions.
fn cautions(comparison: &Comparison) -> Vec<String> {
    let simulated = match (comparison.a.device.simulated, comparison.b.device.simulated) {
        (true, true) => Some("both sides are"),
        (true, false) => Some("A is"),
        (false, true) => Some("B is"),
        (false, false) => None,
    };
    let simulated =
        simulated.map(|which| format!("SIMULATED DEVICE, NOT A MEASUREMENT: {which} from a model of a device."));
    let unlike: Vec<&str> = [
        ("device", comparison.a.device != comparison.b.device),
        ("protocol", comparison.a.protocol != comparison.b.protocol),
    ]
    .into_iter()
    .filter_map(|(name, differs)| differs.then_some(name))
    .collect();
    let unlike =
        (!unlike.is_empty()).then(|| format!("The two sides differ in {}: see the end.", unlike.join(" and ")));
    let same = comparison.overall.same;
    let same = (same > 0).then(|| {
        let all = comparison.rows.len();
        format!("{same} of {all} rows have the same samples on both sides: one measurement, not two that agree.")
    });
    let single = |half: &Half| half.replication.interval == Interval::None;
    let single = comparison.rows.iter().filter(|row| single(&row.a) || single(&row.b)).count();
    let single = (single > 0).then(|| {
        let all = comparison.rows.len();
        format!("{single} of {all} rows have a single sample on a side, which has no interval: no difference is called real.")
    });
    [simulated, unlike, same, single, unknown_sessions(comparison)].into_iter().flatten().collect()
}

/// The median of all ratios.
fn median(comparison: &Comparison) -> String {
    let (overall, rows) = (&comparison.overall, comparison.rows.len());
    let ratio = overall.ratio;
    let drawn = match (overall.networks, rows) {
        (1, 1) => return "There is only one ratio, so no median.".to_owned(),
        (1, _) => "over the batches of its network".to_owned(),
        (networks, _) => format!("over the {networks} networks"),
    };
    format!(
        "Median of the {rows} ratios B/A: {} [{}, {}] by a bootstrap {drawn}. \
         That range does not include the effect of a session on all points.",
        factor(ratio.value),
        factor(ratio.low),
        factor(ratio.high)
    )
}

fn rule_in_words(comparison: &Comparison) -> String {
    let (bounds, rows) = (&comparison.bounds, comparison.rows.len());
    let known = |letter: &str, side: &Side| {
        let between = side.between_sessions?;
        let (deviation, points) = (number(between.deviation() * 100.0), between.points);
        Some(format!(
            " Sessions of {letter} vary by {deviation} % (standard deviation, random effects, {points} points)."
        ))
    };
    let known = [("A", &comparison.a), ("B", &comparison.b)].map(|(letter, side)| known(letter, side));
    let chance = match rows {
        1 => String::new(),
        many => format!(" Of {many} intervals, about {} exclude 1 by chance.", number((many as f64 * 0.05).ceil())),
    };
    format!(
        "Rule: B is slower or faster if the 95 % interval of B/A, which covers the variation between sessions, excludes \
         1 and the ratio is more than {} % from 1; equivalent if that interval is within {} % of 1; not decided if it \
         excludes 1 and the variation between sessions is unknown; else inconclusive.{}{chance}",
        number(bounds.min_percent),
        number(bounds.margin_percent),
        known.into_iter().flatten().collect::<String>()
    )
}

impl Page {
    fn side(&mut self, letter: &str, side: &Side) {
        self.wrapped(&format!("{letter}  "), &side.name);
        let processes = match side.protocol.processes {
            1 => "1 process per point".to_owned(),
            many => format!("{many} processes per point"),
        };
        let days = match &side.days[..] {
            [] => String::new(),
            [day] => format!(", {day}"),
            [first, .., last] => format!(", {first} to {last}"),
        };
        let records = if side.records == 1 { "1 record".to_owned() } else { format!("{} records", side.records) };
        let (device, protocol) = (&side.device, &side.protocol.name);
        self.wrapped(
            "   ",
            &format!("{}; {}; protocol {protocol}, {processes}; {records}{days}", device.hardware, device.backend),
        );
    }

    fn table(&mut self, rows: &[Row]) {
        self.line(&format!(
            "{:<18}{:>5}  {:>10}   {:>10}   {:>6} [{:>6}, {:>6}]  {:>6}  {}",
            "network", "batch", "A [ms]", "B [ms]", "B/A", "low", "high", "memory", "verdict"
        ));
        let mut last = "";
        for row in rows {
            if !last.is_empty() && last != row.network && rows.len() > 8 {
                self.blank();
            }
            last = &row.network;
            let memory = row.memory_ratio.map_or_else(|| "-".to_owned(), factor);
            let name: String = clean(&row.network).chars().take(18).collect();
            let verdict = if row.same { "same samples" } else { row.verdict.words() };
            self.line(&format!(
                "{name:<18}{:>5}  {:>10}{} {:>10}{} {:>6} [{:>6}, {:>6}]  {memory:>6}  {verdict}",
                row.batch,
                millis(&row.a),
                mark(&row.a),
                millis(&row.b),
                mark(&row.b),
                factor(row.ratio.value),
                factor(row.ratio.low),
                factor(row.ratio.high),
            ));
        }
    }

    /// The meaning of the marks in the table.
    fn marks(&mut self, rows: &[Row]) {
        let lines: Vec<(char, String)> =
            [explained("A", rows, |row| &row.a), explained("B", rows, |row| &row.b)].into_iter().flatten().collect();
        if !lines.is_empty() {
            self.blank();
        }
        for (mark, line) in lines {
            self.wrapped(&format!("{mark} "), &line);
        }
    }

    fn only(&mut self, comparison: &Comparison) {
        for (side, has) in [(Which::A, "A"), (Which::B, "B")] {
            let unpaired: Vec<&Unpaired> = comparison.only.iter().filter(|unpaired| unpaired.side == side).collect();
            if unpaired.is_empty() {
                continue;
            }
            // Batches of one network without a time for the same reason are listed together.
            let mut groups: Vec<(&str, &str, Vec<String>)> = Vec::new();
            for unpaired in unpaired {
                let batch = unpaired.batch.to_string();
                match groups
                    .last_mut()
                    .filter(|(network, reason, _)| (*network, *reason) == (&unpaired.network, &unpaired.reason))
                {
                    Some((_, _, batches)) => batches.push(batch),
                    None => groups.push((&unpaired.network, &unpaired.reason, vec![batch])),
                }
            }
            let points: Vec<String> = groups
                .into_iter()
                .map(|(network, reason, batches)| format!("{network} {} ({reason})", batches.join(", ")))
                .collect();
            self.blank();
            self.wrapped("", &format!("Points for which only {has} has a time, by network: {}.", points.join("; ")));
        }
    }

    fn differences(&mut self, comparison: &Comparison) {
        self.blank();
        if comparison.differences.is_empty() {
            self.line("Nothing else in the records differs.");
            return;
        }
        self.line("Other differences, possible causes:");
        for difference in &comparison.differences {
            self.wrapped("  ", &difference.fact);
            self.wrapped("    A  ", &difference.a);
            self.wrapped("    B  ", &difference.b);
        }
    }
}

/// The meaning of the marks of one side's times.
fn explained(letter: &str, rows: &[Row], half: fn(&Row) -> &Half) -> Vec<(char, String)> {
    let listed = |is_meant: &dyn Fn(&Half) -> bool| {
        let meant: Vec<&Row> = rows.iter().filter(|row| is_meant(half(row))).collect();
        (!meant.is_empty()).then(|| listed(&meant, rows.len()))
    };
    let flagged = Kind::ALL.into_iter().filter_map(|kind| {
        let points = listed(&|half| half.flags.iter().any(|flag| flag.kind == kind))?;
        Some((FLAGGED, format!("{letter} {}: {points}.", kind.words())))
    });
    let outdated = listed(&|half| half.outdated)
        .map(|points| (OUTDATED, format!("{letter} measured by an earlier version of the programs: {points}.")));
    flagged.chain(outdated).collect()
}

/// Points of some rows, by network, or that they are all rows.
fn listed(rows: &[&Row], all: usize) -> String {
    if rows.len() == all {
        return if all == 1 { "the row".to_owned() } else { format!("all {all} rows") };
    }
    let mut text = String::new();
    let mut last = "";
    for row in rows {
        // Writing to a string cannot fail.
        let _ = match last == row.network {
            true => write!(text, ", {}", row.batch),
            false if last.is_empty() => write!(text, "{} {}", row.network, row.batch),
            false => write!(text, "; {} {}", row.network, row.batch),
        };
        last = &row.network;
    }
    text
}

fn mark(half: &Half) -> char {
    page::mark(!half.flags.is_empty(), half.outdated)
}

fn millis(half: &Half) -> String {
    let millis = half.time.value * 1e3;
    match millis {
        ..0.01 => format!("{millis:.2e}"),
        ..10.0 => format!("{millis:.3}"),
        ..1e3 => format!("{millis:.2}"),
        ..1e7 => format!("{millis:.1}"),
        _ => format!("{millis:.2e}"),
    }
}

/// A ratio in at most six characters.
fn factor(ratio: f64) -> String {
    match ratio {
        ..0.0095 => format!("{ratio:.0e}"),
        ..9.9995 => format!("{ratio:.3}"),
        ..99.995 => format!("{ratio:.2}"),
        ..999.95 => format!("{ratio:.1}"),
        ..99_999.0 => format!("{ratio:.0}"),
        _ => format!("{ratio:.0e}"),
    }
}

/// With up to two decimals, without trailing zeros.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_takes_at_most_six_characters() {
        for ratio in
            [1e-300, 0.001, 0.00949, 0.0095, 0.5, 1.0, 9.9994, 9.9999, 99.99, 100.0, 999.96, 12_345.0, 1e6, 1e300]
        {
            assert!(factor(ratio).chars().count() <= 6, "{}", factor(ratio));
        }
        assert_eq!([1.0, 12.345, 0.5].map(factor), ["1.000", "12.35", "0.500"].map(str::to_owned));
    }

    #[test]
    fn numbers_have_no_trailing_zeros() {
        assert_eq!([2.0, 2.5, 99.928].map(number), ["2", "2.5", "99.93"].map(str::to_owned));
    }
}
