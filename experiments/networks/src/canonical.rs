//! The text that represents a network in a key: everything that determines the computation, one line per layer, and
//! nothing else. It has no reference, title, family or dropout, nor names of layers without tensors. So a comment or a
//! new label causes no new measurement.

use std::fmt::Write;

use crate::layer::{Layer, Named, Pool};
use crate::network::{Network, Shape};

/// One line per layer, with branches indented. Two networks have equal texts only if they compute the same from the
/// same tensors.
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
        for branch in named.layer.branches() {
            let _ = writeln!(text, "{indent}  branch");
            lines(branch, depth + 2, text);
        }
    }
}

fn line(Named { name, layer }: &Named) -> Option<String> {
    let line = match layer {
        Layer::Conv(conv) => format!(
            "conv {name} {} -> {} kernel {} stride {} padding {}{} dilation {} groups {} bias {}",
            conv.inputs,
            conv.outputs,
            pair(conv.kernel),
            pair(conv.stride),
            pair(conv.padding),
            // Absent without, so that the texts of networks that do not need it have no trace of it.
            if conv.extra_padding == [0, 0] { String::new() } else { format!(" extra {}", pair(conv.extra_padding)) },
            pair(conv.dilation),
            conv.groups,
            if conv.bias { "yes" } else { "no" },
        ),
        Layer::Norm(norm) => format!("norm {name} {} eps {:e}", norm.channels, norm.eps),
        Layer::Relu => "relu".to_owned(),
        Layer::Activation(function) => function.name().to_owned(),
        Layer::Scale { channels } => format!("scale {name} {channels}"),
        Layer::LayerNorm(norm) => format!("layer-norm {name} {} eps {:e}", norm.channels, norm.eps),
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
        Layer::Projection { features } => format!("projection {name} {features}"),
        Layer::Attention { heads } => format!("attention heads {heads}"),
        Layer::ClassToken { features } => format!("class-token {name} {features}"),
        Layer::PositionEmbedding { tokens, features } => format!("position-embedding {name} {tokens} x {features}"),
        Layer::FirstToken => "first-token".to_owned(),
        Layer::Dropout { .. } => return None,
        Layer::ZeroPadChannels { channels } => format!("zero-pad-channels {channels}"),
        Layer::Sum(_) => "sum".to_owned(),
        Layer::Product(_) => "product".to_owned(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Family;
    use crate::notation::{avg_pool, conv, dropout, layers, linear, norm, relu, sum};

    fn network(layers: Vec<Named>) -> Network {
        let input = Shape::Map(3, 8, 8);
        Network { name: "sample", title: "Sample", family: Family::Vgg, reference: "one", input, layers }
    }

    #[test]
    fn the_text_has_one_line_per_layer() {
        let branches = vec![layers![conv("c", 3, 3, [1, 7]).same().without_bias(), norm("n", 3, 1e-5)], layers![]];
        let network = network(layers![sum("add", branches), relu("r"), dropout("d", 0.5), linear("fc", 192, 10)]);
        let expected = "input 3x8x8\n\
                        sum\n\
                        \x20 branch\n\
                        \x20   conv c 3 -> 3 kernel 1x7 stride 1x1 padding 0x3 dilation 1x1 groups 1 bias no\n\
                        \x20   norm n 3 eps 1e-5\n\
                        \x20 branch\n\
                        relu\n\
                        linear fc 192 -> 10\n";
        assert_eq!(canonical(&network), expected);
    }

    #[test]
    fn a_label_does_not_change_the_text() {
        let plain = network(layers![conv("c", 3, 3, 1), relu("r")]);
        let mut labelled = network(layers![conv("c", 3, 3, 1), relu("other"), dropout("d", 0.1)]);
        labelled.title = "Other";
        labelled.reference = "two";
        labelled.family = Family::ResNet;
        assert_eq!(canonical(&plain), canonical(&labelled));
    }

    #[test]
    fn a_different_computation_changes_the_text() {
        let plain = || avg_pool("p", 3, 2);
        let texts = [
            layers![conv("c", 3, 3, 1)],
            layers![conv("c", 3, 3, 3)],
            layers![conv("c", 3, 3, 1).stride(2)],
            layers![conv("c", 3, 3, 1).padding([0, 1])],
            layers![conv("c", 3, 3, 1).extra_padding([0, 1])],
            layers![conv("c", 3, 3, 1).dilation(2)],
            layers![conv("c", 3, 3, 1).groups(3)],
            layers![conv("c", 3, 3, 1).without_bias()],
            layers![conv("d", 3, 3, 1)],
            layers![plain()],
            layers![plain().ceil()],
            layers![plain().count_padding()],
            layers![plain().padding(1)],
            layers![norm("n", 3, 1e-5)],
            layers![norm("n", 3, 1e-3)],
            layers![],
        ]
        .map(|layers| canonical(&network(layers)));
        let distinct: std::collections::BTreeSet<_> = texts.iter().collect();
        assert_eq!(distinct.len(), texts.len());
    }
}
