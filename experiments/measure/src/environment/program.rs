//! What this program is made of: compiler, crates, profile, as its build found them.

use super::{Facts, observation};

/// What is known of the build.
pub fn facts() -> Facts {
    let built: [(&str, &str); 8] = [
        ("program", concat!("measure ", env!("CARGO_PKG_VERSION"))),
        ("rustc", env!("MEASURE_RUSTC")),
        ("opt_level", env!("MEASURE_OPT_LEVEL")),
        ("target", env!("MEASURE_TARGET")),
        ("burn", env!("MEASURE_BURN")),
        ("burn_flex", env!("MEASURE_BURN_FLEX")),
        ("gemm", env!("MEASURE_GEMM")),
        ("rayon", env!("MEASURE_RAYON")),
    ];
    let fact = |(name, value): (&str, &str)| {
        let value = if value.is_empty() { Err("the build did not tell".to_owned()) } else { Ok(value) };
        (name.to_owned(), observation(value))
    };
    built.map(fact).into()
}
