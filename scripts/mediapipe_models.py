#!/usr/bin/env python3
"""Converts MediaPipe's face detector and face mesh, as their npm packages contain them, to ONNX files.

Usage: mediapipe_models.py NODE_MODULES FOLDER

NODE_MODULES holds @mediapipe/face_detection and @mediapipe/face_mesh in the versions that
third_party/mediapipe/package-lock.json pins. FOLDER receives the files below and the licence. Input and
output are compared with the digests below; src/infer/registry.c contains the digests of the output as
well.
"""
import hashlib
import os
import shutil
import sys

from tflite_to_onnx import convert

MODELS = [  # file, package and its file, part of that file, digest of the part, any size, digest out
    ("face_detector.onnx", "face_detection/face_detection_full_range.tflite", slice(None),
     "99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3", True,
     "c1923028e8fcaeb4360c653191f5f64589e1c1388593111395f639cc6d2697b9"),
    ("face_mesh.onnx", "face_mesh/face_mesh_solution_packed_assets.data", slice(2495952, 3737848),
     "c603fa6149219a3e9487dc9abd7a0c24474c77263273d24868378cdf40aa26d1", False,
     "b8fc7603486fafb282a3e36d548f0a237194b5038fb5f25a27cf3c26d5d1ab57"),
]


def digest(data):
    return hashlib.sha256(data).hexdigest()


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    packages, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    for name, path, part, before, any_size, after in MODELS:
        path = os.path.join(packages, "@mediapipe", path)
        with open(path, "rb") as f:
            data = f.read()[part]
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
