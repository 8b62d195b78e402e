//! A point from the question to its record: the device's answer between two looks at the machine.

use anyhow::{Context, Result};
use results::{Outcome, Record, record};

use crate::device::{Device, simulated};
use crate::environment::moment::Moment;
use crate::environment::{Facts, commit, known, machine, program};
use crate::formula;
use crate::point::{self, Point};
use crate::{rail, supervisor};

/// Measures `point` and writes its record.
pub fn write(point: &Point) -> Result<()> {
    let record = measure(point)?;
    println!("{}", summary(&record));
    let path = point.output.join("record.json");
    let written = std::fs::create_dir_all(&point.output).map_err(anyhow::Error::from);
    written
        .and_then(|()| Ok(results::json::write(&path, &record)?))
        .with_context(|| format!("cannot write {}\nhint: give --output a folder that can be written", path.display()))
}

/// How the point ended, in a line for whoever watches.
fn summary(record: &Record) -> String {
    match &record.outcome {
        Outcome::Measured => match results::Point::of(record).time {
            Some(time) => format!("{:.1} ms an image, {} samples", time.value * 1e3, record.samples.len()),
            None => "no samples".to_owned(),
        },
        Outcome::OutOfMemory { reason } => format!("out of memory: {reason}"),
        Outcome::OutOfTime { reason } => format!("out of time: {reason}"),
        Outcome::Refused { reason } => format!("refused: {reason}"),
    }
}

fn measure(point: &Point) -> Result<Record> {
    let question = point.question()?;
    let (weights, measurement, power, environment) = match point.device {
        Device::Cpu => {
            if cfg!(not(feature = "flex")) {
                anyhow::bail!(
                    "this program was built without the feature flex and cannot measure the device cpu\n\
                     hint: cargo build --bin measure --features flex"
                );
            }
            let before = Moment::read(&point.procfs, &point.sysfs);
            let measurement = supervisor::measure(&question)?;
            let after = Moment::read(&point.procfs, &point.sysfs);
            let mut environment = program::facts();
            environment.extend(machine::facts(&point.procfs));
            environment.extend(before.facts_until(&after));
            environment.extend(commit::facts(std::path::Path::new(".")));
            let weights = format!("random, by formula from the seed, with gain {}", formula::GAIN);
            (weights, measurement, rail::power(), environment)
        }
        Device::Simulated => {
            let network = point::network(&question.network)?;
            let (measurement, power) = simulated::measure(&network, question.batch, question.seed, &question.protocol)?;
            // Of the machine at hand nothing: the answer is the same on every one.
            let environment = Facts::from([
                ("program".to_owned(), known(env!("CARGO_PKG_VERSION"))),
                ("board".to_owned(), known(crate::device::board::TX1.description)),
            ]);
            ("none: the model computes nothing".to_owned(), measurement, power, environment)
        }
    };
    Ok(Record {
        schema: record::SCHEMA,
        network: question.network,
        batch: question.batch,
        device: point.device.identity(&point.procfs),
        protocol: question.protocol,
        seed: question.seed,
        weights,
        outcome: measurement.outcome,
        first_run: measurement.first_run,
        warm_up: measurement.warm_up,
        samples: measurement.samples,
        memory: measurement.memory,
        power,
        environment,
    })
}
