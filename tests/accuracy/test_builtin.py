#!/usr/bin/env python3
"""The built-in models: they are found wherever mien is installed, verified, accurate, give the same
values in every executor, and can be combined with other models.

usage: test_builtin.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]
"""
import ctypes
import json
import os
import re
import shutil
import subprocess
import sys
import unittest

import util
from util import FOREIGN_LEAKS, MIEN, MODELS, ROOT, run

BUILD = os.path.dirname(MIEN)
FOLDER = os.path.join(ROOT, "models", "builtin")
CLIP = os.path.join(ROOT, "examples", "demo.mp4")
TRUTH = os.path.join(ROOT, "examples", "demo_truth.csv")
COMPARE = os.path.join(BUILD, "examples", "compare_truth")
NAMES = {"mediapipe-detector", "mediapipe-mesh", "builtin-gaze", "builtin-au"}
RENDERED = {"builtin-detector", "builtin-landmarks", "builtin-gaze", "rendered-au"}

# Limits on the rendered clip of the demo. The cards of the models state their accuracy. A file that was
# trained or exported wrongly exceeds these limits by far.
MOST_GAZE = 7.0       # degrees, mean
MOST_LANDMARKS = 4.0  # % of the distance of the outer eye corners, mean; of the landmark network
MOST_MESH = 5.5       # of the face mesh, which marks some landmarks elsewhere than renders do
LEAST_UNITS = {12: 0.9, 25: 0.85, 26: 0.9, 45: 0.8}  # r

HAVE_RUNTIME = "cpu" in run("--version", env=FOREIGN_LEAKS).out.splitlines()[-1] if MIEN else False
needs_runtime = unittest.skipUnless(HAVE_RUNTIME, "ONNX Runtime is missing")
needs_shared = unittest.skipUnless(os.path.exists(os.path.join(MODELS, util.GAZE)),
                                   "../shared/models is not there")


class Builtin(util.Case):
    def extract(self, *arguments, env=None, status=None, clip=CLIP, program=None):
        more = dict(FOREIGN_LEAKS, **(env or {}))
        if program:
            p = subprocess.run([program, "extract", clip, *arguments], env=util.environment(**more),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=util.TIMEOUT,
                               stdin=subprocess.DEVNULL)
            done = util.Outcome(p.returncode, p.stdout.decode(), p.stderr.decode())
        else:
            done = run("extract", clip, *arguments, env=more)
        if status is None:
            self.assertEqual((done.status, done.stderr), (0, ""))
        return done

    def used(self, result):
        return {m["role"]: m for m in util.read_json(result + ".meta.json")["models"]}

    # ------------------------------------------------------------------------------ the files ----

    def test_registry_fits_the_files(self):
        done = subprocess.run([os.path.join(ROOT, "scripts", "builtin_digests.sh"), "--check"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout.decode())
        size = {True: 0, False: 0}
        for d, _, names in os.walk(FOLDER):
            for name in names:
                size["mediapipe" in d] += os.path.getsize(os.path.join(d, name))
        self.assertLess(size[False], 7 << 20)
        self.assertLess(size[True], 3 << 20)

    def test_list_and_verify(self):
        listed = json.loads(self.succeeds("models", "list", "--json").out)
        self.assertEqual(os.path.realpath(listed["builtin"]), os.path.realpath(FOLDER))
        ours = [m for m in listed["models"] if m["builtin"]]
        self.assertEqual({m["name"] for m in ours}, NAMES | RENDERED)
        for m in ours:
            self.assertEqual(m["state"], "verified", m)
            own = not m["name"].startswith("mediapipe-")
            self.assertTrue(m["commercial"] and m["licence"].startswith("BSD-2-Clause" if own else "Apache-2.0"), m)
            self.assertIsNone(m["url"])
        table = self.succeeds("models", "list").out
        self.assertRegex(table, r"mediapipe-mesh +mesh +face_mesh.onnx +1\.2 ")
        for options in (), ("builtin-gaze",), ("--models", "builtin"):
            out = self.succeeds("models", "verify", *options).out
            self.assertIn("face_gaze.onnx: good, builtin-gaze, built in", out)
        self.fails_with(run("models", "pull", "builtin-gaze"), "EINVAL", "is built in")

    def test_experimental_units_are_marked(self):
        path = os.path.join(FOLDER, "au_mesh", "experimental.txt")
        listed = set()
        if os.path.exists(path):  # without the file no unit is experimental
            with open(path, encoding="utf-8") as f:
                listed = set(re.findall(r"(?m)^(AU\d\d)", f.read()))
        columns = json.loads(self.succeeds("columns", "--json").out)
        marked = {c["name"][:4] for c in columns if c["experimental"]}
        self.assertEqual(marked, listed)
        lines = self.succeeds("columns", "--all").out.splitlines()
        self.assertTrue(any(line.startswith("AU") for line in lines))
        for line in lines:
            unit = re.match(r"(AU\d\d)_", line)
            if unit:
                self.assertEqual("experimental" in line, unit[1] in listed, line)
        with open(os.path.join(ROOT, "man", "mien-output.5"), encoding="utf-8") as f:
            page = f.read()
        printed = re.search(r"by scripts/builtin_digests.sh\n(.*)\.\n", page)[1]
        self.assertEqual(set(re.findall(r"AU\d\d", printed)), listed, "man/mien-output.5")
        with open(os.path.join(FOLDER, "au_mesh", "AU_mesh.txt"), encoding="utf-8") as f:
            without = set(re.findall(r"(?m)^- (AU\d\d)", f.read()))
        printed = re.search(r"The built-in set has no model of (.*); its presence", page)[1]
        self.assertEqual(set(re.findall(r"AU\d\d", printed)), without, "man/mien-output.5")
        printed = re.search(r"(AU.*) has no built-in model", self.succeeds("columns").out.replace("\n", " "))[1]
        self.assertEqual(set(re.findall(r"AU\d\d", printed.split(". ")[-1])), without, "mien columns")

    # ------------------------------------------------------------------------------ the results ----

    @needs_runtime
    @util.not_for_tsan
    def test_claimed_only(self):
        """The option omits exactly the experimental units, and nothing else changes."""
        rows = {}
        for name, more in ("all", ()), ("claimed", ("--claimed-only",)):
            self.succeeds("extract", CLIP, "-o", name + ".csv", "--max-frames", "3", *more, env=FOREIGN_LEAKS)
            rows[name] = util.read_csv(name + ".csv")
        columns = json.loads(self.succeeds("columns", "--json", env=FOREIGN_LEAKS).out)
        experimental = {c["name"] for c in columns if c["experimental"]}
        self.assertEqual(set(rows["all"][0]) - set(rows["claimed"][0]), experimental & set(rows["all"][0]))
        self.assertEqual([{k: v for k, v in r.items() if k not in experimental} for r in rows["all"]],
                         rows["claimed"])
        self.assertTrue(util.read_json("claimed.csv.meta.json")["options"]["claimed_only"])
        self.assertTrue([k for k in rows["claimed"][0] if k.startswith("AU")])

    @needs_runtime
    @util.not_for_tsan
    def test_accuracy_on_the_demo(self):
        self.extract("-o", "demo.csv")
        used = self.used("demo.csv")
        self.assertEqual({m["name"] for m in used.values()}, NAMES)
        marked = {c["name"][:4] for c in json.loads(run("columns", "--json").out) if c["experimental"]}
        self.assertEqual(set(used["au"]["experimental"]), marked)
        for role, m in used.items():
            self.assertEqual(os.path.commonpath([os.path.realpath(m["file"]), os.path.realpath(FOLDER)]),
                             os.path.realpath(FOLDER), role)
        out = subprocess.run([COMPARE, "demo.csv", TRUTH], check=True, stdout=subprocess.PIPE,
                             timeout=60).stdout.decode()
        print(out, flush=True)
        self.assertIn("the face was found in 200 of 200", out)
        self.assertLess(float(re.search(r"gaze: mean error ([\d.]+)", out)[1]), MOST_GAZE)
        self.assertLess(float(re.search(r"landmarks: mean error ([\d.]+)", out)[1]), MOST_MESH)
        units = {int(u): float(r) for u, r in re.findall(r"AU(\d\d) (-?[\d.]+)", out)}
        for unit, least in LEAST_UNITS.items():
            self.assertGreater(units[unit], least, f"AU{unit:02d}")
        rows = util.read_csv("demo.csv")
        self.assertEqual(len(rows), 400)
        self.assertGreater(min(r["landmark_confidence"] for r in rows), 0.5)
        self.extract("-o", "own.csv", "--landmark-model", "builtin-landmarks")
        out = subprocess.run([COMPARE, "own.csv", TRUTH], check=True, stdout=subprocess.PIPE,
                             timeout=60).stdout.decode()
        self.assertLess(float(re.search(r"landmarks: mean error ([\d.]+)", out)[1]), MOST_LANDMARKS)

    @needs_runtime
    def test_the_same_bytes_in_every_executor(self):
        n = "20" if util.SLOW else "100"
        tables = {}
        for how in "sequential", "threads", "processes":
            if util.TSAN and how == "sequential":
                continue
            self.extract("-o", how + ".csv", "--exec", how, "--max-frames", n)
            self.assertEqual({m["name"] for m in self.used(how + ".csv").values()}, NAMES)
            tables[how] = util.read(how + ".csv")
        self.assertEqual(len(set(tables.values())), 1)

    @needs_runtime
    @util.not_for_tsan
    def test_points_once_rejected_stay_rejected(self):
        self.extract("-o", "a.csv", "--max-frames", "6", "--analysis", "landmarks,au")
        lines = [line.split(",") for line in util.read("a.csv").decode().splitlines()]
        at = lines[0].index("landmark_confidence")
        lines[3][at] = "0.4000"
        util.write("t.csv", "".join(",".join(line) + "\n" for line in lines).encode())
        self.extract("-o", "b.csv", "--max-frames", "6", "--analysis", "landmarks,au", "--landmarks-from", "t.csv")
        rows = util.read_csv("b.csv")
        self.assertEqual([r["AU12_r"] is None for r in rows], [k == 2 for k in range(6)])
        self.assertEqual([r["landmark_confidence"] for r in rows], [float(line[at]) for line in lines[1:]])
        self.assertEqual([r["x_30"] for r in rows], [r["x_30"] for r in util.read_csv("a.csv")])

    @needs_runtime
    @util.not_for_tsan
    def test_independent_pictures(self):
        """No two pictures share a face id, and no state passes from one picture to the next."""
        self.extract("-o", "a.csv", "--max-frames", "4", "--static")
        rows = util.read_csv("a.csv")
        self.assertEqual([r["face_id"] for r in rows], [0, 1, 2, 3])
        self.assertEqual(util.read_json("a.csv.meta.json")["people"], 4)
        for r in rows:
            self.assertEqual((r["gaze_yaw_smooth"], r["gaze_pitch_smooth"]), (r["gaze_yaw"], r["gaze_pitch"]))
            self.assertEqual(r["au_final"], 1)

    @needs_runtime
    @util.needs_ffmpeg
    @util.not_for_tsan
    def test_video_shows_final_values(self):
        """It has the frames of the table, and no line that says that its bars are running estimates."""
        n = ("--start", "0.3", "--max-frames", "8" if util.SLOW else "30")
        self.extract("-o", "a.csv", "--video", "a.mkv", *n)
        self.extract("-o", "b.csv", "--video", "b.mkv", "--exec", "processes", *n)
        self.assertEqual(util.read("a.csv"), util.read("b.csv"))
        self.assertEqual(*(self.pictures(name, "-f", "framemd5") for name in ("a.mkv", "b.mkv")))
        for time, row in zip(util.probe_times("a.mkv"), util.read_csv("a.csv"), strict=True):
            self.near(time, row["timestamp"], 0.002)
        self.assertEqual(self.here(), ["a.csv", "a.csv.meta.json", "a.mkv", "b.csv", "b.csv.meta.json", "b.mkv"])
        os.mkfifo("pipe.mkv")  # cannot be read twice
        feeder = subprocess.Popen([util.FFMPEG, "-v", "error", "-y", "-i", CLIP, "-c", "copy", "-f", "matroska", "pipe.mkv"],
                                  stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(feeder.kill)
        util.ffmpeg("-ss", "0.3", "-i", CLIP, "-frames:v", "1", *util.encoder(), "plain.mkv")
        self.succeeds("extract", "pipe.mkv", "-o", "c.csv", "--video", "c.mkv", *n)
        feeder.kill()
        feeder.wait()
        place = "crop=60:6:165:3,format=gray"  # where "running estimates" stands in the first frame
        final, running, picture = (self.pictures(name, "-frames:v", "1", "-vf", place, "-f", "rawvideo")
                                   for name in ("a.mkv", "c.mkv", "plain.mkv"))
        self.assertLess(sum(abs(a - b) for a, b in zip(final, picture, strict=True)) / len(final), 6)
        self.assertGreater(sum(abs(a - b) for a, b in zip(running, picture, strict=True)) / len(final), 25)

    def pictures(self, video, *options):
        return subprocess.run([util.FFMPEG, "-v", "error", "-i", video, *options, "-"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, check=True).stdout

    @needs_runtime
    def test_gaze_alone(self):
        """The crop of the gaze network needs landmarks, so the face mesh runs as well. The values equal
        those of a complete run."""
        n = ("--max-frames", "6" if util.SLOW else "20")
        self.extract("-o", "alone.csv", "--analysis", "gaze", "--exec", "processes", *n)
        self.assertEqual({m["name"] for m in self.used("alone.csv").values()},
                         NAMES - {"builtin-au"})
        self.extract("-o", "all.csv", *n)
        alone, together = util.read_csv("alone.csv"), util.read_csv("all.csv")
        self.assertFalse([c for c in alone[0] if re.match(r"[xy]_\d|landmark", c)])
        for a, b in zip(alone, together, strict=True):
            self.assertEqual(a, {c: b[c] for c in a})
            self.assertGreater(a["gaze_yaw_peak"], 0)

    @needs_runtime
    @util.not_for_tsan
    def test_one_picture(self):
        """The built-in set also has action unit models for single pictures."""
        self.extract("-o", "still.csv", "--static", "--max-frames", "2")
        self.assertEqual(self.used("still.csv")["au"]["name"], "builtin-au-static")

    # ---------------------------------------------------------------------------- the locations ----

    @needs_runtime
    @util.not_for_tsan
    def test_an_installation_finds_its_own(self):
        """A staged installation still works after a move, with its library and its worker processes."""
        meson = shutil.which("meson")
        if not meson:
            self.skipTest("meson is not installed")
        staged = subprocess.run([meson, "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir",
                                 os.path.abspath("stage")], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT)
        self.assertEqual(staged.returncode, 0, staged.stdout.decode())
        os.rename("stage", "moved")
        found = [os.path.join(d, f) for d, _, fs in os.walk("moved") for f in fs]
        program, = (f for f in found if f.endswith("/bin/mien"))
        prefix = os.path.realpath(os.path.dirname(os.path.dirname(program)))
        ort = os.environ.get("MIEN_ONNXRUNTIME") or os.path.join(ROOT, "build-deps", "lib",
                                                                 "libonnxruntime.so.1")
        env = {"MIEN_ONNXRUNTIME": ort if os.path.exists(ort) else None}
        for how in (), ("--exec", "processes"), ("--isolate-decoder",):
            self.extract("-o", "rows.csv", "-f", "--max-frames", "6", *how, env=env,
                         program=os.path.abspath(program))
            for m in self.used("rows.csv").values():
                self.assertTrue(m["file"].startswith(prefix + "/share/mien/builtin/"), m["file"])
        library = next((f for f in found if re.search(r"/libmien\.so\.\d+$", f)), None)
        if library and not util.SLOW:
            text = ctypes.create_string_buffer(1000)
            self.assertTrue(ctypes.CDLL(os.path.abspath(library)).mien_builtin_models_dir(text, 1000))
            self.assertEqual(text.value.decode(), prefix + "/share/mien/builtin")

    @needs_runtime
    def test_nowhere(self):
        env = {"MIEN_BUILTIN": os.path.abspath("nowhere")}
        self.fails_with(self.extract("-o", "a.csv", env=env, status=12), "ENOMODEL", "MIEN_BUILTIN")
        self.assertEqual(run("models", "verify", env=env).status, util.EXIT["ENOMODEL"])
        self.assertEqual(self.here(), [])

    @needs_runtime
    @util.not_for_tsan
    def test_damage_is_noticed_and_named(self):
        shutil.copytree(FOLDER, "copy")
        env = {"MIEN_BUILTIN": os.path.abspath("copy")}
        self.extract("-o", "good.csv", "--max-frames", "2", env=env)
        dat = next(os.path.join(d, f) for d, _, fs in os.walk("copy/au_mesh") for f in sorted(fs)
                   if f.endswith("_static.dat"))
        for name in ("copy/mediapipe/face_detector.onnx", "copy/mediapipe/face_mesh.onnx", "copy/face_gaze.onnx",
                     "copy/au_mesh/AU_mesh.txt", dat):
            whole = util.read(name)
            util.write(name, whole[:-1] + bytes([whole[-1] ^ 1]))
            done = self.extract("-o", "bad.csv", env=env, status=14)
            self.fails_with(done, "EBADMODEL", os.path.abspath(name), "is damaged", "install mien again")
            self.assertEqual(run("models", "verify", env=env).status, util.EXIT["EBADMODEL"], name)
            if name.endswith(".dat"):
                self.extract("-o", "odd.csv", "-f", "--max-frames", "2", "--allow-unknown-models", env=env)
                self.assertEqual(self.used("odd.csv")["au"]["name"], "unregistered")
            os.remove(name)
            done = self.extract("-o", "bad.csv", env=env, status=12)
            if name != "copy/au_mesh/AU_mesh.txt":  # a folder without this file is not a built-in set
                self.fails_with(done, "ENOMODEL", "install")
            util.write(name, whole)
        self.assertFalse(os.path.exists("bad.csv"))
        self.extract("-o", "good.csv", "-f", "--max-frames", "2", env=env)

    @needs_runtime
    @util.not_for_tsan
    def test_rendered_set(self):
        """Without the fetched detector the default set is refused, and the rendered set works."""
        shutil.copytree(FOLDER, "copy", ignore=shutil.ignore_patterns("mediapipe"))
        env = {"MIEN_BUILTIN": os.path.abspath("copy")}
        done = self.extract("-o", "a.csv", env=env, status=12)
        self.fails_with(done, "ENOMODEL", "mediapipe/face_detector.onnx", "make setup", "--models rendered")
        self.assertEqual(run("models", "verify", env=env).status, util.EXIT["ENOMODEL"])
        for how in ((("--models", "rendered"), env), ((), dict(env, MIEN_MODELS="rendered"))):
            self.assertEqual(set(self.names_with(*how).values()), RENDERED)
        self.assertEqual(set(self.names_with(("--models", "rendered"), {}).values()), RENDERED)

    # ---------------------------------------------------------------------------------- mixing ----

    @needs_runtime
    def test_standard_models_that_are_not_there(self):
        empty = {"XDG_DATA_HOME": os.path.abspath("nothing")}
        folder = os.path.abspath("nothing/mien/models")
        for options, env in ((("--models", "standard"), {}), ((), {"MIEN_MODELS": "standard"})):
            done = self.extract("-o", "a.csv", *options, env=dict(empty, **env), status=12)
            self.fails_with(done, "ENOMODEL", folder, "run mien models pull")
        done = self.extract("-o", "a.csv", "--landmarks", "clnf", env=empty, status=12)
        self.fails_with(done, "ENOMODEL", folder, "mien models pull openface22-clnf")
        done = self.extract("-o", "a.csv", "--gaze-model", "resnet18-gaze", env=empty, status=12)
        self.fails_with(done, "ENOMODEL", folder, "mien models pull resnet18-gaze")
        done = self.extract("-o", "a.csv", "--au-models", "openface22-au", env=empty, status=12)
        self.fails_with(done, "ENOMODEL", folder)
        done = self.extract("-o", "a.csv", "--analysis", "eyes", env=empty, status=2)
        self.fails_with(done, "EINVAL", "--models standard")
        self.assertEqual(self.here(), [])

    @needs_runtime
    @needs_shared
    @util.not_for_tsan
    def test_mixing(self):
        env = {"XDG_DATA_HOME": os.path.abspath("data")}
        os.makedirs("data/mien")
        os.symlink(MODELS, "data/mien/models")
        research = self.names_with((), {"MIEN_MODELS": MODELS})
        self.assertFalse(set(research.values()) & NAMES, research)
        self.assertEqual(self.names_with(("--models", "standard"), env), research)
        self.assertEqual(self.names_with(("--models", MODELS), env), research)
        self.assertEqual(set(self.names_with((), env).values()), NAMES)
        self.assertEqual(set(self.names_with(("--models", "builtin"), {"MIEN_MODELS": MODELS}).values()),
                         NAMES)
        mixed = self.names_with(("--gaze-model", "mobileone-s0-gaze", "--exec", "processes"), env)
        self.assertEqual(mixed.pop("gaze"), research["gaze"])
        self.assertEqual(set(mixed.values()), NAMES - {"builtin-gaze"})
        mixed = self.names_with(("--models", "standard", "--detector", "builtin-detector",
                                 "--au-models", "builtin-au"), env)
        self.assertEqual((mixed["detector"], mixed["au"]), ("builtin-detector", "builtin-au"))
        self.assertEqual(mixed["refiner"], research["refiner"])
        self.assertEqual(set(self.names_with(("--models", FOLDER), env).values()),
                         NAMES - {"builtin-au"} | {"builtin-landmarks", "rendered-au"})
        clnf = self.names_with(("--landmarks", "clnf"), env)
        self.assertEqual(clnf["gaze"], "builtin-gaze")
        self.assertEqual(clnf["au"], research["au"])

    def names_with(self, options, env):
        self.extract("-o", "rows.csv", "-f", "--max-frames", "2", *options, env=env)
        return {role: m["name"] for role, m in self.used("rows.csv").items()}


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
