//! The file `cluster.toml`: what the nodes share, and how Slurm finds the node that a step needs.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The name of the file, at the top of the checkout.
pub const FILE: &str = "cluster.toml";

/// A cluster.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    /// A folder that this machine and all nodes see under the same path.
    pub shared: PathBuf,
    /// How many jobs may wait or run at once.
    #[serde(default = "jobs")]
    pub jobs: NonZero<usize>,
    /// How to find a node, by the name of what a step needs.
    #[serde(default)]
    pub needs: BTreeMap<String, Node>,
}

/// Enough for any cluster, and far below Slurm's own limit of 10,000, which ended jobs count towards for five minutes.
fn jobs() -> NonZero<usize> {
    const { NonZero::new(500).unwrap() }
}

/// How to find a node: options of `sbatch` by their own names, and how programs for it are built.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Features that the node has.
    pub constraint: Option<String>,
    /// Partition that it is in.
    pub partition: Option<String>,
    /// Generic resources, such as `gpu:h100:1`.
    pub gres: Option<String>,
    /// Account that pays.
    pub account: Option<String>,
    /// Quality of service.
    pub qos: Option<String>,
    /// Reservation to use.
    pub reservation: Option<String>,
    /// Maximum time of one job [min], where that of its step is longer.
    pub time: Option<NonZero<u32>>,
    /// The search path there; `/usr/local/bin:/usr/bin:/bin` by default.
    pub path: Option<String>,
    /// Folder of programs that were built for such a node, for another architecture than this machine's. A relative path
    /// begins at the checkout.
    pub programs: Option<PathBuf>,
}

/// Why the file is not usable.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// There is none.
    #[error("there is no {}\nhint: write one, as docs/cluster.md describes; `shared = \"/folder/that/all/nodes/see\"` is enough for a \
        cluster of equal nodes", .0.display())]
    Missing(PathBuf),
    /// It cannot be read.
    #[error("{}: {problem}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        problem: String,
    },
    /// A step needs something that it does not describe.
    #[error("{FILE} does not describe `{needed}`\nhint: {}", known(names, needed))]
    Unknown {
        /// What is needed.
        needed: String,
        /// What it describes.
        names: Vec<String>,
    },
    /// Two needs of one step want different nodes.
    #[error("{FILE}: {needs} differ in `{option}`, so no node has both\nhint: make one table for the two")]
    Contradiction {
        /// The needs.
        needs: String,
        /// The option of both.
        option: &'static str,
    },
}

fn known(names: &[String], needed: &str) -> String {
    let add = format!("add a table `[needs.\"{needed}\"]`");
    if names.is_empty() { add } else { format!("it has {}; or {add}", names.join(", ")) }
}

impl Cluster {
    /// Reads the file at the top `root` of a checkout.
    ///
    /// # Errors
    /// It does not exist, or has a mistake, which is named with its line.
    pub fn read(root: &Path) -> Result<Self, ClusterError> {
        let path = root.join(FILE);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(ClusterError::Missing(path)),
            read => {
                read.map_err(|error| ClusterError::Unreadable { path: path.clone(), problem: error.to_string() })?
            }
        };
        Self::parse(&text).map_err(|problem| ClusterError::Unreadable { path, problem })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let cluster: Self = toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
        if !cluster.shared.is_absolute() {
            return Err(format!(
                "shared = {:?}: the path must begin with /, since nodes start elsewhere",
                cluster.shared
            ));
        }
        // Slurm takes a backslash in the name of a log for a sign of its own, and its lists are split at bars.
        if cluster.shared.to_string_lossy().contains(|letter: char| letter.is_control() || "\\|".contains(letter)) {
            return Err(format!(
                "shared = {:?}: Slurm cannot write logs there: choose a path without \\ and |",
                cluster.shared
            ));
        }
        for (name, node) in &cluster.needs {
            if node.time.is_some_and(|minutes| minutes.get() < 2) {
                return Err(format!(
                    "needs.{name}.time: at least 2 min, since jobs get a signal to end a minute before"
                ));
            }
            for (option, value) in node.options() {
                // Slurm splits some of them, and would read others as options.
                let is_plain = !value.is_empty()
                    && !value.starts_with('-')
                    && !value.chars().any(|letter| letter.is_control() || letter == ' ');
                if !is_plain {
                    return Err(format!("needs.{name}.{option} = {value:?}: not a value for sbatch --{option}"));
                }
            }
        }
        Ok(cluster)
    }

    /// The node that has everything in `needs`; any node if nothing is needed.
    ///
    /// # Errors
    /// A need is unknown, or two of them contradict.
    pub fn node<T: AsRef<str>>(&self, needs: &[T]) -> Result<Node, ClusterError> {
        let mut node = Node::default();
        let needs: Vec<&str> = needs.iter().map(AsRef::as_ref).collect();
        for &needed in &needs {
            let unknown =
                || ClusterError::Unknown { needed: needed.to_owned(), names: self.needs.keys().cloned().collect() };
            let other = self.needs.get(needed).ok_or_else(unknown)?;
            node.join(other).map_err(|option| ClusterError::Contradiction { needs: needs.join(" and "), option })?;
        }
        Ok(node)
    }
}

impl Node {
    /// The options of `sbatch`, with their values.
    pub fn options(&self) -> impl Iterator<Item = (&'static str, &String)> {
        let all = [
            ("constraint", &self.constraint),
            ("partition", &self.partition),
            ("gres", &self.gres),
            ("account", &self.account),
            ("qos", &self.qos),
            ("reservation", &self.reservation),
        ];
        all.into_iter().filter_map(|(option, value)| Some((option, value.as_ref()?)))
    }

    /// Also asks for what `other` does. Fails with the option that has two values.
    fn join(&mut self, other: &Self) -> Result<(), &'static str> {
        fn both(one: &mut Option<String>, other: &Option<String>, between: &str) {
            match (&mut *one, other) {
                (Some(one), Some(other)) if one != other => *one = format!("{one}{between}{other}"),
                (None, Some(_)) => one.clone_from(other),
                _ => {}
            }
        }
        fn same<T: Clone + PartialEq>(
            one: &mut Option<T>,
            other: &Option<T>,
            option: &'static str,
        ) -> Result<(), &'static str> {
            match (&*one, other) {
                (Some(one), Some(other)) if one != other => return Err(option),
                (None, Some(_)) => one.clone_from(other),
                _ => {}
            }
            Ok(())
        }
        // Neither has groups, so an alternative would also take in what is joined to it.
        if self.constraint != other.constraint
            && let (Some(one), Some(two)) = (&self.constraint, &other.constraint)
            && [one, two].iter().any(|constraint| constraint.contains(['|', '[', '(', '*']))
        {
            return Err("constraint");
        }
        both(&mut self.constraint, &other.constraint, "&");
        both(&mut self.gres, &other.gres, ",");
        same(&mut self.partition, &other.partition, "partition")?;
        same(&mut self.account, &other.account, "account")?;
        same(&mut self.qos, &other.qos, "qos")?;
        same(&mut self.reservation, &other.reservation, "reservation")?;
        same(&mut self.path, &other.path, "path")?;
        same(&mut self.programs, &other.programs, "programs")?;
        self.time = self.time.into_iter().chain(other.time).min();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIXED: &str = "
        shared = \"/scratch/paper\"
        [needs.\"gpu:h100\"]
        constraint = \"h100\"
        gres = \"gpu:1\"
        partition = \"gpu\"
        time = 90
        [needs.quiet]
        constraint = \"quiet\"
        time = 30
        [needs.orin]
        partition = \"boards\"
        programs = \"programs/aarch64\"
    ";

    fn needs(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn several_needs_ask_for_a_node_with_all_of_them() {
        let cluster = Cluster::parse(MIXED).unwrap();
        assert_eq!(cluster.jobs.get(), 500);
        let both = cluster.node(&needs(&["gpu:h100", "quiet"])).unwrap();
        let options: Vec<_> = both.options().map(|(option, value)| format!("{option}={value}")).collect();
        assert_eq!(options, ["constraint=h100&quiet", "partition=gpu", "gres=gpu:1"]);
        assert_eq!(both.time.map(NonZero::get), Some(30));
        assert_eq!(cluster.node::<&str>(&[]).unwrap(), Node::default());
    }

    #[test]
    fn what_no_table_describes_and_what_contradicts_is_refused_by_name() {
        let cluster = Cluster::parse(MIXED).unwrap();
        let error = |names: &[&str]| cluster.node(&needs(names)).unwrap_err().to_string();
        assert!(error(&["tx1"]).contains("`tx1`\nhint: it has gpu:h100, orin, quiet; or add"), "{}", error(&["tx1"]));
        assert!(error(&["gpu:h100", "orin"]).contains("gpu:h100 and orin differ in `partition`"));
        let text = "shared = \"/s\"\n[needs.a]\nconstraint = \"v100|h100\"\n[needs.b]\nconstraint = \"quiet\"\n";
        let error = Cluster::parse(text).unwrap().node(&needs(&["a", "b"])).unwrap_err().to_string();
        assert!(error.contains("a and b differ in `constraint`"), "{error}");
    }

    #[test]
    fn a_mistake_in_the_file_is_named() {
        for (text, named) in [
            ("", "missing field `shared`"),
            ("shared = \"paper\"", "begin with /"),
            ("shared = '/a|b'", "without"),
            ("shared = '/a\\b'", "without"),
            ("shared = \"/s\"\n[needs.a]\ntime = 1", "at least 2 min"),
            ("shared = \"/s\"\nshard = 3", "unknown field `shard`"),
            ("shared = \"/s\"\n[needs.a]\nfeature = \"x\"", "unknown field `feature`"),
            ("shared = \"/s\"\njobs = 0", "nonzero"),
            ("shared = \"/s\"\n[needs.a]\ntime = 0", "nonzero"),
            ("shared = \"/s\"\n[needs.a]\ntime = -1", "-1"),
            ("shared = \"/s\"\n[needs.a]\nconstraint = \"\"", "needs.a.constraint"),
            ("shared = \"/s\"\n[needs.a]\ngres = \"--wrap=x\"", "needs.a.gres"),
            ("shared = \"/s\"\n[needs.a]\naccount = \"a b\"", "needs.a.account"),
        ] {
            let error = Cluster::parse(text).unwrap_err();
            assert!(error.contains(named), "{text}: {error}");
        }
        assert!(matches!(Cluster::read(Path::new("/nowhere")), Err(ClusterError::Missing(_))));
    }
}
