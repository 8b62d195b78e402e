//! The bytes of a file: `ModelProto` of `onnx.proto`. Sizes are known before any weight is, so weights are written one after the other
//! and never held together.

use std::io::Write;

use anyhow::Result;
use networks::Network;

use crate::error::ExportError;
use crate::graph::Graph;
use crate::node::{Stored, Values, typed};
use crate::wire::Message;
use crate::{INPUT, IR_VERSION, OPSET, OUTPUT};

/// Readers of Protocol Buffers accept no larger message.
pub const MAX_BYTES: u64 = i32::MAX as u64;

/// Numbers that are converted at a time.
const PART: usize = 1 << 14;

/// Returns the values of a tensor of the state dict, by its name and sizes.
pub type Take<'a> = dyn FnMut(&str, &[usize]) -> Result<Vec<f32>> + 'a;

/// Writes `network` to `out`. Each tensor is taken once, in the order of definition. `facts` are kept in the file as its metadata, by name,
/// for example where the weights are from. Returns the number of bytes.
///
/// # Errors
/// The network cannot be a graph, is too large, or a tensor is missing; `out` fails. Nothing is written before the size is known.
pub fn write(
    network: &Network,
    facts: &[(&str, &str)],
    take: &mut Take<'_>,
    out: &mut dyn Write,
) -> Result<u64, ExportError> {
    let graph = Graph::new(network)?;
    let nodes = graph.nodes.iter().fold(Message::default(), |all, node| all.message(1, &node.message()));
    let before = nodes.text(2, network.name);
    let after = Message::default().text(10, network.reference).message(11, &typed(INPUT, network.input));
    let after = after.message(12, &typed(OUTPUT, graph.output));
    let after = graph.values.iter().fold(after, |after, (name, shape)| after.message(13, &typed(name, *shape)));

    let too_large = |bytes| ExportError::TooLarge { network: network.name.to_owned(), bytes };
    let heads = graph.stored.iter().map(|stored| head(stored).ok_or_else(|| too_large(u64::MAX)));
    let heads = heads.collect::<Result<Vec<_>, _>>()?;
    let of_tensors =
        heads.iter().try_fold(0_u64, |sum, (head, bytes)| sum.checked_add(head.len())?.checked_add(*bytes));
    let of_graph = of_tensors.and_then(|bytes| bytes.checked_add(before.len() + after.len()));
    let of_graph = of_graph.ok_or_else(|| too_large(u64::MAX))?;

    let start = Message::default().integer(1, IR_VERSION).text(2, "measure").text(3, env!("CARGO_PKG_VERSION"));
    let start = start.before(7, of_graph);
    let end = Message::default().message(8, &Message::default().text(1, "").integer(2, OPSET));
    let fact = |(name, value): &(&str, &str)| Message::default().text(1, name).text(2, value);
    let end = facts.iter().map(fact).fold(end, |end, fact| end.message(14, &fact));
    let bytes = of_graph.saturating_add(start.len() + end.len());
    if bytes > MAX_BYTES {
        return Err(too_large(bytes));
    }
    for message in [&start, &before] {
        out.write_all(&message.0)?;
    }
    for (stored, (head, bytes)) in graph.stored.iter().zip(&heads) {
        out.write_all(&head.0)?;
        values(stored, *bytes, take, out)?;
    }
    for message in [&after, &end] {
        out.write_all(&message.0)?;
    }
    Ok(bytes)
}

/// What comes before the values of a tensor in the graph, and the number of their bytes.
fn head(stored: &Stored) -> Option<(Message, u64)> {
    let bytes = stored.bytes().filter(|bytes| *bytes <= MAX_BYTES)?;
    let tensor = stored.head(bytes);
    let mut head = Message::default().before(5, tensor.len() + bytes);
    head.0.extend(tensor.0);
    Some((head, bytes))
}

fn values(stored: &Stored, bytes: u64, take: &mut Take<'_>, out: &mut dyn Write) -> Result<(), ExportError> {
    let sizes = match &stored.values {
        Values::Integers(numbers) => {
            return Ok(numbers.iter().try_for_each(|number| out.write_all(&number.to_le_bytes()))?);
        }
        Values::Float(number) => return Ok(out.write_all(&(*number as f32).to_le_bytes())?),
        Values::Weights(sizes) => sizes,
    };
    let numbers = take(&stored.name, sizes).map_err(ExportError::Weights)?;
    let needed = bytes / 4;
    if numbers.len() as u64 != needed {
        return Err(ExportError::Length { name: stored.name.clone(), found: numbers.len(), needed });
    }
    for part in numbers.chunks(PART) {
        let bytes: Vec<u8> = part.iter().flat_map(|number| number.to_le_bytes()).collect();
        out.write_all(&bytes)?;
    }
    Ok(())
}
