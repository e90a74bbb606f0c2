#!/usr/bin/env python3
"""Compares the manual pages with the program: the pages explain every command, option, column and
exit status, and nothing that does not exist.

usage: test_manual.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]
"""
import json
import os
import re
import shutil
import subprocess
import sys
import unittest

import util
from util import ROOT, run

MAN = os.path.join(ROOT, "man")
MANDOC = shutil.which("mandoc")
LIBRARY = "libmien.3"


def source(page):
    with open(os.path.join(MAN, page), encoding="utf-8") as f:
        return f.read()


def plain(page):
    """The text of a page without its markup."""
    text = re.sub(r'(?m)^\.\\".*$', "", source(page)).replace("\\\n", " ").replace("\\-", "-")
    text = re.sub(r"(?m)^\.(Sh|Ss|It|Xr|Va|Fa|Ar|Cm|Pa|Ev|Dv|Ic|Nm|Nd|Fn|Fo|Ft|Sy|Em|Ql|Pq|Po|Op) ?",
                  " ", text)
    return re.sub(r"\s+", " ", text)


def options_of(page):
    """(long options, letters) that a page explains."""
    text = source(page).replace("\\\n", " ")
    return (set(re.findall(r"\bFl (?:\w , )?-([a-z][a-z0-9-]*)", text)),
            set(re.findall(r"\bFl ([a-zA-Z])\b", text)))


def options_of_program(*commands):
    """(long options, letters) that the program documents for these commands."""
    options = [o for c in commands for o in util.options(c) if o["help"]]
    return {o["name"] for o in options}, {o["letter"] for o in options if o["letter"]}


def aliases(command):
    return {o["alias"] for o in util.options(command) if o["alias"]}


def actions(command):
    """The command itself, or the commands of a group ("models list", ...)."""
    return [c["name"] for c in util.commands()
            if not c["group"] and c["name"].split()[0] == command]


class Manual(unittest.TestCase):
    def test_there_is_a_page_for_each_command(self):
        commands = [c["name"] for c in util.commands() if c["summary"]]
        self.assertGreater(len(commands), 4)
        main = plain("mien.1")
        for command in commands:
            page = f"mien-{command}.1"
            self.assertTrue(os.path.exists(os.path.join(MAN, page)), page)
            self.assertIn(f"mien-{command} 1", main)
            self.assertTrue(source(page).startswith(".Dd "), page)
            self.assertIn(f".Nm mien-{command}\n", source(page))

    def test_options(self):
        for command in ("extract", "run", "bench", "columns", "compare", "evaluate", "events", "merge", "slurm", "status", "help"):
            names, letters = options_of_program(command)
            self.assertGreater(len(names), command != "help", command)
            documented, documented_letters = options_of(f"mien-{command}.1")
            self.assertEqual(names - documented, set(), f"mien-{command}.1 does not explain these")
            self.assertEqual(letters - documented_letters, set(), f"mien-{command}.1")
            # a page may mention options of another command if it names that command
            self.assertEqual(documented - names - aliases(command) - {"help", "version"} -
                             self.elsewhere(command), set(),
                             f"mien-{command}.1 explains options that do not exist")

    def test_topics(self):
        page = source("mien-help.1")
        page = page[page.index("The topics are"):page.index(".Sh OPTIONS")]
        documented = re.findall(r"(?m)^\.It Cm ([a-z-]+)", page)
        self.assertEqual(documented, [t["name"] for t in util.dump()["topics"]])

    def test_aliases(self):
        """An alias is explained once, in the page of the first command that takes it."""
        found = [(o["alias"], o["commands"][0]) for o in util.dump()["options"] if o["alias"]]
        self.assertTrue(found)
        for alias, command in found:
            self.assertIn(alias, options_of(f"mien-{command}.1")[0])

    def elsewhere(self, command):
        """Options of mien itself, such as --version, that the examples use."""
        return {"completion"} if command == "help" else {"version"} if command != "columns" else set()

    def test_options_of_models(self):
        names = options_of_program(*actions("models"))[0]
        documented, _ = options_of("mien-models.1")
        self.assertEqual(names - documented, set(), "mien-models.1 does not explain these")
        extract = options_of_program("extract")[0]
        self.assertEqual(documented - names - extract, set(), "mien-models.1 explains options that do not exist")

    def test_examples_can_be_parsed(self):
        """Every option in an example line belongs to its command."""
        for page in sorted(os.listdir(MAN)):
            for line in source(page).splitlines():
                found = re.search(r"mien (extract|run|bench|columns) ([^|]*)", line)
                if not found or not line.startswith((".Dl", "$", "mien")):
                    continue
                names, letters = options_of_program(found.group(1))
                for name in re.findall(r"(?<!\S)--([a-z-]+)", found.group(2)):
                    self.assertIn(name, names, f"{page}: {line}")
                for letter in re.findall(r"(?<!\S)-([a-z])\b", found.group(2)):
                    self.assertIn(letter, letters, f"{page}: {line}")

    def test_columns(self):
        documented = plain("mien-output.5")
        words = set(re.findall(r"[A-Za-z0-9_]+", documented))
        columns = json.loads(run("columns", "--json").out)
        names = [c["name"] for c in columns]
        missing = []
        for name in names:
            series = re.fullmatch(r"(.*_)(\d+)", name)
            if name in words:
                continue
            numbers = [int(n[len(series.group(1)):]) for n in names
                       if re.fullmatch(re.escape(series.group(1)) + r"\d+", n)] if series else []
            ends = {f"{series.group(1)}{f(numbers)}" for f in (min, max)} if series else {name}
            if not ends <= words:
                missing.append(name)
        self.assertEqual(missing, [], "mien-output.5 does not explain these columns")
        # the page explains no column that does not exist
        foreign = [w for w in re.findall(r"\b(?:gaze|box|lm5|pose|AU\d\d|fit|au)_\w+", documented)
                   if not w.startswith(("gaze_0", "gaze_angle", "au_models")) and w not in names]
        self.assertEqual(foreign, [], "mien-output.5 explains columns that do not exist")

    def test_exit_statuses(self):
        page = source("mien.1")
        page = page[page.index(".Sh EXIT STATUS"):page.index(".Sh SIGNALS")]
        documented = {int(n) for n in re.findall(r"(?m)^\.It (\d+)", page)}
        codes = {**util.exit_codes(), **util.own_exit_codes()}
        want = {status for _, status, _ in codes.values()} | {0}
        self.assertEqual(documented, want)
        for name, (_, status, text) in codes.items():
            if name in ("EAGAIN", "EEOF"):
                continue
            item = re.search(rf"(?ms)^\.It {status}\n(.*?)(?=^\.It|^\.El)", page).group(1)
            words = re.sub(r"\s+", " ", item).lower()
            for word in re.findall(r"[a-z]{5,}", text.lower()):
                self.assertIn(word, words, f"exit status {status} is explained with other words")

    def test_sidecar(self):
        """Every member of a sidecar is explained."""
        folder = util.tempfile.mkdtemp(prefix="mien-test-")
        try:
            clip = util.y4m(os.path.join(folder, "a.y4m"), util.moving(3))
            out = os.path.join(folder, "o.csv")
            self.assertEqual(run("extract", "--provider", "stub", clip, "-o", out).status, 0)
            documented = set(re.findall(r"[A-Za-z0-9_]+", plain("mien-output.5")))
            meta = util.read_json(out + ".meta.json")
        finally:
            shutil.rmtree(folder)

        missing = []

        def check(value):
            if isinstance(value, dict):
                for key, inner in value.items():
                    if key not in documented:
                        missing.append(key)
                    if key not in ("options", "stages"):
                        check(inner)
                    elif key == "stages":
                        check(next(iter(inner.values())))
            elif isinstance(value, list):
                for inner in value[:1]:
                    check(inner)
        check(meta)
        self.assertEqual(missing, [], "mien-output.5 does not explain these members")

    def test_environment(self):
        names = set()
        for folder, _, files in os.walk(ROOT):
            if os.path.relpath(folder, ROOT).split(os.sep)[0] not in ("src", "cli"):
                continue
            for name in files:
                if name.endswith(".c"):
                    with open(os.path.join(folder, name), encoding="utf-8") as f:
                        names |= set(re.findall(r'getenv\("((?:MIEN|SLURM)_\w+)"', f.read()))
        documented = plain("mien.1") + plain("mien-models.1")
        self.assertEqual([n for n in sorted(names) if n not in documented], [],
                         "these environment variables are not explained")

    def test_library(self):
        """Every public function has its prototype in libmien.3, and no other."""
        functions = set()
        folder = os.path.join(ROOT, "include", "mien")
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                functions |= set(re.findall(r"MIEN_API [^;=]*?\b(mien_\w+)\(", f.read()))
        page = source(LIBRARY)
        synopsis = page[page.index(".Sh SYNOPSIS"):page.index(".Sh DESCRIPTION")]
        documented = set(re.findall(r"(?m)^\.F[no] (mien_\w+)", synopsis))
        self.assertEqual(documented, functions)

    def test_references(self):
        """Every page that a page refers to exists."""
        pages = set(os.listdir(MAN))
        for page in sorted(pages):
            for name, section in re.findall(r"(?m)^\.Xr ((?:lib)?mien\S*) (\d)", source(page)):
                self.assertIn(f"{name}.{section}", pages, page)

    @unittest.skipUnless(MANDOC, "mandoc is not installed")
    def test_markup(self):
        for page in sorted(os.listdir(MAN)):
            p = subprocess.run([MANDOC, "-Tlint", "-W", "warning", os.path.join(MAN, page)],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            # older versions of mandoc demand another format of the date
            findings = [s for s in p.stdout.decode().splitlines() if "STYLE" not in s]
            self.assertEqual(findings, [])


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
