//! The skeleton of the page and what is put into it: `{{fact NAME}}`, `{{slot NAME}}`, and parts that stand only where something
//! is so, `{{when NAME}}` to `{{end}}`. An unknown name is an error, and so is a slot or condition that nothing uses. Independent of names.

use std::collections::{BTreeMap, BTreeSet};

use super::markup::escaped;

/// What there is to put in.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// Texts by name; any part of them may be used.
    pub facts: BTreeMap<String, String>,
    /// Finished HTML by name; all of it must be used.
    pub slots: BTreeMap<&'static str, String>,
    /// Whether something is so, by name; each must be asked for.
    pub conditions: BTreeMap<&'static str, bool>,
}

/// The skeleton filled, or what is wrong with it: one line a problem, each with its place.
pub fn fill(skeleton: &str, content: &Content) -> Result<String, Vec<String>> {
    let (mut out, mut problems, mut used) = (String::new(), Vec::new(), BTreeSet::new());
    // Whether the part is shown, and where it began.
    let mut part: Option<(bool, usize)> = None;
    let mut rest = skeleton;
    while let Some((before, after)) = rest.split_once("{{") {
        let line = 1 + skeleton[..skeleton.len() - after.len()].matches('\n').count();
        let shown = part.is_none_or(|(shown, _)| shown);
        let Some((mark, after)) = after.split_once("}}") else {
            problems.push(format!("line {line}: `{{{{` without `}}}}`"));
            break;
        };
        rest = after;
        let mut put = |text: &str| out.push_str(if shown { text } else { "" });
        put(before);
        let mark = mark.trim();
        used.insert(mark.to_owned());
        match (mark.split_once(' ').unwrap_or((mark, "")), part) {
            (("fact", name), _) => match content.facts.get(name) {
                Some(text) => put(&escaped(text)),
                None => problems.push(format!("line {line}: unknown fact `{name}`")),
            },
            (("slot", name), _) => match content.slots.get(name) {
                Some(html) => put(html),
                None => problems.push(format!("line {line}: unknown slot `{name}`")),
            },
            (("when", name), None) => match content.conditions.get(name) {
                Some(so) => part = Some((*so, line)),
                None => problems.push(format!("line {line}: unknown condition `{name}`")),
            },
            (("end", ""), Some(_)) => part = None,
            _ => problems.push(format!("line {line}: `{mark}` means nothing here")),
        }
    }
    if let Some((_, line)) = part {
        problems.push(format!("line {line}: `when` without `end`"));
    }
    out.push_str(rest);
    let slots = content.slots.keys().map(|name| format!("slot {name}"));
    let unused = slots.chain(content.conditions.keys().map(|name| format!("when {name}")));
    problems.extend(unused.filter(|mark| !used.contains(mark)).map(|mark| format!("`{mark}` is never used")));
    if problems.is_empty() { Ok(out) } else { Err(problems) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content() -> Content {
        Content {
            facts: BTreeMap::from([("machine".to_owned(), "A & B".to_owned())]),
            slots: BTreeMap::from([("list", "<ul></ul>".to_owned())]),
            conditions: BTreeMap::from([("simulated", false)]),
        }
    }

    #[test]
    fn facts_are_escaped_and_slots_are_not() {
        let text = "<p>{{fact machine}}</p>{{slot list}}{{when simulated}}no{{end}}.";
        assert_eq!(fill(text, &content()).expect("it fits"), "<p>A &amp; B</p><ul></ul>.");
        let simulated = Content { conditions: BTreeMap::from([("simulated", true)]), ..content() };
        assert_eq!(fill("{{slot list}}{{ when simulated }}yes{{ end }}", &simulated).expect("it fits"), "<ul></ul>yes");
    }

    #[test]
    fn every_problem_has_its_line() {
        let text = "{{fact nobody}}\n{{slot none}}{{when never}}\n{{end}}{{if x}}\n{{when simulated}}{{";
        let problems = fill(text, &content()).expect_err("it does not fit");
        let expected = [
            "line 1: unknown fact `nobody`",
            "line 2: unknown slot `none`",
            "line 2: unknown condition `never`",
            "line 3: `end` means nothing here",
            "line 3: `if x` means nothing here",
            "line 4: `{{` without `}}`",
            "line 4: `when` without `end`",
            "`slot list` is never used",
        ];
        assert_eq!(problems, expected);
    }
}
