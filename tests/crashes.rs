//! Kills runs two hundred times at any point: no process survives, nothing unfinished is used, nothing finished is
//! lost, and the next run works without help.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use offprint::digest::Digest;
use offprint::entry::Entry;
use tests::chance::Chance;
use tests::small_paper::SmallPaper;
use walkdir::WalkDir;

const KILLS: usize = 200;
/// Number of papers in parallel; their programs mostly sleep.
const WORKERS: usize = 4;
/// Time in which everything that a killed run started must have ended.
const SOON: Duration = Duration::from_secs(1);
const MEASURED: [&str; 3] = ["measure/a", "measure/b", "measure/c"];

/// Starts the driver on a paper.
fn start(root: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_driver"));
    command.arg(root).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs")
}

/// Its exit status, output lines and errors.
fn end(mut child: Child) -> (ExitStatus, Vec<String>, String) {
    let (mut printed, mut errors) = (String::new(), String::new());
    child.stdout.take().expect("a pipe").read_to_string(&mut printed).expect("a text");
    child.stderr.take().expect("a pipe").read_to_string(&mut errors).expect("a text");
    let status = child.wait().expect("it ends");
    // The last line may be incomplete.
    let complete = printed.rsplit_once('\n').map_or("", |(complete, _)| complete);
    (status, complete.lines().map(str::to_owned).collect(), errors)
}

/// The steps that it reported as finished.
fn finished(printed: &[String]) -> Vec<&str> {
    printed.iter().filter_map(|line| line.strip_prefix("finished ")).collect()
}

/// The IDs of all processes, and their folders in `/proc`.
fn processes() -> impl Iterator<Item = (u32, PathBuf)> {
    let entries = fs::read_dir("/proc").expect("processes").flatten();
    entries.filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
}

/// Processes that were started from `root` or work in it.
fn at_work(root: &Path) -> Vec<(u32, String)> {
    let name = root.to_str().expect("a UTF-8 path");
    let is_here = |folder: &Path, command: &str| {
        command.contains(name) || fs::read_link(folder.join("cwd")).is_ok_and(|cwd| cwd.starts_with(root))
    };
    let running = processes().map(|(number, folder)| {
        let command = fs::read(folder.join("cmdline")).unwrap_or_default();
        (number, folder, String::from_utf8_lossy(&command).replace('\0', " "))
    });
    running
        .filter(|(_, folder, command)| is_here(folder, command))
        .map(|(number, _, command)| (number, command))
        .collect()
}

/// The programs of steps run by the driver `parent` of the paper at `root`.
fn programs(root: &Path, parent: u32) -> Vec<u32> {
    let scratch = root.join(".store/scratch");
    let is_program = |folder: &Path| {
        let stat = fs::read_to_string(folder.join("stat")).unwrap_or_default();
        // State and parent, after the name, which may contain any characters.
        let after = stat.rsplit_once(") ").map(|(_, after)| after.split(' ').nth(1).map(str::to_owned));
        // The driver also runs the compiler.
        let works = fs::read_link(folder.join("cwd")).is_ok_and(|cwd| cwd.starts_with(&scratch));
        works && after.flatten().is_some_and(|number| number == parent.to_string())
    };
    processes().filter(|(_, folder)| is_program(folder)).map(|(number, _)| number).collect()
}

#[track_caller]
fn assert_nobody_is_left(root: &Path) {
    let began = Instant::now();
    loop {
        let left = at_work(root);
        if left.is_empty() {
            return;
        }
        assert!(began.elapsed() < SOON, "{left:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Checks that every file of the store is intact, and returns the latest result of each step with an entry.
fn results(root: &Path) -> BTreeMap<String, Digest> {
    let files = |part: &str| -> Vec<(String, Vec<u8>)> {
        let folder = root.join(".store").join(part);
        let entries = WalkDir::new(&folder).into_iter().flatten().filter(|entry| entry.file_type().is_file());
        let paths = entries.map(|entry| entry.into_path());
        let name = |path: &Path| path.strip_prefix(&folder).expect("below").display().to_string().replace('/', "");
        paths.map(|path| (name(&path), fs::read(&path).expect("a file"))).collect()
    };
    let objects: BTreeMap<String, Vec<u8>> = files("objects").into_iter().collect();
    for (name, bytes) in &objects {
        assert_eq!(&Digest::of(bytes).to_string(), name);
    }
    let mut results = BTreeMap::new();
    for (name, bytes) in files("entries") {
        let entry = Entry::parse(&String::from_utf8(bytes).expect("a text")).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(entry.key.digest.to_string(), name);
        let step = entry.key.text.lines().find_map(|line| line.strip_prefix("step = ")).expect("a step").to_owned();
        let outputs = entry.results.last().expect("a result");
        assert!(outputs.values().all(|output| objects.contains_key(&output.to_string())), "{step}: {outputs:?}");
        results.insert(step, *outputs.values().next().expect("an output"));
    }
    results
}

/// The lines of the lock that are the same on every machine and in every run.
fn exact(lock: &str) -> Vec<&str> {
    lock.lines().filter(|line| line.starts_with("step any ")).collect()
}

/// What was killed, and when.
type Counts = BTreeMap<String, usize>;

/// Kills runs of one paper.
fn kill_often(seed: u64, kills: usize) -> Counts {
    let (paper, mut chance) = (SmallPaper::long(), Chance::new(seed));
    let root = paper.root();
    let complete = || {
        let began = Instant::now();
        assert!(end(start(root)).0.success());
        began.elapsed().as_micros() as usize
    };
    // All workers start at once, so the first run takes longer than others.
    let first = complete();
    paper.forget();
    let (complete, reference) = (first.min(complete()), paper.lock_text());
    assert!(exact(&reference).len() >= 3 * 6, "{reference}");
    let mut counts = Counts::new();
    for _ in 0..kills {
        paper.forget();
        fs::remove_file(root.join("artifacts.lock")).expect("a lock");
        let mut driver = start(root);
        thread::sleep(Duration::from_micros(chance.below(complete + complete / 20) as u64));
        let programs = programs(root, driver.id());
        let victim = if chance.below(3) == 0 && !programs.is_empty() {
            // The process may have ended meanwhile.
            let kill = format!("kill -9 {} 2> /dev/null", chance.of(&programs));
            Command::new("sh").args(["-c", &kill]).status().expect("sh runs");
            "a program"
        } else {
            driver.kill().expect("a process");
            "the driver"
        };
        let (status, printed, errors) = end(driver);
        assert_nobody_is_left(root);
        let before = finished(&printed);
        let known = results(root);
        for step in &before {
            assert!(known.contains_key(*step), "{step} was finished and is not in the store");
        }
        let progress = match before.len() {
            0 => "before any step",
            _ if status.success() => "after all steps",
            _ => "between steps",
        };
        *counts.entry(format!("{victim}, {progress}")).or_default() += 1;
        if victim == "a program" && !status.success() {
            assert!(
                errors.starts_with("error: step ") && errors.contains("signal 9") && errors.contains("hint: "),
                "{errors}"
            );
        }

        let (status, printed, errors) = end(start(root));
        assert!(status.success(), "{errors}");
        let again = finished(&printed);
        // Includes results that were recorded but not yet reported.
        assert!(again.iter().all(|step| !known.contains_key(*step)), "{again:?} after {known:?}");
        paper.assert_right();
        for step in MEASURED {
            let record = paper.locked_outputs(step)["record"];
            assert!(known.get(step).is_none_or(|known| *known == record), "{step} was measured twice");
        }
        assert_eq!(exact(&paper.lock_text()), exact(&reference));
    }
    counts
}

#[test]
fn a_run_killed_anywhere_loses_no_finished_step() {
    let began = Instant::now();
    let mut all = Counts::new();
    thread::scope(|scope| {
        let workers: Vec<_> =
            (0..WORKERS).map(|seed| scope.spawn(move || kill_often(seed as u64, KILLS / WORKERS))).collect();
        for counts in workers {
            for (what, count) in counts.join().expect("the thread ends") {
                *all.entry(what).or_default() += count;
            }
        }
    });
    println!("{KILLS} kills in {:.1} s: {all:#?}", began.elapsed().as_secs_f64());
    assert_eq!(all.values().sum::<usize>(), KILLS);
    for (victim, min) in [("the driver, between steps", KILLS / 5), ("a program, between steps", KILLS / 20)] {
        assert!(all.get(victim).is_some_and(|count| *count >= min), "{victim}: {all:?}");
    }
}

#[test]
fn long_programs_and_their_children_end_with_the_driver() {
    for (script, sleeping) in [("exec sleep 30", 1), ("sleep 30; true", 1), ("sleep 30 & (sleep 30; true) & wait", 2)] {
        let paper = SmallPaper::default();
        let mut driver = Command::new(env!("CARGO_BIN_EXE_driver"));
        let mut driver = driver.arg("script").arg(paper.root()).arg(script).spawn().expect("it runs");
        let began = Instant::now();
        while at_work(paper.root()).iter().filter(|(_, command)| command == "sleep 30 ").count() < sleeping {
            assert!(began.elapsed() < Duration::from_secs(10), "{script}: no program runs");
            thread::sleep(Duration::from_millis(5));
        }
        driver.kill().expect("a process");
        driver.wait().expect("it ends");
        assert_nobody_is_left(paper.root());
    }
}

/// Waits for its first finished step.
fn wait_for_a_step(driver: &mut Child) {
    let mut line = Vec::new();
    let mut byte = [0];
    let stdout = driver.stdout.as_mut().expect("a pipe");
    // Byte by byte, so that the remaining lines can still be read.
    while stdout.read(&mut byte).is_ok_and(|count| count == 1) && byte != *b"\n" {
        line.push(byte[0]);
    }
    assert!(line.starts_with(b"finished "), "{line:?}");
}

#[test]
fn a_second_run_waits_for_the_first_and_measures_nothing_again() {
    let paper = SmallPaper::long();
    let mut first = start(paper.root());
    wait_for_a_step(&mut first);
    let holder = first.id();
    let second = start(paper.root());
    let (first, second) = (end(first), end(second));
    assert!(first.0.success() && second.0.success(), "{} {}", first.2, second.2);
    assert_eq!(second.1, [format!("waits for {holder}"), "ran 0".to_owned()]);
    paper.assert_right();
}

#[test]
fn runs_started_at_the_same_time_measure_everything_once() {
    for _ in 0..5 {
        let paper = SmallPaper::long();
        let runs = [start(paper.root()), start(paper.root()), start(paper.root())].map(end);
        for (status, _, errors) in &runs {
            assert!(status.success(), "{errors}");
        }
        let mut all: Vec<&str> = runs.iter().flat_map(|(_, printed, _)| finished(printed)).collect();
        all.sort();
        let mut steps: Vec<&str> = paper.steps.iter().map(|step| step.name.as_str()).collect();
        steps.sort();
        assert_eq!(all, steps);
        paper.assert_right();
    }
}

#[test]
fn a_killed_run_does_not_block_the_next_one() {
    let paper = SmallPaper::long();
    let mut first = start(paper.root());
    wait_for_a_step(&mut first);
    first.kill().expect("a process");
    first.wait().expect("it ends");
    // Immediately, while the lock file still names the first process.
    let holder = fs::read_to_string(paper.root().join(".store/lock")).expect("a number");
    assert_eq!(holder.trim(), first.id().to_string());
    let (status, printed, errors) = end(start(paper.root()));
    assert!(status.success() && !printed.iter().any(|line| line.starts_with("waits")), "{printed:?} {errors}");
    paper.assert_right();
}
