#!/usr/bin/env bash
# Renders examples/demo.mp4, the clip of make demo, and writes examples/demo_truth.csv, the true values
# of every second frame. The same command produces the same clip if the video encoder is the same.
# Usage: scripts/demo_clip.sh ASSETS      (the MakeHuman assets)
# Needs mien-synth: scripts/build.sh build-research -Dresearch=true
set -euo pipefail
cd "$(dirname "$0")/.."

assets=${1:?usage: scripts/demo_clip.sh ASSETS}
synth=${MIEN_SYNTH:-build-research/research/synth/mien-synth}
clip=examples/demo.mp4
"$synth" clip --assets "$assets" -o "$clip" --seed 29 --count 400 --size 480x360 --face-height 0.5 \
    --clean

# One row per frame: gaze in degrees, intensities 0 to 5, 68 landmarks in pixels.
awk '
    function list(name, values) { # reads the numbers of "name":[...]; returns their count
        if (!match($0, "\"" name "\":\\[[^]]*\\]"))
            return 0
        return split(substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 5), values, ",")
    }
    function number(name) { # returns the number of "name":number, or "?"
        return match($0, "\"" name "\":-?[0-9.]+") ? \
            substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) : "?"
    }
    NR == 1 {
        printf "frame,gaze_yaw,gaze_pitch"
        n = split("1 2 4 5 6 7 9 10 12 14 15 17 20 23 25 26 45", unit, " ")
        for (i = 1; i <= n; i++) printf ",AU%02d_r", unit[i]
        for (i = 0; i < 68; i++) printf ",x_%d", i
        for (i = 0; i < 68; i++) printf ",y_%d", i
        printf "\n"
    }
    NR % 2 == 1 {
        if (list("gaze", gaze) != 2 || number("AU45") == "?" || list("landmarks68", point) != 136) {
            print "demo_clip: line " NR " of the true values has an unknown form" > "/dev/stderr"
            exit 1
        }
        printf "%d,%.1f,%.1f", NR, gaze[1], gaze[2]
        for (i = 1; i <= n; i++) printf ",%.3g", number(sprintf("AU%02d", unit[i]))
        for (i = 1; i <= 135; i += 2) printf ",%.1f", point[i]
        for (i = 2; i <= 136; i += 2) printf ",%.1f", point[i]
        printf "\n"
    }' "$clip.truth.jsonl" >examples/demo_truth.csv
rm "$clip.truth.jsonl"
ls -l "$clip" examples/demo_truth.csv
