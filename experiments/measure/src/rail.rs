//! What is known of power. The list of power sources is empty: this program reads no sensor, so every record says that
//! none is known, which is not the same as 0 W.

use results::Power;

/// What was learnt of power while a point ran.
pub fn power() -> Power {
    Power::NoSensor
}
