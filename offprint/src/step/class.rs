//! The kinds of results.

/// The kind of a result: it decides what invalidates it and what a second run must give.
///
/// | class | a changed key | lost outputs | a second run with the same key |
/// |---|---|---|---|
/// | exact, presentation | runs it again | are made again | must give the same bytes |
/// | measured | runs it again, exclusively | are measured again | is one more result; the lock says which is used |
/// | observed | runs it again | are observed again | is one more result |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The same bytes each time.
    Exact,
    /// Each run gives another result for the same key. Runs exclusively.
    Measured,
    /// Facts about the environment.
    Observed,
    /// Made to be looked at, and the same bytes each time.
    Presentation,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Exact, Self::Measured, Self::Observed, Self::Presentation];

    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Measured => "measured",
            Self::Observed => "observed",
            Self::Presentation => "presentation",
        }
    }

    /// Whether another run may give other bytes, each as good as the first.
    pub fn is_nondeterministic(self) -> bool {
        matches!(self, Self::Measured | Self::Observed)
    }

    /// The class with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }
}
