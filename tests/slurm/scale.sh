#!/usr/bin/env bash
# How much a run of many jobs costs the driver: points on 20 nodes, each of which only writes a line. Prints memory, processor time and the
# number of calls of Slurm's programs. Usage: tests/slurm/scale.sh [POINTS_PER_NODE]    (98: 1,960 jobs)
set -euo pipefail
points=${1:-98}
if [ -z "${CLUSTER:-}" ]; then
    cd "$(dirname "$0")/../.."
    cargo build --quiet --workspace --bin fleet
    target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
    nodes=$(for number in $(seq 20); do echo "n$number:f$number:1"; done)
    FLEET=$target/debug/fleet exec tests/slurm/cluster.sh --nodes "$(echo $nodes)" --conf MaxJobCount=20000 \
        --conf SchedulerParameters=batch_sched_delay=0,sched_min_interval=1000000 "$PWD/tests/slurm/scale.sh" "$points"
fi

checkout=$CLUSTER/checkout programs=$CLUSTER/programs
mkdir -p "$checkout/xtask" "$CLUSTER/shared" "$programs"
touch "$checkout/xtask/Cargo.toml" "$checkout/Cargo.lock"
{
    printf 'shared = "%s"\n' "$CLUSTER/shared"
    for number in $(seq 20); do printf '[needs.n%s]\nconstraint = "f%s"\n' "$number" "$number"; done
} >"$checkout/cluster.toml"
for name in squeue sbatch scancel; do
    printf '#!/bin/sh\necho >>"%s/%s.calls"\nexec %s "$@"\n' "$CLUSTER" "$name" "$(command -v $name)" >"$programs/$name"
    chmod +x "$programs/$name"
done
cd "$checkout"
all=$(seq -s, -f 'n%g' 20)
run() { PATH=$programs:$PATH "$FLEET" reproduce --on slurm --nodes "$all" --points "$1"; }

# The hardware of the nodes, which a cluster is asked for once. The last step fails without points.
run 0 >"$CLUSTER/run.out" 2>&1 || grep -q 'step all' "$CLUSTER/run.out" || { tail -n 20 "$CLUSTER/run.out"; exit 1; }
rm -f "$CLUSTER"/*.calls
began=$EPOCHREALTIME
(PATH=$programs:$PATH exec "$FLEET" reproduce --on slurm --nodes "$all" --points "$points") >"$CLUSTER/run.out" 2>&1 &
driver=$!
while [ -d "/proc/$driver" ]; do
    if read -ra stat <"/proc/$driver/stat" 2>/dev/null && memory=$(grep VmHWM "/proc/$driver/status" 2>/dev/null); then
        ticks=$((stat[13] + stat[14])) peak=${memory//[^0-9]/}
    fi
    sleep 0.5
done 2>/dev/null
wait "$driver" || { tail -n 20 "$CLUSTER/run.out"; exit 1; }
tail -n 1 <(grep '^ran ' "$CLUSTER/run.out")
jobs=$((20 * points)) hertz=$(getconf CLK_TCK)
of() { awk "BEGIN { printf \"%.2f\", $1 }"; }
calls() { [ ! -e "$CLUSTER/$1.calls" ] || wc -l <"$CLUSTER/$1.calls"; }
echo "jobs: $jobs, seconds: $(of "$EPOCHREALTIME - $began")"
echo "driver: $((peak / 1024)) MiB at most, $((ticks * 1000 / hertz)) ms of processor time, $(of "$ticks * 1000 / $hertz / $jobs") ms a job"
echo "calls: squeue $(calls squeue), sbatch $(calls sbatch), scancel $(calls scancel)"
began=$EPOCHREALTIME
run "$points" 2>&1 | grep '^nothing to do'
echo "nothing to do: $(of "$EPOCHREALTIME - $began") s"
