//! The text that stands for a network in a key: everything that decides what is computed, one line a layer, and nothing
//! else. Reference, title and family are not in it, nor dropout, nor the names of layers without tensors: a comment or a
//! new label measures nothing again.

use std::fmt::Write;

use crate::layer::{Layer, Named, Pool};
use crate::network::{Network, Shape};

/// Equal for two networks exactly when they compute the same from the same tensors.
pub fn canonical(network: &Network) -> String {
    let input = match network.input {
        Shape::Map(channels, height, width) => format!("{channels}x{height}x{width}"),
        Shape::Vector(features) => features.to_string(),
    };
    let mut text = format!("input {input}\n");
    lines(&network.layers, 0, &mut text);
    text
}

fn lines(layers: &[Named], depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    for named in layers {
        if let Some(line) = line(named) {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{indent}{line}");
        }
        if let Layer::Sum(arms) | Layer::Concat(arms) = &named.layer {
            for arm in arms {
                let _ = writeln!(text, "{indent}  arm");
                lines(arm, depth + 2, text);
            }
        }
    }
}

fn line(Named { name, layer }: &Named) -> Option<String> {
    let line = match layer {
        Layer::Conv(conv) => format!(
            "conv {name} {} -> {} kernel {} stride {} padding {} dilation {} groups {} bias {}",
            conv.inputs,
            conv.outputs,
            pair(conv.kernel),
            pair(conv.stride),
            pair(conv.padding),
            pair(conv.dilation),
            conv.groups,
            if conv.bias { "yes" } else { "no" },
        ),
        Layer::Norm(norm) => format!("norm {name} {} eps {:e}", norm.channels, norm.eps),
        Layer::Relu => "relu".to_owned(),
        Layer::PRelu { channels } => format!("prelu {name} {channels}"),
        Layer::Lrn(lrn) => {
            format!("lrn size {} alpha {:e} beta {:e} k {:e}", lrn.size, lrn.alpha, lrn.beta, lrn.k)
        }
        Layer::MaxPool(pool) => format!("max-pool {}", window(pool)),
        Layer::AvgPool(pool) => {
            let padding = if pool.count_padding { "counted" } else { "not-counted" };
            format!("avg-pool {} padding-is {padding}", window(pool))
        }
        Layer::GlobalAvgPool => "global-avg-pool".to_owned(),
        Layer::Flatten => "flatten".to_owned(),
        Layer::Linear { inputs, outputs } => format!("linear {name} {inputs} -> {outputs}"),
        Layer::Dropout { .. } => return None,
        Layer::ZeroPadChannels { channels } => format!("zero-pad-channels {channels}"),
        Layer::Sum(_) => "sum".to_owned(),
        Layer::Concat(_) => "concat".to_owned(),
    };
    Some(line)
}

fn window(pool: &Pool) -> String {
    let rounding = if pool.ceil { "up" } else { "down" };
    let [kernel, stride, padding] = [pool.kernel, pool.stride, pool.padding].map(pair);
    format!("kernel {kernel} stride {stride} padding {padding} round {rounding}")
}

fn pair([height, width]: [usize; 2]) -> String {
    format!("{height}x{width}")
}
