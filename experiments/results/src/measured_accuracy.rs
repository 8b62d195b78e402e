//! The measured accuracies of a study next to the cited ones, and pairs of networks on the same pictures. Touches no file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::accuracy::{Accuracy, Score};
use crate::estimates::{Estimate, Estimates};
use crate::predictions;
use crate::reference::Published;
use crate::statistics::propagation::scaled;
use crate::statistics::proportion;

/// Images of ImageNet's validation set, on which cited accuracies were measured.
pub const CITED_IMAGES: f64 = 50_000.0;

/// Marks a measured accuracy in a table.
pub(crate) const MEASURED: char = 'm';

/// What was measured of all networks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasuredAccuracies {
    /// By network.
    pub networks: BTreeMap<String, MeasuredAccuracy>,
    /// Each network compared with the next best on the same pictures, the most accurate first.
    pub pairs: Vec<Pair>,
}

/// The accuracy of a network with the weights of the caller on the pictures of the caller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasuredAccuracy {
    /// Top-1.
    pub top_1: Score,
    /// Top-5.
    pub top_5: Score,
    /// Number of pictures.
    pub pictures: u64,
    /// Name of the data set.
    pub images: String,
    /// SHA-256 of the pictures, their paths and classes.
    pub images_sha256: String,
    /// SHA-256 of the weights.
    pub weights_sha256: String,
    /// The decoder of JPEG.
    pub decoder: String,
    /// How the decoder's pixels agree with those of torchvision, in words.
    pub agreement: String,
}

/// Two networks on the same pictures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// The network with the larger top-1 accuracy.
    pub first: String,
    /// The other one.
    pub second: String,
    /// Pictures that only the first classifies correctly.
    pub only_first: u64,
    /// Pictures that only the second classifies correctly.
    pub only_second: u64,
    /// First minus second, as a share of the pictures, with its 95 % interval.
    pub difference: Estimate,
    /// McNemar's exact test, two-sided.
    pub p_value: f64,
}

/// A top-1 accuracy [%] with its 95 % interval by Wilson.
#[derive(Clone, Debug, PartialEq)]
pub struct Top1 {
    /// The accuracy.
    pub percent: Estimate,
    /// The evaluation, in words.
    pub source: String,
    /// Whether it was measured here and not cited.
    pub is_measured: bool,
}

impl Top1 {
    /// Its source in words.
    pub fn described(&self) -> String {
        if self.is_measured { self.source.clone() } else { format!("cited: {}", self.source) }
    }
}

impl MeasuredAccuracies {
    /// Of all networks with their `predictions.csv`.
    ///
    /// # Errors
    /// Accuracies of one network and predictions that do not belong together.
    pub fn of(all: &[(Accuracy, String)]) -> Result<Self, String> {
        let mut order: Vec<&(Accuracy, String)> = all.iter().collect();
        order.sort_by(|(a, _), (b, _)| b.top_1.share.total_cmp(&a.top_1.share));
        let mut pairs = Vec::new();
        for window in order.windows(2) {
            let [(first, first_table), (second, second_table)] = window else { continue };
            if first.images.sha256 == second.images.sha256 {
                pairs.extend(pair((&first.network, first_table), (&second.network, second_table))?);
            }
        }
        let networks = all.iter().map(|(accuracy, _)| (accuracy.network.clone(), accuracy.into())).collect();
        Ok(Self { networks, pairs })
    }

    /// The top-1 accuracy of a network: the measured one if there is one, else the cited one.
    pub fn top1(&self, network: &str, published: &Published) -> Option<Top1> {
        if let Some(MeasuredAccuracy { top_1, pictures, images, .. }) = self.networks.get(network) {
            let source = format!("measured on {pictures} pictures of {images}");
            return Some(Top1 { percent: percent(top_1), source, is_measured: true });
        }
        let (top1, source) = published.top1(network)?;
        let percent = scaled(proportion(top1 / 100.0, CITED_IMAGES)?, 100.0);
        // A share in per cent is that number again only nearly.
        let percent = Estimate { value: top1, low: percent.low.min(top1), high: percent.high.max(top1) };
        Some(Top1 { percent, source: source.to_owned(), is_measured: false })
    }

    /// The number of pictures that the accuracy of a network is a share of, measured or cited.
    pub fn pictures(&self, network: &str) -> f64 {
        self.networks.get(network).map_or(CITED_IMAGES, |measured| measured.pictures as f64)
    }

    /// Whether nothing was measured.
    pub fn is_empty(&self) -> bool {
        self.networks.is_empty()
    }
}

impl From<&Accuracy> for MeasuredAccuracy {
    fn from(accuracy: &Accuracy) -> Self {
        Self {
            top_1: accuracy.top_1,
            top_5: accuracy.top_5,
            pictures: accuracy.images.pictures,
            images: accuracy.images.name.clone(),
            images_sha256: accuracy.images.sha256.clone(),
            weights_sha256: accuracy.weights_sha256.clone(),
            decoder: accuracy.decoder.name.clone(),
            agreement: accuracy.decoder.agreement.clone(),
        }
    }
}

/// A score [%] with its interval.
pub fn percent(score: &Score) -> Estimate {
    scaled(Estimate { value: score.share, low: score.low, high: score.high }, 100.0)
}

impl Estimates {
    /// The top-1 accuracy of a network, see [`MeasuredAccuracies::top1`].
    pub fn top1(&self, network: &str, published: &Published) -> Option<Top1> {
        self.accuracies.top1(network, published)
    }
}

/// None without pictures.
fn pair(first: (&str, &str), second: (&str, &str)) -> Result<Option<Pair>, String> {
    let pairs = predictions::pairs(first.1, second.1)
        .map_err(|error| format!("predictions of {} and {}: {error}", first.0, second.0))?;
    Ok(pairs.difference().map(|difference| Pair {
        first: first.0.to_owned(),
        second: second.0.to_owned(),
        only_first: pairs.only_first,
        only_second: pairs.only_second,
        difference,
        p_value: pairs.p_value(),
    }))
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::Value;

    use super::*;
    use crate::accuracy::{DataSet, Decoder};
    use crate::predictions::Prediction;
    use crate::record::DeviceIdentity;

    /// A network that is right on the first `right` of `pictures`.
    pub(crate) fn accuracy(network: &str, right: u64, pictures: u64, images_sha256: &str) -> (Accuracy, String) {
        let prediction = |picture: u64| {
            let mut logits = [0.0; 10];
            logits[if picture < right { 7 } else { 8 }] = 1.0;
            Prediction::of(&format!("{picture}.jpg"), 7, &logits).expect("finite")
        };
        let rows: Vec<_> = (0..pictures).map(prediction).collect();
        let identity = ["cpu", "a processor", "kernels"].map(str::to_owned);
        let [kind, hardware, backend] = identity;
        let accuracy = Accuracy {
            schema: Accuracy::SCHEMA,
            network: network.to_owned(),
            device: DeviceIdentity { kind, hardware, backend, simulated: false },
            batch: 16,
            weights_sha256: "00".to_owned(),
            preprocessing: Value::Null,
            decoder: Decoder { name: "x".to_owned(), agreement: "y".to_owned(), lenient: Vec::new() },
            images: DataSet { name: "photographs".to_owned(), pictures, sha256: images_sha256.to_owned() },
            top_1: Score::of(right, pictures).expect("a score"),
            top_5: Score::of(pictures, pictures).expect("a score"),
        };
        (accuracy, predictions::csv(&rows))
    }

    #[test]
    fn each_network_is_compared_with_the_next_best_on_the_same_pictures() {
        let all = [accuracy("a", 10, 40, "s"), accuracy("b", 30, 40, "s"), accuracy("c", 15, 40, "s")];
        let measured = MeasuredAccuracies::of(&all).expect("they belong together");
        let names: Vec<_> = measured.pairs.iter().map(|pair| (pair.first.as_str(), pair.second.as_str())).collect();
        assert_eq!(names, [("b", "c"), ("c", "a")]);
        // Of five differing pictures all are right in one: p = 2 / 2^5.
        let Pair { only_first, only_second, difference, p_value, .. } = &measured.pairs[1];
        assert_eq!((*only_first, *only_second, *p_value), (5, 0, 0.0625));
        assert_eq!(difference.value, 0.125);
        let elsewhere = [accuracy("a", 10, 40, "s"), accuracy("b", 30, 40, "t")];
        assert_eq!(MeasuredAccuracies::of(&elsewhere).expect("they belong together").pairs, []);
        let wrong = [accuracy("a", 10, 40, "s"), accuracy("b", 30, 50, "s")];
        assert!(MeasuredAccuracies::of(&wrong).expect_err("other pictures").contains("predictions of b and a"));
    }

    #[test]
    fn a_measured_accuracy_replaces_the_cited_one_and_names_its_pictures() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../published/2016");
        let published = Published::read(&folder).expect("the values of 2016");
        let mut estimates = crate::software::tests::estimates();
        let cited = estimates.top1("vgg-16", &published).expect("it is cited");
        assert_eq!((cited.percent.value, cited.is_measured), (published.networks["vgg-16"].top1, false));
        assert!(cited.described().starts_with("cited: "), "{}", cited.described());
        // The half width of a share of about 0.7 of 50,000 pictures.
        assert!((cited.percent.high - cited.percent.low - 0.8).abs() < 0.02, "{:?}", cited.percent);
        estimates.accuracies = MeasuredAccuracies::of(&[accuracy("vgg-16", 81, 263, "s")]).expect("one network");
        let measured = estimates.top1("vgg-16", &published).expect("it is measured");
        // R. G. Newcombe, Statistics in Medicine 17, 1998, Table I, method 3.
        assert!((measured.percent.low - 25.53).abs() < 5e-3 && (measured.percent.high - 36.62).abs() < 5e-3);
        assert_eq!(measured.described(), "measured on 263 pictures of photographs");
        assert_eq!((estimates.accuracies.pictures("vgg-16"), estimates.accuracies.pictures("enet")), (263.0, 50_000.0));
        assert_eq!(estimates.top1("resnet-18", &published).map(|top1| top1.is_measured), Some(false));
    }

    #[test]
    fn without_measured_accuracies_there_is_nothing_to_compare() {
        let measured = MeasuredAccuracies::of(&[]).expect("nothing is wrong");
        assert!(measured.is_empty() && measured == MeasuredAccuracies::default());
    }
}
