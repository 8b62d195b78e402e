//! Files of `torch.save`: a ZIP archive since version 1.6, and before that pickles followed by the storages.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

use super::archive::Archive;
use super::error::CheckpointError;
use super::pickle::{self, Area, Pickle, Value, View};
use super::state_dict;
use super::storage::Storage;
use super::stored::Stored;

/// The first pickle of a legacy file: 0x1950a86a20f9469cfc6c, little-endian.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
/// The second.
const PROTOCOL: i64 = 1001;
/// The entry of an archive that has the pickle, in a folder of any name.
const PICKLE: &str = "data.pkl";
/// Entries other than tensors have a few bytes.
const MAX_TEXT_BYTES: u64 = 1000;
const BIG_ENDIAN: &str = "its numbers are big-endian; save it again on a little-endian machine";

/// The tensors in order, and remarks on where they were found.
pub type Tensors = (Vec<(String, Stored)>, Vec<String>);

/// The tensors of an archive of `length` bytes.
pub fn archived(file: &File, length: u64) -> Result<Tensors, CheckpointError> {
    let archive = Archive::open(file, length)?;
    let folders: Vec<_> = archive.names().filter_map(|name| name.strip_suffix(PICKLE)).map(str::to_owned).collect();
    let [folder] = &folders[..] else {
        let problem = format!("there are {} entries `{PICKLE}`, expected one", folders.len());
        return Err(CheckpointError::Archive { part: "the directory".to_owned(), problem });
    };
    let content = |name: &str, limit| {
        let storage = archive.storage(file, name)?;
        storage.content(file, limit).map_err(|error| in_archive(name, error.to_string()))
    };
    let order = format!("{folder}byteorder");
    if archive.names().any(|name| name == order) && content(&order, MAX_TEXT_BYTES)? != b"little" {
        return Err(in_archive(&order, BIG_ENDIAN.to_owned()));
    }
    let pickle = pickle::read(&content(&format!("{folder}{PICKLE}"), pickle::MAX_BYTES as u64)?, 0)?;
    let mut storages: BTreeMap<String, Arc<Storage>> = BTreeMap::new();
    let (views, remarks) = state_dict::tensors(&pickle)?;
    let mut tensors = Vec::new();
    for (name, view) in views {
        let key = &view.area.key;
        if !storages.contains_key(key) {
            let storage = archive.storage(file, &format!("{folder}data/{key}"))?;
            storages.insert(key.clone(), Arc::new(storage));
        }
        let storage = Arc::clone(&storages[key]);
        tensors.push((name.clone(), stored(&name, view, storage)?));
    }
    apart(&storages)?;
    Ok((tensors, remarks))
}

fn in_archive(name: &str, problem: String) -> CheckpointError {
    CheckpointError::Archive { part: name.escape_debug().take(100).collect(), problem }
}

/// Checks that no two storages share bytes of the file.
fn apart(storages: &BTreeMap<String, Arc<Storage>>) -> Result<(), CheckpointError> {
    let mut places: Vec<_> = storages.iter().map(|(key, storage)| (storage.begin, storage.end(), key)).collect();
    places.sort_unstable();
    match places.windows(2).find(|pair| pair[0].1 > pair[1].0) {
        None => Ok(()),
        Some(pair) => Err(in_archive(&format!("data/{}", pair[1].2), format!("it overlaps with `data/{}`", pair[0].2))),
    }
}

/// The tensor `view` of a storage, which must be as long as the pickle says.
fn stored(name: &str, view: &View, storage: Arc<Storage>) -> Result<Stored, CheckpointError> {
    let error = |problem| CheckpointError::Tensor { name: name.to_owned(), problem };
    let Area { key, element, elements, part } = &view.area;
    let declared = elements.checked_mul(element.bytes() as u64);
    if declared != Some(storage.bytes) {
        let problem =
            format!("{elements} elements of type {} in its storage `{key}` of {} bytes", element.name(), storage.bytes);
        return Err(error(problem));
    }
    let first = match *part {
        None => 0,
        Some((first, count)) if first.checked_add(count).is_some_and(|end| end <= *elements) => first,
        Some((first, count)) => {
            return Err(error(format!("{count} elements after {first} of its storage `{key}`, which has {elements}")));
        }
    };
    let offset = usize::try_from(first).unwrap_or(usize::MAX).saturating_add(view.offset);
    Stored::new(storage, element.clone(), offset, view.shape.clone(), view.strides.clone()).map_err(error)
}

/// The tensors of a legacy file of `length` bytes.
pub fn legacy(mut file: &File, length: u64) -> Result<Tensors, CheckpointError> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(pickle::MAX_BYTES as u64).read_to_end(&mut bytes)?;
    let wrong = |byte: usize, problem: &str| CheckpointError::Pickle { byte, problem: problem.to_owned() };
    let magic = pickle::read(&bytes, 0)?;
    if !matches!(magic.value(magic.root()), Value::Long(digits) if digits[..] == MAGIC) {
        return Err(wrong(0, "it does not begin with PyTorch's magic number"));
    }
    let protocol = pickle::read(&bytes, magic.end)?;
    if !matches!(protocol.value(protocol.root()), Value::Int(PROTOCOL)) {
        return Err(wrong(magic.end, "another version of the format than 1001"));
    }
    let system = pickle::read(&bytes, protocol.end)?;
    if !is_little_endian(&system) {
        return Err(wrong(protocol.end, BIG_ENDIAN));
    }
    let state = pickle::read(&bytes, system.end)?;
    let keys = pickle::read(&bytes, state.end)?;
    let storages = storages(file, length, &state, &keys)?;
    let (views, remarks) = state_dict::tensors(&state)?;
    let tensors = views.into_iter().map(|(name, view)| match storages.get(&view.area.key) {
        Some(storage) => Ok((name.clone(), stored(&name, view, Arc::clone(storage))?)),
        None => {
            let problem = format!("its storage `{}` is missing in the file", view.area.key);
            Err(CheckpointError::Tensor { name, problem })
        }
    });
    Ok((tensors.collect::<Result<_, _>>()?, remarks))
}

fn is_little_endian(system: &Pickle) -> bool {
    let Value::Dict(items) = system.value(system.root()) else { return false };
    items.iter().any(|(key, value)| {
        matches!(system.value(*key), Value::Text(key) if key == "little_endian")
            && matches!(system.value(*value), Value::Truth(true))
    })
}

/// The storages behind the pickles, in the order of the last, each after its number of elements.
fn storages(
    mut file: &File,
    length: u64,
    state: &Pickle,
    keys: &Pickle,
) -> Result<BTreeMap<String, Arc<Storage>>, CheckpointError> {
    let declared: BTreeMap<&str, &Area> = state.areas().map(|area| (area.key.as_str(), area)).collect();
    let wrong = |problem: String| CheckpointError::Pickle { byte: state.end, problem };
    let Value::List(order) = keys.value(keys.root()) else {
        return Err(wrong("a list of storages is missing".to_owned()));
    };
    let (mut storages, mut at) = (BTreeMap::new(), keys.end as u64);
    for key in order {
        let key = match keys.value(*key) {
            Value::Text(key) => key.clone(),
            Value::Int(key) => key.to_string(),
            _ => return Err(wrong("a name of a storage is no text".to_owned())),
        };
        let shown: String = key.escape_debug().take(100).collect();
        let Some(Area { element, elements, .. }) = declared.get(key.as_str()) else {
            return Err(wrong(format!("storage `{shown}` belongs to no tensor")));
        };
        let begin = at + 8;
        let end = elements.checked_mul(element.bytes() as u64).and_then(|bytes| begin.checked_add(bytes));
        let Some(end) = end.filter(|end| *end <= length) else {
            let problem =
                format!("storage `{shown}` of {elements} elements reaches beyond the end of the file: it is truncated");
            return Err(wrong(problem));
        };
        let mut count = [0; 8];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut count)?;
        if u64::from_le_bytes(count) != *elements {
            let found = u64::from_le_bytes(count);
            return Err(wrong(format!(
                "storage `{shown}` has {elements} elements, but {found} at byte {at} of the file"
            )));
        }
        if storages.insert(key, Arc::new(Storage::plain(begin, end - begin))).is_some() {
            return Err(wrong(format!("storage `{shown}` is there twice")));
        }
        at = end;
    }
    if at != length {
        return Err(CheckpointError::Length { found: length, part: "list of storages", described: at });
    }
    Ok(storages)
}
