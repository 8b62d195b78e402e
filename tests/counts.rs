//! Compares the networks as values with the oracle and the published numbers.

use networks::{Convention, Network, Role, Shape, Tensor};
use serde_json::{Value, json};

fn oracle() -> Value {
    let text = std::fs::read_to_string(tests::root().join("tests/oracle/networks.json")).expect("the oracle is there");
    serde_json::from_str(&text).expect("the oracle parses")
}

/// Of the later networks.
fn modern_oracle() -> Value {
    let path = tests::root().join("tests/oracle/modern-networks.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the oracle is there")).expect("the oracle parses")
}

fn network(name: &str) -> Network {
    networks::find(name).expect("it is in the list")
}

fn tensors(network: &Network) -> Vec<Tensor> {
    networks::tensors(network).expect("it fits")
}

/// Billions with two digits, as the paper prints them.
fn billions(count: u64) -> String {
    format!("{:.2}", count as f64 / 1e9)
}

fn operations(name: &str, convention: Convention) -> String {
    billions(networks::operations_2016(&network(name), convention).expect("it fits"))
}

#[test]
fn the_oracle_and_the_list_have_the_same_networks() {
    let oracle = oracle();
    let mut names: Vec<_> = networks::all().iter().map(|network| network.name).collect();
    names.sort_unstable();
    let mut expected: Vec<_> = oracle.as_object().expect("an object").keys().map(String::as_str).collect();
    expected.sort_unstable();
    assert_eq!(names, expected);
}

#[test]
fn tensors_equal_the_oracle_in_name_shape_and_order() {
    let oracle = oracle();
    for network in networks::all() {
        let ours: Vec<Value> = tensors(&network).iter().map(|tensor| json!([tensor.name, tensor.shape])).collect();
        let expected = oracle[network.name]["tensors"].as_array().expect("a list");
        for (ours, expected) in ours.iter().zip(expected) {
            assert_eq!(ours, expected, "{}", network.name);
        }
        assert_eq!(ours.len(), expected.len(), "{}", network.name);
    }
}

#[test]
fn parameters_and_multiply_accumulates_equal_the_oracle() {
    let oracle = oracle();
    for network in networks::all() {
        let expected = &oracle[network.name];
        let Shape::Map(channels, height, width) = network.input else { panic!("{}", network.name) };
        assert_eq!(expected["input"], json!([channels, height, width]), "{}", network.name);
        assert_eq!(networks::parameters(&network).ok(), expected["params"].as_u64(), "{}", network.name);
        assert_eq!(networks::macs(&network).ok(), expected["macs"].as_u64(), "{}", network.name);
    }
}

#[test]
fn later_networks_have_the_tensors_parameters_and_multiply_accumulates_of_the_oracle() {
    let oracle = modern_oracle();
    let mut names: Vec<_> = oracle.as_object().expect("an object").keys().map(String::as_str).collect();
    for network in networks::modern() {
        let expected = &oracle[network.name];
        // State dicts have the tensors of a module before those of its layers, wherever they are used.
        let in_order = |mut tensors: Vec<Value>| {
            tensors.sort_by_key(Value::to_string);
            tensors
        };
        let ours = tensors(&network).iter().map(|tensor| json!([tensor.name, tensor.shape])).collect();
        assert_eq!(
            in_order(ours),
            in_order(expected["tensors"].as_array().expect("a list").clone()),
            "{}",
            network.name
        );
        assert_eq!(expected["input"], json!([3, 224, 224]), "{}", network.name);
        assert_eq!(networks::parameters(&network).ok(), expected["params"].as_u64(), "{}", network.name);
        assert_eq!(networks::macs(&network).ok(), expected["macs"].as_u64(), "{}", network.name);
        names.retain(|name| *name != network.name);
    }
    assert!(names.is_empty(), "{names:?}");
}

#[test]
fn parameters_and_multiply_accumulates_equal_those_that_torchvision_publishes() {
    let path = tests::root().join("experiments/published/torchvision/accuracy.csv");
    let text = std::fs::read_to_string(path).expect("the published numbers are there");
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().expect("a header");
    let mut found = std::collections::BTreeSet::new();
    for line in lines {
        let cell = |column: &str| line[header.iter().position(|name| *name == column).expect("a column")];
        let network = network(cell("network"));
        let published: u64 = cell("parameters").parse().expect("a number");
        // The published number includes the auxiliary head.
        let published = if network.name == "inception-v3" { published - 3_326_696 } else { published };
        assert_eq!(networks::parameters(&network).expect("it fits"), published, "{}", network.name);
        let giga = networks::macs(&network).expect("it fits") as f64 / 1e9;
        assert_eq!(format!("{giga:.3}").parse::<f64>(), cell("giga_macs").parse(), "{}", network.name);
        found.insert(network.name);
    }
    // Efficientnet-Lite0 is not one of torchvision's.
    for network in networks::modern() {
        assert_eq!(found.contains(network.name), network.name != "efficientnet-lite0", "{}", network.name);
    }
}

#[test]
fn costs_add_up_to_the_same_multiply_accumulates_and_tensors() {
    for network in networks::all().into_iter().chain(networks::modern()) {
        let costs = networks::costs(&network).expect("it fits");
        assert_eq!(costs.iter().map(|cost| cost.macs).sum::<u64>(), networks::macs(&network).expect("it fits"));
        let elements: u64 = tensors(&network).iter().filter_map(Tensor::elements).sum();
        assert_eq!(costs.iter().map(|cost| cost.weights).sum::<u64>(), elements, "{}", network.name);
    }
}

#[test]
fn every_network_ends_in_a_thousand_logits() {
    for network in networks::all().into_iter().chain(networks::modern()) {
        let steps = networks::shapes(&network).expect("it fits");
        assert_eq!(steps.last().map(|step| step.output), Some(Shape::Vector(1000)), "{}", network.name);
    }
}

#[test]
fn the_counts_file_is_read_by_the_results_package() {
    let text = networks::counts().expect("they fit").to_json().expect("it prints");
    let counts: results::Counts = serde_json::from_str(&text).expect("it parses");
    let names: Vec<_> = counts.networks.iter().map(|entry| entry.name.clone()).collect();
    assert_eq!(names, networks::all().iter().map(|network| network.name).collect::<Vec<_>>());
    for (name, published) in tests::published().networks {
        assert_eq!(counts.get(&name).expect("an entry").title, published.title);
    }
}

#[test]
fn eleven_published_operation_counts_are_reproduced_to_the_printed_digits() {
    let published = tests::published();
    let odd = ["googlenet", "inception-v3", "inception-v4"];
    let even: Vec<_> = networks::all().into_iter().filter(|network| !odd.contains(&network.name)).collect();
    assert_eq!(even.len(), 11);
    for network in even {
        let printed = format!("{:.2}", published.networks[network.name].g_ops);
        assert_eq!(operations(network.name, Convention::Original), printed, "{}", network.name);
    }
}

#[test]
fn alexnets_published_counts_ignore_groups_and_use_a_smaller_crop() {
    assert_eq!(operations("alexnet", Convention::Original), "2.26");
    // 0.724 G multiply-accumulates at 227 (the oracle's), two operations each, and biases, rectifiers and pools.
    assert_eq!(operations("alexnet", Convention::Timed), "1.45");
    assert_eq!(operations("enet", Convention::Timed), "1.57");
    for network in networks::all().iter().filter(|network| network.name != "alexnet") {
        let count = |convention| networks::operations_2016(network, convention);
        assert_eq!(count(Convention::Original), count(Convention::Timed), "{}", network.name);
    }
}

#[test]
fn three_published_operation_counts_cannot_be_reproduced() {
    let published = tests::published();
    let pair = |name: &str| (format!("{:.2}", published.networks[name].g_ops), operations(name, Convention::Original));
    // Twice the 1.5 billion multiply-adds of its authors, not a count.
    assert_eq!(pair("googlenet"), ("3.00".into(), "3.17".into()));
    // Half a million operations short of the printed digit.
    assert_eq!(pair("inception-v3"), ("11.45".into(), "11.44".into()));
    // No published Inception-v4.
    assert_eq!(pair("inception-v4"), ("18.44".into(), "24.54".into()));
}

#[test]
fn published_parameters_are_reproduced_directly_or_with_another_count() {
    let published = tests::published();
    for network in networks::all() {
        let ours = networks::parameters(&network).expect("it fits");
        let elements = |role: fn(Role) -> bool| -> u64 {
            tensors(&network).iter().filter(|tensor| role(tensor.role)).filter_map(Tensor::elements).sum()
        };
        let theirs = match network.name {
            // Only weights, without biases and norms, give the printed number.
            "bn-nin" | "googlenet" => elements(|role| matches!(role, Role::Weight { .. })),
            // The evaluated checkpoints have a convolution bias next to each norm.
            "resnet-101" | "resnet-152" => ours + elements(|role| role == Role::NormBias),
            // The evaluated checkpoint has the 1008 outputs of TensorFlow's.
            "inception-v3" => ours + 8 * (2048 + 1),
            _ => ours,
        };
        let printed = format!("{:.2}", published.networks[network.name].parameters_m);
        let theirs = format!("{:.2}", theirs as f64 / 1e6);
        if network.name == "inception-v4" {
            // Matches no published Inception-v4.
            assert_eq!((printed.as_str(), theirs.as_str()), ("31.57", "42.68"));
        } else {
            assert_eq!(theirs, printed, "{}", network.name);
        }
    }
}

#[test]
fn alexnet_takes_the_sum_of_each_layers_arithmetic_or_memory_time() {
    let counts = tests::counts();
    let alexnet = counts.get("alexnet").expect("it is there");
    // The peak rates of a machine with two cores: GEMM and memory bandwidth.
    let peaks = results::PeakRates::best(177.7e9, 37.5e9);
    let multiplying = alexnet.layers.iter().filter(|layer| layer.macs > 0).copied().collect();
    let multiplying_layers = results::NetworkCounts { layers: multiplying, ..alexnet.clone() };
    let millis = |counts: &results::NetworkCounts| counts.bound(1, 4.0, peaks).time * 1e3;
    // By hand: 8.2 ms of arithmetic alone, but the fully connected layers wait for their weights; pools and rectifiers
    // come on top.
    assert!((millis(&multiplying_layers) - 13.75).abs() < 0.01, "{}", millis(&multiplying_layers));
    assert!((millis(alexnet) - 14.06).abs() < 0.01, "{}", millis(alexnet));
    let layers = |of: fn(&results::LayerWork) -> u64| alexnet.layers.iter().map(of).sum::<u64>();
    assert_eq!((layers(|layer| layer.macs), layers(|layer| layer.weights)), (alexnet.macs, alexnet.weights));
}

#[test]
fn driver_and_results_agree_on_the_bytes_of_a_number() {
    for precision in [xtask::device::Precision::F32, xtask::device::Precision::F16] {
        let kind = format!("vulkan{}", precision.suffix());
        assert_eq!(results::counts::bytes_per_number(&kind), precision.bytes() as f64, "{kind}");
    }
}
