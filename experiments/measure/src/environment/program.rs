//! The build of this program: compiler, crates, features and profile.

use super::{Observations, known, observation};

/// The observations of the build.
pub fn observations() -> Observations {
    let built: [(&str, &str); 10] = [
        ("program", concat!("measure ", env!("CARGO_PKG_VERSION"))),
        ("rustc", env!("MEASURE_RUSTC")),
        ("opt_level", env!("MEASURE_OPT_LEVEL")),
        ("target", env!("MEASURE_TARGET")),
        ("features", env!("MEASURE_FEATURES")),
        ("burn", env!("MEASURE_BURN")),
        ("burn_flex", env!("MEASURE_BURN_FLEX")),
        ("gemm", env!("MEASURE_GEMM")),
        ("pulp", env!("MEASURE_PULP")),
        ("rayon", env!("MEASURE_RAYON")),
    ];
    let observed = |(name, value): (&str, &str)| {
        let value = if value.is_empty() { Err("the build did not record it".to_owned()) } else { Ok(value) };
        (name.to_owned(), observation(value))
    };
    let mut observations = Observations::from(built.map(observed));
    // Checks that a release omits cost time in every pass.
    observations.insert("debug_assertions".to_owned(), known(cfg!(debug_assertions)));
    observations
}
