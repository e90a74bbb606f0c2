#!/usr/bin/env python3
"""98 landmarks: STAR's crop, output and decoding against an independent chain in numpy, with a small network
of STAR's interface and random weights; PFLD with 98 points on stills with known landmarks.

usage: test_landmarks98.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]

Needs Python's numpy; the stills and PFLD are in the shared folder.
"""
import glob
import math
import os
import sys
import unittest

try:
    import numpy as np
except ImportError:  # the system's Python may have it
    np = None
    if os.path.exists("/usr/bin/python3") and not os.environ.get("MIEN_NUMPY"):
        os.execve("/usr/bin/python3", ["/usr/bin/python3", *sys.argv], {**os.environ, "MIEN_NUMPY": "looked for"})

import util
from util import FOREIGN_LEAKS, MODELS, ROOT, SHARED, read_csv, run

sys.path[:0] = [os.path.join(ROOT, "tests", "reference"), os.path.join(ROOT, "scripts")]
if np:
    import pixels
    from tflite_to_onnx import Graph

HAVE_RUNTIME = "cpu" in run("--version", env=FOREIGN_LEAKS).out.splitlines()[-1] if util.MIEN else False
DEMO = os.path.join(ROOT, "examples", "demo.mp4")
PFLD = os.path.join(MODELS, "pfld_ghostone_98.onnx")
STILLS = os.path.join(SHARED, "media", "stills", "pts_68")
CHOSEN = [*range(0, 33, 2), *range(33, 38), *range(42, 47), *range(51, 60), 60, 61, 63, 64, 65, 67,
          68, 69, 71, 72, 73, 75, *range(76, 96)]


def star(weights):
    """A file with STAR's 17 outputs in the order and with the names of FaceMirror's exporter. The landmarks
    of each of four stacks come from maps of their own; the last ones count."""
    g = Graph()
    grid = np.arange(64) / 63 * 2 - 1
    places = np.stack([np.tile(grid, 64), np.repeat(grid, 64)], 1).astype(np.float32)
    outputs = []
    for stack in range(4):
        maps = g.add("Relu", [g.add("Conv", ["input_image", g.constant([98, 3, 4, 4], 1, weights[stack].tobytes())],
                                    kernel_shape=[4, 4], strides=[4, 4])])
        maps = g.add("Mul", [maps, maps])
        flat = g.add("Reshape", [maps, g.integers([-1, 98, 4096])])
        moment = g.add("MatMul", [flat, g.constant([4096, 2], 1, places.tobytes())])
        total = g.add("ReduceSum", [flat, g.integers([2])], keepdims=1)
        outputs += [(g.add("Div", [moment, total]), 98, 2), (maps, 98, 64), (maps, 9, 64)]
    outputs += [(outputs[1][0], 98, 64)] * 4 + [(outputs[9][0], 98, 2)]
    names = ["output", "heatmap", "landmarks"] + [str(i) for i in range(3, 17)]
    shapes = []
    for name, (value, count, last) in zip(names, outputs):
        if count == 9:
            value = g.add("Slice", [value, g.integers([0]), g.integers([9]), g.integers([1])])
        g.add("Identity", [value], name)
        shapes.append((name, ["batch_size", count, 64, 64] if last == 64 else ["batch_size", count, 2]))
    return g.model([("input_image", ["batch_size", 3, 256, 256])], shapes)


def star_points(weights, picture, row):
    """The same in numpy. picture: height, width, B G R."""
    x1, y1, x2, y2 = (int(v) for v in util.box(row))
    a = 256 / (min(x2 - x1, y2 - y1) / 200 * 1.05 * 200)
    matrix = np.array([[a, 0, 127.5 - a * (x1 + x2) / 2], [0, a, 127.5 - a * (y1 + y2) / 2], [0, 0, 1]], np.float32)
    crop = pixels.warp_upright(picture, matrix, 256).astype(np.float64) / 255 * 2 - 1
    blocks = crop.reshape(64, 4, 64, 4, 3)
    maps = np.maximum(np.einsum("yixjc,ocij->oyx", blocks, weights[3].astype(np.float64), optimize=True), 0) ** 2
    grid = np.arange(64) / 63 * 2 - 1
    total = maps.sum((1, 2))
    u = np.stack([(maps.sum(1) * grid).sum(1) / total, (maps.sum(2) * grid).sum(1) / total], 1)
    in_crop = ((u + 1) * 256 - 1) / 2
    return (in_crop - matrix[:2, 2]) / a


def points(row, prefix, n):
    return [(row[f"{prefix}x_{i}"], row[f"{prefix}y_{i}"]) for i in range(n)]


@unittest.skipUnless(HAVE_RUNTIME, "no ONNX Runtime")
class Landmarks98(util.Case):
    @unittest.skipUnless(np, "Python has no numpy")
    @util.needs_ffmpeg
    def test_star(self):
        weights = np.random.default_rng(98).standard_normal((4, 98, 3, 4, 4)).astype(np.float32)
        util.write("m.onnx", star(weights))
        util.ffmpeg("-i", DEMO, "-frames:v", "20", "-c:v", "png", "-pix_fmt", "rgb24", "c.mkv")
        util.ffmpeg("-i", "c.mkv", "-pix_fmt", "bgr24", "-f", "rawvideo", "c.bgr")
        results = set()
        for options in (("--exec", "sequential"), ("-j", "3"), ("--exec", "processes", "-j", "2")):
            self.succeeds("extract", "c.mkv", "-o", "o.csv", "--force", "--landmark-model", "m.onnx",
                          "--allow-unknown-models", "--analysis", "landmarks,landmarks98", *options)
            results.add(util.read("o.csv"))
        self.assertEqual(len(results), 1)
        rows = [r for r in read_csv("o.csv") if r["face_id"] >= 0]
        pictures = np.fromfile("c.bgr", np.uint8).reshape(-1, 360, 480, 3)
        self.assertGreaterEqual(len(rows), 20)
        for row in rows:
            want = star_points(weights, pictures[int(row["frame"]) - 1], row)
            self.assertLessEqual(np.abs(want - points(row, "lm98_", 98)).max(), 0.02)
            self.assertEqual([points(row, "lm98_", 98)[i] for i in CHOSEN], points(row, "", 68))
        self.assertGreater(np.ptp(points(rows[0], "lm98_", 98), 0).min(), 0.5)

    @unittest.skipUnless(os.path.exists(PFLD) and os.path.isdir(STILLS), "no PFLD or stills in the shared folder")
    def test_stills(self):
        errors = []
        for truth in sorted(glob.glob(os.path.join(STILLS, "image_00*.pts"))):
            with open(truth, encoding="utf-8") as f:
                numbers = [float(v) for v in f.read().partition("{")[2].partition("}")[0].split()]
            want = [(x - 1, y - 1) for x, y in zip(numbers[::2], numbers[1::2])]  # they count from 1
            self.succeeds("extract", truth[:-4] + ".png", "-o", "o.csv", "--force", "--landmark-model", PFLD,
                          "--analysis", "landmarks")
            scale = math.dist(want[36], want[45])
            errors.append(min(sum(map(math.dist, points(r, "", 68), want)) / 68 / scale for r in read_csv("o.csv")))
        print("PFLD with 98 points, 68 of them, % of the outer eye corners:",
              [round(100 * e, 1) for e in errors])
        self.assertGreaterEqual(len(errors), 5)
        self.assertLess(sum(errors) / len(errors), 0.042)

    def test_what_does_not_fit(self):
        own = os.path.join(ROOT, "models", "builtin", "face_landmarks.onnx")
        for words, status, options in (
                (("68 landmarks", "98"), "EMODELROLE", ("--landmark-model", own)),
                (("--landmark-model",), "EINVAL", ()),
                (("--landmark-model", "tracker"), "EINVAL", ("--landmarks", "clnf"))):
            done = run("extract", DEMO, "-o", "o.csv", "--analysis", "landmarks98", *options)
            self.fails_with(done, status, *words)

    @unittest.skipUnless(os.path.exists(PFLD), "no PFLD in the shared folder")
    def test_default(self):
        """98 landmarks belong to the default where the network is a registered one, and to nothing else."""
        for options, expected in ((("--landmark-model", PFLD), True), ((), False),
                                  (("--landmark-model", PFLD, "--columns", "openface"), False)):
            self.succeeds("extract", DEMO, "-o", "o.csv", "--force", "--max-frames", "2", *options)
            self.assertEqual("lm98_x_97" in read_csv("o.csv")[0], expected)


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
