//! How the sums of a convolution are cut into pieces, whose weights stay in the cache while all pixels of a part are
//! computed. Each piece continues where the one before it ended, so cutting changes no bits.

use std::ops::Range;

/// The pieces of a sum: some taps with all their channels, or some channels of one tap. Either way its weights are
/// contiguous.
#[derive(Clone, Copy, Debug)]
pub struct Pieces {
    taps: usize,
    channels: usize,
    some_taps: usize,
    some_channels: usize,
}

impl Pieces {
    /// Pieces of at most `max` products for each output.
    pub fn of(taps: usize, channels: usize, max: usize) -> Self {
        // Nearly equal lengths.
        let some_channels = if channels <= max { channels } else { channels.div_ceil(channels.div_ceil(max)) };
        let some_taps = if channels <= max { (max / channels.max(1)).clamp(1, taps) } else { 1 };
        Self { taps, channels, some_taps, some_channels }
    }

    /// The taps and channels of each piece, in the order of the sum.
    pub fn ranges(&self) -> impl Iterator<Item = (Range<usize>, Range<usize>)> + use<> {
        let Self { taps, channels, some_taps, some_channels } = *self;
        let along =
            |all: usize, some: usize| (0..all).step_by(some.max(1)).map(move |from| from..(from + some).min(all));
        along(taps, some_taps)
            .flat_map(move |taps| along(channels, some_channels).map(move |channels| (taps.clone(), channels)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Taps, channels and the maximum number of products of a piece.
    const SUMS: [[usize; 3]; 9] = [
        [1, 1, 1],
        [9, 64, 512],
        [9, 512, 512],
        [9, 513, 512],
        [9, 2048, 512],
        [7, 21, 512],
        [1, 9216, 2048],
        [49, 3, 10],
        [5, 7, 1],
    ];

    #[test]
    fn pieces_are_the_whole_sum_in_its_order() {
        for [taps, channels, max] in SUMS {
            let products = Pieces::of(taps, channels, max).ranges().flat_map(|(taps, channels)| {
                taps.flat_map(move |tap| channels.clone().map(move |channel| (tap, channel)))
            });
            let sum = (0..taps).flat_map(|tap| (0..channels).map(move |channel| (tap, channel)));
            assert!(products.eq(sum), "{taps} x {channels} by {max}");
        }
    }

    #[test]
    fn a_piece_is_small_enough_and_its_weights_are_contiguous() {
        for [taps, channels, max] in SUMS {
            for (some_taps, some_channels) in Pieces::of(taps, channels, max).ranges() {
                assert!((1..=max).contains(&(some_taps.len() * some_channels.len())));
                assert!(some_channels == (0..channels) || some_taps.len() == 1);
            }
        }
    }

    #[test]
    fn a_tap_of_many_channels_is_cut_evenly() {
        let lengths = Pieces::of(2, 513, 512).ranges().map(|(_, channels)| channels.len());
        assert_eq!(lengths.collect::<Vec<_>>(), [257, 256, 257, 256]);
    }
}
