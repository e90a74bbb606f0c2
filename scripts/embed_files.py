#!/usr/bin/env python3
"""Makes the files of the live page, and uPlot, one C file. Without uPlot the page has no plots.

usage: embed_files.py OUT.c DEPENDENCIES FOLDER UPLOT-FOLDER
"""
import os
import sys

from embed_page import UPLOT, existing

TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".js": "text/javascript; charset=utf-8"}


def main():
    out, dependencies, folder, uplot = sys.argv[1:]
    sources = [os.path.join(folder, n) for n in sorted(os.listdir(folder))]
    needed = [os.path.join(uplot, n) for n in UPLOT]
    text, rows = '#include "web/server.h"\n\n', []
    for path in sources + needed:
        name, number = os.path.basename(path), len(rows)
        data = b"/* this mien was built without uPlot */"
        if os.path.exists(path):
            with open(path, "rb") as f:
                data = f.read()
        text += f"static const unsigned char file_{number}[] = {{{','.join(map(str, data))}}};\n"
        # "" is the page itself
        shown = "" if name == "live.html" else name
        rows.append(f'    {{"{shown}", "{TYPES[os.path.splitext(name)[1]]}", file_{number}, {len(data)}}},\n')
    text += f"const struct mn_web_file mn_web_files[] = {{\n{''.join(rows)}}};\n"
    text += f"const int mn_num_web_files = {len(rows)};\n"
    with open(out, "w", encoding="utf-8") as f:
        f.write(text)
    with open(dependencies, "w", encoding="utf-8") as f:
        names = [existing(p) for p in needed] + [folder] + sources
        f.write(out + ": " + " ".join(n.replace(" ", "\\ ") for n in names) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
