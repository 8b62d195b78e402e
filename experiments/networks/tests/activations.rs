//! What is alive at most in every network: against numbers worked out by hand from published shapes, and against a second
//! way of counting, which writes the pass down as a list of instructions and keeps named buffers until their last use.

use std::collections::BTreeMap;

use networks::{Branch, Layer, Named, Network};

fn max(name: &str) -> (u64, String) {
    let network = networks::find(name).unwrap_or_else(|| panic!("no network {name}"));
    let max = networks::activations(&network).expect("it fits");
    (max.elements, max.layer)
}

#[test]
fn alexnet_needs_most_in_its_first_normalisation() {
    // Figure 2 of the paper: 96 maps of 55 x 55 beside an image of 3 x 227 x 227; in 2 x 128 maps of 27 x 27 it is less.
    let (image, first) = (3 * 227 * 227, 96 * 55 * 55);
    assert_eq!(max("alexnet"), (image + first + first, "norm1".to_owned()));
}

#[test]
fn vgg_needs_most_in_its_second_convolution() {
    // Table 1 of arXiv:1409.1556: two layers of 64 maps at full resolution come before the first maximum.
    let (image, first) = (3 * 224 * 224, 64 * 224 * 224);
    for name in ["vgg-16", "vgg-19"] {
        assert_eq!(max(name), (image + first + first, "features.2".to_owned()));
    }
}

#[test]
fn residual_networks_need_most_where_the_resolution_first_falls_or_the_maps_first_widen() {
    // Table 1 of arXiv:1512.03385: 64 maps of 112 x 112, a maximum to 56 x 56, then 64 or 256 maps of that size.
    let (image, first, narrow, wide) = (3 * 224 * 224, 64 * 112 * 112, 64 * 56 * 56, 256 * 56 * 56);
    for name in ["resnet-18", "resnet-34"] {
        assert_eq!(max(name), (image + first + narrow, "maxpool".to_owned()));
    }
    // The projection reads the narrow input while the main branch's end waits for the sum.
    for name in ["resnet-50", "resnet-101", "resnet-152"] {
        assert_eq!(max(name), (image + narrow + wide + wide, "layer1.0.downsample.0".to_owned()));
    }
}

/// One layer that writes: from these values into a value named like the layer.
struct Instruction {
    reads: Vec<String>,
    writes: String,
    /// Whether it may write into the buffer of a value that it reads last.
    in_place: bool,
}

/// Appends what `layers` execute and returns the name of the value they end in.
fn listed(layers: &Branch, value: String, list: &mut Vec<Instruction>) -> String {
    layers.iter().fold(value, |value, Named { name, layer }| {
        let (reads, in_place) = match layer {
            Layer::Dropout { .. } | Layer::Flatten => return value,
            Layer::Sum(branches) => (branches.iter().map(|branch| listed(branch, value.clone(), list)).collect(), true),
            Layer::Concat(branches) => {
                (branches.iter().map(|branch| listed(branch, value.clone(), list)).collect(), false)
            }
            Layer::Norm(_) | Layer::Relu | Layer::PRelu { .. } => (vec![value], true),
            _ => (vec![value], false),
        };
        list.push(Instruction { reads, writes: name.clone(), in_place });
        name.clone()
    })
}

/// Elements alive at most, and the first instruction that needs them.
fn simulated(network: &Network) -> (u64, String) {
    let mut elements = BTreeMap::from([("input".to_owned(), network.input.elements().expect("it is small"))]);
    for step in networks::shapes(network).expect("it fits") {
        let before = elements.insert(step.name.to_owned(), step.output.elements().expect("it is small"));
        assert_eq!(before, None, "{} has two layers {}", network.name, step.name);
    }
    let mut list = Vec::new();
    let logits = listed(&network.layers, "input".to_owned(), &mut list);
    // The caller holds the image and wants the logits: no instruction reads them last.
    let held = ["input".to_owned(), logits];
    let mut alive = BTreeMap::from([("input".to_owned(), elements["input"])]);
    let mut max = (elements["input"], "input".to_owned());
    for (index, Instruction { reads, writes, in_place }) in list.iter().enumerate() {
        let needed = |value: &String| held.contains(value) || list[index + 1..].iter().any(|x| x.reads.contains(value));
        // The value written over loses its buffer before the new one is counted, all others after.
        if let Some(over) = reads.iter().find(|value| *in_place && !needed(value)) {
            assert_eq!(alive.remove(over), Some(elements[writes]), "{}: {writes} over {over}", network.name);
        }
        alive.insert(writes.clone(), elements[writes]);
        let now = alive.values().sum();
        if now > max.0 {
            max = (now, writes.clone());
        }
        alive.retain(|value, _| value == writes || needed(value));
    }
    max
}

#[test]
fn every_network_needs_as_much_as_buffers_kept_to_their_last_use() {
    for network in networks::all() {
        assert_eq!(max(network.name), simulated(&network), "{}", network.name);
    }
}
