//! Names and paths of steps: plain, inside the checkout, and none twice or below another.

use std::cmp::Ordering;
use std::iter;

use ecow::EcoString;

use super::{GraphError, OUTDATED};
use crate::publication::bundle;
use crate::step::{Origin, Program, Step};

/// Refuses two outputs with one path in `output/`, or one below the other.
pub fn check_exports(steps: &[Step]) -> Result<(), GraphError> {
    let mut exports: Vec<(EcoString, usize)> = Vec::with_capacity(steps.len());
    for (index, step) in steps.iter().enumerate() {
        for export in step.outputs.iter().map(|output| step.export(output)) {
            let is_reserved = bundle::RESERVED.iter().any(|own| overlap(own, &export));
            if is_reserved || overlap(bundle::KEYS, &export) {
                return Err(GraphError::ExportReserved { step: step.name.to_string(), export });
            }
            exports.push((export.into(), index));
        }
    }
    exports.sort_unstable_by(|(one, at), (other, to)| by_folder(one, other).then(at.cmp(to)));
    let name = |index: usize| steps[index].name.to_string();
    match exports.windows(2).find(|two| overlap(&two[0].0, &two[1].0)) {
        Some([(outer, other), (export, step)]) if outer == export => {
            Err(GraphError::ExportTwice { step: name(*step), other: name(*other), export: export.to_string() })
        }
        Some([(outer, _), (path, step)]) => {
            Err(GraphError::Below { step: name(*step), path: path.to_string(), file: outer.to_string() })
        }
        _ => Ok(()),
    }
}

/// An order in which what is below a path directly follows it.
fn by_folder(one: &str, other: &str) -> Ordering {
    let key = |byte: u8| if byte == b'/' { 0 } else { byte };
    one.bytes().map(key).cmp(other.bytes().map(key))
}

/// Whether `path` is relative and has only plain parts, so that it cannot leave its folder.
pub fn is_plain(path: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part != "." && part != ".." && !part.contains('\\') && !part.contains(char::is_control)
    };
    path.split('/').all(part)
}

/// Whether two paths are equal, or one is below the other.
fn overlap(one: &str, other: &str) -> bool {
    let is_within = |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
    one == other || is_within(one, other) || is_within(other, one)
}

/// Refuses names and paths that could leave their folder, and paths that clash within one step.
pub fn check_names(step: &Step) -> Result<(), GraphError> {
    let paths = || step.inputs.iter().chain(&step.optional).map(|input| &input.path);
    let exports = step.exports.iter().map(|(_, export)| export);
    let all = iter::once(&step.name).chain(paths()).chain(&step.outputs).chain(exports);
    if let Some(name) = all.into_iter().find(|name| !is_plain(name)) {
        return Err(GraphError::Name { step: step.name.to_string(), name: name.to_string() });
    }
    if let Some(identity) = &step.identity
        && (!is_plain(&identity.kind) || identity.kind.contains(['/', '+']))
    {
        return Err(GraphError::Kind { step: step.name.to_string(), kind: identity.kind.clone() });
    }
    if paths().any(|path| overlap(path, OUTDATED)) {
        return Err(GraphError::Reserved { step: step.name.to_string() });
    }
    check_files(step)?;
    let mut inputs: Vec<&str> = paths().map(EcoString::as_str).collect();
    let mut outputs: Vec<&str> = step.outputs.iter().map(EcoString::as_str).collect();
    for files in [&mut inputs, &mut outputs] {
        files.sort_unstable_by(|one, other| by_folder(one, other));
        let step = || step.name.to_string();
        match files.windows(2).find(|two| overlap(two[0], two[1])) {
            Some([file, path]) if file == path => {
                return Err(GraphError::PathTwice { step: step(), path: (*path).to_owned() });
            }
            Some([file, path]) => {
                return Err(GraphError::Below { step: step(), path: (*path).to_owned(), file: (*file).to_owned() });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Checks files of the checkout and the name of the program.
fn check_files(step: &Step) -> Result<(), GraphError> {
    let outside =
        |what, path: &EcoString| GraphError::Outside { step: step.name.to_string(), what, path: path.to_string() };
    for input in &step.inputs {
        if let Origin::File(path) = &input.origin
            && !is_plain(path)
        {
            return Err(outside("input", path));
        }
    }
    if let Some(path) = step.lockfiles.iter().find(|path| !is_plain(path)) {
        return Err(outside("lock file", path));
    }
    match &step.program {
        Program::Installed(name) if name.contains('/') || !is_plain(name) => {
            Err(GraphError::Program { step: step.name.to_string(), program: name.to_string() })
        }
        _ => Ok(()),
    }
}
