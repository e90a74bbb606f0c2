"""Packs the files that detector_backgrounds.sh fetched: DIR/photos/*.jpg, DIR/stamps/*.png (with alpha)."""
import bz2
import glob
import os
import re
import sys

import cv2
import numpy as np

WALLPAPERS = ["gnome-backgrounds", "mate-backgrounds", "plasma-workspace-wallpapers",
              "lomiri-wallpapers-16.04", "lomiri-wallpapers-20.04", "ukui-wallpapers"]
# Left out: the astronaut and the cameraman show people; scikit-image's other files are masks and drawings.
SAMPLES = ["skimage/data/" + n for n in
           ["rocket.jpg", "motorcycle_left.png", "motorcycle_right.png", "brick.png", "gravel.png",
            "grass.png", "chelsea.png", "coffee.png", "coins.png", "hubble_deep_field.jpg", "moon.png",
            "page.png", "text.png", "retina.jpg", "ihc.png", "color.png", "clock_motion.png"]]
SAMPLES += ["sklearn/datasets/images/china.jpg", "sklearn/datasets/images/flower.jpg"]
# No people, no drawn faces, no coins with heads.
STAMPS = ["animals", "clothes", "food", "hobbies", "household", "medical", "plants", "space", "sports",
          "town", "vehicles", "symbols/alphabets/english", "symbols/math", "symbols/money/euro",
          "symbols/money/japanese", "symbols/chess"]
NOT = re.compile(r"animals/.*cartoon|armor|astronaut|/bears/toys|sports/cartoon|monuments/cartoon")


def write(image, path, side):
    scale = side / max(image.shape[:2])
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    cv2.imwrite(path, image, [cv2.IMWRITE_JPEG_QUALITY, 95])


def main(folder):
    for d in ("photos", "stamps"):
        os.makedirs(os.path.join(folder, d), exist_ok=True)
    found = []
    for w in WALLPAPERS:
        for f in sorted(glob.glob(os.path.join(folder, "x", w, "usr/share/**/*"), recursive=True)):
            if f.lower().endswith((".jpg", ".jpeg", ".png", ".webp")) and os.path.getsize(f) > 25000:
                if "screenshot" not in f and "images_dark" not in f:
                    found.append(f)
    found += [os.path.join(folder, "x/wheels", s) for s in SAMPLES]
    seen = set()  # the same picture is present in several sizes
    for i, f in enumerate(found):
        image = cv2.imread(f)
        if image is None:
            continue
        thumb = cv2.resize(image, (6, 6), interpolation=cv2.INTER_AREA) // 16
        if thumb.tobytes() not in seen:
            seen.add(thumb.tobytes())
            write(image, os.path.join(folder, "photos", f"{i:03d}.jpg"), 1024)
    with open(os.path.join(folder, "x/wheels/scipy/misc/face.dat"), "rb") as f:  # the face of a raccoon
        raccoon = np.frombuffer(bz2.decompress(f.read()), np.uint8).reshape(768, 1024, 3)
    write(raccoon[:, :, ::-1], os.path.join(folder, "photos", "raccoon.jpg"), 1024)

    root = os.path.join(folder, "x/tuxpaint-stamps-default/usr/share/tuxpaint/stamps")
    n = 0
    for s in STAMPS:
        for f in sorted(glob.glob(os.path.join(root, s, "**/*.png"), recursive=True)):
            image = cv2.imread(f, cv2.IMREAD_UNCHANGED)
            if image is None or image.ndim != 3 or image.shape[2] != 4 or image.dtype != np.uint8:
                continue
            if NOT.search(f):
                continue
            write(image, os.path.join(folder, "stamps", f"{n:03d}.png"), 256)
            n += 1


if __name__ == "__main__":
    main(sys.argv[1])
