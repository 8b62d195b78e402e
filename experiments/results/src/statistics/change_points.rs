//! Change points: the best partition of a series into segments of constant mean. Independent of time and classes.

/// An interval of possible last means for which the best partition so far has its last change at one index.
#[derive(Clone, Copy)]
struct Piece {
    low: f64,
    high: f64,
    /// The index where the last segment begins.
    since: usize,
    // The cost of the partition if its last mean is x: residual + count * (x - mean)^2.
    count: f64,
    mean: f64,
    residual: f64,
}

impl Piece {
    /// The piece of a segment without values, for all means.
    fn everywhere(since: usize, residual: f64) -> Self {
        Self { low: f64::NEG_INFINITY, high: f64::INFINITY, since, count: 0.0, mean: 0.0, residual }
    }

    fn add(&mut self, value: f64) {
        let step = value - self.mean;
        self.residual += step * step * self.count / (self.count + 1.0);
        self.count += 1.0;
        self.mean += step / self.count;
    }

    /// The minimum cost within the piece.
    fn min_cost(&self) -> f64 {
        let step = self.mean.max(self.low).min(self.high) - self.mean;
        self.residual + self.count * step * step
    }

    /// The part of the piece that costs at most `limit`; empty, with `low >= high`, if there is none.
    fn within(&self, limit: f64) -> Self {
        let reach = if limit < self.residual { f64::NAN } else { ((limit - self.residual) / self.count).sqrt() };
        if reach.is_nan() {
            return Self { high: self.low, ..*self };
        }
        Self { low: self.low.max(self.mean - reach), high: self.high.min(self.mean + reach), ..*self }
    }
}

/// The indices where the segments of `values` begin, 0 first. Among all partitions, this one has the minimum sum of
/// squared distances to the means of its segments plus `penalty` per change. Empty without values.
///
/// The algorithm is FPOP of Maidstone, Hocking, Rigaill and Fearnhead, On Optimal Multiple Changepoint Algorithms for
/// Large Data, 2017: for every possible last mean, only the best index of the last change is kept. Indices that are
/// never the best are dropped, so few remain even if nothing changes.
pub(crate) fn starts(values: &[f64], penalty: f64) -> Vec<usize> {
    let mut pieces = vec![Piece::everywhere(0, 0.0)];
    // For each value, where the last segment of the best partition up to it begins.
    let mut last = Vec::with_capacity(values.len());
    for &value in values {
        let Some(since) = advance(&mut pieces, value, last.len() + 1, penalty) else { break };
        last.push(since);
    }
    let mut starts = Vec::new();
    let mut end = last.len();
    while end > 0 {
        end = last[end - 1];
        starts.push(end);
    }
    starts.reverse();
    starts
}

/// Adds a value, after which a new segment could begin at the index `next`. Returns where the last segment of the best
/// partition begins.
fn advance(pieces: &mut Vec<Piece>, value: f64, next: usize, penalty: f64) -> Option<usize> {
    pieces.iter_mut().for_each(|piece| piece.add(value));
    let costs = pieces.iter().map(|piece| (piece.min_cost(), piece.since));
    let (cost, since) = costs.min_by(|a, b| a.0.total_cmp(&b.0))?;
    *pieces = merged(pieces, Piece::everywhere(next, cost + penalty));
    Some(since)
}

/// The pieces, replaced by `fresh` where it costs less.
fn merged(pieces: &[Piece], fresh: Piece) -> Vec<Piece> {
    let mut next: Vec<Piece> = Vec::with_capacity(pieces.len() + 2);
    let mut push = |piece: Piece| {
        match next.last_mut() {
            _ if piece.low >= piece.high => {}
            // Only fresh pieces can be next to another one of the same index.
            Some(before) if before.since == piece.since && before.high == piece.low => before.high = piece.high,
            _ => next.push(piece),
        }
    };
    for piece in pieces {
        let kept = piece.within(fresh.residual);
        if kept.low < kept.high {
            push(Piece { low: piece.low, high: kept.low, ..fresh });
            push(kept);
            push(Piece { low: kept.high, high: piece.high, ..fresh });
        } else {
            push(Piece { low: piece.low, high: piece.high, ..fresh });
        }
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::split_mix::SplitMix;
    use crate::statistics::split_mix::tests::{normals, uniform};

    /// The same partition by trying every last change for every end (Jackson et al., 2005): O(n^2), without pruning.
    fn exhaustive(values: &[f64], penalty: f64) -> Vec<usize> {
        let (mut costs, mut last) = (vec![-penalty], Vec::new());
        for end in 1..=values.len() {
            let cost = |&start: &usize| {
                let segment = &values[start..end];
                let mean = segment.iter().sum::<f64>() / segment.len() as f64;
                costs[start] + penalty + segment.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>()
            };
            let best = (0..end).min_by(|a, b| cost(a).total_cmp(&cost(b))).expect("one");
            last.push(best);
            costs.push(cost(&best));
        }
        let (mut starts, mut end) = (Vec::new(), values.len());
        while end > 0 {
            end = last[end - 1];
            starts.insert(0, end);
        }
        starts
    }

    #[test]
    fn the_partition_is_the_best_of_all() {
        let mut generator = SplitMix(11);
        for seed in 0..60 {
            let mut mean = 0.0;
            let noise = normals(60, seed);
            let values: Vec<f64> = noise
                .iter()
                .map(|noise| {
                    if uniform(&mut generator) < 0.1 {
                        mean = 8.0 * uniform(&mut generator);
                    }
                    mean + noise
                })
                .collect();
            for penalty in [0.5, 3.0, 10.0, 60.0] {
                assert_eq!(starts(&values, penalty), exhaustive(&values, penalty), "{seed} {penalty}");
            }
        }
    }

    #[test]
    fn a_step_is_found_unless_it_costs_more_than_it_saves() {
        let values: Vec<f64> = (0..20).map(|i| if i < 7 { 3.0 } else { 0.0 }).collect();
        // Without the change: 7 * 13 / 20 * 3^2 = 40.95.
        assert_eq!(starts(&values, 40.9), [0, 7]);
        assert_eq!(starts(&values, 41.0), [0]);
        assert_eq!(starts(&[], 1.0), [0; 0]);
        assert_eq!(starts(&[5.0], 1.0), [0]);
    }

    #[test]
    fn few_indices_are_kept_whatever_the_values() {
        let noise = normals(5_000, 2);
        let slide: Vec<f64> = (0..5_000).map(|i| f64::from(i) / 5.0).collect();
        let steps: Vec<f64> = noise.iter().enumerate().map(|(i, x)| x + if i % 40 < 20 { 0.0 } else { 9.0 }).collect();
        for values in [noise, slide, steps] {
            let (mut pieces, mut max) = (vec![Piece::everywhere(0, 0.0)], 0);
            for (next, &value) in (1..).zip(&values) {
                advance(&mut pieces, value, next, 100.0).expect("a piece");
                max = max.max(pieces.len());
            }
            assert!(max <= 100, "{max}");
        }
    }

    #[test]
    fn values_that_are_not_finite_end_the_search() {
        for value in [f64::NAN, f64::INFINITY, f64::MAX] {
            let starts = starts(&[1.0, value, -value, 2.0, 3.0], 1.0);
            assert!(starts.is_empty() || starts[0] == 0, "{starts:?}");
        }
    }
}
