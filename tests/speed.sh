#!/usr/bin/env bash
# Times the engine with hyperfine: nothing to do for 1,000 to 100,000 steps, with and without the stat cache; the overhead of a
# step; and the paper itself, which must have been made before, with and without an edit of its text.
# Usage: tests/speed.sh [LARGEST]
set -euo pipefail
cd "$(dirname "$0")/.."
largest="${1:-10000}"
command -v hyperfine >/dev/null || { echo "error: hyperfine is missing; install it with your package manager" >&2; exit 1; }
cargo build --quiet --release --package tests --bin driver --package xtask --bin xtask
target=$(cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
driver="$target/release/driver"
work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT

measure() { hyperfine --warmup 2 --style basic --export-json "$work/out.json" "$@" | grep -E "^Benchmark|Time|Range" || true; }

for count in 1000 10000 100000; do
    [ "$count" -le "$largest" ] || continue
    mkdir "$work/$count"
    "$driver" make "$work/$count" "$count" >/dev/null
    # Files count as settled only when their times are some seconds in the past.
    sleep 3
    "$driver" no-op "$work/$count" "$count" >/dev/null
    measure --runs 10 -n "$count steps, nothing to do" "'$driver' no-op '$work/$count' $count" \
        -n "$count steps, every digest again" "'$driver' digests '$work/$count' $count"
done

mkdir "$work/make"
measure --runs 5 --prepare "rm -rf '$work/make/.store' '$work/make/artifacts.lock'" \
    -n "1000 steps made" "'$driver' make '$work/make' 1000" -n "only 1000 programs" "'$driver' spawn '$work/make' 1000"

measure --runs 20 -n "the paper, nothing to do" "'$target/release/xtask' reproduce" \
    -n "the paper through cargo" "cargo xtask reproduce"

# Edits a comment and makes the PDF again; restores text and lock at the end.
text=paper/text/sections/references.typ
cp "$text" "$work/text" && cp artifacts.lock "$work/lock"
trap 'cp "$work/text" "$text"; cp "$work/lock" artifacts.lock; rm -rf "$work"' EXIT
measure --runs 10 --prepare "date '+// %N' >> '$text'" -n "the paper after an edit of its text" "cargo xtask reproduce"
