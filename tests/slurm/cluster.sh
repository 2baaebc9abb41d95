#!/usr/bin/env bash
# A cluster of virtual nodes on this machine, for the tests of jobs/: SLURM with its own
# munge, each node in a network, host name and mount namespace of its own, joined by a
# bridge. Nothing of the machine's own SLURM, munge or /etc is touched. Needs root.
#
#   cluster.sh check              may it run here? 77 and a sentence if not
#   cluster.sh up [N [CPUS]]      N nodes (2) of CPUS (2) each; prints the SLURM_CONF to use
#   cluster.sh kill NODE          the node loses power
#   cluster.sh boot NODE          and comes back
#   cluster.sh down               stop and remove all of it
#
#     root namespace: munged, slurmctld  --  bridge cytslurm 10.79.0.1
#     cyt1: slurmd  --  10.79.0.11           cyt2: slurmd  --  10.79.0.12    ...
#
# Settings that a machine without systemd and cgroups needs, each found by its failure:
#   linuxproc, task/none          no cgroups
#   config_overrides              more CPUs than there are
#   TmpFS per node                the nodes share a file system; PMIx makes folders there
#   cred_expire=10                a job queued again starts after 11 s, not after 121 s
#   PMIxCollFence=ring            see jobs/cohort.sbatch
#   nsenter, not ip netns exec    the latter hides /sys/fs/cgroup, and slurmd ends
set -euo pipefail

run=/run/cytotaxis-slurm
net=10.79.0 bridge=cytslurm
self=$(readlink -f "$0")
skip=77

# --- may it run here? ---------------------------------------------------------------------

cannot() {
    echo "SKIPPED: no virtual cluster here: $1"
    exit $skip
}

check() {
    local program
    [ "$(id -u)" = 0 ] || cannot "it needs root"
    for program in slurmctld slurmd sbatch srun munged ip nsenter runuser; do
        command -v $program >/dev/null ||
            cannot "no $program; bash jobs/install-packages.sh slurm"
    done
    if ! unshare --net --uts --mount true 2>/dev/null; then
        cannot "namespaces are not allowed"
    fi
    if ! ip link add cytprobe type bridge 2>/dev/null; then
        cannot "a network bridge is not allowed"
    fi
    ip link del cytprobe
}

# --- processes, by pid file only ----------------------------------------------------------

alive() {
    [ -s "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null
}

stop() {
    alive "$1" || return 0
    kill "$(cat "$1")"
    for _ in $(seq 50); do
        alive "$1" || return 0
        sleep 0.1
    done
    kill -KILL "$(cat "$1")"
}

# --- nodes --------------------------------------------------------------------------------

nodes() {
    ip netns list 2>/dev/null | awk '/^cyt[0-9]+( |$)/ { print $1 }' | sort -V
}

add_bridge() {
    ip link add $bridge type bridge
    ip addr add $net.1/24 dev $bridge
    ip link set $bridge up
}

add_node() {
    local name=cyt$1
    ip netns add "$name"
    ip link add "v$name" type veth peer name eth0 netns "$name"
    ip link set "v$name" master $bridge up
    ip -n "$name" addr add $net.$((10 + $1))/24 dev eth0
    ip -n "$name" link set lo up
    ip -n "$name" link set eth0 up
}

write_hosts() {
    echo "127.0.0.1 localhost"
    echo "$net.1 $(hostname)"
    for i in $(seq "$1"); do
        echo "$net.$((10 + i)) cyt$i"
    done
}

on_node() {
    local name=$1
    shift
    nsenter --net="/run/netns/$name" unshare --uts --mount sh -c '
        hostname "$0" && mount --bind "$1" /etc/hosts && shift && exec "$@"' \
        "$name" $run/hosts "$@"
}

# What a killed step leaves makes the next one fail: "Address already in use".
clear_node() {
    rm -rf $run/spool/"$1" $run/tmp/"$1"
    mkdir -p $run/spool/"$1" $run/tmp/"$1"
}

boot() {
    clear_node "$1"
    SLURM_CONF=$run/slurm.conf on_node "$1" slurmd -N "$1" -f $run/slurm.conf
}

pull_the_plug() {
    ip netns pids "$1" | xargs -r kill -KILL
}

# --- SLURM --------------------------------------------------------------------------------

start_munge() {
    local home=$run/munge
    install -d -o munge -g munge -m 755 $home
    install -d -o munge -g munge -m 700 $home/private
    (umask 077 && head -c 1024 /dev/urandom >$home/private/key)
    chown munge: $home/private/key
    runuser -u munge -- munged --socket=$home/socket --key-file=$home/private/key \
        --pid-file=$home/pid --log-file=$home/private/log --seed-file=$home/private/seed
}

write_config() {
    local n=$1 cpus=$2 memory
    memory=$(($(awk '/MemTotal/ { print int($2 / 1024) }' /proc/meminfo) / n))
    cat <<CONF
ClusterName=cytotaxis
SlurmctldHost=$(hostname)($net.1)
AuthType=auth/munge
AuthInfo=socket=$run/munge/socket,cred_expire=10
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$run/state
SlurmdSpoolDir=$run/spool/%n
TmpFS=$run/tmp/%n
SlurmctldPidFile=$run/slurmctld.pid
SlurmdPidFile=$run/slurmd.%n.pid
SlurmctldLogFile=$run/slurmctld.log
SlurmdLogFile=$run/slurmd.%n.log
SlurmctldPort=16817
SlurmdPort=16818
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=2,bf_interval=2
SlurmdParameters=config_overrides
MpiDefault=none
ReturnToService=2
JobRequeue=1
KillWait=5
UnkillableStepTimeout=20
SlurmdTimeout=8
SlurmctldTimeout=15
MinJobAge=3600
CONF
    for i in $(seq "$n"); do
        echo "NodeName=cyt$i NodeAddr=$net.$((10 + i)) NodeHostname=cyt$i" \
            "CPUs=$cpus RealMemory=$memory State=UNKNOWN"
    done
    echo "PartitionName=main Nodes=cyt[1-$n] Default=YES MaxTime=INFINITE State=UP"
}

wait_for_nodes() {
    for _ in $(seq 300); do
        [ "$(sinfo -h -N -o %t 2>/dev/null | grep -cx idle)" = "$1" ] && return
        sleep 0.1
    done
    echo "cluster.sh: the nodes do not come up; see $run/*.log" >&2
    sinfo -N -o '%N %t %E' >&2
    tail -n 5 $run/*.log >&2
    return 1
}

up() {
    local n=${1:-2} cpus=${2:-2}
    down
    mkdir -p $run/state
    write_hosts "$n" >$run/hosts
    write_config "$n" "$cpus" >$run/slurm.conf
    echo "PMIxCollFence=ring" >$run/mpi.conf
    echo "CgroupAutomount=no" >$run/cgroup.conf
    export SLURM_CONF=$run/slurm.conf
    start_munge
    add_bridge
    slurmctld -f $run/slurm.conf
    for i in $(seq "$n"); do
        add_node "$i"
        boot "cyt$i"
    done
    wait_for_nodes "$n"
    echo $run/slurm.conf
}

down() {
    local pid node
    if alive $run/slurmctld.pid; then
        SLURM_CONF=$run/slurm.conf timeout 10 scancel --user=root 2>/dev/null || true
    fi
    for pid in $run/slurmd.*.pid $run/slurmctld.pid $run/munge/pid; do
        stop "$pid"
    done
    for node in $(nodes); do
        pull_the_plug "$node"
        ip link del "v$node" 2>/dev/null || true
        ip netns del "$node"
    done
    ip link del $bridge 2>/dev/null || true
    rm -rf $run
}

case ${1:-} in
check) check ;;
up) shift && up "$@" ;;
kill) pull_the_plug "$2" ;;
boot) boot "$2" ;;
down) down ;;
*) sed -n '2,13s/^# \{0,1\}//p' "$self" >&2 && exit 64 ;;
esac
