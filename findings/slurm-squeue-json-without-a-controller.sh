#!/usr/bin/env bash
# Slurm 22.05.8: `squeue --json` exits with 0 and prints an empty list of jobs when no controller answers; without `--json` it exits with 1.
#
# The only sign is a list of errors next to the list of jobs in the same document. A program that reads the exit status and the jobs concludes
# that all its jobs have ended, and submits them again.
# Guessed before: exits with 1, as without `--json`. Exits non-zero once it does.
. "$(dirname "$0")/slurm/start.sh"

count() { python3 -c 'import json, sys; found = json.load(open(sys.argv[1])); print(len(found["jobs"]), len(found["errors"]))' "$1"; }
sbatch --quiet --output=/dev/null --wrap 'sleep 600'
squeue --json >with.json
read -r jobs errors < <(count with.json)
echo "with a controller, --json: $jobs job, $errors errors"
[ "$jobs $errors" = "1 0" ]

kill -KILL "$(<slurmctld.pid)"
plain=0 json=0
squeue >/dev/null 2>&1 || plain=$?
squeue --json >without.json 2>/dev/null || json=$?
read -r jobs errors < <(count without.json)
echo "without one: exit status $plain; --json: exit status $json, $jobs jobs, $errors error"
python3 -c 'import json; print(json.load(open("without.json"))["errors"])'
[ "$plain $json $jobs $errors" = "1 0 0 1" ]
