#!/usr/bin/env python3
"""mien extract --landmarks ceclm --columns openface against OpenFace 2.2's default model, CE-CLM.

The weights of that model are not in the shared folder. The reference was made with substitute weights,
which a tool of the shared folder makes again here, so the same numbers must follow. With the genuine
weights in the folder $MIEN_CEN, a published table is compared as well.

usage: test_ceclm.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]

Needs the models, clips and golden tables of the shared folder, and Python's numpy for the tool.
"""
import atexit
import csv
import gzip
import hashlib
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import unittest

import util
from util import SHARED, SLOW

GOLDEN = os.path.join(SHARED, "golden", "ceclm")
EDGE = os.path.join(SHARED, "golden", "clnf", "edge")
PAIRS = os.path.join(SHARED, "media", "openface_pairs")
MODEL = os.path.join(util.MODELS, "openface22", "model")
UNITS = os.path.join(util.MODELS, "openface22", "AU_predictors")
TOOL = os.path.join(SHARED, "tools", "make_substitute_cen.py")
SUBJECT = os.path.join(PAIRS, "subj01_timepoint01.mp4")
FILES = tuple(f"cen_patches_{scale}_of.dat" for scale in ("0.25", "0.35", "0.50", "1.00"))
GENUINE = {
    FILES[0]: "99d3df9888115428075de7b8f1bc86176881de640c2fdf47e2ab0cee556661bf",
    FILES[1]: "1070bff51b077ee6a18ce8e1ebbc6f568e1a7a469f6911a8263413878b3df469",
    FILES[2]: "3f08124067e326e83e3261a55c79493e745b01138c9c1b59713dd9b17424168e",
    FILES[3]: "bed961bbfa2cc41a709d44c1d1d8a92b2537bc46f2fd6ab430c137fedd0e21b0",
}

# clip, golden table, options, largest mean distance of landmarks in pixels. In pyfeat rounding decides
# between two courses that are 4 px apart for 40 frames; the original's own builds differ there, too.
CLIPS = (
    (SUBJECT, "subj01_timepoint01", (), 0.1),
    (os.path.join(PAIRS, "default.wmv"), "default", (), 0.1),
    (os.path.join(util.CLIPS, "pyfeat_single_472f_360p.mp4"), "pyfeat_single_472f_360p", (), 0.3),
    (os.path.join(util.CLIPS, "hysts00_720p.mp4"), "hysts00_720p", (), 0.1),
    (SUBJECT, "subj01_timepoint01_wild", ("--wild",), 0.1),
)
# Rows in which `success` differs: the face is half outside the picture, and the last bit of a map decides.
UNSTABLE = {"edge/border": [88]}
FIT = ("--analysis", "landmarks,pose,shape")
ALL = ("--analysis", "landmarks,pose,shape,au")


def python_with_numpy():
    """The Python that runs this test, or the one of the system; None: neither has numpy."""
    for python in sys.executable, "/usr/bin/python3":
        if subprocess.run([python, "-c", "import numpy"], capture_output=True, check=False).returncode == 0:
            return python
    return None


NUMPY = python_with_numpy()


def why_not():
    if len(sys.argv) < 2 or not (os.path.isdir(GOLDEN) and os.path.isdir(MODEL)):
        return f"no OpenFace models or golden tables in {SHARED}"
    if not NUMPY:
        return "Python has no numpy, which makes the substitute weights"
    return None


WHY_NOT = why_not()


def model_folder(folder, weights, early=None):
    """A models folder with these weights and, if it is given, another file for early termination."""
    model = os.path.join(folder, "openface22", "model")
    os.makedirs(model)
    os.symlink(UNITS, os.path.join(folder, "openface22", "AU_predictors"))
    for name in os.listdir(MODEL):
        if name not in ("patch_experts", "early_term_cen_of.txt"):
            os.symlink(os.path.join(MODEL, name), os.path.join(model, name))
    os.symlink(early or os.path.join(MODEL, "early_term_cen_of.txt"),
               os.path.join(model, "early_term_cen_of.txt"))
    os.mkdir(os.path.join(model, "patch_experts"))
    for source in (os.path.join(MODEL, "patch_experts"), weights):
        for name in os.listdir(source):
            os.symlink(os.path.join(source, name), os.path.join(model, "patch_experts", name))
    return folder


def substitutes():
    folder = tempfile.mkdtemp(prefix="mien-cen-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    done = subprocess.run([NUMPY, TOOL, "--models", MODEL, "--out", folder], capture_output=True,
                          text=True, check=False)
    if done.returncode:
        sys.exit(f"{TOOL} failed: {done.stdout}{done.stderr}")
    return os.path.join(folder, "patch_experts")


WEIGHTS = None if WHY_NOT else substitutes()


def table(path):
    opened = gzip.open(path, "rt") if path.endswith(".gz") else open(path, newline="", encoding="utf-8")
    with opened as f:
        return [{k.strip(): v for k, v in row.items()} for row in csv.DictReader(f, skipinitialspace=True)]


def distance(a, b):
    return statistics.fmean(math.hypot(float(a[f"x_{k}"]) - float(b[f"x_{k}"]),
                                       float(a[f"y_{k}"]) - float(b[f"y_{k}"])) for k in range(68))


@unittest.skipIf(WHY_NOT, WHY_NOT)
class CeClm(util.Case):
    def models(self, early=None):
        name = os.path.abspath("models" if early is None else "models_" + early)
        if not os.path.isdir(name):
            model_folder(name, WEIGHTS, early and os.path.join(GOLDEN, early, "early_term_cen_of.txt"))
        return name

    def extract(self, clip, *options, out="a.csv", early=None, **more):
        self.succeeds("extract", clip, "-o", out, "--models", self.models(early), "--force", *options, **more)
        return table(out) if out.endswith(".csv") else None

    def sidecar(self, out="a.csv"):
        with open(out + ".meta.json", encoding="utf-8") as f:
            return json.load(f)

    def compare(self, clip, golden, most, *options, early=None):
        have = self.extract(clip, "--landmarks", "ceclm", "--columns", "openface", *options, early=early)
        want = table(os.path.join(GOLDEN, golden + ".csv.gz"))
        self.assertEqual(len(have), len(want))
        other = [k for k, (h, w) in enumerate(zip(have, want)) if int(h["success"]) != int(w["success"])]
        self.assertEqual(other, UNSTABLE.get(golden, []), golden)
        pairs = [(h, w) for h, w in zip(have, want) if int(w["success"]) == 1]
        mean = statistics.fmean(distance(h, w) for h, w in pairs)
        self.assertLessEqual(mean, most, golden)
        other = sum(abs(float(h["confidence"]) - float(w["confidence"])) > 0.006
                    for h, w in zip(have, want))
        self.assertLessEqual(other, 0.03 * len(want), golden)
        return pairs

    def units(self, pairs):
        r = []
        for name in [k for k in pairs[0][1] if k.startswith("AU") and k.endswith("_r")]:
            have, want = ([float(p[i][name]) for p in pairs] for i in (0, 1))
            if statistics.pstdev(want) > 0.05:
                r.append(statistics.correlation(have, want))
        names = [k for k in pairs[0][1] if k.startswith("AU") and k.endswith("_c")]
        equal = sum(float(h[k]) == float(w[k]) for h, w in pairs for k in names)
        self.assertGreaterEqual(statistics.fmean(r), 0.98)
        self.assertGreaterEqual(equal / (len(pairs) * len(names)), 0.98)

    @unittest.skipIf(SLOW, "takes minutes when instrumented")
    def test_whole_clips(self):
        for clip, golden, options, most in CLIPS:
            with self.subTest(clip=golden):
                self.units(self.compare(clip, golden, most, *ALL, *options))

    @unittest.skipIf(SLOW, "takes minutes when instrumented")
    def test_edge_clips(self):
        """Lost, small, jumping faces and faces that leave the picture; detections that end early or not."""
        for folder, names in (("edge", ("lost", "border", "small", "jump")),
                              ("edge_strict", ("border", "jump", "small")),
                              ("edge_never", ("border", "jump", "small"))):
            for name in names:
                with self.subTest(clip=f"{folder}/{name}"):
                    self.compare(os.path.join(EDGE, name + ".avi"), f"{folder}/{name}", 0.1, *FIT,
                                 early=None if folder == "edge" else folder)

    def test_a_few_frames(self):
        """So short that an instrumented build runs it too."""
        have = self.extract(SUBJECT, "--landmarks", "ceclm", "--columns", "openface", *FIT,
                            "--max-frames", "3")
        want = table(os.path.join(GOLDEN, "subj01_timepoint01.csv.gz"))
        for h, w in zip(have, want):
            self.assertEqual(h["success"], w["success"])
            self.assertLessEqual(distance(h, w), 0.1)

    def test_every_executor_writes_the_same_bytes(self):
        clip, frames = os.path.join(util.CLIPS, "multi_face_vga.avi"), "3" if SLOW else "20"
        common = "--landmarks", "ceclm", "--analysis", "au,pose,landmarks,eyes", "--max-frames", frames
        rows = self.extract(clip, *common, "--exec", "sequential")
        self.assertEqual({r["face_id"] for r in rows if r["success"] == "1"}, {"0", "1", "2"})
        for how in ("--exec", "threads", "--workers", "3"), ("--exec", "processes", "--workers", "2"):
            self.extract(clip, *common, *how, "MIEN_TEST=jitter=3000", out="b.csv")
            self.assertEqual(util.read("b.csv"), util.read("a.csv"), how)

    def test_the_default_follows_the_files(self):
        def chosen(*options):
            self.extract(SUBJECT, "--max-frames", "2", "--analysis", "landmarks", *options)
            s = self.sidecar()
            return s["options"]["landmarks"], {m["file"].rsplit("/", 1)[-1] for m in s["models"]}

        method, files = chosen()
        self.assertEqual(method, "ceclm")
        self.assertIn("main_ceclm_general.txt", files)
        method, files = chosen("--landmarks", "clnf")
        self.assertEqual(method, "clnf")
        self.assertIn("main_clnf_general.txt", files)
        os.remove(os.path.join(self.models(), "openface22", "model", "patch_experts", FILES[3]))
        method, files = chosen()
        self.assertEqual(method, "clnf")
        self.assertIn("main_clnf_general.txt", files)

    def test_the_report_names_the_model(self):
        for options, word in ((), "CE-CLM"), (("--landmarks", "clnf"), "CLNF"):
            done = util.run("extract", SUBJECT, "-o", "a.csv", "--models", self.models(), "--force",
                            "--max-frames", "2", "--log-level", "info", *options)
            self.assertEqual(done.status, 0, done)
            self.assertIn("landmarks by OpenFace's " + word, done.stderr)

    def test_openface_columns_without_an_option_are_those_of_ceclm(self):
        self.extract(SUBJECT, "--columns", "openface", "--max-frames", "4", *FIT)
        bare = util.read("a.csv")
        self.assertEqual(self.sidecar()["options"]["landmarks"], "ceclm")
        self.extract(SUBJECT, "--columns", "openface", "--max-frames", "4", *FIT, "--landmarks", "ceclm")
        self.assertEqual(util.read("a.csv"), bare)

    def test_single_pictures(self):
        """As in FaceLandmarkImg: every face of the picture, none followed from the one before."""
        clip = os.path.join(util.CLIPS, "multi_face_vga.avi")
        rows = self.extract(clip, "--landmarks", "ceclm", "--independent", "--analysis", "landmarks",
                            "--max-frames", "3")
        self.assertGreaterEqual(len([r for r in rows if r["frame"] == rows[0]["frame"]]), 2)
        self.extract(clip, "--landmarks", "ceclm", "--independent", "--analysis", "landmarks",
                     "--max-frames", "1", "--start", "0.0667", out="b.csv")
        second = [r for r in rows if r["frame"] == table("b.csv")[0]["frame"]]
        for a, b in zip(second, table("b.csv")):
            self.assertEqual(a["x_30"], b["x_30"])

    def test_damaged_and_missing_files_are_named(self):
        folder = os.path.join(self.models(), "openface22", "model")
        for name in *(os.path.join("patch_experts", f) for f in FILES), "early_term_cen_of.txt":
            path = os.path.join(folder, name)
            whole = util.read(os.path.realpath(path))
            os.remove(path)
            for cut, status in (None, "ENOMODEL"), (len(whole) // 2, "EBADMODEL"):
                if cut is not None:
                    util.write(path, whole[:cut])
                done = util.run("extract", SUBJECT, "-o", "d.csv", "--models", self.models(), "--landmarks",
                                "ceclm", "--analysis", "landmarks")
                self.assertEqual(done.status, util.EXIT[status], done)
                self.assertIn(os.path.basename(name), done.stderr)
                self.assertFalse(os.path.exists("d.csv"))
            util.write(path, whole)

    def test_options_that_do_not_fit(self):
        def refused(status, word, *options):
            done = util.run("extract", SUBJECT, "-o", "d.csv", "--models", self.models(), *options)
            self.assertEqual(done.status, util.EXIT[status], done)
            self.assertIn(word, done.stderr)

        refused("EINVAL", "ceclm", "--landmarks", "clnf", "--wild")
        refused("EMODELROLE", "CE-CLM", "--landmarks", "ceclm", "--refiner",
                os.path.join(self.models(), "openface22", "model", "main_clnf_general.txt"))
        refused("ENOMODEL", "openface22-cen", "--landmarks", "ceclm", "--models", "empty")

    def test_no_network_runtime_is_needed(self):
        self.extract(SUBJECT, "--max-frames", "2", "--analysis", "landmarks",
                     env={"MIEN_ONNXRUNTIME": "/nonexistent"})
        self.assertEqual(self.sidecar()["options"]["landmarks"], "ceclm")


CEN = os.environ.get("MIEN_CEN", "")


@unittest.skipIf(WHY_NOT or not CEN, WHY_NOT or "MIEN_CEN names no folder with OpenFace's genuine weights")
class Genuine(util.Case):
    def test_digests(self):
        for name, want in GENUINE.items():
            with open(os.path.join(CEN, name), "rb") as f:
                self.assertEqual(hashlib.file_digest(f, "sha256").hexdigest(), want, name)

    def test_the_published_table(self):
        self.succeeds("extract", SUBJECT, "-o", "a.csv", "--models", model_folder("m", os.path.abspath(CEN)),
                      "--landmarks", "ceclm", "--columns", "openface", *FIT)
        have = table("a.csv")
        want = table(os.path.join(PAIRS, "subj01_timepoint01.csv"))
        self.assertEqual(len(have), len(want))
        self.assertLessEqual(statistics.fmean(distance(h, w) for h, w in zip(have, want)), 0.05)


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
