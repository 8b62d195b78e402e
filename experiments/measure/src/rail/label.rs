//! Names from drivers, as one short line that is safe to print.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The longest label that is read.
const MAX_BYTES: u64 = 64;

/// The name in a file, if there is one.
pub fn label(file: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(file).ok()?.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let text: String = text.lines().next()?.chars().filter(|letter| !letter.is_control()).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The names, each with its location where a name occurs more than once. The pairs are names and locations.
pub fn distinct(names: &[(String, String)]) -> Vec<String> {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, _) in names {
        *times.entry(name).or_default() += 1;
    }
    let own = |(name, location): &(String, String)| match times[name.as_str()] {
        1 => name.clone(),
        _ => format!("{name} ({location})"),
    };
    names.iter().map(own).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::fixture;

    #[test]
    fn a_label_is_one_short_line_of_letters() {
        let long = "x".repeat(1000);
        let files = [("a", " VDD_IN \n"), ("b", "\u{1b}[2Jpin\nmore\n"), ("c", "\n"), ("d", long.as_str())];
        let folder = fixture(&files);
        let of = |name: &str| label(&folder.path().join(name));
        assert_eq!((of("a"), of("b")), (Some("VDD_IN".to_owned()), Some("[2Jpin".to_owned())));
        assert_eq!((of("c"), of("none")), (None, None));
        assert_eq!(of("d").map(|label| label.len()), Some(64));
    }

    #[test]
    fn equal_names_are_distinguished_by_their_locations() {
        let named = |name: &str, location: &str| (name.to_owned(), location.to_owned());
        let names = distinct(&[named("a", "1"), named("b", "1"), named("a", "2")]);
        assert_eq!(names, ["a (1)", "b", "a (2)"]);
    }
}
