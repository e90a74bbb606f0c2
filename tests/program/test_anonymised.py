#!/usr/bin/env python3
"""--anonymise: copies in which faces are hidden.

usage: test_anonymised.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]
"""
import os
import subprocess
import sys
import unittest

import util
from util import FFMPEG, ROOT, face, run, y4m

CLIP = os.path.join(os.environ.get("MIEN_SHARED", os.path.join(ROOT, "..", "shared")), "media", "clips",
                    "single_face_360p.mp4")
DEFAULT_MODELS = os.path.join(ROOT, "models", "builtin", "mediapipe", "face_detector.onnx")
HOW = ("blur", "pixelate", "black", "points")


def luma(video, width=320, height=240):
    """The brightness of all frames, as bytes."""
    p = subprocess.run([FFMPEG, "-v", "error", "-i", video, "-f", "rawvideo", "-pix_fmt", "gray", "-"],
                       stdout=subprocess.PIPE)
    size = width * height
    return [p.stdout[i:i + size] for i in range(0, len(p.stdout), size)]


@util.needs_ffmpeg
class Anonymise(util.Case):
    def copy(self, frames, how, *more):
        y4m("a.y4m", frames)
        self.succeeds("extract", "a.y4m", "-o", "a.csv", "--video", "a.mp4", "--anonymise", how, "--provider", "stub",
                      "--analysis", "gaze", "--force", *more)
        return luma("a.mp4"), luma("a.y4m")

    def spread(self, picture, x, y, half):
        """Largest minus smallest brightness in a part of a picture."""
        values = [picture[py * 320 + px] for py in range(y - half, y + half) for px in range(x - half, x + half)]
        return max(values) - min(values)

    def test_faces_are_hidden(self):
        """The face appears in frame 11 and ends with frame 30; its place is hidden a second before
        and seconds after, and the rest of the picture stays."""
        frames = [[face(140, 90)] if 10 <= i < 30 else [] for i in range(60)]
        for how in HOW:
            hidden, original = self.copy(frames, how)
            self.assertEqual(len(hidden), 60)
            self.assertGreater(self.spread(original[20], 170, 130, 20), 20)
            for i in range(10, 30):
                self.assertLess(self.spread(hidden[i], 170, 130, 8), 45 if how in ("blur", "pixelate") else 12, (how, i))
                self.assertLess(abs(hidden[i][10 * 320 + 10] - original[i][10 * 320 + 10]), 12)
            if how == "black":
                self.assertLess(max(hidden[3][130 * 320 + 160:130 * 320 + 180]), 40)
                self.assertLess(max(hidden[50][130 * 320 + 160:130 * 320 + 180]), 40)

    def test_every_person(self):
        """--person selects rows; all faces are hidden."""
        frames = [[face(40, 90), face(220, 90)]] * 10
        hidden, _ = self.copy(frames, "black", "--person", "0")
        for x in (70, 250):
            self.assertLess(max(hidden[5][130 * 320 + x - 5:130 * 320 + x + 5]), 40)

    def test_detector_runs_in_every_frame(self):
        """Faces that are seen in few frames are between two key frames."""
        for options, want in ([], 1), (["--detect-every", "4"], 4):
            self.copy([[face(140, 90)]] * 12, "black", *options)
            self.assertEqual(util.read_json("a.csv.meta.json")["options"]["detect_every"], want)

    def test_options(self):
        y4m("a.y4m", [[face(100, 60)]] * 3)
        self.fails_with(run("extract", "a.y4m", "-o", "a.csv", "--anonymise", "blur"), "EINVAL", "--video")
        self.fails_with(run("extract", "a.y4m", "-o", "a.csv", "--video", "a.mp4", "--anonymise", "blur", "--max-faces", "1"),
                        "EINVAL", "--max-faces")
        self.fails_with(run("extract", "a.y4m", "-o", "a.csv", "--video", "a.mp4", "--anonymise", "veil"), "EINVAL",
                        "--anonymise")

    def test_resume_makes_the_copy_again(self):
        self.copy([[face(140, 90)]] * 5, "none")
        options = ["extract", "a.y4m", "-o", "a.csv", "--video", "a.mp4", "--provider", "stub", "--analysis", "gaze", "--resume"]
        self.assertEqual(run(*options).status, 0)
        self.assertNotEqual(run(*options, "--anonymise", "black").status, 0)

    @unittest.skipUnless(os.path.exists(CLIP), "clips are missing; set MIEN_SHARED")
    @unittest.skipUnless(os.path.exists(DEFAULT_MODELS), "the default models are missing; run make setup")
    @unittest.skipIf("MIEN_SLOW" in os.environ, "the copy is the same in every build")
    def test_real_face(self):
        """The default detector finds no face in a black copy and one with points."""
        for how in ("black", "points"):
            self.succeeds("extract", CLIP, "-o", "a.csv", "--video", "a.mp4", "--anonymise", how, "--analysis", "landmarks", "--force")
            self.assertEqual(len([r for r in util.read_csv("a.csv") if r["success"] == 1]), 72)
            self.succeeds("extract", "a.mp4", "-o", "b.csv", "--analysis", "landmarks", "--force")
            self.assertEqual([r["frame"] for r in util.read_csv("b.csv") if r["success"] == 1], [], how)


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
