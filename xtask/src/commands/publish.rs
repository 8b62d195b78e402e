//! `publish`: puts the measurements behind the lock into the checkout, and everything a reader needs into one folder.

use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::choice::{Choice, told};
use crate::device::{Asked, Device};
use crate::left_out::ESTIMATES;
use crate::paper_size::REPORT;
use crate::publication::{bundle, shelve, sources, sums};
use crate::steps::SHELF;
use offprint::digest::Digest;
use offprint::identity::ANY;
use offprint::plan::plan;
use offprint::policy::{Locking, Policy};
use offprint::progress::say;
use offprint::state::State;
use offprint::store_lock::StoreLock;

/// What `--help` says last.
pub const HELP: &str = "\
Writes target/publish/ (report, figures, records, tables, lock, digests, RO-Crate metadata), the same as one archive \
target/publish.tar.gz, and the records into experiments/published/records/, to be committed with artifacts.lock.\n
Refused are simulated numbers, uncommitted files and outdated figures. Points that `reproduce --budget` left out are no part of \
it, and it says which. Reports are set beside the published machines, so that those of the other machines in artifacts.lock \
have to be made again after a new one: `cargo xtask reproduce --machine NAME`. The archive is the same to the byte when made again.";

/// A publication.
#[derive(Args)]
pub struct Publish {
    #[command(flatten)]
    choice: Choice,
}

impl Publish {
    /// Writes it.
    pub fn run(&self) -> Result<()> {
        if self.choice.device == Asked::This(Device::Simulated) {
            bail!(
                "the simulated device measures nothing, so there is nothing to publish\nhint: publish what a real device measured"
            );
        }
        let mut opened = self.choice.open(Locking::Refuse)?;
        if let Some(machine) = opened.study.beside.iter().find(|machine| !machine.is_published()) {
            let name = &machine.name;
            bail!(
                "the report is set beside {name}, whose records are not published, so that nobody could make it again\nhint: publish \
                 those first, or call `cargo xtask reproduce` and this without --beside"
            );
        }
        if !opened.here {
            say(&format!("using the measurements of {}", told(&opened.identity)));
        }
        let _lock = StoreLock::wait(&opened.session.store, |holder| {
            eprintln!("waiting for another run (process {holder}) to finish");
        })?;
        opened.session.refresh()?;
        let session = &opened.session;
        let committed = sources::committed(&opened.root)?;
        let chosen = opened.chosen(&[])?;
        let locked = Policy { locking: Locking::Refuse, ..Policy::default() };
        for (planned, &index) in plan(session, &chosen, &opened.policy(locked))?.iter().zip(&chosen) {
            let locked = session.lock.get(session.graph.hardware(index), &planned.step);
            let reason = match &planned.state {
                State::Fresh { key, outputs, repair } if repair.restore.is_empty() => match locked {
                    Some(locked) if locked.key == key.digest && locked.outputs == *outputs => continue,
                    _ => "the lock says something else".to_owned(),
                },
                state => state.told().1.first().map_or("it is not in the store".to_owned(), ToString::to_string),
            };
            bail!("step {} is not as the lock has it: {reason}\nhint: run `cargo xtask reproduce` first", planned.step);
        }
        let left_out = opened.study.left_out.told(&opened.study);
        // Without its key nobody could tell what the study was made without.
        let estimates = session.graph.find(ESTIMATES).filter(|_| left_out.is_some());
        let shelved = shelve::shelve(session, &chosen, &estimates.into_iter().collect())?;
        let all = bundle::gather(session, (&chosen, left_out.as_deref()), &committed)?;
        let (folder, packed) = (Path::new("target/publish"), Path::new("target/publish.tar.gz"));
        bundle::write(&all, &opened.root.join(folder), &opened.root.join(packed))?;
        session.store.remember()?;

        let (archive, _) = Digest::of_file(&opened.root.join(packed)).context("target/publish.tar.gz")?;
        println!("{} files: {}", all.len(), folder.display());
        println!("archive: {}, SHA-256 {archive}", packed.display());
        println!("digest of the sources: {}", Digest::of(sums::text(&committed).as_bytes()));
        if let Some(left_out) = left_out {
            println!("{left_out}; the publication says so");
        }
        println!("{shelved} files of records: {SHELF}; commit them with artifacts.lock");
        let own = opened.identity.name();
        let others =
            session.lock.hardware.keys().filter(|name| **name != own && session.lock.get(name, REPORT).is_some());
        // What the others were set beside are estimates of the same records, and the same to the byte.
        let outputs = |hardware: &str, step: &str| session.lock.get(hardware, step).map(|locked| &locked.outputs);
        let is_known = outputs(ANY, &format!("machines/{own}")) == outputs(&own, ESTIMATES);
        for other in others.filter(|_| !is_known) {
            println!(
                "the report of {other} is set beside this one: `cargo xtask reproduce --machine {other}` makes it again"
            );
        }
        Ok(())
    }
}
