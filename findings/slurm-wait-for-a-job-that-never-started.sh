#!/usr/bin/env bash
# Slurm 22.05.8: `sbatch --wait` exits with 0 when the job is cancelled before it starts, as if it had succeeded.
#
# `--wait` is documented to exit with the exit code of the job, and with 1 where a signal ended it. A job that is cancelled while it runs gives 1.
# One that is cancelled while it waits has never run, and gives 0, with nothing on standard output or standard error that says so.
# Guessed before: 1 in both cases. Exits non-zero once it is.
. "$(dirname "$0")/slurm/start.sh"

cancelled() { # HOW STATE OPTION…: the exit status of a job that is cancelled in this state
    sbatch --wait --quiet --job-name="$1" --output="$work/$1" "${@:3}" --wrap 'echo started; sleep 600' >"$work/$1.messages" 2>&1 &
    soon "[ \"\$(squeue --noheader --name=$1 --format=%T)\" = $2 ]"
    [ "$2" = PENDING ] || soon "[ -s '$work/$1' ]"
    scancel --name="$1"
    status=0
    wait $! || status=$?
    echo "cancelled while $2: exit status $status; output: $(cat "$work/$1" 2>/dev/null || echo none); messages: $(<"$work/$1.messages")"
}
cancelled runs RUNNING
running=$status
cancelled waits PENDING --begin=now+1hour
[ "$running $status" = "1 0" ] && [ ! -e waits ]
