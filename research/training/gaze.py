"""Trains face_gaze.onnx: yaw and pitch, 90 bins of 4 degrees each, from eyes, nose and mouth, 96 x 72.

    gaze.py --data DIR --out models/builtin [--quick] [--start models/builtin/face_landmarks.onnx]

The landmarks place the crop (crops.eyes), so that eyes always have the same size and position. The trunk
is that of the landmark network and should start with its weights: from random weights, the network did
not use the eyes after 1000 steps.
"""
import os

import cv2
import numpy as np
import torch
from torch import nn

import crops
import half
import nets
from faces import angles, direction, head_direction, open_sets, turned

WIDTH_PX, HEIGHT_PX = crops.EYES
BINS, WIDTH, OFFSET = 90, 4.0, 180.0
MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
DEV = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
AU45 = 16


class Net(nn.Module):
    def __init__(self, widths=nets.WIDTHS):
        super().__init__()
        self.trunk = nets.Trunk(widths)
        n = 64 * -(-WIDTH_PX // 16) * -(-HEIGHT_PX // 16)
        self.last = nets.conv(widths[3], 64, 1, 1)
        self.drop = nn.Dropout(0.1)
        self.mix = nn.Linear(n, 128)
        self.yaw = nn.Linear(128, BINS)
        self.pitch = nn.Linear(128, BINS)
        self.side_tasks = nn.Linear(n, 30)  # only for training, see `sample`

    def forward(self, x, train=False):
        x = self.last(self.trunk(x)[2]).flatten(1)
        m = torch.relu(self.mix(self.drop(x)))
        return (self.yaw(m), self.pitch(m), self.side_tasks(x)) if train else (self.yaw(m), self.pitch(m))


def normal(x):
    """The network's input for a picture with values 0 to 1."""
    return (x - MEAN) / DEV


def sample(faces, rng, plain=False):
    """Crop, yaw and pitch in degrees, weight, side tasks (head direction, gaze minus head direction,
    landmarks of the eyes). If the eyes are not visible, the target is the head direction."""
    s, i, picture = faces[int(rng.integers(len(faces)))]
    look, weight, head = direction(*s.gaze[i]), 1.0, head_direction(s.head_rad[i])
    eyes = s.landmarks68_seen[i][36:48].mean()
    hidden = s.glasses[i, 0] == 2 or s.au[i, AU45] > 3.5 or eyes < 0.2
    if hidden:
        look, weight = head, 0.4
    elif s.au[i, AU45] > 2:
        weight = 0.4
    if plain and (hidden or s.au[i, AU45] > 2.5):
        return None
    points = s.landmarks68[i].reshape(68, 2).astype(np.float64)
    center, width = crops.eyes(points)
    much = 0.5 if plain else 2.0 if rng.random() < 0.15 else 1.0  # landmarks have small errors
    center = center + 0.03 * much * width / 1.5 * rng.standard_normal(2)
    size = width * np.exp(0.05 * much * rng.standard_normal()) * np.array([1, HEIGHT_PX / WIDTH_PX])
    angle, flip = 0.0, False
    if not plain:
        angle = rng.uniform(-25, 25) if rng.random() < 0.3 else 5 * rng.standard_normal()
        flip = rng.random() < 0.5
    m = crops.affine(center, size, crops.EYES, angle, 1.0, 0 if plain else 0.03 * rng.standard_normal(), flip)
    crop = cv2.warpAffine(picture, m, crops.EYES, flags=cv2.INTER_LINEAR)
    look, head = turned(look, angle, flip), turned(head, angle, flip)
    marks = crops.moved(points, m)
    if flip:
        marks = marks[crops.MIRROR]
    side = np.concatenate([head, look - head, (marks[36:48].ravel() + 0.5) / WIDTH_PX - 0.5])
    if not plain:
        roll = rng.random(2)
        other = faces[int(rng.integers(len(faces)))][2] if roll[0] < 0.3 else None
        if roll[1] < 0.08:
            crop = crops.occlude(crop, rng, other)
        crop = crops.photograph(crop, rng, 0.35)
    return crop, angles(look), weight, side


def batch(faces, size, seed, plain=False):
    rng = np.random.default_rng(seed)
    x = np.empty((size, HEIGHT_PX, WIDTH_PX, 3), np.uint8)
    look, weight, side = (np.zeros((size, *n), np.float32) for n in ((2,), (), (30,)))
    for k in range(size):
        one = None
        while one is None:
            one = sample(faces, rng, plain)
        x[k], look[k], weight[k], side[k] = one
    x = torch.from_numpy(x).permute(0, 3, 1, 2).float() / 255
    return (x, *(torch.from_numpy(a) for a in (look, weight, side)))


CENTRES = torch.arange(BINS) * WIDTH - OFFSET


def expectation(scores):
    return torch.softmax(scores.float(), 1) @ CENTRES


def spread(look):
    """Targets over the bins: highest in the neighbours of the angle, with soft tails beyond."""
    d = (CENTRES[None] - look[:, None]) / WIDTH
    t = torch.exp(-0.5 * d * d)
    return t / t.sum(1, keepdim=True)


def loss_of(net, b):
    x, look, weight, side = b
    with torch.autocast("cpu", torch.bfloat16, nets.HALF):
        *heads, tasks = net(normal(x), True)
    total, parts = 0, []
    for k, scores in enumerate(heads):
        scores = scores.float()
        ce = -(spread(look[:, k]) * torch.log_softmax(scores, 1)).sum(1)
        off = nn.functional.smooth_l1_loss(expectation(scores), look[:, k], reduction="none", beta=2.0)
        parts += [(off * weight).sum() / weight.sum()]
        total = total + (ce * weight).sum() / weight.sum() + 0.3 * parts[-1]
    off = nn.functional.smooth_l1_loss(tasks.float(), side, beta=0.05, reduction="none").mean(1)
    parts += [(off * weight).sum() / weight.sum()]
    return (total + 5 * parts[-1], *parts)


def unit(look):
    h, v = torch.deg2rad(look[:, 0]), torch.deg2rad(look[:, 1])
    return torch.stack([-v.cos() * h.sin(), -v.sin(), -v.cos() * h.cos()], 1)


@torch.no_grad()
def measure(net, batches):
    """Degrees between true and estimated direction (mean, median, mean of faces turned less than
    30), errors of each angle, and correlations."""
    found, truth = [], []
    for x, look, *_ in batches:
        found.append(torch.stack([expectation(h) for h in net(normal(x))], 1))
        truth.append(look)
    found, truth = torch.cat(found), torch.cat(truth)
    off = torch.rad2deg((unit(found) * unit(truth)).sum(1).clamp(-1, 1).acos())
    out = {"error": float(off.mean()), "median": float(off.median()),
           "frontal": float(off[truth[:, 0].abs() < 30].mean())}
    for k, name in enumerate(("yaw", "pitch")):
        out[name] = float((found[:, k] - truth[:, k]).abs().mean())
        out["r_" + name] = float(np.corrcoef(found[:, k], truth[:, k])[0, 1])
    return out


def main():
    a = nets.arguments(__doc__, 12000, 1.5e-3, "gaze0,gaze0,faces0,faces1,faces2,faces3")
    a.name = a.name or "gaze"
    torch.manual_seed(6900)
    faces, val = open_sets(a)
    print(f"{len(faces)} faces, {len(val)} held out", flush=True)
    n = 2 if a.quick else 10
    plain = [batch(val, 100, (3, k), True) for k in range(n)]
    rough = [batch(val, 100, (4, k)) for k in range(n)]

    def look(net):
        return {**measure(net, plain), "rough": measure(net, rough)["median"]}

    net = nets.fit(Net(), a, lambda k: batch(faces, a.batch, (69, a.seed, k)), loss_of, look,
                   ["error", "median", "frontal", "yaw", "r_yaw", "pitch", "r_pitch", "rough"])
    path = os.path.join(a.out, "face_gaze.onnx")
    nets.export(net, crops.EYES, path, ["yaw", "pitch"],
                "gaze from eyes, nose and mouth; trained on mien's own renders")
    half.store_half(path)


if __name__ == "__main__":
    main()
