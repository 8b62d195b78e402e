#!/usr/bin/env bash
# serde_json 1.0.154 (Rust): a number that it wrote itself is often read back as its neighbour, one unit in the last place away.
#
# Writing gives the shortest decimal text that identifies the f64. Reading it takes a faster path that rounds twice, unless the feature
# `float_roundtrip` is on, which is no default. Times of 1 ms to 1 s, in seconds, come back changed in one of ten cases below; Rust's own
# `parse` reads the same texts exactly. A digest or an equality test of numbers that went through a file therefore depends on who read them.
# Guessed before: what serde_json writes it reads back, bit for bit. Exits non-zero once it does.
set -euo pipefail
work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "again"
version = "0.0.0"
edition = "2021"
[workspace]
[features]
exact = ["serde_json/float_roundtrip"]
[dependencies]
serde_json = "=1.0.154"
TOML
cat >src/main.rs <<'RUST'
fn main() {
    // Knuth's generator for 64 bits: the same numbers everywhere.
    let mut state: u64 = 1;
    let (mut changed, total) = (0, 100_000);
    for _ in 0..total {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let seconds = 1e-3 + (state >> 11) as f64 / (1u64 << 53) as f64 * 0.999;
        let text = serde_json::to_string(&seconds).unwrap();
        let again: f64 = serde_json::from_str(&text).unwrap();
        let exact: f64 = text.parse().unwrap();
        assert_eq!(exact.to_bits(), seconds.to_bits(), "the text does not identify the number");
        assert!(again.to_bits().abs_diff(seconds.to_bits()) <= 1);
        if again.to_bits() != seconds.to_bits() {
            if changed == 0 { println!("for example {text} is read as {again:?}"); }
            changed += 1;
        }
    }
    println!("{changed} of {total} numbers are read back changed");
}
RUST
export CARGO_TARGET_DIR="$work/target"
plain=$(cargo run --quiet) && echo "default features: $plain"
exact=$(cargo run --quiet --features exact) && echo "float_roundtrip:  $exact"
[[ $exact == "0 of "* ]]
[[ $plain != *$'\n'"0 of "* && $plain != "0 of "* ]]
