#!/usr/bin/env bash
# Runs the scripts of `mien slurm` in a Slurm of its own on this machine: two nodes with one core each.
# Needs root, and Debian's packages slurm-wlm and munge, which it installs with apt-get if they are missing.
# Usage: scripts/test_slurm.sh [BUILD]
set -euo pipefail
cd "$(dirname "$0")/.."

mien=$PWD/${1:-build}/mien
say() { printf 'test-slurm: %s\n' "$*"; }
die() { say "$@" >&2; exit 1; }
((EUID == 0)) || die "Slurm's daemons need root; run this as root"
[[ -x $mien ]] || die "$mien is missing; run make"
if ! command -v slurmctld >/dev/null || ! command -v munged >/dev/null; then
    say "installing slurm-wlm and munge"
    { apt-get -q update && apt-get -q install -y --no-install-recommends slurm-wlm munge; } >/dev/null 2>&1 ||
        die "apt-get failed; install slurm-wlm and munge"
fi

dir=$(mktemp -d)
conf=$dir/slurm.conf
export SLURM_CONF=$conf
stop() {
    for pid in "$dir"/*.pid; do
        [[ ! -e $pid ]] || kill "$(cat "$pid")" 2>/dev/null || true
    done
    $munge || pkill -x -U munge munged || true
    sleep 1
    rm -rf "$dir"
}
munge=true # was it running before?

if ! munge -n 2>/dev/null | unmunge >/dev/null 2>&1; then
    munge=false
    [[ -e /etc/munge/munge.key ]] || dd if=/dev/urandom of=/etc/munge/munge.key bs=1024 count=1 status=none
    chown munge /etc/munge/munge.key
    chmod 400 /etc/munge/munge.key
    mkdir -p /run/munge /var/log/munge /var/lib/munge
    chown munge /run/munge /var/log/munge /var/lib/munge
    su -s /bin/sh munge -c /usr/sbin/munged
fi
trap stop EXIT

host=$(hostname)
cat >"$conf" <<END
ClusterName=t
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool-%n
SlurmctldPidFile=$dir/ctld.pid
SlurmdPidFile=$dir/slurmd-%n.pid
SlurmctldLogFile=$dir/ctld.log
SlurmdLogFile=$dir/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SlurmctldPort=16817
MpiDefault=none
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=16818 CPUs=1 State=UNKNOWN
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=16819 CPUs=1 State=UNKNOWN
PartitionName=p Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
END
mkdir -p "$dir/state" "$dir/spool-n1" "$dir/spool-n2" "$dir/videos"
slurmctld -f "$conf"
slurmd -N n1 -f "$conf"
slurmd -N n2 -f "$conf"
for ((i = 0; i < 60; i++)); do
    [[ $(sinfo -h -o '%T %D' 2>/dev/null) != "idle 2" ]] || break
    sleep 0.5
done
say "nodes: $(sinfo -h -o '%T %D')"

for i in 1 2 3 4 5 6; do
    ln -s "$PWD/examples/demo.mp4" "$dir/videos/$i.mp4"
done
"$mien" extract "$dir/videos" -o "$dir/want/" --models rendered --max-frames 60

wait_for_jobs() { # SECONDS
    for ((i = 0; i < 2 * $1; i++)); do
        [[ $(squeue -h | wc -l) -gt 0 ]] || return 0
        sleep 0.5
    done
    squeue
    die "jobs did not end within $1 seconds"
}

same() { # FOLDER
    for i in 1 2 3 4 5 6; do
        cmp "$dir/want/$i.csv" "$1/$i.csv" || die "$1/$i.csv is missing or different"
    done
}

cd "$dir"
"$mien" slurm "$dir/videos" -o "$dir/out" --array 3 --cpus 1 --submit -- --models rendered --max-frames 60
wait_for_jobs 120
same "$dir/out"
[[ $(wc -l <"$dir/out/all.csv") -gt 360 && -s $dir/out/people.csv ]] || die "the merge wrote no table"
say "an array of three tasks and the merge: passed"

# A task that gets the signal submits itself again and completes its part.
"$mien" slurm "$dir/videos" -o "$dir/again" --array 1 --cpus 1 -- --models rendered --max-frames 60 >/dev/null
job=$(MIEN_TEST=slow=30000 sbatch --parsable "$dir/again/mien-array.sh")
for ((i = 0; i < 100; i++)); do
    ! grep -qs '"event":"run"' "$dir"/again/.mien/*.jsonl || break
    sleep 0.1
done
scancel --signal=USR1 --batch "${job}_1"
for ((i = 0; i < 300; i++)); do
    ! grep -qs '"event":"stop"' "$dir"/again/.mien/*.jsonl || break
    sleep 0.1
done
say "after the signal: $(find "$dir/again" -maxdepth 1 -name '*.csv' | wc -l) of 6 results, $(squeue -h -o %T)"
scontrol release "$job" 2>/dev/null || true
wait_for_jobs 240
same "$dir/again"
[[ $(find "$dir/again/.mien" -name '*.jsonl' | wc -l) -ge 2 ]] || die "the task did not run twice"
say "a task that got the signal: passed"
