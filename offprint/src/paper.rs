//! A paper: what may be asked of it, and the steps that result.

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

/// What a paper says of itself.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Its title, for the description of a publication and for `--help`.
    pub title: &'static str,
    /// What it is about, in a sentence or two.
    pub description: &'static str,
    /// Examples of calls, for `--help`.
    pub examples: &'static str,
    /// What the help of a command adds for this paper, by the command's name.
    pub help: &'static [(&'static str, &'static str)],
    /// The file that declares the steps; a publication has it.
    pub declared_in: &'static str,
    /// The folder of published records.
    pub published: &'static str,
    /// Folders and files that `watch` looks at.
    pub watched: &'static [&'static str],
    /// SPDX identifiers of its licences, with their names.
    pub licenses: &'static [(&'static str, &'static str)],
}

impl About {
    /// What holds of most papers.
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

/// What it means when a fact of the machine is not what it was at a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The measurement belongs to other hardware: the fact is part of its identity.
    Invalidates,
    /// The measurement stays in use, and a plan says that it may be worth a new one.
    Warns,
    /// It is kept in the record and asked about nowhere else.
    Kept,
}

/// What fits into a time for measuring.
#[derive(Clone, Debug, PartialEq)]
pub struct Reduced<P> {
    /// The request without what does not fit.
    pub request: P,
    /// How many measurements are to be made.
    pub measured: usize,
    /// How long they take about.
    pub about: Duration,
    /// What helps to measure the rest.
    pub hint: String,
}

/// A paper. Its own fields are its flags (`clap::Args`) and, as JSON, the request that the lock keeps for each machine: so
/// `reproduce --locked`, `publish` and `verify` know what was asked without anybody repeating it. A field that is no part of the request is
/// marked `#[serde(skip)]`, one that is no flag `#[arg(skip)]`. The name of a flag is that of its field.
pub trait Paper: clap::Args + Serialize + DeserializeOwned + Clone + 'static {
    /// What it says of itself.
    const ABOUT: About;

    /// The steps that result the request.
    ///
    /// # Errors
    /// The request asks for what there is not, or a file of the checkout cannot be read.
    fn steps(&self, at: &Checkout) -> Result<Vec<Step>>;

    /// The hardware that this machine's measurements of the request belong to. The processor, when a paper does not say otherwise.
    ///
    /// # Errors
    /// There is no such hardware here.
    fn hardware(&self) -> Result<Identity> {
        Ok(Identity::processor())
    }

    /// Fills in what the flags leave open, so that the request says all that decides the paper: for example the other machines that it is
    /// compared with. Gives remarks to print. A request that comes from a lock ([`Checkout::is_locked`]) is complete already and was
    /// written by anyone: what it asks for must exist.
    ///
    /// # Errors
    /// The request asks for what there is not.
    fn complete(&mut self, _at: &Checkout) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// Whether nothing it gives is a measurement. Such a request has a lock of its own and is never published.
    fn is_simulated(&self) -> bool {
        false
    }

    /// The name under which patterns of step names find `step` too. For example the step that further sessions of a measurement repeat.
    fn alias(step: &str) -> &str {
        step
    }

    /// What another value of this fact of the machine means for a measurement.
    fn rule(_fact: &str) -> Rule {
        Rule::Kept
    }

    /// Facts of this machine now, by the names that [`Paper::facts_of`] gives them. A plan warns of those that [`Paper::rule`] warns of.
    fn facts_now(&self) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    /// The same facts at a measurement, read from one of its outputs. None from what is not such an output.
    fn facts_of(_output: &[u8]) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    /// When a measurement started, in UTC (RFC 3339), read from one of its outputs.
    fn measured_at(_output: &[u8]) -> Option<String> {
        None
    }

    /// As much of the request as fits into a time for measuring. `durations` has, for each step to be made, how long it takes about, and
    /// zero when it need not run. None where the paper cannot do with less: then measuring ends when the time is over.
    ///
    /// # Errors
    /// Nothing fits.
    fn reduce(&self, _durations: &BTreeMap<String, Duration>, _budget: Budget) -> Result<Option<Reduced<Self>>> {
        Ok(None)
    }

    /// The request without the measurements of these steps, for which there was no time. None where the paper cannot do without.
    fn without(&self, _steps: &BTreeSet<String>, _budget: Option<Budget>) -> Option<Self> {
        None
    }

    /// What the request was made without, in words.
    fn skipped(&self) -> Option<String> {
        None
    }

    /// What a run says at its end, line by line.
    fn remarks(&self, _at: &Checkout) -> Vec<String> {
        Vec::new()
    }

    /// Whether it may be published.
    ///
    /// # Errors
    /// Why not, and what helps.
    fn check_publishable(&self, _at: &Checkout) -> Result<()> {
        Ok(())
    }

    /// Steps that are not run again although a pattern asks for it, because another step repeats them.
    fn not_again(&self, _at: &Checkout) -> BTreeSet<String> {
        BTreeSet::new()
    }

    /// What a publication says at its end, line by line.
    fn published(&self, _at: &Checkout) -> Vec<String> {
        Vec::new()
    }

    /// Compares two measurements of the same hardware, published and made here, and adds what it finds. Without it `verify` compares
    /// digests alone.
    ///
    /// # Errors
    /// A program that compares cannot be run.
    fn compare(_both: &Comparison, _findings: &mut Findings) -> Result<()> {
        Ok(())
    }
}
