#!/bin/sh
# Trains models/builtin/au_mesh from MakeHuman's assets: action units at the points of the face mesh.
# usage: research/training/au_mesh.sh ASSETS DATA [BUILTIN [LOG [PICTURES]]]
# BUILTIN (default models/builtin) contains mediapipe/face_mesh.onnx and au/, whose shape model is used, and
# receives au_mesh/. Rendering takes 7 minutes on one core, the rest 4 minutes.
set -e
assets=$1 data=$2 builtin=${3:-models/builtin} log=${4:-research/training/log/au_mesh.csv} pictures=${5:-20000}
build=${BUILD:-build-research} python=${PYTHON:-python3}
mkdir -p "$data"
ninja -C "$build" research/synth/mien-synth research/au_features
set_of() {
    [ -f "$data/$1/done" ] || {
        "$build/research/synth/mien-synth" still --assets "$assets" -o "$data/$1" --seed "$2" --count "$3" \
            --same 40 --size 224x224 --face-height 0.6 --format raw -j1
        touch "$data/$1/done"
    }
    "$python" research/training/au_mesh_points.py "$data/$1" "$builtin/mediapipe/face_mesh.onnx" "$builtin/au" \
        --program "$build/research/au_features"
}
set_of au_val 3900 4000
set_of au0 3001 "$pictures"
"$python" research/training/au_mesh.py "$data/au0.npz" "$data/au_val.npz" "$builtin/au_mesh" "$log"
scripts/builtin_digests.sh
