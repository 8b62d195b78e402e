//! What the chips of graphics drivers cover. On processors with graphics (APUs) `amdgpu` includes the processor's cores.

use std::path::Path;

use results::power::{Quantity, Scope};

use super::hwmon::Meaning;
use super::label::label;
use super::source::Rail;

/// The names of the chips that measure a graphics processor.
pub const DRIVERS: [&str; 4] = ["amdgpu", "i915", "nouveau", "xe"];

/// What the chip of a graphics driver measures, if it is one and has a total.
pub fn known(name: &str, folder: &Path, rails: &[Rail]) -> Option<Meaning> {
    let first = rails.first()?.access.quantity();
    let energy = |name: &str| {
        let is = |rail: &Rail| rail.access.quantity() == Quantity::Energy && (name.is_empty() || rail.name == name);
        rails.iter().position(is)
    };
    match name {
        "amdgpu" if first == Quantity::Power => {
            let (scope, what) = amdgpu(folder);
            Some(Meaning::of(what, scope, &[0], "the driver's only power, which covers the whole socket or card"))
        }
        // Both drivers have a chip only for cards. The chips `i915_gt0` of its parts have names of their own.
        "i915" => {
            let why = "the energy of the whole card according to its driver";
            Some(Meaning::of("an Intel graphics card", Scope::Gpu, &[energy("")?], why))
        }
        "xe" => match energy("card") {
            Some(card) => {
                let why = "the energy of the whole card; pkg is its package, a part of it";
                Some(Meaning::of("an Intel graphics card", Scope::Gpu, &[card], why))
            }
            None => {
                let why = "the driver's only energy";
                Some(Meaning::of("the package of an Intel graphics card", Scope::Gpu, &[energy("")?], why))
            }
        },
        "nouveau" if first == Quantity::Power => {
            Some(Meaning::of("an NVIDIA graphics card", Scope::Gpu, &[0], "the input of the card"))
        }
        _ => None,
    }
}

/// What a chip of `amdgpu` covers, as a scope and in words.
///
/// Only APUs show the voltage of a north bridge. Only cards show both the voltage of the graphics and the clock of
/// dedicated memory (`hwmon_attributes_visible` in drivers/gpu/drm/amd/pm/amdgpu_pm.c). Accelerators, some of which
/// have processor cores in their socket, show neither.
fn amdgpu(folder: &Path) -> (Scope, &'static str) {
    let has = |file: &str, name: &str| label(&folder.join(file)).as_deref() == Some(name);
    if has("in1_label", "vddnb") {
        return (Scope::Package, "the socket of a processor with graphics, including its cores");
    }
    if has("in0_label", "vddgfx") && has("freq2_label", "mclk") {
        return (Scope::Gpu, "an AMD graphics card");
    }
    (
        Scope::Part,
        "the socket of an AMD graphics processor; the driver does not report whether that includes processor cores",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::fixture;

    #[test]
    fn the_labels_of_the_driver_distinguish_a_card_from_a_socket() {
        let of = |files: &[(&str, &str)]| amdgpu(fixture(files).path()).0;
        let (graphics, bridge, memory) =
            (("in0_label", "vddgfx\n"), ("in1_label", "vddnb\n"), ("freq2_label", "mclk\n"));
        assert_eq!(of(&[graphics, bridge]), Scope::Package);
        assert_eq!(of(&[graphics, memory]), Scope::Gpu);
        // An MI300A, with processor cores, and an MI300X, without, look the same.
        assert_eq!(of(&[memory]), Scope::Part);
        assert_eq!(of(&[]), Scope::Part);
    }
}
