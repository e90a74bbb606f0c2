#!/usr/bin/env python3
"""Boxes, scores and gaze on real clips against the numbers of an independent reference chain.

usage: test_golden_gaze.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]

Needs the models and clips of the shared folder and its golden numbers; frames count from 0 there.
"""
import csv
import os
import statistics
import sys
import unittest

import util
from util import SHARED, SLOW, box, needs_ffmpeg, overlap, read_csv

GOLDEN = os.path.join(SHARED, "golden", "gaze")
PAIRS = os.path.join(SHARED, "media", "openface_pairs")
FRAMES = 10 if SLOW else 40

READY = len(sys.argv) > 1 and os.path.isdir(GOLDEN) and util.have_models()
GAZE_ONLY = (("--analysis", "gaze")
             if READY and "--analysis" in util.run("extract", "--help").out else ())


def clip(name):
    for folder in util.CLIPS, PAIRS:
        if os.path.exists(os.path.join(folder, name)):
            return os.path.join(folder, name)
    raise unittest.SkipTest("no clip " + name)


def by_frame(rows):
    found = {}
    for r in rows:
        found.setdefault(int(r["frame"]), []).append(r)
    return found


def correlation(a, b):
    ma, mb = statistics.fmean(a), statistics.fmean(b)
    over = sum((x - ma) * (y - mb) for x, y in zip(a, b))
    return over / (sum((x - ma) ** 2 for x in a) * sum((y - mb) ** 2 for y in b)) ** 0.5


@unittest.skipUnless(READY, f"no golden numbers, models or runtime for them in {SHARED}")
class Golden(util.Case):
    def gaze(self, name, *options):
        done = self.succeeds("extract", name, "-o", "-", "--models", util.MODELS, *GAZE_ONLY, *options)
        return read_csv(done.out)

    def compare(self, name):
        golden = os.path.join(GOLDEN, os.path.splitext(name)[0] + ".csv")
        with open(golden, newline="", encoding="utf-8") as f:
            want = by_frame(util.numbers(r) for r in csv.DictReader(f))
        have = by_frame(self.gaze(clip(name), "--max-frames", str(FRAMES)))
        self.assertEqual(sorted(have), list(range(1, FRAMES + 1)))
        worst = {"box": 0.0, "point": 0.0, "score": 0.0, "angle": 0.0, "peak": 0.0}
        for frame in range(1, FRAMES + 1):
            faces = [r for r in have[frame] if r["success"]]
            wanted = want.get(frame - 1, [])
            self.assertEqual(len(faces), len(wanted), f"faces in frame {frame}")
            for w in wanted:
                b = (w["x1"], w["y1"], w["x2"], w["y2"])
                r = max(faces, key=lambda r, b=b: overlap(box(r), b))
                pairs = {"box": list(zip(box(r), b)),
                         "point": [(r[f"lm5_{a}_{k}"], w[f"lm{k}{a}"]) for a in "xy"
                                   for k in range(5)],
                         "score": [(r["confidence"], w["score"])],
                         "angle": [(r["gaze_yaw"], w["horizontal_deg"]),
                                   (r["gaze_pitch"], w["vertical_deg"])],
                         "peak": [(r["gaze_yaw_peak"], w["horizontal_peak"]),
                                  (r["gaze_pitch_peak"], w["vertical_peak"])]}
                for kind, values in pairs.items():
                    for x, y in values:
                        self.assertIsNotNone(x, f"{kind} in frame {frame}")
                        worst[kind] = max(worst[kind], abs(x - y))
        print(name, {k: round(v, 4) for k, v in worst.items()}, flush=True)
        for kind, limit in (("box", 0.5), ("point", 0.5), ("score", 0.001), ("angle", 0.1),
                            ("peak", 0.005)):
            self.assertLessEqual(worst[kind], limit, f"{name}: largest difference of a {kind}")

    @util.not_for_tsan
    def test_classroom(self):
        self.compare("classroom_8faces_720p.mp4")

    @util.not_for_tsan
    def test_pyfeat_single(self):
        self.compare("pyfeat_single_472f_360p.mp4")

    @util.not_for_tsan
    def test_hysts(self):
        """Faces that extend beyond the picture."""
        self.compare("hysts00_720p.mp4")

    @util.not_for_tsan
    def test_multi_face(self):
        self.compare("multi_face_vga.avi")

    @util.not_for_tsan
    def test_subj01(self):
        self.compare("subj01_timepoint01.mp4")

    @util.not_for_tsan
    def test_default(self):
        self.compare("default.wmv")

    @util.not_for_tsan
    def test_no_face(self):
        rows = self.gaze(clip("no_face.mp4"), *(("--max-frames", "20") if SLOW else ()))
        self.assertEqual([r["frame"] for r in rows], list(range(1, len(rows) + 1)))
        self.assertEqual(len(rows), 20 if SLOW else 95)
        self.assertEqual([r["success"] for r in rows], [0] * len(rows))

    @util.not_for_tsan
    @needs_ffmpeg
    def test_mirror(self):
        """In a mirrored picture the horizontal angle changes its sign, the vertical one does not. This
        finds swapped heads of the network."""
        source, frames = clip("classroom_8faces_720p.mp4"), 10 if SLOW else 25
        util.ffmpeg("-i", source, "-frames:v", str(frames), "-vf", "hflip", "-c:v", "ffv1",
                    "-pix_fmt", "yuv420p", "mirror.mkv")
        plain = by_frame(self.gaze(source, "--max-frames", str(frames)))
        mirror = by_frame(self.gaze("mirror.mkv"))
        self.assertEqual(sorted(mirror), sorted(plain))
        pairs = []
        for frame, rows in plain.items():
            for r in rows:
                b = box(r)
                b = (1280 - b[2], b[1], 1280 - b[0], b[3])
                m = max(mirror[frame], key=lambda m, b=b: overlap(box(m), b))
                if overlap(box(m), b) > 0.7:
                    pairs.append((r, m))
        self.assertGreater(len(pairs), 5 * frames)
        yaw, pitch = (correlation([a[n] for a, _ in pairs], [b[n] for _, b in pairs])
                      for n in ("gaze_yaw", "gaze_pitch"))
        print(f"mirror: {len(pairs)} faces, correlation of yaw {yaw:.3f}, of pitch {pitch:.3f}",
              flush=True)
        self.assertLess(yaw, -0.6)
        self.assertGreater(pitch, 0.6)

    @util.not_for_tsan
    def test_swapped_heads(self):
        name = clip("pyfeat_single_472f_360p.mp4")
        plain = self.gaze(name, "--max-frames", "3")
        swapped = self.gaze(name, "--max-frames", "3", "--swap-gaze-heads")
        for a, b in zip(plain, swapped):
            self.assertEqual((a["gaze_yaw"], a["gaze_pitch"]), (b["gaze_pitch"], b["gaze_yaw"]))

    @util.not_for_tsan
    def test_detect_every(self):
        name = clip("pyfeat_single_472f_360p.mp4")
        options = ("--max-frames", "60" if SLOW else "240")
        every = by_frame(self.gaze(name, *options))
        fifth = by_frame(self.gaze(name, "--detect-every", "5", *options))
        self.assertEqual(sorted(fifth), sorted(every))
        good = sum(len(fifth[f]) == len(rows) and all(
            max(overlap(box(r), box(s)) for s in fifth[f]) > 0.8 for r in rows)
            for f, rows in every.items() if rows[0]["success"])
        detected = sum(r["detected"] for rows in fifth.values() for r in rows)
        print(f"--detect-every 5: {good} of {len(every)} frames agree, {detected:.0f} detected",
              flush=True)
        self.assertGreaterEqual(good, 0.98 * len(every))
        self.assertLess(detected, 0.35 * len(every))

    def test_same_bytes(self):
        """Every executor gives the same values with the real networks."""
        name = clip("classroom_8faces_720p.mp4")
        frames = "4" if util.TSAN else "12"
        options = ("--models", util.MODELS, "--max-frames", frames, "--detect-every", "3", "-o", "-")
        want = self.succeeds("extract", name, "--exec", "sequential", *options).out
        for workers in ("3",) if util.TSAN else ("1", "2", "5"):
            have = self.succeeds("extract", name, "-j", workers, "MIEN_TEST=jitter=5000", *options).out
            self.assertEqual(have, want, f"{workers} workers")


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
