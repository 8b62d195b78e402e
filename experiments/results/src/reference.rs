//! The values that the 2016 paper published, read from the CSV files in `experiments/published/2016/`, and the accuracies
//! that torchvision publishes, from the folder next to it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::estimates::Estimate;

/// What the paper published. Names are the titles in lower case, as in [`crate::Counts`].
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    /// Accuracy and counts by network.
    pub networks: BTreeMap<String, PublishedNetwork>,
    /// Figure 3, digitised: time per image [ms] by network and batch.
    pub time_ms: BTreeMap<String, BTreeMap<u32, f64>>,
    /// Figure 5, digitised: maximum net memory [MB] by network and batch. True where overlapping curves make it
    /// uncertain.
    pub memory_mb: BTreeMap<String, BTreeMap<u32, (f64, bool)>>,
    /// Net power at batch 1 [W] of five networks, read off the figures; the paper prints no power of a single network.
    pub power_w: BTreeMap<String, f64>,
    /// What torchvision publishes for the newest of its weights, by network. Empty if the file is missing.
    pub torchvision: BTreeMap<String, CitedAccuracy>,
}

/// A published accuracy of one network.
#[derive(Clone, Debug, PartialEq)]
pub struct CitedAccuracy {
    /// Top-1 accuracy of a single central crop [%].
    pub top1: f64,
    /// Top-5 accuracy of a single central crop [%].
    pub top5: f64,
    /// The weights.
    pub source: String,
}

/// One network of Figures 1, 2 and 10.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishedNetwork {
    /// As in the figures, for example `ResNet-18`.
    pub title: String,
    /// Top-1 accuracy of a single central crop [%].
    pub top1: f64,
    /// Operations for one image [G-Ops].
    pub g_ops: f64,
    /// Parameters [10^6].
    pub parameters_m: f64,
    /// Top-1 per million parameters [%/M].
    pub density: f64,
    /// The evaluation that the accuracy is from.
    pub accuracy_source: String,
}

/// Why the published values could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct PublishedError {
    path: PathBuf,
    problem: String,
}

/// Error of a value read off a picture of a figure, as a share of the value: about half a pixel of an axis.
pub const READING_ERROR: f64 = 0.005;

/// The same if another curve is so near that the two cannot be distinguished.
pub const READING_ERROR_OF_OVERLAP: f64 = 0.02;

/// The original's "MB" [10^6 bytes]: its slope of Figure 6 follows from its own values only if both axes count 2^20
/// bytes.
const MEBIBYTE_IN_MB: f64 = 1.048_576;

/// The files with the published values: accuracy and counts, time, memory, power.
pub const FILES: [&str; 4] = [
    "canziani_fig2_fig10_exact.csv",
    "canziani_fig3_time_ms_per_image.csv",
    "canziani_fig5_net_memory_MB.csv",
    "net_power_W.csv",
];

/// The file with the accuracies of torchvision's weights, next to the folder of 2016.
pub const TORCHVISION: &str = "torchvision/accuracy.csv";

impl Published {
    /// Reads the CSV files of `folder`, [`FILES`], and if it exists [`TORCHVISION`].
    pub fn read(folder: &Path) -> Result<Self, PublishedError> {
        let [networks, time, memory, power] = FILES;
        let networks = table(&folder.join(networks), |row| {
            Ok(PublishedNetwork {
                title: row.text("network")?.to_owned(),
                top1: row.number("top1_center_crop_pct")?,
                g_ops: row.number("g_ops")?,
                parameters_m: row.number("params_M")?,
                density: row.number("density_pct_per_Mparam")?,
                accuracy_source: row.text("accuracy_source")?.to_owned(),
            })
        })?;
        let time_ms = table(&folder.join(time), |row| {
            Ok(row.batches()?.into_iter().map(|(batch, (value, _))| (batch, value)).collect())
        })?;
        let memory_mb = table(&folder.join(memory), |row| row.batches())?;
        let power_w = table(&folder.join(power), |row| row.number("b1"))?;
        let path = folder.with_file_name(TORCHVISION);
        // Of several rows of a network the last counts.
        let read = |row: &Row<'_>| {
            Ok(CitedAccuracy {
                top1: row.number("top1_center_crop_pct")?,
                top5: row.number("top5_center_crop_pct")?,
                source: format!("torchvision {}", row.text("weights")?),
            })
        };
        let torchvision = if path.exists() { table(&path, read)? } else { BTreeMap::new() };
        Ok(Self { networks, time_ms, memory_mb, power_w, torchvision })
    }

    /// The cited top-1 accuracy [%] of a network with its source: that of 2016, else torchvision's.
    pub fn top1(&self, network: &str) -> Option<(f64, &str)> {
        let of_2016 = self.networks.get(network).map(|known| (known.top1, known.accuracy_source.as_str()));
        of_2016.or_else(|| self.torchvision.get(network).map(|known| (known.top1, known.source.as_str())))
    }

    /// Time per image [s] with its reading error, see [`READING_ERROR`]. Curves overlap if another network's time at
    /// that batch is within [`READING_ERROR_OF_OVERLAP`].
    pub fn time(&self, network: &str, batch: u32) -> Option<Estimate> {
        let at = |row: &BTreeMap<u32, f64>| row.get(&batch).copied();
        let millis = at(self.time_ms.get(network)?)?;
        let others = self.time_ms.iter().filter(|(name, _)| *name != network);
        Some(read(millis / 1e3, others.filter_map(|(_, row)| at(row)).any(|other| overlaps(millis, other))))
    }

    /// Maximum net memory [MB of 10^6 bytes] with its reading error; curves overlap as in [`Self::time`], or if the
    /// file marks them.
    pub fn memory(&self, network: &str, batch: u32) -> Option<Estimate> {
        let at = |row: &BTreeMap<u32, (f64, bool)>| row.get(&batch).copied();
        let (mebibytes, is_marked) = at(self.memory_mb.get(network)?)?;
        let others = self.memory_mb.iter().filter(|(name, _)| *name != network);
        let near = others.filter_map(|(_, row)| at(row)).any(|(other, _)| overlaps(mebibytes, other));
        Some(read(mebibytes * MEBIBYTE_IN_MB, is_marked || near))
    }
}

fn overlaps(value: f64, other: f64) -> bool {
    (other - value).abs() <= READING_ERROR_OF_OVERLAP * value
}

fn read(value: f64, overlaps: bool) -> Estimate {
    let share = if overlaps { READING_ERROR_OF_OVERLAP } else { READING_ERROR };
    Estimate { value, low: value * (1.0 - share), high: value * (1.0 + share) }
}

/// One line of a table with its header.
struct Row<'a> {
    header: &'a [&'a str],
    cells: Vec<&'a str>,
}

impl Row<'_> {
    fn text(&self, column: &str) -> Result<&str, String> {
        let index = self.header.iter().position(|&name| name == column).ok_or(format!("no column `{column}`"))?;
        self.cells.get(index).copied().ok_or(format!("no cell in column `{column}`"))
    }

    fn number(&self, column: &str) -> Result<f64, String> {
        let text = self.text(column)?;
        let value: f64 = text.parse().map_err(|_| format!("column `{column}`: `{text}` is not a number"))?;
        if value.is_finite() { Ok(value) } else { Err(format!("column `{column}`: `{text}` is not finite")) }
    }

    /// The columns `b1`, `b2` ...; an empty cell is a point that the paper does not show, `~` marks an uncertain one.
    fn batches(&self) -> Result<BTreeMap<u32, (f64, bool)>, String> {
        let mut values = BTreeMap::new();
        for (column, cell) in self.header.iter().zip(&self.cells) {
            let Some(batch) = column.strip_prefix('b').and_then(|digits| digits.parse().ok()) else { continue };
            if cell.is_empty() {
                continue;
            }
            let digits = cell.trim_start_matches('~');
            let value = digits.parse().map_err(|_| format!("column `{column}`: `{cell}` is not a number"))?;
            values.insert(batch, (value, digits != *cell));
        }
        Ok(values)
    }
}

/// Reads a CSV file without quoting into a map from the lower-case name in the column `network`.
fn table<T>(
    path: &Path,
    read_row: impl Fn(&Row<'_>) -> Result<T, String>,
) -> Result<BTreeMap<String, T>, PublishedError> {
    let fail = |problem: String| PublishedError { path: path.to_owned(), problem };
    let text = fs::read_to_string(path).map_err(|error| fail(error.to_string()))?;
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let mut map = BTreeMap::new();
    for (index, line) in lines.enumerate() {
        let row = Row { header: &header, cells: line.split(',').collect() };
        let at = |problem| fail(format!("line {}: {problem}", index + 2));
        let name = row.text("network").map_err(at)?.to_lowercase();
        map.insert(name, read_row(&row).map_err(at)?);
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_isolated_curve_is_read_to_half_a_per_cent_and_overlapping_ones_to_two() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../published/2016");
        let published = Published::read(&folder).expect("the published values parse");
        let share = |read: Option<Estimate>| read.map(|read| ((read.high / read.value - 1.0) * 1e4).round() / 1e4);
        // The curves of AlexNet and BN-AlexNet overlap in Figure 3; that of VGG-19 is above all others.
        assert_eq!(share(published.time("alexnet", 1)), Some(0.02));
        assert_eq!(share(published.time("vgg-19", 1)), Some(0.005));
        // `~` marks the memory of BN-NIN at batch 1; ResNet-18 and GoogLeNet are 0.5 % apart there.
        assert_eq!(share(published.memory("bn-nin", 1)), Some(0.02));
        assert_eq!(share(published.memory("resnet-18", 1)), Some(0.02));
        assert_eq!(share(published.memory("resnet-101", 1)), Some(0.005));
        // The accuracy of 2016 comes first; of torchvision's, that of the newest weights.
        assert_eq!(published.top1("vgg-16").map(|(top1, _)| top1), Some(published.networks["vgg-16"].top1));
        assert_eq!(published.top1("mobilenet-v2"), Some((72.154, "torchvision IMAGENET1K_V2")));
        assert_eq!(published.top1("efficientnet-lite0"), None);
        assert_eq!(published.time("vgg-19", 64), None);
        assert!(published.memory("alexnet", 1).is_some_and(|read| (read.value - 317.0 * 1.048_576).abs() < 1e-9));
    }
}
