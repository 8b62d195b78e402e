#!/usr/bin/env bash
# How much reading power slows forward passes: times the same network alternately with and without a power monitor, simulated by
# a folder. Prints both medians of each round, and the mean of their ratios with its standard error. Nothing else should run.
# Usage: tests/sampling.sh [NETWORK] [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/.."
network="${1:-resnet-18}" rounds="${2:-10}"
cargo build --quiet --workspace --bin measure
target=$(cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT
monitor="$work/sys/bus/i2c/drivers/ina3221x/1-0040/iio:device0"
mkdir -p "$monitor"
channel=0
for rail in VDD_IN VDD_GPU VDD_CPU; do
    echo "$rail" >"$monitor/rail_name_$channel"
    echo 5000 >"$monitor/in_power${channel}_input"
    channel=$((channel + 1))
done

# Median time per image [ms] in a window of three seconds.
time_with() {
    "$target/debug/measure" point --device cpu --network "$network" --batch 1 --seed 1 --protocol sampling \
        --warm-up-runs 3 --warm-up-seconds 1 --steady-percent 2 --warm-up-limit-seconds 3 --samples 10 \
        --window-seconds 3 --width-percent 100 --max-samples 10000 --min-samples 10 --enough-seconds 3 \
        --limit-seconds 600 --power-readings 100 --idle-seconds 0.5 --sysfs "$work/sys" --power "$1" \
        --output "$work/out" | sed -n 's/^\([0-9.]*\) ms per image.*/\1/p'
}

echo "round  not read [ms]  read [ms]"
for round in $(seq "$rounds"); do
    # The second one finds a warmer machine, so the order alternates.
    if [ $((round % 2)) = 0 ]; then
        without=$(time_with none) with=$(time_with auto)
    else
        with=$(time_with auto) without=$(time_with none)
    fi
    printf '%5s  %13s  %9s\n' "$round" "$without" "$with"
    echo "$without $with" >>"$work/times"
done
awk '{ ratio = $2 / $1; sum += ratio; squares += ratio * ratio }
     END { mean = sum / NR; deviation = sqrt((squares - NR * mean * mean) / (NR - 1) / NR)
           printf "read over not read: %.4f, standard error %.4f, of %d rounds\n", mean, deviation, NR }' "$work/times"
