//! A point from the question to its record: what the device reaches at most, then the processes of the point, between two looks
//! at the machine.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use networks::Network;
use results::record::SCHEMA;
use results::{DeviceIdentity, Outcome, Power, Record, guard};

use crate::device::{Device, buffers, simulated};
use crate::environment::moment::Moment;
use crate::environment::{self, Observations, known};
use crate::implied;
use crate::measured::Measured;
use crate::point::{self, Point, Question};
use crate::supervisor::{self, Ended};
use crate::worker::{Answer, Task};
use crate::{formula, rail};

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
            Some(time) => {
                let samples = record.samples().map(<[_]>::len).sum::<usize>();
                format!("{:.1} ms an image, {samples} samples{}", time.value * 1e3, of_power(&record.power))
            }
            None => "no samples".to_owned(),
        },
        Outcome::OutOfMemory { reason } => format!("out of memory: {reason}"),
        Outcome::OutOfTime { reason } => format!("out of time: {reason}"),
        Outcome::Refused { reason } => format!("refused: {reason}"),
        Outcome::Implied { reason, .. } => format!("not tried: {reason}"),
        Outcome::Skipped { reason } => format!("left out: {reason}"),
    }
}

/// What is known of power, after the rest of the summary; nothing of a machine without a sensor.
fn of_power(power: &Power) -> String {
    match power {
        Power::Measured { watched } => {
            format!(", {:.2} ± {:.2} W net", watched.budget.net(), watched.budget.half_width())
        }
        Power::BelowResolution { .. } => ", net power below the sensor's resolution".to_owned(),
        Power::Unusable { source, reason } => format!(", no power: {source}: {reason}"),
        Power::NotReadable { source, reason, .. } => format!(", no power: {source}: present, not readable: {reason}"),
        Power::NotChosen { .. } | Power::NoSensor => String::new(),
    }
}

fn measure(point: &Point) -> Result<Record> {
    let question = point.question()?;
    let network = point::network(&question.network)?;
    let device = point.device.identity(point.precision, &point.roots.procfs)?;
    let per_image = networks::macs(&network)?.checked_mul(2);
    let operations = per_image.and_then(|operations| operations.checked_mul(u64::from(question.batch)));
    let operations =
        operations.with_context(|| format!("a batch of {} images has too many operations", question.batch))?;
    let (weights, mut measured, environment) = match point.device {
        Device::Cpu | Device::CpuBurn | Device::Vulkan(_) | Device::Cuda(_) => {
            point.device.check_built()?;
            let before = Moment::read(&point.roots.procfs, &point.roots.sysfs);
            let mut measured = on_the_device(point, &question, &network, &device)?;
            raise_peak_rates(&mut measured, &question, operations)?;
            let after = Moment::read(&point.roots.procfs, &point.roots.sysfs);
            let weights = format!("random, by formula from the seed, with gain {}", formula::GAIN);
            let facts = facts(&question, measured.threads, &before, &after);
            (weights, measured, facts)
        }
        Device::Simulated => {
            let measured = simulated::measure(&network, question.batch, question.seed, &question.protocol)?;
            // Of the machine at hand nothing: the answer is the same on every one.
            let environment = Observations::from([
                ("program".to_owned(), known(env!("CARGO_PKG_VERSION"))),
                ("board".to_owned(), known(crate::device::board::TX1.description)),
            ]);
            ("none: the model computes nothing".to_owned(), measured, environment)
        }
    };
    judge(&mut measured, operations);
    let Measured { outcome, peak_rates, processes, power, threads: _ } = measured;
    let Question { network, batch, seed, protocol, .. } = question;
    Ok(Record {
        schema: SCHEMA,
        network,
        batch,
        device,
        protocol,
        seed,
        weights,
        outcome,
        operations,
        peak_rates,
        processes,
        power,
        environment,
    })
}

/// Refuses a point that was faster than its device can be.
fn judge(measured: &mut Measured, operations: u64) {
    if let (Outcome::Measured, Some(peak_rates)) = (&measured.outcome, &measured.peak_rates)
        && let Some(reason) = guard::fastest(operations, peak_rates, &measured.processes)
    {
        measured.outcome = Outcome::Refused { reason };
    }
}

/// Measures the ceiling again while passes seem faster than it: what else the machine did may have slowed the product benchmark
/// down, and nothing makes it too fast.
fn raise_peak_rates(measured: &mut Measured, question: &Question, operations: u64) -> Result<()> {
    const MAX_TIMES: usize = 3;
    for _ in 0..MAX_TIMES {
        let Some(peak_rates) = &measured.peak_rates else { return Ok(()) };
        if guard::fastest(operations, peak_rates, &measured.processes).is_none() {
            return Ok(());
        }
        let limit = Duration::try_from_secs_f64(question.protocol.limit_seconds).unwrap_or(Duration::MAX);
        let again = supervisor::ask(
            &Task::PeakRates(question.device, question.precision),
            limit,
            &question.procfs,
            &mut |stage| println!("again {stage}"),
        )?;
        let Ended::Answered(Answer::PeakRates(again)) = again else { return Ok(()) };
        measured.peak_rates = measured.peak_rates.take().map(|peak_rates| peak_rates.or_better(again));
    }
    Ok(())
}

/// What is known of the machine, with the limit that the processes had and the threads that computed.
fn facts(question: &Question, threads: Option<u32>, before: &Moment, after: &Moment) -> Observations {
    let mut facts =
        environment::observations(&question.procfs, &question.sysfs, question.device.facts(), before, after);
    let limit = question.memory_limit.map(|limit| limit.0);
    let limit = limit.ok_or_else(|| "the machine does not tell what is available, so there was none".to_owned());
    facts.insert(environment::THREADS.to_owned(), environment::threads(threads, question.device));
    facts.insert(implied::LIMIT.to_owned(), environment::observation(limit));
    facts
}

/// The processes of a point, unless a smaller batch speaks for it.
fn on_the_device(point: &Point, question: &Question, network: &Network, device: &DeviceIdentity) -> Result<Measured> {
    if let Some(input) = point.input.as_deref()
        && let Some(outcome) = implied::outcome(question, network, device, input)?
    {
        return Ok(Measured::nothing(outcome));
    }
    if let Some(max) = point.device.largest_buffer()?
        && let Some(reason) = buffers::refusal(network, question.batch, max)?
    {
        return Ok(Measured::nothing(Outcome::OutOfMemory { reason }));
    }
    let limit = Duration::try_from_secs_f64(question.protocol.limit_seconds).unwrap_or(Duration::MAX);
    let start = Instant::now();
    let out_of_time = |stage: &str| {
        let reason = format!("after {} s, {stage}", question.protocol.limit_seconds);
        Outcome::OutOfTime { reason }
    };
    let ask = |task: &Task, of: &str| {
        let left = limit.saturating_sub(start.elapsed());
        supervisor::ask(task, left, &question.procfs, &mut |stage| println!("{of}{stage}"))
    };
    // Before the product benchmark, which shows how often the sensor is renewed.
    let mut watch = rail::watch(&point.power, &point.roots.sysfs).map_err(anyhow::Error::msg)?;
    let peak_rates = match ask(&Task::PeakRates(question.device, question.precision), "")? {
        Ended::Answered(Answer::PeakRates(peak_rates)) => peak_rates,
        Ended::Answered(_) => bail!("the process that computes answered something else"),
        Ended::OutOfTime { stage } => return Ok(Measured::nothing(out_of_time(&stage))),
        Ended::Failed { reason } => return Ok(Measured::nothing(Outcome::Refused { reason })),
        Ended::OutOfMemory { reason } => return Ok(Measured::nothing(Outcome::OutOfMemory { reason })),
    };
    let mut measured = Measured { peak_rates: Some(peak_rates), ..Measured::nothing(Outcome::Measured) };
    let mut windows = Vec::new();
    let all = question.protocol.processes;
    for number in 1..=all {
        let of = if all > 1 { format!("process {number} of {all}, ") } else { String::new() };
        let mut question = question.clone();
        if let Ok(watch) = &mut watch {
            println!("{of}at rest, for its power");
            watch.record_idle(&question.protocol)?;
            question.min_window = watch.min_window(&question.protocol);
        }
        measured.outcome = match ask(&Task::Process(question), &of)? {
            Ended::Answered(Answer::Process(answer)) => {
                measured.processes.push(answer.process);
                windows.push(answer.window);
                measured.threads = answer.threads;
                match answer.refused {
                    Some(reason) => Outcome::Refused { reason },
                    None => Outcome::Measured,
                }
            }
            Ended::Answered(_) => bail!("the process that computes answered something else"),
            Ended::OutOfTime { stage } => out_of_time(&format!("{of}{stage}")),
            Ended::Failed { reason } => Outcome::Refused { reason },
            Ended::OutOfMemory { reason } => Outcome::OutOfMemory { reason },
        };
        if measured.outcome != Outcome::Measured {
            break;
        }
    }
    measured.power = match watch {
        Err(state) => state,
        Ok(watch) if measured.outcome != Outcome::Measured => watch.unfinished(),
        Ok(mut watch) => {
            println!("at rest again, for its power");
            watch.record_idle(&question.protocol)?;
            watch.end(&windows, &question.protocol)?
        }
    };
    Ok(measured)
}

#[cfg(test)]
mod tests {
    use super::*;
    use results::Protocol;

    #[test]
    fn a_point_with_one_pass_that_nobody_waited_for_is_refused() {
        let protocol = Protocol {
            processes: 2,
            warm_up_runs: 1,
            samples: 5,
            max_samples: 5,
            min_samples: 5,
            ..Protocol::default()
        };
        let network = point::network("alexnet").expect("it is known");
        let operations = 2 * networks::macs(&network).expect("it fits");
        let mut measured = simulated::measure(&network, 1, 1, &protocol).expect("the model has an answer");
        judge(&mut measured, operations);
        assert_eq!(measured.outcome, Outcome::Measured);
        // 1.4 G operations in 0.1 ms: what a clock shows that is stopped before the device has finished.
        measured.processes[1].samples[3] = results::Seconds(1e-4);
        judge(&mut measured, operations);
        let Outcome::Refused { reason } = &measured.outcome else { panic!("{:?}", measured.outcome) };
        assert!(reason.starts_with("14488.1 G operations a second in the fastest pass"), "{reason}");
        assert_eq!(measured.processes.len(), 2);
    }
}
