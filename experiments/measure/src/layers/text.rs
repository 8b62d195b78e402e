//! The times of a network's layers as text. Independent of files and devices.

use std::fmt::Write;

use results::PeakRates;
use results::layers::{KindEstimate, LayerEstimate, LayersEstimate};
use results::{Estimate, Outcome};

/// Header of the columns after the names, for layers and kinds.
const HEADER: &str = "   time [ms]  share   10^6 MAC       MB   G-Op/s  of peak     GB/s  of peak";

/// A table of layers, a table of kinds, a comparison of the sum with the whole, and a last line that summarises it.
pub fn page(of: &LayersEstimate) -> String {
    let mut page = String::new();
    // Writing to a string cannot fail.
    write(&mut page, of).ok();
    page
}

fn write(page: &mut String, of: &LayersEstimate) -> std::fmt::Result {
    let (Some(whole), Some(watched), Some(difference)) = (of.whole, of.watched, of.difference) else {
        return writeln!(page, "{} at batch {}: {}", of.network, of.batch, why(&of.outcome));
    };
    let nature = if of.device.simulated { "simulated device, not a measurement: " } else { "" };
    let names = || of.layers.iter().map(|layer| layer.name.chars().count());
    let width = names().max().unwrap_or(0).max("layer".len());
    writeln!(page, "\n{nature}{} at batch {}", of.network, of.batch)?;
    writeln!(page, "\n{:width$}  {:6}{HEADER}", "layer", "kind")?;
    for layer in &of.layers {
        writeln!(page, "{:width$}  {:6}{}", layer.name, layer.kind.word(), Cells::of_layer(layer).text(of.peak_rates))?;
    }
    writeln!(page, "\n{:width$}  {:6}{HEADER}", "kind", "layers")?;
    for kind in of.by_kind() {
        writeln!(page, "{:width$}  {:6}{}", kind.kind.word(), kind.layers, Cells::of_kind(&kind).text(of.peak_rates))?;
    }
    if let Some(peak) = of.peak_rates {
        writeln!(
            page,
            "\nThe device's measured peak: {:.1} G-Op/s in matrix products, {:.1} GB/s in copies.",
            peak.operations_per_second / 1e9,
            peak.bytes_per_second / 1e9
        )?;
    }
    writeln!(
        page,
        "MB and GB/s count the minimum that a layer must read and write; a rate above the peak means that data came from caches."
    )?;
    let range = format!(" [{}, {}]", percent(difference.low), percent(difference.high));
    let range = if of.has_intervals() { range } else { String::new() };
    writeln!(
        page,
        "A pass layer by layer takes {},\n\
         a whole pass {}: {} % {}{range}.\n\
         Waiting for the device after each layer takes time, and the input of the next layer may be in another cache then.\n\
         {} passes of each kind alternated in one process. The layers' medians, which the shares refer to, add up to {:.2} ms:\n\
         a median excludes occasional interference with its layer, but most passes have interference in some layer.",
        interval(of, watched),
        interval(of, whole),
        percent(difference.value.abs()),
        if difference.value < 0.0 { "less" } else { "more" },
        of.passes.0,
        of.sum().unwrap_or_default() * 1e3
    )?;
    let largest = of.by_kind().first().map(|kind| format!(", {} {} %", kind.kind.word(), percent(kind.share)));
    let (layers, largest) = (of.layers.len(), largest.unwrap_or_default());
    writeln!(page, "{nature}{layers} layers {:.1} ms, whole {:.1} ms{largest}", watched.value * 1e3, whole.value * 1e3)
}

fn why(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Measured => "no layer was timed".to_owned(),
        Outcome::OutOfMemory { reason } => format!("out of memory: {reason}"),
        Outcome::OutOfTime { reason } => format!("out of time: {reason}"),
        Outcome::Refused { reason } => format!("refused: {reason}"),
        Outcome::Implied { reason, .. } | Outcome::Skipped { reason } => reason.clone(),
    }
}

/// The numbers of a row.
struct Cells {
    time: f64,
    share: f64,
    macs: u64,
    bytes: u64,
}

impl Cells {
    fn of_layer(layer: &LayerEstimate) -> Self {
        Self { time: layer.time.value, share: layer.share, macs: layer.macs, bytes: layer.bytes }
    }

    fn of_kind(kind: &KindEstimate) -> Self {
        Self { time: kind.time, share: kind.share, macs: kind.macs, bytes: kind.bytes }
    }

    fn text(&self, peak_rates: Option<PeakRates>) -> String {
        let (operations, traffic) = (2.0 * self.macs as f64 / self.time, self.bytes as f64 / self.time);
        let of_peak = |rate: f64, peak: fn(PeakRates) -> f64| {
            peak_rates.map_or_else(|| "-".to_owned(), |peak_rates| format!("{:.0} %", rate / peak(peak_rates) * 100.0))
        };
        // A layer without multiply-accumulates has no rate of operations.
        let (macs, rate, share_of_peak) = match self.macs {
            0 => ("-".to_owned(), "-".to_owned(), "-".to_owned()),
            macs => (
                format!("{:.1}", macs as f64 / 1e6),
                format!("{:.1}", operations / 1e9),
                of_peak(operations, |peak_rates| peak_rates.operations_per_second),
            ),
        };
        format!(
            "{:12.3} {:>6} {macs:>10} {:8.2} {rate:>8} {share_of_peak:>8} {:8.2} {:>8}",
            self.time * 1e3,
            format!("{} %", percent(self.share)),
            self.bytes as f64 / 1e6,
            traffic / 1e9,
            of_peak(traffic, |peak_rates| peak_rates.bytes_per_second),
        )
    }
}

fn percent(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

/// A single pass has no interval.
fn interval(of: &LayersEstimate, time: Estimate) -> String {
    let range = format!("[{:.2}, {:.2}]", time.low * 1e3, time.high * 1e3);
    format!("{:.2} ms {}", time.value * 1e3, if of.has_intervals() { &range } else { "(no interval)" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_gives_rates_and_their_shares_of_the_peaks() {
        let peak_rates = PeakRates::best(100e9, 10e9);
        // 25 G operations and 5 GB per second.
        let cells = Cells { time: 0.004, share: 0.125, macs: 50_000_000, bytes: 20_000_000 };
        let words: Vec<String> = cells.text(Some(peak_rates)).split_whitespace().map(str::to_owned).collect();
        assert_eq!(words, ["4.000", "12.5", "%", "50.0", "20.00", "25.0", "25", "%", "5.00", "50", "%"]);
        let moves = Cells { macs: 0, ..cells };
        let words: Vec<String> = moves.text(None).split_whitespace().map(str::to_owned).collect();
        assert_eq!(words, ["4.000", "12.5", "%", "-", "20.00", "-", "-", "5.00", "-"]);
    }

    #[test]
    fn the_header_is_as_wide_as_the_columns() {
        let cells = Cells { time: 0.004, share: 0.125, macs: 50_000_000, bytes: 20_000_000 };
        assert_eq!(cells.text(None).chars().count(), HEADER.chars().count());
    }
}
