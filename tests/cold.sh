#!/usr/bin/env bash
# Times the first run in a clone, from nothing compiled to a PDF, for an earlier commit and for this one, and prints the ratio.
# Crates are downloaded before. What is compiled goes to a temporary folder.
# Usage: tests/cold.sh COMMIT [measured]
#   COMMIT     the earlier commit
#   measured   measure on the processor, instead of making the published report
set -euo pipefail
cd "$(dirname "$0")/.."
[[ $# -ge 1 ]] || { sed -n '2,/^set/s/^# \?//p' "$0" >&2; exit 2; }
command -v hyperfine >/dev/null || { echo "error: hyperfine is missing; install it with your package manager" >&2; exit 1; }
flags=(--locked)
[[ ${2:-} != measured ]] || flags=(--device cpu)
work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT

for side in before after; do
    git clone --quiet . "$work/$side"
done
git -C "$work/before" checkout --quiet "$1"
export CARGO_TERM_COLOR=never
run() {
    cargo fetch --quiet --locked --manifest-path "$work/$1/Cargo.toml"
    (cd "$work/$1" && CARGO_TARGET_DIR="$work/target" hyperfine --runs 1 --style basic --export-json "$work/$1.json" \
        -n "$1" "cargo xtask reproduce ${flags[*]}")
    rm -rf "$work/target"
}
run before
run after
seconds() { sed -n "s/^ *\"$2\": \([0-9.]*\),\?$/\1/p" "$work/$1.json" | head -n 1; }
for what in mean user; do
    awk -v what="$what" -v before="$(seconds before "$what")" -v after="$(seconds after "$what")" \
        'BEGIN { printf "%s: %.0f s before, %.0f s after, ratio %.2f\n", what == "mean" ? "wall time" : "processor time", before, after, after / before }'
done
