//! What can be said of power before measuring: which source will be read, or why none.

use results::Power;

use super::finding::Finding;
use super::reading::Reading;
use crate::rail::choice::Chosen;

const WHY: &str = "Figures 4, 8 and 12 are left out, and what is claimed of power and energy stays untested";

/// The source that will be read, or why none.
pub fn words(chosen: &Result<Chosen, Power>) -> Result<String, String> {
    match chosen {
        Ok(chosen) => {
            let rails: Vec<&str> =
                chosen.total.iter().filter_map(|&place| Some(chosen.source.rails.get(place)?.name.as_str())).collect();
            Ok(format!("{} {} ({})", chosen.source.name, rails.join(" + "), chosen.source.scope.words()))
        }
        Err(Power::NoSensor) => Err("no power source".to_owned()),
        Err(Power::NotReadable { source, reason, .. }) => Err(format!("{source} is present, not readable: {reason}")),
        Err(Power::NotChosen { reason } | Power::Unusable { reason, .. }) => Err(reason.clone()),
        Err(Power::Measured { .. } | Power::BelowResolution { .. }) => Err("none is chosen".to_owned()),
    }
}

/// That no power will be measured, and what helps.
pub fn check(reading: &Reading) -> Vec<Finding> {
    let Some(state) = &reading.power else { return Vec::new() };
    let reason = reading.reason("power_sensor").unwrap_or("nothing is known of it");
    let what = format!("no power is measured: {reason}");
    vec![match state {
        Power::NotReadable { remedy, .. } => Finding::mend(what, WHY, remedy.clone()),
        Power::NotChosen { .. } => Finding::mend(what, WHY, "target/debug/measure sensors"),
        _ => Finding::know(what, WHY),
    }]
}

#[cfg(test)]
mod tests {
    use super::super::finding::Weight;
    use super::super::reading::of;
    use super::*;

    #[test]
    fn a_machine_without_a_source_cannot_be_mended() {
        let found = check(&of(&[]));
        assert_eq!(found[0].what, "no power is measured: no power source");
        assert_eq!((found.len(), found[0].weight), (1, Weight::Know));
    }

    #[test]
    fn a_source_that_may_not_be_read_comes_with_the_command_that_mends_it() {
        let mut reading = of(&[]);
        let state = Power::NotReadable {
            source: "rapl".to_owned(),
            reason: "permission denied".to_owned(),
            remedy: "sudo chmod a+r energy_uj".to_owned(),
        };
        let words = words(&Err(state.clone())).expect_err("none is read");
        reading.facts.insert("power_sensor".to_owned(), results::Observation::Unknown { reason: words });
        reading.power = Some(state);
        let found = check(&reading);
        assert_eq!(found[0].what, "no power is measured: rapl is present, not readable: permission denied");
        assert_eq!((found[0].weight, found[0].command.as_deref()), (Weight::Mend, Some("sudo chmod a+r energy_uj")));
    }
}
