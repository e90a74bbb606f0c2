#!/bin/sh
# Makes models/builtin/au from MakeHuman's assets: shape model, then action units.
# usage: training/au.sh ASSETS DATA   (after face_landmarks.onnx; about 1.5 hours of one core)
set -e
assets=$1 data=$2 build=${BUILD:-build} python=${PYTHON:-python3}
out=models/builtin/au net=models/builtin/face_landmarks.onnx
export OMP_NUM_THREADS=1
ninja -C "$build" synth/mien-synth bench/au_features
render() {
    [ -f "$data/$1/done" ] || {
        "$build/synth/mien-synth" still --assets "$assets" -o "$data/$1" --seed "$2" --count "$3" \
            --same 40 --size 224x224 --face-height 0.6 --format raw -j1
        touch "$data/$1/done"
    }
}
au() {
    "$python" training/au.py "$@"
}
render au_val 3900 4000
render au0 3001 28000
"$build/synth/mien-synth" pdm --assets "$assets" -o "$data/pdm.txt" --seed 3000 --count 4000 --modes 34
au shape "$data/pdm.txt" $out
for set in au_val au0; do
    au points "$data/$set" $net "$data/$set.points.npy"
    au features "$data/$set" $out "$data/$set.net.npy" --points "$data/$set.points.npy" --displace 0
    au features "$data/$set" $out "$data/$set.half.npy" --displace 0.5 --seed 5
done
au fit "$data/au0.net.npy,$data/au0.half.npy" "$data/au_val.net.npy,$data/au_val.half.npy" $out \
    training/log/au.csv --hog 1 --geometry 0.03,0.3
