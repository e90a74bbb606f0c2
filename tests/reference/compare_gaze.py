#!/usr/bin/env python3
"""Compares a gaze CSV of mien with one of gaze_reference.py, face by face.

  compare_gaze.py MIEN.csv REF.csv [--max-box 0.5] [--max-score 0.001] [--max-deg 0.1]
                  [--size WxH] [--every K] [--frames N]

Each file may have either format, which is recognised by its columns. Exit status 1:
a limit is exceeded or a face is in one file only; 2: a file cannot be used.
"""

import argparse
import csv
import math
import sys

import numpy as np

ROUNDING = 0.002             # of the printed coordinates
BOUNDARY_SHARE = 0.005       # share of faces that may differ by more, because their crop differs


class Face:
    def __init__(self, box, score, angles, peaks, points):
        self.box, self.score, self.angles, self.peaks, self.points = box, score, angles, peaks, points


def read(path):
    """Faces by frame number, which starts at 0."""
    with open(path, newline="") as f:
        rows = csv.reader(f)
        names = {name.strip(): i for i, name in enumerate(next(rows, []))}
        if "gaze_yaw" in names:
            kind, columns = "mien", ["frame", "success", "confidence", "box_x", "box_y", "box_w", "box_h",
                                     "gaze_yaw", "gaze_pitch"]
        else:
            kind, columns = "ref", ["frame", "x1", "y1", "x2", "y2", "score", "horizontal_deg", "vertical_deg"]
        missing = [c for c in columns if c not in names]
        if missing:
            sys.stderr.write(f"{path}: no column {', '.join(missing)}\n")
            sys.exit(2)
        frames = {}
        for row in rows:
            if not row:
                continue

            def value(name):
                try:
                    return float(row[names[name]]) if name in names else math.nan
                except ValueError:
                    return math.nan

            if kind == "mien":
                if value("success") != 1:
                    continue
                x, y, w, h = (value(c) for c in ("box_x", "box_y", "box_w", "box_h"))
                face = Face((x, y, x + w, y + h), value("confidence"), (value("gaze_yaw"), value("gaze_pitch")),
                            (value("gaze_yaw_peak"), value("gaze_pitch_peak")),
                            [(value(f"lm5_x_{i}"), value(f"lm5_y_{i}")) for i in range(5)])
                frame = int(value("frame")) - 1
            else:
                face = Face(tuple(value(c) for c in ("x1", "y1", "x2", "y2")), value("score"),
                            (value("horizontal_deg"), value("vertical_deg")),
                            (value("horizontal_peak"), value("vertical_peak")),
                            [(value(f"lm{i}x"), value(f"lm{i}y")) for i in range(5)])
                frame = int(value("frame"))
            frames.setdefault(frame, []).append(face)
    return kind, frames


def overlap(a, b):
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    if not (w > 0 and h > 0):
        return 0.0
    return w * h / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h)


def match(a, b):
    """Greedy pairs by overlap, and the faces of both files that remain without a partner."""
    pairs = sorted(((overlap(x.box, y.box), i, j) for i, x in enumerate(a) for j, y in enumerate(b)),
                   key=lambda p: (-p[0], p[1], p[2]))
    left_a, left_b, found = set(range(len(a))), set(range(len(b))), []
    for o, i, j in pairs:
        if o < 0.3:
            break
        if i in left_a and j in left_b:
            found.append((a[i], b[j]))
            left_a.discard(i)
            left_b.discard(j)
    return found, [a[i] for i in sorted(left_a)], [b[j] for j in sorted(left_b)]


def crop(box, size):
    """The integer rectangle of the crop for the gaze network."""
    limit = (size[0], size[1]) * 2 if size else (math.inf,) * 4
    return tuple(min(max(int(c), 0), m) for c, m in zip(box, limit))


def near_integer(a, b):
    """True if, within the printed digits, an integer may lie between two coordinates."""
    return any(math.floor(min(x, y) - ROUNDING) != math.floor(max(x, y) + ROUNDING) for x, y in zip(a, b))


def line(name, values, unit):
    v = np.array([x for x in values if not math.isnan(x)])
    if len(v) == 0:
        print(f"{name:28} none")
        return
    print(f"{name:28} max {v.max():.4f}  mean {v.mean():.5f}  p99 {np.percentile(v, 99):.4f} {unit} ({len(v)} faces)")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("mien")
    p.add_argument("ref")
    p.add_argument("--max-box", type=float, default=0.5, help="pixels, any edge")
    p.add_argument("--max-point", type=float, help="pixels, any of the five points; default no limit")
    p.add_argument("--max-score", type=float, default=0.001)
    p.add_argument("--max-deg", type=float, default=0.1)
    p.add_argument("--threshold", type=float, default=0.5, help="detection threshold of both")
    p.add_argument("--size", help="WxH of the picture: faces that extend beyond the right or bottom edge are cut there")
    p.add_argument("--every", type=int, default=1, help="compare frames 0, K, 2K, ... only (counted from 0)")
    p.add_argument("--frames", type=int, help="compare the first N frames only")
    a = p.parse_args()
    size = tuple(int(s) for s in a.size.split("x")) if a.size else None

    (kind_a, mien), (kind_b, ref) = read(a.mien), read(a.ref)
    numbers = sorted(n for n in set(mien) | set(ref)
                     if n % a.every == 0 and (a.frames is None or n < a.frames))
    box, point, score, degrees, peak = [], [], [], [], []
    other_crop, other_degrees, other_box, alone_a, alone_b, borderline = 0, [], [], 0, 0, 0
    missing_angle = 0
    for n in numbers:
        pairs, rest_a, rest_b = match(mien.get(n, []), ref.get(n, []))
        for faces, which in ((rest_a, "first"), (rest_b, "second")):
            for f in faces:
                if abs(f.score - a.threshold) <= 0.01:
                    borderline += 1
                else:
                    print(f"frame {n} (from 0): face only in the {which} file, score {f.score:.5f}, "
                          f"box {' '.join(f'{c:.2f}' for c in f.box)}")
                    alone_a += which == "first"
                    alone_b += which == "second"
        for x, y in pairs:
            box.append(max(abs(s - t) for s, t in zip(x.box, y.box)))
            point.append(max(abs(s - t) for q, r in zip(x.points, y.points) for s, t in zip(q, r)))
            score.append(abs(x.score - y.score))
            d = [abs(s - t) for s, t in zip(x.angles, y.angles)]
            if any(math.isnan(v) for v in d):
                missing_angle += 1
                continue
            d = max(d)
            differs = crop(x.box, size) != crop(y.box, size)
            if differs or (d > a.max_deg and near_integer(x.box, y.box)):
                other_crop += 1
                other_degrees.append(d)
                other_box.append(box[-1])
            else:
                degrees.append(d)
                peak.append(max(abs(s - t) for s, t in zip(x.peaks, y.peaks)))

    total = len(box)
    print(f"first file {kind_a}, second file {kind_b}; frames with faces {len(numbers)}, faces matched {total}, "
          f"only in first {alone_a}, only in second {alone_b}, "
          f"alone but within 0.01 of the threshold {borderline}")
    line("box edges", box, "px")
    line("five points", point, "px")
    line("score", score, "")
    line("angles, same crop", degrees, "deg")
    line("peaks, same crop", peak, "")
    line("angles, other integer crop", other_degrees, "deg")
    if missing_angle:
        print(f"faces without angles in one file: {missing_angle}")

    bad = []
    if total == 0 and not numbers:
        print("no face in either file")
    elif total == 0:
        bad.append("no face was compared")
    else:
        if max(box) > a.max_box:
            bad.append(f"box {max(box):.4f} px > {a.max_box}")
        if a.max_point is not None and not max(point) <= a.max_point:
            bad.append(f"points {max(point):.4f} px > {a.max_point}")
        if not max(score) <= a.max_score:
            bad.append(f"score {max(score):.5f} > {a.max_score}")
        if degrees and max(degrees) > a.max_deg:
            bad.append(f"angle {max(degrees):.4f} deg > {a.max_deg}")
        excused = other_crop == 1 and other_box[0] <= 0.01           # in a small file one such face is allowed
        if other_crop > BOUNDARY_SHARE * total and not excused:
            bad.append(f"{other_crop} of {total} faces with another integer crop")
        if missing_angle:
            bad.append(f"{missing_angle} faces without angles")
    if alone_a or alone_b:
        bad.append(f"{alone_a + alone_b} faces in one file only")
    print("FAIL: " + "; ".join(bad) if bad else "PASS")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
