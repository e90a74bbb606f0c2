#!/bin/sh
# GNU parallel on several machines that share /data. Usage: parallel.sh VIDEOS OUT PARTS [MACHINES]
# MACHINES: a list for --sshlogin, such as "node1,node2"; the default is this machine.
set -eu
videos=$1 out=$2 parts=$3 machines=${4:-:}
mkdir -p "$out"
# A part that ends with a failure of some inputs does not end the others.
seq "$parts" | parallel --jobs 1 --sshlogin "$machines" --halt never \
    mien extract "$videos" -o "$out/" --shard "{}/$parts" --jobs auto --resume --progress none
mien status "$out"
