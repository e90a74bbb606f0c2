#!/bin/sh
# From nothing to models/builtin: train.sh [--quick] [ASSETS [WORK]]
#
# Makes a Python environment, renders, trains the four parts in order. Everything lands in WORK
# (default build/training); what is finished there is not done again, so it may be stopped and
# started. --quick: a few pictures and a minute of training each, into WORK/models, to see that
# everything works.
set -eu
cd "$(dirname "$0")/.."
quick= share=1 out=models/builtin
if [ "${1:-}" = --quick ]; then
    quick=--quick share=0.005
    shift
fi
assets=${1:-${MIEN_ASSETS:-../shared/assets/makehuman}} work=${2:-build/training${quick:+-quick}}
[ -z "$quick" ] || out=$work/models
[ -d "$assets" ] || { echo "no MakeHuman assets in $assets (docs/synth.md)" >&2; exit 1; }
mkdir -p "$work" "$out"

venv=$work/venv
if [ ! -e "$venv/done" ]; then
    ${PYTHON:-python3} -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet -r training/requirements.txt
    touch "$venv/done"
fi
training/render.sh "$assets" "$work/data" "$share"

# One thread: the models of a run do not depend on the number of cores.
export OMP_NUM_THREADS=1
for part in detector landmarks gaze au; do
    [ ! -e "$work/$part.done" ] || continue
    echo "$part"
    "$venv/bin/python" "training/$part.py" --data "$work/data" --out "$out" $quick
    touch "$work/$part.done"
done
