//! Jobs of Slurm when it gives answers that a real one seldom gives: a script answers in place of its commands, and runs
//! the jobs on this machine.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use tests::on_cluster::Lab;

/// A laboratory whose Slurm is a script.
struct Answers {
    lab: Lab,
    folder: tempfile::TempDir,
}

impl Answers {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let commands = folder.path().join("commands");
        for name in ["jobs", "scripts"] {
            fs::create_dir_all(commands.join(name)).expect("a folder");
        }
        let script = commands.join("answers.sh");
        fs::write(&script, include_str!("slurm/answers.sh")).expect("a file");
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("it is ours");
        for name in ["sbatch", "squeue", "scancel", "scontrol", "sinfo"] {
            symlink(&script, commands.join(name)).expect("a link");
        }
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", commands.display());
        let lab = Lab::at(folder.path().to_owned(), env!("CARGO_BIN_EXE_fleet"), &path);
        lab.describe(&format!("[needs.one]\npath = {path:?}\n"));
        let answers = Self { lab, folder };
        answers.tell("last", 0);
        answers.tell("lose", 0);
        answers
    }

    /// Writes a number of the script's state.
    fn tell(&self, name: &str, number: u64) {
        fs::write(self.folder.path().join("commands").join(name), format!("{number}\n")).expect("a file");
    }

    /// How many jobs were submitted.
    fn submitted(&self) -> usize {
        fs::read_dir(self.folder.path().join("commands/scripts")).expect("a folder").count()
    }

    /// The flags of a run of one point, each of whose results is another one.
    fn args(&self) -> Vec<String> {
        let script = self.lab.script("date +%s.%N");
        ["--nodes", "one", "--script", &script].map(str::to_owned).into()
    }

    fn run(&self, more: &[&str]) -> String {
        let args = self.args();
        let args: Vec<&str> = args.iter().map(String::as_str).chain(more.iter().copied()).collect();
        self.lab.must_reproduce(&args)
    }

    /// The folder of what the point's latest job left.
    fn result(&self) -> PathBuf {
        let all = |folder: PathBuf| fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
        let jobs = all(self.lab.shared.join("results")).flat_map(all);
        let of_point = jobs.filter(|job| job.join("output/out").exists());
        of_point.max_by_key(|job| job.file_name().and_then(|name| name.to_str()?.parse::<u64>().ok())).expect("a job")
    }

    /// Makes the result as if its run had been killed before it could say that the result is recorded.
    fn unsay(&self) {
        let result = self.result();
        fs::rename(result.join("recorded.json"), result.join("outcome.json")).expect("a recorded outcome");
    }
}

#[test]
fn a_step_that_is_to_run_again_does_not_get_a_result_that_is_recorded_already() {
    let answers = Answers::new();
    answers.run(&[]);
    let first = answers.lab.lock();
    answers.unsay();
    answers.run(&["--again", "point/one/0"]);
    assert_eq!((answers.lab.noted("start"), answers.submitted()), (2, 3));
    assert_ne!(answers.lab.lock(), first);
}

#[test]
fn a_result_that_a_killed_run_left_is_taken_instead_of_measuring_again() {
    let answers = Answers::new();
    answers.run(&[]);
    let first = answers.lab.lock();
    answers.unsay();
    fs::remove_dir_all(answers.lab.root.join(".store")).expect("a store");
    answers.run(&[]);
    assert_eq!((answers.lab.noted("start"), answers.lab.lock()), (1, first));
}

#[test]
fn an_outcome_that_names_other_files_or_another_job_is_not_taken() {
    for (what, by) in [("\"out\":", "\"../out\":"), ("\"job\": 2", "\"job\": 3")] {
        let answers = Answers::new();
        answers.run(&[]);
        answers.unsay();
        let outcome = answers.result().join("outcome.json");
        let text = fs::read_to_string(&outcome).expect("an outcome");
        assert!(text.contains(what), "{text}");
        fs::write(&outcome, text.replace(what, by)).expect("a file");
        fs::remove_dir_all(answers.lab.root.join(".store")).expect("a store");
        answers.run(&[]);
        assert_eq!(answers.lab.noted("start"), 2, "{what}");
    }
}

#[test]
fn the_only_node_of_its_kind_is_tried_a_third_time() {
    let answers = Answers::new();
    answers.run(&[]);
    answers.tell("lose", 2);
    answers.run(&["--again", "point/one/0"]);
    assert_eq!((answers.lab.noted("start"), answers.submitted()), (2, 5));
}

#[test]
fn a_job_whose_program_was_killed_is_submitted_again() {
    let answers = Answers::new();
    answers.run(&[]);
    answers.tell("lose", 1);
    answers.tell("killed", 9);
    answers.run(&["--again", "point/one/0"]);
    assert_eq!((answers.lab.noted("start"), answers.submitted()), (2, 4));
}

#[test]
fn another_program_of_the_same_name_on_the_node_is_refused_with_a_remedy() {
    let answers = Answers::new();
    let folder = answers.folder.path().join("other");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("sh"), "#!/bin/bash\nexec /bin/bash \"$@\"\n").expect("a file");
    fs::set_permissions(folder.join("sh"), fs::Permissions::from_mode(0o755)).expect("it is ours");
    answers.lab.describe(&format!("[needs.one]\npath = \"{}:/usr/bin:/bin\"\n", folder.display()));
    let args = answers.args();
    let (code, printed) = answers.lab.reproduce(&args.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!((code, answers.lab.noted("start")), (Some(1), 0), "{printed}");
    assert!(printed.contains("the node has another `sh`") && printed.contains("correct `path`"), "{printed}");
    assert!(!printed.contains("run the same command again"), "{printed}");
}

#[test]
fn a_program_that_was_built_elsewhere_is_carried_and_a_new_one_is_measured_again() {
    let answers = Answers::new();
    let programs = answers.lab.root.join("programs");
    fs::create_dir_all(&programs).expect("a folder");
    fs::copy(env!("CARGO_BIN_EXE_fleet"), programs.join("xtask")).expect("the driver");
    answers.lab.describe("[needs.one]\nprograms = \"programs\"\n");
    for (program, submitted) in [("one", 2), ("two", 3), ("two", 3)] {
        let script = format!("#!/bin/sh\necho \"{program}, $OFFPRINT_BUILD\" > \"$2/out\"\n");
        fs::write(programs.join("point"), script).expect("a file");
        answers.lab.must_reproduce(&["--nodes", "one", "--bin", "point"]);
        let all = fs::read_to_string(answers.lab.root.join("output/cpu/all")).expect("the last step's output");
        assert_eq!(
            (&*all, answers.submitted()),
            (&*format!("{program}, unknown: it was built elsewhere\n"), submitted)
        );
    }
}

#[test]
fn a_controller_that_counts_from_one_again_loses_no_job() {
    let answers = Answers::new();
    answers.run(&[]);
    // The point was job 2.
    answers.tell("last", 1);
    answers.run(&["--again", "point/one/0"]);
    assert!(answers.result().ends_with("3"), "{}", answers.result().display());
    let recorded = answers.result().join("recorded.json");
    assert!(recorded.exists(), "{}", recorded.display());
}
