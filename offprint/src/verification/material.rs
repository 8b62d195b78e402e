//! The material to check: a publication's folder or archive, or the checkout's own lock and published records. It may
//! come from anyone: nothing is trusted, and nothing outside the folder is read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use walkdir::WalkDir;

use crate::altered::{self, Altered, Cause};
use crate::digest::Digest;
use crate::files::Doing;
use crate::graph::Graph;
use crate::identity;
use crate::lock::{Lock, Locked};
use crate::publication::archive::{self, BOUNDS, Unpacked};
use crate::publication::bundle::{self, Files, LOCK, key_path};
use crate::publication::sums;
use crate::stray::is_stray;
use crate::verification::findings::{Findings, Verdict};
use crate::workspace::Workspace;

/// A lock with its measured outputs and its keys.
pub struct Material {
    /// The results of one machine.
    pub lock: Lock,
    /// Measured outputs by step and output.
    pub measured: BTreeMap<(String, String), Vec<u8>>,
    /// Texts of keys by step, where they exist.
    pub keys: BTreeMap<String, String>,
    /// All files of a publication; empty otherwise.
    pub files: Files,
}

/// Reads a folder or an archive into memory.
pub fn read(path: &Path) -> Result<Unpacked> {
    let unreadable = || format!("{} is not a publication", path.display());
    let give = "hint: give the folder or archive that `cargo xtask publish` wrote";
    let missing = |path: &Path| anyhow::anyhow!("{}: file {} is missing\n{give}", path.display(), sums::FILE);
    let facts = fs::metadata(path).map_err(|error| anyhow::anyhow!("{}: {error}\n{give}", unreadable()))?;
    let is_folder = facts.is_dir();
    // Avoids reading a folder that is something else.
    if is_folder && !path.join(sums::FILE).is_file() {
        return Err(match below(path) {
            Some(below) => anyhow::anyhow!(
                "{}: file {} is in a folder of it\nhint: give {}",
                path.display(),
                sums::FILE,
                below.display()
            ),
            None => missing(path),
        });
    }
    let read = if is_folder { folder(path) } else { archive::unpack(path, BOUNDS).map_err(Into::into) };
    let read = read.with_context(unreadable)?;
    if !read.files.contains_key(sums::FILE) {
        return Err(missing(path));
    }
    Ok(read)
}

/// The publication in a folder of `path`, as some programs unpack it.
fn below(path: &Path) -> Option<PathBuf> {
    let folders = fs::read_dir(path).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    folders.filter(|folder| folder.join(sums::FILE).is_file()).min()
}

fn folder(top: &Path) -> Result<Unpacked> {
    let (mut files, mut strays, mut total) = (Files::new(), Vec::new(), 0);
    let many = |path: &Path| anyhow::anyhow!("{} has more files or bytes than a publication", path.display());
    for entry in WalkDir::new(top).sort_by_file_name() {
        let entry = entry?;
        let relative: PathBuf = entry.path().strip_prefix(top)?.to_owned();
        if files.len() + strays.len() >= BOUNDS.files {
            return Err(many(entry.path()));
        }
        if entry.file_type().is_dir() {
            continue;
        }
        let text = relative.to_string_lossy();
        if is_stray(&text) {
            strays.push(text.into_owned());
            continue;
        }
        let Some(name) = relative.to_str().filter(|_| entry.file_type().is_file()) else {
            bail!("{} is not a plain file\nhint: a publication has neither links nor devices", entry.path().display());
        };
        let size = entry.metadata()?.len();
        total += size;
        if size > BOUNDS.file_bytes || total > BOUNDS.bytes {
            return Err(many(entry.path()));
        }
        files.insert(name.to_owned(), fs::read(entry.path()).doing("cannot read", entry.path())?);
    }
    Ok(Unpacked { files, strays })
}

/// The line that names files which no verdict depends on; none when there are none.
pub fn not_checked(strays: &[String]) -> Option<String> {
    const MAX: usize = 5;
    let more = strays.len().saturating_sub(MAX);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let named = strays.iter().take(MAX).map(|path| format!("{path:?}")).collect::<Vec<_>>().join(", ");
    (!strays.is_empty()).then(|| format!("not checked: {named}{more}, left by a system or an editor"))
}

/// Checks that a publication is whole: every file has its digest in `SHA256SUMS`, and none is missing or unlisted.
pub fn whole(files: &Files, findings: &mut Findings) -> Result<()> {
    let text = files.get(sums::FILE).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    let sums = match sums::parse(text) {
        Ok(sums) => sums,
        Err(problem) => bail!("{}: {problem}", sums::FILE),
    };
    let cause = |path: &String| {
        let (bytes, sum) = (files.get(path)?, *sums.get(path)?);
        Cause::of(bytes, sum).filter(|_| Digest::of(bytes) != sum)
    };
    let altered = altered::most(sums.keys().filter_map(|path| Some((path.clone(), cause(path)?))));
    let altered = altered.filter(|altered| altered.count > 1);
    if let Some(Altered { cause, count, first }) = &altered {
        let detail = format!("{}; the first is {first}; {}", cause.what(), cause.remedy());
        findings.add(format!("{count} files"), Verdict::Different, detail);
    }
    let present: BTreeSet<&String> = files.keys().filter(|path| *path != sums::FILE).collect();
    let named: BTreeSet<&String> = sums.keys().collect();
    for path in present.union(&named) {
        match (files.get(*path), sums.get(*path)) {
            (Some(bytes), Some(&sum)) if Digest::of(bytes) == sum => {}
            (Some(_), Some(_)) if altered.as_ref().is_some_and(|altered| cause(path) == Some(altered.cause)) => {}
            (Some(bytes), Some(sum)) => {
                let found = Digest::of(bytes).short();
                findings.add(
                    *path,
                    Verdict::Different,
                    match cause(path) {
                        Some(cause) => cause.what().to_owned(),
                        None => format!("its digest is {found}, in {} {}", sums::FILE, sum.short()),
                    },
                );
            }
            (None, _) => findings.add(*path, Verdict::Different, "it is missing"),
            (_, None) => findings.add(*path, Verdict::Different, format!("it is not in {}", sums::FILE)),
        }
    }
    Ok(())
}

/// The lock of a publication.
///
/// # Errors
/// It is missing or invalid.
pub fn lock(files: &Files) -> Result<Lock> {
    let Some(Ok(text)) = files.get(LOCK).map(|bytes| std::str::from_utf8(bytes)) else {
        bail!("the publication has no {LOCK}\nhint: get it again from where it was published");
    };
    Ok(Lock::from_text(text, Path::new(LOCK))?)
}

impl Material {
    /// The material of a publication. Each output and key in its lock must exist with its digest. `graph` has the paths
    /// of outputs.
    pub fn of_publication(lock: Lock, files: Files, graph: &Graph, findings: &mut Findings) -> Self {
        let (mut measured, mut keys) = (BTreeMap::new(), BTreeMap::new());
        for (index, step) in graph.steps().iter().enumerate() {
            if lock.get(graph.hardware(index), &step.name).is_none() {
                let detail =
                    format!("its request asks for it, and {LOCK} does not name it on {}", graph.hardware(index));
                findings.add(format!("step {}", step.name), Verdict::NotComparable, detail);
            }
        }
        for ((hardware, name), locked) in &lock.steps {
            let declared = graph.find(name).filter(|&index| graph.hardware(index) == hardware);
            let Some(step) = declared.map(|index| &graph.steps()[index]) else {
                findings.add(
                    format!("step {name}"),
                    Verdict::NotComparable,
                    format!("this version of the programs declares no such step on {hardware}"),
                );
                continue;
            };
            for (output, digest) in &locked.outputs {
                let path = step.export(output);
                if findings.has(&path) {
                    continue;
                }
                match files.get(&path) {
                    Some(bytes) if Digest::of(bytes) == *digest => {
                        if locked.class.is_nondeterministic() {
                            measured.insert((name.to_string(), output.to_owned()), bytes.clone());
                        }
                    }
                    Some(bytes) => {
                        let found = Digest::of(bytes).short();
                        let detail = format!("its digest is {found}, in {LOCK} {}", digest.short());
                        findings.add(path, Verdict::Different, detail);
                    }
                    None => findings.add(
                        path,
                        Verdict::Different,
                        format!("step {name} of {LOCK} made it, and it is missing"),
                    ),
                }
            }
            let path = key_path(name);
            match files.get(&path).and_then(|bytes| std::str::from_utf8(bytes).ok()) {
                Some(text) if Digest::of(text.as_bytes()) == locked.key => {
                    keys.insert(name.to_string(), text.to_owned());
                }
                _ if findings.has(&path) => {}
                _ => findings.add(path, Verdict::Different, format!("it is not the key of step {name} in {LOCK}")),
            }
        }
        unexplained(&lock, &files, graph, findings);
        Self { lock, measured, keys, files }
    }

    /// The material of the checkout: its lock for one machine, with measured outputs from the published records, else
    /// from the store.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn of_checkout(workspace: &Workspace, machine: &str, graph: &Graph, findings: &mut Findings) -> Result<Self> {
        let lock = of_machine(&workspace.lock, machine);
        let (mut measured, mut keys) = (BTreeMap::new(), BTreeMap::new());
        for ((hardware, step), locked) in &lock.steps {
            keys.extend(workspace.key_text(hardware, step, locked.key)?.map(|text| (step.to_string(), text)));
            for (output, &digest) in locked.outputs.iter().filter(|_| locked.class.is_nondeterministic()) {
                let published = workspace.published.read(hardware, step, output, digest)?;
                let bytes = if published.is_some() { published } else { workspace.store.read(digest)? };
                match bytes {
                    Some(bytes) => drop(measured.insert((step.to_string(), output.to_owned()), bytes)),
                    None => {
                        let missing = "neither the published records nor the store have the outputs in the lock";
                        let path = graph.find(step).map(|index| graph.steps()[index].export(output));
                        findings.add(path.unwrap_or_else(|| format!("step {step}")), Verdict::Different, missing);
                    }
                }
            }
        }
        Ok(Self { lock, measured, keys, files: Files::new() })
    }
}

/// Reports files that no step of the lock writes and that are not a publication's own.
fn unexplained(lock: &Lock, files: &Files, graph: &Graph, findings: &mut Findings) {
    let mut known: BTreeSet<String> = bundle::RESERVED.map(str::to_owned).into();
    let mut undeclared: BTreeSet<Digest> = BTreeSet::new();
    for ((_, name), locked) in &lock.steps {
        known.insert(key_path(name));
        match graph.find(name).map(|index| &graph.steps()[index]) {
            Some(step) => known.extend(locked.outputs.keys().map(|output| step.export(output))),
            None => undeclared.extend(locked.outputs.values()),
        }
    }
    for (path, bytes) in files.iter().filter(|(path, _)| !known.contains(*path)) {
        if !findings.has(path) && !undeclared.contains(&Digest::of(bytes)) {
            findings.add(path, Verdict::Different, format!("no step of {LOCK} makes it"));
        }
    }
}

/// The lines of a lock for one machine, and for no machine.
pub fn of_machine(lock: &Lock, machine: &str) -> Lock {
    let is_its = |name: &str| name == machine || name == identity::ANY;
    let steps = lock.steps.iter().filter(|((hardware, _), _)| is_its(hardware));
    Lock {
        hardware: lock
            .hardware
            .iter()
            .filter(|(name, _)| *name == machine)
            .map(|(name, facts)| (name.clone(), facts.clone()))
            .collect(),
        requests: lock
            .requests
            .iter()
            .filter(|(name, _)| *name == machine)
            .map(|(name, of)| (name.clone(), of.clone()))
            .collect(),
        steps: steps.map(|(name, locked): (_, &Locked)| (name.clone(), locked.clone())).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::ANY;
    use crate::resolved::Outputs;
    use crate::step::{Class, Step};

    /// The findings for a publication with the output of a step `made`, after `edit` has changed it.
    fn found(edit: impl Fn(&mut Lock, &mut Files)) -> Vec<(String, Verdict)> {
        let text = "key 1\nstep = made\n";
        let outputs = Outputs::from([("out.txt", Digest::of(b"out"))]);
        let mut lock = Lock::default();
        lock.put(ANY, "made", Locked { class: Class::Exact, key: Digest::of(text.as_bytes()), outputs });
        let files = [("out.txt", "out"), (&key_path("made"), text), (LOCK, "")];
        let mut files: Files = files.map(|(path, text)| (path.to_owned(), text.into())).into();
        edit(&mut lock, &mut files);
        let graph = Graph::new(vec![Step::exact("made", "make").output("out.txt")]).unwrap();
        let mut findings = Findings::default();
        Material::of_publication(lock, files, &graph, &mut findings);
        findings.0.into_iter().map(|item| (item.name, item.verdict)).collect()
    }

    /// A folder with this content and its sums.
    fn publication(records: &[(&str, &str)]) -> tempfile::TempDir {
        let top = tempfile::tempdir().unwrap();
        for (path, text) in records {
            fs::write(top.path().join(path), text).unwrap();
        }
        let digests = records.iter().map(|(path, text)| ((*path).to_owned(), Digest::of(text.as_bytes()))).collect();
        fs::write(top.path().join(sums::FILE), sums::text(&digests)).unwrap();
        top
    }

    /// The verdicts for a publication's folder, and what was not checked.
    fn checked(folder: &Path) -> (Vec<String>, Vec<String>) {
        let (read, mut findings) = (read(folder).unwrap(), Findings::default());
        whole(&read.files, &mut findings).unwrap();
        (findings.0.into_iter().map(|item| format!("{}: {}", item.name, item.detail)).collect(), read.strays)
    }

    #[test]
    fn files_of_systems_and_editors_are_named_and_decide_nothing_and_others_do() {
        let top = publication(&[("a.json", "{}\n"), ("b.json", "[]\n")]);
        for file in [".DS_Store", "._a.json", "Thumbs.db", "desktop.ini", "a.json~", ".b.json.swp"] {
            fs::write(top.path().join(file), "x").unwrap();
        }
        std::os::unix::fs::symlink("me@here.1", top.path().join(".#b.json")).unwrap();
        let (findings, strays) = checked(top.path());
        assert!(findings.is_empty() && strays.len() == 7, "{findings:?} {strays:?}");
        let line = not_checked(&strays).unwrap();
        assert!(line.contains("\".DS_Store\"") && line.contains(" and 2 more"), "{line}");
        fs::write(top.path().join("more.json"), "x").unwrap();
        assert_eq!(checked(top.path()).0, ["more.json: it is not in SHA256SUMS"]);
    }

    #[test]
    fn converted_line_endings_are_one_finding_and_a_changed_number_another() {
        let top = publication(&[("a.json", "{\n}\n"), ("b.json", "[\n]\n"), ("c.json", "1\n"), ("d.json", "2")]);
        for (file, text) in [("a.json", "{\r\n}\r\n"), ("b.json", "[\r\n]\r\n"), ("c.json", "3\n")] {
            fs::write(top.path().join(file), text).unwrap();
        }
        let (findings, _) = checked(top.path());
        assert_eq!(findings.len(), 2, "{findings:?}");
        assert!(findings[0].starts_with("2 files: with other line endings"), "{findings:?}");
        assert!(findings[1].starts_with("c.json: its digest is "), "{findings:?}");
    }

    #[test]
    fn a_publication_in_a_folder_of_the_given_one_is_named() {
        let top = tempfile::tempdir().unwrap();
        let below = top.path().join("publication");
        fs::create_dir(&below).unwrap();
        fs::write(below.join(sums::FILE), "").unwrap();
        let error = read(top.path()).unwrap_err().to_string();
        assert!(error.ends_with(&format!("hint: give {}", below.display())), "{error}");
    }

    #[test]
    fn undeclared_steps_and_files_are_always_reported() {
        let (different, not_comparable) = (Verdict::Different, Verdict::NotComparable);
        assert_eq!(found(|_, _| {}), []);
        let more = found(|_, files| drop(files.insert("more.pdf".to_owned(), Vec::new())));
        assert_eq!(more, [("more.pdf".to_owned(), different)]);
        let fewer = found(|lock, files| {
            lock.steps.clear();
            files.retain(|path, _| path == LOCK);
        });
        assert_eq!(fewer, [("step made".to_owned(), not_comparable)]);
        // On other hardware, no step would make it again.
        let moved = found(|lock, files| {
            let locked = lock.steps.remove(&(ANY.into(), "made".into())).unwrap();
            lock.put("cpu-1", "made", Locked { outputs: Outputs::from([("out.txt", Digest::of(b"x"))]), ..locked });
            files.insert("out.txt".to_owned(), b"x".to_vec());
        });
        assert_eq!(moved, [("step made".to_owned(), not_comparable), ("step made".to_owned(), not_comparable)]);
    }
}
