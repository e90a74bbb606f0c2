#!/usr/bin/env python3
"""mien help: commands and topics, as built-in text or as a manual page.

usage: test_help.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]
"""
import os
import pty
import re
import sys

import util
from util import MIEN, ROOT, run

# A program `man` that knows some pages.
MAN = """#!/bin/sh
if [ "$1" = -w ]; then
    case $2 in mien-extract | mien-models | mien-output) echo "/usr/share/man/$2"; exit 0 ;; esac
    echo "no manual entry for $2" >&2
    exit 16
fi
echo "PAGE $*"
"""


def topics():
    return util.dump()["topics"]


class Help(util.Case):
    def test_overview(self):
        text = self.succeeds("help").out
        self.assertEqual(self.succeeds("--help").out, text)
        for row in [c for c in util.commands() if c["summary"]] + topics():
            self.assertRegex(text, rf"(?m)^  {row['name']} +{re.escape(row['summary'])}$")

    def test_commands(self):
        names = {t["name"] for t in topics()}
        for command in util.commands():
            words = command["name"].split()
            text, want = self.succeeds("help", *words).out, self.succeeds(*words, "--help").out
            self.assertTrue(text.startswith(want), command["name"])
            self.assertEqual(text != want, command["name"] in names)

    def test_topics(self):
        self.assertGreater(len(topics()), 8)
        for topic in topics():
            text = self.succeeds("help", topic["name"]).out
            self.assertGreater(len(text), 200, topic["name"])
            for line in text.splitlines():
                self.assertLessEqual(len(line), 100)
                self.assertEqual(line, line.rstrip())
            if topic["page"]:
                self.assertTrue(any(os.path.exists(os.path.join(ROOT, "man", f"{topic['page']}.{n}"))
                                    for n in "1357"), topic)

    def test_options_in_topics_exist(self):
        options = {f"--{o['name']}" for o in util.dump()["options"]}
        for topic in topics():
            text = self.succeeds("help", topic["name"]).out
            self.assertEqual(set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)) - options, set(), topic)

    def test_exit_statuses(self):
        text = self.succeeds("help", "exit-status").out
        documented = {int(n): words for n, words in re.findall(r"(?m)^ +(\d+)  (.*)$", text)}
        want = {status: words for name, (_, status, words) in util.exit_codes().items()
                if name not in ("EAGAIN", "EEOF")}
        want.update({status: words for _, status, words in util.own_exit_codes().values()})
        self.assertEqual({n: documented.get(n) for n in want}, want)
        self.assertEqual(set(documented), set(want) | {0})
        self.assertEqual(list(documented), sorted(documented))

    def test_environment(self):
        """The variables that the manual pages explain."""
        text = self.succeeds("help", "environment").out
        for page in ("mien.1", "mien-models.1"):
            with open(os.path.join(ROOT, "man", page), encoding="utf-8") as f:
                for name in re.findall(r"(?m)^\.It Ev ([A-Z_]+)", f.read()):
                    self.assertIn(f"  {name} ", text)

    def test_mistakes(self):
        self.fails_with(run("help", "nonsense"), "EINVAL", "nonsense", "mien help")
        self.fails_with(run("help", "models", "burn"), "EINVAL", "models burn")
        self.fails_with(run("help", "models", "list", "it"), "EINVAL", "models list")
        self.fails_with(run("help", "--nonsense"), "EINVAL", "--nonsense", "mien help --help")
        self.fails_with(run("help", "x" * 500), "EINVAL", "mien help lists them")

    def on_terminal(self, *arguments, **more):
        """What mien writes to a terminal."""
        child, terminal = pty.fork()
        if child == 0:
            os.execve(MIEN, [MIEN, *arguments], util.environment(**more))
        text = b""
        try:
            while chunk := os.read(terminal, 4096):
                text += chunk
        except OSError: # how Linux reports the end
            pass
        os.close(terminal)
        self.assertEqual(os.waitpid(child, 0)[1], 0, text)
        return text.decode().replace("\r\n", "\n")

    def test_manual_pages(self):
        os.mkdir("bin")
        with open("bin/man", "w", encoding="utf-8") as f:
            f.write(MAN)
        os.chmod("bin/man", 0o755)
        path = os.path.join(self.folder, "bin")
        here = {"PATH": f"{path}:{os.environ['PATH']}"}
        for arguments, page in ((("extract",), "mien-extract"), (("models", "pull"), "mien-models"),
                                (("coordinates",), "mien-output")):
            self.assertEqual(self.on_terminal("help", *arguments, **here), f"PAGE {page}\n")
            # not a terminal: text
            self.assertNotIn("PAGE", self.succeeds("help", *arguments, env=here).out)
        for name in ("bench", "privacy"): # no such page, and no page by intention
            self.assertEqual(self.on_terminal("help", name, **here), self.succeeds("help", name).out)
        self.assertEqual(self.on_terminal("help", "extract", PATH=self.folder),
                         self.succeeds("help", "extract").out, "there is no program man")


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
