//! Whether a measurement is one of the present programs: what its key says of programs, against what the key of the same point says now.
//! What was asked of them (protocol, seed, power source) and on which hardware decides nothing here. Reads no record.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;

use crate::device::{Device, Precision};
use crate::measured::How;
use crate::sessions;
use crate::study::{POWER, Study};
use offprint::identity::Identity;
use offprint::key::{Key, facts};
use offprint::resolved::Resolved;
use offprint::tree::{Digests, Tree};

/// The programs that would measure a point now.
#[derive(Clone, Debug)]
pub struct Present {
    /// The text of the point's key; none where the programs know no such device or network any more.
    key: Option<String>,
}

impl Present {
    /// Of the point whose step is `point`, in the checkout at `root`, of which `tree` has the digests. Of `study` count its networks and
    /// its protocol.
    ///
    /// # Errors
    /// A file that decides the key cannot be read.
    pub fn of(root: &Path, study: &Study, point: &str, tree: &Tree) -> Result<Self> {
        let Some((slug, network, batch)) = sessions::parts(point) else { return Ok(Self { key: None }) };
        let (device, precision) = Precision::of_slug(slug);
        let network = study.networks.iter().find(|known| known.name == network);
        let batch = batch.strip_prefix('b').and_then(|batch| batch.parse().ok());
        let (Some(device), Some(network), Some(batch)) = (Device::of_slug(device), network, batch) else {
            return Ok(Self { key: None });
        };
        let study = Study { device, precision, power: POWER.to_owned(), ..study.clone() };
        let identity = Identity { kind: slug.to_owned(), facts: BTreeMap::new() };
        let step = How::new(root, &study, &identity, None)?.point(network, batch, (1, point.to_owned()))?;
        Ok(Self { key: Some(Key::new(&step, &Resolved::default(), tree, Digests::Cached)?.text) })
    }

    /// Whether they have measured what has this key.
    pub fn has_measured(&self, key: &str) -> bool {
        self.key.as_deref().is_some_and(|own| programs(own) == programs(key))
    }
}

/// The facts of a key that say what computed: program, sources, crates, compiler, profile and network.
fn programs(key: &str) -> BTreeMap<&str, Vec<&str>> {
    let is_one = |label: &str| {
        matches!(label, "program" | "toolchain")
            || ["source ", "crate ", "text "].iter().any(|start| label.starts_with(start))
    };
    facts(key).into_iter().filter(|(label, _)| is_one(label)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beside::{Machine, Record, mark_outdated};
    use offprint::stat_cache::{Caching, StatCache};
    use offprint::step::{Input, Origin};

    const KEY: &str = "key 1\nstep = measure/cpu/enet/b1\nprogram = workspace measure\nargument --protocol = quick\n\
                       source a.rs = 11\ncrate burn = 1\ntoolchain = rustc 1\ntext network = relu\nhardware cpu = a\n";

    #[test]
    fn what_was_asked_and_where_is_no_other_version() {
        let present = Present { key: Some(KEY.to_owned()) };
        for (old, new) in [("quick", "paper"), ("cpu = a", "cpu = b"), ("b1", "b1/s2")] {
            assert!(present.has_measured(&KEY.replace(old, new)), "{new}");
        }
    }

    #[test]
    fn records_of_the_present_programs_are_not_marked_and_all_others_are() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let study = Study::choose(&root, Device::Cpu, "quick", &["enet".to_owned()], &[1]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let stat_cache = StatCache::open(&root, &folder.path().join("stamps"), Caching::Off);
        let tree = Tree::open(&root, stat_cache.into()).unwrap();
        let key = Present::of(&root, &study, "measure/cpu/enet/b1", &tree).unwrap().key.unwrap();
        let file = "source experiments/measure/src/main.rs = ";
        assert!(key.contains(file));
        let record = |step: &str, batch: u32, key: Option<String>| Record {
            step: step.to_owned(),
            input: Input { place: format!("records/enet-b{batch}.json"), origin: Origin::File(String::new()) },
            key,
            outdated: false,
        };
        let records = vec![
            record("measure/cpu/enet/b1", 1, Some(format!("{key}hardware cores = 64\n"))),
            record("measure/cpu/enet/b1", 2, Some(key.replace(file, &format!("{file}1")))),
            record("measure/cpu/enet/b1", 4, None),
            record("measure/abacus/enet/b1", 8, Some(key)),
        ];
        let machines = vec![Machine { name: "cpu-0".to_owned(), records }];
        let mut study = Study { beside: machines, ..study };
        mark_outdated(&root, &mut study, &tree).unwrap();
        assert_eq!(study.beside[0].arguments(), ["--outdated", "enet-b2,enet-b4,enet-b8"]);
    }

    #[test]
    fn another_source_crate_compiler_or_network_is() {
        let present = Present { key: Some(KEY.to_owned()) };
        for (old, new) in
            [("= 11", "= 12"), ("a.rs", "b.rs"), ("burn = 1", "burn = 2"), ("rustc 1", "rustc 2"), ("relu", "lrn")]
        {
            assert!(!present.has_measured(&KEY.replace(old, new)), "{new}");
        }
        assert!(!Present { key: None }.has_measured(KEY));
    }
}
