//! Which graphics processor Vulkan can use, by opening its node and asking the loader, and the reason for each other one.

use std::process::Command;

use crate::manifests::{self, Variable};
use crate::nodes::{self, Node, Reason};
use crate::vulkan::Adapter;
use crate::{Places, drivers, question};

/// A graphics processor with Vulkan's adapter, or why there is none.
pub type Card = (Node, Result<Adapter, Reason>);

/// What Vulkan offers on this machine.
#[derive(Clone, Debug)]
pub struct Found {
    /// The cards in the order of their nodes.
    pub cards: Vec<Card>,
    /// Adapters without a node: software, and those of drivers that use no render node.
    pub others: Vec<Adapter>,
    /// The loader's error, if it could not be asked.
    pub failed: Option<Reason>,
}

/// Opens each node and asks the loader through `program`, which prints [`question::answer`].
pub fn find(places: &Places, variable: Variable, program: Command) -> Found {
    let answer = question::ask(program, question::LIMIT);
    matched(places, &manifests::libraries(&places.root, variable), answer)
}

/// Assigns the adapters of an answer to the nodes.
fn matched(places: &Places, libraries: &[String], answer: Result<Vec<Adapter>, String>) -> Found {
    let failed = answer.as_ref().err().map(|why| Reason::new(why, remedy(why, libraries)));
    let (software, mut hardware): (Vec<_>, Vec<_>) =
        answer.unwrap_or_default().into_iter().partition(|adapter| adapter.is_software);
    let nodes = nodes::list(&places.sysfs);
    // Nodes that are certain take their adapters first, so that another of the same model cannot.
    let mut taken: Vec<Option<Adapter>> = vec![None; nodes.len()];
    for is_same in [by_address, by_model] {
        for (node, taken) in nodes.iter().zip(&mut taken).filter(|(_, taken)| taken.is_none()) {
            *taken = hardware.iter().position(|adapter| is_same(node, adapter)).map(|index| hardware.remove(index));
        }
    }
    let state = |(node, adapter): (Node, Option<Adapter>)| {
        let state = match (node.check(places), adapter, drivers::never(&node)) {
            (Ok(()), Some(adapter), _) => Ok(adapter),
            (_, _, Some(reason)) | (Err(reason), _, None) => Err(reason),
            (Ok(()), None, None) => Err(failed.clone().unwrap_or_else(|| drivers::missing(&node, libraries))),
        };
        (node, state)
    };
    let cards = nodes.into_iter().zip(taken).map(state).collect();
    Found { cards, others: hardware.into_iter().chain(software).collect(), failed }
}

/// Whether an adapter is the card of this node: the driver names the node, or the address on the bus.
fn by_address(node: &Node, adapter: &Adapter) -> bool {
    adapter.minor == Some(node.minor) || (adapter.bus.is_some() && adapter.bus == node.bus)
}

/// The same by the model, where the driver names neither.
fn by_model(node: &Node, adapter: &Adapter) -> bool {
    let is_silent = adapter.minor.is_none() && adapter.bus.is_none();
    // Drivers of boards give numbers of their own for what is on no bus.
    is_silent && drivers::never(node).is_none() && node.ids.is_none_or(|ids| ids == adapter.ids)
}

fn remedy(why: &str, libraries: &[String]) -> String {
    if why.contains("cannot be opened") {
        "install it with `sudo apt install libvulkan1`; where it is in no standard folder, name its folder in LD_LIBRARY_PATH".to_owned()
    } else if why.contains("no usable driver") {
        "install NVIDIA's driver or, for AMD and Intel, run `sudo apt install mesa-vulkan-drivers`".to_owned()
    } else {
        format!(
            "find the driver by excluding the others: set VK_DRIVER_FILES to one manifest (installed: {}), and run `vulkaninfo`",
            drivers::named(libraries)
        )
    }
}

impl Found {
    /// The index of the best card and the reason, or only the reason. Software is never chosen.
    pub fn best(&self) -> (Option<usize>, String) {
        let usable =
            self.cards.iter().enumerate().find_map(|(index, (node, card))| Some((index, node, card.as_ref().ok()?)));
        match (usable, self.cards.first()) {
            (Some((index, node, adapter)), _) => {
                (Some(index), format!("Vulkan can use the graphics processor {node}: {}", adapter.name))
            }
            (None, Some((node, Err(reason)))) => {
                let why = format!("the graphics processor {node} cannot be used: {}", reason.why);
                // The processor is what `auto` takes then.
                let is_done = reason.hint == drivers::PROCESSOR;
                (None, if is_done { why } else { format!("{why}\nhint: {}", reason.hint) })
            }
            _ => (None, "the kernel lists no graphics processor".to_owned()),
        }
    }

    /// The card `vulkan:INDEX`, by the kernel's order.
    ///
    /// # Errors
    /// Why Vulkan cannot use it.
    pub fn card(&self, index: usize) -> Result<&Adapter, Reason> {
        match self.cards.get(index) {
            Some((_, Ok(adapter))) => Ok(adapter),
            Some((_, Err(reason))) => Err(reason.clone()),
            // Where the kernel has no render node, drivers list cards all the same.
            None => {
                self.others.iter().filter(|other| !other.is_software).nth(index - self.cards.len()).ok_or_else(|| {
                    self.failed.clone().unwrap_or_else(|| {
                        Reason::new(
                            "there is no such graphics processor",
                            "`cargo xtask devices` lists those that exist",
                        )
                    })
                })
            }
        }
    }

    /// The adapter that computes on the processor.
    ///
    /// # Errors
    /// There is none.
    pub fn software(&self) -> Result<&Adapter, Reason> {
        let none =
            || Reason::new("software Vulkan is not installed", "run `sudo apt install libvulkan1 mesa-vulkan-drivers`");
        let found = self.others.iter().find(|other| other.is_software);
        found.ok_or_else(|| self.failed.clone().unwrap_or_else(none))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;

    use super::*;

    /// Driver, vendor and device, address on the bus, whether its node exists.
    type Made = (&'static str, Option<(&'static str, &'static str)>, &'static str, bool);

    const MESA: [&str; 3] = ["libvulkan_intel.so", "libvulkan_lvp.so", "libvulkan_radeon.so"];

    fn machine(cards: &[Made]) -> (tempfile::TempDir, Places) {
        let top = tempfile::tempdir().expect("a folder");
        let (sysfs, root) = (top.path().join("kernel"), top.path().to_owned());
        fs::create_dir_all(root.join("dev/dri")).expect("a folder");
        for (number, (driver, ids, bus, has_node)) in cards.iter().enumerate() {
            let name = format!("renderD{}", 128 + number);
            let device = sysfs.join("devices").join(bus);
            let drivers = sysfs.join("bus/drivers").join(driver);
            let class = sysfs.join("class/drm").join(&name);
            for folder in [&device, &drivers, &class] {
                fs::create_dir_all(folder).expect("a folder");
            }
            symlink(&device, class.join("device")).expect("a link");
            symlink(&drivers, device.join("driver")).expect("a link");
            if let Some((vendor, id)) = ids {
                fs::write(device.join("vendor"), format!("0x{vendor}\n")).expect("a file");
                fs::write(device.join("device"), format!("0x{id}\n")).expect("a file");
            }
            if *has_node {
                fs::write(root.join("dev/dri").join(&name), "").expect("a file");
            }
        }
        (top, Places { sysfs, root })
    }

    fn adapter(name: &str) -> Adapter {
        Adapter { name: name.to_owned(), ..Adapter::default() }
    }

    fn software() -> Adapter {
        Adapter { is_software: true, ..adapter("llvmpipe") }
    }

    fn matched_on(cards: &[Made], libraries: &[&str], answer: Result<Vec<Adapter>, String>) -> Found {
        let (_top, places) = machine(cards);
        matched(&places, &libraries.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(), answer)
    }

    const AMD: Made = ("amdgpu", Some(("1002", "73bf")), "0000:03:00.0", true);
    const TWIN: Made = ("amdgpu", Some(("1002", "73bf")), "0000:41:00.0", true);

    #[test]
    fn a_card_is_chosen_if_its_node_opens_and_the_loader_lists_it() {
        let card = Adapter { ids: (0x1002, 0x73bf), minor: Some(128), ..adapter("Radeon") };
        let found = matched_on(&[AMD], &MESA, Ok(vec![software(), card.clone()]));
        assert_eq!(
            found.best(),
            (Some(0), "Vulkan can use the graphics processor amdgpu (1002:73bf): Radeon".to_owned())
        );
        assert_eq!((found.card(0), found.software()), (Ok(&card), Ok(&software())));
        assert_eq!(found.card(1).expect_err("only one").why, "there is no such graphics processor");
    }

    #[test]
    fn adapters_of_one_model_belong_to_the_nodes_that_their_drivers_name() {
        let at = |bus: &str| Adapter { ids: (0x1002, 0x73bf), bus: Some(bus.to_owned()), ..adapter(bus) };
        let found = matched_on(&[AMD, TWIN], &MESA, Ok(vec![at("0000:41:00.0"), at("0000:03:00.0")]));
        assert_eq!(found.card(0).expect("the first").name, "0000:03:00.0");
        assert_eq!(found.card(1).expect("the second").name, "0000:41:00.0");
        // The driver lists only the second card, so the first is not chosen under its name.
        let found = matched_on(&[AMD, TWIN], &MESA, Ok(vec![at("0000:41:00.0")]));
        assert_eq!(found.best().0, Some(1));
        assert!(found.card(0).is_err());
        // By the number of the node.
        let minor = |minor| Adapter { ids: (0x1002, 0x73bf), minor: Some(minor), ..adapter(&minor.to_string()) };
        let found = matched_on(&[AMD, TWIN], &MESA, Ok(vec![minor(129), minor(128)]));
        assert_eq!(
            (found.card(0).expect("it").name.as_str(), found.card(1).expect("it").name.as_str()),
            ("128", "129")
        );
    }

    #[test]
    fn cards_that_no_vulkan_driver_serves_are_not_chosen_and_the_reason_is_given() {
        let cards: [(Made, &str); 9] = [
            (("i915", Some(("8086", "0126")), "0000:00:02.0", true), "before Ivy Bridge"),
            (("i915", Some(("8086", "0046")), "0000:00:02.0", true), "before Ivy Bridge"),
            (("i915", Some(("8086", "2a42")), "0000:00:02.0", true), "before Ivy Bridge"),
            (("radeon", Some(("1002", "6798")), "0000:01:00.0", true), "no driver for the kernel's radeon"),
            (("lima", None, "1c40000.gpu", true), "no driver for the kernel's lima"),
            (("etnaviv", None, "etnaviv", true), "no driver for the kernel's etnaviv"),
            (("vc4", None, "soc:gpu", true), "no driver for the kernel's vc4"),
            (("asahi", None, "406400000.gpu", true), "no Vulkan driver for it is installed"),
            (("nouveau", Some(("10de", "0e22")), "0000:01:00.0", true), "no Vulkan driver for it is installed"),
        ];
        for (card, why) in cards {
            let (best, reason) = matched_on(&[card], &MESA, Ok(vec![software()])).best();
            assert!(best.is_none() && reason.contains(why), "{card:?}: {reason}");
        }
        // A driver that nobody knows here is served if the loader lists it.
        let unknown: Made = ("future-gpu", None, "1000.gpu", true);
        assert_eq!(matched_on(&[unknown], &MESA, Ok(vec![adapter("New")])).best().0, Some(0));
        let (best, reason) = matched_on(&[unknown], &MESA, Ok(vec![software()])).best();
        assert!(best.is_none() && reason.contains("libvulkan_lvp.so"), "{reason}");
    }

    #[test]
    fn intels_chips_since_ivy_bridge_are_left_to_the_loader() {
        for device in ["0162", "0166", "0412", "0f31", "1616", "9a49", "56a0"] {
            let card: Made = ("i915", Some(("8086", device)), "0000:00:02.0", true);
            let ids = (0x8086, u32::from_str_radix(device, 16).expect("a number"));
            assert_eq!(matched_on(&[card], &MESA, Ok(vec![Adapter { ids, ..adapter("Intel") }])).best().0, Some(0));
        }
    }

    #[test]
    fn a_node_that_is_absent_is_named_with_the_flag_of_a_container() {
        let absent: Made = ("amdgpu", Some(("1002", "73bf")), "0000:03:00.0", false);
        let card = Adapter { ids: (0x1002, 0x73bf), ..adapter("Radeon") };
        let (top, places) = machine(&[absent]);
        let reason = |places| matched(places, &[], Ok(vec![card.clone()])).card(0).expect_err("closed").clone();
        let outside = reason(&places);
        assert_eq!(outside.why, "/dev/dri/renderD128 cannot be opened: No such file or directory");
        assert!(outside.hint.contains("--device /dev/dri") && outside.hint.contains("udev"), "{}", outside.hint);
        fs::write(top.path().join(".dockerenv"), "").expect("a file");
        assert_eq!(reason(&places).hint, "start the container with `--device /dev/dri`");
        // NVIDIA's own driver computes through another node, which its container hook adds.
        let (top, places) = machine(&[("nvidia", Some(("10de", "2204")), "0000:03:00.0", true)]);
        fs::create_dir_all(top.path().join("run")).expect("a folder");
        fs::write(top.path().join("run/.containerenv"), "").expect("a file");
        let reason = reason(&places);
        assert!(reason.why.starts_with("/dev/nvidiactl") && reason.hint.contains("nvidia.com/gpu=all"), "{reason:?}");
    }

    #[test]
    fn a_closed_node_is_named_with_the_group_that_may_open_it() {
        let (top, places) = machine(&[AMD]);
        let node = places.root.join("dev/dri/renderD128");
        fs::set_permissions(&node, fs::Permissions::from_mode(0o000)).expect("a mode");
        let reason = nodes::closed("dri/renderD128", &node, &std::io::Error::from_raw_os_error(13), &places.root);
        assert_eq!(reason.why, "/dev/dri/renderD128 cannot be opened: Permission denied");
        assert!(reason.hint.contains("sudo usermod --append --groups"), "{}", reason.hint);
        // The control group of a container refuses by another error.
        let refused = nodes::closed("dri/renderD128", &node, &std::io::Error::from_raw_os_error(1), &places.root);
        assert!(refused.why.ends_with("Operation not permitted") && refused.hint.contains("--device /dev/dri"));
        // The group's name, where the file names one.
        let own = std::os::unix::fs::MetadataExt::gid(&fs::metadata(Path::new("/proc/self")).expect("it exists"));
        fs::create_dir_all(top.path().join("etc")).expect("a folder");
        fs::write(top.path().join("etc/group"), format!("root:x:0:\nrender:x:{own}:me\n")).expect("a file");
        let reason = nodes::closed("dri/renderD128", &node, &std::io::Error::from_raw_os_error(13), &places.root);
        assert!(reason.hint.contains("--groups render"), "{}", reason.hint);
    }

    #[test]
    fn a_loader_that_fails_is_the_reason_for_every_card_and_software_is_never_chosen() {
        let missing = "Vulkan's loader cannot be opened: libvulkan.so.1: cannot open shared object file";
        let found = matched_on(&[AMD], &[], Err(missing.to_owned()));
        let reason = found.card(0).expect_err("no loader");
        assert!(reason.why == missing && reason.hint.contains("libvulkan1"), "{reason:?}");
        assert_eq!(found.software().expect_err("no loader").why, missing);
        let crashed = matched_on(&[AMD], &MESA, Err("a Vulkan driver ended the program".to_owned()));
        assert!(crashed.best().1.contains("VK_DRIVER_FILES"), "{:?}", crashed.best());
        // A software adapter whose driver claims the numbers of the card.
        let false_one = Adapter { ids: (0x1002, 0x73bf), minor: Some(128), ..software() };
        assert_eq!(matched_on(&[AMD], &MESA, Ok(vec![false_one])).best().0, None);
        assert_eq!(matched_on(&[], &MESA, Ok(vec![software()])).best().1, "the kernel lists no graphics processor");
    }

    #[test]
    fn virtual_displays_are_no_graphics_processors() {
        for driver in ["vgem", "vkms", "virtio_gpu", "simpledrm", "bochs-drm"] {
            let found = matched_on(&[(driver, None, "card", true)], &MESA, Ok(vec![software()]));
            assert!(found.cards.is_empty(), "{driver}");
        }
    }
}
