//! Measures a point and writes its record: the peak rates of the device, then the processes of the point. The state of the machine is
//! read before and after.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use networks::Network;
use results::record::SCHEMA;
use results::{DeviceIdentity, Outcome, Power, Record, guard};

use crate::device::{Device, buffers, simulated};
use crate::environment::moment::Moment;
use crate::environment::{self, Observations, known};
use crate::implied;
use crate::measured::Measurements;
use crate::point::{Parameters, Point};
use crate::rail::computes::Computes;
use crate::supervisor::{self, Ended};
use crate::worker::{Response, Task};
use crate::workload::Workload;
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

/// How the point ended, in one line.
fn summary(record: &Record) -> String {
    match &record.outcome {
        Outcome::Measured => match results::Point::of(record).time {
            Some(time) => {
                let samples = record.samples().map(<[_]>::len).sum::<usize>();
                format!("{:.1} ms per image, {samples} samples{}", time.value * 1e3, of_power(&record.power))
            }
            None => "no samples".to_owned(),
        },
        Outcome::OutOfMemory { reason } => format!("out of memory: {reason}"),
        Outcome::OutOfTime { reason } => format!("out of time: {reason}"),
        Outcome::Refused { reason } => format!("refused: {reason}"),
        Outcome::Implied { reason, .. } => format!("not tried: {reason}"),
        Outcome::Skipped { reason } => format!("skipped: {reason}"),
    }
}

/// The power in the summary; empty on a machine without a sensor.
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
    let parameters = point.parameters()?;
    let Workload { device, precision, batch, seed, .. } = parameters.workload;
    let network = parameters.workload.network()?;
    let identity = device.identity(precision, &parameters.procfs)?;
    let per_image = networks::macs(&network)?.checked_mul(2);
    let operations = per_image.and_then(|operations| operations.checked_mul(u64::from(batch)));
    let operations = operations.with_context(|| format!("a batch of {batch} images has too many operations"))?;
    let (weights, mut measurements, environment) = match device {
        Device::Cpu | Device::CpuBurn | Device::CpuOnnxruntime | Device::Vulkan(_) | Device::Cuda(_) => {
            device.check_built()?;
            let before = Moment::read(&parameters.procfs, &parameters.sysfs);
            let mut measurements = on_the_device(point, &parameters, &network, &identity)?;
            raise_peak_rates(&mut measurements, &parameters, operations, (&parameters.procfs, &point.output))?;
            let after = Moment::read(&parameters.procfs, &parameters.sysfs);
            let weights = format!("random, by formula from the seed, with gain {}", formula::GAIN);
            let observations = observations(&parameters, measurements.threads, &before, &after);
            (weights, measurements, observations)
        }
        Device::Simulated => {
            let measurements = simulated::measure(&network, batch, seed, &parameters.protocol)?;
            // Nothing about this machine: the record is the same on every machine.
            let environment = Observations::from([
                ("program".to_owned(), known(env!("CARGO_PKG_VERSION"))),
                ("board".to_owned(), known(crate::device::board::TX1.description)),
            ]);
            ("none: the model computes nothing".to_owned(), measurements, environment)
        }
    };
    judge(&mut measurements, operations);
    let Measurements { outcome, peak_rates, processes, power, threads: _ } = measurements;
    Ok(Record {
        schema: SCHEMA,
        network: parameters.workload.network,
        batch,
        device: identity,
        protocol: parameters.protocol,
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
fn judge(measurements: &mut Measurements, operations: u64) {
    if let (Outcome::Measured, Some(peak_rates)) = (&measurements.outcome, &measurements.peak_rates)
        && let Some(reason) = guard::fastest(operations, peak_rates, &measurements.processes)
    {
        measurements.outcome = Outcome::Refused { reason };
    }
}

/// Measures the peak rates again while passes seem faster: interference may have slowed their benchmark down, and nothing makes it
/// too fast.
fn raise_peak_rates(
    measurements: &mut Measurements,
    parameters: &Parameters,
    operations: u64,
    places: (&Path, &Path),
) -> Result<()> {
    const MAX_TIMES: usize = 3;
    let Workload { device, precision, .. } = parameters.workload;
    for _ in 0..MAX_TIMES {
        let Some(peak_rates) = &measurements.peak_rates else { return Ok(()) };
        if guard::fastest(operations, peak_rates, &measurements.processes).is_none() {
            return Ok(());
        }
        let limit = Duration::try_from_secs_f64(parameters.protocol.limit_seconds).unwrap_or(Duration::MAX);
        let task = Task::PeakRates(device, precision);
        let again = supervisor::run(&task, limit, places, &mut |stage| println!("again {stage}"))?;
        let Ended::Completed(Response::PeakRates(again)) = again else { return Ok(()) };
        measurements.peak_rates = measurements.peak_rates.take().map(|peak_rates| peak_rates.or_better(again));
    }
    Ok(())
}

/// The state of the machine, with the memory limit of the processes and the number of threads.
fn observations(parameters: &Parameters, threads: Option<u32>, before: &Moment, after: &Moment) -> Observations {
    let device = parameters.workload.device;
    let mut observations =
        environment::observations(&parameters.procfs, &parameters.sysfs, device.observations(), before, after);
    let limit = parameters.memory_limit.map(|limit| limit.bytes.0);
    let limit = limit.ok_or_else(|| "the available memory is unknown, so there was no limit".to_owned());
    observations.insert(environment::THREADS.to_owned(), environment::threads(threads, device));
    observations.insert(implied::LIMIT.to_owned(), environment::observation(limit));
    observations
}

/// Runs the processes of a point, unless a smaller batch implies its outcome.
fn on_the_device(
    point: &Point,
    parameters: &Parameters,
    network: &Network,
    identity: &DeviceIdentity,
) -> Result<Measurements> {
    let Workload { device, precision, batch, .. } = parameters.workload;
    if let Some(input) = point.input.as_deref()
        && let Some(outcome) = implied::outcome(parameters, network, identity, input)?
    {
        return Ok(Measurements::none(outcome));
    }
    if let Some(max) = device.largest_buffer()?
        && let Some(reason) = buffers::refusal(network, batch, max)?
    {
        return Ok(Measurements::none(Outcome::OutOfMemory { reason }));
    }
    let limit = Duration::try_from_secs_f64(parameters.protocol.limit_seconds).unwrap_or(Duration::MAX);
    let start = Instant::now();
    let out_of_time = |stage: &str| {
        let reason = format!("after {} s, {stage}", parameters.protocol.limit_seconds);
        Outcome::OutOfTime { reason }
    };
    let run = |task: &Task, prefix: &str| {
        let left = limit.saturating_sub(start.elapsed());
        supervisor::run(task, left, (&parameters.procfs, &point.output), &mut |stage| println!("{prefix}{stage}"))
    };
    // Before the benchmark of peak rates, whose load shows the update period of the sensor.
    let power = point.power.clone().of_caller(&point.caller);
    let computes = Computes::of(device, &parameters.sysfs);
    let mut watch = rail::watch(&power, &computes, &parameters.sysfs).map_err(anyhow::Error::msg)?;
    let peak_rates = match run(&Task::PeakRates(device, precision), "")? {
        Ended::Completed(Response::PeakRates(peak_rates)) => peak_rates,
        Ended::Completed(_) => bail!("the process that computes returned the result of another task"),
        Ended::OutOfTime { stage } => return Ok(Measurements::none(out_of_time(&stage))),
        Ended::Failed { reason } => return Ok(Measurements::none(Outcome::Refused { reason })),
        Ended::OutOfMemory { reason } => return Ok(Measurements::none(Outcome::OutOfMemory { reason })),
    };
    let mut measurements = Measurements { peak_rates: Some(peak_rates), ..Measurements::none(Outcome::Measured) };
    let mut windows = Vec::new();
    let all = parameters.protocol.processes;
    for number in 1..=all {
        let prefix = if all > 1 { format!("process {number} of {all}, ") } else { String::new() };
        let mut parameters = parameters.clone();
        if let Ok(watch) = &mut watch {
            println!("{prefix}measuring idle power");
            watch.record_idle(&parameters.protocol)?;
            parameters.min_window = watch.min_window(&parameters.protocol);
        }
        measurements.outcome = match run(&Task::Process(parameters), &prefix)? {
            Ended::Completed(Response::Process(measurement)) => {
                measurements.processes.push(measurement.process);
                windows.push(measurement.window);
                measurements.threads = measurement.threads;
                match measurement.refused {
                    Some(reason) => Outcome::Refused { reason },
                    None => Outcome::Measured,
                }
            }
            Ended::Completed(_) => bail!("the process that computes returned the result of another task"),
            Ended::OutOfTime { stage } => out_of_time(&format!("{prefix}{stage}")),
            Ended::Failed { reason } => Outcome::Refused { reason },
            Ended::OutOfMemory { reason } => Outcome::OutOfMemory { reason },
        };
        if measurements.outcome != Outcome::Measured {
            break;
        }
    }
    measurements.power = match watch {
        Err(state) => state,
        Ok(watch) if measurements.outcome != Outcome::Measured => watch.unfinished(),
        Ok(mut watch) => {
            println!("measuring idle power again");
            watch.record_idle(&parameters.protocol)?;
            watch.end(&windows, &parameters.protocol)?
        }
    };
    Ok(measurements)
}

#[cfg(test)]
mod tests {
    use super::*;
    use results::Protocol;

    #[test]
    fn a_point_with_one_pass_that_ended_too_early_is_refused() {
        let protocol = Protocol {
            processes: 2,
            warm_up_runs: 1,
            samples: 5,
            max_samples: 5,
            min_samples: 5,
            ..Protocol::default()
        };
        let network = networks::find("alexnet").expect("it is known");
        let operations = 2 * networks::macs(&network).expect("it fits");
        let mut measurements = simulated::measure(&network, 1, 1, &protocol).expect("the model gives times");
        judge(&mut measurements, operations);
        assert_eq!(measurements.outcome, Outcome::Measured);
        // 1.4 G operations in 0.1 ms, as if the clock were stopped before the device had finished.
        measurements.processes[1].samples[3] = results::Seconds(1e-4);
        judge(&mut measurements, operations);
        let Outcome::Refused { reason } = &measurements.outcome else { panic!("{:?}", measurements.outcome) };
        assert!(reason.starts_with("14488.1 G operations a second in the fastest pass"), "{reason}");
        assert_eq!(measurements.processes.len(), 2);
    }
}
