#!/usr/bin/env python3
"""The multitask network against an independent chain in numpy: crops, preparation, network, outputs.

The network has OpenFace 3.0's graph and random weights (tests/reference/mtl_network.py). The boxes are
those that mien writes. Crops are compared through a network that returns pixels of its input.

usage: test_multitask.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]

Needs clips of the shared folder and Python's numpy. MIEN_FACES=50 compares the outputs of 50 faces.
"""
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
from util import CLIPS, FOREIGN_LEAKS, ROOT, read_csv, run

sys.path[:0] = [os.path.join(ROOT, "tests", "reference"), os.path.join(ROOT, "scripts")]
if np:
    import mtl_network
    import pixels
    from tflite_to_onnx import Graph

HAVE_RUNTIME = "cpu" in run("--version", env=FOREIGN_LEAKS).out.splitlines()[-1] if util.MIEN else False
CLASSROOM = os.path.join(CLIPS, "classroom_8faces_720p.mp4")
LARGE = os.path.join(CLIPS, "hysts00_720p.mp4")  # faces of more than 224 pixels
SEED = 14
OUTPUTS = int(os.environ.get("MIEN_FACES", "10"))
EASY = ("--analysis", "mtl", "--allow-unknown-models", "--force")
EMOTIONS = ("neutral", "happy", "sad", "surprise", "fear", "disgust", "anger", "contempt")
UNITS = (1, 2, 4, 6, 9, 12, 25, 26)
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # R, G, B


def why_not():
    if not np:
        return "Python has no numpy"
    if not HAVE_RUNTIME:
        return "no ONNX Runtime"
    if not (os.path.exists(CLASSROOM) and os.path.exists(LARGE)):
        return f"no clips in {CLIPS}"
    return None


WHY_NOT = why_not()


def pixel_network(places):
    """A network whose scores and angles are the pixels at ten places (plane, row, column), as 0..1."""
    g = Graph()
    flat = g.add("Flatten", ["input_face"])
    at = [(c * 224 + y) * 224 + x for c, y, x in places]
    picked = g.add("Gather", [flat, g.integers(at)], axis=1)
    value = g.add("Add", [g.add("Mul", [picked, g.floats([10], [DEVIATION[c] for c, _, _ in places])]),
                          g.floats([10], [MEAN[c] for c, _, _ in places])])

    def part(start, end, name):
        g.add("Slice", [value, g.integers([start]), g.integers([end]), g.integers([1])], name)
    g.add("MatMul", [value, g.floats([10, 8], [0.0] * 80)], "emotion")
    part(8, 10, "gaze")
    part(0, 8, "au")
    return g.model([("input_face", [1, 3, 224, 224])], [("emotion", [1, 8]), ("gaze", [1, 2]), ("au", [1, 8])])


def crop(picture, row, margin):
    """The part of the picture (height, width, R G B) that the network sees, by the rule of the demo."""
    x1, y1, x2, y2 = (int(v) for v in util.box(row))
    dx, dy = int(margin * (x2 - x1)), int(margin * (y2 - y1))
    height, width = picture.shape[:2]
    return picture[max(0, y1 - dy):min(height, y2 + dy), max(0, x1 - dx):min(width, x2 + dx)]


def prepared(picture):
    return (((picture.astype(np.float64) / 255) - MEAN) / DEVIATION).transpose(2, 0, 1).astype(np.float32)


@unittest.skipIf(WHY_NOT, WHY_NOT or "")
@util.needs_ffmpeg
class Multitask(util.Case):
    def clip(self, source, frames, every):
        """Frames of a clip without loss, as a file for mien and as pixels."""
        util.ffmpeg("-i", source, "-vf", f"select='not(mod(n,{every}))',setpts=N/25/TB", "-r", "25", "-frames:v",
                    str(frames), "-c:v", "png", "-pix_fmt", "rgb24", "c.mkv")
        util.ffmpeg("-i", "c.mkv", "-pix_fmt", "rgb24", "-f", "rawvideo", "c.rgb")
        return np.fromfile("c.rgb", np.uint8).reshape(-1, 720, 1280, 3)

    def rows_of(self, data, *options):
        util.write("m.onnx", data)
        self.succeeds("extract", "c.mkv", "-o", "o.csv", "--mtl-model", "m.onnx", *EASY, *options)
        return [r for r in read_csv("o.csv") if r["face_id"] >= 0]

    def test_outputs(self):
        weights = mtl_network.Weights(SEED)
        network = mtl_network.model(weights)
        compared, spread = 0, []
        for source, frames, every in ((LARGE, 2, 60), (CLASSROOM, (OUTPUTS + 2) // 6, 12)):
            pictures = self.clip(source, frames, every)
            for row in self.rows_of(network):
                if compared < OUTPUTS:
                    spread.append(self.compare(weights, pictures, row))
                    compared += 1
        self.assertEqual(compared, OUTPUTS)
        # the faces have different outputs, or the comparison would say little
        print(f"{compared} faces; deviation between faces", np.round(np.std(spread, 0), 4).tolist())
        self.assertGreater(np.std(spread, 0).min(), 1e-3)

    def compare(self, weights, pictures, row):
        face = crop(pictures[int(row["frame"]) - 1], row, 0.15)
        face = pixels.pillow(face, 224, 224)
        emotion, gaze, scores = (v[0] for v in mtl_network.forward(weights, prepared(face)[None]))
        power = np.exp(emotion - emotion.max())
        want = [*(power / power.sum()), *gaze, *scores]
        have = [*(row[f"emotion_{e}"] for e in EMOTIONS), *np.radians((row["mtl_gaze_yaw"], row["mtl_gaze_pitch"])),
                *(row[f"mtl_AU{u:02d}"] for u in UNITS)]
        self.assertLessEqual(np.abs(np.subtract(have, want)).max(), 1e-4)
        yaw, pitch = gaze
        vector = (-np.cos(pitch) * np.sin(yaw), -np.sin(pitch), -np.cos(pitch) * np.cos(yaw))
        self.assertLessEqual(np.abs(np.subtract([row[f"mtl_gaze_{c}"] for c in "xyz"], vector)).max(), 1e-4)
        return want

    def test_crops(self):
        """At least 50 faces, ten places each, the first and the last pixel among them."""
        random = np.random.default_rng(3)
        faces = 0
        for source, frames, every in ((LARGE, 6, 30), (CLASSROOM, 7, 12)):
            pictures = self.clip(source, frames, every)
            for margin, resize, options in ((0.15, pixels.pillow, ()),
                                            (0, pixels.opencv, ("--mtl-crop", "exact", "--mtl-resampler", "opencv"))):
                places = [(int(c), int(y), int(x)) for c, y, x in
                          zip(random.integers(0, 3, 10), random.integers(0, 224, 10), random.integers(0, 224, 10))]
                places[0], places[1] = (0, 0, 0), (2, 223, 223)
                for row in self.rows_of(pixel_network(places), *options):
                    faces += 1
                    self.compare_pixels(resize(crop(pictures[int(row["frame"]) - 1], row, margin), 224, 224),
                                        row, places)
        self.assertGreaterEqual(faces, 2 * 50)

    def compare_pixels(self, want, row, places):
        have = [row[f"mtl_AU{u:02d}"] for u in UNITS]
        have += list(np.radians((row["mtl_gaze_yaw"], row["mtl_gaze_pitch"])))
        for value, (c, y, x) in zip(have, places):
            self.near(255 * value, int(want[y, x, c]), 1, f"frame {row['frame']}, place {c}, {y}, {x}")


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
