//! The bytes of a file, read by field numbers of `onnx.proto` and nothing else.

use std::collections::BTreeSet;

use networks::{Layer, Lrn, Named, Network, Shape};
use onnx::{ExportError, write};

/// A message as its fields: numbers, and the content of each.
struct Message<'a>(Vec<(u64, Field<'a>)>);

enum Field<'a> {
    Number(u64),
    Float(f32),
    Bytes(&'a [u8]),
}

impl<'a> Message<'a> {
    fn read(mut bytes: &'a [u8]) -> Self {
        let mut fields = Vec::new();
        while !bytes.is_empty() {
            let tag = varint(&mut bytes);
            let field = match tag & 7 {
                0 => Field::Number(varint(&mut bytes)),
                2 => {
                    let length = usize::try_from(varint(&mut bytes)).expect("a length");
                    Field::Bytes(bytes.split_off(..length).expect("a field within its message"))
                }
                5 => {
                    let float = bytes.split_off(..4).expect("four bytes");
                    Field::Float(f32::from_le_bytes(float.try_into().expect("four")))
                }
                other => panic!("field {} has wire type {other}", tag >> 3),
            };
            fields.push((tag >> 3, field));
        }
        Self(fields)
    }

    fn all<T>(&self, number: u64, get: impl Fn(&Field<'a>) -> Option<T>) -> Vec<T> {
        self.0.iter().filter(|(field, _)| *field == number).filter_map(|(_, field)| get(field)).collect()
    }

    fn numbers(&self, number: u64) -> Vec<u64> {
        self.all(number, |field| if let Field::Number(value) = field { Some(*value) } else { None })
    }

    fn floats(&self, number: u64) -> Vec<f32> {
        self.all(number, |field| if let Field::Float(value) = field { Some(*value) } else { None })
    }

    fn bytes(&self, number: u64) -> Vec<&'a [u8]> {
        self.all(number, |field| if let Field::Bytes(bytes) = field { Some(*bytes) } else { None })
    }

    fn messages(&self, number: u64) -> Vec<Self> {
        self.bytes(number).into_iter().map(Self::read).collect()
    }

    fn texts(&self, number: u64) -> Vec<&'a str> {
        self.bytes(number).into_iter().map(|bytes| std::str::from_utf8(bytes).expect("UTF-8")).collect()
    }

    /// The only message in this field.
    fn message(&self, number: u64) -> Self {
        let [bytes] = self.bytes(number)[..] else { panic!("field {number} is there once") };
        Self::read(bytes)
    }
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.split_off_first().expect("a number within its message");
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return value;
        }
    }
    panic!("a number of more than ten bytes")
}

/// The name of a `ValueInfoProto`, and its sizes after the number of images, which must be `n`.
fn typed<'a>(value: &Message<'a>) -> (&'a str, Vec<u64>) {
    let tensor = value.message(2).message(1);
    assert_eq!(tensor.numbers(1), [1], "32-bit floating point");
    let sizes = tensor.message(2).messages(1);
    assert_eq!(sizes[0].texts(2), ["n"]);
    (value.texts(1)[0], sizes[1..].iter().map(|size| size.numbers(1)[0]).collect())
}

fn sizes(shape: Shape) -> Vec<u64> {
    match shape {
        Shape::Map(channels, height, width) => [channels, height, width].map(|size| size as u64).to_vec(),
        Shape::Vector(features) => vec![features as u64],
    }
}

/// The file of a network whose weights are all 0.5.
fn file(network: &Network) -> Result<Vec<u8>, ExportError> {
    let mut bytes = Vec::new();
    let mut take = |_: &str, sizes: &[usize]| Ok(vec![0.5; sizes.iter().product()]);
    let written = write(network, &[("weights", "all 0.5")], &mut take, &mut bytes)?;
    assert_eq!(written, bytes.len() as u64);
    Ok(bytes)
}

fn sample(input: Shape, layers: Vec<(&str, Layer)>) -> Network {
    let layers = layers.into_iter().map(|(name, layer)| Named { name: name.to_owned(), layer }).collect();
    Network { name: "sample", title: "Sample", family: networks::Family::Vgg, reference: "a table", input, layers }
}

#[test]
fn every_node_reads_what_is_already_computed_or_stored_and_everything_stored_is_read() {
    for network in networks::all().into_iter().chain(networks::modern()) {
        let tensors = networks::tensors(&network).expect("valid");
        let elements: u64 = tensors.iter().filter_map(networks::Tensor::elements).sum();
        // Larger files are read by other programs, in tests/onnx.sh.
        if elements > 30_000_000 {
            continue;
        }
        let bytes = file(&network).expect("it can be written");
        let model = Message::read(&bytes);
        assert_eq!((model.numbers(1), model.message(8).numbers(2)), (vec![8], vec![17]));
        assert_eq!((model.message(14).texts(1), model.message(14).texts(2)), (vec!["weights"], vec!["all 0.5"]));
        let graph = model.message(7);
        assert_eq!(graph.texts(2), [network.name]);
        assert_eq!(typed(&graph.message(11)), ("input", sizes(network.input)));
        assert_eq!(typed(&graph.message(12)), ("logits", vec![1000]));

        let stored = graph.messages(5);
        let mut values = BTreeSet::from(["input"]);
        for tensor in &stored {
            let elements: u64 = tensor.numbers(1).iter().product();
            let width = if tensor.numbers(2) == [1] { 4 } else { 8 };
            assert_eq!(tensor.bytes(9)[0].len() as u64, elements * width);
            assert!(values.insert(tensor.texts(8)[0]), "{} is stored once", tensor.texts(8)[0]);
        }
        // Other numbers belong to a layer and have no sizes.
        let is_weight = |tensor: &&Message<'_>| tensor.numbers(2) == [1] && !tensor.numbers(1).is_empty();
        let weights: Vec<&str> = stored.iter().filter(is_weight).map(|tensor| tensor.texts(8)[0]).collect();
        assert_eq!(weights, tensors.iter().map(|tensor| tensor.name.as_str()).collect::<Vec<_>>());
        let mut read = BTreeSet::new();
        for node in graph.messages(1) {
            for input in node.texts(1) {
                assert!(values.contains(input), "{}: {input} is not computed yet", network.name);
                read.insert(input);
            }
            assert!(values.insert(node.texts(2)[0]));
        }
        values.remove("logits");
        assert_eq!(read, values, "{}", network.name);

        let shapes = networks::shapes(&network).expect("valid");
        for (name, found) in graph.messages(13).iter().map(typed) {
            let find = |name: &str| shapes.iter().find(|step| step.name == name);
            let step = find(name).or_else(|| find(name.strip_suffix(".output")?)).expect("a layer");
            assert_eq!(found, sizes(step.output), "{name}");
        }
    }
}

#[test]
fn numbers_are_little_endian_and_constants_those_of_the_layers() {
    let lrn = Lrn { size: 5, alpha: 1e-4, beta: 0.75, k: 2.0 };
    let layers = vec![("norm1", Layer::Lrn(lrn)), ("act", Layer::PRelu { channels: 2 }), ("flat", Layer::Flatten)];
    let bytes = file(&sample(Shape::Map(2, 1, 1), layers)).expect("it can be written");
    let graph = Message::read(&bytes).message(7);
    let [norm, ..] = &graph.messages(1)[..] else { panic!("three nodes") };
    assert_eq!(norm.texts(4), ["LRN"]);
    let attributes = norm.messages(5);
    let named = |name: &str| attributes.iter().find(|attribute| attribute.texts(1) == [name]).expect(name);
    assert_eq!((named("size").numbers(3), named("bias").floats(2)), (vec![5], vec![2.0]));
    assert_eq!((named("alpha").floats(2), named("beta").floats(2)), (vec![1e-4], vec![0.75]));
    let slopes = &graph.messages(5)[0];
    assert_eq!((slopes.numbers(1), slopes.bytes(9)), (vec![2, 1, 1], vec![&[0, 0, 0, 0x3f, 0, 0, 0, 0x3f][..]]));
}

#[test]
fn what_onnx_excludes_is_an_error_and_nothing_is_written() {
    let lrn = |size| vec![("norm1", Layer::Lrn(Lrn { size, alpha: 1.0, beta: 1.0, k: 1.0 })), ("flat", Layer::Flatten)];
    let even = file(&sample(Shape::Map(2, 1, 1), lrn(4))).expect_err("four is even");
    assert!(even.to_string().starts_with("layer norm1: "), "{even}");
    let twice = sample(Shape::Map(2, 1, 1), vec![("a", Layer::Relu), ("a", Layer::Relu), ("b", Layer::Flatten)]);
    assert!(matches!(file(&twice), Err(ExportError::Twice(name)) if name == "a"));

    // 2.2 GB of weights, which are never asked for.
    let wide = sample(Shape::Vector(23_500), vec![("fc", Layer::Linear { inputs: 23_500, outputs: 23_500 })]);
    let mut out = Vec::new();
    let error = write(&wide, &[], &mut |_, _| panic!("no weight is needed"), &mut out).expect_err("it is too large");
    assert!(matches!(error, ExportError::TooLarge { bytes, .. } if bytes > 2_200_000_000), "{error}");
    assert!(out.is_empty());

    let few = sample(Shape::Vector(2), vec![("fc", Layer::Linear { inputs: 2, outputs: 2 })]);
    let error = write(&few, &[], &mut |_, _| Ok(vec![1.0; 3]), &mut out).expect_err("three numbers are too few");
    assert_eq!(error.to_string(), "tensor `fc.weight` has 3 values, expected 4");
}
