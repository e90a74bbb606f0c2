#!/usr/bin/env python3
"""mien compare: statistics of two results, recomputed here in plain Python.

usage: test_compare.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]
"""
import csv
import io
import json
import math
import os
import random
import statistics
import subprocess
import sys
import unittest

import util
from util import SHARED, own_exit_codes, run

HEAD = ("frame,face_id,timestamp,success,gaze_yaw_smooth,gaze_pitch_smooth,gaze_x,gaze_y,gaze_z,pose_Rx,"
        "pose_Ry,pose_Rz,AU12_r," + ",".join(f"x_{i}" for i in range(68)) + "," +
        ",".join(f"y_{i}" for i in range(68)))


def percentile(values, percent):
    """As numpy: linear between neighbours."""
    v = sorted(values)
    rank = percent / 100 * (len(v) - 1)
    low = int(rank)
    return v[low] + (rank - low) * (v[min(low + 1, len(v) - 1)] - v[low])


def pearson(a, b):
    ma, mb = statistics.fmean(a), statistics.fmean(b)
    return (sum((x - ma) * (y - mb) for x, y in zip(a, b)) /
            math.sqrt(sum((x - ma) ** 2 for x in a) * sum((y - mb) ** 2 for y in b)))


def angle(a, b):
    dot = sum(x * y for x, y in zip(a, b))
    return math.degrees(math.acos(max(-1, min(1, dot / math.hypot(*a) / math.hypot(*b)))))


def direction(yaw, pitch):
    yaw, pitch = math.radians(yaw), math.radians(pitch)
    return math.cos(pitch) * math.sin(yaw), math.sin(pitch), math.cos(pitch) * math.cos(yaw)


def face(rng, frame, person=0, success=1):
    """A row of HEAD as a dictionary."""
    yaw, pitch = rng.uniform(-30, 30), rng.uniform(-20, 20)
    x, y, z = direction(yaw, pitch)
    row = dict(frame=frame, face_id=person, timestamp=round(frame * 0.04, 3), success=success,
               gaze_yaw_smooth=yaw, gaze_pitch_smooth=pitch, gaze_x=x, gaze_y=y, gaze_z=-z,
               pose_Rx=rng.uniform(-0.3, 0.3), pose_Ry=rng.uniform(-3.14, 3.14), pose_Rz=0.1,
               AU12_r=rng.uniform(0, 5))
    for i in range(68):
        row[f"x_{i}"] = 100 + 3 * i + rng.uniform(-2, 2)
        row[f"y_{i}"] = 200 - 2 * i + rng.uniform(-2, 2)
    return row


def table(rows):
    out = [HEAD]
    for row in rows:
        out.append(",".join(f"{row[k]:.6f}" if isinstance(row.get(k), float) else str(row.get(k, ""))
                            for k in HEAD.split(",")))
    return "\n".join(out) + "\n"


def no_face(frame):
    return dict(frame=frame, face_id=-1, timestamp=frame * 0.04, success=0)


def pair(frames, seed=1):
    """Two results of the same faces."""
    rng = random.Random(seed)
    return ([face(rng, i + 1) for i in range(frames)], [face(rng, i + 1) for i in range(frames)])


class Compare(util.Case):
    def write(self, name, rows):
        with open(name, "w", encoding="utf-8") as f:
            f.write(table(rows) if not isinstance(rows, str) else rows)

    def compare(self, *arguments, a="a.csv", b="b.csv"):
        """{column: row}, numbers as floats, counts as integers."""
        text = self.succeeds("compare", "--format", "csv", *arguments, a, b).out
        found = {}
        for row in csv.DictReader(io.StringIO(text)):
            found[row["column"]] = int(row["n"]) if row["kind"] == "count" else {
                k: float(v) if v and k not in ("column", "kind", "unit") else v for k, v in row.items()}
        return found

    def check(self, row, a, b, difference=None, tolerance=2e-6):
        sizes = [abs(d) for d in difference or [y - x for x, y in zip(a, b)]]
        self.assertEqual(row["n"], len(sizes))
        self.near(row["mean"], statistics.fmean(sizes), tolerance)
        self.near(row["max"], max(sizes), tolerance)
        return sizes

    def test_statistics(self):
        rows_a, rows_b = pair(500)
        self.write("a.csv", rows_a)
        self.write("b.csv", rows_b)
        found = self.compare()
        a, b = [r["AU12_r"] for r in rows_a], [r["AU12_r"] for r in rows_b]
        sizes = self.check(found["AU12_r"], a, b)
        self.near(found["AU12_r"]["p95"], percentile(sizes, 95), 2e-6)
        self.near(found["AU12_r"]["bias"], statistics.fmean(b) - statistics.fmean(a), 2e-6)
        self.near(found["AU12_r"]["r"], pearson(a, b), 2e-6)
        vector = [tuple(r[f"gaze_{k}"] for k in "xyz") for r in rows_a + rows_b]
        self.check(found["gaze"], None, None, [angle(u, v) for u, v in zip(vector, vector[500:])],
                   1e-4)
        smooth = [direction(r["gaze_yaw_smooth"], r["gaze_pitch_smooth"]) for r in rows_a + rows_b]
        self.check(found["gaze_smooth"], None, None,
                   [angle(u, v) for u, v in zip(smooth, smooth[500:])], 1e-4)
        turned = [math.remainder(q["pose_Ry"] - p["pose_Ry"], 2 * math.pi) for p, q in zip(rows_a, rows_b)]
        self.check(found["pose_Ry"], None, None, turned)
        points = [statistics.fmean(math.dist((p[f"x_{i}"], p[f"y_{i}"]), (q[f"x_{i}"], q[f"y_{i}"]))
                                   for i in range(68)) for p, q in zip(rows_a, rows_b)]
        self.check(found["landmarks"], None, None, points)
        eyes = [100 * d / math.dist((p["x_36"], p["y_36"]), (p["x_45"], p["y_45"]))
                for d, p in zip(points, rows_a)]
        self.check(found["landmarks_eyes"], None, None, eyes)
        self.assertEqual(found["x_#"]["n"], 500 * 68)
        self.assertEqual((found["frames"], found["compared"]), (500, 500))

    def test_head_is_the_angle_of_a_rotation(self):
        rows_a, rows_b = pair(3)
        for row, turned, angles in zip(rows_a, rows_b, ((0.2, 0, 0), (0, 0.3, 0), (0, 0, 0.4))):
            for k, v in zip(("pose_Rx", "pose_Ry", "pose_Rz"), angles):
                row[k], turned[k] = 0.0, v
        self.write("a.csv", rows_a)
        self.write("b.csv", rows_b)
        self.near(self.compare()["head"]["mean"], math.degrees(0.3), 1e-5)
        self.near(self.compare()["head"]["max"], math.degrees(0.4), 1e-5)

    def test_many_rows(self):
        """Beyond 2048 values the percentile is within one percent."""
        rng = random.Random(3)
        sizes = [10 ** rng.uniform(-4, 3) for _ in range(5000)]
        head = "frame,face_id,timestamp,success,value\n"
        self.write("a.csv", head + "".join(f"{i + 1},0,{i},1,0\n" for i in range(5000)))
        self.write("b.csv", head + "".join(f"{i + 1},0,{i},1,{-d:.7f}\n" for i, d in enumerate(sizes)))
        row = self.compare()["value"]
        self.assertEqual(row["n"], 5000)
        self.near(row["p95"] / percentile(sizes, 95), 1, 0.01)
        self.near(row["mean"], statistics.fmean(sizes), 1e-5)
        self.assertEqual(row["r"], "", "a does not vary")

    def test_rows_without_partner(self):
        rng = random.Random(4)
        one, two = face(rng, 5), face(rng, 5, 1)
        gap = dict(face(rng, 6), AU12_r="")
        self.write("a.csv", [face(rng, 1), face(rng, 3), no_face(4), one, two, gap,
                             face(rng, 7, 0, 0), face(rng, 8, 0, 0), face(rng, 9)])
        self.write("b.csv", [face(rng, 2), face(rng, 3), no_face(4), dict(two), face(rng, 6),
                             face(rng, 7), face(rng, 8, 0, 0), face(rng, 9), face(rng, 10)])
        found = self.compare()
        want = dict(frames=7, frames_only_a=1, frames_only_b=2, frames_without_face=1, compared=4,
                    only_a=2, only_b=2, untrusted_a=1, untrusted_b=0, untrusted_both=1)
        self.assertEqual({k: found[k] for k in want}, want)
        self.assertEqual((found["AU12_r"]["n"], found["AU12_r"]["missing_a"],
                          found["AU12_r"]["missing_b"]), (3, 1, 0))
        self.assertEqual(found["pose_Rx"]["n"], 4)

    def test_match_by_place(self):
        """Two people whose numbers are exchanged in half of the frames."""
        rng, rows_a, rows_b = random.Random(6), [], []
        for frame in range(1, 41):
            for person in (0, 1):
                row = face(rng, frame, person)
                for i in range(68):
                    row[f"x_{i}"] += 400 * person
                rows_a.append(row)
                rows_b.append(dict(row, face_id=1 - person if frame > 20 else person))
        rows_b[3]["x_36"] += 5000  # this face is elsewhere
        rows_b[3]["x_45"] += 5000
        self.write("a.csv", rows_a)
        self.write("b.csv", rows_b)
        self.assertGreater(self.compare()["AU12_r"]["max"], 1)
        found = self.compare("--match", "place")
        self.assertEqual((found["compared"], found["only_a"], found["only_b"]), (79, 1, 1))
        self.assertEqual(found["AU12_r"]["max"], 0)
        rows_b = [dict(row, face_id=row["face_id"] + 5) for row in rows_b]
        self.write("b.csv", rows_b)
        done = run("compare", "a.csv", "b.csv")
        self.assertEqual(done.status, 0)
        self.assertIn("use --match place", done.stderr)
        self.write("c.csv", "frame,face_id,AU12_r\n1,0,1\n")
        self.fails_with(run("compare", "--match", "place", "a.csv", "c.csv"), "EINVAL", "c.csv", "--match id")

    @unittest.skipIf(util.SLOW, "sanitizers need memory of their own")
    def test_memory_is_flat(self):
        """Three hundred thousand rows take no more memory than three thousand."""
        peak = []
        for rows in (3000, 300000):
            with open("a.csv", "w", encoding="utf-8") as f:  # the child begins as large as this process
                f.write("frame,face_id,success,a,b,c\n")
                f.writelines(f"{i + 1},0,1,{i % 7},{i % 11},{i % 13}\n" for i in range(rows))
            command = subprocess.Popen([util.MIEN, "compare", "a.csv", "a.csv"], stdout=subprocess.DEVNULL)
            _, status, usage = os.wait4(command.pid, 0)
            command.returncode = os.waitstatus_to_exitcode(status)
            self.assertEqual(command.returncode, 0)
            peak.append(usage.ru_maxrss)
        self.assertLess(peak[1] - peak[0], 4096, f"peak in kB: {peak}")

    def test_json_lines(self):
        """The same faces in both formats do not differ."""
        rows = [face(random.Random(5), 1), no_face(2)] + [face(random.Random(i), i) for i in (3, 4)]
        lines = []
        for row in rows:
            faces = [{k: v for k, v in row.items() if k not in ("frame", "timestamp")}]
            lines.append(json.dumps({"note": {"faces": [1, "]}"]}, "frame": row["frame"],
                                     "timestamp": row["timestamp"],
                                     "faces": faces if row["face_id"] >= 0 else []}))
        self.write("a.csv", rows)
        self.write("b.jsonl", "\n".join(lines) + "\n")
        for a, b in (("a.csv", "b.jsonl"), ("b.jsonl", "a.csv")):
            found = self.compare(a=a, b=b)
            self.assertEqual((found["compared"], found["frames_without_face"]), (3, 1))
            for name in HEAD.split(",")[4:]:
                self.assertLessEqual(found[name]["max"], 1e-6, name)
                self.assertEqual((found[name]["n"], found[name]["missing_a"]), (3, 0))
            self.assertNotIn("AU01_r", found)

    def test_tolerance(self):
        rows_a, rows_b = pair(20)
        for row in rows_b:
            row["AU12_r"] = rows_a[row["frame"] - 1]["AU12_r"] + 0.2
        self.write("a.csv", rows_a)
        self.write("b.csv", rows_b)
        for list_ in ("AU12_r=0.21", "AU*_r=0.3,AU12_r.max=0.3", "AU12_r.bias=0.21,unmatched=0",
                      "gaze.p95=90,landmarks_eyes=50"):
            self.compare("--tolerance", list_)
        for list_, word in (("AU12_r=0.19", "mean of AU12_r is 0.2"), ("x_#.p95=0.001", "p95 of x_#"),
                            ("AU12_r=1,AU12_r.bias=0.1", "bias of AU12_r")):
            done = run("compare", "--tolerance", list_, "--format", "csv", "a.csv", "b.csv")
            self.assertEqual(done.status, own_exit_codes()["EDIFFERENT"][1], done)
            self.assertIn(word, done.stderr)
            self.assertIn("gaze,measure,deg,20", done.out, "the table comes in any case")
        self.assertIn(",0,0,1\n", done.out)
        self.write("b.csv", rows_b[1:])
        done = run("compare", "--tolerance", "unmatched=0", "a.csv", "b.csv")
        self.assertEqual(done.status, 43, done)
        self.assertIn("1 faces are unmatched", done.stderr)

    def test_text_and_json(self):
        rows_a, rows_b = pair(5)
        self.write("a.csv", rows_a)
        self.write("b.csv", rows_b)
        text = self.succeeds("compare", "a.csv", "b.csv").out
        self.assertRegex(text, r"(?m)^x_# +px +340 ")
        self.assertNotRegex(text, r"(?m)^x_1 ")
        self.assertRegex(self.succeeds("compare", "--all", "a.csv", "b.csv").out, r"(?m)^x_1 +px +5 ")
        found = json.loads(self.succeeds("compare", "--format", "json", "a.csv", "b.csv").out)
        self.assertEqual((found["compared"], found["a"]), (5, "a.csv"))
        row = next(c for c in found["columns"] if c["column"] == "head")
        self.assertEqual((row["kind"], row["meaning"]), ("measure", "angle between head poses"))
        row = next(c for c in found["columns"] if c["column"] == "AU12_r")
        self.near(row["mean"], self.compare()["AU12_r"]["mean"], 1e-9)
        self.succeeds("compare", "a.csv", "b.csv", "-o", "out.txt")
        with open("out.txt", encoding="utf-8") as f:
            self.assertEqual(f.read(), text)
        self.fails_with(run("compare", "a.csv", "b.csv", "-o", "out.txt"), "EEXISTS", "out.txt")

    def test_errors(self):
        self.write("a.csv", pair(3)[0])
        self.write("other.csv", "frame,something\n1,2\n")
        self.write("later.csv", [dict(r, frame=r["frame"] + 10) for r in pair(3)[0]])
        self.write("back.csv", "frame,AU12_r\n2,1\n1,1\n")
        self.write("twice.csv", "frame,AU12_r,AU12_r\n2,1,1\n")
        self.write("keyless.csv", "a,b\n2,1\n")
        self.write("b.jsonl", '{"frame":1,"faces":[{"face_id":0,}]}\n')
        self.fails_with(run("compare", "a.csv"), "EINVAL", "two results")
        self.fails_with(run("compare", "a.csv", "none.csv"), "ENOINPUT", "none.csv")
        self.fails_with(run("compare", "a.csv", "other.csv"), "EINVAL", "no column in common")
        self.fails_with(run("compare", "a.csv", "later.csv"), "EINVAL", "no frame in common")
        for name, word in (("back.csv", "not in order"), ("twice.csv", "two columns AU12_r"),
                           ("keyless.csv", "no column frame"), ("b.jsonl", "line 1")):
            self.fails_with(run("compare", "a.csv", name), "EDAMAGED", name, word)
        for list_ in ("AU12_r", "AU12_r=", "=1", "AU12_r=x", "AU12_r=1x,gaze=1", "gaze=-1"):
            self.fails_with(run("compare", "--tolerance", list_, "a.csv", "a.csv"), "EINVAL", "NAME=VALUE")
        self.fails_with(run("compare", "--tolerance", "AU99_r=1", "a.csv", "a.csv"), "EINVAL", "AU99_r")

    def test_tables_of_openface(self):
        path = f"{SHARED}/media/openface_pairs/default.csv"
        if not os.path.exists(path):
            self.skipTest(f"{path} is not there")
        found = self.compare(a=path, b=path)
        self.assertGreater(found["compared"], 50)
        self.assertEqual((found["head"]["max"], found["AU12_r"]["r"]), (0, 1))


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
