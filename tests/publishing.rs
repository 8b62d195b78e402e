//! Publications, tested with a copy of the checkout and one real measurement: what is refused, what is written, how it
//! is verified, and what a clone without the device gets.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use tests::checkout::{Checkout, fresh};

#[path = "publishing/setup.rs"]
mod setup;

use setup::{Edit, edited, elsewhere, files, has_one_core, published, verify, with};

#[test]
fn results_that_cannot_be_found_again_are_not_published() {
    let checkout = fresh();
    let printed = checkout.refused(&with(&["publish"], &["--device", "simulated"]));
    assert!(printed.contains("simulated numbers are not measurements"), "{printed}");
    checkout.stdout(&with(&["reproduce"], &[]));
    let printed = checkout.refused(&with(&["publish"], &[]));
    assert!(printed.contains("git: ") && printed.contains("hint:"), "{printed}");
    checkout.commit();
    checkout.edit("figures/src/fig03_time.rs", "Forward time per image", "Time of an image");
    let printed = checkout.refused(&with(&["publish"], &[]));
    assert!(printed.contains("not committed") && printed.contains("fig03_time.rs"), "{printed}");
    checkout.commit();
    let printed = checkout.refused(&with(&["publish"], &[]));
    assert!(printed.contains("step figures/fig03") && printed.contains("fig03_time.rs: "), "{printed}");
    assert!(
        !checkout.root.join("target/publish").exists() && !checkout.root.join("experiments/published/records").exists()
    );

    // A figure of an outdated measurement is marked, and is not published, either.
    checkout.stdout(&with(&["reproduce"], &[]));
    fs::write(checkout.root.join("experiments/measure/src/more.rs"), "//! Nothing yet.\nconst ONE: u8 = 1;\n")
        .expect("a file");
    let printed = checkout.stdout(&with(&["reproduce"], &["--no-measure"]));
    assert!(printed.contains("outdated measurements: 1"), "{printed}");
    let figure = fs::read_to_string(checkout.root.join("output/cpu/figures/fig03.svg")).expect("a figure");
    assert!(figure.contains("Outdated: "), "{figure}");
    checkout.commit();
    let printed = checkout.refused(&with(&["publish"], &[]));
    assert!(printed.contains("step measure/cpu/enet/b1") && printed.contains("more.rs"), "{printed}");
}

#[test]
fn a_publication_is_verified_as_identical_and_is_the_same_to_the_byte_when_made_again() {
    let checkout = published();
    let (folder, archive) = (checkout.root.join("target/publish"), checkout.root.join("target/publish.tar.gz"));
    let (first, packed) = (files(&folder), fs::read(&archive).expect("an archive"));
    for file in
        ["report.pdf", "index.html", "figures/fig03.svg", "records/enet-b1.json", "points.csv", "artifacts.lock"]
    {
        assert!(first.contains_key(Path::new(file)), "{file}");
    }
    // The page links only to files of the publication and to the original.
    let page = String::from_utf8_lossy(&first[Path::new("index.html")]).into_owned();
    let links: Vec<&str> = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let linked: Vec<&&str> = links.iter().filter(|link| !link.starts_with('#') && !link.contains(':')).collect();
    assert!(linked.len() > 20, "{links:?}");
    for link in linked {
        assert!(first.contains_key(Path::new(link)), "the page links to {link}");
    }
    // The crate has the digest of every file except itself and `SHA256SUMS`, which has the digest of the crate.
    let metadata = &first[Path::new("ro-crate-metadata.json")];
    let metadata: serde_json::Value = serde_json::from_slice(metadata).expect("JSON");
    let entities = metadata["@graph"].as_array().expect("a list");
    for (path, bytes) in &first {
        if ["ro-crate-metadata.json", "SHA256SUMS"].map(Path::new).contains(&path.as_path()) {
            continue;
        }
        let path = path.to_str().expect("a text");
        let of_file = |entity: &&serde_json::Value| entity["@id"] == path;
        let entity = entities.iter().find(of_file).unwrap_or_else(|| panic!("the crate has no {path}"));
        assert_eq!(entity["sha256"], offprint::digest::Digest::of(bytes).to_string(), "{path}");
    }
    let sums = Command::new("sha256sum").args(["--check", "--quiet", "SHA256SUMS"]).current_dir(&folder).status();
    assert!(sums.expect("sha256sum runs").success());
    let listed = Command::new("tar").arg("tzf").arg(&archive).output().expect("tar runs").stdout;
    assert_eq!(String::from_utf8_lossy(&listed).lines().count(), first.len());

    for what in [&[][..], &["target/publish"], &["target/publish.tar.gz"]] {
        let (code, printed) = verify(&checkout, what);
        assert!(
            code == 0 && printed.ends_with("whole: identical\n") || printed.contains("whole: identical\n"),
            "{printed}"
        );
    }
    // Committed records and the lock are part of the checkout, but of no digest.
    checkout.commit();
    checkout.stdout(&with(&["publish"], &[]));
    assert!(files(&folder) == first && fs::read(&archive).expect("an archive") == packed, "it is not the same");

    // No file contains the path or the user.
    let here = checkout.root.display().to_string();
    for (path, bytes) in &first {
        assert!(!String::from_utf8_lossy(bytes).contains(&here), "{} names {here}", path.display());
    }
}

#[test]
fn a_clone_without_store_or_device_gets_the_published_report_to_the_byte() {
    let checkout = published();
    let report = fs::read(checkout.root.join("target/publish/report.pdf")).expect("a report");
    let lock = fs::read(checkout.root.join("artifacts.lock")).expect("a lock");
    for made in [".store", "output"] {
        fs::remove_dir_all(checkout.root.join(made)).expect("a folder");
    }
    let mut elsewhere = elsewhere(&checkout, &with(&["reproduce"], &["--locked"]));
    elsewhere.envs([("TZ", "Asia/Kathmandu"), ("LC_ALL", "tr_TR.UTF-8")]);
    let output = elsewhere.output().expect("taskset runs");
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("restored 1 published"), "{printed}");
    assert!(!printed.contains("measure/"), "something was measured: {printed}");
    assert!(fs::read(checkout.root.join("output/cpu/report.pdf")).expect("a report") == report, "the report differs");
    assert!(fs::read(checkout.root.join("artifacts.lock")).expect("a lock") == lock, "the lock differs");
}

#[test]
fn another_checkout_on_the_same_hardware_measures_unless_published_records_are_requested() {
    let checkout = published();
    let report = fs::read(checkout.root.join("target/publish/report.pdf")).expect("a report");
    for made in [".store", "output"] {
        fs::remove_dir_all(checkout.root.join(made)).expect("a folder");
    }
    let plan = checkout.stdout(&with(&["plan"], &[]));
    let step = plan.lines().find(|line| line.contains("measure/cpu/enet/b1")).expect("a step");
    assert!(step.starts_with("run ") && step.contains("published for this hardware, and not measured here"), "{plan}");
    let (_, hint) =
        plan.split_once("1 of the measurements is published for this hardware: `--machine ").expect("a hint");
    let name = hint.split('`').next().expect("a name").to_owned();
    let printed = checkout.refused(&with(&["reproduce"], &["--no-measure"]));
    assert!(printed.contains(&format!("hint: `--machine {name}`")), "{printed}");

    let printed = checkout.stdout(&with(&["reproduce"], &["--machine", &name]));
    assert!(printed.contains("restored 1 published"), "{printed}");
    assert!(fs::read(checkout.root.join("output/cpu/report.pdf")).expect("a report") == report, "the report differs");
    // Published results do not count as measurements of this checkout.
    let (code, printed) = verify(&checkout, &["target/publish.tar.gz"]);
    assert!(
        code == 0 && printed.contains(&format!("numbers: this checkout has no measurements of {name}")),
        "{printed}"
    );
    let printed = checkout.refused(&["choose", "--max-time", "10s"]);
    assert!(printed.contains("nothing was measured in this checkout"), "{printed}");
    let plan = checkout.stdout(&with(&["plan"], &[]));
    assert!(plan.contains("1 of the measurements is published"), "{plan}");
}

#[test]
fn a_report_is_compared_with_machines_that_published_the_same_points() {
    if has_one_core() {
        return;
    }
    let checkout = published();
    let first = machines(&checkout);
    assert_eq!(first, vec!["this report"]);
    let call = |arguments: &[&str]| {
        let output = elsewhere(&checkout, &with(&["reproduce"], arguments)).output().expect("taskset runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    // It measures, and its point is compared with the published one of the other machine.
    assert!(call(&[]).contains("measure/cpu/enet/b1"));
    let [own, other] = &machines(&checkout)[..] else { panic!("{:?}", machines(&checkout)) };
    assert!(own == "this report" && other.starts_with("cpu-"), "{own} {other}");
    let facts: serde_json::Value =
        serde_json::from_slice(&fs::read(checkout.root.join("output/cpu/facts.json")).expect("facts")).expect("JSON");
    let ratios = facts["tables"]["ratios"]["rows"].as_array().expect("rows");
    assert_eq!((ratios.len(), &ratios[0][1]), (1, &serde_json::json!("ENet")));
    // With `--others none`, it is the only one.
    call(&["--others", "none"]);
    assert_eq!(machines(&checkout), vec!["this report"]);
    let printed = checkout.refused(&with(&["reproduce"], &["--others", "none,cpu-1"]));
    assert!(printed.contains("`none` cannot be combined with names") && printed.contains("hint:"), "{printed}");
    let printed = checkout.refused(&with(&["reproduce"], &["--others", "cpu-none"]));
    assert!(
        printed.contains("--others cpu-none: no records of these points") && printed.contains("hint:"),
        "{printed}"
    );
}

#[test]
fn records_of_other_machines_from_earlier_programs_are_used_and_marked() {
    if has_one_core() {
        return;
    }
    let checkout = published();
    let entry = fs::read_dir(checkout.root.join("experiments/published/records")).expect("a folder").next();
    let first = entry.expect("a machine").expect("an entry").file_name().into_string().expect("a name");
    checkout.commit();
    fs::write(checkout.root.join("experiments/measure/src/more.rs"), "//! Nothing yet.\nconst ONE: u8 = 1;\n")
        .expect("a file");
    checkout.commit();
    let elsewhere = |command: &str| {
        let output = elsewhere(&checkout, &with(&[command], &[])).output().expect("taskset runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    elsewhere("reproduce");
    let facts = fs::read_to_string(checkout.root.join("output/cpu/facts.json")).expect("facts");
    assert!(facts.contains("\"machines.outdated\": \"B (all points; commit "), "{facts}");
    // Its records do not prevent a publication, and its own report marks them.
    checkout.commit();
    elsewhere("publish");
    let printed = checkout.stdout(&with(&["reproduce"], &["--machine", &first]));
    assert!(printed.contains("outdated measurements: 1"), "{printed}");
    checkout.commit();
    let printed = checkout.stdout(&with(&["reproduce"], &["--locked", "--machine", &first]));
    assert!(printed.contains("nothing to do") && printed.contains("outdated measurements: 1"), "{printed}");
    let (code, printed) = verify(&checkout, &[]);
    assert!(code == 0 && printed.contains("whole: identical"), "{printed}");
}

/// The machines in the report's table.
fn machines(checkout: &Checkout) -> Vec<String> {
    let facts = fs::read(checkout.root.join("output/cpu/facts.json")).expect("facts");
    let facts: serde_json::Value = serde_json::from_slice(&facts).expect("JSON");
    let rows = facts["tables"]["machines"]["rows"].as_array().expect("rows").clone();
    rows.iter().map(|row| row[1].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_changed_publication_is_reported_with_its_first_difference() {
    let checkout = published();
    let append = |file: &'static str| {
        move |folder: &Path| {
            let path = folder.join(file);
            let text = fs::read(&path).expect("a file");
            fs::write(path, [&text[..], b"x"].concat()).expect("a file");
        }
    };
    let cases: [(&str, Edit, i32, &str); 7] = [
        (
            "a changed figure",
            Box::new(append("figures/fig03.svg")),
            4,
            "first difference: figures/fig03.svg: its digest",
        ),
        ("a changed record", Box::new(append("records/enet-b1.json")), 4, "first difference: records/enet-b1.json"),
        ("a key of another step", Box::new(append("keys/report.txt")), 4, "first difference: keys/report.txt"),
        (
            "an additional file",
            Box::new(|folder| fs::write(folder.join("more"), "").expect("a file")),
            4,
            "more: it is not in",
        ),
        (
            "a missing file",
            Box::new(|folder| fs::remove_file(folder.join("report.pdf")).expect("a file")),
            4,
            "report.pdf: it is missing",
        ),
        ("a line of the lock", Box::new(append("artifacts.lock")), 1, "artifacts.lock: line"),
        (
            "a link",
            Box::new(|folder| symlink("/etc/passwd", folder.join("more")).expect("a link")),
            1,
            "not a plain file",
        ),
    ];
    for (what, edit, code, expected) in cases {
        edited(&checkout, edit);
        let (found, printed) = verify(&checkout, &["target/edited"]);
        assert!(found == code && printed.contains(expected), "{what}: {found} {printed}");
    }
    let (code, printed) = verify(&checkout, &["Cargo.toml"]);
    assert!(code == 1 && printed.contains("Cargo.toml is not a publication"), "{printed}");
    let (code, printed) = verify(&checkout, &["xtask"]);
    assert!(code == 1 && printed.contains("xtask: file SHA256SUMS is missing"), "{printed}");
    let (code, printed) = verify(&checkout, &["nowhere"]);
    assert!(code == 1 && printed.contains("nowhere is not a publication"), "{printed}");
}

#[test]
fn a_figure_forged_with_all_its_digests_is_found_by_rebuilding() {
    let checkout = published();
    let figure = |folder: &Path| {
        let path = folder.join("figures/fig03.svg");
        let old = fs::read_to_string(&path).expect("a figure");
        let new = old.replacen("<text", "<text opacity=\"0.5\"", 1);
        fs::write(&path, &new).expect("a figure");
        let digest = |text: &str| offprint::digest::Digest::of(text.as_bytes()).to_string();
        let mut sums = fs::read_to_string(folder.join("SHA256SUMS")).expect("sums");
        for file in ["artifacts.lock", "ro-crate-metadata.json"] {
            let path = folder.join(file);
            let before = fs::read_to_string(&path).expect("a text");
            let after = before.replace(&digest(&old), &digest(&new));
            sums = sums.replace(&digest(&before), &digest(&after));
            fs::write(path, after).expect("a file");
        }
        fs::write(folder.join("SHA256SUMS"), sums.replace(&digest(&old), &digest(&new))).expect("a file");
    };
    edited(&checkout, figure);
    let (code, printed) = verify(&checkout, &["target/edited"]);
    assert!(code == 4 && printed.contains("first difference: figures/fig03.svg: published "), "{code} {printed}");
}

#[test]
fn a_second_session_is_published_verified_and_restored_with_the_first() {
    let checkout = published();
    let first = fs::read(checkout.root.join("output/cpu/records/enet-b1.json")).expect("a record");
    checkout.stdout(&with(&["reproduce"], &["--again", "measure/**"]));
    assert!(checkout.root.join("output/cpu/records/enet-b1-s2.json").is_file());
    assert!(fs::read(checkout.root.join("output/cpu/records/enet-b1.json")).expect("a record") == first);
    let lock = || fs::read_to_string(checkout.root.join("artifacts.lock")).expect("a lock");
    assert!(lock().contains(" measure/cpu/enet/b1/s2 class measured"), "{}", lock());
    let estimates = fs::read(checkout.root.join("output/cpu/estimates.json")).expect("estimates");
    let estimates: serde_json::Value = serde_json::from_slice(&estimates).expect("JSON");
    let point = &estimates["points"][0];
    assert_eq!((&point["replication"]["sessions"], &point["replication"]["interval"]), (&2.into(), &"sessions".into()));
    assert_eq!(estimates["between_sessions"]["points"], 1);
    // Without --again nothing runs.
    assert!(checkout.stdout(&with(&["reproduce"], &[])).contains("nothing to do"));

    // The published point has one session, so no difference of its time is called real.
    let (code, printed) = verify(&checkout, &["target/publish.tar.gz"]);
    let time = printed.lines().find(|line| line.contains("time of enet at batch 1: ")).expect("a time");
    assert!([3, 5].contains(&code), "{code} {printed}");
    assert!(time.starts_with("consistent") || time.contains("between-session variation unknown"), "{printed}");

    checkout.commit();
    checkout.stdout(&with(&["publish"], &[]));
    for file in ["records/enet-b1.json", "records/enet-b1-s2.json", "keys/measure/cpu/enet/b1/s2.txt"] {
        assert!(checkout.root.join("target/publish").join(file).is_file(), "{file}");
    }
    for what in [&[][..], &["target/publish.tar.gz"]] {
        let (code, printed) = verify(&checkout, what);
        assert!(code == 0, "{code} {printed}");
    }
    let report = fs::read(checkout.root.join("target/publish/report.pdf")).expect("a report");
    let before = lock();
    for made in [".store", "output"] {
        fs::remove_dir_all(checkout.root.join(made)).expect("a folder");
    }
    let printed = elsewhere(&checkout, &with(&["reproduce"], &["--locked"])).output().expect("taskset runs");
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    assert!(fs::read(checkout.root.join("output/cpu/report.pdf")).expect("a report") == report && lock() == before);
}

#[test]
fn results_of_other_programs_are_not_comparable() {
    let checkout = published();
    checkout.edit("figures/src/fig03_time.rs", "Forward time per image", "Time of an image");
    let (code, printed) = verify(&checkout, &["target/publish.tar.gz"]);
    let figure = printed.lines().find(|line| line.contains("figures/fig03.svg")).expect("a figure");
    assert!(
        figure.starts_with("not comparable") && figure.contains("source figures/src/fig03_time.rs: "),
        "{code} {printed}"
    );
}
