"""The multitask network in the program: its options, what it writes, and files that are no such network.

The networks are small ones that this test writes: their outputs are pixels of their input.

usage: test_mtl.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]
"""
import os
import shutil
import struct
import sys
import unittest

import util
from util import FOREIGN_LEAKS, ROOT, read_csv, run, write

sys.path.insert(0, os.path.join(ROOT, "scripts"))
from tflite_to_onnx import Graph  # noqa: E402

HAVE_RUNTIME = "cpu" in run("--version", env=FOREIGN_LEAKS).out.splitlines()[-1] if util.MIEN else False
WHOLE = os.path.join(ROOT, "examples", "demo.mp4")
EMOTIONS = ["neutral", "happy", "sad", "surprise", "fear", "disgust", "anger", "contempt"]
UNITS = [1, 2, 4, 6, 9, 12, 25, 26]
COLUMNS = ([f"emotion_{e}" for e in EMOTIONS] + ["mtl_gaze_yaw", "mtl_gaze_pitch", "mtl_gaze_x",
                                                "mtl_gaze_y", "mtl_gaze_z"] +
           [f"mtl_AU{u:02d}" for u in UNITS])
NAMES = ("emotion_output", "gaze_output", "au_output")
EASY = ("--detector", "builtin-detector", "--analysis", "mtl", "--allow-unknown-models")


def network(names=NAMES, order=(0, 1, 2), batch=1, nan=False, side=224, scores=True):
    """A file with the three heads, each a mean of colours times a matrix."""
    g = Graph()
    mean = g.add("Flatten", [g.add("GlobalAveragePool", ["input_face"])])

    def head(width, bias):
        weights = [float("nan") if nan and i == 0 else 0.3 * ((i * 7) % 11 - 5) for i in range(3 * width)]
        return g.add("Add", [g.add("MatMul", [mean, g.floats([3, width], weights)]),
                             g.floats([width], [bias * (i - 3) for i in range(width)])])
    heads = [head(8, 0.5), head(2, 0.05), head(8, 0.4)]
    if scores:
        heads[2] = g.add("Sigmoid", [heads[2]])
    for value, name in zip(heads, names):
        g.add("Identity", [value], name)
    widths = (8, 2, 8)
    return g.model([("input_face", [batch, 3, side, side])], [(names[i], [batch, widths[i]]) for i in order])


DEMO = "clip.mp4"


@unittest.skipUnless(HAVE_RUNTIME, "no ONNX Runtime")
@util.needs_ffmpeg
class Mtl(util.Case):
    def setUp(self):
        super().setUp()
        util.ffmpeg("-i", WHOLE, "-c", "copy", "-an", "-frames:v", "25", DEMO)

    def extract(self, *options, model="m.onnx", clip=DEMO, **more):
        return run("extract", clip, "-o", "o.csv", "--mtl-model", model, *EASY, *options, **more)

    def rows_of(self, *options, **more):
        done = self.extract("--force", *options, **more)
        self.assertEqual((done.status, done.stderr), (0, ""), done)
        return read_csv("o.csv")

    def test_columns(self):
        write("m.onnx", network())
        rows = self.rows_of()
        self.assertGreaterEqual(len(rows), 25)
        names = [c for c in rows[0] if c in COLUMNS]
        self.assertEqual(names, COLUMNS)
        self.assertNotIn("gaze_yaw", rows[0])
        for r in rows:
            self.near(sum(r[f"emotion_{e}"] for e in EMOTIONS), 1, 5e-5)
            self.assertTrue(all(0 <= r[f"mtl_AU{u:02d}"] <= 1 for u in UNITS))
            self.near(sum(r[f"mtl_gaze_{c}"] ** 2 for c in "xyz"), 1, 1e-5)
        self.assertGreater(len({r["mtl_AU01"] for r in rows}), 5)

    def test_default_analysis(self):
        """A file that is named is used; without one, "all" leaves the network out."""
        write("m.onnx", network())
        done = run("extract", DEMO, "-o", "o.csv", "--mtl-model", "m.onnx", "--allow-unknown-models",
                   "--models", "rendered")
        self.assertEqual(done.status, 0, done)
        self.assertTrue(set(COLUMNS) <= set(read_csv("o.csv")[0]))
        for analysis in (), ("--analysis", "all"):
            done = run("extract", DEMO, "-o", "o.csv", "--models", "rendered", "--force", *analysis)
            self.assertEqual(done.status, 0, done)
            self.assertFalse(set(COLUMNS) & set(read_csv("o.csv")[0]))

    def test_both_exporters(self):
        """Names, and a batch that is fixed or free, make no difference."""
        write("m.onnx", network())
        self.rows_of()
        want = util.read("o.csv")
        for more in ({"names": ("emotion", "gaze", "au")}, {"names": ("a", "b", "c")}, {"batch": "batch_size"}):
            write("m.onnx", network(**more))
            self.rows_of()
            self.assertEqual(util.read("o.csv"), want, more)

    def test_facemirror(self):
        """FaceMirror's table, with OpenFace 3.0's units, and with FaceMirror's own mistake under its own name."""
        write("m.onnx", network())
        want = self.rows_of()
        columns = [1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 16, 17, 20, 23, 25, 26, 45]
        for name, units in ("facemirror", UNITS), ("facemirror-wrong-order", [1, 2, 4, 6, 12, 15, 20, 25]):
            self.assertEqual(self.extract("--force", "--format", name).stderr, "")
            lines = util.read("o.csv").decode().split("\r\n")
            header = lines[0].split(",")
            self.assertEqual(header, ["frame", "face_id", "timestamp", "confidence", "success"] +
                             [f"AU{u:02d}_{k}" for k in "rc" for u in columns])
            self.assertEqual((len(header), len(lines)), (41, len(want) + 2))
            for line, r in zip(lines[1:], want):
                row = dict(zip(header, line.split(","), strict=True))
                self.assertEqual((int(row["frame"]), int(row["face_id"])), (r["frame"] - 1, max(r["face_id"], 0)))
                for column in columns:
                    self.assertEqual(row[f"AU{column:02d}_c"], "nan")
                    value = row[f"AU{column:02d}_r"]
                    if column in units and r["face_id"] >= 0:
                        self.near(float(value), r[f"mtl_AU{UNITS[units.index(column)]:02d}"], 1e-4)
                    else:
                        self.assertEqual(value, "nan")
        self.fails_with(run("extract", DEMO, "-o", "p.csv", "--models", "rendered", "--format", "facemirror"), "EINVAL", "--mtl-model")

    def test_executors(self):
        write("m.onnx", network())
        self.rows_of("--exec", "sequential")
        want = util.read("o.csv")
        for how in (("threads", "-j", "3"), ("processes", "-j", "2")):
            self.rows_of("MIEN_TEST=jitter=2000", "--exec", *how)
            self.assertEqual(util.read("o.csv"), want, how)

    def test_live(self):
        write("m.onnx", network())
        done = run("run", "--source", DEMO, "--csv", "o.csv", "--mtl-model", "m.onnx", *EASY)
        self.assertEqual(done.status, 0, done)
        self.assertTrue(set(COLUMNS) <= set(read_csv("o.csv")[0]))

    def test_sidecar(self):
        write("m.onnx", network())
        self.rows_of("--mtl-crop", "exact", "--mtl-resampler", "opencv")
        sidecar = util.read_json("o.csv.meta.json")
        used = {m["role"]: m for m in sidecar["models"]}["mtl"]
        self.assertEqual(used["name"], "unregistered")
        self.assertEqual(sidecar["options"]["mtl_crop"], "exact")
        self.assertEqual(sidecar["options"]["mtl_resampler"], "opencv")

    def test_damaged_files(self):
        good = network()
        cases = (
            ("EMODELROLE", network(order=(2, 1, 0)), "au_output, gaze_output and emotion_output"),
            ("EMODELROLE", network(order=(0, 2, 1)), "8 emotions"),
            ("EMODELROLE", network(names=("a", "b", "c"), scores=False), "0 to 1"),
            ("EMODELROLE", network(side=112), "input"),
            ("EBADMODEL", network(nan=True), "weights are damaged"),
            ("EBADMODEL", good[:len(good) // 2], "cannot read it"),
            ("EBADMODEL", b"no network at all", "cannot read it"),
        )
        for status, data, words in cases:
            write("m.onnx", data)
            before = self.here()
            for executor in "sequential", "processes":
                self.fails_with(self.extract("--exec", executor), status, "m.onnx", words)
                self.assertEqual(self.here(), before)
        write("m.onnx", b"")
        self.fails_with(self.extract(), "EBADMODEL", "m.onnx", "empty")
        os.remove("m.onnx")
        self.fails_with(self.extract(), "ENOMODEL", "m.onnx")

    def test_other_networks(self):
        builtin = os.path.join(ROOT, "models", "builtin", "face_gaze.onnx")
        self.fails_with(self.extract(model=builtin), "EMODELROLE", "face_gaze.onnx")
        shutil.copy(builtin, "m.onnx")
        with open("m.onnx", "ab") as f:
            f.write(struct.pack("<BB", 0x10, 0x00))  # an unknown version: another digest
        self.fails_with(self.extract(), "EMODELROLE", "m.onnx")

    def test_without_consent(self):
        write("m.onnx", network())
        done = run("extract", DEMO, "-o", "o.csv", "--mtl-model", "m.onnx", "--analysis", "mtl")
        self.fails_with(done, "EUNKNOWNMODEL", "m.onnx", "--allow-unknown-models")
        done = run("extract", DEMO, "-o", "o.csv", "--analysis", "mtl")
        self.fails_with(done, "EINVAL", "--mtl-model")


class Stub(util.Case):
    def test_stub(self):
        util.y4m("a.y4m", util.crowd(12))
        outputs = set()
        for executor in ("sequential",), ("threads", "-j", "4"), ("processes", "-j", "2"):
            done = self.succeeds("extract", "a.y4m", "-o", "-", "--provider", "stub", "--analysis", "mtl,gaze",
                                 "--exec", *executor)
            outputs.add(done.out)
        self.assertEqual(len(outputs), 1)
        self.assertTrue(set(COLUMNS) <= set(read_csv(outputs.pop())[0]))


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
