//! The program `networks`, run as a process.

use std::path::Path;
use std::process::{Command, Output};

fn networks(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_networks")).args(arguments).output().expect("the program starts")
}

#[test]
fn an_unknown_name_is_an_error_that_lists_the_networks() {
    let output = networks(&["show", "lenet"]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(message.contains("`lenet` is not a network\nhint: expected one of "), "{message}");
    for network in networks::all().into_iter().chain(networks::modern()) {
        assert!(message.contains(network.name), "{message}");
    }
}

#[test]
fn every_network_is_listed_and_shown_with_its_totals() {
    let list = networks(&["list"]);
    let list = String::from_utf8_lossy(&list.stdout);
    for network in networks::all().into_iter().chain(networks::modern()) {
        let line = list
            .lines()
            .find(|line| line.split_whitespace().next() == Some(network.name))
            .expect("a line for each network");
        let parameters = networks::parameters(&network).expect("a valid network").to_string();
        let macs = networks::macs(&network).expect("a valid network").to_string();
        let shown = networks(&["show", network.name]);
        let shown = String::from_utf8_lossy(&shown.stdout);
        let mut last = shown.lines().rev();
        let peak = networks::activations(&network).expect("a valid network");
        let alive = last.next().expect("a last line");
        assert!(alive.starts_with(&peak.elements.to_string()) && alive.ends_with(&peak.layer), "{alive}");
        let total = last.next().expect("a line before it");
        for text in [line, total] {
            assert!(text.contains(&parameters) && text.contains(&macs), "{text}");
        }
    }
}

#[test]
fn show_canonical_prints_the_text_of_keys() {
    let shown = networks(&["show", "--canonical", "enet"]);
    let network = networks::find("enet").expect("enet exists");
    assert_eq!(String::from_utf8_lossy(&shown.stdout), networks::canonical(&network));
}

#[test]
fn counts_are_the_same_each_time_they_are_written() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("counts");
    let write = || {
        assert!(networks(&["counts", "--output", &folder.to_string_lossy()]).status.success());
        std::fs::read_to_string(folder.join("counts.json")).expect("the file exists")
    };
    let first = write();
    assert_eq!(first, networks::counts().expect("valid networks").to_json().expect("JSON"));
    assert_eq!(first, write());
}

#[test]
fn counts_have_the_networks_of_the_study_and_those_that_are_named() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("more-counts");
    let output = folder.to_string_lossy();
    assert!(!networks(&["counts", "--also", "lenet", "--output", &output]).status.success());
    assert!(networks(&["counts", "--also", "vit-b-16", "--output", &output]).status.success());
    let text = std::fs::read_to_string(folder.join("counts.json")).expect("the file exists");
    let counts: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let names = counts["networks"].as_array().expect("a list").iter().filter_map(|network| network["name"].as_str());
    let expected = networks::all().into_iter().map(|network| network.name).chain(["vit-b-16"]);
    assert!(names.eq(expected), "{text}");
    // Only the later one is marked.
    assert_eq!(text.matches("\"later\": true").count(), 1);
}

#[test]
fn an_unwritable_folder_is_an_error_with_its_path() {
    let output = networks(&["counts", "--output", "/dev/null/counts"]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(
        message.contains("cannot write /dev/null/counts/counts.json: Not a directory (os error 20)\nhint: "),
        "{message}"
    );
}
