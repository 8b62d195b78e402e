//! A set of records, named on the command line. The records may come from anyone.

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};

use crate::steps::RECORDS as PUBLISHED;
use offprint::altered;
use offprint::identity::Identity;
use offprint::lock::Lock;
use offprint::opened::described;
use offprint::plain_files::{self, BOUNDS, Records};
use offprint::publication::archive::Unpacked;
use offprint::publication::sums;
use offprint::session::made_here;
use offprint::stat_cache::Caching;
use offprint::step::Class;
use offprint::verification::findings::{Findings, Verdict};
use offprint::verification::material;
use offprint::workspace::{LOCK, Workspace};

/// The argument for this machine.
pub const HERE: &str = "here";

/// The output of a step that measures a point.
const RECORD: &str = "record.json";

/// The outputs of a step that measures an accuracy.
const OF_ACCURACY: [&str; 2] = ["accuracy.json", "predictions.csv"];

/// The folder of records in a study and a publication.
const RECORDS: &str = "records";

/// The folder of accuracies there.
const ACCURACY: &str = "accuracy";

/// What predictions end in.
const PREDICTIONS: &str = ".csv";

/// A set of records.
#[derive(Debug)]
pub struct RecordSet {
    /// The argument that named it, with its meaning.
    pub name: String,
    /// The records, at least one.
    pub records: Records,
    /// Measured accuracies and their predictions, by network.
    pub accuracies: Records,
    /// Measurements in the lock that no longer exist.
    pub missing: Vec<String>,
}

impl RecordSet {
    /// Writes its records into `records/` and `accuracy/` of a folder, and warns of missing ones.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<()> {
        for path in &self.missing {
            eprintln!("warning: {}: {path} is missing from the store and from the published records", self.name);
        }
        plain_files::write(&self.accuracies, &folder.join(ACCURACY))?;
        plain_files::write(&self.records, &folder.join(RECORDS))
    }
}

/// Opens the set that `asked` names in the checkout at `root`, on the machine `own`. `here` and names of machines come
/// first; use `./here` for a path of that name.
pub fn open(root: &Path, own: &Identity, asked: &str) -> Result<RecordSet> {
    let workspace = Workspace::open(root, PUBLISHED, LOCK, Caching::On)?;
    let is_machine = asked == HERE || workspace.lock.hardware.contains_key(asked);
    if let Some(altered) = altered::records(&workspace)?.filter(|_| is_machine) {
        bail!(altered);
    }
    if asked == HERE {
        let known = workspace.lock.hardware.contains_key(&own.name());
        if !known {
            bail!(
                "{HERE}: artifacts.lock has no measurement of this machine, {}\nhint: `cargo xtask reproduce` measures it; {}",
                described(own),
                machines(&workspace.lock)
            );
        }
        return machine(&workspace, &own.name(), &format!("{HERE}: {}", described(own)), Whose::Own);
    }
    if let Some(identity) = workspace.lock.hardware.get(asked).and_then(|facts| Identity::named(asked, facts)) {
        return machine(&workspace, asked, &described(&identity), Whose::All);
    }
    let path = Path::new(asked);
    let (records, accuracies) = match fs::metadata(path) {
        Err(error) => bail!(
            "{asked}: not a file, folder or machine ({error})\nhint: name a record, a folder of records such as \
             output/cpu, what `cargo xtask publish` wrote, `{HERE}`, or a machine of artifacts.lock; {}",
            machines(&workspace.lock)
        ),
        Ok(facts) if facts.is_dir() && path.join(sums::FILE).is_file() => publication(path)?,
        Ok(facts) if facts.is_dir() => study(path)?,
        Ok(_) if path.extension().is_some_and(|extension| extension == "json") => {
            let mut records = Records::new();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            // The reader's own link to a file is trusted.
            plain_files::put(&mut records, &name, plain_files::file(&path.canonicalize()?, BOUNDS)?);
            (records, Records::new())
        }
        Ok(_) => publication(path)?,
    };
    Ok(RecordSet { name: asked.to_owned(), records, accuracies, missing: Vec::new() })
}

/// The `*.json` files of the folder `records`, or else of the folder itself; and the accuracies next to that folder.
fn study(path: &Path) -> Result<(Records, Records)> {
    let is_folder = |path: &Path| fs::symlink_metadata(path).is_ok_and(|facts| facts.is_dir());
    let below = path.join(RECORDS);
    let records = plain_files::read(if is_folder(&below) { &below } else { path }, &[], BOUNDS)?;
    let beyond = path.join(ACCURACY);
    let accuracies =
        if is_folder(&beyond) { plain_files::read(&beyond, &[PREDICTIONS], BOUNDS)? } else { Records::new() };
    if records.is_empty() {
        bail!(
            "{}: no record\nhint: name a folder with records/*.json, such as output/cpu, or with records themselves",
            path.display()
        );
    }
    Ok((records, accuracies))
}

/// The records and accuracies of a publication, after checking that it is whole.
fn publication(path: &Path) -> Result<(Records, Records)> {
    let Unpacked { files, strays } = material::read(path)?;
    if let Some(line) = material::not_checked(&strays) {
        eprintln!("{}: {line}", path.display());
    }
    let mut findings = Findings::default();
    material::whole(&files, &mut findings)?;
    if let Some(first) = findings.0.iter().find(|item| item.verdict == Verdict::Different) {
        bail!(
            "{}: it is not whole: {}: {}\nhint: `cargo xtask verify` lists every problem",
            path.display(),
            first.name,
            first.detail
        );
    }
    let (mut records, mut accuracies) = (Records::new(), Records::new());
    for (path, bytes) in files {
        match path.split_once('/') {
            Some((RECORDS, name)) if name.ends_with(".json") => plain_files::put(&mut records, name, bytes),
            Some((ACCURACY, name)) if name.ends_with(".json") || name.ends_with(PREDICTIONS) => {
                plain_files::put(&mut accuracies, name, bytes);
            }
            _ => {}
        }
    }
    if records.is_empty() {
        bail!(
            "{}: the publication has no records\nhint: name a publication that `cargo xtask publish` wrote",
            path.display()
        );
    }
    Ok((records, accuracies))
}

/// Which measurements of a machine to use.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// Those made in this checkout.
    Own,
    /// Those and published ones.
    All,
}

/// The measurements of a machine that the lock names, published or stored.
fn machine(workspace: &Workspace, hardware: &str, name: &str, whose: Whose) -> Result<RecordSet> {
    let (mut records, mut accuracies, mut missing) = (Records::new(), Records::new(), Vec::new());
    let Workspace { lock, store, published, .. } = workspace;
    for ((_, step), locked) in lock.steps.iter().filter(|((own, _), _)| own == hardware) {
        // Times by layer have another output.
        let is_used = |output: &str| output == RECORD || OF_ACCURACY.contains(&output);
        let mut used = locked.outputs.iter().filter(|(output, _)| is_used(output)).peekable();
        let is_measured = locked.class == Class::Measured && used.peek().is_some();
        if !is_measured || whose == Whose::Own && !made_here(store, (hardware, step), locked)? {
            continue;
        }
        // Network, batch and session, without the kind of step and the device.
        let name = step.split('/').skip(2).collect::<Vec<_>>().join("-");
        for (output, &digest) in used {
            let read = published.read(hardware, step, output, digest)?;
            let bytes = if read.is_some() { read } else { store.read(digest)? };
            let (folder, of) = if output == RECORD { (RECORDS, &mut records) } else { (ACCURACY, &mut accuracies) };
            let file = format!("{name}{}", if output.ends_with(PREDICTIONS) { PREDICTIONS } else { ".json" });
            match bytes {
                Some(bytes) => plain_files::put(of, &file, bytes),
                None => missing.push(format!("{folder}/{file}")),
            }
        }
    }
    if records.is_empty() && missing.is_empty() && whose == Whose::Own {
        bail!(
            "{name}: nothing was measured in this checkout\nhint: `cargo xtask reproduce` measures it; published measurements of the same \
             hardware are called {hardware}"
        );
    }
    if records.is_empty() {
        bail!(
            "{hardware}: neither {PUBLISHED} nor the store has any measurement that artifacts.lock names\nhint: `cargo xtask \
             reproduce` measures them on that machine, `cargo xtask publish` publishes them; {}",
            machines(&workspace.lock)
        );
    }
    // Scores without predictions, or the other way round, are of no use.
    let files: Vec<String> = accuracies.keys().cloned().collect();
    let stem = |file: &str| file.rsplit_once('.').map_or(String::new(), |(stem, _)| stem.to_owned());
    accuracies.retain(|file, _| files.iter().filter(|other| stem(other) == stem(file)).count() == OF_ACCURACY.len());
    Ok(RecordSet { name: name.to_owned(), records, accuracies, missing })
}

/// The machines of the lock, as text.
fn machines(lock: &Lock) -> String {
    let names: Vec<&str> = lock.hardware.keys().map(String::as_str).collect();
    if names.is_empty() { "the lock has none".to_owned() } else { format!("the lock has {}", names.join(", ")) }
}

#[cfg(test)]
mod tests;
