//! What a job leaves in the shared folder: how it ended and, if it measured, the digest of each output. Slurm's own
//! states prove nothing, so this file alone decides.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The version of the format.
pub const VERSION: u32 = 1;
/// Exit codes of the program on the node, for the log of Slurm.
pub const SHARE_FAILED: u8 = 74;

/// The outcome of one job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The version of this format.
    pub version: u32,
    /// The key of the step, 64 hexadecimal digits.
    pub key: String,
    /// How it ended.
    pub ended: Ended,
    /// The node, as Slurm calls it.
    pub node: String,
    /// The number of the job.
    pub job: u64,
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "how", deny_unknown_fields)]
pub enum Ended {
    /// The step's program wrote everything that the step declares.
    Finished {
        /// SHA-256 of each output, 64 hexadecimal digits.
        outputs: BTreeMap<String, String>,
        /// How long the program ran [s].
        seconds: f64,
        /// The last line that it printed.
        printed: Option<String>,
    },
    /// The hardware of the node; nothing else was asked.
    Hardware {
        /// The kind, which is the first part of its name.
        kind: String,
        /// Its facts.
        facts: BTreeMap<String, String>,
    },
    /// The node is not the hardware that the step belongs to. Nothing was measured.
    OtherHardware {
        /// How it differs, in words.
        differs: String,
    },
    /// Another measurement of this user was running on the node. Nothing was measured.
    Busy,
    /// The program failed.
    Failed {
        /// Its exit code or signal, as text.
        ended: String,
        /// The end of what it printed.
        printed: String,
    },
    /// The program reached the time limit of the step or of the job.
    Late {
        /// The limit [s].
        limit: u64,
        /// The end of what it printed.
        printed: String,
    },
    /// The program wrote other files than the step declares.
    Outputs {
        /// Declared but not written.
        missing: Vec<String>,
        /// Written but not declared.
        extra: Vec<String>,
    },
    /// The job was ended before its program had ended.
    Stopped,
    /// The job could not start the program, or not keep its outputs.
    Trouble {
        /// Why.
        problem: String,
    },
}

impl Outcome {
    /// Reads an outcome of `key`.
    ///
    /// # Errors
    /// The file is not one, or that of another key.
    pub fn parse(bytes: &[u8], key: &str) -> Result<Self, String> {
        let outcome: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if outcome.version != VERSION {
            return Err(format!("version {} of its format; this program reads version {VERSION}", outcome.version));
        }
        if outcome.key != key {
            return Err(format!("it is the outcome of another key, {}", outcome.key));
        }
        if let Ended::Finished { seconds, .. } = &outcome.ended
            && Duration::try_from_secs_f64(*seconds).is_err()
        {
            return Err(format!("{seconds} s is not a duration"));
        }
        Ok(outcome)
    }

    /// Its text.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_read_as_written_and_refused_for_another_key_or_version() {
        let finished = Ended::Finished {
            outputs: BTreeMap::from([("record.json".to_owned(), "00".to_owned())]),
            seconds: 1.5,
            printed: Some("2 ms".to_owned()),
        };
        let outcome = Outcome { version: VERSION, key: "k".to_owned(), ended: finished, node: "n1".to_owned(), job: 7 };
        let read = |outcome: &Outcome, key| Outcome::parse(outcome.text().as_bytes(), key);
        assert_eq!(read(&outcome, "k"), Ok(outcome.clone()));
        assert!(read(&outcome, "l").unwrap_err().contains("another key"));
        assert!(read(&Outcome { version: 2, ..outcome.clone() }, "k").unwrap_err().contains("version 2"));
        let torn = outcome.text();
        assert!(Outcome::parse(&torn.as_bytes()[..torn.len() / 2], "k").is_err());
        let late = torn.replace("1.5", "-1.5");
        assert!(Outcome::parse(late.as_bytes(), "k").unwrap_err().contains("duration"));
        let added = torn.replace("\"node\"", "\"more\": 1,\n  \"node\"");
        assert!(Outcome::parse(added.as_bytes(), "k").unwrap_err().contains("unknown field `more`"));
    }
}
