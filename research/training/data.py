"""Reads the output of `mien-synth still --format raw` (format: docs/synth.md).

frames.rgb is mapped and not read, because a set may be larger than memory.
"""
import os
import struct

import numpy as np

# name, floats: the record of one face, in order.
FIELDS = [
    ("picture", 1), ("box", 4), ("points5", 10), ("points5_seen", 5),
    ("landmarks68", 136), ("landmarks68_seen", 68), ("landmarks68_mm", 204),
    ("landmarks98", 196), ("landmarks98_seen", 98), ("head_mm", 3), ("head_rad", 3),
    ("gaze", 2), ("gaze_eyes", 4), ("eyes_mm", 6), ("au", 17), ("male", 1), ("age", 1),
    ("origin", 3), ("glasses", 1), ("seen", 1),
]
AU_NAMES = ["AU01", "AU02", "AU04", "AU05", "AU06", "AU07", "AU09", "AU10", "AU12", "AU14",
            "AU15", "AU17", "AU20", "AU23", "AU25", "AU26", "AU45"]


class RenderedSet:
    """frames: N x H x W x 3 uint8 (RGB); every field of FIELDS: faces x floats float32."""

    def __init__(self, folder):
        with open(os.path.join(folder, "labels.bin"), "rb") as f:
            magic = f.read(8)
            version, width, height, pictures, floats, _ = struct.unpack("=6i", f.read(24))
            if magic != b"MIENSYN1" or version != 1 or floats != sum(n for _, n in FIELDS):
                raise ValueError(f"{folder}/labels.bin has an unknown format")
            records = np.frombuffer(f.read(), np.float32).reshape(-1, floats)
        self.frames = np.memmap(os.path.join(folder, "frames.rgb"), np.uint8, "r",
                                shape=(pictures, height, width, 3))
        at = 0
        for name, n in FIELDS:
            setattr(self, name, records[:, at:at + n])
            at += n
        self.picture = self.picture[:, 0].astype(np.int64)

    def __len__(self):
        return len(self.picture)
