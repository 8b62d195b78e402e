//! The list of power sources: where machines tell watts or joules. A new one is a file beside this and a line in [`find`].

pub mod battery;
pub mod files;
pub mod formula;
pub mod hwmon;
pub mod ina3221;
pub mod jetson;
pub mod label;
pub mod meter;
#[cfg(any(target_os = "linux", windows))]
pub mod nvml;
pub mod rapl;
pub mod reach;
pub mod selection;
pub mod source;

mod amdgpu;

use std::path::Path;

use results::Power;

use self::files::Files;
use self::selection::Selector;
use self::source::{Access, Rail, Readings, Source};
use crate::power::Watch;

/// All power sources of a machine, those of the kernel below `sysfs`. Opens nothing that changes anything.
pub fn find(sysfs: &Path) -> Vec<Source> {
    let mut found = ina3221::find(sysfs);
    found.extend(hwmon::find(sysfs));
    found.extend(rapl::find(sysfs));
    // Files that stand for another machine's do not come with this one's GPUs.
    #[cfg(any(target_os = "linux", windows))]
    if !stands_for_the_kernels(sysfs) {
        found.extend(nvml::find(None));
    }
    found.extend(battery::find(sysfs));
    found
}

/// The same, and the external meter that is selector.
///
/// # Errors
/// A meter that is not there.
pub fn find_for(selector: &Selector, sysfs: &Path) -> Result<Vec<Source>, String> {
    let mut found = find(sysfs);
    if let Selector::Meter(meter) = selector {
        found.push(meter.source()?);
    }
    Ok(found)
}

/// Begins to read the source that is selector, or the state of power that says why none is.
///
/// # Errors
/// A source that was asked for and is not there.
pub fn watch(selector: &Selector, sysfs: &Path) -> Result<Result<Watch, Power>, String> {
    let selection = match selection::select(&find_for(selector, sysfs)?, selector)? {
        Ok(selection) => selection,
        Err(state) => return Ok(Err(state)),
    };
    let source = selection.source.name.clone();
    let failed = |reason: String| Ok(Err(Power::Unusable { source, reason }));
    match open(&selection.source) {
        Err(reason) => failed(reason),
        Ok(readings) => {
            let is_file = |rail: &Rail| matches!(rail.access, Access::Files(_));
            let fixture = selection.source.rails.iter().any(is_file) && stands_for_the_kernels(sysfs);
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
        None => Err("it has no rail".to_owned()),
    }
}

/// Whether the files of a folder are not the kernel's own but some that stand for them.
#[cfg(target_os = "linux")]
fn stands_for_the_kernels(sysfs: &Path) -> bool {
    // SYSFS_MAGIC of linux/magic.h.
    const SYSFS: u64 = 0x6265_6572;
    rustix::fs::statfs(sysfs).is_ok_and(|of| of.f_type as u64 != SYSFS)
}

#[cfg(not(target_os = "linux"))]
fn stands_for_the_kernels(_sysfs: &Path) -> bool {
    true
}
