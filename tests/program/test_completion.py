#!/usr/bin/env python3
"""Shell completion: what each shell reads is made from the program's tables, and bash completes.

usage: test_completion.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]
"""
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
import unittest

import util
from util import run

SHELLS = ("bash", "zsh", "fish")

# Calls the function as bash does: words in COMP_WORDS, one candidate a line.
CALL = """source ./completion
compopt() { :; }
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_mien
printf '%s\\n' "${COMPREPLY[@]}"
"""


def needs(shell):
    return unittest.skipUnless(shutil.which(shell), f"{shell} is not installed")


class Case(util.Case):
    def setUp(self):
        super().setUp()
        self.text = {shell: self.succeeds("--completion", shell).out for shell in SHELLS}
        for shell, text in self.text.items():
            os.makedirs(shell)
            with open(os.path.join(shell, "completion"), "w", encoding="utf-8") as f:
                f.write(text)


class Tables(Case):
    def test_everything_is_there(self):
        """Each command, option, choice and model of the registry, for each shell."""
        models = [line[2:].split()[0] for line in self.succeeds("models", "list").out.splitlines()
                  if re.match(r"[ *+] [a-z]\S+ +(detector|gaze|landmarks|au|refiner|mtcnn) ", line)]
        self.assertGreater(len(models), 10)
        want = {name for c in util.commands() for name in c["name"].split()} | set(models)
        want |= {t["name"] for t in util.dump()["topics"]}
        for o in util.dump()["options"]:
            if o["help"]:
                want |= {o["name"], *o["choices"]}
        for shell, text in self.text.items():
            words = set(re.findall(r"[a-z0-9][a-z0-9-]*", text))
            self.assertEqual(want - words, set(), shell)
            self.assertNotIn("dump-options", text)

    def test_mistakes(self):
        self.fails_with(run("--completion"), "EINVAL", "--completion", "bash")
        self.fails_with(run("--completion", "tcsh"), "EINVAL", "tcsh", "fish")

    def check(self, shell, *more):
        p = subprocess.run([shell, "-n", *more, os.path.join(shell, "completion")],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual((p.returncode, p.stdout), (0, b""))

    @needs("bash")
    def test_syntax_of_bash(self):
        self.check("bash")

    @needs("zsh")
    def test_syntax_of_zsh(self):
        self.check("zsh")

    @needs("fish")
    def test_syntax_of_fish(self):
        self.check("fish")


@needs("fish")
class Fish(Case):
    def test_candidates(self):
        for line, want in (("mien colu", ["columns"]), ("mien models ver", ["verify"]),
                           ("mien extract --exec thr", ["threads"]),
                           ("mien help coord", ["coordinates"])):
            p = subprocess.run(["fish", "-N", "-c", f"source fish/completion; complete -C '{line}'"],
                               stdout=subprocess.PIPE, env={**os.environ, "HOME": self.folder})
            self.assertEqual([s.split("\t")[0] for s in p.stdout.decode().splitlines()], want, line)


@needs("bash")
class Bash(Case):
    def setUp(self):
        super().setUp()
        os.chdir("bash")
        for name in ("a video.mp4", "b.csv", "c.txt"):
            with open(name, "w", encoding="utf-8"):
                pass
        os.mkdir("folder")

    def candidates(self, *words):
        p = subprocess.run(["bash", "--norc", "--noprofile", "-c", CALL, "bash", "mien", *words],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual((p.returncode, p.stderr), (0, b""), words)
        return [line for line in p.stdout.decode().splitlines() if line]

    def test_commands(self):
        commands = [c["name"] for c in util.commands() if c["summary"]]
        self.assertEqual(self.candidates(""), commands)
        self.assertEqual(self.candidates("ext"), ["extract"])
        self.assertEqual(self.candidates("--vers"), ["--version"])
        self.assertEqual(self.candidates("--completion", ""), list(SHELLS))
        self.assertEqual(self.candidates("models", ""),
                         [c["name"].split()[1] for c in util.commands() if " " in c["name"]])
        self.assertEqual(self.candidates("models", "v"), ["verify"])
        self.assertEqual(self.candidates("nonsense", ""), [])

    def test_options(self):
        for command in (c["name"] for c in util.commands() if not c["group"]):
            want = [f"--{o['name']}" for o in util.options(command) if o["help"]]
            self.assertEqual(self.candidates(*command.split(), "--"), want, command)
        self.assertEqual(self.candidates("extract", "a.mp4", "--res"), ["--resume"])

    def test_choices(self):
        """Every option with choices, for each of its commands, in both notations."""
        found = 0
        for o in util.dump()["options"]:
            if o["type"] not in ("choice", "list"):
                continue
            for command in o["commands"]:
                words = command.split()
                self.assertEqual(self.candidates(*words, f"--{o['name']}", ""), o["choices"], command)
            first = o["choices"][0]
            self.assertEqual(self.candidates(*words, f"--{o['name']}", "=", first), [first])
            self.assertEqual(self.candidates(*words, f"--{o['name']}", "="), o["choices"])
            found += 1
        self.assertGreater(found, 8)

    def test_values(self):
        self.assertEqual(self.candidates("extract", "--exec", "t"), ["threads"])
        self.assertEqual(self.candidates("extract", "-j", ""), ["auto"])
        self.assertEqual(self.candidates("bench", "--exec", "threads,s"), ["threads,sequential"])
        self.assertEqual(self.candidates("run", "--analysis", "gaze,sh"), ["gaze,shape"])
        self.assertEqual(self.candidates("extract", "--max-frames", ""), [])
        self.assertIn("retinaface-mnet025", self.candidates("extract", "--detector", "r"))
        self.assertNotIn("resnet18-gaze", self.candidates("extract", "--detector", ""))
        self.assertEqual(self.candidates("models", "pull", "pfld-6"), ["pfld-68"])
        self.assertIn("openface22", self.candidates("models", "pull", "openf"))
        self.assertEqual(self.candidates("help", "priv"), ["privacy"])
        # an option of another command is none here
        self.assertEqual(self.candidates("columns", "--exec", ""), [])

    def test_files(self):
        self.assertEqual(sorted(self.candidates("extract", "")),
                         ["a video.mp4", "b.csv", "c.txt", "completion", "folder"])
        self.assertEqual(self.candidates("extract", "a"), ["a video.mp4"])
        self.assertEqual(self.candidates("extract", "-o", "b"), ["b.csv"])
        self.assertEqual(self.candidates("extract", "--models", "f"), ["folder"])
        self.assertEqual(self.candidates("extract", "--models", "st"), ["standard"])
        self.assertEqual(self.candidates("columns", ""), [])

    def test_at_the_keyboard(self):
        """A shell on a terminal completes what is typed when Tab is pressed."""
        child, terminal = pty.fork()
        if child == 0:
            os.execvpe("bash", ["bash", "--norc", "--noprofile", "-i"],
                       {"PATH": os.environ["PATH"], "TERM": "dumb", "PS1": "ready: ",
                        "HOME": self.folder, "INPUTRC": "/dev/null"})
        seen = ""

        def wait_for(what):
            nonlocal seen
            end = time.monotonic() + 60
            while what not in seen:
                self.assertLess(time.monotonic(), end, seen)
                if select.select([terminal], [], [], 1)[0]:
                    seen += os.read(terminal, 4096).decode("utf-8", "replace")
            seen = seen[seen.index(what) + len(what):]

        try:
            wait_for("ready: ")
            os.write(terminal, b"source ./completion; mien() { printf '<%s>' \"$@\"; echo; }\n")
            wait_for("ready: ")
            for typed, want in ((b"mien ext\t--exe\tthr\t-o b\t", "<extract><--exec><threads><-o><b.csv>"),
                                (b"mien run --exec=proc\t", "<run><--exec=processes>"),
                                (b"mien extract a\\ v\t", "<extract><a video.mp4>"),
                                (b"mien models ver\tpfld-6\t", "<models><verify><pfld-68>")):
                os.write(terminal, typed + b"\n")
                wait_for(want)
                wait_for("ready: ")
            os.write(terminal, b"exit\n")
        finally:
            os.close(terminal)
            os.waitpid(child, 0)


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
