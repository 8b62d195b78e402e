//! Convolutions against their definition in loops.

mod common;

use common::{Planes, compare, everywhere, numbers};
use kernels::{After, Convolution, Dims, Geometry, Map, Processor, Rows, elementwise};

/// Square kernels with the same stride and padding in both directions.
fn square(inputs: usize, outputs: usize, kernel: usize, stride: usize, padding: usize) -> Geometry {
    Geometry {
        inputs,
        outputs,
        kernel: [kernel; 2],
        stride: [stride; 2],
        padding: [padding; 2],
        extra_padding: [0; 2],
        dilation: [1; 2],
        groups: 1,
    }
}

/// Geometries, each with the images, height and width of an input.
fn cases() -> Vec<(Geometry, [usize; 3])> {
    let plain = square(16, 24, 3, 1, 1);
    let mut cases = Vec::new();
    // Channels with every remainder, including those of images and of classes.
    for outputs in [1, 13, 16, 24, 100, 1000] {
        for inputs in [1, 3, 16, 48] {
            cases.push((square(inputs, outputs, 1, 1, 0), [1, 3, 5]));
        }
    }
    for outputs in [1, 13, 16, 24, 100] {
        for inputs in [3, 16, 48] {
            cases.push((square(inputs, outputs, 3, 1, 1), [1, 5, 4]));
        }
    }
    // Kernels of every size with strides of every size.
    for kernel in [1, 2, 3, 4, 5, 7, 11] {
        for stride in [1, 2, 3, 4] {
            for inputs in [3, 16] {
                cases.push((square(inputs, 13, kernel, stride, kernel / 2), [1, 9, 12]));
                cases.push((square(inputs, 13, kernel, stride, 0), [1, 11, 13]));
            }
        }
    }
    // Different sizes in the two directions.
    for (kernel, padding) in [([1, 7], [0, 3]), ([7, 1], [3, 0]), ([5, 1], [2, 0]), ([1, 5], [0, 2]), ([3, 2], [2, 0])]
    {
        for inputs in [3, 16] {
            cases.push((Geometry { kernel, padding, ..square(inputs, 24, 1, 1, 0) }, [2, 7, 9]));
            cases.push((Geometry { kernel, padding, stride: [1, 2], ..square(inputs, 24, 1, 1, 0) }, [1, 9, 8]));
        }
    }
    for dilation in [2, 4, 8, 16] {
        let dilated = Geometry { dilation: [dilation; 2], padding: [dilation; 2], ..plain };
        cases.push((dilated, [1, 11, 19]));
        cases.push((Geometry { inputs: 3, dilation: [1, dilation], padding: [1, dilation], ..dilated }, [1, 6, 17]));
        cases.push((Geometry { dilation: [dilation, 1], padding: [dilation, 1], ..dilated }, [2, 5, 3]));
    }
    for groups in [2, 3, 6] {
        cases.push((Geometry { groups, ..square(6, 18, 3, 1, 1) }, [2, 5, 7]));
        cases.push((Geometry { groups, ..square(48, 120, 5, 1, 2) }, [1, 4, 5]));
    }
    // More zeros below and to the right, with few and many channels.
    for inputs in [3, 70] {
        cases.push((Geometry { extra_padding: [1, 2], ..square(inputs, 24, 3, 2, 0) }, [2, 8, 7]));
        cases.push((Geometry { extra_padding: [1, 1], ..square(inputs, 24, 5, 2, 1) }, [1, 8, 8]));
    }
    // One pixel, one image and several; fully connected layers.
    for images in [1, 17] {
        cases.push((square(48, 100, 1, 1, 0), [images, 1, 1]));
        cases.push((square(16, 24, 3, 1, 1), [images, 1, 1]));
        cases.push((square(3, 24, 5, 1, 0), [images, 5, 5]));
        cases.push((Geometry::linear(300, 101), [images, 1, 1]));
    }
    // Large enough for several threads: by pixels, by outputs, by both.
    cases.push((square(16, 48, 3, 1, 1), [1, 41, 37]));
    cases.push((square(64, 1000, 3, 1, 1), [1, 4, 3]));
    cases.push((square(3, 64, 7, 2, 3), [2, 31, 33]));
    cases.push((Geometry::linear(1000, 1003), [3, 1, 1]));
    cases
}

fn input(geometry: &Geometry, [images, height, width]: [usize; 3], seed: u64) -> Planes {
    Planes::new([images, geometry.inputs, height, width], seed)
}

fn weights(geometry: &Geometry) -> Vec<f32> {
    let [height, width] = geometry.kernel;
    numbers(geometry.outputs * geometry.inputs / geometry.groups * height * width, 5)
}

/// One output: the bias and the sum over the group's channels, rows and columns inside the map.
fn expected(
    geometry: &Geometry,
    input: &Planes,
    weights: &[f32],
    bias: Option<&[f32]>,
    [n, c, y, x]: [usize; 4],
) -> f64 {
    let Geometry { inputs, outputs, kernel: [height, width], stride, padding, dilation, groups, .. } = *geometry;
    let (inputs, group) = (inputs / groups, c / (outputs / groups));
    let mut sum = bias.map_or(0.0, |bias| f64::from(bias[c]));
    for channel in 0..inputs {
        for i in 0..height {
            for j in 0..width {
                let row = (y * stride[0] + i * dilation[0]) as isize - padding[0] as isize;
                let column = (x * stride[1] + j * dilation[1]) as isize - padding[1] as isize;
                if let Some(value) = input.padded(n, group * inputs + channel, row, column) {
                    let weight = weights[((c * inputs + channel) * height + i) * width + j];
                    sum += f64::from(value) * f64::from(weight);
                }
            }
        }
    }
    sum
}

/// The number of products of one output.
fn products(geometry: &Geometry) -> usize {
    geometry.inputs / geometry.groups * geometry.kernel.iter().product::<usize>()
}

#[test]
fn each_output_is_the_sum_of_its_products() {
    for (geometry, sizes) in cases() {
        let input = input(&geometry, sizes, 6);
        let weights = weights(&geometry);
        let bias = numbers(geometry.outputs, 7);
        let bias = (geometry.outputs != 13).then_some(&bias[..]);
        let output = geometry.output(input.dims());
        let got = everywhere(&input, output, &|processor, map, rows| {
            Convolution::pack(processor, geometry, &weights, bias).run(map, rows, &[]);
        });
        // The rounding error of such sums in single precision; a wrong product would exceed it a thousand times.
        let tolerance = 1e-6 + 5e-8 * products(&geometry) as f64;
        compare(&got, output, tolerance, |n, c, y, x| expected(&geometry, &input, &weights, bias, [n, c, y, x]));
    }
}

#[test]
fn fused_steps_give_the_same_bits_as_separate_steps() {
    for (geometry, sizes) in cases() {
        let input = input(&geometry, sizes, 8);
        let weights = weights(&geometry);
        let output = geometry.output(input.dims());
        let [scale, shift, slope] = [1, 2, 3].map(|seed| numbers(geometry.outputs, seed));
        let other = numbers(output.elements(), 4);
        let after = [
            After::Affine { scale: &scale, shift: &shift },
            After::Add(&other),
            After::PRelu { slope: &slope },
            After::Relu,
        ];
        let fused = everywhere(&input, output, &|processor, map, rows| {
            Convolution::pack(processor, geometry, &weights, None).run(map, rows, &after);
        });
        let processor = Processor::new();
        let mut separate = vec![0.0; output.elements()];
        let values = input.last();
        let map = Map::new(&values, input.dims());
        Convolution::pack(processor, geometry, &weights, None).run(
            map,
            Rows::whole(&mut separate, geometry.outputs),
            &[],
        );
        for after in after {
            elementwise::run(processor, &[after], Rows::whole(&mut separate, geometry.outputs));
        }
        let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert!(bits(&fused) == bits(&separate), "{geometry:?} on {sizes:?}");
    }
}

#[test]
fn nan_and_infinities_reach_only_the_outputs_that_depend_on_them() {
    for (geometry, sizes) in [
        (square(3, 24, 3, 1, 1), [1, 9, 9]),
        (square(16, 13, 3, 2, 1), [2, 9, 9]),
        (square(48, 100, 1, 1, 0), [1, 5, 5]),
        (Geometry { groups: 2, ..square(16, 26, 3, 1, 1) }, [1, 7, 7]),
        (Geometry { dilation: [2, 2], ..square(16, 24, 3, 1, 2) }, [1, 9, 9]),
    ] {
        let weights = weights(&geometry);
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut input = input(&geometry, sizes, 9);
            let [_, channels, height, width] = input.shape;
            // One in the middle, one in a corner of the last channel.
            input.values[(height / 2) * width + width / 2] = value;
            input.values[channels * height * width - 1] = value;
            let output = geometry.output(input.dims());
            let got = everywhere(&input, output, &|processor, map, rows| {
                Convolution::pack(processor, geometry, &weights, None).run(map, rows, &[]);
            });
            compare(&got, output, 1e-4, |n, c, y, x| expected(&geometry, &input, &weights, None, [n, c, y, x]));
            assert!(got.iter().any(|value| value.is_finite()) && !got.iter().all(|value| value.is_finite()));
        }
    }
}

#[test]
fn an_empty_batch_is_accepted() {
    let geometry = square(3, 16, 3, 1, 1);
    let convolution = Convolution::pack(Processor::new(), geometry, &weights(&geometry), None);
    let input = Dims { images: 0, height: 5, width: 5, channels: 3 };
    convolution.run(Map::new(&[], input), Rows::whole(&mut [], 16), &[After::Relu]);
}

#[test]
#[should_panic(expected = "weights of")]
fn weights_of_another_size_are_refused() {
    Convolution::pack(Processor::new(), square(3, 16, 3, 1, 1), &[0.0; 9], None);
}

#[test]
#[should_panic(expected = "stride: [1, 0]")]
fn a_stride_of_zero_is_refused() {
    Convolution::pack(Processor::new(), Geometry { stride: [1, 0], ..square(3, 16, 3, 1, 1) }, &[0.0; 432], None);
}

#[test]
#[should_panic(expected = "groups of")]
fn groups_that_do_not_divide_the_channels_are_refused() {
    Convolution::pack(Processor::new(), Geometry { groups: 2, ..square(3, 16, 3, 1, 1) }, &[0.0; 432], None);
}

#[test]
#[should_panic(expected = "channels of the input")]
fn an_input_of_other_channels_is_refused() {
    let convolution = Convolution::pack(Processor::new(), square(3, 16, 1, 1, 0), &[0.0; 48], None);
    let dims = Dims { images: 1, height: 1, width: 1, channels: 4 };
    convolution.run(Map::new(&[0.0; 4], dims), Rows::whole(&mut [0.0; 16], 16), &[]);
}

#[test]
#[should_panic(expected = "values of an added map")]
fn an_added_map_of_another_size_is_refused() {
    let convolution = Convolution::pack(Processor::new(), square(3, 16, 1, 1, 0), &[0.0; 48], None);
    let dims = Dims { images: 1, height: 1, width: 1, channels: 3 };
    convolution.run(Map::new(&[0.0; 3], dims), Rows::whole(&mut [0.0; 16], 16), &[After::Add(&[0.0; 15])]);
}

#[test]
#[should_panic(expected = "a kernel of 7 does not fit into a padded input of 6")]
fn a_kernel_larger_than_the_padded_input_is_refused() {
    square(3, 16, 7, 1, 1).output(Dims { images: 1, height: 4, width: 9, channels: 3 });
}
