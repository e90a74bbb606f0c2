#!/usr/bin/env bash
# Fetches photographs without people under free licences and packs them for research/training/detector.py.
# Usage: research/training/detector_backgrounds.sh DIR [python]     output: DIR/photos, DIR/stamps
# Needs apt-get (Debian 12) and pip. models/builtin/face_detector.md lists sources and licences.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=${1:?usage: research/training/detector_backgrounds.sh DIR [python]}
python=${2:-python3}
[[ $python != */* || $python == /* ]] || python=$PWD/$python
mkdir -p "$dir/debs" "$dir/x"
cd "$dir"
dir=$PWD

debs=(gnome-backgrounds mate-backgrounds plasma-workspace-wallpapers lomiri-wallpapers-16.04
    lomiri-wallpapers-20.04 ukui-wallpapers tuxpaint-stamps-default)
for d in "${debs[@]}"; do
    compgen -G "debs/${d}_*.deb" >/dev/null || (cd debs && apt-get download "$d")
    mkdir -p "x/$d"
    dpkg -x debs/"${d}"_*.deb "x/$d"
done

# The wheels are unpacked, not installed: only their sample pictures are needed.
wheels=(scikit-image==0.22.0 scikit-learn==1.5.2 scipy==1.9.3)
"$python" -m pip download -q --no-deps --only-binary=:all: --python-version 3.11 -d debs "${wheels[@]}"
mkdir -p x/wheels
for w in debs/*.whl; do
    unzip -qo "$w" 'skimage/data/*' 'sklearn/datasets/images/*' 'scipy/misc/*.dat' -d x/wheels || [[ $? == 11 ]]
done
"$python" "$here/detector_pack.py" "$dir"
