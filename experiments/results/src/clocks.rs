//! Whether the clocks of a machine were fixed, according to the observations of its record. The check before measuring
//! and the flag of a point both ask here.

use std::collections::BTreeMap;

use crate::record::Observation;

/// The observation that says whether they were: the bounds of every cluster are equal, under any governor, and no turbo
/// goes beyond them. Records of earlier versions do not have it.
pub const FIXED: &str = "clocks_fixed";
/// The governor that keeps the clock that a user sets (Documentation/admin-guide/pm/cpufreq.rst of the kernel).
pub const SET_BY_USER: &str = "userspace";

/// Why the clocks are not fixed: governor, bounds and turbo. None if they are, or if the machine does not show them, as
/// a virtual machine does not.
pub fn not_fixed(observations: &BTreeMap<String, Observation>) -> Option<String> {
    let value = |name: &str| match observations.get(name) {
        Some(Observation::Known { value }) => Some(value),
        _ => None,
    };
    let governor = value("governor").and_then(|name| name.as_str());
    let number = |name: &str| value(name).and_then(|number| number.as_f64());
    let bounds = number("clock_min_mhz").zip(number("clock_max_mhz"));
    let keeps = |name: &str| name == SET_BY_USER || name == "performance" && bounds.is_none();
    let is_fixed = match (value(FIXED).and_then(|fixed| fixed.as_bool()), bounds) {
        (Some(fixed), _) => fixed,
        (None, Some((min, max))) if min == max => true,
        _ => governor.is_none_or(|names| names.split(", ").all(keeps)),
    };
    if is_fixed {
        return None;
    }
    let turbo = value("turbo").and_then(|turbo| turbo.as_bool()) == Some(true);
    let words = [
        governor.map(|name| format!("governor {name}")),
        bounds.map(|(min, max)| if min == max { format!("{max} MHz") } else { format!("{min} to {max} MHz") }),
        turbo.then(|| "turbo".to_owned()),
    ];
    Some(words.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn of(known: &[(&str, Value)]) -> Option<String> {
        let known = known.iter().map(|(name, value)| ((*name).to_owned(), Observation::Known { value: value.clone() }));
        not_fixed(&known.collect())
    }

    fn bounds(governor: &str, min: f64, max: f64) -> [(&str, Value); 3] {
        [("governor", json!(governor)), ("clock_min_mhz", json!(min)), ("clock_max_mhz", json!(max))]
    }

    #[test]
    fn equal_bounds_fix_the_clocks_under_any_governor() {
        for governor in ["schedutil", "powersave", "performance", "interactive", "performance, schedutil"] {
            assert_eq!(of(&bounds(governor, 1734.0, 1734.0)), None);
        }
        let words = of(&bounds("performance", 800.0, 4200.0));
        assert_eq!(words.as_deref(), Some("governor performance, 800 to 4200 MHz"));
        assert_eq!(of(&bounds("userspace", 800.0, 4200.0)), None);
    }

    #[test]
    fn clusters_with_bounds_of_their_own_count_one_by_one() {
        let clusters = |fixed: bool| [&bounds("schedutil", 1400.0, 1800.0)[..], &[(FIXED, json!(fixed))]].concat();
        assert_eq!(of(&clusters(true)), None);
        assert_eq!(of(&clusters(false)).as_deref(), Some("governor schedutil, 1400 to 1800 MHz"));
        let turbo = [&bounds("performance", 4200.0, 4200.0)[..], &[(FIXED, json!(false)), ("turbo", json!(true))]];
        assert_eq!(of(&turbo.concat()).as_deref(), Some("governor performance, 4200 MHz, turbo"));
    }

    #[test]
    fn clocks_that_the_machine_does_not_show_are_not_known() {
        assert_eq!(of(&[]), None);
        let hidden = Observation::Unknown { reason: "no core reports it".to_owned() };
        assert_eq!(not_fixed(&[("governor".to_owned(), hidden)].into()), None);
        // A record without bounds.
        assert_eq!(of(&[("governor", json!("performance"))]), None);
        assert_eq!(of(&[("governor", json!("ondemand"))]).as_deref(), Some("governor ondemand"));
    }
}
