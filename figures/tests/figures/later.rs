//! Later networks: their own figure, and that no fit of the other figures mixes them with those of the study.

use figures::{FIGURES, FigureData};
use results::{Counts, Estimates, NetworkCounts};

use crate::drawings::{assert_readable, figure, words};
use crate::fixture::{counts, estimates, figure_data, published};

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
            point.time = Some(results::Estimate { value, low: 0.99 * value, high: 1.01 * value });
            point
        })
    });
    Estimates { points: points.collect(), ..of_study.clone() }
}

fn data() -> FigureData {
    let counts = both();
    let estimates = measured(&counts);
    FigureData::new(&counts, estimates, &published())
}

#[test]
fn optional_figures_are_numbered_without_gaps_after_the_others() {
    let last = FIGURES.iter().filter(|figure| figure.optional.is_none()).map(|figure| figure.number).max();
    for data in [figure_data(estimates(&[1, 16], 1.0)), data()] {
        let existing: Vec<u32> =
            FIGURES.iter().filter(|figure| figure.exists(&data)).map(|figure| figure.number_in(&data)).collect();
        assert_eq!(existing, (0..existing.len() as u32).collect::<Vec<_>>());
        assert!(existing.last() >= last.as_ref());
    }
    let later = figures::named("later").expect("it is in the list");
    assert!(!later.exists(&figure_data(estimates(&[1, 16], 1.0))) && later.exists(&data()));
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
            words[from..].split(". ").next().map(str::to_owned)
        };
        assert_eq!(sentence(&with), sentence(&of_study), "figure {number}");
        let states = |data: &FigureData| words(number, data).contains("Fitted to the networks of the study");
        assert!(states(&with) && !states(&of_study), "figure {number}");
    }
}

#[test]
fn every_figure_of_both_groups_is_readable() {
    let data = data();
    for figure in FIGURES {
        assert_readable(figure, &(figure.draw)(&data), "both groups");
    }
    assert!((figure(15).draw)(&data).height < 420.0);
    if let Some(folder) = std::env::var_os("SHOW") {
        for figure in FIGURES {
            std::fs::write(std::path::Path::new(&folder).join(figure.file_name()), figure.to_svg(&data).unwrap())
                .unwrap();
        }
    }
}
