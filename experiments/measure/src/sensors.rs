//! The command `sensors`: every power source of the machine with its rails, and which one would be read. Reads for a moment to see how
//! often values are renewed; measures no network.

mod text;

use std::io::Write;
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow};

use crate::environment::clock;
use crate::power::period;
use crate::power::sampler::Sampler;
use crate::rail;
use crate::rail::selection::{self, Selector};
use crate::rail::source::{Reading, Source};
use crate::roots::Roots;

/// What `--help` says last.
pub const HELP: &str = "\
Of each source: its rails, what they show now, the min step between two values, how often they are renewed, how right they are as \
far as anybody says, and whether they may be read. `*` marks the rails of its total.\n
Examples:
  measure sensors                                  what this machine has
  measure sensors --power rapl                     would this one do?
  measure sensors --power hwmon:ina226/power1      a rail of a source without a known total
  measure sensors --power meter:power.csv          a meter at the supply, by the log that its program writes
  measure sensors --power \"command:read-meter /dev/ttyUSB0\"   the same, by a program that prints\n
A meter's lines are `seconds watts`: Unix time and power, with a blank, comma, semicolon or tab between them; `#` begins a remark. They \
have to come while it is measured, within 3 s, by a clock that agrees with this machine's. `meter,accuracy=0.5:FILE` says that the \
meter is right to 0.5 %; without it nobody knows, and the budget says so.\n
The same values of --power are those of `measure point` and `cargo xtask reproduce`.";

/// Readings come as often as this, to see a renewal soon.
const INTERVAL: Duration = Duration::from_millis(5);

/// A look at the power sources.
#[derive(clap::Args)]
pub struct Sensors {
    /// Which source to use: auto, none, SOURCE, SOURCE/RAIL+RAIL, or an external meter: meter:FILE, command:LINE
    #[arg(long, value_name = "SOURCE", default_value = "auto")]
    power: Selector,
    /// Time for which each source is read
    #[arg(long, value_name = "SECONDS", default_value = "2")]
    seconds: f64,
    /// Where the kernel tells of the machine.
    #[command(flatten)]
    roots: Roots,
}

/// A source, and what was seen of it.
pub struct Seen {
    source: Source,
    /// Of each rail.
    rails: Vec<RailSeen>,
    /// Why it could not be opened, if so.
    failed: Option<String>,
}

/// What was seen of a rail.
#[derive(Clone, Debug, Default, PartialEq)]
struct RailSeen {
    /// The last value, or the power between the first and the last of a counter [W].
    now: Option<Result<f64, String>>,
    /// How often it is renewed [s].
    period: Option<f64>,
    /// The least difference between two values, one after the other [W or J].
    step: Option<f64>,
}

impl Sensors {
    /// Looks and prints.
    pub fn run(&self) -> Result<()> {
        let time = Duration::try_from_secs_f64(self.seconds).ok().filter(|time| time.as_secs() < 3600);
        let time = time
            .ok_or_else(|| anyhow!("{} is no duration\nhint: give --seconds a number from 0 to 3600", self.seconds))?;
        let found = rail::find_for(&self.power, &self.roots.sysfs).map_err(anyhow::Error::msg)?;
        let selection = selection::select(&found, &self.power).map_err(anyhow::Error::msg)?;
        let text = text::page(&look(&found, time), &selection);
        // Whoever closed standard output wants no more of it.
        std::io::stdout().lock().write_all(text.as_bytes()).ok();
        Ok(())
    }
}

/// The sources below `sysfs` in words, each read for so long, and what would be read; none where there is no source.
pub fn words(sysfs: &Path, time: Duration) -> Option<String> {
    let found = rail::find(sysfs);
    let selection = selection::select(&found, &Selector::Auto).ok()?;
    (!found.is_empty()).then(|| text::page(&look(&found, time), &selection))
}

/// Reads all sources at once for so long.
fn look(found: &[Source], time: Duration) -> Vec<Seen> {
    let start = |source: &Source| {
        let readings = rail::open(source)?;
        Sampler::start(readings, INTERVAL).map_err(|error| error.to_string())
    };
    let samplers: Vec<Result<Sampler, String>> = found.iter().map(start).collect();
    thread::sleep(time);
    let seen = |(source, sampler): (&Source, Result<Sampler, String>)| match sampler {
        Err(reason) => {
            Seen { rails: vec![RailSeen::default(); source.rails.len()], source: source.clone(), failed: Some(reason) }
        }
        Ok(sampler) => {
            let readings = sampler.between(0.0, clock::now().unwrap_or(f64::MAX));
            let rails = (0..source.rails.len()).map(|index| RailSeen::of(source, &readings, index));
            Seen { rails: rails.collect(), source: source.clone(), failed: None }
        }
    };
    found.iter().zip(samplers).map(seen).collect()
}

impl RailSeen {
    fn of(source: &Source, readings: &[Reading], index: usize) -> Self {
        use results::power::Quantity;
        let last = readings.iter().rev().find_map(|reading| Some((reading.at, reading.values.get(index)?)));
        let known: Vec<(f64, f64)> =
            readings.iter().filter_map(|reading| Some((reading.at, reading.value(index)?))).collect();
        let now = match (source.rails[index].access.quantity(), last) {
            (_, None) => None,
            (_, Some((_, Err(reason)))) => Some(Err(reason.clone())),
            (Quantity::Power, Some((_, Ok(watts)))) => Some(Ok(*watts)),
            (Quantity::Energy, Some(_)) => known.first().zip(known.last()).and_then(|((from, start), (to, end))| {
                let watts = (end - start) / (to - from);
                watts.is_finite().then_some(Ok(watts))
            }),
        };
        let steps = known.windows(2).map(|pair| (pair[1].1 - pair[0].1).abs()).filter(|step| *step > 0.0);
        let period = match source.pushes() {
            true => period::of_times(readings),
            false => period::of_rail(readings, index),
        };
        Self { now, period, step: steps.reduce(f64::min) }
    }
}
