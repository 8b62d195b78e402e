//! Attention of each token to all tokens of its image.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use crate::activation::exp;
use crate::layer_norm::sum;
use crate::{Dims, Map, Processor, Rows, parts};

/// Keys whose products with a query are computed together.
const KEYS: usize = 32;
/// Queries that use loaded keys and values together.
const QUERIES: usize = 4;
/// Features of values that are summed together.
const FEATURES: usize = 16;

/// `softmax(q . k / sqrt(size))` times the values, for each of `heads` groups of `size` features. `input` has the queries,
/// keys and values of each token as its channels, each with all heads; `output` `[tokens, features]` has the heads next
/// to each other.
///
/// # Panics
/// The heads do not divide the channels of `input` into equal queries, keys and values; `output` does not have the
/// pixels of `input` and a third of its channels; the values of `input` do not match its sizes, or there are more than
/// [`Dims::MAX`].
pub fn attend(processor: Processor, heads: usize, input: Map<'_>, output: Rows<'_>) {
    input.check();
    let Dims { height, width, channels, .. } = input.dims;
    assert!(heads > 0 && channels.is_multiple_of(3 * heads), "{heads} heads of {channels} channels");
    output.check(Dims { channels: channels / 3, ..input.dims });
    let tokens = height * width;
    parts::share_rows(output, tokens * channels, |first_pixel, rows| {
        processor.arch().dispatch(Run { heads, tokens, input, first_pixel, rows });
    });
}

/// Some tokens of the batch.
struct Run<'a> {
    heads: usize,
    tokens: usize,
    input: Map<'a>,
    first_pixel: usize,
    rows: Rows<'a>,
}

impl WithSimd for Run<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { heads, tokens, input, first_pixel, mut rows } = self;
        let stride = input.dims.channels;
        let size = stride / 3 / heads;
        let padded = tokens.next_multiple_of(KEYS);
        let mut keys = vec![0.0; size * padded];
        let mut weights = vec![0.0; QUERIES * padded];
        let mut queries = vec![0.0; QUERIES * size];
        let end = first_pixel + rows.pixels();
        let mut begin = first_pixel;
        while begin < end {
            let image = begin / tokens;
            let of_image = begin..end.min((image + 1) * tokens);
            let all = &input.values[image * tokens * stride..][..tokens * stride];
            for head in 0..heads {
                // Transposed, so that a vector contains one feature of several keys.
                for (token, row) in all.chunks_exact(stride).enumerate() {
                    let key = &row[(heads + head) * size..][..size];
                    for (feature, value) in key.iter().enumerate() {
                        keys[feature * padded + token] = *value;
                    }
                }
                let of_head = Head { all, stride, size, head, heads, keys: &keys, padded, tokens };
                let mut token = of_image.start;
                while token < of_image.end {
                    let first = token - image * tokens;
                    let to = token - first_pixel;
                    if token + QUERIES <= of_image.end {
                        of_head.queries::<QUERIES>(first, &mut queries, &mut weights, &mut rows, to);
                        token += QUERIES;
                    } else {
                        of_head.queries::<1>(first, &mut queries, &mut weights, &mut rows, to);
                        token += 1;
                    }
                }
            }
            begin = of_image.end;
        }
    }
}

/// One head of one image.
struct Head<'a> {
    /// Queries, keys and values of all tokens and heads.
    all: &'a [f32],
    stride: usize,
    size: usize,
    head: usize,
    heads: usize,
    /// `[feature][token]`, with zeros after the last token.
    keys: &'a [f32],
    padded: usize,
    tokens: usize,
}

impl Head<'_> {
    /// The outputs of `Q` tokens from `first` on, into the rows from `to` on.
    #[inline(always)]
    fn queries<const Q: usize>(
        &self,
        first: usize,
        queries: &mut [f32],
        weights: &mut [f32],
        rows: &mut Rows<'_>,
        to: usize,
    ) {
        let scale = 1.0 / (self.size as f32).sqrt();
        for (index, query) in queries.chunks_exact_mut(self.size).take(Q).enumerate() {
            let row = &self.all[(first + index) * self.stride + self.head * self.size..][..self.size];
            for (to, from) in query.iter_mut().zip(row) {
                *to = from * scale;
            }
        }
        self.products::<Q>(queries, weights);
        let mut sums = [0.0; Q];
        for (weights, total) in weights.chunks_exact_mut(self.padded).zip(&mut sums) {
            let weights = &mut weights[..self.tokens];
            let mut largest = f32::NEG_INFINITY;
            for weight in &*weights {
                largest = if *weight > largest { *weight } else { largest };
            }
            for weight in &mut *weights {
                *weight = exp(*weight - largest);
            }
            *total = sum(weights, |weight| weight);
        }
        let done = self.weighted::<Q, FEATURES>(0..self.size, weights, &sums, rows, to);
        self.weighted::<Q, 1>(done..self.size, weights, &sums, rows, to);
    }

    /// The products of the queries with all keys.
    #[inline(always)]
    fn products<const Q: usize>(&self, queries: &[f32], weights: &mut [f32]) {
        for first in (0..self.padded).step_by(KEYS) {
            let mut sums = [[0.0_f32; KEYS]; Q];
            for feature in 0..self.size {
                let keys = &self.keys[feature * self.padded + first..][..KEYS];
                for (query, sums) in sums.iter_mut().enumerate() {
                    let factor = queries[query * self.size + feature];
                    for lane in 0..KEYS {
                        sums[lane] = keys[lane].mul_add(factor, sums[lane]);
                    }
                }
            }
            for (query, sums) in sums.iter().enumerate() {
                weights[query * self.padded + first..][..KEYS].copy_from_slice(sums);
            }
        }
    }

    /// The weighted sums of the values, for the features of whole blocks of `N`; returns the first feature after them.
    #[inline(always)]
    fn weighted<const Q: usize, const N: usize>(
        &self,
        features: Range<usize>,
        weights: &[f32],
        totals: &[f32; Q],
        rows: &mut Rows<'_>,
        to: usize,
    ) -> usize {
        let mut first = features.start;
        while first + N <= features.end {
            let mut sums = [[0.0_f32; N]; Q];
            for token in 0..self.tokens {
                let at = token * self.stride + (2 * self.heads + self.head) * self.size + first;
                let values = &self.all[at..at + N];
                for (query, sums) in sums.iter_mut().enumerate() {
                    let weight = weights[query * self.padded + token];
                    for lane in 0..N {
                        sums[lane] = values[lane].mul_add(weight, sums[lane]);
                    }
                }
            }
            for (query, sums) in sums.iter().enumerate() {
                let at = (to + query) * rows.stride + rows.first + self.head * self.size + first;
                for (out, sum) in rows.values[at..at + N].iter_mut().zip(sums) {
                    *out = sum / totals[query];
                }
            }
            first += N;
        }
        first
    }
}
