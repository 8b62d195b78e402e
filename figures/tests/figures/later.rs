//! Later networks: their own figure, and that no fit of the other figures mixes them with those of the study.

use figures::{FIGURES, Figure, FigureData};
use results::{Counts, Estimate, Estimates, Machine, NetworkCounts};

use crate::drawings::{assert_readable, figure, words};
use crate::fixture::{counts, each, estimates, figure_data, published};

/// The networks of the study and all later ones.
fn both() -> Counts {
    let later = networks::modern().into_iter().map(|network| {
        let operations = networks::operations_2016(&network, networks::Convention::Timed);
        NetworkCounts {
            name: network.name.to_owned(),
            title: network.title.to_owned(),
            later: true,
            parameters: networks::parameters(&network).expect("it can be counted"),
            operations_2016: operations.expect("it can be counted"),
            ..counts().networks.remove(0)
        }
    });
    Counts { networks: counts().networks.into_iter().chain(later).collect() }
}

/// Every network of the study takes 10 ms for each G-Op, every later one the square root of its operations, at all batches.
fn measured(counts: &Counts) -> Estimates {
    let of_study = estimates(&[1, 16], 1.0);
    let points = counts.networks.iter().flat_map(|network| {
        let g_ops = network.operations_2016 as f64 / 1e9;
        let value = if network.later { 0.01 * g_ops.sqrt() } else { 0.01 * g_ops };
        of_study.points[..2].iter().map(move |point| {
            let mut point = point.clone();
            point.network.clone_from(&network.name);
            let net = results::Bytes(network.parameters * if network.later { 100 } else { 5 });
            point.memory = point.memory.map(|memory| results::MemoryEstimate { net, ..memory });
            point.time = Some(Estimate { value, low: 0.99 * value, high: 1.01 * value });
            point
        })
    });
    Estimates { points: points.collect(), ..of_study.clone() }
}

/// Another library on the same processor, whose times are `slowness` times those here.
fn library(of: &Estimates, name: &str, slowness: f64) -> Machine {
    let mut estimates = each(of.clone(), |point| {
        let scaled = |time: Estimate| Estimate {
            value: slowness * time.value,
            low: slowness * time.low,
            high: slowness * time.high,
        };
        point.time = point.time.map(scaled);
    });
    estimates.device.kind = format!("cpu-{name}");
    estimates.device.backend = format!("{name} 1.0");
    Machine { name: format!("cpu-{name}-00000000"), estimates }
}

/// The same with two libraries.
fn with_libraries(data: FigureData) -> FigureData {
    let machines = [("burn", 1.8), ("onnxruntime", 0.75)];
    let machines = machines.map(|(name, slowness)| library(&data.estimates, name, slowness)).to_vec();
    FigureData { machines, ..data }
}

fn data() -> FigureData {
    let counts = both();
    let estimates = measured(&counts);
    FigureData::new(&counts, estimates, &published())
}

#[test]
fn optional_figures_are_numbered_without_gaps_after_the_others() {
    let of_every_run = FIGURES.iter().filter(|figure| figure.optional.is_none()).count();
    let of_study = || figure_data(estimates(&[1, 16], 1.0));
    for (data, optional) in [
        (of_study(), &[][..]),
        (data(), &["later", "frontier"]),
        (with_libraries(of_study()), &["libraries"]),
        (with_libraries(data()), &["later", "frontier", "libraries"]),
    ] {
        let names: Vec<String> = FIGURES.iter().filter(|figure| figure.exists(&data)).map(Figure::name).collect();
        assert_eq!(names[names.len() - optional.len()..], *optional);
        let existing: Vec<u32> =
            FIGURES.iter().filter(|figure| figure.exists(&data)).map(|figure| figure.number_in(&data)).collect();
        assert_eq!(existing, (0..existing.len() as u32).collect::<Vec<_>>());
        assert_eq!(existing.len(), of_every_run + optional.len());
        let svg = figures::named("libraries").expect("a figure").to_svg(&data).expect("it draws");
        let number = if optional.contains(&"later") { 17 } else { 15 };
        assert!(svg.contains(&format!("<title>Figure {number}: Time per image with other libraries")), "{optional:?}");
    }
}

#[test]
fn a_ratio_is_the_time_of_the_library_over_the_time_here() {
    let data = with_libraries(data());
    let canvas = (figure(17).draw)(&data);
    let tooltips: Vec<&str> = canvas.tooltips().iter().map(|tooltip| tooltip.text.as_str()).collect();
    assert_eq!(tooltips.len(), 2 * 2 * data.networks.len());
    let with = |text: &str| tooltips.iter().filter(|tooltip| tooltip.contains(text)).count();
    assert_eq!(with(", burn 1.0: 1.80 times the time here ["), 2 * data.networks.len(), "{tooltips:?}");
    assert_eq!(with(", onnxruntime 1.0: 0.750 times the time here ["), 2 * data.networks.len());
    // The same library on another processor is no other library on this one.
    let elsewhere = data.machines.iter().cloned().map(|mut machine| {
        machine.estimates.device.hardware = "Another processor".to_owned();
        machine
    });
    let elsewhere = FigureData { machines: elsewhere.collect(), ..data.clone() };
    assert!(!figure(17).exists(&elsewhere) && figure(17).exists(&data));
}

#[test]
fn each_group_has_a_fit_of_its_own() {
    let words = words(15, &data());
    for batch in [1, 16] {
        let exponents = format!(
            "Batch {batch}, exponent of time over operations: 1.00 (1.00 to 1.00) for the study; 0.50 (0.50 to 0.50) for later networks."
        );
        assert!(words.contains(&exponents), "{words}");
    }
}

#[test]
fn no_fit_of_the_other_figures_includes_a_later_network() {
    let with = data();
    let of_study = FigureData::new(&counts(), measured(&counts()), &published());
    for (number, fit) in [(6, "Here: "), (7, "time goes as"), (9, "frontier: ")] {
        let sentence = |data: &FigureData| {
            let words = words(number, data);
            let from = words.find(fit).unwrap_or_else(|| panic!("figure {number}: {words}"));
            words[from..].split(". ").next().map(|text| text.trim_end_matches('.').to_owned())
        };
        assert_eq!(sentence(&with), sentence(&of_study), "figure {number}");
        let states = |data: &FigureData| words(number, data).contains("Fitted to the networks of the study");
        assert!(states(&with) && !states(&of_study), "figure {number}");
    }
}

#[test]
fn every_figure_of_both_groups_is_readable() {
    let data = with_libraries(data());
    for figure in FIGURES {
        assert_readable(figure, &(figure.draw)(&data), "both groups");
    }
    assert!((figure(15).draw)(&data).height < 420.0);
}

#[test]
fn the_frontier_of_all_networks_is_over_energy_where_power_is_known_and_else_over_time() {
    let with = data();
    let found = words(16, &with);
    assert!(found.contains("Net energy of one image [J]") && !found.contains("Over time"), "{found}");
    let without = FigureData::new(
        &both(),
        each(measured(&both()), |point| point.power = results::PowerEstimate::NoSensor),
        &published(),
    );
    let words = words(16, &without);
    assert!(
        words.contains("Time per image [ms]") && words.contains("Over time, since the energy of no later"),
        "{words}"
    );
    // By the definition: no other network is at least as accurate in no more time, and better in one.
    let costs = |later: bool| {
        let of = without.networks.iter().filter(move |network| later || !network.later);
        of.filter_map(|network| Some((network.title.as_str(), network.time.get(&16)?.value, network.top1?)))
    };
    for (later, sentence) in
        [(true, "Pareto-optimal among all networks: "), (false, "Among those of the study alone: ")]
    {
        let is_better = |a: (&str, f64, f64), b: (&str, f64, f64)| a.1 <= b.1 && a.2 >= b.2 && (a.1, a.2) != (b.1, b.2);
        let optimal: Vec<&str> =
            costs(later).filter(|of| !costs(later).any(|other| is_better(other, *of))).map(|of| of.0).collect();
        let from = words.find(sentence).unwrap_or_else(|| panic!("{sentence}: {words}")) + sentence.len();
        let listed = words[from..].split(". ").next().unwrap_or_default();
        let listed: Vec<&str> = listed
            .split(&[',', ';'][..])
            .map(|name| name.trim().trim_start_matches("later ").trim_end_matches(" of the study"))
            .filter(|name| *name != "none")
            .collect();
        let sorted =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(sorted(&listed), sorted(&optimal), "{words}");
    }
}
