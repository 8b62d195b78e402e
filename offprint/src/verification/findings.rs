//! The findings of a check: one of four verdicts for each comparison, and for the whole.

use std::collections::BTreeMap;
use std::fmt;

/// The verdict of one comparison, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The same bytes, or the same number.
    Identical,
    /// Another measurement of the same hardware, within the tolerance.
    Consistent,
    /// Of other hardware, or made by other versions of the programs.
    NotComparable,
    /// Different, although it should be the same.
    Different,
}

impl Verdict {
    /// All of them, from best to worst.
    pub const ALL: [Self; 4] = [Self::Identical, Self::Consistent, Self::NotComparable, Self::Different];

    /// Its exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Identical => 0,
            Self::Consistent => 3,
            Self::Different => 4,
            Self::NotComparable => 5,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Identical => "identical",
            Self::Consistent => "consistent",
            Self::NotComparable => "not comparable",
            Self::Different => "different",
        })
    }
}

/// One comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// What was compared, for example `figures/time.svg` or `time of merge sort`.
    pub name: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The values, or the reason.
    pub detail: String,
}

/// All comparisons, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings(pub Vec<Item>);

impl Findings {
    /// Whether there is already a finding for this.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|item| item.name == name)
    }

    /// Adds a finding.
    pub fn add(&mut self, name: impl Into<String>, verdict: Verdict, detail: impl Into<String>) {
        self.0.push(Item { name: name.into(), verdict, detail: detail.into() });
    }

    /// The worst of all verdicts.
    pub fn whole(&self) -> Verdict {
        self.0.iter().map(|item| item.verdict).max().unwrap_or(Verdict::NotComparable)
    }

    /// The text: what is not identical, or with `all` everything; the number of each verdict; the first difference; the
    /// whole.
    pub fn lines(&self, all: bool) -> String {
        let shown = |item: &&Item| all || item.verdict != Verdict::Identical;
        let line = |item: &Item| {
            let detail = if item.detail.is_empty() { String::new() } else { format!(": {}", item.detail) };
            format!("{:<14}  {}{detail}\n", item.verdict, item.name)
        };
        let mut text: String = self.0.iter().filter(shown).map(line).collect();
        let mut counts: BTreeMap<Verdict, usize> = BTreeMap::new();
        self.0.iter().for_each(|item| *counts.entry(item.verdict).or_default() += 1);
        let counts: Vec<String> = counts.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
        text += &format!("compared {}: {}\n", self.0.len(), counts.join(", "));
        if let Some(first) = self.0.iter().find(|item| item.verdict == Verdict::Different) {
            text += &format!("first difference: {}: {}\n", first.name, first.detail);
        }
        text + &format!("whole: {}\n", self.whole())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_whole_is_as_good_as_its_worst_part_and_names_the_first_difference() {
        let mut findings = Findings::default();
        assert_eq!(findings.whole(), Verdict::NotComparable);
        findings.add("a", Verdict::Identical, "");
        assert_eq!(findings.whole(), Verdict::Identical);
        findings.add("b", Verdict::Consistent, "1 and 2");
        findings.add("c", Verdict::Different, "one");
        findings.add("d", Verdict::Different, "two");
        findings.add("e", Verdict::NotComparable, "");
        assert_eq!(findings.whole(), Verdict::Different);
        let text = findings.lines(false);
        assert!(text.contains("first difference: c: one\n") && text.ends_with("whole: different\n"), "{text}");
        assert!(!text.contains("identical       a") && findings.lines(true).contains("identical       a\n"));
    }

    #[test]
    fn every_verdict_has_its_own_exit_code() {
        let codes: BTreeSet<u8> = Verdict::ALL.into_iter().map(Verdict::code).collect();
        // 1 is an error, 2 a mistake on the command line.
        assert_eq!(codes, BTreeSet::from([0, 3, 4, 5]));
    }
}
