#!/usr/bin/env bash
# Runs the scripts of `mien slurm` in a Slurm of its own on this machine: two nodes with one core each.
# Needs root, and Debian's packages slurm-wlm and munge, which it installs with apt-get if they are missing.
# Exit status 77: Slurm cannot be started here.
# Usage: scripts/test_slurm.sh [BUILD]
set -euo pipefail
cd "$(dirname "$0")/.."

mien=$PWD/${1:-build}/mien
say() { printf 'test-slurm: %s\n' "$*"; }
die() { say "$@" >&2; exit 1; }
skip() { echo "skip: $*"; exit 77; }
((EUID == 0)) || skip "Slurm's daemons need root"
[[ -x $mien ]] || die "$mien is missing; run make"
if ! command -v slurmctld >/dev/null || ! command -v munged >/dev/null; then
    say "installing slurm-wlm and munge"
    { apt-get -q update && apt-get -q install -y --no-install-recommends slurm-wlm munge; } >/dev/null 2>&1 ||
        skip "slurm-wlm and munge cannot be installed with apt-get"
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
AuthInfo=cred_expire=10
SlurmdTimeout=10
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
[[ $(sinfo -h -o '%T %D' 2>/dev/null) == "idle 2" ]] || skip "Slurm's daemons do not start here"

for ((i = 1; i <= 12; i++)); do
    ln -s "$PWD/examples/demo.mp4" "$dir/videos/$i.mp4"
done
options=(--models rendered --max-frames 40)
"$mien" extract "$dir/videos" -o "$dir/want/" "${options[@]}"
"$mien" merge "$dir/want" -o "$dir/want/all.csv"
cd "$dir"

wait_for() { # SECONDS WHAT COMMAND...
    local what=$2
    for ((i = 0; i < 5 * $1; i++)); do
        ! "${@:3}" || return 0
        sleep 0.2
    done
    squeue
    tail -n 5 "$dir"/*.log
    die "$what: not within $1 seconds"
}

no_jobs() { [[ -z $(squeue -h) ]]; }
events() { [[ $(cat "$1"/.mien/*.jsonl 2>/dev/null | grep -c "\"event\":\"$2\"") -ge $3 ]]; } # FOLDER EVENT COUNT
nodes() { [[ $(sinfo -h -N -o %T | sort -u) == "$1" ]]; }                                     # STATES
waits() { [[ $(squeue -h -j "$1" -o %T) == PENDING ]]; }                                      # JOB

same() { # FOLDER
    for ((i = 1; i <= 12; i++)); do
        cmp "want/$i.csv" "$1/$i.csv" || die "$1/$i.csv is missing or different"
    done
    cmp want/all.csv "$1/all.csv" || die "the merged table is different"
}

# Four tasks. One gets a signal, and the machine of another one dies; both are requeued.
"$mien" slurm videos -o out --array 4 --cpus 1 -- "${options[@]}" >/dev/null
job=$(MIEN_TEST=slow=800000 sbatch --parsable out/mien-array.sh)
merge=$(sbatch --parsable --dependency="afterany:$job" out/mien-merge.sh)
wait_for 60 "two tasks" events out run 2
on() { squeue -h -j "$job" -t RUNNING -w "$1" -o %i; } # NODE
wait_for 20 "the signal" scancel --signal=USR1 --batch "$(on n1)"
victim=$(on n2)
[[ -n $victim ]] || die "no task runs on n2"
tree() { # PID: it and what it started
    local child
    echo "$1"
    for child in $(pgrep -P "$1"); do tree "$child"; done
}
steps=$(pgrep -f "slurmstepd: \[$(squeue -h -j "$victim" -o %A)\." || true)
# shellcheck disable=SC2046 # several numbers
kill -9 $(for pid in $(cat slurmd-n2.pid) $steps; do tree "$pid"; done) 2>/dev/null || true
wait_for 120 "the death of n2" nodes $'down*\nidle' || true
say "n2 died while it ran $victim"
slurmd -N n2 -f "$conf"
wait_for 240 "the array and the merge" no_jobs
same out
[[ -s out/people.csv ]] || die "the merge wrote no table of people"
[[ $(find out/.mien -name '*.jsonl' | wc -l) -ge 6 ]] || die "no task ran twice"
say "an array of four tasks, one with a signal, one on a machine that died, and merge $merge: passed"

# One task that cannot end within its time limit.
"$mien" slurm videos -o limit --array 1 --cpus 1 --time 2 -- "${options[@]}" >/dev/null
sed -i 's/USR1@120/USR1@60/' limit/mien-array.sh
job=$(MIEN_TEST=slow=1300000 sbatch --parsable limit/mien-array.sh)
sbatch --dependency="afterany:$job" limit/mien-merge.sh >/dev/null
wait_for 120 "the signal before the time limit" events limit stop 1
say "at the time limit: $(find limit -maxdepth 1 -name '*.csv' | wc -l) of 12 results"
wait_for 240 "the rest" no_jobs
same limit
[[ $(find limit/.mien -name '*.jsonl' | wc -l) -ge 2 ]] || die "the task did not run twice"
say "a task that reached its time limit: passed"
