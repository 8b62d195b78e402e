#!/usr/bin/env bash
# The first process of the cluster's PID namespace: writes the configuration, starts the daemons and runs the command.
# Called by cluster.sh.
set -euo pipefail
fail() { tail --lines 20 "$CLUSTER"/*.out >&2; echo "error: $1" >&2; exit 1; }
# Options of a cluster that this script may itself be a job of.
unset "${!SLURM@}" "${!SBATCH_@}" "${!SQUEUE_@}" "${!SINFO_@}" "${!SCANCEL_@}"
export SLURM_CONF=$CLUSTER/slurm.conf
mkdir "$CLUSTER/state"
# What the command mounts, its nodes see.
mount --make-rshared /
host=$(uname -n) host=${host%%.*}

# Ports next to each other on which nothing answers: one for the controller, then one for each node.
answers() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
ports() {
    local first=$((20000 + RANDOM % 10000)) port
    for ((port = first; port <= first + $1; port++)); do
        if answers "$port"; then first=$((port + 1)); fi
    done
    echo "$first"
}
# The first cores of those that this process may use, as taskset takes them.
cores() {
    local ranges all
    ranges=$(taskset --cpu-list --pid $$ | sed 's/.*: //; s/,/ /g')
    mapfile -t all < <(for range in $ranges; do seq "${range%-*}" "${range#*-}"; done)
    (IFS=, && echo "${all[*]:0:$1}")
}

# One cluster at a time takes ports. The daemons inherit the file, so the lock must be given up by name.
exec {lock}>"${TMPDIR:-/tmp}/slurm-on-loopback.lock"
flock "$lock"
read -ra nodes <<<"$CLUSTER_NODES"
port=$(ports ${#nodes[@]})
{
    # Reasons for what is not obvious:
    # - NoInAddrAny: else the daemons listen on every interface.
    # - linuxproc: cgroups, the default, are seldom available in a container.
    # - cred_expire: a requeued job waits as long before it starts again.
    # - ReturnToService: a node whose daemon is back is used again.
    # - %n in names of files: a second slurmd with the same PID file ends the first.
    # - config_overrides: a node may have more cores than this machine.
    # - SchedulerParameters: jobs start within a second, also those that wait behind many for another node.
    cat <<CONF
ClusterName=loopback
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$CLUSTER/munge.socket,cred_expire=5
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation=$CLUSTER/state
SlurmctldPidFile=$CLUSTER/slurmctld.own.pid
SlurmctldLogFile=$CLUSTER/slurmctld.log
SlurmdSpoolDir=$CLUSTER/state/%n
SlurmdPidFile=$CLUSTER/%n.own.pid
SlurmdLogFile=$CLUSTER/%n.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SlurmdTimeout=30
SchedulerParameters=batch_sched_delay=0,bf_interval=1,bf_max_job_test=10000
CONF
    names=()
    for node in "${nodes[@]}"; do
        IFS=: read -r name feature count <<<"$node"
        names+=("$name")
        echo "NodeName=$name NodeHostname=$host NodeAddr=127.0.0.1 Port=$((++port)) CPUs=$count Feature=$feature"
        echo "$(cores "$count") $port" >"$CLUSTER/$name.node"
    done
    (IFS=,; echo "PartitionName=all Nodes=${names[*]} Default=YES MaxTime=INFINITE")
    printf '%s' "$CLUSTER_LINES"
} >"$SLURM_CONF"

(umask 077 && head --bytes 64 /dev/urandom >"$CLUSTER/munge.key")
setsid munged --foreground --force --key-file "$CLUSTER/munge.key" --seed-file "$CLUSTER/munge.seed" \
    --socket "$CLUSTER/munge.socket" --pid-file "$CLUSTER/munged.pid" --log-file "$CLUSTER/munged.log" &>>"$CLUSTER/munged.out" &
for ((try = 0; try < 100; try++)); do [[ ! -S $CLUSTER/munge.socket ]] || break; sleep 0.1; done
[[ -S $CLUSTER/munge.socket ]] || fail "munged did not start"
controller start || fail "the controller did not start"
node start "${names[@]}" || fail "the nodes did not start"
flock --unlock "$lock"
echo "$(sbatch --version) with ${#names[@]} nodes in $CLUSTER" >&2
"$@"
