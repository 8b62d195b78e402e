//! What is checked: a publication's folder or archive, or the checkout's own lock and published records. All of it was written
//! by anyone: nothing is trusted, and nothing outside the folder is read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use walkdir::WalkDir;

use crate::beside;
use crate::device::{Device, Precision};
use crate::left_out::{ESTIMATES, LeftOut};
use crate::paper_size::{PaperSize, REPORT};
use crate::places;
use crate::publication::archive::{self, BOUNDS};
use crate::publication::bundle::{Files, LOCK, key_place};
use crate::publication::sums;
use crate::sessions;
use crate::study::{POWER, Study};
use crate::verification::answer::{Answer, Findings};
use offprint::digest::Digest;
use offprint::key::facts;
use offprint::lock::Lock;

/// The step whose key tells what a report is set beside.
const FACTS: &str = "facts";

/// A lock with its outputs and keys.
pub struct Evidence {
    /// What was made, of one study on one machine.
    pub lock: Lock,
    /// Measured outputs by step and output.
    pub measured: BTreeMap<(String, String), Vec<u8>>,
    /// Texts of keys by step, as far as they are there.
    pub keys: BTreeMap<String, String>,
    /// Everything, where it is a publication.
    pub files: Files,
}

/// Reads a folder or an archive into memory; the files by path.
pub fn read(path: &Path) -> Result<Files> {
    let unreadable = || format!("{} is no publication", path.display());
    let is_folder = fs::metadata(path).with_context(unreadable)?.is_dir();
    let missing = |path: &Path| {
        let hint = "hint: give the folder or archive that `cargo xtask publish` wrote";
        anyhow::anyhow!("{}: file {} is missing\n{hint}", path.display(), sums::FILE)
    };
    // Before all of a folder is read that is something else.
    if is_folder && !path.join(sums::FILE).is_file() {
        return Err(missing(path));
    }
    let files = if is_folder { folder(path) } else { archive::unpack(path, BOUNDS).map_err(Into::into) };
    let files = files.with_context(unreadable)?;
    if !files.contains_key(sums::FILE) {
        return Err(missing(path));
    }
    Ok(files)
}

fn folder(top: &Path) -> Result<Files> {
    let (mut files, mut total) = (Files::new(), 0);
    for entry in WalkDir::new(top) {
        let entry = entry?;
        if entry.file_type().is_dir() {
            continue;
        }
        let relative: PathBuf = entry.path().strip_prefix(top)?.to_owned();
        let Some(name) = relative.to_str().filter(|_| entry.file_type().is_file()) else {
            bail!("{} is no plain file\nhint: a publication has neither links nor devices", entry.path().display());
        };
        let size = entry.metadata()?.len();
        total += size;
        if size > BOUNDS.file_bytes || total > BOUNDS.bytes || files.len() >= BOUNDS.files {
            bail!("{} is more than a publication has", entry.path().display());
        }
        files.insert(name.to_owned(), fs::read(entry.path())?);
    }
    Ok(files)
}

/// Checks that a publication is whole: every file has the digest that `SHA256SUMS` says, and none is missing or more.
pub fn whole(files: &Files, findings: &mut Findings) -> Result<()> {
    let text = files.get(sums::FILE).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    let sums = match sums::parse(text) {
        Ok(sums) => sums,
        Err(problem) => bail!("{}: {problem}", sums::FILE),
    };
    let present: BTreeSet<&String> = files.keys().filter(|path| *path != sums::FILE).collect();
    let named: BTreeSet<&String> = sums.keys().collect();
    for path in present.union(&named) {
        match (files.get(*path), sums.get(*path)) {
            (Some(bytes), Some(&sum)) if Digest::of(bytes) == sum => {}
            (Some(bytes), Some(sum)) => {
                let found = Digest::of(bytes).short();
                findings.add(
                    *path,
                    Answer::Different,
                    format!("its digest is {found}, in {} {}", sums::FILE, sum.short()),
                );
            }
            (None, _) => findings.add(*path, Answer::Different, "it is missing"),
            (_, None) => findings.add(*path, Answer::Different, format!("it is not in {}", sums::FILE)),
        }
    }
    Ok(())
}

impl Evidence {
    /// Of a publication: each output that its lock names must be there with that digest, and each key.
    pub fn of(files: Files, findings: &mut Findings) -> Result<Self> {
        let Some(Ok(text)) = files.get(LOCK).map(|bytes| std::str::from_utf8(bytes)) else {
            bail!("the publication has no {LOCK}");
        };
        let lock = Lock::from_text(text, Path::new(LOCK))?;
        let (mut measured, mut keys) = (BTreeMap::new(), BTreeMap::new());
        for ((_, step), locked) in &lock.steps {
            for (output, digest) in &locked.outputs {
                let place = places::place(step, output);
                if findings.has(&place) {
                    continue;
                }
                match files.get(&place) {
                    Some(bytes) if Digest::of(bytes) == *digest => {
                        if locked.class.is_nondeterministic() {
                            measured.insert((step.clone(), output.clone()), bytes.clone());
                        }
                    }
                    Some(bytes) => {
                        let found = Digest::of(bytes).short();
                        findings.add(
                            place,
                            Answer::Different,
                            format!("its digest is {found}, in {LOCK} {}", digest.short()),
                        );
                    }
                    None => findings.add(
                        place,
                        Answer::Different,
                        format!("step {step} of {LOCK} made it, and it is missing"),
                    ),
                }
            }
            let place = key_place(step);
            match files.get(&place).and_then(|bytes| std::str::from_utf8(bytes).ok()) {
                Some(text) if Digest::of(text.as_bytes()) == locked.key => {
                    keys.insert(step.clone(), text.to_owned());
                }
                _ if findings.has(&place) => {}
                _ => findings.add(place, Answer::Different, format!("it is not the key of step {step} in {LOCK}")),
            }
        }
        Ok(Self { lock, measured, keys, files })
    }

    /// The study that the lock is of, read from the names and keys of its measured steps; what it was made without is read from
    /// the key of its estimates.
    pub fn study(&self, root: &Path) -> Result<Study> {
        let (mut networks, mut batches, mut devices) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        let (mut protocols, mut powers) = (BTreeSet::new(), BTreeSet::new());
        for (_, step) in self.lock.steps.keys() {
            let Some((device, network, batch)) = sessions::parts(step) else { continue };
            devices.insert(device);
            networks.push(network.to_owned());
            batches.extend(batch.strip_prefix('b').and_then(|batch| batch.parse::<u32>().ok()));
            let key = self.keys.get(step).map(String::as_str).unwrap_or_default();
            let facts = facts(key);
            let argument = |name: &str| {
                let values = facts.iter().find(|(label, _)| label.strip_prefix("argument ") == Some(name));
                values.and_then(|(_, values)| values.first()).map(|value| (*value).to_owned())
            };
            protocols.extend(argument("--protocol"));
            powers.insert(argument("--power").unwrap_or_else(|| POWER.to_owned()));
        }
        let devices: Vec<&str> = devices.into_iter().collect();
        let (device, precision) = match devices[..] {
            // A lock without any measurement is told below.
            [] => (Device::Cpu, Precision::F32),
            [slug] => match device(slug) {
                Some(device) => device,
                None => bail!("it holds numbers of {slug}, which are no measurements of a known device"),
            },
            _ => bail!("it holds numbers of several devices: {}", devices.join(", ")),
        };
        let protocol = match protocols.into_iter().collect::<Vec<_>>() {
            names if names.len() == 1 => names.concat(),
            names if names.is_empty() => bail!("its lock names no measurement with a key"),
            names => bail!("its measurements follow several protocols: {}", names.join(", ")),
        };
        // Of a network or a batch all points may be left out, and still it is part of the study.
        let left_out = self.keys.get(ESTIMATES).map(|key| LeftOut::of_key(key)).unwrap_or_default();
        networks.extend(left_out.points.iter().map(|(network, _)| network.clone()));
        batches.extend(left_out.points.iter().map(|(_, batch)| *batch));
        let batches: Vec<u32> = batches.into_iter().collect();
        let power = match powers.into_iter().collect::<Vec<_>>() {
            names if names.len() > 1 => bail!("its measurements read several power sources: {}", names.join(", ")),
            names => names.concat(),
        };
        let study = Study { precision, ..Study::choose(root, device, &protocol, &networks, &batches)? };
        let measured = self.lock.steps.iter().filter(|(_, locked)| locked.class.is_nondeterministic());
        let hardware = measured.map(|((hardware, _), _)| hardware.as_str()).next().unwrap_or_default();
        let sessions = sessions::of(&study, |step| self.lock.get(hardware, step).is_some(), &[])?;
        let beside = self.beside().iter().map(|name| beside::machine(root, &study, name)).collect();
        let paper = self.keys.get(REPORT).map(|key| PaperSize::of_key(key)).unwrap_or_default();
        Ok(Study { power, sessions, beside, paper, ..study.without(left_out) })
    }
}

impl Evidence {
    /// The machines that it is set beside, as the key of its facts tells: the checkout may have got more of them since. Where that key is
    /// not at hand, all that the lock has such estimates of, but for its own.
    fn beside(&self) -> Vec<String> {
        let Some(key) = self.keys.get(FACTS) else {
            let measured = self.lock.steps.iter().filter(|(_, locked)| locked.class.is_nondeterministic());
            let own: BTreeSet<&str> = measured.map(|((hardware, _), _)| hardware.as_str()).collect();
            let known = self.lock.steps.keys().filter_map(|(_, step)| step.strip_prefix("machines/"));
            return known.filter(|name| !own.contains(name)).map(str::to_owned).collect();
        };
        let inputs = facts(key)
            .into_iter()
            .filter_map(|(label, _)| Some(label.strip_prefix("input machines/")?.strip_suffix(".json")?.to_owned()));
        inputs.collect()
    }
}

/// The device and the precision of a measurement, by the name in its step.
fn device(slug: &str) -> Option<(Device, Precision)> {
    let (name, precision) = Precision::of_slug(slug);
    Some((Device::of_slug(name).filter(|device| device.is_real())?, precision))
}

#[cfg(test)]
mod tests {
    use super::*;
    use offprint::lock::Locked;
    use offprint::step::Class;

    /// The points of the study of a lock with these measured steps, when the key of its estimates has these lines.
    fn study(measured: &[&str], told: &str) -> Vec<String> {
        let study = evidence(measured, told, &["argument --protocol = quick\n"]).study(&root()).unwrap();
        let points = study.points().map(|(network, batch)| format!("{}/b{batch}", network.name));
        points.chain(study.left_out.arguments()).collect()
    }

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    /// The keys of measured steps are these, in turn.
    fn evidence(measured: &[&str], told: &str, texts: &[&str]) -> Evidence {
        let locked = Locked { class: Class::Measured, key: Digest::of(b"key"), outputs: BTreeMap::new() };
        let step = |step: &&str| format!("measure/cpu/{step}");
        let steps = measured.iter().map(|name| (("cpu-1".to_owned(), step(name)), locked.clone())).collect();
        let texts = texts.iter().cycle().map(|text| (*text).to_owned());
        let keys = measured.iter().map(step).zip(texts);
        let keys = keys.chain([(ESTIMATES.to_owned(), told.to_owned())]).collect();
        let lock = Lock { hardware: BTreeMap::new(), steps };
        Evidence { lock, measured: BTreeMap::new(), keys, files: Files::new() }
    }

    #[test]
    fn the_power_source_is_told_by_the_keys_of_points_and_must_be_one() {
        let (found, named) =
            ("argument --protocol = quick\n", "argument --protocol = quick\nargument --power = rapl\n");
        let power =
            |texts: &[&str]| evidence(&["alexnet/b1", "enet/b1"], "", texts).study(&root()).map(|study| study.power);
        assert_eq!(power(&[found]).unwrap(), POWER);
        assert_eq!(power(&[named]).unwrap(), "rapl");
        assert!(power(&[found, named]).unwrap_err().to_string().contains("several power sources: auto, rapl"));
    }

    #[test]
    fn the_other_machines_are_those_that_the_facts_were_made_with() {
        let mut evidence = evidence(&["alexnet/b1"], "", &["argument --protocol = quick\n"]);
        let names = |evidence: &Evidence| -> Vec<String> {
            evidence.study(&root()).unwrap().beside.into_iter().map(|machine| machine.name).collect()
        };
        assert!(names(&evidence).is_empty());
        let locked = Locked { class: Class::Exact, key: Digest::of(b"key"), outputs: BTreeMap::new() };
        for machine in ["cpu-1", "cpu-2", "cpu-3"] {
            evidence.lock.put("any", &format!("machines/{machine}"), locked.clone());
        }
        assert_eq!(names(&evidence), ["cpu-2", "cpu-3"], "the lock's, where nothing else tells, and never its own");
        let key = "input counts.json = 12\ninput machines/cpu-2.json = 34\n".to_owned();
        evidence.keys.insert(FACTS.to_owned(), key);
        assert_eq!(names(&evidence), ["cpu-2"]);
    }

    #[test]
    fn a_study_without_some_points_is_told_by_the_key_of_its_estimates() {
        let measured = ["alexnet/b1", "alexnet/b16", "enet/b1"];
        let told = "argument --left-out = enet:16\nargument --left-out = vgg-19:1\nargument --left-out = vgg-19:16\n\
                    argument --budget = 20m\n";
        let points = ["alexnet/b1", "alexnet/b16", "enet/b1"];
        let left_out =
            ["--left-out", "enet:16", "--left-out", "vgg-19:1", "--left-out", "vgg-19:16", "--budget", "20m"];
        assert_eq!(study(&measured, told), [&points[..], &left_out].concat());
        // A point that was measured once and is left out now is none of the study.
        assert_eq!(study(&["alexnet/b1", "enet/b1"], "argument --left-out = enet:1\n")[..1], ["alexnet/b1"]);
        assert_eq!(study(&measured, ""), ["alexnet/b1", "alexnet/b16", "enet/b1", "enet/b16"]);
    }
}
