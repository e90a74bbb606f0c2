#!/usr/bin/env python3
"""The program mien-synth: its messages, its files, and equal bytes for any number of threads."""
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

PROGRAM, ROOT = sys.argv[1:3]
ASSETS = os.path.join(ROOT, "..", "shared", "assets", "makehuman")
HAVE = os.path.isdir(ASSETS)


def run(*args):
    p = subprocess.run([PROGRAM, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=200)
    return p.returncode, p.stdout.decode(), p.stderr.decode()


def read(*path):
    with open(os.path.join(*path), "rb") as f:
        return f.read()


class Words(unittest.TestCase):
    def test_refusals(self):
        for args, status in (
                ((), 2), (("dance",), 2), (("still",), 2), (("still", "--assets"), 2),
                (("still", "--assets", "x", "-o", "y", "--size", "7x7"), 2),
                (("still", "--assets", "x", "-o", "y", "--count", "0"), 2),
                (("still", "--assets", "x", "-o", "y", "--seed", "-1"), 2),
                (("still", "--assets", "/nonexistent", "-o", "y"), 3)):
            code, _, err = run(*args)
            self.assertEqual(code, status, args)
            if args:
                self.assertEqual(err.count("\n"), 1, err)
                self.assertTrue(err.startswith("mien-synth: "), err)

    def test_manual(self):
        _, out, _ = run("--help")
        page = read(ROOT, "research", "synth", "mien-synth.1").decode().replace("\\-", "-")
        for word in out.split():
            if word.startswith("--") and len(word) > 3:
                self.assertIn("Fl -" + word[2:].split("=")[0], page, word)

    @unittest.skipUnless(HAVE, "the MakeHuman assets are missing")
    def test_damage(self):
        folder = tempfile.mkdtemp(prefix="mien-test-")
        try:
            for name in ("base", "makehuman", "textures"):
                shutil.copytree(os.path.join(ASSETS, name), os.path.join(folder, "a", name),
                                copy_function=os.symlink)
            base = os.path.join(folder, "a", "makehuman", "data", "3dobjs", "base.obj")
            whole = read(base)
            os.unlink(base)
            for text in (b"", whole[:len(whole) // 2], b"f 1 2 3\n", whole.replace(b"v ", b"v x", 1)):
                with open(base, "wb") as f:
                    f.write(text)
                code, _, err = run("still", "--assets", os.path.join(folder, "a"), "-o",
                                   os.path.join(folder, "o"))
                self.assertEqual((code, err.count("\n")), (8, 1), err)
                self.assertIn("base.obj", err)
        finally:
            shutil.rmtree(folder)


@unittest.skipUnless(HAVE, "the MakeHuman assets are missing")
class Pictures(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="mien-test-")
        self.addCleanup(shutil.rmtree, self.folder)

    def at(self, *path):
        return os.path.join(self.folder, *path)

    def render(self, name, *args):
        code, _, err = run("still", "--assets", ASSETS, "-o", self.at(name), "--size", "128x96",
                           "--seed", "6", *args)
        self.assertEqual((code, err), (0, ""))

    def test_threads(self):
        self.render("one", "--count", "6", "-j1")
        self.render("many", "--count", "6", "-j5")
        self.render("late", "--count", "2", "--first", "4", "-j1")
        self.render("raw", "--count", "6", "--format", "raw")
        files = sorted(os.listdir(self.at("one")))
        self.assertEqual(files, [f"{i:08d}.png" for i in range(6)] + ["labels.jsonl"])
        for name in files:
            self.assertEqual(read(self.at("one", name)), read(self.at("many", name)), name)
        for name in os.listdir(self.at("late")):
            if name.endswith(".png"):
                self.assertEqual(read(self.at("one", name)), read(self.at("late", name)), name)
        lines = [json.loads(s) for s in read(self.at("one", "labels.jsonl")).splitlines()]
        self.assertEqual(read(self.at("late", "labels.jsonl")).splitlines(),
                         read(self.at("one", "labels.jsonl")).splitlines()[4:])
        # the raw form contains the same values
        self.assertEqual(len(read(self.at("raw", "frames.rgb"))), 6 * 128 * 96 * 3)
        data = read(self.at("raw", "labels.bin"))
        self.assertEqual(data[:8], b"MIENSYN1")
        version, width, height, count, floats, _ = struct.unpack("=6i", data[8:32])
        self.assertEqual((version, width, height, count), (1, 128, 96, 6))
        records = [struct.unpack(f"={floats}f", data[i:i + 4 * floats])
                   for i in range(32, len(data), 4 * floats)]
        faces = [(line["index"], face) for line in lines for face in line["faces"]]
        self.assertEqual(len(records), len(faces))
        for record, (index, face) in zip(records, faces):
            self.assertEqual(record[0], index)
            for have, want in zip(record[1:5], face["box"]):
                self.assertAlmostEqual(have, want, delta=0.01)
            for have, want in zip(record[20:156], face["landmarks68"]):
                self.assertAlmostEqual(have, want, delta=0.01)
            self.assertAlmostEqual(record[-1], face["seen"], delta=0.001)

    def test_same(self):
        self.render("same", "--count", "6", "--same", "3", "--face-height", "0.6")
        self.render("late", "--count", "2", "--first", "4", "--same", "3", "--face-height", "0.6", "-j1")
        faces = [json.loads(s)["faces"][0] for s in read(self.at("same", "labels.jsonl")).splitlines()]
        who = [(f["male"], f["age"], f["origin"], f["glasses"]) for f in faces]
        self.assertEqual([who[0]] * 3 + [who[3]] * 3, who)
        self.assertNotEqual(who[0], who[3])
        self.assertEqual(len({str(f["gaze"]) for f in faces}), 6)
        for name in ("00000004.png", "00000005.png"):
            self.assertEqual(read(self.at("same", name)), read(self.at("late", name)), name)
        for f in faces:
            au = [f["au"][k] for k in sorted(f["au"])] if isinstance(f["au"], dict) else f["au"]
            self.assertGreaterEqual(au[14] + 1e-3, 0.8 * au[15])

    def test_clip_and_model(self):
        code, _, err = run("clip", "--assets", ASSETS, "-o", self.at("c.mp4"), "--count", "8",
                           "--size", "160x120")
        self.assertEqual((code, err), (0, ""))
        truth = [json.loads(s) for s in read(self.at("c.mp4.truth.jsonl")).splitlines()]
        self.assertEqual([t["index"] for t in truth], list(range(8)))
        self.assertAlmostEqual(truth[5]["time"], 0.2)
        self.assertGreater(os.path.getsize(self.at("c.mp4")), 500)
        code, _, err = run("pdm", "--assets", ASSETS, "-o", self.at("pdm.txt"), "--count", "60",
                           "--modes", "10")
        self.assertEqual(code, 0, err)
        lines = [s for s in read(self.at("pdm.txt")).decode().splitlines() if s and s[0] != "#"]
        self.assertEqual(lines[:3], ["204", "1", "6"])
        mean = [float(s) for s in lines[3:207]]
        for k in range(3):
            self.assertAlmostEqual(sum(mean[68 * k:68 * k + 68]), 0, delta=0.01)
        self.assertEqual(lines[207:210], ["204", "10", "6"])
        modes = [[float(v) for v in s.split()] for s in lines[210:414]]
        for i in range(10):
            for j in range(10):
                self.assertAlmostEqual(sum(r[i] * r[j] for r in modes), float(i == j), delta=1e-4)
        variances = [float(v) for v in lines[417].split()]
        self.assertEqual(variances, sorted(variances, reverse=True))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
