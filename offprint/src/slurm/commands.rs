//! Calls of Slurm's programs. Each has a time limit, and only exit code 0 is an answer.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::listing::{FOR_PEOPLE, FORMAT, Listing};
use crate::digest::Digest;
use crate::installed::search_path;

/// Time limit of a call. Without a controller, squeue gives up after 9 s by itself, and commands without a configuration
/// after 60 s (Slurm 22.05.8).
const LIMIT: Duration = Duration::from_secs(30);
/// The variables of the user that Slurm's programs get: where it is, and who asks. Others change what a job gets: a
/// variable such as `SBATCH_CONSTRAINT` sends it to another node, `SQUEUE_STATES` hides it, and the job sees them all.
const PASSED: [&str; 5] = ["HOME", "USER", "LOGNAME", "SLURM_CONF", "XDG_RUNTIME_DIR"];

/// Why a call gave no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CallError {
    /// The program is not installed.
    #[error("`{0}` is not installed\nhint: --on slurm needs Slurm's commands on this machine: run it on a login node")]
    NotInstalled(String),
    /// It did not end in time.
    #[error("`{program}` gave no answer in {} s{}", LIMIT.as_secs(), hint(program, ""))]
    Silent {
        /// The program.
        program: String,
    },
    /// It failed.
    #[error("`{program}` failed: {printed}{}", hint(program, printed))]
    Failed {
        /// The program.
        program: String,
        /// What it printed.
        printed: String,
    },
}

/// The remedy that the message of Slurm calls for.
fn hint(program: &str, printed: &str) -> String {
    let hint = if printed.contains("Zero Bytes were transmitted") {
        "the clocks of this machine and the controller differ too much: set them"
    } else if printed.contains("ClusterName")
        || printed.contains("Could not establish a configuration")
        || printed.contains("resolve_ctls")
    {
        "Slurm finds no configuration: set SLURM_CONF, or run on a login node"
    } else if printed.contains("munge") || printed.contains("Munge") || printed.contains("uthentication") {
        "is `munged` running here, with the key of the cluster?"
    } else if printed.contains("Unable to contact") || printed.contains("Socket timed out") || printed.is_empty() {
        "`scontrol ping` reports whether the controller runs"
    } else if program == "sbatch" {
        "correct cluster.toml: `sinfo -o '%P %f %G %l'` lists partitions, features, resources and time limits"
    } else {
        return String::new();
    };
    format!("\nhint: {hint}")
}

impl CallError {
    /// Whether what was asked for may have happened all the same.
    pub fn is_uncertain(&self) -> bool {
        let causes = [
            "timed out",
            "Unable to contact",
            "temporarily",
            "Connection",
            "Zero Bytes",
            "slurm_receive_msg",
            "send/recv",
        ];
        match self {
            Self::NotInstalled(_) => false,
            Self::Silent { .. } => true,
            Self::Failed { printed, .. } => {
                causes.iter().any(|words| printed.contains(words)) || printed.starts_with("signal")
            }
        }
    }
}

/// Slurm's programs on this machine.
#[derive(Clone, Copy, Debug)]
pub struct Commands;

/// A job to submit.
pub struct Submission<'a> {
    /// The key of its step, which is its name.
    pub key: Digest,
    /// The step, for people.
    pub comment: &'a str,
    /// Options of `sbatch` that find the node.
    pub options: Vec<(&'static str, String)>,
    /// The search path on the node.
    pub path: &'a str,
    /// Time limit [min].
    pub minutes: u64,
    /// Nodes to avoid.
    pub exclude: &'a [String],
    /// The folder that it starts in.
    pub folder: &'a Path,
    /// The folder of the file that takes what it prints, which is named by the job's number.
    pub log: &'a Path,
    /// The program and its arguments.
    pub command: &'a [OsString],
}

impl Commands {
    /// Slurm's version, for example `slurm-wlm 22.05.8`.
    pub fn version(&self) -> Result<String, CallError> {
        Ok(call("sbatch", [OsStr::new("--version")], "", None)?.trim().to_owned())
    }

    /// All jobs of this user.
    pub fn jobs(&self) -> Result<Listing, CallError> {
        Ok(Listing::parse(&self.squeue(FORMAT)?))
    }

    /// The same, as lines for people.
    pub fn for_people(&self) -> Result<String, CallError> {
        self.squeue(FOR_PEOPLE)
    }

    fn squeue(&self, format: &str) -> Result<String, CallError> {
        // By name and state in the answer, since its own filters fail or lie for jobs that Slurm has forgotten.
        call("squeue", ["--me", "--noheader", "--states=all", "--format", format].map(OsStr::new), "", None)
    }

    /// Submits a job, and returns its number.
    pub fn submit(&self, job: &Submission) -> Result<u64, CallError> {
        let printed = call("sbatch", arguments(job, false), &script(job.command), Some(job.path))?;
        number(&printed).ok_or_else(|| CallError::Failed {
            program: "sbatch".to_owned(),
            printed: format!("it printed {printed:?}"),
        })
    }

    /// Asks whether such a job could run at all.
    pub fn test(&self, job: &Submission) -> Result<(), CallError> {
        call("sbatch", arguments(job, true), &script(job.command), Some(job.path)).map(drop)
    }

    /// Cancels jobs. Whether that worked is known only from [`Commands::jobs`]: for an unknown job, `scancel` succeeds.
    pub fn cancel(&self, ids: &[u64]) -> Result<(), CallError> {
        let ids: Vec<OsString> = ids.iter().map(|id| id.to_string().into()).collect();
        if ids.is_empty() { Ok(()) } else { call("scancel", ids, "", None).map(drop) }
    }

    /// The exit code and signal of an ended job, as `code:signal`; none when Slurm has forgotten it.
    pub fn exit_code(&self, id: u64) -> Option<String> {
        let printed =
            call("scontrol", ["--oneliner", "show", "job", &id.to_string()].map(OsStr::new), "", None).ok()?;
        printed.split_whitespace().find_map(|word| word.strip_prefix("ExitCode=")).map(str::to_owned)
    }

    /// The states of nodes and why they are out of service, for a message; empty when Slurm does not say.
    pub fn nodes(&self) -> String {
        let lines = call("sinfo", ["--noheader", "--Node", "--format", "%N %T %E"].map(OsStr::new), "", None);
        let lines = lines.unwrap_or_default();
        let mut bad: Vec<&str> = lines.lines().map(str::trim).filter(|line| !line.ends_with(" none")).collect();
        bad.dedup();
        bad.join("; ")
    }
}

/// The arguments of `sbatch`. All options are given here, since they win over variables and over lines of the script.
fn arguments(job: &Submission, is_test: bool) -> Vec<OsString> {
    let option = |name: &str, value: &OsStr| {
        let mut option = OsString::from(format!("--{name}="));
        option.push(value);
        option
    };
    let mut all: Vec<OsString> = [
        "--parsable",
        "--nodes=1",
        "--ntasks=1",
        "--exclusive",
        // The kernel's limits of the node, not those of the shell that submits.
        "--propagate=NONE",
        // We submit again ourselves: Slurm would also start it again while a first copy may still be alive.
        "--no-requeue",
        "--open-mode=append",
        // Two jobs of one key never run at once.
        "--dependency=singleton",
        "--kill-on-invalid-dep=yes",
        // Only the script gets the signal, which is the program itself, a minute before the limit.
        "--signal=B:TERM@60",
    ]
    .map(OsString::from)
    .into();
    all.push(option("job-name", OsStr::new(&job.key.to_string())));
    // `squeue` prints it as a column of a line.
    let comment = job.comment.replace(|letter: char| letter.is_control() || letter == '|', " ");
    all.push(option("comment", OsStr::new(&comment)));
    all.push(option("time", OsStr::new(&job.minutes.to_string())));
    all.push(option("chdir", job.folder.as_os_str()));
    // Slurm replaces what begins with a percent sign, here and in no other option.
    let folder = job.log.to_string_lossy().replace('%', "%%");
    all.push(option("output", OsStr::new(&format!("{folder}/%j.log"))));
    all.extend(job.options.iter().map(|(name, value)| option(name, OsStr::new(value))));
    if !job.exclude.is_empty() {
        all.push(option("exclude", OsStr::new(&job.exclude.join(","))));
    }
    if is_test {
        all.push("--test-only".into());
    }
    all
}

/// The number of a submitted job, as `12` or `12;cluster` in the last line: a site may print its own lines before.
fn number(printed: &str) -> Option<u64> {
    printed.trim().lines().last()?.trim().split(';').next()?.parse().ok()
}

/// The script of a job, whose program replaces the shell: it gets the signals itself, and leaves no shell behind.
fn script(command: &[OsString]) -> String {
    let quoted: Vec<String> = command.iter().map(|word| quoted(&word.to_string_lossy())).collect();
    format!("#!/bin/sh\nexec {}\n", quoted.join(" "))
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// What a program prints. `path` replaces the search path, which a job inherits.
fn call<T: AsRef<OsStr>>(
    program: &str,
    args: impl IntoIterator<Item = T>,
    input: &str,
    path: Option<&str>,
) -> Result<String, CallError> {
    let failed = |printed: String| CallError::Failed { program: program.to_owned(), printed };
    let found =
        crate::installed::find(program, &search_path()).ok_or_else(|| CallError::NotInstalled(program.to_owned()))?;
    let passed: BTreeMap<&str, OsString> =
        PASSED.iter().filter_map(|name| Some((*name, std::env::var_os(name)?))).collect();
    let mut command = Command::new(found);
    command.args(args).env_clear().envs(passed).env("LC_ALL", "C.UTF-8");
    command.env("PATH", path.map_or_else(search_path, OsString::from));
    // Ctrl-C is for the driver, which asks what is to become of the jobs: a submission must not end half-way.
    command.process_group(0);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that does not read its input says why itself.
        let _ = stdin.write_all(input.as_bytes());
    }
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let (sender, ends) = mpsc::channel();
    thread::spawn(move || {
        let errors = thread::spawn(move || read(err));
        // After the limit, nobody receives this.
        let _ = sender.send((read(out), errors.join().unwrap_or_default()));
    });
    let Ok((printed, errors)) = ends.recv_timeout(LIMIT) else {
        // It may have ended meanwhile.
        let _ = child.kill();
        let _ = child.wait();
        return Err(CallError::Silent { program: program.to_owned() });
    };
    let status = child.wait().map_err(|error| failed(error.to_string()))?;
    if status.success() {
        return Ok(printed);
    }
    let errors = errors.trim();
    let lines =
        errors.lines().map(|line| line.trim_start_matches(&format!("{program}: ")).trim_start_matches("error: "));
    let lines: Vec<&str> = lines.collect();
    Err(failed(if lines.is_empty() { status.to_string() } else { lines.join("; ") }))
}

fn read(pipe: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        // Far above a listing of all jobs that a controller may have.
        let _ = pipe.take(64 << 20).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_becomes_the_program_whatever_its_path_contains() {
        let command = ["/s/it's here/program", "a b", "$HOME"].map(OsString::from);
        assert_eq!(script(&command), "#!/bin/sh\nexec '/s/it'\\''s here/program' 'a b' '$HOME'\n");
    }

    #[test]
    fn options_have_no_signs_that_slurm_would_replace_and_comments_none_that_end_a_column() {
        let job = Submission {
            key: Digest::of(b"key"),
            comment: "hardware of a|b\n",
            options: vec![("constraint", "h100".to_owned())],
            path: "/bin",
            minutes: 5,
            exclude: &["n1".to_owned(), "n2".to_owned()],
            folder: Path::new("/s/100%j"),
            log: Path::new("/s/100%j/jobs"),
            command: &[],
        };
        let options: Vec<String> =
            arguments(&job, false).into_iter().map(|option| option.to_string_lossy().into_owned()).collect();
        for option in [
            "--output=/s/100%%j/jobs/%j.log",
            "--chdir=/s/100%j",
            "--comment=hardware of a b ",
            "--time=5",
            "--constraint=h100",
            "--exclude=n1,n2",
            "--dependency=singleton",
        ] {
            assert!(options.iter().any(|found| found == option), "{option}: {options:?}");
        }
    }

    #[test]
    fn the_number_of_a_job_is_in_the_last_line() {
        assert_eq!(number("12\n"), Some(12));
        assert_eq!(number("Welcome to 7 nodes\n\n13;one\n"), Some(13));
        assert_eq!((number(""), number("13 jobs")), (None, None));
    }

    #[test]
    fn a_message_of_slurm_gets_a_remedy() {
        assert!(hint("squeue", "Zero Bytes were transmitted or received").contains("clocks"));
        assert!(hint("sbatch", "Invalid feature specification").contains("sinfo"));
        assert!(hint("squeue", "Unable to contact slurm controller (connect failure)").contains("scontrol ping"));
        assert_eq!(hint("scancel", "Kill job error on job id 1"), "");
    }
}
