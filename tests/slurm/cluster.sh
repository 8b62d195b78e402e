#!/usr/bin/env bash
# Starts a Slurm cluster on this machine, runs a command in it, and stops the cluster when the command ends, with its exit status.
# Usage: tests/slurm/cluster.sh [--nodes "NAME:FEATURE:CORES …"] [--conf LINE]… [--folder FOLDER] COMMAND [ARGUMENT]…
#   --nodes    the nodes; each has a feature and sees only its number of cores. Default: "one:single:1 two:double:2"
#   --conf     a line for slurm.conf, which replaces ours with the same key; repeatable
#   --folder   a new folder for configuration, state and logs, kept afterwards; by default a temporary one
# The command finds its cluster by SLURM_CONF, and the folder as CLUSTER. It can run `controller start|stop` and
# `node start|stop|crash NAME`, which are in tests/slurm/bin. Installs Slurm and munge from Debian where they are missing.
# Exits with 77 where a cluster cannot run: without root, Slurm or namespaces.
#
# All of it is in a PID namespace of its own, since Slurm's daemons run as root and signal whole trees of processes. When the first
# process of the namespace ends, however it does, the kernel ends all others, and so nothing outlives this script.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
skip() { printf '\n*** SKIPPED, nothing was tested on Slurm: %s\n\n' "$1" >&2; exit 77; }

folder='' CLUSTER_NODES="one:single:1 two:double:2" CLUSTER_LINES=''
while [[ ${1:-} == -* ]]; do
    case "$1" in
        --nodes | --conf | --folder) [[ $# -gt 1 ]] || { echo "error: $1 needs a value" >&2; exit 2; } ;;&
        --nodes) CLUSTER_NODES=$2 ;;
        --conf) CLUSTER_LINES+=$2$'\n' ;;
        --folder) folder=$2 ;;
        -h | --help) sed -n '2,/^set/s/^# \?//p' "$0" && exit ;;
        *) echo "error: unknown option $1" >&2 && exit 2 ;;
    esac
    shift 2
done
[[ $# -gt 0 ]] || { echo "error: no command; see $0 --help" >&2; exit 2; }

[[ $(id -u) == 0 ]] || skip "slurmd needs root"
unshare --pid --fork --mount-proc true || skip "no PID namespace can be made here"
PATH=$PATH:/usr/sbin:/sbin
# One installation at a time: apt waits for its lock of packages, but not for the one of their lists.
exec {lock}>"${TMPDIR:-/tmp}/slurm-on-loopback.lock"
flock "$lock"
missing=()
for program in slurmctld slurmd munged sbatch pgrep; do command -v "$program" >/dev/null || missing+=("$program"); done
if ((${#missing[@]})); then
    command -v apt-get >/dev/null || skip "${missing[*]} cannot be installed without apt-get"
    echo "installing ${missing[*]}" >&2
    # Run level 1 keeps the packages from starting daemons of the system.
    apt=(env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get --quiet -o DPkg::Lock::Timeout=300)
    packages=(slurm-wlm munge procps)
    if ! { "${apt[@]}" update && "${apt[@]}" install --yes --no-install-recommends "${packages[@]}"; } >/dev/null; then
        skip "apt-get cannot install ${packages[*]}"
    fi
fi
exec {lock}>&-

[[ -z $folder ]] || mkdir "$folder"
CLUSTER=$(cd "${folder:-$(mktemp --directory)}" && pwd)
clean() { [[ -n $folder ]] || rm -rf "$CLUSTER"; }
trap clean EXIT
export CLUSTER CLUSTER_NODES CLUSTER_LINES PATH="$here/bin:$PATH"
# With job control the child is not immune to Ctrl-C, as a process in the background would be. `unshare` ignores SIGTERM.
set -m
setpriv --pdeathsig KILL unshare --pid --fork --mount-proc --kill-child "$here/start.sh" "$@" <&0 &
trap 'pkill -KILL --parent $! || kill -KILL $!; wait $! || true; exit 143' INT TERM HUP
wait $!
