#!/usr/bin/env python3
"""mien events: onset, apex and offset from tables whose events are known.

usage: test_events.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]
"""
import csv
import io
import os
import re
import sys
import unittest
import xml.etree.ElementTree

import util
from util import run

READERS = util.packages("events") if len(sys.argv) > 1 else None
if READERS:
    sys.path.append(READERS)

HEAD = "frame,face_id,timestamp,confidence,success,gaze_yaw_smooth,gaze_pitch_smooth,AU12_r,AU45_r"


def table(rows, head=HEAD):
    return "\n".join([head, *(",".join(str(v) for v in row) for row in rows)]) + "\n"


def smile(frames=100, person=0, fps=25):
    """A smile in frames 20 to 59 with its apex in frame 40, blinks in 10 to 12 and 70 to 72, closed
    eyes in 80 to 99, and a look to image left from frame 51 on."""
    for i in range(1, frames + 1):
        au12 = max(0.0, 3 - abs(i - 40) * 0.125) if 20 <= i < 60 else 0
        au45 = 2 if i in (10, 11, 12, 70, 71, 72) or 80 <= i < 100 else 0
        yield i, person, f"{(i - 1) / fps:.3f}", 0.9, 1, 25 if i > 50 else 0, 3, au12, au45


class Events(util.Case):
    def write(self, name, text):
        with open(name, "w", encoding="utf-8") as f:
            f.write(text)

    def events(self, *arguments):
        return list(csv.DictReader(io.StringIO(self.succeeds("events", *arguments).out)))

    def find(self, events, label):
        return [e for e in events if e["event"] == label]

    def test_known_events(self):
        self.write("a.csv", table(smile()))
        events = self.events("a.csv")
        smiles = self.find(events, "AU12 lip corner puller")
        self.assertEqual([(e["onset_frame"], e["apex_frame"], e["offset_frame"]) for e in smiles],
                         [("20", "40", "59")])
        self.assertEqual((smiles[0]["onset"], smiles[0]["apex"], smiles[0]["peak"]),
                         ("0.760", "1.560", "3.00"))
        self.assertEqual(float(smiles[0]["duration"]), 1.56)
        self.assertEqual([e["onset_frame"] for e in self.find(events, "blink")], ["10", "70"])
        self.assertEqual([(e["onset_frame"], e["offset_frame"])
                          for e in self.find(events, "eyes closed")], [("80", "99")])
        self.assertEqual([(e["event"], e["onset_frame"], e["apex"]) for e in events
                          if e["event"].startswith("gaze")],
                         [("gaze centre", "1", ""), ("gaze left", "51", "")])
        self.assertEqual(events, sorted(events, key=lambda e: int(e["onset_frame"])))

    def lids(self):
        """Lids 8 mm apart, less and less as the head turns; blinks in 30 to 32 and 100 to 102 of person 0, and
        in 60 to 62 of person 1, whose eyes are narrower."""
        for i in range(1, 151):
            for person, usual in ((0, 8 - i / 100), (1, 5)):
                shut = i in ((30, 31, 32, 100, 101, 102) if person == 0 else (60, 61, 62))
                yield i, person, f"{(i - 1) / 25:.3f}", 0.9, 1, f"{usual * (0.6 if shut else 1):.3f}"

    def test_lids(self):
        head = "frame,face_id,timestamp,confidence,success,eye_opening"
        self.write("a.csv", table(self.lids(), head))
        for options in (), ("--lids",):  # there is no AU45_r, so that both are the same
            events = self.events("a.csv", *options, "--rows", "r.csv", "--force")
            self.assertEqual([(e["event"], e["face_id"], e["onset_frame"], e["offset_frame"]) for e in events],
                             [("blink", "0", "30", "32"), ("blink", "1", "60", "62"), ("blink", "0", "100", "102")])
            rows = util.read_csv_text("r.csv")
            self.assertEqual(len(rows), 300)
            self.assertEqual({(r["frame"], r["face_id"]) for r in rows if r["event"] == "blink"},
                             {(str(f), e["face_id"]) for e in events
                              for f in range(int(e["onset_frame"]), int(e["offset_frame"]) + 1)})
            shut = [float(r["AU45"]) for r in rows if r["event"]]
            self.assertTrue(all(2.3 < v < 2.7 for v in shut), shut)  # 5 (1 - 0.6) / 0.8
            self.assertLess(max(float(r["AU45"]) for r in rows if not r["event"]), 0.5)

    def test_lids_that_are_not_there(self):
        self.write("a.csv", table(smile()))
        done = run("events", "a.csv", "--lids")
        self.fails_with(done, "EINVAL", "a.csv", "eye_opening")
        self.write("b.csv", table([(1, 0, 0, 0.9, 1, "nan"), (2, 0, 0.04, 0.9, 1, ""), (3, -1, 0.08, 0, 0, "")],
                                  "frame,face_id,timestamp,confidence,success,eye_opening"))
        self.assertEqual(self.events("b.csv", "--lids", "--rows", "r.csv"), [])
        self.assertEqual([r["AU45"] for r in util.read_csv_text("r.csv")], ["", ""])
        self.fails_with(run("events", "b.csv", "--rows", "-"), "EINVAL", "--rows")

    def test_thresholds(self):
        self.write("a.csv", table(smile()))
        self.assertEqual(self.find(self.events("--on", "3.5", "a.csv"), "AU12 lip corner puller"), [])
        wide = self.find(self.events("--off", "0.1", "--on", "3", "a.csv"), "AU12 lip corner puller")
        self.assertEqual(len(wide), 1)
        narrow = self.find(self.events("--off", "2", "--on", "3", "a.csv"), "AU12 lip corner puller")
        self.assertEqual((narrow[0]["onset_frame"], narrow[0]["offset_frame"]), ("32", "48"))
        self.assertEqual(len(self.find(self.events("--blink", "0", "a.csv"), "eyes closed")), 3)
        self.assertEqual(self.find(self.events("--shortest", "2", "a.csv"),
                                   "AU12 lip corner puller"), [])
        self.assertFalse(self.find(self.events("--zone", "30", "a.csv"), "gaze left"))

    def test_hysteresis_and_gaps(self):
        wavering = [0.9, 1.1] * 20 + [0] * 10 + [1.5] * 10
        rows = [(i + 1, 0, f"{i * 0.04:.3f}", 0.9, 1, 11 if i % 2 else 9, 0, v, 0)
                for i, v in enumerate(wavering)]
        self.write("a.csv", table(rows))
        found = self.find(self.events("a.csv"), "AU12 lip corner puller")
        self.assertEqual([e["onset_frame"] for e in found], ["1", "51"])
        self.assertEqual(len(self.find(self.events("--gap", "1", "a.csv"), "AU12 lip corner puller")), 1)
        # gaze stays in the centre, whose border it crosses by one degree only
        self.assertEqual(len([e for e in self.events("a.csv") if "gaze" in e["event"]]), 1)

    def test_lost_faces_end_events(self):
        rows = [(i, 0, f"{i * 0.04:.3f}", 0.9, 1, 0, 0, 2, 0) if i < 20 or i > 40 else
                (i, -1, f"{i * 0.04:.3f}", 0, 0, "", "", "", "") for i in range(1, 61)]
        rows[9] = (10, 0, "0.400", 0.9, 0, 0, 0, 0, 0) # one frame that is not trusted
        self.write("a.csv", table(rows))
        found = self.find(self.events("a.csv"), "AU12 lip corner puller")
        self.assertEqual([(e["onset_frame"], e["offset_frame"]) for e in found],
                         [("1", "19"), ("41", "60")])

    def test_people_and_results(self):
        both = sorted([*smile(), *smile(person=7)], key=lambda r: (r[0], r[1]))
        self.write("a.csv", table(both))
        self.write("b,c.csv", table(smile()))
        events = self.events("a.csv", "b,c.csv")
        self.assertEqual({(e["result"], e["face_id"]) for e in events},
                         {("a.csv", "0"), ("a.csv", "7"), ("b,c.csv", "0")})
        one = [{**e, "result": ""} for e in events if e["result"] == "b,c.csv"]
        other = [{**e, "result": "", "face_id": "0"} for e in events
                 if e["result"] == "a.csv" and e["face_id"] == "7"]
        self.assertEqual(one, other)

    def test_table_of_openface(self):
        rows = [(i, 0, f"{i * 0.04:.3f}", 0.98, 1, -0.5, 0.5, 2.5) for i in range(1, 11)]
        self.write("a.csv", table(rows, "frame, face_id, timestamp, confidence, success, "
                                        "gaze_angle_x, gaze_angle_y, AU12_r"))
        self.assertEqual([e["event"] for e in self.events("a.csv")],
                         ["gaze down left", "AU12 lip corner puller"])

    def test_elan(self):
        self.write("a.csv", table(smile()))
        self.write("a.csv.meta.json", '{\n  "recipe": "ab",\n  "input": {\n'
                                      '    "name": "/v/a & \\"b\\".mp4",\n    "bytes": 3\n  }\n}\n')
        self.succeeds("events", "a.csv", "-o", "a.eaf")
        root = xml.etree.ElementTree.parse("a.eaf").getroot()
        self.assertEqual(root.find("HEADER/MEDIA_DESCRIPTOR").get("MEDIA_URL"), '/v/a & "b".mp4')
        slots = {s.get("TIME_SLOT_ID"): int(s.get("TIME_VALUE"))
                 for s in root.iter("TIME_SLOT")}
        tiers = {t.get("TIER_ID"): t for t in root.iter("TIER")}
        self.assertEqual(set(tiers), {"face 0: AU12 lip corner puller", "face 0: AU45 blink",
                                      "face 0: gaze"})
        smile_event = tiers["face 0: AU12 lip corner puller"].find(".//ALIGNABLE_ANNOTATION")
        self.assertEqual((slots[smile_event.get("TIME_SLOT_REF1")],
                          slots[smile_event.get("TIME_SLOT_REF2")]), (760, 2320))
        self.assertEqual(len(list(tiers["face 0: AU45 blink"].iter("ANNOTATION"))), 3)

    @unittest.skipUnless(READERS, "pympi and webvtt-py could not be installed")
    def test_readers(self):
        """Programs that read ELAN's files and WebVTT find what the table of events has."""
        self.write("a.csv", table(smile()))
        for end in "eaf", "vtt":
            self.succeeds("events", "a.csv", "-o", "a." + end)
        import pympi  # pylint: disable=import-outside-toplevel
        import webvtt  # pylint: disable=import-outside-toplevel
        events = self.events("a.csv")
        elan = pympi.Elan.Eaf("a.eaf")
        found = [a[:2] for t in elan.get_tier_names() for a in elan.get_annotation_data_for_tier(t)]
        want = [(round(1000 * float(e["onset"])), round(1000 * float(e["offset"]))) for e in events]
        self.assertEqual(sorted(found), sorted(want))
        cues = [tuple(sum(n * float(part) for n, part in zip((3.6e6, 6e4, 1e3), time.split(":"))) for time in (c.start, c.end))
                for c in webvtt.read("a.vtt")]
        self.assertEqual(sorted((round(a), round(b)) for a, b in cues), sorted(want))

    def test_captions(self):
        self.write("a.csv", table(smile()))
        self.succeeds("events", "a.csv", "-o", "a.vtt")
        with open("a.vtt", encoding="utf-8") as f:
            text = f.read()
        self.assertTrue(text.startswith("WEBVTT\n\n1\n"))
        self.assertIn("00:00:00.760 --> 00:00:02.320\nface 0: AU12 lip corner puller 3.0\n", text)
        cues = re.findall(r"(?m)^(\d\d:\d\d:\d\d\.\d{3}) --> (\d\d:\d\d:\d\d\.\d{3})$", text)
        self.assertTrue(cues and all(a < b for a, b in cues))

    def test_refused(self):
        self.write("a.csv", table(smile()))
        self.write("empty.csv", "")
        self.write("other.csv", "a,b\n1,2\n")
        self.fails_with(run("events"), "EINVAL", "needs a result")
        self.fails_with(run("events", "a.csv", "-o", "a.txt"), "EINVAL", ".csv, .eaf or .vtt")
        self.fails_with(run("events", "a.csv", "a.csv", "-o", "a.vtt"), "EINVAL", ".vtt")
        self.fails_with(run("events", "a.csv", "--off", "2"), "EINVAL", "--off 2 is above --on 1")
        self.fails_with(run("events", "a.csv", "--margin", "20"), "EINVAL", "--zone")
        self.fails_with(run("events", "none.csv"), "ENOINPUT", "none.csv")
        self.fails_with(run("events", "empty.csv"), "EEMPTY", "empty.csv")
        self.fails_with(run("events", "other.csv", "-o", "x.csv"), "EDAMAGED", "other.csv", "face_id")
        self.assertFalse(os.path.exists("x.csv"))
        self.succeeds("events", "a.csv", "-o", "x.csv")
        self.fails_with(run("events", "a.csv", "-o", "x.csv"), "EEXISTS", "--force")


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
