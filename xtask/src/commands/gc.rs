//! `gc`: what the store keeps that nothing refers to any more.

use anyhow::Result;
use clap::Args;

use crate::choice::{root, store_folder};
use offprint::gc::{self, Garbage};
use offprint::lock::Lock;
use offprint::recent::RUNS;
use offprint::stat_cache::{Caching, StatCache};
use offprint::store::Store;
use offprint::store_lock::StoreLock;

/// What `--help` says last.
pub const HELP: &str = "\
Kept are the outputs that artifacts.lock names, on any machine, those of the simulated device's own lock, and those that the \
latest ten different runs used. Everything else can be made again, measurements by measuring; they are listed by name.";

/// Tidying up.
#[derive(Args)]
pub struct Gc {
    /// Remove it
    #[arg(long)]
    remove: bool,
}

impl Gc {
    /// Shows the garbage, and removes it when asked to.
    pub fn run(&self) -> Result<()> {
        let root = root()?;
        let folder = store_folder(&root);
        let stat_cache = StatCache::open(&root, &Store::stat_cache_path(&folder), Caching::On);
        let store = Store::open(&folder, stat_cache.into())?;
        let _lock = match self.remove {
            true => Some(StoreLock::wait(&store, |holder| {
                eprintln!("waiting for another run (process {holder}) to finish")
            })?),
            false => None,
        };
        // Read under the hold: a run that ended just before may have named more.
        let locks = [Lock::read(&root.join("artifacts.lock"))?, Lock::read(&folder.join("simulated.lock"))?];
        let garbage = gc::find(&store, &locks)?;
        let Garbage { entries, objects, answers, damaged, bytes, measurements, .. } = &garbage;
        for step in measurements {
            println!("measurement {step}");
        }
        println!(
            "{} that neither the lock nor the latest {RUNS} runs refer to: {} entries, {answers} answers of others, \
             {} outputs, {} damaged files; {:.1} MB",
            if self.remove { "removed" } else { "to remove" },
            entries.len(),
            objects.len(),
            damaged.len(),
            *bytes as f64 / 1e6
        );
        if self.remove {
            gc::remove(&store, &garbage)?;
        } else if *bytes > 0 {
            println!("`cargo xtask gc --remove` removes them");
        }
        Ok(())
    }
}
