#!/usr/bin/env python3
"""The eyes, and the complete OpenFace table, against genuine OpenFace 2.2.

usage: test_openface.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]

Needs the models, clips and golden tables of the shared folder.
"""
import csv
import json
import math
import os
import shutil
import statistics
import sys
import unittest

import util
from util import SHARED, SLOW

GOLDEN = os.path.join(SHARED, "golden")
MEDIA = os.path.join(SHARED, "media")
OPENFACE = os.path.join(util.MODELS, "openface22")

READY = (len(sys.argv) > 1 and os.path.isdir(os.path.join(OPENFACE, "model")) and
         os.path.isdir(GOLDEN) and os.path.exists(os.path.join(util.MODELS, "pfld_68.onnx")) and
         util.have_models())

# clip, golden table, minimum number of rows. Rows may be missing, because these tests do not check how
# soon a lost face is found again.
CLIPS = (
    ("openface_pairs/subj01_timepoint01.mp4", "subj01_timepoint01/subj01_timepoint01.csv", 158),
    ("openface_pairs/default.wmv", "default/default.csv", 288),
    ("clips/hysts00_720p.mp4", "hysts00_720p/video00.csv", 421),
    ("clips/hysts01_720p.mp4", "hysts01_720p/video01.csv", 320),
    ("clips/single_vga_842f.avi", "single_vga_842f/2015-10-15-15-14.csv", 842),
    ("clips/pyfeat_single_472f_360p.mp4", "pyfeat_single_472f_360p/WolfgangLanger_Pexels.csv", 465),
)
SUBJECT = CLIPS[0]


def table(path):
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f, skipinitialspace=True))


def header(path):
    with open(path, "rb") as f:
        return f.readline()


def decimals(text):
    return len(text.partition(".")[2])


def vector(row, eye):
    return [float(row[f"gaze_{eye}_{axis}"]) for axis in "xyz"]


def between(a, b):
    """The angle between two directions in degrees."""
    size = math.sqrt(sum(x * x for x in a) * sum(x * x for x in b))
    return math.degrees(math.acos(min(1, max(-1, sum(x * y for x, y in zip(a, b)) / size))))


def distance(a, b, x, y):
    return math.hypot(float(a[x]) - float(b[x]), float(a[y]) - float(b[y]))


def pair_up(have, want):
    """Pairs of rows of the same face with eyes: the nose tip is nearest to that of the reference."""
    of_frame = {}
    for r in have:
        if r["success"] == "1" and any(vector(r, 0)):
            of_frame.setdefault(r["frame"], []).append(r)
    pairs = []
    for w in want:
        near = [(distance(r, w, "x_30", "y_30"), i, r) for i, r in enumerate(of_frame.get(w["frame"], []))]
        if w["success"] == "1" and near and min(near)[0] < 60:
            pairs.append((min(near)[2], w))
    return pairs


@unittest.skipUnless(READY, f"no OpenFace models, golden tables or runtime in {SHARED}")
class Eyes(util.Case):
    def extract(self, clip, *options, out="a.csv"):
        self.succeeds("extract", os.path.join(MEDIA, clip), "-o", out, "--models", util.MODELS, "--force",
                      *options)
        return table(out) if out.endswith(".csv") else None

    def test_table(self):
        """The header is equal byte for byte, and every number has the same format."""
        clip, golden, _ = SUBJECT
        have = self.extract(clip, "--landmarks", "clnf", "--columns", "openface", "--max-frames", "8")
        want = table(os.path.join(GOLDEN, golden))[:8]
        self.assertEqual(header("a.csv"), header(os.path.join(GOLDEN, golden)))
        self.assertEqual(len(header("a.csv").split(b",")), 714)
        for h, w in zip(have, want):
            for name in w:
                self.assertEqual(decimals(h[name]), decimals(w[name]), name)
        with open("a.csv.meta.json", encoding="utf-8") as f:
            analysis = json.load(f)["options"]["analysis"]
        self.assertIn("eyes", analysis)
        self.assertNotIn("gaze", analysis)  # this table has no column for the gaze network
        self.assertEqual(self.extract("clips/no_face.mp4", "--columns", "openface", "--max-frames",
                                      "2")[1]["gaze_0_z"], "0.000000")

    @unittest.skipIf(SLOW, "takes minutes when instrumented")
    def whole_clip(self, clip, golden, least):
        have = self.extract(clip, "--analysis", "landmarks,pose,shape,eyes", "--landmarks", "clnf",
                            "--columns", "openface", "--detect-every", "5")
        pairs = pair_up(have, table(os.path.join(GOLDEN, golden)))
        self.assertGreaterEqual(len(pairs), least)
        angle = [between(vector(h, e), vector(w, e)) for h, w in pairs for e in (0, 1)]
        self.assertLessEqual(statistics.fmean(angle), 0.5, clip)
        self.assertLessEqual(statistics.median(angle), 0.12, clip)
        for name in "gaze_angle_x", "gaze_angle_y":
            error = [abs(float(h[name]) - float(w[name])) for h, w in pairs]
            self.assertLessEqual(math.degrees(statistics.fmean(error)), 0.5, clip + name)
        # where the landmarks of the face agree, those of the eyes must agree as well
        same = [(h, w) for h, w in pairs
                if statistics.fmean(distance(h, w, f"x_{k}", f"y_{k}") for k in range(68)) < 0.1]
        self.assertGreater(len(same), 0.7 * len(pairs))
        self.assertLessEqual(statistics.fmean(distance(h, w, f"eye_lmk_x_{k}", f"eye_lmk_y_{k}")
                                              for h, w in same for k in range(56)), 0.06, clip)
        self.assertLessEqual(statistics.fmean(between(vector(h, e), vector(w, e))
                                              for h, w in same for e in (0, 1)), 0.2, clip)
        turn = [abs(float(h["pose_R" + a]) - float(w["pose_R" + a])) for h, w in same for a in "xyz"]
        self.assertLessEqual(math.degrees(statistics.fmean(turn)), 0.1, clip)
        return pairs

    def test_subject(self):
        self.whole_clip(*CLIPS[0])

    def test_default(self):
        self.whole_clip(*CLIPS[1])

    def test_hysts00(self):
        self.whole_clip(*CLIPS[2])

    def test_hysts01(self):
        self.whole_clip(*CLIPS[3])

    def test_vga(self):
        self.whole_clip(*CLIPS[4])

    def test_pyfeat(self):
        self.whole_clip(*CLIPS[5])

    @unittest.skipIf(SLOW, "takes minutes when instrumented")
    def test_refined_landmarks_have_eyes_too(self):
        clip, golden, _ = CLIPS[1]
        have = self.extract(clip, "--analysis", "eyes,landmarks", "--detect-every", "3",
                            "--max-frames", "100")
        self.assertIn("gaze_missed", have[0])
        self.assertNotIn("pose_Rx", have[0])
        pairs = pair_up(have, table(os.path.join(GOLDEN, golden))[:100])
        self.assertEqual(len(pairs), 100)
        self.assertLessEqual(statistics.fmean(between(vector(h, e), vector(w, e))
                                              for h, w in pairs for e in (0, 1)), 0.6)

    def test_every_mode_the_same_bytes(self):
        frames = "4" if SLOW else "15"
        clip = "clips/classroom_8faces_720p.mp4"
        for engine in "clnf", "pfld":
            options = ("--max-frames", frames, "--analysis", "eyes,pose", "--landmarks", engine)
            rows = self.extract(clip, *options, "--exec", "sequential", out="s.csv")
            self.extract(clip, *options, "--workers", "3", "MIEN_TEST=jitter=3000", out="t.csv")
            self.assertEqual(util.read("s.csv"), util.read("t.csv"), engine)
            seen = [r for r in rows if r["gaze_0_x"]]
            self.assertGreater(len(seen), 2 * int(frames))
            for row in seen:
                self.near(math.hypot(*vector(row, 0)), 1, 1e-5)
        # a false detection has no eyes, and its cells are empty
        self.assertEqual({r["gaze_1_z"] == "" for r in rows if not r["eye_lmk_X_5"]} - {True}, set())
        self.extract(clip, *options, out="t.jsonl")
        with open("t.jsonl", encoding="utf-8") as f:
            faces = [face for line in f for face in json.loads(line)["faces"]]
        self.assertEqual(len(faces), len([r for r in rows if r["success"] == "1"]))
        for face, row in zip(faces, [r for r in rows if r["success"] == "1"]):
            self.assertEqual("gaze_0_x" in face, row["gaze_0_x"] != "")
            for name, value in face.items():
                self.assertEqual(float(row[name]), value, name)

    def test_one_number_for_a_set(self):
        """The digest in the sidecar covers every file, is the same in every mode, and another set has
        another digest."""
        clip, _, _ = SUBJECT

        def used(models, *options):
            self.succeeds("extract", os.path.join(MEDIA, clip), "-o", "o.csv", "--models", models, "--max-frames", "1",
                          "--analysis", "au,landmarks", "--force", *options)
            sidecar = util.read_json("o.csv.meta.json")
            return sidecar["recipe"], {m["role"]: (m["name"], m["sha256"]) for m in sidecar["models"]}
        recipe, genuine = used(util.MODELS)
        self.assertEqual({genuine[r][0] for r in ("refiner", "au")}, {"openface22-clnf", "openface22"})
        self.assertEqual(used(util.MODELS, "--exec", "processes"), (recipe, genuine))
        self.assertEqual(used(util.MODELS, "--exec", "sequential"), (recipe, genuine))
        shutil.copytree(util.MODELS, "copy")
        name = "copy/openface22/AU_predictors/svm_combined/AU_12_static.dat"
        data = bytearray(util.read(name))
        data[20000] ^= 1
        util.write(name, bytes(data))
        other, changed = used("copy")
        self.assertNotEqual(other, recipe)
        self.assertEqual(changed["refiner"], genuine["refiner"])
        self.assertEqual(changed["au"][0], "unregistered")
        self.assertNotEqual(changed["au"][1], genuine["au"][1])

    def test_where_there_are_none(self):
        clip, _, _ = SUBJECT
        given = ("--landmarks-from", os.path.join(MEDIA, "openface_pairs/subj01_timepoint01.csv"),
                 "--max-frames", "2")
        for options in (), ("--analysis", "all"):
            self.assertNotIn("gaze_0_x", self.extract(clip, *given, *options)[0])
        for options, word in (((*given, "--analysis", "eyes"), "external landmarks"),
                              (("--refiner", "none", "--analysis", "eyes,au"), "refiner")):
            done = util.run("extract", os.path.join(MEDIA, clip), "-o", "d.csv", "--models", util.MODELS,
                            *options)
            self.fails_with(done, "EINVAL", word)
        self.assertNotIn("gaze_0_x", self.extract(clip, "--refiner", "none", "--max-frames", "2")[0])
        os.mkdir("empty")
        for name in os.listdir(util.MODELS):
            if name != "openface22":
                os.symlink(os.path.join(util.MODELS, name), os.path.join("empty", name))
        done = util.run("extract", os.path.join(MEDIA, clip), "-o", "d.csv", "--models", "empty",
                        "--analysis", "eyes")
        self.assertEqual(done.status, util.EXIT["ENOMODEL"], done)
        self.assertIn("main_clnf_general.txt", done.stderr)


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
