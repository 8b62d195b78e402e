//! What the fuzz targets share: inputs as folders of files, and the roots of records.

use std::fs;
use std::path::{Component, Path};

/// A folder in memory, so that a target spends its time in the program and not on a disk.
pub fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    folder.expect("a folder")
}

/// Writes the files that `text` describes below `top`, in the form of the boards of `experiments/measure/tests/boards`:
/// `path = content` is a file, `path/` a folder; `\n` in a content is a line break. Other lines are ignored.
pub fn unpack(text: &str, top: &Path) {
    for line in text.lines().take(400) {
        let (path, content) = match line.split_once(" = ") {
            Some((path, content)) => (path, Some(content)),
            None => (line, None),
        };
        let plain = !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        if !plain || path.len() > 200 {
            continue;
        }
        let path = top.join(path);
        // A path that an earlier line made a file is no folder: such lines are ignored too.
        let _ = match content {
            Some(content) => path
                .parent()
                .map_or(Ok(()), fs::create_dir_all)
                .and_then(|()| fs::write(&path, format!("{}\n", content.replace("\\n", "\n")))),
            None => fs::create_dir_all(&path),
        };
    }
}

/// The names of the paper's networks.
pub fn networks() -> Vec<String> {
    networks::all().iter().map(|network| network.name.to_owned()).collect()
}
