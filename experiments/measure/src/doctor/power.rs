//! The power source that will be read, or why there is none.

use results::Power;

use super::finding::Finding;
use super::snapshot::Snapshot;
use crate::rail::selection::Selection;

const WHY: &str = "Figures 4, 8 and 12 are omitted, and the claims about power and energy are not tested";

/// The source that will be read, or why there is none.
pub fn describe(selection: &Result<Selection, Power>) -> Result<String, String> {
    match selection {
        Ok(selection) => {
            let rails: Vec<&str> = selection
                .total
                .iter()
                .filter_map(|&index| Some(selection.source.rails.get(index)?.name.as_str()))
                .collect();
            Ok(format!("{} {} ({})", selection.source.name, rails.join(" + "), selection.source.scope.words()))
        }
        Err(Power::NoSensor) => Err("no power source".to_owned()),
        Err(Power::NotReadable { source, reason, .. }) => Err(format!("{source} is present, not readable: {reason}")),
        Err(Power::NotChosen { reason } | Power::Unusable { reason, .. }) => Err(reason.clone()),
        Err(Power::Measured { .. } | Power::BelowResolution { .. }) => Err("no source is selected".to_owned()),
    }
}

/// Checks that power will be measured.
pub fn check(snapshot: &Snapshot) -> Vec<Finding> {
    let Some(state) = &snapshot.power else { return Vec::new() };
    let reason = snapshot.reason("power_sensor").unwrap_or("the reason is not known");
    let what = format!("no power is measured: {reason}");
    vec![match state {
        Power::NotReadable { remedy, .. } => Finding::fix(what, WHY, remedy.clone()),
        Power::NotChosen { .. } => Finding::fix(what, WHY, "target/debug/measure sensors"),
        _ => Finding::note(what, WHY),
    }]
}

#[cfg(test)]
mod tests {
    use super::super::finding::Severity;
    use super::super::snapshot::of;
    use super::*;

    #[test]
    fn a_machine_without_a_source_is_noted() {
        let found = check(&of(&[]));
        assert_eq!(found[0].what, "no power is measured: no power source");
        assert_eq!((found.len(), found[0].severity), (1, Severity::Note));
    }

    #[test]
    fn a_source_that_is_not_readable_is_shown_with_the_command_that_fixes_it() {
        let mut snapshot = of(&[]);
        let state = Power::NotReadable {
            source: "rapl".to_owned(),
            reason: "permission denied".to_owned(),
            remedy: "sudo chmod a+r energy_uj".to_owned(),
        };
        let reason = describe(&Err(state.clone())).expect_err("no source");
        snapshot.observations.insert("power_sensor".to_owned(), results::Observation::Unknown { reason });
        snapshot.power = Some(state);
        let found = check(&snapshot);
        assert_eq!(found[0].what, "no power is measured: rapl is present, not readable: permission denied");
        assert_eq!((found[0].severity, found[0].command.as_deref()), (Severity::Fix, Some("sudo chmod a+r energy_uj")));
    }
}
