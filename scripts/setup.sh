#!/usr/bin/env bash
# Installs the packages that are missing to build (default) or to test. It is silent and quick when
# nothing is missing.
# Usage: scripts/setup.sh [build|test|python]      python: what `pip install .` needs, without tools that
#                                              pip brings
#        scripts/setup.sh check        installs nothing; reports what a build lacks and how to install it
set -euo pipefail
cd "$(dirname "$0")/.."

what=${1:-build}
case $what in
build | test | python | check) ;;
*)
    echo "usage: scripts/setup.sh [build|test|python|check]" >&2
    exit 2
    ;;
esac

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

ort=build-deps/lib/libonnxruntime.so.1
ort_lock=third_party/onnxruntime/package-lock.json
ort_stamp=build-deps/onnxruntime.lock # the lock file with which $ort was fetched

mediapipe=models/builtin/mediapipe # the default face networks, converted from npm packages
mediapipe_lock=third_party/mediapipe/package-lock.json

uplot=build-deps/uplot # the charts of mien report, which a build embeds
uplot_lock=third_party/uplot/package-lock.json

missing=() # Debian package names
need() {   # COMMAND PACKAGE...
    has "$1" || missing+=("${@:2}")
}

need_library() { # PKG-CONFIG-NAME PACKAGE
    { has pkg-config && pkg-config --exists "$1"; } || missing+=("$2")
}

# True if ONNX Runtime must be fetched: $MIEN_ONNXRUNTIME is not set, the system has no copy, and
# build-deps has none or one of another version.
ort_wanted() {
    if [[ -n ${MIEN_ONNXRUNTIME:-} ]]; then
        [[ -e $MIEN_ONNXRUNTIME ]] || die "MIEN_ONNXRUNTIME: no such file: $MIEN_ONNXRUNTIME"
        return 1
    fi
    if [[ -e $ort ]] && cmp -s "$ort_lock" "$ort_stamp"; then
        return 1
    fi
    if has pkg-config && pkg-config --exists libonnxruntime; then
        return 1
    fi
    # ldconfig is in /sbin, which an ordinary user's PATH may lack.
    ! PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null | grep -F libonnxruntime.so >/dev/null
}

install_missing() {
    ((${#missing[@]})) || return 0
    mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
    if ! has apt-get; then
        die "install the contents of these Debian packages, then try again: ${missing[*]}"
    fi
    local as_root=()
    if ((EUID != 0)); then
        if ! { has sudo && sudo -n true 2>/dev/null; }; then
            say "packages are missing, and this user may not install packages. As root, run:"
            echo "apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
            exit 1
        fi
        as_root=(sudo -n)
    fi
    say "installing ${missing[*]}"
    local log
    log=$(mktemp)
    if ! {
        "${as_root[@]}" apt-get -q update &&
            "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
                apt-get -q install -y --no-install-recommends "${missing[@]}"
    } </dev/null >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        die "apt-get failed"
    fi
    rm -f "$log"
}

# Runs npm in a new folder below FOLDER, so that moves are atomic and a second setup cannot interfere;
# $tmp is that folder. Install scripts are not run: that of ONNX Runtime downloads GPU libraries and does
# not verify them.
tmp=
trap '[[ -z $tmp ]] || rm -rf "$tmp"' EXIT
npm_ci() { # LOCK FOLDER
    mkdir -p "$2"
    tmp=$(mktemp -d "$PWD/$2/npm.XXXXXX")
    cp "$(dirname "$1")/package.json" "$1" "$tmp/"
    npm ci --prefix "$tmp" --ignore-scripts --no-audit --no-fund --loglevel=error \
        </dev/null >"$tmp/log" 2>&1
}

mediapipe_wanted() {
    ! cmp -s "$mediapipe_lock" "$mediapipe/.lock" || [[ ! -e $mediapipe/NOTICE ]]
}

# Without these files mien can be built and used, but not with the default models.
fetch_mediapipe() {
    say "fetching MediaPipe's face networks"
    if npm_ci "$mediapipe_lock" build-deps &&
        python3 scripts/mediapipe_models.py "$tmp/node_modules" "$mediapipe" >>"$tmp/log" 2>&1; then
        cp "$mediapipe_lock" "$mediapipe/.lock"
    else
        tail -n 5 "$tmp/log" >&2
        say "MediaPipe's face networks are missing: the default models do not work until make setup" \
            "succeeds; --models rendered works without it"
    fi
    rm -rf "$tmp"
}

uplot_wanted() {
    ! cmp -s "$uplot_lock" "$uplot/.lock"
}

# Without it mien builds, and mien report explains what is missing.
fetch_uplot() {
    say "fetching uPlot"
    mkdir -p build-deps
    if npm_ci "$uplot_lock" build-deps; then
        mkdir -p "$uplot"
        cp "$tmp"/node_modules/uplot/dist/uPlot.{iife.min.js,min.css} "$uplot/"
        cp "$uplot_lock" "$uplot/.lock"
    else
        tail -n 5 "$tmp/log" >&2
        say "uPlot is missing: mien report does not work until make setup succeeds and mien is built again"
    fi
    rm -rf "$tmp"
}

fetch_ort() {
    local platform file found
    platform=$(uname -sm)
    case $platform in
    "Linux x86_64") file=linux/x64/libonnxruntime.so.1 ;;
    "Linux aarch64") file=linux/arm64/libonnxruntime.so.1 ;;
    "Darwin arm64") file=darwin/arm64/libonnxruntime.1.dylib ;;
    *) die "no ONNX Runtime to fetch for $platform: set MIEN_ONNXRUNTIME to the library's path" ;;
    esac

    say "fetching ONNX Runtime"
    mkdir -p build-deps/lib
    if ! npm_ci "$ort_lock" build-deps; then
        tail -n 20 "$tmp/log" >&2
        die "npm could not fetch ONNX Runtime; set MIEN_ONNXRUNTIME to use another copy"
    fi
    found=("$tmp"/node_modules/onnxruntime-node/bin/napi-v*/"$file")
    [[ -e ${found[0]} ]] || die "the ONNX Runtime package lacks $file"
    cp -L "${found[0]}" "$tmp/lib"
    chmod 644 "$tmp/lib"
    mv -f "$tmp/lib" "$ort"
    cp -L "$ort_lock" "$tmp/stamp"
    mv -f "$tmp/stamp" "$ort_stamp"
    rm -rf "$tmp"
}

# If CC is set, that compiler must be installed already. Debian's gcc only recommends the headers of the
# C library, so they are listed.
if [[ -z ${CC:-} ]]; then
    need cc gcc libc6-dev
fi
if [[ $what != python ]]; then # pip brings them
    need make make
    need meson meson
    need ninja ninja-build
fi
need pkg-config pkg-config
for lib in avcodec avdevice avfilter avformat avutil swscale; do
    need_library "lib$lib" "lib$lib-dev"
done
need_library libcurl libcurl4-openssl-dev
[[ $what == python ]] || need_library sdl2 libsdl2-dev
[[ $what == python ]] || need_library libmicrohttpd libmicrohttpd-dev
# Downloads over https need the certificates. Only Debian's location is known, so only Debian is checked.
if has apt-get && [[ ! -e /etc/ssl/certs/ca-certificates.crt ]]; then
    missing+=(ca-certificates)
fi
if [[ $what == test ]]; then
    need gcc gcc
    need clang clang
    need ffmpeg ffmpeg
    need clang-format clang-format
    need dpkg-buildpackage dpkg-dev
    need dh debhelper
    need mandoc mandoc
    need Xvfb xvfb
    need chromium chromium
    need xdotool xdotool
    need python3 python3
    python3 -c 'import numpy' 2>/dev/null || missing+=(python3-numpy) # substitute weights
    python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
fi
fetch=false
if [[ $what != python ]] && ort_wanted; then
    fetch=true
    [[ $what == check ]] || need npm npm
fi
if [[ $what != check ]] && { mediapipe_wanted || uplot_wanted; }; then
    need npm npm
    need python3 python3
fi

if [[ $what == check ]]; then
    if ((${#missing[@]})); then
        say "a build needs these packages: ${missing[*]}"
        say "run make setup to install them"
        exit 1
    fi
    ! $fetch || say "ONNX Runtime is missing: mien builds, but cannot run networks; run make setup"
    ! mediapipe_wanted || say "MediaPipe's face networks are missing: the default models do not work;" \
        "run make setup, or use --models rendered"
    ! uplot_wanted || say "uPlot is missing: mien report does not work; run make setup"
    exit 0
fi
install_missing
if $fetch; then
    fetch_ort
fi
if mediapipe_wanted; then
    fetch_mediapipe
fi
if uplot_wanted; then
    fetch_uplot
fi
if [[ $what == test ]]; then
    scripts/python_env.sh || true # their tests are skipped without it
fi
