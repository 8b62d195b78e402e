//! Where the taps of a convolution read its input. The inputs of each pixel are not copied, as when a convolution is
//! computed by one GEMM; only their addresses are stored: M. Dukhan, "The Indirect Convolution Algorithm", 2019,
//! arXiv:1907.02129.

use std::ops::Range;

use crate::{Dims, Geometry, Map};

/// What the taps of some pixels read.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// For each tap and pixel, the offset of its input in the values of the input followed by the edges:
    /// `[tap][pixel]`.
    pub offsets: Vec<u32>,
    /// A run of zeros for taps outside the map, and a copy of each run that is partly outside.
    pub edges: Vec<f32>,
}

impl Inputs {
    /// For the pixels `pixels` of the output, whose sizes are `dims`. `input` has at most [`Dims::MAX`] values, and the
    /// few pixels of a part read far fewer at the edges, so that 32 bits suffice for the offsets.
    pub fn of(geometry: &Geometry, input: Map<'_>, dims: Dims, pixels: Range<usize>) -> Self {
        let [taps, run] = geometry.taps();
        // Columns of a run, and runs of a kernel row.
        let columns = if geometry.reads_rows() { geometry.kernel[1] } else { 1 };
        let runs = taps / geometry.kernel[0];
        let Dims { height, width, channels, .. } = input.dims;
        let end = input.values.len();
        let mut edges = vec![0.0; run * geometry.groups];
        let mut offsets = vec![end as u32; taps * pixels.len()];
        for (tap, offsets) in offsets.chunks_exact_mut(pixels.len()).enumerate() {
            let down = tap / runs * geometry.dilation[0];
            let right = tap % runs * geometry.dilation[1];
            // The line of the input that a row of pixels reads, counted over all images; `None` outside the map.
            let line = |row: usize| {
                let (image, y) = (row / dims.height, row % dims.height * geometry.stride[0] + down);
                y.checked_sub(geometry.padding[0]).filter(|y| *y < height).map(|y| (image * height + y) * width)
            };
            let (mut row, mut column) = (pixels.start / dims.width, pixels.start % dims.width);
            let mut of_row = line(row);
            for offset in offsets {
                // The columns from `from` on; the first `before` of them are to the left of the map.
                let from = column * geometry.stride[1] + right;
                if let Some(line) = of_row {
                    match from.checked_sub(geometry.padding[1]) {
                        Some(x) if x + columns <= width => *offset = ((line + x) * channels) as u32,
                        _ => {
                            let before = geometry.padding[1].saturating_sub(from);
                            let x = from.saturating_sub(geometry.padding[1]);
                            let inside = width.saturating_sub(x).min(columns.saturating_sub(before));
                            if inside > 0 {
                                let start = edges.len();
                                edges.resize(start + run, 0.0);
                                edges[start + before * channels..][..inside * channels]
                                    .copy_from_slice(&input.values[(line + x) * channels..][..inside * channels]);
                                *offset = (end + start) as u32;
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

    /// The run of values that a tap reads, by definition, and how many of its columns are inside the map.
    fn expected(geometry: &Geometry, input: Map<'_>, output: Dims, tap: usize, pixel: usize) -> (Vec<f32>, usize) {
        let Dims { height, width, channels, .. } = input.dims;
        let (image, row, column) =
            (pixel / (output.height * output.width), pixel / output.width % output.height, pixel % output.width);
        let [_, kernel_width] = geometry.kernel;
        // The row and the columns of the kernel.
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

    /// With few and many channels, with and without padding, kernels wider than the map, groups and dilation; each with
    /// the height and width of its input.
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

    /// Calls `test` with the inputs of all pixels and of those of a part.
    fn each(test: impl Fn(&Geometry, Map<'_>, Dims, Range<usize>, &Inputs)) {
        for (geometry, [height, width]) in cases() {
            let sizes = Dims { images: 2, height, width, channels: geometry.inputs };
            let values: Vec<f32> = (0..sizes.elements()).map(|index| index as f32 + 1.0).collect();
            let input = Map::new(&values, sizes);
            let output = geometry.output(sizes);
            let all = output.pixels();
            for pixels in [0..all, all / 3..all / 2 + 1] {
                test(&geometry, input, output, pixels.clone(), &Inputs::of(&geometry, input, output, pixels));
            }
        }
    }

    #[test]
    fn each_tap_reads_the_values_under_it_and_zeros_beyond_the_edges() {
        each(|geometry, input, output, pixels, inputs| {
            let [taps, _] = geometry.taps();
            let all = [input.values, &inputs.edges].concat();
            assert_eq!(inputs.offsets.len(), taps * pixels.len());
            for tap in 0..taps {
                for (pixel, offset) in pixels.clone().zip(&inputs.offsets[tap * pixels.len()..]) {
                    let (run, _) = expected(geometry, input, output, tap, pixel);
                    assert_eq!(all[*offset as usize..][..run.len()], run, "tap {tap} at pixel {pixel} of {geometry:?}");
                }
            }
        });
    }

    #[test]
    fn only_runs_that_are_partly_outside_are_copied() {
        each(|geometry, input, output, pixels, inputs| {
            let [taps, run] = geometry.taps();
            let (end, zeros) = (input.values.len(), run * geometry.groups);
            let columns = if geometry.reads_rows() { geometry.kernel[1] } else { 1 };
            let mut copied = 0;
            for tap in 0..taps {
                for (pixel, offset) in pixels.clone().zip(&inputs.offsets[tap * pixels.len()..]) {
                    let offset = *offset as usize;
                    let (_, inside) = expected(geometry, input, output, tap, pixel);
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
