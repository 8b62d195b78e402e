//! The classes of ILSVRC-2012: the place of a WordNet id among the 1000 sorted ids, as in torchvision and timm.

/// Number of classes.
pub const CLASSES: usize = 1000;

/// The ids, sorted, one on a line (timm 1.0.31, `imagenet_synsets.txt`).
const IDS: &str = include_str!("wordnet-ids.txt");

/// The class of a WordNet id, for example `n01440764`. None if it is none of ILSVRC-2012.
pub fn class(id: &str) -> Option<u16> {
    // Each line has the same length.
    const LINE: usize = 10;
    let (mut low, mut high) = (0, CLASSES);
    while low < high {
        let middle = usize::midpoint(low, high);
        match IDS[middle * LINE..][..LINE - 1].cmp(id) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
            std::cmp::Ordering::Equal => return u16::try_from(middle).ok(),
        }
    }
    None
}

/// Whether a text has the form of a WordNet id.
pub(super) fn is_id(text: &str) -> bool {
    text.strip_prefix('n').is_some_and(|digits| digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_the_place_of_its_id() {
        let ids: Vec<&str> = IDS.lines().collect();
        assert!(ids.len() == CLASSES && ids.is_sorted() && ids.iter().all(|id| is_id(id)));
        assert!(ids.iter().enumerate().all(|(place, id)| class(id) == u16::try_from(place).ok()));
        // Tench, great white shark and toilet tissue.
        assert_eq!(["n01440764", "n01484850", "n15075141"].map(class), [Some(0), Some(2), Some(999)]);
        for id in ["", "n", "n00000000", "n99999999", "n01440764 ", "N01440764"] {
            assert_eq!(class(id), None, "{id}");
        }
    }
}
