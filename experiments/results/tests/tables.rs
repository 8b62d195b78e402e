//! The program `results tables` as its step runs it: counts, estimates and the values of 2016 in, two tables out.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

fn network(name: &str, title: &str, reference: &str) -> Value {
    json!({
        "name": name, "title": title, "family": "family", "reference": reference, "input": [3, 227, 224],
        "parameters": 60_965_224, "macs": 724_406_816, "operations_2016": 1_442_524_313, "activations": 735_387
    })
}

/// A measured point with everything, one out of memory, and one of a network that 2016 does not know.
fn inputs() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, value: Value| fs::write(folder.path().join(name), value.to_string()).expect("a file");
    let networks =
        [network("alexnet", "AlexNet", "Krizhevsky, \"ImageNet\", Figure 2"), network("newnet", "=NewNet", "nowhere")];
    put("counts.json", json!({"networks": networks}));
    let measured = json!({
        "network": "alexnet", "batch": 2, "outcome": {"kind": "measured"}, "samples": 21,
        "time": {"value": 0.05, "low": 0.045, "high": 0.06}, "first_run": 0.5, "memory": {"peak": 300, "net": 200},
        "power": {"state": "measured", "net": 10.5, "idle": 1.5, "energy_per_image": 0.525, "source": "rail"},
        "measured_on": "2026-11-24", "outdated": true
    });
    let failed = json!({
        "network": "newnet", "batch": 64, "outcome": {"kind": "out-of-memory", "reason": "killed, in the warm-up"},
        "samples": 0, "time": null, "first_run": null, "memory": null, "power": {"state": "no-sensor"},
        "measured_on": null, "outdated": false
    });
    let device = json!({"kind": "cpu", "hardware": "a processor", "backend": "a library", "simulated": false});
    put(
        "estimates.json",
        json!({"device": device, "protocol": "quick", "environment": {}, "points": [measured, failed]}),
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

/// The two tables, networks first.
fn tables() -> [String; 2] {
    let folder = inputs();
    let output = folder.path().join("output");
    let ended = run(folder.path(), &output);
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    assert_eq!(fs::read_dir(&output).expect("a folder").count(), 2);
    ["networks.csv", "points.csv"].map(|name| fs::read_to_string(output.join(name)).expect("a table"))
}

#[test]
fn networks_have_their_counts_their_accuracy_and_whose_it_is() {
    let expected = "\
network,title,family,input_channels,input_height_pixels,input_width_pixels,parameters,multiply_accumulates_per_image,\
operations_per_image,peak_activation_elements_per_image,top1_percent,top1_source,parameters_2016_millions,\
operations_2016_per_image_billions,net_power_2016_b1_w,reference
alexnet,AlexNet,family,3,227,224,60965224,724406816,1442524313,735387,54.61,szagoruyko bvlc_alexnet,60.97,2.26,,\
\"Krizhevsky, \"\"ImageNet\"\", Figure 2\"
newnet,\"'=NewNet\",family,3,227,224,60965224,724406816,1442524313,735387,,,,,,nowhere
";
    assert_eq!(tables()[0], expected);
}

#[test]
fn points_have_times_of_batch_and_image_and_empty_cells_for_what_is_not_there() {
    let expected = "\
device,simulated,network,batch,outcome,reason,samples,time_s,time_low_s,time_high_s,time_per_image_s,\
time_per_image_low_s,time_per_image_high_s,first_run_s,peak_memory_bytes,net_memory_bytes,idle_power_w,net_power_w,\
net_energy_per_image_j,measured_on,outdated,time_per_image_2016_s,net_memory_2016_mib
cpu,false,alexnet,2,measured,,21,0.100000000,0.090000000,0.120000000,0.050000000,0.045000000,0.060000000,0.500000000,\
300,200,1.500000,10.500000,0.525000,2026-11-24,true,0.013100,318
cpu,false,newnet,64,out-of-memory,\"killed, in the warm-up\",0,,,,,,,,,,,,,,false,,
";
    assert_eq!(tables()[1], expected);
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
