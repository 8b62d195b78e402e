//! Files that systems, editors and sharing programs leave in any folder. They are no part of a publication and no source.

use std::path::Path;

/// Folders of this kind, with everything in them.
const FOLDERS: [&str; 14] = [
    ".git",
    "__MACOSX",
    ".AppleDouble",
    ".Spotlight-V100",
    ".TemporaryItems",
    ".Trashes",
    ".fseventsd",
    "$RECYCLE.BIN",
    "System Volume Information",
    "lost+found",
    "@eaDir",
    ".stfolder",
    ".ipynb_checkpoints",
    "__pycache__",
];
const FILES: [&str; 8] =
    [".DS_Store", ".apdisk", ".localized", "Icon\r", "Thumbs.db", "ehthumbs.db", "desktop.ini", ".directory"];
/// Beginnings: resource forks, removed files that a program still has open, locks of editors.
const BEGINNINGS: [&str; 5] = ["._", ".nfs0", ".fuse_hidden", ".#", ".~lock."];
/// Ends: backups of editors, and the origin of a downloaded file.
const ENDS: [&str; 3] = ["~", ":Zone.Identifier", ".un~"];

/// Whether a file with this path, relative and with `/`, is of this kind.
pub fn is_stray(path: &str) -> bool {
    let mut parts = path.split('/').rev();
    let name = parts.next().unwrap_or_default();
    // Windows does not tell capitals apart.
    let is = |known: &&str| name.eq_ignore_ascii_case(known);
    // `.x.swp` and, when that exists, `.x.swo` to `.x.swa`.
    let is_swap = name.starts_with('.')
        && Path::new(name).extension().and_then(|end| end.to_str()).is_some_and(|end| {
            end.len() == 3 && end.starts_with("sw") && end.ends_with(|last: char| last.is_ascii_lowercase())
        });
    FILES.iter().any(is)
        || is_swap
        || (name.starts_with('#') && name.ends_with('#'))
        || BEGINNINGS.iter().any(|start| name.starts_with(start))
        || ENDS.iter().any(|end| name.ends_with(end))
        || parts.any(|folder| FOLDERS.contains(&folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_systems_and_editors_are_distinguished_from_others() {
        for path in [
            ".DS_Store",
            "figures/.DS_Store",
            "._estimates.json",
            "records/._enet-b1.json",
            "__MACOSX/publication/._a",
            "Thumbs.db",
            "figures/thumbs.DB",
            "Desktop.ini",
            "report.typ~",
            ".report.typ.swp",
            ".report.typ.swo",
            "#notes.md#",
            ".#notes.md",
            ".~lock.tables.csv#",
            "report.pdf:Zone.Identifier",
            ".nfs000000000a1b2c3d00000001",
            ".git/objects/ab/cd",
        ] {
            assert!(is_stray(path), "{path}");
        }
        for path in ["estimates.json", "more.pdf", "a.swp", ".swap.svg", "x.DS_Store", "git/a", "notes#", ".hidden"] {
            assert!(!is_stray(path), "{path}");
        }
    }
}
