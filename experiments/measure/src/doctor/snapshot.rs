//! Everything that is read for the checks: the observations of a record, and beside them what only matters before measuring.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use results::{Observation, Power};

use super::busy::{self, Sample};
use super::{graphics, power, rights};
use crate::environment::machine::memory;
use crate::environment::moment::Moment;
use crate::environment::power_mode::is_jetson;
use crate::environment::{Observations, gpu, observation, observations};
use crate::rail;
use crate::rail::selection::{self, Selector};

/// A machine, looked at for a moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Observations by name: those of a record, and `others_busy_percent`, `busiest`, `steal_percent`, `memory_available_bytes`,
    /// `swap_used_bytes`, `peak_resettable`, `ended_first`, `power_sensor`, `vulkan_loader`, `vulkan_drivers`.
    pub observations: Observations,
    /// Why no power would be measured, if so.
    pub power: Option<Power>,
    /// The operating system, for example `linux`.
    pub system: &'static str,
    /// Whether NVIDIA's programs for boards set the clocks.
    pub is_jetson: bool,
    /// Where commands find the files of the clocks.
    pub sysfs: PathBuf,
}

impl Snapshot {
    /// Looks, waits for `pause`, and looks again. `root` is the folder below which drivers are installed.
    pub fn take(procfs: &Path, sysfs: &Path, root: &Path, pause: Duration) -> Self {
        let (before, first) = (Moment::read(procfs, sysfs), Sample::read(procfs));
        thread::sleep(pause);
        let (second, after) = (Sample::read(procfs), Moment::read(procfs, sysfs));
        let mut observations = observations(procfs, sysfs, gpu::none("nothing was measured"), &before, &after);
        observations.extend(busy::observations(&first, &second));
        observations.insert("memory_available_bytes".to_owned(), observation(memory(procfs, "MemAvailable")));
        let used = memory(procfs, "SwapTotal")
            .and_then(|total| Ok::<_, String>(total.saturating_sub(memory(procfs, "SwapFree")?)));
        observations.insert("swap_used_bytes".to_owned(), observation(used));
        observations.extend(rights::observations(procfs));
        observations.extend(graphics::observations(root));
        let power = selection::select(&rail::find(sysfs), &Selector::Auto)
            .unwrap_or_else(|reason| Err(Power::NotChosen { reason }));
        observations.insert("power_sensor".to_owned(), observation(power::words(&power)));
        Self {
            power: power.err(),
            observations,
            system: std::env::consts::OS,
            is_jetson: is_jetson(procfs),
            sysfs: sysfs.to_owned(),
        }
    }

    /// A number, if the fact is known and is one.
    pub fn number(&self, fact: &str) -> Option<f64> {
        match self.observations.get(fact)? {
            Observation::Known { value } => value.as_f64(),
            Observation::Unknown { .. } => None,
        }
    }

    /// A text, if the fact is known and is one.
    pub fn word(&self, fact: &str) -> Option<&str> {
        match self.observations.get(fact)? {
            Observation::Known { value } => value.as_str(),
            Observation::Unknown { .. } => None,
        }
    }

    /// Whether the fact is known and true.
    pub fn is(&self, fact: &str) -> bool {
        matches!(self.observations.get(fact), Some(Observation::Known { value }) if value.as_bool() == Some(true))
    }

    /// Why the fact is not known, if it is not.
    pub fn reason(&self, fact: &str) -> Option<&str> {
        match self.observations.get(fact)? {
            Observation::Known { .. } => None,
            Observation::Unknown { reason } => Some(reason),
        }
    }

    /// A file below sysfs, as a shell takes it.
    pub fn file(&self, name: &str) -> String {
        self.sysfs.join(name).display().to_string()
    }
}

/// A machine whose kernel tells these files and nothing else; its folder is gone when this returns.
#[cfg(test)]
pub(crate) fn of(files: &[(&str, &str)]) -> Snapshot {
    let folder = crate::environment::fixture(files);
    let root = folder.path();
    let snapshot = Snapshot::take(root, root, root, Duration::ZERO);
    // Commands name a place that does not change.
    Snapshot { sysfs: "sysfs".into(), system: "linux", ..snapshot }
}
