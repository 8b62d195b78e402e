//! A build tool for papers whose results are measured.
//!
//! A paper is a program that declares its flags and its steps; this crate does the rest. A step is a program that reads
//! an input folder and fills an output folder. Its key is a text that names everything that decides its result:
//! arguments, inputs, sources, versions and, for a measurement, the hardware. A step runs only when its key has no
//! result yet.
//!
//! ```no_run
//! //! Two sorts on this machine: the whole paper.
//!
//! use offprint::{About, Checkout, Paper, Step};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(clap::Args, Clone, Serialize, Deserialize)]
//! struct Sorts {
//!     /// Numbers to sort
//!     #[arg(long, value_delimiter = ',', default_values_t = [1_000, 1_000_000])]
//!     sizes: Vec<u64>,
//! }
//!
//! impl Paper for Sorts {
//!     const ABOUT: About = About { title: "Two sorts", ..About::DEFAULT };
//!
//!     fn steps(&self, at: &Checkout) -> anyhow::Result<Vec<Step>> {
//!         let mut steps = Vec::new();
//!         let mut figure = Step::presentation("figures/time", "plot").sources(["plot/src/**/*.rs"]).output("time.svg");
//!         for (name, size) in ["merge", "quick"].into_iter().flat_map(|name| self.sizes.iter().map(move |size| (name, size))) {
//!             let time = Step::measured(format!("time/{name}/{size}"), "bench")
//!                 .args(["--algorithm", name, "--size", &size.to_string()])
//!                 .sources(["bench/src/**/*.rs"])
//!                 .hardware(at.hardware())
//!                 .output_at("times.json", format!("records/{name}-{size}.json"));
//!             figure = figure.reads(&time, "times.json", format!("{name}-{size}.json"));
//!             steps.push(time);
//!         }
//!         steps.push(figure);
//!         Ok(steps)
//!     }
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     offprint::main::<Sorts>()
//! }
//! ```
//!
//! That is all of `xtask/src/main.rs`. With the alias `xtask = "run --package xtask --"` in `.cargo/config.toml`, it
//! provides
//!
//! | command | what it does |
//! |---|---|
//! | `cargo xtask reproduce` | runs what is out of date and puts the results into `output/` |
//! | `cargo xtask plan`, `explain STEP`, `graph` | what would run and why; writes nothing |
//! | `cargo xtask check STEP` | lists the files that a step reads but does not declare |
//! | `cargo xtask watch` | runs again on every save, without measuring |
//! | `cargo xtask publish` | report, records, keys, digests and RO-Crate metadata, as a folder and an archive |
//! | `cargo xtask verify ARCHIVE` | makes everything again from the records and compares it |
//! | `cargo xtask gc` | lists what nothing refers to any more |
//!
//! `artifacts.lock` keeps, for each machine, the request (the flags, as JSON) and the result of each step that the
//! paper uses. A measurement belongs to its hardware, and is replaced by another machine's only on request.
//!
//! Start with [`Paper`] and [`Step`]; [`main_with`] adds commands of a paper's own. The other modules are the engine,
//! for use without the command line.

pub mod altered;
pub mod budget;
pub mod caller;
pub mod cards;
pub mod check;
pub mod checkout;
pub mod cli;
pub mod commands;
pub mod crates;
pub mod digest;
pub mod drift;
pub mod entry;
pub mod error;
pub mod execute;
pub mod executor;
pub mod explain;
pub mod export;
pub mod files;
pub mod gc;
pub mod graph;
pub mod identity;
pub mod installed;
pub mod journal;
pub mod key;
pub mod lock;
pub mod lock_file;
pub mod log;
pub mod make;
pub mod manifest;
pub mod opened;
pub mod outputs;
pub mod paper;
pub mod paper_size;
pub mod persistent_worker;
pub mod plain_files;
pub mod plan;
pub mod policy;
pub mod processor;
pub mod program;
pub mod progress;
pub mod publication;
pub mod published;
pub mod queue;
pub mod quote;
pub mod reason;
pub mod recent;
pub mod refusal;
pub mod repeated;
pub mod request;
pub mod resolved;
pub mod run;
pub mod session;
pub mod settings;
pub mod slurm;
pub mod source;
pub mod stat_cache;
pub mod state;
pub mod step;
pub mod store;
pub mod store_lock;
pub mod stray;
pub mod subprocess;
pub mod supervisor;
pub mod tokens;
pub mod toolchain;
pub mod tree;
pub mod verification;
pub mod workspace;

pub use caller::{ListedFiles, NamedFiles};
pub use checkout::Checkout;
pub use cli::{Run, main, main_with};
pub use identity::Identity;
pub use paper::{About, Paper, Reduced, Rule};
pub use paper_size::PaperSize;
pub use step::{Class, Features, Input, Step};
