//! `choose`: the most accurate network within limits. Opens a set of records, and calls `results choose`.

use std::process::ExitCode;

use anyhow::{Result, anyhow, bail};
use clap::Args;

use crate::comparison;
use crate::comparison::record_set::{self, HERE};
use offprint::opened::root;
use offprint::subprocess::{self, Output};
use offprint::supervisor::Supervisor;
use offprint::{Identity, files};

/// The help after the flags.
pub const HELP: &str = "\
STUDY is one of
  here                      what was measured in this checkout (the default)
  output/cpu                a study: a folder with records/*.json, or such a folder itself
  target/publish.tar.gz     what `cargo xtask publish` wrote, as an archive or a folder
  cpu-3f2a91c0              a machine in artifacts.lock: its published or stored records

Examples:
  cargo xtask choose --max-energy 0.5J            the most accurate network under 0.5 J per image
  cargo xtask choose --max-time 30ms --max-memory 1GB --max-energy 0.5J
                                                  all three at once
  cargo xtask choose cpu-3f2a91c0 --max-time 100ms --batches 1,16
                                                  on another machine, and by batches of 16 as well

A network is chosen only when the whole 95 % interval of each measurement is within its limit. More accurate networks \
whose interval contains a limit are listed, too. Time and energy are per image; memory and power are those of the \
whole process. Accuracies are measured ones where `reproduce --images --weights` measured them, with their intervals, \
and else those that the study cites. Where the interval of \
another network's accuracy overlaps that of the chosen one, either may be the more accurate: the table marks it with ~, \
and if it is within the limits it is listed. A network without a power reading is never within a limit of \
power or energy.\n
Exit code: 0 when a network is chosen; 1 when none is surely within the limits.";

/// The exit code of `results choose` when no network is surely within the limits.
const NOTHING_FITS: i32 = 3;

/// The flags of `choose`.
#[derive(Args)]
#[command(group(clap::ArgGroup::new("limits").required(true).multiple(true)
    .args(["max_time", "max_memory", "max_power", "max_energy"])))]
pub struct Choose {
    /// Measurements to choose from
    #[arg(value_name = "STUDY", default_value = HERE)]
    study: String,
    /// Maximum time per image: s, ms, us
    #[arg(long, value_name = "TIME")]
    max_time: Option<String>,
    /// Maximum net memory: B, kB, MB, GB, MiB, GiB
    #[arg(long, value_name = "MEMORY")]
    max_memory: Option<String>,
    /// Maximum net power: mW, W, kW
    #[arg(long, value_name = "POWER")]
    max_power: Option<String>,
    /// Maximum net energy per image: mJ, J, kJ, mWh, Wh
    #[arg(long, value_name = "ENERGY", alias = "energy-budget")]
    max_energy: Option<String>,
    /// Comma-separated list of batch sizes to choose from
    #[arg(long, value_delimiter = ',', value_name = "N", default_value = "1")]
    batches: Vec<u32>,
}

impl Choose {
    /// Prints the table and the chosen network. Exit code 1 when none is surely within the limits.
    pub fn run(&self) -> Result<ExitCode> {
        let root = root()?;
        let study = record_set::open(&root, &Identity::processor(), &self.study)?;
        let (scratch, _lock) = comparison::scratch(&root, "choose")?;
        study.write(&scratch)?;
        let supervisor = Supervisor::own();
        let [results] = subprocess::ready(&root, &scratch, &supervisor, ["results"])?;
        let batches: Vec<String> = self.batches.iter().map(u32::to_string).collect();
        let mut args = vec![
            "choose".to_owned(),
            format!("--networks={}", comparison::networks([&study.records]).join(",")),
            format!("--input={}", scratch.display()),
            format!("--published={}", root.join("experiments/published/2016").display()),
            format!("--batches={}", batches.join(",")),
        ];
        let asked = [
            ("time", &self.max_time),
            ("memory", &self.max_memory),
            ("power", &self.max_power),
            ("energy", &self.max_energy),
        ];
        args.extend(asked.into_iter().filter_map(|(name, limit)| Some(format!("--max-{name}={}", limit.as_ref()?))));
        let Output { printed, code, error } =
            subprocess::call(&supervisor, &results, &args).map_err(|error| anyhow!(error))?;
        files::remove_folder(&scratch)?;
        match code {
            Some(0) => {}
            Some(NOTHING_FITS) => {
                print!("{printed}");
                return Ok(ExitCode::FAILURE);
            }
            _ => {
                bail!(["records", "accuracy"].iter().fold(error, |error, kind| {
                    error.replace(&scratch.join(kind).display().to_string(), &study.name)
                }))
            }
        }
        print!("{printed}");
        Ok(ExitCode::SUCCESS)
    }
}
