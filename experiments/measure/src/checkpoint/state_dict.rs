//! The tensors of a pickled state dict by name, also where it is one value of a larger dictionary.

use super::error::CheckpointError;
use super::pickle::{Id, Pickle, Value, View};

/// Where trainings keep the weights.
const KEYS: [&str; 3] = ["state_dict", "model", "model_state_dict"];
/// The most values that are visited, and the deepest nesting. A state dict has no nesting, a training's checkpoint three.
const MAX_VISITED: usize = 1 << 17;
const MAX_DEPTH: usize = 8;
/// The longest name of a tensor [bytes].
const MAX_NAME: usize = 1000;

/// Tensors by name.
type Named<'a> = Vec<(String, &'a View)>;

/// The tensors in order, names of nested dictionaries joined by `.`, and remarks on where they were found.
pub fn tensors(pickle: &Pickle) -> Result<(Named<'_>, Vec<String>), CheckpointError> {
    let (mut place, mut remarks) = (pickle.root(), Vec::new());
    for _ in 0..MAX_DEPTH {
        let Value::Dict(items) = pickle.value(place) else {
            return Err(CheckpointError::NoStateDict("its pickle is no dictionary".to_owned()));
        };
        if items.iter().any(|(_, value)| matches!(pickle.value(*value), Value::View(_))) {
            break;
        }
        let found = items.iter().filter_map(|(key, value)| match (pickle.value(*key), pickle.value(*value)) {
            (Value::Text(key), Value::Dict(_)) if KEYS.contains(&key.as_str()) => Some((key, *value)),
            _ => None,
        });
        let found: Vec<_> = found.collect();
        match found[..] {
            [] => break,
            [(key, inner)] => {
                remarks.push(format!("the tensors are those of `{key}`{}", others(pickle, items, inner)));
                place = inner;
            }
            [(one, _), (other, _), ..] => {
                let which = format!("it has both `{one}` and `{other}`");
                return Err(CheckpointError::NoStateDict(which));
            }
        }
    }
    let mut visit = Visit { pickle, visited: 0, tensors: Vec::new() };
    visit.dict(place, "", 0)?;
    if visit.tensors.is_empty() {
        return Err(CheckpointError::NoStateDict("its dictionary has no tensors".to_owned()));
    }
    Ok((visit.tensors, remarks))
}

/// The other dictionaries, in words.
fn others(pickle: &Pickle, items: &[(Id, Id)], chosen: Id) -> String {
    let names = items.iter().filter_map(|(key, value)| match (pickle.value(*key), pickle.value(*value)) {
        (Value::Text(key), Value::Dict(_)) if *value != chosen && key.len() < 40 => {
            Some(format!("`{}`", key.escape_debug()))
        }
        _ => None,
    });
    let names: Vec<_> = names.take(8).collect();
    if names.is_empty() { String::new() } else { format!(", not {}", names.join(", ")) }
}

struct Visit<'a> {
    pickle: &'a Pickle,
    visited: usize,
    tensors: Named<'a>,
}

impl Visit<'_> {
    fn dict(&mut self, place: Id, prefix: &str, depth: usize) -> Result<(), CheckpointError> {
        let Value::Dict(items) = self.pickle.value(place) else { return Ok(()) };
        if depth == MAX_DEPTH {
            return Err(CheckpointError::NoStateDict(format!("its dictionaries are nested deeper than {MAX_DEPTH}")));
        }
        for (key, value) in items {
            self.visited += 1;
            if self.visited > MAX_VISITED {
                return Err(CheckpointError::NoStateDict(format!("it has more than {MAX_VISITED} values")));
            }
            let value = (self.pickle.value(*value), *value);
            if !matches!(value.0, Value::Dict(_) | Value::View(_)) {
                continue;
            }
            let name = match self.pickle.value(*key) {
                Value::Text(key) if prefix.len() + key.len() <= MAX_NAME => format!("{prefix}{key}"),
                Value::Int(key) => format!("{prefix}{key}"),
                Value::Text(_) => {
                    return Err(CheckpointError::NoStateDict(format!("a name has more than {MAX_NAME} bytes")));
                }
                _ => return Err(CheckpointError::NoStateDict(format!("a key in `{prefix}` is no text"))),
            };
            match value {
                (Value::View(view), _) => self.tensors.push((name, view)),
                (_, inner) => self.dict(inner, &format!("{name}."), depth + 1)?,
            }
        }
        Ok(())
    }
}
