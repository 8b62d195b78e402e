//! The vector instructions of a processor.

use pulp::Arch;

/// Vector instructions that kernels are compiled for and this processor has. A kernel gives the same bits with all of
/// them.
#[derive(Clone, Copy, Debug)]
pub struct Processor(Arch);

impl Default for Processor {
    fn default() -> Self {
        Self::new()
    }
}

impl Processor {
    /// The widest vectors of this processor.
    pub fn new() -> Self {
        Self(Arch::new())
    }

    /// All instructions that this processor can use: scalar ones first, the widest vectors last.
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self(Arch::Scalar)];
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        {
            all.extend(pulp::x86::V3::try_new().map(|simd| Self(Arch::V3(simd))));
            all.extend(pulp::x86::V4::try_new().map(|simd| Self(Arch::V4(simd))));
        }
        #[cfg(target_arch = "aarch64")]
        all.extend(pulp::aarch64::Neon::try_new().map(|simd| Self(Arch::Neon(simd))));
        all
    }

    /// For records and command lines, for example `AVX2`; `scalar` without vectors.
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Arch::V3(_) => "AVX2",
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Arch::V4(_) => "AVX-512",
            #[cfg(target_arch = "aarch64")]
            Arch::Neon(_) => "NEON",
            _ => "scalar",
        }
    }

    /// Whether one instruction multiplies and adds whole vectors. Without it, each multiply-add of a convolution calls
    /// a library function and takes about a hundred times as long.
    pub fn is_vector(self) -> bool {
        !matches!(self.0, Arch::Scalar)
    }

    pub(crate) fn arch(self) -> Arch {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_vectors_are_the_last_of_all() {
        let all = Processor::all();
        assert_eq!(all[0].name(), "scalar");
        assert!(!all[0].is_vector());
        assert_eq!(all[all.len() - 1].name(), Processor::new().name());
    }
}
