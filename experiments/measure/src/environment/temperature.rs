//! The hottest thermal zone. Zones that have no sensor, or one that is not read, report constants, which are skipped.

use std::path::Path;

use super::{folders, text};

/// Temperatures of working machines [°C, exclusive]. Outside are a sensor that is off (-40, -127, -273) and the largest
/// numbers of one and more bytes (127, 255, 65535). Processors shut down by 125.
const POSSIBLE: (f64, f64) = (-40.0, 127.0);
/// Constants that zones report all the time, by a part of their type in lower case [m°C]: the PMIC of a Jetson or a
/// telephone (`pmi8998`, `pm8150`), the zone of Intel's thermal policies, tables of firmware with 2900, 3010 or 3030
/// tenths of a kelvin, and the largest numbers of two bytes.
const CONSTANT: [(&str, i64); 8] = [
    ("pmi", 100_000),
    ("pm8", 100_000),
    ("int3400", 20_000),
    ("acpitz", 16_800),
    ("acpitz", 27_800),
    ("acpitz", 29_800),
    ("", 32_767),
    ("", 65_535),
];

/// The temperature [°C] and the type of the hottest zone.
pub fn hottest(sysfs: &Path) -> Result<(f64, String), String> {
    let zones = folders(&sysfs.join("class/thermal"), "thermal_zone");
    let read: Vec<(i64, String)> = zones
        .iter()
        .filter_map(|zone| {
            let kind = text(zone, "type").unwrap_or_else(|_| "unnamed".to_owned());
            Some((text(zone, "temp").ok()?.trim().parse().ok()?, kind.trim().to_owned()))
        })
        .collect();
    if read.is_empty() {
        return Err("no thermal zone can be read".to_owned());
    }
    let measured = read.into_iter().filter(|(millis, kind)| is_measured(*millis, kind));
    let hottest = measured.max_by_key(|(millis, _)| *millis);
    let (millis, kind) = hottest.ok_or("all thermal zones report constants instead of temperatures")?;
    Ok((millis as f64 / 1e3, kind))
}

fn is_measured(millis: i64, kind: &str) -> bool {
    let (kind, celsius) = (kind.to_lowercase(), millis as f64 / 1e3);
    let is_constant = CONSTANT.iter().any(|(part, constant)| kind.contains(part) && millis == *constant);
    // A zone of 0 is not read; one of 45 reports degrees, or something else than a temperature.
    millis.abs() >= 200 && celsius > POSSIBLE.0 && celsius < POSSIBLE.1 && !is_constant
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::fixture;

    /// The hottest of these zones, by type and content.
    fn of(zones: &[(&str, &str)]) -> Result<(f64, String), String> {
        let name = |number: usize, file: &str| format!("class/thermal/thermal_zone{number}/{file}");
        let files: Vec<(String, &str)> = zones
            .iter()
            .enumerate()
            .flat_map(|(number, (kind, temp))| [(name(number, "type"), *kind), (name(number, "temp"), *temp)])
            .collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(file, text)| (file.as_str(), *text)).collect();
        hottest(fixture(&files).path())
    }

    const CPU: (&str, &str) = ("CPU-therm\n", "33000\n");

    #[test]
    fn the_hottest_zone_is_named() {
        assert_eq!(of(&[("AO-therm\n", "41000\n"), CPU]), Ok((41.0, "AO-therm".to_owned())));
        assert_eq!(of(&[("battery\n", "-5500\n")]), Ok((-5.5, "battery".to_owned())));
        // Only the PMIC has a constant of 100 °C: a processor may be that hot.
        assert_eq!(of(&[("PMIC-Die\n", "99500\n")]), Ok((99.5, "PMIC-Die".to_owned())));
        assert_eq!(of(&[("x86_pkg_temp\n", "100000\n")]), Ok((100.0, "x86_pkg_temp".to_owned())));
    }

    #[test]
    fn constants_of_zones_without_a_sensor_are_no_temperatures() {
        for constant in [
            ("PMIC-Die\n", "100000\n"),
            ("pmic_thermal\n", "100000\n"),
            ("pm8150-tz\n", "100000\n"),
            ("ddr\n", "65535\n"),
            ("ambient\n", "32767\n"),
            ("Tboard_tegra\n", "127000\n"),
            ("soc-thermal\n", "255000\n"),
            ("gpu\n", "2147483647\n"),
            ("vbat\n", "4200000\n"),
            ("INT3400 Thermal\n", "20000\n"),
            ("acpitz\n", "27800\n"),
            ("Tdiode_tegra\n", "-40000\n"),
            ("GPU-therm\n", "-256000\n"),
            ("iwlwifi_1\n", "0\n"),
            ("battery\n", "45\n"),
        ] {
            assert_eq!(of(&[constant, CPU]), Ok((33.0, "CPU-therm".to_owned())), "{constant:?}");
            assert!(of(&[constant]).is_err_and(|why| why.contains("constants")), "{constant:?}");
        }
        assert_eq!(of(&[("wifi\n", "many\n")]), Err("no thermal zone can be read".to_owned()));
    }
}
