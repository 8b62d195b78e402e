//! What layers are called in figures. Libraries number the layers of a sequence, `features.2`; their papers count by stage, and `conv1_2` is
//! the second convolution of the first stage, which ends with a pooling. Independent of figures.

use std::collections::BTreeMap;

use results::{LayerEstimate, LayerKind, LayersEstimate};

/// Names for the layers of one network that have only a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(BTreeMap<String, String>);

impl Names {
    /// Of the layers of a network.
    pub fn of(network: &LayersEstimate) -> Self {
        let (mut stage, mut number, mut linear) = (1, 0, 0);
        let mut names = BTreeMap::new();
        for layer in &network.layers {
            let name = match layer.kind {
                LayerKind::Conv => {
                    number += 1;
                    format!("conv{stage}_{number}")
                }
                LayerKind::Pool => {
                    (stage, number) = (stage + 1, 0);
                    continue;
                }
                LayerKind::Linear => {
                    linear += 1;
                    format!("fc{linear}")
                }
                _ => continue,
            };
            let last = layer.name.rsplit('.').next().unwrap_or_default();
            if !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()) {
                names.insert(layer.name.clone(), name);
            }
        }
        Self(names)
    }

    /// A layer's name by its stage, or its own name if that is more than a number.
    pub fn of_layer(&self, layer: &LayerEstimate) -> String {
        self.0.get(&layer.name).unwrap_or(&layer.name).clone()
    }

    /// Both names: `conv1_2, features.2`.
    pub fn in_full(&self, layer: &LayerEstimate) -> String {
        self.0.get(&layer.name).map_or_else(|| layer.name.clone(), |name| format!("{name}, {}", layer.name))
    }
}
