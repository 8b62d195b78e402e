//! A persistent worker writes and prints what a process of its own does, whatever it was asked before.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_typeset");

/// A copy of the example.
fn copied() -> TempDir {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("example");
    let folder = tempfile::tempdir().expect("a folder");
    for file in ["facts.json", "CITATION.cff", "text/report.typ", "figures/times.svg"] {
        let to = folder.path().join("input").join(file);
        fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        fs::copy(example.join(file), to).expect("a copy");
    }
    folder
}

struct Worker {
    process: Child,
    responses: Box<dyn Iterator<Item = String>>,
}

impl Worker {
    fn start() -> Self {
        let mut command = Command::new(PROGRAM);
        command.arg("persistent-worker").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("it starts");
        let output = process.stdout.take().expect("a pipe");
        Self { process, responses: Box::new(BufReader::new(output).lines().map_while(Result::ok)) }
    }

    /// The exit code and what is printed.
    fn ask(&mut self, arguments: &[&str]) -> (i64, String) {
        let input = self.process.stdin.as_mut().expect("a pipe");
        writeln!(input, "{}", json!({ "arguments": arguments, "requestId": 0 })).expect("it reads");
        let response: Value = serde_json::from_str(&self.responses.next().expect("a response")).expect("JSON");
        (response["exitCode"].as_i64().expect("a number"), response["output"].as_str().expect("a text").to_owned())
    }

    /// Ends its input.
    fn ends(mut self) -> bool {
        drop(self.process.stdin.take());
        self.process.wait().expect("it ends").success()
    }
}

/// The same by a process of its own.
fn process(arguments: &[&str]) -> (i64, String) {
    let output = Command::new(PROGRAM).args(arguments).output().expect("it runs");
    let (printed, silent) =
        if output.status.success() { (output.stdout, output.stderr) } else { (output.stderr, output.stdout) };
    assert!(silent.is_empty());
    (output.status.code().expect("it ends").into(), String::from_utf8(printed).expect("a text"))
}

#[test]
fn after_every_edit_a_worker_does_what_a_process_does() {
    let folder = copied();
    let at = |name: &str| folder.path().join(name).to_str().expect("a path").to_owned();
    let edit = |file: &str, old: &str, new: &str| {
        let path = folder.path().join("input").join(file);
        let text = fs::read_to_string(&path).expect("a text");
        assert!(text.contains(old), "{file} has no {old}");
        fs::write(path, text.replacen(old, new, 1)).expect("a file");
    };
    let mut worker = Worker::start();
    for (file, old, new, code) in [
        ("text/report.typ", "The fastest", "Indeed, the fastest", 0),
        ("text/report.typ", "Indeed, the fastest", "By far, the fastest", 0),
        ("facts.json", "81.6", "81.7", 0),
        ("figures/times.svg", "</svg>", "<circle r=\"9\"/></svg>", 0),
        ("text/report.typ", "By far, the", "By far, #nonsense the", 1),
        ("text/report.typ", "#nonsense ", "", 0),
        ("facts.json", "\"tables\"", "\"tabels\"", 1),
        ("facts.json", "\"tabels\"", "\"tables\"", 0),
        ("CITATION.cff", "title: ", "title: No ", 0),
    ] {
        edit(file, old, new);
        for (command, result) in [("report", "report.pdf"), ("page", "index.html")] {
            let arguments =
                |output: &str| [command, "--input", &at("input"), "--output", &at(output)].map(str::to_owned);
            let (here, there) = (arguments("here"), arguments("there"));
            let answered = worker.ask(&here.each_ref().map(String::as_str));
            assert_eq!(answered, process(&there.each_ref().map(String::as_str)), "{new}");
            assert!(answered.0 == 0 || answered.0 == code, "{new}: {answered:?}");
            let written = |output: &str| fs::read(folder.path().join(output).join(result)).expect("a file");
            assert!(written("here") == written("there"), "{new}: {result} differs");
        }
    }
    assert!(worker.ends());
}

#[test]
fn wrong_arguments_are_answered_as_a_process_prints_them() {
    let mut worker = Worker::start();
    for arguments in [&["report"][..], &["no-command"], &[]] {
        assert_eq!(worker.ask(arguments), process(arguments));
    }
    assert_eq!(worker.ask(&["persistent-worker"]).0, 1);
    assert!(worker.ends());
}
