//! The machine as described in a record: what its operating system reports, without its host name.

use std::fs;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::record::Environment;

/// Reads all facts.
pub fn read() -> Environment {
    Environment {
        processor: text("/proc/cpuinfo").as_deref().and_then(processor),
        cores: std::thread::available_parallelism().ok().map(usize::from),
        kernel: text("/proc/sys/kernel/osrelease").map(|release| format!("{} {release}", std::env::consts::OS)),
        governor: text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        compiler: Some(env!("SORTING_COMPILER").to_owned()).filter(|version| !version.is_empty()),
        started_utc: utc(OffsetDateTime::now_utc()),
    }
}

/// A time to the second; never empty for a year that a clock can show.
fn utc(moment: OffsetDateTime) -> String {
    moment.replace_nanosecond(0).unwrap_or(moment).format(&Rfc3339).unwrap_or_default()
}

/// Content of a file, without surrounding space.
fn text(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The name of the first processor: x86 kernels have it as `model name`, others as `Model` or `Hardware`.
fn processor(cpuinfo: &str) -> Option<String> {
    let field = |name| {
        let lines = cpuinfo.lines().filter_map(|line| line.split_once(':'));
        lines.map(|(key, value)| (key.trim(), value.trim())).find(|(key, value)| *key == name && !value.is_empty())
    };
    ["model name", "Model", "Hardware"].into_iter().find_map(field).map(|(_, value)| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_is_named_by_its_kernel() {
        let of = |text| processor(text);
        let x86 = "processor\t: 0\nmodel\t\t: 85\nmodel name\t: Some CPU @ 2.0GHz\nmodel name\t: Other\n";
        assert_eq!(of(x86).as_deref(), Some("Some CPU @ 2.0GHz"));
        assert_eq!(of("CPU part\t: 0xd08\n\nModel\t\t: Raspberry Pi 4\n").as_deref(), Some("Raspberry Pi 4"));
        assert_eq!(of("CPU part\t: 0xd08\n"), None);
    }

    #[test]
    fn a_time_is_written_to_the_second() {
        let moment = OffsetDateTime::from_unix_timestamp_nanos(1_795_560_310_987_654_321).expect("a moment");
        assert_eq!(utc(moment), "2026-11-24T22:45:10Z");
    }
}
