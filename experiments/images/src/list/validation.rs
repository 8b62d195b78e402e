//! What is known of the validation set of ILSVRC-2012: a list with other labels for its files is refused.

use super::{CLASSES, Entry};

/// Start of the names of its files; a number of eight digits follows.
const NAME: &str = "ILSVRC2012_val_";

/// The classes of its first ten pictures (labels.txt of TensorFlow Datasets' `imagenet2012`).
const FIRST: [u16; 10] = [65, 970, 230, 809, 516, 57, 334, 415, 674, 332];

/// Number of its pictures: 50 of each class.
const PICTURES: usize = 50_000;

/// The number in the name of a picture of the validation set.
fn number(path: &str) -> Option<usize> {
    let name = path.rsplit('/').next()?.strip_prefix(NAME)?;
    name.split('.').next()?.parse().ok()
}

/// Checks the labels of pictures with names of the validation set. The error is what is wrong and the remedy.
pub(super) fn check(entries: &[Entry]) -> Result<(), (String, &'static str)> {
    let hint = "classes are places of WordNet ids among the sorted ids, from 0; the development kit has another order";
    let mut counts = [0; CLASSES];
    let mut found = 0;
    for entry in entries {
        let Some(number) = number(&entry.path) else { continue };
        let known = number.checked_sub(1).and_then(|index| FIRST.get(index));
        if let Some(known) = known.filter(|known| **known != entry.class) {
            return Err((format!("`{}` has class {}, but it is of class {known}", entry.path, entry.class), hint));
        }
        found += 1;
        counts[usize::from(entry.class)] += 1;
    }
    let of_each = PICTURES / CLASSES;
    match counts.iter().position(|count| *count != of_each) {
        Some(class) if found == PICTURES => {
            let problem =
                format!("class {class} has {} of the validation set's pictures, not {of_each}", counts[class]);
            Err((problem, hint))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(number: usize, class: u16) -> Entry {
        Entry { path: format!("{NAME}{number:08}.JPEG"), class }
    }

    #[test]
    fn labels_of_another_order_are_refused() {
        check(&[of(1, 65), of(10, 332), of(11, 5)]).expect("they are right");
        // The development kit's number of the first picture.
        let (problem, _) = check(&[of(1, 490)]).expect_err("another class");
        assert!(problem.contains("ILSVRC2012_val_00000001.JPEG") && problem.contains("class 65"), "{problem}");
        check(&[Entry { path: "other_00000001.JPEG".to_owned(), class: 490 }]).expect("another data set");
    }

    #[test]
    fn a_whole_set_has_fifty_pictures_of_each_class() {
        let classes = |number: usize| FIRST.get(number - 1).copied().unwrap_or((number % CLASSES) as u16);
        let mut counts = [50; CLASSES];
        FIRST.iter().for_each(|class| counts[usize::from(*class)] -= 1);
        let rest = (0..CLASSES).flat_map(|class| vec![class as u16; counts[class]]);
        let whole: Vec<Entry> =
            FIRST.into_iter().chain(rest).zip(1..).map(|(class, number)| of(number, class)).collect();
        check(&whole).expect("fifty of each");
        let other: Vec<Entry> = (1..=PICTURES).map(|number| of(number, classes(number))).collect();
        assert!(check(&other).expect_err("51 of some").0.contains("not 50"));
    }
}
