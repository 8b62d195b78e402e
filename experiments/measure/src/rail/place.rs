//! The place of a device on its buses: a name that stays the same from one start of the machine to the next. The kernel
//! numbers chips, buses and hubs in the order in which it finds them, so those numbers are no part of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The devices from the root of the machine to the one that `link` leads to, without numbers that the kernel gives.
/// Empty where the link leads to no device below `sysfs`.
pub fn place(sysfs: &Path, link: &Path) -> Vec<String> {
    let mut before = String::new();
    let mut parts = Vec::new();
    for name in path(sysfs, link) {
        parts.extend(stable(&name, &before));
        before = name;
    }
    parts
}

/// The address on the PCI bus of the device that `link` leads to, for example `0000:03:00.0`.
pub fn pci_address(sysfs: &Path, link: &Path) -> Option<String> {
    path(sysfs, link).pop().filter(|name| is_pci_address(name))
}

/// The address as the kernel writes it; NVIDIA's library gives the domain eight digits.
pub fn normal_address(address: &str) -> Option<String> {
    let address = address.trim().to_ascii_lowercase();
    let (domain, rest) = address.split_once(':')?;
    let address = format!("{:04x}:{rest}", u32::from_str_radix(domain, 16).ok()?);
    is_pci_address(&address).then_some(address)
}

/// For each chip the shortest end of its place that no other chip of its name has; `None` where there is none.
pub fn names(chips: &[(String, Vec<String>)]) -> Vec<Option<String>> {
    let ends = |place: &[String], length: usize| {
        let end = place.get(place.len().checked_sub(length)?..)?;
        // The address of a chip alone does not say on which bus it is.
        (length > 1 || end.iter().all(|part| part.len() > 4)).then(|| printable(&end.join(":")))
    };
    let mut longest = BTreeMap::new();
    for (name, place) in chips {
        longest
            .entry(name)
            .and_modify(|length: &mut usize| *length = (*length).max(place.len()))
            .or_insert(place.len());
    }
    let of = |index: usize| {
        let (name, place) = &chips[index];
        let others = || chips.iter().enumerate().filter(|(other, (of, _))| *other != index && of == name);
        (1..=longest[name]).find_map(|length| {
            let own = ends(place, length)?;
            others().all(|(_, (_, other))| ends(other, length).as_ref() != Some(&own)).then_some(own)
        })
    };
    (0..chips.len()).map(of).collect()
}

/// The text without characters that would end a word of a command or the name of a source.
pub fn printable(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_.:-".contains(letter);
    text.chars().map(|letter| if plain(letter) { letter } else { '-' }).collect()
}

/// The names of the folders below `devices` on the way to where the link leads.
fn path(sysfs: &Path, link: &Path) -> Vec<String> {
    let resolved = |path: &Path| -> Option<PathBuf> { fs::canonicalize(path).ok() };
    let Some((root, device)) = resolved(sysfs).zip(resolved(link)) else { return Vec::new() };
    let Ok(below) = device.strip_prefix(root.join("devices")) else { return Vec::new() };
    below.iter().map(|name| name.to_string_lossy().into_owned()).collect()
}

fn is_pci_address(name: &str) -> bool {
    let hex = |text: &str, lengths: &[usize]| {
        lengths.contains(&text.len()) && text.chars().all(|letter| letter.is_ascii_hexdigit())
    };
    let parts: Vec<&str> = name.split(':').collect();
    // Controllers of the volume management device have a domain of five digits.
    let [domain, bus, rest] = parts[..] else { return false };
    rest.split_once('.').is_some_and(|(device, function)| {
        hex(domain, &[4, 5, 6, 7, 8]) && hex(bus, &[2]) && hex(device, &[2]) && hex(function, &[1])
    })
}

/// The part of a name that is no number of the kernel's, if any. `before` is the folder above.
fn stable(name: &str, before: &str) -> Option<String> {
    let number = |text: &str| !text.is_empty() && text.chars().all(|letter| letter.is_ascii_digit());
    let numbered = |name: &str, start: &str| name.strip_prefix(start).is_some_and(number);
    if ["i2c-", "spi", "usb", "hwmon"].iter().any(|start| numbered(name, start)) || name == "hwmon" {
        return None;
    }
    match name.split_once('-') {
        // A chip on an I2C bus: number of the bus and address.
        Some((bus, address)) if number(bus) && numbered(before, "i2c-") => return Some(address.to_owned()),
        // A device on a USB: number of the bus and ports.
        Some((bus, ports)) if number(bus) && ports.starts_with(|letter: char| letter.is_ascii_digit()) => {
            return Some(format!("port{ports}"));
        }
        _ => {}
    }
    // A chip on an SPI bus: numbers of bus and select line.
    if let Some((bus, line)) = name.split_once('.').filter(|(bus, line)| numbered(bus, "spi") && number(line)) {
        return (before == bus).then(|| format!("cs{line}"));
    }
    // An input device: bus, vendor, product, and a number that counts how often one was connected.
    let parts: Vec<&str> = name.split([':', '.']).collect();
    if let [bus, vendor, product, _] = parts[..]
        && [bus, vendor, product].iter().all(|part| part.len() == 4)
        && !is_pci_address(name)
    {
        return Some(format!("{bus}:{vendor}:{product}"));
    }
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The stable parts of a path below `devices`.
    fn of(path: &str) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let device = folder.path().join("devices").join(path);
        fs::create_dir_all(&device).expect("a folder");
        place(folder.path(), &device).join(" ")
    }

    #[test]
    fn a_place_has_no_number_that_the_kernel_gives() {
        let i2c = |bus: u32| format!("platform/soc/fe804000.i2c/i2c-{bus}/{bus}-0040");
        assert_eq!(of(&i2c(1)), "platform soc fe804000.i2c 0040");
        assert_eq!(of(&i2c(1)), of(&i2c(11)));
        assert_eq!(of("pci0000:00/0000:00:01.0/0000:03:00.0"), "pci0000:00 0000:00:01.0 0000:03:00.0");
        let psu = |bus: u32, times: u32| {
            format!("pci0000:00/0000:00:14.0/usb{bus}/{bus}-1.5/{bus}-1.5:1.0/0003:1B1C:1C08.000{times}")
        };
        assert_eq!(of(&psu(1, 3)), "pci0000:00 0000:00:14.0 port1.5 port1.5:1.0 0003:1B1C:1C08");
        assert_eq!(of(&psu(1, 3)), of(&psu(2, 7)));
        assert_eq!(of("platform/3f204000.spi/spi_master/spi0/spi0.1"), "platform 3f204000.spi spi_master cs1");
        assert_eq!(of("LNXSYSTM:00/LNXSYBUS:00/ACPI000D:00"), "LNXSYSTM:00 LNXSYBUS:00 ACPI000D:00");
    }

    #[test]
    fn chips_of_one_name_are_distinguished_by_the_shortest_end_of_their_places() {
        let chip = |place: &str| ("ina226".to_owned(), place.split(' ').map(str::to_owned).collect::<Vec<_>>());
        let named = |places: &[&str]| names(&places.iter().map(|place| chip(place)).collect::<Vec<_>>());
        let some = |names: [&str; 2]| names.map(|name| Some(name.to_owned()));
        assert_eq!(named(&["soc a.i2c 0040", "soc a.i2c 0041"]), some(["a.i2c:0040", "a.i2c:0041"]));
        assert_eq!(named(&["x a.i2c 0040", "y a.i2c 0040"]), some(["x:a.i2c:0040", "y:a.i2c:0040"]));
        assert_eq!(named(&["0000:03:00.0", "0000:0b:00.0"]), some(["0000:03:00.0", "0000:0b:00.0"]));
        assert_eq!(named(&["soc a.i2c 0040", "soc a.i2c 0040"]), [None, None]);
        assert_eq!(names(&[("ina226".to_owned(), Vec::new())]), [None]);
    }

    #[test]
    fn an_address_is_written_as_the_kernel_does() {
        assert_eq!(normal_address("00000000:0B:00.0").as_deref(), Some("0000:0b:00.0"));
        assert_eq!(normal_address("10000:01:00.0").as_deref(), Some("10000:01:00.0"));
        for wrong in ["", "0000:03:00", "03:00.0", "0000:03:00.0.1", "x:03:00.0", "ACPI000D:00"] {
            assert_eq!(normal_address(wrong), None, "{wrong}");
        }
    }
}
