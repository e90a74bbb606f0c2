#!/usr/bin/env python3
"""mien evaluate with folders of labels that mien-synth's renders give, in three formats: what it finds
is what the labels and results give here, and the models see something.

usage: test_rendered_labels.py PATH_TO_MIEN SOURCE_ROOT PATH_TO_SYNTH
"""
import csv
import io
import json
import math
import os
import statistics
import subprocess
import sys
import unittest

SYNTH = os.path.abspath(sys.argv.pop(3))

import util  # noqa: E402
from util import ROOT, SHARED  # noqa: E402

sys.path.insert(0, os.path.join(ROOT, "tests", "reference"))
import agreement  # noqa: E402

ASSETS = os.path.join(SHARED, "assets", "makehuman")
UNITS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
PEOPLE, EACH = 4, 5


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def direction(yaw, pitch):
    yaw, pitch = math.radians(yaw), math.radians(pitch)
    return math.cos(pitch) * math.sin(yaw), math.sin(pitch), math.cos(pitch) * math.cos(yaw)


def angle(a, b):
    u, v = direction(*a), direction(*b)
    return math.degrees(math.acos(max(-1, min(1, sum(x * y for x, y in zip(u, v))))))


@unittest.skipUnless(os.path.isdir(ASSETS) and util.have_models(), "the MakeHuman assets or the models are missing")
class Rendered(util.Case):
    def setUp(self):
        super().setUp()
        subprocess.run([SYNTH, "still", "--assets", ASSETS, "-o", "faces", "--seed", "8", "--faces", "1",
                        "--face-height", "0.5", "--clean", "--same", str(EACH), "--size", "320x240",
                        "--count", str(PEOPLE * EACH)], check=True, stdout=subprocess.DEVNULL)
        with open("faces/labels.jsonl", encoding="utf-8") as f:
            self.label = [json.loads(line)["faces"][0] for line in f]
        self.succeeds("extract", "faces/%08d.png", "--independent", "--analysis", "all", "-o", "all.csv")
        self.rows = {}
        for row in util.read_csv("all.csv"):
            number = int(row["frame"]) - 1
            if number not in self.rows or self.nearer(row, self.rows[number], self.label[number]):
                self.rows[number] = row
        self.rows = [self.rows[i] for i in range(len(self.label))]
        self.write_results()

    def nearer(self, row, other, face):
        """Is this face of the picture the rendered one, rather than the other?"""
        def distance(r):
            if r["x_30"] is None or r["success"] != 1:
                return math.inf
            return math.dist((r["x_30"], r["y_30"]), face["landmarks68"][60:62])
        return distance(row) < distance(other)

    def write_results(self):
        """A result for each person and one for each picture, as labels of both kinds need them."""
        with open("all.csv", encoding="utf-8") as f:
            head, *lines = f.read().splitlines()
        frame = head.split(",").index("frame")
        for line in lines:
            i = int(line.split(",")[frame]) - 1
            for name, number in ((f"people/SN{i // EACH:03d}.csv", i % EACH), (f"pictures/{i:08d}.csv", 0)):
                cells = line.split(",")
                cells[frame] = str(number + 1)
                if not os.path.exists(name):
                    write(name, head + "\n")
                with open(name, "a", encoding="utf-8") as f:
                    f.write(",".join(cells) + "\n")

    def evaluate(self, results, labels):
        text = self.succeeds("evaluate", "--format", "csv", "--resamples", "20", results, "--labels", labels).out
        found = {}
        for row in csv.DictReader(io.StringIO(text)):
            found[row["item"], row["scoring"], row["metric"]] = float(row["value"]) if row["value"] else None
        return found

    def seen(self):
        return [i for i, row in enumerate(self.rows) if row["success"] == 1]

    def test_rendered_folders(self):
        self.assertGreater(len(self.seen()), 0.8 * len(self.label))
        for check in (self.units, self.gaze, self.landmarks):
            with self.subTest(check.__name__):
                check()

    def units(self):
        for unit in UNITS:
            for p in range(PEOPLE):
                write(f"disfa/SN{p:03d}/SN{p:03d}_au{unit}.txt", "".join(
                    f"{i + 1},{self.label[p * EACH + i]['au'][f'AU{unit:02d}']}\n" for i in range(EACH)))
        found = self.evaluate("people", "disfa")
        for unit in UNITS:
            label = [self.label[i]["au"][f"AU{unit:02d}"] for i in self.seen()]
            tool = [self.rows[i][f"AU{unit:02d}_r"] for i in self.seen()]
            want = agreement.intensity(label, tool)
            for metric in ("pcc", "ccc", "icc21", "icc31", "mae", "bias"):
                have = found[f"AU{unit:02d}", "measured", metric]
                if want[metric] is not None:
                    self.near(have, want[metric], 1e-5, f"AU{unit} {metric}")
            want = agreement.presence([int(v >= 2) for v in label],
                                      [int(self.rows[i][f"AU{unit:02d}_c"]) for i in self.seen()])
            self.near(found[f"AU{unit:02d}", "measured", "base_rate_tool"], want["base_rate_tool"], 1e-6)
            self.assertEqual(found[f"AU{unit:02d}", "all", "n"], len(self.label))

    def gaze(self):
        lines = ["Face Origin 2DGaze"]
        for i, face in enumerate(self.label):
            yaw, pitch = (math.radians(v) for v in face["gaze"])
            lines.append(f"faces/{i:08d}.png p{i // EACH:02d}/day/0.png {yaw},{pitch}")
        write("gaze/Label/a.label", "\n".join(lines) + "\n")
        found = self.evaluate("pictures", "gaze")
        errors = [angle(self.label[i]["gaze"], (self.rows[i]["gaze_yaw"], self.rows[i]["gaze_pitch"]))
                  for i in self.seen()]
        self.near(found["gaze", "measured", "mean"], statistics.fmean(errors), 1e-3)
        straight = [angle(face["gaze"], (0, 0)) for face in self.label]
        self.assertLess(found["gaze", "measured", "mean"], statistics.fmean(straight), "no better than (0, 0)")

    def landmarks(self):
        for i, face in enumerate(self.label):
            v = face["landmarks68"]
            points = "".join(f"{v[2 * k] + 1} {v[2 * k + 1] + 1}\n" for k in range(68))
            write(f"pts/{i:08d}.pts", "version: 1\nn_points: 68\n{\n" + points + "}\n")
        found = self.evaluate("pictures", "pts")
        errors = []
        for i in self.seen():
            v, row = self.label[i]["landmarks68"], self.rows[i]
            eyes = math.dist((v[72], v[73]), (v[90], v[91]))
            errors.append(100 * statistics.fmean(math.dist((v[2 * k], v[2 * k + 1]), (row[f"x_{k}"], row[f"y_{k}"]))
                                                 for k in range(68)) / eyes)
        self.near(found["landmarks", "measured", "mean"], statistics.fmean(errors), 1e-3)
        self.assertLess(found["landmarks", "measured", "median"], 8)


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
