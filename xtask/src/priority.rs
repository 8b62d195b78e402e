//! In which order points are measured. Shuffled, so that a machine that becomes warmer or busier over the study does
//! not look like an effect of the batch; by a seed that every record holds, so that anyone can compute the order again.
//! What may not fit comes last, where it can spoil little. Measures nothing.

use std::time::Duration;

use crate::hardware::Bytes;
use crate::protocol::Protocol;
use offprint::digest::Digest;

/// The priority of what is measured after all points.
pub const AFTER_ALL: u64 = u64::MAX;

/// Set for points that come after all others.
const LAST: u64 = 1 << 63;
/// Where the batch of such a point begins; below it lies the position within the batch.
const BATCH: u32 = 31;

/// What a point takes, roughly.
#[derive(Clone, Copy, Debug)]
pub struct Takes {
    /// From start to end.
    pub time: Duration,
    /// At once.
    pub memory: Bytes,
}

/// The priority of the point that the step `step` measures; the lowest number comes first. `room` is the memory of the
/// machine, where it is known.
///
/// It is the first eight bytes of the SHA-256 of `SEED STEP`, for example `2016 measure/cpu/alexnet/b1`, as a number,
/// the first byte the highest, and halved. Points that may not fit come after all others, those of a smaller batch
/// first, and of one batch in the same shuffled order.
pub fn priority(protocol: &Protocol, step: &str, batch: u32, takes: Takes, room: Option<Bytes>) -> u64 {
    let shuffled = Digest::of(format!("{} {step}", protocol.seed).as_bytes()).number();
    match may_fit(protocol, takes, room) {
        true => shuffled >> 1,
        false => LAST | u64::from(batch) << BATCH | shuffled >> (64 - BATCH),
    }
}

/// The same priority among those of a session: all of the first session come before all of the second, so that sessions
/// lie apart.
pub fn in_session(priority: u64, session: u32) -> u64 {
    // Layers come after all.
    u64::from(session.clamp(1, 254) - 1) << 56 | priority >> 8
}

/// Whether a point takes no more than half of the memory and a quarter of its limit: roughly is not exactly.
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
    fn a_turn_is_told_by_seed_and_step_alone() {
        // printf '2016 measure/cpu/alexnet/b1' | sha256sum: e0aefcdb5ff5b03f…
        assert_eq!(of(2016, "measure/cpu/alexnet/b1"), 0xe0ae_fcdb_5ff5_b03f >> 1);
        let numbers: BTreeSet<u64> =
            (0..100).flat_map(|number| [of(1, &format!("s{number}")), of(2, &format!("s{number}"))]).collect();
        assert_eq!(numbers.len(), 200);
        assert_eq!(priority(&protocol(1), "s", 64, SMALL, None), of(1, "s"));
    }

    #[test]
    fn a_session_comes_after_all_of_the_one_before_in_the_same_order() {
        let (early, late) = (of(1, "a").min(of(1, "b")), of(1, "a").max(of(1, "b")));
        let in_order = [in_session(early, 1), in_session(late, 1), in_session(LAST, 1), in_session(u64::MAX, 1)];
        assert!(in_order.is_sorted_by(|one, next| one < next));
        assert!(in_session(u64::MAX, 1) < in_session(0, 2) && in_session(u64::MAX, u32::MAX) < AFTER_ALL);
    }

    #[test]
    fn a_shuffle_does_not_follow_the_names() {
        let mut steps: Vec<u32> = (0..100).collect();
        steps.sort_by_key(|number| of(2016, &format!("measure/{number:03}")));
        // Of 99 neighbours half ascend when chance decides, give or take ten at most in 99.9 % of all shuffles.
        let ascending = steps.windows(2).filter(|pair| pair[0] < pair[1]).count();
        assert!((40..60).contains(&ascending), "{ascending}");
    }

    #[test]
    fn what_may_not_fit_comes_last_and_smaller_batches_first() {
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
        // Within a batch they are shuffled too.
        assert_ne!(of("a", 2, 26, 1), of("b", 2, 26, 1));
    }

    #[test]
    fn where_neither_memory_nor_limit_is_known_everything_may_fit() {
        let free = Protocol { point: Constants::default(), ..protocol(3) };
        let takes = Takes { time: Duration::MAX, memory: Bytes(u64::MAX) };
        assert!(priority(&free, "s", 64, takes, None) < LAST);
        assert!(priority(&free, "s", 64, takes, ROOM) >= LAST);
    }
}
