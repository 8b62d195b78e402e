//! Why a key cannot be computed.

use crate::files::FileError;
use crate::graph::INSIDE;
use crate::settings::SettingsError;
use crate::source::SourceError;

/// Why a key cannot be computed.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A file of the checkout could not be read.
    #[error("step {step}: {source}")]
    File {
        /// The step.
        step: String,
        /// The file and the reason.
        source: FileError,
    },
    /// A pattern matches no file.
    #[error("step {step}: {source}")]
    Source {
        /// The step.
        step: String,
        /// The pattern and the reason.
        source: SourceError,
    },
    /// A declared file is reached by a link that leads outside the checkout.
    #[error("step {step}: `{path}` leads to a file outside the checkout\nhint: {INSIDE}")]
    Outside {
        /// The step.
        step: String,
        /// The path as declared.
        path: String,
    },
    /// It is unknown how its program would be built.
    #[error("step {step}: {source}")]
    Settings {
        /// The step.
        step: String,
        /// What is unknown.
        source: SettingsError,
    },
    /// A declared crate is not in `Cargo.lock`.
    #[error(
        "step {step}: crate {name} is not in Cargo.lock\nhint: declare the crates that decide its result, as \
         Cargo.lock names them"
    )]
    Crate {
        /// The step.
        step: String,
        /// The crate.
        name: String,
    },
}
