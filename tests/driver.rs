//! A driver for small papers. `driver ROOT` runs what is not fresh and prints one line per recorded step, and `driver
//! script ROOT SCRIPT` does so with one step of that script, and `driver
//! measured ROOT SCRIPT` with a measurement that sees some of the user's variables. `driver make ROOT COUNT` makes that many steps of one file
//! each, `no-op` and `digests` examine them, and `spawn` runs the same programs without the engine. `driver key ROOT`
//! and `driver measured-key ROOT` print a key, and `driver python ROOT COMMAND PROGRAM` uses the paper with a script.
//! `driver programs ROOT` builds the programs `one` and `two` of that workspace.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use offprint::key::Key;
use offprint::policy::Policy;
use offprint::program::Programs;
use offprint::progress::Event;
use offprint::resolved::Resolved;
use offprint::session::Session;
use offprint::stat_cache::Caching;
use offprint::step::{Class, Features, Program, Step};
use offprint::supervisor::{self, Supervisor};
use offprint::tree::Digests;
use tests::small_paper::{self, Draft, DraftInput, Origin, step};

fn main() -> ExitCode {
    if let Some(code) = supervisor::hook() {
        return code;
    }
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    let texts: Vec<&str> = args.iter().filter_map(|arg| arg.to_str()).collect();
    let outcome = match &texts[..] {
        [root] => small(Path::new(root), small_paper::long_steps()),
        ["script", root, script] => small(Path::new(root), vec![step("script", script, "out")]),
        ["measured", root, script] => {
            let environment = ["HOME", "LD_LIBRARY_PATH", "VK_*"].map(str::to_owned).to_vec();
            small(Path::new(root), vec![Draft { class: Class::Measured, environment, ..step("script", script, "out") }])
        }
        ["key", root] => key(Path::new(root), &Step::exact("work", "work")),
        ["programs", root] => programs(Path::new(root)),
        ["measured-key", root] => key(Path::new(root), &Step::measured("work", "work")),
        ["python", root, what, program] => {
            tests::python_paper::command(Path::new(root), what, program).map(|text| print_line(&text))
        }
        ["spawn", root, count] => spawn(Path::new(root), count.parse().unwrap_or(0)),
        [what, root, count] => many(what, Path::new(root), count.parse().unwrap_or(0)),
        _ => Err("expected `ROOT`, `script ROOT SCRIPT` or `make|no-op|digests|spawn ROOT COUNT`".to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints the key of a step that would run a program of the workspace.
fn key(root: &Path, step: &Step) -> Result<(), String> {
    let session = small_paper::session(root, Vec::new()).map_err(|error| error.to_string())?;
    let key = Key::new(step, &Resolved::default(), &session.tree, Digests::Cached);
    print_line(&key.map_err(|error| error.to_string())?.text);
    Ok(())
}

/// Prints each build, and for each program whether it is there.
fn programs(root: &Path) -> Result<(), String> {
    let watch = &mut |event: Event| {
        if let Event::Building { programs } = event {
            print_line(&format!("building {programs}"));
        }
    };
    let both = ["one", "two"].map(|bin| Program::Workspace { bin: bin.into(), features: Features::Default });
    let mut programs = Programs::new(root, root, &Supervisor::None);
    programs.build_all(&both[0], both[1..].iter(), watch);
    for program in &both {
        match programs.ready(program, watch) {
            Ok(path) => {
                print_line(&format!("{} {}", program.name(), if path.exists() { "is ready" } else { "is lost" }))
            }
            Err(error) => print_line(error.to_string().lines().next().unwrap_or_default()),
        }
    }
    Ok(())
}

/// These steps, in the checkout at `root`.
fn small(root: &Path, steps: Vec<Draft>) -> Result<(), String> {
    let supervisor = Supervisor::own();
    let policy = Policy::default();
    let summary = small_paper::run(root, steps, &policy, &supervisor, &mut |event| match event {
        Event::Finished { step, .. } => print_line(&format!("finished {step}")),
        Event::StoreWaits { holder } => print_line(&format!("waits for {holder}")),
        _ => {}
    });
    let summary = summary.map_err(|error| error.to_string())?;
    print_line(&format!("ran {}", summary.ran.len()));
    Ok(())
}

/// `count` steps, each of which copies its own file.
fn many(what: &str, root: &Path, count: usize) -> Result<(), String> {
    let copy = |number: usize| Draft {
        inputs: vec![DraftInput { path: "data".into(), origin: Origin::File(format!("data/{number}")) }],
        ..step(&format!("copy/{number}"), "cat \"$1/data\" > \"$3/copy\"", "copy")
    };
    let trust = if what == "digests" { Caching::Off } else { Caching::On };
    if what == "make" {
        fs::create_dir_all(root.join("data")).map_err(|error| error.to_string())?;
        fs::write(root.join("Cargo.lock"), "").map_err(|error| error.to_string())?;
        for number in 0..count {
            fs::write(root.join("data").join(number.to_string()), format!("{number}\n"))
                .map_err(|error| error.to_string())?;
        }
    }
    let run = || {
        let workspace = small_paper::workspace(root, trust)?;
        let session = &mut Session::open(workspace, (0..count).map(|number| copy(number).declare()).collect())?;
        let _lock = offprint::store_lock::StoreLock::wait(&session.store, |_| {})?;
        let all: BTreeSet<usize> = (0..count).collect();
        let supervisor = Supervisor::own();
        offprint::execute::execute(session, &all, &Policy::default(), &supervisor, &mut |_| {})
    };
    let summary = run().map_err(|error| error.to_string())?;
    print_line(&format!("ran {}", summary.ran.len()));
    Ok(())
}

/// The programs of `count` steps, as many at once as the engine would run.
fn spawn(root: &Path, count: usize) -> Result<(), String> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || -> std::io::Result<()> {
        let out = tempfile::tempdir()?;
        while let Some(number) = Some(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)).filter(|at| *at < count)
        {
            let (from, to) = (root.join(format!("data/{number}")), out.path().join("copy"));
            std::process::Command::new("sh").args(["-c", "cat \"$1\" > \"$2\"", "sh"]).arg(from).arg(to).status()?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        all.into_iter().try_for_each(|thread| {
            thread.join().map_err(|_| "a thread ended".to_owned())?.map_err(|error| error.to_string())
        })
    })
}

/// Prints a line without buffering, for a test that follows the output.
fn print_line(line: &str) {
    let mut out = std::io::stdout().lock();
    // A closed pipe is not an error here.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
