//! What one result of a step consists of: digests by output.

use std::fmt;
use std::iter::Map;
use std::ops::Index;
use std::slice;

use ecow::{EcoString, EcoVec};

use crate::digest::Digest;

/// Digests by output, sorted. Cheap to clone: lock, plan and run have the same ones.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outputs(EcoVec<(EcoString, Digest)>);

impl Outputs {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The digest of an output.
    pub fn get(&self, output: &str) -> Option<&Digest> {
        self.position(output).ok().map(|at| &self.0[at].1)
    }

    /// Whether it has this output.
    pub fn contains_key(&self, output: &str) -> bool {
        self.position(output).is_ok()
    }

    /// Adds an output, and returns the digest that it had.
    pub fn insert(&mut self, output: impl Into<EcoString>, digest: Digest) -> Option<Digest> {
        let output = output.into();
        match self.position(&output) {
            Ok(at) => Some(std::mem::replace(&mut self.0.make_mut()[at].1, digest)),
            Err(at) => {
                self.0.insert(at, (output, digest));
                None
            }
        }
    }

    /// The outputs, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(output, _)| output)
    }

    /// Their digests, in the same order.
    pub fn values(&self) -> impl Iterator<Item = &Digest> {
        self.iter().map(|(_, digest)| digest)
    }

    /// Both.
    pub fn iter(&self) -> Iter<'_> {
        self.0.iter().map(|(output, digest)| (output.as_str(), digest))
    }

    /// The number of outputs.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn position(&self, output: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.as_str().cmp(output))
    }
}

/// The outputs and their digests.
pub type Iter<'a> = Map<slice::Iter<'a, (EcoString, Digest)>, fn(&(EcoString, Digest)) -> (&str, &Digest)>;

impl<'a> IntoIterator for &'a Outputs {
    type Item = (&'a str, &'a Digest);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl Index<&str> for Outputs {
    type Output = Digest;

    fn index(&self, output: &str) -> &Digest {
        self.get(output).unwrap_or_else(|| panic!("no output `{output}`"))
    }
}

impl<N: Into<EcoString>> FromIterator<(N, Digest)> for Outputs {
    fn from_iter<I: IntoIterator<Item = (N, Digest)>>(outputs: I) -> Self {
        let mut all = Self::new();
        for (output, digest) in outputs {
            all.insert(output, digest);
        }
        all
    }
}

impl<N: Into<EcoString>, const COUNT: usize> From<[(N, Digest); COUNT]> for Outputs {
    fn from(outputs: [(N, Digest); COUNT]) -> Self {
        outputs.into_iter().collect()
    }
}

impl fmt::Debug for Outputs {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_sorted_and_the_last_digest_counts() {
        let (one, two) = (Digest::of(b"one"), Digest::of(b"two"));
        let mut outputs = Outputs::from([("b", one), ("a", one), ("b", two)]);
        assert_eq!(outputs.iter().collect::<Vec<_>>(), [("a", &one), ("b", &two)]);
        assert_eq!((outputs.get("c"), outputs["b"], outputs.len()), (None, two, 2));
        let before = outputs.clone();
        assert_eq!(outputs.insert("a", two), Some(one));
        assert_eq!((before["a"], outputs["a"]), (one, two));
        assert_eq!(Outputs::from([("b", two), ("a", one)]), before);
    }
}
