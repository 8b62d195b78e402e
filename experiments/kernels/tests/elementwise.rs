//! Elementwise steps against their definitions.

mod common;

use common::{Planes, SHAPES, compare, everywhere, numbers};
use kernels::{After, Dims, Function, Map, Processor, Rows, elementwise};

/// One value after all steps.
fn expected(after: &[After<'_>], dims: Dims, [n, c, y, x]: [usize; 4], value: f32) -> f64 {
    let pixel = (n * dims.height + y) * dims.width + x;
    let step = |value: f32, after: &After<'_>| match after {
        After::Affine { scale, shift } => value * scale[c] + shift[c],
        After::Relu if value < 0.0 => 0.0,
        After::Relu => value,
        After::PRelu { slope } if value <= 0.0 => value * slope[c],
        After::PRelu { .. } => value,
        After::Function(_) => unreachable!("functions have a test of their own"),
        After::Add(other) => value + other[pixel * dims.channels + c],
        After::Multiply { factors, .. } => value * factors[n * dims.channels + c],
    };
    f64::from(after.iter().fold(value, step))
}

/// Calls `test` with no step, with each single step and with some sequences.
fn each_list(dims: Dims, test: impl Fn(&[After<'_>])) {
    let [scale, shift, slope] = [1, 2, 3].map(|seed| numbers(dims.channels, seed));
    let other = numbers(dims.elements(), 4);
    let affine = After::Affine { scale: &scale, shift: &shift };
    let factors = numbers(dims.images * dims.channels, 5);
    let multiply = After::Multiply { factors: &factors, pixels: dims.height * dims.width };
    let (prelu, add) = (After::PRelu { slope: &slope }, After::Add(&other));
    for list in [
        &[][..],
        &[affine],
        &[After::Relu],
        &[prelu],
        &[add],
        &[multiply],
        &[add, After::Relu],
        &[affine, add, After::Relu, prelu],
        &[multiply, affine, add],
    ] {
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

/// The distribution function of the normal distribution, by the series of Formula 26.2.10 of Abramowitz and Stegun.
fn normal(x: f64) -> f64 {
    let mut term = x;
    let mut sum = x;
    for k in 1..200 {
        term *= -x * x / (2.0 * f64::from(k));
        sum += term / f64::from(2 * k + 1);
    }
    0.5 + sum / (2.0 * std::f64::consts::PI).sqrt()
}

#[test]
fn functions_follow_their_definitions() {
    let mut input = Planes::new([1, 67, 29, 23], 10);
    input.values.iter_mut().for_each(|value| *value *= 6.5);
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let hard = |x: f64| (x + 3.0).clamp(0.0, 6.0) / 6.0;
    let functions: [(Function, &dyn Fn(f64) -> f64); 6] = [
        (Function::Relu6, &|x| x.clamp(0.0, 6.0)),
        (Function::HardSigmoid, &hard),
        (Function::HardSwish, &|x| x * hard(x)),
        (Function::Sigmoid, &sigmoid),
        (Function::Silu, &|x| x * sigmoid(x)),
        (Function::Gelu, &|x| x * normal(x)),
    ];
    for (function, expected) in functions {
        let got = everywhere(&input, input.dims(), &|processor, map, rows| {
            elementwise::copy(processor, map, rows, &[After::Function(function)]);
        });
        compare(&got, input.dims(), 1e-6, |n, c, y, x| expected(f64::from(input.at(n, c, y, x))));
        // Far from zero; NaN stays NaN.
        let mut far = [-1e30, -100.0, -88.0, 88.0, 100.0, 1e30, f32::NAN];
        elementwise::run(Processor::new(), &[After::Function(function)], Rows::whole(&mut far, 7));
        let upper = |x: f64| match function {
            Function::Relu6 => 6.0,
            Function::HardSigmoid | Function::Sigmoid => 1.0,
            Function::HardSwish | Function::Silu | Function::Gelu => x,
        };
        for (got, x) in far[3..6].iter().zip([88.0, 100.0, 1e30]) {
            assert!((f64::from(*got) / upper(x) - 1.0).abs() < 1e-6, "{function:?} of {x}: {got}");
        }
        assert!(far[..3].iter().all(|value| value.abs() < 1e-7), "{function:?}: {far:?}");
        assert!(far[6].is_nan(), "{function:?}");
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
