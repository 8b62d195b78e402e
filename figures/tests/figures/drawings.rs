//! All figures of whole data sets: their texts, and that nothing in them overlaps or is cut off.

use std::sync::LazyLock;

use figures::finish::WATERMARK_TEXT;
use figures::{FIGURES, Figure, FigureData};
use offprint_plot::Canvas;
use results::{Counts, Estimates, NetworkCounts, Outcome, Point, PowerEstimate};

use crate::fixture::{self, BATCHES, each, estimates, figure_data, only, without_numbers};

pub fn svg(figure: &Figure, data: &FigureData) -> String {
    figure.to_svg(data).expect("it draws")
}

pub fn figure(number: u32) -> &'static Figure {
    figures::find(number).expect("it is in the list")
}

/// All text of a figure in one line, as notes may break anywhere.
pub fn words(number: u32, data: &FigureData) -> String {
    let canvas = (figure(number).draw)(data);
    canvas.texts().map(|(text, _)| text).collect::<Vec<_>>().join(" ").replace('\u{a0}', " ")
}

pub fn assert_readable(figure: &Figure, canvas: &Canvas, of: &str) {
    let texts: Vec<_> = canvas.texts().filter(|(text, _)| *text != WATERMARK_TEXT).collect();
    for (index, (text, rect)) in texts.iter().enumerate() {
        let inside = rect.left >= 0.0 && rect.top >= 0.0 && rect.right <= canvas.width && rect.bottom <= canvas.height;
        assert!(inside, "figure {} of {of}: `{text}` leaves the canvas: {rect:?}", figure.number);
        for (other, covered) in &texts[index + 1..] {
            assert!(!rect.overlaps(covered), "figure {} of {of}: `{text}` overlaps `{other}`", figure.number);
        }
    }
}

/// The figures of all networks. Figure 0 shows claims, Figure 11 networks whose layers were measured, and optional ones need their own data.
pub fn of_networks() -> impl Iterator<Item = &'static Figure> {
    FIGURES.iter().filter(|figure| !matches!(figure.number, 0 | 11 | 15..))
}

/// Data from nothing to everything, on machines slower and faster than that of 2016.
fn data_sets() -> Vec<(&'static str, FigureData)> {
    let two = |names: [&'static str; 2], slowness| {
        figure_data(only(estimates(&[1], slowness), move |point| names.contains(&point.network.as_str())))
    };
    let refused = || Outcome::Refused { reason: "logits are not finite".to_owned() };
    let silent = each(estimates(&BATCHES, 3.0), |point| point.power = PowerEstimate::NoSensor);
    let failed = each(estimates(&BATCHES, 3.0), |point| without_numbers(point, refused()));
    let every = |mut estimates: Estimates, outdated: fn(&Point) -> bool| {
        estimates.points.iter_mut().for_each(|point| point.outdated = outdated(point));
        figure_data(estimates)
    };
    let (all, some) = (estimates(&BATCHES, 3.0), estimates(&BATCHES[..5], 1.0));
    vec![
        ("all points outdated", every(all.clone(), |_| true)),
        ("all points failed and outdated", every(failed.clone(), |_| true)),
        ("one network outdated", every(some.clone(), |point| point.network == "enet")),
        ("two batches outdated", every(some.clone(), |point| matches!(point.batch, 1 | 16))),
        ("outdated here and there", every(some, |point| point.batch.ilog2() <= point.network.len() as u32 % 6)),
        ("all networks, five batches", figure_data(estimates(&BATCHES[..5], 1.0))),
        ("all networks, seven batches", figure_data(estimates(&BATCHES, 2.0))),
        ("all networks, slow", figure_data(estimates(&BATCHES[..5], 60.0))),
        ("all networks, fast", figure_data(estimates(&BATCHES, 0.01))),
        ("two networks at batch 1", two(["alexnet", "resnet-18"], 5.0)),
        ("two networks in one position", two(["vgg-16", "vgg-19"], 0.2)),
        ("no sensor", figure_data(silent)),
        ("no number", figure_data(failed)),
        ("only batch 48", figure_data(estimates(&[48], 1.0))),
        ("extreme times", figure_data(estimates(&[1, 16, 4096], 1e9))),
        ("none", figure_data(estimates(&[], 1.0))),
    ]
}

#[test]
fn the_same_data_give_the_same_bytes() {
    let (first, second) = (figure_data(estimates(&BATCHES, 1.0)), figure_data(estimates(&BATCHES, 1.0)));
    for figure in FIGURES {
        assert_eq!(svg(figure, &first), svg(figure, &second), "figure {}", figure.number);
    }
}

#[test]
fn every_figure_names_every_network() {
    let data = figure_data(estimates(&BATCHES[..5], 1.5));
    for figure in of_networks() {
        let canvas = (figure.draw)(&data);
        for network in &data.networks {
            let named = canvas.texts().any(|(text, _)| text == network.title);
            assert!(named, "figure {} does not name {}", figure.number, network.title);
        }
    }
}

/// Every figure of every data set, drawn once for all tests.
pub static ALL: LazyLock<Vec<(&str, &Figure, Canvas)>> = LazyLock::new(|| {
    let drawn =
        |(of, data): (&'static str, FigureData)| FIGURES.iter().map(move |figure| (of, figure, (figure.draw)(&data)));
    data_sets().into_iter().flat_map(drawn).collect()
});

#[test]
fn no_text_overlaps_another_or_leaves_the_canvas() {
    ALL.iter().for_each(|(of, figure, canvas)| assert_readable(figure, canvas, of));
}

#[test]
fn no_coordinate_is_nan_or_infinite() {
    for (of, figure, canvas) in ALL.iter() {
        let svg = canvas.to_svg("").expect("it draws");
        // Numbers stand in quotes, in lists of points, or as a text between tags.
        let broken = ["\"NaN", "\"inf", "\"-inf", "NaN,", "inf,", ",NaN", ",inf", ">NaN", ">inf\n"];
        let found = broken.iter().find(|word| svg.contains(*word));
        assert_eq!(found, None, "figure {} of {of}", figure.number);
    }
}

#[test]
fn figures_are_as_wide_as_the_text_and_fit_a_page() {
    for (of, figure, canvas) in ALL.iter() {
        assert_eq!(canvas.width, 453.5);
        assert!(canvas.height < 360.0, "figure {} of {of} is {} pt high", figure.number, canvas.height);
    }
}

#[test]
fn a_simulated_device_marks_every_figure() {
    let mut simulated = estimates(&BATCHES, 1.0);
    simulated.device.simulated = true;
    let (simulated, real) = (figure_data(simulated), figure_data(estimates(&BATCHES, 1.0)));
    for figure in FIGURES {
        assert!(svg(figure, &simulated).contains(WATERMARK_TEXT), "figure {}", figure.number);
        let first = (figure.draw)(&simulated).texts().next().map(|(text, _)| text.to_owned());
        assert_eq!(first.as_deref(), Some(WATERMARK_TEXT), "figure {}: the mark lies below", figure.number);
        assert!(!svg(figure, &real).contains(WATERMARK_TEXT), "figure {}", figure.number);
    }
}

#[test]
fn without_a_sensor_a_sentence_replaces_each_figure_of_power() {
    let silent = figure_data(each(estimates(&BATCHES, 1.0), |point| point.power = PowerEstimate::NoSensor));
    let (all, powers) = (figure_data(estimates(&BATCHES, 1.0)), [4, 8, 12]);
    for figure in FIGURES.iter().filter(|figure| !matches!(figure.number, 0 | 11 | 15..)) {
        assert!(figure.entry(&all).drawn, "figure {}", figure.number);
        assert_eq!(figure.entry(&silent).drawn, !powers.contains(&figure.number), "figure {}", figure.number);
    }
    for number in powers {
        assert_eq!(words(number, &silent), "No power sensor on this machine.");
        assert!((figure(number).draw)(&silent).height < 20.0);
    }
}

#[test]
fn a_sensor_that_cannot_be_read_comes_with_its_remedy() {
    let remedy = "give the group `power` the right to read energy_uj".to_owned();
    let locked = each(estimates(&[1, 16], 1.0), |point| {
        point.power = PowerEstimate::NotReadable { remedy: remedy.clone() };
    });
    for number in [4, 8] {
        let words = words(number, &figure_data(locked.clone()));
        assert!(words.contains("could not be read") && words.contains(&remedy), "{words}");
    }
}

#[test]
fn power_below_the_sensors_resolution_is_noted() {
    let small = each(estimates(&[1, 16], 1.0), |point| {
        point.power = PowerEstimate::BelowResolution { resolution: 0.5 };
    });
    assert!(words(4, &figure_data(small)).contains("below the sensor's resolution of 0.500 W"));
    let some = each(estimates(&[1, 16], 1.0), |point| {
        if point.network == "enet" {
            point.power = PowerEstimate::BelowResolution { resolution: 0.5 };
        }
    });
    assert!(
        words(8, &figure_data(some)).contains("ENet at batches 1, 16: net power is below the sensor's resolution.")
    );
}

#[test]
fn power_that_is_unusable_or_was_not_requested_is_noted_with_its_reason() {
    let reason = || "ina3221: VDD_IN stopped".to_owned();
    let all = each(estimates(&[1, 16], 1.0), |point| point.power = PowerEstimate::Unusable { reason: reason() });
    let none = each(estimates(&[1, 16], 1.0), |point| {
        point.power = PowerEstimate::NotChosen { reason: "--power none was asked for".to_owned() };
    });
    let some = each(estimates(&[1, 16], 1.0), |point| {
        if point.network == "enet" {
            point.power = PowerEstimate::Unusable { reason: reason() };
        }
    });
    for number in [4, 8, 12] {
        let words = |estimates: &Estimates| words(number, &figure_data(estimates.clone()));
        assert!(words(&all).contains("No power: ina3221: VDD_IN stopped"), "{}", words(&all));
        assert!(words(&none).contains("No power: --power none was asked for"), "{}", words(&none));
        let expected = "ENet at batches 1, 16: no power, ina3221: VDD_IN stopped.";
        assert!(words(&some).contains(expected), "{}", words(&some));
    }
}

#[test]
fn a_point_without_memory_or_time_is_noted_and_not_drawn() {
    let of_memory = Outcome::OutOfMemory { reason: "allocation failed".to_owned() };
    let of_time = Outcome::OutOfTime { reason: "900 s".to_owned() };
    let some = figure_data(each(estimates(&BATCHES, 1.0), |point| match (point.network.as_str(), point.batch) {
        ("vgg-16" | "vgg-19", 32 | 64) => without_numbers(point, of_memory.clone()),
        ("resnet-152", 16) => without_numbers(point, of_time.clone()),
        _ => {}
    }));
    for number in [3, 4, 5] {
        let words = words(number, &some);
        assert!(words.contains("Letters at points without a number: M out of memory, T out of time."), "{words}");
        let letters = |letter: &str| words.split(' ').filter(|word| *word == letter).count();
        assert_eq!((letters("M"), letters("T")), (4 + 1, 1 + 1), "figure {number}: {words}");
    }
    for number in [7, 8, 9] {
        let words = words(number, &some);
        assert!(words.contains("ResNet-152 at batch 16: out of time."), "figure {number}: {words}");
        assert!(!words.contains("out of memory"), "figure {number} does not show batch 32: {words}");
    }
}

#[test]
fn a_figure_with_outdated_points_states_it_in_a_note_and_in_its_title() {
    let mut some = estimates(&BATCHES, 1.0);
    for point in &mut some.points {
        point.outdated = point.network == "enet" && point.batch <= 2;
    }
    let (none, some) = (figure_data(estimates(&BATCHES, 1.0)), figure_data(some));
    let shown = [(3, "2 of 98"), (4, "2 of 98"), (5, "2 of 98"), (6, "1 of 14"), (7, "1 of 28"), (8, "1 of 28")];
    for (number, points) in shown.into_iter().chain([(9, "1 of 28")]) {
        let (words, svg) = (words(number, &some), svg(figure(number), &some));
        let note = format!("Outdated: {points} points, measured by earlier versions of the programs (ENet at batch");
        assert!(words.contains(&note), "figure {number}: {words}");
        assert!(svg.contains(&format!(" ({points} points outdated)</title>")), "figure {number}");
    }
    for number in [0, 1, 2, 10, 11] {
        assert!(
            !svg(figure(number), &some).to_lowercase().contains("outdated"),
            "figure {number} shows no measurement"
        );
    }
    for figure in FIGURES {
        assert!(!svg(figure, &none).to_lowercase().contains("outdated"), "figure {}", figure.number);
    }
}

#[test]
fn many_outdated_points_are_counted_and_not_listed() {
    let with = |outdated: fn(&Point) -> bool| {
        words(3, &figure_data(each(estimates(&BATCHES, 1.0), |point| point.outdated = outdated(point))))
    };
    let some = with(|point| point.batch.ilog2() <= point.network.len() as u32 % 6);
    assert!(some.contains(" more points)."), "{some}");
    let all = with(|_| true);
    assert!(all.contains("Outdated: 98 of 98 points, measured by earlier versions of the programs."), "{all}");
}

#[test]
fn a_figure_of_power_without_a_sensor_shows_no_outdated_point() {
    let silent = each(estimates(&BATCHES, 1.0), |point| {
        (point.power, point.outdated) = (PowerEstimate::NoSensor, true);
    });
    assert!(!words(4, &figure_data(silent.clone())).contains("utdated"));
    assert!(words(3, &figure_data(silent)).contains("Outdated: 98 of 98 points"));
}

#[test]
fn a_batch_that_was_not_requested_is_noted_in_its_panel() {
    let first = figure_data(estimates(&[1], 1.0));
    for number in [7, 8, 9] {
        assert!(words(number, &first).contains("not measured at batch 16"), "figure {number}");
        assert!(!words(number, &first).contains("not measured at batch 1 "), "figure {number}");
    }
}

#[test]
fn faint_marks_are_explained_in_each_figure_that_has_them() {
    let data = figure_data(estimates(&BATCHES, 1.0));
    for number in 3..=10 {
        assert!(words(number, &data).contains("2016"), "figure {number}");
    }
}

#[test]
fn a_network_that_2016_does_not_know_is_drawn_where_it_can_be() {
    let mut counts: Counts = fixture::counts();
    counts.networks.push(NetworkCounts {
        name: "newnet".to_owned(),
        title: "NewNet & <Sons>".to_owned(),
        parameters: 900_000_000,
        operations_2016: 200_000_000_000,
        ..counts.networks[0].clone()
    });
    let mut estimates = estimates(&[1, 16], 1.0);
    let mut new = estimates.points[0].clone();
    new.network = "newnet".to_owned();
    estimates.points.push(new);
    let data = FigureData::new(&counts, estimates, &fixture::published());
    for figure in of_networks() {
        let canvas = (figure.draw)(&data);
        assert_readable(figure, &canvas, "an unknown network");
        assert!(canvas.texts().any(|(text, _)| text.contains("NewNet")), "figure {}", figure.number);
    }
    assert!(words(9, &data).contains("since none is cited: NewNet & <Sons>"));
    assert!(!svg(figure(3), &data).contains("& <Sons>"));
}

#[test]
fn every_figure_can_be_drawn_without_networks() {
    let data = FigureData::new(&Counts { networks: Vec::new() }, estimates(&[], 1.0), &fixture::published());
    for figure in FIGURES {
        assert_readable(figure, &(figure.draw)(&data), "no network");
    }
}
