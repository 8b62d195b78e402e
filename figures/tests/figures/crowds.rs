//! Figures of many networks and machines: names do not cover marks, and flags and arrows are correct.

use figures::finish::WATERMARK_TEXT;
use figures::{Figure, FigureData};
use offprint_plot::tooltip::Region;
use results::flag::Kind;
use results::{DeviceIdentity, NetworkCounts, Point};

use crate::drawings::{ALL, assert_readable, figure, of_networks, svg, words};
use crate::fixture::{self, each, estimates, figure_data};

/// Whether a figure has labels among its marks.
fn is_labelled(figure: &Figure) -> bool {
    matches!(figure.number, 6..=9 | 12 | 13)
}

#[test]
fn no_name_covers_a_mark() {
    for (of, figure, canvas) in ALL.iter().filter(|(_, figure, _)| is_labelled(figure)) {
        for (text, rect) in canvas.texts().filter(|(text, _)| *text != WATERMARK_TEXT) {
            let covered = canvas.tooltips().iter().find(|tooltip| match tooltip.region {
                // The target of a mark is as large as the mark.
                Region::Disc(centre, radius) => {
                    rect.meets_disc(centre, radius) && !tooltip.text.contains("operations per byte")
                }
                Region::Box(_) => false,
            });
            assert!(covered.is_none(), "figure {} of {of}: `{text}` covers {covered:?}", figure.number);
        }
    }
}

#[test]
fn fifty_networks_with_long_and_unprintable_names_fit_a_page() {
    let mut counts = fixture::counts();
    let mut all = estimates(&[1, 2, 4, 8, 16], 1.0);
    let (old, points) = (counts.networks.clone(), all.points.clone());
    for index in 0..36_usize {
        let from = &old[index % old.len()];
        let name = format!("net-{index}");
        let title = match index % 3 {
            0 => format!("联想 {index}"),
            1 => format!("A network with a name that is much too long for any axis, {index}"),
            _ => format!("Net-{index}\u{202e}"),
        };
        let scale = 1.0 + 0.13 * index as f64;
        let scaled = |count: u64| (count as f64 * scale) as u64;
        let (parameters, operations_2016) = (scaled(from.parameters), scaled(from.operations_2016));
        counts.networks.push(NetworkCounts { name: name.clone(), title, parameters, operations_2016, ..from.clone() });
        for point in points.iter().filter(|point| point.network == from.name) {
            let mut point = Point { network: name.clone(), ..point.clone() };
            if let Some(time) = &mut point.time {
                (time.value, time.low, time.high) = (time.value * scale, time.low * scale, time.high * scale);
            }
            all.points.push(point);
        }
    }
    let data = FigureData::new(&counts, all, &fixture::published());
    for figure in of_networks() {
        let canvas = (figure.draw)(&data);
        assert_readable(figure, &canvas, "fifty networks");
        // The height of A4 or US Letter between the margins, less a caption.
        assert!(canvas.height < 640.0, "figure {} is {} pt high", figure.number, canvas.height);
        let svg = svg(figure, &data);
        // Titles of marks are drawn in the reader's own fonts.
        let svg = svg.split("<g class=\"tooltip\"").next().unwrap_or_default();
        assert!(!svg.contains('联') && !svg.contains('\u{202e}'), "figure {}", figure.number);
    }
    assert!(svg(figure(14), &data).contains("U+8054U+60F3 0"));
}

#[test]
fn every_machine_has_a_mark_and_a_name() {
    let mut data = figure_data(estimates(&[1, 16], 1.0));
    data.machines = (0..30)
        .map(|index| {
            let mut estimates = estimates(&[1, 16], 1.5 + 0.1 * f64::from(index));
            estimates.device.hardware = format!("Board {index}");
            results::Machine { name: format!("cpu-{index:08x}"), estimates }
        })
        .collect();
    let canvas = (figure(14).draw)(&data);
    assert_readable(figure(14), &canvas, "thirty machines");
    for index in 0..30 {
        let named = canvas.texts().any(|(text, _)| text.starts_with(&format!("Board {index},")));
        let marks =
            canvas.tooltips().iter().filter(|tooltip| tooltip.text.contains(&format!("Board {index},"))).count();
        assert_eq!((named, marks), (true, 28), "machine {index}");
    }
}

#[test]
fn other_software_on_the_same_hardware_has_dashed_lines_and_another_machine_has_none() {
    let own = figure_data(estimates(&[1, 16], 1.0));
    let machine = |hardware: &str, outdated: bool| {
        let mut estimates = each(estimates(&[1, 16], 2.5), |point| point.outdated = outdated);
        let [hardware, backend] = [hardware, "a library 1.0"].map(str::to_owned);
        estimates.device = DeviceIdentity { kind: "cpu-library".to_owned(), hardware, backend, simulated: false };
        results::Machine { name: "cpu-library-00000000".to_owned(), estimates }
    };
    let with_machine = |machine| FigureData { machines: vec![machine], ..own.clone() };
    assert_eq!(svg(figure(3), &with_machine(machine("Another board", false))), svg(figure(3), &own));
    let hardware = own.device.hardware.clone();
    let same = with_machine(machine(&hardware, false));
    let canvas = (figure(3).draw)(&same);
    assert_readable(figure(3), &canvas, "other software");
    let marks = canvas.tooltips().iter().filter(|tooltip| tooltip.text.contains(", a library 1.0: ")).count();
    assert_eq!(marks, 28, "a value of each network at each batch");
    assert!(words(3, &same).contains("Dashed, on the same hardware: a library 1.0."));
    // Only this figure and that of machines change.
    for number in [4, 5] {
        assert_eq!(svg(figure(number), &same), svg(figure(number), &own));
    }
    // Long names fit into the legend, one or several.
    let long = |index: usize| {
        let mut machine = machine(&hardware, false);
        machine.estimates.device.backend =
            format!("operators (of many kinds) {index}, tensors of a library 1.0, tuned");
        machine
    };
    for count in [1, 3] {
        let mut flagged = FigureData { machines: (0..count).map(long).collect(), ..own.clone() };
        flagged.networks[0].flagged.insert(1);
        assert_readable(figure(3), &(figure(3).draw)(&flagged), "long names of software");
    }
    let earlier = with_machine(machine(&hardware, true));
    assert!(words(3, &earlier).contains("a library 1.0 (measured by earlier versions of the programs: all points)"));
    assert!(words(14, &earlier).contains("Earlier: measured by earlier versions of the programs"));
}

#[test]
fn networks_on_several_machines_are_sorted_by_their_time() {
    let data = figure_data(estimates(&[1, 16], 1.0));
    let canvas = (figure(14).draw)(&data);
    let time = |title: &str| data.networks.iter().find(|of| of.title == title).map(|of| of.time[&1].value);
    let times: Vec<f64> = canvas.texts().filter_map(|(text, _)| time(text)).collect();
    assert_eq!(times.len(), 14);
    assert!(times.is_sorted(), "{times:?}");
}

#[test]
fn flagged_points_have_open_marks_and_are_counted() {
    let flag = |kind| results::Flag { kind, words: "slow".to_owned() };
    let flagged = figure_data(each(estimates(&[1, 16], 1.0), |point| {
        if point.network == "enet" {
            point.flags = vec![flag(Kind::ALL[0])];
        }
    }));
    let plain = figure_data(estimates(&[1, 16], 1.0));
    for number in [3, 5, 7, 9, 13, 14] {
        assert!(words(number, &flagged).contains("Open marks: flagged, 2 of 28 points (see the table of flags)."));
        assert!(!words(number, &plain).contains("flagged"), "figure {number}");
        assert_ne!(svg(figure(number), &flagged), svg(figure(number), &plain));
    }
}

#[test]
fn arrows_end_at_the_counts_of_this_paper() {
    let mut counts = fixture::counts();
    let network = counts.networks.iter_mut().find(|network| network.name == "inception-v4").expect("it is known");
    network.operations_2016 = 24_500_000_000;
    let data = FigureData::new(&counts, estimates(&[1], 1.0), &fixture::published());
    assert!(words(2, &data).contains("as printed in 2016, where they differ from the counts here"));
    let tooltips: Vec<String> = (figure(2).draw)(&data).tooltips().iter().map(|tooltip| tooltip.text.clone()).collect();
    assert_eq!(tooltips.iter().filter(|words| words.contains("2016")).count(), 1, "{tooltips:?}");
    assert!(tooltips.iter().any(|words| words.starts_with("Inception-v4, 2016: 18.4 G-Op")), "{tooltips:?}");
}
