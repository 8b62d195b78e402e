//! What reaches a program from the environment of the user: for a measurement what its step declares, for others nothing.

use std::fs;
use std::process::Command;

use offprint::Step;
use offprint::graph::Graph;
use tests::small_paper::SmallPaper;

/// The environment of the user in these tests.
const USERS: [(&str, &str); 7] = [
    ("HOME", "/home/someone"),
    ("LD_LIBRARY_PATH", "/opt/cuda/lib64"),
    ("OMP_NUM_THREADS", "1"),
    ("RAYON_NUM_THREADS", "1"),
    ("TZ", "Asia/Kathmandu"),
    ("VK_DRIVER_FILES", "icd/a.json"),
    ("XDG_CACHE_HOME", "/home/someone/.cache"),
];

/// The variables that a step of this kind sees.
fn seen(paper: &SmallPaper, kind: &str) -> Vec<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_driver"));
    command.arg(kind).arg(paper.root()).arg("env > \"$1/out\"").current_dir(paper.root()).envs(USERS);
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let out = paper.locked_outputs("script")["out"];
    let text = fs::read_to_string(paper.store().object_path(out)).expect("an output");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_measurement_sees_declared_variables_and_reads_them_without_paths_in_one() {
    let paper = SmallPaper::default();
    paper.write("icd/a.json", "{}");
    let seen = seen(&paper, "measured");
    let has = |line: &str| seen.iter().any(|own| own == line);
    // The program starts in another folder.
    let driver = paper.root().canonicalize().expect("a folder").join("icd/a.json");
    assert!(has(&format!("VK_DRIVER_FILES={}", driver.display())), "{seen:?}");
    assert!(has("HOME=/home/someone") && has("LD_LIBRARY_PATH=/opt/cuda/lib64"), "{seen:?}");
    assert!(has("OFFPRINT_ENVIRONMENT=LD_LIBRARY_PATH=lib64; VK_DRIVER_FILES=a.json"), "{seen:?}");
    // Nobody declared these.
    assert!(!seen.iter().any(|line| line.contains("NUM_THREADS")) && has("TZ=UTC"), "{seen:?}");
    // Caches of an earlier run would make a later one faster.
    let cache = seen.iter().find(|line| line.starts_with("XDG_CACHE_HOME=")).expect("a folder of caches");
    assert!(!cache.contains("someone"), "{cache}");
}

#[test]
fn declared_variables_are_in_no_key() {
    let paper = SmallPaper::default();
    seen(&paper, "measured");
    let lock = paper.lock_text();
    let mut command = Command::new(env!("CARGO_BIN_EXE_driver"));
    command.arg("measured").arg(paper.root()).arg("env > \"$1/out\"").env("VK_DRIVER_FILES", "/other.json");
    let output = command.output().expect("it runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "ran 0\n");
    assert_eq!(paper.lock_text(), lock);
}

#[test]
fn an_exact_step_sees_none_of_them_and_may_declare_none() {
    let paper = SmallPaper::default();
    let seen = seen(&paper, "script");
    let all = seen.join("\n");
    assert!(["someone", "VK_", "LD_", "NUM_THREADS", "OFFPRINT"].iter().all(|part| !all.contains(part)), "{all}");
    let step = Step::exact("work", "sh").installed().environment(["VK_*"]).output("out");
    let error = Graph::new(vec![step]).expect_err("it is refused").to_string();
    assert!(
        error.starts_with("step work: variables of the environment are in no key") && error.contains("\nhint: "),
        "{error}"
    );
}
