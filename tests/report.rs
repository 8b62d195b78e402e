//! The report from fixture data: it compiles to the same bytes, whatever was measured, and invalid input is refused.

use std::fs;
use std::path::Path;

use offprint_typeset::Facts;
use offprint_typeset::compile::{self, Options, PaperSize, Report};
use paper::facts;
use results::{Estimates, Inputs, Observation, Outcome, PowerEstimate};
use tempfile::TempDir;

#[path = "report/document.rs"]
mod document;
#[path = "report/sheets.rs"]
mod sheets;
#[path = "report/stress.rs"]
mod stress;

/// Fills a folder with everything that the step `report` reads.
fn inputs(estimates: &Estimates) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    tests::write_inputs(folder.path(), estimates);
    finish(folder.path());
    folder
}

/// Adds facts, claims, figures and the text to counts, estimates and the values of 2016.
fn finish(top: &Path) {
    let read = Inputs::read(top).expect("the inputs parse");
    results::json::write(&top.join("facts.json"), &facts::gather(&read)).expect("it writes");
    results::json::write(&top.join("claims.json"), &paper::claims::of(&read)).expect("it writes");
    copy(&tests::root().join("paper/text"), &top.join("text"));
    fs::copy(tests::root().join("CITATION.cff"), top.join("CITATION.cff")).expect("a copy");
    sheets::write(top, &read);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("the text is there") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a copy");
        }
    }
}

fn simulated() -> Estimates {
    let mut estimates = tests::tx1_estimates();
    estimates.device.simulated = true;
    estimates.device.hardware = "a model of a device".to_owned();
    estimates
}

/// The original's points with those of AlexNet from another day than the others.
fn of_two_days() -> Estimates {
    let mut estimates = tests::tx1_estimates();
    for point in &mut estimates.points {
        let day = if point.network == "alexnet" { "2026-11-22" } else { "2026-11-24" };
        point.measured_on = Some(day.to_owned());
    }
    estimates
}

/// The sentence on days, and the cells of its table.
fn days(estimates: &Estimates) -> (String, Vec<Vec<String>>) {
    let folder = inputs(estimates);
    let mut facts = facts::gather(&Inputs::read(folder.path()).expect("the inputs parse"));
    let sentence = facts.values.remove("days.sentence").expect("the fact is there");
    (sentence, facts.tables.remove("days").expect("the table is there").rows)
}

fn set(folder: &TempDir, size: PaperSize) -> Report {
    compile::typeset(folder.path(), &Options { paper: size, ..Options::default() })
        .unwrap_or_else(|error| panic!("{error}"))
}

/// The text of each page of the report.
fn pages(estimates: &Estimates) -> Vec<String> {
    set(&inputs(estimates), PaperSize::A4).pages
}

/// Only letters and digits, since line breaks change spaces and hyphens.
fn letters(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).collect()
}

#[track_caller]
fn refused(folder: &TempDir) -> String {
    compile::typeset(folder.path(), &Options::default()).expect_err("it must not compile").to_string()
}

fn append(folder: &TempDir, file: &str, text: &str) {
    let path = folder.path().join(file);
    let old = fs::read_to_string(&path).expect("the file is there");
    fs::write(path, old + text).expect("a file");
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let estimates = tests::tx1_estimates();
    let (once, twice) = (inputs(&estimates), inputs(&estimates));
    let output = tempfile::tempdir().expect("a folder");
    let report =
        compile::compile(once.path(), output.path(), &Options::default()).unwrap_or_else(|error| panic!("{error}"));
    assert!(report.pdf.starts_with(b"%PDF-"));
    assert_eq!(report.pdf, fs::read(output.path().join("report.pdf")).expect("it was written"));
    assert_eq!(report.pdf, set(&twice, PaperSize::A4).pdf);
}

#[test]
fn every_claim_network_and_figure_is_in_the_report() {
    let pages = pages(&tests::tx1_estimates());
    let all = letters(&pages.concat());
    for claim in paper::claims::all() {
        assert!(all.contains(&letters(claim.title)), "{}", claim.id);
    }
    for network in tests::counts().networks {
        assert!(all.contains(&letters(&network.title)), "{}", network.title);
    }
    for number in sheets::FIGURES {
        assert!(all.contains(&format!("Figure{number}Titleofsheet{number}")), "{number}");
    }
    // The line of 2016, from the facts.
    assert!(all.contains(&letters("5.00 ms per G-Op plus 16.3 ms")), "{all}");
}

#[test]
fn a_simulated_device_is_named_on_every_page() {
    for page in pages(&simulated()) {
        assert!(letters(&page).contains("SIMULATEDDEVICENOTAMEASUREMENT"), "{page}");
    }
}

#[test]
fn a_measurement_carries_no_watermark() {
    let all = letters(&pages(&tests::tx1_estimates()).concat());
    assert!(!all.to_lowercase().contains("simulateddevice"), "{all}");
}

#[test]
fn outdated_points_are_listed_on_the_first_page_and_named_in_the_method() {
    let mut estimates = tests::tx1_estimates();
    let all = estimates.points.len();
    for point in &mut estimates.points {
        point.outdated = point.network == "enet" && point.batch <= 2;
    }
    let pages = pages(&estimates);
    let wanted = letters(&format!("Outdated measurements. 2 of {all} points were measured by earlier versions"));
    assert!(letters(&pages[0]).contains(&wanted), "{}", pages[0]);
    let named = letters(&format!("Outdated points. 2 of {all} points"));
    let text = letters(&pages.concat());
    assert!(
        text.contains(&named) && text.contains(&letters("were not measured again: ENet at batches 1 and 2.")),
        "{text}"
    );
}

/// The pages of a report compared with this machine by a library, and with another one that earlier versions of the programs measured.
fn compared(backend: &str) -> String {
    let mut own = tests::tx1_estimates();
    own.device.backend = backend.to_owned();
    let folder = tempfile::tempdir().expect("a folder");
    tests::write_inputs(folder.path(), &own);
    fs::create_dir(folder.path().join("machines")).expect("a folder");
    let mut library = own.clone();
    (library.device.kind, library.device.backend) = ("cpu-library".to_owned(), "a library 1.0".to_owned());
    let mut earlier = library.clone();
    earlier.device.hardware = "Another machine".to_owned();
    earlier.points.iter_mut().for_each(|point| point.outdated = true);
    for (name, estimates) in [("cpu-1", earlier), ("cpu-library-2", library)] {
        results::json::write(&folder.path().join(format!("machines/{name}.json")), &estimates).expect("it writes");
    }
    finish(folder.path());
    letters(&set(&folder, PaperSize::A4).pages.concat())
}

#[test]
fn the_method_names_the_operators_and_marks_measurements_of_earlier_versions() {
    let (kernels, library) = (compared("kernels (AVX2), tensors of a library"), compared("a library 2.0"));
    let has = |text: &str, part: &str| text.contains(&letters(part));
    let (by_kernels, by_library) =
        ("run through kernels of this repository", "run through operators of a library, burn");
    assert!(has(&kernels, by_kernels) && !has(&kernels, by_library));
    assert!(has(&library, by_library) && !has(&library, by_kernels));
    for text in [&kernels, &library] {
        assert!(has(text, "published records of one other machine and this hardware with other software."), "{text}");
        assert!(has(text, "on the same hardware: a library 1.0.") && has(text, "C, a library 1.0:"), "{text}");
        // A figure may separate any two lines of a sentence, so the test looks for a part of it.
        assert!(
            has(text, "Figure 15 Title of sheet 15"),
            "the figure of libraries takes the number of that of later networks: {text}"
        );
        assert!(
            has(text, "cargo xtask reproduce figures/libraries") && !has(text, "reproduce figures/later"),
            "{text}"
        );
        assert!(has(text, "again: B (all points; commit not recorded;"), "{text}");
    }
}

#[test]
fn without_outdated_points_they_are_not_mentioned() {
    let all = letters(&pages(&tests::tx1_estimates()).concat());
    assert!(!all.to_lowercase().contains("outdated") && !all.contains(&letters("with other libraries")), "{all}");
}

#[test]
fn days_are_listed_as_recorded_and_no_run_is_mentioned() {
    let (sentence, rows) = days(&of_two_days());
    assert_eq!(sentence, "The points were measured on two days, from 22 November 2026 to 24 November 2026 (UTC).");
    assert_eq!((rows.len(), rows[0][0].as_str(), rows[1][0].as_str()), (2, "2026-11-24", "2026-11-22"));
    assert_eq!((rows[1][1].as_str(), rows[1][2].as_str()), ("7", "AlexNet at batches 1, 2, 4, 8, 16, 32 and 64"));
    let all = letters(&pages(&of_two_days()).concat());
    assert!(all.contains(&letters(&sentence)) && all.contains("20261122"), "{all}");
    assert!(!all.contains(&letters("in this run")), "{all}");
}

#[test]
fn points_of_one_day_are_listed_in_a_sentence() {
    let mut estimates = of_two_days();
    estimates.points.retain(|point| point.network == "alexnet");
    let sentence = days(&estimates).0;
    assert_eq!(sentence, "All points were measured on 22 November 2026 (UTC).");
    let all = letters(&pages(&estimates).concat());
    assert!(all.contains(&letters(&sentence)) && !all.contains(&letters("When the points were measured")), "{all}");
}

#[test]
fn a_guest_is_named_under_the_title_and_in_the_method() {
    let mut estimates = tests::tx1_estimates();
    estimates.device.hardware = "AMD EPYC, 2 cores".to_owned();
    let known = Observation::Known { value: "kvm".into() };
    estimates.environment.insert("hypervisor".to_owned(), known);
    let pages = pages(&estimates);
    let first = letters(&pages[0]);
    let title = "Measured on 2 virtual processors of an AMD EPYC, in a guest of the hypervisor kvm";
    assert!(first.contains(&letters(title)), "{first}");
    assert!(first.contains(&letters("The machine is a guest of the hypervisor kvm")), "{first}");
}

#[test]
fn the_spread_of_the_gemm_benchmark_is_stated_if_the_records_have_it() {
    let mut estimates = tests::tx1_estimates();
    let given = |all: &Estimates| letters(&pages(all).concat()).contains(&letters("of which half reached"));
    assert!(!given(&estimates));
    let all = results::Repetitions {
        count: 8,
        lower_quartile_per_second: 80.0,
        median_per_second: 90.0,
        upper_quartile_per_second: 95.0,
    };
    for point in &mut estimates.points {
        point.peak_rates = Some(results::PeakRates { gemm: Some(all), ..results::PeakRates::best(100.0, 1.0) });
    }
    let all = letters(&pages(&estimates).concat());
    assert!(all.contains(&letters("of which half reached 90 % of it (quartiles 80 % and 95 %")), "{all}");
}

#[test]
fn a_missing_day_and_a_simulated_device_are_stated() {
    let sentence = days(&tests::tx1_estimates()).0;
    assert!(sentence.contains("do not state on which day"), "{sentence}");
    let (sentence, rows) = days(&simulated());
    assert!(sentence.contains("simulated: nothing was measured") && rows.is_empty(), "{sentence}");
}

#[test]
fn two_networks_at_batch_one_make_a_report_that_names_what_is_missing() {
    let few = tests::only(&tests::tx1_estimates(), &["alexnet", "resnet-18"], &[1]);
    let all = letters(&pages(&few).concat());
    assert!(all.contains("twoofthe14networks"), "{all}");
    assert!(all.contains("notmeasured"), "{all}");
}

#[test]
fn missing_power_and_memory_are_stated_without_numbers() {
    let mut estimates = tests::tx1_estimates();
    for point in &mut estimates.points {
        point.power = PowerEstimate::NoSensor;
        if point.network == "vgg-19" && point.batch == 16 {
            point.outcome = Outcome::OutOfMemory { reason: "4 GB".to_owned() };
            (point.time, point.memory) = (None, None);
        }
    }
    let all = letters(&pages(&estimates).concat());
    assert!(all.contains(&letters("power and energy were not measured")), "{all}");
    assert!(
        all.contains(&letters("Figures 4, 8 and 12 need quantities that were not measured and are skipped.")),
        "{all}"
    );
    assert!(!all.contains(&letters("Title of sheet 4")), "no empty frame");
    assert!(all.contains(&letters("VGG-19 at batch 16 (out of memory)")), "{all}");
}

#[test]
fn a_report_compiles_without_measurements() {
    let nothing = tests::only(&tests::tx1_estimates(), &[], &[]);
    assert!(!pages(&nothing).is_empty());
}

#[test]
fn facts_have_the_same_names_whatever_was_measured() {
    let names = |estimates: &Estimates| -> Vec<String> {
        let folder = inputs(estimates);
        let facts = facts::gather(&Inputs::read(folder.path()).expect("the inputs parse"));
        facts.values.into_keys().chain(facts.tables.into_keys()).collect()
    };
    let all = names(&tests::tx1_estimates());
    assert_eq!(all, names(&tests::only(&tests::tx1_estimates(), &["alexnet"], &[1])));
    assert_eq!(all, names(&tests::only(&tests::tx1_estimates(), &[], &[])));
}

#[test]
fn an_unknown_fact_is_named_with_its_location_and_similar_names() {
    let folder = inputs(&tests::tx1_estimates());
    fs::write(folder.path().join("text/sections/extra.typ"), "One\n#fact(\"time.spna\")\n").expect("a file");
    let error = refused(&folder);
    assert!(error.contains("text/sections/extra.typ:2:2: unknown fact `time.spna`; similar: time.span"), "{error}");
}

#[test]
fn an_unknown_claim_is_named() {
    let folder = inputs(&tests::tx1_estimates());
    append(&folder, "text/report.typ", "#claim(\"C11\").title\n");
    let error = refused(&folder);
    assert!(error.contains("unknown claim `C11`"), "{error}");
}

#[test]
fn a_fact_that_nothing_uses_is_refused_by_name() {
    let folder = inputs(&tests::tx1_estimates());
    let path = folder.path().join("facts.json");
    let mut facts: Facts = results::json::read(&path).expect("facts parse");
    facts.values.insert("time.forgotten".to_owned(), "1".to_owned());
    results::json::write(&path, &facts).expect("it writes");
    let error = refused(&folder);
    assert!(error.contains("facts.json: fact `time.forgotten` is never used by the text"), "{error}");
}

#[test]
fn a_path_out_of_the_folder_is_refused_with_its_file() {
    for path in ["/../secret.txt", "../../secret.txt", "/2016/net_power_W.csv", "/figures/index.yml"] {
        let folder = inputs(&tests::tx1_estimates());
        append(&folder, "text/report.typ", &format!("\n#read(\"{path}\")\n"));
        let error = refused(&folder);
        assert!(error.starts_with("text/report.typ:"), "{path}: {error}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_among_the_texts_is_refused() {
    let folder = inputs(&tests::tx1_estimates());
    std::os::unix::fs::symlink("/dev/null", folder.path().join("text/link.typ")).expect("a link");
    assert!(refused(&folder).contains("text/link.typ: not a plain file"));
}

#[test]
fn the_current_date_is_not_available() {
    let folder = inputs(&tests::tx1_estimates());
    append(&folder, "text/report.typ", "\n#datetime.today().display()\n");
    assert!(refused(&folder).contains("text/report.typ:"));
}

#[test]
fn an_error_in_the_text_names_its_line() {
    let folder = inputs(&tests::tx1_estimates());
    let lines = fs::read_to_string(folder.path().join("text/report.typ")).expect("the text").lines().count();
    append(&folder, "text/report.typ", "#nonsense\n");
    let error = refused(&folder);
    assert!(error.starts_with(&format!("text/report.typ:{}:2: unknown variable: nonsense", lines + 1)), "{error}");
}

#[test]
fn a_missing_figure_is_named() {
    let folder = inputs(&tests::tx1_estimates());
    fs::remove_file(folder.path().join("figures/fig07.svg")).expect("it was there");
    let error = refused(&folder);
    assert!(error.contains("figures/fig07.svg"), "{error}");
}
