#!/usr/bin/env python3
"""Compares action units and head pose with OpenFace's on clips of real people. Each run is a look at test data.

usage: au_clips.py MIEN SHARED [--check] [OPTION...]

MIEN extracts each clip with the OPTIONs (such as --au-models DIR). The references are OpenFace's own tables
(SHARED/golden); with --check those that MIEN makes with OpenFace's tracker and models (SHARED/models,
agreement with OpenFace r 0.998) for clips on which no choice was based. Faces are paired by the tip of the
nose. Prints r of the intensities of each unit in each clip where OpenFace's have a deviation above 0.2, the
mean over these pairs, deviations, how often 5.00 occurs, and the bias, deviation and r of pitch, yaw, roll and
distance.
"""
import csv
import os
import subprocess
import sys
import tempfile

import numpy as np

CLIPS = {
    "pyfeat": ("clips/pyfeat_single_472f_360p.mp4", "pyfeat_single_472f_360p/WolfgangLanger_Pexels.csv"),
    "hysts00": ("clips/hysts00_720p.mp4", "hysts00_720p/video00.csv"),
    "hysts01": ("clips/hysts01_720p.mp4", "hysts01_720p/video01.csv"),
    "vga": ("clips/single_vga_842f.avi", "single_vga_842f/2015-10-15-15-14.csv"),
    "default": ("openface_pairs/default.wmv", "default/default.csv"),
    "subj01": ("openface_pairs/subj01_timepoint01.mp4", "subj01_timepoint01/subj01_timepoint01.csv"),
}
CHECK = {"hysts02": "clips/hysts02_720p.mp4", "classroom": "clips/classroom_8faces_720p.mp4",
         "multi": "clips/multi_face_vga.avi", "smile": "clips/single_face_360p.mp4"}
UNITS = "01 02 04 05 06 07 09 10 12 14 15 17 20 23 25 26 45".split()
POSE = "Rx Ry Rz Tz".split()
LEAST, DEVIATION = 60, 0.2  # frames of a face; deviation of the reference that counts


def table(path):
    """{frame, from 1 in both programs: [(nose, outer eye corners' distance, person, units, presences, pose)]}"""
    out = {}
    with open(path, newline="", encoding="utf-8") as f:
        for r in csv.DictReader(f, skipinitialspace=True):
            if float(r.get("success") or 0) != 1 or not r.get("AU01_r"):
                continue
            at = np.array([[float(r[f"{c}_{k}"]) for c in "xy"] for k in (30, 36, 45)])
            out.setdefault(int(float(r["frame"])), []).append(
                (at[0], np.linalg.norm(at[1] - at[2]), r["face_id"], [float(r[f"AU{u}_r"]) for u in UNITS],
                 [float(r[f"AU{u}_c"]) for u in UNITS], [float(r[f"pose_{c}"]) for c in POSE]))
    return out


def pairs(want, have):
    """{person of the reference: two arrays of units, presences and pose}"""
    out = {}
    for frame, faces in want.items():
        for nose, eyes, person, *values in faces:
            near = min(have.get(frame, []), key=lambda h: np.linalg.norm(h[0] - nose), default=None)
            if near is not None and np.linalg.norm(near[0] - nose) < 0.5 * eyes:
                out.setdefault(person, []).append((np.concatenate(values), np.concatenate(near[3:])))
    return {k: np.array(v).transpose(1, 0, 2) for k, v in out.items() if len(v) >= LEAST}


def correlation(a, b):
    return float(np.corrcoef(a, b)[0, 1]) if a.std() > 0 and b.std() > 0 else 0.0


def run(mien, clip, out, *options):
    subprocess.run([mien, "extract", clip, "--analysis", "au,landmarks,pose", "-o", out, "-f", "--progress", "none",
                    *options], check=True)


def main():
    options = sys.argv[3:]
    mien, shared, check = sys.argv[1], sys.argv[2], "--check" in options
    options = [o for o in options if o != "--check"]
    columns = {}
    with tempfile.TemporaryDirectory() as folder:
        have, want = os.path.join(folder, "have.csv"), os.path.join(folder, "want.csv")
        for name, entry in (CHECK if check else CLIPS).items():
            clip, golden = (entry, None) if check else entry
            clip = os.path.join(shared, "media", clip)
            if check:
                run(mien, clip, want, "--models", os.path.join(shared, "models"), "--landmarks", "clnf")
            run(mien, clip, have, *options)
            reference = want if check else os.path.join(shared, "golden", golden)
            for person, v in pairs(table(reference), table(have)).items():
                columns[name + (f" {person}" if check else "")] = v
    print("      " + " ".join(f"{n[:9]:>9s}" for n in columns))
    everything, n = [], len(UNITS)
    for i, u in enumerate(UNITS):
        rs = [correlation(w[:, i], h[:, i]) if w[:, i].std() > DEVIATION else np.nan for w, h in columns.values()]
        rs, used = np.array(rs), [x for x in rs if np.isfinite(x)]
        everything += used
        print(f"AU{u}  " + " ".join(" " * 9 if np.isnan(x) else f"{x:9.2f}" for x in rs) +
              (f"   mean {np.mean(used):.2f}" if used else "") + "   deviation " +
              " ".join(f"{w[:, i].std():.2f}/{h[:, i].std():.2f}" for w, h in columns.values()) + "   median " +
              " ".join(f"{np.median(w[:, i]):.1f}/{np.median(h[:, i]):.1f}" for w, h in columns.values()))
    fives = np.mean([(h[:, :n] >= 4.995).mean() for _, h in columns.values()])
    calm = [h[:, n + i][w[:, i] < 0.1].mean() for w, h in columns.values() for i in range(n) if
            (w[:, i] < 0.1).sum() >= LEAST]
    print(f"mean r {np.mean(everything):.3f} over {len(everything)} pairs; 5.00 in {100 * fives:.2f} % of the values; "
          f"present in {100 * np.mean(calm):.1f} % of the frames where the reference is below 0.1")
    for k, name in enumerate(POSE):
        scale = np.degrees(1) if name[0] == "R" else 1
        print(f"{name}  " + "   ".join(
            f"{m}: bias {scale * np.median(h[:, 2 * n + k] - w[:, 2 * n + k]):.1f} of "
            f"{scale * w[:, 2 * n + k].mean():.0f}, deviation {scale * w[:, 2 * n + k].std():.1f}, "
            f"r {correlation(w[:, 2 * n + k], h[:, 2 * n + k]):.2f}" for m, (w, h) in columns.items()))


if __name__ == "__main__":
    main()
