//! The file `predictions.csv`: what a network says about each picture. It is written here, and read for comparing two networks on the same
//! pictures. Touches no file.

use serde::{Deserialize, Serialize};

use crate::csv::Csv;
use crate::statistics::Pairs;

/// Number of classes that are kept of each picture.
pub const KEPT: usize = 5;

/// The classes with the largest logits of one picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prediction {
    /// Path of the picture below the folder of its data set.
    pub file: String,
    /// Its class.
    pub label: u16,
    /// The classes, largest logit first; the first class of equals.
    pub classes: [u16; KEPT],
    /// Their logits.
    pub logits: [f32; KEPT],
}

impl Prediction {
    /// That of a picture with these logits. None if there are fewer than five, or if one is not finite.
    pub fn of(file: &str, label: u16, logits: &[f32]) -> Option<Self> {
        let all_finite = logits.iter().all(|logit| logit.is_finite());
        let classes = u16::try_from(logits.len()).ok().filter(|_| all_finite && logits.len() >= KEPT)?;
        let mut order: Vec<u16> = (0..classes).collect();
        let logit = |class: u16| logits[usize::from(class)];
        // Stable, so that the first of equals stays first. Finite numbers can be compared.
        order.sort_by(|a, b| logit(*b).partial_cmp(&logit(*a)).unwrap_or(std::cmp::Ordering::Equal));
        let classes = std::array::from_fn(|place| order[place]);
        Some(Self { file: file.to_owned(), label, classes, logits: classes.map(logit) })
    }

    /// Whether the first class is right.
    pub fn is_right(&self) -> bool {
        self.classes[0] == self.label
    }

    /// Whether one of the classes is right.
    pub fn has_right(&self) -> bool {
        self.classes.contains(&self.label)
    }
}

/// The columns of the table.
const COLUMNS: &str = "file,label,class_1,class_2,class_3,class_4,class_5,logit_1,logit_2,logit_3,logit_4,logit_5";

/// Predictions as a table.
pub fn csv<'a>(predictions: impl IntoIterator<Item = &'a Prediction>) -> String {
    let mut table = Csv::new(&COLUMNS.split(',').collect::<Vec<_>>());
    for Prediction { file, label, classes, logits } in predictions {
        let classes = classes.iter().map(u16::to_string);
        let cells = [file.clone(), label.to_string()].into_iter().chain(classes);
        table.row(&cells.chain(logits.iter().map(f32::to_string)).collect::<Vec<_>>());
    }
    table.into_text()
}

/// The pictures of two tables, and which of them is right in its first class.
///
/// # Errors
/// A text is not such a table, or they are not about the same pictures with the same labels.
pub fn pairs(first: &str, second: &str) -> Result<Pairs, String> {
    let (mut first, mut second) = (rows(first)?, rows(second)?);
    let mut results = Vec::new();
    loop {
        match (first.next().transpose()?, second.next().transpose()?) {
            (Some((picture, is_right)), Some((other, is_other_right))) if picture == other => {
                results.push((is_right, is_other_right));
            }
            (None, None) => return Ok(Pairs::of(results)),
            (Some((one, _)), Some((other, _))) => return Err(format!("one has the picture {one}, the other {other}")),
            (Some((one, _)), None) | (None, Some((one, _))) => return Err(format!("only one has the picture {one}")),
        }
    }
}

/// A comparison in words. The test says whether the difference may be chance, the interval how large it may be.
pub fn text(pairs: Pairs) -> String {
    let Pairs { trials, only_first, only_second } = pairs;
    let Some(difference) = pairs.difference() else { return "there are no pictures\n".to_owned() };
    let [value, low, high] = [difference.value, difference.low, difference.high].map(|share| 100.0 * share);
    format!(
        "top-1 of {trials} pictures: only the first is right on {only_first}, only the second on {only_second}\n\
         first minus second: {value:+.2} % ({low:+.2} to {high:+.2} %), p = {:.2e} (McNemar, exact)\n",
        pairs.p_value()
    )
}

/// The rows of a table: `FILE,LABEL`, and whether the first class is right.
fn rows(text: &str) -> Result<impl Iterator<Item = Result<(&str, bool), String>>, String> {
    let rest = text.strip_prefix(COLUMNS).and_then(|rest| rest.strip_prefix('\n'));
    let rest = rest.ok_or_else(|| format!("it does not begin with the line {COLUMNS}"))?;
    // The name of a file may have commas and quotes, numbers have none.
    let row = |line| row(line).ok_or_else(|| format!("`{line}` is not a row of predictions"));
    Ok(rest.lines().map(row))
}

fn row(line: &str) -> Option<(&str, bool)> {
    let mut cells = line.rsplitn(2 * KEPT + 1, ',').skip(2 * KEPT - 1);
    let (first, picture) = (cells.next()?, cells.next()?);
    let (_, label) = picture.rsplit_once(',')?;
    Some((picture, label == first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logits(largest: &[(usize, f32)]) -> Vec<f32> {
        let mut logits = vec![-1.0; 1000];
        largest.iter().for_each(|(class, logit)| logits[*class] = *logit);
        logits
    }

    #[test]
    fn the_first_class_of_equals_comes_first() {
        let of = |logits: &[f32]| Prediction::of("a.jpg", 7, logits).expect("finite").classes;
        assert_eq!(of(&logits(&[])), [0, 1, 2, 3, 4]);
        assert_eq!(of(&logits(&[(999, 1.0), (3, 1.0), (500, 1.0)])), [3, 500, 999, 0, 1]);
        assert_eq!(of(&logits(&[(999, 3.0), (3, 1.0), (500, 2.0)])), [999, 500, 3, 0, 1]);
        // Zeros of both signs are equal.
        assert_eq!(of(&logits(&[(8, -0.0), (9, 0.0)]))[..2], [8, 9]);
    }

    #[test]
    fn logits_that_are_not_finite_have_no_prediction() {
        for wrong in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert_eq!(Prediction::of("a.jpg", 0, &logits(&[(999, wrong)])), None);
        }
        assert_eq!(Prediction::of("a.jpg", 0, &[1.0; 4]), None);
    }

    fn table(rows: &[(&str, u16, usize)]) -> String {
        let predictions = rows
            .iter()
            .map(|(file, label, class)| Prediction::of(file, *label, &logits(&[(*class, 1.5)])).expect("finite"));
        csv(&predictions.collect::<Vec<_>>())
    }

    #[test]
    fn two_tables_are_compared_picture_by_picture() {
        let first = table(&[("a.jpg", 7, 7), ("b,\"c\".jpg", 8, 8), ("d.jpg", 9, 1), ("e.jpg", 9, 1)]);
        let second = table(&[("a.jpg", 7, 7), ("b,\"c\".jpg", 8, 1), ("d.jpg", 9, 9), ("e.jpg", 9, 1)]);
        assert_eq!(pairs(&first, &second), Ok(Pairs { trials: 4, only_first: 1, only_second: 1 }));
        assert!(first.lines().nth(1).expect("a row").starts_with("a.jpg,7,7,0,1,2,3,1.5,-1,"), "{first}");
    }

    #[test]
    fn a_comparison_has_counts_an_interval_and_a_probability() {
        let text = text(Pairs { trials: 100, only_first: 46, only_second: 38 });
        assert!(text.contains("only the first is right on 46, only the second on 38"), "{text}");
        assert!(text.contains("+8.00 % (-9.91 to +25.60 %), p = 4.45e-1"), "{text}");
        assert_eq!(super::text(Pairs::of([])), "there are no pictures\n");
    }

    #[test]
    fn tables_of_other_pictures_or_labels_are_not_compared() {
        let first = table(&[("a.jpg", 7, 7)]);
        for (second, expected) in [
            (table(&[("b.jpg", 7, 7)]), "the other b.jpg,7"),
            (table(&[("a.jpg", 8, 7)]), "the other a.jpg,8"),
            (table(&[]), "only one has the picture a.jpg,7"),
            ("file,label\n".to_owned(), "does not begin"),
            (format!("{COLUMNS}\na.jpg,7\n"), "`a.jpg,7` is not a row"),
        ] {
            let error = pairs(&first, &second).expect_err(expected);
            assert!(error.contains(expected), "{error}");
        }
    }
}
