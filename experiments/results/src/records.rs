//! The records of one study, read from a folder and checked: each by itself and against the others. Independent of statistics.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::day;
use crate::environment;
use crate::guard;
use crate::json::{self, JsonError};
use crate::outdated;
use crate::power::{self, Power, Watched};
use crate::record::{DeviceIdentity, EARLIER_SCHEMA, Outcome, Protocol, Record, SCHEMA};
use crate::schema;
use crate::units::Seconds;

/// At least one record, all of one device and one protocol.
#[derive(Clone, Debug, PartialEq)]
pub struct Records {
    /// What all were measured on.
    pub device: DeviceIdentity,
    /// How all were measured.
    pub protocol: Protocol,
    /// Sorted by network in the requested order, then by batch, then by number; each combination occurs once.
    pub sessions: Vec<Session>,
}

/// One session of a point: a record and its file.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// From 1. Sessions of several points with the same number belong together if they were measured in one run.
    pub number: u32,
    /// What was measured.
    pub record: Record,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Whether an earlier version of the programs measured it.
    pub outdated: bool,
}

impl Records {
    /// The sessions of each point, at least one per point.
    pub fn points(&self) -> impl Iterator<Item = &[Session]> {
        let point = |session: &Session| (session.record.network.clone(), session.record.batch);
        self.sessions.chunk_by(move |one, other| point(one) == point(other))
    }

    /// Marks the session with this file name, without extension, as measured by an earlier version of the programs.
    /// Returns false if there is none.
    pub fn mark_outdated(&mut self, name: &str) -> bool {
        let is_it = |session: &&mut Session| {
            let Session { number, record, .. } = &**session;
            let end = if *number > 1 { format!("-s{number}") } else { String::new() };
            name == format!("{}-b{}{end}", record.network, record.batch)
        };
        self.sessions.iter_mut().find(is_it).map(|session| session.outdated = true).is_some()
    }

    /// The sessions of one point; none if it has no record.
    pub fn point(&self, network: &str, batch: u32) -> Option<&[Session]> {
        self.points().find(|sessions| sessions[0].record.network == network && sessions[0].record.batch == batch)
    }
}

/// The number of a session from its file name: `alexnet-b1-s2.json` is the second, `alexnet-b1.json` the first.
fn number(path: &Path) -> u32 {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
    let number = stem.rsplit_once("-s").and_then(|(_, number)| number.parse().ok());
    number.filter(|number| *number > 0).unwrap_or(1)
}

/// Why records cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// The folder cannot be listed.
    #[error("{}: {problem}\nhint: give a folder whose folder `records` can be read", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The error of the operating system.
        problem: String,
    },
    /// The folder contains no record.
    #[error("{}: no record\nhint: `cargo xtask reproduce` measures the points first and writes their records there", path.display())]
    None {
        /// Where records should be.
        path: PathBuf,
    },
    /// A file that is not a record.
    #[error("{0}\nhint: measure this point again; a record is written once and never edited")]
    Json(JsonError),
    /// A record that cannot be used, by itself or together with the others.
    #[error("{}: field `{}`: {}\nhint: {}", path.display(), problem.field, problem.text, problem.hint)]
    Field {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: Problem,
    },
    /// The list of outdated records cannot be used.
    #[error("{}: {problem}\nhint: {LISTED}", path.display())]
    Outdated {
        /// The list.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

/// What is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Path of the field from the top.
    pub field: String,
    /// What is wrong with it.
    pub text: String,
    /// The remedy.
    pub hint: &'static str,
}

/// The supported versions.
const SUPPORTED: [u32; 2] = [EARLIER_SCHEMA, SCHEMA];

const AGAIN: &str = "measure this point again with this version of the program";
const VERSION: &str = "measure this point again with this version of the program, or use the version that measured it";
const ALIKE: &str = "measure all points on one device and with one protocol";
const REQUESTED: &str = "name every network that has a record in --networks, and keep one record per point and session";
const LISTED: &str = "list the outdated records of this folder, one `records/NAME.json` per line, or remove the file";

/// Far above the size of any real list.
const MAX_LISTED_BYTES: u64 = 1 << 20;

/// Reads `top/records/*.json` and, if it exists, the list `top/outdated`. `networks` are those that may occur, in the
/// order of the points.
pub fn read(top: &Path, networks: &[String]) -> Result<Records, RecordsError> {
    let folder = top.join("records");
    let mut sessions: BTreeMap<(usize, u32, u32), (PathBuf, Session)> = BTreeMap::new();
    let mut first: Option<(DeviceIdentity, Protocol, PathBuf)> = None;
    let mut digests: BTreeMap<String, PathBuf> = BTreeMap::new();
    let unreadable = |error: io::Error| RecordsError::Folder { path: folder.clone(), problem: error.to_string() };
    for path in json::files(&folder).map_err(unreadable)? {
        let fail = |problem| RecordsError::Field { path: path.clone(), problem };
        let not_a_record = |error| match schema::problem_of_file(&path, SUPPORTED) {
            Some(text) => fail(problem("schema", text, VERSION)),
            None => RecordsError::Json(error),
        };
        let (mut record, sha256): (Record, String) = json::read_with_digest(&path).map_err(not_a_record)?;
        check(&record).map_err(fail)?;
        environment::rename(&mut record.environment);
        let (device, protocol, file) =
            first.get_or_insert_with(|| (record.device.clone(), record.protocol.clone(), path.clone()));
        differs("device", &record.device, device, file).map_err(fail)?;
        differs("protocol", &record.protocol, protocol, file).map_err(fail)?;
        let network = networks.iter().position(|network| *network == record.network).ok_or_else(|| {
            fail(problem("network", format!("`{}` is not one of --networks", record.network), REQUESTED))
        })?;
        let number = number(&path);
        let other = sessions.get(&(network, record.batch, number)).map(|(other, _)| other);
        // A copy of a file is not another session.
        if let Some(other) = other.or(digests.get(&sha256)) {
            let text = format!("{} at batch {} is also in {}", record.network, record.batch, other.display());
            return Err(fail(problem("batch", text, REQUESTED)));
        }
        digests.insert(sha256.clone(), path.clone());
        let session = Session { number, record, sha256, outdated: false };
        sessions.insert((network, session.record.batch, number), (path, session));
    }
    let (device, protocol, _) = first.ok_or(RecordsError::None { path: folder })?;
    let outdated = read_outdated(&top.join("outdated"), sessions.values().map(|(path, _)| path.as_path()))?;
    let marked = |(path, session): (PathBuf, Session)| Session { outdated: outdated.contains(&path), ..session };
    Ok(Records { device, protocol, sessions: sessions.into_values().map(marked).collect() })
}

/// The text of the list of outdated records at `path`; empty if there is no such file.
pub(crate) fn read_list(path: &Path) -> io::Result<String> {
    let mut list = String::new();
    match fs::File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        opened => drop(opened?.take(MAX_LISTED_BYTES).read_to_string(&mut list)?),
    }
    Ok(list)
}

/// The files named by the list of outdated records at `path`.
fn read_outdated<'a>(path: &Path, records: impl Iterator<Item = &'a Path>) -> Result<BTreeSet<PathBuf>, RecordsError> {
    let fail = |problem: String| RecordsError::Outdated { path: path.to_owned(), problem };
    let list = read_list(path).map_err(|error| fail(error.to_string()))?;
    let listed = |path: &Path| path.file_name().map(|name| format!("records/{}", name.to_string_lossy()));
    let known = records.filter_map(|path| Some((listed(path)?, path.to_owned())));
    outdated::of(&list, &known.collect())
        .map_err(|(line, text)| fail(format!("line {line}: `{text}` is not a record of this folder")))
}

fn problem(field: &str, text: String, hint: &'static str) -> Problem {
    Problem { field: field.to_owned(), text, hint }
}

/// Checks a record by itself.
fn check(record: &Record) -> Result<(), Problem> {
    if let Some(text) = schema::problem(record.schema, SUPPORTED) {
        return Err(problem("schema", text, VERSION));
    }
    if record.batch == 0 {
        return Err(problem("batch", "expected at least 1 image".to_owned(), AGAIN));
    }
    if let Outcome::Skipped { .. } = record.outcome {
        return Err(problem("outcome", "a skipped point has no record".to_owned(), AGAIN));
    }
    if let Some((field, text)) = record.peak_rates.as_ref().and_then(guard::peaks) {
        return Err(problem(&format!("peak_rates.{field}"), text, AGAIN));
    }
    for (number, process) in record.processes.iter().enumerate() {
        let list = |name: &'static str, times: &[Seconds]| {
            let times: Vec<_> =
                times.iter().enumerate().map(|(index, &time)| (format!("{name}[{index}]"), time)).collect();
            times
        };
        let first_run = [("first_run".to_owned(), process.first_run)];
        let times =
            first_run.into_iter().chain(list("warm_up", &process.warm_up)).chain(list("samples", &process.samples));
        // A refused point may have been refused for its times.
        let is_refused = matches!(record.outcome, Outcome::Refused { .. });
        for (field, time) in times.filter(|_| !is_refused) {
            if let Some(text) = implausible(time) {
                return Err(problem(&format!("processes[{number}].{field}"), text, AGAIN));
            }
        }
    }
    if record.outcome == Outcome::Measured {
        if record.processes.len() != record.protocol.processes as usize {
            let text = format!(
                "{} of {}, though the outcome is `measured`",
                record.processes.len(),
                record.protocol.processes
            );
            return Err(problem("processes", text, AGAIN));
        }
        if let Some(number) = record.processes.iter().position(|process| process.samples.is_empty()) {
            let field = format!("processes[{number}].samples");
            return Err(problem(&field, "empty, though the outcome is `measured`".to_owned(), AGAIN));
        }
        for (number, process) in record.processes.iter().enumerate() {
            if let Some((field, text)) = guard::too_few(&record.protocol, process) {
                return Err(problem(&format!("processes[{number}].{field}"), text, AGAIN));
            }
        }
        if let Some(reason) =
            record.peak_rates.as_ref().and_then(|peak| guard::fastest(record.operations, peak, &record.processes))
        {
            return Err(problem("processes", reason, AGAIN));
        }
    }
    day::of(&record.environment).map_err(|text| problem(&format!("environment.{}", day::STARTED), text, AGAIN))?;
    power(record)?;
    Ok(())
}

/// Checks a record's power: the sensor's readings must be possible and give the recorded uncertainty budget.
fn power(record: &Record) -> Result<(), Problem> {
    let Some(watched) = record.power.watched() else { return Ok(()) };
    let Watched { sensor, idle, load, budget } = watched;
    if load.len() != record.processes.len() {
        let text = format!("{} windows, but {} processes", load.len(), record.processes.len());
        return Err(problem("power.watched.load", text, AGAIN));
    }
    if let Some(reason) = power::guard::readings(sensor, idle, load) {
        return Err(problem("power.watched", reason, AGAIN));
    }
    let again = power::budget::budget(sensor, idle, load).map_err(|text| problem("power.watched", text, AGAIN))?;
    if let Some(reason) = power::guard::too_few(&again, record.protocol.power_readings) {
        return Err(problem("power.watched", reason, AGAIN));
    }
    if power::guard::is_below_resolution(&again) != matches!(record.power, Power::BelowResolution { .. }) {
        return Err(problem("power.state", "the recorded readings give another state".to_owned(), AGAIN));
    }
    if !again.is_about(budget) {
        let text = "the recorded readings give another budget".to_owned();
        return Err(problem("power.watched.budget", text, AGAIN));
    }
    Ok(())
}

/// Checks that two structures are equal; an error names the first field that differs.
fn differs<T: PartialEq + Serialize>(name: &str, own: &T, first: &T, file: &Path) -> Result<(), Problem> {
    if own == first {
        return Ok(());
    }
    let fields =
        |of: &T| serde_json::to_value(of).ok().and_then(|value| value.as_object().cloned()).unwrap_or_default();
    let (own, first) = (fields(own), fields(first));
    let different =
        own.iter().find_map(|(field, value)| Some((field, value, first.get(field).filter(|&f| f != value)?)));
    let file = file.display();
    Err(match different {
        Some((field, own, first)) => {
            problem(&format!("{name}.{field}"), format!("{own}, but {first} in {file}"), ALIKE)
        }
        None => problem(name, format!("differs from {file}"), ALIKE),
    })
}

/// A year [s]; the time limits of all protocols are far below.
const YEAR: f64 = 365.0 * 24.0 * 3600.0;

/// Why this cannot be a measured time; none if it can.
pub(crate) fn implausible(time: Seconds) -> Option<String> {
    match time.0 {
        seconds if !(seconds.is_finite() && seconds > 0.0) => Some(format!("{seconds} s, expected a time above 0")),
        seconds if seconds > YEAR => Some(format!("{seconds:e} s, expected less than a year")),
        _ => None,
    }
}
