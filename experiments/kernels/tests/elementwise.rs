//! Elementwise steps against their definitions.

mod common;

use common::{Planes, SHAPES, compare, everywhere, numbers};
use kernels::{After, Dims, Map, Processor, Rows, elementwise};

/// One value after all steps.
fn expected(after: &[After<'_>], dims: Dims, [n, c, y, x]: [usize; 4], value: f32) -> f64 {
    let pixel = (n * dims.height + y) * dims.width + x;
    let step = |value: f32, after: &After<'_>| match after {
        After::Affine { scale, shift } => value * scale[c] + shift[c],
        After::Relu if value < 0.0 => 0.0,
        After::Relu => value,
        After::PRelu { slope } if value <= 0.0 => value * slope[c],
        After::PRelu { .. } => value,
        After::Add(other) => value + other[pixel * dims.channels + c],
    };
    f64::from(after.iter().fold(value, step))
}

/// Calls `test` with no step, with each single step and with some sequences.
fn each_list(dims: Dims, test: impl Fn(&[After<'_>])) {
    let [scale, shift, slope] = [1, 2, 3].map(|seed| numbers(dims.channels, seed));
    let other = numbers(dims.elements(), 4);
    let affine = After::Affine { scale: &scale, shift: &shift };
    let (prelu, add) = (After::PRelu { slope: &slope }, After::Add(&other));
    for list in
        [&[][..], &[affine], &[After::Relu], &[prelu], &[add], &[add, After::Relu], &[affine, add, After::Relu, prelu]]
    {
        test(list);
    }
}

#[test]
fn a_copy_is_followed_by_all_steps_in_order() {
    for shape in SHAPES {
        let input = Planes::new(shape, 7);
        let dims = input.dims();
        each_list(dims, |after| {
            let got = everywhere(&input, dims, &|processor, map, rows| elementwise::copy(processor, map, rows, after));
            compare(&got, dims, 0.0, |n, c, y, x| expected(after, dims, [n, c, y, x], input.at(n, c, y, x)));
        });
    }
}

#[test]
fn steps_in_place_give_the_same_as_steps_after_a_copy() {
    for shape in SHAPES {
        let input = Planes::new(shape, 8);
        let dims = input.dims();
        each_list(dims, |after| {
            let got = everywhere(&input, dims, &|processor, map, rows| {
                let Rows { values, stride, first, channels } = rows;
                elementwise::copy(processor, map, Rows { values, stride, first, channels }, &[]);
                elementwise::run(processor, after, Rows { values, stride, first, channels });
            });
            compare(&got, dims, 0.0, |n, c, y, x| expected(after, dims, [n, c, y, x], input.at(n, c, y, x)));
        });
    }
}

#[test]
fn zero_writes_zeros_into_its_channels_only() {
    let input = Planes::new([2, 13, 31, 33], 9);
    let got = everywhere(&input, input.dims(), &|_, _, rows| elementwise::zero(rows));
    assert!(got.iter().all(|value| *value == 0.0));
}

#[test]
fn nan_and_infinities_are_preserved() {
    let values = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -1.0, 2.0].repeat(5);
    let relu = [f64::NAN, f64::INFINITY, 0.0, 0.0, 2.0].repeat(5);
    let prelu = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.5, 2.0].repeat(5);
    let dims = Dims { images: 1, height: 1, width: 1, channels: 25 };
    let slope = [0.5; 25];
    for processor in Processor::all() {
        for (after, expected) in [(After::Relu, &relu), (After::PRelu { slope: &slope }, &prelu)] {
            let mut got = values.clone();
            elementwise::run(processor, &[after], Rows::whole(&mut got, 25));
            compare(&got, dims, 0.0, |_, c, _, _| expected[c]);
        }
        let zeros = [0.0; 25];
        let mut got = values.clone();
        elementwise::run(processor, &[After::Affine { scale: &zeros, shift: &zeros }], Rows::whole(&mut got, 25));
        compare(&got, dims, 0.0, |_, c, _, _| if values[c].is_finite() { 0.0 } else { f64::NAN });
    }
}

#[test]
fn an_empty_batch_is_accepted() {
    let dims = Dims { images: 0, height: 5, width: 5, channels: 3 };
    elementwise::run(Processor::new(), &[After::Relu], Rows::whole(&mut [], 3));
    elementwise::copy(Processor::new(), Map::new(&[], dims), Rows::whole(&mut [], 3), &[After::Relu]);
    elementwise::zero(Rows::whole(&mut [], 3));
}

#[test]
#[should_panic(expected = "values of a normalisation")]
fn a_normalisation_of_other_channels_is_refused() {
    let after = After::Affine { scale: &[1.0; 3], shift: &[1.0; 2] };
    elementwise::run(Processor::new(), &[after], Rows::whole(&mut [0.0; 6], 3));
}

#[test]
#[should_panic(expected = "values of an added map")]
fn an_added_map_of_another_size_is_refused() {
    elementwise::run(Processor::new(), &[After::Add(&[1.0; 5])], Rows::whole(&mut [0.0; 6], 3));
}
