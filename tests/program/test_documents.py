#!/usr/bin/env python3
"""Compares documents that make statements about the code with the code: SECURITY.md, docs/privacy.md,
CITATION.cff, and the links in all documents.

usage: test_documents.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]
"""
import glob
import os
import re
import sys
import unittest

import util
from util import ROOT


def text(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as f:
        return f.read()


def code():
    """{path: content} of the library and the program."""
    files = [f for folder in ("src", "cli") for end in "ch"
             for f in glob.glob(os.path.join(ROOT, folder, "**", f"*.{end}"), recursive=True)]
    return {os.path.relpath(f, ROOT): text(f) for f in files}


def citation(content):
    """Keys of the first level with their values; a YAML list becomes a list of dictionaries of
    strings. Only the part of YAML that CITATION.cff uses is read."""
    found, key = {}, None
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        top = re.fullmatch(r"([a-z-]+):(?: (.*))?", line)
        if top:
            key, value = top.groups()
            assert key not in found, f"line {number}: {key} is there twice"
            found[key] = value.strip('"') if value and value != ">-" else "" if value else []
        elif line.startswith("  - ") and isinstance(found[key], list):
            item = re.fullmatch(r"  - (?:([a-z-]+): )?(.+)", line)
            assert item, f"line {number}: {line}"
            found[key].append({item[1] or "": item[2].strip('"')})
        elif isinstance(found[key], list):
            member = re.fullmatch(r" {4}(?:([a-z]+(?:-[a-z]+)*): ?(.*)| {2}.*)", line)
            assert member, f"line {number}: {line}"
            if member[1]:
                found[key][-1][member[1]] = member[2].strip('"')
        else:
            assert line.startswith("  "), f"line {number}: {line}"
            found[key] += line.strip() + " "
    return found


class Citation(unittest.TestCase):
    # schema of the Citation File Format 1.2.0, its first level
    REQUIRED = {"cff-version", "message", "title", "authors"}
    KNOWN = REQUIRED | {"abstract", "commit", "contact", "date-released", "doi", "identifiers",
                        "keywords", "license", "license-url", "preferred-citation", "references",
                        "repository", "repository-artifact", "repository-code", "type", "url",
                        "version"}

    def setUp(self):
        self.content = text("CITATION.cff")
        self.cff = citation(self.content)

    def test_keys(self):
        self.assertNotIn("\t", self.content)
        self.assertEqual(self.REQUIRED - set(self.cff), set())
        self.assertEqual(set(self.cff) - self.KNOWN, set())
        self.assertEqual(self.cff["cff-version"], "1.2.0")
        self.assertIn(self.cff["type"], ("software", "dataset"))
        self.assertTrue(all(self.cff.values()), self.cff)

    def test_authors_and_references(self):
        for author in self.cff["authors"]:
            self.assertTrue(author.get("name") or author.get("family-names"), author)
        for reference in self.cff["references"]:
            self.assertTrue({"type", "title", "authors"} <= set(reference), reference)
            self.assertRegex(reference["year"], r"^\d{4}$")
            self.assertRegex(reference.get("doi", "10.1/x"), r"^10\.\d+/\S+$")
            self.assertRegex(reference.get("url", "https://x"), r"^https://\S+$")

    def test_facts(self):
        meson = text("meson.build")
        self.assertEqual(self.cff["version"], re.search(r"version: '([\d.]+)'", meson)[1])
        self.assertEqual(self.cff["license"], re.search(r"license: '(.+?)'", meson)[1])
        self.assertIn("BSD 2-Clause", text("LICENSE"))

    def test_reader(self):
        """The reader above refuses any YAML that it does not support."""
        for wrong in ("a: 1\na: 2", "a: 1\nb 2", "a:\n  - x: 1\n  y: 2"):
            with self.assertRaises((AssertionError, KeyError)):
                citation(wrong)


class Security(unittest.TestCase):
    def setUp(self):
        self.page = text("SECURITY.md")

    def test_system_calls(self):
        """The documented list of allowed system calls equals the list in the program."""
        source = text("cli", "source", "isolated", "sandbox.c")
        table = source[source.index("allowed[] = {"):source.index("#define NUM_ALLOWED")]
        block = self.page[self.page.index("The allowed system calls"):]
        block = re.search(r"\n\n((?:    .*\n)+)", block)[1]
        documented = block.split()
        self.assertEqual(sorted(documented), sorted(set(re.findall(r"__NR_(\w+),", table))))
        for call in ("open", "openat", "socket", "clone", "fork", "execve", "ptrace"):
            self.assertNotIn(call, documented)

    def test_limits(self):
        source = text("cli", "source", "isolated", "sandbox.c")
        self.assertEqual(re.search(r"\(rlim_t\)(\d+) << 30", source)[1],
                         re.search(r"(\d+) GiB of private memory", self.page)[1])
        self.assertEqual(re.search(r"\(1u << (\d+)\) - 1", source)[1],
                         re.search(r"all (\d+) file system rights", self.page)[1])
        parent = text("cli", "source", "isolated", "parent.c")
        self.assertEqual(float(re.search(r"#define LIMIT ([\d.]+)", parent)[1]),
                         float(re.search(r"more than (\d+) s,", self.page)[1]))
        http = text("cli", "models", "http.c")
        self.assertEqual(re.search(r"#define REDIRECTS (\d+)", http)[1],
                         re.search(r"at most (\d+) redirects", self.page)[1])

    def test_files_are_only_files(self):
        source = text("cli", "source", "ffmpeg", "open.c")
        files, streams = re.findall(r'"protocol_whitelist",\s*"(.*?)"', source)
        self.assertEqual(files, "file")
        self.assertNotIn("file", streams.split(","))

    def test_what_it_names_is_there(self):
        for name in re.findall(r"`((?:cli|tests|fuzz)/[\w./]*)`", self.page):
            self.assertTrue(os.path.exists(os.path.join(ROOT, name)), name)
        options = {f"--{o['name']}" for o in util.dump()["options"]}
        self.assertEqual(set(re.findall(r"--[a-z][a-z-]+", self.page)) - options,
                         {"--decoder", "--decoders", "--version"})
        self.assertRegex(self.page, r"(?m)^## How to report")


class Privacy(unittest.TestCase):
    NETWORK = r"\b(AF_INET6?|getaddrinfo|gethostbyname|avformat_network_init|inet_pton|lsl_create_outlet)\b|<curl/"

    def setUp(self):
        self.page = text("docs", "privacy.md")

    def test_network(self):
        """The table lists all source files that use the network, and no other file."""
        files = {path for path, content in code().items() if re.search(self.NETWORK, content)}
        self.assertEqual(set(re.findall(r"`(cli/[\w./]+)`", self.page)), files)

    def test_usage_reports_of_the_runtime(self):
        self.assertIn('setenv("ORT_DISABLE_TELEMETRY", "1", 1)', text("src", "infer", "ort_api.c"))

    def test_required_statements(self):
        words = re.sub(r"\s+", " ", self.page).lower()
        for word in ("identifying people", "covert surveillance", "hiring", "lies", "consent",
                     "biometric", "must not be used"):
            self.assertIn(word, words)
        options = {f"--{o['name']}" for o in util.dump()["options"]}
        self.assertEqual(set(re.findall(r"--[a-z][a-z-]+", self.page)) - options, set())


class Links(unittest.TestCase):
    def test_links_lead_somewhere(self):
        pages = [os.path.basename(f) for f in glob.glob(os.path.join(ROOT, "*.md"))]
        pages += [os.path.relpath(f, ROOT)
                  for f in glob.glob(os.path.join(ROOT, "docs", "**", "*.md"), recursive=True)]
        self.assertGreater(len(pages), 8)
        for page in pages:
            for target in re.findall(r"\]\(([^)#\s]+)", text(page)):
                if "://" not in target:
                    path = os.path.join(ROOT, os.path.dirname(page), target)
                    self.assertTrue(os.path.exists(path), f"{page}: {target}")

    def test_readme_names_them(self):
        readme = text("README.md")
        for name in ("SECURITY.md", "docs/privacy.md", "CITATION.cff"):
            self.assertIn(f"({name})", readme)


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
