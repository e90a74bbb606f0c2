#!/usr/bin/env python3
"""Action units: our own shape model, triangulation and linear models, trained on renders.

usage: au.py shape PDM_TEXT OUT            pdm_68.txt of `mien-synth pdm`, and the triangulation
       au.py features SET SHAPE OUT.npy    features of a rendered set (--same), computed as in the program
       au.py points SET NETWORK.onnx OUT.npy  68 points of a set, found by a landmark network
       au.py fit TRAIN.npy[,...] VAL.npy[,...] OUT LOG.csv

The models are trained on the same features that the program will compute: 68 points found by a landmark
network (displaced labels if there is no network), fitted with the shape model, and the FHOG of the
aligned face, all minus the person's median. The regression is ridge regression in closed form. No person
is in both parts of a split.
"""
import argparse
import csv
import os
import subprocess
import sys
import threading

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import data  # noqa: E402
from crops import MIRROR  # noqa: E402

HOG = 4464
EXTRA = 5  # scale, rotation, rms: au_features.c
PRESENCES = [1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 28, 45]
INTENSITIES = [int(n[2:]) for n in data.AU_NAMES]
CUTOFF = {25: 0.3, 26: 0.3}  # speakers part their lips more than half of the time
PDM, TRIANGLES = "pdm_68.txt", "triangles_68.txt"


# ------------------------------------------------------------------------------- shape ---------

def numbers(path):
    with open(path, encoding="ascii") as f:
        lines = [s for s in f if s.strip() and s[0] != "#"]
    rows = int(lines[0])
    mean = np.array([float(s) for s in lines[3:3 + rows]])
    modes = np.array([[float(v) for v in s.split()] for s in lines[6 + rows:6 + 2 * rows]])
    return mean, modes


def delaunay(points):
    """Delaunay triangles: no circumcircle contains another point. With 68 points the simple algorithm is
    fast enough."""
    n, out = len(points), []
    for a in range(n):
        for b in range(a + 1, n):
            for c in range(b + 1, n):
                A, B, C = points[a], points[b], points[c]
                d = 2 * ((B - A)[0] * (C - A)[1] - (B - A)[1] * (C - A)[0])
                if abs(d) < 1e-9:
                    continue
                b2, c2 = np.dot(B - A, B - A), np.dot(C - A, C - A)
                u = np.array([(C - A)[1] * b2 - (B - A)[1] * c2, (B - A)[0] * c2 - (C - A)[0] * b2]) / d
                inside = np.sum((points - (A + u)) ** 2, 1) < np.dot(u, u) * (1 - 1e-9)
                inside[[a, b, c]] = False
                if not inside.any():
                    out.append((a, b, c))
    return out


def shape(args):
    os.makedirs(args.out, exist_ok=True)
    with open(args.pdm, encoding="ascii") as f:
        text = f.read()
    with open(os.path.join(args.out, PDM), "w", encoding="ascii") as f:
        f.write(text)
    mean, _ = numbers(args.pdm)
    t = delaunay(mean[:136].reshape(2, 68).T.astype(np.float64))
    with open(os.path.join(args.out, TRIANGLES), "w", encoding="ascii") as f:
        f.write(f"{len(t)}\n3\n4\n" + "".join(f"{a} {b} {c}\n" for a, b, c in t))
    print(len(t), "triangles")


# ---------------------------------------------------------------------------- features ---------

REGIONS = [range(0, 17), range(17, 22), range(22, 27), range(27, 36), range(36, 42), range(42, 48),
           range(48, 68)]


def mirrored(points, right):
    """N x 68 x 2, mirrored, in pictures whose last column is `right`."""
    points = points[:, MIRROR].copy()
    points[:, :, 0] = right - points[:, :, 0]
    return points


def displaced(points, rng, strength):
    """N x 68 x 2 with the kinds of errors that detectors make: of the whole face, by region, and of each
    point. The unit is the distance of the outer eye corners."""
    n = len(points)
    eyes = np.linalg.norm(points[:, 45] - points[:, 36], axis=1).clip(8)[:, None, None] * strength
    out = points + eyes * 0.012 * rng.standard_normal((n, 68, 2))
    for r in REGIONS:
        r = list(r)
        out[:, r] += eyes * 0.012 * rng.standard_normal((n, 1, 2))
        middle = out[:, r].mean(1, keepdims=True)
        out[:, r] = middle + (out[:, r] - middle) * (1 + 0.02 * strength * rng.standard_normal((n, 1, 1)))
    return out


def extract(program, shape_folder, frames, points, width, *option):
    """Features of each frame; points: 68 x 2 each, or with the option "mesh" 468 x 3. width: floats per
    picture."""
    h, w = frames.shape[1:3]
    p = subprocess.Popen([program, os.path.join(shape_folder, PDM),
                          os.path.join(shape_folder, TRIANGLES), str(w), str(h), *option],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def feed():
        for i in range(len(frames)):
            of_picture = points[i] if option else points[i].T
            p.stdin.write(np.ascontiguousarray(of_picture, np.float32).tobytes())
            p.stdin.write(np.ascontiguousarray(frames[i]).tobytes())
        p.stdin.close()

    threading.Thread(target=feed, daemon=True).start()
    out = np.empty((len(frames), width), np.float32)
    for i in range(len(frames)):
        out[i] = np.frombuffer(p.stdout.read(4 * width), np.float32)
    if p.wait() != 0:
        raise SystemExit("au_features failed")
    return out


SIDE, GROWTH = 112, 1.1  # src/stage/landmarks.c


class Mirrored:
    """Mirrored frames of a set."""

    def __init__(self, frames):
        self.frames, self.shape = frames, frames.shape

    def __len__(self):
        return len(self.frames)

    def __getitem__(self, i):
        return self.frames[i][:, ::-1]


def network_points(args):
    """68 points found by a landmark network, from boxes with small errors."""
    import cv2
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    net = onnxruntime.InferenceSession(args.network, options, ["CPUExecutionProvider"])
    name = net.get_inputs()[0].name
    s = data.RenderedSet(args.set)
    rng = np.random.default_rng(args.seed)
    out = np.empty((len(s), 68, 2), np.float32)
    frames, boxes, truth = s.frames, s.box, s.landmarks68.reshape(-1, 68, 2)
    if args.mirror:
        right = frames.shape[2] - 1
        frames, truth = Mirrored(frames), mirrored(truth, right)
        boxes = np.stack([right - boxes[:, 2], boxes[:, 1], right - boxes[:, 0], boxes[:, 3]], 1)
    for i, box in enumerate(boxes):
        w, h = box[2] - box[0], box[3] - box[1]
        x1, y1, x2, y2 = (box + 0.03 * rng.standard_normal(4) * [w, h, w, h]).astype(int)
        side = int(GROWTH * max(x2 - x1, y2 - y1))
        x, y = int(x1 + (x2 - x1) / 2) - side // 2, int(y1 + (y2 - y1) / 2) - side // 2
        m = np.array([[1, 0, -x], [0, 1, -y]], np.float64)
        crop = cv2.warpAffine(np.ascontiguousarray(frames[s.picture[i]]), m, (side, side), flags=cv2.INTER_NEAREST)
        crop = cv2.resize(crop, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
        if args.bgr:
            crop = crop[:, :, ::-1]
        v = net.run(None, {name: np.ascontiguousarray(crop.transpose(2, 0, 1)[None], np.float32) / 255})[0]
        out[i] = v.reshape(68, 2) * side + (x, y) - 0.5  # as in landmarks.c
    eyes = np.linalg.norm(truth[:, 45] - truth[:, 36], axis=1)
    error = np.linalg.norm(out - truth, axis=2).mean(1) / eyes.clip(8)
    print(f"{args.set}: median error {100 * np.median(error):.2f} % of the outer eye corners' distance")
    np.save(args.out, out)


def features(args):
    s = data.RenderedSet(args.set)
    _, modes = numbers(os.path.join(args.shape, PDM))
    width = HOG + modes.shape[0] + modes.shape[1] + EXTRA
    rng = np.random.default_rng(args.seed)
    points = s.landmarks68.reshape(-1, 68, 2).astype(np.float64)
    frames = s.frames
    if args.mirror:
        frames, points = Mirrored(frames), mirrored(points, frames.shape[2] - 1)
    if args.points:
        points = np.load(args.points).astype(np.float64)
    points = displaced(points, rng, args.displace)
    assert (s.picture == np.arange(len(s.frames))).all()  # one face per picture
    x = extract(args.program, args.shape, frames, points, width)
    seen = s.landmarks68_seen.reshape(-1, 68)
    # faces that the program would not measure either: covered, cut off, turned away
    keep = (seen.mean(1) > 0.8) & (np.abs(s.head_rad[:, 1]) < 0.9) & (s.glasses[:, 0] < 2)
    keep &= np.isfinite(x).all(1)
    np.save(args.out, x)
    np.savez(args.out[:-4] + ".labels.npz", au=s.au, keep=keep, person=s.picture // args.same,
             rotation=s.head_rad)
    print(f"{args.set}: {keep.sum()} of {len(keep)} pictures kept, rms {np.median(x[keep, -1]):.2f} px")


# --------------------------------------------------------------------------------- fit ---------

def load(path, least=8):
    """Features, labels, person, and the person's median of each picture."""
    x = np.load(path, mmap_mode="r")
    labels = np.load(path[:-4] + ".labels.npz")
    person, keep = labels["person"], labels["keep"].copy()
    ids, count = np.unique(person[keep], return_counts=True)
    keep &= np.isin(person, ids[count >= least])
    x, person, au = np.array(x[keep][:, :-EXTRA]), person[keep], labels["au"][keep]
    median = np.empty_like(x)
    for p in np.unique(person):  # the final value of the running median
        at = person == p
        median[at] = np.median(x[at], 0)
    return x, au, person, median


class Moments:
    """The sums that ridge regression needs. Each block of features is scaled by its mean deviation, so
    that one penalty per block is enough; the intercept has no penalty."""

    def __init__(self):
        self.n = 0

    def add(self, x, y):
        if not self.n:
            self.scale = np.ones(x.shape[1], np.float32)
            self.scale[:HOG] = x[:, :HOG].std(0).mean()
            self.scale[HOG:] = x[:, HOG:].std(0).mean()
            self.sums = [np.zeros((x.shape[1], x.shape[1])), np.zeros((x.shape[1], y.shape[1])),
                         np.zeros(x.shape[1]), np.zeros(y.shape[1])]
        for i in range(0, len(x), 4000):
            part, labels = x[i:i + 4000] / self.scale, y[i:i + 4000]
            for total, v in zip(self.sums, (part.T @ part, part.T @ labels, part.sum(0), labels.sum(0))):
                total += v
        self.n += len(x)

    def finish(self):
        xx, xy, mx, my = (v / self.n for v in self.sums)
        self.mx, self.my = mx, my
        self.xx = xx - np.outer(mx, mx)
        self.xy = xy - np.outer(mx, my)
        del self.sums

    def solve(self, hog, geometry):
        """Weights and biases for these penalties; hog None: geometry only."""
        first = HOG if hog is None else 0
        a = self.xx[first:, first:].astype(np.float32 if hog else np.float64)
        d = np.full(len(a), geometry)
        if hog is not None:
            d[:HOG] = hog
        a[np.diag_indices(len(a))] += d
        w = np.zeros_like(self.xy)
        w[first:] = np.linalg.solve(a, self.xy[first:])
        bias = self.my - self.mx @ w
        return w / self.scale[:, None], bias


def correlations(have, want):
    have, want = have - have.mean(0), want - want.mean(0)
    return (have * want).sum(0) / np.sqrt((have ** 2).sum(0) * (want ** 2).sum(0) + 1e-12)


def matrix(a):
    """Single precision, type 5: half of OpenFace's size."""
    return np.array(a.shape + (5,), "<i4").tobytes() + np.ascontiguousarray(a, "<f4").tobytes()


def write_dat(path, kind, weights, bias, cutoff=None):
    """Kinds: 0 intensity, 4 presence; 1 and 5 the same minus the person's median. Means are 0."""
    with open(path, "wb") as f:
        f.write(np.array([kind], "<i4").tobytes())
        if kind == 1:
            f.write(np.array([cutoff], "<f8").tobytes())
        f.write(matrix(np.zeros((1, len(weights)))) + matrix(weights[:, None]))
        f.write(np.array([bias] + ([1, 0] if kind >= 4 else []), "<f8").tobytes())


def write_models(out, w, b, thresholds, dynamic):
    """thresholds: score above which a unit counts as present."""
    lines, kind = [], "" if dynamic else "_static"
    for au in PRESENCES:
        if au not in INTENSITIES:
            lines.append(f"- AU{au:02d}")
            continue
        i = INTENSITIES.index(au)
        name = f"AU{au:02d}_presence{kind}.dat"
        write_dat(os.path.join(out, name), 5 if dynamic else 4, w[:, i], b[i] - thresholds[i])
        lines.append(f"{name} AU{au:02d}")
    for i, au in enumerate(INTENSITIES):
        name = f"AU{au:02d}_intensity{kind}.dat"
        write_dat(os.path.join(out, name), 1 if dynamic else 0, w[:, i], b[i], CUTOFF.get(au, 0.5))
        lines.append(f"{name} AU{au:02d}")
    with open(os.path.join(out, f"AU_builtin{kind}.txt"), "w", encoding="ascii") as f:
        f.write("\n".join(lines) + "\n")
    main = "main_dynamic_svms.txt" if dynamic else "main_static_svms.txt"
    with open(os.path.join(out, main), "w", encoding="ascii") as f:
        f.write(f"AUPredictor AU_builtin{kind}.txt\nPDM {PDM}\nTriangulation {TRIANGLES}\n")


def best_threshold(score, present):
    """The threshold with the greatest mean of sensitivity and specificity."""
    best = (0.0, 1.0)
    for t in np.arange(0.2, 3, 0.1):
        yes = score > t
        v = (yes[present].mean() + (~yes[~present]).mean()) / 2
        best = max(best, (v, t))
    return best


def choose(moments, held, args, name):
    """Selects for each unit the best penalties on held-out people, over all sources of their points, and
    writes the models."""
    moments.finish()
    rows, solved = [], {}
    for hog in [None if v == "none" else float(v) for v in args.hog.split(",")]:
        for geometry in map(float, args.geometry.split(",")):
            w, b = solved[hog, geometry] = moments.solve(hog, geometry)
            for path, x, au in held:
                c = correlations(x @ w + b, au)
                rows.append([name, os.path.basename(path)[:-4], hog, geometry, *c])
                print(*rows[-1][:4], f"mean r {c.mean():.3f}",
                      " ".join(f"{n[2:]}:{v:.2f}" for n, v in zip(data.AU_NAMES, c)), flush=True)
    mean = {t: np.mean([r[4:] for r in rows if tuple(r[2:4]) == t], 0) for t in solved}
    best = [max(solved, key=lambda t: mean[t][i]) for i in range(len(INTENSITIES))]
    print(name, "chosen (FHOG, geometry):", *(f"{n[2:]} {t}" for n, t in zip(data.AU_NAMES, best)))
    w = np.stack([solved[t][0][:, i] for i, t in enumerate(best)], 1)
    b = np.array([solved[t][1][i] for i, t in enumerate(best)])
    for path, x, au in held:
        c = correlations(x @ w + b, au)
        rows.append([name, os.path.basename(path)[:-4], "chosen", "chosen", *c])
        print(*rows[-1][:3], f"mean r {c.mean():.3f}",
              " ".join(f"{n[2:]}:{v:.2f}" for n, v in zip(data.AU_NAMES, c)), flush=True)
    _, vx, vau = held[0]
    score = vx @ w + b
    # Regression shrinks uncertain outputs; a unit at full strength should have its full value.
    d, centred = vau - vau.mean(0), score - score.mean(0)
    slope = ((centred * d).sum(0) / (d * d).sum(0)).clip(0.5, 1)
    w, b = w / slope, b / slope
    score = vx @ w + b
    thresholds = [best_threshold(score[:, i], vau[:, i] >= 1)[1] for i in range(len(INTENSITIES))]
    write_models(args.out, w, b, thresholds, name == "dynamic")
    return rows


def fit(args):
    still, moving, pictures, people = Moments(), Moments(), 0, {}
    for path in args.train.split(","):
        x, au, person, median = load(path)
        pictures += len(x)
        people[os.path.basename(path).split(".")[0]] = len(np.unique(person))
        still.add(x, au)
        x -= median
        moving.add(x, au)
        del x, median
    os.makedirs(args.out, exist_ok=True)
    held = [(path, *load(path)) for path in args.val.split(",")]
    print(pictures, "pictures of", sum(people.values()), "people;", len(held[0][1]), "held out")
    rows = choose(still, [(path, x, au) for path, x, au, _, _ in held], args, "static")
    del still
    for _, x, _, _, median in held:
        x -= median
    rows += choose(moving, [(path, x, au) for path, x, au, _, _ in held], args, "dynamic")
    with open(args.log, "w", newline="", encoding="ascii") as f:
        t = csv.writer(f, lineterminator="\n")
        t.writerow(["models", "held_out", "hog_penalty", "geometry_penalty"] + data.AU_NAMES)
        for row in rows:
            t.writerow(row[:4] + [f"{v:.4f}" for v in row[4:]])


def read_dat(path):
    """Weights and bias of a file that `write_dat` wrote."""
    with open(path, "rb") as f:
        raw = f.read()
    kind, = np.frombuffer(raw, "<i4", 1)
    at = 4 + (8 if kind == 1 else 0)
    for _ in range(2):  # means, which are 0, then weights
        rows, columns, _ = np.frombuffer(raw, "<i4", 3, at)
        values = np.frombuffer(raw, "<f4", rows * columns, at + 12)
        at += 12 + 4 * rows * columns
    return values, float(np.frombuffer(raw, "<f8", 1, at)[0])


def measure(args):
    """Correlation of finished models on held-out features, for each set of points."""
    for path in args.held.split(","):
        x, au, _, median = load(path)
        for name, suffix, values in (("dynamic", "", x - median), ("static", "_static", x)):
            models = [read_dat(os.path.join(args.models, f"AU{u:02d}_intensity{suffix}.dat")) for u in INTENSITIES]
            w, b = np.stack([m[0] for m in models], 1), np.array([m[1] for m in models])
            c = correlations(values @ w + b, au)
            print(name, os.path.basename(path)[:-4], f"{len(x)} pictures, mean r {c.mean():.3f}",
                  " ".join(f"{n[2:]}:{v:.3f}" for n, v in zip(data.AU_NAMES, c)), flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    sub = p.add_subparsers(dest="command", required=True)
    c = sub.add_parser("shape")
    c.add_argument("pdm")
    c.add_argument("out")
    c = sub.add_parser("features")
    c.add_argument("set")
    c.add_argument("shape")
    c.add_argument("out")
    c.add_argument("--program", default="build-research/research/au_features")
    c.add_argument("--points", help=".npy with 68 points for each face; default: the labels")
    c.add_argument("--mirror", action="store_true")
    c.add_argument("--displace", type=float, default=1.0, help="strength of the errors that are added to the points")
    c.add_argument("--same", type=int, default=40)
    c.add_argument("--seed", type=int, default=1)
    c = sub.add_parser("points")
    c.add_argument("set")
    c.add_argument("network")
    c.add_argument("out")
    c.add_argument("--bgr", action="store_true")
    c.add_argument("--mirror", action="store_true", help="mirror the pictures")
    c.add_argument("--seed", type=int, default=1)
    c = sub.add_parser("fit")
    c.add_argument("train")
    c.add_argument("val")
    c.add_argument("out")
    c.add_argument("log")
    c.add_argument("--hog", default="none,0.1,1,10")
    c.add_argument("--geometry", default="0.001,0.01,0.1")
    c = sub.add_parser("measure")
    c.add_argument("held", help="held-out .npy files of `features`, separated by commas")
    c.add_argument("models", help="folder of finished models")
    args = p.parse_args()
    {"shape": shape, "features": features, "fit": fit, "measure": measure,
     "points": network_points}[args.command](args)


if __name__ == "__main__":
    main()
