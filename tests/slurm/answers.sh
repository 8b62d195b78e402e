#!/bin/sh
# Answers in place of Slurm's commands, for tests of answers that a real one seldom gives. The links to this file are named after the
# commands; their folder has the state. A job runs at once, on this machine, and one after another of the same key.
#   last          the number of the last job
#   jobs/NUMBER   how squeue lists a job after its number: KEY|STATE|NODE|REASON
#   lose          the number of jobs that will not start
#   killed        if it is there, these jobs are killed instead, by this signal
#   scripts/      what was submitted
here=$(dirname "$0")
node=node-$(basename "$(dirname "$here")")
case ${0##*/} in
sbatch)
    excluded=false
    for option; do
        case $option in
        --version) echo "slurm-wlm 22.05.8"; exit ;;
        --test-only) exit ;;
        --job-name=*) key=${option#*=} ;;
        --exclude=*) excluded=true ;;
        esac
    done
    # There is one node.
    if $excluded; then
        echo "sbatch: error: Batch job submission failed: Requested node configuration is not available" >&2
        exit 1
    fi
    exec 9>"$here/lock"
    flock 9
    id=$(($(cat "$here/last") + 1))
    echo $id >"$here/last"
    cat >"$here/scripts/$id"
    lose=$(cat "$here/lose")
    if [ "$lose" -gt 0 ]; then
        echo $((lose - 1)) >"$here/lose"
        listed="PENDING|$node|launch failed requeued held"
        [ ! -e "$here/killed" ] || listed="FAILED|$node|JobLaunchFailure"
        echo "$key|$listed" >"$here/jobs/$id"
    else
        echo "$key|RUNNING|$node|None" >"$here/jobs/$id"
        (
            exec 9>&-
            state=FAILED
            SLURM_JOB_ID=$id SLURMD_NODENAME=$node sh "$here/scripts/$id" && state=COMPLETED
            echo "$key|$state|$node|None" >"$here/jobs/$id"
        ) </dev/null >"$here/log" 2>&1 &
    fi
    echo $id
    ;;
squeue)
    case "$*" in
    *--nodelist*) exit ;;
    *--version*) echo "slurm-wlm 22.05.8" && exit ;;
    esac
    for job in "$here"/jobs/*; do [ ! -e "$job" ] || echo "${job##*/}|$(cat "$job")"; done
    ;;
scontrol) echo "JobId=7 ExitCode=0:$(cat "$here/killed")" ;;
scancel)
    for id; do sed -i 's/|[A-Z_]*|/|CANCELLED|/' "$here/jobs/$id"; done
    ;;
esac
