//! The most accurate network within limits, from the original's values, whose figures show the right choices.

use std::path::Path;

use results::choose::limit::{Limit, Quantity};
use results::choose::{Choice, Chosen, Fits, text};
use results::record::{Covers, DeviceIdentity, Protocol};
use results::{Bytes, Estimate, Estimates, MemoryEstimate, Outcome, Point, PowerEstimate, Published};

fn published() -> Published {
    Published::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../published/2016")).expect("the published values")
}

/// The times, memories and powers of 2016, each with an interval of ±5 %.
fn of_2016() -> Estimates {
    let known = published();
    let about = |value: f64| Estimate { value, low: 0.95 * value, high: 1.05 * value };
    let mut points = Vec::new();
    for (network, times) in &known.time_ms {
        for (&batch, &millis) in times {
            let time = millis / 1e3;
            let net =
                known.memory_mb.get(network).and_then(|of| of.get(&batch)).map(|(mebibytes, _)| mebibytes * 1.048_576);
            let power = match known.power_w.get(network).filter(|_| batch == 1) {
                None => PowerEstimate::NoSensor,
                Some(&watts) => PowerEstimate::Measured {
                    net: about(watts),
                    idle: 1.3,
                    energy_per_image: about(watts * time),
                    source: "probe".to_owned(),
                    rails: Vec::new(),
                    parts: Vec::new(),
                },
            };
            let memory = net.map(|megabytes| {
                let net = Bytes((megabytes * 1e6) as u64);
                MemoryEstimate { peak: net, net, building: net, covers: Covers::Passes }
            });
            let time = Some(about(time));
            points.push(Point {
                outcome: Outcome::Measured,
                time,
                memory,
                power,
                ..Point::skipped(network, batch, "")
            });
        }
    }
    points.push(Point::skipped("vgg-19", 64, "it does not fit into the budget of 20m"));
    Estimates {
        device: DeviceIdentity {
            kind: "gpu".to_owned(),
            hardware: "Jetson TX1".to_owned(),
            backend: "Torch7 with cuDNN".to_owned(),
            simulated: false,
        },
        protocol: Protocol { name: "2016".to_owned(), processes: 1, ..Protocol::default() },
        sessions_asked: 1,
        between_sessions: None,
        memory_between_sessions: None,
        accuracies: results::MeasuredAccuracies::default(),
        environment: Default::default(),
        points,
    }
}

fn choice(limits: &[(Quantity, &str)], batches: &[u32]) -> Choice {
    let limits: Vec<Limit> = limits.iter().map(|(quantity, text)| quantity.limit(text).expect("a limit")).collect();
    Choice::of(&of_2016(), &published(), &limits, batches)
}

/// A choice among some networks within a time.
fn among(networks: &[&str], max_time: &str, batches: &[u32]) -> Choice {
    let mut estimates = of_2016();
    estimates.points.retain(|point| networks.contains(&&*point.network));
    Choice::of(&estimates, &published(), &[Quantity::Time.limit(max_time).expect("a limit")], batches)
}

/// A text on one line, with single spaces.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The chosen network, and more accurate ones that perhaps fit.
fn chosen(limits: &[(Quantity, &str)], batches: &[u32]) -> (Option<String>, Vec<String>) {
    let choice = choice(limits, batches);
    let names = |rows: Vec<&results::choose::Row>| rows.into_iter().map(|row| row.network.clone()).collect();
    match choice.chosen() {
        Chosen::One { row, perhaps, .. } => (Some(row.network.clone()), names(perhaps)),
        Chosen::Perhaps(rows) => (None, names(rows)),
        Chosen::Nothing(_) => (None, Vec::new()),
    }
}

#[test]
fn the_most_accurate_network_within_a_time_or_energy_is_that_of_the_figures() {
    let one = |quantity, text: &str| chosen(&[(quantity, text)], &[1]).0;
    // Figure 3, batch 1: of those below 30 ms, ResNet-18 (69.6 %) is more accurate than GoogLeNet, ENet and the
    // AlexNets.
    assert_eq!(one(Quantity::Time, "28ms").as_deref(), Some("resnet-18"));
    assert_eq!(one(Quantity::Time, "90ms").as_deref(), Some("inception-v3"));
    assert_eq!(one(Quantity::Time, "1s").as_deref(), Some("inception-v4"));
    // Power times time at batch 1: BN-AlexNet 0.20 J, GoogLeNet 0.31 J, Inception-v3 0.95 J, ResNet-101 1.34 J, VGG-16
    // 1.90 J.
    assert_eq!(one(Quantity::Energy, "0.5J").as_deref(), Some("googlenet"));
    assert_eq!(one(Quantity::Energy, "1.1J").as_deref(), Some("inception-v3"));
    assert_eq!(one(Quantity::Energy, "250mJ").as_deref(), Some("bn-alexnet"));
}

#[test]
fn several_limits_apply_together_and_an_unknown_quantity_chooses_nothing() {
    // Below 1.1 J and 60 ms, GoogLeNet remains; the ResNets of 45 and 64 ms have no power.
    let both = [(Quantity::Energy, "1.1J"), (Quantity::Time, "60ms")];
    assert_eq!(chosen(&both, &[1]).0.as_deref(), Some("googlenet"));
    assert_eq!(chosen(&[(Quantity::Energy, "100J")], &[16]), (None, Vec::new()));
    let text = text::text(&choice(&[(Quantity::Energy, "100J")], &[16]));
    assert!(text.contains("No network can be chosen: the limited quantity is unknown.\n"), "{text}");
    let unknown = "The net energy per image of all points is unknown: the machine has no power sensor.";
    assert!(text.contains(unknown), "{text}");
}

#[test]
fn a_limit_within_an_interval_is_perhaps_met() {
    // ResNet-18 takes 25.24 ms ± 5 %.
    let (sure, perhaps) = chosen(&[(Quantity::Time, "26ms")], &[1]);
    assert_eq!((sure.as_deref(), perhaps), (Some("bn-nin"), vec!["resnet-18".to_owned(), "enet".to_owned()]));
    let choice = choice(&[(Quantity::Time, "26ms")], &[1]);
    let fits = |network: &str| choice.rows.iter().find(|row| row.network == network).expect("a row").fits;
    assert_eq!(["bn-nin", "resnet-18", "vgg-16"].map(fits), [Fits::Surely, Fits::Perhaps, Fits::No]);
}

#[test]
fn if_nothing_fits_the_closest_network_is_named_with_the_factor() {
    let choice = choice(&[(Quantity::Time, "5ms"), (Quantity::Memory, "100MB")], &[1]);
    let Chosen::Nothing(Some((row, factor))) = choice.chosen() else { panic!("{:?}", choice.chosen()) };
    // 13.83 ms and 202 MiB.
    assert!(row.network == "bn-nin" && (factor - 13.83 / 5.0).abs() < 1e-9, "{} {factor}", row.network);
    let text = text::text(&choice);
    assert!(text.contains("No network is within these limits.\nClosest: bn-nin at batch 1"), "{text}");
}

#[test]
fn the_text_has_the_choice_with_its_interval_and_the_source_of_its_accuracy() {
    let choice = choice(&[(Quantity::Time, "28ms")], &[1, 64]);
    let text = text::text(&choice);
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    let words = words(&text);
    for sentence in [
        "Measured on: Jetson TX1; Torch7 with cuDNN",
        "Chosen: resnet-18 at batch 64, top-1 69.6 % (95 %: 69.2 to 70.0; cited: fb.resnet.torch 100-30.43); time per image 19.4 ms (95 %: 18.5 to 20.4)",
        "vgg-19 at batch 64 has no time: skipped: it does not fit into the budget of 20m.",
    ] {
        assert!(words.contains(sentence), "{sentence}\n{text}");
    }
}

#[test]
fn a_row_is_pareto_optimal_if_no_other_is_better() {
    let choice = choice(&[(Quantity::Time, "1s")], &[1]);
    let mut optimal: Vec<&str> =
        choice.rows.iter().filter(|row| choice.is_pareto_optimal(row)).map(|row| row.network.as_str()).collect();
    optimal.sort_unstable();
    // By hand from Figures 2 and 3: each takes longer than the one before and is more accurate.
    assert_eq!(optimal, ["bn-nin", "inception-v3", "inception-v4", "resnet-18", "resnet-34", "resnet-50"]);
}

#[test]
fn a_network_whose_accuracy_may_be_that_of_the_chosen_one_is_marked_and_named() {
    // Shares of 50,000 pictures near 0.68 have intervals of +-0.41 points: those of ENet (68.40) and GoogLeNet (68.70)
    // overlap, and that of ResNet-18 (69.57) overlaps neither.
    let close = |choice: &Choice| match choice.chosen() {
        Chosen::One { row, close, .. } => {
            (row.network.clone(), close.iter().map(|row| (row.network.clone(), row.batch)).collect::<Vec<_>>())
        }
        other => panic!("{other:?}"),
    };
    let both = among(&["enet", "googlenet", "bn-nin"], "1s", &[1, 2]);
    // Of the batches of a network the fastest, and the chosen network itself is not compared with other batches.
    assert_eq!(close(&both), ("googlenet".to_owned(), vec![("enet".to_owned(), 2)]));
    let text = words(&text::text(&both));
    for sentence in [
        "Chosen: googlenet at batch 2, top-1 68.7 % (95 %: 68.3 to 69.1; cited: ",
        "Perhaps as accurate, and within: enet at batch 2, top-1 68.4 % (95 %: 68.0 to 68.8; cited: ",
        "~ the interval of the accuracy overlaps that of the chosen network, so either may be the more accurate; a cited \
         accuracy has the interval of a share of 50000 pictures",
        "googlenet 2 68.7 ",
        "enet 2 68.4 ~",
        "enet 1 68.4 ~",
        "bn-nin 2 62.6 ",
    ] {
        assert!(text.contains(sentence), "{sentence}\n{text}");
    }
    assert_eq!(text.matches('~').count(), 3, "{text}");
    let apart = among(&["enet", "googlenet", "resnet-18"], "1s", &[1]);
    assert_eq!(close(&apart), ("resnet-18".to_owned(), Vec::new()));
    assert!(!text::text(&apart).contains('~'));
}

#[test]
fn a_network_that_is_perhaps_within_is_more_accurate_only_if_the_intervals_are_apart() {
    // GoogLeNet takes 29.06 ms +-5 %, ResNet-18 25.24 ms and ENet 26.5 ms.
    let overlapping = among(&["enet", "googlenet"], "28ms", &[1]);
    let text = words(&text::text(&overlapping));
    let expected = "Chosen: enet at batch 1, top-1 68.4 %";
    assert!(
        text.contains(expected) && text.contains(" Perhaps more accurate, and perhaps within: googlenet "),
        "{text}"
    );
    let apart = among(&["bn-nin", "googlenet"], "28ms", &[1]);
    let text = words(&text::text(&apart));
    assert!(text.contains(" More accurate, and perhaps within: googlenet ") && !text.contains('~'), "{text}");
}
