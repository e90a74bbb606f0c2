"""The detector's network: plain 3x3 convolutions, a pyramid of three levels, one head for all levels.

It has two anchors per position, as in src/stage/retinaface.c. Logit, box and points of a face are
computed from the same features: on one thread a second branch costs more than it gains.
"""
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

STEPS = (8, 16, 32)
SIZES = ((16, 32), (64, 128), (256, 512))
MEAN = (104.0, 117.0, 123.0)  # B, G, R; the C code subtracts the same values
PER_ANCHOR = 1 + 4 + 10


def conv(cin, cout, stride=1, size=3):
    return nn.Sequential(nn.Conv2d(cin, cout, size, stride, size // 2, bias=False),
                         nn.BatchNorm2d(cout), nn.ReLU(inplace=True))


class Detector(nn.Module):
    def __init__(self, stem=(16, 32), c3=48, c4=64, c5=64, n3=2, n4=2, n5=2, fpn=32):
        super().__init__()
        self.stem = nn.Sequential(conv(3, stem[0], 2), conv(stem[0], stem[1], 2))
        self.c3 = nn.Sequential(conv(stem[1], c3, 2), *[conv(c3, c3) for _ in range(n3)])
        self.c4 = nn.Sequential(conv(c3, c4, 2), *[conv(c4, c4) for _ in range(n4)])
        self.c5 = nn.Sequential(conv(c4, c5, 2), *[conv(c5, c5) for _ in range(n5)])
        self.lateral = nn.ModuleList([conv(c, fpn, size=1) for c in (c3, c4, c5)])
        self.smooth = nn.ModuleList([conv(fpn, fpn) for _ in range(3)])
        self.head = conv(fpn, fpn)
        self.out = nn.ModuleList([nn.Conv2d(fpn, 2 * PER_ANCHOR, 1) for _ in range(3)])
        for o in self.out:
            nn.init.normal_(o.weight, std=0.01)
            nn.init.zeros_(o.bias)
            with torch.no_grad():
                o.bias.view(2, PER_ANCHOR)[:, 0] = -4.6  # one anchor in a hundred

    def levels(self, x):
        # The caller subtracts the mean; the difference is scaled here, so that bfloat16 is precise enough.
        x = self.stem(x * (1 / 64))
        c3 = self.c3(x)
        c4 = self.c4(c3)
        c5 = self.c5(c4)
        p5 = self.lateral[2](c5)
        p4 = self.lateral[1](c4) + F.interpolate(p5, scale_factor=2, mode="nearest")
        p3 = self.lateral[0](c3) + F.interpolate(p4, scale_factor=2, mode="nearest")
        return [o(self.head(s(p))) for o, s, p in zip(self.out, self.smooth, (p3, p4, p5))]

    def forward(self, x):
        """N x A x 15: logit, box, points."""
        flat = [y.permute(0, 2, 3, 1).reshape(y.shape[0], -1, PER_ANCHOR) for y in self.levels(x)]
        return torch.cat(flat, 1)


class Exported(nn.Module):
    """The network of the exported file, with outputs loc, conf, landmarks."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        y = self.net(x)
        score = torch.sigmoid(y[..., :1])
        return y[..., 1:5], torch.cat([1 - score, score], -1), y[..., 5:]


def calibrate(net, at, scale):
    """Changes the weights of the last layer so that each logit becomes scale * (logit - at), with one `at`
    per anchor size."""
    with torch.no_grad():
        for level, out in enumerate(net.out):
            for k in range(2):
                channel = k * PER_ANCHOR
                out.weight[channel] *= scale
                out.bias[channel] = (out.bias[channel] - at[2 * level + k]) * scale


def anchors(width, height):
    """A x 4: centre and size in pixels, in the order of mn_anchors."""
    out = []
    for step, sizes in zip(STEPS, SIZES):
        y, x = np.mgrid[0:-(-height // step), 0:-(-width // step)].astype(np.float32)
        centre = np.stack([(x + 0.5) * step, (y + 0.5) * step], -1)
        for_size = [np.concatenate([centre, np.full_like(centre, s)], -1) for s in sizes]
        out.append(np.stack(for_size, 2).reshape(-1, 4))
    return np.concatenate(out)


def decode(out, anchor):
    """Boxes x1 y1 x2 y2 (... x 4) and points (... x 5 x 2) in pixels; out is ... x A x 14 (no logit)."""
    centre = anchor[:, :2] + out[..., :2] * 0.1 * anchor[:, 2:]
    size = anchor[:, 2:] * torch.exp(torch.clamp(out[..., 2:4] * 0.2, max=6))
    points = out[..., 4:].reshape(*out.shape[:-1], 5, 2) * 0.1 * anchor[:, None, 2:]
    return torch.cat([centre - size / 2, centre + size / 2], -1), anchor[:, None, :2] + points


def fold(net):
    """Folds batch normalisation into the weights. The exporter would do the same, less visibly."""
    for m in net.modules():
        if isinstance(m, nn.Sequential) and len(m) == 3 and isinstance(m[1], nn.BatchNorm2d):
            m[0] = torch.nn.utils.fuse_conv_bn_eval(m[0], m[1])
            m[1] = nn.Identity()
    return net


def export(net, path):
    model = Exported(fold(net.eval().float()))
    torch.onnx.export(model, torch.zeros(1, 3, 320, 320), path, opset_version=13,
                      input_names=["input"], output_names=["loc", "conf", "landmarks"],
                      dynamic_axes={"input": {2: "height", 3: "width"}, "loc": {1: "anchors"},
                                    "conf": {1: "anchors"}, "landmarks": {1: "anchors"}},
                      dynamo=False)
