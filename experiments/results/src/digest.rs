//! The SHA-256 of files, as text, by which other files refer to them. Independent of content.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use sha2::{Digest as _, Sha256};

/// The digest of `bytes`: 64 hexadecimal digits in lower case.
pub fn of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The digest of the content of a file.
pub fn of_file(path: &Path) -> io::Result<String> {
    Ok(of(&fs::read(path)?))
}

/// The digests of the files of a folder, by name; none if there is no folder.
pub fn of_folder(folder: &Path) -> io::Result<BTreeMap<String, String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        listed => listed?,
    };
    let mut digests = BTreeMap::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            digests.insert(entry.file_name().to_string_lossy().into_owned(), of_file(&entry.path())?);
        }
    }
    Ok(digests)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_digest_is_that_of_the_standard() {
        // FIPS 180-2, appendix B.1.
        assert_eq!(super::of(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
