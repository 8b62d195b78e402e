//! A network as a table: one line per layer with its output, parameters and multiply-accumulates, and the peak of live
//! activations.

use std::fmt::Write;

use crate::activations::activations;
use crate::layer::{Conv, Layer, Pool};
use crate::macs;
use crate::network::Network;
use crate::parameters::trained;
use crate::shapes::Step;
use crate::tensors;

/// Columns: output shape, parameters, multiply-accumulates, operator and name. Then follow the totals of the given
/// steps, and the peak of live activations with its layer. Layers of branches are indented and come before their sum or
/// concatenation. A count that overflows 64 bits is printed as `?`, as is the peak of a network with an error.
pub fn table(network: &Network, steps: &[Step]) -> String {
    let mut text = format!("{}: {}\n\n", network.title, network.reference);
    line(&mut text, ["output", "parameters", "macs", "operator", "layer"].map(str::to_owned));
    line(&mut text, [network.input.to_string(), "-".into(), "-".into(), "input".into(), String::new()]);
    let (mut all_parameters, mut all_macs) = (Some(0_u64), Some(0_u64));
    for step in steps {
        let parameters = tensors::of_layer(step.name, step.layer).ok().and_then(|tensors| trained(&tensors));
        let macs = macs::of_step(step);
        all_parameters = all_parameters.and_then(|sum| sum.checked_add(parameters?));
        all_macs = all_macs.and_then(|sum| sum.checked_add(macs?));
        let name = format!("{}{}", "  ".repeat(step.depth), step.name);
        line(&mut text, [step.output.to_string(), count(parameters), count(macs), operator(step.layer), name]);
    }
    let last = steps.last().map_or(network.input, |step| step.output).to_string();
    line(&mut text, [last, count(all_parameters), count(all_macs), "total".into(), String::new()]);
    let (elements, layer) = match activations(network) {
        Ok(max) => (Some(max.elements), max.layer),
        Err(_) => (None, String::new()),
    };
    line(&mut text, [count(elements), "-".into(), "-".into(), "peak live activations".into(), layer]);
    text
}

fn line(text: &mut String, [output, parameters, macs, operator, name]: [String; 5]) {
    let line = format!("{output:<16} {parameters:>11} {macs:>14}  {operator:<32} {name}");
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{}", line.trim_end());
}

fn count(count: Option<u64>) -> String {
    match count {
        Some(0) => "-".to_owned(),
        Some(count) => count.to_string(),
        None => "?".to_owned(),
    }
}

fn operator(layer: &Layer) -> String {
    match layer {
        Layer::Conv(Conv { kernel, stride, padding, extra_padding, dilation, groups, .. }) => {
            let mut text = format!("conv {}", window(*kernel, *stride, *padding));
            if *extra_padding != [0, 0] {
                text += &format!(" extra {}", side(*extra_padding));
            }
            if *dilation != [1, 1] {
                text += &format!(" dilation {}", pair(*dilation));
            }
            if *groups != 1 {
                text += &format!(" groups {groups}");
            }
            text
        }
        Layer::Norm(norm) => format!("norm eps {:e}", norm.eps),
        Layer::Relu => "relu".to_owned(),
        Layer::Activation(function) => function.name().to_owned(),
        Layer::Scale { .. } => "scale".to_owned(),
        Layer::LayerNorm(norm) => format!("layer-norm eps {:e}", norm.eps),
        Layer::PRelu { .. } => "prelu".to_owned(),
        Layer::Lrn(lrn) => format!("lrn over {}", lrn.size),
        Layer::MaxPool(pool) => format!("max-pool {}", pooled(pool)),
        Layer::AvgPool(pool) => {
            let counted = if pool.count_padding { " counted" } else { "" };
            format!("avg-pool {}{counted}", pooled(pool))
        }
        Layer::GlobalAvgPool => "global-avg-pool".to_owned(),
        Layer::Flatten => "flatten".to_owned(),
        Layer::Linear { .. } => "linear".to_owned(),
        Layer::Projection { .. } => "projection".to_owned(),
        Layer::Attention { heads } => format!("attention of {heads} heads"),
        Layer::ClassToken { .. } => "class token".to_owned(),
        Layer::PositionEmbedding { .. } => "position embedding".to_owned(),
        Layer::FirstToken => "first token".to_owned(),
        Layer::Dropout { p } => format!("dropout {p}"),
        Layer::ZeroPadChannels { channels } => format!("zero-pad to {channels}"),
        Layer::Sum(branches) => format!("sum of {}", branches.len()),
        Layer::Product(branches) => format!("product of {}", branches.len()),
        Layer::Concat(branches) => format!("concat of {}", branches.len()),
    }
}

fn pooled(pool: &Pool) -> String {
    let rounding = if pool.ceil { " ceil" } else { "" };
    format!("{}{rounding}", window(pool.kernel, pool.stride, pool.padding))
}

/// In the notation of papers, such as `3x3/2`, with the padding if there is any.
fn window(kernel: [usize; 2], stride: [usize; 2], padding: [usize; 2]) -> String {
    let mut text = pair(kernel);
    if stride != [1, 1] {
        text += &format!("/{}", side(stride));
    }
    if padding != [0, 0] {
        text += &format!(" pad {}", side(padding));
    }
    text
}

fn side([height, width]: [usize; 2]) -> String {
    if height == width { height.to_string() } else { pair([height, width]) }
}

fn pair([height, width]: [usize; 2]) -> String {
    format!("{height}x{width}")
}
