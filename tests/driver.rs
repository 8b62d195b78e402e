//! A driver for the small paper, without a command line: `driver ROOT` makes what is not fresh and prints a line for each step
//! that is recorded; `driver no-op|digests ROOT COUNT` looks at that many steps of one file each.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tests::small_paper::{self, SmallPaper, step};
use xtask::engine::policy::Policy;
use xtask::engine::progress::Event;
use xtask::engine::run::{self, Guard};
use xtask::engine::stamps::Trust;
use xtask::engine::step::{Input, Origin, Step};

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    let words: Vec<&str> = args.iter().filter_map(|arg| arg.to_str()).collect();
    let outcome = match &words[..] {
        ["guard", parent, program, rest @ ..] if rest.len() + 3 == args.len() => {
            Err(run::guard(parent.parse().unwrap_or(0), Path::new(program), &args[3..]).to_string())
        }
        [root] => small(Path::new(root)),
        [what, root, count] => many(what, Path::new(root), count.parse().unwrap_or(0)),
        _ => Err("expected `ROOT` or `make|no-op|digests ROOT COUNT`".to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The steps of the small paper that lasts long, in the checkout at `root`.
fn small(root: &Path) -> Result<(), String> {
    let guard = Guard::With(PathBuf::from("/proc/self/exe"));
    let policy = Policy::default();
    let summary = small_paper::run(root, SmallPaper::long().steps, &policy, &guard, &mut |event| match event {
        Event::Finished { step, .. } => say(&format!("finished {step}")),
        Event::StoreWaits { holder } => say(&format!("waits for {holder}")),
        _ => {}
    });
    let summary = summary.map_err(|error| error.to_string())?;
    say(&format!("ran {}", summary.ran.len()));
    Ok(())
}

/// `count` steps that each copy a file of their own.
fn many(what: &str, root: &Path, count: usize) -> Result<(), String> {
    let steps: Vec<Step> = (0..count)
        .map(|number| Step {
            inputs: vec![Input { place: "data".into(), origin: Origin::File(format!("data/{number}")) }],
            ..step(&format!("copy/{number}"), "cat \"$1/data\" > \"$3/copy\"", "copy")
        })
        .collect();
    let trust = if what == "digests" { Trust::Nothing } else { Trust::Stamps };
    if what == "make" {
        fs::create_dir_all(root.join("data")).map_err(|error| error.to_string())?;
        fs::write(root.join("Cargo.lock"), "").map_err(|error| error.to_string())?;
        for number in 0..count {
            fs::write(root.join("data").join(number.to_string()), format!("{number}\n"))
                .map_err(|error| error.to_string())?;
        }
    }
    let run = || {
        let session = &mut small_paper::session_with(root, steps, trust)?;
        let _hold = xtask::engine::hold::Hold::wait(&session.store, |_| {})?;
        let all: BTreeSet<usize> = (0..count).collect();
        let guard = Guard::With(PathBuf::from("/proc/self/exe"));
        xtask::engine::execute::execute(session, &all, &Policy::default(), &guard, &mut |_| {})
    };
    let summary = run().map_err(|error| error.to_string())?;
    say(&format!("ran {}", summary.ran.len()));
    Ok(())
}

/// A line at once, for whoever reads along.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // Whoever closed the pipe wants no lines.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
