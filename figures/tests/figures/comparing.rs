//! The figure of a comparison: its texts, its layout, and the program that draws it.

use std::fs;
use std::process::Command;

use figures::comparison::{check, draw, to_svg};
use figures::finish::WATERMARK_TEXT;
use results::agreement::Ratio;
use results::compare::{Bounds, Half, Overall, Row, Side, Verdict};
use results::record::Protocol;
use results::statistics::BetweenSessions;
use results::{Comparison, DeviceIdentity, Estimate, Replication};

use crate::fixture::BATCHES;

/// So many networks at these batches, with the ratios of a function of the index, intervals of this relative width, and so many sessions.
fn comparison(networks: usize, batches: &[u32], ratio: impl Fn(usize) -> f64, wide: f64, sessions: u32) -> Comparison {
    let names = ["alexnet", "bn-alexnet", "inception-v4", "resnet-152", "vgg-16"];
    let name = |index: usize| names.get(index).map_or_else(|| format!("network-{index}"), |name| (*name).to_owned());
    let points: Vec<(usize, u32)> =
        (0..networks).flat_map(|index| batches.iter().map(move |&batch| (index, batch))).collect();
    let half = Half {
        time: Estimate { value: 0.1, low: 0.09, high: 0.11 },
        replication: Replication::new(sessions, 1, 10),
        samples: 10,
        net_memory: None,
        flags: Vec::new(),
        outdated: false,
    };
    let row = |(row, &(network, batch)): (usize, &(usize, u32))| {
        let value = ratio(row);
        let ratio = Estimate { value, low: value / wide, high: value * wide };
        let (a, b) = (half.clone(), half.clone());
        let over_sessions = sessions > 1;
        let verdict = Bounds::USUAL.verdict(&Ratio { value: ratio, over_sessions });
        Row { network: name(network), batch, a, b, ratio, over_sessions, memory_ratio: None, same: false, verdict }
    };
    let rows: Vec<Row> = points.iter().enumerate().map(row).collect();
    let side = |name: &str| Side {
        name: name.to_owned(),
        device: DeviceIdentity {
            kind: "cpu".to_owned(),
            hardware: "Some processor, 2 cores".to_owned(),
            backend: "burn (flex)".to_owned(),
            simulated: false,
        },
        protocol: Protocol { name: "quick".to_owned(), processes: 1, ..Protocol::default() },
        days: Vec::new(),
        records: rows.len(),
        between_sessions: (sessions > 1).then_some(BetweenSessions {
            variance: 1e-3,
            freedom: 9.0,
            points: 14,
            sessions: 2,
        }),
    };
    let verdicts = Verdict::ALL.map(|verdict| rows.iter().filter(|row| row.verdict == verdict).count());
    let overall = Overall { ratio: Estimate { value: 1.0, low: 0.9, high: 1.1 }, networks, verdicts, same: 0 };
    let (a, b) = (side("before"), side("after"));
    Comparison {
        a,
        b,
        bounds: Bounds::USUAL,
        rows,
        overall,
        only: Vec::new(),
        differences: Vec::new(),
        accuracies: Vec::new(),
    }
}

fn words(comparison: &Comparison) -> String {
    let canvas = draw(comparison);
    canvas.texts().map(|(text, _)| text).collect::<Vec<_>>().join(" ").replace('\u{a0}', " ")
}

/// From one point to more than a page, from no difference to a factor of a million, with intervals from none to very wide.
fn comparisons() -> Vec<(&'static str, Comparison)> {
    let long = |mut comparison: Comparison| {
        comparison.a.name = "a very long name ".repeat(20);
        comparison.rows.iter_mut().for_each(|row| row.network = format!("{}-of-a-fork", row.network.repeat(5)));
        comparison
    };
    vec![
        ("one point", comparison(1, &[1], |_| 1.0, 1.0, 1)),
        ("one network", comparison(1, &BATCHES, |index| 1.0 + 0.01 * index as f64, 1.02, 5)),
        ("a usual comparison", comparison(14, &BATCHES[..5], |index| 0.9 + 0.005 * index as f64, 1.05, 5)),
        ("a paper", comparison(14, &BATCHES, |index| 0.3 + 0.1 * index as f64, 1.5, 1)),
        ("far apart", comparison(5, &BATCHES, |index| 10.0_f64.powi(index as i32 % 13 - 6), 30.0, 2)),
        ("useless intervals", comparison(5, &[1, 1024], |_| 1.01, 1e6, 2)),
        ("long names", long(comparison(4, &[1, 16], |_| 1.2, 1.1, 1))),
        ("beyond reason", comparison(2, &[1, u32::MAX], |index| if index == 0 { 1e-300 } else { 1e300 }, 2.0, 2)),
    ]
}

#[test]
fn nothing_overlaps_and_nothing_leaves_the_canvas() {
    for (of, comparison) in comparisons() {
        check(&comparison).unwrap_or_else(|problem| panic!("{of}: {problem}"));
        let canvas = draw(&comparison);
        let texts: Vec<_> = canvas.texts().collect();
        for (index, (text, rect)) in texts.iter().enumerate() {
            let inside =
                rect.left >= 0.0 && rect.top >= 0.0 && rect.right <= canvas.width && rect.bottom <= canvas.height;
            assert!(inside, "{of}: `{text}` leaves the canvas: {rect:?}");
            for (other, covered) in &texts[index + 1..] {
                assert!(!rect.overlaps(covered), "{of}: `{text}` overlaps `{other}`");
            }
        }
    }
}

#[test]
fn the_figure_names_every_network_once_and_every_batch_and_verdict() {
    let comparison = comparison(5, &[1, 16], |index| [0.5, 1.0, 2.0][index % 3], 1.01, 5);
    let canvas = draw(&comparison);
    let count = |wanted: &str| canvas.texts().filter(|(text, _)| *text == wanted).count();
    for network in ["alexnet", "bn-alexnet", "inception-v4", "resnet-152", "vgg-16"] {
        assert_eq!(count(network), 1, "{network}");
    }
    assert_eq!((count("16"), count("2.00"), count("0.50")), (5, 3, 4));
    let words = words(&comparison);
    for expected in
        ["slower: 3", "faster: 4", "equivalent: 3", "inconclusive: 0", "not decided: 0", "before: ", "after: "]
    {
        assert!(words.contains(expected), "{expected} in {words}");
    }
}

#[test]
fn every_mark_has_a_tooltip_with_its_ratio() {
    let comparison = comparison(5, &[1, 16], |index| [0.5, 1.0, 2.0][index % 3], 1.01, 5);
    let canvas = draw(&comparison);
    let tooltips: Vec<&str> = canvas.tooltips().iter().map(|tooltip| tooltip.text.as_str()).collect();
    assert_eq!(tooltips.len(), 10);
    assert_eq!(tooltips[0], "alexnet, batch 1: B/A 0.50 [0.50, 0.51], faster");
    assert_eq!(tooltips[2], "bn-alexnet, batch 1: B/A 2.00 [1.98, 2.02], slower");
}

#[test]
fn single_sessions_are_noted_and_several_are_not() {
    let of = |sessions| words(&comparison(2, &[1], |_| 1.05, 1.01, sessions));
    assert!(of(1).contains("Both sides have one session per point") && of(1).contains("not decided: 2"));
    assert!(!of(5).contains("one session") && of(5).contains("slower: 2") && of(5).contains("band of 2 % around 1"));
}

#[test]
fn a_simulated_device_gives_the_whole_figure_a_watermark() {
    let mut simulated = comparison(14, &BATCHES[..5], |_| 1.2, 1.01, 1);
    let marks = |comparison: &Comparison| draw(comparison).texts().filter(|(text, _)| *text == WATERMARK_TEXT).count();
    assert_eq!(marks(&simulated), 0);
    assert!(!to_svg(&simulated).expect("it draws").contains("not a measurement"));
    simulated.b.device.simulated = true;
    assert!(marks(&simulated) >= 10);
    assert!(to_svg(&simulated).expect("it draws").contains("(simulated device, not a measurement)</title>"));
}

#[test]
fn the_program_writes_one_file_and_names_what_it_cannot_draw() {
    let folder = tempfile::tempdir().expect("a folder");
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).expect("a folder");
    let run = || {
        let mut program = Command::new(env!("CARGO_BIN_EXE_figures"));
        program.arg("compare").arg("--input").arg(&input).arg("--output").arg(&output);
        program.output().expect("the program starts")
    };
    let refused = |expected: &str| {
        let text = String::from_utf8(run().stderr).expect("text");
        assert!(text.contains(expected) && text.contains("comparison.json") && text.contains("\nhint: "), "{text}");
        assert!(!output.exists());
    };
    refused("No such file");
    let mut wrong = comparison(2, &[1], |_| 1.05, 1.01, 1);
    wrong.rows[1].ratio.low = 0.0;
    results::json::write(&input.join("comparison.json"), &wrong).expect("a file");
    refused("field `rows[1].ratio`");
    fs::write(input.join("comparison.json"), "{\"a\": 1}").expect("a file");
    refused("field `a`");
    results::json::write(&input.join("comparison.json"), &comparison(2, &[1], |_| 1.05, 1.01, 1)).expect("a file");
    assert!(run().status.success());
    let names: Vec<_> =
        fs::read_dir(&output).expect("a folder").map(|entry| entry.expect("an entry").file_name()).collect();
    assert_eq!(names, ["comparison.svg"]);
    let svg = fs::read(output.join("comparison.svg")).expect("an SVG");
    assert!(run().status.success());
    assert_eq!(svg, fs::read(output.join("comparison.svg")).expect("an SVG"));
}
