//! Records in the previous version of the layout, which had other names for some fields and facts.

use super::*;

/// Present and previous names of fields and facts, and one value.
const NAMES: [(&str, &str); 13] = [
    ("peak_rates", "ceiling"),
    ("gemm", "products"),
    ("bandwidth", "copies"),
    ("max_samples", "most_samples"),
    ("min_samples", "least_samples"),
    ("interference", "disturbance"),
    ("steal_seconds", "stolen_seconds"),
    ("psi_seconds", "pressure_seconds"),
    ("max", "most"),
    ("clock_min_mhz", "clock_least_mhz"),
    ("clock_max_mhz", "clock_most_mhz"),
    ("cpu_psi_before_percent", "cpu_pressure_before_percent"),
    ("cpu_psi_after_percent", "cpu_pressure_after_percent"),
];

/// A record of the present version in which each of [`NAMES`] occurs.
fn present(network: &str, batch: u32) -> Value {
    let mut record = record(network, batch);
    for most in ["samples", "max_samples"] {
        record["protocol"][most] = json!(5);
    }
    record["peak_rates"]["gemm"] = json!([9e9, 10e9, 8e9]);
    record["peak_rates"]["bandwidth"] = json!([1e9, 0.5e9]);
    for process in record["processes"].as_array_mut().expect("processes") {
        process["end"] = json!("max");
        // Others used 2 %; something waited for a processor in half of the window.
        process["interference"]["others_seconds"] = json!({"value": 0.6 * f64::from(batch)});
        process["interference"]["steal_seconds"] = json!({"value": 0.0});
        process["interference"]["psi_seconds"] = json!({"value": 7.5 * f64::from(batch)});
    }
    for (fact, value) in [("clock_min_mhz", 800), ("clock_max_mhz", 3_000)] {
        record["environment"][fact] = json!({"value": value});
    }
    for fact in ["cpu_psi_before_percent", "cpu_psi_after_percent"] {
        record["environment"][fact] = json!({"value": f64::from(batch) / 8.0});
    }
    record
}

/// The same record in the previous version.
fn earlier(record: &Value) -> Value {
    let mut text = record.to_string();
    for (name, before) in NAMES {
        let (name, before) = (format!("\"{name}\""), format!("\"{before}\""));
        assert!(text.contains(&name), "{name}");
        text = text.replace(&name, &before);
    }
    let mut earlier: Value = serde_json::from_str(&text).expect("a record");
    earlier["schema"] = json!(3);
    earlier
}

/// The estimates of records of two points, without the digests of their files.
fn estimates_of(change: impl Fn(&Value) -> Value) -> Estimates {
    let folder = study();
    for (network, batch) in [("alexnet", 1), ("alexnet", 16), ("vgg-16", 2), ("vgg-16", 16)] {
        put(folder.path(), &format!("{network}-b{batch}"), &change(&present(network, batch)));
    }
    let mut estimates = estimates(&folder);
    estimates.points.iter_mut().flat_map(|point| &mut point.sources).for_each(|source| source.sha256.clear());
    estimates
}

#[test]
fn records_of_the_previous_version_give_the_same_estimates() {
    let (now, before) = (estimates_of(Value::clone), estimates_of(earlier));
    assert_eq!(now, before);
    let point = before.point("alexnet", 16).expect("the point");
    assert_eq!(point.peak_rates.and_then(|peak| peak.gemm).map(|gemm| gemm.count), Some(3));
    assert!(point.flags[0].words.contains("PSI"), "{:?}", point.flags);
    for (name, _) in &NAMES[9..] {
        assert!(before.environment.contains_key(*name), "{name}: {:?}", before.environment);
    }
}

#[test]
fn both_names_of_one_field_are_an_error() {
    for (at, name, before) in [
        ("", "peak_rates", "ceiling"),
        ("/protocol", "max_samples", "most_samples"),
        ("/processes/1", "interference", "disturbance"),
        ("/processes/0/interference", "psi_seconds", "pressure_seconds"),
    ] {
        let text = error(|record| {
            *record = present("alexnet", 16);
            let fields = record.pointer_mut(at).and_then(Value::as_object_mut).expect("the fields");
            let value = fields[name].clone();
            fields.insert(before.to_owned(), value);
        });
        assert!(text.contains("records/alexnet-b16.json: ") && text.contains("duplicate field"), "{text}");
        assert!(text.contains(name), "{text}");
    }
}

#[test]
fn another_version_is_an_error_with_the_supported_versions_and_a_remedy() {
    for (version, surprise) in [(2, false), (5, false), (5, true)] {
        let text = error(|record| {
            record["schema"] = json!(version);
            if surprise {
                record["surprise"] = json!(1);
            }
        });
        let expected =
            format!("field `schema`: version {version} is not supported, expected 4 or 3\nhint: measure this");
        assert!(text.contains("records/alexnet-b16.json: ") && text.contains(&expected), "{text}");
        assert!(text.contains("or use the version that measured it"), "{text}");
    }
}
