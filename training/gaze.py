"""Trains face_gaze.onnx: yaw and pitch, 90 bins of 4 degrees each, from a 128 x 128 crop of the box.

    gaze.py --data DIR --out models/builtin [--quick] [--start landmarks.pt]

The trunk is that of the landmark network and should begin with its weights: from nothing, 800 steps did not get it
to look at eyes.
"""
import os

import cv2
import numpy as np
import torch
from torch import nn

import crops
import half
import nets
from faces import angles, direction, head_direction, loose, open_sets, turned

SIDE = 128
BINS, WIDTH, OFFSET = 90, 4.0, 180.0
MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
DEV = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
AU45 = 16


class Net(nn.Module):
    def __init__(self, widths=nets.WIDTHS):
        super().__init__()
        self.trunk = nets.Trunk(widths)
        d = widths[3]
        self.last = nets.conv(d, d, 2)
        self.drop = nn.Dropout(0.2)
        self.mix = nn.Linear(16 * d, 128)
        self.yaw = nn.Linear(128, BINS)
        self.pitch = nn.Linear(128, BINS)

    def forward(self, x):
        x = self.last(self.trunk(x)[2])
        x = torch.relu(self.mix(self.drop(x.flatten(1))))
        return self.yaw(x), self.pitch(x)


def sample(faces, rng, plain=False):
    """Crop, yaw and pitch in degrees, weight. Where the eyes cannot be seen the truth to learn is
    where the head faces."""
    s, i, picture = faces[int(rng.integers(len(faces)))]
    look, weight = direction(*s.gaze[i]), 1.0
    eyes = s.landmarks68_seen[i][36:48].mean()
    hidden = s.glasses[i, 0] == 2 or s.au[i, AU45] > 3.5 or eyes < 0.2
    if hidden:
        look, weight = head_direction(s.head_rad[i]), 0.4
    elif s.au[i, AU45] > 2:
        weight = 0.4
    if plain and (hidden or s.au[i, AU45] > 2.5):
        return None
    box = loose(s.box[i], rng, 0.3 if plain else 0.6)
    angle, flip = 0.0, False
    if not plain:
        angle = rng.uniform(-20, 20) if rng.random() < 0.3 else 5 * rng.standard_normal()
        flip = rng.random() < 0.5
    center, size = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
    m = crops.affine(center, size, SIDE, angle, 1.0, 0 if plain else 0.03 * rng.standard_normal(),
                     flip)
    border = cv2.BORDER_CONSTANT if rng.random() < 0.3 else cv2.BORDER_REPLICATE
    crop = cv2.warpAffine(picture, m, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=border)
    look = turned(look, angle, flip)
    if not plain:
        roll = rng.random(2)
        other = faces[int(rng.integers(len(faces)))][2] if roll[0] < 0.3 else None
        if roll[1] < 0.08:
            crop = crops.occlude(crop, rng, other)
        crop = crops.photograph(crop, rng, 0.6)
    return crop, angles(look), weight


def batch(faces, size, seed, plain=False):
    rng = np.random.default_rng(seed)
    x = np.empty((size, SIDE, SIDE, 3), np.uint8)
    look, weight = np.zeros((size, 2), np.float32), np.zeros(size, np.float32)
    for k in range(size):
        one = None
        while one is None:
            one = sample(faces, rng, plain)
        x[k], look[k], weight[k] = one
    x = (torch.from_numpy(x).permute(0, 3, 1, 2).float() / 255 - MEAN) / DEV
    return x, torch.from_numpy(look), torch.from_numpy(weight)


CENTRES = torch.arange(BINS) * WIDTH - OFFSET


def expectation(scores):
    return torch.softmax(scores.float(), 1) @ CENTRES


def spread(look):
    """Targets over the bins: shared between the neighbours of the angle, and softly beyond."""
    d = (CENTRES[None] - look[:, None]) / WIDTH
    t = torch.exp(-0.5 * d * d)
    return t / t.sum(1, keepdim=True)


def loss_of(net, b):
    x, look, weight = b
    with torch.autocast("cpu", torch.bfloat16):
        heads = net(x)
    total, parts = 0, []
    for k, scores in enumerate(heads):
        scores = scores.float()
        ce = -(spread(look[:, k]) * torch.log_softmax(scores, 1)).sum(1)
        off = nn.functional.smooth_l1_loss(expectation(scores), look[:, k], reduction="none", beta=2.0)
        parts += [(off * weight).sum() / weight.sum()]
        total = total + (ce * weight).sum() / weight.sum() + 0.3 * parts[-1]
    return (total, *parts)


def unit(look):
    h, v = torch.deg2rad(look[:, 0]), torch.deg2rad(look[:, 1])
    return torch.stack([-v.cos() * h.sin(), -v.sin(), -v.cos() * h.cos()], 1)


@torch.no_grad()
def measure(net, batches):
    """Degrees between true and found direction (mean, median, faces turned less than 30), of each
    angle, and correlations."""
    found, truth = [], []
    for x, look, _ in batches:
        found.append(torch.stack([expectation(h) for h in net(x)], 1))
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
    a = nets.arguments(__doc__, 16000, 1.5e-3, "gaze0,gaze0,faces0,faces1,faces2,faces3")
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
    nets.export(net, SIDE, path, ["yaw", "pitch"],
                "gaze from the box of a face; trained on mien's own renders")
    half.store_half(path)


if __name__ == "__main__":
    main()
