//! Maps `[n, c, h, w]` of pseudo-random values for the tests, and the runs that must give the same bits.
#![allow(dead_code)]

use kernels::{Dims, Map, Processor, Rows};

/// Images, channels, height, width.
pub type Shape = [usize; 4];

/// A map in the order of the definitions.
#[derive(Clone, Debug, PartialEq)]
pub struct Planes {
    pub shape: Shape,
    pub values: Vec<f32>,
}

impl Planes {
    /// Values from -1 to 1, determined by `seed`.
    pub fn new(shape: Shape, seed: u64) -> Self {
        Self { shape, values: numbers(shape.iter().product(), seed) }
    }

    pub fn at(&self, n: usize, c: usize, y: usize, x: usize) -> f32 {
        let [_, channels, height, width] = self.shape;
        self.values[((n * channels + c) * height + y) * width + x]
    }

    /// `None` beyond the edges.
    pub fn padded(&self, n: usize, c: usize, y: isize, x: isize) -> Option<f32> {
        let [_, _, height, width] = self.shape;
        let inside = y >= 0 && x >= 0 && (y as usize) < height && (x as usize) < width;
        inside.then(|| self.at(n, c, y as usize, x as usize))
    }

    pub fn dims(&self) -> Dims {
        let [images, channels, height, width] = self.shape;
        Dims { images, height, width, channels }
    }

    /// Channels last.
    pub fn last(&self) -> Vec<f32> {
        let [images, channels, height, width] = self.shape;
        let mut values = Vec::with_capacity(self.values.len());
        for n in 0..images {
            for y in 0..height {
                for x in 0..width {
                    values.extend((0..channels).map(|c| self.at(n, c, y, x)));
                }
            }
        }
        values
    }
}

/// Values from -1 to 1 from the upper bits of a linear congruential generator, so that the tests need no dependency.
pub fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1);
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// A call of a kernel.
pub type Kernel<'a> = dyn Fn(Processor, Map<'_>, Rows<'_>) + Sync + 'a;

/// Runs a kernel on every processor and with 1, 2 and 5 threads, into whole rows and into some channels of wider rows.
/// All runs must give the same bits and must not change the other channels. Returns `[pixels, channels]`.
pub fn everywhere(input: &Planes, output: Dims, kernel: &Kernel<'_>) -> Vec<f32> {
    let values = input.last();
    let map = Map::new(&values, input.dims());
    let mut first: Option<Vec<f32>> = None;
    for processor in Processor::all() {
        for threads in [1, 2, 5] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            for [before, behind] in [[0, 0], [3, 2]] {
                let stride = before + output.channels + behind;
                // The kernel must overwrite every value of its channels and no other.
                let mut rows = vec![f32::MAX; output.pixels() * stride];
                pool.install(|| {
                    let rows = Rows { values: &mut rows, stride, first: before, channels: output.channels };
                    kernel(processor, map, rows);
                });
                let mut written = Vec::new();
                for row in rows.chunks(stride.max(1)) {
                    let (left, row) = row.split_at(before);
                    let (middle, right) = row.split_at(output.channels);
                    assert!(left.iter().chain(right).all(|other| *other == f32::MAX), "other channels were written");
                    written.extend_from_slice(middle);
                }
                let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
                let first = first.get_or_insert_with(|| written.clone());
                assert!(
                    bits(first) == bits(&written),
                    "other bits with {} on {threads} threads, stride {stride}",
                    processor.name()
                );
            }
        }
    }
    first.expect("at least one processor")
}

/// Compares `[pixels, channels]` with `expected(image, channel, row, column)`.
pub fn compare(got: &[f32], dims: Dims, tolerance: f64, expected: impl Fn(usize, usize, usize, usize) -> f64) {
    let Dims { images, height, width, channels } = dims;
    assert_eq!(got.len(), images * height * width * channels);
    for n in 0..images {
        for y in 0..height {
            for x in 0..width {
                for c in 0..channels {
                    let got = f64::from(got[((n * height + y) * width + x) * channels + c]);
                    let expected = expected(n, c, y, x);
                    let same = got == expected
                        || (got.is_nan() && expected.is_nan())
                        || (got - expected).abs() <= tolerance * expected.abs().max(1.0);
                    assert!(
                        same,
                        "{got} instead of {expected} at image {n}, channel {c}, row {y}, column {x} of {dims:?}"
                    );
                }
            }
        }
    }
}

/// Odd sizes, one pixel, one image and several, few and many channels; the last ones are large enough for several
/// threads.
pub const SHAPES: [Shape; 9] = [
    [1, 1, 1, 1],
    [1, 3, 5, 7],
    [17, 13, 3, 5],
    [2, 16, 7, 1],
    [1, 24, 9, 11],
    [17, 100, 1, 1],
    [2, 100, 13, 17],
    [3, 13, 31, 33],
    [1, 67, 29, 23],
];
