//! Layer normalisation, attention and the layers on sequences of tokens against their definitions.

mod common;

use common::{Planes, compare, everywhere, numbers};
use kernels::{Dims, LayerNorm, attention, tokens};

#[test]
fn layer_normalisation_uses_the_mean_and_the_variance_of_each_pixel() {
    for ([images, channels, height, width], eps) in [
        ([1, 1, 1, 1], 1e-6),
        ([2, 13, 3, 5], 1e-6),
        ([1, 16, 7, 1], 1e-1),
        ([3, 100, 9, 7], 1e-6),
        ([1, 768, 50, 1], 1e-6),
    ] {
        let input = Planes::new([images, channels, height, width], 1);
        let (weight, bias) = (numbers(channels, 2), numbers(channels, 3));
        let norm = LayerNorm { weight: weight.clone(), bias: bias.clone(), eps };
        let got = everywhere(&input, input.dims(), &|processor, map, rows| norm.run(processor, map, rows));
        compare(&got, input.dims(), 2e-6, |n, c, y, x| {
            let at = |channel| f64::from(input.at(n, channel, y, x));
            let mean = (0..channels).map(at).sum::<f64>() / channels as f64;
            let variance = (0..channels).map(|channel| (at(channel) - mean).powi(2)).sum::<f64>() / channels as f64;
            (at(c) - mean) / (variance + f64::from(eps)).sqrt() * f64::from(weight[c]) + f64::from(bias[c])
        });
    }
}

#[test]
fn attention_is_the_mean_of_the_values_with_the_weights_of_a_softmax() {
    // Images, heads, features of a head, tokens: fewer and more tokens than are processed together.
    for [images, heads, size, count] in [[1, 1, 1, 1], [2, 3, 5, 7], [1, 2, 16, 33], [3, 4, 21, 50]] {
        let features = heads * size;
        let mut input = Planes::new([images, 3 * features, count, 1], 4);
        // Products of very different sizes.
        input.values.iter_mut().for_each(|value| *value *= 5.0);
        let output = Dims { channels: features, ..input.dims() };
        let got = everywhere(&input, output, &|processor, map, rows| attention::attend(processor, heads, map, rows));
        compare(&got, output, 1e-5, |n, c, y, _| {
            let (head, at) = (c / size, |part: usize, feature: usize, token: usize| {
                f64::from(input.at(n, part * features + feature, token, 0))
            });
            let product = |token: usize| {
                let products = (0..size).map(|i| at(0, head * size + i, y) * at(1, head * size + i, token));
                products.sum::<f64>() / (size as f64).sqrt()
            };
            let largest = (0..count).map(product).fold(f64::NEG_INFINITY, f64::max);
            let weights: Vec<f64> = (0..count).map(|token| (product(token) - largest).exp()).collect();
            let sum: f64 = weights.iter().enumerate().map(|(token, weight)| weight * at(2, c, token)).sum();
            sum / weights.iter().sum::<f64>()
        });
    }
}

#[test]
fn a_learned_token_precedes_the_pixels_and_the_first_token_is_that() {
    let input = Planes::new([2, 40, 19, 17], 5);
    let token = numbers(40, 6);
    let (pixels, output) = (19 * 17, Dims { height: 19 * 17 + 1, width: 1, ..input.dims() });
    let got = everywhere(&input, output, &|_, map, rows| tokens::prepend(&token, map, rows));
    compare(&got, output, 0.0, |n, c, y, _| match y.checked_sub(1) {
        None => f64::from(token[c]),
        Some(pixel) => f64::from(input.at(n, c, pixel / 17, pixel % 17)),
    });

    let sequence = Planes { shape: [2, 40, pixels + 1, 1], values: numbers(2 * 40 * (pixels + 1), 7) };
    let vector = Dims { height: 1, width: 1, ..output };
    let got = everywhere(&sequence, vector, &|_, map, rows| tokens::first(map, rows));
    compare(&got, vector, 0.0, |n, c, _, _| f64::from(sequence.at(n, c, 0, 0)));

    let vectors = numbers(40 * (pixels + 1), 8);
    let got = everywhere(&sequence, output, &|_, map, rows| tokens::add(&vectors, map, rows));
    compare(&got, output, 0.0, |n, c, y, _| f64::from(sequence.at(n, c, y, 0) + vectors[y * 40 + c]));
}

#[test]
#[should_panic(expected = "5 heads of 12 channels")]
fn heads_that_do_not_divide_the_channels_are_refused() {
    let input = Planes::new([1, 12, 2, 1], 9);
    everywhere(&input, Dims { channels: 4, ..input.dims() }, &|processor, map, rows| {
        attention::attend(processor, 5, map, rows);
    });
}
