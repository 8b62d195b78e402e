//! A board whose power files change while they are read: the monitor of a Jetson TX1 in the layout of L4T 32, whose
//! rails follow a curve of power over time. It records its own delay.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use measure::environment::clock;
use tempfile::TempDir;

/// Below sysfs.
const MONITOR: &str = "bus/i2c/drivers/ina3221x/1-0040/iio:device0";
/// The channels with their shares of the module's power.
const RAILS: [(&str, f64); 3] = [("VDD_IN", 1.0), ("VDD_GPU", 0.5), ("VDD_CPU", 0.25)];
/// The time between two updates of the files.
const EVERY: Duration = Duration::from_millis(4);

/// Power [W] as a function of monotonic time [s].
pub type Curve = Box<dyn Fn(f64) -> f64 + Send>;

/// The board; its files stop changing when it is dropped.
pub struct Board {
    folder: TempDir,
    curve: Arc<Mutex<Curve>>,
    latest: Arc<Mutex<f64>>,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Board {
    /// Starts a board that follows the curve.
    pub fn start(curve: Curve) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let monitor = folder.path().join(MONITOR);
        fs::create_dir_all(&monitor).expect("a folder");
        for (channel, (name, _)) in RAILS.iter().enumerate() {
            fs::write(monitor.join(format!("rail_name_{channel}")), format!("{name}\n")).expect("a file");
        }
        write(&monitor, curve(clock::now().expect("a clock")));
        let (curve, latest) = (Arc::new(Mutex::new(curve)), Arc::new(Mutex::new(0.0)));
        let ends = Arc::new(AtomicBool::new(false));
        let thread = thread::spawn({
            let (curve, latest, ends) = (curve.clone(), latest.clone(), ends.clone());
            move || {
                let mut due = clock::now().expect("a clock");
                while !ends.load(Ordering::Relaxed) {
                    let now = clock::now().expect("a clock");
                    let watts = (curve.lock().expect("no panic"))(now);
                    write(&monitor, watts);
                    let late = clock::now().expect("a clock") - due;
                    let mut latest = latest.lock().expect("no panic");
                    *latest = f64::max(*latest, late);
                    drop(latest);
                    due = now + EVERY.as_secs_f64();
                    thread::sleep(EVERY);
                }
            }
        });
        Self { folder, curve, latest, ends, thread: Some(thread) }
    }

    /// The folder of its files, for `--sysfs`.
    pub fn sysfs(&self) -> &Path {
        self.folder.path()
    }

    /// Follows another curve from now on.
    pub fn follow(&self, curve: Curve) {
        *self.curve.lock().expect("no panic") = curve;
    }

    #[allow(dead_code, reason = "only the test of the closed form uses it")]
    /// The longest delay of its files behind the curve [s].
    pub fn latest(&self) -> f64 {
        *self.latest.lock().expect("no panic") + EVERY.as_secs_f64()
    }

    /// The file of the module's power.
    pub fn total(&self) -> PathBuf {
        self.folder.path().join(MONITOR).join("in_power0_input")
    }

    /// Stops changing anything.
    pub fn stop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("no panic");
        }
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// Writes milliwatts to the files of all channels. A reader sees either the old value or the new one.
fn write(monitor: &Path, watts: f64) {
    for (channel, (_, share)) in RAILS.iter().enumerate() {
        let aside = monitor.join("aside");
        fs::write(&aside, format!("{:.0}\n", watts * share * 1e3)).expect("a file");
        // A test may have replaced the file.
        fs::rename(&aside, monitor.join(format!("in_power{channel}_input"))).ok();
    }
}
