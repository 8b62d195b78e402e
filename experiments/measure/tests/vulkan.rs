//! Software Vulkan (Debian's mesa-vulkan-drivers): every operator is compared with flex, and logits with the oracle. Skipped if it is
//! not installed, unless VULKAN_REQUIRED is set.

#[path = "oracle/logits.rs"]
mod logits;

use std::env;
use std::path::Path;
use std::sync::OnceLock;

use burn::tensor::{Tensor, TensorData};
use measure::device::{Adapter, Device, Precision, peak_rates, vulkan};
use measure::formula::{Formula, images};
use measure::model::{Model, Operators};
use networks::{Activation, Conv, Family, Layer, Lrn, Named, Network, Norm, Pool, Shape};

/// As a share of the largest logit: sums have another order than PyTorch's.
const TOLERANCE: f64 = 2e-4;
/// As a share of the largest value of a single operator.
const OPERATOR_TOLERANCE: f64 = 2e-5;

/// The device, or none if it is not installed.
fn software() -> Option<&'static burn::tensor::Device> {
    static DEVICE: OnceLock<Option<burn::tensor::Device>> = OnceLock::new();
    let device = DEVICE.get_or_init(|| match vulkan::open(Adapter::Software) {
        Ok(device) => Some(device),
        Err(error) if env::var_os("VULKAN_REQUIRED").is_none() => {
            eprintln!("SKIPPED: no software Vulkan ({error}); run `sudo apt install mesa-vulkan-drivers`");
            None
        }
        Err(error) => panic!("VULKAN_REQUIRED is set: {error:#}"),
    });
    device.as_ref()
}

fn conv(inputs: usize, outputs: usize, kernel: [usize; 2]) -> Conv {
    let (one, none) = ([1, 1], [0, 0]);
    let (stride, padding, extra_padding, dilation) = (one, none, none, one);
    Conv { inputs, outputs, kernel, stride, padding, extra_padding, dilation, groups: 1, bias: true }
}

fn pool(kernel: [usize; 2], stride: [usize; 2], padding: [usize; 2], ceil: bool, count_padding: bool) -> Pool {
    Pool { kernel, stride, padding, ceil, count_padding }
}

/// Layers on maps of 6 channels, with the unusual sizes and options of the networks.
fn operators() -> Vec<(&'static str, Vec<Layer>)> {
    vec![
        ("a convolution without padding", vec![Layer::Conv(conv(6, 10, [3, 3]))]),
        (
            "a convolution with a stride and padding",
            vec![Layer::Conv(Conv { stride: [2, 2], padding: [3, 3], ..conv(6, 7, [7, 7]) })],
        ),
        ("a grouped convolution", vec![Layer::Conv(Conv { groups: 2, padding: [2, 2], ..conv(6, 8, [5, 5]) })]),
        ("a dilated convolution", vec![Layer::Conv(Conv { dilation: [2, 4], padding: [2, 4], ..conv(6, 5, [3, 3]) })]),
        (
            "a horizontal and a vertical convolution",
            vec![
                Layer::Conv(Conv { padding: [0, 3], ..conv(6, 9, [1, 7]) }),
                Layer::Conv(Conv { padding: [3, 0], bias: false, ..conv(9, 4, [7, 1]) }),
            ],
        ),
        (
            "a depthwise convolution with more padding below",
            vec![Layer::Conv(Conv { groups: 6, stride: [2, 2], extra_padding: [1, 1], ..conv(6, 6, [3, 3]) })],
        ),
        ("a 1x1 convolution", vec![Layer::Conv(conv(6, 33, [1, 1]))]),
        ("batch normalisation", vec![Layer::Norm(Norm { channels: 6, eps: 1e-3 })]),
        ("a relu", vec![Layer::Relu]),
        ("a prelu", vec![Layer::PRelu { channels: 6 }]),
        ("a clipped relu", vec![Layer::Activation(Activation::Relu6)]),
        ("a hard swish", vec![Layer::Activation(Activation::HardSwish)]),
        ("a silu", vec![Layer::Activation(Activation::Silu)]),
        ("a gelu", vec![Layer::Activation(Activation::Gelu)]),
        ("layer normalisation", vec![Layer::LayerNorm(Norm { channels: 6, eps: 1e-6 })]),
        (
            "squeeze and excitation",
            vec![Layer::Product(vec![
                vec![],
                vec![
                    named("mean", Layer::GlobalAvgPool),
                    named("factors", Layer::Activation(Activation::HardSigmoid)),
                    named("again", Layer::Activation(Activation::Sigmoid)),
                ],
            ])],
        ),
        ("a layer at each pixel", vec![Layer::Linear { inputs: 6, outputs: 11 }, Layer::Scale { channels: 11 }]),
        (
            "attention",
            vec![Layer::ClassToken { features: 6 }, Layer::Projection { features: 6 }, Layer::Attention { heads: 2 }],
        ),
        ("local response normalisation", vec![Layer::Lrn(Lrn { size: 5, alpha: 1e-1, beta: 0.75, k: 1.0 })]),
        (
            "local response normalisation with another exponent",
            vec![Layer::Lrn(Lrn { size: 4, alpha: 1e-1, beta: 0.5, k: 2.0 })],
        ),
        ("a maximum pool, rounded down", vec![Layer::MaxPool(pool([3, 3], [2, 2], [0, 0], false, false))]),
        ("a maximum pool, rounded up", vec![Layer::MaxPool(pool([3, 3], [2, 2], [0, 0], true, false))]),
        ("a maximum pool with padding", vec![Layer::MaxPool(pool([3, 3], [2, 2], [1, 1], true, false))]),
        ("a mean pool", vec![Layer::AvgPool(pool([3, 3], [1, 1], [1, 1], false, true))]),
        ("a mean pool that does not count padding", vec![Layer::AvgPool(pool([3, 3], [2, 2], [1, 1], true, false))]),
        ("a global mean", vec![Layer::GlobalAvgPool]),
        ("channels of zeros", vec![Layer::ZeroPadChannels { channels: 11 }]),
        ("a sum", vec![Layer::Sum(vec![vec![named("branch", Layer::Relu)], vec![]])]),
        (
            "a concatenation",
            vec![Layer::Concat(vec![
                vec![named("a", Layer::Conv(conv(6, 3, [1, 1])))],
                vec![named("b", Layer::MaxPool(pool([3, 3], [1, 1], [1, 1], false, false)))],
            ])],
        ),
    ]
}

fn named(name: &str, layer: Layer) -> Named {
    Named { name: name.to_owned(), layer }
}

fn network(layers: Vec<Layer>) -> Network {
    let numbered = layers.into_iter().enumerate().map(|(index, layer)| named(&format!("layer{index}"), layer));
    let layers = numbered.chain([named("flatten", Layer::Flatten)]).collect();
    let input = Shape::Map(6, 15, 13);
    Network { name: "operators", title: "Operators", family: Family::AlexNet, reference: "", input, layers }
}

fn outputs(network: &Network, device: &burn::tensor::Device) -> Vec<f32> {
    let mut weights = Formula::new(network, 1.0, 7).expect("it fits");
    let model = Model::build(network, &mut weights, device, Operators::BURN).expect("the formula has every tensor");
    let input = TensorData::new(images(3, 2 * 6 * 15 * 13), [2, 6, 15, 13]);
    model.forward(Tensor::from_data(input, device)).into_data().try_to_vec().expect("f32")
}

#[test]
fn every_operator_gives_the_values_of_flex() {
    let Some(device) = software() else { return };
    let cpu = Device::Cpu.open(Precision::F32).expect("the processor");
    for (what, layers) in operators() {
        let network = network(layers);
        let (ours, expected) = (outputs(&network, device), outputs(&network, &cpu));
        assert_eq!(ours.len(), expected.len(), "{what}");
        let largest = expected.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        let apart = ours.iter().zip(&expected).map(|(a, b)| f64::from((a - b).abs()));
        let apart = apart.fold(0.0_f64, |max, apart| if apart.is_nan() { f64::INFINITY } else { max.max(apart) });
        assert!(largest > 0.0 && apart <= OPERATOR_TOLERANCE * f64::from(largest), "{what}: {apart:e} of {largest}");
        println!("{what}: {:.1e}", apart / f64::from(largest));
    }
}

#[test]
fn a_fully_connected_layer_gives_the_values_of_flex() {
    let Some(device) = software() else { return };
    let cpu = Device::Cpu.open(Precision::F32).expect("the processor");
    let mut network = network(vec![Layer::GlobalAvgPool]);
    network.layers.push(named("classes", Layer::Linear { inputs: 6, outputs: 37 }));
    let (ours, expected) = (outputs(&network, device), outputs(&network, &cpu));
    assert!(ours.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-5), "{ours:?} {expected:?}");
}

fn agrees(name: &str) {
    let Some(device) = software() else { return };
    let max_bytes = vulkan::find(Adapter::Software).expect("it exists").largest_buffer;
    let ratio = logits::apart(name, device, Operators::Burn { max_bytes }, 1);
    assert!(ratio <= TOLERANCE, "{name}: {ratio:.1e} of the largest logit apart");
    println!("{name}: {ratio:.1e} of the largest logit apart");
}

#[test]
fn alexnet_gives_the_oracles_logits() {
    agrees("alexnet");
}

#[test]
fn enet_gives_the_oracles_logits() {
    agrees("enet");
}

#[test]
fn resnet_18_gives_the_oracles_logits() {
    agrees("resnet-18");
}

#[test]
fn googlenet_gives_the_oracles_logits() {
    agrees("googlenet");
}

#[test]
fn software_is_recognised_and_never_counted_as_hardware() {
    if software().is_none() {
        return;
    }
    let found = vulkan::find(Adapter::Software).expect("it exists");
    assert!(found.is_software && !found.driver.is_empty() && found.largest_buffer >= 1 << 27, "{found:?}");
    let identity = Device::Vulkan(Adapter::Software).identity(Precision::F32, Path::new("/proc")).expect("it exists");
    assert!(identity.hardware.contains("software on ") && identity.kind == "vulkan-software" && !identity.simulated);
    assert!(vulkan::adapters().iter().filter(|found| !found.is_software).all(|found| !found.name.contains("llvmpipe")));
}

#[test]
fn the_device_has_peak_rates() {
    if software().is_none() {
        return;
    }
    let rates =
        peak_rates::measure(Device::Vulkan(Adapter::Software), Precision::F32, &env::temp_dir()).expect("it computes");
    assert!(rates.operations_per_second > 1e6 && rates.bytes_per_second > 1e6, "{rates:?}");
}
