"""Trains face_landmarks.onnx: 68 points and a confidence from a 112 x 112 crop.

    landmarks.py --data DIR --out models/builtin [--quick]

Each cell of a 14 x 14 map votes for every point with a weight (softmax over the cells) and an offset. The
result is the weighted mean, so a point that hair hides is located by the cells around the visible parts.
"""
import os

import cv2
import numpy as np
import torch
from torch import nn

import crops
import half
import nets
from data import RenderedSet
from faces import direction, loose, open_sets, turned

SIDE = 112

REGIONS = {"jaw": range(0, 17), "brows": range(17, 27), "nose": range(27, 36),
           "eyes": range(36, 48), "lips": range(48, 60), "inner": range(60, 68)}
WEIGHT = np.ones(68, np.float32)
for region, weight in (("jaw", 0.7), ("brows", 1.3), ("eyes", 1.6), ("lips", 1.5), ("inner", 1.8)):
    WEIGHT[list(REGIONS[region])] = weight
# Distances on which action units depend: lids, lips, brows over the eyes.
PAIRS = np.array([(37, 41), (38, 40), (43, 47), (44, 46), (61, 67), (62, 66), (63, 65), (51, 57),
                  (48, 54), (19, 37), (24, 44), (21, 39), (22, 42), (21, 22), (31, 48), (35, 54),
                  (33, 51), (57, 8)])


class Net(nn.Module):
    def __init__(self, widths=nets.WIDTHS):
        super().__init__()
        self.trunk = nets.Trunk(widths)
        _, _, c, d = widths
        self.down = nn.Conv2d(d, c, 1)
        self.merge = nets.conv(c, c)
        self.votes = nn.Conv2d(c, 68 * 3, 1)
        self.trust = nn.Linear(d, 1)
        self.side_tasks = nn.Linear(d, 20)  # action units and gaze: only for training
        at = (torch.arange(14) + 0.5) / 14
        self.register_buffer("grid_x", at.repeat(14)[None, None])
        self.register_buffer("grid_y", at.repeat_interleave(14)[None, None])

    def forward(self, x, train=False):
        _, e, s = self.trunk(x)
        m = self.merge(e + nn.functional.interpolate(self.down(s), scale_factor=2, mode="nearest"))
        v = self.votes(m).flatten(2).float()
        share = torch.softmax(v[:, :68], 2)
        px = (share * (self.grid_x + v[:, 68:136] * 0.1)).sum(2)
        py = (share * (self.grid_y + v[:, 136:] * 0.1)).sum(2)
        points = torch.stack([px, py], 2).flatten(1)
        pooled = s.mean((2, 3)).float()
        trust = self.trust(pooled)
        if train:
            return points.view(-1, 68, 2), trust[:, 0], self.side_tasks(pooled)
        return points, torch.sigmoid(trust)


# ------------------------------------------------------------------------------------- data ----

def picked(faces, rng):
    """A random face; rare and hard ones (mouth open, head turned) are chosen more often."""
    n = int(rng.integers(len(faces)))
    if rng.random() < 0.25:
        for _ in range(6):
            s, i, _ = faces[n]
            p = s.landmarks68[i].reshape(68, 2)
            open_mouth = np.linalg.norm(p[62] - p[66]) > 0.13 * np.linalg.norm(p[36] - p[45])
            if open_mouth or abs(s.head_rad[i, 1]) > 0.7:
                break
            n = int(rng.integers(len(faces)))
    return faces[n]


def sample(faces, rng, plain=False):
    """Crop, points in crop units, weights of the points, side tasks, whether there is a face."""
    s, i, picture = faces[int(rng.integers(len(faces)))] if plain else picked(faces, rng)
    points = s.landmarks68[i].reshape(68, 2).astype(np.float64)
    seen = s.landmarks68_seen[i] > 0
    box = loose(s.box[i], rng, 0.5 if plain else 1)
    angle, squeeze, shear, flip = 0.0, 1.0, 0.0, False
    center, size = (box[:2] + box[2:]) / 2, crops.GROWTH * max(box[2:] - box[:2])
    face = True
    if not plain:
        angle = rng.uniform(-42, 42) if rng.random() < 0.5 else 8 * rng.standard_normal()
        squeeze, shear = np.exp(0.06 * rng.standard_normal()), 0.05 * rng.standard_normal()
        flip = rng.random() < 0.5
        if rng.random() < 0.08:  # a box at another place
            face = False
            to = rng.random() * 2 * np.pi
            kind = rng.random()
            if kind < 0.6:
                center = center + size * rng.uniform(0.55, 1.0) * np.array([np.cos(to), np.sin(to)])
                size *= np.exp(0.3 * rng.standard_normal())
            elif kind < 0.8:
                center = center + size * 0.25 * rng.standard_normal(2)
                size *= rng.uniform(0.15, 0.42)
            else:
                center = center + size * 0.3 * rng.standard_normal(2)
                size *= rng.uniform(2.4, 4)
    m = crops.affine(center, (size, size), SIDE, angle, squeeze, shear, flip)
    border = cv2.BORDER_CONSTANT
    if not plain and rng.random() < 0.5:
        border = cv2.BORDER_REFLECT if rng.random() < 0.5 else cv2.BORDER_REPLICATE
    crop = cv2.warpAffine(picture, m, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=border)
    points = crops.moved(points, m)
    if not plain and rng.random() < 0.4:
        crop, points = crops.bend(crop, points, rng, 0.022)
    look = turned(direction(*s.gaze[i]), angle, flip)
    if flip:
        points, seen = points[crops.MIRROR], seen[crops.MIRROR]
    if not plain:
        roll = rng.random(4)
        other = None
        if roll[0] < 0.3:
            other = faces[int(rng.integers(len(faces)))][2]
        if roll[1] < 0.12 and face:
            crop = crops.surround(crop, rng, other, points)
        if roll[2] < 0.22:
            crop = crops.occlude(crop, rng, other)
        crop = crops.photograph(crop, rng)
        if roll[3] < 0.1:  # the picture ends here
            k, edge = int(rng.integers(4)), int(SIDE * rng.uniform(0.05, 0.33))
            crop = np.ascontiguousarray(np.rot90(crop, k))
            crop[:edge] = 0
            crop = np.ascontiguousarray(np.rot90(crop, -k))
    unit = (points + 0.5) / SIDE
    inside = ((unit > 0) & (unit < 1)).all(1)
    weight = WEIGHT * np.where(seen & inside, 1, 0.35)
    au = s.au[i] / 5
    return crop, unit, weight, np.concatenate([au, look]), face


def no_face(places, rng):
    """A square of a scene without a face in it."""
    s, boxes = places
    while True:
        p = int(rng.integers(len(s.frames)))
        h, w = s.frames.shape[1:3]
        size = np.exp(rng.uniform(np.log(20), np.log(200)))
        x, y = rng.uniform(-0.1, 1, 2) * (w, h) - size * 0.3
        hit = False
        for b in boxes.get(p, ()):
            iw = min(x + size, b[2]) - max(x, b[0])
            ih = min(y + size, b[3]) - max(y, b[1])
            hit |= iw > 0 and ih > 0 and iw * ih > 0.25 * (b[2] - b[0]) * (b[3] - b[1])
        if not hit:
            m = crops.affine((x + size / 2, y + size / 2), (size, size), SIDE,
                             rng.uniform(-30, 30))
            crop = cv2.warpAffine(s.frames[p], m, (SIDE, SIDE), flags=cv2.INTER_LINEAR)
            if rng.random() < 0.2:
                crop = crops.occlude(crop, rng, None)
            return crops.photograph(crop, rng)


def open_places(folder):
    if not os.path.exists(os.path.join(folder, "done")):
        return None
    s = RenderedSet(folder)
    boxes = {}
    for p, b in zip(s.picture, s.box):
        boxes.setdefault(int(p), []).append(b)
    return s, boxes


def batch(faces, places, size, seed, plain=False):
    rng = np.random.default_rng(seed)
    x = np.empty((size, SIDE, SIDE, 3), np.uint8)
    points = np.zeros((size, 68, 2), np.float32)
    weight = np.zeros((size, 68), np.float32)
    side = np.zeros((size, 20), np.float32)
    face = np.zeros(size, np.float32)
    for k in range(size):
        if not plain and places and rng.random() < 0.06:
            x[k] = no_face(places, rng)
            continue
        x[k], points[k], weight[k], side[k], face[k] = sample(faces, rng, plain)
    x = torch.from_numpy(x).permute(0, 3, 1, 2).float() / 255  # channels last in memory
    return (x, *(torch.from_numpy(a) for a in (points, weight, side, face)))


# --------------------------------------------------------------------------------- training ----

def wing(d, width=0.06, bend=0.012):
    d = d.abs()
    return torch.where(d < width, width * torch.log1p(d / bend),
                       d - width + width * float(np.log1p(width / bend))) / width


def loss_of(net, b):
    x, points, weight, side, face = b
    with torch.autocast("cpu", torch.bfloat16, nets.HALF):
        p, trust, tasks = net(x, True)
    p, trust, tasks = p.float(), trust.float(), tasks.float()
    low, high = points.amin(1), points.amax(1)
    scale = (high - low).prod(1).clamp_min(0.01).sqrt()[:, None, None]
    d = (p - points) / scale
    w = weight * face[:, None]
    at = (wing(d).mean(2) * w).sum() / w.sum()
    span = (p[:, PAIRS[:, 0]] - p[:, PAIRS[:, 1]] - points[:, PAIRS[:, 0]] + points[:, PAIRS[:, 1]])
    pw = torch.minimum(w[:, PAIRS[:, 0]], w[:, PAIRS[:, 1]])
    apart = (wing(span / scale).mean(2) * pw).sum() / pw.sum()
    off = (d.detach().norm(dim=2) * w).sum(1) / w.sum(1).clamp_min(1e-6)
    target = face * ((0.16 - off) / 0.08).clamp(0, 1)
    sure = nn.functional.binary_cross_entropy_with_logits(trust, target)
    tasks = (nn.functional.smooth_l1_loss(tasks, side, beta=0.2, reduction="none").mean(1) * face).sum()
    tasks = tasks / face.sum()
    return at + 0.6 * apart + 0.3 * sure + 2.0 * tasks, at, sure


@torch.no_grad()
def measure(net, batches):
    """Error in percent of the distance of the outer eye corners, for faces within 45 degrees, also by
    region; and the share of faces whose confidence is above 0.5."""
    errors, trust = [], []
    for x, points, weight, side, face in batches:
        p, t = net(x)
        d = (p.view(-1, 68, 2) - points).norm(dim=2)
        eyes = (points[:, 36] - points[:, 45]).norm(dim=1)
        low, high = points.amin(1), points.amax(1)
        broad = eyes > 0.40 * (high - low).prod(1).sqrt()
        errors.append((100 * d / eyes[:, None])[broad])
        trust.append(t[:, 0])
    e, trust = torch.cat(errors), torch.cat(trust)
    out = {"error": float(e.mean()), "median": float(e.mean(1).median()),
           "bad": float((e.mean(1) > 8).float().mean())}
    out.update({r: float(e[:, list(k)].mean()) for r, k in REGIONS.items()})
    out["sure"] = float((trust > 0.5).float().mean())
    return out


def main():
    a = nets.arguments(__doc__, 16000, 2e-3, "faces0,faces1,faces2,faces3,gaze0")
    a.name = a.name or "landmarks"
    torch.manual_seed(6800)
    faces, val = open_sets(a)
    places = open_places(os.path.join(a.data, "scenes0"))
    print(f"{len(faces)} faces, {len(val)} held out, scenes: {places is not None}", flush=True)
    n = 2 if a.quick else 10
    plain = [batch(val, None, 100, (1, k), True) for k in range(n)]
    rough = [batch(val, None, 100, (2, k)) for k in range(n)]

    def look(net):
        return {**measure(net, plain), "rough": measure(net, rough)["median"]}

    net = nets.fit(Net(), a, lambda k: batch(faces, places, a.batch, (68, a.seed, k)), loss_of,
                   look, ["error", "median", "bad", *REGIONS, "sure", "rough"])
    path = os.path.join(a.out, "face_landmarks.onnx")
    nets.export(net, SIDE, path, ["points", "confidence"],
                "68 points in crop units and a confidence; trained on mien's own renders")
    half.store_half(path)


if __name__ == "__main__":
    main()
