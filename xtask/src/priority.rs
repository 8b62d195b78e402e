//! The order in which points are measured. It is shuffled, so that a machine that becomes warmer or busier during the
//! study does not look like an effect of the batch. Every record has the seed, so anyone can compute the order again.
//! Points that may not fit into memory come last, where a failure does least harm.

use std::time::Duration;

use crate::hardware::Bytes;
use crate::protocol::Protocol;
use offprint::digest::Digest;

/// The priority of measurements after all points.
pub const AFTER_ALL: u64 = u64::MAX;

/// The bit set for points that come after all others.
const LAST: u64 = 1 << 63;
/// The position of the batch of such a point; the bits below it order points within the batch.
const BATCH: u32 = 31;

/// Rough requirements of a point.
#[derive(Clone, Copy, Debug)]
pub struct Takes {
    /// Its duration.
    pub time: Duration,
    /// Its peak memory.
    pub memory: Bytes,
}

/// The priority of the point that `step` measures; the lowest number comes first. `room` is the memory of the machine,
/// if known.
///
/// It is the first eight bytes of the SHA-256 of `SEED STEP`, for example `2016 measure/cpu/alexnet/b1`, as a
/// big-endian number, halved. Points that may not fit come after all others, smaller batches first, and shuffled within
/// a batch.
pub fn priority(protocol: &Protocol, step: &str, batch: u32, takes: Takes, room: Option<Bytes>) -> u64 {
    let shuffled = Digest::of(format!("{} {step}", protocol.seed).as_bytes()).number();
    match may_fit(protocol, takes, room) {
        true => shuffled >> 1,
        false => LAST | u64::from(batch) << BATCH | shuffled >> (64 - BATCH),
    }
}

/// The priority for a session: the whole first session comes before the second, so that sessions are apart in time.
pub fn in_session(priority: u64, session: u32) -> u64 {
    // Layers come after all.
    u64::from(session.clamp(1, 254) - 1) << 56 | priority >> 8
}

/// Whether a point takes at most half of the memory and a quarter of its limit, since these requirements are rough.
fn may_fit(protocol: &Protocol, takes: Takes, room: Option<Bytes>) -> bool {
    let limit = protocol.point.get("limit-seconds");
    room.is_none_or(|room| takes.memory.0 <= room.0 / 2) && (limit == 0.0 || takes.time.as_secs_f64() <= limit / 4.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Constants, Layers};
    use std::collections::{BTreeMap, BTreeSet};

    const SMALL: Takes = Takes { time: Duration::from_secs(25), memory: Bytes(500) };
    const ROOM: Option<Bytes> = Some(Bytes(1000));

    fn protocol(seed: u64) -> Protocol {
        let layers = Layers { networks: Vec::new(), batch: 1, constants: Constants::default() };
        let point = Constants(BTreeMap::from([("limit-seconds".to_owned(), 100.0)]));
        Protocol { batches: vec![1, 2], seed, sessions: 1, point, layers }
    }

    fn of(seed: u64, step: &str) -> u64 {
        priority(&protocol(seed), step, 1, SMALL, ROOM)
    }

    #[test]
    fn a_priority_depends_only_on_seed_and_step() {
        // printf '2016 measure/cpu/alexnet/b1' | sha256sum: e0aefcdb5ff5b03f…
        assert_eq!(of(2016, "measure/cpu/alexnet/b1"), 0xe0ae_fcdb_5ff5_b03f >> 1);
        let numbers: BTreeSet<u64> =
            (0..100).flat_map(|number| [of(1, &format!("s{number}")), of(2, &format!("s{number}"))]).collect();
        assert_eq!(numbers.len(), 200);
        assert_eq!(priority(&protocol(1), "s", 64, SMALL, None), of(1, "s"));
    }

    #[test]
    fn a_session_comes_after_the_whole_previous_one_in_the_same_order() {
        let (early, late) = (of(1, "a").min(of(1, "b")), of(1, "a").max(of(1, "b")));
        let in_order = [in_session(early, 1), in_session(late, 1), in_session(LAST, 1), in_session(u64::MAX, 1)];
        assert!(in_order.is_sorted_by(|one, next| one < next));
        assert!(in_session(u64::MAX, 1) < in_session(0, 2) && in_session(u64::MAX, u32::MAX) < AFTER_ALL);
    }

    #[test]
    fn a_shuffle_does_not_follow_the_names() {
        let mut steps: Vec<u32> = (0..100).collect();
        steps.sort_by_key(|number| of(2016, &format!("measure/{number:03}")));
        // In a random order, half of 99 pairs of neighbours ascend, give or take at most ten in 99.9 % of all shuffles.
        let ascending = steps.windows(2).filter(|pair| pair[0] < pair[1]).count();
        assert!((40..60).contains(&ascending), "{ascending}");
    }

    #[test]
    fn points_that_may_not_fit_come_last_and_smaller_batches_first() {
        let of = |step: &str, batch: u32, time: u64, memory: u64| {
            priority(&protocol(3), step, batch, Takes { time: Duration::from_secs(time), memory: Bytes(memory) }, ROOM)
        };
        for number in 0..100 {
            let step = format!("s{number}");
            let fits = of(&step, 64, 25, 500);
            let (slow, large) = (of(&step, 2, 26, 500), of(&step, 4, 25, 501));
            let largest = of(&step, u32::MAX, 26, 501);
            assert!(fits < slow && slow < large && large < largest, "{step}");
        }
        // Within a batch, they are shuffled, too.
        assert_ne!(of("a", 2, 26, 1), of("b", 2, 26, 1));
    }

    #[test]
    fn without_known_memory_and_limit_every_point_fits() {
        let free = Protocol { point: Constants::default(), ..protocol(3) };
        let takes = Takes { time: Duration::MAX, memory: Bytes(u64::MAX) };
        assert!(priority(&free, "s", 64, takes, None) < LAST);
        assert!(priority(&free, "s", 64, takes, ROOM) >= LAST);
    }
}
