//! What the fuzz targets share: inputs as folders of files, and the roots of records.

use std::fs;
use std::path::{Component, Path};

use arbitrary::Unstructured;
use serde_json::Value;

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

/// The published records with this file name, as texts; none where the fuzzer was not started in the checkout.
pub fn published(file: &str) -> Vec<String> {
    let entries = walkdir::WalkDir::new("experiments/published/records").sort_by_file_name().into_iter().flatten();
    let files = entries.filter(|entry| entry.file_name() == file);
    files.map(|entry| fs::read_to_string(entry.path()).expect("a record")).collect()
}

/// One of the records, with up to four changes that `data` describes: another number, text or kind, or something less.
pub fn edited(records: &[String], data: &[u8]) -> Vec<u8> {
    let mut data = Unstructured::new(data);
    let Ok(text) = data.choose(records) else { return Vec::new() };
    let mut record: Value = serde_json::from_str(text).expect("a published record");
    for _ in 0..data.int_in_range(1..=4).unwrap_or(1) {
        let mut pointers = Vec::new();
        collect(&record, String::new(), &mut pointers);
        let Ok(pointer) = data.choose(&pointers) else { break };
        if change(record.pointer_mut(pointer).expect("a place of the record"), &mut data).is_err() {
            break;
        }
    }
    serde_json::to_vec(&record).expect("JSON")
}

/// The pointers to every value inside `value`.
fn collect(value: &Value, at: String, pointers: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| collect(item, format!("{at}/{index}"), pointers));
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(name, field)| collect(field, format!("{at}/{name}"), pointers));
        }
        _ => {}
    }
    pointers.push(at);
}

fn change(value: &mut Value, data: &mut Unstructured) -> arbitrary::Result<()> {
    match (&mut *value, data.int_in_range(0..=5)?) {
        (Value::Array(items), 0 | 1) if !items.is_empty() => items.truncate(data.choose_index(items.len())?),
        (Value::Array(items), 2) if !items.is_empty() => items.push(items[data.choose_index(items.len())?].clone()),
        (Value::Object(fields), 0..=2) if !fields.is_empty() => {
            let name = fields.keys().nth(data.choose_index(fields.len())?).expect("a field").clone();
            fields.remove(&name);
        }
        (Value::Number(number), 0) => {
            *value = (number.as_f64().unwrap_or(0.0) * f64::from(data.arbitrary::<i16>()?)).into()
        }
        (Value::Number(_), 1) => *value = data.arbitrary::<i64>()?.into(),
        (Value::Number(_), 2) => *value = f64::from(data.arbitrary::<i8>()?).into(),
        (Value::Number(_), 3) => {
            *value = (*data.choose(&[0.0, -0.0, f64::MIN_POSITIVE, f64::MAX, -f64::MAX, 1e-300, 1e150, 4e18])?).into();
        }
        (_, 4) => *value = Value::Null,
        (_, 5) => *value = data.arbitrary::<String>()?.into(),
        _ => *value = data.arbitrary::<f64>()?.into(),
    }
    Ok(())
}
