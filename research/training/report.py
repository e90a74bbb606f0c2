"""Evaluates the trained networks on photographs and clips of people, which training never uses.

    report.py --models models/builtin --media DIR --golden DIR --mien build/mien --reference DIR
              [--work DIR] [--every 3] [--only landmarks|gaze] [--draw DIR] [--worst DIR]
    report.py --models models/builtin --renders DIR/faces_val     held-out renders, by kind of face
              [--worst DIR]

--worst: the faces with the greatest errors, as landmarks.jpg and gaze.jpg; truth green, estimate red.
Sheets with photographs of people are for inspection only and must not be copied or published.

Boxes and PFLD's points come from `mien extract` with the reference models; boxes for the gaze of the clips
(MobileOne-S0) come from golden/gaze. Each box is cropped as in the C code. Every run of the first form is
an evaluation on test data: note it in the cards.
"""
import argparse
import csv
import os
import re
import subprocess
import xml.etree.ElementTree

import cv2
import numpy as np
import onnxruntime

import crops
from data import RenderedSet
from faces import angles, direction

REGIONS = {"jaw": range(0, 17), "brows": range(17, 27), "nose": range(27, 36),
           "eyes": range(36, 48), "lips": range(48, 68)}
CLIPS = ["clips/classroom_8faces_720p.mp4", "clips/pyfeat_single_472f_360p.mp4",
         "clips/hysts00_720p.mp4", "clips/multi_face_vga.avi",
         "openface_pairs/subj01_timepoint01.mp4", "openface_pairs/default.wmv"]


def network(path):
    o = onnxruntime.SessionOptions()
    o.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, o)


class Landmarks:
    def __init__(self, path):
        self.net = network(path)

    def look(self, crop):
        x_in = np.ascontiguousarray(crop[None, :, :, ::-1].transpose(0, 3, 1, 2)).astype(np.float32) / 255
        out = self.net.run(None, {self.net.get_inputs()[0].name: x_in})
        return out[0].reshape(68, 2), float(out[1].ravel()[0]) if len(out) > 1 else float("nan")

    def __call__(self, bgr, box, again=False):
        """As in landmarks.c, which runs the network four times on a single picture."""
        found, sure = [], []
        for share in (0.95, 1.06) if again else (1,):
            crop, (x, y, size) = crops.cut_square(bgr, box, 112, share)
            for mirrored in (False, True) if again else (False,):
                points, trust = self.look(crop[:, ::-1] if mirrored else crop)
                if mirrored:
                    points = np.stack([1 - points[:, 0], points[:, 1]], 1)[crops.MIRROR]
                found.append(np.array([x, y]) + points * size - 0.5)
                sure.append(trust)
        return np.mean(found, 0), float(np.mean(sure))


class Gaze:
    MEAN, DEV = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])

    def __init__(self, path):
        self.net = network(path)

    def __call__(self, bgr, points):
        crop = crops.cut_eyes(bgr, points)
        x = ((crop[:, :, ::-1] / 255 - self.MEAN) / self.DEV).transpose(2, 0, 1)[None]
        out = self.net.run(None, {self.net.get_inputs()[0].name: x.astype(np.float32)})
        angle = []
        for scores in out:
            e = np.exp(scores[0] - scores[0].max())
            angle.append(float((e * np.arange(90)).sum() / e.sum() * 4 - 180))
        return np.array(angle)


def rows_of(a, path, out, *options, keep=False):
    if not (keep and os.path.exists(out)):
        subprocess.run([a.mien, "extract", path, *options, "-j", "1", "-f", "-o", out], check=True)
    with open(out, newline="") as f:
        return [r for r in csv.DictReader(f) if r.get("box_w") and float(r["box_w"]) > 0]


def reference_rows(a, path, analysis):
    """Rows of `mien extract` with the reference models; computed once and kept."""
    name = re.sub(r"\W+", "_", os.path.relpath(path, a.media)) + "-" + analysis.replace(",", "_")
    return rows_of(a, path, os.path.join(a.work, name + ".csv"), "--models", a.reference, "--analysis", analysis,
                   "--refiner", "none", "--detect-every", "5", keep=True)


def nearest(rows, truth):
    """The row whose box fits the points best, or None if no box fits."""
    row = max(rows, key=lambda r: overlap(box_of(r), truth), default=None)
    return row if row is not None and overlap(box_of(row), truth) > 0.3 else None


def box_of(row):
    x, y, w, h = (float(row["box_" + k]) for k in "xywh")
    return np.array([x, y, x + w, y + h])


def points_of(row):
    return np.array([[float(row[f"{c}_{k}"]) for c in "xy"] for k in range(68)])


def frames(path):
    cap = cv2.VideoCapture(path)
    k = 0
    while True:
        good, bgr = cap.read()
        if not good:
            return
        yield k, bgr
        k += 1


def pts_68(folder):
    for name in sorted(os.listdir(folder)):
        if name.endswith(".pts"):
            with open(os.path.join(folder, name)) as f:
                body = f.read().split("{")[1].split("}")[0]
            points = np.array(body.split(), float).reshape(-1, 2)
            picture = next(n for n in os.listdir(folder)
                           if n.startswith(name[:-4] + ".") and not n.endswith(".pts"))
            yield os.path.join(folder, picture), points - 1  # .pts counts from 1


def dlib_68(folder):
    for name in sorted(os.listdir(folder)):
        if name.endswith(".xml"):
            for image in xml.etree.ElementTree.parse(os.path.join(folder, name)).iter("image"):
                for box in image.iter("box"):
                    parts = sorted(box.iter("part"), key=lambda p: int(p.get("name")))
                    points = np.array([(float(p.get("x")), float(p.get("y"))) for p in parts])
                    if len(points) == 68:
                        yield os.path.join(folder, image.get("file")), points


def overlap(box, points):
    b = np.concatenate([points.min(0), points.max(0)])
    w = min(box[2], b[2]) - max(box[0], b[0])
    h = min(box[3], b[3]) - max(box[1], b[1])
    if w <= 0 or h <= 0:
        return 0
    both = w * h
    return both / ((box[2] - box[0]) * (box[3] - box[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def line(title, errors, signed, trust):
    e = np.array(errors)
    each = e.mean(1)
    text = f"{title}: {len(e)} faces, mean {each.mean():.2f} %, median {np.median(each):.2f} %"
    text += "".join(f", {r} {e[:, list(k)].mean():.2f}" for r, k in REGIONS.items())
    s = np.array(signed).mean(0)
    text += ", offset y " + " ".join(f"{r} {s[list(k), 1].mean():+.1f}" for r, k in REGIONS.items())
    if trust and np.isfinite(trust).all():
        sure = np.mean(np.array(trust) > .5)
        text += f", confidence median {np.median(trust):.2f}, over a half {sure:.2f}"
    print(text, flush=True)


def against(points, truth):
    iod = np.linalg.norm(truth[36] - truth[45])
    return 100 * np.linalg.norm(points - truth, axis=1) / iod, 100 * (points - truth) / iod


GREEN, RED = (0, 255, 0), (0, 0, 255)


def cut_out(bgr, box, size):
    side = max(box[2] - box[0], box[3] - box[1]) * 1.3
    c = (box[:2] + box[2:]) / 2
    m = crops.affine(c, (side, side), size)
    return cv2.warpAffine(bgr, m, (size, size)), m


def with_points(bgr, box, points, truth, size):
    img, m = cut_out(bgr, box, size)
    for p, colour in ((truth, GREEN), (points, RED)):
        for x, y in crops.moved(p, m):
            cv2.circle(img, (int(round(x * 8)), int(round(y * 8))), 6 + size // 60, colour, -1,
                       cv2.LINE_AA, 3)
    return img


def with_looks(bgr, box, found, truth, size):
    img, _ = cut_out(bgr, box, size)
    start = np.array([size / 2, size * 0.43])  # approximate position of the eyes
    for look, colour in ((truth, GREEN), (found, RED)):
        end = start + direction(*look)[:2] * size / 2
        a, b = (tuple(int(round(v * 8)) for v in p) for p in (start, end))
        cv2.arrowedLine(img, a, b, colour, 2, cv2.LINE_AA, 3, 0.2)
    return img


class Worst:
    """The faces with the greatest errors, for a sheet of 6 x 3."""

    def __init__(self, folder, name, unit):
        self.folder, self.name, self.unit, self.kept = folder, name, unit, []

    def add(self, error, make, *what):
        """make(*what, size) draws the picture; it is called only for faces that enter the sheet."""
        if self.folder and (len(self.kept) < 18 or error > self.kept[-1][0]):
            img = make(*what, 150)
            cv2.putText(img, f"{error:.0f} {self.unit}", (4, 146), cv2.FONT_HERSHEY_SIMPLEX, 0.45,
                        (255, 255, 255), 1, cv2.LINE_AA)
            self.kept = sorted(self.kept + [(error, img)], key=lambda k: -k[0])[:18]

    def write(self):
        if self.kept:
            os.makedirs(self.folder, exist_ok=True)
            cells = [img for _, img in self.kept]
            cells += [np.zeros_like(cells[0])] * (-len(cells) % 6)
            sheet = np.vstack([np.hstack(cells[k:k + 6]) for k in range(0, len(cells), 6)])
            cv2.imwrite(os.path.join(self.folder, self.name + ".jpg"), sheet,
                        [cv2.IMWRITE_JPEG_QUALITY, 80])


def draw(folder, name, bgr, box, points, truth):
    if folder:
        os.makedirs(folder, exist_ok=True)
        cv2.imwrite(os.path.join(folder, name + ".png"), with_points(bgr, box, points, truth, 480))


def landmarks(a):
    ours = Landmarks(os.path.join(a.models, "face_landmarks.onnx"))
    worst = Worst(a.worst, "landmarks", "%")
    stills = os.path.join(a.media, "stills")
    for title, source in (("pts_68", pts_68), ("dlib_68", dlib_68)):
        chain = "ours, as mien extract finds faces and points"
        got = {method: ([], [], []) for method in ("ours, one pass", "ours", chain, "PFLD")}
        missed = 0
        for n, (path, truth) in enumerate(source(os.path.join(stills, title))):
            row = nearest(reference_rows(a, path, "landmarks"), truth)
            own = nearest(rows_of(a, path, os.path.join(a.work, "own.csv"), "--analysis", "landmarks"), truth)
            if own is not None:
                e, s = against(points_of(own), truth)
                for kept, one in zip(got[chain], (e, s, float("nan"))):
                    kept.append(one)
            if row is None:
                missed += 1
                continue
            bgr = cv2.imread(path)
            points, trust = ours(bgr, box_of(row), again=True)
            for method, p, t in (("ours, one pass", ours(bgr, box_of(row))[0], trust), ("ours", points, trust),
                              ("PFLD", points_of(row), float("nan"))):
                e, s = against(p, truth)
                got[method][0].append(e)
                got[method][1].append(s)
                got[method][2].append(t)
            worst.add(got["ours"][0][-1].mean(), with_points, bgr, box_of(row), points, truth)
            draw(a.draw, f"{title}-{n}", bgr, box_of(row), points, truth)
        for method, (e, s, t) in got.items():
            line(f"{title} {method}", e, s, t)
        print(f"{title}: {missed} faces without a box of the reference detector", flush=True)

    clip = os.path.join(a.media, "openface_pairs/subj01_timepoint01.mp4")
    rows = {int(r["frame"]): r for r in reference_rows(a, clip, "landmarks")}
    with open(os.path.join(a.golden, "subj01_timepoint01/subj01_timepoint01.csv"), newline="") as f:
        truth = {int(r["frame"]): r for r in csv.DictReader(f, skipinitialspace=True)}
    got = {"ours": ([], [], []), "PFLD": ([], [], [])}
    for k, bgr in frames(clip):
        if k % a.every or k + 1 not in rows or k + 1 not in truth:
            continue
        row, t = rows[k + 1], points_of(truth[k + 1])
        points, trust = ours(bgr, box_of(row))
        for method, p, c in (("ours", points, trust), ("PFLD", points_of(row), float("nan"))):
            e, s = against(p, t)
            got[method][0].append(e)
            got[method][1].append(s)
            got[method][2].append(c)
        worst.add(got["ours"][0][-1].mean(), with_points, bgr, box_of(row), points, t)
        if k % (a.every * 20) == 0:
            draw(a.draw, f"subj01-{k}", bgr, box_of(row), points, t)
    for method, (e, s, t) in got.items():
        line(f"subj01 against OpenFace, {method}", e, s, t)
    worst.write()
    clip = os.path.join(a.media, "clips/no_face.mp4")
    trust = [ours(bgr, (w * x, h * y, w * (x + .25), h * (y + .4)))[1]
             for k, bgr in frames(clip) if k % 10 == 0
             for h, w in [bgr.shape[:2]] for x in (.1, .4, .7) for y in (.05, .5)]
    print(f"no_face.mp4: confidence over a half in {np.mean(np.array(trust) > .5):.2f} of "
          f"{len(trust)} boxes", flush=True)


def gaze(a):
    marks = Landmarks(os.path.join(a.models, "face_landmarks.onnx"))
    ours = Gaze(os.path.join(a.models, "face_gaze.onnx"))
    every, worst = [[], []], Worst(a.worst, "gaze", "deg")
    for c in CLIPS:
        rows = {}
        name = os.path.splitext(os.path.basename(c))[0]
        with open(os.path.join(a.golden, "gaze", name + ".csv"), newline="") as f:
            for r in csv.DictReader(f):
                box = np.array([float(r[k]) for k in ("x1", "y1", "x2", "y2")])
                if float(r["score"]) > 0.8 and box[3] - box[1] > 48:
                    angle = float(r["horizontal_deg"]), float(r["vertical_deg"])
                    rows.setdefault(int(r["frame"]), []).append((box, angle))
        got, ref = [], []
        for k, bgr in frames(os.path.join(a.media, c)):
            for box, angle in rows.get(k, ()) if k % a.every == 0 else ():
                one = ours(bgr, marks(bgr, box)[0])
                got.append(one)
                ref.append(angle)
                worst.add(apart(one, angle), with_looks, bgr, box, one, angle)
        every[0].append(np.array(got))
        every[1].append(np.array(ref))
        show(name, every[0][-1], every[1][-1])
    show("all clips", np.concatenate(every[0]), np.concatenate(every[1]))
    worst.write()
    path = os.path.join(a.media, "stills/gaze_target/day01_0087.jpg")
    rows = reference_rows(a, path, "gaze,landmarks")
    if rows:
        row = max(rows, key=lambda r: float(r["box_w"]))
        bgr = cv2.imread(path)
        found = ours(bgr, marks(bgr, box_of(row))[0])
        truth = mpiigaze(os.path.dirname(path), points_of(row))
        theirs = np.array([float(row["gaze_yaw"]), float(row["gaze_pitch"])])
        for method, one in (("ours", found), ("MobileOne-S0", theirs)):
            off = apart(one, truth)
            print(f"MPIIGaze still, {method}: yaw {one[0]:.1f}, pitch {one[1]:.1f}; target "
                  f"{truth[0]:.1f}, {truth[1]:.1f}: {off:.1f} degrees apart", flush=True)


def apart(look, truth):
    """Degrees between two directions."""
    return np.degrees(np.arccos(np.clip(direction(*look) @ direction(*truth), -1, 1)))


def mpiigaze(folder, points):
    """Yaw and pitch to the known target from the centre of the face, which six model points locate."""
    target = np.array([-127.790719, 4.621111, -12.025310])
    model = np.loadtxt(os.path.join(folder, "faceModelGeneric.txt")).T
    calib = cv2.FileStorage(os.path.join(folder, "cameraCalib.xml"), cv2.FILE_STORAGE_READ)
    camera, lens = (calib.getNode(n).mat() for n in ("camera_matrix", "cam_distortion"))
    six = points[[36, 39, 42, 45, 48, 54]].reshape(-1, 1, 2)
    _, turn, shift = cv2.solvePnP(model, six, camera, lens, flags=cv2.SOLVEPNP_EPNP)
    _, turn, shift = cv2.solvePnP(model, six, camera, lens, turn, shift, True)
    middle = (cv2.Rodrigues(turn)[0] @ model.T + shift).mean(1)
    look = target - middle
    return angles(look / np.linalg.norm(look))


def show(name, got, ref):
    r = [np.corrcoef(got[:, k], ref[:, k])[0, 1] for k in (0, 1)]
    d, m = np.abs(got - ref).mean(0), (got - ref).mean(0)
    print(f"{name}: {len(got)} faces, r yaw {r[0]:.3f} pitch {r[1]:.3f}, mean difference {d[0]:.1f} "
          f"{d[1]:.1f}, offset {m[0]:+.1f} {m[1]:+.1f}", flush=True)


def renders(a):
    """Errors by kind of face: landmarks in percent of the distance of the outer eye corners (of 0.45 times
    the size of the landmarks if the head is turned more than 45 degrees), gaze in degrees for visible
    eyes."""
    s = RenderedSet(a.renders)
    points, look = (Landmarks(os.path.join(a.models, "face_landmarks.onnx")),
                    Gaze(os.path.join(a.models, "face_gaze.onnx")))
    error, off = np.zeros(len(s)), np.full(len(s), np.nan)
    yaw = np.degrees(np.abs(s.head_rad[:, 1]))
    worst, worst_gaze = Worst(a.worst, "landmarks", "%"), Worst(a.worst, "gaze", "deg")
    for i in range(len(s)):
        bgr = s.frames[s.picture[i]][:, :, ::-1]
        truth = s.landmarks68[i].reshape(68, 2)
        p = points(bgr, s.box[i])[0]
        size = np.linalg.norm(truth[36] - truth[45])
        if yaw[i] > 45:
            size = 0.45 * np.sqrt(np.prod(truth.max(0) - truth.min(0)))
        error[i] = 100 * np.linalg.norm(p - truth, axis=1).mean() / size
        worst.add(error[i], with_points, bgr, s.box[i], p, truth)
        if s.glasses[i, 0] < 2 and s.au[i, 16] < 2.5:
            found = look(bgr, p)
            off[i] = apart(found, s.gaze[i])
            worst_gaze.add(off[i], with_looks, bgr, s.box[i], found, s.gaze[i])
    worst.write()
    worst_gaze.write()
    kinds = {"all": yaw >= 0}
    for k, name in enumerate(("african", "asian", "caucasian")):
        kinds[name] = s.origin[:, k] > 0.6
    for k, name in enumerate(("no glasses", "clear glasses", "sunglasses")):
        kinds[name] = s.glasses[:, 0] == k
    kinds.update({"head within 15": yaw <= 15, "15 to 45": (yaw > 15) & (yaw <= 45), "45 on": yaw > 45,
                  "all points seen": s.seen[:, 0] > 0.97, "under 70 % seen": s.seen[:, 0] < 0.7})
    for name, which in kinds.items():
        seen = off[which & ~np.isnan(off)]
        gaze_text = f"{seen.mean():.1f} (median {np.median(seen):.1f})" if len(seen) else "-"
        print(f"| {name} | {which.sum()} | {error[which].mean():.2f} "
              f"(median {np.median(error[which]):.2f}) | {gaze_text} |")


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--models", required=True)
    ap.add_argument("--renders")
    for name in ("media", "golden", "mien", "reference"):
        ap.add_argument("--" + name)
    ap.add_argument("--work", default="/tmp/mien-report")
    ap.add_argument("--every", type=int, default=3, help="use every N-th frame of the clips")
    ap.add_argument("--only", choices=("landmarks", "gaze"))
    ap.add_argument("--draw", help="folder for pictures: truth green, estimate red")
    ap.add_argument("--worst", help="folder for sheets of the faces with the greatest errors")
    a = ap.parse_args()
    if a.renders:
        renders(a)
        return
    os.makedirs(a.work, exist_ok=True)
    if a.only != "gaze":
        landmarks(a)
    if a.only != "landmarks":
        gaze(a)


if __name__ == "__main__":
    main()
