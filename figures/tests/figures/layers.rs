//! Figure 11: its texts on the layers of one, two or no network, and that nothing in it overlaps or is cut off.

use std::fs;
use std::process::Command;

use figures::finish::WATERMARK_TEXT;
use figures::style::colour_of_kind;
use figures::{Figure, FigureData};
use offprint_plot::Canvas;
use results::layers::{LayerTimes, SCHEMA};
use results::record::Benchmark;
use results::{LayerKind, LayersEstimate, LayersRecord, Outcome, PeakRates, Seconds};

use crate::drawings::assert_readable;
use crate::fixture::{self, each, estimates};

/// 10^11 operations and 10^10 bytes per second.
fn peaks() -> Benchmark {
    benchmark(1e11, 1e10)
}

fn benchmark(operations_per_second: f64, bytes_per_second: f64) -> Benchmark {
    Benchmark { operations_per_second, bytes_per_second, ..Benchmark::default() }
}

/// The record of a network whose layers have these kinds, repeated in this order, and these times [s]; a whole pass takes `whole`.
fn record(network: &str, kinds: &[LayerKind], times: &[f64], whole: f64) -> LayersRecord {
    let layer = |(index, (&kind, &time)): (usize, (&LayerKind, &f64))| {
        let multiplies = matches!(kind, LayerKind::Conv | LayerKind::Linear);
        LayerTimes {
            name: format!("stage{}.{}", index / 7, kind.word()),
            kind,
            // From 0.5 to a few hundred operations per byte.
            macs: if multiplies { 1_000_000 * (1 + index as u64) } else { 0 },
            bytes: if kind == LayerKind::Linear {
                4_000_000 * (1 + index as u64)
            } else {
                40_000 + 1000 * index as u64
            },
            times: [1.0, 0.97, 1.2, 1.0, 0.99].map(|factor| Seconds(time * factor)).to_vec(),
        }
    };
    LayersRecord {
        schema: SCHEMA,
        network: network.to_owned(),
        batch: 1,
        seed: 1,
        device: estimates(&[], 1.0).device,
        weights: "random".to_owned(),
        outcome: Outcome::Measured,
        peak_rates: Some(peaks()),
        min_passes: None,
        whole: [1.0, 0.98, 1.02].map(|factor| Seconds(whole * factor)).to_vec(),
        layers: kinds.iter().cycle().zip(times).enumerate().map(layer).collect(),
        environment: Default::default(),
    }
}

const USUAL: [LayerKind; 3] = [LayerKind::Conv, LayerKind::Norm, LayerKind::Relu];

/// A usual network of so many layers: convolutions are slow, the layers after them are fast, and a matrix product comes last.
fn usual(network: &str, count: usize) -> LayersEstimate {
    let times: Vec<f64> =
        (0..count).map(|index| if index % 3 == 0 { 2e-3 + 1e-4 * (index * 7 % 23) as f64 } else { 2e-4 }).collect();
    let mut record = record(network, &USUAL, &times, times.iter().sum());
    if let Some(last) = record.layers.last_mut() {
        (last.kind, last.macs, last.bytes) = (LayerKind::Linear, 1_000_000, 4_000_000);
    }
    LayersEstimate::of(&record)
}

fn failed(network: &str, outcome: Outcome) -> LayersEstimate {
    LayersEstimate::of(&LayersRecord { outcome, ..record(network, &USUAL, &[1e-3], 1e-3) })
}

fn figure_data(layers: Vec<LayersEstimate>) -> FigureData {
    // Without peaks in the estimates, the roofline is that of the layers' record.
    FigureData { layers, ..fixture::figure_data(each(estimates(&[1, 16], 1.0), |point| point.peak_rates = None)) }
}

fn figure() -> &'static Figure {
    figures::find(11).expect("it is in the list")
}

fn draw(data: &FigureData) -> Canvas {
    (figure().draw)(data)
}

fn words(data: &FigureData) -> String {
    draw(data).texts().map(|(text, _)| text).collect::<Vec<_>>().join(" ").replace('\u{a0}', " ")
}

fn svg(data: &FigureData) -> String {
    figure().to_svg(data).expect("it draws")
}

/// From no network to more than fit, from one layer to many, from no time to extreme times.
fn data_sets() -> Vec<(&'static str, FigureData)> {
    let of = |record: LayersRecord| figure_data(vec![LayersEstimate::of(&record)]);
    let every = |time: f64| record("vgg-16", &LayerKind::ALL, &[time; 27], 27.0 * time);
    let with = |change: fn(&mut LayersRecord)| {
        let mut record = every(1e-3);
        change(&mut record);
        of(record)
    };
    let outdated = |mut of: LayersEstimate| {
        of.outdated = true;
        of
    };
    let long = |word: &str| Outcome::OutOfMemory { reason: format!("{word} ").repeat(300) };
    let mut titled = figure_data(vec![usual("vgg-16", 36)]);
    titled.networks.iter_mut().for_each(|network| network.title = "</text> & a very long title ".repeat(9));
    vec![
        ("no network", figure_data(Vec::new())),
        ("one network", figure_data(vec![usual("vgg-16", 36)])),
        ("two networks", figure_data(vec![usual("vgg-16", 36), usual("resnet-50", 174)])),
        (
            "five networks",
            figure_data(["alexnet", "enet", "vgg-16", "vgg-19", "resnet-50"].map(|name| usual(name, 50)).to_vec()),
        ),
        ("two outdated", figure_data(vec![outdated(usual("vgg-16", 36)), outdated(usual("resnet-50", 174))])),
        ("one failed", figure_data(vec![failed("vgg-16", long("killed")), usual("resnet-50", 174)])),
        ("two failed", figure_data(vec![failed("vgg-16", long("")), failed("vgg-19", long("Donaudampfschifffahrt"))])),
        ("one layer", figure_data(vec![usual("enet", 1)])),
        ("thousands of layers", figure_data(vec![usual("enet", 5000)])),
        ("every kind", of(every(1e-3))),
        ("no time", of(every(1e-300))),
        ("the end of time", of(every(1e300))),
        ("no matrix product", of(record("enet", &[LayerKind::Relu, LayerKind::Pool], &[1e-3; 9], 9e-3))),
        ("no speed", with(|record| record.peak_rates = Some(benchmark(1e-290, 1e-290)))),
        ("all speed", with(|record| record.peak_rates = Some(benchmark(1e300, 1e-300)))),
        ("far below the roofline", with(|record| record.peak_rates = Some(benchmark(1e17, 3e12)))),
        ("all memory", with(|record| record.layers.iter_mut().for_each(|layer| layer.bytes = u64::MAX))),
        ("all work", with(|record| record.layers.iter_mut().for_each(|layer| layer.macs = u64::MAX / 30))),
        ("the largest batch", with(|record| record.batch = u32::MAX)),
        (
            "long names",
            with(|record| {
                record.layers.iter_mut().for_each(|layer| layer.name = format!("{} ", layer.name).repeat(30))
            }),
        ),
        ("one interval over all", with(|record| record.layers[3].times[2] = Seconds(1e3))),
        ("a long title", titled),
    ]
}

#[test]
fn nothing_overlaps_or_leaves_the_canvas_and_every_number_is_finite() {
    for (of, data) in data_sets() {
        let canvas = draw(&data);
        assert_readable(figure(), &canvas, of);
        assert_eq!(canvas.width, 453.5);
        assert!(canvas.height < 400.0, "{of}: {} pt high", canvas.height);
        let svg = svg(&data);
        assert!(!["NaN", "\"inf", "\"-inf", ",inf", ",-inf", "inf,"].iter().any(|word| svg.contains(word)), "{of}");
        assert_eq!(svg, self::svg(&data), "{of}: the same bytes every time");
    }
}

#[test]
fn without_layers_a_sentence_states_it() {
    let words = words(&figure_data(Vec::new()));
    assert_eq!(words, "No layer was measured.");
}

#[test]
fn each_network_has_its_title_its_batch_and_its_sum_next_to_the_whole() {
    // 4 ms + 2 ms + 2 ms next to a pass of 10 ms.
    let of = LayersEstimate::of(&record("vgg-16", &USUAL, &[4e-3, 2e-3, 2e-3], 10e-3));
    let words = words(&figure_data(vec![of, usual("resnet-50", 174)]));
    let expected =
        "VGG-16, batch 1 3 layers, medians sum to 8.00 ms; pass with synchronisation 8.00 ms, without 10.0 ms (";
    assert!(words.contains(expected), "{words}");
    assert!(words.contains("ResNet-50, batch 1 174 layers, medians sum to "), "{words}");
    // The legend is sorted by time: one half, and two quarters in the order of kinds.
    assert!(words.contains("conv 50 % norm 25 % relu 25 %"), "{words}");
}

#[test]
fn every_layer_has_a_bar_of_the_colour_of_its_kind() {
    let of = usual("resnet-50", 174);
    let svg = svg(&figure_data(vec![of.clone()]));
    for kind in [LayerKind::Conv, LayerKind::Norm, LayerKind::Relu, LayerKind::Linear] {
        let (red, green, blue) = colour_of_kind(kind).rgb;
        let fill = format!("fill=\"#{red:02X}{green:02X}{blue:02X}\"");
        let boxes = svg.lines().filter(|line| line.starts_with("<rect") && line.contains(&fill)).count();
        let layers = of.layers.iter().filter(|layer| layer.kind == kind).count();
        assert_eq!(boxes, layers + 1, "{}: the bars and the sample of the legend", kind.word());
    }
}

#[test]
fn the_longest_layer_is_named_at_both_sides_and_the_roofline_is_labelled_with_its_peaks() {
    let of = LayersEstimate::of(&record("vgg-16", &LayerKind::ALL, &[9e-3, 2e-3, 1e-3], 12e-3));
    let data = figure_data(vec![of]);
    let canvas = draw(&data);
    assert_eq!(canvas.texts().filter(|(text, _)| *text == "stage0.conv").count(), 2);
    assert_eq!(canvas.texts().filter(|(text, _)| *text == "stage0.norm").count(), 1, "it multiplies nothing");
    let words = words(&data);
    assert!(words.contains("GEMM 100 G-Op/s") && words.contains("bandwidth 10.0 GB/s"), "{words}");
}

#[test]
fn every_layer_has_a_tooltip_with_its_time_and_every_one_that_multiplies_with_its_speed() {
    let (vgg, resnet) = (usual("vgg-16", 36), usual("resnet-50", 174));
    let multiply = |of: &LayersEstimate| of.layers.iter().filter(|layer| layer.macs > 0).count();
    let expected = 36 + multiply(&vgg) + 174 + multiply(&resnet);
    let canvas = draw(&figure_data(vec![vgg, resnet]));
    assert_eq!(canvas.tooltips().len(), expected);
    // 4 ms of 8 ms; the samples of a layer lie between 0.97 and 1.2 times that. 2 MMACs and 80 kB are 4 and 2 operations.
    let mut of = LayersEstimate::of(&record("vgg-16", &USUAL, &[4e-3, 2e-3, 2e-3], 10e-3));
    let words = |of: &LayersEstimate| -> Vec<String> {
        draw(&figure_data(vec![of.clone()])).tooltips().iter().map(|tooltip| tooltip.text.clone()).collect()
    };
    let tooltips = words(&of);
    assert!(tooltips[0].starts_with("VGG-16, batch 1, stage0.conv (conv): 4.00 ms ["), "{tooltips:?}");
    assert!(
        tooltips[0].ends_with("50\u{a0}% of the time") && tooltips[1].ends_with("25\u{a0}% of the time"),
        "{tooltips:?}"
    );
    // Two operations for each of 10^6 multiply-accumulates, 40 000 bytes, 4 ms.
    assert!(tooltips[3].ends_with(", 0.500 G-Op/s at 50.0 operations per byte"), "{tooltips:?}");
    of.outdated = true;
    assert!(words(&of).iter().all(|words| words.starts_with("VGG-16, batch 1, outdated, stage0.")));
}

#[test]
fn a_network_without_numbers_has_a_reason_and_the_other_is_drawn() {
    let reason = || "12 GB asked for".to_owned();
    let outcomes = [
        (Outcome::OutOfMemory { reason: reason() }, "out of memory: 12 GB asked for"),
        (Outcome::OutOfTime { reason: reason() }, "out of time: 12 GB asked for"),
        (Outcome::Refused { reason: String::new() }, "numbers refused"),
    ];
    for (outcome, expected) in outcomes {
        let words = words(&figure_data(vec![failed("vgg-16", outcome), usual("resnet-50", 174)]));
        assert!(words.contains(&format!("VGG-16, batch 1 {expected} ResNet-50, batch 1 174 layers")), "{words}");
    }
}

#[test]
fn outdated_layers_are_noted_below_the_figure_and_in_its_title() {
    let mut old = usual("vgg-16", 36);
    let (new, fresh) = (usual("resnet-50", 174), figure_data(vec![old.clone(), usual("resnet-50", 174)]));
    old.outdated = true;
    let data = figure_data(vec![old, new]);
    let note = "Outdated: layers measured by earlier versions of the programs (VGG-16 at batch 1).";
    assert!(words(&data).contains(note));
    assert!(svg(&data).contains("Where the time goes (layers of 1 of 2 networks outdated)</title>"));
    assert!(!svg(&fresh).contains("utdated"));
}

#[test]
fn networks_that_are_not_shown_are_named() {
    let layers = ["alexnet", "enet", "vgg-16", "vgg-19"].map(|name| usual(name, 20)).to_vec();
    let words = words(&figure_data(layers));
    assert!(
        words.contains("Not shown for lack of space: the layers of VGG-16 at batch 1; VGG-19 at batch 1."),
        "{words}"
    );
    assert!(!words.contains("VGG-16, batch 1"));
}

#[test]
fn a_simulated_device_marks_the_whole_figure() {
    let mut simulated = figure_data(vec![usual("vgg-16", 36), usual("resnet-50", 174)]);
    let marks = |data: &FigureData| draw(data).texts().filter(|(text, _)| *text == WATERMARK_TEXT).count();
    assert_eq!(marks(&simulated), 0);
    simulated.device.simulated = true;
    assert!(marks(&simulated) >= 5);
    assert!(svg(&simulated).contains("Where the time goes (simulated device, not a measurement)</title>"));
}

#[test]
fn the_program_draws_the_layers_of_its_folder() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let (input, output) = (scratch.path().join("in"), scratch.path().join("out"));
    fs::create_dir_all(input.join("layers")).expect("a writable folder");
    crate::program::inputs(&input);
    let run = || {
        let mut program = Command::new(env!("CARGO_BIN_EXE_figures"));
        program.args(["draw", "--figure", "11", "--input"]).arg(&input).arg("--output").arg(&output);
        program.output().expect("the program starts")
    };
    let drawn = || fs::read_to_string(output.join("fig11.svg")).expect("an SVG");
    assert!(run().status.success() && drawn().contains("No layer was measured"));
    let good = record("enet", &USUAL, &[9e-3, 2e-3, 1e-3], 12e-3);
    results::json::write(&input.join("layers/enet.json"), &good).expect("a file");
    assert!(run().status.success() && drawn().contains("stage0.conv") && !drawn().contains("No layer"));
    fs::write(input.join("layers/enet.json"), "{}").expect("a file");
    let refused = String::from_utf8(run().stderr).expect("text");
    assert!(refused.contains("enet.json") && refused.contains("\nhint: "), "{refused}");
}

#[test]
fn the_roofline_is_the_median_of_all_probes_and_what_lies_above_it_is_counted() {
    let mut estimates = estimates(&[1, 16], 1.0);
    for (index, point) in estimates.points.iter_mut().enumerate() {
        let slower = if index % 4 == 0 { 0.5 } else { 1.0 };
        point.peak_rates = Some(PeakRates::best(8e10 * slower, 1e10));
    }
    // 10^11 operations per second: more than the peak of most probes.
    let layers = vec![LayersEstimate::of(&record("vgg-16", &[LayerKind::Conv], &[2e-5], 2e-5))];
    let words = words(&FigureData { layers, ..fixture::figure_data(estimates) });
    assert!(words.contains("GEMM 80.0 G-Op/s"), "{words}");
    assert!(words.contains("Above the roofline: 1 of 1 layers of VGG-16."), "{words}");
}

#[test]
fn a_layer_that_has_only_a_number_is_named_by_its_stage() {
    let kinds =
        [LayerKind::Conv, LayerKind::Relu, LayerKind::Conv, LayerKind::Pool, LayerKind::Conv, LayerKind::Linear];
    let mut of = record("vgg-16", &kinds, &[1e-3, 1e-4, 9e-3, 1e-4, 1e-3, 2e-3], 14e-3);
    of.layers.iter_mut().enumerate().for_each(|(index, layer)| layer.name = format!("features.{index}"));
    let canvas = draw(&figure_data(vec![LayersEstimate::of(&of)]));
    // In the notation of K. Simonyan and A. Zisserman, 2014: the second convolution of the first stage.
    assert_eq!(canvas.texts().filter(|(text, _)| *text == "conv1_2").count(), 2);
    assert!(canvas.tooltips()[2].text.contains("conv1_2, features.2 (conv)"), "{:?}", canvas.tooltips()[2]);
}
