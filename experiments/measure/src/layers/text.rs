//! The times of a network's layers as a page of text. Knows no file and no device.

use std::fmt::Write;

use results::PeakRates;
use results::layers::{KindEstimate, LayerEstimate, LayersEstimate};
use results::{Estimate, Outcome};

/// Columns behind the names: one head for layers and kinds.
const HEAD: &str = "   time [ms]  share   10^6 MAC       MB   G-Op/s  of peak     GB/s  of peak";

/// A table of layers, one of kinds, how the sum compares to the whole, and in the last line the same in few words.
pub fn page(of: &LayersEstimate) -> String {
    let mut page = String::new();
    // Writing to a text cannot fail.
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
    writeln!(page, "\n{:width$}  {:6}{HEAD}", "layer", "kind")?;
    for layer in &of.layers {
        writeln!(page, "{:width$}  {:6}{}", layer.name, layer.kind.word(), Cells::of_layer(layer).text(of.peak_rates))?;
    }
    writeln!(page, "\n{:width$}  {:6}{HEAD}", "kind", "layers")?;
    for kind in of.by_kind() {
        writeln!(page, "{:width$}  {:6}{}", kind.kind.word(), kind.layers, Cells::of_kind(&kind).text(of.peak_rates))?;
    }
    if let Some(max) = of.peak_rates {
        writeln!(
            page,
            "\nThe device's own peak: {:.1} G-Op/s in products of matrices, {:.1} GB/s in copies.",
            max.operations_per_second / 1e9,
            max.bytes_per_second / 1e9
        )?;
    }
    writeln!(
        page,
        "MB and GB/s count what a layer must read and write at least; more than the copies' peak means that caches served it."
    )?;
    writeln!(
        page,
        "All layers of a pass together take {},\n\
         a pass in which nobody looks in between {}: {} % {} [{}, {}].\n\
         Waiting for the device after each layer takes time, and a layer then finds its input in another state of the cache.\n\
         {} passes of each kind took turns in one process. The sum of the layers' medians, of which shares are, is {:.2} ms: a\n\
         median leaves out what disturbs a layer now and then, and in max passes something disturbs some layer.",
        interval(watched),
        interval(whole),
        percent(difference.value.abs()),
        if difference.value < 0.0 { "less" } else { "more" },
        percent(difference.low),
        percent(difference.high),
        of.passes.0,
        of.sum().unwrap_or_default() * 1e3
    )?;
    let max = of.by_kind().first().map(|max| format!(", {} {} %", max.kind.word(), percent(max.share)));
    let (layers, max) = (of.layers.len(), max.unwrap_or_default());
    writeln!(page, "{nature}{layers} layers {:.1} ms, whole {:.1} ms{max}", watched.value * 1e3, whole.value * 1e3)
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
        let of_peak = |rate: f64, max: fn(PeakRates) -> f64| {
            peak_rates.map_or_else(|| "-".to_owned(), |peak_rates| format!("{:.0} %", rate / max(peak_rates) * 100.0))
        };
        // What multiplies nothing has no rate of operations.
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

fn interval(time: Estimate) -> String {
    format!("{:.2} ms [{:.2}, {:.2}]", time.value * 1e3, time.low * 1e3, time.high * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_gives_rates_and_their_shares_of_the_peaks() {
        let peak_rates = PeakRates::best(100e9, 10e9);
        // 25 G operations and 5 GB a second.
        let cells = Cells { time: 0.004, share: 0.125, macs: 50_000_000, bytes: 20_000_000 };
        let words: Vec<String> = cells.text(Some(peak_rates)).split_whitespace().map(str::to_owned).collect();
        assert_eq!(words, ["4.000", "12.5", "%", "50.0", "20.00", "25.0", "25", "%", "5.00", "50", "%"]);
        let moves = Cells { macs: 0, ..cells };
        let words: Vec<String> = moves.text(None).split_whitespace().map(str::to_owned).collect();
        assert_eq!(words, ["4.000", "12.5", "%", "-", "20.00", "-", "-", "5.00", "-"]);
    }

    #[test]
    fn heads_stand_above_their_columns() {
        let cells = Cells { time: 0.004, share: 0.125, macs: 50_000_000, bytes: 20_000_000 };
        assert_eq!(cells.text(None).chars().count(), HEAD.chars().count());
    }
}
