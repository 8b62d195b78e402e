//! The log of an external meter: every number that is read stands in the log.

#![no_main]

use std::fs::{self, File};
use std::io::Write;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let folder = fuzz::folder();
    let path = folder.path().join("power.csv");
    fs::write(&path, "").expect("a file");
    let Some(Ok(meter)) = measure::rail::meter::Meter::parse(&format!("meter:{}", path.display())) else { return };
    let Ok(mut readings) = meter.open() else { return };
    let mut log = File::options().append(true).open(&path).expect("a file");
    // In two parts, as a program writes that is read in the middle of a line.
    let middle = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    for part in [&text[..middle], &text[middle..]] {
        log.write_all(part.as_bytes()).expect("a file");
        let _ = readings.take();
    }
});
