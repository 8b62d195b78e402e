//! How the processor's threads lie on cores and sockets. Knows no model and no clock.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Observations, cores, number, observation, told};

/// Sockets, threads of a core, and whether cores run several threads now.
pub fn observations(sysfs: &Path) -> Observations {
    Observations::from([
        ("cpu_sockets".to_owned(), observation(sockets(sysfs))),
        ("threads_per_core".to_owned(), observation(threads(sysfs))),
        ("smt_active".to_owned(), observation(smt(sysfs))),
    ])
}

fn sockets(sysfs: &Path) -> Result<u64, String> {
    let packages = cores(sysfs).into_iter().filter_map(|core| told(&core, "topology/physical_package_id", "it").ok());
    match packages.collect::<BTreeSet<String>>().len() {
        0 => Err("no core tells its socket".to_owned()),
        count => Ok(count as u64),
    }
}

/// Of the core that has most: some processors mix cores with one and with two.
fn threads(sysfs: &Path) -> Result<u64, String> {
    let lists = cores(sysfs).into_iter().filter_map(|core| told(&core, "topology/thread_siblings_list", "it").ok());
    lists.filter_map(|list| count(&list)).max().ok_or_else(|| "no core tells its threads".to_owned())
}

/// Simultaneous multithreading: two threads share one core's arithmetic.
fn smt(sysfs: &Path) -> Result<bool, String> {
    let what = "whether cores run several threads";
    Ok(number::<u8>(sysfs, "devices/system/cpu/smt/active", what)? != 0)
}

/// Numbers in a list such as `0-1,8`.
fn count(list: &str) -> Option<u64> {
    list.trim().split(',').try_fold(0_u64, |sum, part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
        sum.checked_add(last.checked_sub(first)?.checked_add(1)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::fixture;

    #[test]
    fn lists_of_the_kernel_are_counted() {
        assert_eq!(["0", "0-1\n", "0,4", "0-3,8-11,15"].map(count), [1, 2, 2, 9].map(Some));
        assert_eq!(["", "1-0", "a", "0-18446744073709551615"].map(count), [None; 4]);
    }

    #[test]
    fn sockets_and_threads_are_read_from_the_cores() {
        let folder = fixture(&[
            ("devices/system/cpu/cpu0/topology/physical_package_id", "0\n"),
            ("devices/system/cpu/cpu0/topology/thread_siblings_list", "0,2\n"),
            ("devices/system/cpu/cpu1/topology/physical_package_id", "1\n"),
            ("devices/system/cpu/cpu1/topology/thread_siblings_list", "1\n"),
            ("devices/system/cpu/cpu2/topology/physical_package_id", "0\n"),
            ("devices/system/cpu/smt/active", "1\n"),
        ]);
        assert_eq!((sockets(folder.path()), threads(folder.path()), smt(folder.path())), (Ok(2), Ok(2), Ok(true)));
    }
}
