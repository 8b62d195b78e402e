//! The tooltips of marks: network and values of every mark, always as plain text.

use figures::{FIGURES, Figure, FigureData};
use results::{Counts, NetworkCounts, Point};

use crate::fixture::{self, BATCHES, each, estimates, figure_data};

fn figure(number: u32) -> &'static Figure {
    figures::find(number).expect("it is in the list")
}

fn tooltips(number: u32, data: &FigureData) -> Vec<String> {
    (figure(number).draw)(data).tooltips().iter().map(|tooltip| tooltip.text.clone()).collect()
}

#[test]
fn every_figure_has_tooltips_for_as_many_values_as_the_data_have() {
    let published = fixture::published();
    let times = |batch: u32| published.time_ms.values().filter(|times| times.contains_key(&batch)).count();
    let all_times: usize = published.time_ms.values().map(|times| times.len()).sum();
    let all_memory: usize = published.memory_mb.values().map(|memory| memory.len()).sum();
    let first_memory = published.memory_mb.values().filter(|memory| memory.contains_key(&1)).count();
    let powers = published.power_w.len();
    let expected = [
        (1, 14),
        // The counts here are those of 2016.
        (2, 14),
        (3, 14 * 7 + all_times),
        (4, 14 * 7 + powers),
        (5, 14 * 7 + all_memory),
        (6, 14 + first_memory),
        (7, 14 * 2 + times(1) + times(16)),
        (8, 14 * 2 + powers),
        (9, 14 * 2 + times(1) + times(16)),
        (10, 14 + 14),
        (12, 14 * 2 + powers),
    ];
    for slowness in [1.0, 0.2, 5.0] {
        let data = figure_data(estimates(&BATCHES, slowness));
        for (number, count) in expected {
            assert_eq!(tooltips(number, &data).len(), count, "figure {number}");
        }
    }
}

#[test]
fn marks_and_titles_name_their_network() {
    let data = figure_data(estimates(&BATCHES, 1.0));
    for figure in FIGURES.iter().filter(|figure| !matches!(figure.number, 0 | 11 | 15..)) {
        let svg = figure.to_svg(&data).expect("it draws");
        let (marks, titles) = svg.split_once("<g class=\"tooltip\"").expect("targets");
        for network in &data.networks {
            let name = format!("data-network=\"{}\"", network.name);
            let marked = marks.contains(&format!("<g class=\"mark\" {name}>"));
            let titled = titles.lines().filter(|line| line.contains(&name)).count();
            let own = titles.lines().filter(|line| line.contains(&format!("<title>{}", network.title))).count();
            assert!(marked && titled > 0 && own > 0, "figure {}: {}", figure.number, network.name);
        }
        assert_eq!(titles.matches("<title>").count(), titles.matches("data-network=").count(), "{}", figure.number);
    }
}

#[test]
fn discs_and_targets_have_the_same_positions() {
    let data = figure_data(estimates(&BATCHES, 1.0));
    {
        let number = 2;
        let svg = figure(number).to_svg(&data).expect("it draws");
        let (drawn, targets) = svg.split_once("<g class=\"tooltip\"").expect("targets");
        let positions = |text: &str, only: &[&str]| -> Vec<String> {
            let discs = text.lines().filter(|line| {
                line.starts_with("<circle") && (only.is_empty() || only.iter().any(|mark| line.contains(mark)))
            });
            let mut positions: Vec<String> =
                discs.map(|line| line.split(" r=").next().unwrap_or_default().to_owned()).collect();
            positions.sort();
            positions
        };
        // The fills of measured and of published points.
        let discs = positions(drawn, &["opacity=\"0.78\"", "opacity=\"0.13\""]);
        assert!(!discs.is_empty());
        assert_eq!(discs, positions(targets, &[]), "figure {number}");
    }
}

#[test]
fn a_tooltip_has_network_batch_quantity_unit_and_interval() {
    let estimates = estimates(&BATCHES, 1.0);
    let time = |batch| estimates.point("vgg-16", batch).and_then(|point| point.time).expect("a time");
    let (of, first) = (time(4), time(1));
    let data = figure_data(estimates.clone());
    let has = |number, words: &str| {
        let tooltips = tooltips(number, &data);
        assert!(tooltips.iter().any(|tooltip| tooltip.starts_with(words)), "figure {number}: {words} in {tooltips:#?}");
    };
    // All times are between 100 and 999 ms, so three digits have no decimal.
    let range = |of: results::Estimate| format!("{:.0} ms [{:.0}, {:.0}]", of.value * 1e3, of.low * 1e3, of.high * 1e3);
    has(3, &format!("VGG-16, batch 4: {}", range(of)));
    has(7, &format!("VGG-16, batch 1: {}, 31.0 G-Op", range(first)));
    has(9, &format!("VGG-16, batch 1: {:.2} images/s [{:.2}, ", 1.0 / first.value, 1.0 / first.high));
    // The interval of values of 2016 is their reading error, 0.5 %.
    has(3, "BN-NIN, 2016, batch 1: 13.8 ms [13.8, 13.9]");
    has(5, "AlexNet, 2016, batch 32: ");
    has(8, "ResNet-101, 2016, batch 1: ");
    has(2, "AlexNet: 2.26 G-Op, 54.61 % top-1, 61.0 M parameters");
    has(1, "AlexNet: 54.61\u{a0}% top-1 [54.17, 55.05]");
    has(10, "ENet, 2016: 11.67\u{a0}% top-1 per million parameters");
    has(4, "VGG-16, batch 16: ");
    has(6, "VGG-16, batch 1: ");
    has(12, "VGG-16, batch 16: ");
}

#[test]
fn exactly_the_simulated_and_outdated_values_are_labelled_so() {
    let mut some = each(estimates(&BATCHES, 1.0), |point: &mut Point| point.outdated = point.network == "enet");
    let outdated = |tooltips: &[String]| tooltips.iter().filter(|words| words.contains(", outdated: ")).count();
    let simulated = |tooltips: &[String]| tooltips.iter().filter(|words| words.contains(", simulated")).count();
    let of = tooltips(3, &figure_data(some.clone()));
    assert_eq!((outdated(&of), simulated(&of)), (7, 0));
    some.device.simulated = true;
    let of = tooltips(7, &figure_data(some.clone()));
    assert_eq!((outdated(&of), simulated(&of)), (2, 28));
    // Counts and cited accuracies are neither.
    let of = tooltips(2, &figure_data(some));
    assert_eq!((outdated(&of), simulated(&of)), (0, 0));
}

#[test]
fn a_hostile_title_stays_text_in_every_target() {
    let mut counts: Counts = fixture::counts();
    let title = "</title></svg><script>alert(1)</script>&\u{1}".to_owned();
    let mut estimates = estimates(&[1, 16], 1.0);
    for (network, point) in [("alexnet", 0), ("vgg-16", 1)] {
        let old = counts.networks.iter_mut().find(|of| of.name == network).expect("a network");
        *old = NetworkCounts { title: title.clone(), ..old.clone() };
        estimates.points[point].outdated = true;
    }
    let data = FigureData::new(&counts, estimates, &fixture::published());
    for figure in FIGURES.iter().filter(|figure| !matches!(figure.number, 0 | 11 | 15..)) {
        let svg = figure.to_svg(&data).expect("it draws");
        assert!(svg.contains("<title>&lt;/title&gt;&lt;/svg&gt;&lt;script&gt;alert(1)"), "figure {}", figure.number);
        assert!(!svg.contains("<script") && !svg.contains('\u{1}'), "figure {}", figure.number);
        assert_eq!(svg.matches("</svg>").count(), 1, "figure {}", figure.number);
    }
}

#[test]
fn targets_are_whole_elements_with_text_and_lie_on_top() {
    for estimates in [estimates(&BATCHES, 1.0), estimates(&[1], 60.0)] {
        let data = figure_data(estimates);
        for figure in FIGURES.iter().filter(|figure| !matches!(figure.number, 0 | 11 | 15..)) {
            let canvas = (figure.draw)(&data);
            let svg = figure.to_svg(&data).expect("it draws");
            let (_, targets) =
                svg.split_once("<g class=\"tooltip\" fill=\"none\" pointer-events=\"all\">\n").expect("some");
            let (targets, end) = targets.split_once("</g>\n").expect("an end");
            assert_eq!(end.trim_end(), "</svg>", "figure {}", figure.number);
            assert_eq!(targets.matches("<title>").count(), canvas.tooltips().len(), "figure {}", figure.number);
            let closed = targets.matches("</title></circle>").count() + targets.matches("</title></rect>").count();
            assert_eq!(closed, canvas.tooltips().len(), "figure {}", figure.number);
            for tooltip in canvas.tooltips() {
                let (x, y) = tooltip.region.middle();
                let inside = 0.0 <= x && x <= canvas.width && 0.0 <= y && y <= canvas.height;
                assert!(inside && !tooltip.text.is_empty(), "figure {}: {tooltip:?}", figure.number);
            }
        }
    }
}
