//! Compares a published output of a step with that of this machine, number by number, with a program of the paper.

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};
use serde::Deserialize;

use super::{Findings, Verdict};
use crate::files::Doing;
use crate::subprocess;
use crate::supervisor::Supervisor;

/// The comparison of one number, as the program prints it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    name: String,
    result: Agreement,
    detail: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Agreement {
    Identical,
    Consistent,
    Different,
    NotComparable,
}

/// Compares two JSON files, published and here, with `PROGRAM COMMAND --published=FILE --here=FILE`; `scratch` is a folder for copies. It
/// prints a JSON list of numbers, each with `name`, `detail` and `result`: identical, consistent, different or not-comparable. If it fails,
/// the files are not comparable.
///
/// # Errors
/// The program cannot be built or run, or prints something else.
pub fn compare(
    (program, command): (&str, &str),
    root: &Path,
    scratch: &Path,
    (published, here): (&[u8], &[u8]),
    findings: &mut Findings,
) -> Result<()> {
    fs::create_dir_all(scratch).doing("cannot make the folder", scratch)?;
    let supervisor = Supervisor::own();
    let [built] = subprocess::ready(root, scratch, &supervisor, [program])?;
    let mut args = vec![command.to_owned()];
    for (name, bytes) in [("published", published), ("here", here)] {
        let path = scratch.join(format!("{name}.json"));
        fs::write(&path, bytes).doing("cannot write", &path)?;
        args.push(format!("--{name}={}", path.display()));
    }
    let called = subprocess::call(&supervisor, &built, &args).map_err(anyhow::Error::msg)?;
    if called.code != Some(0) {
        // Results of another version of the programs are not a fault of the publication.
        let error = called.error.replace(&format!("{}/", scratch.display()), "published and here, ");
        findings.add("numbers", Verdict::NotComparable, error.lines().next().unwrap_or_default());
        return Ok(());
    }
    add(program, &called.printed, findings)
}

fn add(program: &str, printed: &str, findings: &mut Findings) -> Result<()> {
    let items: Vec<Item> = match serde_json::from_str(printed) {
        Ok(items) => items,
        Err(problem) => bail!("{program}: {problem}\nhint: `cargo clean -p {program}` builds the program again"),
    };
    for Item { name, result, detail } in items {
        let verdict = match result {
            Agreement::Identical => Verdict::Identical,
            Agreement::Consistent => Verdict::Consistent,
            Agreement::Different => Verdict::Different,
            Agreement::NotComparable => Verdict::NotComparable,
        };
        findings.add(name, verdict, detail);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_output_becomes_a_finding_and_anything_else_is_an_error() {
        let mut findings = Findings::default();
        let printed = "[{\"name\": \"time of a\", \"result\": \"not-comparable\", \"detail\": \"none here\"}]";
        add("worker", printed, &mut findings).unwrap();
        assert_eq!(findings.0[0].verdict, Verdict::NotComparable);
        for printed in ["", "{}", "[{\"name\": 1}]", "[{\"name\": \"a\", \"result\": \"equal\", \"detail\": \"\"}]"] {
            assert!(
                add("worker", printed, &mut findings).is_err_and(|error| error.to_string().contains("\nhint: ")),
                "{printed}"
            );
        }
    }
}
