//! The order of values in memory, and their maximum number.

mod common;

use common::{Planes, SHAPES};
use kernels::{Dims, Map, layout};

#[test]
fn from_planes_puts_channels_last() {
    for shape in SHAPES {
        let input = Planes::new(shape, 1);
        let mut got = vec![f32::NAN; input.values.len()];
        layout::from_planes(&input.values, input.dims(), &mut got);
        assert_eq!(got, input.last());
    }
}

#[test]
fn to_planes_puts_channels_first() {
    for shape in SHAPES {
        let input = Planes::new(shape, 2);
        let mut got = vec![f32::NAN; input.values.len()];
        layout::to_planes(Map::new(&input.last(), input.dims()), &mut got);
        assert_eq!(got, input.values);
    }
}

#[test]
fn the_largest_addressable_maps_are_accepted() {
    // A prime, one less than 2^31.
    Dims { images: 1, height: 1, width: Dims::MAX, channels: 1 }.check();
    Dims { images: 65_535, height: 1, width: 32_768, channels: 1 }.check();
}

#[test]
#[should_panic(expected = "maps of 32768 x 256 x 256 x 1 exceed the 2147483647 values that a kernel can address")]
fn larger_maps_are_refused() {
    Dims { images: 32_768, height: 256, width: 256, channels: 1 }.check();
}

#[test]
#[should_panic(expected = "exceed the 2147483647 values that a kernel can address")]
fn a_size_that_overflows_64_bits_is_refused() {
    Dims { images: usize::MAX, height: usize::MAX, width: 2, channels: 1 }.check();
}

#[test]
#[should_panic(expected = "values of maps")]
fn values_that_do_not_match_the_sizes_are_refused() {
    Map::new(&[0.0; 5], Dims { images: 1, height: 2, width: 3, channels: 1 });
}
