//! What can be said of power before measuring.

use super::finding::Finding;
use super::reading::Reading;

/// That none is measured, as long as that is so.
pub fn check(reading: &Reading) -> Vec<Finding> {
    let reason = reading.reason("power_sensor");
    let why = "records say that no sensor is known, which is not the same as 0 W";
    reason.map(|reason| Finding::know(format!("no power is measured: {reason}"), why)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::super::finding::Weight;
    use super::super::reading::of;
    use super::*;

    #[test]
    fn that_no_power_is_measured_is_said() {
        let found = check(&of(&[]));
        assert_eq!(found[0].what, "no power is measured: this program reads no power source yet");
        assert_eq!((found.len(), found[0].weight), (1, Weight::Know));
    }
}
