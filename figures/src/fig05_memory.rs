//! Figure 5: by how much memory grows with the batch.

use results::{Estimate, Origin};

use crate::axis::Scale;
use crate::canvas::Canvas;
use crate::figure::Figure;
use crate::grid::{self, Grid};
use crate::missing;
use crate::study::{Network, Study, Values};

/// See the module.
pub const FIGURE: Figure = Figure {
    number: 5,
    title: "Growth of memory with the batch",
    caption: "By how much the maximum net memory exceeds that at batch 1, over the batch; every panel has a vertical axis of its own. \
              Lines: growth in proportion to the images beyond the first, by least squares. \
              The original shows eleven networks; its values at larger batches than ours are left out.",
    data: &["points.csv"],
    origin: Origin::Original,
    draw,
};

/// Small multiples, each with its own linear axis.
fn draw(study: &Study) -> Canvas {
    let mut notes: Vec<String> = missing::letters(study).into_iter().collect();
    notes.extend(missing::without_memory(study, |_| true));
    let grid = Grid {
        title: "Maximum net memory beyond that at batch 1 [MB]",
        unit: "MB more than at batch 1",
        scale: Scale::Linear,
        free: true,
        values: growth,
        slope: Some(slope),
        shows: |point| point.memory.is_some() || missing::is_said(point),
        notes,
    };
    grid::draw(study, grid)
}

/// What each batch needs beyond batch 1; nothing where batch 1 or all other batches have no number.
fn growth(network: &Network) -> Values {
    let Some(first) = network.memory.get(&1).filter(|_| network.memory.len() > 1) else { return Values::new() };
    let beyond = |of: &Estimate| Estimate {
        value: of.value - first.value,
        low: of.low - first.high,
        high: of.high - first.low,
    };
    let exact = Estimate { value: 0.0, low: 0.0, high: 0.0 };
    network.memory.iter().map(|(&batch, of)| (batch, if batch == 1 { exact } else { beyond(of) })).collect()
}

/// Growth for each image beyond the first, by least squares.
fn slope(values: &Values) -> Option<f64> {
    let points = || values.iter().map(|(&batch, of)| (f64::from(batch) - 1.0, of.value));
    let (products, squares) = points().fold((0.0, 0.0), |(xy, xx), (x, y)| (xy + x * y, xx + x * x));
    (squares > 0.0).then(|| products / squares)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_in_proportion_to_the_images_has_their_cost_as_its_slope() {
        let values: Values = [1, 2, 4, 8].map(|batch: u32| {
            let value = 12.5 * f64::from(batch - 1);
            (batch, Estimate { value, low: value, high: value })
        }).into();
        assert_eq!(slope(&values), Some(12.5));
        assert_eq!(slope(&Values::new()), None);
    }
}
