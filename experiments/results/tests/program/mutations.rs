//! Records that something changed: whatever it was, a record is refused with an error, or all its numbers are finite.

use super::*;

/// Numbers below a bound from a fixed seed (PCG's multiplier, Knuth's increment).
struct Draw(u64);

impl Draw {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % count
    }
}

/// The places of all values.
fn places(of: &Value, here: &str, all: &mut Vec<String>) {
    all.push(here.to_owned());
    match of {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| places(value, &format!("{here}/{}", name.replace('/', "~1")), all));
        }
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(index, value)| places(value, &format!("{here}/{index}"), all));
        }
        _ => {}
    }
}

/// Changes the value at one place.
fn mutate(record: &mut Value, draw: &mut Draw) -> String {
    let mut all = Vec::new();
    places(record, "", &mut all);
    let place = all[draw.below(all.len())].clone();
    let value = record.pointer_mut(&place).expect("it was listed");
    let before = value.take();
    *value = match (draw.below(12), before) {
        (0, _) => Value::Null,
        (1, _) => json!(-1),
        (2, _) => json!(0),
        (3, _) => json!(u64::MAX),
        (4, _) => json!(1e308),
        (5, _) => json!(5e-324),
        (6, _) => json!("measured"),
        (7, _) => json!([]),
        (_, Value::Array(mut values)) if !values.is_empty() => {
            let (one, other) = (draw.below(values.len()), draw.below(values.len()));
            match draw.below(3) {
                0 => drop(values.remove(one)),
                1 => values.swap(one, other),
                _ => values.insert(one, values[other].clone()),
            }
            Value::Array(values)
        }
        (_, Value::Object(mut fields)) if !fields.is_empty() => {
            let name = fields.keys().nth(draw.below(fields.len())).cloned().expect("a field");
            fields.remove(&name);
            Value::Object(fields)
        }
        (8, Value::Number(number)) => json!(number.as_f64().unwrap_or_default() * 1e6),
        (9, Value::Number(number)) => json!(number.as_f64().unwrap_or_default() / 1e6),
        (10, Value::Number(number)) => json!(number.as_u64().unwrap_or_default() + 1),
        (_, Value::Number(number)) => json!(-number.as_f64().unwrap_or_default()),
        (_, Value::Bool(is)) => json!(!is),
        (_, other) => json!([other]),
    };
    place
}

/// Reads a changed record; true if it is accepted.
fn is_accepted(folder: &Path, record: &Value, network: &str, what: &str) -> bool {
    put(folder, "changed-b1", record);
    let records = match results::records::read(folder, &[network.to_owned()]) {
        Ok(records) => records,
        Err(error) => {
            assert!(error.to_string().contains("\nhint: "), "{what}: {error}");
            return false;
        }
    };
    let estimates = serde_json::to_value(Estimates::of(&records, 1)).expect("it is JSON");
    // A number that is not finite becomes `null`, which is no number when read.
    let read = serde_json::from_value::<Estimates>(estimates.clone());
    assert!(read.is_ok(), "{what}: {:?}\n{estimates:#}", read.err());
    for point in read.expect("it is read").points {
        let ends = point.time.map(|time| time.low <= time.value && time.value <= time.high && time.low > 0.0);
        assert_ne!(ends, Some(false), "{what}: {:?}", point.time);
    }
    true
}

fn all_changes_are_refused_or_finite(original: &Value, network: &str, rounds: usize, seed: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("records")).expect("a folder");
    assert!(is_accepted(folder.path(), original, network, "unchanged"));
    let mut draw = Draw(seed);
    let mut accepted = 0;
    for round in 0..rounds {
        let mut record = original.clone();
        let changed: Vec<String> = (0..=draw.below(2)).map(|_| mutate(&mut record, &mut draw)).collect();
        accepted += usize::from(is_accepted(folder.path(), &record, network, &format!("{round}: {changed:?}")));
    }
    assert!(accepted > 0 && accepted < rounds, "{accepted} of {rounds} were accepted");
}

#[test]
fn a_change_of_a_record_with_power_is_refused_or_gives_finite_numbers() {
    all_changes_are_refused_or_finite(&record("alexnet", 1), "alexnet", 1500, 1);
}

#[test]
fn a_change_of_a_published_record_is_refused_or_gives_finite_numbers() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../published/records");
    let mut machines: Vec<_> =
        fs::read_dir(root).expect("published records").flatten().map(|entry| entry.path()).collect();
    machines.sort();
    let all = ["measure/cpu/vgg-19/b4/record.json", "measure/cpu-burn/vgg-19/b4/record.json"];
    let files = machines.iter().flat_map(|machine| all.map(|file| machine.join(file)));
    let mut found = 0;
    for file in files.filter(|file| file.is_file()) {
        let record: Value = results::json::read(&file).expect("a record");
        all_changes_are_refused_or_finite(&record, "vgg-19", 300, found);
        found += 1;
    }
    assert!(found > 0, "no record of vgg-19 at batch 4 is published");
}
