#!/usr/bin/env python3
"""Action units at the points of the face mesh: linear models trained on renders.

usage: au_mesh.py TRAIN.npz[,...] HELD.npz OUT LOG.csv

The sets are those of au_mesh_points.py. OUT receives the models, their lists, and the shape model and the
triangulation of OUT/../au.

Each unit has one or two experts: ridge regressions on the FHOG or on the shape (displacement of the points
and parameters), of the whole face or of a part of it, minus the person's median. What each looks at, and
how strongly it is penalised, was chosen among a few hundred on clips of real faces (models/builtin/au.md),
because renders cannot show how far skin misleads; the weights come from renders alone. An expert is scaled
to deviation 1 on held-out people; their sum is again a linear model.
"""
import argparse
import csv
import os
import shutil
import sys

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from au import HOG, INTENSITIES, PDM, PRESENCES, TRIANGLES, correlations  # noqa: E402

POINTS = np.concatenate([np.tile(np.arange(68), 3), np.full(34, -1)])  # -1: parameters
ROW = np.arange(HOG) // (12 * 31)  # of the cell, from above
NONE_HOG, NONE_SHAPE = np.zeros(HOG, bool), np.zeros(len(POINTS), bool)
JAW, BROWS, NOSE, EYES, MOUTH = range(2, 15), range(17, 28), range(27, 36), range(36, 48), range(48, 68)


def skin(rows):
    return np.concatenate([np.isin(ROW, rows), NONE_SHAPE])


def shape(*parts):
    return np.concatenate([NONE_HOG, np.isin(POINTS, [k for p in parts for k in p])])


REGIONS = {
    "skin": skin(range(12)), "skin above": skin(range(7)), "skin of the eyes": skin(range(2, 6)),
    "skin below": skin(range(5, 12)), "skin of the mouth": skin(range(7, 12)),
    "shape": shape(range(-1, 68)), "shape above": shape(BROWS, NOSE, EYES), "brows": shape(BROWS),
    "mouth": shape(MOUTH), "jaw": shape(JAW, NOSE),
}
# unit: experts (region, penalty), share of the frames in which the unit is taken to be at rest
UNITS = {
    1: ([("skin", 30), ("shape", 1)], 0.5),
    2: ([("skin", 100), ("skin of the eyes", 30)], 0.5),
    4: ([("skin of the eyes", 100), ("shape", 10)], 0.3),
    5: ([("skin", 300), ("skin of the eyes", 100)], 0.5),
    6: ([("skin of the eyes", 10), ("mouth", 10)], 0.1),
    7: ([("skin of the eyes", 10), ("brows", 1)], 0.1),
    9: ([("skin", 30), ("shape above", 0.01)], 0.3),
    10: ([("skin", 10), ("shape above", 0.01)], 0.3),
    12: ([("shape", 0.1), ("mouth", 1)], 0.1),
    14: ([("shape", 0.1)], 0.3),
    15: ([("skin of the mouth", 100)], 0.5),
    17: ([("skin of the mouth", 300), ("jaw", 1)], 0.3),
    20: ([("skin below", 100)], 0.3),
    23: ([("skin", 300), ("skin of the mouth", 300)], 0.5),
    25: ([("skin", 30), ("mouth", 1)], 0.3),
    26: ([("jaw", 0.1), ("jaw", 10)], 0.3),
    45: ([("skin", 10)], 0.5),
}
STILL = [("skin", 10), ("shape", 3)]  # experts of single pictures, without a median
LEVELS = {12: [("shape", 0.1)], 25: [("mouth", 0.1)], 26: [("jaw", 0.1)]}  # in the median face
LEVEL_MOST, PRESENT = 4.0, 1.0
REST = 0.01  # share of held-out neutral faces that a model of single pictures or a level puts above 1, or 0
SMALLER = {"skin": 1.0, "shape": 0.6}  # the mesh follows real faces further than rendered ones


def load(paths, median):
    """Features, labels; median: minus the person's median."""
    xs, ys = [], []
    for path in paths.split(","):
        with np.load(path) as f:
            for name in ("plain", "mirrored"):
                keep, person = f[name + "_keep"], f["person"]
                ids, count = np.unique(person[keep], return_counts=True)
                keep = keep & np.isin(person, ids[count >= 8])
                x, person = f[name][keep], person[keep]
                for p in np.unique(person) if median else ():
                    x[person == p] -= np.median(x[person == p], 0)
                xs.append(x)
                ys.append(f["au"][keep])
    return np.concatenate(xs), np.concatenate(ys)


class Ridge:
    """Both kinds of features are scaled by their mean deviation, so that one penalty for each is enough."""

    def __init__(self, x, y):
        self.scale = np.where(np.arange(x.shape[1]) < HOG, x[:, :HOG].std(0).mean(),
                              x[:, HOG:].std(0).mean()).astype(np.float32)
        self.mx, self.my = x.mean(0), y.mean(0)
        self.xx, self.xy = np.zeros((x.shape[1],) * 2, np.float32), np.zeros((x.shape[1], y.shape[1]))
        for i in range(0, len(x), 4000):
            part = (x[i:i + 4000] - self.mx) / self.scale
            self.xx += part.T @ part
            self.xy += part.T @ (y[i:i + 4000] - self.my)
        self.xx /= len(x)
        self.xy /= len(x)
        self.solved = {}

    def expert(self, region, penalty):
        """Weights for all units."""
        if (region, penalty) not in self.solved:
            at = np.flatnonzero(REGIONS[region])
            a = self.xx[np.ix_(at, at)].astype(np.float64)
            a[np.diag_indices(len(at))] += penalty
            w = np.zeros(self.xy.shape)
            w[at] = np.linalg.solve(a, self.xy[at])
            self.solved[region, penalty] = w / self.scale[:, None]
        return self.solved[region, penalty]


def unit_model(ridge, experts, i, x, y):
    """Weights of unit number i, whose deviation on the held-out faces is that of the label times SMALLER."""
    total = np.zeros(x.shape[1])
    for region, penalty in experts:
        w = ridge.expert(region, penalty)[:, i]
        kind = "skin" if region.startswith("skin") else "shape"
        total += w / (x @ w).std() * SMALLER[kind]
    return total / len(experts) * y[:, i].std()


def resting(x, y, w, at):
    """The bias with which a share REST of the neutral faces scores above `at`."""
    return at - np.quantile(x[y.max(1) < 0.1] @ w, 1 - REST)


def runs(w):
    """The weights as whole numbers: 8 bits for the FHOG, 16 for the shape; what is 0 is left out."""
    parts = []
    for first, end, bits, kind in ((0, HOG, 8, 1), (HOG, len(w), 16, 3)):
        used = first + np.flatnonzero(w[first:end])
        if len(used):
            part = w[used[0]:used[-1] + 1]
            unit = abs(part).max() / (2 ** (bits - 1) - 1)
            parts.append(np.array([used[0], len(part), kind], "<i4").tobytes() + np.array([unit], "<f8").tobytes() +
                         np.round(part / unit).astype(f"<i{bits // 8}").tobytes())
    return np.array([len(w), len(parts)], "<i4").tobytes() + b"".join(parts)


def write_unit(path, kind, cutoff, w, bias, level=None):
    """Kinds: 8 single pictures, 9 minus the person's median; src/face/au_models.c."""
    with open(path, "wb") as f:
        f.write(np.array([kind], "<i4").tobytes())
        if kind == 9:
            f.write(np.array([cutoff], "<f8").tobytes())
        f.write(runs(w) + np.array([bias, PRESENT], "<f8").tobytes())
        if kind == 9:
            f.write(np.array([level is not None], "<i4").tobytes())
        if level is not None:
            f.write(runs(level[0]) + np.array([level[1], LEVEL_MOST], "<f8").tobytes())


def write_lists(out, suffix):
    lines = [f"AU{u:02d}{suffix}.dat AU{u:02d}" for u in INTENSITIES]
    lines += [f"- AU{u:02d}" for u in PRESENCES if u not in INTENSITIES]
    with open(os.path.join(out, f"AU_mesh{suffix}.txt"), "w", encoding="ascii") as f:
        f.write("\n".join(lines) + "\n")
    main = "main_static_svms.txt" if suffix else "main_dynamic_svms.txt"
    with open(os.path.join(out, main), "w", encoding="ascii") as f:
        f.write(f"AUPredictor AU_mesh{suffix}.txt\nPDM {PDM}\nTriangulation {TRIANGLES}\n")
    for name in (PDM, TRIANGLES):
        shutil.copyfile(os.path.join(out, "../au", name), os.path.join(out, name))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name in ("train", "held", "out", "log"):
        p.add_argument(name)
    args = p.parse_args()
    os.makedirs(args.out, exist_ok=True)
    x, y = load(args.train, False)
    ridge, (hx, hy), levels, rows = Ridge(x, y), load(args.held, False), {}, []
    for i, u in enumerate(INTENSITIES):
        w = unit_model(ridge, STILL, i, hx, hy)
        write_unit(os.path.join(args.out, f"AU{u:02d}_static.dat"), 8, None, w, resting(hx, hy, w, 1))
        rows.append(["single pictures", u, correlations(hx @ w, hy[:, i])])
        if u in LEVELS:
            w = unit_model(ridge, LEVELS[u], i, hx, hy)
            levels[u] = w, resting(hx, hy, w, 0)
            rows.append(["level", u, correlations(hx @ w, hy[:, i])])
    x, y = load(args.train, True)
    ridge, (hx, hy) = Ridge(x, y), load(args.held, True)
    for i, u in enumerate(INTENSITIES):
        w = unit_model(ridge, UNITS[u][0], i, hx, hy)
        write_unit(os.path.join(args.out, f"AU{u:02d}.dat"), 9, UNITS[u][1], w, 0, levels.get(u))
        rows.append(["video", u, correlations(hx @ w, hy[:, i])])
    for suffix in ("", "_static"):
        write_lists(args.out, suffix)
    with open(args.log, "w", newline="", encoding="ascii") as f:
        t = csv.writer(f, lineterminator="\n")
        t.writerow(["models", "unit", "r on held-out renders"])
        t.writerows([name, f"AU{u:02d}", f"{r:.4f}"] for name, u, r in rows)
    print(f"{len(y)} faces; {len(hy)} held out; mean r",
          {k: round(float(np.mean([r[2] for r in rows if r[0] == k])), 3) for k in ("video", "single pictures")})


if __name__ == "__main__":
    main()
