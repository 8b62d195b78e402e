//! Shape inference: every layer's output shape, or the first layer that does not accept its input. Other traversals use
//! its steps. Arithmetic is checked, so that an absurd definition is an error and never a wrong number.

use crate::error::{NetworkError, Problem};
use crate::layer::{Branch, Conv, Layer, Named, Pool};
use crate::network::{Network, Shape};

/// One layer of the forward pass. A sum, product or concatenation comes after the layers of its
/// branches.
#[derive(Clone, Debug, PartialEq)]
pub struct Step<'a> {
    /// The layer's name.
    pub name: &'a str,
    /// The layer.
    pub layer: &'a Layer,
    /// The number of sums, products and concatenations that enclose the layer.
    pub depth: usize,
    /// The input; for a sum, product or concatenation the input of its branches.
    pub input: Shape,
    /// The output.
    pub output: Shape,
    /// The outputs of the branches of a sum, product or concatenation.
    pub parts: Vec<Shape>,
}

/// Every layer's shapes for the network's own input size, in the order of execution.
pub fn shapes(network: &Network) -> Result<Vec<Step<'_>>, NetworkError> {
    let mut steps = Vec::new();
    trace(network, network.input, &mut steps)?;
    Ok(steps)
}

/// As [`shapes`], for another input size. If a layer does not fit, `steps` contains those before it. Returns the last
/// output.
pub fn trace<'a>(network: &'a Network, input: Shape, steps: &mut Vec<Step<'a>>) -> Result<Shape, NetworkError> {
    branch(&network.layers, input, 0, steps).map_err(|(layer, problem)| NetworkError {
        network: network.name.to_owned(),
        layer: layer.to_owned(),
        problem,
    })
}

/// The name of a layer and what is wrong with it.
type Misfit<'a> = (&'a str, Problem);

fn branch<'a>(layers: &'a Branch, input: Shape, depth: usize, steps: &mut Vec<Step<'a>>) -> Result<Shape, Misfit<'a>> {
    layers.iter().try_fold(input, |input, Named { name, layer }| {
        let parts = layer.branches().iter().map(|layers| branch(layers, input, depth + 1, steps));
        let parts = parts.collect::<Result<Vec<_>, _>>()?;
        let output = match layer {
            Layer::Sum(_) => added(&parts),
            Layer::Product(_) => multiplied(&parts),
            Layer::Concat(_) => concatenated(&parts),
            single => output(single, input),
        };
        let output = output.and_then(countable).map_err(|problem| (name.as_str(), problem))?;
        steps.push(Step { name, layer, depth, input, output, parts });
        Ok(output)
    })
}

fn output(layer: &Layer, input: Shape) -> Result<Shape, Problem> {
    match layer {
        Layer::Conv(conv) => convolved(conv, input),
        Layer::MaxPool(pool) | Layer::AvgPool(pool) => pooled(pool, input),
        Layer::Norm(norm) | Layer::LayerNorm(norm) => same_channels(norm.channels, input),
        Layer::PRelu { channels } | Layer::Scale { channels } => same_channels(*channels, input),
        Layer::Relu | Layer::Activation(_) | Layer::Dropout { .. } => Ok(input),
        Layer::Lrn(lrn) => {
            nonzero(&[lrn.size], "window")?;
            map(input).map(|_| input)
        }
        Layer::GlobalAvgPool => map(input).map(|[channels, ..]| Shape::Map(channels, 1, 1)),
        Layer::Flatten => {
            let elements = map(input)?.into_iter().try_fold(1, usize::checked_mul);
            elements.map(Shape::Vector).ok_or(Problem::TooLarge)
        }
        Layer::Linear { inputs, outputs } => same_channels(*inputs, input).map(|input| with_channels(*outputs, input)),
        Layer::Projection { features } => {
            let all = features.checked_mul(3).ok_or(Problem::TooLarge)?;
            same_channels(*features, tokens(input)?).map(|input| with_channels(all, input))
        }
        Layer::Attention { heads } => {
            let [channels, ..] = map(tokens(input)?)?;
            nonzero(&[*heads], "number of heads")?;
            let parts = heads.checked_mul(3).ok_or(Problem::TooLarge)?;
            match channels.is_multiple_of(parts) {
                true => Ok(with_channels(channels / 3, input)),
                false => Err(Problem::Heads { heads: *heads, input }),
            }
        }
        Layer::ClassToken { features } => {
            let [_, height, width] = map(same_channels(*features, input)?)?;
            let tokens = height.checked_mul(width).and_then(|pixels| pixels.checked_add(1)).ok_or(Problem::TooLarge)?;
            Ok(Shape::Map(*features, tokens, 1))
        }
        Layer::PositionEmbedding { tokens, features } => match same_channels(*features, input)? {
            Shape::Map(_, rows, 1) if rows == *tokens => Ok(input),
            _ => Err(Problem::Tokens { tokens: Some(*tokens), input }),
        },
        Layer::FirstToken => map(tokens(input)?).map(|[features, ..]| Shape::Vector(features)),
        Layer::ZeroPadChannels { channels } => match map(input)? {
            [before, height, width] if before <= *channels => Ok(Shape::Map(*channels, height, width)),
            _ => Err(Problem::Narrower { channels: *channels, input }),
        },
        // Their branches are traversed elsewhere, before their output.
        Layer::Sum(_) | Layer::Product(_) | Layer::Concat(_) => Err(Problem::NoBranches),
    }
}

fn convolved(conv: &Conv, input: Shape) -> Result<Shape, Problem> {
    let Conv { inputs, outputs, groups, kernel, stride, padding, dilation, .. } = *conv;
    let [channels, height, width] = map(input)?;
    if channels != inputs {
        return Err(Problem::Channels { defined: inputs, input });
    }
    nonzero(&[groups], "number of groups")?;
    nonzero(&kernel, "kernel size")?;
    nonzero(&stride, "stride")?;
    nonzero(&dilation, "dilation")?;
    if !inputs.is_multiple_of(groups) || !outputs.is_multiple_of(groups) {
        return Err(Problem::Groups { groups, inputs, outputs });
    }
    let covers = |axis: usize| {
        let gaps = (kernel[axis] - 1).checked_mul(dilation[axis])?;
        gaps.checked_add(1)
    };
    let covers = [covers(0).ok_or(Problem::TooLarge)?, covers(1).ok_or(Problem::TooLarge)?];
    let size = |axis: usize, size: usize| {
        let padded = padded(size, padding[axis])?.checked_add(conv.extra_padding[axis]).ok_or(Problem::TooLarge)?;
        let free = padded.checked_sub(covers[axis]).ok_or(Problem::Window { covers, input, padding })?;
        Ok(free / stride[axis] + 1)
    };
    Ok(Shape::Map(outputs, size(0, height)?, size(1, width)?))
}

fn pooled(pool: &Pool, input: Shape) -> Result<Shape, Problem> {
    let Pool { kernel, stride, padding, ceil, .. } = *pool;
    let [channels, height, width] = map(input)?;
    nonzero(&kernel, "kernel size")?;
    nonzero(&stride, "stride")?;
    if kernel.iter().zip(padding).any(|(&kernel, padding)| padding > kernel / 2) {
        return Err(Problem::PoolPadding { kernel, padding });
    }
    let size = |axis: usize, size: usize| {
        let padded = padded(size, padding[axis])?;
        let free = padded.checked_sub(kernel[axis]).ok_or(Problem::Window { covers: kernel, input, padding })?;
        let down = free / stride[axis] + 1;
        // Rounding up adds a window unless it would start in the right padding.
        let has_remainder = !free.is_multiple_of(stride[axis]);
        let starts_inside = down.checked_mul(stride[axis]).is_some_and(|start| start < size + padding[axis]);
        Ok(if ceil && has_remainder && starts_inside { down + 1 } else { down })
    };
    Ok(Shape::Map(channels, size(0, height)?, size(1, width)?))
}

fn padded(size: usize, padding: usize) -> Result<usize, Problem> {
    padding.checked_mul(2).and_then(|both| both.checked_add(size)).ok_or(Problem::TooLarge)
}

fn nonzero(sizes: &[usize], what: &'static str) -> Result<(), Problem> {
    if sizes.contains(&0) { Err(Problem::Zero(what)) } else { Ok(()) }
}

fn map(shape: Shape) -> Result<[usize; 3], Problem> {
    match shape {
        Shape::Map(channels, height, width) => Ok([channels, height, width]),
        Shape::Vector(_) => Err(Problem::NotAMap(shape)),
    }
}

fn same_channels(defined: usize, input: Shape) -> Result<Shape, Problem> {
    match input {
        Shape::Map(channels, ..) | Shape::Vector(channels) if channels == defined => Ok(input),
        _ => Err(Problem::Channels { defined, input }),
    }
}

/// A sequence of tokens, or an error for other shapes.
fn tokens(shape: Shape) -> Result<Shape, Problem> {
    if matches!(shape, Shape::Map(_, _, 1)) { Ok(shape) } else { Err(Problem::Tokens { tokens: None, input: shape }) }
}

fn with_channels(channels: usize, shape: Shape) -> Shape {
    match shape {
        Shape::Map(_, height, width) => Shape::Map(channels, height, width),
        Shape::Vector(_) => Shape::Vector(channels),
    }
}

fn multiplied(outputs: &[Shape]) -> Result<Shape, Problem> {
    let first = *outputs.first().ok_or(Problem::NoBranches)?;
    let fits = |other: &Shape| match (first, *other) {
        (Shape::Map(channels, ..), Shape::Map(factors, 1, 1)) => channels == factors,
        _ => *other == first,
    };
    match outputs.iter().position(|other| !fits(other)) {
        None => Ok(first),
        Some(index) => Err(Problem::Branches { first, index, other: outputs[index] }),
    }
}

fn added(outputs: &[Shape]) -> Result<Shape, Problem> {
    let first = *outputs.first().ok_or(Problem::NoBranches)?;
    match outputs.iter().position(|&other| other != first) {
        None => Ok(first),
        Some(index) => Err(Problem::Branches { first, index, other: outputs[index] }),
    }
}

fn concatenated(outputs: &[Shape]) -> Result<Shape, Problem> {
    let first = *outputs.first().ok_or(Problem::NoBranches)?;
    outputs.iter().enumerate().skip(1).try_fold(first, |sum, (index, &other)| match (sum, other) {
        (Shape::Map(channels, height, width), Shape::Map(more, h, w)) if (height, width) == (h, w) => {
            let channels = channels.checked_add(more).ok_or(Problem::TooLarge)?;
            Ok(Shape::Map(channels, height, width))
        }
        (Shape::Vector(features), Shape::Vector(more)) => {
            features.checked_add(more).map(Shape::Vector).ok_or(Problem::TooLarge)
        }
        _ => Err(Problem::Branches { first, index, other }),
    })
}

/// Rejects empty maps and element counts that overflow 64 bits, so that later traversals can rely on every shape.
fn countable(shape: Shape) -> Result<Shape, Problem> {
    match shape.elements() {
        Some(0) => Err(Problem::Zero("size")),
        Some(_) => Ok(shape),
        None => Err(Problem::TooLarge),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Family;
    use crate::notation::{avg_pool, concat, conv, flatten, layers, linear, max_pool, norm, sum, zero_pad_channels};

    fn network(layers: Vec<Named>) -> Network {
        let input = Shape::Map(4, 10, 10);
        Network { name: "sample", title: "Sample", family: Family::Vgg, reference: "", input, layers }
    }

    fn last(layers: Vec<Named>) -> Result<Shape, Problem> {
        let network = network(layers);
        trace(&network, network.input, &mut Vec::new()).map_err(|error| error.problem)
    }

    #[test]
    fn window_sizes_follow_the_formulas() {
        assert_eq!(last(layers![conv("c", 4, 8, 3).stride(2).padding(1)]), Ok(Shape::Map(8, 5, 5)));
        assert_eq!(last(layers![conv("c", 4, 8, [1, 7]).same()]), Ok(Shape::Map(8, 10, 10)));
        assert_eq!(last(layers![conv("c", 4, 8, 3).dilation(4)]), Ok(Shape::Map(8, 2, 2)));
        assert_eq!(last(layers![max_pool("p", 3, 2)]), Ok(Shape::Map(4, 4, 4)));
        assert_eq!(last(layers![max_pool("p", 3, 2).ceil()]), Ok(Shape::Map(4, 5, 5)));
        // Rounding up would start a fifth window at 12, in the right padding, which is dropped.
        assert_eq!(last(layers![avg_pool("p", 2, 3).padding(1).ceil()]), Ok(Shape::Map(4, 4, 4)));
    }

    #[test]
    fn an_error_names_the_network_the_layer_and_the_sizes() {
        let network = network(layers![conv("first", 4, 8, 3), norm("second", 9, 1e-5)]);
        let mut steps = Vec::new();
        let error = trace(&network, network.input, &mut steps).expect_err("nine is not eight").to_string();
        assert!(error.starts_with(
            "network sample, layer second: is defined for 9 channels or features, but its input is 8 x 8 x 8\nhint: "
        ));
        assert_eq!(steps.len(), 1);
    }

    #[test]
    fn layers_that_do_not_fit_are_errors() {
        let map = Shape::Map(4, 10, 10);
        let branches = |other: Named| vec![layers![], vec![other]];
        for (layers, problem) in [
            (layers![linear("l", 400, 2)], Problem::Channels { defined: 400, input: map }),
            (layers![flatten("f"), flatten("g")], Problem::NotAMap(Shape::Vector(400))),
            (layers![conv("c", 4, 8, 3).groups(3)], Problem::Groups { groups: 3, inputs: 4, outputs: 8 }),
            (layers![conv("c", 4, 8, 3).groups(0)], Problem::Zero("number of groups")),
            (layers![conv("c", 4, 8, 0)], Problem::Zero("kernel size")),
            (layers![max_pool("p", 2, 0)], Problem::Zero("stride")),
            (layers![conv("c", 4, 0, 1)], Problem::Zero("size")),
            (layers![conv("c", 4, 8, 11)], Problem::Window { covers: [11, 11], input: map, padding: [0, 0] }),
            (layers![max_pool("p", 2, 2).padding(2)], Problem::PoolPadding { kernel: [2, 2], padding: [2, 2] }),
            (layers![sum("s", vec![])], Problem::NoBranches),
            (
                layers![sum("s", branches(conv("c", 4, 8, 1).into()))],
                Problem::Branches { first: map, index: 1, other: Shape::Map(8, 10, 10) },
            ),
            (
                layers![concat("c", branches(max_pool("p", 2, 2).into()))],
                Problem::Branches { first: map, index: 1, other: Shape::Map(4, 5, 5) },
            ),
            (layers![zero_pad_channels("z", 3)], Problem::Narrower { channels: 3, input: map }),
            (layers![conv("c", 4, 8, 3).padding(usize::MAX)], Problem::TooLarge),
            (layers![conv("c", 4, 8, 3).dilation(usize::MAX)], Problem::TooLarge),
            (layers![conv("c", 4, usize::MAX, 3)], Problem::TooLarge),
            (layers![max_pool("p", usize::MAX, 1).padding(usize::MAX / 2)], Problem::TooLarge),
        ] {
            assert_eq!(last(layers), Err(problem));
        }
    }
}
