//! Records of time by layer, read from a folder and checked, each by itself and against the others. Independent of statistics.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{EARLIER_SCHEMA, LayersEstimate, LayersRecord, SCHEMA};
use crate::day;
use crate::environment;
use crate::guard;
use crate::json::{self, JsonError};
use crate::outdated;
use crate::record::Outcome;
use crate::records::{self, implausible};
use crate::schema;
use crate::units::Seconds;

/// The supported versions.
const SUPPORTED: [u32; 2] = [EARLIER_SCHEMA, SCHEMA];

/// Why records of time by layer cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LayersError {
    /// A folder or a list cannot be read.
    #[error("{}: {problem}\nhint: give --input a folder that can be read", path.display())]
    Io {
        /// The folder or list.
        path: PathBuf,
        /// The error of the operating system.
        problem: String,
    },
    /// A file that is not such a record.
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
    /// The list of outdated records contains something else.
    #[error("{}: line {line}: `{text}` is not a record of this folder\nhint: list the outdated records, one `layers/NAME.json` per line", path.display())]
    Outdated {
        /// The list.
        path: PathBuf,
        /// Number of the line.
        line: usize,
        /// The line.
        text: String,
    },
}

/// Reads `top/layers/*.json` and the list `top/outdated`, if they exist; sorted by file name.
pub fn read(top: &Path) -> Result<Vec<LayersEstimate>, LayersError> {
    let mut estimates: Vec<LayersEstimate> = Vec::new();
    let mut known = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let folder = top.join("layers");
    let files = json::files(&folder);
    for path in files.map_err(|error| LayersError::Io { path: folder, problem: error.to_string() })? {
        let fail = |(field, problem)| LayersError::Field { path: path.clone(), field, problem };
        let unreadable = |error| match schema::problem_of_file(&path, SUPPORTED) {
            Some(problem) => fail(("schema".to_owned(), problem)),
            None => LayersError::Json(error),
        };
        let mut record: LayersRecord = json::read(&path).map_err(unreadable)?;
        check(&record).map_err(fail)?;
        environment::rename(&mut record.environment);
        let point = (record.network.clone(), record.batch);
        if !seen.insert(point.clone()) {
            let problem = format!("another record also has {} at batch {}", point.0, point.1);
            return Err(fail(("batch".to_owned(), problem)));
        }
        if let Some(name) = path.file_name() {
            known.insert(format!("layers/{}", name.to_string_lossy()), point);
        }
        estimates.push(LayersEstimate::of(&record));
    }
    // Without layers, the list names other records.
    if !known.is_empty() {
        let path = top.join("outdated");
        let list = records::read_list(&path);
        let list = list.map_err(|error| LayersError::Io { path: path.clone(), problem: error.to_string() })?;
        let listed = outdated::of(&list, &known);
        let listed = listed.map_err(|(line, text)| LayersError::Outdated { path, line, text })?;
        for estimate in &mut estimates {
            estimate.outdated = listed.contains(&(estimate.network.clone(), estimate.batch));
        }
    }
    Ok(estimates)
}

/// Checks a record by itself; an error is the field and what is wrong with it.
fn check(record: &LayersRecord) -> Result<(), (String, String)> {
    let problem = |field: &str, text: String| Err((field.to_owned(), text));
    if let Some(text) = schema::problem(record.schema, SUPPORTED) {
        return problem("schema", text);
    }
    if record.batch == 0 {
        return problem("batch", "expected at least 1 image".to_owned());
    }
    if matches!(record.outcome, Outcome::Implied { .. } | Outcome::Skipped { .. }) {
        return problem("outcome", "a record of layers cannot have this outcome".to_owned());
    }
    if let Some((field, text)) = record.peak_rates.as_ref().and_then(guard::peaks) {
        return problem(&format!("peak_rates.{field}"), text);
    }
    day::of(&record.environment).map_err(|text| (format!("environment.{}", day::STARTED), text))?;
    if record.outcome == Outcome::Measured { measured(record) } else { Ok(()) }
}

/// Checks a record with numbers.
fn measured(record: &LayersRecord) -> Result<(), (String, String)> {
    let problem = |field: &str, text: String| Err((field.to_owned(), text));
    times("whole", &record.whole)?;
    let too_few = |field: &str, count: usize| match record.min_passes {
        Some(min) if count < min as usize => {
            problem(field, format!("{count} passes, but at least {min} were asked for"))
        }
        _ => Ok(()),
    };
    too_few("whole", record.whole.len())?;
    if record.layers.is_empty() {
        return problem("layers", "empty, though the outcome is `measured`".to_owned());
    }
    let mut names = BTreeSet::new();
    let mut passes = None;
    let mut macs = 0_u64;
    for (index, layer) in record.layers.iter().enumerate() {
        let field = |name: &str| format!("layers[{index}].{name}");
        if !names.insert(&layer.name) {
            return problem(&field("name"), format!("another layer also has the name `{}`", layer.name));
        }
        times(&field("times"), &layer.times)?;
        too_few(&field("times"), layer.times.len())?;
        let count = layer.times.len();
        if *passes.get_or_insert(count) != count {
            return problem(&field("times"), format!("{count} passes, but the previous layers have another number"));
        }
        macs = match macs.checked_add(layer.macs) {
            Some(sum) => sum,
            None => return problem(&field("macs"), format!("{} overflows the sum over the layers", layer.macs)),
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

/// Checks that there is at least one time, and that each is plausible.
fn times(field: &str, times: &[Seconds]) -> Result<(), (String, String)> {
    if times.is_empty() {
        return Err((field.to_owned(), "empty, though the outcome is `measured`".to_owned()));
    }
    let wrong = times.iter().enumerate().find_map(|(index, time)| Some((index, implausible(*time)?)));
    match wrong {
        Some((index, problem)) => Err((format!("{field}[{index}]"), problem)),
        None => Ok(()),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::fs;

    use serde_json::{Value, json};

    use super::*;
    use crate::layers::{LayerKind, LayerTimes};
    use crate::record::{Benchmark, DeviceIdentity};

    /// Two convolutions with a rectifier between them.
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
            min_passes: Some(3),
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
    fn a_folder_without_layers_gives_no_estimates() {
        let top = tempfile::tempdir().expect("a folder");
        fs::write(top.path().join("outdated"), "records/enet-b1.json\n").expect("a file");
        assert_eq!(read(top.path()).expect("none"), []);
    }

    #[test]
    fn a_good_record_is_read_and_the_list_decides_whether_it_is_outdated() {
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
        let wrong: [(&str, Change); 15] = [
            ("whole", |record| record.whole.truncate(1)),
            ("layers[0].times", |record| record.layers.iter_mut().for_each(|layer| layer.times.truncate(2))),
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
            // 4200 operations in 9 s are more than 1.25 times 300 per second.
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
    fn a_file_that_is_not_a_record_is_refused_with_the_field() {
        let top = folder(&[("a.json", record())]);
        let path = top.path().join("layers/a.json");
        let text = fs::read_to_string(&path).expect("a file");
        for (good, bad) in [("\"relu\"", "\"gelu\""), ("\"batch\"", "\"images\""), ("\"macs\": 1000", "\"macs\": -1")] {
            fs::write(&path, text.replace(good, bad)).expect("a file");
            assert!(read(top.path()).expect_err("it is not").to_string().contains("hint: measure"), "{bad}");
        }
    }

    /// What is read from this JSON.
    fn read_json(record: &Value) -> Result<Vec<LayersEstimate>, LayersError> {
        let top = folder(&[]);
        fs::write(top.path().join("layers/a.json"), record.to_string()).expect("a file");
        read(top.path())
    }

    #[test]
    fn a_record_of_the_previous_version_gives_the_same_estimates() {
        let mut present = serde_json::to_value(record()).expect("JSON");
        present["peak_rates"]["gemm"] = json!([900.0, 1000.0]);
        present["peak_rates"]["bandwidth"] = json!([100.0]);
        let text = present.to_string();
        let text = [("peak_rates", "ceiling"), ("gemm", "products"), ("bandwidth", "copies")]
            .into_iter()
            .fold(text, |text, (name, before)| text.replace(&format!("\"{name}\""), &format!("\"{before}\"")));
        let mut earlier: Value = serde_json::from_str(&text).expect("JSON");
        earlier["schema"] = json!(EARLIER_SCHEMA);
        assert_eq!(read_json(&earlier).expect("it is supported"), read_json(&present).expect("it is good"));
        earlier["peak_rates"] = present["peak_rates"].clone();
        assert!(read_json(&earlier).expect_err("two names").to_string().contains("duplicate field `peak_rates`"));
    }

    #[test]
    fn another_version_is_named_whatever_its_fields() {
        let mut later = serde_json::to_value(record()).expect("JSON");
        later["schema"] = json!(3);
        later["surprise"] = json!(1);
        let error = read_json(&later).expect_err("it is not supported").to_string();
        assert!(
            error.contains("field `schema`: version 3 is not supported, expected 2 or 1\nhint: measure "),
            "{error}"
        );
    }
}
