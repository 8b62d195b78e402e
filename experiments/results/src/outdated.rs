//! The records whose measurements are outdated, as the run that measured lists them: a text with one path a line, for example
//! `records/alexnet-b1.json`. Knows no file, and not why.

use std::collections::{BTreeMap, BTreeSet};

/// The records of the listed paths; `known` are the existing ones. Else the first line that is none of them, and its number.
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
    fn a_list_names_points_by_the_places_of_their_records() {
        let of = |list| of(list, &known());
        assert_eq!(of(""), Ok(BTreeSet::new()));
        assert_eq!(of("records/enet-b2.json\n"), Ok(BTreeSet::from([("enet".to_owned(), 2)])));
    }

    #[test]
    fn a_line_that_names_no_record_is_told_with_its_number() {
        for line in ["records/enet-b3.json", "enet-b2.json", "records/../records/enet-b2.json", ""] {
            assert_eq!(of(&format!("records/enet-b1.json\n{line}\n"), &known()), Err((2, line.to_owned())));
        }
    }
}
