//! Five complete measurements of one machine on one day: how much they vary, and how often intervals of ratios exclude
//! 1 with and without the variation between sessions. The expected numbers were computed from the same records with
//! NumPy.

use std::collections::BTreeMap;

use results::Estimate;
use results::statistics::median;
use results::statistics::propagation::ratio;
use results::statistics::sessions::BetweenSessions;

const CAMPAIGNS: usize = 5;

/// The times of each point, by campaign in chronological order.
fn points() -> Vec<Vec<Estimate>> {
    let text = include_str!("campaigns.csv");
    let mut points: BTreeMap<(&str, &str), Vec<Estimate>> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')).skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [_, network, batch, value, low, high] = cells[..] else { panic!("{line}") };
        let [value, low, high] = [value, low, high].map(|cell| cell.parse().expect("a time"));
        points.entry((network, batch)).or_default().push(Estimate { value, low, high });
    }
    assert!(points.len() == 70 && points.values().all(|times| times.len() == CAMPAIGNS));
    points.into_values().collect()
}

/// The campaigns `which` of all points, as sessions.
fn sessions(points: &[Vec<Estimate>], which: &[usize]) -> Vec<Vec<(u32, Estimate)>> {
    points.iter().map(|times| which.iter().map(|&index| (index as u32, times[index])).collect()).collect()
}

/// All pairs of campaigns, each with the other three.
fn pairs() -> impl Iterator<Item = (usize, usize, Vec<usize>)> {
    let others = |one, two| (0..CAMPAIGNS).filter(|index| ![one, two].contains(index)).collect();
    (0..CAMPAIGNS).flat_map(move |one| (one + 1..CAMPAIGNS).map(move |two| (one, two, others(one, two))))
}

fn excludes_one(ratio: Option<Estimate>) -> bool {
    ratio.is_some_and(|ratio| ratio.low > 1.0 || ratio.high < 1.0)
}

#[test]
fn campaigns_vary_by_five_percent_but_their_own_intervals_are_three() {
    let points = points();
    let variation = |times: &Vec<Estimate>| {
        let mean = times.iter().map(|time| time.value).sum::<f64>() / CAMPAIGNS as f64;
        let squares = times.iter().map(|time| (time.value / mean - 1.0) * (time.value / mean - 1.0)).sum::<f64>();
        (squares / (CAMPAIGNS - 1) as f64).sqrt()
    };
    let variations: Vec<f64> = points.iter().map(variation).collect();
    let halves: Vec<f64> = points.iter().flatten().map(|time| (time.high - time.low) / 2.0 / time.value).collect();
    let (variation, half) = (median(&variations).expect("some"), median(&halves).expect("some"));
    assert!((0.0505..0.0520).contains(&variation) && (0.025..0.032).contains(&half), "{variation} {half}");
    let between = BetweenSessions::of(&sessions(&points, &[0, 1, 2, 3, 4])).expect("five sessions");
    assert!((0.048..0.053).contains(&between.deviation()), "{between:?}");
    assert_eq!((between.points, between.sessions), (70, 5));
    // 350 times are not 280 independent deviations: a campaign shifts all points together.
    assert!((6.0..12.0).contains(&between.freedom), "{between:?}");
}

#[test]
fn more_than_half_of_the_ratios_exclude_one_and_about_one_in_twenty_with_the_variation_between_sessions() {
    let points = points();
    let (mut all, mut within, mut over) = (0, 0, 0);
    for (one, two, others) in pairs() {
        // The variation between sessions is estimated from the other campaigns.
        let between = BetweenSessions::of(&sessions(&points, &others)).expect("three sessions");
        for times in &points {
            let at = |index: usize| between.over(&[times[index]]).expect("a time").estimate();
            all += 1;
            within += usize::from(excludes_one(ratio(times[two], times[one])));
            over += usize::from(excludes_one(ratio(at(two), at(one))));
        }
    }
    let share = |count: usize| count as f64 / all as f64;
    println!("{} {}", share(within), share(over));
    assert_eq!(all, 700);
    assert!(share(within) > 0.5 && (0.02..0.07).contains(&share(over)), "{} {}", share(within), share(over));
}
