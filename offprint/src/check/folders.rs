//! Which folders a check observes: all except those of the system, which every program reads.

use std::collections::{BTreeSet, VecDeque};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::{Component, Path, PathBuf};

use walkdir::WalkDir;

/// The system's folders. Files there are part of the installation.
const SYSTEM: [&str; 19] = [
    "bin",
    "boot",
    "dev",
    "etc",
    "gnu",
    "lib",
    "lib32",
    "lib64",
    "libx32",
    "lost+found",
    "nix",
    "opt",
    "proc",
    "run",
    "sbin",
    "snap",
    "sys",
    "usr",
    "var",
];

/// Whether `path` is in a folder of the system.
pub fn is_system(path: &Path) -> bool {
    let mut parts = path.components().skip_while(|part| *part == Component::RootDir);
    let first = parts.next().and_then(|part| part.as_os_str().to_str());
    first.is_some_and(|first| SYSTEM.contains(&first))
}

/// The folders that are isolated: those at the top that are not the system's, the file systems mounted below them
/// according to `mountinfo`, and `checkout`. A folder comes after those that contain it.
pub fn isolated(mountinfo: &str, checkout: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = BTreeSet::from([checkout.to_owned()]);
    for entry in fs::read_dir("/")? {
        let entry = entry?;
        if entry.file_type()?.is_dir() && !is_system(&entry.path()) {
            found.insert(entry.path());
        }
    }
    found.extend(mounted(mountinfo).filter(|path| path != Path::new("/") && !is_system(path)));
    Ok(found.into_iter().collect())
}

/// Mount points, except those that are mounted on access.
fn mounted(mountinfo: &str) -> impl Iterator<Item = PathBuf> {
    let path = |line: &str| {
        let (facts, kind) = line.split_once(" - ")?;
        let path = facts.split(' ').nth(4)?;
        (!kind.starts_with("autofs")).then(|| unescape(path))
    };
    mountinfo.lines().filter_map(path)
}

/// A folder with all folders below it.
pub fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = WalkDir::new(folder).into_iter().filter_map(Result::ok);
    entries.filter(|entry| entry.file_type().is_dir()).map(walkdir::DirEntry::into_path).collect()
}

/// Adds to `list` the folders below `roots`, but none below `except`: those of the first root first, nearest folders
/// first. Stops when `is_over` is true for their count, and returns the remaining ones.
pub fn nearest(
    roots: &[PathBuf],
    except: &Path,
    list: &mut Vec<PathBuf>,
    is_over: impl Fn(usize) -> bool,
) -> Vec<PathBuf> {
    let mut seen = BTreeSet::new();
    let [first, others @ ..] = roots else { return Vec::new() };
    for start in [std::slice::from_ref(first), others] {
        let mut open: VecDeque<PathBuf> = start.iter().cloned().collect();
        while let Some(folder) = open.pop_front() {
            if is_over(list.len()) {
                open.push_front(folder);
                return open.into();
            }
            if folder == except || !seen.insert(folder.clone()) {
                continue;
            }
            let entries = fs::read_dir(&folder).into_iter().flatten().filter_map(Result::ok);
            open.extend(
                entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path()),
            );
            list.push(folder);
        }
    }
    Vec::new()
}

/// A path with some bytes escaped by a backslash, as the kernel and `strace` write it.
pub fn unescape(text: &str) -> PathBuf {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let digits = after.iter().take(3).take_while(|digit| (b'0'..b'8').contains(*digit)).count();
        let byte = match after.first() {
            _ if digits > 0 => after[..digits].iter().fold(0_u8, |byte, digit| byte.wrapping_mul(8) + (digit - b'0')),
            Some(b'n') => b'\n',
            Some(b't') => b'\t',
            Some(b'r') => b'\r',
            Some(b'v') => 11,
            Some(b'f') => 12,
            Some(other) => *other,
            None => b'\\',
        };
        bytes.push(byte);
        rest = after.get(digits.max(1)..).unwrap_or_default();
    }
    PathBuf::from(OsString::from_vec(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_bytes_of_a_path_are_read_back() {
        assert_eq!(unescape(r#"/a\040b\tc\\d\"e\303\274"#), Path::new("/a b\tc\\d\"e\u{fc}"));
        assert_eq!(unescape(r"/a\1b\"), Path::new("/a\u{1}b\\"));
    }

    #[test]
    fn user_folders_and_file_systems_mounted_below_them_are_isolated() {
        let mountinfo = "22 1 8:1 / / rw - ext4 /dev/sda rw\n23 22 8:2 / /home/a\\040b/disk rw - ext4 /dev/sdb rw\n\
                         24 22 0:5 / /proc rw - proc proc rw\n25 22 0:6 / /net rw - autofs auto rw\n";
        let found = isolated(mountinfo, Path::new("/usr/src/paper")).unwrap();
        let has = |path: &str| found.iter().any(|found| found == Path::new(path));
        assert!(has("/home/a b/disk") && has("/usr/src/paper") && has("/tmp"), "{found:?}");
        assert!(!has("/proc") && !has("/net") && !has("/usr") && !has("/"), "{found:?}");
        assert!(is_system(Path::new("/usr/lib/x")) && !is_system(Path::new("/usrx")) && !is_system(Path::new("/")));
    }

    #[test]
    fn the_checkout_is_listed_first_and_the_nearest_folders_come_first() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["paper/deep/er", "paper/run", "other/deep/er"] {
            fs::create_dir_all(folder.path().join(path)).unwrap();
        }
        let path = |path: &str| folder.path().join(path);
        let roots = [path("paper"), folder.path().to_owned()];
        let listed = |most: usize| {
            let mut list = Vec::new();
            let left = nearest(&roots, &path("paper/run"), &mut list, |count| count >= most);
            (list, left)
        };
        let all = [path("paper"), path("paper/deep"), path("paper/deep/er"), folder.path().to_owned(), path("other")];
        assert_eq!((&listed(5).0[..], listed(5).1), (&all[..], vec![path("other/deep")]));
        let (list, left) = listed(99);
        assert_eq!((list.len(), left), (7, Vec::new()));
    }
}
