#!/usr/bin/env bash
# The folders that each folder may include. A folder of src/ includes only the folders named here, the
# program includes the public headers, and each foreign library is used by one file or folder only.
# Prints each line that breaks a rule.
# Usage: tests/rules/layers.sh [ROOT]
set -uo pipefail
shopt -s globstar nullglob

root=${1:-$(cd "$(dirname "$0")/../.." && pwd)}
cd "$root" || exit 2
broken=0

# Lines of FILE... that match PATTERN are forbidden.
forbid() { # WHY PATTERN FILE...
    local why=$1 pattern=$2
    shift 2
    (($#)) || return 0
    local found
    found=$(grep -nHE -e "$pattern" -- "$@") || return 0
    printf '%s:\n%s\n' "$why" "$found"
    broken=1
}

# Quoted includes in FOLDER must begin with one of WHAT. Every folder may include <mien/...>.
only() { # FOLDER WHAT...
    local folder=$1 allowed
    shift
    allowed=$(IFS='|' && printf '%s' "$*")
    local files=("$folder"/**/*.[ch])
    ((${#files[@]})) || return 0
    local found
    found=$(grep -nHE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' -- "${files[@]}" |
        grep -vE "include[[:space:]]*\"($allowed)") || return 0
    printf '%s may include only %s:\n%s\n' "$folder" "$*" "$found"
    broken=1
}

only src/base base/
only src/image base/ image/
only src/infer base/ infer/
only src/face base/ image/ face/
only src/clnf base/ image/ face/ clnf/
only src/stage base/ image/ infer/ face/ clnf/ stage/
only src/exec base/ image/ exec/ stage/stage.h stage/work.h

# The folders of the program. run/run.h and run/tally.h contain the inputs and the outcome of a run and
# no function that runs anything, so reports may include them.
only cli/io base/ io/
only cli/web base/ io/ web/
only cli/sink base/ io/ sink/ web/ report/monitor.h
only cli/source base/ io/ source/
only cli/report base/ io/ sink/ source/ report/ run/run.h run/tally.h options.h
only cli/run base/ io/ sink/ source/ report/ run/ options.h
only cli/completion completion/ command.h help_topics.h io/msg.h models/model_set.h optparse.h options.h
only cli/table base/ io/ table/
only cli/evaluate io/ table/ evaluate/
only cli/events io/ table/ events/
only cli/page base/ io/ sink/ source/ table/ events/ page/ report/sidecar.h
only cli/batch base/ io/ sink/ report/ run/ batch/ options.h

# Appends to the array `rest` all FILEs but the KEPT ones.
others() { # KEPT... -- FILE...
    local kept=()
    while [[ $1 != -- ]]; do
        kept+=("$1")
        shift
    done
    shift
    local f k
    for f; do
        for k in "${kept[@]}"; do
            [[ $f != "$k" ]] || continue 2
        done
        rest+=("$f")
    done
}

src=(src/**/*.[ch])
cli=(cli/**/*.[ch])
inside='^[[:space:]]*#[[:space:]]*include[[:space:]]*["<](\.\./)*(src/)?(base|image|infer|face|clnf|stage|exec)/'

# The program may use only the clock, process, core and memory functions of the library's internals.
if ((${#cli[@]})); then
    found=$(grep -nHE "$inside" -- "${cli[@]}" | grep -vE '"base/(clock|child|cores|mem|shared)\.h"')
    if [[ $found ]]; then
        printf 'cli may include only base/clock.h, child.h, cores.h, mem.h and shared.h from the library:\n%s\n' "$found"
        broken=1
    fi
fi
forbid 'the library does not know the program' 'include[[:space:]]*"(cli/|\.\./)' "${src[@]}"
forbid 'system headers and <mien/mien.h> only between < and >' \
    'include[[:space:]]*<(base|image|infer|face|clnf|stage|exec|cli)/' "${src[@]}" "${cli[@]}"

rest=()
others src/infer/ort*.[ch] -- "${src[@]}" "${cli[@]}"
forbid 'ONNX Runtime stays behind src/infer/ort*' \
    '\bOrt[A-Z][A-Za-z]*\b|\bmn_ort[._]|"infer/ort' "${rest[@]}"

# The libraries for cameras (libavdevice) and for the window (SDL) are loaded only when they are needed.
rest=()
others src/infer/ort_api.c cli/source/ffmpeg/device.c cli/sink/display.c cli/sink/lsl.c src/base/child.c -- "${src[@]}" "${cli[@]}" # child.c: dladdr
forbid 'only src/infer/ort_api.c, cli/source/ffmpeg/device.c, cli/sink/display.c and cli/sink/lsl.c load libraries' \
    '\bdl(open|sym|close)\b|<dlfcn\.h>' "${rest[@]}"

rest=()
others cli/source/ffmpeg/*.[ch] cli/sink/video.c cli/sink/ws_frame.c cli/web/jpeg.c -- "${src[@]}" "${cli[@]}"
forbid 'FFmpeg stays behind cli/source/ffmpeg/, cli/sink/video.c, cli/sink/ws_frame.c and cli/web/jpeg.c' '<lib(av|sw)[a-z]*/' "${rest[@]}"

# The decoder includes neither the sources above it nor the files of the decoder process. In the folder
# of the decoder process, only the child decodes.
only cli/source/ffmpeg base/clock.h io/msg.h source/facts.h source/kind.h source/ffmpeg/
rest=()
others cli/source/isolated/child.c -- cli/source/isolated/*.[ch]
((${#rest[@]})) && forbid 'only cli/source/isolated/child.c decodes' 'include[[:space:]]*"source/ffmpeg/' "${rest[@]}"

rest=()
others cli/sink/lsl.c -- "${src[@]}" "${cli[@]}"
forbid 'liblsl stays behind cli/sink/lsl.c' '\blsl_[a-z]' "${rest[@]}"

rest=()
others cli/web/server.c -- "${src[@]}" "${cli[@]}"
forbid 'libmicrohttpd stays behind cli/web/server.c' '<microhttpd' "${rest[@]}"

rest=()
others cli/models/http.c -- "${src[@]}" "${cli[@]}"
forbid 'curl stays behind cli/models/http.c' '<curl/' "${rest[@]}"

rest=()
others cli/sink/display.c -- "${src[@]}" "${cli[@]}"
forbid 'SDL stays behind cli/sink/display.c' '[<"](SDL2?/)?SDL[a-z_]*\.h[>"]' "${rest[@]}"
optparse=(cli/optparse.[ch])
if ((${#optparse[@]})); then
    found=$(grep -nHE 'include[[:space:]]*"' -- "${optparse[@]}" | grep -v '"optparse\.h"')
    if [[ $found ]]; then
        printf 'cli/optparse is shared with mien-synth and includes no other file of mien:\n%s\n' "$found"
        broken=1
    fi
fi

# The face renderer may use only the file functions of the library's internals, and FFmpeg in one file.
synth=(research/synth/**/*.[ch])
if ((${#synth[@]})); then
    found=$(grep -nHE "$inside" -- "${synth[@]}" | grep -v '"base/file\.h"')
    if [[ $found ]]; then
        printf 'synth may include only base/file.h from the library:\n%s\n' "$found"
        broken=1
    fi
fi
rest=()
others research/synth/ffmpeg.c -- "${synth[@]}"
forbid 'FFmpeg stays behind research/synth/ffmpeg.c' '<lib(av|sw)[a-z]*/' "${rest[@]}"

public=(include/**/*.h)
forbid 'the public headers include only public headers' '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' \
    "${public[@]}"

# Self-test: each of these lines, alone in a tree, must be reported.
if ((!broken)) && [[ -z ${LAYERS_NESTED:-} ]]; then
    copy=$(mktemp -d) || exit 2
    trap 'rm -rf "$copy"' EXIT
    while IFS='|' read -r file line; do
        rm -rf "${copy:?}"/*
        mkdir -p "$copy/$(dirname "$file")"
        printf '%s\n' "$line" >"$copy/$file"
        if LAYERS_NESTED=1 bash "$root/tests/rules/layers.sh" "$copy" >/dev/null; then
            echo "not noticed: $line in $file"
            broken=1
        fi
    done <<'RULES'
src/base/x.c|#include "image/frame.h"
src/base/x.h|#include "exec/exec.h"
src/image/x.c|#include "infer/engine.h"
src/infer/x.c|#include "image/frame.h"
src/face/x.c|#include "stage/stage.h"
src/clnf/x.c|#include "infer/engine.h"
src/face/x.c|#  include "infer/engine.h"
src/stage/x.c|#include "exec/exec.h"
src/exec/x.c|#include "infer/engine.h"
src/exec/x.c|#include "stage/gaze.h"
src/pipeline.c|#include "../cli/io/msg.h"
src/stage/deep/er/x.c|#include "exec/exec.h"
cli/x.c|#include "image/frame.h"
cli/sink/x.c|#include "base/log.h"
cli/x.c|#include "../src/stage/stage.h"
cli/io/x.c|#include "report/monitor.h"
cli/sink/x.c|#include "run/session.h"
cli/source/x.c|#include "sink/sink.h"
cli/report/x.c|#include "run/session.h"
cli/run/x.c|#include "batch/plan.h"
cli/batch/x.c|#include "models/pull.h"
cli/completion/x.c|#include "run/run.h"
cli/page/x.c|#include "run/run.h"
cli/evaluate/x.c|#include "report/sidecar.h"
src/stage/x.c|#include <base/mem.h>
src/infer/engine.c|OrtApi *api;
src/infer/models.c|#include "infer/ort_api.h"
src/infer/ort.c|void *h = dlopen(name, 0);
cli/x.c|void *h = dlopen(name, 0);
cli/run/offline.c|#include <libavcodec/avcodec.h>
src/image/x.c|#include <libswscale/swscale.h>
cli/source/ffmpeg/x.c|#include "source/source.h"
cli/source/ffmpeg/x.c|#include "source/isolated/arena.h"
cli/source/isolated/parent.c|#include "source/ffmpeg/decoder.h"
cli/models/pull.c|#include <curl/curl.h>
cli/cmd_run.c|#include <SDL.h>
cli/sink/web.c|#include <microhttpd.h>
cli/sink/web.c|double t = lsl_local_clock();
cli/web/x.c|#include "sink/sink.h"
cli/optparse.c|#include "io/msg.h"
cli/sink/video.c|#include <SDL2/SDL_video.h>
research/synth/x.c|#include "image/frame.h"
research/synth/x.c|#include <libavutil/dict.h>
include/mien/mien.h|#include "base/log.h"
RULES
    # a tree that breaks no rule must be accepted
    rm -rf "${copy:?}"/*
    mkdir -p "$copy/src/stage" "$copy/cli"
    printf '#include "face/pdm.h"\n#include <mien/mien.h>\n' >"$copy/src/stage/x.c"
    printf '#include "base/clock.h"\n#include "io/msg.h"\n' >"$copy/cli/x.c"
    if ! LAYERS_NESTED=1 bash "$root/tests/rules/layers.sh" "$copy"; then
        echo 'a correct tree was rejected'
        broken=1
    fi
fi
exit "$broken"
