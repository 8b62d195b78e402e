//! Compares two measurements of the same points, number by number, with the program `results`.

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};
use offprint::files::Doing;
use offprint::subprocess;
use offprint::supervisor::Supervisor;
use offprint::verification::{Findings, Verdict};
use serde::Deserialize;

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

/// Compares the numbers of two `estimates.json`, published and here; `scratch` is a folder for copies.
pub fn compare(root: &Path, scratch: &Path, published: &[u8], here: &[u8], findings: &mut Findings) -> Result<()> {
    fs::create_dir_all(scratch).doing("cannot make the folder", scratch)?;
    let supervisor = Supervisor::own();
    let [results] = subprocess::ready(root, scratch, &supervisor, ["results"])?;
    let mut args = vec!["agree".to_owned()];
    for (name, bytes) in [("published", published), ("here", here)] {
        let path = scratch.join(format!("{name}.json"));
        fs::write(&path, bytes).doing("cannot write", &path)?;
        args.push(format!("--{name}={}", path.display()));
    }
    let called = subprocess::call(&supervisor, &results, &args).map_err(anyhow::Error::msg)?;
    if called.code != Some(0) {
        // Estimates by another version of the programs are not a fault of the publication.
        let error = called.error.replace(&format!("{}/", scratch.display()), "estimates, ");
        findings.add("numbers", Verdict::NotComparable, error.lines().next().unwrap_or_default());
        return Ok(());
    }
    add(&called.printed, findings)
}

fn add(printed: &str, findings: &mut Findings) -> Result<()> {
    let items: Vec<Item> = match serde_json::from_str(printed) {
        Ok(items) => items,
        Err(problem) => bail!("results agree: {problem}\nhint: `cargo clean -p results` builds the program again"),
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
        let printed =
            "[{\"name\": \"time of a at batch 1\", \"result\": \"not-comparable\", \"detail\": \"none here\"}]";
        add(printed, &mut findings).unwrap();
        assert_eq!(findings.0[0].verdict, Verdict::NotComparable);
        for printed in ["", "{}", "[{\"name\": 1}]", "[{\"name\": \"a\", \"result\": \"equal\", \"detail\": \"\"}]"] {
            assert!(
                add(printed, &mut findings).is_err_and(|error| error.to_string().contains("\nhint: ")),
                "{printed}"
            );
        }
    }
}
