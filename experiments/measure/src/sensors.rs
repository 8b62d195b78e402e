//! The command `sensors`: every power source of the machine with its rails, and the one that would be selected. Reads
//! for a moment to find the update periods; measures no network.

mod text;

use std::io::Write;
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow};

use crate::device::Device;
use crate::environment::clock;
use crate::power::period;
use crate::power::sampler::Sampler;
use crate::rail;
use crate::rail::computes::Computes;
use crate::rail::selection::{self, Selector};
use crate::rail::source::{Reading, Source};
use crate::roots::Roots;

/// The end of `--help`.
pub const HELP: &str = "\
For each rail of a source: its present value, the smallest step between two values, the update period, the accuracy where it \
is known, and whether it is readable. `*` marks the rails of the total. Two chips of one name have their places in their \
names, without the numbers that the kernel gives them: hwmon:ina226@fe804000.i2c:0040.\n
Examples:
  measure sensors                                  all sources of this machine
  measure sensors --device vulkan                  the source for a point on a graphics processor
  measure sensors --power rapl                     whether this source can be used
  measure sensors --power hwmon:ina226/power1      a rail of a source without a known total
  measure sensors --power meter:power.csv          a meter at the supply, through the log of its program
  measure sensors --power \"command:read-meter /dev/ttyUSB0\"   the same, through a program that prints\n
A meter gives lines of `seconds watts`: Unix time and power, separated by a blank, comma, semicolon or tab; `#` starts a \
comment, and column names may come first. A unit may follow the power (W, mW, kW). Each line must arrive within 3 s of its \
time, and the meter's clock must agree with this machine's. A line that could mean two powers is refused.\n
Options of a meter, as in meter,accuracy=0.5,decimal=comma:FILE:
  accuracy=PERCENT       as its manual states; without it, the uncertainty budget lists the accuracy as unknown
  decimal=comma|point    where a comma could also separate thousands
  column=N               which column is the power, where there are more than two; the first is the time\n
`measure point` and `cargo xtask reproduce` accept the same values of --power.";

/// The time between two readings, short enough to notice updates.
const INTERVAL: Duration = Duration::from_millis(5);

/// The arguments of `sensors`.
#[derive(clap::Args)]
pub struct Sensors {
    /// Power source to select: auto, none, SOURCE, SOURCE/RAIL+RAIL, meter:FILE or command:LINE
    #[arg(long, value_name = "SOURCE", default_value = "auto")]
    power: Selector,
    /// Device that computes: a graphics processor is measured by its own sensor or by a source that contains it
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    device: Device,
    /// Time to read each source for
    #[arg(long, value_name = "SECONDS", default_value = "2")]
    seconds: f64,
    /// Where the kernel exposes the machine.
    #[command(flatten)]
    roots: Roots,
}

/// A source with what was observed.
pub struct Observed {
    source: Source,
    /// One for each rail.
    rails: Vec<ObservedRail>,
    /// Why it could not be opened, if so.
    failed: Option<String>,
}

/// What was observed of a rail.
#[derive(Clone, Debug, Default, PartialEq)]
struct ObservedRail {
    /// The last value, or for a counter the power between its first and last value [W].
    now: Option<Result<f64, String>>,
    /// The update period [s].
    period: Option<f64>,
    /// The smallest difference between two successive values [W or J].
    step: Option<f64>,
}

impl Sensors {
    /// Reads all sources and prints them.
    pub fn run(&self) -> Result<()> {
        let time = Duration::try_from_secs_f64(self.seconds).ok().filter(|time| time.as_secs() < 3600);
        let time = time.ok_or_else(|| {
            anyhow!("{} is not a duration\nhint: give --seconds a number from 0 to 3600", self.seconds)
        })?;
        let found = rail::find_for(&self.power, &self.roots.sysfs).map_err(anyhow::Error::msg)?;
        let selection = selection::select(&found, &self.power, &Computes::of(self.device, &self.roots.sysfs))
            .map_err(anyhow::Error::msg)?;
        let text = text::page(&observe(&found, time), &selection);
        // A closed standard output is not an error.
        std::io::stdout().lock().write_all(text.as_bytes()).ok();
        Ok(())
    }
}

/// The sources below `sysfs` as text, each read for `time`, and the one that would be selected for the device. `None`
/// where there is no source.
pub fn summary(sysfs: &Path, device: Device, time: Duration) -> Option<String> {
    let found = rail::find(sysfs);
    let selection = selection::select(&found, &Selector::Auto, &Computes::of(device, sysfs)).ok()?;
    (!found.is_empty()).then(|| text::page(&observe(&found, time), &selection))
}

/// Reads all sources concurrently for `time`.
fn observe(found: &[Source], time: Duration) -> Vec<Observed> {
    let start = |source: &Source| {
        let readings = rail::open(source)?;
        Sampler::start(readings, INTERVAL).map_err(|error| error.to_string())
    };
    let samplers: Vec<Result<Sampler, String>> = found.iter().map(start).collect();
    thread::sleep(time);
    let seen = |(source, sampler): (&Source, Result<Sampler, String>)| match sampler {
        Err(reason) => Observed {
            rails: vec![ObservedRail::default(); source.rails.len()],
            source: source.clone(),
            failed: Some(reason),
        },
        Ok(sampler) => {
            let readings = sampler.between(0.0, clock::now().unwrap_or(f64::MAX));
            let rails = (0..source.rails.len()).map(|index| ObservedRail::of(source, &readings, index));
            Observed { rails: rails.collect(), source: source.clone(), failed: None }
        }
    };
    found.iter().zip(samplers).map(seen).collect()
}

impl ObservedRail {
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
