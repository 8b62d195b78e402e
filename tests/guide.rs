//! Follows `docs/your-own-paper.md` as a reader would: runs every command, makes every file and change, and checks
//! every line of output that the guide shows.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A block of code of the guide.
struct Block {
    /// The text after the fence, for example `python file=experiments/facts.py`.
    info: String,
    /// Its first line.
    line: usize,
    text: String,
}

fn blocks(guide: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = guide.lines().zip(1..);
    while let Some((line, number)) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let text: Vec<&str> = lines.by_ref().map(|(line, _)| line).take_while(|line| *line != "```").collect();
            blocks.push(Block { info: info.to_owned(), line: number, text: text.join("\n") + "\n" });
        }
    }
    blocks
}

/// A reader with a home folder below the folder of builds. Its path is always the same, so that builds can be reused.
struct Reader {
    home: PathBuf,
    folder: PathBuf,
}

impl Reader {
    /// Runs `script` in the folder where the last one ended. Returns its output, or an error when it fails.
    fn run(&mut self, script: &str) -> Result<String, String> {
        let ends_in = self.home.join("folder");
        let script = format!("set -eu\nexec 2>&1\n{script}\npwd >\"$ENDS_IN\"\n");
        let mut bash = Command::new("bash");
        bash.args(["-c", &script]).current_dir(&self.folder).env("ENDS_IN", &ends_in);
        // Use the installed tools.
        let user = std::env::home_dir().expect("a home");
        for (variable, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
            bash.env(variable, std::env::var_os(variable).map_or_else(|| user.join(folder), PathBuf::from));
        }
        bash.env("HOME", &self.home).env("CARGO_TARGET_DIR", target()).env("GIT_CEILING_DIRECTORIES", &self.home);
        for (variable, value) in [("NAME", "A Reader"), ("EMAIL", "reader@example.org")] {
            bash.env(format!("GIT_AUTHOR_{variable}"), value).env(format!("GIT_COMMITTER_{variable}"), value);
        }
        let output = bash.output().expect("bash");
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            return Err(format!("{}:\n{printed}", output.status));
        }
        self.folder = PathBuf::from(fs::read_to_string(&ends_in).expect("a folder").trim_end());
        Ok(printed)
    }
}

/// The folder of builds that contains this test.
fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("a folder of builds")
}

#[test]
fn every_command_of_the_guide_works_in_a_new_paper() {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guide");
    let _ = fs::remove_dir_all(&home);
    fs::create_dir_all(&home).expect("a folder");
    let mut reader = Reader { home, folder: tests::root() };
    let guide = fs::read_to_string(tests::root().join("docs/your-own-paper.md")).expect("the guide");
    let mut printed = String::new();
    for block in blocks(&guide) {
        let line = block.line;
        match block.info.split_once(" file=") {
            Some((_, file)) => {
                let path = reader.folder.join(file);
                fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
                fs::write(path, block.text).expect("a file");
            }
            None if block.info == "sh" => {
                printed = reader.run(&block.text).unwrap_or_else(|problem| panic!("line {line}: {problem}"));
                eprintln!("{}{printed}", block.text);
            }
            None if block.info == "diff" => {
                let patch = reader.home.join("patch");
                fs::write(&patch, block.text).expect("a file");
                let applied = reader.run(&format!("git apply '{}'", patch.display()));
                applied.unwrap_or_else(|problem| panic!("line {line}: {problem}"));
            }
            None if block.info == "text" => {
                for expected in block.text.lines() {
                    assert!(printed.contains(expected), "line {line}: `{expected}` is not in\n{printed}");
                }
            }
            None if block.info == "json" => {
                let parsed: Result<serde_json::Value, _> = serde_json::from_str(&block.text);
                parsed.unwrap_or_else(|problem| panic!("line {line}: {problem}"));
            }
            None => panic!("line {line}: a block of an unknown kind, `{}`", block.info),
        }
    }
    let report = fs::read(reader.folder.join("output/cpu/report.pdf")).expect("a report");
    assert!(report.starts_with(b"%PDF-"));
}

#[test]
fn blocks_are_found_with_their_lines() {
    let found = blocks("a\n```sh\nx\ny\n```\n\n```text file=b\n```\n");
    let found: Vec<_> = found.iter().map(|block| (block.info.as_str(), block.line, block.text.as_str())).collect();
    assert_eq!(found, [("sh", 2, "x\ny\n"), ("text file=b", 7, "\n")]);
}

#[test]
fn a_new_paper_is_compiled_from_the_crates_of_this_checkout() {
    let packages = |path: &str| {
        let text = fs::read_to_string(tests::root().join(path)).expect("a lock");
        let packages = text.split("[[package]]").skip(1).filter(|package| package.contains("source = "));
        packages.map(|package| package.lines().take(4).map(str::to_owned).collect()).collect::<BTreeSet<Vec<_>>>()
    };
    let (own, root) = (packages("examples/sorting/Cargo.lock"), packages("Cargo.lock"));
    let others: Vec<_> = own.difference(&root).collect();
    assert!(own.len() > 100 && others.is_empty(), "{others:?}");
}
