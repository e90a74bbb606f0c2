"""Trains, evaluates and exports mien's face detector.

    detector.py train  --data DIR --work DIR [--steps N] [--hours H]   resumes from DIR/detector.pt
    detector.py val    --data DIR --work DIR                           recall, precision, AP on renders
    detector.py export --data DIR --work DIR -o face_detector.onnx     calibrated on renders

Runs on one thread. DIR of --data contains the rendered sets (render.sh) and backgrounds/
(detector_backgrounds.sh).
"""
import argparse
import csv
import os
import time

import cv2
import numpy as np
import torch
from torch.nn import functional as F

import detector_data as dd
import detector_net as dn

BATCH = 24
RATE = 3e-3
WARM = 300


def assign(anchor, faces, ignore):
    """For each anchor: the index of its face, -1 for background, -2 for neither."""
    which = np.full(len(anchor), -1, np.int64)
    a = np.concatenate([anchor[:, :2] - anchor[:, 2:] / 2, anchor[:, :2] + anchor[:, 2:] / 2], 1)
    area = anchor[:, 2] * anchor[:, 3]

    def meet(b):
        w = np.minimum(a[:, None, 2:], b[None, :, 2:]) - np.maximum(a[:, None, :2], b[None, :, :2])
        return np.clip(w, 0, None).prod(2)

    if len(ignore):
        b = np.array(ignore, np.float32)
        size = (b[:, 2:] - b[:, :2]).prod(1)
        both = meet(b)
        iou = both / (area[:, None] + size - both)
        which[((iou > 0.25) | (both / area[:, None] > 0.6)).any(1)] = -2
    if len(faces):
        b = np.array([f[0] for f in faces], np.float32)
        size = (b[:, 2:] - b[:, :2]).prod(1)
        both = meet(b)
        iou = both / (area[:, None] + size - both)
        best, at = iou.max(1), iou.argmax(1)
        which[(best > 0.3) & (which == -1)] = -2
        which[best > 0.42] = at[best > 0.42]
        for j in np.argsort(-size):  # small faces last, because they have the fewest anchors
            which[iou[:, j].argmax()] = j
    return which


def make_batch(composer, n, anchor):
    images = np.empty((n, composer.size, composer.size, 3), np.float32)
    which = np.full((n, len(anchor)), -1, np.int64)
    boxes = np.zeros((n, len(anchor), 4), np.float32)
    points = np.zeros((n, len(anchor), 10), np.float32)
    for i in range(n):
        image, faces, ignore = composer.compose()
        images[i] = image
        which[i] = assign(anchor, faces, ignore)
        on = which[i] >= 0
        if on.any():
            boxes[i, on] = np.array([f[0] for f in faces], np.float32)[which[i, on]]
            points[i, on] = np.array([f[1].ravel() for f in faces], np.float32)[which[i, on]]
    images -= np.array(dn.MEAN, np.float32)
    x = torch.from_numpy(images).permute(0, 3, 1, 2)  # N H W C in memory: channels last
    return x, torch.from_numpy(which), torch.from_numpy(boxes), torch.from_numpy(points)


def giou_loss(a, b):
    lo, hi = torch.maximum(a[:, :2], b[:, :2]), torch.minimum(a[:, 2:], b[:, 2:])
    both = (hi - lo).clamp(min=0).prod(1)
    area = (a[:, 2:] - a[:, :2]).prod(1) + (b[:, 2:] - b[:, :2]).prod(1) - both
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).prod(1)
    return 1 - both / area.clamp(min=1e-6) + (hull - area) / hull.clamp(min=1e-6)


def losses(y, which, boxes, points, anchor):
    logit, on = y[..., 0], which >= 0
    p = torch.sigmoid(logit)
    ce = F.binary_cross_entropy_with_logits(logit, on.float(), reduction="none")
    focal = ce * torch.where(on, 0.4 * (1 - p) ** 2, 0.6 * p ** 2)
    n = max(1, int(on.sum()))
    cls = focal[which != -2].sum() / n
    b, q = dn.decode(y[on][:, 1:], anchor.expand(len(y), -1, -1)[on])
    size = (boxes[on][:, 2:] - boxes[on][:, :2]).prod(1).sqrt().clamp(min=4)
    off = ((q - points[on].reshape(-1, 5, 2)) / size[:, None, None]).abs().mean((1, 2))
    return cls, giou_loss(b, boxes[on]).sum() / n, off.sum() / n


def suppress(boxes, scores, overlap=0.4):
    order, keep = np.argsort(-scores, kind="stable"), []
    while len(order):
        i, rest = order[0], order[1:]
        keep.append(i)
        lo, hi = np.maximum(boxes[i, :2], boxes[rest, :2]), np.minimum(boxes[i, 2:], boxes[rest, 2:])
        both = np.clip(hi - lo, 0, None).prod(1)
        area = (boxes[i, 2:] - boxes[i, :2]).prod() + (boxes[rest, 2:] - boxes[rest, :2]).prod(1)
        order = rest[both / (area - both) <= overlap]
    return keep


def detect(net, image, at=None, least=-4.0):
    """(boxes, logits, index of the anchor size), best first. at: six logits that become 0."""
    h, w = image.shape[:2]
    anchor = dn.anchors(w, h)
    x = torch.from_numpy(image.astype(np.float32) - np.array(dn.MEAN, np.float32)).permute(2, 0, 1)[None]
    with torch.no_grad():
        y = net(x)[0].float()
    size = np.log2(anchor[:, 2]).round().astype(int) - 4
    if at is not None:
        y[:, 0] -= torch.tensor(at, dtype=torch.float32)[torch.from_numpy(size)]
    keep = y[:, 0] > least
    boxes, _ = dn.decode(y[keep][:, 1:], torch.from_numpy(anchor)[keep])
    boxes, scores = boxes.numpy(), y[keep][:, 0].numpy()
    k = suppress(boxes, scores)
    return boxes[k], scores[k], size[keep.numpy()][k]


def overlaps(a, b):
    lo, hi = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    both = np.clip(hi - lo, 0, None).prod(2)
    return both / ((a[:, 2:] - a[:, :2]).prod(1)[:, None] + (b[:, 2:] - b[:, :2]).prod(1) - both)


class Measure:
    """Detections of all pictures by falling score, matched to faces at an overlap of 0.5.

    Faces are counted in classes of height. A detection on an ignored face (too covered, too small, cut
    off) is neither right nor wrong."""

    def __init__(self):
        self.rows = []  # logit, 1 right / 0 wrong, height, anchor size 0 to 5
        self.heights = []

    def add(self, boxes, scores, sizes, faces, other):
        g = np.array(faces, np.float32).reshape(-1, 4)
        self.heights += list(g[:, 3] - g[:, 1])
        free = np.ones(len(g), bool)
        on = overlaps(boxes, g) if len(g) and len(boxes) else np.zeros((len(boxes), len(g)))
        o = np.array(other, np.float32).reshape(-1, 4)
        near = overlaps(boxes, o) if len(o) and len(boxes) else np.zeros((len(boxes), len(o)))
        for i in range(len(boxes)):  # in the order of scores
            j = (on[i] * free).argmax() if len(g) else -1
            if j >= 0 and free[j] and on[i, j] >= 0.5:
                free[j] = False
                self.rows.append((float(scores[i]), 1, g[j, 3] - g[j, 1], sizes[i]))
            elif not (near[i] > 0.3).any():
                self.rows.append((float(scores[i]), 0, boxes[i, 3] - boxes[i, 1], sizes[i]))

    def result(self, at, least=0, most=1e9):
        """(recall, precision at a logit, average precision) of the faces of these heights."""
        rows = [r for r in self.rows if least <= r[2] < most]
        total = sum(least <= h < most for h in self.heights)
        rows.sort(key=lambda r: -r[0])
        right = np.cumsum([r[1] for r in rows]) if rows else np.zeros(1)
        precision = right / np.arange(1, len(right) + 1)
        envelope = np.maximum.accumulate(precision[::-1])[::-1]
        ap = sum(e for e, r in zip(envelope, rows) if r[1]) / max(1, total)
        n = sum(r[0] > at for r in rows)
        return (right[n - 1] / max(1, total) if n else 0.0), (precision[n - 1] if n else 1.0), ap

    def calibrate(self, false, precision):
        """For each anchor size the lowest logit above which this share is right, photographs included.

        At the same precision small faces have lower logits than large ones, so one threshold for all
        sizes would lose them."""
        at = []
        for k in range(6):
            rows = sorted([(r[0], r[1]) for r in self.rows if r[3] == k] + [(s, 0) for s, t in false if t == k],
                          reverse=True)
            right = np.cumsum([r[1] for r in rows]) / np.arange(1, len(rows) + 1) if rows else np.zeros(0)
            good = np.flatnonzero(right >= precision)
            enough = sum(r[1] for r in rows) >= 20  # too few large validation faces: use the next smaller size
            at.append(rows[good[-1]][0] if len(good) and enough else at[-1] if at else 0.0)
        return at


def validate(net, args, pictures, at=None):
    """pictures: a range of those in scenes_val."""
    net.eval()
    val = dd.Source(os.path.join(args.data, "scenes_val"))
    m = Measure()
    for i in pictures:
        image, faces = val.get(i)
        canvas = np.zeros((320, 320, 3), np.uint8)
        canvas[:240] = image
        good, other = [], []
        for f in faces:
            inside = np.concatenate([np.clip(f.box[:2], 0, (320, 240)), np.clip(f.box[2:], 0, (320, 240))])
            share = (inside[2:] - inside[:2]).prod() / (f.box[2:] - f.box[:2]).prod()
            (good if f.seen > 0.5 and share > 0.7 and f.box[3] - f.box[1] > 12 else other).append(inside)
        m.add(*detect(net, canvas, at), good, other)
    # Photographs that training does not use, with pasted objects: every detection is wrong.
    photos, stamps = dd.load_photos(os.path.join(args.data, "backgrounds"), True)
    composer = dd.Composer([], [], photos, stamps, 320, 7)
    false = []
    for i in range(150):
        c = dd.Canvas(320, 320)
        composer.fill_photo(c)
        for _ in range(i % 4):
            composer.stamp(c)
        false += list(zip(*detect(net, c.image, at)[1:]))
    return m, false


def report(m, false, at):
    row = {}
    for name, least, most in (("12_24", 12, 24), ("24_48", 24, 48), ("48_up", 48, 1e9)):
        recall, precision, ap = m.result(at, least, most)
        row.update({f"recall_{name}": round(float(recall), 4), f"precision_{name}": round(float(precision), 4),
                    f"ap_{name}": round(float(ap), 4)})
    row["false_in_photos"] = int(sum(s > at for s, _ in false))
    return row


def write_log(path, row):
    new = not os.path.exists(path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "a", newline="") as f:
        w = csv.DictWriter(f, row.keys(), lineterminator="\n")
        if new:
            w.writeheader()
        w.writerow(row)


def sources(args, prefix):
    names = sorted(d for d in os.listdir(args.data) if d.startswith(prefix) and d[len(prefix):].isdigit())
    return [dd.Source(os.path.join(args.data, d)) for d in names
            if os.path.exists(os.path.join(args.data, d, "done"))]


def averaged(net):
    """Running mean of the weights over the last 500 steps or, earlier, over a tenth of all steps."""
    return torch.optim.swa_utils.AveragedModel(
        net, avg_fn=lambda a, b, n: a + (b - a) * max(0.002, 9 / (10 + float(n))), use_buffers=True)


def train(args):
    path = os.path.join(args.work, "detector.pt")
    torch.manual_seed(1)
    net = dn.Detector().to(memory_format=torch.channels_last)
    mean = averaged(net)
    decay = [p for p in net.parameters() if p.ndim > 1]
    rest = [p for p in net.parameters() if p.ndim <= 1]
    opt = torch.optim.AdamW([{"params": decay, "weight_decay": 0.02}, {"params": rest, "weight_decay": 0}], RATE)
    step = 0
    if os.path.exists(path):
        state = torch.load(path, weights_only=False)
        net.load_state_dict(state["net"])
        if state.get("mean"):
            mean.load_state_dict(state["mean"])
        opt.load_state_dict(state["opt"])
        step = state["step"]
    for log in (args.log, args.log.replace(".csv", "_train.csv")):
        if step == 0 and os.path.exists(log):
            os.remove(log)  # the log of an earlier training
    photos, stamps = dd.load_photos(os.path.join(args.data, "backgrounds"), False)
    composer = dd.Composer(sources(args, "scenes"), sources(args, "faces"), photos, stamps, args.size, 100 + step)
    anchor = dn.anchors(args.size, args.size)
    on_anchor = torch.from_numpy(anchor)
    start, sums, count, spent = time.time(), np.zeros(3), 0, [0.0, 0.0]

    def save():
        torch.save({"net": net.state_dict(), "mean": mean.state_dict(), "opt": opt.state_dict(), "step": step},
                   path + ".new")
        os.replace(path + ".new", path)

    net.train()
    while step < args.steps and time.time() - start < args.hours * 3600:
        rate = RATE * min(1, (step + 1) / WARM) * (0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * step / args.steps)))
        for g in opt.param_groups:
            g["lr"] = float(rate)
        t = time.process_time()
        x, which, boxes, points = make_batch(composer, BATCH, anchor)
        spent[0] += time.process_time() - t
        with torch.autocast("cpu", torch.bfloat16):
            y = net(x)
        parts = losses(y.float(), which, boxes, points, on_anchor)
        loss = parts[0] + 2 * parts[1] + parts[2]
        opt.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        opt.step()
        mean.update_parameters(net)
        step += 1
        sums += [float(p.detach()) for p in parts]
        count += 1
        spent[1] += time.process_time() - t
        if step % 100 == 0:
            c = sums / count
            print(f"{step} rate {rate:.5f} face {c[0]:.4f} box {c[1]:.4f} points {c[2]:.4f} "
                  f"{spent[1] / count:.2f} s/step, pictures {spent[0] / count:.2f}", flush=True)
            write_log(args.log.replace(".csv", "_train.csv"),
                      {"step": step, "rate": round(rate, 6), "face": round(c[0], 5), "box": round(c[1], 5),
                       "points": round(c[2], 5)})
            sums, count, spent = np.zeros(3), 0, [0.0, 0.0]
        if step % 200 == 0:
            save()
        if step % args.every == 0 and os.path.exists(os.path.join(args.data, "scenes_val", "done")):
            m, false = validate(mean.module, args, range(300))
            row = {"step": step, **report(m, false, 0.0)}
            print(row, flush=True)
            write_log(args.log, row)
    save()


def load(args):
    net = dn.Detector()
    mean = averaged(net)
    state = torch.load(args.checkpoint or os.path.join(args.work, "detector.pt"), weights_only=False)
    mean.load_state_dict(state["mean"])
    print("step", state["step"])
    return mean.module.eval()


def halves(args):
    """The two halves of the validation pictures: one for thresholds, the other for the results."""
    n = len(dd.Source(os.path.join(args.data, "scenes_val")).set.frames)
    return range(n // 2), range(n // 2, n)


def calibrated(args):
    net = load(args)
    m, false = validate(net, args, halves(args)[0])
    at = [round(float(a), 3) for a in m.calibrate(false, args.precision)]
    print("logits that become 0:", at)
    return net, at


def val(args):
    net, at = calibrated(args)
    m, false = validate(net, args, halves(args)[1], at)
    for t in (-1, -0.5, 0, 0.5, 1):
        print(f"logit {t:.2f}", report(m, false, t))


def export(args):
    net, at = calibrated(args)
    print(report(*validate(net, args, halves(args)[1], at), 0.0))
    dn.calibrate(net, at, args.scale)
    dn.export(net, args.output)
    print(args.output, os.path.getsize(args.output), "bytes")


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("what", choices=["train", "val", "export"])
    a.add_argument("--data", required=True)
    a.add_argument("--work", required=True)
    a.add_argument("--log", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "log", "detector.csv"))
    a.add_argument("--steps", type=int, default=6000, help="length of the schedule")
    a.add_argument("--hours", type=float, default=24, help="stop after this time; a later run continues")
    a.add_argument("--every", type=int, default=1000, help="steps between validations")
    a.add_argument("--size", type=int, default=256, help="side of a training picture")
    a.add_argument("--checkpoint")
    a.add_argument("--precision", type=float, default=0.98, help="precision on the validation pictures at score 0.5")
    a.add_argument("--scale", type=float, default=2.0, help="factor of the logit in the score")
    a.add_argument("-o", "--output", default="face_detector.onnx")
    args = a.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    os.makedirs(args.work, exist_ok=True)
    {"train": train, "val": val, "export": export}[args.what](args)


if __name__ == "__main__":
    main()
