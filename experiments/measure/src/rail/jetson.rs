//! The names of the monitored rails of NVIDIA's Jetson boards, and which rails make up the total. A board is recognised
//! by its set of names alone, since models, buses and numbers change from one release to the next.
//!
//! Names and totals: NVIDIA's L4T and Jetson Linux Developer Guides, "Power Management" of each board, and the device
//! trees of the kernel (`tegra186-p3310.dtsi`, `tegra234-p3701.dtsi`, `tegra234-p3767.dtsi`), which differ in some
//! names.

use std::collections::BTreeSet;

use results::power::Scope;

use super::source::Total;

/// What follows from a set of rails.
#[derive(Clone, Debug, PartialEq)]
pub struct Board {
    /// The name of the board, if it is known.
    pub name: Option<&'static str>,
    /// What the total covers.
    pub scope: Scope,
    /// The rails of the total.
    pub total: Total,
}

/// A known board.
struct Known {
    name: &'static str,
    /// Rails that it always has.
    has: &'static [&'static str],
    /// Rails that it may have.
    may: &'static [&'static str],
    total: &'static [&'static str],
    scope: Scope,
    why: &'static str,
}

/// Rails of the carrier board of TX1 and TX2, in both spellings, below its input VDD_MUX.
const CARRIER: &[&str] = &[
    "VDD_5V_IO_SYS",
    "VDD_5V0_IO_SYS",
    "VDD_3V3_SYS",
    "VDD_3V3_IO",
    "VDD_3V3_IO_SLP",
    "VDD_1V8_IO",
    "VDD_M2_IN",
    "VDD_3V3_SYS_M2",
];

const THOR: &str = "Jetson Thor";

const KNOWN: [Known; 8] = [
    Known {
        name: "Jetson TX1 with its carrier board",
        has: &["VDD_IN", "VDD_GPU", "VDD_CPU", "VDD_MUX"],
        may: CARRIER,
        total: &["VDD_IN", "VDD_MUX"],
        scope: Scope::Board,
        why: "VDD_IN feeds the module and VDD_MUX the carrier board; both branch from the supply, neither includes the other",
    },
    Known {
        name: "Jetson TX1",
        has: &["VDD_IN", "VDD_GPU", "VDD_CPU"],
        may: &[],
        total: &["VDD_IN"],
        scope: Scope::Module,
        why: "VDD_IN is the input of the module; the other rails are parts of it",
    },
    Known {
        name: "Jetson TX2",
        has: &["VDD_IN", "VDD_SYS_GPU", "VDD_SYS_SOC", "VDD_SYS_CPU"],
        // The TX2i has no wireless network.
        may: &[
            "VDD_4V0_WIFI",
            "VDD_3V8_WIFI",
            "VDD_SYS_DDR",
            "VDD_5V0_DDR",
            "VDD_MUX",
            CARRIER[0],
            CARRIER[1],
            CARRIER[2],
            CARRIER[3],
            CARRIER[4],
            CARRIER[5],
            CARRIER[6],
            CARRIER[7],
        ],
        total: &["VDD_IN"],
        scope: Scope::Module,
        why: "VDD_IN is the input of the module; the other rails are parts of it or of the carrier board",
    },
    Known {
        name: "Jetson Nano",
        has: &["POM_5V_IN", "POM_5V_GPU", "POM_5V_CPU"],
        may: &[],
        total: &["POM_5V_IN"],
        scope: Scope::Module,
        why: "POM_5V_IN is the input of the module; the other rails are parts of it",
    },
    Known {
        name: "Jetson Xavier NX, Orin NX or Orin Nano",
        has: &["VDD_IN", "VDD_CPU_GPU_CV", "VDD_SOC"],
        may: &[],
        total: &["VDD_IN"],
        scope: Scope::Module,
        why: "VDD_IN is the input of the module; the other rails are parts of it",
    },
    Known {
        name: "Jetson AGX Xavier",
        has: &["GPU", "CPU", "SOC", "CV", "VDDRQ", "SYS5V"],
        may: &[],
        total: &["GPU", "CPU", "SOC", "CV", "VDDRQ", "SYS5V"],
        scope: Scope::Module,
        why: "no rail is the input of the module; the six are separate",
    },
    Known {
        name: "Jetson AGX Orin",
        has: &["VDD_GPU_SOC", "VDD_CPU_CV", "VIN_SYS_5V0"],
        may: &["VDDQ_VDD2_1V8AO"],
        total: &["VDD_GPU_SOC", "VDD_CPU_CV", "VIN_SYS_5V0"],
        scope: Scope::Module,
        why: "no rail is the input of the module; the three are separate, and VIN_SYS_5V0 includes VDDQ_VDD2_1V8AO",
    },
    Known {
        name: THOR,
        has: &["VDD_GPU", "VDD_CPU_SOC_MSS", "VIN_SYS_5V0"],
        may: &[],
        total: &[],
        scope: Scope::Part,
        why: "no known total: these rails are parts; the INA238 of the carrier board reads the whole board",
    },
];

impl Board {
    /// The board with rails of these names.
    pub fn of(names: &[String]) -> Self {
        let Some(known) = KNOWN.iter().find(|known| known.matches(names)) else {
            let why = format!("no known total: no known board has exactly the rails {}", names.join(", "));
            return Self { name: None, scope: Scope::Part, total: Total::Unknown { why } };
        };
        let why = known.why.to_owned();
        let total = match known.total {
            [] => Total::Unknown { why },
            total => {
                let indices = names.iter().enumerate().filter(|(_, name)| total.contains(&name.as_str()));
                Total::Rails { indices: indices.map(|(index, _)| index).collect(), why }
            }
        };
        Self { name: Some(known.name), scope: known.scope, total }
    }

    /// Whether it is a Thor, whose carrier board has a monitor of its own.
    pub fn is_thor(&self) -> bool {
        self.name == Some(THOR)
    }
}

impl Known {
    fn matches(&self, names: &[String]) -> bool {
        let set: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        set.len() == names.len()
            && self.has.iter().all(|name| set.contains(name))
            && set.iter().all(|name| self.has.contains(name) || self.may.contains(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str]) -> Board {
        Board::of(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    fn indices(board: &Board) -> &[usize] {
        let Total::Rails { indices, .. } = &board.total else { panic!("{:?}", board.total) };
        indices
    }

    #[test]
    fn the_carrier_of_a_tx1_is_added_to_its_module() {
        let module = of(&["VDD_IN", "VDD_GPU", "VDD_CPU"]);
        assert_eq!((indices(&module), module.scope), (&[0][..], Scope::Module));
        let board = of(&["VDD_IN", "VDD_GPU", "VDD_CPU", "VDD_MUX", "VDD_5V_IO_SYS", "VDD_3V3_SYS"]);
        assert_eq!((indices(&board), board.scope), (&[0, 3][..], Scope::Board));
    }

    #[test]
    fn the_memory_of_an_agx_orin_is_not_added_twice() {
        let names = ["VDD_GPU_SOC", "VDD_CPU_CV", "VIN_SYS_5V0", "VDDQ_VDD2_1V8AO"];
        assert_eq!(indices(&of(&names)), [0, 1, 2]);
        assert_eq!(indices(&of(&names[..3])), [0, 1, 2]);
    }

    #[test]
    fn the_order_of_the_rails_does_not_matter() {
        assert_eq!(indices(&of(&["CV", "VDDRQ", "SYS5V", "GPU", "CPU", "SOC"])), [0, 1, 2, 3, 4, 5]);
        assert_eq!(indices(&of(&["VDD_SOC", "VDD_CPU_GPU_CV", "VDD_IN"])), [2]);
    }

    #[test]
    fn one_rail_more_or_less_or_twice_is_another_board() {
        for names in [
            &["VDD_IN", "VDD_GPU"][..],
            &["VDD_IN", "VDD_GPU", "VDD_CPU", "VDD_NEW"],
            &["VDD_IN", "VDD_GPU", "VDD_CPU", "VDD_IN"],
            &["VDD_IN", "VDD_GPU", "VDD_CPU", "VDD_5V_IO_SYS"],
            &["POM_5V_IN", "POM_5V_GPU", "POM_5V_CPU", "VDD_IN"],
            &[],
        ] {
            let board = of(names);
            let Total::Unknown { why } = &board.total else { panic!("{names:?}: {:?}", board.total) };
            assert!(why.starts_with("no known total: ") && why.contains(&names.join(", ")), "{why}");
            assert_eq!((board.name, board.scope), (None, Scope::Part));
        }
    }

    #[test]
    fn the_rails_of_a_thor_refer_to_its_carrier_board() {
        let board = of(&["VDD_GPU", "VDD_CPU_SOC_MSS", "VIN_SYS_5V0"]);
        assert!(board.is_thor() && matches!(&board.total, Total::Unknown { why } if why.contains("INA238")));
    }
}
