//! Two sets of estimates of the same points: how each number of one agrees with that of the other. What `verify` says of a publication.
//! Knows no file.

use serde::{Deserialize, Serialize};

use crate::agreement::{Agreement, Ratio, Side, UNKNOWN};
use crate::estimates::{Estimates, Point, PowerEstimate};

/// One number of a point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// For example `time of resnet-18 at batch 1`.
    pub name: String,
    /// What there is to say.
    pub answer: Answer,
    /// Both numbers and why, in words; nothing where they are the same.
    pub detail: String,
}

/// How two numbers agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The same, with the same interval.
    Identical,
    /// The interval of their ratio holds 1.
    Consistent,
    /// It does not.
    Different,
    /// Nothing can be said.
    NotComparable,
}

/// A quantity of a point.
struct Quantity {
    name: &'static str,
    /// Value and the ends of what is known of it, in the unit below.
    value: fn(&Point) -> Option<[f64; 3]>,
    ratio: fn(Side<'_>, Side<'_>) -> Option<Ratio>,
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

/// The numbers of `published` against those of `here`, in the order of the former.
pub fn agree(published: &Estimates, here: &Estimates) -> Vec<Item> {
    let (one, two) = (&published.device, &here.device);
    let same = (&one.kind, &one.hardware) == (&two.kind, &two.hardware) && published.protocol == here.protocol;
    let mut items = Vec::new();
    for point in &published.points {
        let other = here.point(&point.network, point.batch);
        for quantity in &QUANTITIES {
            let (answer, detail) = match ((quantity.value)(point), other.and_then(quantity.value).zip(other)) {
                (None, None) => continue,
                (Some(_), None) => (Answer::NotComparable, "there is none here".to_owned()),
                (None, Some(_)) => (Answer::NotComparable, "there is none published".to_owned()),
                (Some(one), Some((two, _))) if one == two => (Answer::Identical, String::new()),
                (Some(one), Some((two, other))) => {
                    quantity.answer((one[0], (published, point)), (two[0], (here, other)), same)
                }
            };
            let name = format!("{} of {} at batch {}", quantity.name, point.network, point.batch);
            items.push(Item { name, answer, detail });
        }
    }
    items
}

impl Quantity {
    fn answer(&self, (one, published): (f64, Side<'_>), (two, here): (f64, Side<'_>), same: bool) -> (Answer, String) {
        let unit = self.unit;
        let numbers = format!("{one:.3} {unit}, here {two:.3} {unit}");
        let Some(ratio) = (self.ratio)(here, published) else {
            return (Answer::NotComparable, format!("{numbers}, one of which has no ratio"));
        };
        let Ratio { value, .. } = ratio;
        let told = format!("{numbers} (ratio {:.3}, {:.3} to {:.3})", value.value, value.low, value.high);
        match ratio.agreement() {
            _ if !same => (Answer::NotComparable, format!("{told}, on other hardware or by another protocol")),
            Agreement::Consistent => (Answer::Consistent, told),
            Agreement::Different => (Answer::Different, told),
            Agreement::Undecided => (Answer::NotComparable, format!("{told}, {UNKNOWN}")),
        }
    }
}
