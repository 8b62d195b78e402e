//! `gc`: store entries that nothing refers to any more.

use std::marker::PhantomData;

use anyhow::Result;
use clap::Args;

use crate::gc::{self, Garbage};
use crate::lock::Lock;
use crate::opened::root;
use crate::paper::Paper;
use crate::recent::RUNS;
use crate::stat_cache::Caching;
use crate::store_lock::StoreLock;
use crate::workspace::{LOCK, SIMULATED_LOCK, Workspace};

/// The help after the flags.
pub const HELP: &str = "\
Kept are the outputs that artifacts.lock names, on any machine, those of simulated runs, and those that the \
latest ten different runs used. Interrupted runs are kept, too, until nothing has continued them for 30 days. Everything else can be made again, measurements by measuring; they are listed by name.";

/// The flags of `gc`.
#[derive(Args)]
pub struct Gc<P: Paper> {
    /// Remove it
    #[arg(long)]
    remove: bool,
    #[arg(skip)]
    paper: PhantomData<P>,
}

impl<P: Paper> Gc<P> {
    /// Lists the garbage, and removes it when asked to.
    pub(crate) fn run(&self) -> Result<()> {
        let workspace = Workspace::open(&root()?, P::ABOUT.published, LOCK, Caching::On)?;
        let store = &workspace.store;
        let _lock = match self.remove {
            true => Some(StoreLock::wait(store, |holder| {
                eprintln!("waiting for another run (process {holder}) to finish")
            })?),
            false => None,
        };
        // Read while holding the store lock: a run that has just ended may have added names.
        let locks = [Lock::read(&workspace.lock_path)?, Lock::read(&workspace.root().join(SIMULATED_LOCK))?];
        let garbage = gc::find(store, &locks)?;
        let Garbage { entries, objects, results, corrupt, bytes, measurements, abandoned, unfinished, .. } = &garbage;
        for step in measurements {
            println!("measurement {step}");
        }
        for path in abandoned {
            println!("interrupted run {}, not continued for 30 days", path.display());
        }
        if *unfinished > 0 {
            println!("kept: {unfinished} interrupted runs, which the same command continues");
        }
        println!(
            "{} that neither the lock nor the latest {RUNS} runs refer to: {} entries, {results} results of other \
             entries, {} outputs, {} corrupt files; {:.1} MB",
            if self.remove { "removed" } else { "to remove" },
            entries.len(),
            objects.len(),
            corrupt.len(),
            *bytes as f64 / 1e6
        );
        if self.remove {
            gc::remove(store, &garbage)?;
        } else if *bytes > 0 || !abandoned.is_empty() {
            println!("`cargo xtask gc --remove` removes them");
        }
        Ok(())
    }
}
