#!/usr/bin/env python3
"""The whole program with the stub engine: messages, files, exit statuses.

usage: test_cli.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]
"""
import glob
import hashlib
import json
import math
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import time
import unittest

import util
from util import MIEN, SLOW, box, face, needs_ffmpeg, overlap, read, read_csv, read_json, run, y4m

STUB = ("extract", "--provider", "stub")
HAVE_LAVFI = util.have_lavfi() if len(sys.argv) > 1 else False
needs_lavfi = unittest.skipUnless(HAVE_LAVFI, "built without libavdevice, which has the source lavfi:")


class Case(util.Case):
    def extract(self, *arguments, **more):
        return self.succeeds(*STUB, *arguments, **more)


@util.not_for_tsan
class Words(Case):
    """Help, version, columns, and mistakes on the command line."""

    def test_help(self):
        overall = self.succeeds("--help").out
        self.assertEqual(self.succeeds("help").out, overall)
        for command in util.commands():
            if command["summary"]:
                self.assertIn(command["summary"], overall)
                self.assertRegex(overall, rf"(?m)^  {command['name']} +\S")
            name = command["name"].split()
            text = self.succeeds(*name, "--help").out
            self.assertTrue(text.startswith(f"usage: mien {command['name']}"), text)
            self.assertEqual(self.succeeds(*name, "-h").out, text)
            for line in (overall + text).splitlines():
                self.assertLessEqual(len(line), 100)
            self.assertNotRegex(overall + text, "dump-options")

    def test_help_names_every_option(self):
        for command in util.commands():
            if command["group"]:
                continue
            name = command["name"]
            text = self.succeeds(*name.split(), "--help").out
            here = re.findall(r"(?m)^  (?:-\w,|   ) --([a-z0-9-]+)", text)
            want = [o["name"] for o in util.options(name) if o["help"]]
            self.assertEqual(here, want, name)
            words = re.sub(r"\s+", " ", text)
            for o in (o for o in util.options(name) if o["help"]):
                for part in (o["help"], o["argument"], o["alias"] and f"(alias --{o['alias']})",
                             o["default"] and f"(default {o['default']})"):
                    self.assertIn(part or "", words, (name, o["name"]))

    def test_table_of_options(self):
        """The table of options is consistent, and every value that it lists is accepted."""
        names = {c["name"] for c in util.commands() if not c["group"]}
        self.assertEqual({c["name"].split()[0] for c in util.commands() if not c["group"]},
                         {c["name"] for c in util.commands() if c["summary"]})
        for o in util.dump()["options"]:
            self.assertTrue(o["commands"] and set(o["commands"]) <= names, o)
            self.assertTrue(o["help"] or o["name"].startswith("test-"), o)
            self.assertEqual(bool(o["argument"]), o["type"] != "flag", o)
            self.assertEqual(o["min"] is None, o["max"] is None, o)
            if o["type"] in ("integer", "number"):
                self.assertLess(o["min"], o["max"], o)
            if o["type"] in ("choice", "list"):
                self.assertGreater(len(o["choices"]) + (o["max"] is not None), 1, o)
            values = list(o["choices"]) + [v for v in (o["default"],) if v is not None]
            values += [f"{v:g}" for v in (o["min"], o["max"]) if v is not None]
            for value in values:  # with --help an accepted value has no effect
                self.succeeds(*o["commands"][0].split(), f"--{o['name']}={value}", "--help")
            if o["max"] is not None:
                self.fails_with(run(*o["commands"][0].split(), f"--{o['name']}={o['max'] * 2:g}"),
                                "EINVAL", f"--{o['name']}")
        for command in names:
            here = util.options(command)
            names_here = [n for o in here for n in (o["name"], o["alias"]) if n]
            letters = [o["letter"] for o in here if o["letter"]]
            self.assertEqual(len(names_here), len(set(names_here)), command)
            self.assertEqual(len(letters), len(set(letters)), command)
            self.assertIn("help", names_here)

    def test_alias(self):
        y4m("a.y4m", util.moving(2))
        want = self.extract("a.y4m", "-o", "-", "--independent").out
        self.assertEqual(self.extract("a.y4m", "-o", "-", "--static").out, want)
        self.fails_with(run(*STUB, "a.y4m", "-o", "-", "--static=1"), "EINVAL", "--independent")

    def test_version(self):
        lines = self.succeeds("--version", env=util.FOREIGN_LEAKS).out.splitlines()
        self.assertRegex(lines[0], r"^mien \d+\.\d+\.\d+$")
        self.assertRegex(lines[1], r"ONNX Runtime")
        self.assertRegex(lines[2], r"^FFmpeg .*libavcodec \d+\.\d+\.\d+.*libavformat \d")
        self.assertRegex(lines[3], r"^execution providers that load: (none|cpu(,.*)?)")
        self.assertEqual(self.succeeds("version", env=util.FOREIGN_LEAKS).out.splitlines()[0],
                         lines[0])

    def test_columns(self):
        lines = self.succeeds("columns", "--all").out.splitlines()[1:]
        names = [line.split()[0] for line in lines]
        columns = json.loads(self.succeeds("columns", "--json").out)
        self.assertEqual([c["name"] for c in columns], names)
        for c in columns:
            self.assertEqual(set(c), {"name", "unit", "range", "coordinates", "meaning", "experimental"})
            self.assertTrue(c["meaning"], c["name"])
        self.assertEqual(len(set(names)), len(names))
        y4m("a.y4m", util.moving(2))
        header = self.extract("a.y4m", "-o", "-").out.splitlines()[0]
        header = header.split(",")
        self.assertEqual(header, [n for n in names if n in header])
        for name in ("frame", "face_id", "timestamp", "confidence", "success"):
            self.assertIn(name, names)
        self.assertEqual(self.succeeds("columns", "--all", "--json").out, self.succeeds("columns", "--json").out)
        for c, line in zip(columns, lines):
            self.assertIn(c["meaning"], line)
            self.assertEqual(c["experimental"], "(experimental with the built-in models)" in line)
        self.assertIn("action unit: lip corner puller ", lines[names.index("AU12_r")])

    def test_groups_of_columns(self):
        """Each column belongs to one group, and the group's line names the analysis that writes it."""
        names = [c["name"] for c in json.loads(self.succeeds("columns", "--json").out)]
        text = self.succeeds("columns").out
        groups = re.findall(r"(?m)^ *(\d+)  (\S+)(?: \.\.\. (\S+))? +(\w+)(?: \((.*?)\))? +(.*)$",
                            text.split("\n\n")[0])
        at, written = 0, {}
        for count, first, last, analysis, also, meaning in groups:
            self.assertEqual(names[at], first)
            at += int(count)
            self.assertEqual(names[at - 1], last or first)
            written.setdefault(analysis, set()).update(names[at - int(count):at])
            self.assertEqual(also, {"eyes": "OpenFace's models",
                                    "landmarks98": "a network",
                                    "mtl": "--mtl-model"}.get(analysis, ""))
            self.assertTrue(meaning)
        self.assertEqual(at, len(names))
        self.assertRegex(text, rf"(?m)^{at} columns\.")
        self.assertLess(len(text.splitlines()), 40)
        for line in text.splitlines():
            self.assertLessEqual(len(line), 100)
            self.assertEqual(line, line.rstrip())
        y4m("a.y4m", util.moving(2))
        for analysis in ("gaze", "landmarks"):  # the analyses that the stub supports
            header = self.extract("a.y4m", "-o", "-", "--analysis", analysis).out.splitlines()[0]
            self.assertEqual(set(header.split(",")), written["always"] | written[analysis])

    def test_units_by_name(self):
        columns = json.loads(self.succeeds("columns", "--json").out)
        experimental = {c["name"][:4] for c in columns if c["experimental"]}
        units = {c["name"][:4] for c in columns if re.fullmatch(r"AU\d\d_[rc]", c["name"])}
        text = self.succeeds("columns").out
        shown = dict(re.findall(r"  (AU\d\d)([* ]) [a-z]", text))
        self.assertEqual(set(shown), units)
        self.assertEqual({u for u, mark in shown.items() if mark == "*"}, experimental)
        self.assertRegex(text, r"(?m)  AU12  lip corner puller$")
        self.assertRegex(text, r"(?m)  AU04\* brow lowerer")
        self.assertRegex(text, r"(?m)^\* Experimental .* rendered faces")

    def test_mistakes(self):
        for arguments, words in (
                (("extrakt",), ["extrakt"]),
                (("--nonsense",), ["--nonsense"]),
                (("extract", "--nonsense", "a"), ["--nonsense", "mien extract --help"]),
                (("extract", "-Z", "a"), ["-Z"]),
                (("run", "--nonsense"), ["--nonsense", "mien run --help"]),
                (("bench", "--nonsense"), ["--nonsense", "mien bench --help"]),
                (("columns", "--nonsense"), ["--nonsense", "mien columns --help"]),
                (("columns", "this"), ["this"]),
                (("models", "--nonsense"), ["--nonsense"]),
                (("models", "list", "--nonsense"), ["--nonsense", "mien models list --help"]),
                (("models", "pull", "--json"), ["--json"]),
                (("models", "pull", "--from"), ["--from", "DIR|URL"]),
                (("models", "list", "this"), ["this"]),
                (("models",), ["list, verify, pull, import or remove"]),
                (("models", "burn"), ["burn"]),
                (("extract",), ["input"]),
                (("extract", "a.mp4"), ["-o"]),
                (("extract", "a.mp4", "-o"), ["--output"]),
                (("extract", "a.mp4", "--force=1", "-o", "-"), ["--force"]),
                (("extract", "a.mp4", "b.mp4", "-o", "c.csv"), ["-o FOLDER/"]),
                (("extract", "a.mp4", "-o", "c.what"), ["c.what"]),
                (("extract", "a.mp4", "-o", "c.csv", "--format", "xml"), ["xml"]),
                (("run",), ["--source"]),
                (("run", "--source", "a.mp4"), ["--csv"]),
                (("run", "a", "b"), ["--source"]),
                (("bench",), ["one input"]),
                (("bench", "--exec", "often", "a"), ["often"]),
                (("bench", "--workers", "0", "a"), ["0"])):
            self.fails_with(run(*arguments), "EINVAL", *words)
        self.assertEqual(run().status, 2)
        self.assertEqual(self.here(), [])

    def test_numbers_and_choices(self):
        y4m("a.y4m", util.moving(1))
        for option, value, words in (
                ("--workers", "0", ["1", "256"]), ("--workers", "257", []),
                ("--workers", "2.5", []), ("--workers", "two", ["auto"]), ("--workers", "", []),
                ("--workers", "1e999", []), ("--workers", "9" * 400, []),
                ("--intra-op", "-1", []), ("--detect-every", "0", []),
                ("--detect-every", "1001", []), ("--max-faces", "257", []),
                ("--max-faces", "-3", []), ("--min-face", "nan", []), ("--min-face", "inf", []),
                ("--det-threshold", "1", []), ("--det-threshold", "0,5", []),
                ("--smooth", "-0.1", []), ("--smooth", "1s", []), ("--max-frames", "0", []),
                ("--max-frames", "99999999999999999999", []), ("--start", "-1", []),
                ("--start", "1:00", []), ("--fps", "0", []), ("--rotate", "45", ["auto", "270"]),
                ("--exec", "processes?", ["sequential", "threads", "processes"]),
                ("--progress", "loud", ["bar", "json"]), ("--color", "bt709", ["opencv", "tagged"]),
                ("--log-level", "loud", ["warning"])):
            done = run(*STUB, "a.y4m", "-o", "o.csv", option, value)
            self.fails_with(done, "EINVAL", option, *words)
        self.assertEqual(self.here(), ["a.y4m"])
        self.extract("a.y4m", "-o", "o.csv", "--workers=2", "--rotate=auto", "-j3", "-j", "auto")

    def test_option_forms(self):
        y4m("-a.y4m", util.moving(1))
        want = self.extract("-o", "-", "--", "-a.y4m").out
        self.assertEqual(self.extract("./-a.y4m", "-o-").out, want)
        self.assertEqual(self.extract("--output=-", "./-a.y4m").out, want)


@util.not_for_tsan
class Rows(Case):
    """The values in rows."""

    def test_every_frame_is_there(self):
        frames = [[] if 10 <= i < 20 or i == 29 else [face(40 + 2 * i, 60)] +
                  ([face(200, 30, 40, 60)] if i % 3 == 0 else []) for i in range(30)]
        y4m("a.y4m", frames)
        rows = self.rows("a.y4m")
        self.assertEqual(sorted({r["frame"] for r in rows}), list(range(1, 31)))
        for i, faces in enumerate(frames):
            here = [r for r in rows if r["frame"] == i + 1]
            self.assertEqual(len(here), max(1, len(faces)), f"frame {i + 1}")
            for r in here:
                self.near(r["timestamp"], i / 25, 1e-6)
                self.assertEqual(r["success"], 1 if faces else 0)
                if not faces:
                    self.assertEqual((r["face_id"], r["confidence"], r["detected"]), (-1, 0, 0))
                    for name in r:
                        if name.startswith(("gaze", "box", "lm5")):
                            self.assertIsNone(r[name], name)
                else:
                    self.assertEqual(r["detected"], 1)
                    self.assertIsNotNone(r["gaze_yaw"])
            boxes = sorted((r["box_x"], r["box_y"], r["box_w"], r["box_h"])
                           for r in here if r["success"])
            for have, want in zip(boxes, sorted(f[:4] for f in faces)):
                for h, w in zip(have, want):
                    self.near(h, w, 1, f"{have} for {want}")
        order = [(r["frame"], r["face_id"]) for r in rows]
        self.assertEqual(order, sorted(order))

    def test_values(self):
        y4m("a.y4m", [[face(40, 60, 60, 80, 235, 200)], [face(40, 60, 60, 80, 200, 235)]])
        a, b = self.rows("a.y4m")
        for r in a, b:
            self.box_near(r, (40, 60, 60, 80))
            self.near(r["confidence"], 0.75 + 0.2 * r["box_w"] / (r["box_w"] + r["box_h"]), 1e-4)
            for k, (x, y) in enumerate(((.3, .35), (.7, .35), (.5, .55), (.35, .8), (.65, .8))):
                self.near(r[f"lm5_x_{k}"], r["box_x"] + r["box_w"] * x, 0.01)
                self.near(r[f"lm5_y_{k}"], r["box_y"] + r["box_h"] * y, 0.01)
            yaw, pitch = math.radians(r["gaze_yaw"]), math.radians(r["gaze_pitch"])
            self.near(r["gaze_x"], -math.cos(pitch) * math.sin(yaw), 1e-5)
            self.near(r["gaze_y"], -math.sin(pitch), 1e-5)
            self.near(r["gaze_z"], -math.cos(pitch) * math.cos(yaw), 1e-5)
            self.assertTrue(0 < r["gaze_yaw_peak"] < 1 and 0 < r["gaze_pitch_peak"] < 1)
        self.assertGreater(a["gaze_yaw"], 5, "the brighter side is image left: yaw > 0")
        self.assertLess(b["gaze_yaw"], -5, "mirrored")
        self.near(b["gaze_pitch"], a["gaze_pitch"], 5)

    def test_no_negative_zero(self):
        y4m("a.y4m", util.moving(3, left=235, right=235))
        self.assertNotRegex(self.extract("a.y4m", "-o", "-").out, r"-0\.0*(,|\n)")

    def test_borders(self):
        """Other programs stop, or lose all faces, when a face touches the top or left border."""
        frames = [[face(120, 240 - 12 * i), face(0, 20, 40, 56)] for i in range(28)]
        y4m("a.y4m", frames)
        rows = self.rows("a.y4m")
        for i in range(28):
            here = [r for r in rows if r["frame"] == i + 1]
            at_left = [r for r in here if r["success"] and r["box_x"] < 1]
            self.assertEqual(len(at_left), 1, f"frame {i + 1}")
            self.assertEqual(at_left[0]["face_id"], 0 if i else at_left[0]["face_id"])
            self.assertIsNotNone(at_left[0]["gaze_yaw"])

    def test_people_keep_their_numbers(self):
        frames = [[face(20 + 6 * i, 20, 40, 56), face(260 - 6 * i, 120, 40, 56)]
                  for i in range(35)]
        y4m("a.y4m", frames)
        rows = self.rows("a.y4m")
        upper = {r["face_id"] for r in rows if r["box_y"] < 70}
        lower = {r["face_id"] for r in rows if r["box_y"] > 70}
        self.assertEqual(len(upper), 1)
        self.assertEqual(len(lower), 1)
        self.assertNotEqual(upper, lower)

    def test_numbers_of_people_are_never_used_again(self):
        """Two seconds of media time without a face end a person, a shorter gap does not."""
        here, empty = [face(40, 60)], []
        y4m("a.y4m", [here] * 5 + [empty] * 12 + [here] * 5 + [empty] * 30 + [here] * 5,
            rate="10:1")
        ids = [r["face_id"] for r in self.rows("a.y4m") if r["success"]]
        self.assertEqual(ids, [0] * 10 + [1] * 5)

    def test_limits(self):
        y4m("a.y4m", [[face(10, 10, 40, 100), face(80, 20, 60, 60), face(170, 30, 100, 40)]] * 3)
        unlimited = self.rows("a.y4m")
        self.assertEqual(len(unlimited), 9)

        def widths(*options):
            return sorted({10 * round(r["box_w"] / 10) for r in self.rows("a.y4m", *options)})
        self.assertEqual(widths("--min-face", "45"), [60])
        self.assertEqual(widths("--min-face", "35"), [40, 60, 100])
        self.assertEqual(widths("--det-threshold", "0.82"), [60, 100])
        self.assertEqual(widths("--det-threshold", "0.87"), [100])
        self.assertEqual(len(self.rows("a.y4m", "--max-faces", "2")), 6)
        rows = self.rows("a.y4m", "--det-threshold", "0.95")
        self.assertEqual([r["success"] for r in rows], [0, 0, 0])
        y4m("b.y4m", [[face(10, 10, 40, 60), face(80, 20, 100, 140), face(200, 30, 50, 70)]] * 3)
        rows = self.rows("b.y4m", "--max-faces", "1")
        self.assertEqual([round(r["box_w"]) for r in rows], [100] * 3)

    def test_start_and_max_frames(self):
        y4m("a.y4m", util.moving(50))
        rows = self.rows("a.y4m", "--max-frames", "7")
        self.assertEqual([r["frame"] for r in rows], list(range(1, 8)))
        rows = self.rows("a.y4m", "--start", "1")
        self.assertEqual([r["frame"] for r in rows], list(range(26, 51)))
        self.near(rows[0]["timestamp"], 1, 1e-6)
        rows = self.rows("a.y4m", "--start", "0.99", "--max-frames", "3")
        self.assertEqual([r["frame"] for r in rows], [26, 27, 28])
        rows = self.rows("a.y4m", "--max-frames", "1000000000000")
        self.assertEqual(len(rows), 50)
        done = run(*STUB, "a.y4m", "-o", "o.csv", "--start", "1000")
        self.assertEqual((done.status, read("o.csv").count(b"\n")), (0, 1), done)
        self.assertIn("a.y4m ends before --start 1000", done.stderr)

    def test_a_person_that_is_not_there(self):
        y4m("a.y4m", util.moving(5))
        done = run(*STUB, "a.y4m", "-o", "o.csv", "--person", "9")
        self.assertEqual(done.status, 0, done)
        self.assertIn("no face in a.y4m has face_id 9", done.stderr)
        self.assertEqual([r["success"] for r in read_csv("o.csv")], [0] * 5)
        self.succeeds(*STUB, "a.y4m", "-o", "p.csv", "--person", "0")

    def test_detect_every(self):
        y4m("a.y4m", [[face(20 + 3 * i, 40 + i, 60, 80)] for i in range(51)])
        every, fifth = self.rows("a.y4m"), self.rows("a.y4m", "--detect-every", "5")
        self.assertEqual(len(fifth), len(every))
        for a, b in zip(every, fifth):
            self.assertEqual(a["detected"], 1)
            self.assertEqual(b["detected"], (a["frame"] - 1) % 5 == 0, f"frame {a['frame']}")
            self.assertEqual(b["face_id"], a["face_id"])
            self.assertGreater(overlap(box(a), box(b)), 0.95, f"frame {a['frame']}")
            self.near(b["lm5_x_0"], a["lm5_x_0"], 1)
        # no detection comes after the last frames, but each has a row
        for n in range(1, 8):
            rows = self.rows("a.y4m", "--detect-every", "5", "--max-frames", str(n))
            self.assertEqual([r["frame"] for r in rows if r["success"]], list(range(1, n + 1)))

    def test_detect_every_finds_arrivals_and_departures(self):
        y4m("a.y4m", [[face(40, 60)] if 7 <= i < 33 else [] for i in range(50)])
        rows = self.rows("a.y4m", "--detect-every", "5")
        self.assertEqual([r["frame"] for r in rows if r["success"]], list(range(8, 34)))

    def smoothed(self, rows, tau):
        state = None
        for r in rows:
            if state is None or r["timestamp"] - state[0] > 1:
                state = (r["timestamp"], r["gaze_yaw"], r["gaze_pitch"])
            else:
                a = 1 - math.exp(-(r["timestamp"] - state[0]) / tau)
                state = (r["timestamp"], state[1] + a * (r["gaze_yaw"] - state[1]),
                         state[2] + a * (r["gaze_pitch"] - state[2]))
            yield state

    def test_smoothing(self):
        y4m("a.y4m", [[face(40, 60, left=200 + 7 * i % 36, right=200 + 11 * i % 31)]
                      for i in range(40)])
        for arguments, tau in (((), 0.1), (("--smooth", "0.5"), 0.5)):
            rows = self.rows("a.y4m", *arguments)
            for r, (_, yaw, pitch) in zip(rows, self.smoothed(rows, tau)):
                self.near(r["gaze_yaw_smooth"], yaw, 1e-3)
                self.near(r["gaze_pitch_smooth"], pitch, 1e-3)
        for r in self.rows("a.y4m", "--smooth", "0"):
            self.assertEqual((r["gaze_yaw_smooth"], r["gaze_pitch_smooth"]),
                             (r["gaze_yaw"], r["gaze_pitch"]))

    @needs_ffmpeg
    def test_smoothing_goes_by_presentation_time(self):
        y4m("a.y4m", [[face(40, 60, left=200 + 7 * i % 36)] for i in range(40)])
        util.variable("a.y4m", "v.mkv", "(N*0.04+gt(N\\,10)*0.3+gt(N\\,25)*1.7)/TB")
        rows = self.rows("v.mkv")
        self.assertEqual(len(rows), 40)
        for r, (_, yaw, pitch) in zip(rows, self.smoothed(rows, 0.1)):
            self.near(r["gaze_yaw_smooth"], yaw, 2e-3)
            self.near(r["gaze_pitch_smooth"], pitch, 2e-3)

    def test_rotate(self):
        y4m("a.y4m", [[face(30, 40)]] * 2)
        for degrees, want in ((0, (30, 40, 60, 80)), (90, (120, 30, 80, 60)),
                              (180, (230, 120, 60, 80)), (270, (40, 230, 80, 60))):
            for r in self.rows("a.y4m", "--rotate", str(degrees)):
                self.box_near(r, want)
        self.assertEqual(self.rows("a.y4m", "--rotate", "auto"), self.rows("a.y4m"))

    def test_json_lines(self):
        y4m("a.y4m", util.crowd(100))
        self.extract("a.y4m", "-o", "a.csv")
        self.extract("a.y4m", "-o", "b.jsonl")
        self.extract("a.y4m", "-o", "c.ndjson")
        self.assertEqual(read("c.ndjson"), read("b.jsonl"))
        self.assertEqual(self.extract("a.y4m", "-o", "-", "--format", "jsonl").out.encode(),
                         read("b.jsonl"))
        header, *lines = read("a.csv").decode().splitlines()
        want = {}
        for line in lines:
            row = dict(zip(header.split(","), line.split(",")))
            want.setdefault(row["frame"], []).append(row)
        objects = [json.loads(line, parse_int=str, parse_float=str)
                   for line in read("b.jsonl").decode().splitlines()]
        self.assertEqual([o["frame"] for o in objects], list(want))
        for o in objects:
            rows = want[o["frame"]]
            self.assertEqual(o["timestamp"], rows[0]["timestamp"])
            faces = [r for r in rows if r["success"] == "1"]
            self.assertEqual(len(o["faces"]), len(faces), f"frame {o['frame']}")
            for have, row in zip(o["faces"], faces):
                for name, value in row.items():
                    if name not in ("frame", "timestamp"):
                        self.assertEqual(have[name], value, name)


class SameBytes(Case):
    """Every executor and every number of workers writes the same bytes."""
    FRAMES = 30 if util.TSAN else 60 if SLOW else 120

    def same(self, name, *options):
        for kind, workers in ("csv", (1, 2, 3, 8)), ("jsonl", (2, 8)):
            found = {}
            for how in ([["--exec", "sequential"]] +
                        [["-j", str(n), "MIEN_TEST=jitter=2000"] for n in workers] +
                        [["--exec", "processes", "-j", "2"]]):
                done = self.extract(name, "-o", "-", "--format", kind, *how, *options)
                found.setdefault(hashlib.sha256(done.out.encode()).hexdigest(), []).append(how)
                self.assertGreater(len(done.out), 1000)
            self.assertEqual(len(found), 1, f"{kind} differs: {list(found.values())}")

    def test_crowd(self):
        y4m("a.y4m", util.crowd(self.FRAMES))
        self.same("a.y4m")

    def test_detect_every(self):
        y4m("a.y4m", util.crowd(self.FRAMES))
        self.same("a.y4m", "--detect-every", "5")
        if not SLOW:
            self.same("a.y4m", "--detect-every", "7", "--max-faces", "2", "--max-frames", "50")

    @util.not_for_tsan
    @needs_ffmpeg
    def test_rotated_and_converted(self):
        y4m("a.y4m", util.crowd(self.FRAMES // 2))
        util.ffmpeg("-i", "a.y4m", "-c:v", "ffv1", "-pix_fmt", "yuv444p", "a.mkv")
        self.same("a.mkv", "--rotate", "90", "--detect-every", "3")

    def test_again_and_after_another_input(self):
        """No state of one input passes to the next."""
        y4m("a.y4m", util.crowd(self.FRAMES // 2))
        y4m("b.y4m", util.moving(20, left=200, right=235))
        first = self.extract("b.y4m", "-o", "-").out
        self.extract("a.y4m", "b.y4m", "-o", "out/", "-j", "3")
        self.assertEqual(read("out/b.csv").decode(), first)


@util.not_for_tsan
class Media(Case):
    """Containers, times, rotation, pixel formats."""

    @needs_ffmpeg
    def test_times(self):
        y4m("a.y4m", util.crowd(60))
        util.ffmpeg("-i", "a.y4m", *util.encoder(), "-bf", "2", "-g", "12",
                    "plain.mp4")
        util.variable("a.y4m", "vfr.mp4", "(N*N*0.001+N*0.02)/TB", "-bf", "2")
        util.variable("a.y4m", "vfr.mkv", "(N*0.1+0.03*mod(N\\,3))/TB")
        util.ffmpeg("-i", "plain.mp4", "-c", "copy", "-output_ts_offset", "2.5", "late.mp4")
        util.ffmpeg("-i", "plain.mp4", "-c", "copy", "-output_ts_offset", "7", "late.mkv")
        util.ffmpeg("-i", "plain.mp4", "-c", "copy", "plain.ts")
        util.ffmpeg("-i", "a.y4m", "-c:v", "mpeg4", "-qscale:v", "2", "plain.avi")
        util.ffmpeg("-i", "plain.mp4", "-ss", "0.9", "-c", "copy", "cut.mp4")
        for name in ("plain.mp4", "vfr.mp4", "vfr.mkv", "late.mp4", "late.mkv", "plain.ts",
                     "plain.avi"):
            want = util.probe_times(name)
            self.assertEqual(len(want), 60, name)
            have = {}
            for r in self.rows(name):
                have[r["frame"]] = r["timestamp"]
            self.assertEqual(sorted(have), list(range(1, 61)), name)
            for i, t in enumerate(want):
                self.near(have[i + 1], t, 2e-6, f"{name}, frame {i + 1}")
        self.assertGreater(util.probe_times("late.mkv")[0], 6.9)
        have = {r["frame"]: r["timestamp"] for r in self.rows("cut.mp4")}
        self.assertEqual([have[f] for f in sorted(have)], util.probe_times("cut.mp4"))

    @needs_ffmpeg
    def test_last_frame_may_last(self):
        """A last picture that is shown for seconds is not reported as damage."""
        y4m("a.y4m", util.moving(10))
        util.png("last.png", [face(50, 50)])
        util.write("list.txt", b"file a.y4m\nfile last.png\nduration 6\nfile last.png\n")
        util.ffmpeg("-f", "concat", "-i", "list.txt", "-vf", "setpts=PTS", *util.encoder(),
                    "-vsync", "vfr", "a.mkv")
        self.assertEqual(len(self.rows("a.mkv")), len(util.probe_times("a.mkv")))
        util.variable("a.y4m", "b.mkv", "(N*0.04+gte(N\\,9)*5)/TB")
        self.assertEqual(len(self.rows("b.mkv")), 10)

    @needs_ffmpeg
    def test_sound_may_go_on(self):
        y4m("a.y4m", util.moving(25))
        for name in "a.mkv", "a.mp4":
            util.ffmpeg("-i", "a.y4m", "-f", "lavfi", "-i", "sine=duration=9", *util.encoder(),
                        "-c:a", "aac", name)
            self.assertEqual(len(self.rows(name)), 25)

    def matrix(self, source, target, a, b, c, d):
        """Writes a display matrix into an MP4's track header."""
        data = bytearray(read(source))
        at = data.index(b"tkhd") + 4 + 4 + 20 + 16
        one = 1 << 16
        data[at:at + 36] = struct.pack(">9i", a * one, b * one, 0, c * one, d * one, 0, 0, 0,
                                       1 << 30)
        util.write(target, data)

    @needs_ffmpeg
    def test_rotation_metadata(self):
        y4m("a.y4m", [[face(30, 40)]] * 5)
        util.ffmpeg("-i", "a.y4m", *util.encoder(), "a.mp4")
        turned = {0: (30, 40, 60, 80), 90: (120, 30, 80, 60), 180: (230, 120, 60, 80),
                  270: (40, 230, 80, 60)}
        for degrees, matrix in ((0, (1, 0, 0, 1)), (90, (0, 1, -1, 0)), (180, (-1, 0, 0, -1)),
                                (270, (0, -1, 1, 0))):
            self.matrix("a.mp4", "r.mp4", *matrix)
            self.extract("r.mp4", "-o", "r.csv", "--force")
            for r in read_csv("r.csv"):
                self.box_near(r, turned[degrees], 1)
            recorded = read_json("r.csv.meta.json")["input"]
            self.assertEqual(recorded["rotation"], degrees)
            self.assertEqual((recorded["width"], recorded["height"]),
                             (240, 320) if degrees in (90, 270) else (320, 240))
            for forced, want in turned.items():
                for r in self.rows("r.mp4", "--rotate", str(forced)):
                    self.box_near(r, want, 1)

    @needs_ffmpeg
    def test_mirrored_metadata(self):
        y4m("a.y4m", [[face(30, 40)]] * 5)
        util.ffmpeg("-i", "a.y4m", *util.encoder(), "a.mp4")
        for matrix, want in (((-1, 0, 0, 1), (230, 40, 60, 80)), ((1, 0, 0, -1), (30, 120, 60, 80)),
                             ((0, 1, 1, 0), (40, 30, 80, 60)),
                             ((0, -1, -1, 0), (120, 230, 80, 60))):
            self.matrix("a.mp4", "m.mp4", *matrix)
            for r in self.rows("m.mp4"):
                self.box_near(r, want, 1)

    @needs_ffmpeg
    def test_orientation_of_photos(self):
        util.png("a.png", [face(30, 40)])
        util.ffmpeg("-i", "a.png", "-pix_fmt", "yuvj420p", "-q:v", "1", "a.jpg")
        plain = read("a.jpg")
        for code, want in ((1, (30, 40, 60, 80)), (3, (230, 120, 60, 80)), (6, (120, 30, 80, 60)),
                           (8, (40, 230, 80, 60))):
            exif = (b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, 0x112, 3, 1, code, 0, 0))
            util.write("b.jpg", plain[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif +
                       plain[2:])
            rows = self.rows("b.jpg")
            self.assertEqual(len(rows), 1)
            self.box_near(rows[0], want, 1.5)

    @needs_ffmpeg
    def test_pixel_formats(self):
        y4m("a.y4m", [[face(30, 40)]] * 3)
        for pixels in ("yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "gray", "bgr0",
                       "yuva420p", "rgb48le"):
            util.ffmpeg("-i", "a.y4m", "-c:v", "ffv1", "-pix_fmt", pixels, "a.mkv")
            rows = self.rows("a.mkv")
            self.assertEqual(len(rows), 3, pixels)
            for r in rows:
                self.box_near(r, (30, 40, 60, 80), 1)
        util.ffmpeg("-i", "a.y4m", "-c:v", "mjpeg", "-q:v", "1", "-pix_fmt", "yuvj420p", "a.avi")
        for r in self.rows("a.avi"):
            self.box_near(r, (30, 40, 60, 80), 1.5)
        for color in "opencv", "tagged":
            self.assertEqual(len(self.rows("a.avi", "--color", color)), 3)

    def test_odd_sizes(self):
        for w, h in (321, 241), (33, 17), (1, 1), (2, 3), (640, 2):
            for degrees in "0", "90", "180":
                y4m("a.y4m", [[]] * 2, w, h)
                self.assertEqual(len(self.rows("a.y4m", "--rotate", degrees)), 2, (w, h, degrees))
        y4m("b.y4m", [[face(30, 40)]], 321, 241)
        for degrees, want in ((0, (30, 40, 60, 80)), (90, (121, 30, 80, 60)),
                              (270, (40, 231, 80, 60))):
            self.box_near(self.rows("b.y4m", "--rotate", str(degrees))[0], want, 1)

    def test_stills_and_sequences(self):
        util.png("one.png", [face(30, 40)])
        rows = self.rows("one.png")
        self.assertEqual([(r["frame"], r["timestamp"], r["success"]) for r in rows], [(1, 0, 1)])
        self.box_near(rows[0], (30, 40, 60, 80))
        os.mkdir("seq")
        for i in range(6):
            util.png(f"seq/p{i + 4:03d}.png", [face(30 + 10 * i, 40)])
        for fps, options in ((25, ()), (10, ("--fps", "10")), (29.97, ("--fps", "29.97"))):
            rows = self.rows("seq/p%03d.png", *options)
            self.assertEqual([r["frame"] for r in rows], list(range(1, 7)))
            for i, r in enumerate(rows):
                self.near(r["timestamp"], i / fps, 1e-3)
                self.box_near(r, (30 + 10 * i, 40, 60, 80))
        # the file name of one picture of the sequence selects only that picture
        self.assertEqual(len(self.rows("seq/p004.png")), 1)

    def test_percent_in_a_name(self):
        y4m("50%d.y4m", util.moving(3))
        y4m("100%.y4m", util.moving(4))
        y4m("%s%n%p.y4m", util.moving(5))
        util.png("p%03d.png", [face(30, 40)])
        self.assertEqual(len(self.rows("50%d.y4m")), 3)
        self.assertEqual(len(self.rows("100%.y4m")), 4)
        self.assertEqual(len(self.rows("%s%n%p.y4m")), 5)
        self.assertEqual(len(self.rows("p%03d.png")), 1)

    @needs_ffmpeg
    def test_pipe(self):
        y4m("a.y4m", util.moving(10))
        want = self.extract("a.y4m", "-o", "-").out
        with open("a.y4m", "rb") as f:
            self.assertEqual(self.extract("/dev/stdin", "-o", "-", stdin=f).out, want)
        os.mkfifo("pipe")
        p = util.start(*STUB, "pipe", "-o", "-")
        with open("pipe", "wb") as f:
            f.write(read("a.y4m"))
        out, stderr = p.communicate(timeout=util.TIMEOUT)
        self.assertEqual((p.returncode, out.decode(), stderr), (0, want, b""))


class Outputs(Case):
    """Where results are written, and which files lie beside them."""

    def test_folder(self):
        for n, name in enumerate(("a.y4m", "b.y4m", "c d.y4m")):
            y4m(name, util.moving(n + 2))
        os.mkdir("seq")
        util.png("seq/1.png", [face(30, 40)])
        self.extract("a.y4m", "b.y4m", "c d.y4m", "seq/%d.png", "-o", "out/")
        self.assertEqual(sorted(os.listdir("out")),
                         sorted(f"{n}{e}" for n in ("a", "b", "c d", "_d")
                                for e in (".csv", ".csv.meta.json")))
        for n, name in enumerate(("a", "b", "c d")):
            self.assertEqual(len(read_csv(f"out/{name}.csv")), n + 2)
            self.assertEqual(read_json(f"out/{name}.csv.meta.json")["frames"]["analysed"], n + 2)
        self.extract("a.y4m", "-o", "out", "--format", "jsonl", "--force")
        self.assertIn("a.jsonl", os.listdir("out"))

    @util.not_for_tsan
    def test_two_inputs_of_one_name(self):
        os.mkdir("d")
        y4m("a.y4m", util.moving(2))
        y4m("d/a.y4m", util.moving(2))
        self.fails_with(run(*STUB, "a.y4m", "d/a.y4m", "-o", "out/"), "EINVAL", "a.y4m", "d/a.y4m")
        self.assertEqual([f for f in self.here() if f.startswith("out")], [])

    @util.not_for_tsan
    def test_existing_output(self):
        y4m("a.y4m", util.moving(3))
        y4m("b.y4m", util.moving(3))
        util.write("o.csv", b"precious")
        self.fails_with(run(*STUB, "a.y4m", "-o", "o.csv"), "EEXISTS", "o.csv", "--force")
        self.assertEqual(read("o.csv"), b"precious")
        self.assertEqual(self.here(), ["a.y4m", "b.y4m", "o.csv"])
        self.extract("a.y4m", "-o", "o.csv", "--force")
        self.assertEqual(len(read_csv("o.csv")), 3)
        # if one of several results exists, no input is analysed
        os.mkdir("out")
        util.write("out/b.csv", b"precious")
        self.fails_with(run(*STUB, "a.y4m", "b.y4m", "-o", "out/"), "EEXISTS", "out/b.csv")
        self.assertEqual(os.listdir("out"), ["b.csv"])
        # an existing sidecar is an output as well
        util.write("p.csv.meta.json", b"precious")
        done = run(*STUB, "a.y4m", "-o", "p.csv")
        self.fails_with(done, "EEXISTS", "p.csv.meta.json")
        self.assertEqual(read("p.csv.meta.json"), b"precious")
        self.fails_with(run("run", "--provider", "stub", "--source", "a.y4m", "--csv", "o.csv"),
                        "EEXISTS", "o.csv")

    @util.not_for_tsan
    def test_an_old_partial_is_no_obstacle(self):
        y4m("a.y4m", util.moving(3))
        util.write("o.csv.partial", b"x" * 100000)
        util.write("o.csv.meta.json.partial", b"x" * 100000)
        self.extract("a.y4m", "-o", "o.csv")
        self.assertEqual(self.here(), ["a.y4m", "o.csv", "o.csv.meta.json"])
        self.assertEqual(len(read_csv("o.csv")), 3)

    @util.not_for_tsan
    def test_the_input_is_never_replaced(self):
        y4m("a.csv", util.moving(3))
        data = read("a.csv")
        for arguments in (("a.csv", "-o", "a.csv"), ("a.csv", "-o", "./a.csv"),
                          ("a.csv", "-o", ".")):
            done = run(*STUB, *arguments, "--force")
            self.assertEqual(read("a.csv"), data, arguments)
            self.fails_with(done, "EINVAL", "a.csv")
        os.link("a.csv", "b.csv")
        done = run(*STUB, "a.csv", "-o", "b.csv", "--force")
        self.assertEqual(read("a.csv"), data)

    @util.not_for_tsan
    def test_pipes_are_written_to(self):
        """Only regular files are replaced, even with --force."""
        y4m("a.y4m", util.moving(3))
        want = self.extract("a.y4m", "-o", "-").out
        os.mkfifo("o.csv")
        p = util.start(*STUB, "a.y4m", "-o", "o.csv")
        reader = subprocess.Popen(["cat", "o.csv"], stdout=subprocess.PIPE)
        try:
            self.assertEqual(p.wait(timeout=util.TIMEOUT), 0, p.stderr.read())
            self.assertTrue(os.path.exists("o.csv") and not os.path.isfile("o.csv"),
                            "the pipe was replaced by a file")
            self.assertEqual(reader.communicate(timeout=10)[0].decode(), want)
        finally:
            reader.kill()
            reader.communicate()
            p.communicate()

    @util.not_for_tsan
    def test_standard_output(self):
        y4m("a.y4m", util.moving(3))
        done = self.extract("a.y4m", "-o", "-")
        self.assertEqual(len(read_csv(done.out)), 3)
        self.assertEqual(self.here(), ["a.y4m"])
        done = self.succeeds("run", "--provider", "stub", "--source", "a.y4m", "--csv", "-")
        self.assertEqual(len(read_csv(done.out)), 3)

    def test_rows_come_as_they_are_found(self):
        os.mkfifo("pipe")
        frames = 80 if SLOW else 300
        y4m("a.y4m", util.moving(frames))
        p = util.start(*STUB, "pipe", "-o", "-", "-j", "1")
        with open("pipe", "wb") as f:
            data = read("a.y4m")
            f.write(data[:len(data) // 2])
            f.flush()
            for _ in range(20):
                self.assertTrue(p.stdout.readline())
            f.write(data[len(data) // 2:])
        self.assertEqual(len(p.communicate()[0].splitlines()), frames + 1 - 20)

    def test_sidecar(self):
        y4m("a.y4m", util.crowd(100))
        self.extract("a.y4m", "-o", "o.csv", "--start", "0.4", "--detect-every", "3", "-j", "2",
                     "--max-faces", "5", "--min-face", "3", "--smooth", "0.25")
        m = read_json("o.csv.meta.json")
        rows = read_csv("o.csv")
        self.assertIs(m["complete"], True)
        self.assertEqual(m["status"], "MIEN_OK")
        self.assertEqual(m["provider"], "stub")
        self.assertEqual(set(m["versions"]), {"mien", "inference", "media"})
        self.assertEqual([x["role"] for x in m["models"]], ["detector", "gaze"])
        f = m["frames"]
        self.assertEqual(f["decoded"], 100)
        self.assertEqual(f["skipped_before_start"], 10)
        self.assertEqual(f["decoded"], f["skipped_before_start"] + f["analysed"] + f["discarded"] +
                         f["dropped_live"])
        self.assertEqual(f["analysed"], f["with_face"] + f["without_face"])
        self.assertEqual(f["analysed"], len({r["frame"] for r in rows}))
        self.assertEqual(f["with_face"], len({r["frame"] for r in rows if r["success"]}))
        self.assertEqual(m["rows"], len(rows))
        self.assertEqual(m["faces"], sum(r["success"] == 1 for r in rows))
        self.assertEqual(m["people"], len({r["face_id"] for r in rows if r["success"]}))
        o = m["options"]
        self.assertEqual((o["detect_every"], o["workers"], o["max_faces"], o["min_face_px"],
                          o["smooth_s"], o["start_s"], o["exec"]),
                         (3, 2, 5, 3, 0.25, 0.4, "threads"))
        self.assertEqual((m["input"]["name"], m["input"]["width"], m["input"]["height"],
                          m["input"]["frame_rate"]), ("a.y4m", 320, 240, 25))
        stages = m["timings"]["stages"]
        self.assertGreaterEqual(set(stages), {"decode", "detect.network", "gaze.network", "track",
                                              "smooth", "sinks"})
        self.assertEqual(stages["gaze.network"]["count"], m["faces"])
        self.assertLess(stages["detect.network"]["count"], f["analysed"])
        for s in stages.values():
            self.assertLessEqual(s["median_ms"], s["max_ms"] * 1.1 + 0.001)
        self.assertGreater(m["timings"]["fps"], 0)

    @util.not_for_tsan
    def test_sidecar_of_odd_names(self):
        for name in ('a "b" \\ c.y4m', "tab\there.y4m", "ü 日本.y4m", b"bad\xff\xc3.y4m"):
            with open(name, "wb") as f:
                f.write(read(y4m("plain.y4m", util.moving(2))))
            self.extract(name, "-o", "o.csv", "--force")
            m = read_json("o.csv.meta.json")
            if isinstance(name, str):
                self.assertEqual(m["input"]["name"], name)

    @unittest.skipUnless(util.have_models() if len(sys.argv) > 1 else False,
                         "no models, or no runtime for them")
    def test_sidecar_with_networks(self):
        y4m("a.y4m", util.moving(2))
        self.succeeds("extract", "--models", util.MODELS, "--landmarks", "network", "a.y4m", "-o", "o.csv")
        m = read_json("o.csv.meta.json")
        self.assertEqual(m["provider"], "cpu")
        for model, file in zip(m["models"], (util.DETECTOR, util.GAZE)):
            want = hashlib.sha256(read(os.path.join(util.MODELS, file))).hexdigest()
            self.assertEqual(model["sha256"], want)
            self.assertTrue(model["file"].endswith(file))
            self.assertNotIn(model["licence"], ("", "unknown"))
            self.assertEqual(model["provider"], "cpu")

    @util.not_for_tsan
    def test_a_bad_file_among_good_ones(self):
        y4m("a.y4m", util.moving(3))
        y4m("c.y4m", util.moving(4))
        util.write("b.mp4", b"this is no video, it only has the name of one\n")
        done = run(*STUB, "a.y4m", "missing.mp4", "b.mp4", "c.y4m", "-o", "out/")
        self.assertEqual(done.status, util.EXIT["ENOINPUT"], done)
        self.assertEqual(sorted(os.listdir("out")),
                         ["a.csv", "a.csv.meta.json", "c.csv", "c.csv.meta.json"])
        self.assertEqual(len(read_csv("out/c.csv")), 4)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 3, done)
        self.assertIn("missing.mp4", lines[0])
        self.assertIn("b.mp4", lines[1])
        self.assertIn("2 of 4", lines[2])
        done = run(*STUB, "b.mp4", "a.y4m", "-o", "out/", "--force")
        self.assertEqual(done.status, util.EXIT["ENOTMEDIA"], done)

    def test_progress(self):
        frames = 40 if SLOW else 100
        y4m("a.y4m", util.moving(frames))
        done = run(*STUB, "a.y4m", "-o", "o.csv", "--progress", "json", "-j", "1",
                   "MIEN_TEST=jitter=15000")
        self.assertEqual((done.status, done.out), (0, ""))
        lines = [json.loads(line) for line in done.stderr.splitlines()]
        self.assertGreater(len(lines), 1)
        for a, b in zip(lines, lines[1:]):
            self.assertLessEqual(a["frames"], b["frames"])
            self.assertFalse(a["done"])
        self.assertEqual((lines[-1]["done"], lines[-1]["frames"], lines[-1]["faces"]),
                         (True, frames, frames))
        for mode in "auto", "none":
            done = run(*STUB, "a.y4m", "-o", "o.csv", "--force", "--progress", mode)
            self.assertEqual((done.status, done.stderr, done.out), (0, "", ""))
        done = run(*STUB, "a.y4m", "-o", "o.csv", "--force", "--progress", "bar")
        self.assertEqual((done.status, done.out), (0, ""))
        self.assertIn("\r", done.stderr)

    @util.not_for_tsan
    def test_statistics_on_demand(self):
        y4m("a.y4m", util.moving(10))
        done = run(*STUB, "a.y4m", "-o", "o.csv", "--log-level", "info")
        self.assertEqual(done.status, 0)
        for word in ("10 frames", "10 rows", "1 person", "detect.network", "queue"):
            self.assertIn(word, done.stderr)
        y4m("b.y4m", [[]])
        done = run(*STUB, "b.y4m", "-o", "b.csv", "--log-level", "info")
        self.assertRegex(done.stderr, r"1 frame, 1 row, 0 people")

    def test_a_reader_that_leaves(self):
        y4m("a.y4m", util.moving(200 if SLOW else 2000, dx=0))
        p = util.start(*STUB, "a.y4m", "-o", "-")
        p.stdout.readline()
        p.stdout.close()
        stderr = p.stderr.read().decode()
        p.stderr.close()
        self.assertNotEqual(p.wait(timeout=util.TIMEOUT), 0)
        self.assertLessEqual(len(stderr.splitlines()), 1, stderr)
        for sign in util.TROUBLE:
            self.assertNotIn(sign, stderr)


class Signals(Case):
    """Ctrl-C and SIGTERM."""

    def setUp(self):
        super().setUp()
        y4m("a.y4m", util.crowd(90) * (3 if util.TSAN else 8 if SLOW else 40))

    def interrupt(self, number, *options, out="o.csv"):
        p = util.start(*STUB, "a.y4m", "-o", out, "-j", "2", "MIEN_TEST=jitter=15000", *options)
        end = time.monotonic() + 60
        while time.monotonic() < end and p.poll() is None:
            if glob.glob(out + ".partial") and os.path.getsize(out + ".partial") > 8000:
                break
            time.sleep(0.01)
        self.assertIsNone(p.poll(), "ended before the signal")
        p.send_signal(number)
        began = time.monotonic()
        _, stderr = p.communicate(timeout=util.TIMEOUT)
        if not SLOW:
            self.assertLess(time.monotonic() - began, 2)
        return util.Outcome(p.returncode, "", stderr.decode())

    def check_partial(self, done, status, out="o.csv"):
        self.assertEqual(done.status, status, done)
        self.assertEqual(len(done.stderr.splitlines()), 1, done)
        self.assertIn(out + ".partial", done.stderr)
        self.assertEqual(self.here(), ["a.y4m", out + ".meta.json.partial", out + ".partial"])
        m = read_json(out + ".meta.json.partial")
        self.assertIs(m["complete"], False)
        self.assertEqual(m["status"], "MIEN_EINTERRUPTED")
        f = m["frames"]
        self.assertEqual(f["decoded"], f["skipped_before_start"] + f["analysed"] + f["discarded"] +
                         f["dropped_live"])
        return f["analysed"], m["rows"]

    def test_rows_are_kept(self):
        whole = self.extract("a.y4m", "-o", "-", *(() if SLOW else ("--max-frames", "3000"))).out
        signals = (signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)
        if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # nohup ignores it, and mien must as well
            signals = signals[:2]
        for number, status in signals[:1] if util.TSAN else signals:
            analysed, rows = self.check_partial(self.interrupt(number), status)
            text = read("o.csv.partial").decode()
            self.assertTrue(text.endswith("\n"))
            self.assertTrue(whole.startswith(text), "the rows are not the first rows of the complete run")
            self.assertEqual(text.count("\n"), rows + 1)
            self.assertEqual(int(text.splitlines()[-1].split(",")[0]), analysed)
            for name in "o.csv.partial", "o.csv.meta.json.partial":
                os.unlink(name)

    def test_sequential(self):
        self.check_partial(self.interrupt(signal.SIGTERM, "--exec", "sequential"), 143)

    def test_json_lines(self):
        analysed, _ = self.check_partial(self.interrupt(signal.SIGINT, out="o.jsonl"), 130,
                                         "o.jsonl")
        lines = read("o.jsonl.partial").decode().splitlines()
        self.assertEqual([json.loads(line)["frame"] for line in lines],
                         list(range(1, analysed + 1)))

    def test_existing_output_stays(self):
        util.write("o.csv", b"precious")
        self.interrupt(signal.SIGINT, "--force")
        self.assertEqual(read("o.csv"), b"precious")

    def test_second_signal(self):
        for pause in 0, 0, 0.01, 0.05, 0.2: # any thread may receive the signal, at any time
            p = util.start(*STUB, "a.y4m", "-o", "o.csv", "-j", "1", "MIEN_TEST=jitter=15000")
            while not glob.glob("o.csv.partial"):
                time.sleep(0.01)
            p.send_signal(signal.SIGINT)
            time.sleep(pause)
            p.send_signal(signal.SIGTERM)
            _, stderr = p.communicate(timeout=util.TIMEOUT)
            self.assertIn(p.returncode, (130, 143), stderr)
            self.assertNotIn("o.csv", self.here())
            for name in glob.glob("o.csv*"):
                os.unlink(name)

    @needs_lavfi
    def test_second_signal_while_something_hangs(self):
        graph = "lavfi:nullsrc=size=6000x6000:rate=1,geq=lum=mod(X*Y\\,251)*sin(X)*cos(Y)"
        p = util.start(*STUB, graph, "-o", "o.csv", env=util.LEAVES_THREADS)
        time.sleep(1.0)
        self.assertIsNone(p.poll())
        p.send_signal(signal.SIGINT)
        time.sleep(0.2)
        began = time.monotonic()
        p.send_signal(signal.SIGINT)
        stderr = p.communicate(timeout=util.TIMEOUT)[1].decode()
        self.assertEqual(p.returncode, 130, stderr)
        if not SLOW:
            self.assertLess(time.monotonic() - began, 0.5)

    def test_pipe_without_a_reader(self):
        p = util.start(*STUB, "a.y4m", "-o", "-")
        time.sleep(1 if not SLOW else 5)  # the pipe is full now
        p.send_signal(signal.SIGINT)
        try:
            p.wait(timeout=30)
        finally:
            p.kill()
        stderr = p.communicate()[1].decode()
        self.assertEqual(p.returncode, 130, stderr)
        self.assertEqual(len(stderr.splitlines()), 1, stderr)

    def test_several_inputs(self):
        for name in "b.y4m", "c.y4m":
            os.symlink("a.y4m", name)
        p = util.start(*STUB, "a.y4m", "b.y4m", "c.y4m", "-o", "out/", "-j", "2",
                       "MIEN_TEST=jitter=15000")
        while not glob.glob("out/a.csv.partial"):
            time.sleep(0.01)
        p.send_signal(signal.SIGTERM)
        p.communicate(timeout=util.TIMEOUT)
        self.assertEqual(p.returncode, 143)
        self.assertEqual(sorted(os.listdir("out")), ["a.csv.meta.json.partial", "a.csv.partial"])


class Live(Case):
    """mien run."""

    @needs_lavfi
    def test_a_graph_ends_by_itself(self):
        graph = ("lavfi:color=black:size=320x240:rate=25:duration=2[a];"
                 "color=white:size=60x80:rate=25:duration=2[b];"
                 "[a][b]overlay=x=40+40*t:y=60:enable=between(t\\,0.5\\,1.5)")
        done = self.succeeds("run", "--provider", "stub", "--source", graph, "--csv", "o.csv")
        rows = read_csv("o.csv")
        numbers = [int(r["frame"]) for r in rows]  # a live run: a slow machine drops some
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertGreater(len(numbers), 5 if SLOW else 25)
        for r in rows:
            self.assertEqual(r["success"], 0.5 <= r["timestamp"] <= 1.5, r["timestamp"])
        self.assertEqual(done.out, "")
        self.assertIs(read_json("o.csv.meta.json")["complete"], True)
        # extract, which is not live, gives the same values except for the smoothing over gaps
        whole = read_csv(self.extract(graph, "-o", "-").out)
        self.assertEqual([r["frame"] for r in whole], list(range(1, 51)))
        for r in rows:
            there = whole[int(r["frame"]) - 1]
            for name in "timestamp", "success", "box_x", "box_w", "gaze_yaw", "gaze_pitch":
                self.assertEqual(r[name], there[name], name)

    @needs_lavfi
    def test_max_frames_ends_an_endless_graph(self):
        done = self.succeeds("run", "--provider", "stub", "--source", "lavfi:testsrc=size=64x48",
                             "--max-frames", "30", "--csv", "-")
        self.assertEqual(len({r["frame"] for r in read_csv(done.out)}), 30)

    def test_a_file_loses_nothing(self):
        frames = 40 if SLOW else 200
        y4m("a.y4m", util.crowd(frames))
        want = self.extract("a.y4m", "-o", "-").out
        done = self.succeeds("run", "--provider", "stub", "a.y4m", "--csv", "-")
        self.assertEqual(done.out, want)
        self.succeeds("run", "--provider", "stub", "--source", "a.y4m", "--csv", "o.jsonl", "-j", "3")
        self.assertEqual(len(read("o.jsonl").splitlines()), frames)


@util.not_for_tsan
class Bench(Case):
    def test_json(self):
        y4m("a.y4m", util.moving(40))
        done = self.succeeds("bench", "--provider", "stub", "a.y4m", "--repeat", "1", "--json",
                             "--exec", "sequential,threads", "--workers", "2", "--max-frames", "30")
        b = json.loads(done.out)
        for name in ("fps", "floor_fps", "efficiency", "stages", "input", "provider"):
            self.assertIn(name, b)
        self.assertEqual(b["frames"], 30)
        self.assertEqual([(c["exec"], c["workers"]) for c in b["configurations"]],
                         [("sequential", 1), ("threads", 2)])
        for c in b["configurations"]:
            self.assertGreater(c["fps"], 0)
            self.assertGreater(c["floor_fps"], 0)
        stages = {s["name"]: s for s in b["stages"]}
        self.assertEqual(stages["detect.network"]["count"], 30)
        self.assertEqual(stages["gaze.network"]["count"], 30)
        self.near(sum(s["share"] for s in b["stages"]), 1, 0.01)

    def test_table(self):
        y4m("a.y4m", util.moving(20))
        done = self.succeeds("bench", "--provider", "stub", "a.y4m", "--repeat", "1", "--exec",
                             "sequential")
        for word in ("a.y4m", "fps", "floor", "efficiency", "median ms", "p95 ms", "share",
                     "detect.network", "gaze.network", "decode"):
            self.assertIn(word, done.out)

    def test_bad_input(self):
        self.fails_with(run("bench", "--provider", "stub", "missing.mp4"), "ENOINPUT", "missing.mp4")


class Video(Case):
    """The annotated copy has the same frames and times as its input."""

    def video(self, *arguments):
        done = run(*STUB, *arguments)
        if done.status == util.EXIT["ENOTBUILT"]:
            self.skipTest("no video encoder: " + done.stderr.strip())
        self.assertEqual((done.status, done.stderr), (0, ""))

    def stream(self, name):
        p = subprocess.run([util.FFPROBE, "-v", "error", "-select_streams", "v:0", "-show_entries",
                            "stream=width,height,duration:format=duration", "-of", "json", name],
                           stdout=subprocess.PIPE, check=True)
        probed = json.loads(p.stdout)
        return probed["streams"][0] | {"length": float(probed["format"]["duration"])}

    @util.not_for_tsan
    @needs_ffmpeg
    def test_same_frames_and_times(self):
        y4m("a.y4m", util.crowd(60))
        util.ffmpeg("-i", "a.y4m", *util.encoder(), "plain.mp4")
        util.variable("a.y4m", "vfr.mp4", "(N*N*0.001+N*0.02)/TB")
        util.variable("a.y4m", "vfr.mkv", "(N*0.1+0.03*mod(N\\,3))/TB")
        util.ffmpeg("-i", "plain.mp4", "-c", "copy", "-output_ts_offset", "2.5", "late.mp4")
        for name in "a.y4m", "plain.mp4", "vfr.mp4", "vfr.mkv", "late.mp4":
            for copy in "copy.mp4", "copy.mkv":
                self.video(name, "-o", "o.csv", "--video", copy, "--force")
                want, have = util.probe_times(name), util.probe_times(copy)
                self.assertEqual(len(have), 60, (name, copy))
                for a, b in zip(want, have):
                    self.near(b, a, 0.0011, f"{name} as {copy}")
                self.assertEqual((self.stream(copy)["width"], self.stream(copy)["height"]),
                                 (320, 240))
                self.near(self.stream(copy)["length"], self.stream(name)["length"], 0.11,
                          f"{name} as {copy}")
        util.variable("a.y4m", "long.mkv", "N*2/TB")  # a start beyond a minute is no broadcast clock
        self.video("long.mkv", "-o", "o.csv", "--video", "copy.mkv", "--force", "--start", "70")
        self.near(util.probe_times("copy.mkv")[0], 70, 0.0011)

    @needs_ffmpeg
    def test_rows_do_not_change(self):
        """Drawing does not change the pixels that the networks see, as it does in other programs."""
        y4m("a.y4m", util.crowd(20 if SLOW else 60))
        want = self.extract("a.y4m", "-o", "-").out
        self.video("a.y4m", "-o", "o.csv", "--video", "o.mp4")
        self.assertEqual(read("o.csv").decode(), want)
        self.assertEqual(self.here(), ["a.y4m", "o.csv", "o.csv.meta.json", "o.mp4"])
        self.video("a.y4m", "-o", "p.csv", "--video", "p.mp4", "--exec", "sequential")
        self.assertEqual(hashlib.sha256(read("p.mp4")).hexdigest(),
                         hashlib.sha256(read("o.mp4")).hexdigest())

    @util.not_for_tsan
    @needs_ffmpeg
    def test_something_is_drawn(self):
        y4m("a.y4m", util.moving(5))
        y4m("b.y4m", [[]] * 5)
        for name in "a", "b":
            self.video(f"{name}.y4m", "-o", f"{name}.csv", "--video", f"{name}.mkv")
            util.ffmpeg("-i", f"{name}.mkv", "-f", "rawvideo", "-pix_fmt", "gray", f"{name}.raw")
        size = 320 * 240
        before = util.draw(util.moving(5)[2], 320, 240)
        after = read("a.raw")[2 * size:3 * size]
        changed = sum(abs(p - (q - 16) * 255 // 219) > 40 for p, q in zip(after, before))
        self.assertGreater(changed, 100, "neither a box nor an arrow was drawn")
        self.assertLess(changed, size // 8)
        empty = read("b.raw")[2 * size:3 * size]
        self.assertLess(sum(v > 60 for v in empty), 2000, "marks were drawn on a frame without faces")

    @util.not_for_tsan
    @needs_ffmpeg
    def test_rotated(self):
        y4m("a.y4m", util.moving(5))
        self.video("a.y4m", "-o", "o.csv", "--video", "o.mp4", "--rotate", "90")
        s = self.stream("o.mp4")
        self.assertEqual((s["width"], s["height"]), (240, 320))

    @util.not_for_tsan
    @needs_ffmpeg
    def test_run_and_folders(self):
        y4m("a.y4m", util.moving(5))
        y4m("b.y4m", util.moving(7))
        self.video("a.y4m", "b.y4m", "-o", "out/", "--video", "videos/")
        self.assertEqual(len(util.probe_times("videos/b.mp4")), 7)
        done = run("run", "--provider", "stub", "--source", "a.y4m", "--output", "r.mp4")
        self.assertEqual((done.status, done.stderr), (0, ""))
        self.assertEqual(len(util.probe_times("r.mp4")), 5)
        self.fails_with(run(*STUB, "a.y4m", "-o", "o.csv", "--video", "r.mp4"), "EEXISTS", "r.mp4")
        self.fails_with(run(*STUB, "a.y4m", "-o", "o.csv", "--video", "r.txt"), "EINVAL", "r.txt")
        self.assertNotIn("o.csv", self.here())

    @util.not_for_tsan
    @needs_ffmpeg
    def test_the_input_is_never_replaced(self):
        y4m("a.y4m", util.moving(5))
        util.ffmpeg("-i", "a.y4m", *util.encoder(), "a.mp4")
        data = read("a.mp4")
        for target in "a.mp4", "./a.mp4", ".":
            done = run(*STUB, "a.mp4", "-o", "o.csv", "--video", target, "--force")
            self.assertEqual(read("a.mp4"), data, target)
            self.fails_with(done, "EINVAL", "a.mp4")

    @needs_ffmpeg
    def test_interrupted(self):
        y4m("a.y4m", util.crowd(90) * (3 if SLOW else 20))
        p = util.start(*STUB, "a.y4m", "-o", "o.csv", "--video", "o.mp4", "-j", "1",
                       "MIEN_TEST=jitter=15000")
        while not glob.glob("o.csv.partial") or os.path.getsize("o.csv.partial") < 8000:
            self.assertIsNone(p.poll(), "ended too early")
            time.sleep(0.01)
        p.send_signal(signal.SIGINT)
        p.communicate(timeout=util.TIMEOUT)
        self.assertEqual(p.returncode, 130)
        self.assertEqual(self.here(), ["a.y4m", "o.csv.meta.json.partial", "o.csv.partial",
                                       "o.mp4.partial"])
        m = read_json("o.csv.meta.json.partial")
        os.rename("o.mp4.partial", "p.mp4")
        self.assertEqual(len(util.probe_times("p.mp4")), m["frames"]["analysed"])


@unittest.skipIf(SLOW, "measurements of time and memory mean nothing in this build")
class Thrift(Case):
    """Start-up time and memory."""

    def first_row(self, *arguments, soon):
        """Seconds until the first row: the best of several attempts, because other programs may use
        the machine."""
        best = 99.0
        for k in range(12):
            if best < soon:
                break
            time.sleep(0.1 * k)
            began = time.monotonic()
            p = util.start(*arguments, "-o", "-")
            p.stdout.readline()
            row = p.stdout.readline()
            best = min(best, time.monotonic() - began)
            p.kill()
            p.communicate()
            self.assertTrue(row)
        return best

    def test_first_row_comes_soon(self):
        y4m("a.y4m", util.moving(50))
        self.assertLess(self.first_row(*STUB, "a.y4m", soon=0.5), 0.5)
        if util.have_models():
            self.assertLess(self.first_row("extract", "--models", util.MODELS, "a.y4m", soon=0.5), 0.5)

    def peak(self, *arguments):
        """Peak resident size in MB. A small program starts mien and measures it, because the peak of a
        child starts at the peak of its parent."""
        measure = ("import os, sys\n"
                   "pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)\n"
                   "_, status, usage = os.wait4(pid, 0)\n"
                   "print(status, usage.ru_maxrss)")
        # meson makes malloc fill its memory, which touches pages that are only reserved
        p = subprocess.run([sys.executable, "-S", "-E", "-c", measure, MIEN, *arguments],
                           env=util.environment(MALLOC_PERTURB_="0"), stdout=subprocess.PIPE, check=True)
        status, size = p.stdout.split()[-2:]
        self.assertEqual(int(status), 0)
        return int(size) / (1024 if sys.platform != "darwin" else 1 << 20)

    def flat(self, *options):
        y4m("a.y4m", util.crowd(60))
        names = [f"a{i}.y4m" for i in range(10)]
        for name in names:
            os.symlink("a.y4m", name)
        two = max(self.peak(*options, *names[:2], "-o", f"two{i}/") for i in range(2))
        ten = min(self.peak(*options, *names, "-o", f"ten{i}/") for i in range(2))
        self.assertLessEqual(ten, two * 1.03, "MB after ten inputs, after two")
        return ten

    def test_memory_is_flat(self):
        self.assertLess(self.flat(*STUB), 200)

    def test_memory_is_flat_sequentially(self):
        self.assertLess(self.flat(*STUB, "--exec", "sequential", "--detect-every", "5"), 200)

    @unittest.skipUnless(util.have_models() if len(sys.argv) > 1 else False,
                         "no models, or no runtime for them")
    def test_memory_with_networks(self):
        clip = os.path.join(util.CLIPS, "classroom_8faces_720p.mp4")
        if not os.path.exists(clip):
            self.skipTest("no clip")
        size = self.peak("extract", "--models", util.MODELS, clip, "--max-frames", "40", "-o", "a.csv",
                         "--analysis", "gaze")
        self.assertLess(size, 200, "MB with the networks on a 720p clip")
        one = os.path.join(util.CLIPS, "pyfeat_single_472f_360p.mp4")
        if not os.path.exists(one):
            self.skipTest("no clip")
        size = self.peak("extract", "--models", util.MODELS, one, "--max-frames", "40", "-o", "b.csv")
        self.assertLess(size, 200, "MB with everything on, one face")


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
