//! The trait of a paper: its flags and its steps.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::Result;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::budget::Budget;
use crate::checkout::Checkout;
use crate::identity::Identity;
use crate::step::Step;
use crate::verification::{Comparison, Findings};

/// The description of a paper.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Its title, for the description of a publication and for `--help`.
    pub title: &'static str,
    /// Its subject, in a sentence or two.
    pub description: &'static str,
    /// Examples for `--help`.
    pub examples: &'static str,
    /// Additions to the help of commands, by command name.
    pub help: &'static [(&'static str, &'static str)],
    /// The file that declares the steps; it is part of a publication.
    pub declared_in: &'static str,
    /// The folder of published records.
    pub published: &'static str,
    /// Folders and files that `watch` observes.
    pub watched: &'static [&'static str],
    /// SPDX identifiers and names of its licences.
    pub licenses: &'static [(&'static str, &'static str)],
}

impl About {
    /// Values that suit most papers.
    pub const DEFAULT: Self = Self {
        title: "An executable paper",
        description: "Measured, drawn and typeset by its own program.",
        examples: "",
        help: &[],
        declared_in: "xtask/src/main.rs",
        published: "published",
        watched: &["."],
        licenses: &[("MIT", "MIT License"), ("Apache-2.0", "Apache License 2.0")],
    };
}

/// The effect of a changed fact of the machine on a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The measurement belongs to other hardware: the fact is part of its identity.
    Invalidates,
    /// The measurement stays in use, and a plan warns.
    Warns,
    /// None: the fact is only kept in the record.
    Kept,
}

/// A request reduced to what fits into a time limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Reduced<P> {
    /// The request without what does not fit.
    pub request: P,
    /// Number of measurements to make.
    pub measured: usize,
    /// Their estimated duration.
    pub about: Duration,
    /// How to measure the others.
    pub hint: String,
}

/// A paper. Its fields are its flags (`clap::Args`) and, as JSON, the request that the lock keeps for each machine. So
/// `reproduce --locked`, `publish` and `verify` know the request without flags. A field that is not part of the request
/// is marked `#[serde(skip)]`, and one that is not a flag `#[arg(skip)]`. A flag has the name of its field.
pub trait Paper: clap::Args + Serialize + DeserializeOwned + Clone + 'static {
    /// Its description.
    const ABOUT: About;

    /// The steps of the request.
    ///
    /// # Errors
    /// Something requested does not exist, or a file of the checkout cannot be read.
    fn steps(&self, at: &Checkout) -> Result<Vec<Step>>;

    /// The hardware that this machine's measurements of the request belong to; the processor by default.
    ///
    /// # Errors
    /// This machine has no such hardware.
    fn hardware(&self) -> Result<Identity> {
        Ok(Identity::processor())
    }

    /// What a node of a cluster must have to make the request's measurements, by the names of `cluster.toml`; any node by
    /// default. Steps name it again, with [`Step::needs`].
    ///
    /// # Errors
    /// Only this machine can make them.
    fn needs(&self) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// The fields that [`Paper::hardware`] depends on; all by default. A node of a cluster is asked again when one of
    /// them changes.
    fn hardware_fields() -> Option<&'static [&'static str]> {
        None
    }

    /// Fills in what the flags leave open, for example the other machines to compare with, so that the request decides
    /// the paper. Returns remarks to print. A request from a lock ([`Checkout::is_locked`]) is already complete, but
    /// may come from anyone: check that what it names exists.
    ///
    /// # Errors
    /// Something requested does not exist.
    fn complete(&mut self, _at: &Checkout) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// Checks that this machine can make the request's measurements. Called before the first of them, and before its
    /// program is built.
    ///
    /// # Errors
    /// It cannot.
    fn check_measurable(&self) -> Result<()> {
        Ok(())
    }

    /// Whether its numbers are simulated. Such a request has a lock of its own and is never published.
    fn is_simulated(&self) -> bool {
        false
    }

    /// Another name by which patterns match `step`, for example that of the measurement which a further session
    /// repeats.
    fn alias(step: &str) -> &str {
        step
    }

    /// The effect of a changed fact of the machine on a measurement.
    fn rule(_fact: &str) -> Rule {
        Rule::Kept
    }

    /// Present facts of this machine, by the names that [`Paper::facts_of`] uses. A plan warns of changes as
    /// [`Paper::rule`] says.
    fn facts_now(&self) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    /// The same facts at a measurement, read from one of its outputs. Empty for other outputs.
    fn facts_of(_output: &[u8]) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    /// When a measurement started, in UTC (RFC 3339), read from one of its outputs.
    fn measured_at(_output: &[u8]) -> Option<String> {
        None
    }

    /// Reduces the request to what fits into a time limit for measuring. `durations` has the estimated duration of each
    /// step; zero when it need not run. None when the request cannot be reduced: then measuring ends at the limit.
    ///
    /// # Errors
    /// Nothing fits.
    fn reduce(&self, _durations: &BTreeMap<String, Duration>, _budget: Budget) -> Result<Option<Reduced<Self>>> {
        Ok(None)
    }

    /// The request without the measurements of these steps, which did not start in time. None when the paper needs
    /// them.
    fn without(&self, _steps: &BTreeSet<String>, _budget: Option<Budget>) -> Option<Self> {
        None
    }

    /// A description of what the request skips.
    fn skipped(&self) -> Option<String> {
        None
    }

    /// Lines to print at the end of a run.
    fn remarks(&self, _at: &Checkout) -> Vec<String> {
        Vec::new()
    }

    /// Checks whether it may be published.
    ///
    /// # Errors
    /// The reason why not, and the remedy.
    fn check_publishable(&self, _at: &Checkout) -> Result<()> {
        Ok(())
    }

    /// Steps that match `--again` but do not run again, because another step repeats them.
    fn not_again(&self, _at: &Checkout) -> BTreeSet<String> {
        BTreeSet::new()
    }

    /// Lines to print at the end of `publish`.
    fn published(&self, _at: &Checkout) -> Vec<String> {
        Vec::new()
    }

    /// Compares published measurements with those made here on the same hardware, and adds its findings. By default
    /// `verify` only compares digests.
    ///
    /// # Errors
    /// A comparing program cannot be run.
    fn compare(_both: &Comparison, _findings: &mut Findings) -> Result<()> {
        Ok(())
    }
}
