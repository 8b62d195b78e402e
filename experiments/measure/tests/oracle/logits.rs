//! Compares a network's logits on a device with those of PyTorch, for weights and images by the same formula.

use burn::tensor::{Tensor, TensorData};
use measure::formula::{Formula, images};
use measure::model::{Model, Operators};
use serde_json::Value;

/// The largest difference between a logit and the oracle's, as a share of the largest logit, over the first `max` images. With kernels a
/// pass layer by layer must give the same bits as a whole pass.
pub fn apart(name: &str, device: &burn::tensor::Device, operators: Operators, max: usize) -> f64 {
    let oracle = ["logits.json", "modern-logits.json"].into_iter().find_map(|file| {
        let path = format!("{}/../../tests/oracle/{file}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).expect("the oracle exists");
        let networks: Value = serde_json::from_str(&text).expect("the oracle parses");
        networks.get(name).cloned()
    });
    let oracle = oracle.unwrap_or_else(|| panic!("the oracle has no {name}"));
    let [count, channels, height, width]: [usize; 4] =
        serde_json::from_value(oracle["input"].clone()).expect("four sizes");
    let expected: Vec<Vec<f64>> = serde_json::from_value(oracle["logits"].clone()).expect("logits");
    let gain = oracle["gain"].as_f64().expect("a gain");

    let network = networks::find(name).expect("it is in the list");
    let mut weights = Formula::new(&network, gain, 0).expect("it fits");
    let model = Model::build(&network, &mut weights, device, operators).expect("the formula has every tensor");
    let taken = count.min(max);
    let mut values = images(0, count * channels * height * width);
    values.truncate(taken * channels * height * width);
    let input = TensorData::new(values, [taken, channels, height, width]);
    let input: Tensor<4> = Tensor::from_data(input, device);
    let logits = read(model.forward(input.clone()), taken);
    if let Operators::Kernels { .. } = operators {
        let bits = |logits: &[f32]| logits.iter().map(|logit| logit.to_bits()).collect::<Vec<_>>();
        let by_layer = read(model.forward_by_layer(input, &mut |_| ()), taken);
        assert_eq!(bits(&by_layer), bits(&logits), "{name} layer by layer and whole");
    }

    let expected = expected[..taken].concat();
    assert_eq!(logits.len(), expected.len());
    let largest = expected.iter().fold(0.0_f64, |largest, logit| largest.max(logit.abs()));
    let apart = logits.iter().zip(&expected).map(|(ours, theirs)| (f64::from(*ours) - theirs).abs());
    apart.fold(0.0_f64, |max, apart| if apart.is_nan() { f64::INFINITY } else { max.max(apart) }) / largest
}

fn read(logits: Tensor<2>, images: usize) -> Vec<f32> {
    assert_eq!(logits.dims(), [images, 1000]);
    logits.into_data().convert::<f32>().try_to_vec().expect("f32")
}
