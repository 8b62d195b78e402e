//! Sequences of tokens: a learned token before the pixels of a map, learned vectors added to all tokens, and the first
//! token alone. A sequence is a map with one token at each pixel.

use crate::{Dims, Map, Rows, parts};

/// `token` `[channels]`, and then the pixels of `input`, for each image.
///
/// # Panics
/// `token` and `output` do not have the channels of `input`, or `output` does not have one pixel more for each image;
/// the values of `input` do not match its sizes, or there are more than [`Dims::MAX`].
pub fn prepend(token: &[f32], input: Map<'_>, output: Rows<'_>) {
    input.check();
    let Dims { height, width, channels, .. } = input.dims;
    assert_eq!(token.len(), channels, "values of a token");
    let tokens = height * width + 1;
    output.check(Dims { height: tokens, width: 1, ..input.dims });
    parts::share_rows(output, channels, |first, mut rows| {
        for (pixel, row) in rows.written().enumerate() {
            let (image, index) = ((first + pixel) / tokens, (first + pixel) % tokens);
            row.copy_from_slice(match index.checked_sub(1) {
                None => token,
                Some(before) => &input.values[(image * (tokens - 1) + before) * channels..][..channels],
            });
        }
    });
}

/// `vectors` `[tokens, channels]` added to the tokens of each image.
///
/// # Panics
/// `vectors` does not have the values of one image of `input`; `output` does not have the pixels and channels of `input`;
/// the values of `input` do not match its sizes, or there are more than [`Dims::MAX`].
pub fn add(vectors: &[f32], input: Map<'_>, output: Rows<'_>) {
    input.check();
    output.check(input.dims);
    let Dims { height, width, channels, .. } = input.dims;
    assert_eq!(vectors.len(), height * width * channels, "values of an embedding");
    parts::share_rows(output, channels, |first, mut rows| {
        for (pixel, row) in (first..).zip(rows.written()) {
            let x = &input.values[pixel * channels..][..channels];
            let vector = &vectors[pixel % (height * width) * channels..][..channels];
            for ((y, x), add) in row.iter_mut().zip(x).zip(vector) {
                *y = x + add;
            }
        }
    });
}

/// The first token of each image.
///
/// # Panics
/// `output` does not have one pixel for each image, or has other channels than `input`; the values of `input` do not
/// match its sizes, or there are more than [`Dims::MAX`].
pub fn first(input: Map<'_>, mut output: Rows<'_>) {
    input.check();
    output.check(Dims { height: 1, width: 1, ..input.dims });
    let Dims { height, width, channels, .. } = input.dims;
    for (image, row) in output.written().enumerate() {
        row.copy_from_slice(&input.values[image * height * width * channels..][..channels]);
    }
}
