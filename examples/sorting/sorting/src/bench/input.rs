//! Random inputs from a seed, and a digest that shows whether an output has the numbers of its input.

/// The generator SplitMix64 (Steele, Lea and Flood, OOPSLA 2014); its state is the seed.
#[derive(Clone, Debug)]
pub struct SplitMix(pub u64);

impl SplitMix {
    /// Draws the next number, uniform over all 64-bit numbers.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Fills `numbers` with the next numbers.
pub fn fill(numbers: &mut [u64], random: &mut SplitMix) {
    numbers.iter_mut().for_each(|number| *number = random.draw());
}

/// Equal for the same numbers in any order, and almost never for other numbers: the sum of the hashes, and the sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(u64, u64);

impl Fingerprint {
    /// The fingerprint of these numbers.
    pub fn of(numbers: &[u64]) -> Self {
        let sum = |hash: fn(u64) -> u64| numbers.iter().fold(0, |sum: u64, &number| sum.wrapping_add(hash(number)));
        Self(sum(|number| mix(number ^ 0x9e37_79b9_7f4a_7c15)), sum(|number| number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_gives_the_published_numbers() {
        // From the reference implementation with seed 1234567 (Vigna, prng.di.unimi.it).
        let mut random = SplitMix(1_234_567);
        let published = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!([(); 3].map(|()| random.draw()), published);
    }

    #[test]
    fn a_fingerprint_depends_on_the_numbers_but_not_on_their_order() {
        let of = Fingerprint::of;
        assert_eq!(of(&[1, 2, 3, 3]), of(&[3, 1, 3, 2]));
        // The same sum, the same count, the same set.
        for other in [[1, 2, 3, 4], [1, 1, 3, 4], [2, 2, 2, 3], [1, 2, 2, 4], [0, 3, 3, 3]] {
            assert_ne!(of(&[1, 2, 3, 3]), of(&other), "{other:?}");
        }
    }
}
