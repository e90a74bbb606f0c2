#!/usr/bin/env bash
# Runs the suite in up to four builds and sums up. The last line is "N passed, N failed", with
# ", N skipped" where that happened.
# Usage: scripts/test.sh [gcc|clang|asan|tsan]...
#   gcc    build/        the ordinary build, with CC where that is set
#   clang  build-clang/
#   asan   build-asan/   address and undefined behaviour sanitizers
#   tsan   build-tsan/   thread sanitizer
set -uo pipefail
cd "$(dirname "$0")/.." || exit

builds=("$@")
((${#builds[@]})) || builds=(gcc clang asan tsan)
for name in "${builds[@]}"; do
    case $name in
    gcc | clang | asan | tsan) ;;
    *)
        echo "usage: scripts/test.sh [gcc|clang|asan|tsan]..." >&2
        exit 2
        ;;
    esac
done

ort=$PWD/build-deps/lib/libonnxruntime.so.1
if [[ -z ${MIEN_ONNXRUNTIME:-} && -e $ort ]]; then
    export MIEN_ONNXRUNTIME=$ort
fi

# ",suppressions=..." when the file is there: ONNX Runtime and FFmpeg are not instrumented.
suppressions() { # FILE
    [[ ! -e tests/$1 ]] || printf ':suppressions=%s' "$PWD/tests/$1"
}

# 99 is the exit status Meson calls an error, and none of the program's own: a test that expects
# the program to fail must not take a report for that failure. What the user sets comes last and
# wins.
common=halt_on_error=1:exitcode=99
# The program handles NULL from malloc, so the sanitizer has to hand it out.
ASAN_OPTIONS=$common:allocator_may_return_null=1$(suppressions asan.supp):${ASAN_OPTIONS:-}
LSAN_OPTIONS=print_suppressions=0$(suppressions lsan.supp):${LSAN_OPTIONS:-}
UBSAN_OPTIONS=$common:print_stacktrace=1$(suppressions ubsan.supp):${UBSAN_OPTIONS:-}
TSAN_OPTIONS=$common:allocator_may_return_null=1:second_deadlock_stack=1$(suppressions tsan.supp):${TSAN_OPTIONS:-}
export ASAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS

# The sanitizers' shadow memory collides with a strongly randomised address space on some kernels;
# containers may forbid switching that off, and then it is tried as it is.
fixed_addresses=()
if setarch -R true 2>/dev/null; then
    fixed_addresses=(setarch -R)
fi

run() { # NAME DIR TIMEOUT-MULTIPLIER AT-A-TIME SUITES [meson setup options]
    local name=$1 dir=$2 slow=$3 at_a_time=$4 suites=$5
    shift 5
    echo "$name: building"
    if ! scripts/build.sh "$dir" "$@"; then
        # No log from an earlier build may stand in for this one.
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
    case $name in
    gcc) dir=build && run gcc build 1 2 '' ;;
    # tests/meson.build says what the suites are
    clang) dir=build-clang && CC=clang run clang build-clang 1 2 '--no-suite long --no-suite waiting' ;;
    # gcc brings its sanitizers along; clang's are one more package, and want b_lundef=false. Three at a time: time is
    # not measured there, and some tests mostly wait.
    asan)
        dir=build-asan && CC=gcc run asan build-asan 3 3 '--no-suite long' \
            -Dbuildtype=debugoptimized -Db_sanitize=address,undefined
        ;;
    tsan)
        dir=build-tsan && CC=gcc run tsan build-tsan 10 3 '--no-suite long --no-suite alone' \
            -Dbuildtype=debugoptimized -Db_sanitize=thread
        ;;
    esac
    logs+=("$name=$dir")
done

python3 - "${logs[@]}" <<'EOF'
import json
import sys

KEPT = 40  # lines shown of a failed test's output

counts = {"passed": 0, "failed": 0, "skipped": 0}
skips = {}  # (test, reason) -> builds
failures = []


def summary(n):
    text = f"{n['passed']} passed, {n['failed']} failed"
    return text + (f", {n['skipped']} skipped" if n["skipped"] else "")


def outcome(result):
    if result in ("OK", "EXPECTEDFAIL"):
        return "passed"
    return "skipped" if result in ("SKIP", "IGNORED") else "failed"


def name_of(test):
    return test["name"].rpartition(" / ")[2]  # without its suites


def reason(test):
    lines = (test.get("stdout") or "").splitlines() + (test.get("stderr") or "").splitlines()
    said = [line[5:].strip() for line in lines if line.startswith("skip:")]
    return said[-1] if said else "no reason given"


print()
for argument in sys.argv[1:]:
    build, _, folder = argument.partition("=")
    try:
        with open(f"{folder}/meson-logs/testlog.json", encoding="utf-8", errors="replace") as log:
            tests = [json.loads(line) for line in log]
    except FileNotFoundError:
        print(f"{build:6} did not build, or has no tests")
        counts["failed"] += 1
        continue
    here = dict.fromkeys(counts, 0)
    for test in tests:
        kind = outcome(test["result"])
        here[kind] += 1
        if kind == "skipped":
            skips.setdefault((name_of(test), reason(test)), []).append(build)
        elif kind == "failed":
            failures.append((build, test))
    for kind, n in here.items():
        counts[kind] += n
    print(f"{build:6} {summary(here)}")

if skips:
    print("\nskipped:")
for (name, why), builds in skips.items():
    print(f"  {name} ({', '.join(builds)}): {why}")

for build, test in failures:
    status = test.get("returncode")
    print(f"\nfailed: {name_of(test)} ({build}): {test['result']}, exit status {status}")
    for stream in ("stdout", "stderr"):
        for line in (test.get(stream) or "").splitlines()[-KEPT:]:
            print(f"  {line}")

print()
print(summary(counts))
sys.exit(1 if counts["failed"] or not counts["passed"] else 0)
EOF
