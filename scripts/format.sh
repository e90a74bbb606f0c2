#!/usr/bin/env bash
# Formats every C file. tests/rules/format.sh checks the format.
set -euo pipefail
cd "$(dirname "$0")/.."
tool=$(command -v clang-format-14 || command -v clang-format)
find bench bindings cli examples fuzz include research src tests \( -name '*.[ch]' -o -name '*.cpp' \) -print0 |
    xargs -0 "$tool" -i
