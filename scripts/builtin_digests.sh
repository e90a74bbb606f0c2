#!/usr/bin/env bash
# Writes src/infer/builtin.h from the files in models/builtin: their names, digests and sizes, with
# which the registry compares them. Also writes the list of experimental action units into
# man/mien-output.5. Run it after each change of a built-in model; tests/accuracy/test_builtin.py
# checks both. With --check it writes nothing and exits with 1 if the header is out of date.
# Usage: scripts/builtin_digests.sh [--check]
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."

folder=models/builtin
header=src/infer/builtin.h
page=man/mien-output.5

list=$folder/au_mesh/experimental.txt # units that are measured only roughly; other lines are comments
rendered=$folder/au/experimental.txt
[[ -e $list ]] || list=/dev/null

digest() { sha256sum <"$folder/$1" | cut -d ' ' -f 1; }
size() { wc -c <"$folder/$1" | tr -d ' '; }

entry() { # MACRO FILE
    printf '#define %s "%s", %s\n' "$1" "$(digest "$2")" "$(size "$2")"
}

numbers() { sed -n 's/^AU0*\([0-9][0-9]*\).*/\1/p' "$1" | sort -n | tr '\n' ','; }

write() {
    echo '/* Written by scripts/builtin_digests.sh from models/builtin; do not edit. */'
    echo '/* clang-format off */'
    entry BUILTIN_DETECTOR face_detector.onnx
    entry BUILTIN_LANDMARKS face_landmarks.onnx
    entry BUILTIN_GAZE face_gaze.onnx
    entry BUILTIN_AU au_mesh/AU_mesh.txt
    entry RENDERED_AU au/AU_builtin.txt
    printf '#define BUILTIN_AU_EXPERIMENTAL %s\n' "$(numbers "$list")"
    printf '#define RENDERED_AU_EXPERIMENTAL %s\n' "$(numbers "$rendered")"
    printf '#define BUILTIN_FILES'
    (cd "$folder" && find . -type f ! -name '*.md' ! -path './mediapipe/*' | sed 's/^\.\///' | sort) | while read -r file; do
        printf ' \\\n    {"%s", \\\n     "%s", %s},' "$file" "$(digest "$file")" "$(size "$file")"
    done
    echo
}

new=$(write) # a missing file ends the script here
if [[ ${1:-} == --check ]]; then
    [[ $new == "$(cat "$header")" ]] && exit
    echo "$header does not match the files in $folder; run scripts/builtin_digests.sh" >&2
    exit 1
fi
printf '%s\n' "$new" >"$header"
units=$(sed -n 's/^\(AU[0-9][0-9]\).*/\1/p' "$list" | sort -u | paste -sd , - | sed 's/,/, /g')
text=$(awk -v units="${units:-none}" 'written { $0 = units "."; written = 0 }
    /by scripts\/builtin_digests.sh$/ { written = 1 } { print }' "$page")
printf '%s\n' "$text" >"$page"
echo "$header: $(grep -c '^    {' "$header") files"
