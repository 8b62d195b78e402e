//! The names that the text uses, found in its syntax. Each name must exist, and each fact and table must be used, so no
//! number is typed by hand, and none is computed in vain.

use std::collections::{BTreeMap, BTreeSet};

use typst::syntax::ast::{Arg, Expr, FuncCall};
use typst::syntax::{LinkedNode, Source};

use crate::compile::CompileError;
use crate::compile::folder::Folder;

/// The functions of the text that take a name.
const FACT: &str = "fact";
const ROWS: &str = "rows";
const CLAIM: &str = "claim";

/// A name in the text.
struct Use {
    function: &'static str,
    /// The name; none when it is not a literal.
    name: Option<String>,
    /// The location, such as `text/report.typ:12:3`.
    location: String,
}

/// Compares the names in the text with those that exist.
pub fn check(folder: &Folder) -> Result<(), CompileError> {
    let known: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::from([
        (FACT, folder.facts.values.keys().map(String::as_str).collect()),
        (ROWS, folder.facts.tables.keys().map(String::as_str).collect()),
        (CLAIM, folder.claims.iter().map(String::as_str).collect()),
    ]);
    let uses: Vec<Use> = folder
        .texts()
        .filter_map(|(path, bytes)| Some(of_text(path, std::str::from_utf8(bytes).ok()?)))
        .flatten()
        .collect();
    let mut problems = Vec::new();
    for used in &uses {
        let (function, location) = (used.function, &used.location);
        let Some(names) = known.get(function) else { continue };
        match &used.name {
            None => problems.push(format!("{location}: `{function}` needs a name that is written out, in quotes")),
            Some(name) if !names.contains(name.as_str()) => {
                let near = similar(name, names);
                let hint = if near.is_empty() { String::new() } else { format!("; similar: {}", near.join(", ")) };
                problems.push(format!("{location}: unknown {function} `{name}`{hint}"));
            }
            Some(_) => {}
        }
    }
    for function in [FACT, ROWS] {
        let named: BTreeSet<&str> =
            uses.iter().filter(|used| used.function == function).filter_map(|used| used.name.as_deref()).collect();
        let unused = known.get(function).into_iter().flatten().filter(|name| !named.contains(*name));
        problems.extend(unused.map(|name| format!("facts.json: {function} `{name}` is never used by the text")));
    }
    if problems.is_empty() { Ok(()) } else { Err(CompileError::Names { problems }) }
}

fn of_text(path: &str, text: &str) -> Vec<Use> {
    let source = Source::detached(text);
    let mut uses = Vec::new();
    collect(path, &source, &LinkedNode::new(source.root()), &mut uses);
    uses
}

fn collect(path: &str, source: &Source, node: &LinkedNode<'_>, uses: &mut Vec<Use>) {
    if let Some(call) = node.cast::<FuncCall<'_>>()
        && let Expr::Ident(callee) = call.callee()
        && let Some(function) = [FACT, ROWS, CLAIM].into_iter().find(|name| *name == callee.as_str())
    {
        let name = match call.args().items().next() {
            Some(Arg::Pos(Expr::Str(name))) => Some(name.get().to_string()),
            _ => None,
        };
        let (line, column) = source.lines().byte_to_line_column(node.offset()).unwrap_or_default();
        uses.push(Use { function, name, location: format!("{path}:{}:{}", line + 1, column + 1) });
    }
    for child in node.children() {
        collect(path, source, &child, uses);
    }
}

/// At most three known names similar to a misspelt one, nearest first.
fn similar<'a>(name: &str, known: &BTreeSet<&'a str>) -> Vec<&'a str> {
    let mut near: Vec<(usize, &str)> = known
        .iter()
        .map(|other| (distance(name, other), *other))
        .filter(|(apart, _)| *apart <= name.len() / 2)
        .collect();
    near.sort_unstable();
    near.into_iter().map(|(_, other)| other).take(3).collect()
}

/// Characters to insert, delete or replace between two names (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut previous = i;
        let mut last = i + 1;
        for (cell, right) in row.iter_mut().skip(1).zip(b.chars()) {
            let replaced = previous + usize::from(left != right);
            previous = *cell;
            *cell = replaced.min(previous + 1).min(last + 1);
            last = *cell;
        }
        row[0] = i + 1;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_markup_code_and_arguments() {
        let uses =
            of_text("a.typ", "Text #fact(\"one\")\n#f(caption: [#fact(\"two\")])[#claim(\"C2\").words #rows(it)]");
        let found: Vec<_> =
            uses.iter().map(|used| (used.function, used.name.as_deref(), used.location.as_str())).collect();
        let expected = [
            (FACT, Some("one"), "a.typ:1:7"),
            (FACT, Some("two"), "a.typ:2:15"),
            (CLAIM, Some("C2"), "a.typ:2:30"),
            (ROWS, None, "a.typ:2:49"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn names_in_comments_are_ignored() {
        assert!(of_text("a.typ", "// #fact(\"one\")\n`#fact(\"two\")`").is_empty());
    }

    #[test]
    fn distances_are_those_of_the_textbook() {
        assert_eq!((distance("kitten", "sitting"), distance("", "abc"), distance("abc", "abc")), (3, 3, 0));
    }

    #[test]
    fn a_misspelt_name_has_suggestions() {
        assert_eq!(similar("time.mni", &BTreeSet::from(["time.min", "memory.line"])), ["time.min"]);
    }
}
