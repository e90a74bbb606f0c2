#!/usr/bin/env python3
"""The face mesh on real pictures against recorded outputs of LiteRT, and its columns.

usage: test_face_mesh.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]

Needs the fetched models, ONNX Runtime, and the stills, clips and recorded outputs of the shared folder.
"""
import csv
import gzip
import math
import os
import statistics
import sys
import unittest

import util
from util import FOREIGN_LEAKS, MIEN, ROOT, SHARED, read_csv, run

GOLDEN = os.path.join(SHARED, "golden", "mediapipe")
STILL = os.path.join(SHARED, "media", "stills", "single_face.jpg")
CLIP = os.path.join(util.CLIPS, "multi_face_vga.avi")
READY = (MIEN and os.path.isdir(GOLDEN) and os.path.exists(CLIP) and
         os.path.exists(os.path.join(ROOT, "models", "builtin", "mediapipe", "face_mesh.onnx")) and
         "cpu" in run("--version", env=FOREIGN_LEAKS).out.splitlines()[-1])
ALL = [f"mesh_{c}_{k}" for c in "xyz" for k in range(468)]


@unittest.skipUnless(READY, f"no fetched models, runtime, or recorded outputs in {SHARED}")
class Mesh(util.Case):
    def rows(self, name, *options):
        done = run("extract", name, "-o", "-", *options, env=FOREIGN_LEAKS)
        self.assertEqual((done.status, done.stderr), (0, ""))
        return done.out, read_csv(done.out)

    def test_points_of_a_still(self):
        """The recorded run looked once, where the detector said; mien looks again, hence the tolerance."""
        with gzip.open(os.path.join(GOLDEN, "mesh_points.csv.gz"), "rt") as f:
            raw = [[float(v) for v in row] for row in csv.reader(f)]
        # crop to picture, from facts.txt there; half a pixel less from the corner to the centre
        a, b, x0, y0 = 1.6979911145772366, 0.030621968663685495, 106.13982602055523, 125.8805635334964
        want = [(a * x + b * y + x0 - .5, -b * x + a * y + y0 - .5, a * z) for x, y, z in raw]
        _, (row,) = self.rows(STILL, "--analysis", "mesh")
        have = [[row[f"mesh_{c}_{k}"] for c in "xyz"] for k in range(468)]
        eyes = math.dist(have[33][:2], have[263][:2])
        away = [math.dist(h[:2], w[:2]) / eyes for h, w in zip(have, want)]
        self.assertLess(statistics.fmean(away), 0.02)
        self.assertLess(max(away), 0.05)
        self.assertLess(statistics.fmean(abs(h[2] - w[2]) for h, w in zip(have, want)) / eyes, 0.02)

    def test_executors_give_the_same_bytes(self):
        options = ("--analysis", "mesh", "--max-frames", "12")
        first, rows = self.rows(CLIP, *options, "--exec", "sequential")
        self.assertEqual([n for n in rows[0] if n.startswith("mesh_")], ALL)
        self.assertTrue(all(row[n] is not None for row in rows for n in ALL))
        for how in (("--exec", "threads", "-j", "2"), ("--exec", "processes", "-j", "2")):
            self.assertEqual(self.rows(CLIP, *options, *how)[0], first)

    def test_only_where_it_is_named(self):
        self.assertFalse([n for n in self.rows(STILL)[1][0] if n.startswith("mesh_")])
        self.assertIn("mesh_x_0", self.rows(STILL, "--analysis", "all")[1][0])
        named = self.rows(STILL, "--analysis", "mesh", "--models", "rendered")[1][0]
        self.assertIsNotNone(named["mesh_x_0"])
        self.assertNotIn("mesh_x_0", self.rows(STILL, "--analysis", "all", "--models", "rendered")[1][0])

    def test_trust(self):
        """An upright face is trusted; the same pictures upside down give no trusted face."""
        name = os.path.join(util.CLIPS, "single_face_360p.mp4")
        _, rows = self.rows(name, "--analysis", "au", "--max-frames", "20")
        self.assertTrue(all(r["success"] == 1 and r["AU12_r"] is not None for r in rows))
        _, rows = self.rows(name, "--analysis", "au", "--max-frames", "20", "--rotate", "180")
        self.assertFalse([r for r in rows if r["success"] or r.get("AU12_r") is not None])

    def test_no_face(self):
        name = os.path.join(util.CLIPS, "no_face.mp4")
        _, rows = self.rows(name, "--analysis", "landmarks")
        self.assertFalse([r for r in rows if r["face_id"] >= 0])


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
