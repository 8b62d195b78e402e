#!/usr/bin/env bash
# Runs the commands of docs/cluster.md in the checkout in the current folder, on the cluster that cluster.sh has started, and checks that
# the report compares two machines. Usage: tests/slurm/cluster.sh tests/slurm/guide.sh
set -euo pipefail
script=$(sed -n '/^```sh$/,/^```$/p' docs/cluster.md | sed '/^```/d')
rm -rf /tmp/paper
trap 'rm -rf /tmp/paper' EXIT
eval "$script"
machines=$(grep -c '^hardware cpu-[0-9a-f]* cores [12]$' artifacts.lock)
echo "machines with one or two cores in the lock: $machines"
for cores in 1 2; do
    grep -q "^hardware cpu-[0-9a-f]* cores $cores$" artifacts.lock || { echo "error: no machine with $cores cores in the lock" >&2; exit 1; }
done
grep -q 'SLURMD_NODENAME=one' output/cpu/records/enet-b1.json || { echo "error: the record names no node" >&2; exit 1; }
[ -s output/cpu/report.pdf ] || { echo "error: no report" >&2; exit 1; }
