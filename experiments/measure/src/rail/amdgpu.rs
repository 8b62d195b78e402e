//! What the power of the driver `amdgpu` covers. On processors with graphics (APUs) it includes the processor's cores.

use std::path::Path;

use results::power::Scope;

use super::label::label;

/// What one of its chips covers, as a scope and in words. The scope is `None` where it cannot be determined.
///
/// Only APUs show the voltage of a north bridge. Only cards show both the voltage of the graphics and the clock of
/// dedicated memory (`hwmon_attributes_visible` in drivers/gpu/drm/amd/pm/amdgpu_pm.c). Accelerators, some of which
/// have processor cores in their socket, show neither.
pub fn covers(folder: &Path) -> (Option<Scope>, &'static str) {
    let has = |file: &str, name: &str| label(&folder.join(file)).as_deref() == Some(name);
    if has("in1_label", "vddnb") {
        return (Some(Scope::Package), "the socket of a processor with graphics, including its cores");
    }
    if has("in0_label", "vddgfx") && has("freq2_label", "mclk") {
        return (Some(Scope::Gpu), "an AMD graphics card");
    }
    (None, "the socket of an AMD graphics processor; the driver does not report whether that includes processor cores")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::fixture;

    #[test]
    fn the_labels_of_the_driver_distinguish_a_card_from_a_socket() {
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
