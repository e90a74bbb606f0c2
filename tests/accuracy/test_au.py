#!/usr/bin/env python3
"""Action units, landmarks and pose of the whole program against genuine OpenFace 2.2.

usage: test_au.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]

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
PAIRS = os.path.join(MEDIA, "openface_pairs")
OPENFACE = os.path.join(util.MODELS, "openface22")

READY = (len(sys.argv) > 1 and os.path.isdir(OPENFACE) and os.path.isdir(GOLDEN) and
         os.path.exists(os.path.join(util.MODELS, "pfld_68.onnx")) and util.have_models())


def table(path):
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f, skipinitialspace=True))


def golden(clip):
    folder = os.path.join(GOLDEN, clip)
    name = [n for n in sorted(os.listdir(folder))
            if n.endswith(".csv") and "static" not in n and not n.startswith("lm_")][0]
    return table(os.path.join(folder, name))


def correlation(a, b):
    ma, mb = statistics.fmean(a), statistics.fmean(b)
    over = sum((x - ma) * (y - mb) for x, y in zip(a, b))
    under = math.sqrt(sum((x - ma) ** 2 for x in a) * sum((y - mb) ** 2 for y in b))
    return over / under if under else math.nan


def pair_up(have, want):
    """Pairs of rows of the same face: the nose tip is nearest to that of the reference."""
    of_frame = {}
    for r in have:
        if float(r["success"]) == 1 and r["x_30"]:
            of_frame.setdefault(int(r["frame"]), []).append(r)
    pairs = []
    for w in want:
        if float(w["success"]) != 1:
            continue
        at = float(w["x_30"]), float(w["y_30"])
        near = [(math.hypot(float(r["x_30"]) - at[0], float(r["y_30"]) - at[1]), i, r)
                for i, r in enumerate(of_frame.get(int(w["frame"]), []))]
        if near and min(near)[0] < 60 and min(near)[2]["AU01_r"] != "":
            pairs.append((min(near)[2], w))
    return pairs


def agreement(pairs, least_deviation):
    """({AU: (r, mean error)} of the intensities that vary enough, share of equal presences)."""
    found = {}
    for name in [k for k in pairs[0][1] if k.startswith("AU") and k.endswith("_r")]:
        have = [float(h[name]) for h, _ in pairs]
        want = [float(w[name]) for _, w in pairs]
        if statistics.pstdev(want) > least_deviation:
            found[name[2:4]] = (correlation(have, want),
                                statistics.fmean(abs(x - y) for x, y in zip(have, want)))
    names = [k for k in pairs[0][1] if k.startswith("AU") and k.endswith("_c")]
    equal = sum(float(h[k]) == float(w[k]) for h, w in pairs for k in names)
    return found, equal / (len(pairs) * len(names))


@unittest.skipUnless(READY, f"no OpenFace models, golden tables or runtime in {SHARED}")
class OpenFace(util.Case):
    def extract(self, clip, *options, out="a.csv"):
        self.succeeds("extract", os.path.join(MEDIA, clip), "-o", out, "--models", util.MODELS, "--force",
                      *options)
        return table(out) if out.endswith(".csv") else None

    def test_same_landmarks_same_units(self):
        have = self.extract("openface_pairs/subj01_timepoint01.mp4", "--analysis", "au,landmarks",
                            "--landmarks-from", os.path.join(PAIRS, "subj01_timepoint01.csv"))
        want = table(os.path.join(GOLDEN, "subj01_timepoint01", "lm_driven_from_published.csv"))
        self.assertEqual(len(have), len(want))
        pairs = [(h, w) for h, w in zip(have, want) if float(w["success"]) == 1]
        found, equal = agreement(pairs, 0.05)
        self.assertGreaterEqual(len(found), 9)
        for unit, (r, error) in found.items():
            self.assertGreaterEqual(r, 0.995, "AU" + unit)
            self.assertLessEqual(error, 0.01, "AU" + unit)
        self.assertGreaterEqual(equal, 0.995)
        self.assertEqual({r["au_final"] for r in have}, {"1"})

    def test_openface_table(self):
        have = self.extract("openface_pairs/subj01_timepoint01.mp4", "--columns", "openface",
                            "--max-frames", "12")
        with open("a.csv", encoding="utf-8") as f:
            names = f.readline().strip().split(",")
        want = list(golden("subj01_timepoint01")[0])
        self.assertEqual(names, want)
        for h, w in zip(have, golden("subj01_timepoint01")):
            for name in names:
                digits = len(w[name].split(".")[1]) if "." in w[name] else 0
                has = len(h[name].split(".")[1]) if "." in h[name] else 0
                self.assertEqual(has, digits, name)
            self.near(float(h["pose_Rx"]), float(w["pose_Rx"]), 0.05)
            self.near(float(h["pose_Ry"]), float(w["pose_Ry"]), 0.05)
            self.near(float(h["pose_Tz"]), float(w["pose_Tz"]), 30)

    @unittest.skipIf(SLOW, "takes minutes when instrumented")
    def end_to_end(self, clip, folder):
        have = self.extract(clip, "--analysis", "au,landmarks")
        pairs = pair_up(have, golden(folder))
        found, _ = agreement(pairs, 0.2)
        mean = statistics.fmean(r for r, _ in found.values())
        self.assertGreaterEqual(mean, 0.90, found)
        for unit in "12", "25", "45":
            self.assertGreaterEqual(found[unit][0], 0.95, "AU" + unit)

    def test_end_to_end_pyfeat(self):
        self.end_to_end("clips/pyfeat_single_472f_360p.mp4", "pyfeat_single_472f_360p")

    def test_end_to_end_default(self):
        self.end_to_end("openface_pairs/default.wmv", "default")

    def test_end_to_end_hysts00(self):
        self.end_to_end("clips/hysts00_720p.mp4", "hysts00_720p")

    @unittest.skipIf(SLOW, "takes minutes when instrumented")
    def test_openface_own_tracker(self):
        have = self.extract("openface_pairs/default.wmv", "--analysis", "au,landmarks,pose",
                            "--landmarks", "clnf", "--detect-every", "5")
        pairs = pair_up(have, golden("default"))
        self.assertEqual(len(pairs), 288)
        found, equal = agreement(pairs, 0.2)
        self.assertGreaterEqual(statistics.fmean(r for r, _ in found.values()), 0.98, found)
        self.assertLessEqual(statistics.fmean(e for _, e in found.values()), 0.02, found)
        self.assertGreaterEqual(equal, 0.98)
        points = [f"{axis}_{k}" for axis in "xy" for k in range(68)]
        error = statistics.fmean(abs(float(h[p]) - float(w[p])) for h, w in pairs for p in points)
        self.assertLessEqual(error, 0.06)

    def test_every_mode_the_same_bytes(self):
        frames = "6" if SLOW else "25"
        clip = "clips/classroom_8faces_720p.mp4"
        self.extract(clip, "--max-frames", frames, "--exec", "sequential", out="s.csv")
        want = util.read("s.csv")
        for workers in "1", "2", "5":
            self.extract(clip, "--max-frames", frames, "--workers", workers, "MIEN_TEST=jitter=3000",
                         out="t.csv")
            self.assertEqual(util.read("t.csv"), want, workers + " workers")
        self.extract(clip, "--max-frames", frames, out="t.jsonl")
        faces = []
        with open("t.jsonl", encoding="utf-8") as f:
            for line in f:
                faces += json.loads(line)["faces"]
        rows = [r for r in table("s.csv") if r["success"] == "1"]
        self.assertEqual(len(faces), len(rows))
        for face, row in zip(faces, rows):
            for name, value in face.items():
                self.assertEqual(float(row[name]), value, name)
        self.assertGreaterEqual(len({r["face_id"] for r in rows}), 5)
        for name, how in (("c1.csv", ("--exec", "sequential")), ("c2.csv", ("--workers", "3"))):
            self.extract(clip, "--max-frames", frames, "--analysis", "au,eyes", "--landmarks", "clnf", *how,
                         out=name)
        self.assertEqual(util.read("c1.csv"), util.read("c2.csv"))

    def test_single_pictures_take_the_static_models(self):
        row = self.extract("stills/single_face.jpg")[0]
        self.assertEqual(row["au_final"], "1")
        with open("a.csv.meta.json", encoding="utf-8") as f:
            self.assertTrue(json.load(f)["options"]["static"])
        self.assertGreater(max(float(row[k]) for k in row if k.endswith("_r")), 0.3)

    def test_one_person(self):
        rows = self.extract("clips/multi_face_vga.avi", "--max-frames", "3", "--person", "1",
                            "--analysis", "gaze")
        self.assertEqual([(r["frame"], r["face_id"]) for r in rows], [(f, "1") for f in "123"])

    def test_damaged_models_are_named(self):
        shutil.copytree(OPENFACE, "of", copy_function=os.symlink)
        still = os.path.join(MEDIA, "stills", "single_face.jpg")
        wanted = ("AU_predictors/In-the-wild_aligned_PDM_68.txt",
                  "AU_predictors/svr_combined/AU_12_static_intensity_comb.dat",
                  "AU_predictors/tris_68_full.txt")
        for name in wanted:
            path = os.path.join("of", name)
            if not os.path.exists(path):
                path = os.path.join("of", name.replace("_comb", ""))
            whole = util.read(os.path.realpath(path))
            os.remove(path)
            util.write(path, whole[:len(whole) // 2])
            done = util.run("extract", still, "-o", "d.csv", "--models", util.MODELS, "--au-models",
                            "of/AU_predictors")
            self.assertEqual(done.status, util.EXIT["EBADMODEL"], done)
            self.assertIn(os.path.basename(path), done.stderr)
            self.assertEqual(os.path.exists("d.csv"), False)
            util.write(path, whole)

    def test_fifty_faces(self):
        """Faces of all sizes, inside, at and beyond the borders: each has rows, all values are numbers."""
        source = table(os.path.join(PAIRS, "subj01_timepoint01.csv"))
        names = [f"{axis}_{k}" for axis in "xy" for k in range(68)]
        lines = [",".join(["frame", "face_id", "success", "confidence"] + names)]
        frames = 4
        for n in range(frames):
            at = [float(source[n][k]) for k in names]
            for face in range(50):
                scale = (1, 0.5, 0.1, 0.01, 3)[face % 5]
                dx, dy = 180 * (face % 10) - 500, 250 * (face // 10) - 500
                moved = [scale * v + (dx if i < 68 else dy) for i, v in enumerate(at)]
                lines.append(",".join([str(n + 1), str(face), "1", "1"] + [f"{v:.3f}" for v in moved]))
        util.write("fifty.csv", "\n".join(lines).encode() + b"\n")
        clip = "openface_pairs/subj01_timepoint01.mp4"
        options = ("--landmarks-from", "fifty.csv", "--max-frames", str(frames), "--analysis", "au,pose")
        rows = self.extract(clip, *options, "--exec", "sequential", out="s.csv")
        self.assertEqual(len(rows), 50 * frames)
        self.assertEqual([r["face_id"] for r in rows], [str(i) for i in range(50)] * frames)
        for row in rows:
            for name, value in row.items():
                self.assertTrue(value == "" or math.isfinite(float(value)), (name, value))
        self.assertGreater(sum(r["AU12_r"] != "" for r in rows), 30 * frames)
        self.extract(clip, *options, "--workers", "3", "MIEN_TEST=jitter=2000", out="t.csv")
        self.assertEqual(util.read("t.csv"), util.read("s.csv"))

    def test_bench_from_landmarks(self):
        out = self.succeeds("bench", os.path.join(MEDIA, "openface_pairs", "subj01_timepoint01.mp4"),
                            "--landmarks-from", os.path.join(PAIRS, "subj01_timepoint01.csv"),
                            "--models", util.MODELS, "--analysis", "au", "--max-frames", "20",
                            "--repeat", "1", "--exec", "sequential", "--json").out
        figures = json.loads(out)
        count = {s["name"]: s["count"] for s in figures["stages"]}
        self.assertEqual((figures["frames"], figures["faces"]), (20, 20))
        self.assertEqual((count["detect.network"], count["landmarks.network"]), (0, 0))
        self.assertEqual(count["shape"], 20)

    def test_wrong_landmark_tables(self):
        clip = os.path.join(PAIRS, "subj01_timepoint01.mp4")
        for text, status in ((b"", "EDAMAGED"), (b"a,b\n1,2\n", "EDAMAGED"), (None, "ENOINPUT")):
            if text is not None:
                util.write("lm.csv", text)
            done = util.run("extract", clip, "-o", "d.csv", "--models", util.MODELS, "--analysis", "au",
                            "--landmarks-from", "lm.csv" if text is not None else "none.csv")
            self.assertEqual(done.status, util.EXIT[status], done)


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
