//! What the driver `amdgpu` reads: the power of a socket, which on processors with graphics (APU) includes their cores. Knows no
//! other driver.

use std::path::Path;

use results::power::Scope;

use super::label::label;

/// What one of its chips covers, in words and as a scope, none where it does not tell.
///
/// It shows the voltage of a north bridge on APUs alone, and the voltage of the graphics and the clock of a memory of their own
/// together on cards alone (`hwmon_attributes_visible` in drivers/gpu/drm/amd/pm/amdgpu_pm.c); the accelerators of which some
/// have processor cores in their socket show neither pair.
pub fn covers(folder: &Path) -> (Option<Scope>, &'static str) {
    let has = |file: &str, name: &str| label(&folder.join(file)).as_deref() == Some(name);
    if has("in1_label", "vddnb") {
        return (Some(Scope::Package), "the socket of a processor with graphics: its cores are included");
    }
    if has("in0_label", "vddgfx") && has("freq2_label", "mclk") {
        return (Some(Scope::Gpu), "an AMD graphics card");
    }
    (
        None,
        "the socket of an AMD graphics processor; whether its driver includes cores of a processor, it does not tell",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::fixture;

    #[test]
    fn what_the_driver_shows_tells_a_card_from_a_socket() {
        let of = |files: &[(&str, &str)]| covers(fixture(files).path()).0;
        let (graphics, bridge, memory) =
            (("in0_label", "vddgfx\n"), ("in1_label", "vddnb\n"), ("freq2_label", "mclk\n"));
        assert_eq!(of(&[graphics, bridge]), Some(Scope::Package));
        assert_eq!(of(&[graphics, memory]), Some(Scope::Gpu));
        // An MI300A, with processor cores, and an MI300X, without, look the same.
        assert_eq!(of(&[memory]), None);
        assert_eq!(of(&[]), None);
    }
}
