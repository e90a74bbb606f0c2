#!/bin/sh
# Trains models/builtin/au from MakeHuman's assets: first the shape model, then the action units.
# usage: research/training/au.sh ASSETS DATA [BUILTIN [LOG [PICTURES]]]
# BUILTIN (default models/builtin) contains face_landmarks.onnx and receives au/. Rendering takes 15 minutes
# on one core, the rest 5 minutes.
set -e
assets=$1 data=$2 builtin=${3:-models/builtin} log=${4:-research/training/log/au.csv} pictures=${5:-28000}
build=${BUILD:-build-research} python=${PYTHON:-python3}
out=$builtin/au net=$builtin/face_landmarks.onnx
export OMP_NUM_THREADS=1
mkdir -p "$data" "$out"
ninja -C "$build" research/synth/mien-synth research/au_features
render() {
    [ -f "$data/$1/done" ] || {
        "$build/research/synth/mien-synth" still --assets "$assets" -o "$data/$1" --seed "$2" --count "$3" \
            --same 40 --size 224x224 --face-height 0.6 --format raw -j1
        touch "$data/$1/done"
    }
}
au() {
    "$python" research/training/au.py "$@"
}
features() {
    au features "$data/$1" "$out" "$data/$1.$2.npy" --program "$build/research/au_features" "$3" "$4" \
        --displace "$5" --seed 5 ${6:+"$6"}
}
render au_val 3900 4000
render au0 3001 "$pictures"
render au1 3002 "$pictures"
"$build/research/synth/mien-synth" pdm --assets "$assets" -o "$data/pdm.txt" --seed 3000 --count 4000 --modes 34
au shape "$data/pdm.txt" "$out"
train=''
for set in au_val au0 au1; do
    au points "$data/$set" "$net" "$data/$set.points.npy"
    features $set net --points "$data/$set.points.npy" 0
    if [ $set = au_val ]; then # for comparison: the true points with small errors
        features $set half --same 40 0.5
        continue
    fi
    au points "$data/$set" "$net" "$data/$set.mirror.npy" --mirror --seed 2
    features $set mirrored --points "$data/$set.mirror.npy" 0 --mirror
    features $set half --same 40 0.5 # so that models do not adapt to the errors of this network only
    train=$train${train:+,}$data/$set.net.npy,$data/$set.mirrored.npy,$data/$set.half.npy
done
au fit "$train" "$data/au_val.net.npy,$data/au_val.half.npy" "$out" "$log" --hog 0.1,0.3,1 --geometry 0.03,0.1,0.3
