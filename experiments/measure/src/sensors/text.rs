//! Power sources as a table, and a sentence about which of them is selected. Control characters from firmware are
//! replaced.

use std::fmt::Write;

use results::Power;
use results::power::Quantity;

use super::{Observed, ObservedRail};
use crate::rail::selection::Selection;
use crate::rail::source::{Rail, Total};

/// What was looked for, shown where no source was found.
const LOOKED_FOR: &str = "looked for: INA3221 monitors of Jetson boards, hwmon chips, RAPL zones, NVIDIA GPUs, \
                         batteries; an external meter is --power meter:FILE or command:LINE";

/// All sources, then the selection.
pub fn page(seen: &[Observed], selection: &Result<Selection, Power>) -> String {
    let mut text = String::new();
    for one in seen {
        text += &source(one);
        text.push('\n');
    }
    text + &printable(&verdict(selection)) + "\n"
}

fn source(seen: &Observed) -> String {
    let source = &seen.source;
    let mut text = printable(&format!("{}: {} ({})", source.name, source.what, source.scope.words())) + "\n";
    let total: &[usize] = match &source.total {
        Total::Rails { indices, .. } => indices,
        Total::Unknown { .. } => &[],
    };
    let widest = source.rails.iter().map(|rail| rail.name.chars().count()).max().unwrap_or(0).max(4);
    // Writing to a string does not fail.
    let _ = writeln!(
        text,
        "    {:widest$}  {:7} {:>11} {:>10} {:>10} {:>9}  readable",
        "rail", "reads", "now", "step", "update", "accuracy"
    );
    for (index, (rail, seen)) in source.rails.iter().zip(&seen.rails).enumerate() {
        let mark = if total.contains(&index) { '*' } else { ' ' };
        let _ = writeln!(text, "  {mark} {:widest$}  {}", printable(&rail.name), printable(&cells(rail, seen)));
    }
    match &source.total {
        Total::Rails { why, .. } => text += &printable(&format!("  total: {why}")),
        Total::Unknown { why } => text += &printable(&format!("  {why}")),
    }
    text.push('\n');
    let remedies = seen.rails.iter().filter_map(|rail| rail.now.as_ref()?.as_ref().err()?.split_once('\n'));
    remedies.for_each(|(_, remedy)| text += &(printable(remedy) + "\n"));
    for reason in seen.failed.iter().chain(source.unavailable.as_ref().map(|locked| &locked.reason)) {
        text += &printable(&format!("  unavailable: {reason}"));
        text.push('\n');
    }
    text
}

fn cells(rail: &Rail, seen: &ObservedRail) -> String {
    let quantity = rail.access.quantity();
    let (reads, unit) = match quantity {
        Quantity::Power => ("power", "W"),
        Quantity::Energy => ("energy", "J"),
    };
    let now = match &seen.now {
        Some(Ok(watts)) => format!("{watts:.3} W"),
        Some(Err(_)) => "error".to_owned(),
        None => "-".to_owned(),
    };
    let step = rail.step.or(seen.step).map_or_else(|| "-".to_owned(), |step| format!("{} {unit}", three(step)));
    let update = seen.period.map_or_else(|| "-".to_owned(), |period| format!("{} ms", three(period * 1e3)));
    let accuracy = rail.accuracy.as_ref().map_or_else(|| "-".to_owned(), |accuracy| format!("{} %", accuracy.percent));
    let readable = match (&rail.locked, &seen.now) {
        (Some(locked), _) => format!("no: {}", locked.reason),
        (None, Some(Err(reason))) => format!("no: {}", reason.lines().next().unwrap_or_default()),
        (None, _) => "yes".to_owned(),
    };
    format!("{reads:7} {now:>11} {step:>10} {update:>10} {accuracy:>9}  {readable}")
}

/// Three significant digits, without trailing zeros.
fn three(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let digits = (2 - value.abs().log10().floor() as i32).clamp(0, 9);
    let text = format!("{value:.*}", digits.unsigned_abs() as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn verdict(selection: &Result<Selection, Power>) -> String {
    match selection {
        Ok(selection) => {
            let rails: Vec<&str> =
                selection.total.iter().map(|&index| selection.source.rails[index].name.as_str()).collect();
            format!("selected: {} {}: {}", selection.source.name, rails.join(" + "), selection.why)
        }
        Err(state) => format!("no power would be measured: {}", reason(state)),
    }
}

/// A state of power without readings, in words.
pub fn reason(state: &Power) -> String {
    match state {
        Power::NoSensor => format!("no sensor ({LOOKED_FOR})"),
        Power::NotReadable { source, reason, remedy } => {
            format!("present, not readable: {source}: {reason}\nhint: {remedy}")
        }
        Power::NotChosen { reason } => reason.clone(),
        Power::Unusable { source, reason } => format!("{source}: {reason}"),
        Power::Measured { .. } | Power::BelowResolution { .. } => "it was measured".to_owned(),
    }
}

/// Replaces control characters, which names from firmware could contain.
fn printable(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() && letter != '\n' { '?' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rail::computes::Computes;
    use crate::rail::formula::Formula;
    use crate::rail::selection::{self, Selector};
    use crate::rail::source::{Access, Locked, Source};
    use results::power::{Accuracy, Scope};

    fn seen(locked: bool) -> Observed {
        let locked = locked.then(|| Locked { reason: "permission denied".to_owned(), remedy: "sudo chmod".to_owned() });
        let accuracy = Some(Accuracy { percent: 0.5, source: "a data sheet".to_owned() });
        let rail = Rail {
            name: "VDD\u{1b}IN".to_owned(),
            access: Access::Files(Formula::Power { file: "in_power0_input".into(), unit: 1e-3 }),
            step: Some(0.038),
            accuracy,
            locked,
        };
        let source = Source {
            name: "ina3221".to_owned(),
            what: "monitors".to_owned(),
            scope: Scope::Module,
            rails: vec![rail],
            total: Total::Rails { indices: vec![0], why: "it feeds the module".to_owned() },
            unavailable: None,
            nominal_period: None,
            averaging: None,
            card: None,
        };
        let rails = vec![ObservedRail { now: Some(Ok(6.84)), period: Some(0.01), step: Some(1.0) }];
        Observed { source, rails, failed: None }
    }

    #[test]
    fn the_value_step_update_period_and_permission_of_a_rail_are_in_one_line() {
        let selection = Selection { source: seen(false).source, total: vec![0], why: "it feeds the module".to_owned() };
        let text = page(&[seen(false)], &Ok(selection));
        assert!(text.starts_with("ina3221: monitors (module)\n"), "{text}");
        let row = "  * VDD?IN  power       6.840 W    0.038 W      10 ms     0.5 %  yes\n";
        assert!(text.contains(row), "{text}");
        assert!(text.ends_with("selected: ina3221 VDD?IN: it feeds the module\n"), "{text}");
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn a_source_that_is_not_readable_is_shown_with_its_remedy() {
        let state = selection::select(&[seen(true).source], &Selector::Auto, &Computes::Processor);
        let text = page(&[seen(true)], &state.expect("a state"));
        assert!(text.contains("no: permission denied\n"), "{text}");
        assert!(
            text.ends_with(
                "no power would be measured: present, not readable: ina3221: permission denied\nhint: sudo chmod\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn the_remedy_for_a_failed_reading_is_a_line_of_its_own() {
        let mut failed = seen(false);
        failed.rails[0].now = Some(Err("`7,500` is ambiguous\nhint: declare it".to_owned()));
        let text = page(&[failed], &Err(Power::NoSensor));
        assert!(text.contains("no: `7,500` is ambiguous\n") && text.contains("\nhint: declare it\n"), "{text}");
    }

    #[test]
    fn the_text_for_a_machine_without_sources_lists_what_was_looked_for() {
        let text = page(&[], &Err(Power::NoSensor));
        assert!(text.starts_with("no power would be measured: no sensor (looked for: INA3221"), "{text}");
    }

    #[test]
    fn numbers_have_three_significant_digits() {
        assert_eq!([0.038, 0.000061, 12.3456, 1234.5, 0.5].map(three), ["0.038", "0.000061", "12.3", "1234", "0.5"]);
    }
}
