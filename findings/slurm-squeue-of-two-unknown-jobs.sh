#!/usr/bin/env bash
# Slurm 22.05.8: `squeue --jobs` of one unknown id exits with 1 and "Invalid job id specified"; of two unknown ids it exits with 0 and prints nothing.
#
# An unknown id among known ones is not an error either. `scancel` of an unknown id exits with 0, silently. So a program that polls a list of ids gets
# an error as the list becomes one id long, and cannot confirm that it cancelled something.
# Guessed before: the exit status does not depend on the number of ids. Exits non-zero once it does not.
. "$(dirname "$0")/slurm/start.sh"

run() { # COMMAND…: prints its exit status and its output
    status=0
    "$@" >output 2>&1 || status=$?
    echo "$*: exit status $status; $(wc --lines <output) lines; $(<output)"
}
run squeue --noheader --jobs=987654
one=$status
run squeue --noheader --jobs=987654,987655
two=$status
run scancel 987654
[ "$one $two $status" = "1 0 0" ]
