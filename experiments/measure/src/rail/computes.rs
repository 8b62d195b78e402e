//! What computes a point, as far as the choice of its power source depends on it.

use std::path::Path;

use results::power::Scope;

use super::label::label;
use super::place::normal_address;
use super::source::{Card, Source, Total};
use crate::device::{Adapter, Device};

/// What computes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Computes {
    /// The processor.
    Processor,
    /// A graphics processor that its driver describes.
    Graphics {
        /// Its address on the PCI bus, as the kernel writes it.
        address: Option<String>,
        /// Whether it is a part of the processor's package or of a module.
        is_integrated: bool,
        /// Whether it is in a case of its own, with a supply of its own.
        is_external: bool,
    },
    /// One of the graphics processors whose sources have names that start so; it is not known which.
    SomeGraphics(&'static str),
}

impl Computes {
    /// What computes on a device.
    pub fn of(device: Device, sysfs: &Path) -> Self {
        match (device, device.bus_address()) {
            (Device::Cpu | Device::CpuBurn | Device::CpuOnnxruntime, _)
            | (Device::Simulated | Device::Vulkan(Adapter::Software), _) => Self::Processor,
            (Device::Vulkan(_), None) => Self::SomeGraphics(""),
            (Device::Vulkan(_), Some((address, is_integrated))) => {
                Self::graphics(sysfs, normal_address(&address), is_integrated)
            }
            (Device::Cuda(number), _) => match address_of_cuda(number) {
                Some(address) => Self::graphics(sysfs, Some(address), false),
                None => Self::SomeGraphics("nvml:"),
            },
        }
    }

    /// A graphics processor at this address.
    pub fn graphics(sysfs: &Path, address: Option<String>, is_integrated: bool) -> Self {
        let removable = |address: &String| label(&sysfs.join(format!("bus/pci/devices/{address}/removable")));
        let is_external = address.as_ref().and_then(removable).is_some_and(|is| is == "removable");
        Self::Graphics { address, is_integrated, is_external }
    }

    /// The order of preference of a source that covers all of what computes; `None` for one that may not. For the
    /// processor, sources that cover more of the machine come first; a battery is slow, so it comes last. For a graphics
    /// processor its own sensor comes first, and the package of a processor that it is no part of never counts.
    pub fn rank(&self, source: &Source, found: &[Source]) -> Option<u32> {
        let is_known = |source: &Source| matches!(source.total, Total::Rails { .. });
        let (is_own, in_module, in_package, in_case) = match self {
            Self::Processor => (false, true, true, true),
            Self::Graphics { address, is_integrated, is_external } => {
                let own = address.is_some() && source.card == Some(Card { address: address.clone() });
                (own, *is_integrated, *is_integrated && source.card.is_none(), !is_external)
            }
            Self::SomeGraphics(start) => {
                let is_one =
                    |source: &&Source| source.card.is_some() && source.name.starts_with(start) && is_known(source);
                let own = found.iter().filter(is_one).count() == 1 && is_one(&source);
                (own, true, false, true)
            }
        };
        match source.scope {
            Scope::Gpu | Scope::Part => is_own.then_some(0),
            Scope::Supply => Some(1),
            Scope::Board => in_case.then_some(2),
            Scope::Module => in_module.then_some(3),
            // Its own sensor may cover a socket with processor cores; their own counter is preferred for both.
            Scope::Package => (in_package || is_own).then_some(4),
            Scope::Battery => in_case.then_some(5),
        }
    }

    /// In words, for reasons.
    pub fn words(&self) -> String {
        match self {
            Self::Processor => "what is measured".to_owned(),
            Self::Graphics { address: Some(address), .. } => format!("the graphics processor at {address}"),
            Self::Graphics { address: None, .. } => {
                "the graphics processor, whose driver does not report its address".to_owned()
            }
            Self::SomeGraphics(_) => "the graphics processor, whose address is not known".to_owned(),
        }
    }
}

/// The address of the GPU that CUDA counts as `number`, where that is certain.
#[cfg(any(target_os = "linux", windows))]
fn address_of_cuda(number: u32) -> Option<String> {
    let variable = |name: &str| std::env::var(name).ok();
    let (visible, order) = (variable("CUDA_VISIBLE_DEVICES"), variable("CUDA_DEVICE_ORDER"));
    super::nvml::address_of_cuda(None, number, visible.as_deref(), order.as_deref())
}

#[cfg(not(any(target_os = "linux", windows)))]
fn address_of_cuda(_number: u32) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use results::Power;

    use super::super::formula::Formula;
    use super::super::selection::{Selector, select};
    use super::super::source::{Access, Rail};
    use super::*;
    use crate::environment::fixture;

    fn source(name: &str, scope: Scope) -> Source {
        let access = Access::Files(Formula::Power { file: "power1_input".into(), unit: 1e-6 });
        Source {
            name: name.to_owned(),
            what: String::new(),
            scope,
            rails: vec![Rail { name: "a".to_owned(), access, step: None, accuracy: None, locked: None }],
            total: Total::Rails { indices: vec![0], why: "it is".to_owned() },
            unavailable: None,
            nominal_period: None,
            averaging: None,
            card: None,
        }
    }

    /// The name of the source that is selected.
    fn auto(found: &[Source], computes: &Computes) -> Result<String, Power> {
        let selection = select(found, &Selector::Auto, computes).expect("no name is given");
        selection.map(|selection| selection.source.name)
    }

    /// A sensor of the graphics processor at this address.
    fn card(name: &str, scope: Scope, address: &str) -> Source {
        Source { card: Some(Card { address: Some(address.to_owned()) }), ..source(name, scope) }
    }

    fn at(address: &str, is_integrated: bool) -> Computes {
        Computes::graphics(Path::new("/nowhere"), Some(address.to_owned()), is_integrated)
    }

    #[test]
    fn a_graphics_processor_is_measured_by_its_own_sensor_or_by_what_contains_it() {
        let rapl = source("rapl", Scope::Package);
        let board = source("board", Scope::Board);
        let battery = source("battery:BAT0", Scope::Battery);
        let module = source("ina3221", Scope::Module);
        let (first, second) = (card("nvml:0", Scope::Gpu, "0000:03:00.0"), card("nvml:1", Scope::Gpu, "0000:0b:00.0"));
        let name = |found: &[&Source], computes: &Computes| {
            let found: Vec<Source> = found.iter().map(|source| (*source).clone()).collect();
            auto(&found, computes)
        };
        let discrete = at("0000:0b:00.0", false);
        let all = [&rapl, &first, &second, &board, &battery, &module];
        assert_eq!(name(&all, &discrete).as_deref(), Ok("nvml:1"));
        assert_eq!(name(&[&rapl, &first, &battery], &discrete).as_deref(), Ok("battery:BAT0"));
        assert_eq!(name(&[&rapl, &battery, &board], &discrete).as_deref(), Ok("board"));
        for none in [&[&rapl, &first][..], &[&rapl, &module], &[&first]] {
            let Err(Power::NotChosen { reason }) = name(none, &discrete) else { panic!("{none:?}") };
            assert!(reason.contains("cover the graphics processor at 0000:0b:00.0 (found "), "{reason}");
        }
        let integrated = at("0000:00:02.0", true);
        assert_eq!(name(&[&rapl, &first], &integrated).as_deref(), Ok("rapl"));
        assert_eq!(name(&[&module, &first], &integrated).as_deref(), Ok("ina3221"));
        let apu = card("hwmon:amdgpu", Scope::Package, "0000:05:00.0");
        let of_apu = at("0000:05:00.0", true);
        assert_eq!(name(&[&apu, &first], &of_apu).as_deref(), Ok("hwmon:amdgpu"));
        assert_eq!(name(&[&rapl, &apu, &first], &of_apu), name(&[&rapl, &apu, &first], &Computes::Processor));
        assert!(name(&[&apu], &discrete).is_err() && name(&[&apu], &integrated).is_err());
        // The processor: never a card.
        assert_eq!(name(&[&first, &battery], &Computes::Processor).as_deref(), Ok("battery:BAT0"));
    }

    #[test]
    fn a_card_in_a_case_of_its_own_does_not_draw_from_the_battery() {
        let folder = fixture(&[("bus/pci/devices/0000:06:00.0/removable", "removable\n")]);
        let external = Computes::graphics(folder.path(), Some("0000:06:00.0".to_owned()), false);
        let battery = source("battery:BAT0", Scope::Battery);
        assert!(matches!(auto(&[battery], &external), Err(Power::NotChosen { .. })));
    }

    #[test]
    fn a_graphics_processor_without_a_known_address_must_be_the_only_one_with_a_sensor() {
        let rapl = source("rapl", Scope::Package);
        let (one, two) = (card("nvml:0", Scope::Gpu, "0000:03:00.0"), card("hwmon:xe", Scope::Gpu, "0000:04:00.0"));
        let of = |found: &[Source], start| auto(found, &Computes::SomeGraphics(start));
        let both = [rapl.clone(), one.clone(), two.clone()];
        assert!(matches!(of(&both, ""), Err(Power::NotChosen { .. })));
        assert_eq!(of(&both, "nvml:"), Ok("nvml:0".to_owned()));
        assert_eq!(of(&[rapl.clone(), two.clone()], ""), Ok("hwmon:xe".to_owned()));
        assert!(matches!(of(&[rapl, two.clone()], "nvml:"), Err(Power::NotChosen { .. })));
        let unnamed = Computes::Graphics { address: None, is_integrated: false, is_external: false };
        assert!(matches!(auto(&[two], &unnamed), Err(Power::NotChosen { .. })));
    }

    #[test]
    fn a_requested_source_next_to_the_graphics_processor_is_read_and_the_record_says_so() {
        let rapl = source("rapl", Scope::Package);
        let selection = |computes: &Computes| {
            let requested = "rapl".parse().expect("a source");
            select(std::slice::from_ref(&rapl), &requested, computes).expect("it exists").expect("it is readable")
        };
        let why = selection(&at("0000:0b:00.0", false)).why;
        assert!(why.ends_with("; not known to cover the graphics processor at 0000:0b:00.0"), "{why}");
        assert_eq!(selection(&Computes::Processor).why, "it is");
        assert_eq!(selection(&at("0000:00:02.0", true)).why, "it is");
    }
}
