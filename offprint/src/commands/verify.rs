//! `verify`: whether a publication can be rebuilt from its records, and whether its numbers agree with those measured
//! here.

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;

use crate::altered;
use crate::checkout::Checkout;
use crate::digest::Digest;
use crate::files::Doing;
use crate::identity::Identity;
use crate::lock::Lock;
use crate::opened::root;
use crate::paper::Paper;
use crate::publication::archive::Unpacked;
use crate::publication::bundle::Contents;
use crate::publication::{metadata, sources, sums};
use crate::session::{Session, made_here};
use crate::stat_cache::Caching;
use crate::step::Class;
use crate::store_lock;
use crate::verification::comparison::{Comparison, MachineResults};
use crate::verification::findings::{Findings, Verdict};
use crate::verification::material::{self, Material};
use crate::verification::rebuild;
use crate::workspace::{LOCK, Workspace};

/// The help after the flags.
pub const HELP: &str = "\
Checks every digest and every line of the lock, then rebuilds everything from the records and compares it. Without \
FOLDER or ARCHIVE, checks artifacts.lock with the published records. The measuring hardware is not needed. If this \
checkout measured on the same hardware, its numbers are compared with the published ones.\n
Verdicts: identical (the same to the byte), consistent (another measurement of the same hardware agrees), different \
(it does not), not comparable (other hardware, other versions of the programs, or too little is known).\n
Exit code: 0 identical, 3 consistent, 4 different, 5 not comparable, 1 unreadable.";

/// The flags of `verify`.
#[derive(Args)]
pub struct Verify<P: Paper> {
    /// Publication to check: a folder or an archive [default: this checkout]
    #[arg(value_name = "FOLDER|ARCHIVE")]
    publication: Option<PathBuf>,
    /// List identical files too
    #[arg(long)]
    all: bool,
    #[arg(skip)]
    paper: PhantomData<P>,
}

impl<P: Paper> Verify<P> {
    /// Checks, and prints the findings.
    pub(crate) fn run(&self) -> Result<ExitCode> {
        let root = root()?;
        let target = root.join("target");
        let folder = target.join("verify");
        std::fs::create_dir_all(&target).doing("cannot make the folder", &target)?;
        let _lock = store_lock::lock(&target.join("verify.lock"), |holder| {
            eprintln!("waiting for another check (process {holder}) to finish");
        })?;
        let workspace = Workspace::open(&root, P::ABOUT.published, LOCK, Caching::On)?;
        let mut findings = Findings::default();
        if let Some(altered) = altered::records(&workspace)?.filter(|_| self.publication.is_none()) {
            bail!(altered);
        }
        match &self.publication {
            Some(path) => publication::<P>(&workspace, &folder, path, &mut findings)?,
            None => checkout::<P>(&workspace, &folder, &mut findings)?,
        }
        print!("{}", findings.lines(self.all));
        Ok(ExitCode::from(findings.whole().code()))
    }
}

/// The steps that a lock's request asks for, in a workspace of their own.
fn declare<P: Paper>(root: &Path, folder: &Path, lock: Lock, identity: &Identity) -> Result<(Session, P)> {
    let name = identity.name();
    let Some(request) = lock.requests.get(&name) else {
        bail!(
            "its lock has no request for {name}\nhint: an earlier version of the program wrote it; check it with that \
             version"
        );
    };
    let mut request: P = request.arguments(&name)?;
    if request.is_simulated() {
        bail!("it has simulated numbers, which are not measurements");
    }
    let workspace = rebuild::workspace(root, folder, lock)?;
    let at = Checkout { is_here: false, is_locked: true, ..Checkout::new(&workspace, identity) };
    request.complete(&at)?;
    let steps = request.steps(&at)?;
    Ok((Session::open(workspace, steps)?, request))
}

/// Compares a publication with itself rebuilt, and with what was measured here.
fn publication<P: Paper>(own: &Workspace, folder: &Path, path: &Path, findings: &mut Findings) -> Result<()> {
    let Unpacked { files, strays } = material::read(path)?;
    if let Some(line) = material::not_checked(&strays) {
        println!("{line}");
    }
    material::whole(&files, findings)?;
    let lock = material::lock(&files)?;
    let machines = machines(&lock);
    let [identity] = &machines[..] else {
        bail!(
            "its lock has {} machines, but a publication has one\nhint: get it again from where it was published",
            machines.len()
        );
    };
    let (mut session, request) = declare::<P>(own.root(), folder, lock.clone(), identity)?;
    let material = Material::of_publication(lock, files, &session.graph, findings);
    // Nothing can be concluded from a publication that is not whole.
    if findings.whole() == Verdict::Different {
        return Ok(());
    }
    let exports = exports(&session);
    rebuild::rebuild(&mut session, &material, findings)?;
    let name = identity.name();
    let skipped = request.skipped();
    // Omitted when the findings already report more as not comparable.
    if findings.whole() == Verdict::Identical {
        let day = material.files.get(metadata::FILE).and_then(|bytes| metadata::day(bytes));
        let contents = Contents {
            about: &P::ABOUT,
            chosen: &(0..session.graph.steps().len()).collect(),
            hardware: &name,
            skipped: skipped.as_deref(),
            sources: &BTreeMap::new(),
            day: day.as_deref().or(Some("")),
            measured_at: P::measured_at,
        };
        description(&session, &contents, &material, findings)?;
    }
    if material.lock.steps.values().all(|locked| locked.class != Class::Measured) {
        return Ok(());
    }
    if !measured_here(own, identity)? {
        println!(
            "numbers: this checkout has no measurements of {name} to compare with; on that hardware \
             `cargo xtask reproduce` makes them"
        );
        return Ok(());
    }
    let read = |step: &str, digest: Digest| {
        let paths = exports.iter().filter(|(of, _)| of == step).filter_map(|(_, path)| material.files.get(path));
        Ok(paths.into_iter().find(|bytes| Digest::of(bytes) == digest).cloned())
    };
    let both = Comparison {
        root: own.root(),
        scratch: &folder.join("numbers"),
        hardware: &name,
        published: MachineResults { lock: &material.lock, read: Box::new(read) },
        here: MachineResults { lock: &own.lock, read: Box::new(|_, digest| Ok(own.store.read(digest)?)) },
    };
    P::compare(&both, findings)
}

/// Compares the metadata of a publication with that rebuilt from its other files, and its sources with those of this
/// checkout.
fn description(session: &Session, contents: &Contents, material: &Material, findings: &mut Findings) -> Result<()> {
    let file = |path: &str| material.files.get(path).map(Vec::as_slice).unwrap_or_default();
    let described = |(path, _): &(&String, &Vec<u8>)| *path != metadata::FILE && *path != sums::FILE;
    let files = material.files.iter().filter(described).map(|(path, bytes)| (path.clone(), bytes.clone())).collect();
    let again = metadata::text(session, contents, (&material.lock, &files))?;
    match metadata::difference(file(metadata::FILE), &again) {
        None => findings.add(metadata::FILE, Verdict::Identical, ""),
        Some((what, true)) => findings.add(metadata::FILE, Verdict::Different, what),
        Some((what, false)) => {
            findings.add(metadata::FILE, Verdict::NotComparable, format!("written by other versions: {what}"));
        }
    }
    let sources = sums::parse(std::str::from_utf8(file(sources::FILE)).unwrap_or_default());
    let sources = match sources {
        Ok(sources) => sources,
        Err(problem) => {
            findings.add(sources::FILE, Verdict::Different, problem);
            return Ok(());
        }
    };
    let workflow = Digest::of(file(metadata::WORKFLOW));
    match sources.get(contents.about.declared_in) {
        Some(&digest) if digest == workflow => findings.add(metadata::WORKFLOW, Verdict::Identical, ""),
        _ => {
            let detail = format!("{} has another digest of {}", sources::FILE, contents.about.declared_in);
            findings.add(metadata::WORKFLOW, Verdict::Different, detail);
        }
    }
    let root = &session.tree.root;
    let edited =
        |(path, digest): &(&String, &Digest)| sources::digest(&root.join(path)).map_or(true, |found| found != **digest);
    let mut edited = sources.iter().filter(edited);
    if let Some((first, _)) = edited.next() {
        println!(
            "sources: {} of {} published files differ from this checkout, the first is {first}",
            1 + edited.count(),
            sources.len()
        );
    }
    Ok(())
}

/// The export paths of each step's outputs.
fn exports(session: &Session) -> Vec<(String, String)> {
    let steps = session.graph.steps().iter();
    steps.flat_map(|step| step.outputs.iter().map(|output| (step.name.to_string(), step.export(output)))).collect()
}

/// Compares the checkout's lock with everything rebuilt from the records, for each machine that has records.
fn checkout<P: Paper>(own: &Workspace, folder: &Path, findings: &mut Findings) -> Result<()> {
    let machines = machines(&own.lock);
    if machines.is_empty() {
        bail!(
            "{LOCK} has no request: no complete run is recorded\nhint: run `cargo xtask reproduce`, or \
             give a publication to check"
        );
    }
    let mut declared = BTreeSet::new();
    for identity in machines {
        let name = identity.name();
        let (mut session, _) = declare::<P>(own.root(), folder, material::of_machine(&own.lock, &name), &identity)?;
        let material = Material::of_checkout(own, &name, &session.graph, findings)?;
        let graph = &session.graph;
        let paths = (0..graph.steps().len())
            .map(|index| (graph.hardware(index).into(), graph.steps()[index].name.as_str().into()));
        declared.extend(paths);
        if findings.whole() != Verdict::Different {
            rebuild::rebuild(&mut session, &material, findings)?;
        }
    }
    let altered = altered::most(altered::converted(own.root())).filter(|_| findings.whole() > Verdict::Consistent);
    if let Some(altered) = altered {
        println!("warning: {altered}");
    }
    let mut unchecked = own.lock.steps.keys().filter(|name| !declared.contains(*name));
    if let Some((hardware, step)) = unchecked.next() {
        println!(
            "not checked: {} steps of {LOCK} that its requests do not ask for, the first is {step} on {hardware}",
            1 + unchecked.count()
        );
    }
    Ok(())
}

/// Whether this checkout measured anything that the lock names on some hardware. Published records cannot confirm
/// themselves.
fn measured_here(own: &Workspace, identity: &Identity) -> Result<bool> {
    let name = identity.name();
    for ((hardware, step), locked) in &own.lock.steps {
        if *hardware == name && locked.class == Class::Measured && made_here(&own.store, (hardware, step), locked)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The machines that have a request or a measurement in the lock.
fn machines(lock: &Lock) -> Vec<Identity> {
    let measured = lock.steps.iter().filter(|(_, locked)| locked.class == Class::Measured);
    let measured = measured.map(|((hardware, _), _)| hardware.as_str());
    let names: BTreeSet<&str> = measured.chain(lock.requests.keys().map(String::as_str)).collect();
    names.into_iter().filter_map(|name| Identity::named(name, lock.hardware.get(name)?)).collect()
}
