//! `ro-crate-metadata.json`: every file of a publication, the action that made it, the program and the hardware, as
//! RO-Crate 1.1 with the profiles Process Run Crate 0.5 and Workflow Run Crate 0.5 (<https://w3id.org/ro/wfrun>).

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::{Value, json};

use crate::digest::Digest;
use crate::identity;
use crate::lock::Lock;
use crate::publication::bundle::Contents;
use crate::publication::sources;
use crate::session::Session;
use crate::step::{Class, Origin, Step};

/// Its name.
pub const FILE: &str = "ro-crate-metadata.json";
/// The declaration of the steps, for readers.
pub const WORKFLOW: &str = "workflow/steps.rs";

/// Files by path.
type Files = BTreeMap<String, Vec<u8>>;

const PROFILES: [(&str, &str, &str); 3] = [
    ("https://w3id.org/ro/wfrun/process/0.5", "Process Run Crate", "0.5"),
    ("https://w3id.org/ro/wfrun/workflow/0.5", "Workflow Run Crate", "0.5"),
    ("https://w3id.org/workflowhub/workflow-ro-crate/1.0", "Workflow RO-Crate", "1.0"),
];
const RUST: &str = "https://www.rust-lang.org/";

/// The description of `files`, which the steps made according to `lock`. Its day of publication is that of the latest
/// measurement, or of the latest commit where nothing was measured, so the description is always the same.
///
/// # Errors
/// Git does not give the day of the commit, or the compiler not its version.
pub fn text(session: &Session, contents: &Contents, (lock, files): (&Lock, &Files)) -> Result<String> {
    let steps: Vec<(&Step, &str)> =
        contents.chosen.iter().map(|&index| (&session.graph.steps()[index], session.graph.hardware(index))).collect();
    let measured = steps.iter().filter(|(step, _)| step.class == Class::Measured).flat_map(|(step, _)| {
        step.outputs.iter().filter_map(|output| (contents.measured_at)(files.get(&step.export(output))?))
    });
    let day = match (measured.max(), contents.day) {
        (Some(time), _) => time.chars().take(10).collect(),
        (None, Some(day)) => day.to_owned(),
        (None, None) => sources::day(&session.tree.root)?,
    };
    let toolchain = session.tree.toolchain()?;
    let mut all = vec![
        json!({
            "@id": FILE,
            "@type": "CreativeWork",
            "about": id("./"),
            "conformsTo": [id("https://w3id.org/ro/crate/1.1"), id(PROFILES[2].0)],
        }),
        root(&steps, contents, files, &day),
        workflow(toolchain, files),
        json!({ "@id": RUST, "@type": "ComputerLanguage", "name": "Rust", "url": RUST, "version": toolchain }),
        run(&steps, &day),
    ];
    all.extend(
        PROFILES
            .map(|(at, name, version)| json!({ "@id": at, "@type": "CreativeWork", "name": name, "version": version })),
    );
    let licenses = contents.about.licenses.iter();
    all.extend(licenses.map(|(id, name)| json!({ "@id": spdx(id), "@type": "CreativeWork", "name": name })));
    all.extend(files.iter().filter(|(path, _)| *path != WORKFLOW).map(|(path, bytes)| file(path, bytes)));
    let programs: BTreeSet<&str> = steps.iter().map(|(step, _)| step.program.name()).collect();
    all.extend(programs.into_iter().map(|program| {
        json!({
            "@id": format!("#program-{program}"),
            "@type": "SoftwareApplication",
            "name": program,
            "softwareVersion": env!("CARGO_PKG_VERSION"),
        })
    }));
    for (name, facts) in &lock.hardware {
        hardware(name, facts, &mut all);
    }
    all.extend(steps.iter().map(|(step, hardware)| action(step, hardware, session, contents, (lock, files))));
    let terms = json!({ "sha256": "https://w3id.org/ro/terms/workflow-run#sha256" });
    let text = json!({ "@context": ["https://w3id.org/ro/crate/1.1/context", terms], "@graph": all });
    Ok(format!("{text:#}\n"))
}

/// Compares a description with a rebuilt one: what differs, and whether the same programs wrote both. None when they
/// are the same to the byte.
pub fn difference(published: &[u8], again: &str) -> Option<(String, bool)> {
    if published == again.as_bytes() {
        return None;
    }
    let published: Value = serde_json::from_slice(published).unwrap_or_default();
    let again: Value = serde_json::from_str(again).unwrap_or_default();
    let entities = |of: &Value| -> BTreeMap<String, Value> {
        let all = of["@graph"].as_array().into_iter().flatten();
        all.map(|entity| (entity["@id"].as_str().unwrap_or_default().to_owned(), entity.clone())).collect()
    };
    let (old, new) = (entities(&published), entities(&again));
    let versions = |of: &BTreeMap<String, Value>| {
        [RUST, WORKFLOW].map(|id| of.get(id).map(|entity| entity["version"].clone()).unwrap_or_default())
    };
    let differs = old.keys().chain(new.keys()).find(|id| old.get(*id) != new.get(*id));
    let named = differs.map_or("its layout differs".to_owned(), |id| format!("its entity `{id}` differs"));
    Some((named, versions(&old) == versions(&new)))
}

/// The day of publication in a description.
pub fn day(published: &[u8]) -> Option<String> {
    let all: Value = serde_json::from_slice(published).ok()?;
    let root = all["@graph"].as_array()?.iter().find(|entity| entity["@id"] == "./")?.clone();
    root["datePublished"].as_str().map(str::to_owned)
}

/// The URI of a licence.
fn spdx(id: &str) -> String {
    format!("https://spdx.org/licenses/{id}")
}

fn root(steps: &[(&Step, &str)], contents: &Contents, files: &Files, day: &str) -> Value {
    let skipped = contents.skipped.map(|skipped| format!(" {skipped}.")).unwrap_or_default();
    let actions = steps.iter().map(|(step, _)| id(&action_id(step)));
    let actions: Vec<Value> = [id("#reproduce")].into_iter().chain(actions).collect();
    json!({
        "@id": "./",
        "@type": "Dataset",
        "name": contents.about.title,
        "description": format!("{}{skipped}", contents.about.description),
        "datePublished": day,
        "license": contents.about.licenses.iter().map(|(license, _)| id(&spdx(license))).collect::<Vec<_>>(),
        "conformsTo": PROFILES.map(|(at, _, _)| id(at)),
        "mainEntity": id(WORKFLOW),
        "hasPart": files.keys().map(|path| id(&encoded(path))).collect::<Vec<_>>(),
        "mentions": actions,
    })
}

fn workflow(toolchain: &str, files: &Files) -> Value {
    let mut workflow = file(WORKFLOW, files.get(WORKFLOW).map(Vec::as_slice).unwrap_or_default());
    for (property, value) in [
        ("@type", json!(["File", "SoftwareSourceCode", "ComputationalWorkflow"])),
        ("name", json!("The paper, step by step")),
        ("description", json!("Declares every step: what it reads, what decides its result, what it writes.")),
        ("programmingLanguage", id(RUST)),
        ("version", json!(env!("CARGO_PKG_VERSION"))),
        ("runtimePlatform", json!(toolchain)),
    ] {
        workflow[property] = value;
    }
    workflow
}

/// The whole run, as an execution of the workflow.
fn run(steps: &[(&Step, &str)], day: &str) -> Value {
    let results = steps.iter().flat_map(|(step, _)| step.outputs.iter().map(|output| step.export(output)));
    json!({
        "@id": "#reproduce",
        "@type": "CreateAction",
        "name": "cargo xtask reproduce",
        "instrument": id(WORKFLOW),
        "actionStatus": "http://schema.org/CompletedActionStatus",
        "endTime": day,
        "result": results.map(|path| id(&encoded(&path))).collect::<Vec<_>>(),
    })
}

/// One step, as an execution of its program.
fn action(
    step: &Step,
    hardware: &str,
    session: &Session,
    contents: &Contents,
    (lock, files): (&Lock, &Files),
) -> Value {
    let inputs = step.inputs.iter().filter_map(|input| match &input.origin {
        Origin::Step { step, output } => {
            let from = &session.graph.steps()[session.graph.find(step)?];
            Some(id(&encoded(&from.export(output))))
        }
        // A source of the checkout, named with its digest in `sources.sha256`.
        Origin::File(_) => None,
    });
    let inputs: Vec<Value> = inputs.collect();
    let outputs = step.outputs.iter().map(|output| id(&encoded(&step.export(output))));
    let mut action = json!({
        "@id": action_id(step),
        "@type": "CreateAction",
        "name": step.name.as_str(),
        "description": format!("{} {}", step.program.name(), step.args.join(" ")),
        "instrument": id(&format!("#program-{}", step.program.name())),
        "actionStatus": "http://schema.org/CompletedActionStatus",
        "result": outputs.collect::<Vec<_>>(),
    });
    if let Some(locked) = lock.get(hardware, &step.name) {
        action["identifier"] = json!(locked.key.to_string());
    }
    if !inputs.is_empty() {
        action["object"] = json!(inputs);
    }
    if step.class == Class::Measured {
        action["additionalProperty"] =
            json!(identity::apart(hardware).map(|name| id(&format!("#hardware-{name}"))).collect::<Vec<_>>());
        let record = step.outputs.iter().find_map(|output| (contents.measured_at)(files.get(&step.export(output))?));
        if let Some(started) = record {
            action["startTime"] = json!(started);
        }
    }
    action
}

/// The hardware, with one value for each fact.
fn hardware(name: &str, facts: &BTreeMap<String, String>, all: &mut Vec<Value>) {
    let anchor = |fact: &str| format!("#hardware-{name}-{fact}");
    all.push(json!({
        "@id": format!("#hardware-{name}"),
        "@type": "PropertyValue",
        "name": "hardware",
        "value": facts.iter().map(|(fact, value)| format!("{fact}: {value}")).collect::<Vec<_>>().join("; "),
        "valueReference": facts.keys().map(|fact| id(&anchor(fact))).collect::<Vec<_>>(),
    }));
    all.extend(
        facts.iter().map(
            |(fact, value)| json!({ "@id": anchor(fact), "@type": "PropertyValue", "name": fact, "value": value }),
        ),
    );
}

fn file(path: &str, bytes: &[u8]) -> Value {
    let format = match path.rsplit('.').next() {
        Some("json") => "application/json",
        Some("csv") => "text/csv",
        Some("html") => "text/html",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("pdf") => "application/pdf",
        Some("rs") => "text/x-rust",
        _ => "text/plain",
    };
    json!({
        "@id": encoded(path),
        "@type": "File",
        "name": path,
        "encodingFormat": format,
        "contentSize": bytes.len().to_string(),
        "sha256": Digest::of(bytes).to_string(),
    })
}

fn action_id(step: &Step) -> String {
    format!("#step-{}", step.name.as_str().replace('/', "-"))
}

fn id(of: &str) -> Value {
    json!({ "@id": of })
}

/// A path as a relative URI.
fn encoded(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_of_two_descriptions_is_named_and_attributed() {
        let text = |title: &str, rust: &str| {
            let all = json!([
                { "@id": "./", "name": title, "datePublished": "2026-01-02" },
                { "@id": RUST, "version": rust },
            ]);
            format!("{:#}\n", json!({ "@graph": all }))
        };
        let one = text("A", "1");
        assert_eq!(difference(one.as_bytes(), &one), None);
        assert_eq!(difference(text("B", "1").as_bytes(), &one), Some(("its entity `./` differs".to_owned(), true)));
        assert!(matches!(difference(text("A", "2").as_bytes(), &one), Some((_, false))));
        assert_eq!(difference(b"not JSON", &one).map(|(_, same)| same), Some(false));
        assert_eq!(difference(one.trim_end().as_bytes(), &one), Some(("its layout differs".to_owned(), true)));
        assert_eq!(day(one.as_bytes()).as_deref(), Some("2026-01-02"));
    }
}
