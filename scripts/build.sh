#!/usr/bin/env bash
# Configures a build directory if necessary, then compiles. It is quick when nothing has changed.
# Usage: scripts/build.sh build|build-NAME [meson setup options]      CC is honoured.
set -euo pipefail
cd "$(dirname "$0")/.."

dir=${1:-}
case $dir in
build-deps | */*) dir= ;;
build | build-?*) ;;
*) dir= ;;
esac
if [[ -z $dir ]]; then
    echo "usage: scripts/build.sh build|build-NAME [meson setup options]" >&2
    exit 2
fi
shift

# This file records the source folder, compiler and options of the directory's configuration. If they
# differ (a copied tree, another compiler, other options), the directory is deleted and configured
# again. A directory without the file was configured by hand and is kept.
want="$PWD|${CC:-}|$*"
stamp=$dir/.configured
if [[ -e $stamp && $(<"$stamp") != "$want" ]]; then
    rm -rf "$dir"
fi
if [[ ! -e $dir/build.ninja ]]; then
    rm -rf "$dir" # remains of an interrupted configuration
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    if ! meson setup "$dir" "$@" </dev/null >"$log" 2>&1; then
        cat "$log" >&2
        rm -rf "$dir"
        exit 1
    fi
    printf '%s\n' "$want" >"$stamp"
fi
ninja -C "$dir" --quiet
