//! ViT-B/16: an image as a sequence of patches, and attention between all of them.

use crate::layer::{Activation, Branch, Layer, Named};
use crate::network::{Family, Network, Shape};
use crate::notation::{activation, conv, dropout, layer_norm, layers, linear, sum, within};

const EPS: f64 = 1e-6;
/// Features of a token.
const FEATURES: usize = 768;
/// Patches of 16 x 16 pixels, and the class token.
const TOKENS: usize = 14 * 14 + 1;

/// ViT-Base of the paper's Table 1 with patches of 16 x 16, with the names of torchvision's `vit_b_16`.
pub fn vit_b_16() -> Network {
    let mut layers = layers![
        conv("conv_proj", 3, FEATURES, 16).stride(16), // 768 x 14 x 14
        named("class_token", Layer::ClassToken { features: FEATURES }), // 768 x 197 x 1
        named("encoder.pos_embedding", Layer::PositionEmbedding { tokens: TOKENS, features: FEATURES }),
        dropout("encoder.dropout", 0.0),
    ];
    for index in 0..12 {
        layers.extend(within(&format!("encoder.layers.encoder_layer_{index}"), block()));
    }
    layers.extend(layers![
        layer_norm("encoder.ln", FEATURES, EPS),
        named("token", Layer::FirstToken), // 768
        linear("heads.head", FEATURES, 1000),
    ]);
    Network {
        name: "vit-b-16",
        title: "ViT-B/16",
        family: Family::VisionTransformer,
        reference: "Dosovitskiy, Beyer, Kolesnikov, Weissenborn, Zhai, Unterthiner, Dehghani, Minderer, Heigold, \
                    Gelly, Uszkoreit, Houlsby, An Image is Worth 16x16 Words: Transformers for Image Recognition at \
                    Scale, arXiv:2010.11929, Table 1",
        input: Shape::Map(3, 224, 224),
        layers,
    }
}

/// Figure 1, right.
fn block() -> Branch {
    let attention = layers![
        layer_norm("ln_1", FEATURES, EPS),
        named("self_attention", Layer::Projection { features: FEATURES }),
        named("self_attention.attention", Layer::Attention { heads: 12 }),
        linear("self_attention.out_proj", FEATURES, FEATURES),
    ];
    let perceptron = layers![
        layer_norm("ln_2", FEATURES, EPS),
        linear("mlp.0", FEATURES, 4 * FEATURES),
        activation("mlp.1", Activation::Gelu),
        linear("mlp.3", 4 * FEATURES, FEATURES),
    ];
    layers![sum("add_1", vec![attention, layers![]]), sum("add_2", vec![perceptron, layers![]])]
}

fn named(name: &str, layer: Layer) -> Named {
    Named { name: name.to_owned(), layer }
}
