//! Files of measurements from anyone: read with limits and without following links, under names that cannot leave their folder.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::altered::{Altered, Cause};
use crate::files::Doing;
use crate::publication::archive::Bounds;
use crate::stray::is_stray;

/// Far above any run. The limit of a file is that of the reader of records.
pub const BOUNDS: Bounds = Bounds { files: 10_000, file_bytes: 64 << 20, bytes: 1 << 30 };

/// Maximum length of a name; longer ones are cut [letters].
const LONGEST: usize = 100;

/// Records by the name of their file.
pub type Records = BTreeMap<String, Vec<u8>>;

/// The files of a folder that end in `.json` or one of `others`, without those in subfolders.
pub fn read(folder: &Path, others: &[&str], bounds: Bounds) -> Result<Records> {
    let mut paths = Vec::new();
    let unreadable = || format!("{} cannot be read", folder.display());
    for entry in fs::read_dir(folder).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_wanted = name.ends_with(".json") || others.iter().any(|end| name.ends_with(end));
        if is_wanted && !is_stray(&name) {
            paths.push(path);
        }
        if paths.len() > bounds.files {
            bail!("{} has more files than any run\nhint: name the folder of one run's records", folder.display());
        }
    }
    paths.sort();
    let (mut records, mut total) = (Records::new(), 0);
    for path in paths {
        let bytes = file(&path, bounds)?;
        total += bytes.len() as u64;
        if total > bounds.bytes {
            bail!("{} has more bytes than any run\nhint: name the folder of one run's records", folder.display());
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        put(&mut records, &name, bytes);
    }
    Ok(records)
}

/// Reads one plain file.
pub fn file(path: &Path, bounds: Bounds) -> Result<Vec<u8>> {
    let unreadable = || format!("{} cannot be read", path.display());
    if !fs::symlink_metadata(path).with_context(unreadable)?.is_file() {
        bail!("{} is not a plain file\nhint: a set of records has neither links nor devices", path.display());
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).with_context(unreadable)?;
    file.take(bounds.file_bytes + 1).read_to_end(&mut bytes).with_context(unreadable)?;
    if bytes.len() as u64 > bounds.file_bytes {
        bail!("{} is larger than any record\nhint: name a file that `cargo xtask reproduce` wrote", path.display());
    }
    if let Some(cause) = Cause::of_text(&bytes) {
        return Err(Altered { cause, count: 1, first: path.display().to_string() }.into());
    }
    Ok(bytes)
}

/// Adds a record under a name derived from `name`: plain letters, not hidden, ending in `.json` unless in `.csv`, and unique.
pub fn put(records: &mut Records, name: &str, bytes: Vec<u8>) {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || "-_.".contains(letter) { letter } else { '_' };
    let (name, end) = match name.strip_suffix(".csv") {
        Some(name) => (name, "csv"),
        None => (name.strip_suffix(".json").unwrap_or(name), "json"),
    };
    let stem: String = name.chars().map(plain).take(LONGEST).collect();
    let stem = match stem.trim_start_matches('.') {
        "" => "record",
        stem => stem,
    };
    let mut path = format!("{stem}.{end}");
    let mut number = 2;
    while records.contains_key(&path) {
        path = format!("{stem}.{number}.{end}");
        number += 1;
    }
    records.insert(path, bytes);
}

/// Writes records to files in `folder`, which is created.
pub fn write(records: &Records, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).doing("cannot make the folder", folder)?;
    for (name, bytes) in records {
        let path = folder.join(name);
        fs::write(&path, bytes).doing("cannot write", &path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_plain_and_stay_unique() {
        let mut records = Records::new();
        for name in ["a.json", "a.json", "../../etc/passwd", ".hidden.json", "..", "ü b.json", &"x".repeat(300)] {
            put(&mut records, name, Vec::new());
        }
        let long = format!("{}.json", "x".repeat(LONGEST));
        let expected = ["_.._etc_passwd.json", "__b.json", "a.2.json", "a.json", "hidden.json", "record.json", &long];
        assert!(records.keys().eq(&expected), "{:?}", records.keys());
    }

    #[test]
    fn a_folder_gives_its_json_files_and_no_links() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.json"), "1").unwrap();
        fs::write(folder.path().join("notes.txt"), "2").unwrap();
        fs::create_dir(folder.path().join("below")).unwrap();
        fs::write(folder.path().join("below/c.json"), "3").unwrap();
        let read = || read(folder.path(), &[], BOUNDS).map_err(|error| format!("{error:#}"));
        assert_eq!(read(), Ok(Records::from([("a.json".to_owned(), b"1".to_vec())])));
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("b.json")).unwrap();
        assert!(read().is_err_and(|error| error.contains("b.json is not a plain file\nhint: ")));
        fs::remove_file(folder.path().join("b.json")).unwrap();
        fs::write(folder.path().join("b.json"), "version https://git-lfs.github.com/spec/v1\n").unwrap();
        assert!(read().is_err_and(|error| error.contains("b.json is") && error.contains("\nhint: get the files")));
        fs::remove_file(folder.path().join("b.json")).unwrap();
        fs::create_dir(folder.path().join("b.json")).unwrap();
        assert!(read().is_err_and(|error| error.contains("b.json is not a plain file")));
    }

    #[test]
    fn folders_beyond_the_limits_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b", "c"] {
            fs::write(folder.path().join(format!("{name}.json")), [b' '; 100]).unwrap();
        }
        let few = |files, file_bytes, bytes| Bounds { files, file_bytes, bytes };
        let problem = |bounds| read(folder.path(), &[], bounds).map(|_| ()).map_err(|error| error.to_string());
        assert_eq!(problem(few(3, 100, 300)), Ok(()));
        for (bounds, what) in
            [(few(2, 100, 300), "more files"), (few(3, 99, 300), "larger"), (few(3, 100, 299), "more bytes")]
        {
            assert!(problem(bounds).is_err_and(|error| error.contains(what) && error.contains("\nhint: ")), "{what}");
        }
    }
}
