//! The networks as values, against the oracle and the published numbers.

use serde_json::Value;

fn oracle() -> Value {
    let text = std::fs::read_to_string(tests::root().join("tests/oracle/networks.json")).expect("the oracle is there");
    serde_json::from_str(&text).expect("the oracle parses")
}

#[test]
fn the_oracle_and_the_list_name_the_same_networks() {
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
        let tensors = networks::tensors(&network).expect("it fits");
        let ours: Vec<Value> =
            tensors.iter().map(|tensor| serde_json::json!([tensor.name.as_str(), tensor.shape])).collect();
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
        let networks::Shape::Map(channels, height, width) = network.input else { panic!("{}", network.name) };
        assert_eq!(expected["input"], serde_json::json!([channels, height, width]), "{}", network.name);
        assert_eq!(networks::parameters(&network).ok(), expected["params"].as_u64(), "{}", network.name);
        assert_eq!(networks::macs(&network).ok(), expected["macs"].as_u64(), "{}", network.name);
    }
}
