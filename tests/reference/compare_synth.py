#!/usr/bin/env python3
"""Agreement of networks that were not trained on rendered faces with the labels of mien-synth.

Usage: compare_synth.py LABELS.jsonl ROWS.csv    (pictures of one face, rows of `mien extract`)
Prints the error of the 68 landmarks over the distance of the outer eye corners, and correlations
of gaze, head pose and action units.
"""
import csv
import json
import math
import sys


def corr(a, b):
    n = len(a)
    ma, mb = sum(a) / n, sum(b) / n
    va = sum((x - ma) ** 2 for x in a)
    vb = sum((x - mb) ** 2 for x in b)
    return sum((x - ma) * (y - mb) for x, y in zip(a, b)) / math.sqrt(va * vb) if va * vb else 0.0


def main():
    labels = {}
    with open(sys.argv[1], encoding="utf-8") as f:
        for number, line in enumerate(f):
            picture = json.loads(line)
            if len(picture["faces"]) == 1:
                labels[number] = picture["faces"][0]
    found = {}
    with open(sys.argv[2], encoding="utf-8", newline="") as f:
        for row in csv.DictReader(f):
            if row["x_30"]:
                found.setdefault(int(row["frame"]), []).append(row)
    errors, frontal, points, pairs = [], [], [[] for _ in range(68)], {}
    biggest = []
    for number, face in labels.items():
        rows = found.get(number + 1, [])  # the first frame is 1
        x1, y1, x2, y2 = face["box"]
        rows = [r for r in rows if abs(float(r["x_30"]) - face["landmarks68"][60]) < 0.5 * (x2 - x1)]
        if not rows:
            continue
        row = rows[0]
        mark = face["landmarks68"]
        eyes = math.hypot(mark[72] - mark[90], mark[73] - mark[91])
        # in a side view the corners are close to each other, so the size of the face is the unit there
        size = max(eyes, 0.5 * math.sqrt((x2 - x1) * (y2 - y1)))
        d = [math.hypot(float(row[f"x_{i}"]) - mark[2 * i], float(row[f"y_{i}"]) - mark[2 * i + 1]) /
             size for i in range(68)]
        errors.append(sum(d) / 68)
        biggest.append((errors[-1], number))
        if abs(face["head_rad"][1]) < 0.35 and abs(face["head_rad"][0]) < 0.35:
            frontal.append(errors[-1])
            for i in range(68):
                points[i].append((d[i], (float(row[f"x_{i}"]) - mark[2 * i]) / size,
                                  (float(row[f"y_{i}"]) - mark[2 * i + 1]) / size))

        def pair(name, truth, column):
            if column in row and row[column] not in ("", "nan"):
                pairs.setdefault(name, []).append((truth, float(row[column])))
        if face["au"]["AU45"] < 2 and face["glasses"] != "sun":
            pair("gaze yaw", face["gaze"][0], "gaze_yaw")
            pair("gaze pitch", face["gaze"][1], "gaze_pitch")
        for i, name in enumerate(("Rx", "Ry", "Rz")):
            pair("pose_" + name, face["head_rad"][i], "pose_" + name)
        for i, name in enumerate(("Tx", "Ty", "Tz")):
            pair("pose_" + name, face["head_mm"][i], "pose_" + name)
        for name, value in face["au"].items():
            pair(name, value, name + "_r")
    print(f"faces: {len(labels)}, found: {len(errors)}")
    errors.sort()
    print(f"landmarks: median {100 * errors[len(errors) // 2]:.2f} %, mean "
          f"{100 * sum(errors) / len(errors):.2f} %; near frontal ({len(frontal)}): "
          f"{100 * sum(frontal) / max(1, len(frontal)):.2f} %")
    print("worst:", [(round(100 * e, 1), n) for e, n in sorted(biggest)[-5:]])
    if "-v" in sys.argv:
        for i, p in enumerate(points):
            print(i, *(f"{100 * sum(q[k] for q in p) / len(p):6.1f}" for k in range(3)))
    for name, values in pairs.items():
        a, b = zip(*values)
        mean = sum(abs(x - y) for x, y in values) / len(values)
        print(f"{name:11s} r {corr(a, b):6.3f}  mean difference {mean:8.3f}  n {len(values)}")


if __name__ == "__main__":
    main()
