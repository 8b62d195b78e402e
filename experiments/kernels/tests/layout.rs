//! The order of numbers in memory, and how many there may be.

mod common;

use common::{Planes, SHAPES};
use kernels::{Dims, Map, layout};

#[test]
fn planes_come_channels_last() {
    for shape in SHAPES {
        let input = Planes::new(shape, 1);
        let mut got = vec![f32::NAN; input.values.len()];
        layout::from_planes(&input.values, input.dims(), &mut got);
        assert_eq!(got, input.last());
    }
}

#[test]
fn flattened_maps_are_in_the_order_of_planes() {
    for shape in SHAPES {
        let input = Planes::new(shape, 2);
        let mut got = vec![f32::NAN; input.values.len()];
        layout::to_planes(Map::new(&input.last(), input.dims()), &mut got);
        assert_eq!(got, input.values);
    }
}

#[test]
fn as_many_numbers_as_kernels_can_address_are_taken() {
    // A prime, one less than 2^31.
    Dims { images: 1, height: 1, width: Dims::MAX, channels: 1 }.check();
    Dims { images: 65_535, height: 1, width: 32_768, channels: 1 }.check();
}

#[test]
#[should_panic(
    expected = "maps of 32768 x 256 x 256 x 1 numbers: kernels compute with at most 2147483647; use a smaller batch"
)]
fn larger_maps_are_refused() {
    Dims { images: 32_768, height: 256, width: 256, channels: 1 }.check();
}

#[test]
#[should_panic(expected = "kernels compute with at most 2147483647")]
fn a_count_beyond_64_bits_is_refused_too() {
    Dims { images: usize::MAX, height: usize::MAX, width: 2, channels: 1 }.check();
}

#[test]
#[should_panic(expected = "numbers of maps")]
fn maps_of_other_sizes_than_they_are_said_to_have_are_refused() {
    Map::new(&[0.0; 5], Dims { images: 1, height: 2, width: 3, channels: 1 });
}
