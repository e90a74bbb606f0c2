"""Training data that the landmark and the gaze network share."""
import os

import numpy as np

from data import RenderedSet


class Faces:
    """Faces of several sets, as one list."""

    def __init__(self, folders, first=0, last=None):
        self.sets = [RenderedSet(f) for f in folders]
        self.index = [(k, i) for k, s in enumerate(self.sets) for i in range(len(s))][first:last]

    def __len__(self):
        return len(self.index)

    def __getitem__(self, n):
        k, i = self.index[n]
        s = self.sets[k]
        return s, i, s.frames[s.picture[i]]


def open_sets(a):
    """(faces for training, held-out faces). The latter are faces_val, or the first thousand faces if that
    set is missing."""
    ready = [os.path.join(a.data, s) for s in a.sets.split(",")
             if os.path.exists(os.path.join(a.data, s, "done"))]
    held = os.path.join(a.data, "faces_val")
    if os.path.exists(os.path.join(held, "done")):
        return Faces(ready), Faces([held])
    return Faces(ready, 1000), Faces(ready, 0, 1000)


def loose(box, rng, much=1.0):
    """The box with errors as a detector, interpolation or earlier landmarks might make them."""
    w, h = box[2] - box[0], box[3] - box[1]
    if rng.random() < 0.15:
        much *= 2
    n = rng.standard_normal(6) * much
    return np.array([box[0] + w * (0.06 * n[0] + 0.05 * n[4]), box[1] + h * (0.05 + 0.10 * n[1]),
                     box[2] + w * (0.06 * n[2] + 0.05 * n[4]), box[3] + h * 0.06 * n[3]])


def direction(yaw, pitch):
    h, v = np.radians(yaw), np.radians(pitch)
    return np.array([-np.cos(v) * np.sin(h), -np.sin(v), -np.cos(v) * np.cos(h)])


def turned(look, angle, flip):
    """A direction after the crop was rotated by `angle` degrees and then, with flip, mirrored."""
    a = np.radians(angle)
    x = look[0] * np.cos(a) - look[1] * np.sin(a)
    y = look[0] * np.sin(a) + look[1] * np.cos(a)
    return np.array([-x if flip else x, y, look[2]])


def angles(look):
    """Yaw and pitch in degrees, the signs of mien_face: yaw > 0 to image left, pitch > 0 up."""
    return np.degrees([np.arctan2(-look[0], -look[2]), np.arcsin(np.clip(-look[1], -1, 1))])


def head_direction(rad):
    """Direction of a head with the rotation R = Rx Ry Rz: R (0, 0, -1)."""
    sx, sy = np.sin(rad[0]), np.sin(rad[1])
    cx, cy = np.cos(rad[0]), np.cos(rad[1])
    return np.array([-sy, sx * cy, -cx * cy])
