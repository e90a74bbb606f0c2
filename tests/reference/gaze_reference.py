#!/usr/bin/env python3
"""Reference for the gaze chain: RetinaFace, face crop, MobileOne-S0, in readable numpy.

It shares only the two model files with the C program, and its only purpose is to check that program.

  gaze_reference.py --pixels RAW.bgr --size 640x480 --models models -o out.csv
  mien-side-tool ... | gaze_reference.py --pixels - --size 640x480 --models models -o out.csv
  gaze_reference.py --video clip.mp4 --models models -o out.csv
  gaze_reference.py --image a.jpg b.jpg --models models -o out.csv
  gaze_reference.py --video clip.mp4 --models models --mirror

--pixels takes consecutive raw BGR24 frames, so that the reference and the C
program use the same bytes. --video decodes with OpenCV, whose colours differ
for some clips (see README.md).
"""

import argparse
import csv
import os
import sys

import cv2
import numpy as np
import onnxruntime as ort

SIDE = 640                   # letterbox of the detector
SCORE_MIN = 0.5              # T
TOP_BEFORE_NMS = 5000        # K1
IOU_MAX = 0.4                # N
TOP_AFTER_NMS = 750          # K2
LEVELS = ((8, (16, 32)), (16, (64, 128)), (32, (256, 512)))
CROP = 448
MEAN_RGB = np.array([0.485, 0.456, 0.406], np.float32)
STD_RGB = np.array([0.229, 0.224, 0.225], np.float32)
BINS = {90: (4.0, 180.0), 28: (3.0, 42.0)}        # number of bins: width, offset in degrees

COLUMNS = (["frame", "face", "x1", "y1", "x2", "y2", "score"] +
           [f"lm{i}{axis}" for i in range(5) for axis in "xy"] +
           ["horizontal_deg", "horizontal_peak", "vertical_deg", "vertical_peak"])


def open_model(path):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def make_anchors(height, width):
    rows = []
    for step, sizes in LEVELS:
        for i in range(-(-height // step)):
            for j in range(-(-width // step)):
                for size in sizes:
                    rows.append(((j + 0.5) * step / width, (i + 0.5) * step / height,
                                 size / width, size / height))
    return np.array(rows, np.float64).astype(np.float32)


class Detector:
    def __init__(self, path):
        self.session = open_model(path)
        self.input = self.session.get_inputs()[0].name
        self.anchors = make_anchors(SIDE, SIDE)

    def letterbox(self, frame):
        """(black SIDE x SIDE canvas with the frame at the top left, scale), or None if the frame is too
        thin."""
        h, w = frame.shape[:2]
        ratio = h / w
        if ratio > 1.0:
            nh = SIDE
            nw = int(nh / ratio)
        else:
            nw = SIDE
            nh = int(nw * ratio)
        if nh < 1 or nw < 1:
            return None, 0.0
        canvas = np.zeros((SIDE, SIDE, 3), np.uint8)
        canvas[:nh, :nw] = cv2.resize(frame, (nw, nh), interpolation=cv2.INTER_LINEAR)
        return canvas, nh / h

    def __call__(self, frame):
        """Boxes n x 4, scores n, points n x 5 x 2, in pixels of the frame, best score first."""
        none = np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros((0, 5, 2), np.float32)
        canvas, scale = self.letterbox(frame)
        if canvas is None:
            return none
        x = canvas.astype(np.float32) - np.array([104, 117, 123], np.float32)
        outputs = {}
        for out in self.session.run(None, {self.input: x.transpose(2, 0, 1)[None]}):
            outputs[out.shape[-1]] = out[0]
        loc, conf, points = outputs[4], outputs[2], outputs[10]

        keep = np.flatnonzero(conf[:, 1] > SCORE_MIN)
        if len(keep) == 0:
            return none
        a, loc, score = self.anchors[keep], loc[keep], conf[keep, 1]
        points = points[keep].reshape(-1, 5, 2)
        centre = a[:, :2] + loc[:, :2] * np.float32(0.1) * a[:, 2:]
        size = a[:, 2:] * np.exp(loc[:, 2:] * np.float32(0.2))
        boxes = np.concatenate([centre - size / 2, centre + size / 2], 1)
        points = a[:, None, :2] + points * np.float32(0.1) * a[:, None, 2:]
        boxes = (boxes.astype(np.float64) * SIDE / scale).astype(np.float32)
        points = (points.astype(np.float64) * SIDE / scale).astype(np.float32)
        finite = np.isfinite(boxes).all(1)
        boxes, score, points = boxes[finite], score[finite], points[finite]

        order = np.argsort(-score, kind="stable")[:TOP_BEFORE_NMS]     # equal scores: the lower anchor is first
        boxes, score, points = boxes[order], score[order], points[order]
        chosen = nms(boxes)[:TOP_AFTER_NMS]
        return boxes[chosen], score[chosen], points[chosen]


def nms(boxes):
    """Greedy suppression in the given order; widths and heights include + 1."""
    one = np.float32(1)
    area = (boxes[:, 2] - boxes[:, 0] + one) * (boxes[:, 3] - boxes[:, 1] + one)
    left = np.arange(len(boxes))
    chosen = []
    while len(left):
        i, left = left[0], left[1:]
        chosen.append(i)
        w = np.minimum(boxes[i, 2], boxes[left, 2]) - np.maximum(boxes[i, 0], boxes[left, 0]) + one
        h = np.minimum(boxes[i, 3], boxes[left, 3]) - np.maximum(boxes[i, 1], boxes[left, 1]) + one
        inter = np.maximum(0, w) * np.maximum(0, h)
        left = left[inter / (area[i] + area[left] - inter) <= IOU_MAX]
    return np.array(chosen, int)


class Gaze:
    def __init__(self, path):
        self.session = open_model(path)
        self.input = self.session.get_inputs()[0].name

    def __call__(self, frame, box):
        """Angle in degrees and peak of outputs 0 (horizontal) and 1 (vertical); None without a crop."""
        h, w = frame.shape[:2]
        x1, y1, x2, y2 = (int(c) for c in box)                # truncated toward zero
        x1, x2 = (min(max(c, 0), w) for c in (x1, x2))
        y1, y2 = (min(max(c, 0), h) for c in (y1, y2))
        if x2 - x1 < 2 or y2 - y1 < 2:
            return None
        crop = cv2.resize(frame[y1:y2, x1:x2], (CROP, CROP), interpolation=cv2.INTER_LINEAR)
        x = (crop[:, :, ::-1].astype(np.float32) / np.float32(255) - MEAN_RGB) / STD_RGB
        x = np.ascontiguousarray(x.transpose(2, 0, 1)[None])
        result = []
        for logits in self.session.run(None, {self.input: x})[:2]:
            z = logits[0].astype(np.float32)
            p = np.exp(z - z.max())
            p /= p.sum()
            width, offset = BINS[len(z)]
            result += [float((p * np.arange(len(z), dtype=np.float32)).sum()) * width - offset, float(p.max())]
        return result


def read_pixels(path, size):
    w, h = size
    stream = sys.stdin.buffer if path == "-" else open(path, "rb")
    while True:
        data = stream.read(w * h * 3)
        if len(data) < w * h * 3:
            if data:
                sys.exit(f"{path}: {len(data)} bytes left over, not a whole {w}x{h} BGR frame")
            return
        yield np.frombuffer(data, np.uint8).reshape(h, w, 3)


def read_video(path):
    cap = cv2.VideoCapture(path)
    if not cap.isOpened():
        sys.exit(f"{path}: cannot be opened")
    while True:
        ok, frame = cap.read()
        if not ok:
            return
        yield frame


def sampled(frames, count, every):
    for i, frame in enumerate(frames):
        if count is not None and i >= count:
            return
        if i % every == 0:
            yield i, frame


def analyse(detector, gaze, frame):
    faces = []
    for box, score, points in zip(*detector(frame)):
        angles = gaze(frame, box)
        if angles is not None:
            faces.append((box, score, points, angles))
    return faces


def write_rows(out, label, number, faces):
    for n, (box, score, points, (h, hp, v, vp)) in enumerate(faces):
        row = [number, n] + [f"{c:.3f}" for c in box] + [f"{score:.5f}"]
        row += [f"{c:.3f}" for c in points.ravel()] + [f"{h:.4f}", f"{hp:.4f}", f"{v:.4f}", f"{vp:.4f}"]
        out.writerow(([label] if label is not None else []) + row)


def overlap(a, b):
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    return w * h / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h)


def mirror_test(detector, gaze, frames):
    """Checks that a mirrored picture changes the sign of the horizontal angle and not of the vertical."""
    plain, mirrored = [], []
    for _, frame in frames:
        width = frame.shape[1]
        there = analyse(detector, gaze, frame)
        back = analyse(detector, gaze, np.ascontiguousarray(frame[:, ::-1]))
        back = [((width - b[2], b[1], width - b[0], b[3]), a) for b, _, _, a in back]
        for box, _, _, angles in there:
            best = max(back, key=lambda f: overlap(box, f[0]), default=None)
            if best is not None and overlap(box, best[0]) > 0.5:
                plain.append((angles[0], angles[2]))
                mirrored.append((best[1][0], best[1][2]))
    if len(plain) < 10:
        print(f"only {len(plain)} faces: too few")
        return 1
    plain, mirrored = np.array(plain), np.array(mirrored)
    r = [float(np.corrcoef(plain[:, i], mirrored[:, i])[0, 1]) for i in (0, 1)]
    print(f"faces {len(plain)}: mirror correlation of position 0 {r[0]:+.3f} (must be negative), "
          f"of position 1 {r[1]:+.3f} (must be positive)")
    return 0 if r[0] < 0 < r[1] else 1


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = p.add_mutually_exclusive_group(required=True)
    source.add_argument("--pixels", help="raw BGR24 frames; - for standard input")
    source.add_argument("--video", help="decoded with OpenCV")
    source.add_argument("--image", nargs="+", help="still pictures, read with OpenCV")
    p.add_argument("--size", help="WxH of the frames of --pixels")
    p.add_argument("--frames", type=int, help="use only the first N frames")
    p.add_argument("--every", type=int, default=1, help="use frames 0, K, 2K, ...")
    p.add_argument("--models", required=True, help="folder with the two .onnx files")
    p.add_argument("--label", help="add a first column 'image' with this text")
    p.add_argument("--mirror", action="store_true", help="only the mirror test of the two angles")
    p.add_argument("-o", "--output", help="CSV; default standard output")
    a = p.parse_args()
    detector = Detector(os.path.join(a.models, "retinaface_mnet025.onnx"))
    gaze = Gaze(os.path.join(a.models, "mobileone_s0_gaze.onnx"))

    if a.image:
        work = []
        for path in a.image:
            picture = cv2.imread(path, cv2.IMREAD_COLOR)
            if picture is None:
                sys.exit(f"{path}: cannot be read")
            work.append((a.label or os.path.basename(path), [(0, picture)]))
        if a.mirror:
            return mirror_test(detector, gaze, [f for _, frames in work for f in frames])
    else:
        if a.pixels:
            if not a.size:
                sys.exit("--pixels needs --size")
            frames = read_pixels(a.pixels, tuple(int(s) for s in a.size.split("x")))
        else:
            frames = read_video(a.video)
        frames = sampled(frames, a.frames, a.every)
        if a.mirror:
            return mirror_test(detector, gaze, frames)
        work = [(a.label, frames)]

    stream = open(a.output, "w", newline="") if a.output else sys.stdout
    out = csv.writer(stream, lineterminator="\n")
    out.writerow((["image"] if work[0][0] is not None else []) + COLUMNS)
    for label, frames in work:
        for number, frame in frames:
            write_rows(out, label, number, analyse(detector, gaze, frame))
    stream.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
