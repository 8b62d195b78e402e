//! The points that the page can show: those of this report, of the other machines, and of 2016. Independent of HTML.

use results::record::{Covers, Protocol};
use results::{
    Bytes, DeviceIdentity, Estimate, Estimates, Inputs, MemoryEstimate, Outcome, Point, PowerEstimate, Published,
};

/// The key of this report's machine.
pub const HERE: &str = "here";

/// One machine's points.
pub struct Machine<'a> {
    /// Its identifier in the page's script: `here`, `2016`, or the machine's name.
    pub key: String,
    /// Its name for readers.
    pub title: String,
    /// Its points.
    pub estimates: std::borrow::Cow<'a, Estimates>,
}

impl Machine<'_> {
    /// Whether its records are next to the page.
    pub fn has_records(&self) -> bool {
        self.key == HERE
    }
}

/// All of them, this report's first and those of 2016 last.
pub fn machines(inputs: &Inputs) -> Vec<Machine<'_>> {
    let title = |device: &DeviceIdentity| format!("{}; {}", device.hardware, device.backend);
    let here = Machine {
        key: HERE.to_owned(),
        title: format!("this report: {}", title(&inputs.estimates.device)),
        estimates: std::borrow::Cow::Borrowed(&inputs.estimates),
    };
    let others = inputs.machines.iter().map(|machine| Machine {
        key: machine.name.clone(),
        title: title(&machine.estimates.device) + earlier(&machine.estimates),
        estimates: std::borrow::Cow::Borrowed(&machine.estimates),
    });
    let published = published(&inputs.published);
    let original = Machine {
        key: "2016".to_owned(),
        title: format!("2016: {}", title(&published.device)),
        estimates: std::borrow::Cow::Owned(published),
    };
    [here].into_iter().chain(others).chain([original]).collect()
}

/// Whether earlier versions of the programs measured any of its points; the rows show which.
fn earlier(estimates: &Estimates) -> &'static str {
    let outdated = estimates.points.iter().filter(|point| point.outdated).count();
    match outdated {
        0 => "",
        all if all == estimates.points.len() => "; measured by earlier versions of the programs",
        _ => "; measured in part by earlier versions of the programs",
    }
}

/// The original's values as points. Its "MB" are 2^20 bytes. Power is known only at batch 1, and no value has an interval.
fn published(published: &Published) -> Estimates {
    const MEBIBYTE: f64 = 1_048_576.0;
    let exactly = |value: f64| Estimate { value, low: value, high: value };
    let points = published.time_ms.iter().flat_map(|(name, times)| {
        times.iter().map(move |(batch, millis)| {
            let seconds = millis / 1e3;
            let memory = published.memory_mb.get(name).and_then(|row| row.get(batch)).map(|(size, _)| {
                let net = Bytes((size * MEBIBYTE) as u64);
                MemoryEstimate { peak: net, net, building: net, covers: Covers::Passes }
            });
            let watts = published.power_w.get(name).filter(|_| *batch == 1);
            let power = watts.map_or(PowerEstimate::NoSensor, |watts| PowerEstimate::Measured {
                net: exactly(*watts),
                idle: 0.0,
                energy_per_image: exactly(watts * seconds),
                source: String::new(),
                rails: Vec::new(),
                parts: Vec::new(),
            });
            let time = Some(exactly(seconds));
            Point { outcome: Outcome::Measured, time, memory, power, ..Point::skipped(name, *batch, "") }
        })
    });
    Estimates {
        device: DeviceIdentity {
            kind: "2016".to_owned(),
            hardware: "Jetson TX1".to_owned(),
            backend: "Torch7 with cuDNN, read from the figures".to_owned(),
            simulated: false,
        },
        protocol: Protocol::default(),
        sessions_asked: 1,
        between_sessions: None,
        memory_between_sessions: None,
        accuracies: results::MeasuredAccuracies::default(),
        environment: std::collections::BTreeMap::new(),
        points: points.collect(),
    }
}
