//! `ro-crate-metadata.json`: every file of a publication, the action that made it, the program and the hardware, as RO-Crate 1.1
//! with the profiles Process Run Crate 0.5 and Workflow Run Crate 0.5 (<https://w3id.org/ro/wfrun>).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::places;
use offprint::digest::Digest;
use offprint::identity;
use offprint::lock::Lock;
use offprint::session::Session;
use offprint::step::{Class, Origin, Step};

/// Its name.
pub const FILE: &str = "ro-crate-metadata.json";
/// The declaration of the steps, for readers.
pub const WORKFLOW: &str = "workflow/steps.rs";

/// Files by path.
type Files = BTreeMap<String, Vec<u8>>;

const NAME: &str = "An Analysis of Deep Neural Network Models for Practical Applications, Executed";
const DESCRIPTION: &str = "The 14 networks of arXiv:1605.07678 measured anew: records, estimates, figures, verdicts on the \
                           paper's claims, and the report made from them.";
const PROFILES: [(&str, &str, &str); 3] = [
    ("https://w3id.org/ro/wfrun/process/0.5", "Process Run Crate", "0.5"),
    ("https://w3id.org/ro/wfrun/workflow/0.5", "Workflow Run Crate", "0.5"),
    ("https://w3id.org/workflowhub/workflow-ro-crate/1.0", "Workflow RO-Crate", "1.0"),
];
const LICENSES: [(&str, &str); 2] =
    [("https://spdx.org/licenses/MIT", "MIT License"), ("https://spdx.org/licenses/Apache-2.0", "Apache License 2.0")];
const RUST: &str = "https://www.rust-lang.org/";

/// The description of `files`, which the steps `chosen` made as `lock` says, published on a day; `left_out` says which points there
/// are not.
pub fn text(
    session: &Session,
    (chosen, left_out): (&BTreeSet<usize>, Option<&str>),
    (lock, files): (&Lock, &Files),
    day: &str,
) -> String {
    let steps: Vec<(&Step, &str)> =
        chosen.iter().map(|&index| (&session.graph.steps()[index], session.graph.hardware(index))).collect();
    let mut all = vec![
        json!({
            "@id": FILE,
            "@type": "CreativeWork",
            "about": id("./"),
            "conformsTo": [id("https://w3id.org/ro/crate/1.1"), id(PROFILES[2].0)],
        }),
        root((&steps, left_out), files, day),
        workflow(session, files),
        json!({ "@id": RUST, "@type": "ComputerLanguage", "name": "Rust", "url": RUST, "version": session.tree.toolchain }),
        run(&steps, day),
    ];
    all.extend(
        PROFILES
            .map(|(at, name, version)| json!({ "@id": at, "@type": "CreativeWork", "name": name, "version": version })),
    );
    all.extend(LICENSES.map(|(at, name)| json!({ "@id": at, "@type": "CreativeWork", "name": name })));
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
    all.extend(steps.iter().map(|(step, hardware)| action(step, hardware, lock, files)));
    let terms = json!({ "sha256": "https://w3id.org/ro/terms/workflow-run#sha256" });
    let text = json!({ "@context": ["https://w3id.org/ro/crate/1.1/context", terms], "@graph": all });
    format!("{text:#}\n")
}

fn root((steps, left_out): (&[(&Step, &str)], Option<&str>), files: &Files, day: &str) -> Value {
    let left_out = left_out.map(|left_out| format!(" Points {left_out}.")).unwrap_or_default();
    let actions = steps.iter().map(|(step, _)| id(&action_id(step)));
    let actions: Vec<Value> = [id("#reproduce")].into_iter().chain(actions).collect();
    json!({
        "@id": "./",
        "@type": "Dataset",
        "name": NAME,
        "description": format!("{DESCRIPTION}{left_out}"),
        "datePublished": day,
        "license": LICENSES.map(|(at, _)| id(at)),
        "conformsTo": PROFILES.map(|(at, _, _)| id(at)),
        "mainEntity": id(WORKFLOW),
        "hasPart": files.keys().map(|path| id(&encoded(path))).collect::<Vec<_>>(),
        "mentions": actions,
    })
}

fn workflow(session: &Session, files: &Files) -> Value {
    let mut workflow = file(WORKFLOW, files.get(WORKFLOW).map(Vec::as_slice).unwrap_or_default());
    for (property, value) in [
        ("@type", json!(["File", "SoftwareSourceCode", "ComputationalWorkflow"])),
        ("name", json!("The paper, step by step")),
        ("description", json!("Declares every step: what it reads, what decides its result, what it writes.")),
        ("programmingLanguage", id(RUST)),
        ("version", json!(env!("CARGO_PKG_VERSION"))),
        ("runtimePlatform", json!(session.tree.toolchain)),
    ] {
        workflow[property] = value;
    }
    workflow
}

/// The whole run, as an execution of the workflow.
fn run(steps: &[(&Step, &str)], day: &str) -> Value {
    let results =
        steps.iter().flat_map(|(step, _)| step.outputs.iter().map(|output| places::place(&step.name, output)));
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
fn action(step: &Step, hardware: &str, lock: &Lock, files: &Files) -> Value {
    let inputs = step.inputs.iter().filter_map(|input| match &input.origin {
        Origin::Step { step, output } => Some(id(&encoded(&places::place(step, output)))),
        // A source of the checkout, named with its digest in `sources.sha256`.
        Origin::File(_) => None,
    });
    let inputs: Vec<Value> = inputs.collect();
    let outputs = step.outputs.iter().map(|output| id(&encoded(&places::place(&step.name, output))));
    let mut action = json!({
        "@id": action_id(step),
        "@type": "CreateAction",
        "name": step.name,
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
        let record = step.outputs.iter().find_map(|output| started(files.get(&places::place(&step.name, output))?));
        if let Some(started) = record {
            action["startTime"] = json!(started);
        }
    }
    action
}

/// The hardware, with a value for each fact.
fn hardware(name: &str, facts: &BTreeMap<String, String>, all: &mut Vec<Value>) {
    let place = |fact: &str| format!("#hardware-{name}-{fact}");
    all.push(json!({
        "@id": format!("#hardware-{name}"),
        "@type": "PropertyValue",
        "name": "hardware",
        "value": facts.iter().map(|(fact, value)| format!("{fact}: {value}")).collect::<Vec<_>>().join("; "),
        "valueReference": facts.keys().map(|fact| id(&place(fact))).collect::<Vec<_>>(),
    }));
    all.extend(
        facts
            .iter()
            .map(|(fact, value)| json!({ "@id": place(fact), "@type": "PropertyValue", "name": fact, "value": value })),
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

/// The day of the latest measurement among `files`: the description shall be the same whenever it is made. None when no record
/// says when it was measured.
pub fn day(files: &Files) -> Option<String> {
    let days = files.iter().filter(|(path, _)| path.starts_with("records/")).filter_map(|(_, bytes)| started(bytes));
    days.max().map(|time| time.chars().take(10).collect())
}

/// When a record says that it was measured.
fn started(record: &[u8]) -> Option<String> {
    let record: Value = serde_json::from_slice(record).ok()?;
    Some(record["environment"]["started_utc"]["value"].as_str()?.to_owned())
}

fn action_id(step: &Step) -> String {
    format!("#step-{}", step.name.replace('/', "-"))
}

fn id(of: &str) -> Value {
    json!({ "@id": of })
}

/// A path as a relative URI.
fn encoded(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
