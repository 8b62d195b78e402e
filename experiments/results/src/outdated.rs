//! The list of outdated records that a run writes: a text with one path per line, for example
//! `records/alexnet-b1.json`. Independent of files and of why a record is outdated.

use std::collections::{BTreeMap, BTreeSet};

/// The records of the listed paths; `known` are the existing ones. An error is the first line that is not a known path,
/// and its number.
pub(crate) fn of<T: Clone + Ord>(list: &str, known: &BTreeMap<String, T>) -> Result<BTreeSet<T>, (usize, String)> {
    let found = |(index, line): (usize, &str)| known.get(line).cloned().ok_or_else(|| (index + 1, line.to_owned()));
    list.lines().enumerate().map(found).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> BTreeMap<String, (String, u32)> {
        ["enet-b1", "enet-b2"]
            .into_iter()
            .zip(1..)
            .map(|(name, batch)| (format!("records/{name}.json"), ("enet".to_owned(), batch)))
            .collect()
    }

    #[test]
    fn a_list_names_points_by_the_paths_of_their_records() {
        let of = |list| of(list, &known());
        assert_eq!(of(""), Ok(BTreeSet::new()));
        assert_eq!(of("records/enet-b2.json\n"), Ok(BTreeSet::from([("enet".to_owned(), 2)])));
    }

    #[test]
    fn a_line_that_names_no_record_is_reported_with_its_number() {
        for line in ["records/enet-b3.json", "enet-b2.json", "records/../records/enet-b2.json", ""] {
            assert_eq!(of(&format!("records/enet-b1.json\n{line}\n"), &known()), Err((2, line.to_owned())));
        }
    }
}
