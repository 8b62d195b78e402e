//! Figure 5: by how much memory grows with the batch.

use offprint_plot::axis::Scale;
use offprint_plot::canvas::Canvas;
use results::fit::hinge;
use results::{Estimate, Origin};

use crate::figure::Figure;
use crate::figure_data::{FigureData, Network, Values};
use crate::grid::{self, Grid};
use crate::missing;

/// See the module.
pub const FIGURE: Figure = Figure {
    number: 5,
    title: "Growth of memory with the batch",
    caption: "Growth of the maximum net memory beyond that at batch 1, over the batch; each panel has its own vertical axis. \
              Thin lines: no growth up to a knee, then growth in proportion, by least squares. \
              The original shows eleven networks; its values at batches larger than those measured here are not shown.",
    data: &["points.csv"],
    origin: Origin::Original,
    optional: None,
    draw,
};

/// Small multiples, each with its own linear axis.
fn draw(data: &FigureData) -> Canvas {
    let mut notes: Vec<String> = missing::letters(data).into_iter().collect();
    notes.extend(missing::without_memory(data, |_| true));
    let grid = Grid {
        title: "Maximum net memory beyond that at batch 1 [MB]",
        unit: "MB more than at batch 1",
        scale: Scale::Linear,
        free: true,
        values: growth,
        curve: Some(curve),
        shows: |point| point.memory.is_some() || missing::is_explained(point),
        notes,
        others: Vec::new(),
    };
    grid::draw(data, grid)
}

/// How much more memory each batch needs than batch 1; empty if batch 1 has no number.
fn growth(network: &Network) -> Values {
    let Some(first) = network.memory.get(&1) else { return Values::new() };
    let beyond =
        |of: &Estimate| Estimate { value: of.value - first.value, low: of.low - first.high, high: of.high - first.low };
    let exact = Estimate { value: 0.0, low: 0.0, high: 0.0 };
    network.memory.iter().map(|(&batch, of)| (batch, if batch == 1 { exact } else { beyond(of) })).collect()
}

/// No growth up to a knee and then a line (C6), from batch 1 to the largest.
fn curve(values: &Values) -> Vec<(f64, f64)> {
    let beyond: Vec<(f64, f64)> =
        values.iter().filter(|(batch, _)| **batch > 1).map(|(&batch, of)| (f64::from(batch), of.value)).collect();
    let last = beyond.last().map_or(1.0, |point| point.0);
    let Some(hinge) = hinge(&beyond, Some(0.0)) else { return Vec::new() };
    let knee = hinge.knee.clamp(1.0, last);
    [1.0, knee, last].map(|batch| (batch, hinge.at(batch))).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(of: impl Fn(f64) -> f64) -> Values {
        let value = |batch: u32| {
            let value = of(f64::from(batch));
            (batch, Estimate { value, low: value, high: value })
        };
        [1, 2, 4, 8, 16].map(value).into()
    }

    #[test]
    fn the_knee_is_at_the_batch_from_which_memory_grows() {
        let found = curve(&values(|batch| 12.5 * (batch - 4.0).max(0.0)));
        let expected = [(1.0, 0.0), (4.0, 0.0), (16.0, 150.0)];
        let near = |(a, b): (&(f64, f64), (f64, f64))| (a.0 - b.0).abs() < 1e-6 && (a.1 - b.1).abs() < 1e-6;
        assert!(found.iter().zip(expected).all(near), "{found:?}");
        assert!(curve(&Values::new()).is_empty());
    }
}
