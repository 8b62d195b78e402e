//! A picture of a data set: decoded within the limits and made into an input, or refused.

#![no_main]

use images::decode::decode;
use images::picture::MAX_PIXELS;
use images::preprocessing::PUBLISHED;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(decoded) = decode(bytes) else { return };
    let (picture, row) = (decoded.picture, &PUBLISHED[0]);
    assert!(u64::from(picture.width()) * u64::from(picture.height()) <= MAX_PIXELS);
    let mut input = vec![f32::NAN; row.elements()];
    assert!(!row.apply(&picture, &mut input) || input.iter().all(|value| value.is_finite()));
});
