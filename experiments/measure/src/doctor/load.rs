//! Whether other programs or other virtual machines use the processors.

use super::finding::Finding;
use super::snapshot::Snapshot;

/// The maximum share of the processors for other programs [%], about that of a quiet desktop.
const MAX_OTHERS: f64 = 10.0;

/// Checks the load by other programs, and steal time.
pub fn check(snapshot: &Snapshot) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(share) = snapshot.number("others_busy_percent").filter(|share| *share > MAX_OTHERS) {
        let busiest = snapshot.text("busiest").unwrap_or("not known which");
        findings.push(Finding::fix(
            format!("other programs use {share} % of the processors: {busiest}"),
            "a pass waits whenever one of its cores is taken, and they share its memory bandwidth",
            "top -o %CPU    # end them, or wait until they are done",
        ));
    }
    if let Some(share) = snapshot.number("steal_percent").filter(|share| *share > 0.0) {
        findings.push(Finding::note(
            format!("the hypervisor is giving {share} % of the processors to other machines (steal time)"),
            "passes take longer than the processor needs; measure when the host is quiet, or elsewhere",
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::finding::Severity;
    use super::super::snapshot::of;
    use super::*;
    use crate::environment::known;

    fn with(name: &str, value: f64) -> Vec<Finding> {
        let mut snapshot = of(&[]);
        snapshot.observations.insert("busiest".to_owned(), known("rustc 9 %"));
        snapshot.observations.insert(name.to_owned(), known(value));
        check(&snapshot)
    }

    #[test]
    fn busy_programs_are_named() {
        let found = with("others_busy_percent", 10.5);
        assert_eq!((found.len(), found[0].severity), (1, Severity::Fix));
        assert_eq!(found[0].what, "other programs use 10.5 % of the processors: rustc 9 %");
        assert!(with("others_busy_percent", 10.0).is_empty());
    }

    #[test]
    fn steal_time_is_noted_and_cannot_be_fixed() {
        assert_eq!(with("steal_percent", 0.5)[0].severity, Severity::Note);
        assert!(with("steal_percent", 0.0).is_empty() && check(&of(&[])).is_empty());
    }
}
