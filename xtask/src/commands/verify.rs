//! `verify`: is a publication what it says it is, and do its numbers agree with those measured here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::choice::{root, store_folder};
use crate::places;
use crate::steps::SHELF;
use crate::verification::answer::{Answer, Findings};
use crate::verification::evidence::{self, Evidence};
use crate::verification::numbers;
use crate::verification::rebuild::rebuild;
use offprint::digest::Digest;
use offprint::identity::{self, Identity};
use offprint::lock::{Lock, Locked};
use offprint::published::Published;
use offprint::session::made_here;
use offprint::stat_cache::{Caching, StatCache};
use offprint::step::Class;
use offprint::store::{Found, Store};
use offprint::store_lock;

/// What `--help` says last.
pub const HELP: &str = "\
Checked are every digest and every line of the lock; then everything that follows from the records is made again and compared. \
Without FOLDER or ARCHIVE that is artifacts.lock with experiments/published/records. No device is needed. Where this checkout measured \
on the same hardware, its numbers are compared with those of FOLDER or ARCHIVE.\n
Answers: identical (the same to the byte), consistent (another measurement of the same hardware: the 95 % interval of the ratio \
holds 1), different (it does not), not comparable (other hardware, other versions of the programs, or the interval excludes 1 and how \
much sessions vary is unknown on a side: `cargo xtask reproduce --again 'measure/**'` adds a session).\n
Exit code: 0 identical, 3 consistent, 4 different, 5 not comparable, 1 when it cannot be read.";

/// A check.
#[derive(Args)]
pub struct Verify {
    /// What `cargo xtask publish` wrote, as a folder or as an archive
    #[arg(value_name = "FOLDER|ARCHIVE")]
    publication: Option<PathBuf>,
    /// List what is identical too
    #[arg(long)]
    all: bool,
}

impl Verify {
    /// Checks and prints the findings.
    pub fn run(&self) -> Result<ExitCode> {
        let root = root()?;
        let folder = root.join("target/verify");
        std::fs::create_dir_all(root.join("target")).with_context(|| format!("cannot make {}", folder.display()))?;
        let _alone = store_lock::lock(&root.join("target/verify.held"), |holder| {
            eprintln!("waiting for another check (process {holder}) to finish");
        })?;
        let mut findings = Findings::default();
        match &self.publication {
            Some(path) => publication(&root, &folder, path, &mut findings)?,
            None => checkout(&root, &folder, &mut findings)?,
        }
        print!("{}", findings.lines(self.all));
        Ok(ExitCode::from(findings.whole().code()))
    }
}

/// A publication against itself made again, and against what was measured here.
fn publication(root: &Path, folder: &Path, path: &Path, findings: &mut Findings) -> Result<()> {
    let files = evidence::read(path)?;
    evidence::whole(&files, findings)?;
    let evidence = Evidence::of(files, findings)?;
    let machines = machines(&evidence.lock);
    let [identity] = &machines[..] else {
        bail!("its lock has {} machines, and a publication is of one", machines.len());
    };
    // Of what is not whole nothing follows.
    if findings.whole() == Answer::Different {
        return Ok(());
    }
    rebuild(root, folder, &evidence, identity, findings)?;
    let published = estimates(&evidence.lock, identity, |digest| {
        Ok(evidence.files.get("estimates.json").filter(|bytes| Digest::of(bytes) == digest).cloned())
    })?;
    let own = Lock::read(&root.join("artifacts.lock"))?;
    let store = store(root)?;
    let here = match measured_here(&own, &store, identity)? {
        true => estimates(&own, identity, |digest| Ok(store.read(digest)?))?,
        false => None,
    };
    match (published, here) {
        (Some(published), Some(here)) => numbers::compare(root, &folder.join("numbers"), &published, &here, findings)?,
        _ => println!(
            "numbers: this checkout has no measurements of {} to compare with; on that hardware `cargo xtask reproduce` makes them",
            identity.name()
        ),
    }
    Ok(())
}

/// The checkout's own lock against everything made again from the records, for each machine whose records are there.
fn checkout(root: &Path, folder: &Path, findings: &mut Findings) -> Result<()> {
    let lock = Lock::read(&root.join("artifacts.lock"))?;
    let (store, shelf) = (store(root)?, Published::new(&root.join(SHELF)));
    let machines = machines(&lock);
    if machines.is_empty() {
        bail!("artifacts.lock names no measurement\nhint: run `cargo xtask reproduce`, or give a publication to check");
    }
    for identity in machines {
        let name = identity.name();
        let (mut measured, mut keys) = (BTreeMap::new(), BTreeMap::new());
        let own: BTreeMap<(String, String), Locked> = lock
            .steps
            .iter()
            .filter(|((hardware, _), _)| *hardware == name || *hardware == identity::ANY)
            .map(|(place, locked)| (place.clone(), locked.clone()))
            .collect();
        for ((hardware, step), locked) in &own {
            let text = match store.find(locked.key)? {
                Found::Entry(entry) => Some(entry.key),
                _ => shelf.key(hardware, step, locked.key)?,
            };
            keys.extend(text.map(|key| (step.clone(), key.text)));
            for (output, &digest) in locked.outputs.iter().filter(|_| locked.class.is_nondeterministic()) {
                let shelved = shelf.read(hardware, step, output, digest)?;
                let bytes = if shelved.is_some() { shelved } else { store.read(digest)? };
                if bytes.is_none() {
                    let missing = format!("neither {SHELF} nor the store has what the lock names");
                    findings.add(places::place(step, output), Answer::Different, missing);
                }
                measured.extend(bytes.map(|bytes| ((step.clone(), output.clone()), bytes)));
            }
        }
        let own = Lock { hardware: BTreeMap::from([(name, identity.facts.clone())]), steps: own };
        let evidence = Evidence { lock: own, measured, keys, files: BTreeMap::new() };
        if findings.whole() != Answer::Different {
            rebuild(root, folder, &evidence, &identity, findings)?;
        }
    }
    Ok(())
}

/// Whether this checkout measured any of what the lock names on some hardware: published records are nobody's second opinion on
/// themselves.
fn measured_here(lock: &Lock, store: &Store, identity: &Identity) -> Result<bool> {
    let name = identity.name();
    for ((hardware, step), locked) in &lock.steps {
        if *hardware == name && locked.class == Class::Measured && made_here(store, (hardware, step), locked)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The machines that measured something in the lock.
fn machines(lock: &Lock) -> Vec<Identity> {
    let measured = lock.steps.iter().filter(|(_, locked)| locked.class == Class::Measured);
    let names: BTreeSet<&String> = measured.map(|((hardware, _), _)| hardware).collect();
    names.into_iter().filter_map(|name| Identity::named(name, lock.hardware.get(name)?)).collect()
}

/// The estimates that a lock names for some hardware.
fn estimates(
    lock: &Lock,
    identity: &Identity,
    read: impl Fn(Digest) -> Result<Option<Vec<u8>>>,
) -> Result<Option<Vec<u8>>> {
    let Some(locked) = lock.get(&identity.name(), "estimates") else { return Ok(None) };
    let Some(&digest) = locked.outputs.get("estimates.json") else { return Ok(None) };
    read(digest)
}

fn store(root: &Path) -> Result<Store> {
    let folder = store_folder(root);
    let stat_cache = StatCache::open(root, &Store::stat_cache_path(&folder), Caching::On);
    Ok(Store::open(&folder, stat_cache.into())?)
}
