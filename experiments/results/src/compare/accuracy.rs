//! The measured accuracies of two sides, network by network. Independent of files and terminals.

use serde::{Deserialize, Serialize};

use crate::accuracy::Accuracy;
use crate::estimates::Estimate;
use crate::measured_accuracy::percent;
use crate::predictions;
use crate::statistics::propagation::scaled;

/// A network whose accuracy was measured on a side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accuracies {
    /// The network.
    pub network: String,
    /// Top-1 [%] on side A with its 95 % interval; none if it was not measured.
    pub a: Option<Estimate>,
    /// The same on side B.
    pub b: Option<Estimate>,
    /// Top-1 of B minus that of A [percentage points] with its 95 % interval, from pairs of predictions; none unless both are about the
    /// same pictures.
    pub difference: Option<Estimate>,
    /// Whether both sides have the same weights.
    pub same_weights: bool,
}

/// All networks of both sides, each side with the `predictions.csv` of its networks, in the order of A, then of B.
///
/// # Errors
/// Predictions of the same pictures do not belong together.
pub fn of(a: &[(Accuracy, String)], b: &[(Accuracy, String)]) -> Result<Vec<Accuracies>, String> {
    let find = |side: &'_ [(Accuracy, String)], network: &str| side.iter().position(|of| of.0.network == network);
    let only_b = b.iter().filter(|of| find(a, &of.0.network).is_none());
    let networks = a.iter().chain(only_b).map(|of| of.0.network.as_str());
    let row = |network: &str| {
        let (of_a, of_b) = (find(a, network).map(|index| &a[index]), find(b, network).map(|index| &b[index]));
        let both = of_a.zip(of_b);
        let pairs = both.filter(|(a, b)| a.0.images.sha256 == b.0.images.sha256);
        let pairs = pairs.map(|(a, b)| predictions::pairs(&b.1, &a.1)).transpose();
        let pairs = pairs.map_err(|error| format!("predictions of {network} on both sides: {error}"))?;
        let top1 = |of: &(Accuracy, String)| percent(&of.0.top_1);
        Ok(Accuracies {
            network: network.to_owned(),
            a: of_a.map(top1),
            b: of_b.map(top1),
            difference: pairs.and_then(|pairs| pairs.difference()).map(|share| scaled(share, 100.0)),
            same_weights: both.is_some_and(|(a, b)| a.0.weights_sha256 == b.0.weights_sha256),
        })
    };
    networks.map(row).collect()
}

/// The rows as lines of a table.
pub(crate) fn lines(rows: &[Accuracies]) -> Vec<String> {
    let cell = |of: &Option<Estimate>| {
        of.map_or_else(|| "-".to_owned(), |of| format!("{:.2} [{:.1}, {:.1}]", of.value, of.low, of.high))
    };
    let head = format!("{:<19}{:<21}{:<21}{}", "measured top-1 [%]", "A", "B", "B - A, pairs of predictions");
    let line = |row: &Accuracies| {
        let difference = match (row.difference, row.a.zip(row.b)) {
            (Some(of), _) => format!("{:+.2} [{:+.1}, {:+.1}]", of.value, of.low, of.high),
            (None, Some(_)) => "other pictures".to_owned(),
            (None, None) => String::new(),
        };
        let weights = if row.same_weights || row.a.is_none() || row.b.is_none() { "" } else { ", other weights" };
        let name: String = crate::page::clean(&row.network).chars().take(18).collect();
        format!("{name:<19}{:<21}{:<21}{difference}{weights}", cell(&row.a), cell(&row.b))
    };
    [head].into_iter().chain(rows.iter().map(line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measured_accuracy::tests::accuracy;

    #[test]
    fn the_difference_is_that_of_pairs_on_the_same_pictures_and_weights_are_compared() {
        let (mut other, table) = accuracy("b", 20, 40, "s");
        other.weights_sha256 = "01".to_owned();
        let a = [accuracy("a", 10, 40, "s"), accuracy("b", 20, 40, "s"), accuracy("c", 10, 40, "s")];
        let b = [accuracy("d", 1, 40, "s"), accuracy("a", 15, 40, "s"), (other, table), accuracy("c", 10, 40, "t")];
        let rows = of(&a, &b).expect("they belong together");
        let names: Vec<&str> = rows.iter().map(|row| row.network.as_str()).collect();
        assert_eq!(names, ["a", "b", "c", "d"]);
        // Five of 40 pictures are right only on B.
        let difference = rows[0].difference.expect("the same pictures");
        assert_eq!(difference.value, 12.5);
        assert!(difference.low > 0.0 && difference.high < 30.0, "{difference:?}");
        assert_eq!(rows.iter().map(|row| row.same_weights).collect::<Vec<_>>(), [true, false, true, false]);
        assert_eq!((rows[2].difference, rows[3].a, rows[3].difference), (None, None, None));
        let text = lines(&rows);
        assert!(text.iter().all(|line| line.chars().count() <= crate::page::WIDTH), "{text:#?}");
        assert!(
            text[1].starts_with("a ") && text[1].contains("25.00 [") && text[1].contains("+12.50 [+"),
            "{}",
            text[1]
        );
        assert!(text[2].ends_with(", other weights") && text[3].ends_with("other pictures"), "{text:#?}");
    }

    #[test]
    fn predictions_of_other_pictures_under_the_same_digest_are_refused() {
        let error = of(&[accuracy("a", 10, 40, "s")], &[accuracy("a", 10, 30, "s")]).expect_err("30 of 40 pictures");
        assert!(error.starts_with("predictions of a on both sides: only one has"), "{error}");
    }
}
