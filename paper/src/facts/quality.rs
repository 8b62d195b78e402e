//! Facts of the quality of times: the distribution of their samples, interference, and how close they come to the peaks of the device.

use results::Repetitions;
use results::flag::{self, Kind};
use results::statistics::median;
use results::statistics::steady::Steadiness;
use results::{Outcome, Point};

use super::{Facts, NOT_MEASURED, Sources, Table, listing, set_known};
use crate::number::{fixed, list, three, with_unit};

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    let measured: Vec<&Point> =
        sources.inputs.estimates.points.iter().filter(|point| point.outcome == Outcome::Measured).collect();
    add_flags(sources, &measured, facts);
    add_spread(&measured, facts);
    add_peak_rates(sources, &measured, facts);
}

fn add_flags(sources: &Sources<'_>, measured: &[&Point], facts: &mut Facts) {
    let flagged: Vec<&Point> = measured.iter().filter(|point| !point.flags.is_empty()).copied().collect();
    facts.set("flags.state", if flagged.is_empty() { "none" } else { "some" });
    facts.set("flags.points", format!("{} of {}", flagged.len(), measured.len()));
    let mut rows = Vec::new();
    for kind in Kind::ALL {
        let of_kind: Vec<&Point> =
            flagged.iter().filter(|point| point.flags.iter().any(|flag| flag.kind == kind)).copied().collect();
        if let Some(first) = of_kind.first().and_then(|point| point.flags.iter().find(|flag| flag.kind == kind)) {
            let which = if of_kind.len() == measured.len() {
                "all".to_owned()
            } else {
                listing::points(sources, of_kind.iter().copied())
            };
            rows.push(vec![kind.words().to_owned(), of_kind.len().to_string(), which, first.words.clone()]);
        }
    }
    let percent = |share: f64| with_unit(&(share * 100.0).round().to_string(), "%");
    for (name, bound) in [
        ("waiting", flag::WAITING),
        ("others", flag::OTHERS),
        ("others-at-all", flag::OTHERS_AT_ALL),
        ("steal", flag::STEAL),
        ("psi", flag::PSI),
        ("drift", flag::DRIFT),
    ] {
        facts.set(&format!("flags.bound.{name}"), percent(bound));
    }
    facts.set("flags.bound.wall", flag::WALL_TO_PROCESSOR.to_string());
    let head = ["flag", "points", "which", "for example"].map(str::to_owned).to_vec();
    facts.tables.insert("flags".to_owned(), Table { head, rows });
}

fn add_spread(measured: &[&Point], facts: &mut Facts) {
    let spreads = || measured.iter().filter_map(|point| point.spread.as_ref());
    let counted = |of: Steadiness| spreads().filter(|spread| spread.steadiness == of).count();
    let classes = [
        (Steadiness::Flat, "flat"),
        (Steadiness::WarmUp, "faster at the end than before"),
        (Steadiness::Drifting, "drifting"),
        (Steadiness::Slowdown, "slower at the end than before"),
        (Steadiness::NoSteadyState, "without a steady end"),
        (Steadiness::TooFew, "too few passes to decide"),
    ];
    let classes: Vec<String> = classes
        .into_iter()
        .map(|(class, name)| (counted(class), name))
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    facts.set("spread.classes", if classes.is_empty() { NOT_MEASURED.to_owned() } else { list(&classes) });
    let outliers: usize = spreads().map(|spread| spread.outliers.count()).sum();
    let samples: usize = measured.iter().map(|point| point.samples).sum();
    facts.set("spread.outliers", format!("{outliers} of {}", fixed(samples as f64, 0)));
    facts.set("spread.bimodal", format!("{} of {}", spreads().filter(|spread| spread.bimodal).count(), measured.len()));
    let correlations: Vec<f64> = spreads().map(|spread| spread.autocorrelation).collect();
    set_known(facts, "spread.autocorrelation", median(&correlations).map(|value| fixed(value, 2)));
    let effective: Vec<f64> =
        spreads().map(|spread| spread.effective_samples / spread.samples as f64 * 100.0).collect();
    set_known(facts, "spread.effective", median(&effective).map(|share| with_unit(&fixed(share, 0), "%")));
}

/// The device's own peak over all points, and how close the networks come to it.
fn add_peak_rates(sources: &Sources<'_>, measured: &[&Point], facts: &mut Facts) {
    let peaks: Vec<f64> =
        measured.iter().filter_map(|point| Some(point.peak_rates?.operations_per_second / 1e9)).collect();
    let min = peaks.iter().copied().min_by(f64::total_cmp);
    let max = peaks.iter().copied().max_by(f64::total_cmp);
    let range = |unit: &str, min: String, max: String| {
        if min == max { with_unit(&min, unit) } else { format!("{min} to {}", with_unit(&max, unit)) }
    };
    let both = min.zip(max).map(|(min, max)| range("G-Op/s", three(min), three(max)));
    set_known(facts, "peak.operations", both);
    let shares = || measured.iter().filter_map(|point| Some((*point, point.share_of_peak? * 100.0)));
    let order = |a: &(&Point, f64), b: &(&Point, f64)| a.1.total_cmp(&b.1);
    let named = |(point, share): (&Point, f64)| {
        let title = sources.all.title(&point.network);
        format!("{} for {title} at batch {}", with_unit(&fixed(share, 0), "%"), point.batch)
    };
    set_known(facts, "peak.share.min", shares().min_by(order).map(named));
    set_known(facts, "peak.share.max", shares().max_by(order).map(named));
    // The other repetitions as shares of the best, as the median over all points.
    let gemm = || measured.iter().filter_map(|point| point.peak_rates).filter_map(|peak| Some((peak, peak.gemm?)));
    let below = |of: fn(&Repetitions) -> f64| {
        let shares = gemm().map(|(peak, all)| of(&all) / peak.operations_per_second * 100.0);
        median(&shares.collect::<Vec<f64>>()).map(|share| with_unit(&fixed(share, 0), "%"))
    };
    facts.set("peak.repetitions.state", if gemm().next().is_some() { "known" } else { "unknown" });
    set_known(facts, "peak.repetitions.low", below(|all| all.lower_quartile_per_second));
    set_known(facts, "peak.repetitions.median", below(|all| all.median_per_second));
    set_known(facts, "peak.repetitions.high", below(|all| all.upper_quartile_per_second));
    facts.set("peak.margin", results::guard::MARGIN.to_string());
}
