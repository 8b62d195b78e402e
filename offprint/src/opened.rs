//! What a command works on: request, hardware and selected steps. Runs nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches};

use crate::altered::{self, Altered, Cause};
use crate::budget::Budget;
use crate::checkout::Checkout;
use crate::graph::Graph;
use crate::identity::Identity;
use crate::lock::Lock;
use crate::paper::{Paper, Reduced};
use crate::plan::plan;
use crate::policy::{Locking, Measuring, Policy, Provenance};
use crate::request::Request;
use crate::session::Session;
use crate::slurm::Slurm;
use crate::source;
use crate::stat_cache::Caching;
use crate::step::Step;
use crate::workspace::{LOCK, SIMULATED_LOCK, Workspace};

/// The flags that every paper has.
#[derive(Args)]
struct Common {
    /// Use the measurements of this machine from the lock; measure nothing
    ///
    /// For example cpu-3f2a91c0. The measurements may be published or made here. All other options are those that the
    /// lock has for that machine, unless a flag overrides them.
    #[arg(long, value_name = "NAME")]
    machine: Option<String>,
    /// Where measured steps run
    ///
    /// cluster.toml describes the nodes; docs/cluster.md is a guide.
    #[arg(long, value_enum, value_name = "WHERE", default_value_t, conflicts_with = "machine")]
    on: On,
    /// Recompute the digest of every source and output
    ///
    /// Without this flag, a digest is reused while the size, times and inode of its file are unchanged.
    #[arg(long)]
    rehash: bool,
}

/// Where measured steps run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum On {
    /// On this machine.
    #[default]
    Local,
    /// On nodes of a cluster, as jobs of Slurm.
    Slurm,
}

/// Whether a command may submit a job to find the hardware of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// It may.
    Yes,
    /// It writes nothing, so the hardware must be known already.
    No,
}

/// The request, the machine, and the names of the flags given.
pub struct Selection<P> {
    /// The request, with defaults for flags that were not given.
    pub paper: P,
    /// The machine whose measurements are used; this one when none is given.
    pub machine: Option<String>,
    /// Where measured steps run.
    pub on: On,
    rehash: bool,
    given: BTreeSet<String>,
}

impl<P: Paper> FromArgMatches for Selection<P> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let is_given = |id: &&str| matches.value_source(id) == Some(ValueSource::CommandLine);
        // The names include groups, which have no source.
        let names = matches.ids().map(clap::Id::as_str).filter(|id| matches.try_contains_id(id).is_ok());
        let given = names.filter(is_given).map(str::to_owned).collect();
        let Common { machine, on, rehash } = Common::from_arg_matches(matches)?;
        Ok(Self { paper: P::from_arg_matches(matches)?, machine, on, rehash, given })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<P: Paper> Args for Selection<P> {
    fn augment_args(command: Command) -> Command {
        Common::augment_args(P::augment_args(command))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// An opened paper.
pub struct Opened<P> {
    /// The top of the checkout.
    pub root: PathBuf,
    /// The engine's view of the paper.
    pub session: Session,
    /// The hardware whose measurements are used.
    pub identity: Identity,
    /// Whether this machine may measure: the hardware is its own, and `--machine` is not given.
    pub here: bool,
    /// The complete request.
    pub request: P,
    /// Remarks to print.
    pub remarks: Vec<String>,
    /// The cluster that measures; none when this machine does.
    pub slurm: Option<Slurm>,
    locking: Locking,
}

/// An opened paper and its selected steps.
pub struct Selected<P> {
    /// The paper, without the points that do not fit.
    pub opened: Opened<P>,
    /// The selected steps.
    pub chosen: BTreeSet<usize>,
    /// What fits into the time limit; none without a limit.
    pub reduced: Option<Reduced<P>>,
}

impl<P: Paper> Selection<P> {
    /// Reads the checkout and its lock, and writes nothing. If the lock must not change, the request is read from it.
    ///
    /// # Errors
    /// A file cannot be read, or the machine or something requested does not exist.
    pub fn open(&self, locking: Locking) -> Result<Opened<P>> {
        self.open_again(locking, &[], Asking::No)
    }

    /// The same, with patterns of steps to run again, and whether a node may be asked for its hardware.
    ///
    /// # Errors
    /// As [`Selection::open`].
    pub fn open_again(&self, locking: Locking, again: &[String], asking: Asking) -> Result<Opened<P>> {
        let root = root()?;
        let lock = if self.paper.is_simulated() { SIMULATED_LOCK } else { LOCK };
        let caching = if self.rehash { Caching::Off } else { Caching::On };
        let workspace = Workspace::open(&root, P::ABOUT.published, lock, caching)?;
        let altered = altered::records(&workspace)?;
        let is_needed = |altered: &Altered| altered.cause != Cause::Sparse || locking == Locking::Refuse;
        if let Some(altered) = altered.clone().filter(is_needed) {
            bail!(altered);
        }
        let (slurm, own) = match self.on {
            On::Local => (None, self.paper.hardware()?),
            On::Slurm => {
                let needs = self.paper.needs()?;
                let slurm = Slurm::open(&root, Request::of(&self.paper)?, asking, P::hardware_fields())?;
                let hardware = slurm.hardware(&needs)?;
                (Some(slurm), hardware)
            }
        };
        let identity = self.identity(&workspace.lock, &own, locking)?;
        let here = identity == own && self.machine.is_none();
        let mut request = self.request(&workspace.lock, &identity, locking)?;
        let is_locked = locking == Locking::Refuse;
        let at =
            Checkout { is_here: here, is_locked, again, slurm: slurm.as_ref(), ..Checkout::new(&workspace, &identity) };
        let mut remarks = request.complete(&at)?;
        remarks.extend(altered.map(|altered| format!("warning: {altered}")));
        let steps = declared(&request, &at)?;
        if steps.is_empty() {
            bail!("the paper has no steps for this request\nhint: ask for something else, or declare steps for it");
        }
        let mut session = Session::open(workspace, steps)?;
        session.request = Some((identity.clone(), Request::of(&request)?));
        Ok(Opened { root, session, identity, here, request, remarks, slurm, locking })
    }

    /// Selects the steps that match the patterns and, with a time limit, reduces the request to what fits.
    ///
    /// # Errors
    /// No step matches, or nothing fits.
    pub fn select(&self, mut opened: Opened<P>, patterns: &[String], budget: Option<Budget>) -> Result<Selected<P>> {
        let chosen = opened.chosen(patterns)?;
        let Some(budget) = budget else { return Ok(Selected { opened, chosen, reduced: None }) };
        if opened.slurm.is_some() {
            bail!(
                "--budget limits measuring on this machine\nhint: `time` in cluster.toml limits each job of --on slurm"
            )
        }
        if !opened.here {
            bail!(
                "--budget limits measuring, and nothing is measured with --machine\nhint: omit --budget or --machine"
            );
        }
        let plan = plan(&opened.session, &chosen, &Policy::default())?;
        let durations: BTreeMap<String, Duration> =
            plan.into_iter().map(|planned| (planned.step, planned.estimate)).collect();
        let reduced = opened.request.reduce(&durations, budget)?;
        let chosen = match &reduced {
            Some(reduced) => opened.ask(reduced.request.clone(), &chosen)?,
            None => chosen,
        };
        Ok(Selected { opened, chosen, reduced })
    }

    /// The request. With a lock that must not change, or with `--machine`, it is read from the lock, and flags override
    /// it.
    fn request(&self, lock: &Lock, identity: &Identity, locking: Locking) -> Result<P> {
        if locking == Locking::Update && self.machine.is_none() {
            return Ok(self.paper.clone());
        }
        let name = identity.name();
        match lock.requests.get(&name) {
            Some(request) => Ok(request.clone().with(&Request::of(&self.paper)?, &self.given).arguments(&name)?),
            // A plan or dry run before the first run on this machine.
            None if locking == Locking::Update => Ok(self.paper.clone()),
            None => bail!(
                "{LOCK} has no request for {name}: no complete run of it is recorded\nhint: run `cargo xtask \
                 reproduce` first"
            ),
        }
    }

    /// This machine, the one that `--machine` names, or, if the lock must not change, one of the lock.
    fn identity(&self, lock: &Lock, own: &Identity, locking: Locking) -> Result<Identity> {
        let all = lock.hardware.iter().filter_map(|(name, facts)| Identity::named(name, facts));
        let known: Vec<Identity> = all.filter(|identity| lock.requests.contains_key(&identity.name())).collect();
        match &self.machine {
            Some(name) if *name == own.name() => Ok(own.clone()),
            Some(name) => match known.iter().find(|identity| identity.name() == *name) {
                Some(identity) => Ok(identity.clone()),
                None if known.is_empty() => bail!("{LOCK} has no machines yet\nhint: omit --machine"),
                None => {
                    let names = known.iter().map(described).collect::<Vec<_>>().join("; ");
                    bail!("unknown machine `{name}`\nhint: {LOCK} has {names}")
                }
            },
            None if locking == Locking::Update || known.contains(own) => Ok(own.clone()),
            None => Ok(main_machine(lock, &known, own).clone()),
        }
    }
}

impl<P: Paper> Opened<P> {
    /// The paper's view of the checkout.
    pub fn checkout(&self) -> Checkout<'_> {
        Checkout {
            tree: &self.session.tree,
            store: &self.session.store,
            published: &self.session.published,
            lock: &self.session.lock,
            hardware: &self.identity,
            is_here: self.here,
            is_locked: self.locking == Locking::Refuse,
            again: &[],
            slurm: self.slurm.as_ref(),
        }
    }

    /// Changes the request for the same checkout. Returns the steps of `chosen` that are still declared.
    ///
    /// # Errors
    /// The steps cannot be declared.
    pub fn ask(&mut self, request: P, chosen: &BTreeSet<usize>) -> Result<BTreeSet<usize>> {
        let names: Vec<_> = chosen.iter().map(|&index| self.session.graph.steps()[index].name.clone()).collect();
        let steps = declared(&request, &self.checkout())?;
        self.session.declare(steps)?;
        self.session.request = Some((self.identity.clone(), Request::of(&request)?));
        self.request = request;
        // By name, since patterns may no longer match.
        Ok(names.iter().filter_map(|name| self.session.graph.find(name)).collect())
    }

    /// The steps that match the patterns, and everything they need. Without patterns, all steps.
    ///
    /// # Errors
    /// No step matches.
    pub fn chosen(&self, patterns: &[String]) -> Result<BTreeSet<usize>> {
        let graph = &self.session.graph;
        match patterns {
            [] => Ok((0..graph.steps().len()).collect()),
            _ => Ok(graph.with_needed(matching::<P>(graph, patterns)?)),
        }
    }

    /// The policy; where this machine may not measure, it measures nothing and uses the results that the lock names.
    pub fn policy(&self, policy: Policy) -> Policy {
        if self.here { policy } else { Policy { measuring: Measuring::Keep, provenance: Provenance::Locked, ..policy } }
    }

    /// The folder of exported results, from the top of the checkout.
    pub fn folder(&self) -> PathBuf {
        Path::new("output").join(&self.identity.kind)
    }
}

/// The machine whose paper is the published one for a reader with other hardware: of those of the same kind, the one with the most
/// results in the lock. Others may be from earlier versions of the programs.
fn main_machine<'a>(lock: &Lock, known: &'a [Identity], own: &'a Identity) -> &'a Identity {
    let results = |identity: &&Identity| lock.steps.keys().filter(|key| key.0 == identity.name()).count();
    let of_kind = known.iter().rev().filter(|identity| identity.kind == own.kind).max_by_key(results);
    of_kind.or(known.first()).unwrap_or(own)
}

/// The steps of a request. What a cluster adds to their keys is in them.
fn declared<P: Paper>(request: &P, at: &Checkout) -> Result<Vec<Step>> {
    let steps = request.steps(at)?;
    Ok(match at.slurm {
        None => steps,
        Some(slurm) => slurm.declared(steps)?,
    })
}

/// The name and facts of hardware.
pub fn described(identity: &Identity) -> String {
    let facts: Vec<String> = identity.facts.iter().map(|(fact, value)| format!("{fact} {value}")).collect();
    format!("{} ({})", identity.name(), facts.join(", "))
}

/// The steps that match the patterns.
///
/// # Errors
/// A pattern is invalid or matches no step.
pub fn matching<P: Paper>(graph: &Graph, patterns: &[String]) -> Result<BTreeSet<usize>> {
    let mut all = BTreeSet::new();
    for pattern in patterns {
        let mut found = BTreeSet::new();
        for (index, Step { name, .. }) in graph.steps().iter().enumerate() {
            if source::matches(pattern, name)? || source::matches(pattern, P::alias(name))? {
                found.insert(index);
            }
        }
        if found.is_empty() {
            return Err(unknown_step(graph, pattern));
        }
        all.extend(found);
    }
    Ok(all)
}

/// The error for an unknown step.
pub fn unknown_step(graph: &Graph, asked: &str) -> anyhow::Error {
    let names: Vec<&str> = graph.steps().iter().map(|step| step.name.as_str()).collect();
    anyhow::anyhow!("unknown step `{asked}`\nhint: the steps are {}", names.join(", "))
}

/// The top of the checkout that contains the current folder.
///
/// # Errors
/// The current folder is not in a checkout.
pub fn root() -> Result<PathBuf> {
    let here = std::env::current_dir().context("cannot read the current folder")?;
    let is_top = |folder: &&Path| folder.join("xtask/Cargo.toml").is_file() && folder.join("Cargo.lock").is_file();
    match here.ancestors().find(is_top) {
        Some(top) => Ok(top.to_owned()),
        None => bail!(
            "{} is not inside a checkout of a paper\nhint: change to one and run the command again",
            here.display()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;
    use crate::lock::Locked;
    use crate::step::Class;

    #[test]
    fn a_reader_with_other_hardware_gets_the_paper_of_the_machine_with_the_most_results() {
        let identity = |kind: &str, model: &str| Identity {
            kind: kind.to_owned(),
            facts: BTreeMap::from([("model".to_owned(), model.to_owned())]),
        };
        let mut known = vec![identity("cpu", "old"), identity("cpu", "new"), identity("gpu", "large")];
        known.sort_by_key(Identity::name);
        let mut lock = Lock::default();
        for (identity, steps) in [(&known[0], 2), (&known[1], 3), (&known[2], 9)] {
            for step in 0..steps {
                let key = Digest::of(b"key");
                lock.put(
                    &identity.name(),
                    &format!("step/{step}"),
                    Locked { class: Class::Exact, key, outputs: Default::default() },
                );
            }
        }
        let of = |own: &Identity| main_machine(&lock, &known, own).clone();
        assert_eq!(of(&identity("cpu", "a reader's")), known[1]);
        assert_eq!(of(&identity("gpu", "a reader's")), known[2]);
        assert_eq!(of(&identity("board", "a reader's")), known[0]);
    }
}
