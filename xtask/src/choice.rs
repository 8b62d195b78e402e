//! What a command is about: which paper, on which hardware, which of its steps. Opens it; runs nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use crate::beside;
use crate::budget::Budget;
use crate::device::{Asked, Device, Precision};
use crate::fitting::{Fit, fit};
use crate::left_out::{ESTIMATES, LeftOut};
use crate::paper_size::PaperSize;
use crate::study::{POWER, Study};
use crate::{graphics, hardware, sessions, steps};
use offprint::graph::Graph;
use offprint::identity::Identity;
use offprint::lock::Lock;
use offprint::plan::plan;
use offprint::policy::{Locking, Measuring, Policy, Provenance};
use offprint::published::Published;
use offprint::session::{Session, made_here};
use offprint::source;
use offprint::stat_cache::{Caching, StatCache};
use offprint::store::{Found, Store};
use offprint::tree::Tree;

/// The paper that is meant.
#[derive(Args)]
pub struct Choice {
    /// What to measure on: auto (a graphics processor that Vulkan has a driver for, else the processor), cpu, cpu:burn
    /// (the processor through burn's own operators), vulkan[:N], vulkan:software, cuda[:N], simulated
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub device: Asked,
    /// In which numbers to compute; f16 where the device has them, as a device of its own
    #[arg(long, value_enum, default_value = "f32")]
    pub precision: Precision,
    /// How to measure: quick (minutes) or paper (hours); experiments/protocols.toml has them
    #[arg(long, default_value = "quick")]
    pub protocol: String,
    /// Which power source to read: auto, none, SOURCE or SOURCE/RAIL+RAIL; `cargo xtask doctor` lists those of this machine. Of an
    /// external meter the lines `seconds watts` (Unix time): of a file that grows, meter:FILE, or of a command, command:LINE
    #[arg(long, value_name = "SOURCE", default_value = POWER, value_parser = NonEmptyStringValueParser::new())]
    pub power: String,
    /// Only these networks, apart by commas
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    pub networks: Vec<String>,
    /// Only these batch sizes, apart by commas; those of the protocol when none is given
    #[arg(long, value_delimiter = ',', value_name = "N")]
    pub batches: Vec<u32>,
    /// What to set the report on
    #[arg(long, value_enum, value_name = "SIZE", default_value_t)]
    pub paper: PaperSize,
    /// Use what the lock names of this machine, for example cpu-3f2a91c0, published or measured here, and measure nothing
    #[arg(long, value_name = "NAME")]
    pub machine: Option<String>,
    /// The other machines of the lock that the report is set beside, by name and apart by commas, or none; left out, all that have
    /// published records of its points
    #[arg(long, value_delimiter = ',', value_name = "NAME,…|none")]
    pub beside: Option<Vec<String>>,
    /// Caching no file's time: compute the digest of every source and every output again
    #[arg(long)]
    pub rehash: bool,
    /// Where the kernel tells of the machine as it runs now
    #[arg(long, value_name = "DIR", hide = true, default_value = "/proc")]
    pub procfs: PathBuf,
    /// Where the kernel tells of clocks
    #[arg(long, value_name = "DIR", hide = true, default_value = "/sys")]
    pub sysfs: PathBuf,
}

/// The paper, opened.
pub struct Opened {
    /// The top of the checkout.
    pub root: PathBuf,
    /// What the engine works with.
    pub session: Session,
    /// The hardware whose measurements are used.
    pub identity: Identity,
    /// Whether this machine may measure: it is this one's hardware, and nobody asked for what a machine of the lock measured.
    pub here: bool,
    /// What is asked for.
    pub study: Study,
    /// Why this device, where nobody said which.
    pub why: Option<String>,
}

/// The paper with the steps to make.
pub struct Fitted {
    /// Without the points that there is no time for.
    pub opened: Opened,
    /// The steps to make.
    pub chosen: BTreeSet<usize>,
    /// What fits into the time; none when there is no limit.
    pub fit: Option<Fit>,
}

impl Choice {
    /// Reads the checkout and its lock. Nothing is written. Where the lock must stay as it is, the study is without the points
    /// that the lock's was made without.
    pub fn open(&self, locking: Locking) -> Result<Opened> {
        self.open_without(locking, None, &[])
    }

    /// The same, with one more session of the points that patterns mean.
    pub fn open_again(&self, locking: Locking, again: &[String]) -> Result<Opened> {
        self.open_without(locking, None, again)
    }

    /// The same without these points.
    fn open_without(&self, locking: Locking, left_out: Option<LeftOut>, again: &[String]) -> Result<Opened> {
        let root = root()?;
        let lock_path = match self.device {
            // What was never measured is nothing the paper uses.
            Asked::This(Device::Simulated) => root.join(".store/simulated.lock"),
            _ => root.join("artifacts.lock"),
        };
        let lock = Lock::read(&lock_path)?;
        let (device, why) = self.device(&lock, locking);
        let own = hardware::identity(device, self.precision, &self.sysfs);
        let identity = self.identity(&lock, &own, locking)?;
        let folder = store_folder(&root);
        let trust = if self.rehash { Caching::Off } else { Caching::On };
        let stat_cache = Arc::new(StatCache::open(&root, &Store::stat_cache_path(&folder), trust));
        let (store, shelf) = (Store::open(&folder, stat_cache.clone())?, Published::new(&root.join(steps::SHELF)));

        let left_out = match left_out {
            Some(left_out) => left_out,
            None if locking == Locking::Refuse => locked_without(&lock, &identity, &store, &shelf)?,
            None => LeftOut::default(),
        };
        if device == Device::Simulated && self.power != POWER {
            bail!("the simulated device models its own power monitor and reads no other\nhint: call without --power");
        }
        if device == Device::Simulated && self.precision != Precision::F32 {
            bail!("the simulated device computes nothing, in whatever numbers\nhint: call without --precision");
        }
        let study = Study::choose(&root, device, &self.protocol, &self.networks, &self.batches)?;
        let study = Study {
            power: self.power.clone(),
            precision: self.precision,
            paper: self.paper,
            ..study.without(left_out)
        };
        // Sessions of others are none of this machine's.
        let (name, here) = (identity.name(), identity == own && self.machine.is_none());
        let is_there = |step: &str| {
            let locked = lock.get(&name, step);
            let counts = |locked| made_here(&store, (&name, step), locked).unwrap_or_default();
            locked.is_some_and(|locked| !here || locking == Locking::Refuse || counts(locked))
        };
        let study = Study { sessions: sessions::of(&study, is_there, again)?, ..study };
        let tree = Tree::open(&root, stat_cache)?;
        let mut study = Study { beside: self.beside(&root, &study, &identity, (&lock, &store))?, ..study };
        beside::mark_outdated(&root, &mut study, &tree)?;
        let declared = steps::steps(&root, &study, &identity, hardware::memory(&self.procfs))?;
        let session = Session::open(tree, store, shelf, (lock, lock_path), declared)?;
        Ok(Opened { root, session, here, identity, study, why })
    }

    /// Chooses the steps that the patterns mean and, where there is a time for measuring, leaves out the points that do not fit.
    pub fn fit(&self, opened: Opened, patterns: &[String], budget: Option<Budget>) -> Result<Fitted> {
        let chosen = opened.chosen(patterns)?;
        let Some(budget) = budget else { return Ok(Fitted { opened, chosen, fit: None }) };
        if !opened.here {
            bail!("--budget is a time for measuring, and nothing is to be measured here\nhint: call without --machine");
        }
        let plan = plan(&opened.session, &chosen, &Policy::default())?;
        let takes: BTreeMap<String, Duration> =
            plan.into_iter().map(|planned| (planned.step, planned.estimate)).collect();
        let fit = fit(&opened.study, &takes, budget)?;
        let (opened, chosen) = self.leave_out(opened, &chosen, fit.left_out.clone())?;
        Ok(Fitted { opened, chosen, fit: Some(fit) })
    }

    /// The same steps without these points and, where there are any, opened anew.
    pub fn leave_out(
        &self,
        opened: Opened,
        chosen: &BTreeSet<usize>,
        left_out: LeftOut,
    ) -> Result<(Opened, BTreeSet<usize>)> {
        if left_out == opened.study.left_out {
            return Ok((opened, chosen.clone()));
        }
        let names = chosen.iter().map(|&index| &opened.session.graph.steps()[index].name);
        let less = self.open_without(Locking::Update, Some(left_out), &[])?;
        // By name: patterns may mean nothing any more.
        let chosen = names.filter_map(|name| less.session.graph.find(name)).collect();
        Ok((less, chosen))
    }

    /// The other machines that the report is set beside. A model of a device is beside none.
    fn beside(
        &self,
        root: &Path,
        study: &Study,
        identity: &Identity,
        known: (&Lock, &Store),
    ) -> Result<Vec<beside::Machine>> {
        let own = identity.name();
        let Some(names) = &self.beside else {
            let is_model = study.device == Device::Simulated;
            return Ok(if is_model { Vec::new() } else { beside::others(root, study, &own) });
        };
        let nobody = names.iter().any(|name| name == beside::NONE);
        if nobody && names.len() > 1 {
            bail!("--beside {}: `{}` stands alone\nhint: leave it out, or the names", names.join(","), beside::NONE);
        }
        let names: BTreeSet<&String> = names.iter().filter(|name| **name != own && !nobody).collect();
        let found = names.into_iter().map(|name| {
            let machine = beside::known(root, study, name, known);
            if machine.records.is_empty() {
                let others = known.0.hardware.keys().filter(|name| **name != own);
                let others = others.map(String::as_str).collect::<Vec<_>>();
                let all = if others.is_empty() { "no other one".to_owned() } else { others.join(", ") };
                bail!(
                    "--beside {name}: no record of these points is known of a machine of that name\nhint: artifacts.lock has {all}"
                );
            }
            Ok(machine)
        });
        found.collect()
    }

    /// The device that is asked for, or the best: of the machine that is named, else of this one; where the lock must stay as it is and
    /// does not have this one, that of the machines it has. And why, where nobody said.
    fn device(&self, lock: &Lock, locking: Locking) -> (Device, Option<String>) {
        if let Asked::This(device) = self.device {
            return (device, None);
        }
        let kind = |name: &str| Device::of_slug(Precision::of_slug(name.rsplit_once('-')?.0).0);
        if let Some(device) = self.machine.as_deref().and_then(kind) {
            return (device, None);
        }
        let (best, why) = graphics::best(&self.sysfs, Path::new("/"));
        if locking == Locking::Refuse
            && !lock.hardware.contains_key(&hardware::identity(best, self.precision, &self.sysfs).name())
        {
            // The processor first, as before there was anything else.
            let mut kinds: Vec<Device> = lock.hardware.keys().filter_map(|name| kind(name)).collect();
            kinds.sort_by_key(|device| *device != Device::Cpu);
            return (kinds.first().copied().unwrap_or(Device::Cpu), None);
        }
        (best, Some(why))
    }

    /// This machine, another one that was asked for, or, where the lock must stay as it is, the one it has.
    fn identity(&self, lock: &Lock, own: &Identity, locking: Locking) -> Result<Identity> {
        let all = lock.hardware.iter().filter_map(|(name, facts)| Identity::named(name, facts));
        let known: Vec<Identity> = all.filter(|identity| identity.kind == own.kind).collect();
        let names = || known.iter().map(told).collect::<Vec<_>>().join("; ");
        match &self.machine {
            Some(name) if *name == own.name() => Ok(own.clone()),
            Some(name) => match known.iter().find(|identity| identity.name() == *name) {
                Some(identity) => Ok(identity.clone()),
                None if known.is_empty() => bail!("the lock has no machine yet\nhint: call again without --machine"),
                None => bail!("the lock has no machine `{name}`\nhint: it has {}", names()),
            },
            None if locking == Locking::Update || known.contains(own) => Ok(own.clone()),
            None => match &known[..] {
                [] => Ok(own.clone()),
                // The paper as it is published is that of one of them: of the first, unless another one is asked for.
                [first, ..] => Ok(first.clone()),
            },
        }
    }
}

impl Opened {
    /// The steps that the patterns mean and all they need; all steps when there is no pattern.
    pub fn chosen(&self, patterns: &[String]) -> Result<BTreeSet<usize>> {
        let graph = &self.session.graph;
        match patterns {
            [] => Ok((0..graph.steps().len()).collect()),
            _ => Ok(graph.with_needed(meant(graph, patterns)?)),
        }
    }

    /// Whether the lock has a result of a step.
    pub fn is_locked(&self, index: usize) -> bool {
        let (graph, lock) = (&self.session.graph, &self.session.lock);
        lock.get(graph.hardware(index), &graph.steps()[index].name).is_some()
    }

    /// A policy that measures nothing and uses what the lock names, whoever measured it, where this machine is not to measure.
    pub fn policy(&self, policy: Policy) -> Policy {
        if self.here { policy } else { Policy { measuring: Measuring::Keep, provenance: Provenance::Locked, ..policy } }
    }
}

/// The points that the lock's study was made without, as the key of its estimates tells.
fn locked_without(lock: &Lock, identity: &Identity, store: &Store, shelf: &Published) -> Result<LeftOut> {
    let hardware = identity.name();
    let Some(locked) = lock.get(&hardware, ESTIMATES) else { return Ok(LeftOut::default()) };
    let key = match store.find(locked.key)? {
        Found::Entry(entry) => Some(entry.key),
        _ => shelf.key(&hardware, ESTIMATES, locked.key)?,
    };
    Ok(key.map(|key| LeftOut::of_key(&key.text)).unwrap_or_default())
}

/// The hardware by name and facts.
pub fn told(identity: &Identity) -> String {
    let facts: Vec<String> = identity.facts.iter().map(|(fact, value)| format!("{fact} {value}")).collect();
    format!("{} ({})", identity.name(), facts.join(", "))
}

/// The steps that the patterns mean.
pub fn meant(graph: &Graph, patterns: &[String]) -> Result<BTreeSet<usize>> {
    let mut all = BTreeSet::new();
    for pattern in patterns {
        let mut meant = BTreeSet::new();
        for (index, step) in graph.steps().iter().enumerate() {
            // The name of a point means all its sessions.
            if source::matches(pattern, &step.name)? || source::matches(pattern, sessions::point(&step.name))? {
                meant.insert(index);
            }
        }
        if meant.is_empty() {
            return Err(unknown_step(graph, pattern));
        }
        all.extend(meant);
    }
    Ok(all)
}

/// The answer to a name that no step has.
pub fn unknown_step(graph: &Graph, asked: &str) -> anyhow::Error {
    let names: Vec<&str> = graph.steps().iter().map(|step| step.name.as_str()).collect();
    anyhow::anyhow!("there is no step `{asked}`\nhint: known are {}", names.join(", "))
}

/// Where a checkout keeps its store.
pub fn store_folder(root: &Path) -> PathBuf {
    root.join(".store")
}

/// The top of the checkout: where the caller stands, or above it.
pub fn root() -> Result<PathBuf> {
    let here = std::env::current_dir().context("cannot tell the current folder")?;
    let is_top = |folder: &&Path| folder.join("xtask/Cargo.toml").is_file() && folder.join("Cargo.lock").is_file();
    match here.ancestors().find(is_top) {
        Some(top) => Ok(top.to_owned()),
        None => bail!("{} lies in no checkout of the paper\nhint: change to one and call again", here.display()),
    }
}
