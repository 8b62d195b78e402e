//! Local response normalisation against its definition.

mod common;

use common::{Planes, SHAPES, compare, everywhere};
use kernels::{Response, response};

fn expected(input: &Planes, response: &Response, [n, c, y, x]: [usize; 4]) -> f64 {
    let channels = input.shape[1];
    let (first, last) = (c as isize - (response.size / 2) as isize, c + (response.size - 1) / 2);
    let sum: f64 = (0..channels)
        .filter(|&other| other as isize >= first && other <= last)
        .map(|other| f64::from(input.at(n, other, y, x)).powi(2))
        .sum();
    f64::from(input.at(n, c, y, x)) / (response.k + response.alpha / response.size as f64 * sum).powf(response.beta)
}

#[test]
fn each_value_is_divided_by_a_power_of_the_squares_around_it() {
    for shape in SHAPES {
        let input = Planes::new(shape, 5);
        for (size, alpha, beta, k) in
            [(5, 1e-4, 0.75, 1.0), (5, 2.0, 0.75, 2.0), (1, 1.0, 0.75, 1.0), (4, 3.0, 0.5, 1.5), (9, 0.5, 1.25, 1.0)]
        {
            let response = Response { size, alpha, beta, k };
            let got = everywhere(&input, input.dims(), &|processor, map, rows| {
                response::normalise(processor, &response, map, rows);
            });
            compare(&got, input.dims(), 1e-6, |n, c, y, x| expected(&input, &response, [n, c, y, x]));
        }
    }
}

#[test]
fn nan_affects_only_the_channels_whose_sums_contain_it() {
    let response = Response { size: 5, alpha: 1.0, beta: 0.75, k: 1.0 };
    let mut input = Planes { shape: [1, 24, 1, 1], values: vec![1.0; 24] };
    input.values[7] = f32::NAN;
    input.values[16] = f32::INFINITY;
    let got =
        everywhere(&input, input.dims(), &|processor, map, rows| response::normalise(processor, &response, map, rows));
    compare(&got, input.dims(), 1e-6, |n, c, y, x| expected(&input, &response, [n, c, y, x]));
    assert!((5..10).all(|channel| got[channel].is_nan()));
    assert!(got[16].is_nan() && got[15] == 0.0);
}
