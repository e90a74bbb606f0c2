"""Resizing of 8-bit pictures as Pillow and OpenCV do it, in numpy, from the method's rules.

Pictures are arrays (height, width, channels) of bytes.
"""
import math

import numpy as np


def triangles(n, m):
    """Pillow's bilinear weights of n source pixels for m: an array (m, n) of integers, 22 bits."""
    scale = n / m
    reach = max(scale, 1.0)
    weights = np.zeros((m, n), np.int64)
    for d in range(m):
        centre = (d + 0.5) * scale
        low, high = max(0, int(centre - reach + 0.5)), min(n, int(centre + reach + 0.5))
        t = [max(0.0, 1 - abs((k - centre + 0.5) / reach)) for k in range(low, high)]
        weights[d, low:high] = [int(v / sum(t) * (1 << 22) + 0.5) for v in t]
    return weights


def pillow(picture, width, height):
    half = 1 << 21
    rows = np.einsum("dk,ykc->ydc", triangles(picture.shape[1], width), picture.astype(np.int64), optimize=True)
    rows = np.clip((rows + half) >> 22, 0, 255)
    out = np.einsum("dk,kxc->dxc", triangles(picture.shape[0], height), rows, optimize=True)
    return np.clip((out + half) >> 22, 0, 255).astype(np.uint8)


def taps(n, m):
    """Positions and weights of 11 bits of OpenCV's linear rule."""
    scale, at, f = 1 / (m / n), [], []
    for d in range(m):
        p = np.float32((d + 0.5) * scale - 0.5)
        s = math.floor(p)
        at.append(s)
        f.append(np.float32(p - np.float32(s)))
    return np.array(at), np.array(f, np.float32)


def weights_of(f):
    return (np.rint((np.float32(1) - f) * np.float32(2048)).astype(np.int64),
            np.rint(f * np.float32(2048)).astype(np.int64))


def opencv(picture, width, height):
    p = picture.astype(np.int64)
    h, w = p.shape[:2]
    if (w, h) == (width, height):
        return picture
    if (w, h) == (2 * width, 2 * height):
        return ((p[::2, ::2] + p[1::2, ::2] + p[::2, 1::2] + p[1::2, 1::2] + 2) >> 2).astype(np.uint8)
    at, f = taps(w, width)
    f = np.where((at < 0) | (at >= w - 1), np.float32(0), f)
    at = np.clip(at, 0, w - 1)
    a0, a1 = weights_of(f)
    rows = p[:, at] * a0[None, :, None] + p[:, np.minimum(at + 1, w - 1)] * a1[None, :, None]
    at, f = taps(h, height)
    b0, b1 = weights_of(f)
    upper, lower = rows[np.clip(at, 0, h - 1)], rows[np.clip(at + 1, 0, h - 1)]
    out = (((b0[:, None, None] * (upper >> 4)) >> 16) + ((b1[:, None, None] * (lower >> 4)) >> 16) + 2) >> 2
    return np.clip(out, 0, 255).astype(np.uint8)


def warp_upright(picture, matrix, side):
    """OpenCV's warpPerspective with a matrix that only scales and moves, to side x side; black outside."""
    inverse = np.linalg.inv(matrix.astype(np.float64))
    at = np.rint((inverse[0, 0] * np.arange(side) + inverse[0, 2]) * 32).astype(np.int64)
    down = np.rint((inverse[1, 1] * np.arange(side) + inverse[1, 2]) * 32).astype(np.int64)
    height, width = picture.shape[:2]
    total = np.full((side, side, picture.shape[2]), 16384, np.int64)
    for dy in 0, 1:
        for dx in 0, 1:
            x, y = (at >> 5) + dx, (down >> 5) + dy
            wx = np.where((x >= 0) & (x < width), at & 31 if dx else 32 - (at & 31), 0)
            wy = np.where((y >= 0) & (y < height), down & 31 if dy else 32 - (down & 31), 0)
            tap = picture[np.clip(y, 0, height - 1)][:, np.clip(x, 0, width - 1)].astype(np.int64)
            total += tap * (wy[:, None] * wx[None, :] * 32)[:, :, None]
    return (total >> 15).astype(np.uint8)
