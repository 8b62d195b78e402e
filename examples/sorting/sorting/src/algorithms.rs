//! The algorithms by name. Each has a file of its own and sorts in ascending order.

mod heap;
mod merge;
mod quick;
mod radix;

/// Sorts in ascending order.
pub type Sort = fn(&mut [u64]);

/// Every algorithm with its name, in the order of tables and legends.
pub const ALL: [(&str, Sort); 4] =
    [("merge", merge::sort), ("quick", quick::sort), ("heap", heap::sort), ("radix", radix::sort)];

/// The algorithm called `name`, or an error that lists the known names.
pub fn find(name: &str) -> Result<Sort, String> {
    let names = ALL.map(|(name, _)| name).join(", ");
    let found = ALL.into_iter().find(|(known, _)| *known == name);
    found.map(|(_, sort)| sort).ok_or_else(|| format!("unknown algorithm `{name}`\nhint: choose one of {names}"))
}
