//! Observations and findings as plain text of at most 100 columns. Only commands may be longer, since they are not
//! wrapped.

use std::fmt::Write;

use super::finding::{Finding, Severity};
use super::table::{GROUPS, cell};
use crate::environment::Observations;

/// The maximum number of columns.
const WIDTH: usize = 100;
/// The column in which values begin.
const VALUES: usize = 28;
/// The column in which the lines of a finding begin.
const REASONS: usize = 9;

/// The whole report.
pub fn text(observations: &Observations, findings: &[Finding]) -> String {
    let mut text = String::new();
    for (group, rows) in GROUPS {
        text += group;
        text.push('\n');
        for row in rows {
            let label = format!("  {}", row.0);
            text += &hanging(&format!("{label:VALUES$}"), &cell(observations, row), VALUES);
        }
        text.push('\n');
    }
    text += "Before measuring\n";
    for finding in findings {
        text += &one(finding);
    }
    let problems = findings.iter().filter(|finding| finding.severity == Severity::Fix).count();
    let notes = findings.len() - problems;
    let plural = |count| if count == 1 { "" } else { "s" };
    // Writing to a string does not fail.
    let _ = writeln!(text, "\n{problems} problem{} to fix, {notes} note{}", plural(problems), plural(notes));
    text
}

fn one(finding: &Finding) -> String {
    let start = match finding.severity {
        Severity::Fix => "  fix:   ",
        Severity::Note => "  note:  ",
    };
    let indent = " ".repeat(REASONS);
    let mut text = hanging(start, &finding.what, REASONS);
    text += &hanging(&indent, finding.why, REASONS);
    if let Some(command) = &finding.command {
        let _ = writeln!(text, "{indent}$ {}", printable(command));
    }
    text
}

/// Wraps a text after `start` with a hanging indent of `indent` columns. A number is not separated from its percent
/// sign.
fn hanging(start: &str, text: &str, indent: usize) -> String {
    let (mut lines, mut line, mut is_empty) = (String::new(), start.to_owned(), true);
    for word in printable(text).replace(" %", "\u{a0}%").split(' ').filter(|word| !word.is_empty()) {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines += line.trim_end();
            lines.push('\n');
            (line, is_empty) = (" ".repeat(indent), true);
        }
        if !is_empty {
            line.push(' ');
        }
        line += word;
        is_empty = false;
    }
    (lines + line.trim_end() + "\n").replace('\u{a0}', " ")
}

/// Replaces control characters, which names from firmware and other programs could contain.
fn printable(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '?' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::findings;
    use super::super::snapshot::{Snapshot, of};
    use super::*;
    use crate::environment::known;

    /// A machine with many findings.
    fn snapshot() -> Snapshot {
        let mut snapshot = of(&[
            ("devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n"),
            ("devices/system/cpu/cpu0/cpufreq/scaling_driver", "intel_pstate\n"),
            ("devices/system/cpu/intel_pstate/no_turbo", "0\n"),
            ("devices/system/cpu/smt/active", "1\n"),
            ("meminfo", "MemTotal: 16000000 kB\nMemAvailable: 100000 kB\nSwapTotal: 900000 kB\nSwapFree: 1 kB\n"),
            ("class/thermal/thermal_zone0/temp", "91000\n"),
            ("class/thermal/cooling_device0/type", "Processor\n"),
            ("class/thermal/cooling_device0/cur_state", "3\n"),
            ("class/hwmon/hwmon0/name", "soctherm_oc\n"),
            ("class/hwmon/hwmon0/oc2_event_cnt", "123456\n"),
            (
                "cpuinfo",
                "model name : A\x1b[2J processor with a name that is much longer than any name should ever be, and goes on\n",
            ),
            ("device-tree/compatible", "nvidia,tegra210\0"),
        ]);
        snapshot.system = "plan9";
        for (name, value) in [("others_busy_percent", 83.3), ("steal_percent", 12.5), ("throttle_events", 2.0)] {
            snapshot.observations.insert(name.to_owned(), known(value));
        }
        snapshot
            .observations
            .insert("busiest".to_owned(), known("Isolated Web Co 40.1 %, rust-analyzer 20 %, cc1plus 10 %"));
        snapshot
    }

    fn full_report() -> String {
        text(&snapshot().observations, &findings(&snapshot()))
    }

    #[test]
    fn lines_except_commands_have_at_most_a_hundred_columns() {
        for line in full_report().lines().filter(|line| !line.trim_start().starts_with("$ ")) {
            assert!(line.chars().count() <= WIDTH && line.trim_end() == line, "{line:?}");
        }
    }

    #[test]
    fn the_reason_why_a_finding_matters_fits_in_one_line() {
        let text = full_report();
        let starts = |line: &&str| line.starts_with("  fix:   ") || line.starts_with("  note:  ");
        assert!(text.lines().filter(starts).count() > 10, "{text}");
        for finding in findings(&snapshot()) {
            let line = format!("{:REASONS$}{}", "", finding.why);
            assert!(text.lines().any(|own| own == line), "{line:?} is not in {text}");
        }
    }

    #[test]
    fn the_last_line_counts_problems_and_notes() {
        let finding = |severity| Finding { severity, what: String::new(), why: "", command: None };
        let last = |findings: &[Finding]| text(&Observations::new(), findings).lines().last().map(str::to_owned);
        assert_eq!(last(&[finding(Severity::Fix)]).as_deref(), Some("1 problem to fix, 0 notes"));
        let several = [Severity::Fix, Severity::Fix, Severity::Note].map(finding);
        assert_eq!(last(&several).as_deref(), Some("2 problems to fix, 1 note"));
    }

    #[test]
    fn a_line_does_not_break_between_a_number_and_its_percent_sign() {
        let text = hanging("  ", &format!("{} 98 %, and on", "a".repeat(WIDTH - 5)), 2);
        assert!(text.ends_with("a\n  98 %, and on\n"), "{text}");
    }

    #[test]
    fn control_characters_from_the_machine_are_replaced() {
        assert!(full_report().contains("A?[2J processor") && !full_report().contains('\x1b'));
    }

    #[test]
    fn an_unknown_value_is_shown_with_its_reason() {
        let shown = text(&of(&[]).observations, &[]);
        assert!(shown.contains("\n  sensor                    not known: no power source\n"), "{shown}");
    }
}
