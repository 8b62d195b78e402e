//! Boards as text: files below sysfs, and what is expected of them.
//!
//! One board is one file `NAME.txt`. Its lines:
//!
//! | line | what it is |
//! |---|---|
//! | `# words` | the origin of the layout |
//! | `path = content` | a file below sysfs |
//! | `path -> target` | a link, relative to its folder |
//! | `path/` | a folder, which exists and cannot be read as a file |
//! | `> path = content` | the file as it is at the second reading |
//! | `! words` | an expectation; `expectation.rs` lists the kinds |

use std::fs;
use std::path::Path;

/// A board, unpacked in a folder.
pub struct Board {
    folder: tempfile::TempDir,
    later: Vec<(String, String)>,
    /// The words of its expectations, in order.
    #[allow(dead_code, reason = "a test may need only the files")]
    pub expectations: Vec<String>,
}

/// The names of all boards.
#[allow(dead_code, reason = "a test may need only one board")]
pub fn names() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/boards");
    let files = fs::read_dir(folder).expect("the folder of boards").map(|entry| entry.expect("a file").file_name());
    let mut names: Vec<String> =
        files.filter_map(|file| Some(file.to_str()?.strip_suffix(".txt")?.to_owned())).collect();
    names.sort();
    names
}

impl Board {
    /// Unpacks the board of that name.
    pub fn unpack(name: &str) -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/boards/{name}.txt"));
        let text = fs::read_to_string(&file).expect("a board of that name");
        let mut board =
            Self { folder: tempfile::tempdir().expect("a folder"), later: Vec::new(), expectations: Vec::new() };
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(words) = line.strip_prefix("! ") {
                board.expectations.push(words.to_owned());
            } else if let Some((path, target)) = line.split_once(" -> ") {
                board.link(path, target);
            } else if let Some(folder) = line.strip_suffix('/') {
                fs::create_dir_all(board.sysfs().join(folder)).expect("a folder");
            } else {
                let (path, content) = line.split_once(" = ").unwrap_or_else(|| panic!("{name}: {line}"));
                match path.strip_prefix("> ") {
                    Some(path) => board.later.push((path.to_owned(), content.to_owned())),
                    None => board.write(path, content),
                }
            }
        }
        board
    }

    /// The folder that replaces sysfs.
    pub fn sysfs(&self) -> &Path {
        self.folder.path()
    }

    /// Writes one file as the kernel would show it.
    pub fn write(&self, path: &str, content: &str) {
        let path = self.sysfs().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, format!("{content}\n")).expect("a file");
    }

    /// Makes a link as the kernel has them.
    fn link(&self, path: &str, target: &str) {
        let path = self.sysfs().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        #[cfg(unix)]
        std::os::unix::fs::symlink(target, path).expect("a link");
    }

    /// Changes the files to those of the second reading.
    #[allow(dead_code, reason = "a test may write its own values")]
    pub fn go_on(&self) {
        for (path, content) in &self.later {
            self.write(path, content);
        }
    }
}
