//! A paper of points on the nodes of a real cluster, with notes of what ran where and when.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Time for whatever a test waits for.
const PATIENCE: Duration = Duration::from_secs(120);

/// A checkout and a shared folder in the folder of the cluster.
pub struct Lab {
    /// The checkout.
    pub root: PathBuf,
    /// The folder that the nodes share.
    pub shared: PathBuf,
    /// The notes of points.
    ran: PathBuf,
    driver: &'static str,
    /// The driver's search path.
    path: String,
}

impl Lab {
    /// A checkout whose driver is this program, and a `cluster.toml` with the two default nodes.
    pub fn new(driver: &'static str) -> Self {
        let folder = PathBuf::from(std::env::var_os("CLUSTER").expect("a cluster"));
        Self::at(folder, driver, &std::env::var("PATH").expect("a search path"))
    }

    /// The same in another folder. Slurm's commands are on the search path.
    pub fn at(folder: PathBuf, driver: &'static str, path: &str) -> Self {
        let (root, shared, ran) = (folder.join("a päper"), folder.join("it's shared, 100%j"), folder.join("ran"));
        Self { root, shared, ran, driver, path: path.to_owned() }.prepared()
    }

    /// Another checkout of the same paper, with the same shared folder.
    pub fn sharing(&self, name: &str) -> Self {
        let (root, shared) = (self.root.with_file_name(name), self.shared.clone());
        Self { root, shared, ran: self.ran.clone(), driver: self.driver, path: self.path.clone() }.prepared()
    }

    fn prepared(self) -> Self {
        for folder in [&self.root.join("xtask"), &self.shared, &self.ran] {
            fs::create_dir_all(folder).expect("a folder");
        }
        for file in ["xtask/Cargo.toml", "Cargo.lock"] {
            fs::write(self.root.join(file), "").expect("a file");
        }
        self.describe("[needs.single]\nconstraint = \"single\"\n[needs.double]\nconstraint = \"double\"\n");
        self
    }

    /// Writes `cluster.toml` with these tables.
    pub fn describe(&self, needs: &str) {
        let text = format!("shared = {:?}\n{needs}", self.shared);
        fs::write(self.root.join("cluster.toml"), text).expect("a file");
    }

    /// The driver of the paper, with the commands and flags `args`.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(self.driver);
        command.args(args).current_dir(&self.root).stdin(Stdio::null()).env("PATH", &self.path);
        command
    }

    /// Its exit code, and everything that it printed.
    pub fn run(&self, args: &[&str]) -> (Option<i32>, String) {
        let output = self.command(args).output().expect("it runs");
        let printed = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code(), printed)
    }

    /// The same for `reproduce --on slurm`.
    pub fn reproduce(&self, args: &[&str]) -> (Option<i32>, String) {
        self.run(&[&["reproduce", "--on", "slurm"], args].concat())
    }

    /// What a run prints that must succeed.
    pub fn must_reproduce(&self, args: &[&str]) -> String {
        let (code, printed) = self.reproduce(args);
        assert_eq!(code, Some(0), "{printed}");
        printed
    }

    /// Starts a run.
    pub fn start(&self, args: &[&str]) -> Child {
        let mut command = self.command(&[&["reproduce", "--on", "slurm"], args].concat());
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it runs")
    }

    /// A script that notes each start and end, with `work` between them.
    pub fn script(&self, work: &str) -> String {
        let note = format!("{}/$(echo $POINT | tr / -)", self.ran.display());
        format!(
            "note() {{ echo $1 $SLURMD_NODENAME $(nproc) $(date +%s.%N) >> {note}; }}; note start; {work}; note end; cp {note} \"$OUT\""
        )
    }

    /// The notes of each point: words of lines.
    pub fn notes(&self) -> BTreeMap<String, Vec<Vec<String>>> {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect();
        let file = |entry: fs::DirEntry| {
            let text = fs::read_to_string(entry.path()).expect("a text");
            (entry.file_name().into_string().expect("a name"), text.lines().map(words).collect())
        };
        fs::read_dir(&self.ran).expect("a folder").flatten().map(file).collect()
    }

    /// How often something in the notes starts with `word`.
    pub fn noted(&self, word: &str) -> usize {
        self.notes().values().flatten().filter(|line| line[0] == word).count()
    }

    /// The text of the lock; empty when there is none.
    pub fn lock(&self) -> String {
        fs::read_to_string(self.root.join("artifacts.lock")).unwrap_or_default()
    }
}

/// What a program prints that must succeed.
pub fn slurm(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output().expect("it runs");
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The numbers of all jobs in a state.
pub fn jobs(state: &str) -> Vec<String> {
    let listed = slurm("squeue", &["--noheader", "--format=%A", "--states", state]);
    listed.lines().map(|line| line.trim().to_owned()).collect()
}

/// Waits until something is so.
///
/// # Panics
/// It takes too long.
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "waited in vain until {what}");
        sleep(Duration::from_millis(50));
    }
}

/// The exit code and the errors of a run, once it ends.
pub fn end(mut child: Child) -> (Option<i32>, String) {
    let mut printed = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut printed).expect("a text");
    (child.wait().expect("it ends").code(), printed)
}
