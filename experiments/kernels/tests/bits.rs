//! The bits of each kernel's results are the same on every processor. The constants were computed on one processor, and
//! must be reproduced on processors of other families.

mod common;

use common::{Planes, everywhere, numbers};
use kernels::{
    After, Convolution, Depthwise, Dims, Function, Geometry, LayerNorm, Map, Processor, Response, Rows, Window,
};
use kernels::{attention, elementwise, response, window};

/// FNV-1a over all bits.
fn hash(values: &[f32]) -> u64 {
    let bytes = values.iter().flat_map(|value| value.to_bits().to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn check(
    name: &str,
    expected: u64,
    input: &Planes,
    output: Dims,
    kernel: &(dyn Fn(Processor, Map<'_>, Rows<'_>) + Sync),
) {
    let got = hash(&everywhere(input, output, kernel));
    assert!(got == expected, "{name}: {got:#018x} instead of {expected:#018x}");
}

#[test]
fn the_results_have_the_bits_of_other_processors() {
    let input = Planes::new([2, 48, 19, 17], 1);
    let dims = input.dims();
    let [scale, shift, slope] = [2, 3, 4].map(|seed| numbers(48, seed));
    let other = numbers(dims.elements(), 5);
    let after = [
        After::Affine { scale: &scale, shift: &shift },
        After::PRelu { slope: &slope },
        After::Add(&other),
        After::Relu,
    ];
    check("elementwise", 0x591b_94e1_0245_f2e3, &input, dims, &|processor, map, rows| {
        elementwise::copy(processor, map, rows, &after);
    });

    let size = Window { kernel: [3, 3], stride: [2, 2], padding: [1, 1], ceil: true, count_padding: false };
    check("largest", 0xd6cc_d29e_9b88_53db, &input, size.output(dims), &|processor, map, rows| {
        window::largest(processor, &size, map, rows);
    });
    check("mean", 0xb97a_6f66_c7b9_2864, &input, size.output(dims), &|processor, map, rows| {
        window::mean(processor, &size, map, rows);
    });
    check("mean of maps", 0x1d11_e5e3_4c28_d679, &input, Dims { height: 1, width: 1, ..dims }, &window::global_mean);

    let lrn = Response { size: 5, alpha: 1.0, beta: 0.75, k: 1.0 };
    check("response", 0xf738_0e79_9004_ef87, &input, dims, &|processor, map, rows| {
        response::normalise(processor, &lrn, map, rows);
    });

    let functions = [Function::Gelu, Function::Silu, Function::Sigmoid, Function::HardSwish].map(After::Function);
    check("functions", 0xf276_a517_ca0b_e1d9, &input, dims, &|processor, map, rows| {
        elementwise::copy(processor, map, rows, &functions);
    });
    let norm = LayerNorm { weight: scale.clone(), bias: shift.clone(), eps: 1e-6 };
    check("layer normalisation", 0x67f5_db69_4c2f_67d0, &input, dims, &|processor, map, rows| {
        norm.run(processor, map, rows)
    });
    let heads = Dims { channels: 16, ..dims };
    check("attention", 0x4c3c_15d1_f35e_6189, &input, heads, &|processor, map, rows| {
        attention::attend(processor, 2, map, rows)
    });
    let by_channel =
        Geometry { kernel: [5, 3], stride: [2, 1], padding: [2, 1], groups: 48, ..Geometry::linear(48, 48) };
    let weights = numbers(48 * 15, 10);
    check("depthwise convolution", 0x7023_e000_31e6_2172, &input, by_channel.output(dims), &|processor, map, rows| {
        Depthwise::pack(processor, by_channel, &weights, Some(&shift)).run(map, rows, &[]);
    });

    let geometry = Geometry {
        inputs: 48,
        outputs: 100,
        kernel: [3, 5],
        stride: [2, 1],
        padding: [1, 2],
        extra_padding: [0, 0],
        dilation: [1, 2],
        groups: 2,
    };
    let weights = numbers(100 * 24 * 15, 6);
    let bias = numbers(100, 7);
    check("convolution", 0xcdd4_3050_8afd_f900, &input, geometry.output(dims), &|processor, map, rows| {
        Convolution::pack(processor, geometry, &weights, Some(&bias)).run(map, rows, &[]);
    });
    let images = Planes::new([2, 3, 31, 29], 8);
    let geometry = Geometry {
        inputs: 3,
        kernel: [7, 7],
        stride: [2, 2],
        padding: [3, 3],
        dilation: [1, 1],
        groups: 1,
        ..geometry
    };
    let weights = numbers(100 * 3 * 49, 9);
    check(
        "convolution of images",
        0x73c5_84f3_104c_9fdf,
        &images,
        geometry.output(images.dims()),
        &|processor, map, rows| {
            Convolution::pack(processor, geometry, &weights, None).run(map, rows, &[]);
        },
    );
}
