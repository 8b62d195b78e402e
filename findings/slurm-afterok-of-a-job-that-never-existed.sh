#!/usr/bin/env bash
# Slurm 22.05.8: a job that depends on the success of a job that never existed is accepted, and runs.
#
# `--dependency=afterok:ID` is documented as: begins after the job has run to completion with an exit code of zero. An id that the controller
# does not know counts as satisfied, and so does the id of a failed job once it is forgotten, by default five minutes after its end. An `afterok` of a
# job that failed a moment ago is never satisfied, as one expects. So a chain of jobs that is submitted slowly may run after a failure.
# Guessed before: refused, or waits. Exits non-zero once it does not run.
. "$(dirname "$0")/slurm/start.sh"

state() { squeue --noheader --states=all --jobs="$1" --format='%T, %r'; }
submit() { sbatch --parsable --output=/dev/null "$@"; }
failed=$(submit --wrap 'exit 3')
soon '[[ "$(state "$failed")" = FAILED* ]]'
known=$(submit --dependency=afterok:"$failed" --wrap true)
unknown=$(submit --dependency=afterok:987654 --wrap true)
soon '[ "$(state "$known")" = "PENDING, DependencyNeverSatisfied" ]'
soon '[ "$(state "$unknown")" = "COMPLETED, None" ]'
echo "after a job that failed: $(state "$known")"
echo "after a job that never existed: $(state "$unknown")"
