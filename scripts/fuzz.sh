#!/usr/bin/env bash
# Runs the libFuzzer programs with clang, and reports executions, edges, findings and the line coverage
# of the parsers' files. A finding is a file in build-fuzz/found/TARGET; its report is in
# build-fuzz/found/TARGET.log. The corpora stay in build-fuzz/corpus, so a later run continues.
# Usage: scripts/fuzz.sh [-t SECONDS] [TARGET]...      -t: for each target (60); no TARGET: all
# Exit status: 1 if there was a finding.
set -euo pipefail
cd "$(dirname "$0")/.."

# The file or files that each target tests, and the longest input in bytes.
declare -A files=(
    [au_files]=src/face/au_models.c
    [cpu_max]=src/base/cores.c # one of its functions
    [decoder]=cli/source/isolated/protocol.c
    [http]=cli/models/http.c
    [ledger]='cli/batch/ledger.c cli/batch/status.c' # the first also writes
    [labels]='cli/evaluate/label_format.c cli/evaluate/label_units.c cli/evaluate/label_pictures.c cli/evaluate/label_table.c cli/evaluate/labels.c'
    [compare]='cli/table/face_lines.c cli/evaluate/compare.c cli/evaluate/frame_rows.c cli/evaluate/tolerance.c'
    [table]='cli/table/table.c cli/table/measures.c cli/events/events.c'
    [landmarks]=cli/run/external_landmarks.c
    [models]='src/clnf/experts.c src/clnf/model.c src/clnf/validator.c src/face/dat.c'
    [mtcnn]=src/clnf/net.c
    [onnx]=src/infer/onnx.c
    [options]='cli/optparse.c cli/options.c cli/option_types.c'
    [pdm]=src/face/pdm.c
    [resample]=src/image/resample.c
    [retinaface]=src/stage/retinaface.c
    [settings]=src/settings.c
    [sidecar]=cli/report/sidecar.c # its second part; the first one writes
    [synth]=research/synth/parse.c
    [websocket]=cli/sink/ws_frame.c
    [wire]=src/exec/wire.c
    [worker]=src/exec/wire.c
)
declare -A longest=([landmarks]=4000 [mtcnn]=40000 [retinaface]=4000)

usage() {
    echo "usage: scripts/fuzz.sh [-t SECONDS] [$(tr ' ' '|' <<<"${!files[*]}")]..." >&2
    exit 2
}

seconds=60
while getopts t: option; do
    [[ $option == t && $OPTARG =~ ^[1-9][0-9]*$ ]] || usage
    seconds=$OPTARG
done
shift $((OPTIND - 1))
targets=("$@")
((${#targets[@]})) || mapfile -t targets < <(printf '%s\n' "${!files[@]}" | sort)
for t in "${targets[@]}"; do
    [[ -n ${files[$t]:-} ]] || usage
done

export CC=clang
if ! printf 'int main(void) { return 0; }' |
    clang -fsanitize=address -x c - -o /dev/null 2>/dev/null; then
    echo "fuzz: clang and its sanitizers are needed: Debian's clang and libclang-rt-14-dev" >&2
    exit 2
fi
scripts/build.sh build-fuzz -Dfuzz=true -Dresearch=true -Dbuildtype=debugoptimized \
    -Db_sanitize=address,undefined -Db_lundef=false >&2
coverage=
if command -v llvm-profdata llvm-cov >/dev/null; then
    coverage=yes
    scripts/build.sh build-cov -Dresearch=true -Dbuildtype=debug -Db_lundef=false \
        -Dc_args='-fprofile-instr-generate -fcoverage-mapping' \
        -Dc_link_args='-fprofile-instr-generate' >&2
fi

export ASAN_OPTIONS=allocator_may_return_null=1 # the library handles NULL from malloc
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
found=$PWD/build-fuzz/found
corpora=$PWD/build-fuzz/corpus

run() { # TARGET
    local corpus=$corpora/$1 kept=fuzz/corpus/$1 options=()
    mkdir -p "$corpus" "$found/$1"
    build-fuzz/fuzz/replay_"$1" --write "$corpus"
    [[ ! -d $kept ]] || cp "$kept"/* "$corpus"
    [[ ! -e fuzz/$1.dict ]] || options+=(-dict="fuzz/$1.dict")
    build-fuzz/fuzz/fuzz_"$1" -max_total_time="$seconds" -max_len="${longest[$1]:-500}" -timeout=20 \
        -rss_limit_mb=1500 -malloc_limit_mb=1000 -print_final_stats=1 "${options[@]}" \
        -artifact_prefix="$found/$1/" "$corpus" >"$found/$1.log" 2>&1
}

# "onnx.c 100.00%" for each of the target's files, from its corpus and the rounds of the replay.
cover() { # TARGET
    local program=build-cov/fuzz/replay_$1 data=build-cov/$1.profdata
    LLVM_PROFILE_FILE=$PWD/build-cov/$1.profraw "$program" --corpus "$corpora/$1" >/dev/null 2>&1 || true
    llvm-profdata merge -o "$data" "build-cov/$1.profraw"
    llvm-cov report "$program" -instr-profile="$data" | awk -v wanted=" ${files[$1]} " '
        { n = $1; sub(/.*\//, "", n) }
        n ~ /\.c$/ && index(wanted, "/" n " ") { printf "%s%s %s", sep, n, $10; sep = "  " }'
}

status=0
printf '%-11s %12s %7s %9s  %s\n' target executions edges findings 'lines covered'
for t in "${targets[@]}"; do
    rc=0
    run "$t" || rc=$?
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$found/$t.log")
    edges=$(grep -aoE 'cov: [0-9]+' "$found/$t.log" | tail -1 | cut -c6-)
    findings=$(find "$found/$t" -type f | wc -l)
    printf '%-11s %12s %7s %9s  %s\n' "$t" "${executions:-?}" "${edges:-?}" "$findings" \
        "${coverage:+$(cover "$t")}"
    ((rc == 0 && findings == 0)) || status=1
done
exit $status
