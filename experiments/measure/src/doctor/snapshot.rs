//! The input of the checks: the observations of a record, and others that only matter before measuring.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use results::{Observation, Power};

use super::busy::{self, Sample};
use super::{graphics, power, rights};
use crate::device::Device;
use crate::environment::machine::memory;
use crate::environment::moment::Moment;
use crate::environment::power_mode::is_jetson;
use crate::environment::{Observations, gpu, observation, observations};
use crate::rail;
use crate::rail::computes::Computes;
use crate::rail::selection::{self, Selector};

/// The state of a machine at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Observations by name: those of a record, and `others_busy_percent`, `busiest`, `steal_percent`,
    /// `memory_available_bytes`, `swap_used_bytes`, `peak_resettable`, `ended_first`, `power_sensor`, `vulkan_loader`,
    /// `vulkan_drivers`.
    pub observations: Observations,
    /// Why power would not be measured, if so.
    pub power: Option<Power>,
    /// The operating system, for example `linux`.
    pub system: &'static str,
    /// Whether it is a Jetson, where NVIDIA's programs set the clocks.
    pub is_jetson: bool,
    /// Why graphics processors cannot be opened.
    pub closed_graphics: Vec<String>,
    /// The folder of the clocks' files, as printed in commands.
    pub sysfs: PathBuf,
}

impl Snapshot {
    /// Reads the machine before and after a pause. `root` is the folder below which drivers are installed, and `device`
    /// is what will compute.
    pub fn take(procfs: &Path, sysfs: &Path, root: &Path, device: Device, pause: Duration) -> Self {
        let (before, first) = (Moment::read(procfs, sysfs), Sample::read(procfs));
        thread::sleep(pause);
        let (second, after) = (Sample::read(procfs), Moment::read(procfs, sysfs));
        let mut observations = observations(procfs, sysfs, gpu::none("nothing was measured"), &before, &after);
        observations.extend(busy::observations(&first, &second));
        let available = crate::memory::available(procfs, sysfs).map(|available| available.bytes.0);
        let available = available.ok_or_else(|| "the kernel does not report available memory".to_owned());
        observations.insert("memory_available_bytes".to_owned(), observation(available));
        let used = memory(procfs, "SwapTotal")
            .and_then(|total| Ok::<_, String>(total.saturating_sub(memory(procfs, "SwapFree")?)));
        observations.insert("swap_used_bytes".to_owned(), observation(used));
        observations.extend(rights::observations(procfs));
        observations.extend(graphics::observations(root));
        let power = selection::select(&rail::find(sysfs), &Selector::Auto, &Computes::of(device, sysfs))
            .unwrap_or_else(|reason| Err(Power::NotChosen { reason }));
        observations.insert("power_sensor".to_owned(), observation(power::describe(&power)));
        Self {
            power: power.err(),
            observations,
            system: std::env::consts::OS,
            is_jetson: is_jetson(procfs),
            closed_graphics: graphics::closed(sysfs, root),
            sysfs: sysfs.to_owned(),
        }
    }

    /// The value of an observation, if it is known and a number.
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.observations.get(name)? {
            Observation::Known { value } => value.as_f64(),
            Observation::Unknown { .. } => None,
        }
    }

    /// The value of an observation, if it is known and a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.observations.get(name)? {
            Observation::Known { value } => value.as_str(),
            Observation::Unknown { .. } => None,
        }
    }

    /// Whether an observation is known and true.
    pub fn is(&self, name: &str) -> bool {
        matches!(self.observations.get(name), Some(Observation::Known { value }) if value.as_bool() == Some(true))
    }

    /// Why an observation is not known, if so.
    pub fn reason(&self, name: &str) -> Option<&str> {
        match self.observations.get(name)? {
            Observation::Known { .. } => None,
            Observation::Unknown { reason } => Some(reason),
        }
    }

    /// The path of a file below sysfs, for a shell.
    pub fn file(&self, name: &str) -> String {
        self.sysfs.join(name).display().to_string()
    }
}

/// The snapshot of a machine whose kernel exposes only these files.
#[cfg(test)]
pub(crate) fn of(files: &[(&str, &str)]) -> Snapshot {
    let folder = crate::environment::fixture(files);
    let root = folder.path();
    let snapshot = Snapshot::take(root, root, root, Device::Cpu, Duration::ZERO);
    // Commands are printed with a fixed path.
    Snapshot { sysfs: "sysfs".into(), system: "linux", ..snapshot }
}
