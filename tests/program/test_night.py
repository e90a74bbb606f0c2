#!/usr/bin/env python3
"""Batches that must survive the night: a collection of bad inputs, outputs that fail, ten thousand inputs,
and the example files for other schedulers.

usage: test_night.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]
"""
import csv
import glob
import os
import resource
import re
import shutil
import subprocess
import sys
import time
import unittest

import bad_inputs
import util
from util import EXIT, MIEN, ROOT, environment, moving, read, run, y4m

STUB = ("extract", "--provider", "stub")
EXAMPLES = os.path.join(ROOT, "examples", "batch")


class Case(util.Case):
    def summary(self, path):
        with open(path, encoding="utf-8") as f:
            return {os.path.relpath(r["input"], "in"): r for r in csv.DictReader(f)}


class BadInputs(Case):
    def good(self):
        y4m("a.y4m", moving(30))
        if util.FFMPEG and util.ffmpeg("-i", "a.y4m", *util.encoder(), "a.mp4", check=False):
            return "a.mp4"
        return "a.y4m"

    def check(self, names, *options):
        """Every bad input is in the summary with its own reason, and the good ones are done."""
        out = f"out{len(options)}"
        done = run(*STUB, "in", "-o", out + "/", "--summary", "all.csv", "--force", *options)
        self.assertGreater(done.status, 1, done)
        self.assertLess(done.status, 100, done)
        rows = self.summary("all.csv")
        self.assertEqual(set(names) - set(rows), set(), "these are in no row of the summary")
        for name in "good1.y4m", "good2.y4m":
            self.assertEqual((rows[name]["state"], rows[name]["frames"]), ("done", "4"), name)
        reasons = {}
        for name in names:
            row = rows[name]
            self.assertIn(row["state"], ("done", "failed"), name)
            if row["status"] != "MIEN_OK":
                self.assertIn(name, row["message"], "the message names the file")
                reasons[name] = row["status"]
                if row["state"] == "failed":
                    self.assertFalse(os.path.exists(f"{out}/{os.path.splitext(name)[0]}.csv"), name)
        self.assertGreater(len(reasons), 60)
        self.assertGreater(len(set(reasons.values())), 5, "different kinds of failures are distinguished")
        return reasons

    def test_with_and_without_jobs(self):
        names = bad_inputs.make("in", self.good())
        self.assertGreaterEqual(len(names), 60)
        y4m("in/good1.y4m", moving(4))
        y4m("in/good2.y4m", moving(4))
        one = self.check(names)
        many = self.check(names, "--jobs", "2")
        self.assertEqual(one, many)


class Outputs(Case):
    def test_read_only(self):
        os.makedirs("in")
        y4m("in/a.y4m", moving(3))
        for more in (), ("--jobs", "2"):
            self.fails_with(run(*STUB, "in", "-o", "/sys/nothing/", *more), "EOUTPUT", "/sys/nothing")

    @unittest.skipUnless(os.path.exists("/dev/full"), "no device that is always full")
    def test_full(self):
        """A limit on the size of files stands for a full disk: writes fail in the same way."""
        os.makedirs("in")
        for i in range(4):
            y4m(f"in/{i}.y4m", moving(200 if i == 1 else 2))

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
        for more in (), ("--jobs", "2"):
            done = run(*STUB, "in", "-o", "out/", "--force", "--no-isolate-decoder", *more,
                       preexec_fn=limit)
            self.assertIn(done.status, (EXIT["EFULL"], EXIT["EOUTPUT"]), done)
            self.assertIn("out/1.csv", done.stderr)
            self.assertEqual(sorted(os.path.basename(p) for p in glob.glob("out/*.csv")),
                             ["0.csv", "2.csv", "3.csv"], "the others are complete")


class Many(Case):
    @unittest.skipIf(util.SLOW, "time and memory mean nothing in this build")
    def test_ten_thousand_inputs(self):
        """Planning takes less than 5 seconds and 200 MB."""
        data = read(y4m("one.y4m", moving(1), 64, 48))
        for i in range(10000):
            folder = f"in/{i // 1000}"
            os.makedirs(folder, exist_ok=True)
            util.write(f"{folder}/{i}.y4m", data)
        begun = time.monotonic()
        pid = os.posix_spawn(MIEN, [MIEN, *STUB, "in", "-o", "out/", "--jobs", "2", "--shard", "7/5000",
                                    "--progress", "none"], environment())
        _, status, used = os.wait4(pid, 0)
        self.assertEqual(status, 0)
        self.assertLess(time.monotonic() - begun, 5)
        self.assertLess(used.ru_maxrss, 200 * 1024)
        self.assertEqual(len(glob.glob("out/*/*.csv")), 2)


class Examples(Case):
    def text(self, name):
        with open(os.path.join(EXAMPLES, name), encoding="utf-8") as f:
            return f.read()

    def check_command(self, command):
        """The options of an example belong to mien extract."""
        known = {o["name"] for o in util.options("extract")}
        used = set(re.findall(r"(?<= )--([a-z][a-z-]*)", command))
        self.assertTrue(used and used <= known, used - known)

    def test_options(self):
        for name in sorted(os.listdir(EXAMPLES)):
            for command in re.findall(r"mien extract [^\n]*(?:\n +--[^\n]*)?", self.text(name)):
                self.check_command(command.replace("--bind", ""))

    def test_parallel(self):
        """With a program `parallel` that runs its commands one after the other."""
        script = os.path.join(EXAMPLES, "parallel.sh")
        subprocess.run(["sh", "-n", script], check=True)
        os.makedirs("bin")
        os.makedirs("in")
        for i in range(5):
            y4m(f"in/{i}.y4m", moving(2 + i))
        util.write("bin/parallel", b'#!/bin/sh\nwhile [ "$1" != mien ]; do shift; done\n'
                   b'while read -r n; do eval "$(echo "$@ --provider stub" | sed "s/{}/$n/")"; done\n')
        util.write("bin/mien", f'#!/bin/sh\nexec "{MIEN}" "$@"\n'.encode())
        for name in "parallel", "mien":
            os.chmod(f"bin/{name}", 0o755)
        env = environment(PATH=f"{os.path.abspath('bin')}:{os.environ['PATH']}")
        done = subprocess.run([script, "in", "out", "3"], env=env, stdout=subprocess.PIPE, check=True)
        self.assertEqual(len(glob.glob("out/*.csv")), 5)
        self.assertIn(b"0 failed", done.stdout)

    def test_kubernetes(self):
        try:
            import yaml # pylint: disable=import-outside-toplevel
        except ImportError:
            self.skipTest("the module yaml is not installed")
        job = yaml.safe_load(self.text("kubernetes.yaml"))
        self.assertEqual((job["kind"], job["spec"]["completionMode"]), ("Job", "Indexed"))
        command = job["spec"]["template"]["spec"]["containers"][0]["args"][0]
        os.makedirs("in")
        y4m("in/a.y4m", moving(2))
        command = command.replace("/data/videos", "in").replace("/data/out", "out").replace("mien", MIEN, 1)
        subprocess.run(["/bin/sh", "-c", command + " --provider stub"], check=True,
                       env=environment(JOB_COMPLETION_INDEX="0"))
        self.assertTrue(os.path.exists("out/a.csv"))

    def test_apptainer(self):
        text = self.text("apptainer.def")
        post = text[text.index("%post"):text.index("%runscript")].split("\n", 1)[1]
        util.write("post.sh", post.encode())
        subprocess.run(["sh", "-n", "post.sh"], check=True)
        with open(os.path.join(ROOT, "Makefile"), encoding="utf-8") as f:
            targets = set(re.findall(r"(?m)^([a-z]+):", f.read()))
        self.assertLessEqual(set(re.findall(r"(?m)^ +make ([a-z]+)", text)), targets)

    def test_container(self):
        """The commands of the Dockerfile can be parsed, its targets exist, and the image has the packages of
        the libraries that the program needs."""
        with open(os.path.join(ROOT, "Dockerfile"), encoding="utf-8") as f:
            text = f.read().replace("\\\n", " ")
        commands = re.findall(r"(?m)^RUN (.*)$", text)
        self.assertEqual(len(commands), 4)
        for command in commands:
            subprocess.run(["sh", "-n", "-c", command], check=True)
        with open(os.path.join(ROOT, "Makefile"), encoding="utf-8") as f:
            targets = set(re.findall(r"(?m)^([a-z]+):", f.read()))
        self.assertLessEqual(set(re.findall(r"\bmake ([a-z]+)", text)) - {"gcc"}, targets)
        if not shutil.which("dpkg") or not shutil.which("ldd"):
            return
        listed = set(re.findall(r"\blib\w+", commands[2]))
        linked = subprocess.run(["ldd", MIEN], stdout=subprocess.PIPE, check=True).stdout.decode()
        for library in set(re.findall(r"lib(?:av|swscale|curl)\w*\.so\.\d+", linked)):
            owner = subprocess.run(["dpkg", "-S", library], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            if owner.returncode == 0 and "bookworm" in read("/etc/os-release").decode():
                self.assertIn(owner.stdout.decode().split(":")[0], listed)

    @unittest.skipUnless(shutil.which("snakemake"), "snakemake is not installed")
    def test_snakemake(self):
        os.makedirs("videos")
        shutil.copy(os.path.join(EXAMPLES, "Snakefile"), "Snakefile")
        subprocess.run(["snakemake", "--cores", "1", "--dry-run"], check=True)


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
