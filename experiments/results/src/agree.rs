//! Two sets of estimates of the same points: how each number of one agrees with the other's. `verify` reports this for
//! a publication. Independent of files.

use serde::{Deserialize, Serialize};

use crate::agreement::{Agreement, Operand, Ratio, UNKNOWN};
use crate::estimates::{Estimates, Point, PowerEstimate};

/// One number of a point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// For example `time of resnet-18 at batch 1`.
    pub name: String,
    /// How the two numbers agree.
    pub result: Match,
    /// Both numbers and the reason, in words; empty if they are identical.
    pub detail: String,
}

/// How two numbers agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Match {
    /// The same, with the same interval.
    Identical,
    /// The interval of their ratio contains 1.
    Consistent,
    /// It excludes 1.
    Different,
    /// One is missing, or they have no common scale.
    NotComparable,
}

/// A quantity of a point.
struct Quantity {
    name: &'static str,
    /// The value and the ends of its interval, in `unit`.
    value: fn(&Point) -> Option<[f64; 3]>,
    ratio: fn(Operand<'_>, Operand<'_>) -> Option<Ratio>,
    unit: &'static str,
}

const QUANTITIES: [Quantity; 3] = [
    Quantity {
        name: "time",
        value: |point| point.time.map(|time| [time.value, time.low, time.high].map(|seconds| seconds * 1e3)),
        ratio: Ratio::of_times,
        unit: "ms",
    },
    Quantity {
        name: "memory",
        value: |point| point.memory.map(|memory| [memory.net.megabytes(); 3]),
        ratio: Ratio::of_memory,
        unit: "MB",
    },
    Quantity {
        name: "power",
        value: |point| match point.power {
            PowerEstimate::Measured { net, .. } => Some([net.value, net.low, net.high]),
            _ => None,
        },
        ratio: Ratio::of_power,
        unit: "W",
    },
];

/// The numbers of `published` compared with those of `here`, in the order of the former.
pub fn agree(published: &Estimates, here: &Estimates) -> Vec<Item> {
    let (one, two) = (&published.device, &here.device);
    let same = (&one.kind, &one.hardware) == (&two.kind, &two.hardware) && published.protocol == here.protocol;
    let mut items = Vec::new();
    for point in &published.points {
        let other = here.point(&point.network, point.batch);
        for quantity in &QUANTITIES {
            let (result, detail) = match ((quantity.value)(point), other.and_then(quantity.value).zip(other)) {
                (None, None) => continue,
                (Some(_), None) => (Match::NotComparable, "not measured here".to_owned()),
                (None, Some(_)) => (Match::NotComparable, "not published".to_owned()),
                (Some(one), Some((two, _))) if one == two => (Match::Identical, String::new()),
                (Some(one), Some((two, other))) => {
                    quantity.compare((one[0], (published, point)), (two[0], (here, other)), same)
                }
            };
            let name = format!("{} of {} at batch {}", quantity.name, point.network, point.batch);
            items.push(Item { name, result, detail });
        }
    }
    items
}

impl Quantity {
    fn compare(
        &self,
        (one, published): (f64, Operand<'_>),
        (two, here): (f64, Operand<'_>),
        same: bool,
    ) -> (Match, String) {
        let unit = self.unit;
        let numbers = format!("{one:.3} {unit}, here {two:.3} {unit}");
        let Some(ratio) = (self.ratio)(here, published) else {
            return (Match::NotComparable, format!("{numbers}, of which no ratio can be computed"));
        };
        let Ratio { value, .. } = ratio;
        let text = format!("{numbers} (ratio {:.3}, {:.3} to {:.3})", value.value, value.low, value.high);
        match ratio.agreement() {
            _ if !same => (Match::NotComparable, format!("{text}, on other hardware or with another protocol")),
            Agreement::Consistent => (Match::Consistent, text),
            Agreement::Different => (Match::Different, text),
            Agreement::Undecided => (Match::NotComparable, format!("{text}, {UNKNOWN}")),
        }
    }
}
