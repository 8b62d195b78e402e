//! A report of extreme size: many networks, many machines, long names, characters that no font has.

use std::fs;
use std::path::Path;

use offprint_typeset::compile::PaperSize;
use results::{Estimates, Observation};

use super::{append, finish, letters, set};

/// As many as a study of current networks would have.
const NETWORKS: usize = 60;
const MACHINES: usize = 12;

/// A name as long as a paragraph, with a word that has no space, as firmware may report it.
fn long_name() -> String {
    format!("{} {}", "Extraordinarily-".repeat(12), "long board name ".repeat(30))
}

/// The original's networks, repeated under other names.
fn many() -> (results::Counts, Estimates) {
    let (mut counts, mut estimates) = (tests::counts(), tests::tx1_estimates());
    estimates.points.retain(|point| matches!(point.batch, 1 | 16));
    let (networks, points) = (counts.networks.clone(), estimates.points.clone());
    for index in networks.len()..NETWORKS {
        let like = &networks[index % networks.len()];
        let name = format!("net-{index}");
        for point in points.iter().filter(|point| point.network == like.name) {
            estimates.points.push(results::Point { network: name.clone(), ..point.clone() });
        }
        counts.networks.push(results::NetworkCounts { title: format!("Network-{index}"), name, ..like.clone() });
    }
    for (number, fact) in ["machine_model", "kernel", "a_sensor"].into_iter().enumerate() {
        let value = if number == 0 { "联想 ThinkStation".into() } else { long_name().into() };
        estimates.environment.insert(fact.to_owned(), Observation::Known { value });
    }
    (counts, estimates)
}

fn named(estimates: &Estimates, hardware: &str) -> Estimates {
    let mut named = estimates.clone();
    hardware.clone_into(&mut named.device.hardware);
    named
}

#[test]
fn a_report_names_sixty_networks_and_twelve_machines_with_strange_names() {
    let (counts, estimates) = many();
    let folder = tempfile::tempdir().expect("a folder");
    let top = folder.path();
    tests::write_inputs(top, &named(&estimates, "联想 board, 2 cores"));
    results::json::write(&top.join("counts.json"), &counts).expect("it writes");
    fs::create_dir(top.join("machines")).expect("a folder");
    for index in 0..MACHINES {
        let hardware = if index % 2 == 0 { long_name() } else { format!("board {index} \u{202e}\u{e000}") };
        let path = top.join(format!("machines/cpu-{index:08x}.json"));
        results::json::write(&path, &named(&estimates, &hardware)).expect("it writes");
    }
    finish(top);
    // A list longer than a page, among floating figures.
    append(&folder, "text/sections/operations.typ", "\n#for index in range(120) [\n- item #index\n]\n");
    let report = set(&folder, PaperSize::A4);
    let all = letters(&report.pages.concat());
    for index in 14..NETWORKS {
        assert!(all.contains(&format!("Network{index}")), "{index}");
    }
    for index in 0..MACHINES {
        assert!(all.contains(&format!("cpu{index:08x}")), "{index}");
    }
    // The thirteenth machine is M.
    assert!(all.contains("MANetwork") || all.contains("MAAlexNet"), "the last machine has ratios");
    assert!(all.contains("U8054U60F3board") && all.contains("U202EUE000"), "characters that no font has");
    // `.ci/run` checks that no words in it overlap.
    fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("stress.pdf"), report.pdf).expect("a file");
}
