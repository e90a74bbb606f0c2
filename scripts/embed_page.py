#!/usr/bin/env python3
"""Makes the template of mien report: the page, its styles and scripts, and uPlot in one C file.

If uPlot is missing the template is empty, and mien report explains what to do.

usage: embed_page.py OUT.c DEPENDENCIES TEMPLATE-FOLDER UPLOT-FOLDER UPLOT-LICENCE
"""
import os
import re
import sys

MARK = "@data@"
UPLOT = ["uPlot.min.css", "uPlot.iife.min.js"]


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def inline(page, folder, uplot, licence):
    """Replaces each line "@file NAME@" by the content of the file."""
    def content(match):
        name = match.group(1)
        text = read(os.path.join(uplot if name in UPLOT else folder, name))
        if name in UPLOT:
            text = "/*\n" + read(licence).replace("*/", "* /") + "*/\n" + text
        return text.replace("</script", "<\\/script")
    return re.sub(r"(?m)^[ \t]*@file ([\w.]+)@$", content, page)


def array(name, text):
    data = text.encode()
    rows = [",".join(str(b) for b in data[i:i + 32]) for i in range(0, len(data), 32)] or ["0"]
    return (f"const unsigned char {name}[] = {{\n" + ",\n".join(rows) +
            f"}};\nconst unsigned {name}_size = {len(data)};\n")


def existing(path):
    """The path, or the nearest folder above it that exists: it changes when the path appears."""
    while not os.path.exists(path):
        path = os.path.dirname(path)
    return path


def main():
    out, dependencies, folder, uplot, licence = sys.argv[1:]
    sources = [os.path.join(folder, n) for n in sorted(os.listdir(folder))]
    needed = [os.path.join(uplot, n) for n in UPLOT]
    before = after = ""
    if all(map(os.path.exists, needed)):
        page = inline(read(os.path.join(folder, "report.html")), folder, uplot, licence)
        before, after = page.split(MARK)
    with open(out, "w", encoding="utf-8") as f:
        f.write('#include "page/page.h"\n\n' + array("mn_page_before", before) +
                array("mn_page_after", after))
    with open(dependencies, "w", encoding="utf-8") as f:
        names = [existing(p) for p in needed + [licence]] + [folder] + sources
        f.write(out + ": " + " ".join(n.replace(" ", "\\ ") for n in names) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
