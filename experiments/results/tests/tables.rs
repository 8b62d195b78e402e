//! The program `results tables` as its step runs it: reads counts, estimates and the values of 2016, writes three
//! tables.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use results::flag::Kind;
use results::record::{Covers, Protocol};
use results::statistics::spread::{Series, Spread};
use results::{Bytes, Estimate, Flag, MemoryEstimate, Outcome, Point, PowerEstimate, Replication, Seconds};
use results::{PeakRates, Repetitions};
use serde_json::{Value, json};
use tempfile::TempDir;

fn network(name: &str, title: &str, reference: &str) -> Value {
    json!({
        "name": name, "title": title, "family": "family", "reference": reference, "input": [3, 227, 224],
        "parameters": 60_965_224, "macs": 724_406_816, "operations_2016": 1_442_524_313, "activations": 735_387,
        "weights": 60_965_224, "moved": 4_000_000, "layers": []
    })
}

/// A measured point with all numbers, and one out of memory of a network that is not in the 2016 paper.
fn inputs() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, value: Value| fs::write(folder.path().join(name), value.to_string()).expect("a file");
    let networks =
        [network("alexnet", "AlexNet", "Krizhevsky, \"ImageNet\", Figure 2"), network("newnet", "=NewNet", "nowhere")];
    put("counts.json", json!({"networks": networks}));
    let time = Estimate { value: 0.05, low: 0.045, high: 0.06 };
    let samples: Vec<f64> = (0..21).map(|index| 0.04 + f64::from(index) / 1000.0).collect();
    let power = PowerEstimate::Measured {
        net: Estimate { value: 10.5, low: 10.0, high: 11.0 },
        idle: 1.5,
        energy_per_image: Estimate { value: 0.525, low: 0.5, high: 0.55 },
        source: "rail".to_owned(),
        rails: Vec::new(),
        parts: Vec::new(),
    };
    let measured = Point {
        outcome: Outcome::Measured,
        samples: 21,
        time: Some(time),
        replication: Some(Replication::new(1, 1, 10)),
        spread: Spread::of(&[Series { warm_up: &[], samples: &samples }]),
        flags: vec![Flag { kind: Kind::Swapping, words: "3 pages swapped".to_owned() }],
        first_run: Some(Seconds(0.5)),
        device_time: Some(Seconds(0.04)),
        peak_rates: Some(PeakRates {
            gemm: Some(Repetitions {
                count: 40,
                lower_quartile_per_second: 80e9,
                median_per_second: 90e9,
                upper_quartile_per_second: 95e9,
            }),
            ..PeakRates::best(100e9, 10e9)
        }),
        share_of_peak: Some(0.25),
        memory: Some(MemoryEstimate {
            peak: Bytes(300),
            net: Bytes(200),
            building: Bytes(250),
            covers: Covers::Passes,
        }),
        power,
        measured_on: Some("2026-11-24".to_owned()),
        outdated: true,
        ..Point::skipped("alexnet", 2, "")
    };
    let reason = "killed, in the warm-up".to_owned();
    let failed = Point { outcome: Outcome::OutOfMemory { reason }, ..Point::skipped("newnet", 64, "") };
    let protocol = Protocol {
        name: "quick".to_owned(),
        processes: 1,
        warm_up_runs: 2,
        warm_up_seconds: 0.2,
        steady_percent: 2.0,
        warm_up_limit_seconds: 2.0,
        samples: 10,
        window_seconds: 1.0,
        width_percent: 5.0,
        max_samples: 200,
        min_samples: 5,
        enough_seconds: 3.0,
        limit_seconds: 600.0,
        ..Protocol::default()
    };
    let device = json!({"kind": "cpu", "hardware": "a processor", "backend": "a library", "simulated": false});
    put(
        "estimates.json",
        json!({"device": device, "protocol": protocol, "sessions_asked": 1, "environment": {}, "points": [measured, failed]}),
    );
    fs::create_dir(folder.path().join("2016")).expect("a folder");
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../published/2016")).expect("the values") {
        let path = entry.expect("an entry").path();
        fs::copy(&path, folder.path().join("2016").join(path.file_name().expect("a name"))).expect("a copy");
    }
    folder
}

fn run(input: &Path, output: &Path) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_results"));
    program.args(["tables", "--input"]).arg(input).arg("--output").arg(output).output().expect("the program runs")
}

/// The tables: networks, points, layers.
fn tables() -> [String; 3] {
    let folder = inputs();
    let output = folder.path().join("output");
    let ended = run(folder.path(), &output);
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    assert_eq!(fs::read_dir(&output).expect("a folder").count(), 3);
    ["networks.csv", "points.csv", "layers.csv"].map(|name| fs::read_to_string(output.join(name)).expect("a table"))
}

#[test]
fn networks_have_their_counts_and_their_accuracy_with_its_source() {
    let expected = "\
network,title,family,input_channels,input_height_pixels,input_width_pixels,parameters,multiply_accumulates_per_image,\
operations_per_image,peak_activation_elements_per_image,weight_elements,moved_elements_per_image,top1_percent,top1_source,parameters_2016_millions,\
operations_2016_per_image_billions,net_power_2016_b1_w,reference
alexnet,AlexNet,family,3,227,224,60965224,724406816,1442524313,735387,60965224,4000000,54.61,szagoruyko bvlc_alexnet,60.97,2.26,,\
\"Krizhevsky, \"\"ImageNet\"\", Figure 2\"
newnet,\"'=NewNet\",family,3,227,224,60965224,724406816,1442524313,735387,60965224,4000000,,,,,,nowhere
";
    assert_eq!(tables()[0], expected);
}

#[test]
fn points_have_times_per_batch_and_image_and_empty_cells_for_missing_values() {
    let table = &tables()[1];
    let lines: Vec<&str> = table.lines().collect();
    let columns: Vec<&str> = lines[0].split(',').collect();
    // No cell of the measured point has a comma.
    let cells: Vec<&str> = lines[1].split(',').collect();
    assert_eq!((lines.len(), cells.len()), (3, columns.len()));
    let cell = |name: &str| cells[columns.iter().position(|column| *column == name).expect("the column")];
    for (column, expected) in [
        ("device", "cpu"),
        ("simulated", "false"),
        ("outcome", "measured"),
        ("flags", "swapping: 3 pages swapped"),
        ("sessions", "1"),
        ("processes", "1"),
        ("interval", "range within a process"),
        ("samples", "21"),
        ("time_s", "0.100000000"),
        ("time_high_s", "0.120000000"),
        ("time_per_image_low_s", "0.045000000"),
        // Of 40, 41 … 60 ms.
        ("mean_per_image_s", "0.050000000"),
        ("quartile_low_per_image_s", "0.045000000"),
        ("mad_per_image_s", "0.005000000"),
        ("p90_per_image_s", "0.058000000"),
        ("outliers", "0"),
        ("first_run_s", "0.500000000"),
        ("device_time_per_image_s", "0.040000000"),
        ("operations_per_second", "25000000000"),
        ("peak_operations_per_second", "100000000000"),
        ("peak_repetitions", "40"),
        ("peak_lower_quartile_operations_per_second", "80000000000"),
        ("peak_median_operations_per_second", "90000000000"),
        ("peak_upper_quartile_operations_per_second", "95000000000"),
        ("peak_memory_bytes", "300"),
        ("building_peak_memory_bytes", "250"),
        ("net_power_w", "10.500000"),
        ("measured_on", "2026-11-24"),
        ("outdated", "true"),
        ("time_per_image_2016_s", "0.013100"),
        ("net_memory_2016_mib", "318"),
    ] {
        assert_eq!(cell(column), expected, "{column}");
    }
    let failed = lines[2];
    assert!(failed.starts_with("cpu,false,newnet,64,out-of-memory,\"killed, in the warm-up\",,,,,0,,,"), "{failed}");
}

/// A record of one layer.
fn layers(network: &str, simulated: bool) -> Value {
    json!({
        "schema": 2, "network": network, "batch": 1, "seed": 1,
        "device": {"kind": "cpu", "hardware": "a processor", "backend": "a library", "simulated": simulated},
        "weights": "random", "outcome": {"kind": "measured"},
        "peak_rates": {"operations_per_second": 100e9, "bytes_per_second": 10e9},
        "whole": [0.5, 0.25, 0.75],
        "layers": [{"name": "conv1", "kind": "conv", "macs": 1000, "bytes": 64, "times": [0.25, 0.125]}],
        "environment": {}
    })
}

#[test]
fn layers_have_one_row_each_and_without_layers_there_is_only_the_header() {
    assert_eq!(tables()[2].lines().count(), 1);
    let folder = inputs();
    fs::create_dir(folder.path().join("layers")).expect("a folder");
    let put = |record: Value| fs::write(folder.path().join("layers/a.json"), record.to_string()).expect("a file");
    put(layers("alexnet", false));
    let output = folder.path().join("output");
    assert!(run(folder.path(), &output).status.success());
    let table = fs::read_to_string(output.join("layers.csv")).expect("a table");
    let row = table.lines().nth(1).expect("a layer");
    assert!(
        row.starts_with("cpu,false,alexnet,1,1,conv1,conv,2,0.187500000,0.125000000,0.250000000,1.000000,"),
        "{row}"
    );
}

#[test]
fn layers_of_another_device_or_network_are_an_error() {
    let folder = inputs();
    fs::create_dir(folder.path().join("layers")).expect("a folder");
    for (record, expected) in [
        (layers("alexnet", true), "was measured on the device `cpu`"),
        (layers("lenet", false), "`lenet` is not in counts"),
    ] {
        fs::write(folder.path().join("layers/a.json"), record.to_string()).expect("a file");
        let ended = run(folder.path(), &folder.path().join("output"));
        let text = String::from_utf8(ended.stderr).expect("text");
        assert!(!ended.status.success() && text.contains(expected) && text.contains("\nhint: "), "{text}");
    }
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    assert_eq!(tables(), tables());
}

#[test]
fn a_missing_input_is_named_with_a_hint_and_nothing_is_written() {
    let folder = inputs();
    fs::remove_file(folder.path().join("estimates.json")).expect("it is there");
    let output = folder.path().join("output");
    let ended = run(folder.path(), &output);
    let text = String::from_utf8(ended.stderr).expect("text");
    assert!(!ended.status.success() && !output.exists());
    assert!(text.starts_with("error: ") && text.contains("estimates.json") && text.contains("\nhint: "), "{text}");
}
