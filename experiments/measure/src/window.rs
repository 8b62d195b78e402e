//! First run, warm-up and timed window of one point, as its protocol wants them. Knows no clock: it counts what the passes
//! say they took. Knows no network and no device.

use anyhow::Result;
use results::{Outcome, Protocol, Seconds};

use crate::passes::Passes;

/// Two runs of one network on one input may differ by rounding only: this share of the largest logit.
const EQUAL: f32 = 1e-4;

/// What came out of a window.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// [`Outcome::Measured`], or [`Outcome::Refused`] when the logits are not to be trusted.
    pub outcome: Outcome,
    /// The first pass.
    pub first_run: Seconds,
    /// Every pass between the first and the first sample.
    pub warm_up: Vec<Seconds>,
    /// Every timed pass.
    pub samples: Vec<Seconds>,
}

/// Runs the window. `report` is told between passes how far it is, in words that follow "after 3 s, ".
pub fn run(passes: &mut dyn Passes, protocol: &Protocol, report: &mut dyn FnMut(&str)) -> Result<Window> {
    report("in the first run");
    let first_run = passes.pass()?;
    let mut warm_up = Vec::new();
    while !is_warm(&warm_up, protocol) {
        report(&format!("in the warm-up, after {} passes", warm_up.len()));
        warm_up.push(passes.pass()?);
    }
    let before = passes.logits()?;
    let mut samples = Vec::new();
    while !is_enough(&samples, protocol) {
        report(&format!("in the timed window, after {} samples", samples.len()));
        samples.push(passes.pass()?);
    }
    let outcome = judge(&before, &passes.logits()?);
    Ok(Window { outcome, first_run, warm_up, samples })
}

/// Whether the warm-up is over.
fn is_warm(warm_up: &[Seconds], protocol: &Protocol) -> bool {
    warm_up.len() >= protocol.warm_up_runs as usize && total(warm_up) >= protocol.warm_up_seconds
}

/// Whether the window is over.
fn is_enough(samples: &[Seconds], protocol: &Protocol) -> bool {
    let (count, time) = (samples.len(), total(samples));
    let at_least = |number: u32| count >= number as usize;
    (at_least(protocol.samples) && time >= protocol.window_seconds)
        || (at_least(protocol.least_samples) && (at_least(protocol.most_samples) || time >= protocol.enough_seconds))
}

fn total(passes: &[Seconds]) -> f64 {
    passes.iter().map(|seconds| seconds.0).sum()
}

/// A device that failed silently shows in its logits: some are not finite, or they changed.
fn judge(before: &[f32], after: &[f32]) -> Outcome {
    let refused = |reason: String| Outcome::Refused { reason };
    if before.len() != after.len() {
        return refused(format!("{} logits in the warm-up, {} after the samples", before.len(), after.len()));
    }
    if let Some(index) = before.iter().chain(after).position(|logit| !logit.is_finite()) {
        return refused(format!("logit {} is not finite", index % before.len()));
    }
    let largest = before.iter().fold(0.0_f32, |largest, logit| largest.max(logit.abs()));
    let apart = before.iter().zip(after).fold(0.0_f32, |apart, (before, after)| apart.max((before - after).abs()));
    if apart > EQUAL * largest {
        return refused(format!(
            "logits changed by {apart:e} between warm-up and last sample, the largest is {largest:e}"
        ));
    }
    Outcome::Measured
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Passes of given durations, then the last for ever; logits by the number of passes made.
    struct Script {
        durations: Vec<f64>,
        made: usize,
        logits: fn(usize) -> Vec<f32>,
    }

    impl Passes for Script {
        fn pass(&mut self) -> Result<Seconds> {
            let last = self.durations.len() - 1;
            self.made += 1;
            Ok(Seconds(self.durations[(self.made - 1).min(last)]))
        }

        fn logits(&mut self) -> Result<Vec<f32>> {
            Ok((self.logits)(self.made))
        }
    }

    const PROTOCOL: Protocol = Protocol {
        name: String::new(),
        warm_up_runs: 2,
        warm_up_seconds: 10.0,
        samples: 5,
        window_seconds: 8.0,
        most_samples: 12,
        least_samples: 3,
        enough_seconds: 20.0,
        limit_seconds: 100.0,
    };

    fn window(durations: &[f64], logits: fn(usize) -> Vec<f32>) -> Window {
        let mut script = Script { durations: durations.to_vec(), made: 0, logits };
        run(&mut script, &PROTOCOL, &mut |_| ()).expect("no pass fails")
    }

    fn counts(durations: &[f64]) -> (usize, usize) {
        let window = window(durations, |_| vec![1.0]);
        (window.warm_up.len(), window.samples.len())
    }

    #[test]
    fn the_first_run_stands_apart() {
        let window = window(&[7.0, 1.0, 2.0, 3.0], |_| vec![1.0]);
        assert_eq!(window.first_run, Seconds(7.0));
        assert_eq!(window.warm_up[..3], [Seconds(1.0), Seconds(2.0), Seconds(3.0)]);
        assert_eq!((window.warm_up.len(), window.samples[0]), (5, Seconds(3.0)));
    }

    #[test]
    fn warm_up_takes_its_runs_and_its_time() {
        assert_eq!(counts(&[1.0]).0, 10);
        assert_eq!(counts(&[30.0]).0, 2);
    }

    #[test]
    fn samples_end_with_count_and_window_or_with_most_or_with_enough_time() {
        // Five samples of 2 s cover 8 s; of 1 s it takes eight; of 0.1 s the most are reached; of 8 s three are enough.
        assert_eq!([2.0, 1.0, 0.1, 8.0].map(|duration| counts(&[duration]).1), [5, 8, 12, 3]);
        // However slow, there are the least samples.
        assert_eq!(counts(&[1000.0]).1, 3);
    }

    #[test]
    fn logits_that_change_or_are_not_finite_are_refused() {
        let outcome = |logits| window(&[1.0], logits).outcome;
        assert_eq!(outcome(|_| vec![0.5, -2.0]), Outcome::Measured);
        assert_eq!(outcome(|_| vec![]), Outcome::Measured);
        for logits in
            [(|made| vec![made as f32]) as fn(usize) -> Vec<f32>, |_| vec![1.0, f32::NAN], |made| vec![1.0; made]]
        {
            assert!(matches!(outcome(logits), Outcome::Refused { .. }));
        }
    }

    #[test]
    fn progress_is_told_between_passes() {
        let mut told = Vec::new();
        let mut script = Script { durations: vec![8.0], made: 0, logits: |_| vec![] };
        run(&mut script, &PROTOCOL, &mut |text| told.push(text.to_owned())).expect("no pass fails");
        assert_eq!(told[..2], ["in the first run", "in the warm-up, after 0 passes"]);
        assert_eq!(told.last().map(String::as_str), Some("in the timed window, after 2 samples"));
    }
}
