//! Which files a program opened, according to `strace`: used where the kernel allows no mount namespace.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::Path;

use super::folders::unescape;
use super::isolate::Seen;

/// The tracing program.
pub const STRACE: &str = "strace";

/// Its arguments before the traced program: calls with file names are logged to `log`, with the paths of file
/// descriptors.
pub fn arguments(log: &Path) -> Vec<OsString> {
    let mut args: Vec<OsString> = ["-f", "-qq", "-y", "-e", "trace=%file", "-o"].map(OsString::from).to_vec();
    args.extend([log.into(), "--".into()]);
    args
}

/// The files opened by a program that ran in `folder`, from the log of `strace`.
pub fn read(log: &str, folder: &Path) -> Seen {
    let mut seen = Seen::default();
    let mut made = BTreeSet::new();
    // A call that another process interrupts takes two lines.
    let mut begun: BTreeMap<&str, &str> = BTreeMap::new();
    for line in log.lines() {
        let (process, call) = line.split_once(' ').map_or(("", line), |(process, call)| (process, call.trim_start()));
        if let Some(call) = call.strip_suffix("<unfinished ...>") {
            begun.insert(process, call);
            continue;
        }
        let (head, end) = match call.split_once("resumed>") {
            Some((_, end)) if call.starts_with("<... ") => (begun.remove(process).unwrap_or_default(), end),
            _ => (call, call),
        };
        let Some(result) = result(end) else { continue };
        let path = if head.starts_with("execve") {
            // The name is the first string. It is relative only for programs in the step's own folder.
            let name = head.split('"').nth(1).filter(|_| result == "0");
            name.map(|name| folder.join(unescape(name)))
        } else if head.starts_with("open") || head.starts_with("creat(") {
            let path = result.split_once('<').and_then(|(_, path)| path.strip_suffix('>'));
            path.map(unescape)
        } else {
            None
        };
        let Some(path) = path.filter(|_| !head.contains("O_DIRECTORY") && !head.contains("O_PATH")) else { continue };
        let text = path.to_string_lossy().into_owned();
        let is_made = ["creat(", "O_TRUNC", "O_EXCL", "O_WRONLY"].iter().any(|mark| head.contains(mark));
        if is_made && !seen.opened.contains(&text) {
            made.insert(text.clone());
            seen.written.insert(text);
        } else if !made.contains(&text) && !path.is_dir() {
            seen.opened.insert(text);
        }
    }
    seen
}

/// The result of a call: after the last `)` that is followed by blanks and `=`.
fn result(call: &str) -> Option<&str> {
    call.rmatch_indices(')').find_map(|(at, _)| call[at + 1..].trim_start().strip_prefix("= "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opened_and_written_files_are_read_from_the_log() {
        let log = r#"7  execve("/usr/bin/python3", ["python3"], 0x7ffd /* 3 vars */) = 0
7  openat(AT_FDCWD</run/a>, "gone", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)
7  openat(AT_FDCWD</run/a>, "input/a b", O_RDONLY|O_CLOEXEC) = 3</run/a/input/a b>
7  openat(AT_FDCWD</run/a>, "/data/x", O_RDONLY <unfinished ...>
8  execve("./tool", ["./tool"], 0x7ffd /* 3 vars */) = 0
7  <... openat resumed>)           = 4</data/x>
8  openat(AT_FDCWD</run/a>, "/tmp/new", O_RDWR|O_CREAT|O_EXCL, 0600) = 5</tmp/new>
8  open("/tmp/new", O_RDONLY) = 6</tmp/new>
8  openat(AT_FDCWD</run/a>, "/data", O_RDONLY|O_DIRECTORY) = 7</data>
8  newfstatat(AT_FDCWD</run/a>, "/data/y", {st_mode=S_IFREG|0644}, 0) = 0
8  openat(AT_FDCWD</run/a>, "/data/\303\274", O_RDONLY) = 7</data/\303\274>
8  +++ exited with 0 +++
"#;
        let seen = read(log, Path::new("/run/a"));
        let opened = ["/data/x", "/data/\u{fc}", "/run/a/./tool", "/run/a/input/a b", "/usr/bin/python3"];
        assert_eq!(seen.opened.iter().map(String::as_str).collect::<Vec<_>>(), opened);
        assert_eq!(seen.written.iter().map(String::as_str).collect::<Vec<_>>(), ["/tmp/new"]);
    }
}
