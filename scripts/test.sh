#!/usr/bin/env bash
# Runs the tests in up to five builds and prints totals. The last line is
# "N passed, N failed[, N skipped]".
# Usage: scripts/test.sh [BUILD]...     without BUILD: all of these
#   gcc      build/          the ordinary build (compiler: CC if it is set): every test
#   minimal  build-minimal/  every optional feature off, warnings are errors
#   clang    build-clang/    clang and the research programs, warnings are errors
#   asan     build-asan/     address and undefined behaviour sanitizers
#   tsan     build-tsan/     thread sanitizer
#   apart    build/          batches in a Slurm of its own, packages, containers: while other builds are tested
set -uo pipefail
cd "$(dirname "$0")/.." || exit

builds=("$@")
((${#builds[@]})) || builds=(gcc apart minimal clang asan tsan)
for name in "${builds[@]}"; do
    case $name in
    gcc | apart | minimal | clang | asan | tsan) ;;
    *)
        echo "usage: scripts/test.sh [gcc|apart|minimal|clang|asan|tsan]..." >&2
        exit 2
        ;;
    esac
done

ort=$PWD/build-deps/lib/libonnxruntime.so.1
if [[ -z ${MIEN_ONNXRUNTIME:-} && -e $ort ]]; then
    export MIEN_ONNXRUNTIME=$ort
fi

# Prints ":suppressions=..." if the file exists. ONNX Runtime and FFmpeg are not instrumented, so some
# reports about them are suppressed.
suppressions() { # FILE
    [[ ! -e tests/support/$1 ]] || printf ':suppressions=%s' "$PWD/tests/support/$1"
}

# A sanitizer's report ends a program with 99. Meson counts this status as an error, and mien never uses
# it, so a test that expects a failure of mien cannot confuse the two. The user's own options come last
# and take precedence.
common=halt_on_error=1:exitcode=99
# The program handles NULL from malloc, so the sanitizer must return NULL and not abort.
ASAN_OPTIONS=$common:allocator_may_return_null=1$(suppressions asan.supp):${ASAN_OPTIONS:-}
LSAN_OPTIONS=print_suppressions=0$(suppressions lsan.supp):${LSAN_OPTIONS:-}
UBSAN_OPTIONS=$common:print_stacktrace=1$(suppressions ubsan.supp):${UBSAN_OPTIONS:-}
TSAN_OPTIONS=$common:allocator_may_return_null=1:second_deadlock_stack=1$(suppressions tsan.supp):${TSAN_OPTIONS:-}
export ASAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS

# On some kernels the shadow memory of the sanitizers collides with a strongly randomised address space.
# If the container forbids switching the randomisation off, the tests run with it.
fixed_addresses=()
if setarch -R true 2>/dev/null; then
    fixed_addresses=(setarch -R)
fi

run() { # NAME DIR TIMEOUT-MULTIPLIER AT-A-TIME SUITES [meson setup options]
    local name=$1 dir=$2 slow=$3 at_a_time=$4 suites=$5
    shift 5
    echo "$name: building"
    if ! scripts/build.sh "$dir" "$@"; then
        # The log of an earlier build must not be counted for this one.
        rm -f "$dir/meson-logs/testlog.json"
        return
    fi
    rm -f "$dir/meson-logs/testlog.json"
    echo "$name: testing"
    local wrap=()
    [[ $name != [at]san ]] || wrap=("${fixed_addresses[@]}")
    # shellcheck disable=SC2086 # several words or none
    "${wrap[@]}" meson test -C "$dir" --no-rebuild --num-processes "$at_a_time" \
        --timeout-multiplier "$slow" $suites </dev/null >"$dir/test-output.txt" 2>&1
}

logs=()
for name in "${builds[@]}"; do
    dir=build-$name
    # tests/meson.build explains the suites. With sanitizers three tests run at a time: no test measures
    # time in these builds, and some mostly wait.
    case $name in
    gcc) dir=build && run gcc build 1 2 '--no-suite apart' ;;
    apart)
        dir=build/meson-logs/apart.json
        rm -f "$dir"
        # Slurm mostly waits, so these tests run beside the other builds, one at a time.
        meson test -C build --no-rebuild --num-processes 1 --suite apart --logbase apart \
            </dev/null >build/apart-output.txt 2>&1 &
        ;;
    minimal)
        CC=gcc run minimal build-minimal 1 2 '--suite minimal' -Dauto_features=disabled -Dwerror=true
        ;;
    clang)
        CC=clang run clang build-clang 1 2 '--no-suite long --no-suite waiting' -Dresearch=true \
            -Dwerror=true
        ;;
    # gcc includes its sanitizers; those of clang need another package and b_lundef=false
    asan)
        CC=gcc run asan build-asan 3 3 '--no-suite long' -Dbuildtype=debugoptimized \
            -Db_sanitize=address,undefined
        ;;
    tsan)
        CC=gcc run tsan build-tsan 10 3 '--no-suite long --no-suite alone' \
            -Dbuildtype=debugoptimized -Db_sanitize=thread
        ;;
    esac
    logs+=("$name=$dir")
done

wait
scripts/test_summary.py "${logs[@]}"
