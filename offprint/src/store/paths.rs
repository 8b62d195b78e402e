//! Where the store keeps its files: `objects/ab/cdef…` and `entries/ab/cdef…`, so that folders stay small.

use std::path::{Path, PathBuf};

use crate::digest::Digest;

/// The path of an object of the store in `folder`, which need not exist.
pub fn object_path(folder: &Path, object: Digest) -> PathBuf {
    below(folder, "objects", object)
}

/// The path of a key's entry, which need not exist.
pub fn entry_path(folder: &Path, key: Digest) -> PathBuf {
    below(folder, "entries", key)
}

fn below(folder: &Path, part: &str, digest: Digest) -> PathBuf {
    let digits = digest.to_string();
    let (first, rest) = digits.split_at(2);
    let mut path = PathBuf::with_capacity(folder.as_os_str().len() + part.len() + digits.len() + 3);
    path.extend([folder, Path::new(part), Path::new(first), Path::new(rest)]);
    path
}

/// The digest in such a path, or in such a path as one token.
pub fn digest_in(path: &str) -> Option<Digest> {
    let path = path.strip_suffix('"').unwrap_or(path);
    let (start, rest) = path.rsplit_once('/')?;
    let first = start.rsplit('/').next()?;
    let mut digits = [0; 64];
    let (one, other) = digits.split_at_mut_checked(first.len())?;
    one.copy_from_slice(first.as_bytes());
    (other.len() == rest.len()).then(|| other.copy_from_slice(rest.as_bytes()))?;
    str::from_utf8(&digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quote::quote;

    #[test]
    fn the_digest_is_found_in_a_path() {
        let digest = Digest::of(b"content");
        for folder in [".store", "a \"store\"", ""] {
            let path = object_path(Path::new(folder), digest).display().to_string();
            assert_eq!((digest_in(&path), digest_in(&quote(&path))), (Some(digest), Some(digest)), "{path}");
            assert_eq!(digest_in(&path[..path.len() - 1]), None);
        }
        assert_eq!(digest_in("ab"), None);
        assert_eq!(digest_in(&format!("{}/", "a".repeat(65))), None);
    }
}
