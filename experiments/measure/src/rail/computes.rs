//! What computes a point, as far as the choice of its power source depends on it.

use std::path::Path;

use results::power::Scope;

use super::label::label;
use super::source::{Card, Source, Total};

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
                let is_one = |source: &&Source| source.card.is_some() && source.name.starts_with(start) && is_known(source);
                let own = found.iter().filter(is_one).count() == 1 && is_one(&source);
                (own, true, false, true)
            }
        };
        match source.scope {
            _ if is_own => Some(0),
            Scope::Supply => Some(1),
            Scope::Board => in_case.then_some(2),
            Scope::Module => in_module.then_some(3),
            Scope::Package => in_package.then_some(4),
            Scope::Battery => in_case.then_some(5),
            Scope::Gpu | Scope::Part => None,
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
