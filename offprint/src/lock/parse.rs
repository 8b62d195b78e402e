//! Reads the text of a lock, line by line.

use std::collections::BTreeMap;

use ecow::EcoString;
use serde_json::Value;

use super::{EARLIER, Lock, Locked};
use crate::digest::Digest;
use crate::graph::is_plain;
use crate::identity;
use crate::quote::{split, unquote};
use crate::request::Request;
use crate::resolved::Outputs;
use crate::step::Class;

impl Lock {
    pub(super) fn parse(text: &str) -> Result<Self, Bad> {
        let mut drafts = Drafts::default();
        let mut hardware: BTreeMap<String, (usize, BTreeMap<String, String>)> = BTreeMap::new();
        let mut requests: BTreeMap<String, (usize, Request)> = BTreeMap::new();
        let mut versioned = false;
        let mut count = 0;
        for (line, content) in text.lines().enumerate().map(|(index, content)| (index + 1, content)) {
            count = line;
            if content.starts_with('#') || content.is_empty() {
                continue;
            }
            let bad = |field: &str, problem: &str| (line, field.to_owned(), problem.to_owned());
            if let Some(request) = content.strip_prefix("request ").filter(|_| versioned) {
                let (name, field, value) = request_line(request).map_err(|problem| bad("request", &problem))?;
                let fields = &mut requests.entry(name).or_insert_with(|| (line, Request::default())).1.0;
                if fields.insert(field, value).is_some() {
                    return Err(bad("request", "this field is given twice"));
                }
                continue;
            }
            let tokens = split(content).ok_or_else(|| bad("line", "it is not a list of words"))?;
            let tokens: Vec<&str> = tokens.iter().map(AsRef::as_ref).collect();
            if !versioned {
                match &tokens[..] {
                    ["version", "3"] => {}
                    ["version", "2"] => return Err(bad("version", EARLIER)),
                    _ => return Err(bad("version", "expected `version 3`, which this program writes")),
                }
                versioned = true;
                continue;
            }
            match &tokens[..] {
                ["hardware", name, fact, value] => {
                    let (_, facts) = hardware.entry((*name).to_owned()).or_insert_with(|| (line, BTreeMap::new()));
                    if facts.insert((*fact).to_owned(), (*value).to_owned()).is_some() {
                        return Err(bad("hardware", "this fact is given twice"));
                    }
                }
                ["step", name, step, field, values @ ..] => {
                    if !(drafts.is_last((name, step)) || is_plain(step) && is_plain(name)) {
                        return Err(bad("step", "it is not a valid name of a step on some hardware"));
                    }
                    drafts.of((name, step), line).add(field, values).map_err(|problem| bad(field, &problem))?;
                }
                _ => {
                    return Err(bad(
                        "line",
                        "expected `hardware NAME FACT VALUE`, `request HARDWARE FIELD JSON` or `step HARDWARE NAME \
                         FIELD …`",
                    ));
                }
            }
        }
        if !versioned {
            return Err((count.max(1), "version".to_owned(), "it is missing".to_owned()));
        }
        if let Some((_, (line, _))) = hardware.iter().find(|(name, (_, facts))| !identity::fits(name, facts)) {
            return Err((*line, "hardware".to_owned(), "its name does not match its facts".to_owned()));
        }
        let drafts = drafts.finish();
        let known = |(name, _): &(EcoString, EcoString)| identity::apart(name).all(|part| hardware.contains_key(part));
        if let Some((_, draft)) = drafts.iter().find(|(name, _)| !known(name)) {
            return Err((draft.line, "step".to_owned(), "no line has the facts of its hardware".to_owned()));
        }
        if let Some((_, (line, _))) = requests.iter().find(|(name, _)| !hardware.contains_key(*name)) {
            return Err((*line, "request".to_owned(), "no line has the facts of its hardware".to_owned()));
        }
        let requests = requests.into_iter().map(|(name, (_, request))| (name, request)).collect();
        let steps = drafts.into_iter().map(|(name, draft)| Ok((name, draft.finish()?))).collect::<Result<_, _>>()?;
        let hardware = hardware.into_iter().map(|(name, (_, facts))| (name, facts)).collect();
        Ok(Self { hardware, requests, steps })
    }
}

/// Hardware, field and value, after `request `.
fn request_line(line: &str) -> Result<(String, String, Value), String> {
    let shape = || "expected `request HARDWARE FIELD JSON`".to_owned();
    let mut parts = line.splitn(3, ' ');
    let mut token = || parts.next().and_then(unquote).and_then(|tokens| tokens.into_iter().next());
    let (name, field) = (token().ok_or_else(shape)?, token().ok_or_else(shape)?);
    let value = serde_json::from_str(parts.next().ok_or_else(shape)?);
    Ok((name, field, value.map_err(|error| format!("its value is not JSON: {error}"))?))
}

/// Line, field, problem.
pub(super) type Bad = (usize, String, String);

/// The steps that lines were read of. Lines of one step usually follow each other.
#[derive(Default)]
struct Drafts {
    last: Option<((EcoString, EcoString), Draft)>,
    others: BTreeMap<(EcoString, EcoString), Draft>,
}

impl Drafts {
    fn is_last(&self, (hardware, step): (&str, &str)) -> bool {
        self.last.as_ref().is_some_and(|((name, last), _)| name == hardware && last == step)
    }

    /// That of a step, which `line` mentions.
    fn of(&mut self, (hardware, step): (&str, &str), line: usize) -> &mut Draft {
        if !self.is_last((hardware, step)) {
            self.others.extend(self.last.take());
        }
        let (_, draft) = self.last.get_or_insert_with(|| {
            let name = (hardware.into(), step.into());
            let known = self.others.remove(&name);
            (name, known.unwrap_or_else(|| Draft { line, ..Draft::default() }))
        });
        draft
    }

    fn finish(mut self) -> BTreeMap<(EcoString, EcoString), Draft> {
        self.others.extend(self.last);
        self.others
    }
}

#[derive(Default)]
struct Draft {
    line: usize,
    class: Option<Class>,
    key: Option<Digest>,
    outputs: Outputs,
}

impl Draft {
    fn add(&mut self, field: &str, values: &[&str]) -> Result<(), String> {
        let digest = |text: &str| text.parse::<Digest>().map_err(|error| error.to_string());
        let twice = match (field, values) {
            ("class", [name]) => {
                let class = Class::from_name(name)
                    .ok_or_else(|| format!("`{name}` is not one of {}", Class::ALL.map(Class::name).join(", ")))?;
                self.class.replace(class).is_some()
            }
            ("key", [text]) => self.key.replace(digest(text)?).is_some(),
            ("output", [name, _]) if !is_plain(name) => {
                return Err(format!("`{name}` is not a valid name of an output"));
            }
            ("output", [name, text]) => self.outputs.insert(*name, digest(text)?).is_some(),
            ("class" | "key" | "output", _) => return Err("wrong number of values".to_owned()),
            _ => return Err("unknown; the fields are class, key, output".to_owned()),
        };
        if twice { Err("it is given twice".to_owned()) } else { Ok(()) }
    }

    fn finish(self) -> Result<Locked, Bad> {
        let missing = |field: &str| (self.line, field.to_owned(), "this step has none".to_owned());
        let class = self.class.ok_or_else(|| missing("class"))?;
        let key = self.key.ok_or_else(|| missing("key"))?;
        Ok(Locked { class, key, outputs: self.outputs })
    }
}
