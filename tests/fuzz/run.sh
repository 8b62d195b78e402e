#!/usr/bin/env bash
# Fuzzes one target: tests/fuzz/run.sh TARGET [SECONDS]. Without a target, it lists them.
# Needs a nightly compiler (`rustup toolchain install nightly`), a C++ compiler and `cargo install cargo-fuzz --locked`.
# The corpus starts from the project's own files and is kept in tests/fuzz/corpus/, findings in tests/fuzz/artifacts/.
set -euo pipefail
cd "$(dirname "$0")/../.."
fuzz=tests/fuzz
if [ $# = 0 ]; then
    sed -n '2,4s/^# //p' "$0"
    sed -n 's/^name = "\([a-z]*\)"$/    \1/p' $fuzz/Cargo.toml | grep -v fuzz
    exit 2
fi
target=$1 seconds=${2:-3600} corpus=$fuzz/corpus/$1 features=()
mkdir -p "$corpus"
# The crates are those of the project's own lock file.
[ -f $fuzz/Cargo.lock ] || cp Cargo.lock $fuzz/Cargo.lock

# One file for each given file, named after its place.
seeds() { for file; do cp "$file" "$corpus/$(echo "${file%.*}" | tr '/ ' '__')"; done; }
case $target in
    lock) seeds artifacts.lock ;;
    # Inputs that describe changes of a published record: any bytes.
    record | layers) for seed in {1..32}; do sha512sum <<<"$seed" >"$corpus/$seed"; done ;;
    job)
        echo '7|KEY|RUNNING|n1|None' >"$corpus/listed"
        echo '{"version":1,"key":"KEY","ended":{"how":"finished","outputs":{"a":"0"},"seconds":1.5,"printed":null},"node":"n1","job":7}' >"$corpus/outcome" ;;
    source) seeds offprint/src/*.rs ;;
    machine)
        features=(--features measure)
        for board in experiments/measure/tests/boards/*.txt; do
            sed -n 's/^\([^#!>].*\)$/sys\/\1/p' "$board" >"$corpus/$(basename "$board")"
        done
        for file in cpuinfo meminfo stat loadavg vmstat pressure/cpu self/status self/cgroup mounts; do
            [ -r /proc/$file ] && printf 'proc/%s = %s\n' $file "$(head -c 8000 /proc/$file | sed -z 's/\n$//; s/\n/\\n/g')"
        done >"$corpus/this-machine.txt" ;;
    meter) features=(--features measure) && printf '1795560310.25 7.5\n1795560311.25 7.6\n' >"$corpus/plain" ;;
    picture) seeds experiments/images/tests/reference/*.{jpg,png} ;;
    checkpoint) features=(--features flex) && seeds experiments/measure/tests/checkpoints/*.{pth,safetensors} ;;
esac
# No sanitizer: the project has no unsafe code, and runs twice as fast without.
exec cargo +nightly fuzz run --fuzz-dir $fuzz --sanitizer none "${features[@]}" "$target" "$corpus" -- \
    -len_control=0 -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 -print_final_stats=1
