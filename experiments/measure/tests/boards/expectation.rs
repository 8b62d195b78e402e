//! The expectations of a board and how they are checked.
//!
//! | words | expectation |
//! |---|---|
//! | `sources A, B` | these sources and no others, in this order; `sources none` for none |
//! | `SOURCE rails A, B` | these rails and no others, in this order |
//! | `SOURCE rail NAME 1.216 W` | the second reading of a rail; an energy in J counts from the first |
//! | `SOURCE total A + B 6.840 W` | the rails of the total, and the sum of their second reading |
//! | `SOURCE total unknown: WORDS` | no total, and what the reason contains |
//! | `SOURCE scope board` | the scope, in the words of records |
//! | `SOURCE what WORDS` | what its description contains |
//! | `SOURCE step NAME 0.040 W` | the step that is known in advance; `none` instead of the number for none |
//! | `SOURCE accuracy NAME 0.5 %` | the accuracy; `none` likewise |
//! | `SOURCE period 0.007 s` | the update period; `averaging` likewise |
//! | `SOURCE locked NAME WORDS` | the rail cannot be read, and what the reason contains |
//! | `SOURCE remedy NAME WORDS` | what the remedy contains |
//! | `SOURCE open` | every rail can be read |
//! | `SOURCE card 0000:03:00.0` | the graphics processor whose sensor it is |
//! | `SOURCE unavailable WORDS` | why it cannot be used now; `SOURCE usable` where it can |

use measure::rail::source::{Rail, Reading, Source, Total};
use results::power::Quantity;

/// What a board shows: its sources, each with its second reading.
pub struct Shown(pub Vec<(Source, Reading)>);

impl Shown {
    /// Checks an expectation; the error is what the board shows instead.
    pub fn meets(&self, words: &str) -> Result<(), String> {
        let (source, rest) = words.split_once(' ').ok_or("an expectation has at least two words")?;
        if source == "sources" {
            let names: Vec<&str> = self.0.iter().map(|(source, _)| source.name.as_str()).collect();
            return same(rest, if names.is_empty() { "none".to_owned() } else { names.join(", ") });
        }
        let (source, reading) =
            self.0.iter().find(|(own, _)| own.name == source).ok_or_else(|| format!("there is no source {source}"))?;
        let (what, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        match what {
            "rails" => {
                let names: Vec<&str> = source.rails.iter().map(|rail| rail.name.as_str()).collect();
                same(rest, names.join(", "))
            }
            "rail" => {
                let (name, value) = value(rest)?;
                let index = index(source, name)?;
                close(value, reading.values[index].clone()?)?;
                same(unit(rest), unit_of(&source.rails[index]).to_owned())
            }
            "total" => total(source, reading, rest),
            "scope" => same(rest, source.scope.words().to_owned()),
            "what" => contains(&source.what, rest),
            "step" => known(source, rest, |rail| rail.step),
            "accuracy" => known(source, rest, |rail| rail.accuracy.as_ref().map(|accuracy| accuracy.percent)),
            "period" => given(rest, source.nominal_period),
            "averaging" => given(rest, source.averaging),
            "locked" | "remedy" => {
                let (name, words) = rest.split_once(' ').ok_or("which rail?")?;
                let locked = source.rails[index(source, name)?].locked.as_ref().ok_or("it can be read")?;
                contains(if what == "locked" { &locked.reason } else { &locked.remedy }, words)
            }
            "open" => match source.rails.iter().find(|rail| rail.locked.is_some()) {
                Some(rail) => Err(format!("{}: {:?}", rail.name, rail.locked)),
                None => Ok(()),
            },
            "card" => {
                let address = source.card.as_ref().and_then(|card| card.address.clone());
                same(rest, address.unwrap_or_else(|| "no card".to_owned()))
            }
            "unavailable" => contains(&source.unavailable.as_ref().ok_or("usable")?.reason, rest),
            "usable" => source.unavailable.as_ref().map_or(Ok(()), |why| Err(why.reason.clone())),
            other => Err(format!("`{other}` is not an expectation")),
        }
    }
}

fn total(source: &Source, reading: &Reading, rest: &str) -> Result<(), String> {
    if let Some(words) = rest.strip_prefix("unknown: ") {
        let Total::Unknown { why } = &source.total else { return Err(format!("{:?}", source.total)) };
        return contains(why, words);
    }
    let Total::Rails { indices, why } = &source.total else { return Err(format!("{:?}", source.total)) };
    let (names, expected) = value(rest)?;
    let own: Vec<&str> = indices.iter().map(|index| source.rails[*index].name.as_str()).collect();
    same(names, own.join(" + "))?;
    let values: Result<Vec<f64>, String> = indices.iter().map(|index| reading.values[*index].clone()).collect();
    close(expected, values?.iter().sum())?;
    for index in indices {
        same(unit(rest), unit_of(&source.rails[*index]).to_owned())?;
    }
    if why.is_empty() { Err("no reason is given why these are the total".to_owned()) } else { Ok(()) }
}

/// Words before a number and its unit, and the number.
fn value(words: &str) -> Result<(&str, f64), String> {
    let mut parts = words.rsplitn(3, ' ').skip(1);
    let number = parts.next().and_then(|number| number.parse().ok());
    Ok((
        parts.next().unwrap_or_default(),
        number.ok_or_else(|| format!("`{words}` does not end with a number and a unit"))?,
    ))
}

fn unit(words: &str) -> &str {
    words.rsplit(' ').next().unwrap_or_default()
}

fn unit_of(rail: &Rail) -> &'static str {
    match rail.access.quantity() {
        Quantity::Power => "W",
        Quantity::Energy => "J",
    }
}

fn index(source: &Source, name: &str) -> Result<usize, String> {
    source.rails.iter().position(|rail| rail.name == name).ok_or_else(|| format!("there is no rail {name}"))
}

/// Checks a property of a rail that may be unknown.
fn known(source: &Source, rest: &str, of: impl Fn(&Rail) -> Option<f64>) -> Result<(), String> {
    if let Some(name) = rest.strip_suffix(" none") {
        let own = of(&source.rails[index(source, name)?]);
        return if own.is_none() { Ok(()) } else { Err(format!("{own:?}")) };
    }
    let (name, expected) = value(rest)?;
    close(expected, of(&source.rails[index(source, name)?]).ok_or("unknown")?)
}

fn given(rest: &str, own: Option<f64>) -> Result<(), String> {
    match (rest, own) {
        ("none", None) => Ok(()),
        ("none", Some(own)) => Err(own.to_string()),
        (rest, own) => close(value(rest)?.1, own.ok_or("unknown")?),
    }
}

fn close(expected: f64, own: f64) -> Result<(), String> {
    if (expected - own).abs() <= 1e-9 * expected.abs() + 1e-12 { Ok(()) } else { Err(format!("{own}")) }
}

fn same(expected: &str, own: String) -> Result<(), String> {
    if expected == own { Ok(()) } else { Err(own) }
}

fn contains(own: &str, words: &str) -> Result<(), String> {
    if !words.is_empty() && own.contains(words) { Ok(()) } else { Err(own.to_owned()) }
}
