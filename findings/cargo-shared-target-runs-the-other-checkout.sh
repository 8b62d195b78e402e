#!/usr/bin/env bash
# cargo 1.95.0: of two checkouts of one workspace that share a target folder, the second may run the first one's program, and says that it is fresh.
#
# The file names of a workspace member's artefacts carry a hash of its name, version and path *within* the workspace, so that both checkouts have
# the same ones. Whether they are up to date goes by the times of the sources alone: where those of the second checkout are older than the
# build of the first, nothing is compiled, whatever they say. Checkouts made by `git worktree` or `cp -a` on one day are such.
# A `build.rustc-workspace-wrapper` whose path differs between the checkouts tells them apart, since its path goes into the hash.
# Guessed before: the path of the checkout is in the hash, or contents are compared. Exits non-zero once the second checkout runs its own program.
set -euo pipefail
work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT
for name in one two; do
    mkdir -p "$work/$name/member/src" "$work/$name/.cargo"
    printf '[workspace]\nresolver = "3"\nmembers = ["member"]\n' >"$work/$name/Cargo.toml"
    printf '[package]\nname = "member"\nversion = "0.1.0"\nedition = "2024"\n' >"$work/$name/member/Cargo.toml"
    printf 'fn main() { println!("checkout %s"); }\n' "$name" >"$work/$name/member/src/main.rs"
done
find "$work" -type f -exec touch --date "2020-01-01 00:00" {} +
export CARGO_TARGET_DIR="$work/target"
cargo --version
say() { (cd "$work/$1" && cargo run --quiet --offline); }
first=$(say one)
second=$(say two)
echo "in one: $first; in two: $second"
[ "$first" = "checkout one" ] && [ "$second" = "checkout one" ] || { echo "changed: each checkout runs its own program"; exit 1; }

# With a wrapper of its own each of them has its own program.
for name in one two; do
    printf '#!/bin/sh\nexec "$@"\n' >"$work/$name/.cargo/rustc"
    chmod +x "$work/$name/.cargo/rustc"
    printf '[build]\nrustc-workspace-wrapper = ".cargo/rustc"\n' >"$work/$name/.cargo/config.toml"
done
first=$(say one)
second=$(say two)
echo "with a wrapper, in one: $first; in two: $second"
[ "$first" = "checkout one" ] && [ "$second" = "checkout two" ] || { echo "changed: a wrapper no longer tells them apart"; exit 1; }
