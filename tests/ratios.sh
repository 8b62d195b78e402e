#!/usr/bin/env bash
# Compares this checkout with an earlier commit. Both programs take turns, so that what else runs on the machine slows both; a ratio
# below 1 means that this checkout needs less. Times are medians, of the wall clock and of the processor.
# Usage: [LARGEST=STEPS] [ROUNDS=NUMBER] tests/ratios.sh [COMMIT [SECTION...]]: COMMIT is by default where this branch left main, the
# sections are engine and paper, LARGEST is 10000 and ROUNDS 9.
set -euo pipefail
cd "$(dirname "$0")/.."
commit="$(git rev-parse "${1:-$(git merge-base HEAD main)}")"
sections=("${@:2}")
[ ${#sections[@]} -gt 0 ] || sections=(engine paper)
largest="${LARGEST:-10000}"
rounds="${ROUNDS:-9}"
# Its report is made from published records, so that nothing is measured.
machine=cpu-c8678e80
[ -x /usr/bin/time ] || { echo "error: /usr/bin/time is missing; install the package time" >&2; exit 1; }
work=$(mktemp --directory)
trap 'git worktree remove --force "$work/checkout" 2>/dev/null || true; rm -rf "$work"' EXIT
git worktree add --quiet --detach "$work/checkout" "$commit"
declare -A checkout=([before]="$work/checkout" [now]="$PWD")

# Builds a program of both checkouts. One target folder may serve both, so each is copied at once.
build() { # PACKAGE PROGRAM FLAG...
    for side in before now; do
        (
            cd "${checkout[$side]}"
            cargo build --quiet --package "$1" --bin "$2" "${@:3}"
            target=$(cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
            cp "$target/release/$2" "$work/$2-$side"
        )
    done
}

median() { sort -g | awk '{ all[NR] = $1 } END { print (all[int((NR + 1) / 2)] + all[int(NR / 2) + 1]) / 2 }'; }

# Runs two commands in turns, and prints their times and ratios.
turns() { # LABEL BEFORE NOW
    local -A command=([before]="$2" [now]="$3") wall processor
    rm -f "$work"/times-*
    for _ in $(seq "$rounds"); do
        for side in before now; do
            /usr/bin/time --append --output "$work/times-$side" --format "%e %U %S %M" \
                bash -c "${command[$side]}" >/dev/null 2>"$work/errors" || { cat "$work/errors" >&2; exit 1; }
        done
    done
    for side in before now; do
        wall[$side]=$(awk '{ print $1 }' "$work/times-$side" | median)
        processor[$side]=$(awk '{ print $2 + $3 }' "$work/times-$side" | median)
    done
    awk -v label="$1" -v w0="${wall[before]}" -v w1="${wall[now]}" -v p0="${processor[before]}" -v p1="${processor[now]}" \
        'BEGIN { printf "%-34s %7.3f s → %7.3f s: %.2f   processor %7.3f s → %7.3f s: %.2f\n", label, w0, w1, w1 / w0, p0, p1, p1 / p0 }'
}

# The engine without programs to run: small files, one step each.
engine() {
    build tests driver --release
    for count in 1000 10000 100000; do
        [ "$count" -le "$largest" ] || continue
        for side in before now; do
            mkdir "$work/$side-$count"
            "$work/driver-$side" make "$work/$side-$count" "$count" >/dev/null
        done
        # Files count as settled only when their times are some seconds in the past.
        sleep 3
        for side in before now; do "$work/driver-$side" no-op "$work/$side-$count" "$count" >/dev/null; done
        # Times have two decimals, so short runs are repeated.
        local times=$((count < 10000 ? 10 : 1))
        for what in no-op digests; do
            turns "$times x $count steps, $what" \
                "for _ in \$(seq $times); do '$work/driver-before' $what '$work/before-$count' $count; done" \
                "for _ in \$(seq $times); do '$work/driver-now' $what '$work/now-$count' $count; done"
        done
        # The system knows the maximum of the largest process. With few steps, that is the compiler, asked for its version.
        [ "$count" -lt 10000 ] || memory "$count"
    done
}

# Memory of a run with nothing to do.
memory() { # COUNT
    local -A bytes
    for side in before now; do
        /usr/bin/time --output "$work/kilobytes" --format "%M" "$work/driver-$side" no-op "$work/$side-$1" "$1" >/dev/null
        bytes[$side]=$(($(cat "$work/kilobytes") * 1024 / $1))
    done
    echo "$1 steps, memory: ${bytes[before]} → ${bytes[now]} bytes a step"
}

# The paper of a machine with nothing to do, through cargo and without it.
paper() {
    local run="xtask reproduce --machine $machine"
    for side in before now; do
        (cd "${checkout[$side]}" && for _ in 1 2; do cargo $run >/dev/null && sleep 3; done)
        (cd "${checkout[$side]}" && cargo $run >/dev/null)
    done
    turns "the paper, nothing to do, by cargo" "cd '${checkout[before]}' && exec cargo $run" "cd '${checkout[now]}' && exec cargo $run"
}

for section in "${sections[@]}"; do
    "$section"
done
