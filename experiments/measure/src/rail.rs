//! The list of power sources: where machines tell watts or joules. A new one is a file beside this and a line in [`find`].

pub mod battery;
pub mod choice;
pub mod files;
pub mod formula;
pub mod hwmon;
pub mod ina3221;
pub mod jetson;
pub mod label;
pub mod rapl;
pub mod reach;
pub mod source;

mod amdgpu;

use std::path::Path;

use results::Power;

use self::choice::Wanted;
use self::files::Files;
use self::source::{Access, Readings, Source};
use crate::power::Watch;

/// All power sources of a machine, those of the kernel below `sysfs`. Opens nothing that changes anything.
pub fn find(sysfs: &Path) -> Vec<Source> {
    let mut found = ina3221::find(sysfs);
    found.extend(hwmon::find(sysfs));
    found.extend(rapl::find(sysfs));
    found.extend(battery::find(sysfs));
    found
}

/// Begins to read the source that is wanted, or the state of power that says why none is.
///
/// # Errors
/// A source that was asked for and is not there.
pub fn watch(wanted: &Wanted, sysfs: &Path) -> Result<Result<Watch, Power>, String> {
    let chosen = match choice::choose(&find(sysfs), wanted)? {
        Ok(chosen) => chosen,
        Err(state) => return Ok(Err(state)),
    };
    let source = chosen.source.name.clone();
    let failed = |reason: String| Ok(Err(Power::Unusable { source, reason }));
    match open(&chosen.source) {
        Err(reason) => failed(reason),
        Ok(readings) => match Watch::start(chosen, readings, stands_for_the_kernels(sysfs)) {
            Ok(watch) => Ok(Ok(watch)),
            Err(error) => failed(error.to_string()),
        },
    }
}

/// Opens a source for reading.
pub fn open(source: &Source) -> Result<Box<dyn Readings>, String> {
    match source.rails.first().map(|rail| &rail.access) {
        Some(Access::Files(_)) => Ok(Box::new(Files::of(source))),
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
