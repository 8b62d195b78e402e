//! A folder for each class, named by its WordNet id, as torchvision's `ImageFolder` reads ImageNet. Opens no picture.

use std::fs;
use std::path::Path;

use super::{Entry, ListError, MAX_ENTRIES, class};

/// All files below the folders of `folder`. Names that begin with a dot are no pictures.
pub(super) fn read(folder: &Path) -> Result<Vec<Entry>, ListError> {
    let mut entries = Vec::new();
    for (name, is_folder) in names(folder)? {
        let hint = "name each folder by the WordNet id of its class, such as n01440764, or give `labels`";
        if !is_folder {
            return Err(ListError::new(folder, format!("`{name}` is in no folder of a class"), hint));
        }
        let Some(class) = class(&name) else {
            return Err(ListError::new(folder, format!("`{name}` is no WordNet id of ILSVRC-2012"), hint));
        };
        for (file, is_folder) in names(&folder.join(&name))? {
            if is_folder {
                let problem = format!("`{name}/{file}` is a folder in the folder of a class");
                return Err(ListError::new(folder, problem, hint));
            }
            entries.push(Entry { path: format!("{name}/{file}"), class });
            if entries.len() > MAX_ENTRIES {
                return Err(ListError::new(
                    folder,
                    format!("it has more than {MAX_ENTRIES} files"),
                    "name a smaller folder",
                ));
            }
        }
    }
    Ok(entries)
}

/// The visible names in a folder, and whether each is a folder.
fn names(folder: &Path) -> Result<Vec<(String, bool)>, ListError> {
    let unreadable = |problem: String| ListError::new(folder, problem, "name a folder that can be read");
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| unreadable(error.to_string()))? {
        let entry = entry.map_err(|error| unreadable(error.to_string()))?;
        let name = entry.file_name().into_string();
        let name = name.map_err(|name| unreadable(format!("the name {name:?} is not valid UTF-8")))?;
        if !name.starts_with('.') {
            let is_folder = entry.path().is_dir();
            names.push((name, is_folder));
        }
    }
    Ok(names)
}
