//! Whether the present programs made a measurement: compares the facts about programs in its key with those of the
//! present key of the same point. The request (protocol, seed, power source) and the hardware do not matter.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use offprint::Identity;
use offprint::key::{Key, facts};
use offprint::resolved::Resolved;
use offprint::tree::{Digests, Tree};

use crate::device::{Device, Precision};
use crate::measured::How;
use crate::study::{POWER, Study};

/// Name of a network, and a number of images at once.
pub type Point = (String, u32);

/// The programs that would measure a point now.
#[derive(Clone, Debug)]
pub struct Present {
    /// The text of the point's key; none when the programs no longer have the device or network.
    key: Option<String>,
}

impl Present {
    /// For each of these points, measured with a device in the checkout at `root`, whose digests are in `tree`. Only networks
    /// and protocol of `study` are used.
    ///
    /// # Errors
    /// A file that decides the key cannot be read.
    pub fn of(
        root: &Path,
        study: &Study,
        (device, precision): (Device, Precision),
        points: impl IntoIterator<Item = Point>,
        tree: &Tree,
    ) -> Result<BTreeMap<Point, Self>> {
        let study = Study { device, precision, power: POWER.to_owned(), ..study.clone() };
        let identity = Identity { kind: study.slug(), facts: BTreeMap::new() };
        let how = How::new(root, &study, &identity, None)?;
        let mut all = BTreeMap::new();
        for (name, batch) in points {
            if all.contains_key(&(name.clone(), batch)) {
                continue;
            }
            let key = match study.networks.iter().find(|known| known.name == name) {
                None => None,
                Some(network) => {
                    let step = how.point(network, batch, (1, study.step(network, batch)))?;
                    Some(Key::new(&step, &Resolved::default(), tree, Digests::Cached)?.text)
                }
            };
            all.insert((name, batch), Self { key });
        }
        Ok(all)
    }

    /// Whether these programs made the measurement with this key.
    pub fn has_measured(&self, key: &str) -> bool {
        self.key.as_deref().is_some_and(|own| programs(own) == programs(key))
    }
}

/// The facts of a key about programs: program, sources, crates, compiler and its flags, profile and network.
fn programs(key: &str) -> BTreeMap<&str, Vec<&str>> {
    let is_one = |label: &str| {
        matches!(label, "program" | "toolchain")
            || ["source ", "crate ", "text ", "cargo "].iter().any(|start| label.starts_with(start))
    };
    facts(key).into_iter().filter(|(label, _)| is_one(label)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use offprint::stat_cache::{Caching, StatCache};

    const KEY: &str = "key 1\nstep = measure/cpu/enet/b1\nprogram = workspace measure\nargument --protocol = quick\n\
                       source a.rs = 11\ncrate burn = 1\ntoolchain = rustc 1\ntext network = relu\nhardware cpu = a\n";

    #[test]
    fn request_and_hardware_do_not_make_another_version() {
        let present = Present { key: Some(KEY.to_owned()) };
        for (old, new) in [("quick", "paper"), ("cpu = a", "cpu = b"), ("b1", "b1/s2")] {
            assert!(present.has_measured(&KEY.replace(old, new)), "{new}");
        }
    }

    #[test]
    fn measurements_of_the_present_programs_are_recognised_on_any_hardware() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let study = Study::choose(&root, Device::Cpu, "quick", &["enet".to_owned()], &[1]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let stat_cache = StatCache::open(&root, &folder.path().join("cache"), Caching::Off);
        let tree = Tree::open(&root, stat_cache.into()).unwrap();
        let of = |device, network: &str| {
            let point = (network.to_owned(), 1);
            let all = Present::of(&root, &study, (device, Precision::F32), [point.clone()], &tree).unwrap();
            all[&point].clone()
        };
        let present = of(Device::Cpu, "enet");
        let key = present.key.clone().unwrap();
        let file = "source experiments/measure/src/main.rs = ";
        assert!(key.contains(file));
        assert!(present.has_measured(&format!("{key}hardware cores = 64\n")));
        assert!(!present.has_measured(&key.replace(file, &format!("{file}1"))));
        assert!(!of(Device::CpuBurn, "enet").has_measured(&key) && !of(Device::Cpu, "lenet").has_measured(&key));
    }

    #[test]
    fn another_source_crate_compiler_or_network_makes_another_version() {
        let present = Present { key: Some(KEY.to_owned()) };
        for (old, new) in
            [("= 11", "= 12"), ("a.rs", "b.rs"), ("burn = 1", "burn = 2"), ("rustc 1", "rustc 2"), ("relu", "lrn")]
        {
            assert!(!present.has_measured(&KEY.replace(old, new)), "{new}");
        }
        assert!(!Present { key: None }.has_measured(KEY));
    }
}
