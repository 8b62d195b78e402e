//! The report as a document: the standards it declares, its paper, its date, the digests in it, and published values next to measured ones.

use std::path::Path;
use std::process::Command;

use offprint_typeset::compile::PaperSize;
use paper::facts;
use results::accuracy::Score;
use results::measured_accuracy::Pair;
use results::statistics::Pairs;
use results::{Estimates, Inputs, MeasuredAccuracies, MeasuredAccuracy, Source};

use super::{inputs, letters, of_two_days, set};

/// Whether a PDF has this text in its uncompressed parts.
fn has(pdf: &[u8], text: &str) -> bool {
    pdf.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn the_report_declares_two_standards_language_tags_bookmarks_and_a_title() {
    let pdf = set(&inputs(&tests::tx1_estimates()), PaperSize::A4).pdf;
    for text in [
        "<pdfaid:part>2</pdfaid:part>",
        "<pdfaid:conformance>A</pdfaid:conformance>",
        "<pdfuaid:part>1</pdfuaid:part>",
        "/Lang(en-GB)",
        "/Marked true",
        "/StructTreeRoot",
        "/Outlines",
        "/DisplayDocTitle true",
        "An Analysis of Deep Neural Network Models for Practical Applications, Executed</rdf:li>",
    ] {
        assert!(has(&pdf, text), "{text}");
    }
    assert!(pdf.len() < 5_000_000, "{} bytes", pdf.len());
}

#[test]
fn each_paper_size_gives_its_pages_and_the_same_bytes() {
    let folder = inputs(&tests::tx1_estimates());
    // Points of 1/72 inch: 210 mm by 297 mm, and 8.5 inches by 11.
    for (size, sheet) in
        [(PaperSize::A4, "/MediaBox[0 0 595.2756 841.8898]"), (PaperSize::Letter, "/MediaBox[0 0 612 792]")]
    {
        let report = set(&folder, size);
        assert!(has(&report.pdf, sheet), "{size}");
        assert_eq!(report.pdf, set(&folder, size).pdf, "{size}");
    }
}

#[test]
fn the_date_is_that_of_the_latest_measurement_or_of_the_original_without_one() {
    let pdf = |estimates: &Estimates| set(&inputs(estimates), PaperSize::A4).pdf;
    assert!(has(&pdf(&of_two_days()), "/CreationDate(D:20261124"));
    let mut modelled = of_two_days();
    modelled.device.simulated = true;
    let nothing = tests::only(&tests::tx1_estimates(), &[], &[]);
    for estimates in [modelled, tests::tx1_estimates(), nothing] {
        assert!(has(&pdf(&estimates), "/CreationDate(D:20170414"));
    }
}

/// The digest by `sha256sum`.
fn sha256(path: &Path) -> String {
    let output = Command::new("sha256sum").arg(path).output().expect("sha256sum runs");
    String::from_utf8(output.stdout).expect("digits").chars().take(64).collect()
}

#[test]
fn records_inputs_and_figures_are_named_by_their_digests() {
    let mut estimates = tests::only(&tests::tx1_estimates(), &["alexnet", "enet"], &[1]);
    let digests = ["a1b2c3d4".repeat(8), "0f1e2d3c".repeat(8)];
    for (index, (point, digest)) in estimates.points.iter_mut().zip(&digests).enumerate() {
        let commit = Some("89abcdef".repeat(5));
        point.sources = vec![Source {
            session: 1,
            measured_on: point.measured_on.clone(),
            sha256: digest.clone(),
            commit,
            commit_changed: Some(index == 1),
        }];
    }
    let folder = inputs(&estimates);
    let report = set(&folder, PaperSize::A4);
    let all = letters(&report.pages.concat());
    for digest in digests {
        assert!(all.contains(&digest), "{digest}");
    }
    assert!(all.contains(&letters("records/alexnet-b1.json")), "{all}");
    let named = report.pages.concat();
    assert!(named.contains("89abcdef89ab+"), "the programs of the second record differed from their commit");
    let published = results::reference::FILES.map(|file| format!("2016/{file}"));
    let own = ["counts.json", "estimates.json", "facts.json", "claims.json", "figures/fig03.svg"].map(str::to_owned);
    for file in own.iter().chain(&published) {
        assert!(all.contains(&sha256(&folder.path().join(file))), "{file}");
    }
    // Another record gives another report.
    estimates.points[0].sources.clear();
    assert_ne!(set(&inputs(&estimates), PaperSize::A4).pdf, report.pdf);
}

#[test]
fn published_values_stand_next_to_measured_ones_with_their_ratio() {
    let mut estimates = tests::tx1_estimates();
    for point in &mut estimates.points {
        if let Some(time) = &mut point.time {
            time.value *= 2.0;
        }
    }
    let folder = inputs(&estimates);
    let facts = facts::gather(&Inputs::read(folder.path()).expect("the inputs parse"));
    let row = |table: &str, network: &str| {
        let rows = &facts.tables[table].rows;
        rows.iter().find(|row| row[0] == network).unwrap_or_else(|| panic!("{network}")).clone()
    };
    // Figure 3 of the original, digitised: 29.06 ms at batch 1, 19.4 ms at batch 16.
    assert_eq!(row("comparison.time", "GoogLeNet")[1..], ["29.1", "58.1", "2.00", "19.4", "38.8", "2.00"]);
    // Figure 5: 202 MB of 2^20 bytes at batch 1, where curves overlap.
    assert_eq!(row("comparison.memory", "BN-NIN")[1], "~212");
    // 0.724 G multiply-accumulates with groups, two operations each, and one for each bias, rectifier and pooled element.
    assert_eq!(row("operations", "AlexNet")[1..3], ["2.26", "1.45"]);
    assert_eq!(row("parameters", "VGG-16")[1..], ["138.36", "138.36", ""]);
    assert_eq!(
        (facts.values["time.order.b1"].as_str(), facts.values["time.order.b16"].as_str()),
        ("91 of 91", "91 of 91")
    );
    assert!(row("accuracies", "ENet")[2].starts_with("post by E. Culurciello"));
}

/// The accuracies of two networks on 2,000 pictures.
fn with_accuracies(estimates: Estimates) -> Estimates {
    let of = |correct| MeasuredAccuracy {
        top_1: Score::of(correct, 2_000).expect("a score"),
        top_5: Score::of(1_900, 2_000).expect("a score"),
        pictures: 2_000,
        images: "photographs".to_owned(),
        images_sha256: "0".repeat(64),
        weights_sha256: "1".repeat(64),
        decoder: "a decoder".to_owned(),
        agreement: "up to 6 levels".to_owned(),
    };
    let [first, second] = ["vgg-16", "alexnet"].map(str::to_owned);
    let networks = [(first.clone(), of(1_412)), (second.clone(), of(1_142))].into();
    let pairs = Pairs { trials: 2_000, only_first: 300, only_second: 30 };
    let Pairs { only_first, only_second, .. } = pairs;
    let (difference, p_value) = (pairs.difference().expect("there are pictures"), pairs.p_value());
    let pairs = vec![Pair { first, second, only_first, only_second, difference, p_value }];
    Estimates { accuracies: MeasuredAccuracies { networks, pairs }, ..estimates }
}

#[test]
fn a_measured_accuracy_stands_next_to_the_cited_one_and_is_used_everywhere() {
    let folder = inputs(&with_accuracies(tests::tx1_estimates()));
    let facts = facts::gather(&Inputs::read(folder.path()).expect("the inputs parse"));
    let rows = |name: &str| facts.tables[name].rows.clone();
    // 1142 of 2000 = 57.10 %; the interval by Wilson's formula.
    assert_eq!(rows("accuracy.measured")[0][..3], ["AlexNet", "54.61", "57.10 (54.92 to 59.25)"]);
    assert_eq!(rows("accuracy.pairs")[0][..4], ["VGG-16", "AlexNet", "300", "30"]);
    assert_eq!(rows("accuracy.pairs")[0][5], "< 0.001");
    let of = |name: &str, table: &str| rows(table).into_iter().find(|row| row[0] == name).expect("it has a row");
    assert_eq!(
        (of("AlexNet", "accuracy.scores")[1].as_str(), of("ENet", "accuracy.scores")[1].as_str()),
        ("measured", "cited")
    );
    assert_eq!(of("AlexNet", "networks")[1], "57.10");
    // The cited accuracy of AlexNet would be lower.
    assert!(facts.values["accuracy.min"].starts_with("BN-AlexNet, 56.60"), "{}", facts.values["accuracy.min"]);
    let text = letters(&set(&folder, PaperSize::A4).pages.concat());
    let without = letters(&set(&inputs(&tests::tx1_estimates()), PaperSize::A4).pages.concat());
    for words in [
        "This run also measured the accuracy",
        "top-1 accuracy (measured here or cited)",
        "57.10 (54.92 to 59.25)",
        "McNemar",
        "a decoder: up to 6 levels",
    ] {
        assert!(text.contains(&letters(words)) && !without.contains(&letters(words)), "{words}");
    }
}
