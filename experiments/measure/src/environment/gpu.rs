//! The graphics processor: the observations where there is none, and its clock, which the kernel reports on boards.

use std::path::Path;

use super::{Observations, folders, number, observation};

/// Name, driver, interface, shader language and largest buffer where there is none or the driver does not report them.
pub fn none(reason: &str) -> Observations {
    let names = ["gpu_name", "gpu_driver", "gpu_api", "gpu_shader_language", "gpu_largest_buffer_bytes"];
    names.map(|name| (name.to_owned(), observation(Err::<String, _>(reason.to_owned())))).into()
}

/// The clock of a graphics processor that the kernel controls through `devfreq`, as on boards [MHz].
pub fn clock(sysfs: &Path) -> Result<f64, String> {
    // The name ends with the node of the device tree: `57000000.gpu` on a Jetson TX1, the chip's own name on later
    // ones.
    let is_gpu = |name: &str| [".gpu", ".gp10b", ".gv11b", ".ga10b"].iter().any(|end| name.ends_with(end));
    let all = folders(&sysfs.join("class/devfreq"), "");
    let gpu = all.iter().find(|folder| is_gpu(&folder.file_name().unwrap_or_default().to_string_lossy()));
    let hertz =
        number::<f64>(gpu.ok_or("the kernel controls no clock of a graphics processor")?, "cur_freq", "its clock")?;
    Some(hertz / 1e6).filter(|clock| clock.is_finite()).ok_or_else(|| "its clock is not a number".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::fixture;
    use results::Observation;

    #[test]
    fn a_point_on_the_processor_has_no_graphics_processor() {
        for (name, observed) in none("the point runs on the processor") {
            let Observation::Unknown { reason } = observed else { panic!("{name}") };
            assert_eq!(reason, "the point runs on the processor");
        }
    }

    #[test]
    fn the_clock_is_that_of_the_graphics_processor() {
        let others = ("class/devfreq/13e10000.nvdec/cur_freq", "268800000\n");
        let gpu = ("class/devfreq/57000000.gpu/cur_freq", "998400000\n");
        assert_eq!(clock(fixture(&[others, gpu]).path()), Ok(998.4));
        assert!(clock(fixture(&[others]).path()).is_err());
        assert!(clock(fixture(&[("class/devfreq/57000000.gpu/cur_freq", "nan")]).path()).is_err());
    }
}
