//! Every network's logits on burn against those of PyTorch, for weights and images by the same formula.

use burn::tensor::{Tensor, TensorData};
use measure::device::flex;
use measure::formula::{Formula, images};
use measure::model::Model;
use serde_json::Value;

/// Rounding alone gives about half of this share of the largest logit; a wrong padding, pool or order a hundred times it.
const TOLERANCE: f64 = 2e-4;

fn agrees(name: &str) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/oracle/logits.json");
    let oracle: Value =
        serde_json::from_str(&std::fs::read_to_string(path).expect("the oracle is there")).expect("the oracle parses");
    let oracle = &oracle[name];
    let shape: [usize; 4] = serde_json::from_value(oracle["input"].clone()).expect("four sizes");
    let expected: Vec<Vec<f64>> = serde_json::from_value(oracle["logits"].clone()).expect("logits");
    let gain = oracle["gain"].as_f64().expect("a gain");

    let network = networks::find(name).expect("it is in the list");
    let device = flex::device();
    let mut weights = Formula::new(&network, gain, 0).expect("it fits");
    let model = Model::build(&network, &mut weights, &device).expect("the formula has every tensor");
    let input = TensorData::new(images(0, shape.iter().product()), shape);
    let logits = model.forward(Tensor::from_data(input, &device));
    assert_eq!(logits.dims(), [shape[0], 1000]);
    let logits: Vec<f32> = logits.into_data().try_to_vec().expect("f32");

    let expected = expected.concat();
    let largest = expected.iter().fold(0.0_f64, |largest, logit| largest.max(logit.abs()));
    let apart = logits.iter().zip(&expected).map(|(ours, theirs)| (f64::from(*ours) - theirs).abs());
    let apart = apart.fold(0.0_f64, |most, apart| if apart.is_nan() { f64::INFINITY } else { most.max(apart) });
    assert_eq!(logits.len(), expected.len());
    assert!(apart <= TOLERANCE * largest, "{name}: {apart:e} apart, the largest logit is {largest}");
    println!("{name}: {:.1e} of the largest logit apart", apart / largest);
}

/// One test a network, named by it.
macro_rules! agree {
    ($($test:ident $name:literal)*) => {
        $(#[test]
        fn $test() {
            agrees($name);
        })*

        #[test]
        fn every_network_is_compared() {
            assert_eq!([$($name),*], networks::all().iter().map(|network| network.name).collect::<Vec<_>>()[..]);
        }
    };
}

agree! {
    alexnet "alexnet"
    bn_alexnet "bn-alexnet"
    bn_nin "bn-nin"
    enet "enet"
    googlenet "googlenet"
    vgg_16 "vgg-16"
    vgg_19 "vgg-19"
    resnet_18 "resnet-18"
    resnet_34 "resnet-34"
    resnet_50 "resnet-50"
    resnet_101 "resnet-101"
    resnet_152 "resnet-152"
    inception_v3 "inception-v3"
    inception_v4 "inception-v4"
}
