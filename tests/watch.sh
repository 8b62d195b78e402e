#!/usr/bin/env bash
# Times `watch` from the save of a sentence to the new PDF, with several drivers in turn: wall time, and processor time of the
# driver and everything it started. Usage: tests/watch.sh MACHINE DRIVER... (for example cpu-c8678e80 old/xtask target/debug/xtask)
set -euo pipefail
cd "$(dirname "$0")/.."
machine="$1"
shift
rounds="${ROUNDS:-10}"
text=paper/text/sections/limits.typ
pdf="output/${machine%-*}/report.pdf"
work=$(mktemp --directory)
cp "$text" "$work/text" && cp artifacts.lock "$work/lock"
end() {
    [ -z "${driver:-}" ] || kill "$driver" 2>/dev/null || true
    cp "$work/text" "$text"
    cp "$work/lock" artifacts.lock
    rm -rf "$work"
}
trap end EXIT
trap "exit 1" INT TERM

# Processor time of a process, its descendants and those of them that have ended [ms].
busy() {
    local tree="$1" all="$1" fields sum=0
    while tree=$(pgrep --parent "${tree//$'\n'/,}") && [ -n "$tree" ]; do all+=$'\n'$tree; done
    for process in $all; do
        fields=$(sed 's/.*) //' "/proc/$process/stat" 2>/dev/null) || continue
        set -- $fields
        sum=$((sum + ${12} + ${13} + ${14} + ${15}))
    done
    echo $((sum * 1000 / $(getconf CLK_TCK)))
}

waits() { grep --count "waiting for the next save" "$work/log" || true; }

for round in $(seq "$rounds"); do
    for program in "$@"; do
        : >"$work/log"
        "$program" watch --machine "$machine" >/dev/null 2>"$work/log" &
        driver=$!
        # The first two runs start programs and fill caches.
        for edit in 0 1 2 3; do
            until [ "$(waits)" -gt "$edit" ]; do sleep 0.05; done
            sleep 0.3
            [ "$edit" -eq 3 ] && break
            before=$(stat --format=%i "$pdf")
            cpu=$(busy "$driver")
            sed "0,/_Hardware\._/s//_Hardware $(date +%N)._/" "$work/text" >"$work/new"
            start=$(date +%s%N)
            cp "$work/new" "$text"
            until [ "$(stat --format=%i "$pdf" 2>/dev/null)" != "$before" ]; do sleep 0.002; done
            wall=$((($(date +%s%N) - start) / 1000000))
            until [ "$(waits)" -gt $((edit + 1)) ]; do sleep 0.02; done
            [ "$edit" -eq 0 ] || echo "$program: $wall ms, processor $(($(busy "$driver") - cpu)) ms"
        done
        kill "$driver"
        wait "$driver" 2>/dev/null || true
        driver=
    done
done
