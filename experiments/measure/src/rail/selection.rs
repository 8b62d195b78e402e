//! Which power source is read: the requested one, or the one with a known total that covers the largest part of the
//! machine.

use std::collections::BTreeSet;
use std::path::Path;
use std::str::FromStr;

use results::Power;
use results::power::Quantity;

use super::computes::Computes;
use super::meter::Meter;
use super::rapl;
use super::source::{Locked, Source, Total};

/// The value of `--power`.
#[derive(Clone, Debug, PartialEq)]
pub enum Selector {
    /// The best source.
    Auto,
    /// No source.
    None,
    /// An external meter.
    Meter(Meter),
    /// A source by name.
    Named {
        /// The name of the source.
        source: String,
        /// The names of the rails to add; the known total of the source where empty.
        rails: Vec<String>,
    },
}

/// A source that will be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// The source.
    pub source: Source,
    /// The indices of the rails that are added.
    pub total: Vec<usize>,
    /// Why these.
    pub why: String,
}

impl Selector {
    /// The value as a caller in this folder gave it.
    pub fn of_caller(self, folder: &Path) -> Self {
        match self {
            Self::Meter(meter) => Self::Meter(meter.of_caller(folder)),
            other => other,
        }
    }
}

impl FromStr for Selector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(meter) = Meter::parse(text) {
            return meter.map(Self::Meter);
        }
        let (source, rails) = text.split_once('/').unwrap_or((text, ""));
        let rails: Vec<String> = rails.split('+').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        match (source, rails.is_empty()) {
            ("", _) => Err("expected a power source\nhint: `measure sensors` lists them".to_owned()),
            ("auto", true) => Ok(Self::Auto),
            ("none", true) => Ok(Self::None),
            _ => Ok(Self::Named { source: source.to_owned(), rails }),
        }
    }
}

/// Selects one of the sources that were found, for what computes. The inner error is the state of power that explains
/// why none is selected.
///
/// # Errors
/// The requested source or rail does not exist, or its name does not stay the same.
pub fn select(found: &[Source], selector: &Selector, computes: &Computes) -> Result<Result<Selection, Power>, String> {
    let (name, rails) = match selector {
        Selector::None => return Ok(Err(Power::NotChosen { reason: "--power none was given".to_owned() })),
        Selector::Auto => return Ok(auto(found, computes)),
        Selector::Meter(meter) => (meter.to_string(), &[][..]),
        Selector::Named { source, rails } => (source.clone(), rails.as_slice()),
    };
    let mut selection = named(found, &name, rails)?;
    if let Ok(selection) = &mut selection
        && *computes != Computes::Processor
        && computes.rank(&selection.source, found).is_none()
    {
        selection.why += &format!("; not known to cover {}", computes.words());
    }
    Ok(selection)
}

fn auto(found: &[Source], computes: &Computes) -> Result<Selection, Power> {
    let mut candidates: Vec<(u32, &Source, &[usize], &str)> = Vec::new();
    // Equal names name no source that a reader could look for.
    let is_named = |source: &&Source| found.iter().filter(|other| other.name == source.name).count() == 1;
    for source in found.iter().filter(is_named) {
        if let (Some(rank), Total::Rails { indices, why }) = (computes.rank(source, found), &source.total) {
            candidates.push((rank, source, indices, why));
        }
    }
    // An energy counter misses nothing between two readings, so it is preferred to power for the same part of the
    // machine.
    let counts = |source: &Source, indices: &[usize]| {
        indices
            .iter()
            .all(|&index| source.rails.get(index).is_some_and(|rail| rail.access.quantity() == Quantity::Energy))
    };
    candidates.sort_by_key(|(rank, source, indices, _)| (*rank, !counts(source, indices)));
    let states: Vec<Result<Selection, Power>> =
        candidates.into_iter().map(|(_, source, indices, why)| usable(source, indices, why)).collect();
    // A readable source is preferred to one that covers more and is not readable. If none is readable, report the
    // first.
    let readable = states.iter().position(Result::is_ok);
    let state = readable.map_or_else(|| states.first(), |index| states.get(index)).cloned();
    state.unwrap_or_else(|| Err(if found.is_empty() { Power::NoSensor } else { unknown(found, computes) }))
}

/// The state for sensors that are not known to cover what is measured.
fn unknown(found: &[Source], computes: &Computes) -> Power {
    let names: BTreeSet<&str> = found.iter().map(|source| source.name.as_str()).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let reason = format!(
        "no source is known to cover {} (found {}); `measure sensors` lists the rails, and --power SOURCE/RAIL selects one",
        computes.words(),
        names.join(", ")
    );
    Power::NotChosen { reason }
}

/// The source with this name.
fn by_name<'a>(found: &'a [Source], name: &str) -> Result<&'a Source, String> {
    let named: Vec<&Source> = found.iter().filter(|source| source.name == name).collect();
    if let [source] = named[..] {
        return Ok(source);
    }
    let base = name.split(['#', '@']).next().unwrap_or(name);
    let names: Vec<&str> = found.iter().map(|source| source.name.as_str()).collect();
    let alike: Vec<&str> = names.iter().copied().filter(|own| own.split('@').next() == Some(base)).collect();
    let equal = alike.iter().filter(|own| **own == base).count();
    if equal > 1 {
        return Err(format!(
            "{equal} chips are called `{base}`, and nothing that the kernel shows of them stays the same after the next \
             start\nhint: use another source, or --power none"
        ));
    }
    let (what, known) = match alike[..] {
        [] => (format!("this machine has no power source `{name}`"), names),
        _ => (format!("`{name}` is not the name of one chip, and the kernel's numbers change"), alike),
    };
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Err(format!("{what}\nhint: available sources: {known} (`measure sensors` shows more)"))
}

fn named(found: &[Source], name: &str, rails: &[String]) -> Result<Result<Selection, Power>, String> {
    let source = by_name(found, name)?;
    let known = || {
        let names: Vec<&str> = source.rails.iter().map(|rail| rail.name.as_str()).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    };
    let mut indices = Vec::new();
    for rail in rails {
        let index = source.rails.iter().position(|own| own.name == *rail);
        let index = index
            .ok_or_else(|| format!("power source {name} has no rail `{rail}`\nhint: its rails are {}", known()))?;
        if !indices.contains(&index) {
            indices.push(index);
        }
    }
    let names: Vec<&str> = indices.iter().map(|&index| source.rails[index].name.as_str()).collect();
    if let Some((part, whole)) = rapl::overlap(&names).filter(|_| name == "rapl") {
        return Err(format!(
            "{whole} includes {part}, so their sum would count the same energy twice\nhint: omit one of them"
        ));
    }
    match &source.total {
        Total::Rails { indices, why } if rails.is_empty() => Ok(usable(source, indices, why)),
        Total::Unknown { why } if rails.is_empty() => Err(format!(
            "power source {name} has no known total: {why}\nhint: give --power {name}/RAIL; its rails are {}",
            known()
        )),
        _ => Ok(usable(source, &indices, "the requested rails")),
    }
}

/// The source with these rails, unless one of them is not readable.
fn usable(source: &Source, indices: &[usize], why: &str) -> Result<Selection, Power> {
    let not_readable = |reason: &str, remedy: &str| Power::NotReadable {
        source: source.name.clone(),
        reason: reason.to_owned(),
        remedy: remedy.to_owned(),
    };
    let locked = indices.iter().find_map(|&index| source.rails.get(index)?.locked.as_ref());
    if let Some(Locked { reason, remedy }) = locked {
        return Err(not_readable(reason, remedy));
    }
    if let Some(Locked { reason, remedy }) = &source.unavailable {
        return Err(not_readable(reason, remedy));
    }
    Ok(Selection { source: source.clone(), total: indices.to_vec(), why: why.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::super::formula::Formula;
    use super::super::source::{Access, Rail};
    use super::*;
    use results::power::Scope;

    fn powers() -> Access {
        Access::Files(Formula::Power { file: "power1_input".into(), unit: 1e-6 })
    }

    fn rail(name: &str, locked: bool) -> Rail {
        let locked = locked.then(|| Locked { reason: "permission denied".to_owned(), remedy: "chmod".to_owned() });
        Rail { name: name.to_owned(), access: powers(), step: None, accuracy: None, locked }
    }

    fn source(name: &str, scope: Scope, total: Option<usize>, locked: bool) -> Source {
        Source {
            name: name.to_owned(),
            what: String::new(),
            scope,
            rails: vec![rail("a", false), rail("b", locked)],
            total: match total {
                Some(index) => Total::Rails { indices: vec![index], why: "it is".to_owned() },
                None => Total::Unknown { why: "its rails are unknown".to_owned() },
            },
            unavailable: None,
            nominal_period: None,
            averaging: None,
            card: None,
        }
    }

    fn selection(found: &[Source], selector: &str) -> Result<Result<(String, Vec<usize>), Power>, String> {
        let selection = select(found, &selector.parse()?, &Computes::Processor)?;
        Ok(selection.map(|selection| (selection.source.name, selection.total)))
    }

    #[test]
    fn the_source_that_covers_more_is_selected_and_a_part_only_on_request() {
        let (rapl, board) =
            (source("rapl", Scope::Package, Some(0), false), source("ina3221", Scope::Module, Some(1), false));
        let others = [source("hwmon:psu", Scope::Part, Some(0), false), source("nvml:0", Scope::Gpu, Some(0), false)];
        let all = [others[0].clone(), rapl.clone(), others[1].clone(), board];
        assert_eq!(selection(&all, "auto"), Ok(Ok(("ina3221".to_owned(), vec![1]))));
        assert_eq!(selection(&[rapl], "auto"), Ok(Ok(("rapl".to_owned(), vec![0]))));
        let state = selection(&others, "auto");
        assert!(matches!(state, Ok(Err(Power::NotChosen { reason })) if reason.contains("hwmon:psu, nvml:0")));
        assert_eq!(selection(&[], "auto"), Ok(Err(Power::NoSensor)));
    }

    #[test]
    fn a_counter_is_preferred_to_a_power_of_the_same_scope() {
        let mut counter = source("rapl", Scope::Package, Some(0), false);
        counter.rails[0].access = Access::Files(Formula::Energy { file: "energy_uj".into(), unit: 1e-6, range: None });
        let all = [source("hwmon:amdgpu", Scope::Package, Some(0), false), counter];
        assert_eq!(selection(&all, "auto"), Ok(Ok(("rapl".to_owned(), vec![0]))));
    }

    #[test]
    fn a_locked_source_reports_its_remedy_unless_another_is_readable() {
        let locked = source("ina3221", Scope::Module, Some(1), true);
        let rapl = source("rapl", Scope::Package, Some(0), false);
        let state = selection(std::slice::from_ref(&locked), "auto");
        assert!(matches!(state, Ok(Err(Power::NotReadable { remedy, .. })) if remedy == "chmod"));
        assert_eq!(selection(&[locked, rapl], "auto"), Ok(Ok(("rapl".to_owned(), vec![0]))));
    }

    #[test]
    fn rails_are_selected_by_name_and_the_error_for_an_unknown_name_lists_those_that_exist() {
        let all = [source("hwmon:x", Scope::Part, None, false)];
        assert_eq!(selection(&all, "hwmon:x/b+a+b"), Ok(Ok(("hwmon:x".to_owned(), vec![1, 0]))));
        for (selector, expected) in
            [("hwmon:x", "no known total"), ("hwmon:x/c", "its rails are a, b"), ("rapl", "available sources: hwmon:x")]
        {
            assert!(selection(&all, selector).is_err_and(|error| error.contains(expected)), "{selector}");
        }
        assert!(matches!(selection(&all, "none"), Ok(Err(Power::NotChosen { .. }))));
        assert!("".parse::<Selector>().is_err());
    }

    #[test]
    fn a_name_that_may_change_at_the_next_start_is_refused() {
        let chips = |names: &[&str]| -> Vec<Source> {
            names.iter().map(|name| source(name, Scope::Part, None, false)).collect()
        };
        let error = |found: &[Source], name: &str| selection(found, name).expect_err(name);
        let placed = chips(&["hwmon:ina226@a.i2c:0040", "hwmon:ina226@a.i2c:0041", "rapl"]);
        for name in ["hwmon:ina226/a", "hwmon:ina226#2/a", "hwmon:ina226@a.i2c:0042/a"] {
            let error = error(&placed, name);
            assert!(
                error.contains("hint: available sources: hwmon:ina226@a.i2c:0040, hwmon:ina226@a.i2c:0041 ("),
                "{error}"
            );
        }
        assert!(selection(&placed, "hwmon:ina226@a.i2c:0041/a").is_ok());
        let equal = chips(&["hwmon:ina226", "hwmon:ina226"]);
        for name in ["hwmon:ina226/a", "hwmon:ina226#2/a"] {
            assert!(error(&equal, name).starts_with("2 chips are called `hwmon:ina226`, "));
        }
    }

    #[test]
    fn a_sum_that_counts_the_same_energy_twice_is_refused() {
        let mut rapl = source("rapl", Scope::Package, Some(0), false);
        for (rail, name) in rapl.rails.iter_mut().zip(["package-0", "package-0/core"]) {
            rail.name = name.to_owned();
        }
        let error = selection(&[rapl], "rapl/package-0+package-0/core").expect_err("an overlap");
        assert!(error.starts_with("package-0 includes package-0/core, ") && error.contains("\nhint: "), "{error}");
    }

    #[test]
    fn a_source_that_is_unavailable_reports_a_remedy() {
        let unavailable = Some(Locked { reason: "on mains".to_owned(), remedy: "unplug it".to_owned() });
        let battery = Source { unavailable, ..source("battery:BAT0", Scope::Battery, Some(0), false) };
        assert!(
            matches!(selection(&[battery], "auto"), Ok(Err(Power::NotReadable { remedy, .. })) if remedy == "unplug it")
        );
    }
}
