#!/usr/bin/env python3
"""mien extract --landmarks clnf --columns openface as a replacement for OpenFace's FeatureExtraction.
Whole clips, tracked by mien, are compared with OpenFace's tables; other properties of this mode follow.

usage: test_feature_extraction.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]

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
EDGE = os.path.join(GOLDEN, "clnf", "edge")
MEDIA = os.path.join(SHARED, "media")
MODEL = os.path.join(util.MODELS, "openface22", "model")
READY = (len(sys.argv) > 1 and os.path.isdir(os.path.join(MODEL, "mtcnn_detector")) and
         os.path.isdir(EDGE) and os.path.isdir(MEDIA))

# clip, golden table, largest mean distance of landmarks in pixels
CLIPS = (
    ("openface_pairs/subj01_timepoint01.mp4", "subj01_timepoint01/subj01_timepoint01.csv", 0.06),
    ("openface_pairs/default.wmv", "default/default.csv", 0.06),
    ("clips/single_vga_842f.avi", "single_vga_842f/2015-10-15-15-14.csv", 0.06),
    ("clips/hysts00_720p.mp4", "hysts00_720p/video00.csv", 0.06),
    ("clips/hysts01_720p.mp4", "hysts01_720p/video01.csv", 0.06),
    ("clips/pyfeat_single_472f_360p.mp4", "pyfeat_single_472f_360p/WolfgangLanger_Pexels.csv", 0.12),
)
# mean of a clip, degrees
POSE = 0.3
ALL = ("--analysis", "landmarks,pose,shape,au")


def table(path):
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f, skipinitialspace=True))


def distance(a, b):
    return statistics.fmean(math.hypot(float(a[f"x_{k}"]) - float(b[f"x_{k}"]),
                                       float(a[f"y_{k}"]) - float(b[f"y_{k}"])) for k in range(68))


@unittest.skipUnless(READY, f"no OpenFace models, clips or golden tables in {SHARED}")
class FeatureExtraction(util.Case):
    def extract(self, clip, *options, out="a.csv", **more):
        self.succeeds("extract", os.path.join(SHARED, clip), "-o", out, "--models", util.MODELS, "--force",
                      "--landmarks", "clnf", *options, **more)
        return table(out)

    def compare(self, clip, golden, most, last=None):
        """Pairs of rows (OpenFace's, mien's) of the frames in which OpenFace succeeded."""
        have = self.extract(clip, "--columns", "openface", *ALL)
        want = table(os.path.join(GOLDEN, golden))
        self.assertEqual(len(have), len(want))
        self.assertEqual([int(r["success"]) for r in have], [int(r["success"]) for r in want])
        self.assertEqual({r["face_id"] for r in have}, {"0"})
        pairs = [(h, w) for h, w in zip(have, want) if int(w["success"]) == 1]
        self.assertGreater(len(pairs), 0)
        mean = statistics.fmean(distance(h, w) for h, w in pairs[:last])
        self.assertLessEqual(mean, most, clip)
        other = sum(abs(float(h["confidence"]) - float(w["confidence"])) > 0.006
                    for h, w in zip(have, want))
        self.assertLessEqual(other, len(want) * (0.01 if last is None else 0.1), clip)
        return pairs

    def units(self, pairs):
        r, errors = [], []
        for name in [k for k in pairs[0][1] if k.startswith("AU") and k.endswith("_r")]:
            have = [float(h[name]) for h, _ in pairs]
            want = [float(w[name]) for _, w in pairs]
            errors.append(statistics.fmean(abs(h - w) for h, w in zip(have, want)))
            if statistics.pstdev(want) > 0.05:
                r.append(statistics.correlation(have, want))
        names = [k for k in pairs[0][1] if k.startswith("AU") and k.endswith("_c")]
        equal = sum(float(h[k]) == float(w[k]) for h, w in pairs for k in names)
        self.assertGreaterEqual(statistics.fmean(r), 0.98)
        self.assertLessEqual(statistics.fmean(errors), 0.02)
        self.assertGreaterEqual(equal / (len(pairs) * len(names)), 0.98)

    @unittest.skipIf(SLOW, "takes minutes when instrumented")
    def test_whole_clips(self):
        for clip, golden, most in CLIPS:
            with self.subTest(clip=clip):
                pairs = self.compare("media/" + clip, golden, most)
                self.units(pairs)
                for name in "pose_Rx", "pose_Ry", "pose_Rz":
                    error = statistics.fmean(abs(float(h[name]) - float(w[name])) for h, w in pairs)
                    self.assertLessEqual(math.degrees(error), POSE, name)

    @unittest.skipIf(SLOW, "takes minutes when instrumented")
    def test_lost_small_and_jumping_faces(self):
        for name, last in ("lost", None), ("small", None), ("jump", None), ("border", 50):
            with self.subTest(clip=name):
                self.compare(f"golden/clnf/edge/{name}.avi", f"clnf/edge/{name}.csv", 0.06, last)

    def test_frames_without_success_keep_the_last_landmarks(self):
        have = self.extract("golden/clnf/edge/lost.avi", "--columns", "openface", "--analysis",
                            "landmarks,pose", "--max-frames", "24")
        want = table(os.path.join(EDGE, "lost.csv"))
        self.assertEqual({have[0][f"x_{k}"] for k in range(68)}, {"0.0"})
        lost = [k for k in range(13, 24) if have[k]["success"] == "0"]
        self.assertGreater(len(lost), 2)
        for k in lost:
            self.assertEqual(want[k]["success"], "0")
            self.assertLessEqual(distance(have[k], want[k]), 0.5)
            self.near(float(have[k]["confidence"]), float(want[k]["confidence"]), 0.006)

    def test_no_network_runtime_is_needed(self):
        have = self.extract("media/openface_pairs/default.wmv", "--max-frames", "2", "--analysis",
                            "landmarks", env={"MIEN_ONNXRUNTIME": "/nonexistent"})
        self.assertEqual([r["success"] for r in have], ["1", "1"])
        with open("a.csv.meta.json", encoding="utf-8") as f:
            sidecar = json.load(f)
        self.assertEqual({m["name"] for m in sidecar["models"]}, {"openface22-mtcnn", "openface22-clnf"})

    def test_several_people(self):
        frames = "8" if SLOW else "40"
        rows = self.extract("media/clips/multi_face_vga.avi", "--max-frames", frames, "--analysis",
                            "landmarks", "--exec", "sequential")
        want = util.read("a.csv")
        people = {}
        for r in rows:
            self.assertEqual(r["success"], "1")
            people.setdefault(r["face_id"], []).append(r)
        self.assertEqual(set(people), {"0", "1", "2"})
        for one in people.values():
            self.assertEqual(len(one), int(frames))
            for a, b in zip(one, one[1:]):
                self.assertLessEqual(distance(a, b), 20)  # no person is confused with another
        for frame in {r["frame"] for r in rows}:
            noses = [float(r["x_30"]) for r in rows if r["frame"] == frame]
            self.assertGreater(min(abs(a - b) for a in noses for b in noses if a is not b), 50)
        for workers in "1", "3":
            self.extract("media/clips/multi_face_vga.avi", "--max-frames", frames, "--analysis",
                         "landmarks", "--workers", workers, "MIEN_TEST=jitter=3000", out="b.csv")
            self.assertEqual(util.read("b.csv"), want)
        two = self.extract("media/clips/multi_face_vga.avi", "--max-frames", "6", "--analysis",
                           "landmarks", "--max-faces", "2")
        self.assertEqual({r["face_id"] for r in two}, {"0", "1"})

    @unittest.skipIf(SLOW, "takes minutes when instrumented")
    def test_people_who_come_and_go(self):
        """The face is absent for 140 frames: its track ends, and it returns as a new person."""
        rows = self.extract("golden/clnf/edge/lost.avi", "--analysis", "landmarks")
        seen = {}
        for r in rows:
            if r["success"] == "1":
                seen.setdefault(r["face_id"], []).append(int(r["frame"]))
            else:
                self.assertEqual((r["face_id"], r["x_0"]), ("-1", ""))
        self.assertEqual(sorted(seen), ["0", "1"])
        self.assertLess(max(seen["0"]), 30)
        self.assertGreater(min(seen["1"]), 150)
        self.assertEqual(len({r["frame"] for r in rows}), 185)

    def test_box_means_what_other_boxes_mean(self):
        if not os.path.exists(os.path.join(util.MODELS, util.DETECTOR)) or not util.have_models():
            self.skipTest("no RetinaFace for the comparison")
        clip = "media/openface_pairs/default.wmv"
        ours = self.extract(clip, "--max-frames", "10", "--analysis", "landmarks")
        other = self.extract(clip, "--max-frames", "10", "--analysis", "landmarks", "--detector",
                             "retinaface-mnet025", out="b.csv")
        for a, b in zip(ours, other):
            width = float(b["box_w"])
            for name in "box_x", "box_y", "box_w", "box_h", *(f"lm5_{c}_{k}" for c in "xy" for k in range(5)):
                self.near(float(a[name]), float(b[name]), 0.2 * width, name)
        self.assertEqual([r["detected"] for r in ours], ["1"] + 9 * ["0"])

    def test_the_detector_goes_with_the_tracker(self):
        clip = os.path.join(MEDIA, "openface_pairs", "default.wmv")
        done = util.run("extract", clip, "-o", "a.csv", "--models", util.MODELS, "--detector", "mtcnn",
                        "--provider", "stub")
        self.assertEqual(done.status, util.EXIT["EINVAL"], done)
        self.assertIn("clnf", done.stderr)

    def test_damaged_and_missing_files_are_named(self):
        shutil.copytree(MODEL, "of/openface22/model", copy_function=os.symlink)
        clip = os.path.join(MEDIA, "openface_pairs", "default.wmv")
        folder = "of/openface22/model/mtcnn_detector"
        for name in "PNet.dat", "RNet.dat", "ONet.dat", "MTCNN_detector.txt":
            path = os.path.join(folder, name)
            whole = util.read(os.path.realpath(path))
            os.remove(path)
            part = 3 if name.endswith(".txt") else len(whole) // 2
            for cut, status in (None, "ENOMODEL"), (part, "EBADMODEL"):
                if cut is not None:
                    util.write(path, whole[:cut])
                done = util.run("extract", clip, "-o", "d.csv", "--models", "of", "--landmarks", "clnf",
                                "--analysis", "landmarks")
                self.assertEqual(done.status, util.EXIT[status], done)
                self.assertIn(name, done.stderr)
                self.assertFalse(os.path.exists("d.csv"))
            util.write(path, whole)


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
