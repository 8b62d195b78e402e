//! The work of each layer of a network for a batch: its kind, its multiply-accumulates and the bytes that it must move. Independent of time.

use anyhow::{Context, Result};
use networks::{Layer, Network};
use results::layers::{LayerKind, LayerTimes};

/// Bytes of a 32-bit floating-point number.
const WIDTH: u64 = 4;

/// The layers in the order of execution, without times.
pub fn of(network: &Network, batch: u32) -> Result<Vec<LayerTimes>> {
    let kinds = networks::shapes(network)?;
    let kinds = kinds.iter().filter_map(|step| Some((step.name, kind(step.layer)?)));
    let costs = networks::costs(network)?;
    kinds
        .zip(&costs)
        .map(|((name, kind), cost)| {
            anyhow::ensure!(cost.name == name, "layer {name} of {} has no cost", network.name);
            let batch = u64::from(batch);
            let moved = cost.inputs.checked_add(cost.outputs).and_then(|elements| elements.checked_mul(batch));
            let bytes =
                moved.and_then(|moved| moved.checked_add(cost.weights)).and_then(|moved| moved.checked_mul(WIDTH));
            let macs = cost.macs.checked_mul(batch);
            let (macs, bytes) =
                macs.zip(bytes).with_context(|| format!("a batch of {batch} images is too large for any device"))?;
            Ok(LayerTimes { name: name.to_owned(), kind, macs, bytes, times: Vec::new() })
        })
        .collect()
}

/// The kind of a layer; none if it neither computes nor moves anything.
fn kind(layer: &Layer) -> Option<LayerKind> {
    Some(match layer {
        Layer::Conv(_) => LayerKind::Conv,
        Layer::Linear { .. } | Layer::Projection { .. } | Layer::Attention { .. } => LayerKind::Linear,
        Layer::Norm(_) | Layer::LayerNorm(_) | Layer::Scale { .. } => LayerKind::Norm,
        Layer::Relu | Layer::Activation(_) | Layer::PRelu { .. } => LayerKind::Relu,
        Layer::MaxPool(_) | Layer::AvgPool(_) | Layer::GlobalAvgPool | Layer::FirstToken => LayerKind::Pool,
        Layer::Lrn(_) => LayerKind::Lrn,
        Layer::Sum(_) | Layer::Product(_) | Layer::PositionEmbedding { .. } => LayerKind::Sum,
        Layer::Concat(_) | Layer::ClassToken { .. } => LayerKind::Concat,
        Layer::ZeroPadChannels { .. } => LayerKind::Pad,
        Layer::Flatten | Layer::Dropout { .. } => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_with_a_cost_has_a_kind_and_its_work() {
        for network in networks::all().into_iter().chain(networks::modern()) {
            let layers = of(&network, 2).expect("it fits");
            assert_eq!(layers.len(), networks::costs(&network).expect("it fits").len(), "{}", network.name);
            let macs: u64 = layers.iter().map(|layer| layer.macs).sum();
            assert_eq!(macs, 2 * networks::macs(&network).expect("it fits"), "{}", network.name);
        }
    }

    #[test]
    fn bytes_count_weights_once_and_activations_per_image() {
        let network = networks::find("vgg-16").expect("it exists");
        let last = |batch| of(&network, batch).expect("it fits").pop().expect("a layer");
        // classifier.6: 4096 x 1000 weights and 1000 biases, 4096 inputs and 1000 outputs per image, four bytes each.
        assert_eq!((last(1).kind, last(1).bytes), (LayerKind::Linear, 4 * (4_097_000 + 5_096)));
        assert_eq!((last(3).macs, last(3).bytes), (3 * 4_096_000, 4 * (4_097_000 + 3 * 5_096)));
    }
}
