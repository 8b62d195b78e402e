//! Versions of the layout of records. Reads no field but `schema`.

use std::path::Path;

use serde::Deserialize;

use crate::json;

/// The only field that records of all versions have in common.
#[derive(Deserialize)]
struct Version {
    schema: u32,
}

/// What is wrong with the version `found`; none if it is the previous or the present one.
pub(crate) fn problem(found: u32, [previous, present]: [u32; 2]) -> Option<String> {
    let is_supported = [previous, present].contains(&found);
    (!is_supported).then(|| format!("version {found} is not supported, expected {present} or {previous}"))
}

/// The same for a file whose other fields cannot be read; also none if it has no version.
pub(crate) fn problem_of_file(path: &Path, supported: [u32; 2]) -> Option<String> {
    let Version { schema } = json::read(path).ok()?;
    problem(schema, supported)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_present_and_the_previous_version_are_supported_and_others_are_named() {
        assert_eq!((problem(3, [3, 4]), problem(4, [3, 4])), (None, None));
        assert_eq!(problem(2, [3, 4]).as_deref(), Some("version 2 is not supported, expected 4 or 3"));
        assert!(problem(5, [3, 4]).is_some());
    }
}
