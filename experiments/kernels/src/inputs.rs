//! Where the taps of a convolution read its input. Instead of copying what each place sees, as is often done to make one product of
//! matrices of a convolution, only its address is kept: M. Dukhan, "The Indirect Convolution Algorithm", 2019, arXiv:1907.02129.

use std::ops::Range;

use crate::{Dims, Geometry, Map};

/// What the taps of some places read.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// For each tap, where the input of each place begins, in the values of the input with the edges behind them: `[tap][place]`.
    pub offsets: Vec<u32>,
    /// A run of zeros for the taps that lie outside, and a copy of each run that does in part.
    pub edges: Vec<f32>,
}

impl Inputs {
    /// Of the places `places` of the output, whose sizes are `dims`. `input` has at most [`Dims::MAX`] numbers, and the places of a part
    /// are so few that what they read at the edges has far less: together 32 bits are enough.
    pub fn of(geometry: &Geometry, input: Map<'_>, dims: Dims, places: Range<usize>) -> Self {
        let [taps, run] = geometry.taps();
        // Columns of a run, and runs of a kernel's row.
        let columns = if geometry.reads_rows() { geometry.kernel[1] } else { 1 };
        let runs = taps / geometry.kernel[0];
        let Dims { height, width, channels, .. } = input.dims;
        let end = input.values.len();
        let mut edges = vec![0.0; run * geometry.groups];
        let mut offsets = vec![end as u32; taps * places.len()];
        for (tap, offsets) in offsets.chunks_exact_mut(places.len()).enumerate() {
            let down = tap / runs * geometry.dilation[0];
            let right = tap % runs * geometry.dilation[1];
            // The line of the input that a row of places reads, counted over all images; none outside of the map.
            let line = |row: usize| {
                let (image, y) = (row / dims.height, row % dims.height * geometry.stride[0] + down);
                y.checked_sub(geometry.padding[0]).filter(|y| *y < height).map(|y| (image * height + y) * width)
            };
            let (mut row, mut column) = (places.start / dims.width, places.start % dims.width);
            let mut of_row = line(row);
            for offset in offsets {
                // The columns from `from` on, of which the first `before` lie to the left of the map.
                let from = column * geometry.stride[1] + right;
                if let Some(line) = of_row {
                    match from.checked_sub(geometry.padding[1]) {
                        Some(x) if x + columns <= width => *offset = ((line + x) * channels) as u32,
                        _ => {
                            let before = geometry.padding[1].saturating_sub(from);
                            let x = from.saturating_sub(geometry.padding[1]);
                            let inside = width.saturating_sub(x).min(columns.saturating_sub(before));
                            if inside > 0 {
                                let at = edges.len();
                                edges.resize(at + run, 0.0);
                                edges[at + before * channels..][..inside * channels]
                                    .copy_from_slice(&input.values[(line + x) * channels..][..inside * channels]);
                                *offset = (end + at) as u32;
                            }
                        }
                    }
                }
                column += 1;
                if column == dims.width {
                    (row, column) = (row + 1, 0);
                    of_row = line(row);
                }
            }
        }
        Self { offsets, edges }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run of numbers that a tap reads, by their definition, and how many of its places lie within the map.
    fn expected(geometry: &Geometry, input: Map<'_>, output: Dims, tap: usize, place: usize) -> (Vec<f32>, usize) {
        let Dims { height, width, channels, .. } = input.dims;
        let (image, row, column) =
            (place / (output.height * output.width), place / output.width % output.height, place % output.width);
        let [_, kernel_width] = geometry.kernel;
        // The kernel's row and columns.
        let (down, columns) = match geometry.reads_rows() {
            true => (tap, 0..kernel_width),
            false => (tap / kernel_width, tap % kernel_width..tap % kernel_width + 1),
        };
        let (mut run, mut inside) = (Vec::new(), 0);
        for right in columns {
            let y = (row * geometry.stride[0] + down * geometry.dilation[0]).checked_sub(geometry.padding[0]);
            let x = (column * geometry.stride[1] + right * geometry.dilation[1]).checked_sub(geometry.padding[1]);
            match (y.filter(|y| *y < height), x.filter(|x| *x < width)) {
                (Some(y), Some(x)) => {
                    let begin = ((image * height + y) * width + x) * channels;
                    run.extend_from_slice(&input.values[begin..begin + channels]);
                    inside += 1;
                }
                _ => run.extend(vec![0.0; channels]),
            }
        }
        (run, inside)
    }

    /// Of few and of many channels, with edges on every side or on none, wider than the map, in groups, with holes; and the input's height
    /// and width.
    fn cases() -> Vec<(Geometry, [usize; 2])> {
        let square = |inputs, kernel, stride, padding| Geometry {
            kernel: [kernel; 2],
            stride: [stride; 2],
            padding: [padding; 2],
            ..Geometry::linear(inputs, 6)
        };
        vec![
            (square(3, 3, 1, 1), [5, 4]),
            (square(3, 7, 2, 3), [9, 11]),
            (square(3, 5, 1, 2), [3, 1]),
            (square(2, 3, 1, 4), [2, 2]),
            (square(3, 3, 2, 0), [7, 8]),
            (square(3, 1, 2, 0), [5, 5]),
            (square(100, 3, 1, 1), [4, 3]),
            (square(100, 3, 3, 0), [7, 6]),
            (Geometry { groups: 2, ..square(4, 3, 1, 1) }, [4, 5]),
            (Geometry { dilation: [2, 2], ..square(3, 3, 1, 2) }, [6, 5]),
            (Geometry { dilation: [4, 1], ..square(3, 3, 1, 4) }, [6, 5]),
            (Geometry { kernel: [1, 7], padding: [0, 3], ..square(5, 1, 1, 0) }, [2, 9]),
        ]
    }

    /// Calls `test` with the inputs of all places and of those of a part.
    fn each(test: impl Fn(&Geometry, Map<'_>, Dims, Range<usize>, &Inputs)) {
        for (geometry, [height, width]) in cases() {
            let sizes = Dims { images: 2, height, width, channels: geometry.inputs };
            let values: Vec<f32> = (0..sizes.elements()).map(|number| number as f32 + 1.0).collect();
            let input = Map::new(&values, sizes);
            let output = geometry.output(sizes);
            let all = output.places();
            for places in [0..all, all / 3..all / 2 + 1] {
                test(&geometry, input, output, places.clone(), &Inputs::of(&geometry, input, output, places));
            }
        }
    }

    #[test]
    fn each_tap_reads_the_numbers_under_it_and_zeros_beyond_the_edges() {
        each(|geometry, input, output, places, inputs| {
            let [taps, _] = geometry.taps();
            let all = [input.values, &inputs.edges].concat();
            assert_eq!(inputs.offsets.len(), taps * places.len());
            for tap in 0..taps {
                for (place, offset) in places.clone().zip(&inputs.offsets[tap * places.len()..]) {
                    let (run, _) = expected(geometry, input, output, tap, place);
                    assert_eq!(all[*offset as usize..][..run.len()], run, "tap {tap} at place {place} of {geometry:?}");
                }
            }
        });
    }

    #[test]
    fn only_runs_that_lie_outside_in_part_are_copied() {
        each(|geometry, input, output, places, inputs| {
            let [taps, run] = geometry.taps();
            let (end, zeros) = (input.values.len(), run * geometry.groups);
            let columns = if geometry.reads_rows() { geometry.kernel[1] } else { 1 };
            let mut copied = 0;
            for tap in 0..taps {
                for (place, offset) in places.clone().zip(&inputs.offsets[tap * places.len()..]) {
                    let offset = *offset as usize;
                    let (_, inside) = expected(geometry, input, output, tap, place);
                    match inside {
                        0 => assert_eq!(offset, end, "the zeros"),
                        _ if inside == columns => assert!(offset < end, "within the input"),
                        _ => {
                            assert_eq!(offset, end + zeros + copied * run, "a copy of its own");
                            copied += 1;
                        }
                    }
                }
            }
            assert_eq!(inputs.edges.len(), zeros + copied * run);
            assert!(inputs.edges[..zeros].iter().all(|zero| *zero == 0.0));
        });
    }
}
