//! The page from fixture data: a single file that requests no other, the same to the byte, and complete. Text from data never becomes
//! markup.

use std::fs;
use std::path::Path;

use paper::facts;
use results::choose::Choice;
use results::choose::limit::Quantity;
use results::{DeviceIdentity, Estimates, Inputs};
use tempfile::TempDir;

/// The figures that are drawn.
const FIGURES: [u32; 4] = [0, 1, 2, 3];

/// A figure with two marks.
const SHEET: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9pt\" height=\"9pt\" viewBox=\"0 0 90 90\" role=\"img\">\n\
                     <title>Figure N: A title</title>\n<rect x=\"0\" y=\"0\" width=\"90\" height=\"90\" fill=\"#FFFFFF\"/>\n\
                     <g class=\"tooltip\" fill=\"none\" pointer-events=\"all\">\n\
                     <circle cx=\"9\" cy=\"9\" r=\"4\" data-network=\"vgg-16\"><title>VGG-16, batch 4: 303 ms [297, 311]</title></circle>\n\
                     <rect x=\"9\" y=\"9\" width=\"4\" height=\"4\"><title>VGG-16, 2016: 60 ms</title></rect>\n</g>\n</svg>\n";

/// Fills a folder with everything that the step `page` reads; the last figure is not drawn.
fn inputs(estimates: &Estimates) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let top = folder.path();
    tests::write_inputs(top, estimates);
    let read = Inputs::read(top).expect("the inputs parse");
    results::json::write(&top.join("facts.json"), &facts::gather(&read)).expect("it writes");
    results::json::write(&top.join("claims.json"), &paper::claims::of(&read)).expect("it writes");
    for made in ["figures", "page", "machines"] {
        fs::create_dir(top.join(made)).expect("a folder");
    }
    let other = DeviceIdentity { hardware: "Another machine".to_owned(), ..estimates.device.clone() };
    let other = Estimates { device: other, ..tests::only(estimates, &["enet"], &[1]) };
    results::json::write(&top.join("machines/cpu-1.json"), &other).expect("it writes");
    let entry = |number: u32| {
        serde_json::json!({
            "number": number, "name": format!("fig{number:02}"), "title": "A title", "caption": "A caption.",
            "data": ["points.csv"], "origin": "original", "remark": null, "drawn": number != 13,
        })
    };
    let index: Vec<serde_json::Value> = FIGURES.into_iter().chain([13]).map(entry).collect();
    results::json::write(&top.join("figures/index.json"), &index).expect("it writes");
    for number in FIGURES {
        let sheet = SHEET.replace("Figure N", &format!("Figure {number}"));
        fs::write(top.join(format!("figures/fig{number:02}.svg")), sheet).expect("a file");
    }
    for entry in fs::read_dir(tests::root().join("paper/page")).expect("the page's own files") {
        let path = entry.expect("an entry").path();
        fs::copy(&path, top.join("page").join(path.file_name().expect("a name"))).expect("a copy");
    }
    fs::copy(tests::root().join("CITATION.cff"), top.join("CITATION.cff")).expect("a copy");
    folder
}

#[track_caller]
fn page(folder: &TempDir) -> String {
    paper::page::text(folder.path()).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn refused(folder: &TempDir) -> String {
    let Err(error) = paper::page::text(folder.path()) else { panic!("the page must be refused") };
    error.to_string()
}

fn edit(folder: &TempDir, file: &str, old: &str, new: &str) {
    let path: &Path = &folder.path().join(file);
    let text = fs::read_to_string(path).expect("the file is there");
    assert!(text.contains(old), "{file} has no `{old}`");
    fs::write(path, text.replacen(old, new, 1)).expect("a file");
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let estimates = tests::tx1_estimates();
    let (once, twice) = (inputs(&estimates), inputs(&estimates));
    let output = tempfile::tempdir().expect("a folder");
    let size = paper::page::compose(once.path(), output.path()).unwrap_or_else(|error| panic!("{error}"));
    let written = fs::read_to_string(output.path().join("index.html")).expect("it was written");
    assert_eq!((written.len(), &written), (size, &page(&twice)));
    assert!(!written.contains(&once.path().display().to_string()));
}

#[test]
fn every_figure_claim_network_and_point_is_on_the_page() {
    let estimates = tests::tx1_estimates();
    let folder = inputs(&estimates);
    let page = page(&folder);
    for number in FIGURES {
        assert!(page.contains(&format!("<figure id=\"fig{number:02}\">")), "{number}");
        assert!(page.contains(&format!("href=\"figures/fig{number:02}.svg\"")), "{number}");
    }
    let at = |mark: &str| page.find(mark).unwrap_or_else(|| panic!("{mark}"));
    assert!(at("id=\"fig00\"") < at("id=\"claims\"") && at("id=\"figures\"") < at("id=\"fig01\""));
    assert!(page.contains("Figure 13 (A title) is not drawn") && !page.contains("id=\"fig13\""));
    assert_eq!(page.matches("<title>VGG-16, batch 4: 303 ms [297, 311]</title>").count(), 4);
    for claim in paper::claims::all() {
        assert!(page.contains(&format!("<article class=\"card\" id=\"claim-{}\"", claim.id)), "{}", claim.id);
    }
    let rows = |table: &str, end: &str| {
        let (_, after) = page.split_once(table).expect("the table");
        after.split(end).next().map_or(0, |body| body.matches("<tr data-network").count())
    };
    assert_eq!(rows("<tbody data-machine=\"here\">", "</tbody>"), estimates.points.len());
    assert_eq!(rows("<tbody data-machine=\"cpu-1\">", "</tbody>"), 1);
    assert_eq!(rows("<tbody data-machine=\"2016\">", "</tbody>"), estimates.points.len());
    assert_eq!(rows("aria-labelledby=\"networks-title\" tabindex", "</table>"), 14);
    for option in
        ["<option value=\"cpu-1\">Another machine; ", "<option value=\"16\">16</option>", "value=\"enet\">ENet<"]
    {
        assert_eq!(page.matches(option).count(), 1, "{option}");
    }
}

#[test]
fn the_script_chooses_from_the_rows_of_the_command() {
    let estimates = tests::tx1_estimates();
    let page = page(&inputs(&estimates));
    let data = page.split_once("id=\"data\">").expect("data").1.split_once("</script>").expect("its end").0;
    let data: serde_json::Value = serde_json::from_str(data).expect("it is JSON");
    let keys: Vec<&str> =
        data["machines"].as_array().expect("a list").iter().filter_map(|of| of["key"].as_str()).collect();
    assert_eq!(keys, ["here", "cpu-1", "2016"]);
    let choice = Choice::of(&estimates, &tests::published(), &[], &[]);
    let rows = data["machines"][0]["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), choice.rows.len());
    for (row, expected) in rows.iter().zip(&choice.rows) {
        assert_eq!(
            (row["network"].as_str(), row["batch"].as_u64()),
            (Some(&*expected.network), Some(expected.batch.into()))
        );
        let quantities = Quantity::ALL.map(|quantity| (expected.value(quantity), &row["known"][quantity as usize]));
        let accuracy = (expected.top1.as_ref().map(|top1| top1.percent), &row["top1"]);
        for (estimate, known) in quantities.into_iter().chain([accuracy]) {
            let ends = estimate.map(|of| [of.value, of.low, of.high]);
            let found =
                known.is_object().then(|| ["value", "low", "high"].map(|end| known[end].as_f64().expect("a number")));
            // A number that is written and read again may differ in its last bit.
            let same = |(one, other): (&f64, &f64)| (one - other).abs() <= 1e-12 * other.abs();
            let all = ends.zip(found).map(|(ends, found)| ends.iter().zip(&found).all(same));
            assert_eq!(all, ends.map(|_| true), "{} at batch {}", expected.network, expected.batch);
            assert_eq!(found.is_some(), ends.is_some());
        }
        let is_cited = row["top1"]["text"].as_str().is_some_and(|text| text.ends_with(", cited"));
        assert!(is_cited, "{}", row["top1"]);
    }
}

#[test]
fn the_page_requests_no_other_file_and_runs_no_other_script() {
    let page = page(&inputs(&tests::tx1_estimates()));
    let policy = page.split_once("Content-Security-Policy\" content=\"").expect("a policy").1;
    let policy = policy.split_once("\">").expect("its end").0;
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-") && policy.contains("; font-src data:;"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
    // Elements that load by themselves, and attributes that the policy blocks.
    for word in [" src=", "<iframe", "<object", "@import", " style=", " onclick", "<base", "<form"] {
        assert!(!page.contains(word), "{word}");
    }
    // Two font faces.
    assert_eq!((page.matches("url(").count(), page.matches("src: url(data:font/otf;base64,").count()), (2, 2));
    assert_eq!(page.matches("<link ").count(), 1);
    assert!(page.contains("<link rel=\"icon\" href=\"data:,\">"));
    let addresses: Vec<&str> =
        page.split("https://").skip(1).filter_map(|after| after.split(['"', '<']).next()).collect();
    assert_eq!(addresses, ["arxiv.org/abs/1605.07678"], "the only external link");
    assert!(!page.contains("http://"));
}

#[test]
fn the_own_style_follows_the_base_of_every_page() {
    let page = page(&inputs(&tests::tx1_estimates()));
    let own = fs::read_to_string(tests::root().join("paper/page/page.css")).expect("a style");
    let style = [offprint_typeset::page::shell::BASE_STYLE, "\n", &own, "</style>"].concat();
    assert!(page.contains(&style));
}

#[test]
fn machines_that_earlier_versions_measured_and_other_software_are_named() {
    let estimates = tests::tx1_estimates();
    let folder = inputs(&estimates);
    let plain = page(&folder);
    assert!(!plain.contains("earlier versions") && !plain.contains("Other software"), "neither is there");
    let mut other = tests::only(&estimates, &["enet"], &[1]);
    (other.device.kind, other.device.backend) = ("cpu-library".to_owned(), "a library 1.0".to_owned());
    other.points.iter_mut().for_each(|point| point.outdated = true);
    results::json::write(&folder.path().join("machines/cpu-1.json"), &other).expect("it writes");
    let read = Inputs::read(folder.path()).expect("the inputs parse");
    results::json::write(&folder.path().join("facts.json"), &facts::gather(&read)).expect("it writes");
    let marked = page(&folder);
    assert!(marked.contains("a library 1.0; measured by earlier versions of the programs</th>"), "over its rows");
    assert!(marked.contains("earlier versions of the programs measured B (all points;"), "above the table");
    assert!(marked.contains("On the same hardware: a library 1.0."), "in the method");
}

#[test]
fn warnings_are_shown() {
    let real = page(&inputs(&tests::tx1_estimates()));
    for word in ["Simulated device", "Software Vulkan", "Outdated"] {
        assert!(!real.contains(word), "{word}");
    }
    let mut estimates = tests::tx1_estimates();
    estimates.device.simulated = true;
    estimates.device.kind = "vulkan-software".to_owned();
    estimates.points[0].outdated = true;
    let marked = page(&inputs(&estimates));
    assert_eq!(marked.matches("class=\"banner\"").count(), 3);
    // In the banner, and above claims and measurements.
    assert_eq!(marked.matches("Simulated device, not a measurement.").count(), 3);
    assert!(marked.contains("<td class=\"text\">outdated"), "the row of the point");
}

#[test]
fn text_from_data_never_becomes_markup() {
    let hostile = "</style><script>alert(1)</script>\"'&{{fact x}}\u{202e}";
    let mut estimates = tests::tx1_estimates();
    estimates.device.hardware = hostile.to_owned();
    estimates.device.backend = hostile.to_owned();
    let folder = inputs(&estimates);
    let page = page(&folder);
    assert!(page.contains("&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;{{fact x}}\u{fffd}"));
    // The elements of data and script.
    assert_eq!(
        (page.matches("<script").count(), page.matches("</script").count(), page.matches("</style").count()),
        (2, 2, 1)
    );
    edit(&folder, "figures/fig03.svg", "<rect x=\"0\"", "<script>alert(1)</script><rect x=\"0\"");
    let error = refused(&folder);
    assert!(error.ends_with("figures/fig03.svg: element `script` may not stand in a figure"), "{error}");
}

#[test]
fn an_invalid_file_is_named_with_the_problem() {
    let estimates = tests::tx1_estimates();
    let cases = [
        ("page/page.html", "{{fact setting.backend}}", "{{fact setting.frontend}}", "unknown fact `setting.frontend`"),
        ("page/page.html", "{{slot figures}}", "", "`slot figures` is never used"),
        ("page/page.css", "details {", "</style>details {", "page/page.css: it has `</style`"),
        ("figures/index.json", "\"caption\"", "\"legend\"", "index.json: field `[0]`: missing field `caption`"),
        ("estimates.json", "\"outcome\"", "\"income\"", "estimates.json: field `points[0].income`"),
        ("CITATION.cff", "\nauthors:", "\nwriters:", "CITATION.cff: missing field `authors`"),
        ("facts.json", "setting.nature", "setting.culture", "missing fact `setting.nature`"),
        ("claims.json", "\"id\"", "\"it\"", "claims.json: field `[0].it`"),
    ];
    for (file, old, new, expected) in cases {
        let folder = inputs(&estimates);
        edit(&folder, file, old, new);
        let error = refused(&folder);
        assert!(error.contains(expected), "{file}: {error}");
    }
    let folder = inputs(&estimates);
    fs::remove_dir_all(folder.path().join("figures")).expect("a folder");
    assert!(refused(&folder).contains("figures/index.json: "));
}

#[test]
fn a_page_is_composed_without_measurements() {
    let page = page(&inputs(&tests::only(&tests::tx1_estimates(), &[], &[])));
    let here = page.split_once("<tbody data-machine=\"here\">").expect("a table").1;
    assert!(!here.split("</tbody>").next().expect("its end").contains("data-network"), "it has no point");
}
