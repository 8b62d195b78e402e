//! The list of power sources, which report watts or joules. A new one is a file in `rail/` and a line in [`find`].

pub mod battery;
pub mod computes;
pub mod files;
pub mod formula;
pub mod hwmon;
pub mod ina3221;
pub mod jetson;
pub mod label;
pub mod meter;
#[cfg(any(target_os = "linux", windows))]
pub mod nvml;
pub mod place;
pub mod rapl;
pub mod reach;
pub mod selection;
pub mod source;
pub mod supply;

mod graphics;

use std::path::Path;

use results::Power;

use self::computes::Computes;
use self::files::Files;
use self::selection::Selector;
use self::source::{Access, Rail, Readings, Source};
use crate::power::Watch;

/// All power sources of a machine; those of the kernel are found below `sysfs`. Opening them has no side effects.
pub fn find(sysfs: &Path) -> Vec<Source> {
    let mut found = ina3221::find(sysfs);
    found.extend(hwmon::find(sysfs));
    found.extend(rapl::find(sysfs));
    // The GPUs of this machine do not belong to the files of a fixture.
    #[cfg(any(target_os = "linux", windows))]
    if !is_fixture(sysfs) {
        found.extend(nvml::find(None));
    }
    found.extend(battery::find(sysfs));
    found
}

/// All power sources of a machine, and the external meter that the selector names.
///
/// # Errors
/// The meter does not exist.
pub fn find_for(selector: &Selector, sysfs: &Path) -> Result<Vec<Source>, String> {
    let mut found = find(sysfs);
    if let Selector::Meter(meter) = selector {
        found.push(meter.source()?);
    }
    Ok(found)
}

/// Starts to read the selected source for what computes. The inner error is the state of power that explains why none
/// is read.
///
/// # Errors
/// The requested source does not exist, or it is a meter that only fails.
pub fn watch(selector: &Selector, computes: &Computes, sysfs: &Path) -> Result<Result<Watch, Power>, String> {
    let selection = match selection::select(&find_for(selector, sysfs)?, selector, computes)? {
        Ok(selection) => selection,
        Err(state) => return Ok(Err(state)),
    };
    let source = selection.source.name.clone();
    let failed = |reason: String| Ok(Err(Power::Unusable { source: source.clone(), reason }));
    match open(&selection.source) {
        Err(reason) => failed(reason),
        Ok(mut readings) => {
            if selection.source.pushes() {
                meter::stream::wait_for_first(&mut *readings).map_err(|reason| format!("{source}: {reason}"))?;
            }
            let is_file = |rail: &Rail| matches!(rail.access, Access::Files(_));
            let fixture = selection.source.rails.iter().any(is_file) && is_fixture(sysfs);
            match Watch::start(selection, readings, fixture) {
                Ok(watch) => Ok(Ok(watch)),
                Err(error) => failed(error.to_string()),
            }
        }
    }
}

/// Opens a source for reading.
pub fn open(source: &Source) -> Result<Box<dyn Readings>, String> {
    match source.rails.first().map(|rail| &rail.access) {
        Some(Access::Files(_)) => Ok(Box::new(Files::of(source))),
        #[cfg(any(target_os = "linux", windows))]
        Some(Access::Nvml(gpu)) => nvml::open(gpu),
        Some(Access::Meter(meter)) => meter.open(),
        None => Err("the source has no rail".to_owned()),
    }
}

/// Whether the folder is a fixture and not the kernel's own sysfs.
#[cfg(target_os = "linux")]
fn is_fixture(sysfs: &Path) -> bool {
    // SYSFS_MAGIC of linux/magic.h.
    const SYSFS: u64 = 0x6265_6572;
    rustix::fs::statfs(sysfs).is_ok_and(|of| of.f_type as u64 != SYSFS)
}

#[cfg(not(target_os = "linux"))]
fn is_fixture(_sysfs: &Path) -> bool {
    true
}
