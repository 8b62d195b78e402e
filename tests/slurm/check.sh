#!/usr/bin/env bash
# Checks the cluster for tests itself. Usage: tests/slurm/cluster.sh tests/slurm/check.sh
set -euo pipefail
work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT
cd "$work"

is() { # WHAT EXPECTED FOUND
    if [[ $3 == "$2" ]]; then echo "ok: $1: $3"; return; fi
    printf 'error: %s: expected [%s], found [%s]\n' "$1" "$2" "$3" >&2
    tail --lines 20 "$CLUSTER"/*.out >&2
    exit 1
}
becomes() { # WHAT EXPECTED COMMAND…
    local what=$1 expected=$2 end=$((SECONDS + 60)) found=''
    shift 2
    while ((SECONDS < end)); do
        found=$("$@" 2>&1) || true
        if [[ $found == "$expected" ]]; then break; fi
        sleep 0.2
    done
    is "$what" "$expected" "$found"
}
state() { squeue --noheader --states all --jobs "$1" --format %T; }
nodes() { sinfo --noheader --Node --format '%N %f %T' | paste --serial --delimiters ,; }
submit() { sbatch --parsable --nodes 1 --exclusive --time 20 --no-requeue --output "$work/%j" "$@"; }
output() { becomes "job $1 ends" COMPLETED state "$1" >&2 && cat "$work/$1"; }

becomes "nodes" "one single idle,two double idle" nodes
first=$(submit --constraint single --wrap 'echo $SLURMD_NODENAME $(nproc)')
second=$(submit --constraint double --wrap 'echo $SLURMD_NODENAME $(nproc)')
is "the job of feature single" "one 1" "$(output "$first")"
is "the job of feature double" "two $(($(nproc) < 2 ? 1 : 2))" "$(output "$second")"
is "an unknown feature is refused" 1 "$(submit --constraint none --wrap true 2>/dev/null; echo $?)"

long=$(submit --constraint single --wrap 'sleep 600')
becomes "a long job" RUNNING state "$long"
waiting=$(submit --constraint single --wrap true)
becomes "a second exclusive job waits" "PENDING Resources" squeue --noheader --jobs "$waiting" --format '%T %r'

# The controller saves what happened within five seconds.
sleep 6
controller stop
is "a controller that was stopped" 1 "$(timeout 60 squeue >/dev/null 2>&1; echo $?)"
controller start
becomes "the long job, known to the next controller" RUNNING state "$long"

node stop two
is "daemons of node two" "" "$(pgrep --full --exact "slurmd -D -N two" || true)"
node start two
is "node two" "two double idle" "$(sinfo --noheader --nodes two --format '%N %f %T')"
third=$(submit --constraint double --wrap 'echo again')
is "a job on the node that was stopped" again "$(output "$third")"

node crash one
is "processes of the long job" "" "$(pgrep --full --exact "sleep 600" || true)"
becomes "the job of a node that crashed" NODE_FAIL state "$long"
node start one
becomes "the job that waited" COMPLETED state "$waiting"
