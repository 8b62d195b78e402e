//! What a command is about: which request, on which hardware, which of its steps. Opens it; runs nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches};

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
use crate::source;
use crate::stat_cache::Caching;
use crate::step::Step;
use crate::workspace::{LOCK, SIMULATED_LOCK, Workspace};

/// The flags that every paper has.
#[derive(Args)]
struct Common {
    /// Use the measurements of this machine from the lock; measure nothing
    ///
    /// For example cpu-3f2a91c0. The measurements may be published or made here. All other options are those that the lock has for
    /// that machine, unless a flag overrides them.
    #[arg(long, value_name = "NAME")]
    machine: Option<String>,
    /// Recompute the digest of every source and output
    ///
    /// Without this flag, a digest is reused while the size, times and inode of its file are unchanged.
    #[arg(long)]
    rehash: bool,
}

/// The request, the machine, and which flags were resolved.
pub struct Selection<P> {
    /// The request, with defaults for what was not resolved.
    pub paper: P,
    /// The machine whose measurements are used; this one when none is resolved.
    pub machine: Option<String>,
    rehash: bool,
    resolved: BTreeSet<String>,
}

impl<P: Paper> FromArgMatches for Selection<P> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let is_given = |id: &&str| matches.value_source(id) == Some(ValueSource::CommandLine);
        // Groups are among the names, and have no source of their own.
        let names = matches.ids().map(clap::Id::as_str).filter(|id| matches.try_contains_id(id).is_ok());
        let resolved = names.filter(is_given).map(str::to_owned).collect();
        let Common { machine, rehash } = Common::from_arg_matches(matches)?;
        Ok(Self { paper: P::from_arg_matches(matches)?, machine, rehash, resolved })
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

/// A paper, opened.
pub struct Opened<P> {
    /// The top of the checkout.
    pub root: PathBuf,
    /// What the engine works with.
    pub session: Session,
    /// The hardware whose measurements are used.
    pub identity: Identity,
    /// Whether this machine may measure: it is this one's hardware, and nobody asked for what a machine of the lock measured.
    pub here: bool,
    /// Everything that is asked for.
    pub request: P,
    /// What to print for whoever asked.
    pub remarks: Vec<String>,
    locking: Locking,
}

/// A paper with the steps to make.
pub struct Selected<P> {
    /// Without what there is no time for.
    pub opened: Opened<P>,
    /// The steps to make.
    pub chosen: BTreeSet<usize>,
    /// What fits into the time; none when there is no limit.
    pub reduced: Option<Reduced<P>>,
}

impl<P: Paper> Selection<P> {
    /// Reads the checkout and its lock. Nothing is written. Where the lock must stay as it is, the request is the one that it has.
    ///
    /// # Errors
    /// A file cannot be read, there is no such machine, or the request asks for what there is not.
    pub fn open(&self, locking: Locking) -> Result<Opened<P>> {
        self.open_again(locking, &[])
    }

    /// The same, where patterns of steps are asked for again.
    ///
    /// # Errors
    /// As [`Selection::open`].
    pub fn open_again(&self, locking: Locking, again: &[String]) -> Result<Opened<P>> {
        let root = root()?;
        let lock = if self.paper.is_simulated() { SIMULATED_LOCK } else { LOCK };
        let caching = if self.rehash { Caching::Off } else { Caching::On };
        let workspace = Workspace::open(&root, P::ABOUT.published, lock, caching)?;
        let own = self.paper.hardware()?;
        let identity = self.identity(&workspace.lock, &own, locking)?;
        let here = identity == own && self.machine.is_none();
        let mut request = self.request(&workspace.lock, &identity, locking)?;
        let is_locked = locking == Locking::Refuse;
        let at = Checkout { is_here: here, is_locked, again, ..Checkout::new(&workspace, &identity) };
        let remarks = request.complete(&at)?;
        let steps = request.steps(&at)?;
        if steps.is_empty() {
            bail!("the paper has no steps for this request\nhint: ask for something else, or declare steps for it");
        }
        let mut session = Session::open(workspace, steps)?;
        session.request = Some((identity.clone(), Request::of(&request)?));
        Ok(Opened { root, session, identity, here, request, remarks, locking })
    }

    /// Chooses the steps that the patterns mean and, where there is a time for measuring, does without what does not fit.
    ///
    /// # Errors
    /// No step has such a name, or nothing fits.
    pub fn select(&self, mut opened: Opened<P>, patterns: &[String], budget: Option<Budget>) -> Result<Selected<P>> {
        let chosen = opened.chosen(patterns)?;
        let Some(budget) = budget else { return Ok(Selected { opened, chosen, reduced: None }) };
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

    /// What is asked for: where the lock stays as it is or a machine of it is named, what it says, but for the flags that were resolved.
    fn request(&self, lock: &Lock, identity: &Identity, locking: Locking) -> Result<P> {
        if locking == Locking::Update && self.machine.is_none() {
            return Ok(self.paper.clone());
        }
        let name = identity.name();
        match lock.requests.get(&name) {
            Some(request) => Ok(request.clone().with(&Request::of(&self.paper)?, &self.resolved).arguments(&name)?),
            // A first run on this machine, which a plan or a dry run may look at.
            None if locking == Locking::Update => Ok(self.paper.clone()),
            None => bail!(
                "{LOCK} has no request for {name}: no complete run of it is recorded\nhint: run `cargo xtask reproduce` first"
            ),
        }
    }

    /// This machine, another one that was asked for, or, where the lock must stay as it is, the one it has.
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
            // The paper as it is published is that of one of them: of the first of this kind, unless another one is asked for.
            None => {
                let first = known.iter().find(|identity| identity.kind == own.kind).or(known.first());
                Ok(first.unwrap_or(own).clone())
            }
        }
    }
}

impl<P: Paper> Opened<P> {
    /// What the paper sees of the checkout.
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
        }
    }

    /// Asks for something else of the same checkout: the steps of `chosen` that are still declared.
    ///
    /// # Errors
    /// The steps cannot be declared.
    pub fn ask(&mut self, request: P, chosen: &BTreeSet<usize>) -> Result<BTreeSet<usize>> {
        let names: Vec<String> = chosen.iter().map(|&index| self.session.graph.steps()[index].name.clone()).collect();
        let steps = request.steps(&self.checkout())?;
        self.session.declare(steps)?;
        self.session.request = Some((self.identity.clone(), Request::of(&request)?));
        self.request = request;
        // By name: patterns may mean nothing any more.
        Ok(names.iter().filter_map(|name| self.session.graph.find(name)).collect())
    }

    /// The steps that the patterns mean and all they need; all steps when there is no pattern.
    ///
    /// # Errors
    /// No step has such a name.
    pub fn chosen(&self, patterns: &[String]) -> Result<BTreeSet<usize>> {
        let graph = &self.session.graph;
        match patterns {
            [] => Ok((0..graph.steps().len()).collect()),
            _ => Ok(graph.with_needed(matching::<P>(graph, patterns)?)),
        }
    }

    /// A policy that measures nothing and uses what the lock names, whoever measured it, where this machine is not to measure.
    pub fn policy(&self, policy: Policy) -> Policy {
        if self.here { policy } else { Policy { measuring: Measuring::Keep, provenance: Provenance::Locked, ..policy } }
    }

    /// The folder of results for people, from the top of the checkout.
    pub fn folder(&self) -> PathBuf {
        Path::new("output").join(&self.identity.kind)
    }
}

/// Hardware by name and facts.
pub fn described(identity: &Identity) -> String {
    let facts: Vec<String> = identity.facts.iter().map(|(fact, value)| format!("{fact} {value}")).collect();
    format!("{} ({})", identity.name(), facts.join(", "))
}

/// The steps that the patterns mean.
///
/// # Errors
/// A pattern that no step has, or that is not one.
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

/// The error for a name that no step has.
pub fn unknown_step(graph: &Graph, asked: &str) -> anyhow::Error {
    let names: Vec<&str> = graph.steps().iter().map(|step| step.name.as_str()).collect();
    anyhow::anyhow!("unknown step `{asked}`\nhint: the steps are {}", names.join(", "))
}

/// The top of the checkout: where the caller stands, or above it.
///
/// # Errors
/// The caller stands in no checkout.
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
