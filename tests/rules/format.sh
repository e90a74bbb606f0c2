#!/usr/bin/env bash
# Every C file has the format of .clang-format. Versions of clang-format differ in details, so only the
# version below decides; without it the test is skipped.
# Usage: tests/rules/format.sh [ROOT]          cure: scripts/format.sh
set -uo pipefail
cd "${1:-$(dirname "$0")/../..}" || exit 2

version=14
tool=$(command -v "clang-format-$version" || command -v clang-format)
if [[ -z $tool ]] || ! "$tool" --version | grep -q "version $version\."; then
    echo "skip: no clang-format $version"
    exit 77
fi
mapfile -t files < <(find bench bindings cli examples fuzz include research src tests -name '*.[ch]' -o -name '*.cpp')
"$tool" --dry-run --Werror "${files[@]}"
