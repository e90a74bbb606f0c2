#!/usr/bin/env bash
# Analyses a video with build/mien and says what came out.
# Usage: scripts/demo.sh [VIDEO]
set -euo pipefail
start=$PWD
cd "$(dirname "$0")/.."

video=${1:-}
if [[ -z $video ]]; then
    video=../shared/media/clips/classroom_8faces_720p.mp4
    if [[ ! -e $video ]]; then
        echo "demo: name a video with a face in it: make demo VIDEO=path/to/video.mp4" >&2
        exit 1
    fi
elif [[ $video != /* && ! -e $video ]]; then
    video=$start/$video
fi

models=../shared/models
for file in retinaface_mnet025.onnx mobileone_s0_gaze.onnx; do
    [[ -e $models/$file ]] || models=
done
if [[ -z $models ]]; then
    models=${XDG_DATA_HOME:-$HOME/.local/share}/mien/models
    build/mien models pull
fi

name=$(basename "$video")
name=${name%.*}
csv=demo-out/$name.csv
mp4=demo-out/$name.mp4
mkdir -p demo-out
rm -f "demo-out/$name".* # so that what is listed below is from this run
build/mien extract "$video" -o "$csv" --video "$mp4" --models "$models" --force

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
for file in "demo-out/$name".*; do
    case $file in
    "$csv") what="one row per face and frame" ;;
    "$mp4") what="the video with faces and gaze drawn in" ;;
    *) what="how the rows were made" ;;
    esac
    printf '  %s  (%s)\n' "$file" "$what"
done
printf 'Next: column names and units are in man/mien-output.5; try  make demo VIDEO=your.mp4\n'
