//! The distribution of the processor's threads over cores and sockets.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Observations, cores, number, observation, reported};

/// The number of sockets, the number of threads per core, and whether cores run several threads now.
pub fn observations(sysfs: &Path) -> Observations {
    Observations::from([
        ("cpu_sockets".to_owned(), observation(sockets(sysfs))),
        ("threads_per_core".to_owned(), observation(threads(sysfs))),
        ("smt_active".to_owned(), observation(smt(sysfs))),
    ])
}

fn sockets(sysfs: &Path) -> Result<u64, String> {
    let packages =
        cores(sysfs).into_iter().filter_map(|core| reported(&core, "topology/physical_package_id", "it").ok());
    match packages.collect::<BTreeSet<String>>().len() {
        0 => Err("no core reports its socket".to_owned()),
        count => Ok(count as u64),
    }
}

/// The maximum number of threads of a core: some processors mix cores with one and with two.
fn threads(sysfs: &Path) -> Result<u64, String> {
    let lists = cores(sysfs).into_iter().filter_map(|core| reported(&core, "topology/thread_siblings_list", "it").ok());
    lists.filter_map(|list| count(&list)).max().ok_or_else(|| "no core reports its threads".to_owned())
}

/// Whether simultaneous multithreading is active.
fn smt(sysfs: &Path) -> Result<bool, String> {
    let what = "whether cores run several threads";
    Ok(number::<u8>(sysfs, "devices/system/cpu/smt/active", what)? != 0)
}

/// How many numbers a list such as `0-1,8` has.
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
    fn the_numbers_in_the_kernels_lists_are_counted() {
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
