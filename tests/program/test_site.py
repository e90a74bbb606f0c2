#!/usr/bin/env python3
"""The documentation site (make site): it is built without a warning, no link is dead, and no page loads
anything from elsewhere.

usage: test_site.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]
"""
import glob
import html.parser
import os
import subprocess
import sys
import unittest
import urllib.parse

import util
from util import ROOT

SITE = os.path.join(ROOT, "build-site", "html")
MKDOCS = os.path.join(ROOT, "build-deps", "mkdocs", "mkdocs")


class Page(html.parser.HTMLParser):
    """links: of a page; loads: what a browser fetches to show it; ids: anchors."""

    def __init__(self, path):
        super().__init__()
        self.links, self.loads, self.ids = [], [], set()
        with open(path, encoding="utf-8") as f:
            self.feed(f.read())

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        self.ids.update(v for k, v in a.items() if k in ("id", "name") and v)
        if tag == "a" and a.get("href"):
            self.links.append(a["href"])
        elif tag == "link" and a.get("rel") != "canonical":
            self.loads.append(a["href"])
        elif "src" in a:
            self.loads.append(a["src"])


class Site(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        done = subprocess.run([os.path.join(ROOT, "scripts", "site", "build.sh")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              check=False)
        if not os.path.isdir(MKDOCS):
            raise unittest.SkipTest("MkDocs could not be installed")
        assert done.returncode == 0, done.stdout.decode()
        cls.pages = {os.path.relpath(p, SITE): Page(p) for p in glob.glob(os.path.join(SITE, "**", "*.html"), recursive=True)}

    def test_pages(self):
        for path in glob.glob(os.path.join(ROOT, "docs", "*.md")):
            self.assertIn("docs/" + os.path.basename(path)[:-3] + ".html", self.pages)
        for path in glob.glob(os.path.join(ROOT, "man", "*.[1-9]")):
            self.assertIn("man/" + os.path.basename(path) + ".html", self.pages)
        self.assertIn("index.html", self.pages)

    def test_links(self):
        checked = 0
        for path, page in self.pages.items():
            if path == "404.html":  # its links begin at the root of a server
                continue
            for link in page.links + page.loads:
                parts = urllib.parse.urlsplit(link)
                if parts.scheme or not (parts.path or parts.fragment):
                    continue
                target = os.path.normpath(os.path.join(os.path.dirname(path), urllib.parse.unquote(parts.path))) \
                    if parts.path else path
                self.assertTrue(os.path.exists(os.path.join(SITE, target)), f"{path}: {link}")
                if parts.fragment and target in self.pages:
                    self.assertIn(urllib.parse.unquote(parts.fragment), self.pages[target].ids, f"{path}: {link}")
                checked += 1
        self.assertGreater(checked, 1000)

    def test_nothing_from_elsewhere(self):
        for path, page in self.pages.items():
            for load in page.loads:
                self.assertFalse(urllib.parse.urlsplit(load).netloc, f"{path}: {load}")
        for sheet in glob.glob(os.path.join(SITE, "css", "**", "*.css"), recursive=True):
            with open(sheet, encoding="utf-8") as f:
                content = f.read()
            self.assertNotIn("url(http", content.replace('"', "").replace("'", ""), sheet)
            self.assertNotIn("url(//", content.replace('"', "").replace("'", ""), sheet)


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
