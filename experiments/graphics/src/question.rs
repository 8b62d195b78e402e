//! Asks Vulkan's loader in a process of its own, since a driver may crash or hang there.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::vulkan::Adapter;

/// How long drivers may take. NVIDIA's takes several seconds where nothing keeps the card initialised.
pub const LIMIT: Duration = Duration::from_secs(30);
/// The time between two looks at the process.
const PAUSE: Duration = Duration::from_millis(10);

/// What the child process prints: the adapters as JSON, or the loader's error.
pub fn answer() -> String {
    serde_json::to_string(&crate::vulkan::adapters()).unwrap_or_default()
}

/// The adapters that the child process `command` prints by [`answer`].
///
/// # Errors
/// The loader's error, or what happened to the process: it crashed, or it did not answer within `limit`.
pub fn ask(mut command: Command, limit: Duration) -> Result<Vec<Adapter>, String> {
    // Drivers print warnings about what they do not support.
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| format!("cannot start the program that asks Vulkan: {error}"))?;
    let pipe = child.stdout.take();
    // A thread reads, so that a full pipe does not look like a driver that hangs.
    let reader = thread::spawn(move || {
        let mut text = String::new();
        pipe.map(|pipe| pipe.take(1 << 20).read_to_string(&mut text));
        text
    });
    let Some(status) = wait(&mut child, limit) else {
        return Err(format!("a Vulkan driver did not answer within {} s", limit.as_secs()));
    };
    // A driver may print, too.
    let text = reader.join().unwrap_or_default();
    let answers = text.lines().rev().find_map(|line| serde_json::from_str(line).ok());
    answers.unwrap_or_else(|| Err(format!("a Vulkan driver ended the program that asked for its adapters ({status})")))
}

/// The exit status; none if it had to be killed.
fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let started = Instant::now();
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        if started.elapsed() > limit {
            child.kill().ok();
            child.wait().ok();
            return None;
        }
        thread::sleep(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, limit: Duration) -> Result<Vec<Adapter>, String> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        ask(command, limit)
    }

    #[test]
    fn a_driver_that_crashes_or_hangs_is_reported_and_ends_nothing_else() {
        let crashed = shell("echo starting; kill -SEGV $$", LIMIT).expect_err("it crashed");
        assert!(crashed.contains("ended the program") && crashed.contains("signal: 11"), "{crashed}");
        let started = Instant::now();
        let slow = shell("exec sleep 60", Duration::from_millis(200)).expect_err("it hangs");
        assert!(slow.contains("did not answer"), "{slow}");
        assert!(started.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn what_a_driver_prints_is_not_the_answer() {
        let adapter = Adapter { name: "A card".to_owned(), ..Adapter::default() };
        let text = serde_json::to_string(&Ok::<_, String>(vec![adapter.clone()])).expect("text");
        assert_eq!(shell(&format!("echo 'MESA: warning'; echo '{text}'; echo bye"), LIMIT), Ok(vec![adapter]));
        assert_eq!(shell(r#"echo '{"Err":"no loader"}'"#, LIMIT), Err("no loader".to_owned()));
        // More than a pipe holds.
        let filler = "i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789; i=$((i+1)); done";
        assert_eq!(shell(&format!("{filler}; echo '{{\"Ok\":[]}}'"), LIMIT), Ok(Vec::new()));
    }
}
