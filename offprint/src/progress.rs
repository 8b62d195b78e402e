//! Reports the progress of a run: a bar with the remaining time on a terminal, plain lines elsewhere.

use std::cell::Cell;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::reason::Reason;

/// An event of a run.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "the names of the fields describe them")]
pub enum Event<'a> {
    /// Another run has locked the store.
    StoreWaits { holder: &'a str },
    /// Another build is under way.
    BuildWaits { holder: &'a str },
    /// Programs are being built.
    Building { programs: &'a str },
    /// A crate of theirs is being compiled, with its number.
    Compiling { programs: &'a str, name: &'a str, number: usize },
    /// The programs are ready.
    Built { programs: &'a str, took: Duration },
    /// A step need not run.
    Fresh { step: &'a str },
    /// A step's outputs were taken from the published records.
    Restored { step: &'a str },
    /// A step's outdated outputs stay in use.
    Outdated { step: &'a str, reasons: &'a [Reason] },
    /// A step must run.
    Stale { step: &'a str, reasons: &'a [Reason] },
    /// A file of a step in the store is corrupt, and is now at `quarantined`.
    Corrupt { step: &'a str, reason: &'a Reason, quarantined: &'a Path },
    /// A step's program has started.
    Started { step: &'a str, number: usize, left: Duration },
    /// A running program printed a line.
    Inside { step: &'a str, printed: &'a str, left: Duration },
    /// A step is done, with its number, the estimated time of the remaining ones, and its program's last line.
    Finished { step: &'a str, number: usize, took: Duration, left: Duration, printed: Option<&'a str> },
    /// The result that the lock names is lost, and another one of the same key is used.
    Replaced { step: &'a str },
    /// A step gave another result for the same key, although it must not.
    Differs { step: &'a str, what: &'a str },
    /// A step failed, and the run continues with steps that do not need it.
    Failed { step: &'a str, error: &'a str },
}

/// Prints events.
pub struct Progress {
    total: usize,
    bar: Option<ProgressBar>,
    /// Time of the latest line.
    printed: Cell<Instant>,
}

/// Without a terminal, output of a running program is printed only after this long without a line.
const QUIET: Duration = Duration::from_secs(30);

impl Progress {
    /// Progress of a run of `total` steps: a bar when standard error is a terminal, else lines.
    pub fn new(total: usize) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr_with_hz(4));
            let style = ProgressStyle::with_template("{bar:24} {pos}/{len}  {elapsed}  {wide_msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            // Once a second, so as not to interfere with a measurement.
            bar.enable_steady_tick(Duration::from_secs(1));
            bar
        });
        Self { total, bar, printed: Cell::new(Instant::now()) }
    }

    /// Prints one event.
    pub fn report(&self, event: Event) {
        let total = self.total;
        match event {
            Event::StoreWaits { holder } => self.line(&format!("waiting for another run (process {holder}) to finish")),
            Event::BuildWaits { holder } => {
                self.line(&format!("waiting for another build (process {holder}) to finish"))
            }
            Event::Building { programs } => self.message(&format!("building {programs}")),
            Event::Compiling { programs, name, number } => {
                if number == 1 {
                    self.line(&format!("building {programs}; a first build can take minutes"));
                }
                self.message(&format!("building {programs}: {name}"));
            }
            // No line for programs that were already built.
            Event::Built { took, .. } if took < Duration::from_secs(1) => {}
            Event::Built { programs, took } => self.line(&format!("built {programs} in {}", duration(took))),
            Event::Fresh { .. } | Event::Restored { .. } | Event::Outdated { .. } => self.advance(),
            Event::Stale { .. } => {}
            Event::Corrupt { step, reason, quarantined } => {
                self.line(&format!("corrupt: {step}: {reason}; quarantined as {}, made again", quarantined.display()));
            }
            Event::Started { step, left, .. } => self.message(&format!("{step}, about {} left", duration(left))),
            Event::Inside { step, printed, left } => {
                let text = format!("{step}: {printed}, about {} left", duration(left));
                match &self.bar {
                    Some(_) => self.message(&text),
                    None if self.is_quiet() => self.line(&text),
                    None => {}
                }
            }
            Event::Finished { step, number, took, left, printed } => {
                self.advance();
                let printed = printed.map(|printed| format!("  {printed}")).unwrap_or_default();
                self.line(&format!("[{number}/{total}] {step}  {}{printed}", duration(took)));
                self.message(&format!("about {} left", duration(left)));
            }
            Event::Replaced { step } => {
                self.line(&format!(
                    "warning: {step}: the result in the lock is lost or was not measured here; another result is used"
                ));
            }
            Event::Differs { step, what } => {
                self.line(&format!("warning: {step}: {what}; its program depends on something that is not in its key"))
            }
            Event::Failed { step: _, error } => self.line(&format!("failed: {error}")),
        }
    }

    /// Removes the bar.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// Prints a permanent line.
    pub fn line(&self, text: &str) {
        self.printed.set(Instant::now());
        match &self.bar {
            Some(bar) => bar.println(text),
            None => print_line(text),
        }
    }

    fn is_quiet(&self) -> bool {
        self.printed.get().elapsed() >= QUIET
    }

    fn message(&self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(text.to_owned());
        }
    }

    fn advance(&self) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
    }
}

/// Prints a line on standard error, without a bar.
pub fn print_line(text: &str) {
    // A closed standard error is not an error here.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// A duration in a readable unit.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 1.0 {
        format!("{:.0} ms", seconds * 1e3)
    } else if seconds < 9.95 {
        format!("{seconds:.1} s")
    } else if seconds < 99.5 {
        format!("{seconds:.0} s")
    } else if seconds < 5970.0 {
        format!("{:.0} min", seconds / 60.0)
    } else {
        format!("{:.1} h", seconds / 3600.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_terminal_program_output_is_printed_only_after_a_silence() {
        let before = |seconds: u64| Cell::new(Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap());
        let quiet = |printed: Cell<Instant>| Progress { total: 1, bar: None, printed }.is_quiet();
        assert!(!quiet(before(0)) && !quiet(before(28)) && quiet(before(30)));
    }

    #[test]
    fn durations_are_short_and_rounded() {
        let printed =
            [0.0421, 1.34, 12.6, 99.4, 150.0, 7200.0].map(|seconds| duration(Duration::from_secs_f64(seconds)));
        assert_eq!(printed, ["42 ms", "1.3 s", "13 s", "99 s", "2 min", "2.0 h"]);
    }
}
