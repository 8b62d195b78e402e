//! Ctrl-C during a run on a cluster: jobs go on without the driver, so it asks what is to become of them.

use std::collections::BTreeMap;
use std::io::{self, BufRead, IsTerminal};
use std::process::exit;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use signal_hook::consts::SIGINT;
use signal_hook::iterator::Signals;

use super::commands::Commands;
use crate::digest::Digest;
use crate::progress::print_line;

/// The jobs that this run waits for.
pub type Out = Arc<Mutex<BTreeMap<Digest, u64>>>;

/// Asks on the first Ctrl-C, and ends the run; the second one ends it at once. Without a terminal, jobs go on.
pub fn watch(out: &Out) {
    let (Ok(mut signals), out) = (Signals::new([SIGINT]), out.clone()) else { return };
    thread::spawn(move || {
        let mut forever = signals.forever();
        if forever.next().is_none() {
            return;
        }
        thread::spawn(move || ask(&out));
        if forever.next().is_some() {
            exit(130);
        }
    });
}

fn ask(out: &Out) {
    let ids: Vec<u64> = out.lock().unwrap_or_else(PoisonError::into_inner).values().copied().collect();
    let many = match ids.len() {
        0 => exit(130),
        1 => "1 job waits or runs".to_owned(),
        many => format!("{many} jobs wait or run"),
    };
    let goes_on = "the next `cargo xtask reproduce --on slurm` takes their results; `cargo xtask status` lists them";
    if io::stdin().is_terminal() {
        print_line(&format!("{many}. Enter leaves them, and {goes_on}. c and Enter cancels them."));
        let mut answer = String::new();
        // Without an answer they go on.
        let _ = io::stdin().lock().read_line(&mut answer);
        if answer.trim() == "c" {
            match Commands.cancel(&ids) {
                Ok(()) => print_line("they are cancelled"),
                Err(error) => print_line(&format!("error: {error}")),
            }
        }
    } else {
        print_line(&format!("{many} and will go on: {goes_on}, and `cargo xtask status --cancel` cancels them"));
    }
    exit(130);
}
