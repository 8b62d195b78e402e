//! Steps in any language: their programs are in their keys, and undeclared files are found.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use offprint::digest::Digest;
use offprint::policy::{Failing, Policy};
use offprint::progress::Event;
use tests::python_paper::{ANALYSIS, paper, steps};
use tests::small_paper::{Draft, DraftInput, Origin, SmallPaper, step};

/// The user ID of `nobody`.
const NOBODY: u32 = 65534;

fn driver(root: &Path, what: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_driver"));
    command.arg("python").arg(root).args([what, "python3"]);
    command
}

fn text(output: &Output) -> String {
    let text = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    text.concat()
}

#[track_caller]
fn prints(command: &mut Command) -> String {
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{}", text(&output));
    text(&output).trim_end().to_owned()
}

#[track_caller]
fn refuses(command: &mut Command) -> String {
    let output = command.output().expect("it runs");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    text(&output)
}

/// The real path of a program, links followed.
fn executable(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file())?.canonicalize().ok()
}

fn script(path: &Path, script: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, format!("#!/bin/sh\n{script}\n")).expect("a script");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("permission");
}

#[test]
fn a_script_runs_with_the_modules_of_its_folder_and_its_program_is_in_its_key() {
    let paper = paper();
    assert_eq!(prints(&mut driver(paper.root(), "run")), "ran analysis first report");
    assert_eq!(prints(&mut driver(paper.root(), "run")), "ran");
    // The mean of 1, 2 and 6.
    assert_eq!(paper.content("analysis", "mean.txt"), "3.0\n");
    let explained = prints(&mut driver(paper.root(), "explain"));
    let version = Command::new("python3").arg("--version").output().expect("python3 is needed by these tests");
    let python = fs::read(executable("python3").expect("it runs")).expect("a file");
    let program = format!("version = {}\n  executable = {}\n", text(&version).trim(), Digest::of(&python));
    assert!(explained.contains(&format!("program = installed python3\n  {program}  argument = input/analyse.py\n")));
    assert!(explained.contains("\n  lockfile requirements.txt = ") && !explained.contains("toolchain"), "{explained}");
    assert!(!explained.contains(&paper.root().display().to_string()), "{explained}");
}

#[test]
fn an_edited_script_module_or_lock_file_runs_the_step_again() {
    let paper = paper();
    paper.ran();
    paper.write("requirements.txt", "numpy==2.0.1\n");
    let plan = prints(&mut driver(paper.root(), "plan"));
    assert!(plan.contains("run       analysis") && plan.contains("lockfile requirements.txt: "), "{plan}");
    assert_eq!(paper.ran(), ["analysis"]);
    paper.write("analysis/stats.py", "def mean(numbers):\n    return max(numbers)\n");
    assert_eq!(paper.ran(), ["analysis", "report"]);
    assert_eq!(paper.content("report", "text"), "6.0\n");
    paper.write("analysis/analyse.py", &format!("{ANALYSIS}\n# A comment in another language counts.\n"));
    assert_eq!(paper.ran(), ["analysis"]);
}

#[test]
fn a_lock_file_is_not_in_the_input_folder() {
    let mut paper = paper();
    paper.write(
        "analysis/analyse.py",
        "import os, sys\nopen(sys.argv[4] + '/mean.txt', 'w').write(' '.join(sorted(os.listdir('input'))))",
    );
    assert_eq!(paper.content("analysis", "mean.txt"), "analyse.py numbers.txt stats.py");
    paper.step("analysis").lockfiles = vec!["gone.lock".to_owned()];
    let error = paper.refused();
    assert!(error.starts_with("step analysis: ") && error.contains("gone.lock"), "{error}");
}

#[test]
fn another_interpreter_runs_the_step_again_and_both_versions_are_named() {
    let paper = paper();
    prints(&mut driver(paper.root(), "run"));
    let python = executable("python3").expect("it runs");
    let own = paper.root().join("bin");
    let interpreter = |version: &str| {
        let ask = format!("[ \"$1\" = --version ] && echo Python {version} && exit");
        script(&own.join("python3"), &format!("{ask}; exec '{}' \"$@\"", python.display()));
        std::env::join_paths([own.clone()].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())))
            .expect("folders")
    };
    let known = prints(Command::new("python3").arg("--version"));
    let path = interpreter("9.8.7");
    let plan = prints(driver(paper.root(), "plan").env("PATH", &path));
    assert!(plan.contains(&format!("version of the program: {known} → Python 9.8.7 (and 1 more)")), "{plan}");
    let explained = prints(driver(paper.root(), "explain").env("PATH", &path));
    assert!(explained.contains("\n  executable of the program: "), "{explained}");
    // Its result is the same, so no other step runs.
    assert_eq!(prints(driver(paper.root(), "run").env("PATH", &path)), "ran analysis");
    let path = interpreter("9.8.8");
    let plan = prints(driver(paper.root(), "plan").env("PATH", &path));
    assert!(plan.contains("version of the program: Python 9.8.7 → Python 9.8.8"), "{plan}");
    // The result of the first interpreter is still known.
    assert_eq!(prints(&mut driver(paper.root(), "run")), "ran");
}

#[test]
fn a_program_that_is_not_installed_is_named_by_the_plan_and_before_anything_runs() {
    let paper = paper();
    let bin = paper.root().join("bin");
    script(&bin.join("rustc"), "echo rustc 1");
    symlink("/bin/sh", bin.join("sh")).expect("a link");
    let command = |what: &str| {
        let mut command = driver(paper.root(), what);
        command.env("PATH", &bin).env("RUSTC", bin.join("rustc"));
        command
    };
    let plan = prints(&mut command("plan"));
    assert!(plan.contains("program `python3` is not installed") && plan.contains("run       first"), "{plan}");
    let error = refuses(&mut command("run"));
    assert!(error.starts_with("error: step analysis: program `python3` is not installed\nhint: install it"), "{error}");
    assert!(!paper.root().join("artifacts.lock").exists() && paper.store().journal.latest("first", "any").is_none());
    // An earlier result does not count while the program is missing.
    prints(&mut driver(paper.root(), "run"));
    let explained = prints(&mut command("explain"));
    assert!(explained.starts_with("analysis must run:\n  program `python3` is not installed\n\n"), "{explained}");
}

#[test]
fn with_keep_going_only_steps_that_need_the_missing_program_do_not_run() {
    let mut paper = paper();
    paper.steps = steps("no-such-program");
    let policy = Policy { failing: Failing::GoOn, ..Policy::default() };
    let mut reported = Vec::new();
    let summary = paper.with(&policy, &mut |event| {
        if let Event::Failed { step, error } = event {
            reported.push(format!("{step}: {error}"));
        }
    });
    let summary = summary.expect("the run continues");
    assert!(summary.ran.into_iter().eq(["first"]) && summary.not_run == ["report"]);
    assert!(
        reported.len() == 1 && reported[0].contains("analysis: program `no-such-program` is not installed"),
        "{reported:?}"
    );
}

#[test]
fn a_program_sees_a_fixed_environment_and_not_the_users() {
    let paper = paper();
    let script = "import os, sys\n\
                  # A script that chooses among several interpreters may add to it.\n\
                  own = {name: value for name, value in os.environ.items() if not name.startswith(('PATH', 'PYENV_', 'PWD', 'OLDPWD', 'SHLVL', '_'))}\n\
                  home = own.pop('HOME')\n\
                  assert home == os.getcwd() and sorted(os.listdir(home)) == ['input', 'output', 'stderr', 'stdout']\n\
                  words = {'one', 'two', 'three', 'four', 'five'}\n\
                  print(sorted(own.items()), list(words), 'ü', file=open(sys.argv[4] + '/mean.txt', 'w'))";
    paper.write("analysis/analyse.py", script);
    let mut command = driver(paper.root(), "run");
    command.envs([("TZ", "Asia/Kathmandu"), ("LC_ALL", "tr_TR.UTF-8"), ("PYTHONPATH", "/nowhere"), ("SECRET", "x")]);
    prints(&mut command);
    let first = paper.content("analysis", "mean.txt");
    let expected = "[('CUDA_DEVICE_ORDER', 'PCI_BUS_ID'), ('LANG', 'C.UTF-8'), ('PYTHONDONTWRITEBYTECODE', '1'), ('PYTHONHASHSEED', '0'), \
                    ('PYTHONNOUSERSITE', '1'), ('SOURCE_DATE_EPOCH', '315532800'), ('TZ', 'UTC')]";
    assert!(first.starts_with(expected) && first.ends_with(" ü\n"), "{first}");
    // Even the order of a set is the same in the next process.
    let again = paper.again(&["analysis"]).expect("the same result");
    assert_eq!(again.outputs["analysis"]["mean.txt"], Digest::of(first.as_bytes()));
}

/// The same paper, whose script reads undeclared files inside and outside the checkout, and writes into the checkout.
fn careless() -> (SmallPaper, tempfile::TempDir) {
    let (paper, elsewhere) = (paper(), tempfile::tempdir().expect("a folder"));
    paper.write("deep/settings.ini", "scale = 1\n");
    fs::write(elsewhere.path().join("data.csv"), "1\n").expect("a file");
    // A data file outside; settings in the checkout; a declared input, read from the checkout instead of the input
    // folder. It may read files that it has written. One of its two files already exists.
    paper.write("old.tmp", "old");
    let reads = format!(
        "open('{root}/old.tmp', 'w').write('x')\nopen('{root}/old.tmp').read()\nopen('{}/data.csv').read()\nopen('{root}/deep/settings.ini').read()\nopen('{root}/numbers.txt').read()\n\
         open('{root}/cache.tmp', 'w').write('x')\n",
        elsewhere.path().display(),
        root = paper.root().display(),
    );
    paper.write("analysis/analyse.py", &format!("{ANALYSIS}{reads}"));
    prints(&mut driver(paper.root(), "run"));
    fs::remove_file(paper.root().join("cache.tmp")).expect("it was written");
    (paper, elsewhere)
}

/// Prints despite the test harness, which hides the output of tests that pass.
fn skipped(what: &str) {
    writeln!(std::io::stderr(), "SKIPPED: {what}").expect("standard error");
}

#[test]
fn a_check_in_a_namespace_names_each_undeclared_file_and_changes_nothing() {
    let (paper, elsewhere) = careless();
    let (lock, journal) = (paper.lock_text(), fs::read(paper.root().join(".store/journal")).expect("a journal"));
    let output = driver(paper.root(), "namespace").output().expect("it runs");
    let found = text(&output);
    if found.contains("cannot make a mount namespace") || found.contains("cannot put a layer") {
        return skipped(
            "a_check_in_a_namespace_names_each_undeclared_file_and_changes_nothing: this kernel allows none",
        );
    }
    let data = elsewhere.path().canonicalize().expect("a folder").join("data.csv");
    let expected =
        format!("analysis reads 2 files that it does not declare:\n  {}\n  deep/settings.ini\nhint: ", data.display());
    assert!(found.starts_with(&expected), "{found}");
    assert!(found.contains("and discarded:\n  cache.tmp\n  old.tmp\n") && found.contains("byte for byte\n"), "{found}");
    assert!(
        found.contains("\nmethod: private layers") && found.trim_end().ends_with("ExitCode(unix_exit_status(3))"),
        "{found}"
    );
    assert!(!found.contains("never opened") && !paper.root().join("cache.tmp").exists(), "{found}");
    assert_eq!((paper.lock_text(), fs::read(paper.root().join(".store/journal")).expect("a journal")), (lock, journal));
    assert_eq!(fs::read_dir(paper.root().join(".store/scratch")).expect("a folder").count(), 0);
}

#[test]
fn a_check_under_strace_names_the_same_files() {
    let (paper, elsewhere) = careless();
    if executable("strace").is_none() {
        return skipped("a_check_under_strace_names_the_same_files: strace is not installed");
    }
    let found = prints(&mut driver(paper.root(), "trace"));
    let data = elsewhere.path().canonicalize().expect("a folder").join("data.csv");
    let expected =
        format!("analysis reads 2 files that it does not declare:\n  {}\n  deep/settings.ini\nhint: ", data.display());
    assert!(found.starts_with(&expected), "{found}");
    assert!(found.contains("  cache.tmp\n  old.tmp\n") && found.contains("byte for byte\nmethod: strace\n"), "{found}");
}

#[test]
fn a_complete_declaration_passes_its_check_and_an_unused_input_is_named() {
    let paper = paper();
    prints(&mut driver(paper.root(), "run"));
    let found = prints(&mut driver(paper.root(), "check"));
    assert!(
        found.starts_with("analysis declares everything that it reads\nits outputs are the recorded ones"),
        "{found}"
    );
    assert!(found.ends_with("ExitCode(unix_exit_status(0))"), "{found}");
    paper.write("analysis/analyse.py", "import sys\nopen(sys.argv[4] + '/mean.txt', 'w').write('3')");
    let found = prints(&mut driver(paper.root(), "check"));
    assert!(found.contains("declared as inputs and never opened:\n  numbers.txt\n  stats.py\nmethod"), "{found}");
}

#[test]
fn a_check_of_a_program_that_fails_reports_it() {
    let paper = paper();
    paper.write("analysis/analyse.py", "import sys\nsys.exit('no mean')");
    let found = prints(&mut driver(paper.root(), "check"));
    assert!(found.starts_with("step analysis: python3 ended with exit code 1\n  | no mean\n"), "{found}");
    assert!(found.ends_with("ExitCode(unix_exit_status(1))"), "{found}");
    let error = refuses(driver(paper.root(), "nothing").env("RUST_BACKTRACE", "0"));
    assert!(error.contains("step analysis: cannot see which files its program opens") && error.contains("\nhint: "));
}

#[test]
fn an_unprivileged_user_can_run_checks() {
    let (paper, _elsewhere) = careless();
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    if !is_root {
        return skipped("an_unprivileged_user_can_run_checks: every other check here is made by such a user already");
    }
    // Another user cannot use this user's programs and compiler.
    let own = paper.root().join("driver");
    fs::copy(env!("CARGO_BIN_EXE_driver"), &own).expect("a copy");
    script(&paper.root().join("rustc"), "echo rustc 1");
    let owned = Command::new("chown").args(["-R", "65534:65534"]).arg(paper.root()).status();
    assert!(owned.expect("it runs").success());
    for what in ["namespace", "trace"] {
        let mut command = Command::new(&own);
        command.arg("python").arg(paper.root()).args([what, "python3"]).uid(NOBODY).gid(NOBODY);
        let output = command.env("RUSTC", paper.root().join("rustc")).env("HOME", "/").current_dir("/").output();
        let found = text(&output.expect("it runs"));
        if found.contains("cannot make a mount namespace") || found.contains("is not installed") {
            skipped(&format!("an_unprivileged_user_can_run_checks: {what} is not allowed here"));
            continue;
        }
        assert!(found.contains("\n  deep/settings.ini\n"), "{what}: {found}");
        assert!(!paper.root().join("cache.tmp").exists() || what == "trace", "{what}: {found}");
    }
}

#[test]
fn without_namespaces_strace_is_used_or_else_the_remedy_is_named() {
    let (paper, _elsewhere) = careless();
    // A user namespace that allows no further one, and a program without rights in it.
    let script = "echo 0 > /proc/sys/user/max_user_namespaces && \
                  exec setpriv --inh-caps=-all --bounding-set=-all \"$0\" python \"$1\" \"$2\" python3";
    let confined = |what: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "sh", "-c", script, env!("CARGO_BIN_EXE_driver")]);
        command.arg(paper.root()).arg(what).output().map(|output| text(&output)).unwrap_or_default()
    };
    let refused = confined("namespace");
    if !refused.contains("python3") && !refused.contains("analysis") {
        return skipped("without_namespaces_strace_is_used_or_else_the_remedy_is_named: no `unshare` here");
    }
    assert!(
        refused.contains("cannot make a mount namespace") && refused.contains("\nhint: install `strace`"),
        "{refused}"
    );
    if executable("strace").is_none() {
        return skipped("without_namespaces_strace_is_used_or_else_the_remedy_is_named: no strace here");
    }
    let found = confined("check");
    assert!(found.contains("\n  deep/settings.ini\n") && found.contains("\nmethod: strace\n"), "{found}");
}

#[test]
fn scripts_of_other_languages_run_and_give_the_same_bytes_again() {
    let gnuplot = "set terminal svg\nset output ARG4.'/figure.svg'\nplot ARG2.'/numbers.txt' with lines\n";
    let r = "folders <- commandArgs(TRUE)\nnumbers <- scan(file.path(folders[2], 'numbers.txt'), quiet = TRUE)\n\
             svg(file.path(folders[4], 'figure.svg'))\nplot(numbers)\ninvisible(dev.off())\n";
    for (program, before, name, script) in
        [("gnuplot", &["-c"][..], "figure.gp", gnuplot), ("Rscript", &[][..], "figure.R", r)]
    {
        if executable(program).is_none() {
            skipped(&format!(
                "scripts_of_other_languages_run_and_give_the_same_bytes_again: {program} is not installed"
            ));
            continue;
        }
        let mut paper = paper();
        paper.write(name, script);
        let args = before.iter().map(|arg| (*arg).to_owned()).collect();
        let numbers = DraftInput { path: "numbers.txt".into(), origin: Origin::File("numbers.txt".into()) };
        let (program, script, inputs) = (program.to_owned(), Some(name.to_owned()), vec![numbers]);
        let drawing = Draft { program, args, script, inputs, ..step("figure", "", "figure.svg") };
        let program = &drawing.program.clone();
        paper.steps = vec![drawing];
        assert_eq!(paper.ran(), ["figure"]);
        assert!(paper.content("figure", "figure.svg").contains("<svg"), "{program}");
        let again = paper.again(&["figure"]).unwrap_or_else(|error| panic!("{program}: {error}"));
        assert!(again.ran.contains("figure"));
    }
}
