//! Points in groups: networks with the same batches are listed together. Independent of wording.

use std::collections::BTreeSet;

use crate::estimates::Point;

/// Some networks, all at the same batches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group<'a> {
    /// Names, in the order of the points.
    pub networks: Vec<&'a str>,
    /// Ascending.
    pub batches: Vec<u32>,
}

impl Group<'_> {
    /// Number of its points.
    pub fn count(&self) -> usize {
        self.networks.len() * self.batches.len()
    }
}

/// The groups of points, in the order of the first network of each. No two points share network and batch.
pub fn groups<'a>(points: impl IntoIterator<Item = &'a Point>) -> Vec<Group<'a>> {
    let mut by_network: Vec<(&str, BTreeSet<u32>)> = Vec::new();
    for point in points {
        match by_network.iter_mut().find(|(name, _)| *name == point.network) {
            Some((_, batches)) => drop(batches.insert(point.batch)),
            None => by_network.push((&point.network, BTreeSet::from([point.batch]))),
        }
    }
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (name, batches) in by_network {
        match groups.iter_mut().find(|group| batches.iter().eq(&group.batches)) {
            Some(group) => group.networks.push(name),
            None => groups.push(Group { networks: vec![name], batches: batches.into_iter().collect() }),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(network: &str, batch: u32) -> Point {
        Point::skipped(network, batch, "")
    }

    #[test]
    fn networks_with_the_same_batches_are_in_one_group() {
        let points = [("vgg-16", 4), ("enet", 1), ("vgg-19", 2), ("vgg-16", 2), ("vgg-19", 4)];
        let points = points.map(|(network, batch)| point(network, batch));
        let expected = [
            Group { networks: vec!["vgg-16", "vgg-19"], batches: vec![2, 4] },
            Group { networks: vec!["enet"], batches: vec![1] },
        ];
        assert_eq!(groups(&points), expected);
        assert_eq!(groups(&points).iter().map(Group::count).sum::<usize>(), points.len());
    }
}
