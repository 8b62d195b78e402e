//! Facts of the machine, the device and the points.

use results::counts::bytes_per_number;
use results::{Estimates, Observation, Operators, Outcome};

use super::{Facts, Sources, set_known};
use crate::number::{count, fixed, list};

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    let estimates = &sources.inputs.estimates;
    let device = &estimates.device;
    facts.set("setting.nature", if device.simulated { "simulated" } else { "measured" });
    facts.set("setting.device", device.kind.clone());
    facts.set("setting.hardware", device.hardware.clone());
    facts.set("setting.machine", machine(estimates));
    facts.set("setting.guest", guest(estimates));
    facts.set("setting.backend", device.backend.clone());
    facts.set("setting.operators", Operators::of(device).word());
    let (bits, bytes) = if bytes_per_number(&device.kind) < 4.0 { ("16-bit", "two") } else { ("32-bit", "four") };
    facts.set("setting.numbers", format!("{bits} floating point"));
    facts.set("setting.numbers.bytes", bytes);
    facts.set("setting.protocol", estimates.protocol.name.clone());

    let (requested, all) = (estimates.networks().len(), sources.inputs.counts.networks.len());
    let networks = if requested == all {
        format!("all {}", count(all))
    } else {
        format!("{} of the {}", count(requested), count(all))
    };
    facts.set("setting.networks", networks);
    let batches: Vec<String> = estimates.batches().iter().map(u32::to_string).collect();
    facts.set("setting.batches", list(&batches));
    facts.set("setting.points", fixed(estimates.points.len() as f64, 0));

    let measured = || estimates.points.iter().filter(|point| point.outcome == Outcome::Measured);
    let samples = measured().map(|point| point.samples).min().zip(measured().map(|point| point.samples).max());
    let range = samples.map(|(min, max)| if min == max { count(min) } else { format!("{min} to {max}") });
    set_known(facts, "setting.samples", range);

    let missing: Vec<String> = estimates
        .points
        .iter()
        .filter_map(|point| {
            let why = match point.outcome {
                Outcome::Measured => return None,
                Outcome::OutOfMemory { .. } => "out of memory",
                Outcome::OutOfTime { .. } => "out of time",
                Outcome::Refused { .. } => "refused",
                Outcome::Implied { .. } => "not tried, since a smaller batch failed",
                Outcome::Skipped { .. } => "skipped for lack of time",
            };
            Some(format!("{} at batch {} ({why})", sources.all.title(&point.network), point.batch))
        })
        .collect();
    let sentence = match missing.as_slice() {
        [] => "All points have a time.".to_owned(),
        some => format!("These points have no time: {}.", list(some)),
    };
    facts.set("setting.missing", sentence);
}

/// An observation about the environment, if it is known and a text.
fn text<'a>(estimates: &'a Estimates, fact: &str) -> Option<&'a str> {
    match estimates.environment.get(fact)? {
        Observation::Known { value } => value.as_str(),
        Observation::Unknown { .. } => None,
    }
}

/// The hypervisor of the machine as a phrase; `None` if there is no hypervisor or it is unknown.
fn hypervisor(estimates: &Estimates) -> Option<String> {
    match text(estimates, "hypervisor")? {
        "none" => None,
        "unnamed" => Some("an unnamed hypervisor".to_owned()),
        name => Some(format!("the hypervisor {name}")),
    }
}

/// The hardware as a phrase. The processors of a guest are called virtual: they may not be whole cores, and other guests may use them.
pub(super) fn machine(estimates: &Estimates) -> String {
    let hardware = &estimates.device.hardware;
    let Some(hypervisor) = hypervisor(estimates) else { return hardware.clone() };
    let parts = hardware.rsplit_once(", ").and_then(|(model, cores)| {
        let cores = cores.strip_suffix(" cores").or_else(|| cores.strip_suffix(" core"))?;
        Some((model, cores.parse::<usize>().ok()?))
    });
    match parts {
        Some((model, cores)) => {
            let processors = if cores == 1 { "processor" } else { "processors" };
            let article = if model.starts_with(['A', 'E', 'I', 'O']) { "an" } else { "a" };
            format!("{cores} virtual {processors} of {article} {model}, in a guest of {hypervisor}")
        }
        None => format!("{hardware}, in a guest of {hypervisor}"),
    }
}

/// A sentence on whether the machine is a guest.
fn guest(estimates: &Estimates) -> String {
    match (hypervisor(estimates), text(estimates, "hypervisor")) {
        (Some(hypervisor), _) => format!(
            "The machine is a guest of {hypervisor}: its processors are virtual and may be threads that share a core, and \
             other guests may use the same hardware."
        ),
        (None, Some(_)) => "No hypervisor is visible: the machine has its processors to itself.".to_owned(),
        (None, None) => "Whether the machine is a guest of a hypervisor is not recorded.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimates(hardware: &str, hypervisor: Option<&str>) -> Estimates {
        let fact = |name: &str| ("hypervisor".to_owned(), Observation::Known { value: name.into() });
        Estimates {
            device: results::DeviceIdentity {
                kind: "cpu".to_owned(),
                hardware: hardware.to_owned(),
                backend: String::new(),
                simulated: false,
            },
            protocol: results::record::Protocol::default(),
            environment: hypervisor.map(fact).into_iter().collect(),
            points: Vec::new(),
            sessions_asked: 1,
            between_sessions: None,
            memory_between_sessions: None,
            accuracies: results::MeasuredAccuracies::default(),
        }
    }

    #[test]
    fn a_guest_is_named_and_its_processors_are_called_virtual() {
        let text = |hardware, hypervisor| machine(&estimates(hardware, hypervisor));
        assert_eq!(
            text("AMD EPYC, 2 cores", Some("unnamed")),
            "2 virtual processors of an AMD EPYC, in a guest of an unnamed hypervisor"
        );
        assert_eq!(
            text("Virt, Board, 1 core", Some("kvm")),
            "1 virtual processor of a Virt, Board, in a guest of the hypervisor kvm"
        );
        assert_eq!(text("Radeon", Some("xen")), "Radeon, in a guest of the hypervisor xen");
        assert_eq!(text("AMD EPYC, 2 cores", Some("none")), "AMD EPYC, 2 cores");
        assert_eq!(text("AMD EPYC, 2 cores", None), "AMD EPYC, 2 cores");
    }

    #[test]
    fn an_unknown_hypervisor_is_stated() {
        assert!(guest(&estimates("", None)).contains("not recorded"));
        assert!(guest(&estimates("", Some("none"))).contains("No hypervisor"));
    }
}
