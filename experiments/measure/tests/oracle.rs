//! Every network's logits, with burn's operators and with the kernels, against those of PyTorch, for weights and images by the same
//! formula. Two layers whose constants hardly affect such logits are compared with their definitions in f64.

#[path = "oracle/logits.rs"]
mod logits;

use burn::tensor::{Tensor, TensorData};
use measure::device::{Device, Precision};
use measure::formula::images;
use measure::model::{Model, Operators};
use measure::weights::{WeightError, Weights};
use networks::{Family, Layer, Lrn, Named, Network, Norm, Shape};

/// As a share of the largest logit. Rounding alone gives up to 4e-6 here; a wrong padding, pool, order or dilation at least 5e-3. Wrong
/// constants of a normalisation can give less, so those layers have tests of their own.
const TOLERANCE: f64 = 2e-4;

/// burn's operators, and the kernels with the widest vectors of this processor.
fn both() -> [(&'static str, Operators); 2] {
    let processor = kernels::Processor::new();
    [("burn", Operators::BURN), (processor.name(), Operators::Kernels { processor })]
}

fn agrees(name: &str) {
    let device = Device::Cpu.open(Precision::F32).expect("the processor");
    for (by, operators) in both() {
        let ratio = logits::apart(name, &device, operators, usize::MAX);
        assert!(ratio <= TOLERANCE, "{name}: {ratio:.1e} of the largest logit apart by {by}");
        println!("{name}: {ratio:.1e} of the largest logit apart by {by}");
    }
}

#[test]
fn a_fully_connected_layer_in_pieces_gives_the_oracles_logits() {
    // 37 MB for 9216 x 4096 numbers of 4 bytes: five pieces, of which the last is smaller.
    let device = Device::Cpu.open(Precision::F32).expect("the processor");
    let ratio = logits::apart("alexnet", &device, Operators::Burn { max_bytes: 37_000_000 }, 1);
    assert!(ratio <= TOLERANCE, "{ratio:.1e} of the largest logit apart");
}

/// One test per network, with its name.
macro_rules! agree {
    ($($test:ident $name:literal)*) => {
        $(#[test]
        fn $test() {
            agrees($name);
        })*

        #[test]
        fn every_network_is_compared() {
            let networks = networks::all().into_iter().chain(networks::modern());
            assert_eq!([$($name),*], networks.map(|network| network.name).collect::<Vec<_>>()[..]);
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
    alexnet_torchvision "alexnet-torchvision"
    googlenet_torchvision "googlenet-torchvision"
    squeezenet_1_1 "squeezenet-1-1"
    densenet_121 "densenet-121"
    mobilenet_v2 "mobilenet-v2"
    mobilenet_v3_large "mobilenet-v3-large"
    efficientnet_b0 "efficientnet-b0"
    efficientnet_lite0 "efficientnet-lite0"
    regnet_y_400mf "regnet-y-400mf"
    vit_b_16 "vit-b-16"
    convnext_tiny "convnext-tiny"
}

/// Height and width of the maps in tests of one layer.
const SIDE: usize = 3;

/// Distinct values for each tensor of a norm.
struct Statistics;

impl Statistics {
    fn values(suffix: &str, channels: usize) -> Vec<f32> {
        let (base, step) = match suffix {
            "weight" => (0.5, 0.1),
            "bias" => (-0.2, 0.15),
            "running_mean" => (0.3, -0.2),
            // So small that the epsilon dominates.
            "running_var" => (1e-4, 1e-4),
            other => panic!("a norm has no {other}"),
        };
        (0..channels).map(|channel| base + step * channel as f32).collect()
    }
}

impl Weights for Statistics {
    fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, WeightError> {
        Ok(Self::values(name.strip_prefix("layer.").expect("the only layer"), shape[0]))
    }

    fn finish(&mut self) -> Result<(), WeightError> {
        Ok(())
    }
}

/// `layer` alone, by `operators`, on one image `[channels, SIDE, SIDE]` with values up to `max`: its input and its output.
fn through(operators: Operators, layer: Layer, channels: usize, max: f32) -> (Vec<f32>, Vec<f32>) {
    let layers =
        [("layer", layer), ("flatten", Layer::Flatten)].map(|(name, layer)| Named { name: name.to_owned(), layer });
    let input = Shape::Map(channels, SIDE, SIDE);
    let family = Family::AlexNet;
    let network = Network { name: "layer", title: "Layer", family, reference: "", input, layers: layers.into() };
    let device = Device::Cpu.open(Precision::F32).expect("the processor");
    let model = Model::build(&network, &mut Statistics, &device, operators);
    let model = model.expect("the norm is the only layer with tensors");
    let image: Vec<f32> = images(0, channels * SIDE * SIDE).into_iter().map(|value| value * max).collect();
    let output = model.forward(Tensor::from_data(TensorData::new(image.clone(), [1, channels, SIDE, SIDE]), &device));
    (image, output.into_data().try_to_vec().expect("f32"))
}

fn close(ours: &[f32], expected: &[f64], what: &str) {
    assert_eq!(ours.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    for (ours, expected) in ours.iter().zip(expected) {
        assert!((f64::from(*ours) - expected).abs() <= 1e-5 * largest, "{what}: {ours} instead of {expected}");
    }
}

#[test]
fn local_response_normalisation_follows_its_definition() {
    let lrn = |size, alpha, beta, k| Lrn { size, alpha, beta, k };
    // The constants of the networks; an even window, which reaches farther back than ahead; another exponent; another offset.
    let cases = [lrn(5, 1e-4, 0.75, 1.0), lrn(3, 1e-4, 0.75, 1.0), lrn(4, 1e-4, 0.75, 1.0), lrn(5, 1e-4, 0.5, 2.0)];
    let cases = cases.into_iter().flat_map(|lrn| [(lrn.clone(), 8), (lrn, 2)]);
    for ((lrn, channels), (by, operators)) in cases.flat_map(|case| both().map(|by| (case.clone(), by))) {
        let what = format!("{lrn:?} of {channels} channels by {by}");
        // Squares of about 1e5, so that the window adds about as much as the offset.
        let (image, output) = through(operators, Layer::Lrn(lrn.clone()), channels, 500.0);
        let at = |channel: usize, pixel: usize| f64::from(image[channel * SIDE * SIDE + pixel]);
        let all = (0..channels).flat_map(|channel| (0..SIDE * SIDE).map(move |pixel| (channel, pixel)));
        let expected = all.map(|(channel, pixel)| {
            let window = channel.saturating_sub(lrn.size / 2)..(channel + (lrn.size - 1) / 2 + 1).min(channels);
            let squares: f64 = window.map(|other| at(other, pixel).powi(2)).sum();
            at(channel, pixel) / (lrn.k + lrn.alpha / lrn.size as f64 * squares).powf(lrn.beta)
        });
        close(&output, &expected.collect::<Vec<_>>(), &what);
    }
}

#[test]
fn a_norm_adds_its_epsilon_to_the_variance() {
    let channels = 4;
    // The constants of the networks.
    for (eps, (by, operators)) in [1e-5, 1e-3].into_iter().flat_map(|eps| both().map(|by| (eps, by))) {
        let (image, output) = through(operators, Layer::Norm(Norm { channels, eps }), channels, 1.0);
        let [weight, bias, mean, variance] =
            ["weight", "bias", "running_mean", "running_var"].map(|suffix| Statistics::values(suffix, channels));
        let expected = image.iter().enumerate().map(|(element, value)| {
            let channel = element / (SIDE * SIDE);
            let of = |values: &[f32]| f64::from(values[channel]);
            (f64::from(*value) - of(&mean)) / (of(&variance) + eps).sqrt() * of(&weight) + of(&bias)
        });
        close(&output, &expected.collect::<Vec<_>>(), &format!("epsilon {eps:e} by {by}"));
    }
}

#[test]
fn normalisations_have_the_constants_of_the_oracle() {
    let lrn = Lrn { size: 5, alpha: 1e-4, beta: 0.75, k: 1.0 };
    for network in networks::all() {
        // From the definitions in tests/oracle/README.md.
        let eps = if network.family == Family::ResNet { 1e-5 } else { 1e-3 };
        for step in networks::shapes(&network).expect("it fits") {
            match step.layer {
                Layer::Lrn(found) => assert_eq!(*found, lrn, "{} {}", network.name, step.name),
                Layer::Norm(norm) => assert_eq!(norm.eps, eps, "{} {}", network.name, step.name),
                _ => {}
            }
        }
    }
}
