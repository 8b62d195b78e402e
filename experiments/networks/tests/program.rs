//! The program `networks` from outside.

use std::path::Path;
use std::process::{Command, Output};

fn networks(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_networks")).args(arguments).output().expect("the program starts")
}

#[test]
fn an_unknown_name_lists_the_known_ones() {
    let output = networks(&["show", "lenet"]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(message.contains("there is no network \"lenet\""), "{message}");
    for network in networks::all() {
        assert!(message.contains(network.name), "{message}");
    }
}

#[test]
fn every_network_is_listed_and_shown_with_its_totals() {
    let list = networks(&["list"]);
    let list = String::from_utf8_lossy(&list.stdout);
    for network in networks::all() {
        let line = list.lines().find(|line| line.split_whitespace().next() == Some(network.name)).expect("its line");
        let parameters = networks::parameters(&network).expect("it fits").to_string();
        let macs = networks::macs(&network).expect("it fits").to_string();
        let shown = networks(&["show", network.name]);
        let shown = String::from_utf8_lossy(&shown.stdout);
        let mut last = shown.lines().rev();
        let max = networks::activations(&network).expect("it fits");
        let alive = last.next().expect("a last line");
        assert!(alive.starts_with(&max.elements.to_string()) && alive.ends_with(&max.layer), "{alive}");
        let total = last.next().expect("a line before it");
        for text in [line, total] {
            assert!(text.contains(&parameters) && text.contains(&macs), "{text}");
        }
    }
}

#[test]
fn the_text_of_a_key_is_printed_as_it_is() {
    let shown = networks(&["show", "--canonical", "enet"]);
    let network = networks::find("enet").expect("it is there");
    assert_eq!(String::from_utf8_lossy(&shown.stdout), networks::canonical(&network));
}

#[test]
fn counts_are_written_twice_alike_into_the_folder_given() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("counts");
    let write = || {
        assert!(networks(&["counts", "--output", &folder.to_string_lossy()]).status.success());
        std::fs::read_to_string(folder.join("counts.json")).expect("the file is there")
    };
    let first = write();
    assert_eq!(first, networks::counts().expect("they fit").to_json().expect("it prints"));
    assert_eq!(first, write());
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let output = networks(&["counts", "--output", "/dev/null/counts"]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(message.contains("cannot write /dev/null/counts/counts.json\nhint: "), "{message}");
}
