//! The order of numbers in memory, and how many there may be.

mod common;

use common::{Planes, SHAPES};
use kernels::{Dims, Frame, Map, layout};

const FRAMES: [Frame; 3] = [
    Frame { vertical: [0, 0], horizontal: [0, 0] },
    Frame { vertical: [3, 3], horizontal: [3, 3] },
    Frame { vertical: [0, 2], horizontal: [1, 0] },
];

#[test]
fn planes_come_channels_last_within_zeros() {
    for shape in SHAPES {
        let input = Planes::new(shape, 1);
        for frame in FRAMES {
            let mut got = vec![f32::NAN; frame.around(input.dims()).elements()];
            layout::from_planes(&input.values, input.dims(), frame, &mut got);
            assert_eq!(got, input.last_within(frame, 0.0));
        }
    }
}

#[test]
fn flattened_maps_are_in_the_order_of_planes() {
    for shape in SHAPES {
        let input = Planes::new(shape, 2);
        for frame in FRAMES {
            let values = input.last_within(frame, f32::NAN);
            let mut got = vec![f32::NAN; input.values.len()];
            layout::to_planes(Map { values: &values, dims: input.dims(), frame }, &mut got);
            assert_eq!(got, input.values);
        }
    }
}

#[test]
fn as_many_numbers_as_kernels_can_address_are_taken() {
    Dims { images: 1, height: 1, width: 65_537, channels: 65_535 }.check();
}

#[test]
#[should_panic(
    expected = "maps of 65536 x 256 x 256 x 1 numbers: kernels compute with at most 4294967295; use a smaller batch"
)]
fn larger_maps_are_refused() {
    Dims { images: 65_536, height: 256, width: 256, channels: 1 }.check();
}

#[test]
#[should_panic(expected = "kernels compute with at most 4294967295")]
fn a_count_beyond_64_bits_is_refused_too() {
    Dims { images: usize::MAX, height: usize::MAX, width: 2, channels: 1 }.check();
}
