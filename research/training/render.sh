#!/bin/sh
# Renders the training sets of the built-in models: render.sh ASSETS OUTPUT [SHARE]
#
# ASSETS: MakeHuman's assets (docs/synth.md). SHARE: 1 renders everything (14 GB, about 12 minutes
# on two cores of a Zen 5), 0.01 a trial. MIEN_SYNTH is the path of the program, default
# build-research/research/synth/mien-synth. The sets for action units are rendered by au.sh.
# A folder with a file `done` is complete and is kept; any other folder is rendered again.
set -eu
assets=${1:?assets} output=${2:?output folder} share=${3:-1}
synth=${MIEN_SYNTH:-build-research/research/synth/mien-synth}

# set NAME SEED PICTURES SIZE [more options]
set_of() {
    name=$1 seed=$2 size=$4
    count=$(awk -v n="$3" -v s="$share" 'BEGIN { c = int(n * s); print c < 40 ? 40 : c }')
    shift 4
    [ ! -e "$output/$name/done" ] || return 0
    rm -rf "${output:?}/$name"
    echo "$name: $count pictures"
    "$synth" still --assets "$assets" -o "$output/$name" --seed "$seed" --count "$count" \
        --size "$size" --format raw "$@"
    touch "$output/$name/done"
}

mkdir -p "$output"
set_of faces_val  1900  2000 192x192 --face-height .55
set_of faces0     1001 16000 192x192 --face-height .55
set_of faces1     1002 16000 192x192 --face-height .65
set_of faces2     1003 12000 192x192 --face-height .45
set_of faces3     1004 20000 192x192 --face-height .55
set_of gaze0      1101 14000 192x192 --face-height .9
set_of scenes_val 2900  1000 320x240
set_of scenes0    2001  8000 320x240
set_of scenes1    2002 12000 320x240
