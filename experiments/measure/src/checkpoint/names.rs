//! How the names of tensors in published files differ from those of networks, as data: prefixes of programs, former names of layers, and
//! tensors without use for inference.

use std::collections::BTreeMap;

use super::error::CheckpointError;
use super::stored::Stored;
use crate::weights::Prefixed;

/// Prefixes that programs add to every name, and which program.
const PREFIXES: [(&str, &str); 4] = [
    ("module.", "torch.nn.DataParallel"),
    ("_orig_mod.", "torch.compile"),
    ("model.", "a training framework, such as PyTorch Lightning"),
    ("state_dict.", "a checkpoint of a training"),
];

/// Counters that PyTorch's batch normalisation keeps during training.
const COUNTER: &str = ".num_batches_tracked";

/// Auxiliary heads, which are only trained with: torchvision's Inception-v3 and GoogLeNet.
const HEADS: [&str; 3] = ["AuxLogits.", "aux1.", "aux2."];

/// Whether inference does without the tensor.
pub fn is_ignored(name: &str) -> bool {
    name.ends_with(COUNTER) || head(name).is_some()
}

fn head(name: &str) -> Option<&'static str> {
    HEADS.into_iter().find(|head| name.starts_with(head))
}

/// The tensors by the names that networks use, each once. Adds remarks on what was changed.
pub fn resolve(
    mut tensors: Vec<(String, Stored)>,
    remarks: &mut Vec<String>,
) -> Result<BTreeMap<String, Stored>, CheckpointError> {
    let is_common = |prefix: &str, tensors: &[(String, Stored)]| {
        tensors.iter().all(|(name, _)| name.len() > prefix.len() && name.starts_with(prefix))
    };
    while let Some((prefix, origin)) = PREFIXES.iter().find(|(prefix, _)| is_common(prefix, &tensors)) {
        if tensors.is_empty() {
            break;
        }
        remarks.push(format!("all names are without `{prefix}`, which {origin} adds"));
        tensors.iter_mut().for_each(|(name, _)| drop(name.drain(..prefix.len())));
    }
    let mut renamed = None;
    for (name, _) in &mut tensors {
        if let Some(now) = dense_layer(name) {
            renamed.get_or_insert_with(|| format!("layers have their present names, such as `{now}` for `{name}`"));
            *name = now;
        }
    }
    remarks.extend(renamed);
    for head in HEADS {
        let count = tensors.iter().filter(|(name, _)| name.starts_with(head)).count();
        if count > 0 {
            remarks.push(format!("the auxiliary head `{head}` is not used, {count} of {} tensors", tensors.len()));
        }
    }
    let mut resolved = BTreeMap::new();
    for (name, stored) in tensors {
        if resolved.contains_key(&name) {
            return Err(CheckpointError::Duplicate(name));
        }
        resolved.insert(name, stored);
    }
    Ok(resolved)
}

/// The present name of a layer of torchvision's DenseNet: `…denselayer1.norm.1.weight` is `…denselayer1.norm1.weight` since 2017, but not in
/// its files.
fn dense_layer(name: &str) -> Option<String> {
    let (layer, tensor) = name.rsplit_once('.')?;
    let (around, number) = layer.rsplit_once('.').filter(|(_, number)| ["1", "2"].contains(number))?;
    let (block, kind) = around.rsplit_once('.').filter(|(_, kind)| ["norm", "relu", "conv"].contains(kind))?;
    let last = block.rsplit_once('.').map_or(block, |(_, last)| last);
    let is_layer = last.strip_prefix("denselayer").is_some_and(|index| index.parse::<u32>().is_ok());
    is_layer.then(|| format!("{block}.{kind}{number}.{tensor}"))
}

/// The prefix under which the tensor `missing` is in a file with these names.
pub fn prefixed<'a>(missing: &str, names: impl Iterator<Item = &'a str> + Clone) -> Option<Prefixed> {
    let (prefix, count) = prefix(missing, names.clone())?;
    let origin = PREFIXES.iter().find(|(known, _)| prefix.starts_with(known)).map(|(_, origin)| *origin);
    Some(Prefixed { prefix: prefix.to_owned(), count, all: names.count(), origin })
}

/// That prefix, and how many names have it.
fn prefix<'a>(missing: &str, names: impl Iterator<Item = &'a str> + Clone) -> Option<(&'a str, usize)> {
    let prefixes = names.clone().filter_map(|name| name.strip_suffix(missing).filter(|prefix| prefix.ends_with('.')));
    // `layer1.0.conv1.weight` also ends with `conv1.weight`, but the common prefix is the shortest.
    let prefix = prefixes.min_by_key(|prefix| prefix.len())?;
    let count = names.filter(|name| name.starts_with(prefix)).count();
    Some((prefix, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_of_a_missing_tensor_is_the_shortest() {
        let names = ["module.conv1.weight", "module.layer1.0.conv1.weight", "module.fc.bias", "epoch"];
        assert_eq!(prefix("conv1.weight", names.into_iter()), Some(("module.", 3)));
        assert_eq!(prefix("fc.weight", names.into_iter()), None);
        assert_eq!(prefix("bias", ["xbias"].into_iter()), None);
        let origin = |name: &str| prefixed("fc.bias", [name].into_iter()).and_then(|prefixed| prefixed.origin);
        assert_eq!(origin("_orig_mod.module.fc.bias"), Some("torch.compile"));
        assert_eq!(origin("backbone.fc.bias"), None);
    }

    // The regular expression that torchvision's `densenet.py` renames with.
    #[test]
    fn former_names_of_dense_layers_become_the_present_ones_and_others_stay() {
        let name = "features.denseblock1.denselayer12.norm.1.running_mean";
        assert_eq!(dense_layer(name).as_deref(), Some("features.denseblock1.denselayer12.norm1.running_mean"));
        for name in
            ["layer1.norm.1.weight", "denselayer1.norm1.weight", "denselayer1.norm.3.weight", "norm.1.weight", "1"]
        {
            assert_eq!(dense_layer(name), None, "{name}");
        }
    }

    #[test]
    fn counters_and_auxiliary_heads_are_ignored_and_nothing_else() {
        for name in ["bn1.num_batches_tracked", "AuxLogits.fc.weight", "aux1.fc1.bias", "aux2.conv.bn.weight"] {
            assert!(is_ignored(name), "{name}");
        }
        for name in ["num_batches_tracked.weight", "auxiliary.weight", "features.aux1.weight", "aux1"] {
            assert!(!is_ignored(name), "{name}");
        }
    }
}
