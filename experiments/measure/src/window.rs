//! First run, warm-up and timed window of one process, according to its protocol. Independent of clocks, since passes report their times.
//! Independent of networks and devices.

use anyhow::Result;
use results::record::{End, Protocol, Warmth};
use results::statistics::{median, rank_interval};
use results::{Seconds, guard};

use crate::passes::Passes;

/// The result of a window. `L` is the state of the machine that is read before and after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Window<L> {
    /// Why the numbers must not be used, if so.
    pub refused: Option<String>,
    /// The first pass.
    pub first_run: Seconds,
    /// Every pass between the first run and the first sample.
    pub warm_up: Vec<Seconds>,
    /// Why the warm-up ended.
    pub warmth: Warmth,
    /// Every timed pass.
    pub samples: Vec<Seconds>,
    /// Why the samples ended.
    pub end: End,
    /// When the first sample began and the last one ended, by the clock of the passes [s].
    pub between: (f64, f64),
    /// State of the machine just before the first sample and just after the last.
    pub around: (L, L),
}

/// Runs the window. It takes at least `min`, even if the protocol would let it end: a power sensor may need that. Between passes
/// `report` is called with the stage, worded to follow "after 3 s, ". `look` reads the state of the machine.
pub fn run<L>(
    passes: &mut dyn Passes,
    protocol: &Protocol,
    min: Seconds,
    report: &mut dyn FnMut(&str),
    look: &mut dyn FnMut() -> L,
) -> Result<Window<L>> {
    let mut timed = Timed { passes, last_end: f64::NEG_INFINITY, refused: None };
    report("in the first run");
    let first_run = timed.pass()?;
    let mut warm_up = Series::default();
    let warmth = loop {
        if let Some(warmth) = warmth(&mut warm_up, protocol) {
            break warmth;
        }
        report(&format!("in the warm-up, after {} passes", warm_up.times.len()));
        warm_up.add(timed.pass()?);
    };
    let logits = timed.passes.logits()?;
    let mut samples = Series::default();
    let before = look();
    let mut began = None;
    let end = loop {
        if samples.total >= min.0
            && let Some(end) = end(&mut samples, protocol)
        {
            break end;
        }
        report(&format!("in the timed window, after {} samples", samples.times.len()));
        samples.add(timed.pass()?);
        began = began.or(Some(timed.last_end - samples.total));
    };
    let around = (before, look());
    let between = (began.unwrap_or(timed.last_end), timed.last_end);
    let refused = timed.refused.take().or(guard::logits(&logits, &timed.passes.logits()?));
    let (warm_up, samples) = (warm_up.times, samples.times);
    Ok(Window { refused, first_run, warm_up, warmth, samples, end, between, around })
}

/// Passes, with a check that their times follow each other.
struct Timed<'a> {
    passes: &'a mut dyn Passes,
    last_end: f64,
    refused: Option<String>,
}

impl Timed<'_> {
    fn pass(&mut self) -> Result<Seconds> {
        let pass = self.passes.pass()?;
        // Only the first reason is kept.
        self.refused = self.refused.take().or_else(|| guard::clock(self.last_end, pass.began, pass.ended));
        self.last_end = pass.ended;
        Ok(Seconds(pass.ended - pass.began))
    }
}

impl<L> Window<L> {
    /// From the beginning of the first sample to the end of the last.
    pub fn wall(&self) -> Seconds {
        Seconds(self.between.1 - self.between.0)
    }
}

/// Times of passes, their sum, and the number of them at which the next check is due.
#[derive(Default)]
struct Series {
    times: Vec<Seconds>,
    total: f64,
    due: usize,
}

impl Series {
    fn add(&mut self, time: Seconds) {
        self.times.push(time);
        self.total += time.0;
    }

    /// True whenever the number has grown by an eighth since the last time: sorting takes longer than a short pass.
    fn is_due(&mut self) -> bool {
        let is_due = self.times.len() >= self.due;
        if is_due {
            self.due = self.times.len() + (self.times.len() / 8).max(1);
        }
        is_due
    }
}

/// Whether the warm-up is over, and why.
fn warmth(warm_up: &mut Series, protocol: &Protocol) -> Option<Warmth> {
    if warm_up.times.len() < protocol.warm_up_runs as usize || warm_up.total < protocol.warm_up_seconds {
        return None;
    }
    if warm_up.is_due() && is_steady(&warm_up.times, protocol.steady_percent / 100.0) {
        return Some(Warmth::Steady);
    }
    (warm_up.total >= protocol.warm_up_limit_seconds).then_some(Warmth::TimeOver)
}

/// Whether the medians of the last third of the passes and of the third before it agree within `share`. Thirds grow with the
/// warm-up, so that neither its beginning nor two lucky passes decide.
fn is_steady(passes: &[Seconds], share: f64) -> bool {
    let third = passes.len().div_ceil(3);
    let times: Vec<f64> = passes.iter().rev().map(|seconds| seconds.0).collect();
    let (Some(last), Some(before)) = (times.get(..third), times.get(third..2 * third)) else { return false };
    let medians = median(last).zip(median(before));
    medians.is_some_and(|(last, before)| (last - before).abs() <= share * last.min(before))
}

/// Whether the window is over, and why.
fn end(samples: &mut Series, protocol: &Protocol) -> Option<End> {
    let (count, time) = (samples.times.len(), samples.total);
    let at_least = |number: u32| count >= number as usize;
    if !at_least(protocol.min_samples) {
        return None;
    }
    let is_long = at_least(protocol.samples) && time >= protocol.window_seconds;
    if is_long && samples.is_due() && is_precise(&samples.times, protocol.width_percent / 100.0) {
        return Some(End::Precise);
    }
    match (at_least(protocol.max_samples), time >= protocol.enough_seconds) {
        (true, _) => Some(End::Max),
        (false, true) => Some(End::Enough),
        (false, false) => None,
    }
}

/// Whether the interval of the median is no wider than `share` of it.
fn is_precise(samples: &[Seconds], share: f64) -> bool {
    let times: Vec<f64> = samples.iter().map(|seconds| seconds.0).collect();
    let interval = rank_interval(&times).zip(median(&times));
    interval.is_some_and(|((low, high), median)| high - low <= share * median)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passes::Pass;

    /// Passes of given durations, of which the last repeats; logits by the number of passes.
    struct Script {
        durations: Vec<f64>,
        made: usize,
        now: f64,
        logits: fn(usize) -> Vec<f32>,
    }

    impl Passes for Script {
        fn pass(&mut self) -> Result<Pass> {
            let last = self.durations.len() - 1;
            self.made += 1;
            let began = self.now;
            self.now += self.durations[(self.made - 1).min(last)];
            Ok(Pass { began, ended: self.now })
        }

        fn logits(&mut self) -> Result<Vec<f32>> {
            Ok((self.logits)(self.made))
        }
    }

    fn protocol() -> Protocol {
        Protocol {
            name: String::new(),
            processes: 1,
            warm_up_runs: 2,
            warm_up_seconds: 10.0,
            steady_percent: 2.0,
            warm_up_limit_seconds: 40.0,
            samples: 5,
            window_seconds: 8.0,
            width_percent: 5.0,
            max_samples: 12,
            min_samples: 3,
            enough_seconds: 20.0,
            limit_seconds: 100.0,
            ..Protocol::default()
        }
    }

    fn window(durations: &[f64], logits: fn(usize) -> Vec<f32>) -> Window<usize> {
        window_of(durations, logits, 0.0)
    }

    fn window_of(durations: &[f64], logits: fn(usize) -> Vec<f32>, min: f64) -> Window<usize> {
        let mut script = Script { durations: durations.to_vec(), made: 0, now: 0.0, logits };
        let mut looks = 0;
        let mut look = || {
            looks += 1;
            looks
        };
        run(&mut script, &protocol(), Seconds(min), &mut |_| (), &mut look).expect("no pass fails")
    }

    fn counts(durations: &[f64]) -> (usize, Warmth, usize, End) {
        let window = window(durations, |_| vec![1.0]);
        (window.warm_up.len(), window.warmth, window.samples.len(), window.end)
    }

    #[test]
    fn the_first_run_is_not_part_of_the_warm_up() {
        let window = window(&[7.0, 1.0, 2.0, 3.0], |_| vec![1.0]);
        assert_eq!(window.first_run, Seconds(7.0));
        assert_eq!(window.warm_up[..3], [Seconds(1.0), Seconds(2.0), Seconds(3.0)]);
    }

    #[test]
    fn the_warm_up_has_its_minimum_passes_and_duration() {
        assert_eq!(counts(&[1.0]).0, 10);
        assert_eq!(counts(&[30.0]).0, 2);
    }

    #[test]
    fn the_warm_up_continues_until_its_last_medians_agree() {
        // After five passes of 2 s the last two thirds agree; a network that still speeds up at that time continues.
        assert_eq!(counts(&[2.0]).0, 5);
        let (passes, warmth, ..) = counts(&[9.0, 5.0, 4.0, 3.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0]);
        assert_eq!(warmth, Warmth::Steady);
        assert!((8..=11).contains(&passes), "{passes}");
    }

    #[test]
    fn a_warm_up_whose_medians_never_agree_ends_at_its_limit() {
        let falling: Vec<f64> = (0..200).map(|pass| 3.0 * 0.97_f64.powi(pass)).collect();
        let (_, warmth, ..) = counts(&falling);
        assert_eq!(warmth, Warmth::TimeOver);
    }

    #[test]
    fn samples_end_when_precise_or_at_their_maximum_or_after_enough_time() {
        // The interval of a median needs six samples.
        assert_eq!((counts(&[2.0]).2, counts(&[2.0]).3), (6, End::Precise));
        assert_eq!((counts(&[1.0]).2, counts(&[1.0]).3), (8, End::Precise));
        assert_eq!((counts(&[0.1]).2, counts(&[0.1]).3), (12, End::Max));
        assert_eq!((counts(&[8.0]).2, counts(&[8.0]).3), (3, End::Enough));
        // Also very slow passes give the minimum samples.
        assert_eq!(counts(&[1000.0]).2, 3);
    }

    #[test]
    fn a_window_for_power_continues_beyond_its_maximum_samples() {
        let longer = window_of(&[0.1], |_| vec![1.0], 30.0);
        assert!((300..=302).contains(&longer.samples.len()) && longer.end == End::Precise, "{}", longer.samples.len());
        assert_eq!(window_of(&[2.0], |_| vec![1.0], 5.0).samples.len(), 6);
    }

    #[test]
    fn scattered_samples_continue_to_their_maximum() {
        let scattered: Vec<f64> = (0..200).map(|pass| if pass % 2 == 0 { 1.0 } else { 1.5 }).collect();
        let (_, _, samples, end) = counts(&scattered);
        assert_eq!((samples, end), (12, End::Max));
    }

    #[test]
    fn the_state_of_the_machine_is_read_just_around_the_samples() {
        let window = window(&[2.0], |_| vec![1.0]);
        assert_eq!((window.around, window.wall()), ((1, 2), Seconds(12.0)));
    }

    #[test]
    fn logits_that_change_are_refused() {
        assert_eq!(window(&[1.0], |_| vec![0.5, -2.0]).refused, None);
        let refused = window(&[1.0], |made| vec![made as f32]).refused;
        assert!(refused.is_some_and(|reason| reason.starts_with("logits changed")));
    }

    #[test]
    fn a_clock_that_goes_backwards_is_refused_in_every_stage() {
        for index in [0, 2, 14] {
            let mut durations = vec![1.0; 40];
            durations[index] = -0.5;
            let refused = window(&durations, |_| vec![1.0]).refused;
            assert!(refused.is_some_and(|reason| reason.starts_with("the clock went backwards")), "{index}");
        }
    }

    #[test]
    fn progress_is_reported_between_passes() {
        let mut stages = Vec::new();
        let mut script = Script { durations: vec![8.0], made: 0, now: 0.0, logits: |_| vec![] };
        run(&mut script, &protocol(), Seconds(0.0), &mut |stage| stages.push(stage.to_owned()), &mut || ())
            .expect("no pass fails");
        assert_eq!(stages[..2], ["in the first run", "in the warm-up, after 0 passes"]);
        assert_eq!(stages.last().map(String::as_str), Some("in the timed window, after 2 samples"));
    }
}
