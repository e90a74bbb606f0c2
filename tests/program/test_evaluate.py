#!/usr/bin/env python3
"""mien evaluate: scores of results whose agreement with the labels is known, in every label format. The
formulas are compared with tests/reference/agreement.py, and that with scikit-learn and pingouin.

usage: test_evaluate.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]
"""
import csv
import io
import json
import math
import os
import random
import re
import statistics
import sys

import browser
import util
from util import ROOT, run

sys.path.insert(0, os.path.join(ROOT, "tests", "reference"))
sys.path.append(os.path.join(ROOT, "build-deps", "agreement"))  # as tests/reference/README.md installs them
import agreement  # noqa: E402

UNITS = (1, 12, 25)
AGREEMENT = ("f1", "precision", "recall", "kappa", "mcc", "pcc", "ccc", "icc21", "icc31", "mae", "bias",
             "base_rate_label", "base_rate_tool")


def write(path, text):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def percentile(values, percent):
    v = sorted(values)
    rank = percent / 100 * (len(v) - 1)
    low = int(rank)
    return v[low] + (rank - low) * (v[min(low + 1, len(v) - 1)] - v[low])


def angle(a, b):
    """Between two pairs of yaw and pitch in degrees, by the law of cosines on a sphere."""
    (ya, pa), (yb, pb) = ([math.radians(v) for v in x] for x in (a, b))
    cosine = math.sin(pa) * math.sin(pb) + math.cos(pa) * math.cos(pb) * math.cos(ya - yb)
    return math.degrees(math.acos(max(-1, min(1, cosine))))


class Person:
    """Labels and a result of one video. In some frames the tool finds no face."""

    def __init__(self, name, seed, frames=120):
        rng = random.Random(seed)
        self.name = name
        self.label = {u: [max(0, min(5, round(rng.gauss(1.4, 1.5)))) for _ in range(frames)] for u in UNITS}
        self.tool = {u: [round(max(0, min(5, 0.8 * v + rng.gauss(0.4, 0.7))), 3) for v in self.label[u]]
                     for u in UNITS}
        self.face = [rng.random() > 0.1 for _ in range(frames)]

    def result(self, columns="rc"):
        head = ["frame", "face_id", "timestamp", "success"]
        head += [f"AU{u:02d}_{c}" for c in columns for u in UNITS]
        rows = [",".join(head)]
        for i, face in enumerate(self.face):
            values = [self.tool[u][i] if c == "r" else int(self.tool[u][i] >= 1) for c in columns for u in UNITS]
            rows.append(",".join(str(v) for v in ([i + 1, 0, i * 0.04, 1] + values if face else
                                                  [i + 1, -1, i * 0.04, 0] + [""] * len(values))))
        return "\n".join(rows) + "\n"

    def pairs(self, unit, scoring):
        """(label, tool) of the frames that this scoring contains."""
        for i, face in enumerate(self.face):
            if face or scoring == "all":
                yield self.label[unit][i], self.tool[unit][i] if face else 0


def scores(people, unit, scoring, threshold=2):
    label, tool = zip(*(p for person in people for p in person.pairs(unit, scoring)))
    return agreement.ours(list(label), list(tool), threshold)


class Evaluate(util.Case):
    def evaluate(self, *arguments, results="res", labels="lab"):
        """{(item, scoring): {metric: (value, low, high)}}"""
        done = self.succeeds("evaluate", "--format", "csv", results, "--labels", labels, *arguments)
        found = {}
        for row in csv.DictReader(io.StringIO(done.out)):
            numbers = tuple(float(row[k]) if row[k] else None for k in ("value", "low", "high"))
            found.setdefault((row["item"], row["scoring"]), {})[row["metric"]] = numbers
        return found

    def check(self, found, people, threshold=2, units=UNITS):
        for unit in units:
            for scoring in ("measured", "all"):
                have, want = found[f"AU{unit:02d}", scoring], scores(people, unit, scoring, threshold)
                for metric in AGREEMENT:
                    self.near(have[metric][0], want[metric], 2e-6, f"AU{unit} {scoring} {metric}")
        frames, faces = sum(len(p.face) for p in people), sum(sum(p.face) for p in people)
        self.assertEqual(found[f"AU{units[0]:02d}", "all"]["n"][0], frames)
        self.assertEqual(found[f"AU{units[0]:02d}", "measured"]["n"][0], faces)
        self.near(found[f"AU{units[0]:02d}", "all"]["coverage"][0], faces / frames, 1e-6)

    def disfa(self, people, prefix="lab"):
        for p in people:
            for u in UNITS:
                write(f"{prefix}/{p.name}/{p.name}_au{u}.txt",
                      "".join(f"{i + 1},{v}\n" for i, v in enumerate(p.label[u])))

    def people(self, n=4):
        found = [Person(f"SN{i + 1:03d}", i) for i in range(n)]
        for p in found:
            write(f"res/LeftVideo{p.name}_comp.csv", p.result())
        return found

    # ------------------------------------------------------------------------------- formulas

    def test_reference(self):
        """agreement.py gives what scikit-learn and pingouin give: recorded, and now if they are here."""
        example = agreement.example()
        self.assertEqual(agreement.differences(agreement.ours(*example, 2), agreement.RECORDED), {})
        try:
            found = agreement.with_packages(*example, 2)
        except ImportError:
            self.skipTest("scikit-learn or pingouin is not there; the recorded values were compared")
        self.assertEqual(agreement.differences(agreement.ours(*example, 2), found), {})

    def test_undefined_scores_are_empty(self):
        write("res/a.csv", "frame,success,AU01_r,AU01_c\n1,1,0,0\n2,1,0,0\n")
        write("lab/a.csv", "frame,AU01_r\n1,0\n2,0\n")
        found = self.evaluate()["AU01", "measured"]
        self.assertEqual([found[m][0] for m in ("f1", "kappa", "mcc", "pcc", "ccc", "icc21", "icc31")], [None] * 7)
        self.assertEqual((found["mae"][0], found["base_rate_label"][0]), (0, 0))

    # -------------------------------------------------------------------------------- formats

    def test_disfa(self):
        people = self.people()
        self.disfa(people)
        self.check(self.evaluate(), people)
        self.check(self.evaluate("--threshold", "3"), people, 3)
        mean = [scores(people, u, "all")["icc31"] for u in UNITS]
        self.near(self.evaluate()["AU mean", "all"]["icc31"][0], statistics.fmean(mean), 2e-6)

    def test_disfaplus(self):
        people = [Person(f"SN{i + 1:03d}", i) for i in range(2)]
        for p in people:
            write(f"res/{p.name}/B1_trial.csv", p.result())
            for u in UNITS:
                write(f"lab/Labels/{p.name}/B1_trial/AU{u}.txt", "# picture intensity\n\n" + "".join(
                    f"{i:03d}.jpg {v}\n" for i, v in enumerate(p.label[u])))
        self.check(self.evaluate(), people)

    def test_bp4d(self):
        people = [Person(f"F00{i + 1}_T1", i) for i in range(2)]
        for p in people:
            write(f"res/{p.name}.csv", p.result())
            rows = [[i + 1] + [int(p.label[u][i] >= 2) for u in UNITS] + [9] for i in range(len(p.face))]
            write(f"lab/{p.name}.csv", "\n".join(",".join(map(str, r)) for r in [[0, *UNITS, 27]] + rows))
        found = self.evaluate()
        for unit in UNITS:
            want = scores(people, unit, "all")
            for metric in ("f1", "kappa", "mcc", "base_rate_label", "base_rate_tool"):
                self.near(found[f"AU{unit:02d}", "all"][metric][0], want[metric], 2e-6, metric)
            self.assertIsNone(found[f"AU{unit:02d}", "all"]["icc31"][0], "presence has no intensity")
        self.assertNotIn(("AU27", "all"), found)

    def test_tables(self):
        """Any table with the columns of a result; one table of all videos with their people."""
        people = [Person(name, i) for i, name in enumerate(("one", "two"))]
        rows = []
        for p in people:
            write(f"res/{p.name}.csv", p.result())
            rows += [[p.name, "same", i + 1] + [p.label[u][i] for u in UNITS] for i in range(len(p.face))]
        write("lab.csv", "video,person,frame,AU01_r,AU12_r,AU25_r\n" +
              "".join(",".join(map(str, r)) + "\n" for r in rows))
        found = self.evaluate(labels="lab.csv")
        self.check(found, people)
        self.assertIsNone(found["AU01", "all"]["f1"][1], "one person gives no interval")

    def test_results_as_json_lines(self):
        """A unit that the file never has is not measured; it is not absent."""
        p = Person("a", 4)
        rows = csv.DictReader(io.StringIO(p.result()))
        lines = [{"frame": int(r["frame"]), "faces": [
            {k: float(v) for k, v in r.items() if k != "frame" and not k.startswith("AU25")}]
            if r["success"] == "1" else []} for r in rows]
        write("res/a.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
        self.disfa([p])
        self.check(self.evaluate(), [p], units=(1, 12))
        self.assertNotIn(("AU25", "all"), self.evaluate())

    def test_faces_of_a_table(self):
        """Labels with face_id are about that person, others about the person of most frames."""
        people = [Person("a", 1), Person("a", 2)]
        for p in people:
            p.face = [True] * len(p.face)
        first, second = (p.result().splitlines() for p in people)
        rows = [first[0]]
        for a, b in zip(first[1:], second[1:]):
            rows += [b.replace(",0,", ",1,", 1), a]
        write("res/a.csv", "\n".join(rows[:-1]) + "\n" + rows[-1].replace(",0,", ",5,", 1) + "\n")
        for face, p in enumerate(people):
            head = f"frame,face_id,{','.join(f'AU{u:02d}_r' for u in UNITS)}\n"
            write("lab/a.csv", head + "".join(f"{i + 1},{face},{','.join(str(p.label[u][i]) for u in UNITS)}\n"
                                              for i in range(len(p.face) - 1)))
            p.label = {u: v[:-1] for u, v in p.label.items()}
            p.face = p.face[:-1]
            self.check(self.evaluate(), [p])
        self.disfa([people[1]])
        os.remove("lab/a.csv")
        found = json.loads(self.succeeds("evaluate", "--format", "json", "res", "--labels", "lab").out)
        self.assertEqual(found["other_faces"], len(people[1].face))
        self.check(self.evaluate(), [people[1]])

    # --------------------------------------------------------------------------- gaze, points

    def looks(self, n=3, frames=40):
        """[(person, label, tool)] of pictures; every tenth has no face."""
        rng = random.Random(9)
        found = []
        for p in range(n):
            for _ in range(frames):
                label = rng.uniform(-25, 25), rng.uniform(-15, 15)
                tool = label[0] + 3 * p + rng.gauss(0, 3), label[1] - 2 + rng.gauss(0, 2)
                found.append((p, label, tool if len(found) % 10 else None))
        return found

    def picture(self, path, tool):
        write(path, "frame,face_id,timestamp,success,gaze_yaw,gaze_pitch\n" +
              (f"1,0,0,1,{tool[0]:.6f},{tool[1]:.6f}\n" if tool else "1,-1,0,0,,\n"))

    def check_gaze(self, found, looks):
        have = found["gaze", "measured"]
        errors = [angle(l, t) for _, l, t in looks if t]
        self.near(have["mean"][0], statistics.fmean(errors), 1e-4)
        self.near(have["median"][0], percentile(errors, 50), 0.15)
        self.near(have["p95"][0], percentile(errors, 95), 0.3)
        self.near(have["yaw_bias"][0], statistics.fmean(t[0] - l[0] for _, l, t in looks if t), 1e-4)
        every = [angle(l, t or (0, 0)) for _, l, t in looks]
        self.near(found["gaze", "all"]["mean"][0], statistics.fmean(every), 1e-4)
        offset = {}
        for p in {p for p, _, _ in looks}:
            offset[p] = [statistics.fmean(t[k] - l[k] for q, l, t in looks if t and q == p) for k in (0, 1)]
        errors = [angle(l, (t[0] - offset[p][0], t[1] - offset[p][1])) for p, l, t in looks if t]
        self.near(found["gaze calibrated", "measured"]["mean"][0], statistics.fmean(errors), 1e-4)
        self.near(found["gaze", "all"]["coverage"][0], len(errors) / len(looks), 1e-6)

    def test_gazehub(self):
        looks, lines = self.looks(), ["Face Left Right Origin WhichEye 3DGaze 3DHead 2DGaze 2DHead"]
        for i, (p, label, tool) in enumerate(looks):
            self.picture(f"res/p{p:02d}/face/{i}.csv", tool)
            yaw, pitch = (math.radians(v) for v in label)
            lines.append(f"p{p:02d}/face/{i}.jpg l r p{p:02d}/day01/0001.jpg left 0,0,0 0,0,0 {yaw},{pitch} 0,0")
        write("lab/Label/p.label", "\n".join(lines))
        self.check_gaze(self.evaluate(), looks)

    def test_numbered_sequences(self):
        """Pictures that are frames of one result, numbered from 1 and from 0."""
        for first in (1, 0):
            looks, lines = self.looks(), ["Face Origin 2DGaze"]
            head = "frame,face_id,timestamp,success,gaze_yaw,gaze_pitch\n"
            rows = {}
            for i, (p, label, tool) in enumerate(looks):
                rows.setdefault(p, [head])
                n = len(rows[p])
                rows[p].append(f"{n},0,0,1,{tool[0]:.6f},{tool[1]:.6f}\n" if tool else f"{n},-1,0,0,,\n")
                yaw, pitch = (math.radians(v) for v in label)
                lines.append(f"p{p:02d}/face/{n - 1 + first}.jpg p{p:02d}/day01/0001.jpg {yaw},{pitch}")
            for p, text in rows.items():
                write(f"res/p{p:02d}/face.csv", "".join(text))
            lines[1:] = random.Random(1).sample(lines[1:], len(lines) - 1)
            write("lab/Label/p.label", "\n".join(lines) + "\n")
            self.check_gaze(self.evaluate(), looks)
            self.assertIn("pictures that are frames of a result: 120", self.succeeds(
                "evaluate", "res", "--labels", "lab").out)
        os.rename("res/p00/face.csv", "res/face.csv")
        os.remove("res/p01/face.csv")
        os.remove("res/p02/face.csv")
        self.fails_with(run("evaluate", "res", "--labels", "lab"), "EINVAL", "face.csv", "and others")

    def test_columbia(self):
        looks = []
        for p, label, tool in self.looks():
            label = round(label[0]), round(label[1])
            name = f"{p + 1:04d}_2m_{len(looks)}P_{label[1]}V_{label[0]}H"
            self.picture(f"res/{name}.csv", tool)
            write(f"lab/{p + 1:04d}/{name}.jpg", "")
            looks.append((p, label, tool))
        self.check_gaze(self.evaluate(), looks)

    def test_gaze_of_openface(self):
        """gaze_angle_x and _y are tangents of the direction, with the opposite signs."""
        yaw, pitch = math.radians(20), math.radians(10)
        x, y, z = -math.cos(pitch) * math.sin(yaw), -math.sin(pitch), math.cos(pitch) * math.cos(yaw)
        write("res/a.csv", f"frame,success,gaze_angle_x,gaze_angle_y\n1,1,{math.atan2(x, z)},{math.atan2(y, z)}\n")
        write("lab/a.csv", "frame,gaze_yaw,gaze_pitch\n1,20,10\n")
        self.near(self.evaluate()["gaze", "measured"]["mean"][0], 0, 1e-4)

    def test_pts(self):
        rng, errors, head = random.Random(2), [], ["frame", "face_id", "success"]
        head += [f"{c}_{i}" for c in "xy" for i in range(68)]
        for k in range(30):
            points = [(100 + 2.0 * i + rng.uniform(-1, 1), 80 + 1.5 * i) for i in range(68)]
            size = math.dist(points[36], points[45])
            shift = 0 if k == 0 else size * rng.uniform(0, 0.12)
            tool = [(x + shift, y) for x, y in points]
            other = [(x + 400, y) for x, y in points]
            rows = [[1, i, 1] + [v[c] for c in (0, 1) for v in p] for i, p in enumerate((other, tool))]
            if k % 7 == 6:
                rows = [[1, -1, 0] + [""] * 136]
            else:
                errors.append(100 * shift / size)
            write(f"res/indoor_{k:03d}.csv", "\n".join(",".join(map(str, r)) for r in [head] + rows) + "\n")
            write(f"lab/indoor_{k:03d}.pts", "version: 1\nn_points: 68\n{\n" + "".join(
                f"{x + 1:.9f} {y + 1:.9f}\n" for x, y in points) + "}\n")
        found = self.evaluate()
        measured, every = found["landmarks", "measured"], found["landmarks", "all"]
        failed = sum(e > 8 for e in errors)
        self.near(measured["mean"][0], statistics.fmean(errors), 1e-4)
        self.near(measured["failures"][0], failed / len(errors), 1e-6)
        self.near(every["failures"][0], (failed + 30 - len(errors)) / 30, 1e-6)
        self.near(every["mean"][0], measured["mean"][0], 1e-9)
        self.near(every["auc"][0], sum(max(0, 8 - e) for e in errors) / 8 / 30, 1e-3)

    # ------------------------------------------------------------------------------ intervals

    def draws(self, seed, people, n):
        """SplitMix64, as its authors define it."""
        mask = 2 ** 64 - 1
        for k in range(n):
            drawn = []
            for i in range(people):
                z = (seed + (k * people + i + 1) * 0x9e3779b97f4a7c15) & mask
                z = ((z ^ (z >> 30)) * 0xbf58476d1ce4e5b9) & mask
                z = ((z ^ (z >> 27)) * 0x94d049bb133111eb) & mask
                drawn.append(((z ^ (z >> 31)) >> 32) * people >> 32)
            yield drawn

    def test_intervals_draw_people(self):
        people = self.people(6)
        self.disfa(people)
        found = self.evaluate("--resamples", "60", "--seed", "5")
        for metric in ("f1", "icc31", "kappa"):
            values = [scores([people[i] for i in drawn], 12, "all")[metric] for drawn in self.draws(5, 6, 60)]
            _, low, high = found["AU12", "all"][metric]
            self.near(low, percentile(values, 2.5), 2e-6)
            self.near(high, percentile(values, 97.5), 2e-6)
        self.assertEqual(found, self.evaluate("--resamples", "60", "--seed", "5"))
        self.assertNotEqual(found, self.evaluate("--resamples", "60", "--seed", "6"))
        self.assertIsNone(self.evaluate("--resamples", "0")["AU12", "all"]["f1"][1])

    def test_people_table(self):
        people = self.people(2)
        self.disfa(people)
        write("people.csv", "video,person\nSN001,anna\nSN002,anna\n")
        found = json.loads(self.succeeds("evaluate", "--format", "json", "res", "--labels", "lab",
                                         "--people", "people.csv").out)
        self.assertEqual((found["people"], found["recordings"], found["resamples"]), (1, 2, 0))
        write("people.csv", "video,person\nother,anna\n")
        self.fails_with(run("evaluate", "res", "--labels", "lab", "--people", "people.csv"), "EINVAL", "SN001")

    # -------------------------------------------------------------------------- what is stated

    def test_statements(self):
        people = self.people(2)
        self.disfa(people)
        write("lab/SN001/SN001_au24.txt", "1,3\n")
        text = self.succeeds("evaluate", "res", "--labels", "lab", "--threshold", "3").out
        for words in ("2 of 2 recordings", "intensity at least 3", "AUxx_c is 1", "1000 draws of 2 people", "seed 1", "rough",
                      "above 8 %", "not a column of the results: AU24", "unit absent (0)"):
            self.assertIn(words, text)
        text = self.succeeds("evaluate", "res", "--labels", "lab", "--tool-threshold", "1.5").out
        self.assertIn("in the result, if its intensity is at least 1.5", text)

    def test_page(self):
        """The scores as a page; what is in it is what JSON has."""
        people = self.people(3)
        self.disfa(people)
        done = run("evaluate", "res", "--labels", "lab", "--format", "html", "-o", "a.html")
        if done.status == util.EXIT["ENOTBUILT"]:
            self.skipTest("this build has no pages")
        self.assertEqual((done.status, done.stderr), (0, ""))
        page = util.read("a.html").decode()
        found = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[1])
        self.assertEqual(found, json.loads(self.succeeds("evaluate", "res", "--labels", "lab",
                                                         "--format", "json").out))
        if not browser.CHROMIUM or util.SLOW:
            self.skipTest("chromium is not installed, or slow; the data was compared")
        with browser.Browser() as b:
            b.open("a.html")
            self.assertEqual((b.console, b.evaluate("document.querySelectorAll('h2').length")), ([], 2))
            text = b.evaluate("document.querySelector('#main').innerText")
        for words in ("AU12", "ICC(3,1)", f"{found['items']['AU12']['all']['f1']['value']:.3f}", "1000 draws of 3 people"):
            self.assertIn(words, text)

    def test_thresholds_of_the_tool(self):
        p = Person("a", 3)
        write("res/a.csv", p.result("r"))
        self.disfa([p])
        write("res/a.csv", p.result("r"))
        found = self.evaluate()
        self.check(found, [p])
        tool = [int(v >= 2.5) for v in (t for _, t in p.pairs(12, "measured"))]
        label = [int(v >= 2) for v in (v for v, _ in p.pairs(12, "measured"))]
        found = self.evaluate("--tool-threshold", "2.5")["AU12", "measured"]
        self.near(found["f1"][0], agreement.presence(label, tool)["f1"], 1e-6)

    def test_frames_that_the_result_lacks(self):
        p = Person("a", 3)
        write("res/a.csv", "\n".join(p.result().splitlines()[:61]) + "\n")
        self.disfa([p])
        p.face = [f and i < 60 for i, f in enumerate(p.face)]
        self.check(self.evaluate(), [p])
        found = json.loads(self.succeeds("evaluate", "--format", "json", "res", "--labels", "lab").out)
        self.assertEqual(found["frames_not_in_result"], 60)

    # --------------------------------------------------------------------------------- errors

    def test_errors(self):
        people = self.people(2)
        self.disfa(people)

        def fails(status, *words, labels="lab", results="res", more=()):
            self.fails_with(run("evaluate", results, "--labels", labels, *more), status, *words)

        self.fails_with(run("evaluate", "res"), "EINVAL", "--labels")
        fails("ENOINPUT", "nowhere", labels="nowhere")
        write("notes.txt", "no label")
        fails("EINVAL", "no label file", labels="notes.txt")
        os.makedirs("empty")
        fails("ENOINPUT", "empty has no result", results="empty")
        fails("EINVAL", "no label file", labels="empty")
        fails("EINVAL", "of the format pts", more=("--labels-format", "pts"))
        write("other/x.csv", "frame,AU01_r\n1,2\n")
        fails("EINVAL", "SN001", results="other")
        write("res/RightVideoSN001_comp.csv", people[0].result())
        fails("EINVAL", "LeftVideoSN001_comp.csv", "RightVideoSN001_comp.csv")
        for name, text, wanted in (("SN001_au1.txt", "1,7\n", "0 to 5"), ("SN001_au1.txt", "x,1\n", "0 to 5"),
                                   ("a.pts", "{\n1 2\n}\n", "68 lines"), ("a.label", "Face\n", "2DGaze"),
                                   ("a.label", "Face 2DGaze\na.jpg 1\n", "yaw,pitch"),
                                   ("F001_T1.csv", "0,1,2\n1,3,0\n", "0, 1 or 9")):
            write(f"bad/{name}", text)
            fails("EDAMAGED", name, wanted, labels="bad")
            os.remove(f"bad/{name}")

    def test_recordings_without_result(self):
        people = self.people(2)
        self.disfa(people + [Person("SN003", 3)])
        done = run("evaluate", "res", "--labels", "lab")
        self.assertEqual(done.status, 0)
        self.assertRegex(done.stderr, "1 recordings have labels and no result, such as SN003")
        self.assertIn("2 of 3 recordings", done.out)

    def test_every_format_can_be_named(self):
        choices = next(o for o in util.options("evaluate") if o["name"] == "labels-format")["choices"]
        names = [c.split("=")[0] for c in choices]
        os.makedirs("lab")
        write("res/a.csv", "frame,AU01_r\n1,2\n")
        write("lab/none.txt", "")
        for name in names[1:]:
            self.fails_with(run("evaluate", "res", "--labels", "lab", "--labels-format", name), "EINVAL",
                            f"format {name};", "auto")


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
