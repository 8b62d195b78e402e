//! The peak of live activations in every network, against values computed by hand from published shapes, and against a
//! simulation that lists the instructions of a pass and keeps named buffers until their last use.

use std::collections::BTreeMap;

use networks::{Branch, Layer, Named, Network};

fn peak(name: &str) -> (u64, String) {
    let network = networks::find(name).expect("it is in the list");
    let peak = networks::activations(&network).expect("a valid network");
    (peak.elements, peak.layer)
}

#[test]
fn alexnet_peaks_in_its_first_normalisation() {
    // Figure 2 of the paper: 96 maps of 55 x 55 and an image of 3 x 227 x 227; 2 x 128 maps of 27 x 27 need less.
    let (image, first) = (3 * 227 * 227, 96 * 55 * 55);
    assert_eq!(peak("alexnet"), (image + first + first, "norm1".to_owned()));
}

#[test]
fn vgg_peaks_in_its_second_convolution() {
    // Table 1 of arXiv:1409.1556: two layers of 64 maps at full resolution before the first pooling.
    let (image, first) = (3 * 224 * 224, 64 * 224 * 224);
    for name in ["vgg-16", "vgg-19"] {
        assert_eq!(peak(name), (image + first + first, "features.2".to_owned()));
    }
}

#[test]
fn residual_networks_peak_at_the_first_pooling_or_the_first_projection() {
    // Table 1 of arXiv:1512.03385: 64 maps of 112 x 112, pooled to 56 x 56, then 64 or 256 maps of that size.
    let (image, first, pooled, projected) = (3 * 224 * 224, 64 * 112 * 112, 64 * 56 * 56, 256 * 56 * 56);
    for name in ["resnet-18", "resnet-34"] {
        assert_eq!(peak(name), (image + first + pooled, "maxpool".to_owned()));
    }
    // The projection reads the 64 maps while the main branch's output waits for the sum.
    for name in ["resnet-50", "resnet-101", "resnet-152"] {
        assert_eq!(peak(name), (image + pooled + projected + projected, "layer1.0.downsample.0".to_owned()));
    }
}

/// A layer that writes a value with the layer's name.
struct Instruction {
    reads: Vec<String>,
    writes: String,
    /// Whether it may overwrite a value that it is the last to read.
    in_place: bool,
}

/// Appends the instructions of `layers` and returns the name of their output.
fn listed(layers: &Branch, value: String, list: &mut Vec<Instruction>) -> String {
    layers.iter().fold(value, |value, Named { name, layer }| {
        let (reads, in_place) = match layer {
            Layer::Dropout { .. } | Layer::Flatten => return value,
            Layer::Sum(branches) => (branches.iter().map(|branch| listed(branch, value.clone(), list)).collect(), true),
            Layer::Concat(branches) => {
                (branches.iter().map(|branch| listed(branch, value.clone(), list)).collect(), false)
            }
            Layer::Product(branches) => {
                (branches.iter().map(|branch| listed(branch, value.clone(), list)).collect(), true)
            }
            elementwise if elementwise.is_elementwise() => (vec![value], true),
            _ => (vec![value], false),
        };
        list.push(Instruction { reads, writes: name.clone(), in_place });
        name.clone()
    })
}

/// The peak of live elements, and the first instruction that reaches it.
fn simulated(network: &Network) -> (u64, String) {
    let mut elements = BTreeMap::from([("input".to_owned(), network.input.elements().expect("64 bits"))]);
    for step in networks::shapes(network).expect("a valid network") {
        let before = elements.insert(step.name.to_owned(), step.output.elements().expect("64 bits"));
        assert_eq!(before, None, "{} has two layers {}", network.name, step.name);
    }
    let mut list = Vec::new();
    let logits = listed(&network.layers, "input".to_owned(), &mut list);
    // The caller needs the image and the logits, so they stay alive.
    let kept = ["input".to_owned(), logits];
    let mut alive = BTreeMap::from([("input".to_owned(), elements["input"])]);
    let mut peak = (elements["input"], "input".to_owned());
    for (index, Instruction { reads, writes, in_place }) in list.iter().enumerate() {
        let needed = |value: &String| kept.contains(value) || list[index + 1..].iter().any(|x| x.reads.contains(value));
        // An overwritten value is freed before the new one is counted, all others after.
        if let Some(over) = reads.iter().find(|value| *in_place && !needed(value)) {
            assert_eq!(alive.remove(over), Some(elements[writes]), "{}: {writes} over {over}", network.name);
        }
        alive.insert(writes.clone(), elements[writes]);
        let now = alive.values().sum();
        if now > peak.0 {
            peak = (now, writes.clone());
        }
        alive.retain(|value, _| value == writes || needed(value));
    }
    peak
}

#[test]
fn the_peak_of_every_network_is_that_of_the_simulation() {
    for network in networks::all().into_iter().chain(networks::modern()) {
        assert_eq!(peak(network.name), simulated(&network), "{}", network.name);
    }
}
