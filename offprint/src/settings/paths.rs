//! Texts from the user's environment without the paths in them.

use std::path::Path;

/// What separates paths from each other and from names. Blanks do not, since paths may have some.
const SEPARATORS: [char; 5] = ['=', ',', ':', ';', '@'];

/// `text` with each path replaced by the name of its file or folder, and a home folder by `~`.
pub fn file_names(text: &str) -> String {
    let home = std::env::var("HOME").unwrap_or_default();
    text.split_inclusive(SEPARATORS).map(|part| without_folders(part, &home)).collect()
}

/// The same for one part, which may end with a separator.
fn without_folders(part: &str, home: &str) -> String {
    let (path, separator) = part.split_at(part.trim_end_matches(SEPARATORS).len());
    if !path.contains('/') {
        return part.to_owned();
    }
    // A flag of one letter, such as `-L/usr/lib`.
    let is_flag = path.starts_with('-') && path.as_bytes().get(2) == Some(&b'/');
    let (flag, path) = path.split_at(if is_flag { 2 } else { 0 });
    let (path, quotes) = (path.trim_matches(['"', '\'']), &path[path.trim_end_matches(['"', '\'']).len()..]);
    let path = Path::new(path);
    let is_home = path == Path::new(home)
        || path.parent().and_then(Path::file_name).is_some_and(|parent| parent == "home" || parent == "Users");
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    format!("{flag}{quotes}{}{quotes}{separator}", if is_home { "~" } else { &name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_names_and_other_texts_stay() {
        for (text, expected) in [
            ("/opt/cuda/lib64:/usr/lib/", "lib64:lib"),
            ("/home/me:/home/me/.local/share", "~:share"),
            ("GPU-9a8b,1", "GPU-9a8b,1"),
            ("-I/home/me/include", "-Iinclude"),
            ("/home/me/a b/x.json:/home/me/a b", "x.json:a b"),
            ("\"/home/me/x.json\"", "\"x.json\""),
            ("vendor/lib", "lib"),
            ("/", ""),
            ("", ""),
        ] {
            assert_eq!(file_names(text), expected, "{text}");
        }
    }
}
