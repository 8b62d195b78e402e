//! Times by layer as a table for spreadsheets and other programs. Independent of files.

use super::{LayerEstimate, LayersEstimate};
use crate::csv::{Csv, NANOSECONDS, fixed};

/// Decimals of shares and intensities.
const PARTS: usize = 6;

/// One row per layer, in the order of execution; only the header if none was measured.
pub fn table(networks: &[LayersEstimate]) -> String {
    let mut table = Csv::new(&[
        "device",
        "simulated",
        "network",
        "batch",
        "layer_number",
        "layer",
        "kind",
        "passes",
        "time_s",
        "time_low_s",
        "time_high_s",
        "share_of_sum",
        "multiply_accumulates",
        "min_traffic_bytes",
        "operations_per_second",
        "bytes_per_second",
        "operations_per_byte",
        "peak_operations_per_second",
        "peak_bytes_per_second",
        "whole_pass_s",
        "whole_pass_low_s",
        "whole_pass_high_s",
        "whole_passes",
        "measured_on",
        "outdated",
    ]);
    for network in networks {
        for (index, layer) in network.layers.iter().enumerate() {
            table.row(&row(network, index + 1, layer));
        }
    }
    table.into_text()
}

fn row(of: &LayersEstimate, number: usize, layer: &LayerEstimate) -> [String; 25] {
    let time = |time: f64| fixed(Some(time), NANOSECONDS);
    let end = |time: f64| fixed(Some(time).filter(|_| of.has_intervals()), NANOSECONDS);
    let whole = of.whole.map(|whole| [time(whole.value), end(whole.low), end(whole.high)]).unwrap_or_default();
    let [value, low, high] = whole;
    [
        of.device.kind.clone(),
        of.device.simulated.to_string(),
        of.network.clone(),
        of.batch.to_string(),
        number.to_string(),
        layer.name.clone(),
        layer.kind.word().to_owned(),
        of.passes.1.to_string(),
        time(layer.time.value),
        end(layer.time.low),
        end(layer.time.high),
        fixed(Some(layer.share), PARTS),
        layer.macs.to_string(),
        layer.bytes.to_string(),
        fixed(Some(layer.operations_per_second()), 0),
        fixed(Some(layer.bytes_per_second()), 0),
        fixed(layer.intensity(), PARTS),
        fixed(of.peak_rates.map(|peak| peak.operations_per_second), 0),
        fixed(of.peak_rates.map(|peak| peak.bytes_per_second), 0),
        value,
        low,
        high,
        of.passes.0.to_string(),
        of.measured_on.clone().unwrap_or_default(),
        of.outdated.to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::reading::tests::record;
    use super::*;

    #[test]
    fn a_row_has_a_layer_and_the_whole_pass() {
        let table = table(&[LayersEstimate::of(&record())]);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 4);
        assert_eq!(
            lines[3],
            "cpu,false,sample,2,3,conv2,conv,3,3.000000000,3.000000000,3.000000000,0.375000,1100,40,733,13,55.000000,\
             1000,100,10.000000000,9.000000000,11.000000000,3,,false"
        );
        assert_eq!(lines[0].split(',').count(), lines[3].split(',').count());
        assert!(lines[2].contains(",0,20,0,20,,"), "a rectifier has no operations per byte: {}", lines[2]);
    }

    #[test]
    fn a_single_pass_has_no_interval() {
        let mut single = record();
        single.min_passes = Some(1);
        single.whole.truncate(1);
        single.layers.iter_mut().for_each(|layer| layer.times.truncate(1));
        let table = table(&[LayersEstimate::of(&single)]);
        let row = table.lines().nth(1).expect("a layer");
        assert!(row.contains(",conv,1,4.000000000,,,") && row.contains(",9.000000000,,,1,"), "{row}");
    }

    #[test]
    fn without_layers_there_is_only_the_header() {
        assert_eq!(table(&[]).lines().count(), 1);
    }
}
