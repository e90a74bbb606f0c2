#!/usr/bin/env python3
"""Closure of the eyes by the distance of the lids against AU45 and its events in OpenFace's tables.

usage: test_blinks.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]

Needs the models, clips and golden tables of the shared folder.
"""
import csv
import io
import os
import statistics
import sys
import unittest

import util
from util import CLIPS, MODELS, SHARED

PAIRS = os.path.join(SHARED, "media", "openface_pairs")
DEFAULT = (os.path.join(PAIRS, "default.wmv"), os.path.join(SHARED, "golden", "default", "default.csv"))
SUBJECT = (os.path.join(PAIRS, "subj01_timepoint01.mp4"), os.path.join(PAIRS, "subj01_timepoint01.csv"))
HYSTS = (os.path.join(CLIPS, "hysts00_720p.mp4"), os.path.join(SHARED, "golden", "hysts00_720p", "video00.csv"))
CLNF = ("--landmarks", "clnf", "--models", MODELS)
PFLD = ("--landmark-model", os.path.join(MODELS, "pfld_ghostone_98.onnx"))
THERE = all(os.path.exists(p) for p in (*DEFAULT, *SUBJECT, *HYSTS, PFLD[1],
                                        os.path.join(MODELS, "openface22", "model")))


def closures(text):
    """[(label, first frame, last frame)] of a table of events."""
    return [(e["event"], int(e["onset_frame"]), int(e["offset_frame"]))
            for e in csv.DictReader(io.StringIO(text)) if e["event"] in ("blink", "eyes closed")]


@unittest.skipUnless(THERE, f"no models, clips or golden tables in {SHARED}")
class Blinks(util.Case):
    def compare(self, clip, golden, options, least, overlap):
        """least: of the correlation; overlap: of OpenFace's closures, how many mien finds at the same time."""
        self.succeeds("extract", clip, "-o", "o.csv", "--force", "--analysis", "lids", *options)
        have = self.succeeds("events", "o.csv", "--lids", "--rows", "r.csv", "--force").out
        want = self.succeeds("events", golden).out
        truth = {int(r["frame"]): float(r["AU45_r"]) for r in map(self.stripped, util.read_csv_text(golden))
                 if float(r["success"]) == 1}
        rows = [r for r in util.read_csv_text("r.csv") if r["AU45"]]
        person = statistics.mode(r["face_id"] for r in rows)
        pairs = [(float(r["AU45"]), truth[int(r["frame"])]) for r in rows
                 if r["face_id"] == person and int(r["frame"]) in truth]
        r = statistics.correlation(*zip(*pairs))
        found = [any(first <= offset and onset <= last for _, first, last in closures(have))
                 for _, onset, offset in closures(want)]
        print(f"{os.path.basename(clip)} {os.path.basename(options[1])}: r {r:.3f}, {sum(found)} of "
              f"{len(found)} closures, {len(closures(have))} found")
        self.assertGreaterEqual(r, least)
        self.assertGreaterEqual(sum(found), overlap)
        self.assertLessEqual(len(closures(have)), len(found) + 1)

    def stripped(self, row):
        return {k.strip(): v for k, v in row.items()}

    def test_landmarks_of_openface(self):
        self.compare(*DEFAULT, CLNF, 0.85, 7)
        self.compare(*HYSTS, CLNF, 0.85, 6)
        self.compare(*SUBJECT, ("--landmarks-from", SUBJECT[1]), 0.85, 1)

    def test_98_landmarks(self):
        self.compare(*DEFAULT, PFLD, 0.80, 6)
        self.compare(*HYSTS, PFLD, 0.90, 6)
        self.compare(*SUBJECT, PFLD, 0.90, 1)


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
