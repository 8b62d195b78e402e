//! The kernel's files: power sources, environment, memory, doctor, hardware and devices of a machine that the input
//! describes.

#![no_main]

use std::fs;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use measure::device::Device;
use measure::doctor::snapshot::Snapshot;
use measure::environment::{self, moment::Moment};
use measure::{memory, rail};

fuzz_target!(|text: &str| {
    let folder = fuzz::folder();
    fuzz::unpack(text, folder.path());
    let (procfs, sysfs) = (folder.path().join("proc"), folder.path().join("sys"));
    let _ = [&procfs, &sysfs].map(fs::create_dir);
    for source in rail::find(&sysfs) {
        if let Ok(mut readings) = rail::open(&source) {
            let _ = readings.take();
        }
    }
    let before = Moment::read(&procfs, &sysfs);
    let after = Moment::read(&procfs, &sysfs);
    let none = environment::gpu::none("no device");
    let observations = environment::observations(&procfs, &sysfs, none, &before, &after);
    let text = serde_json::to_string(&observations).expect("JSON");
    assert!(!text.contains(&*folder.path().to_string_lossy()), "a path of this machine: {text}");
    let _ = memory::available(&procfs, &sysfs);
    let _ = memory::resident(&procfs, memory::THIS);
    let _ = Snapshot::take(&procfs, &sysfs, folder.path(), Device::Cpu, Duration::ZERO);
});
