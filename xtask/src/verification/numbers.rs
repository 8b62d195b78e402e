//! Two measurements of the same points: how each number compares. Reads estimates as JSON and knows none of their statistics.

use serde_json::Value;

use crate::verification::answer::{Answer, Findings};

/// Two medians of the same time on the same hardware may differ this much and still be consistent. Two whole runs of `quick` on
/// two cores of a virtual machine, an hour apart, agreed so at 67 of 70 points; 19 % was the most.
pub const TIME_TOLERANCE: f64 = 0.15;
/// The same for memory and power, which vary less.
pub const OTHER_TOLERANCE: f64 = 0.05;
/// Memory may differ by so many bytes whatever its size: where the pages of threads and heaps lie is left to chance. Twelve runs of ENet
/// at batch 1, which takes 41 MB, lay within 1.5 MB, and one beside other work 3 MB above.
pub const MEMORY_TOLERANCE: f64 = 4e6;

/// A number of a point.
struct Quantity {
    name: &'static str,
    value: fn(&Value) -> Option<f64>,
    /// Ends of its interval, where it has one.
    interval: fn(&Value) -> Option<(f64, f64)>,
    tolerance: f64,
    /// The same as a number of its own, whatever the size.
    least: f64,
    unit: (&'static str, f64),
}

const QUANTITIES: [Quantity; 3] = [
    Quantity {
        name: "time",
        value: |point| point["time"]["value"].as_f64(),
        interval: |point| Some((point["time"]["low"].as_f64()?, point["time"]["high"].as_f64()?)),
        tolerance: TIME_TOLERANCE,
        least: 0.0,
        unit: ("ms", 1e-3),
    },
    Quantity {
        name: "memory",
        value: |point| point["memory"]["net"].as_f64(),
        interval: |_| None,
        tolerance: OTHER_TOLERANCE,
        least: MEMORY_TOLERANCE,
        unit: ("MB", 1e6),
    },
    Quantity {
        name: "power",
        value: |point| point["power"]["net"]["value"].as_f64(),
        interval: |point| Some((point["power"]["net"]["low"].as_f64()?, point["power"]["net"]["high"].as_f64()?)),
        tolerance: OTHER_TOLERANCE,
        least: 0.0,
        unit: ("W", 1.0),
    },
];

/// Compares the numbers of two `estimates.json`, published and here.
pub fn compare(published: &Value, here: &Value, findings: &mut Findings) {
    let same = |field: &str| published["device"][field] == here["device"][field];
    let same = same("kind") && same("hardware") && published["protocol"] == here["protocol"];
    for point in published["points"].as_array().into_iter().flatten() {
        let of = |point: &Value| (point["network"].clone(), point["batch"].clone());
        let other = here["points"].as_array().into_iter().flatten().find(|other| of(other) == of(point));
        let place = format!("{} at batch {}", point["network"].as_str().unwrap_or_default(), point["batch"]);
        for quantity in &QUANTITIES {
            let name = format!("{} of {place}", quantity.name);
            match ((quantity.value)(point), other.and_then(quantity.value)) {
                (None, None) => {}
                (Some(one), Some(two)) => {
                    let (answer, detail) = quantity.answer((one, point), (two, other.unwrap_or(&Value::Null)), same);
                    findings.add(name, answer, detail);
                }
                (Some(_), None) => findings.add(name, Answer::NotComparable, "there is none here"),
                (None, Some(_)) => findings.add(name, Answer::NotComparable, "there is none published"),
            }
        }
    }
}

impl Quantity {
    fn answer(&self, (one, point): (f64, &Value), (two, other): (f64, &Value), same: bool) -> (Answer, String) {
        let interval = self.interval;
        if one == two && interval(point) == interval(other) {
            return (Answer::Identical, String::new());
        }
        let (unit, scale) = self.unit;
        let ratio = two / one;
        let told = format!("{:.3} {unit}, here {:.3} {unit} (ratio {ratio:.3})", one / scale, two / scale);
        if !same {
            return (Answer::NotComparable, format!("{told}, on other hardware or by another protocol"));
        }
        let overlap = interval(point).zip(interval(other)).is_some_and(|(a, b)| a.0 <= b.1 && b.0 <= a.1);
        if (ratio - 1.0).abs() <= self.tolerance || (two - one).abs() <= self.least || overlap {
            return (Answer::Consistent, told);
        }
        let least = if self.least > 0.0 { format!(" and of {:.0} {unit}", self.least / scale) } else { String::new() };
        (Answer::Different, format!("{told}, beyond the tolerance of {:.0} %{least}", self.tolerance * 100.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn estimates(hardware: &str, time: f64, net: u64) -> Value {
        json!({
            "device": { "kind": "cpu", "hardware": hardware },
            "protocol": "quick",
            "points": [{
                "network": "a", "batch": 1,
                "time": { "value": time, "low": time * 0.99, "high": time * 1.01 },
                "memory": { "net": net },
                "power": { "state": "no-sensor" },
            }],
        })
    }

    fn answers(published: &Value, here: &Value) -> Vec<Answer> {
        let mut findings = Findings::default();
        compare(published, here, &mut findings);
        findings.0.into_iter().map(|item| item.answer).collect()
    }

    #[test]
    fn a_number_gets_one_of_four_answers() {
        let published = estimates("x", 0.1, 100_000_000);
        for (here, expected) in [
            (estimates("x", 0.1, 100_000_000), [Answer::Identical, Answer::Identical]),
            (estimates("x", 0.11, 100_000_000), [Answer::Consistent, Answer::Identical]),
            (estimates("x", 0.1, 104_500_000), [Answer::Identical, Answer::Consistent]),
            (estimates("x", 0.12, 106_000_000), [Answer::Different, Answer::Different]),
            (estimates("y", 0.1, 100_000_000), [Answer::Identical, Answer::Identical]),
            (estimates("y", 0.11, 99_000_000), [Answer::NotComparable, Answer::NotComparable]),
        ] {
            assert_eq!(answers(&published, &here), expected, "{here}");
        }
    }

    #[test]
    fn small_memory_may_differ_by_the_bytes_that_chance_decides() {
        let of = |here| answers(&estimates("x", 0.1, 42_000_000), &estimates("x", 0.1, here))[1];
        assert_eq!((of(45_900_000), of(46_100_000)), (Answer::Consistent, Answer::Different));
    }

    #[test]
    fn intervals_that_overlap_are_consistent_beyond_the_tolerance() {
        let (mut one, mut two) = (estimates("x", 0.1, 1), estimates("x", 0.13, 1));
        assert_eq!(answers(&one, &two)[0], Answer::Different);
        one["points"][0]["time"]["high"] = json!(0.12);
        two["points"][0]["time"]["low"] = json!(0.119);
        assert_eq!(answers(&one, &two)[0], Answer::Consistent);
    }

    #[test]
    fn a_number_that_one_side_lacks_is_not_comparable() {
        let (one, mut two) = (estimates("x", 0.1, 1), estimates("x", 0.1, 1));
        two["points"][0]["time"] = Value::Null;
        assert_eq!(answers(&one, &two), [Answer::NotComparable, Answer::Identical]);
        assert_eq!(answers(&two, &one), [Answer::NotComparable, Answer::Identical]);
        two["points"] = json!([]);
        assert_eq!(answers(&one, &two), [Answer::NotComparable, Answer::NotComparable]);
    }
}
