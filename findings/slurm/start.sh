# shellcheck shell=bash
# Sourced by the findings about Slurm: installs Slurm 22.05.8 from Debian 12 and starts a cluster of one node on loopback, as root. Everything is in
# a PID namespace whose first process is the finding, since Slurm's daemons signal whole trees of processes: it ends when the finding ends.
set -euo pipefail
if [ -z "${NAMESPACE:-}" ]; then
    dpkg-query --show slurm-wlm 2>/dev/null | grep --quiet --fixed-strings 22.05.8-4+deb12u3 ||
        { apt-get update && RUNLEVEL=1 apt-get install --yes --no-install-recommends slurm-wlm=22.05.8-4+deb12u3 munge procps; } >/dev/null
    NAMESPACE=1 exec unshare --pid --fork --mount-proc --kill-child "$0"
fi
work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT
unset "${!SLURM@}" "${!SBATCH_@}" "${!SQUEUE_@}"
host=$(uname -n) host=${host%%.*}
(umask 077 && head --bytes 64 /dev/urandom >"$work/key")
munged --force --key-file "$work/key" --socket "$work/munge" --pid-file "$work/munged.pid" --log-file "$work/munged.log" --seed-file "$work/seed" \
    2>/dev/null
cat >"$work/slurm.conf" <<CONF
ClusterName=loopback
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=26817
SlurmUser=root
AuthInfo=socket=$work/munge
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation=$work/state
SlurmctldPidFile=$work/slurmctld.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdSpoolDir=$work/spool
SlurmdPidFile=$work/slurmd.pid
SlurmdLogFile=$work/slurmd.log
ProctrackType=proctrack/linuxproc
SchedulerParameters=batch_sched_delay=0,bf_interval=1
NodeName=node NodeHostname=$host NodeAddr=127.0.0.1 Port=26818
PartitionName=all Nodes=node Default=YES
CONF
export SLURM_CONF=$work/slurm.conf
mkdir "$work/state"
cd "$work"
(slurmctld && slurmd -N node) 2>/dev/null
soon() { for ((try = 0; try < 300; try++)); do if eval "$1"; then return; fi; sleep 0.1; done; echo "never: $1" >&2; return 1; }
soon '[ "$(sinfo --noheader --format %T 2>/dev/null)" = idle ]'
sbatch --version
