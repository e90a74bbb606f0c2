#!/usr/bin/env python3
"""The face mesh of rendered faces, and the features of action units there.

usage: au_mesh_points.py SET MESH.onnx SHAPE [--program AU_FEATURES]

SET: folder of `mien-synth still --same`. SHAPE: folder with the shape model and the triangulation. Writes
SET.npz (features of the pictures and of their mirror images, labels, person, which pictures are kept).
The mesh looks twice at each face, as in src/stage/mesh.c; its first square has small errors.
"""
import argparse
import os
import sys

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import au  # noqa: E402
import data  # noqa: E402

SIDE, GROWTH = 192, 1.5  # src/stage/mesh_points.c
LEFT, RIGHT = 33, 263  # corners of the eyes
ERRORS = (0.02, 0.02, 0.04, 0.03)  # of the first square: place and side (of the side), angle (rad)


class Mesh:
    def __init__(self, path):
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.net = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
        self.input = self.net.get_inputs()[0].name

    def look(self, picture, square):
        """468 x 3 points in pixels of the picture, and the logit of a face."""
        import cv2
        x, y, side, angle = square
        k, middle = side / SIDE, SIDE / 2
        c, s = np.cos(angle) * k, np.sin(angle) * k
        to = np.array([[c, -s, x - 0.5 - (c - s) * (middle - 0.5)], [s, c, y - 0.5 - (s + c) * (middle - 0.5)]])
        crop = cv2.warpAffine(picture, to, (SIDE, SIDE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        out = self.net.run(None, {self.input: np.ascontiguousarray(crop.transpose(2, 0, 1)[None], np.float32) / 255})
        points = next(v for v in out if v.size == 1404).reshape(468, 3)
        u, v = points[:, 0] - middle, points[:, 1] - middle
        return (np.stack([x + c * u - s * v - 0.5, y + s * u + c * v - 0.5, points[:, 2] * k], 1),
                float(next(v for v in out if v.size == 1).ravel()[0]))


def square_around(points, angle):
    """Centre, side and angle of the turned square around the points."""
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    along = points[:, :2] @ turn.T
    low, high = along.min(0), along.max(0)
    x, y = (low + high) / 2 @ turn
    return x + 0.5, y + 0.5, GROWTH * (high - low).max(), angle


def angle_of(a, b):
    return np.arctan2(b[1] - a[1], b[0] - a[0])


def meshes(mesh, frames, truth, rng):
    """N x 468 x 3, and N logits."""
    points, flag = np.empty((len(truth), 468, 3), np.float32), np.empty(len(truth), np.float32)
    for i, true in enumerate(truth):
        picture = np.ascontiguousarray(frames[i])
        x, y, side, angle = square_around(true, angle_of(true[36:42].mean(0), true[42:48].mean(0)))
        e = rng.standard_normal(4) * ERRORS
        found, _ = mesh.look(picture, (x + e[0] * side, y + e[1] * side, side * (1 + e[2]), angle + e[3]))
        points[i], flag[i] = mesh.look(picture, square_around(found, angle_of(found[LEFT], found[RIGHT])))
    return points, flag


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("set")
    p.add_argument("network")
    p.add_argument("shape")
    p.add_argument("--program", default="build-research/research/au_features")
    p.add_argument("--same", type=int, default=40)
    args = p.parse_args()
    s = data.RenderedSet(args.set)
    assert (s.picture == np.arange(len(s.frames))).all()  # one face per picture
    mesh, parts = Mesh(args.network), {}
    _, modes = au.numbers(os.path.join(args.shape, au.PDM))
    seen = s.landmarks68_seen.reshape(-1, 68).mean(1) > 0.8
    # faces that the program would not measure either: covered, cut off, turned away
    keep = seen & (np.abs(s.head_rad[:, 1]) < 0.9) & (s.glasses[:, 0] < 2)
    for seed, name in ((1, "plain"), (2, "mirrored")):
        truth, frames = s.landmarks68.reshape(-1, 68, 2).astype(np.float64), s.frames
        if name == "mirrored":
            truth, frames = au.mirrored(truth, frames.shape[2] - 1), au.Mirrored(frames)
        points, flag = meshes(mesh, frames, truth, np.random.default_rng(seed))
        x = au.extract(args.program, args.shape, frames, points, au.HOG + sum(modes.shape) + au.EXTRA, "mesh")
        parts[name] = x[:, :-au.EXTRA]
        parts[name + "_keep"] = keep & (flag > -1) & np.isfinite(x).all(1)
        print(f"{args.set}: {parts[name + '_keep'].sum()} of {len(keep)} pictures kept", flush=True)
    np.savez(args.set.rstrip("/") + ".npz", au=s.au, person=s.picture // args.same, **parts)


if __name__ == "__main__":
    main()
