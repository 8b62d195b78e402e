//! The titles of networks by their names. Independent of HTML.

use results::Counts;

/// The networks by name and by title.
pub struct Titles<'a>(&'a Counts);

impl<'a> Titles<'a> {
    /// The titles of all counted networks.
    pub fn new(counts: &'a Counts) -> Self {
        Self(counts)
    }

    /// The title of a network, or its name if it has none.
    pub fn of<'b>(&'b self, network: &'b str) -> &'b str {
        self.0.get(network).map_or(network, |counted| &counted.title)
    }
}
