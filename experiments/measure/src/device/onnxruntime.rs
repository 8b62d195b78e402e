//! The processor with ONNX Runtime: networks as ONNX files, computed by a Python process that runs one pass on each request. Clock,
//! protocol, guards and record are those of the other devices.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};

/// What the process runs.
const SCRIPT: &str = include_str!("onnxruntime/session.py");

/// The interpreter, by its name on PATH.
const PYTHON: &str = "python3";

/// What to do where it is missing.
const REMEDY: &str = "\nhint: install it for the `python3` on PATH, for example `python3 -m venv FOLDER`, `. FOLDER/bin/activate`, `pip \
                      install onnxruntime`; or choose another device";

/// A line of the process is shorter.
const MAX_LINE: u64 = 4096;

/// The versions of ONNX Runtime, its execution provider and Python, in words.
///
/// # Errors
/// Python or ONNX Runtime is not installed.
pub fn versions() -> Result<String> {
    let output = python().arg("versions").output();
    let output =
        output.with_context(|| format!("the device cpu:onnxruntime needs {PYTHON}, which cannot run{REMEDY}"))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    match printed.trim_end() {
        text if output.status.success() && !text.is_empty() => Ok(text.to_owned()),
        text => {
            let reason = text.strip_prefix("failed ").unwrap_or("it printed no version");
            bail!("the device cpu:onnxruntime needs Python with ONNX Runtime: {reason}{REMEDY}")
        }
    }
}

/// Python with the script: without the modules of the current folder and the user's variables, and without writing any file.
fn python() -> Command {
    let mut command = Command::new(PYTHON);
    command.args(["-I", "-B", "-c", SCRIPT]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    command
}

/// A process with ONNX Runtime.
pub struct Session {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Session {
    /// Starts the process, whose networks are computed by `threads` threads.
    ///
    /// # Errors
    /// As [`versions`].
    pub fn start(threads: usize) -> Result<Self> {
        let mut command = python();
        command.args([std::process::id().to_string(), threads.to_string()]).stdin(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("cannot run {PYTHON}"))?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (input, output) = pipes.context("the process of ONNX Runtime has no input or output")?;
        let mut session = Self { child, input, output: BufReader::new(output) };
        session.expect("ready")?;
        Ok(session)
    }

    /// Its process, as a name in procfs.
    pub fn process(&self) -> String {
        self.child.id().to_string()
    }

    /// The next line; the error of the process in its place.
    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.output.by_ref().take(MAX_LINE).read_line(&mut line).context("cannot read from ONNX Runtime")?;
        if let Some(error) = line.strip_prefix("failed ") {
            bail!("{}", error.trim_end());
        }
        match line.strip_suffix('\n') {
            Some(line) => Ok(line.to_owned()),
            None => bail!("the process of ONNX Runtime ended with {}", self.child.wait()?),
        }
    }

    fn expect(&mut self, expected: &str) -> Result<()> {
        let line = self.line()?;
        anyhow::ensure!(line == expected, "ONNX Runtime's process wrote {line:?}, expected {expected:?}");
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Usually it has to be ended; both fail if it has ended.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[cfg(feature = "flex")]
mod passes;
