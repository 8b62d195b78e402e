//! The page from fixture data: one file that asks for no other, the same to the byte, which says what the report says and reads
//! nothing from outside as markup.

use std::fs;
use std::path::Path;

use paper::Facts;
use results::{Estimates, Inputs};
use tempfile::TempDir;

/// A figure with two marks.
const SHEET: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9pt\" height=\"9pt\" viewBox=\"0 0 90 90\" role=\"img\">\n\
                     <title>Figure N: A title</title>\n<rect x=\"0\" y=\"0\" width=\"90\" height=\"90\" fill=\"#FFFFFF\"/>\n\
                     <g class=\"told\" fill=\"none\" pointer-events=\"all\">\n\
                     <circle cx=\"9\" cy=\"9\" r=\"4\"><title>VGG-16, batch 4: 303 ms [297, 311]</title></circle>\n\
                     <rect x=\"9\" y=\"9\" width=\"4\" height=\"4\"><title>VGG-16, 2016: 60 ms</title></rect>\n</g>\n</svg>\n";

/// Fills a folder with all that the step `page` reads.
fn inputs(estimates: &Estimates) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let top = folder.path();
    tests::write_inputs(top, estimates);
    let read = Inputs::read(top).expect("the inputs parse");
    results::json::write(&top.join("facts.json"), &Facts::gather(&read)).expect("it writes");
    results::json::write(&top.join("claims.json"), &paper::claims::of(&read)).expect("it writes");
    fs::write(top.join("networks.csv"), results::tables::networks(&read)).expect("a file");
    fs::write(top.join("points.csv"), results::tables::points(&read)).expect("a file");
    for made in ["figures", "page"] {
        fs::create_dir(top.join(made)).expect("a folder");
    }
    for number in [1, 2, 3, 13] {
        let sheet = SHEET.replace("Figure N", &format!("Figure {number}"));
        fs::write(top.join(format!("figures/fig{number:02}.svg")), sheet).expect("a file");
    }
    for entry in fs::read_dir(tests::root().join("paper/page")).expect("the page's own files") {
        let path = entry.expect("an entry").path();
        fs::copy(&path, top.join("page").join(path.file_name().expect("a name"))).expect("a copy");
    }
    folder
}

#[track_caller]
fn page(folder: &TempDir) -> String {
    paper::page::text(folder.path()).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn refused(folder: &TempDir) -> String {
    paper::page::text(folder.path()).expect_err("there must be no page").to_string()
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
fn every_figure_of_the_folder_claim_network_and_point_is_in_it() {
    let estimates = tests::tx1_estimates();
    let page = page(&inputs(&estimates));
    for number in ["01", "02", "03", "13"] {
        assert!(page.contains(&format!("<figure id=\"fig{number}\">")), "{number}");
        assert!(page.contains(&format!("href=\"figures/fig{number}.svg\"")), "{number}");
    }
    assert_eq!(page.matches("<title>VGG-16, batch 4: 303 ms [297, 311]</title>").count(), 4);
    for claim in paper::claims::all() {
        assert!(page.contains(&format!("<tr id=\"claim-{}\">", claim.id)), "{}", claim.id);
    }
    let rows = |table: &str| {
        let (_, rest) = page.split_once(table).expect("the table");
        rest.split("</table>").next().map_or(0, |body| body.matches("<tr data-network").count())
    };
    assert_eq!(rows("id=\"points-table\""), estimates.points.len());
    assert_eq!(rows("aria-labelledby=\"networks-title\" tabindex"), 14);
}

#[test]
fn it_asks_for_no_other_file_and_lets_nothing_else_run() {
    let page = page(&inputs(&tests::tx1_estimates()));
    let policy = page.split_once("Content-Security-Policy\" content=\"").expect("a policy").1;
    let policy = policy.split_once("\">").expect("its end").0;
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
    // What loads by itself, and what the policy would keep from working.
    for word in [" src=", "<iframe", "<object", "@import", "url(", " style=", " onclick", "<base", "<form"] {
        assert!(!page.contains(word), "{word}");
    }
    assert_eq!(page.matches("<link ").count(), 1);
    assert!(page.contains("<link rel=\"icon\" href=\"data:,\">"));
    let addresses: Vec<&str> =
        page.split("https://").skip(1).filter_map(|rest| rest.split(['"', '<']).next()).collect();
    assert_eq!(addresses, ["arxiv.org/abs/1605.07678"], "the one place a reader may go to");
    assert!(!page.contains("http://"));
}

#[test]
fn what_nobody_may_overlook_is_said() {
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
    // The banner, two tables, and each caption.
    assert_eq!(marked.matches("Simulated device, not a measurement.").count(), 3 + 4);
    assert!(marked.contains("<td class=\"words\">outdated"), "the point itself says so");
}

#[test]
fn what_comes_from_outside_is_text() {
    let hostile = "</style><script>alert(1)</script>\"'&{{fact x}}\u{202e}";
    let mut estimates = tests::tx1_estimates();
    estimates.device.hardware = hostile.to_owned();
    estimates.device.backend = hostile.to_owned();
    let folder = inputs(&estimates);
    let page = page(&folder);
    assert!(page.contains("&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;{{fact x}}\u{fffd}"));
    assert_eq!((page.matches("<script").count(), page.matches("</style").count()), (1, 1));
    edit(&folder, "figures/fig03.svg", "<rect x=\"0\"", "<script>alert(1)</script><rect x=\"0\"");
    let error = refused(&folder);
    assert!(error.starts_with("figures/fig03.svg: element `script` is in no figure of ours\nhint: "), "{error}");
}

#[test]
fn what_does_not_fit_is_named_with_its_place() {
    let estimates = tests::tx1_estimates();
    let cases = [
        ("page/page.html", "{{fact setting.backend}}", "{{fact setting.frontend}}", "unknown fact `setting.frontend`"),
        ("page/page.html", "{{slot figures}}", "", "`slot figures` is never used"),
        ("page/page.css", "* {", "</style>* {", "page/page.css: it has `</style`"),
        ("page/figures.json", "\"text\"", "\"words\"", "page/figures.json: field `fig01.words`"),
        ("points.csv", "outcome", "income", "points.csv: it has no column `outcome`"),
        ("facts.json", "setting.nature", "setting.culture", "there is no fact `setting.nature`"),
        ("claims.json", "\"id\"", "\"it\"", "claims.json: field `[0].it`"),
    ];
    for (file, old, new, said) in cases {
        let folder = inputs(&estimates);
        edit(&folder, file, old, new);
        let error = refused(&folder);
        assert!(error.contains(said), "{file}: {error}");
    }
    let folder = inputs(&estimates);
    fs::remove_dir_all(folder.path().join("figures")).expect("a folder");
    assert!(refused(&folder).contains("figures: "));
}

#[test]
fn nothing_measured_at_all_is_still_a_page() {
    let page = page(&inputs(&tests::only(&tests::tx1_estimates(), &[], &[])));
    assert!(
        page.contains("<table class=\"sortable\" id=\"points-table\">")
            && !page
                .contains("data-network=\"enet\"><th scope=\"row\">ENet</th><td class=\"number\" data-value=\"1\">")
    );
}
