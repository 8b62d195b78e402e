//! Counts what burn executes: the operation graph of every forward pass has the multiply-accumulates that the traversal of the network
//! gives. The graph is captured on a device that computes nothing, and read in its serialised form.

use burn::tensor::{Device, Tensor};
use measure::model::{Model, Operators};
use measure::weights::{WeightError, Weights};
use networks::{Layer, Network, Shape};
use serde_json::Value;

/// Tensors of zeros, since a graph has only shapes.
struct Zeros;

impl Weights for Zeros {
    fn take(&mut self, _name: &str, shape: &[usize]) -> Result<Vec<f32>, WeightError> {
        Ok(vec![0.0; shape.iter().product()])
    }

    fn finish(&mut self) -> Result<(), WeightError> {
        Ok(())
    }
}

/// The operations of one image's forward pass, each such as `{"Module": {"Conv2d": {...}}}`.
fn captured(network: &Network) -> Vec<Value> {
    let Shape::Map(channels, height, width) = network.input else { panic!("{} takes no images", network.name) };
    let device = Device::capture();
    let captured = device.capture_scope(|scope| {
        let model = Model::build(network, &mut Zeros, &device, Operators::BURN).expect("zeros have every tensor");
        let logits = model.forward(Tensor::zeros([1, channels, height, width], &device));
        assert_eq!(logits.dims(), [1, 1000]);
        scope.complete([], [])
    });
    let operations = captured.expect("one scope at a time").graph.operations;
    operations.iter().map(|operation| serde_json::to_value(operation).expect("it serialises")).collect()
}

/// The operation of a kind, for example `Module`, `Conv2d`.
fn named<'a>(operation: &'a Value, kind: &str, name: &str) -> Option<&'a Value> {
    operation.get(kind)?.get(name)
}

/// A matrix product, as which a fully connected layer is recorded: `{"Float": ["F32", {"Matmul": {...}}]}`.
fn matmul(operation: &Value) -> Option<&Value> {
    operation.get("Float")?.get(1)?.get("Matmul")
}

/// The shape of a tensor of an operation.
fn sizes(operation: &Value, tensor: &str) -> Vec<u64> {
    let shape = &operation[tensor]["shape"];
    let sizes = shape.get("dims").unwrap_or(shape).as_array().unwrap_or_else(|| panic!("{tensor} of {operation}"));
    sizes.iter().map(|size| size.as_u64().expect("a size")).collect()
}

fn product(sizes: &[u64]) -> u64 {
    sizes.iter().product()
}

/// Multiply-accumulates of an operation. Fails for a module that is not known to have none.
fn macs(operation: &Value) -> u64 {
    // [n, out, h, w] outputs, each a sum over [in / groups, kh, kw].
    if let Some(conv) = named(operation, "Module", "Conv2d") {
        return product(&sizes(conv, "out")) * product(&sizes(conv, "weight")[1..]);
    }
    // [.., n, out] outputs, each a sum over [.., in, out].
    if let Some(matmul) = matmul(operation) {
        let [.., inputs, _] = sizes(matmul, "rhs")[..] else { panic!("a product of {matmul}") };
        return product(&sizes(matmul, "out")) * inputs;
    }
    if let Some(module) = operation.get("Module").and_then(Value::as_object) {
        let free = ["BatchNorm", "LayerNorm", "AvgPool1d", "AvgPool2d", "AdaptiveAvgPool2d", "MaxPool2d"];
        assert!(module.keys().all(|name| free.contains(&name.as_str())), "{module:?}");
    }
    0
}

#[test]
fn burns_graph_has_the_multiply_accumulates_of_every_network() {
    for network in networks::all().into_iter().chain(networks::modern()) {
        let counted: u64 = captured(&network).iter().map(macs).sum();
        assert_eq!(Ok(counted), networks::macs(&network), "{}", network.name);
    }
}

#[test]
fn a_forward_pass_has_the_layers_of_its_network() {
    for network in networks::all().into_iter().chain(networks::modern()) {
        let operations = captured(&network);
        let steps = networks::shapes(&network).expect("it fits");
        let defined = |is: fn(&Layer) -> bool| steps.iter().filter(|step| is(step.layer)).count();
        let module = |name| operations.iter().filter(|operation| named(operation, "Module", name).is_some()).count();
        let matmuls = operations.iter().filter(|operation| matmul(operation).is_some()).count();
        let linear = defined(|layer| matches!(layer, Layer::Linear { .. } | Layer::Projection { .. }));
        for (name, found, defined) in [
            ("convolutions", module("Conv2d"), defined(|layer| matches!(layer, Layer::Conv(_)))),
            ("matrix products", matmuls, linear + 2 * defined(|layer| matches!(layer, Layer::Attention { .. }))),
            ("norms", module("BatchNorm"), defined(|layer| matches!(layer, Layer::Norm(_)))),
            ("maximum pools", module("MaxPool2d"), defined(|layer| matches!(layer, Layer::MaxPool(_)))),
        ] {
            assert_eq!(found, defined, "{} {name}", network.name);
        }
    }
}
