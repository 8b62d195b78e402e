//! `publish`: writes the measurements in the lock into the checkout, and everything a reader needs into one folder.

use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::digest::Digest;
use crate::opened::{Selection, described};
use crate::paper::Paper;
use crate::plan::plan;
use crate::policy::{Locking, Policy};
use crate::progress::print_line;
use crate::publication::bundle::{self, Contents};
use crate::publication::{records, sources, sums};
use crate::state::State;
use crate::store_lock::StoreLock;

/// The help after the flags.
pub const HELP: &str = "\
Writes target/publish/ (report, figures, records, tables, lock, digests, RO-Crate metadata) and the same as one \
archive, target/publish.tar.gz. The records go into the checkout too, to be committed with artifacts.lock.\n
Simulated numbers, uncommitted files and outdated results are refused. What `reproduce --budget` skipped is missing, \
and the publication lists it. Publishing again gives the same archive to the byte.";

/// The flags of `publish`.
#[derive(Args)]
pub struct Publish<P: Paper> {
    #[command(flatten)]
    selection: Selection<P>,
}

impl<P: Paper> Publish<P> {
    /// Writes the publication.
    pub(crate) fn run(&self) -> Result<()> {
        if self.selection.paper.is_simulated() {
            bail!("simulated numbers are not measurements and cannot be published\nhint: publish measurements");
        }
        let mut opened = self.selection.open(Locking::Refuse)?;
        opened.request.check_publishable(&opened.checkout())?;
        if !opened.here {
            print_line(&format!("using the measurements of {}", described(&opened.identity)));
        }
        let _lock = StoreLock::wait(&opened.session.store, |holder| {
            eprintln!("waiting for another run (process {holder}) to finish");
        })?;
        opened.session.refresh()?;
        let session = &opened.session;
        let committed = sources::committed(&opened.root, P::ABOUT.published)?;
        let chosen = opened.chosen(&[])?;
        let locked = Policy { locking: Locking::Refuse, ..Policy::default() };
        for (planned, &index) in plan(session, &chosen, &opened.policy(locked))?.iter().zip(&chosen) {
            let locked = session.lock.get(session.graph.hardware(index), &planned.step);
            let reason = match &planned.state {
                State::Fresh { key, outputs, repair } if repair.restore.is_empty() => match locked {
                    Some(locked) if locked.key == key.digest && locked.outputs == *outputs => continue,
                    _ => "the lock has other outputs".to_owned(),
                },
                state => state.summary().1.first().map_or("it is not in the store".to_owned(), ToString::to_string),
            };
            bail!("step {} differs from the lock: {reason}\nhint: run `cargo xtask reproduce` first", planned.step);
        }
        let (skipped, name) = (opened.request.skipped(), opened.identity.name());
        let written = records::write(session, &chosen)?;
        let contents = Contents {
            about: &P::ABOUT,
            chosen: &chosen,
            hardware: &name,
            skipped: skipped.as_deref(),
            sources: &committed,
            day: None,
            measured_at: P::measured_at,
        };
        let all = bundle::gather(session, &contents)?;
        let (folder, packed) = (Path::new("target/publish"), Path::new("target/publish.tar.gz"));
        bundle::write(&all, &opened.root.join(folder), &opened.root.join(packed))?;
        session.store.remember()?;

        let (archive, _) = Digest::of_file(&opened.root.join(packed)).context("target/publish.tar.gz")?;
        println!("{} files: {}", all.len(), folder.display());
        println!("archive: {}, SHA-256 {archive}", packed.display());
        println!("digest of the sources: {}", Digest::of(sums::text(&committed).as_bytes()));
        if let Some(skipped) = skipped {
            println!("{skipped}; the publication says so");
        }
        println!("{written} files of records: {}; commit them with artifacts.lock", P::ABOUT.published);
        for remark in opened.request.published(&opened.checkout()) {
            println!("{remark}");
        }
        Ok(())
    }
}
