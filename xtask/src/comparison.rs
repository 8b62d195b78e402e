//! Sets of records: resolves an argument to a set, and checks its records. Statistics are left to `results`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use offprint::files::{self, Doing};
use offprint::plain_files::Records;
use offprint::store_lock;

pub mod record_set;

/// An empty folder for a command, locked until the second value is dropped.
///
/// # Errors
/// It cannot be created.
pub fn scratch(root: &Path, command: &str) -> Result<(PathBuf, store_lock::Held)> {
    let scratch = root.join("target").join(command);
    fs::create_dir_all(&scratch).doing("cannot make the folder", &scratch)?;
    let lock = store_lock::lock(&scratch.with_extension("lock"), |holder| {
        eprintln!("waiting for another call of {command} (process {holder}) to finish");
    })?;
    files::remove_folder(&scratch)?;
    Ok((scratch, lock))
}

/// Networks in records that are not `known`: those of a fork. The reader of records refuses invalid names.
pub fn unknown_networks<'a>(records: impl IntoIterator<Item = &'a Records>, known: &[&str]) -> BTreeSet<String> {
    let named = records.into_iter().flat_map(BTreeMap::values).filter_map(|bytes| {
        let record: serde_json::Value = serde_json::from_slice(bytes).ok()?;
        Some(record.get("network")?.as_str()?.to_owned())
    });
    let is_name = |name: &String| {
        let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        (1..=100).contains(&name.len()) && name.starts_with(|first: char| first != '-') && name.chars().all(plain)
    };
    named.filter(is_name).filter(|name| !known.contains(&name.as_str())).collect()
}

/// The networks of the study, and others that these records name: those of a fork.
pub fn networks<'a>(records: impl IntoIterator<Item = &'a Records>) -> Vec<String> {
    let mut networks: Vec<String> = networks::all().iter().map(|network| network.name.to_owned()).collect();
    let known: Vec<&str> = networks.iter().map(String::as_str).collect();
    let unknown_networks = unknown_networks(records, &known);
    networks.extend(unknown_networks);
    networks
}

#[cfg(test)]
mod tests {
    use super::*;
    use offprint::plain_files::put;

    #[test]
    fn networks_of_a_fork_are_found_and_invalid_names_become_no_arguments() {
        let mut records = Records::new();
        for name in ["alexnet", "lenet-5", "--help", "a,b", "", "Ünet"] {
            put(&mut records, "r", serde_json::json!({ "network": name }).to_string().into_bytes());
        }
        put(&mut records, "r", b"{\"network\": 1}".to_vec());
        put(&mut records, "r", b"not JSON".to_vec());
        assert!(unknown_networks([&records], &["alexnet"]).iter().eq(["lenet-5"]));
    }
}
