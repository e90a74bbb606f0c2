#!/usr/bin/env bash
# Analyses a video with build/mien and prints a summary. Without VIDEO it analyses a rendered clip whose
# true values are known, and also prints the errors of the rows. It needs neither a network connection
# nor a folder outside the source tree.
# Usage: scripts/demo.sh [VIDEO]
set -euo pipefail
start=$PWD
cd "$(dirname "$0")/.."

video=${1:-}
if [[ -z $video ]]; then
    video=examples/demo.mp4
elif [[ $video != /* && ! -e $video ]]; then
    video=$start/$video
fi

name=$(basename "$video")
name=${name%.*}
csv=demo-out/$name.csv
mp4=demo-out/$name.mp4
mkdir -p demo-out
rm -f "demo-out/$name".* # so that the files listed below come from this run
build/mien extract "$video" -o "$csv" --video "$mp4" --force

echo
awk -F, '
    { sub(/\r$/, "") }
    NR == 1 {
        for (i = 1; i <= NF; i++) { gsub(/[ "]/, "", $i); col[$i] = i }
        next
    }
    {
        rows++
        frame[$col["frame"]]
        if ($col["success"] + 0 == 1) { found++; person[$col["face_id"]] }
    }
    END {
        for (f in frame) frames++
        for (p in person) people++
        printf "%d frames gave %d rows; a face was found in %d of them, of %d %s.\n", frames, \
            rows, found, people, people == 1 ? "person" : "people"
    }' "$csv"
if [[ $video == examples/demo.mp4 ]]; then
    echo 'Errors against the true values of the rendered person, in every second frame:'
    build/examples/compare_truth "$csv" examples/demo_truth.csv | sed 's/^/  /'
fi
echo 'Written:'
for file in "demo-out/$name".*; do
    case $file in
    "$csv") what="one row per face and frame" ;;
    "$mp4") what="the video with faces, landmarks and gaze drawn in" ;;
    *) what="version, models and options of the run" ;;
    esac
    printf '  %s  (%s)\n' "$file" "$what"
done
printf 'Next: build/mien columns explains the columns; try  make demo VIDEO=your.mp4\n'
