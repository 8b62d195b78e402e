//! A paper whose analysis is a Python script: its steps and files.

use std::collections::BTreeSet;
use std::path::Path;

use offprint::check::{METHODS, Method, check};
use offprint::execute::execute;
use offprint::explain::explain;
use offprint::plan::{lines, plan};
use offprint::policy::Policy;
use offprint::store_lock::StoreLock;
use offprint::supervisor::Supervisor;

use crate::small_paper::{Draft, DraftInput, Origin, SmallPaper, after, session, step};

/// A script that loads a module of its own folder and writes the mean of a list of numbers.
pub const ANALYSIS: &str = "
import argparse, pathlib
import stats
parser = argparse.ArgumentParser()
parser.add_argument('--input', type=pathlib.Path)
parser.add_argument('--output', type=pathlib.Path)
folders = parser.parse_args()
numbers = [float(line) for line in (folders.input / 'numbers.txt').read_text().split()]
(folders.output / 'mean.txt').write_text(f'{stats.mean(numbers)}\\n')
";

/// The files of the paper.
pub fn paper() -> SmallPaper {
    let mut paper = SmallPaper::default();
    paper.steps = steps("python3");
    paper.write("analysis/analyse.py", ANALYSIS);
    paper.write("analysis/stats.py", "def mean(numbers):\n    return sum(numbers) / len(numbers)\n");
    paper.write("numbers.txt", "1\n2\n6\n");
    paper.write("requirements.txt", "numpy==2.0.0\n");
    paper
}

/// `first`, a shell program; `analysis`, a script for `program`; and `report`, which shows its result.
pub fn steps(program: &str) -> Vec<Draft> {
    let file = |name: &str, path: &str| DraftInput { path: name.to_owned(), origin: Origin::File(path.to_owned()) };
    let analysis = Draft {
        program: program.to_owned(),
        args: Vec::new(),
        script: Some("analysis/analyse.py".to_owned()),
        lockfiles: vec!["requirements.txt".to_owned()],
        inputs: vec![file("stats.py", "analysis/stats.py"), file("numbers.txt", "numbers.txt")],
        ..step("analysis", "", "mean.txt")
    };
    let report = after("report", "analysis", "mean.txt", "cat \"$1/mean.txt\" > \"$3/text\"", "text");
    vec![step("first", "echo > \"$1/out\"", "out"), analysis, report]
}

/// The output of a command for this paper: `run`, `plan`, `explain`, or `check` with one of its methods. The last line
/// is the exit code.
pub fn command(root: &Path, what: &str, program: &str) -> Result<String, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let mut session = session(root, steps(program)).map_err(|error| text(&error))?;
    let all: BTreeSet<usize> = (0..session.graph.steps().len()).collect();
    let index = session.graph.find("analysis").ok_or("no step")?;
    let (policy, supervisor) = (Policy::default(), Supervisor::own());
    let methods: &[Method] = match what {
        "plan" => return plan(&session, &all, &policy).map(|plan| lines(&plan)).map_err(|error| text(&error)),
        "explain" => {
            let plan = plan(&session, &all, &policy).map_err(|error| text(&error))?;
            return Ok(explain(&plan[index], &[]));
        }
        "namespace" => &[Method::Namespace],
        "trace" => &[Method::Trace],
        "check" => &METHODS,
        _ => &[],
    };
    let _lock = StoreLock::wait(&session.store, |_| {}).map_err(|error| text(&error))?;
    if what == "run" {
        let summary = execute(&mut session, &all, &policy, &supervisor, &mut |_| {}).map_err(|error| text(&error))?;
        return Ok(format!("ran {}", summary.ran.into_iter().collect::<Vec<_>>().join(" ")));
    }
    let report = check(&session, index, &supervisor, methods, &mut |_| {}).map_err(|error| text(&error))?;
    Ok(format!("{report}{:?}", report.exit_code()))
}
