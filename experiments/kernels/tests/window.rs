//! Pooling against its definition in loops.

mod common;

use common::{Planes, SHAPES, compare, everywhere};
use kernels::{Dims, Map, Processor, Rows, Window, window};

const PLAIN: Window = Window { kernel: [3, 3], stride: [2, 2], padding: [0, 0], ceil: false, count_padding: false };

/// The size of an output, from PyTorch's documentation.
fn size(input: usize, axis: usize, window: &Window) -> usize {
    let [kernel, stride, padding] = [window.kernel[axis], window.stride[axis], window.padding[axis]].map(|x| x as f64);
    let exact = (input as f64 + 2.0 * padding - kernel) / stride;
    let mut size = if window.ceil { exact.ceil() } else { exact.floor() } + 1.0;
    if window.ceil && (size - 1.0) * stride >= input as f64 + padding {
        size -= 1.0;
    }
    size as usize
}

fn windows() -> Vec<Window> {
    let mut windows = Vec::new();
    for (kernel, stride, padding) in [
        ([1, 1], [1, 1], [0, 0]),
        ([2, 2], [2, 2], [0, 0]),
        ([3, 3], [1, 1], [1, 1]),
        ([3, 3], [2, 2], [0, 0]),
        ([3, 3], [2, 2], [1, 1]),
        ([2, 2], [3, 3], [1, 1]),
        ([5, 2], [3, 1], [2, 1]),
        ([1, 3], [2, 4], [0, 1]),
    ] {
        for ceil in [false, true] {
            for count_padding in [false, true] {
                windows.push(Window { kernel, stride, padding, ceil, count_padding });
            }
        }
    }
    windows
}

/// Calls `test` with every window in every shape that it fits.
fn each(test: impl Fn(&Planes, &Window, Dims)) {
    for shape in SHAPES {
        let input = Planes::new(shape, 3);
        for window in windows() {
            let [_, _, height, width] = shape;
            let padded = [height + 2 * window.padding[0], width + 2 * window.padding[1]];
            if padded[0] < window.kernel[0] || padded[1] < window.kernel[1] {
                continue;
            }
            let output = Dims { height: size(height, 0, &window), width: size(width, 1, &window), ..input.dims() };
            assert_eq!(window.output(input.dims()), output, "{window:?} in {shape:?}");
            test(&input, &window, output);
        }
    }
}

/// The values under a window, and the number of its pixels inside the padded map.
fn under(input: &Planes, window: &Window, [n, c, y, x]: [usize; 4]) -> (Vec<f64>, usize) {
    let [_, _, height, width] = input.shape;
    let (mut values, mut pixels) = (Vec::new(), 0);
    for i in 0..window.kernel[0] {
        for j in 0..window.kernel[1] {
            let row = (y * window.stride[0] + i) as isize - window.padding[0] as isize;
            let column = (x * window.stride[1] + j) as isize - window.padding[1] as isize;
            values.extend(input.padded(n, c, row, column).map(f64::from));
            let inside = row < (height + window.padding[0]) as isize && column < (width + window.padding[1]) as isize;
            pixels += usize::from(inside);
        }
    }
    (values, pixels)
}

#[test]
fn largest_gives_the_maximum_under_each_window() {
    each(|input, window, output| {
        let got = everywhere(input, output, &|processor, map, rows| window::largest(processor, window, map, rows));
        compare(&got, output, 0.0, |n, c, y, x| {
            under(input, window, [n, c, y, x]).0.into_iter().fold(f64::NEG_INFINITY, f64::max)
        });
    });
}

#[test]
fn mean_gives_the_mean_under_each_window() {
    each(|input, window, output| {
        let got = everywhere(input, output, &|processor, map, rows| window::mean(processor, window, map, rows));
        compare(&got, output, 1e-6, |n, c, y, x| {
            let (values, pixels) = under(input, window, [n, c, y, x]);
            let count = if window.count_padding { pixels } else { values.len() };
            values.iter().sum::<f64>() / count as f64
        });
    });
}

#[test]
fn global_mean_gives_the_mean_of_each_map() {
    for shape in SHAPES.into_iter().chain([[3, 2048, 7, 7], [1, 1000, 12, 9]]) {
        let input = Planes::new(shape, 4);
        let [images, channels, height, width] = shape;
        let output = Dims { images, height: 1, width: 1, channels };
        let got = everywhere(&input, output, &window::global_mean);
        compare(&got, output, 1e-6, |n, c, _, _| {
            let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (y, x)));
            pixels.map(|(y, x)| f64::from(input.at(n, c, y, x))).sum::<f64>() / (height * width) as f64
        });
    }
}

#[test]
fn a_window_that_would_begin_in_the_right_padding_is_dropped() {
    let window = Window { kernel: [2, 2], stride: [3, 3], padding: [1, 1], ceil: true, count_padding: false };
    let output = window.output(Dims { images: 1, height: 10, width: 11, channels: 4 });
    // A fifth row of windows would begin at 12 = 1 + 11, where only padding is left; so would a fifth column, at 12 of
    // 12.
    assert_eq!([output.height, output.width], [4, 4]);
}

#[test]
fn a_mean_does_not_count_what_is_beyond_the_padding() {
    // Rounding up adds a window over the last row or column and one beyond the padding.
    let window = Window { kernel: [2, 2], stride: [2, 2], padding: [0, 0], ceil: true, count_padding: true };
    let dims = Dims { images: 1, height: 3, width: 3, channels: 1 };
    let input = Map::new(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0], dims);
    let mut got = [0.0; 4];
    window::mean(Processor::new(), &window, input, Rows::whole(&mut got, 1));
    assert_eq!(got, [3.0, 4.5, 7.5, 9.0]);
}

#[test]
fn nan_wins_at_every_position_and_infinities_are_ordinary_values() {
    for channels in [1, 13, 16, 100] {
        for pixel in 0..9 {
            for (value, expected) in [(f32::NAN, f64::NAN), (f32::INFINITY, f64::INFINITY), (f32::NEG_INFINITY, 1.0)] {
                let mut input = Planes { shape: [1, channels, 3, 3], values: vec![1.0; channels * 9] };
                let odd = channels - 1;
                input.values[odd * 9 + pixel] = value;
                let output = Dims { images: 1, height: 1, width: 1, channels };
                let got = everywhere(&input, output, &|processor, map, rows| {
                    window::largest(processor, &PLAIN, map, rows);
                });
                compare(&got, output, 0.0, |_, c, _, _| if c == odd { expected } else { 1.0 });
                let got =
                    everywhere(&input, output, &|processor, map, rows| window::mean(processor, &PLAIN, map, rows));
                compare(&got, output, 0.0, |_, c, _, _| if c == odd { f64::from(value) } else { 1.0 });
            }
        }
    }
}

#[test]
fn the_maximum_of_minus_infinities_is_minus_infinity() {
    let input = Planes { shape: [1, 24, 5, 5], values: vec![f32::NEG_INFINITY; 24 * 25] };
    let window = Window { padding: [1, 1], ..PLAIN };
    let output = window.output(input.dims());
    let got = everywhere(&input, output, &|processor, map, rows| window::largest(processor, &window, map, rows));
    assert!(got.iter().all(|value| *value == f32::NEG_INFINITY));
}

#[test]
#[should_panic(expected = "must not be padded by 2")]
fn a_window_that_could_be_empty_is_refused() {
    let window = Window { padding: [2, 2], ..PLAIN };
    window.output(Dims { images: 1, height: 9, width: 9, channels: 1 });
}

#[test]
#[should_panic(expected = "values of the output")]
fn an_output_of_other_sizes_is_refused() {
    let dims = Dims { images: 1, height: 3, width: 3, channels: 1 };
    window::largest(Processor::new(), &PLAIN, Map::new(&[0.0; 9], dims), Rows::whole(&mut [0.0; 2], 1));
}
