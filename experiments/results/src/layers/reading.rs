//! Records of time by layer, read from a folder and checked, each for itself and against its neighbours. Knows no statistics.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{EARLIER_SCHEMA, LayersEstimate, LayersRecord, SCHEMA};
use crate::day;
use crate::environment;
use crate::guard;
use crate::json::{self, JsonError};
use crate::outdated;
use crate::record::Outcome;
use crate::units::Seconds;

/// Why records of time by layer cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LayersError {
    /// A folder or a list cannot be read.
    #[error("{}: {problem}\nhint: give --input a folder that can be read", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// The error of the operating system.
        problem: String,
    },
    /// A file that is no such record.
    #[error("{0}\nhint: measure the layers again; a record is written once and never edited")]
    Json(JsonError),
    /// A record that cannot be used.
    #[error("{}: field `{field}`: {problem}\nhint: measure the layers again with this version of the program", path.display())]
    Field {
        /// The file.
        path: PathBuf,
        /// Path of the field from the top.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The list of outdated records names something else.
    #[error("{}: line {line}: `{place}` is no record of this folder\nhint: list the outdated ones, one `layers/NAME.json` a line", path.display())]
    Outdated {
        /// The list.
        path: PathBuf,
        /// Number of the line.
        line: usize,
        /// What stands there.
        place: String,
    },
}

/// Far above any real list.
const MAX_LISTED_BYTES: u64 = 1 << 20;

/// Reads `top/layers/*.json` and, where there is one, the list `top/outdated`; by name of the file. A folder that is not there
/// holds none.
pub fn read(top: &Path) -> Result<Vec<LayersEstimate>, LayersError> {
    let mut estimates: Vec<LayersEstimate> = Vec::new();
    let mut known = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let folder = top.join("layers");
    let files = json::files(&folder);
    for path in files.map_err(|error| LayersError::Io { path: folder, problem: error.to_string() })? {
        let mut record: LayersRecord = json::read(&path).map_err(LayersError::Json)?;
        let fail = |(field, problem)| LayersError::Field { path: path.clone(), field, problem };
        check(&record).map_err(fail)?;
        environment::rename(&mut record.environment);
        let point = (record.network.clone(), record.batch);
        if !seen.insert(point.clone()) {
            let problem = format!("another record is of {} at batch {} too", point.0, point.1);
            return Err(fail(("batch".to_owned(), problem)));
        }
        if let Some(name) = path.file_name() {
            known.insert(format!("layers/{}", name.to_string_lossy()), point);
        }
        estimates.push(LayersEstimate::of(&record));
    }
    // Without layers the list, if there is one, speaks of other records.
    if !known.is_empty() {
        let path = top.join("outdated");
        let listed = outdated::of(&list(&path)?, &known);
        let listed = listed.map_err(|(line, place)| LayersError::Outdated { path, line, place })?;
        for estimate in &mut estimates {
            estimate.outdated = listed.contains(&(estimate.network.clone(), estimate.batch));
        }
    }
    Ok(estimates)
}

/// The list of outdated records; empty where there is none.
fn list(path: &Path) -> Result<String, LayersError> {
    let mut list = String::new();
    match fs::File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(list),
        opened => opened
            .and_then(|file| file.take(MAX_LISTED_BYTES).read_to_string(&mut list))
            .map_err(|error| LayersError::Io { path: path.to_owned(), problem: error.to_string() })
            .map(|_| list),
    }
}

/// What a record must be by itself; else the field and what is wrong with it.
fn check(record: &LayersRecord) -> Result<(), (String, String)> {
    let problem = |field: &str, text: String| Err((field.to_owned(), text));
    if ![SCHEMA, EARLIER_SCHEMA].contains(&record.schema) {
        return problem("schema", format!("{} instead of {SCHEMA}", record.schema));
    }
    if record.batch == 0 {
        return problem("batch", "0 images have no time".to_owned());
    }
    if matches!(record.outcome, Outcome::Implied { .. } | Outcome::Skipped { .. }) {
        return problem("outcome", "layers were measured or could not be, and nothing else".to_owned());
    }
    if let Some((field, text)) = record.peak_rates.as_ref().and_then(guard::peaks) {
        return problem(&format!("peak_rates.{field}"), text);
    }
    day::of(&record.environment).map_err(|text| (format!("environment.{}", day::STARTED), text))?;
    if record.outcome == Outcome::Measured { measured(record) } else { Ok(()) }
}

/// What a record with numbers must be.
fn measured(record: &LayersRecord) -> Result<(), (String, String)> {
    let problem = |field: &str, text: String| Err((field.to_owned(), text));
    times("whole", &record.whole)?;
    if record.layers.is_empty() {
        return problem("layers", "empty, though the outcome is `measured`".to_owned());
    }
    let mut names = BTreeSet::new();
    let mut passes = None;
    let mut macs = 0_u64;
    for (index, layer) in record.layers.iter().enumerate() {
        let field = |name: &str| format!("layers[{index}].{name}");
        if !names.insert(&layer.name) {
            return problem(&field("name"), format!("`{}` is the name of another layer too", layer.name));
        }
        times(&field("times"), &layer.times)?;
        let count = layer.times.len();
        if *passes.get_or_insert(count) != count {
            return problem(&field("times"), format!("{count} passes, those before have another number"));
        }
        macs = match macs.checked_add(layer.macs) {
            Some(sum) => sum,
            None => return problem(&field("macs"), format!("{} are more than can be added up", layer.macs)),
        };
    }
    let Some(peak_rates) = &record.peak_rates else {
        return problem("peak_rates", "none, though the outcome is `measured`".to_owned());
    };
    let fastest = record.whole.iter().copied().min_by(|a, b| a.0.total_cmp(&b.0));
    match fastest.and_then(|fastest| guard::rate(macs.saturating_mul(2), fastest, peak_rates)) {
        Some(reason) => problem("whole", reason),
        None => Ok(()),
    }
}

/// At least one, each finite and positive.
fn times(field: &str, times: &[Seconds]) -> Result<(), (String, String)> {
    if times.is_empty() {
        return Err((field.to_owned(), "empty, though the outcome is `measured`".to_owned()));
    }
    let wrong = times.iter().position(|time| !(time.0.is_finite() && time.0 > 0.0));
    match wrong.and_then(|index| Some((index, times.get(index)?))) {
        Some((index, time)) => Err((format!("{field}[{index}]"), format!("{} s is no time", time.0))),
        None => Ok(()),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::layers::{LayerKind, LayerTimes};
    use crate::record::{Benchmark, DeviceIdentity};

    /// Two convolutions and a rectifier between them.
    pub fn record() -> LayersRecord {
        let layer = |name: &str, kind, macs, bytes, times: [f64; 3]| LayerTimes {
            name: name.to_owned(),
            kind,
            macs,
            bytes,
            times: times.map(Seconds).to_vec(),
        };
        LayersRecord {
            schema: SCHEMA,
            network: "sample".to_owned(),
            batch: 2,
            seed: 1,
            device: DeviceIdentity {
                kind: "cpu".to_owned(),
                hardware: "some processor".to_owned(),
                backend: "none".to_owned(),
                simulated: false,
            },
            weights: "random".to_owned(),
            outcome: Outcome::Measured,
            peak_rates: Some(Benchmark {
                operations_per_second: 1000.0,
                bytes_per_second: 100.0,
                ..Benchmark::default()
            }),
            whole: [9.0, 10.0, 11.0].map(Seconds).to_vec(),
            layers: vec![
                layer("conv1", LayerKind::Conv, 1000, 100, [4.0, 3.0, 5.0]),
                layer("relu1", LayerKind::Relu, 0, 20, [1.0, 1.0, 1.5]),
                layer("conv2", LayerKind::Conv, 1100, 40, [3.0, 3.0, 3.0]),
            ],
            environment: BTreeMap::new(),
        }
    }

    fn folder(records: &[(&str, LayersRecord)]) -> tempfile::TempDir {
        let top = tempfile::tempdir().expect("a folder");
        fs::create_dir(top.path().join("layers")).expect("a folder");
        for (name, record) in records {
            json::write(&top.path().join("layers").join(name), record).expect("a file");
        }
        top
    }

    fn refused(change: impl FnOnce(&mut LayersRecord)) -> String {
        let mut wrong = record();
        change(&mut wrong);
        read(folder(&[("a.json", wrong)]).path()).expect_err("it is wrong").to_string()
    }

    #[test]
    fn a_folder_without_layers_holds_none() {
        let top = tempfile::tempdir().expect("a folder");
        fs::write(top.path().join("outdated"), "records/enet-b1.json\n").expect("a file");
        assert_eq!(read(top.path()).expect("none"), []);
    }

    #[test]
    fn a_good_record_is_read_and_the_list_says_whether_it_is_outdated() {
        let top = folder(&[("a.json", record())]);
        assert_eq!(read(top.path()).expect("it is good"), [LayersEstimate::of(&record())]);
        fs::write(top.path().join("outdated"), "layers/a.json\n").expect("a file");
        assert!(read(top.path()).expect("it is good")[0].outdated);
        fs::write(top.path().join("outdated"), "layers/b.json\n").expect("a file");
        let error = read(top.path()).expect_err("there is no such record").to_string();
        assert!(error.contains("line 1: `layers/b.json`") && error.contains("hint: "), "{error}");
    }

    #[test]
    fn a_wrong_field_is_named() {
        type Change = fn(&mut LayersRecord);
        let wrong: [(&str, Change); 13] = [
            ("schema", |record| record.schema = 3),
            ("batch", |record| record.batch = 0),
            ("outcome", |record| record.outcome = Outcome::Skipped { reason: String::new() }),
            ("whole", |record| record.whole.clear()),
            ("whole[1]", |record| record.whole[1] = Seconds(-1.0)),
            ("layers", |record| record.layers.clear()),
            ("layers[2].times", |record| record.layers[2].times.truncate(2)),
            ("layers[1].times[0]", |record| record.layers[1].times[0] = Seconds(0.0)),
            ("layers[2].name", |record| record.layers[2].name = "conv1".to_owned()),
            ("layers[2].macs", |record| record.layers[2].macs = u64::MAX),
            ("peak_rates", |record| record.peak_rates = None),
            ("peak_rates.bytes_per_second", |record| {
                record.peak_rates =
                    Some(Benchmark { operations_per_second: 1.0, bytes_per_second: 0.0, ..Benchmark::default() });
            }),
            // 4200 operations in 9 s are more than 1.25 times 300 a second.
            ("whole", |record| {
                record.peak_rates =
                    Some(Benchmark { operations_per_second: 300.0, bytes_per_second: 1.0, ..Benchmark::default() });
            }),
        ];
        for (field, change) in wrong {
            let error = refused(change);
            assert!(error.contains(&format!("a.json: field `{field}`: ")), "{field}: {error}");
        }
    }

    #[test]
    fn two_records_of_one_network_and_batch_are_refused() {
        let error = read(folder(&[("a.json", record()), ("b.json", record())]).path()).expect_err("two").to_string();
        assert!(error.contains("b.json: field `batch`"), "{error}");
    }

    #[test]
    fn what_is_no_record_is_refused_with_its_field() {
        let top = folder(&[("a.json", record())]);
        let path = top.path().join("layers/a.json");
        let text = fs::read_to_string(&path).expect("a file");
        for (good, bad) in [("\"relu\"", "\"gelu\""), ("\"batch\"", "\"images\""), ("\"macs\": 1000", "\"macs\": -1")] {
            fs::write(&path, text.replace(good, bad)).expect("a file");
            assert!(read(top.path()).expect_err("it is none").to_string().contains("hint: measure"), "{bad}");
        }
    }
}
