//! What a record says of its surroundings: the machine, the program, the checkout, and what the machine was doing before and
//! after, and when. Each fact is a value or the reason why there is none. No host name, no path.

pub mod clock;
pub mod commit;
pub mod machine;
pub mod moment;
pub mod program;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use results::Observation;

/// Facts by name.
pub type Facts = BTreeMap<String, Observation>;

/// A fact that was found.
pub fn known(value: impl Into<serde_json::Value>) -> Observation {
    Observation::Known { value: value.into() }
}

/// A fact, or the reason why there is none.
pub(crate) fn observation(value: Result<impl Into<serde_json::Value>, String>) -> Observation {
    match value {
        Ok(value) => known(value),
        Err(reason) => Observation::Unknown { reason },
    }
}

/// The text of a file of the kernel without its end of line. The reason names the file below its root, not where that is.
pub(crate) fn text(root: &Path, file: &str) -> Result<String, String> {
    let text = fs::read_to_string(root.join(file)).map_err(|error| format!("{file}: {}", error.kind()))?;
    let text = text.trim_end_matches(['\n', '\0']);
    if text.is_empty() { Err(format!("{file}: empty")) } else { Ok(text.to_owned()) }
}

/// The value of the first line `name : value`.
fn field(text: &str, name: &str) -> Option<String> {
    let mut pairs = text.lines().filter_map(|line| line.split_once(':'));
    pairs.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::moment::Moment;

    #[test]
    fn a_missing_file_is_a_reason_without_the_place() {
        let folder = tempfile::tempdir().expect("a folder");
        let reason = text(folder.path(), "loadavg").expect_err("it is not there");
        assert!(reason.starts_with("loadavg: ") && !reason.contains('/'), "{reason}");
    }

    #[test]
    fn every_fact_is_there_on_a_machine_that_tells_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let facts = |procfs: &Path| {
            let moment = || Moment::read(procfs, folder.path());
            let mut facts = machine::facts(procfs);
            facts.extend(moment().facts_until(&moment()));
            facts
        };
        let nothing = facts(folder.path());
        assert!(nothing.keys().eq(facts(Path::new("/proc")).keys()));
        for name in ["cpu_model", "kernel", "governor", "load_before", "temperature_after_celsius"] {
            assert!(matches!(nothing.get(name), Some(Observation::Unknown { .. })), "{name}");
        }
        assert!(matches!(program::facts().get("rustc"), Some(Observation::Known { .. })));
    }
}
