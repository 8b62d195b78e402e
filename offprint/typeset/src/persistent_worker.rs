//! Serves the commands of this program as a persistent worker: a second typesetting computes only what has changed.

use std::io::{self, Write};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// Results that this many requests did not use are dropped, so that memory stays bounded. Those of the text before a mistake are
/// still there when it is fixed.
const MAX_AGE: usize = 3;

/// A line of standard input. Other fields of Bazel's requests are ignored.
#[derive(Deserialize)]
struct Request {
    arguments: Vec<String>,
}

/// A line of standard output.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    exit_code: u8,
    output: String,
}

/// Answers each line of standard input until it ends. `run` gives the exit code of a request and what it prints.
pub fn serve(run: impl Fn(&[String]) -> (u8, String)) -> Result<()> {
    let mut responses = io::stdout().lock();
    for line in io::stdin().lines() {
        let request: Request = serde_json::from_str(&line?).context("not a request")?;
        let (exit_code, output) = run(&request.arguments);
        writeln!(responses, "{}", serde_json::to_string(&Response { exit_code, output })?)?;
        responses.flush()?;
        typst::comemo::evict(MAX_AGE);
    }
    Ok(())
}
