#!/usr/bin/env python3
"""Compares the action units of two tables of one video over the frames in which both have a face.

usage: au_report.py REFERENCE.csv OURS.csv [NAME...]

REFERENCE: OpenFace's CSV (or any table with its columns). Prints for each unit Pearson's r of the
intensities, both deviations, and both maxima. Units whose reference hardly varies (deviation below 0.1)
are in brackets.
"""
import csv
import math
import sys


def table(path):
    with open(path, newline="", encoding="utf-8") as f:
        rows = csv.DictReader(f, skipinitialspace=True)
        return {int(float(r["frame"])): r for r in rows
                if float(r.get("success") or 0) == 1 and r.get("AU01_r")}


def main():
    want, have = table(sys.argv[1]), table(sys.argv[2])
    frames = sorted(set(want) & set(have))
    print(f"{len(frames)} frames")
    names = sys.argv[3:] or [k for k in want[frames[0]] if k.startswith("AU") and k.endswith("_r")]
    for name in names:
        a = [float(want[f][name]) for f in frames]
        b = [float(have[f][name]) for f in frames]
        ma, mb = sum(a) / len(a), sum(b) / len(b)
        sa = math.sqrt(sum((x - ma) ** 2 for x in a) / len(a))
        sb = math.sqrt(sum((x - mb) ** 2 for x in b) / len(b))
        r = sum((x - ma) * (y - mb) for x, y in zip(a, b)) / len(a) / (sa * sb) if sa * sb else math.nan
        text = f"{name} r {r:6.3f}  deviation {sa:.2f} {sb:.2f}  greatest {max(a):.2f} {max(b):.2f}"
        print(f"({text})" if sa < 0.1 else text)


if __name__ == "__main__":
    main()
