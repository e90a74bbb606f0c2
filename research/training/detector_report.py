"""Compares the detections of two runs of `mien extract`: the built-in detector and RetinaFace.

    detector_report.py BUILTIN RETINAFACE     CSV files, or folders with CSV files of the same names

Both runs use --detect-every 1 --analysis landmarks (RetinaFace with --detector-size 640). Recall: the
share of RetinaFace's faces (score > 0.8, height > 48 pixels of the clip) that the built-in detector also
found (overlap of at least 0.5). Precision: the share of the built-in detector's faces (height > 48) that
RetinaFace also found, with any score and size. Clips with names no_face* and dogs* show no people: every
detection in them is wrong, and they are not part of the totals. All stills share one row.
"""
import csv
import os
import sys

import numpy as np


def read(path):
    """{frame: (boxes, scores)} of the faces that were detected in that frame."""
    out = {}
    with open(path, newline="") as f:
        for r in csv.DictReader(f):
            boxes, scores = out.setdefault(int(r["frame"]), ([], []))
            if r["detected"] == "1" and r["box_w"]:
                x, y, w, h = (float(r["box_" + k]) for k in "xywh")
                boxes.append((x, y, x + w, y + h))
                scores.append(float(r["confidence"]))
    return {k: (np.array(b).reshape(-1, 4), np.array(s)) for k, (b, s) in out.items()}


def overlaps(a, b):
    lo, hi = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    both = np.clip(hi - lo, 0, None).prod(2)
    return both / ((a[:, 2:] - a[:, :2]).prod(1)[:, None] + (b[:, 2:] - b[:, :2]).prod(1) - both)


def matched(a, b):
    """Which boxes of a have a partner in b; pairs are formed in the order of their overlaps."""
    o = overlaps(a, b)
    got = np.zeros(len(a), bool)
    while o.size and o.max() >= 0.5:
        i, j = np.unravel_index(o.argmax(), o.shape)
        got[i] = True
        o[i], o[:, j] = 0, 0
    return got


def compare(ours, theirs):
    """(faces of RetinaFace, of these found; faces of the built-in detector, of these right)."""
    n = np.zeros(4, int)
    empty = (np.zeros((0, 4)), np.zeros(0))
    for frame in ours.keys() | theirs.keys():
        a, _ = ours.get(frame, empty)
        b, score = theirs.get(frame, empty)
        asked = (score > 0.8) & (b[:, 3] - b[:, 1] > 48)
        large = a[:, 3] - a[:, 1] > 48
        n += [asked.sum(), (matched(b, a) & asked).sum(), large.sum(), (matched(a, b) & large).sum()]
    return n


def main(ours, theirs):
    if os.path.isdir(ours):
        names = sorted(f for f in os.listdir(ours) if f.endswith(".csv") and
                       os.path.exists(os.path.join(theirs, f)))
        pairs = [(n[:-4], os.path.join(ours, n), os.path.join(theirs, n)) for n in names]
    else:
        pairs = [(os.path.basename(ours)[:-4], ours, theirs)]
    print("| clip | RetinaFace | found | recall | built-in | right | precision |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    clips, stills = np.zeros(4, int), np.zeros(4, int)

    def row(name, n):
        share = [f"{x / y:.3f}" if y else "-" for x, y in ((n[1], n[0]), (n[3], n[2]))]
        print(f"| {name} | {n[0]} | {n[1]} | {share[0]} | {n[2]} | {n[3]} | {share[1]} |")

    for name, a, b in pairs:
        a, b = read(a), read(b)
        n = compare(a, b)
        if name.startswith(("no_face", "dogs")):
            found = [sum(len(x[0]) for x in y.values()) for y in (a, b)]
            print(f"| {name}: no people in {len(a)} frames | {found[1]} | | | {found[0]} | 0 | |")
            continue
        if len(a) > 1:
            clips += n
            row(name, n)
        else:
            stills += n
    row("stills, together", stills)
    row("**clips, together**", clips)
    row("**all**", clips + stills)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
