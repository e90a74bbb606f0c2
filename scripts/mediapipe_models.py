#!/usr/bin/env python3
"""Converts MediaPipe's face detector, as its npm package contains it, to an ONNX file.

Usage: mediapipe_models.py NODE_MODULES FOLDER

NODE_MODULES holds @mediapipe/face_detection in the version that third_party/mediapipe/package-lock.json
pins. FOLDER receives the files below and the licence. Input and output are compared with the digests
below; src/infer/registry.c contains the digests of the output as well.
"""
import hashlib
import os
import shutil
import sys

from tflite_to_onnx import convert

MODELS = [  # file, package and its file, digest in, any size, digest out
    ("face_detector.onnx", "face_detection/face_detection_full_range.tflite",
     "99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3", True,
     "c1923028e8fcaeb4360c653191f5f64589e1c1388593111395f639cc6d2697b9"),
]


def digest(data):
    return hashlib.sha256(data).hexdigest()


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    packages, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    for name, path, before, any_size, after in MODELS:
        path = os.path.join(packages, "@mediapipe", path)
        with open(path, "rb") as f:
            data = f.read()
        if digest(data) != before:
            raise SystemExit(f"{path}: the digest differs from that of the supported version")
        model = convert(data, any_size)
        if digest(model) != after:
            raise SystemExit(f"{name}: the conversion gave {digest(model)} instead of {after}")
        part_file = os.path.join(folder, name + ".part")
        with open(part_file, "wb") as f:
            f.write(model)
        os.replace(part_file, os.path.join(folder, name))
    here = os.path.dirname(os.path.abspath(__file__))
    for name in ("LICENSE", "NOTICE"):
        shutil.copyfile(os.path.join(here, "..", "third_party", "mediapipe", name), os.path.join(folder, name))


if __name__ == "__main__":
    main()
