//! Lines `FILE,CLASS`: a path below the folder of the pictures, and a class from 0 to 999 or its WordNet id. Opens no picture.

use std::path::Path;

use super::classes::is_id;
use super::{CLASSES, Entry, ListError, MAX_BYTES, MAX_ENTRIES, class, text};

/// The first line that a list may have.
const HEADER: &str = "file,class";

/// Reads a list.
pub(super) fn read(path: &Path) -> Result<Vec<Entry>, ListError> {
    parse(&text(path, MAX_BYTES.1)?).map_err(|(line, problem, hint)| {
        ListError::new(path, if line > 0 { format!("line {line}: {problem}") } else { problem }, hint)
    })
}

/// The entries of a text, or the number of a line, what is wrong and the remedy.
fn parse(text: &str) -> Result<Vec<Entry>, (usize, String, &'static str)> {
    let mut entries = Vec::new();
    for (line, number) in text.trim_start_matches('\u{feff}').lines().zip(1..) {
        if line.trim().is_empty() || (number == 1 && line.trim() == HEADER) {
            continue;
        }
        let Some((file, label)) = line.rsplit_once(',') else {
            return Err((
                number,
                format!("`{line}` is not FILE,CLASS"),
                "write one picture on each line, such as a.jpg,281",
            ));
        };
        let (file, label) = (file.trim(), label.trim());
        let is_below =
            file.split('/').all(|part| !matches!(part, "" | "." | "..")) && !file.contains(['"', '\\', '\0']);
        if !is_below {
            let hint = "name files by their paths below the folder, with `/` and without quotes";
            return Err((number, format!("`{file}` is not a path below the folder"), hint));
        }
        let class = match label.parse::<u16>() {
            _ if is_id(label) => class(label),
            Ok(index) if usize::from(index) < CLASSES => Some(index),
            Ok(index) if usize::from(index) == CLASSES => {
                let problem = "class 1000: classes are 0 to 999; numbers from 1 to 1000 are ids of ILSVRC's development kit, in another order";
                return Err((
                    number,
                    problem.to_owned(),
                    "give WordNet ids, which meta.mat of the kit has for its numbers",
                ));
            }
            _ => None,
        };
        let Some(class) = class else {
            let problem = format!("`{label}` is neither a class from 0 to 999 nor a WordNet id of ILSVRC-2012");
            return Err((number, problem, "give the place of the WordNet id among the sorted ids, or the id itself"));
        };
        entries.push(Entry { path: file.to_owned(), class });
        if entries.len() > MAX_ENTRIES {
            return Err((0, format!("it has more than {MAX_ENTRIES} lines"), "give fewer"));
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_numbers_or_wordnet_ids() {
        let entries = parse("\u{feff}file,class\r\na/b.jpg,281\n\nc, d.png , n01484850\n").expect("a list");
        let of = |path: &str, class| Entry { path: path.to_owned(), class };
        assert_eq!(entries, [of("a/b.jpg", 281), of("c, d.png", 2)]);
    }

    #[test]
    fn other_numbers_and_paths_are_refused_with_their_line() {
        for (text, expected) in [
            ("a.jpg,0\nb.jpg,1000", (2, "class 1000")),
            ("a.jpg,1001", (1, "`1001` is neither")),
            ("a.jpg,-1", (1, "`-1` is neither")),
            ("a.jpg,n00000001", (1, "`n00000001` is neither")),
            ("a.jpg,", (1, "`` is neither")),
            ("a.jpg", (1, "is not FILE,CLASS")),
            ("../a.jpg,1", (1, "not a path below")),
            ("/a.jpg,1", (1, "not a path below")),
            ("\"a.jpg\",1", (1, "not a path below")),
            (",1", (1, "not a path below")),
        ] {
            let (line, problem, _) = parse(text).expect_err(text);
            assert!((line, problem.contains(expected.1)) == (expected.0, true), "{text}: {problem}");
        }
    }
}
