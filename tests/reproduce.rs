//! Calls the program as a user does, on a copy of the checkout with the simulated device: what is made, what runs again
//! after an edit, and the errors for bad input.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tests::checkout::{Checkout, fresh, programs_below, programs_in, target};
use walkdir::WalkDir;

/// Two networks and two batches: every stage with little computation.
const SMALL: [&str; 4] = ["--networks", "alexnet,enet", "--batches", "1,16"];

#[test]
fn the_whole_paper_is_made_once_and_is_the_same_to_the_byte_when_rebuilt() {
    let checkout = fresh();
    let (printed, ran) = checkout.reproduce(&[]);
    // Counts, points, layers, estimates, figures and their index, facts and claims, tables, page and report.
    assert_eq!(ran.len(), 1 + 14 * 5 + 2 + 1 + 18 + 1 + 2 + 1 + 1 + 1);
    assert!(printed.contains("report: output/simulated/report.pdf"), "{printed}");
    assert!(printed.contains("nothing here is a measurement"), "{printed}");
    let report = checkout.report();
    assert!(report.starts_with(b"%PDF-"));

    let (printed, ran) = checkout.reproduce(&[]);
    assert!(ran.is_empty() && printed.contains("nothing to do"), "{printed}");

    // Invariant 4: no artefact contains the path of the checkout or the name of the machine.
    let here = checkout.root.display().to_string();
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    for entry in WalkDir::new(checkout.output("")).into_iter().flatten().filter(|entry| entry.file_type().is_file()) {
        let bytes = fs::read(entry.path()).expect("a file");
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(&here), "{}", entry.path().display());
        assert!(name.trim().len() < 4 || !text.contains(name.trim()), "{}", entry.path().display());
    }

    fs::remove_dir_all(checkout.root.join(".store")).expect("a store");
    checkout.reproduce(&[]);
    assert!(checkout.report() == report, "the report is not the same to the byte");
    assert!(!checkout.root.join("artifacts.lock").exists(), "simulated numbers entered the lock");
}

#[test]
fn a_changed_kernel_size_reruns_only_its_network_and_later_steps() {
    let checkout = fresh();
    checkout.reproduce(&SMALL);
    checkout.edit(
        "experiments/networks/src/alexnet.rs",
        "conv(\"conv3\", 256, 384, 3)",
        "conv(\"conv3\", 256, 384, 5)",
    );
    let explained = checkout.stdout(&["explain", "measure/simulated/alexnet/b1", "--device", "simulated"]);
    assert!(explained.contains("text network: ") && explained.contains(" → "), "{explained}");
    let (_, ran) = checkout.reproduce(&SMALL);
    assert!(!ran.iter().any(|step| step.contains("/enet/")), "{ran:?}");
    for step in
        ["counts", "measure/simulated/alexnet/b1", "measure/simulated/alexnet/b16", "estimates", "facts", "report"]
    {
        assert!(ran.iter().any(|name| name == step), "{step} is not in {ran:?}");
    }
}

#[test]
fn a_changed_comment_reruns_nothing() {
    let checkout = fresh();
    checkout.reproduce(&SMALL);
    for file in [
        "experiments/networks/src/alexnet.rs",
        "experiments/measure/src/model.rs",
        "experiments/results/src/estimates.rs",
        "figures/src/style.rs",
        "paper/src/facts.rs",
    ] {
        let path = checkout.root.join(file);
        let text = fs::read_to_string(&path).expect("a source");
        fs::write(path, format!("{text}// Nothing more.\n")).expect("a file");
    }
    let (printed, ran) = checkout.reproduce(&SMALL);
    assert!(ran.is_empty() && printed.contains("nothing to do"), "{printed} {ran:?}");
}

#[test]
fn a_changed_figure_reruns_only_itself_and_the_report() {
    let checkout = fresh();
    checkout.reproduce(&SMALL);
    let before = fs::read(checkout.output("figures/fig03.svg")).expect("a figure");
    checkout.edit("figures/src/fig03_time.rs", "Forward time per image", "Time of an image");
    let (_, ran) = checkout.reproduce(&SMALL);
    assert_eq!(ran, ["figures/fig03", "figures/index", "page", "report"]);
    assert!(fs::read(checkout.output("figures/fig03.svg")).expect("a figure") != before);
}

#[test]
fn an_edit_of_the_page_reruns_only_the_page() {
    let checkout = fresh();
    checkout.reproduce(&SMALL);
    let page = || fs::read_to_string(checkout.output("index.html")).expect("a page");
    checkout.edit("paper/page/page.css", "#dcebf7", "#dcebf6");
    assert_eq!(checkout.reproduce(&SMALL).1, ["page"]);
    assert!(page().contains("#dcebf6"));
    checkout.edit("offprint/typeset/src/page/figures.rs", "\"Data: {}", "\"Numbers: {}");
    assert_eq!(checkout.reproduce(&SMALL).1, ["page"]);
    assert!(page().contains("Numbers: "));
}

/// A running `watch`, which ends with this value.
struct Watch {
    driver: Child,
    printed: Box<dyn Iterator<Item = String>>,
}

impl Watch {
    /// Waits until the paper is up to date.
    fn start(checkout: &Checkout) -> Self {
        let mut driver = Command::new(target().join("debug/xtask"));
        driver.args(["watch", "--device", "simulated"]).args(SMALL).current_dir(&checkout.root);
        driver.env("CARGO_TARGET_DIR", target()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut driver = driver.spawn().expect("it starts");
        let printed = BufReader::new(driver.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
        let mut watch = Self { driver, printed: Box::new(printed) };
        watch.until("waiting for the next save");
        watch
    }

    /// The next line with this text.
    fn until(&mut self, text: &str) -> String {
        self.printed.find(|line| line.contains(text)).unwrap_or_else(|| panic!("it never printed {text}"))
    }

    fn kill(&mut self) {
        self.driver.kill().expect("it runs");
        self.driver.wait().expect("it ends");
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

#[test]
fn watch_rebuilds_the_report_on_a_save_and_survives_an_error() {
    let checkout = fresh();
    checkout.reproduce(&SMALL);
    let report = checkout.report();
    let mut watch = Watch::start(&checkout);
    let text = "paper/text/sections/limits.typ";
    checkout.edit(text, "_Hardware._", "_Hardware #nonsense._");
    assert!(watch.until("saved: ").ends_with(text));
    assert!(watch.until("error: ").contains("report"));
    assert!(checkout.report() == report, "the earlier report is kept");
    watch.until("waiting for the next save");
    checkout.edit(text, " #nonsense._", " and its kind._");
    watch.until("waiting for the next save");
    assert!(checkout.report() != report, "the report is the same as before");
}

/// The processes that `watch` keeps for steps of this checkout.
fn workers(checkout: &Checkout) -> Vec<String> {
    let store = checkout.root.join(".store").display().to_string();
    let processes = fs::read_dir("/proc").expect("the processes").flatten().map(|process| process.path());
    let is_worker = |process: &PathBuf| {
        let line = fs::read_to_string(process.join("cmdline")).unwrap_or_default();
        line.starts_with(&store) && line.ends_with("\0persistent-worker\0")
    };
    let names = processes.filter(is_worker).filter_map(|process| Some(process.file_name()?.to_str()?.to_owned()));
    names.collect()
}

#[test]
fn watch_writes_the_bytes_of_reproduce_and_leaves_no_process() {
    let checkout = fresh();
    checkout.reproduce(&SMALL);
    let mut watch = Watch::start(&checkout);
    assert_eq!(workers(&checkout), Vec::<String>::new());
    let (text, added) = ("paper/text/sections/limits.typ", checkout.root.join("paper/text/sections/added.typ"));
    let mut kept = Vec::new();
    for (number, edit) in (1..).zip([
        &|| checkout.edit(text, "_Hardware._", "_Hardware first._") as _,
        &|| checkout.edit(text, "_Hardware first._", "_Hardware second._"),
        &|| checkout.edit("CITATION.cff", ", Executed", ", Edited"),
        &|| checkout.edit("figures/src/fig03_time.rs", "Forward time per image", "Time of an image"),
        &|| fs::write(&added, "One more sentence.\n").expect("a file"),
        &|| checkout.edit(text, "_Hardware second._", "#include \"added.typ\"\n_Hardware._"),
        &|| checkout.edit(text, "#include \"added.typ\"\n", ""),
        &|| fs::remove_file(&added).expect("a file"),
    ] as [&dyn Fn(); 8])
    {
        let before = checkout.report();
        edit();
        watch.until("waiting for the next save");
        let (report, page) = (checkout.report(), fs::read(checkout.output("index.html")).expect("a page"));
        // An unused text changes nothing.
        assert_eq!(report != before, ![5, 8].contains(&number), "edit {number}");
        // Refuses other bytes.
        let (_, ran) = checkout.reproduce(&[&SMALL[..], &["--again", "report", "--again", "page"]].concat());
        assert_eq!(ran, ["page", "report"], "edit {number}");
        assert!(checkout.report() == report, "edit {number}: the report differs");
        assert!(fs::read(checkout.output("index.html")).expect("a page") == page, "edit {number}: the page differs");
        kept.push(workers(&checkout));
        if number == 2 {
            assert!(kept[0] == kept[1] && !kept[0].is_empty(), "{kept:?}");
            for worker in &kept[1] {
                assert!(Command::new("kill").args(["-9", worker]).status().expect("kill runs").success());
            }
        }
    }
    assert!(!kept[7].is_empty() && kept[7] != kept[0], "{kept:?}");
    watch.kill();
    for _ in 0..100 {
        if workers(&checkout).is_empty() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("a worker outlives the driver");
}

#[test]
fn a_removed_output_is_restored() {
    let checkout = fresh();
    checkout.reproduce(&SMALL);
    let report = checkout.report();
    fs::remove_dir_all(checkout.root.join("output")).expect("a folder");
    let (printed, ran) = checkout.reproduce(&SMALL);
    assert!(ran.is_empty() && printed.contains("nothing to do"), "{printed}");
    assert!(checkout.report() == report);
}

#[test]
fn a_killed_driver_leaves_no_program_and_loses_no_finished_step() {
    let checkout = fresh();
    // Builds all programs, so that the driver is killed while steps run.
    checkout.reproduce(&[]);
    let report = checkout.report();
    fs::remove_dir_all(checkout.root.join(".store")).expect("a store");

    let driver = target().join("debug/xtask");
    let mut driver = Command::new(driver)
        .args(["reproduce", "--device", "simulated"])
        .current_dir(&checkout.root)
        .env("CARGO_TARGET_DIR", target())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the driver starts");
    let printed = BufReader::new(driver.stderr.take().expect("a pipe"));
    let finished =
        printed.lines().map_while(Result::ok).filter(|line| line.starts_with('[')).nth(20).expect("twenty steps");
    driver.kill().expect("it runs");
    driver.wait().expect("it ends");
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(programs_below(&checkout.root.join(".store")), Vec::<String>::new());

    let (_, ran) = checkout.reproduce(&[]);
    assert!(ran.len() <= 99 - 20, "{finished}, and then {} ran", ran.len());
    assert!(checkout.report() == report, "the report is not the same to the byte");
}

#[test]
fn a_build_ends_with_the_driver() {
    let checkout = fresh();
    // Builds the driver, and then a build that takes long.
    checkout.stdout(&["plan", "--device", "simulated"]);
    let script = "//! Waits.\nfn main() {\n    std::thread::sleep(std::time::Duration::from_secs(30));\n}\n";
    fs::write(checkout.root.join("experiments/results/build.rs"), script).expect("a file");
    let mut driver = Command::new(target().join("debug/xtask"))
        .args(["reproduce", "estimates", "--device", "simulated", "--networks", "enet", "--batches", "1"])
        .current_dir(&checkout.root)
        .env("CARGO_TARGET_DIR", target())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the driver starts");
    let builds = || ["cargo", "build-script-build"].map(|name| programs_in(&checkout.root, name));
    while builds().iter().any(Vec::is_empty) {
        assert!(driver.try_wait().expect("a process").is_none(), "it ended without building");
        std::thread::sleep(Duration::from_millis(20));
    }
    driver.kill().expect("it runs");
    driver.wait().expect("it ends");
    // Well before the script's end.
    for _ in 0..100 {
        if builds().iter().all(Vec::is_empty) {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("still there: {:?}", builds());
}

#[test]
fn an_unknown_name_is_refused_with_the_known_ones() {
    let checkout = fresh();
    for (arguments, given, known) in [
        (&["plan", "--networks", "lenet"][..], "network `lenet`", "alexnet, bn-alexnet"),
        (&["plan", "--batches", "3"], "batch `3`", "1, 2, 4, 8, 16, 32, 64"),
        (&["plan", "--protocol", "slow"], "protocol `slow`", "paper, quick"),
        (&["plan", "--device", "tpu"], "tpu", "auto, cpu, cpu:burn, cpu:onnxruntime, vulkan"),
        (&["reproduce", "figures/fig15"], "step `figures/fig15`", "figures/fig14"),
        (&["explain", "nothing"], "step `nothing`", "counts, "),
    ] {
        let printed = checkout.refused(arguments);
        assert!(printed.contains(given) && printed.contains(known), "{printed}");
    }
}

#[test]
fn points_beyond_the_budget_are_skipped_and_a_repeated_call_continues() {
    let checkout = fresh();
    // The estimate of a step that never ran is 0.2 s, so five points take a second.
    let within = ["--networks", "alexnet,enet,vgg-16", "--batches", "1,2,16", "--budget", "1s"];
    let planned = checkout.stdout(&[&["plan", "--device", "simulated"], &within[..]].concat());
    let skipped = "skipped to keep within 1s: 4 of 9 points (batch 2; batch 16 of vgg-16)";
    assert!(planned.contains(skipped), "{planned}");
    let (printed, ran) = checkout.reproduce(&within);
    assert!(printed.contains(skipped) && printed.contains("repeat the command to continue"), "{printed}");
    assert_eq!(ran.iter().filter(|step| step.starts_with("measure/")).count(), 5, "{ran:?}");
    assert!(ran.iter().any(|step| step == "report"), "{ran:?}");
    let key =
        checkout.stdout(&["explain", "estimates", "--device", "simulated", "--networks", "enet", "--batches", "1"]);
    assert!(key.contains("argument --skipped"), "{key}");

    // Measured points take no time, so the remaining four fit now.
    let (_, ran) = checkout.reproduce(&within);
    assert_eq!(ran.iter().filter(|step| step.starts_with("measure/")).count(), 4, "{ran:?}");
    let (printed, ran) = checkout.reproduce(&within);
    assert!(ran.is_empty() && printed.contains("nothing to do"), "{printed}");
    // Without a limit, the study is the same, since nothing is skipped.
    let (printed, ran) = checkout.reproduce(&within[..4]);
    assert!(ran.is_empty() && printed.contains("nothing to do"), "{printed}");

    for (time, known) in [("20", "20m, 90s, 2h or 1h30m"), ("soon", "20m, 90s, 2h or 1h30m")] {
        let printed = checkout.refused(&["reproduce", "--device", "simulated", "--budget", time]);
        assert!(printed.contains(known), "{printed}");
    }
}

#[test]
fn a_plan_names_every_step_and_runs_nothing() {
    let checkout = fresh();
    let plan = checkout.stdout(&["reproduce", "figures/*", "--dry-run", "--device", "simulated", "--batches", "1"]);
    assert_eq!(plan.lines().filter(|line| line.starts_with("wait      figures/")).count(), 19, "{plan}");
    assert_eq!(plan.lines().filter(|line| line.starts_with("run       measure/simulated/")).count(), 14, "{plan}");
    assert!(!plan.contains("report"), "{plan}");
    assert!(!checkout.root.join("output").exists());
}

#[test]
fn a_meter_is_found_from_the_folder_of_the_caller_and_its_place_is_in_no_key() {
    let checkout = fresh();
    for folder in ["", "docs"] {
        fs::write(checkout.root.join(folder).join("power.csv"), "").expect("a log");
    }
    let explained = |folder: &str, power: &str| {
        let point = ["measure/cpu/alexnet/b1", "--device", "cpu", "--networks", "alexnet", "--batches", "1"];
        let mut command = checkout.command(&[&["explain"], &point[..], &["--power", power]].concat());
        command.current_dir(checkout.root.join(folder)).output().expect("cargo runs")
    };
    let read = |folder: &str, power: &str| {
        let output = explained(folder, power);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let absolute = format!("meter,accuracy=0.5:{}", checkout.root.join("docs/power.csv").display());
    let here = read("", "meter,accuracy=0.5:power.csv");
    assert!(here.contains("text power = meter,accuracy=0.5\n") && !here.contains("power.csv"), "{here}");
    for (folder, power) in [
        ("docs", "meter,accuracy=0.5:power.csv"),
        ("paper", "meter,accuracy=0.5:../power.csv"),
        ("", absolute.as_str()),
    ] {
        assert_eq!(read(folder, power), here, "{folder} {power}");
    }
    assert_ne!(read("", "meter:power.csv"), here);
    for (power, problem) in [
        ("meter:power.csv", "paper/power.csv: No such file"),
        ("command:./read-meter", "`./read-meter`: no such program"),
    ] {
        let refused = explained("paper", power);
        let error = String::from_utf8_lossy(&refused.stderr);
        assert!(!refused.status.success() && error.contains(problem) && error.contains("\nhint: "), "{error}");
    }
}
