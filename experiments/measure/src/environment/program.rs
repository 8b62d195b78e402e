//! The build of this program: compiler, crates, features and profile; and the environment in which it was started.

use std::env;

use super::{Observations, known, observation};

/// Variables in which the driver lists the settings of Cargo that built this program, and the user's variables that it
/// passes on. Neither has paths.
const BY_THE_DRIVER: [(&str, &str); 2] =
    [("build_settings", "OFFPRINT_BUILD"), ("environment_variables", "OFFPRINT_ENVIRONMENT")];

/// The observations of the build.
pub fn observations() -> Observations {
    let built: [(&str, &str); 11] = [
        ("program", concat!("measure ", env!("CARGO_PKG_VERSION"))),
        ("rustc", env!("MEASURE_RUSTC")),
        ("opt_level", env!("MEASURE_OPT_LEVEL")),
        ("target", env!("MEASURE_TARGET")),
        ("target_features", env!("MEASURE_TARGET_FEATURES")),
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
    for (name, variable) in BY_THE_DRIVER {
        let value = env::var(variable).map_err(|_| "the program was not started as a step".to_owned());
        observations.insert(name.to_owned(), observation(value));
    }
    // Checks that a release omits cost time in every pass.
    observations.insert("debug_assertions".to_owned(), known(cfg!(debug_assertions)));
    observations
}
