#!/usr/bin/env python3
"""Model of libswscale's YUV 4:2:0 planar -> BGR24 conversion (x86, default flags), in numpy.

The model was derived from behaviour: it was fitted to the output of the ffmpeg 5.1
command line and of cv2.VideoCapture, and is bit-identical to both for even heights.

  yuv.py --formula                 compare with ffmpeg for every (Y, U, V), every matrix and range
  yuv.py --sizes                   compare with ffmpeg for many picture sizes
  yuv.py --video FILE [--frames N] compare with ffmpeg's and with cv2's BGR frames of a clip
                                   (cv2 only when it can be imported)
  yuv.py --selftest                small fixed vectors; needs no other program

The printed numbers are counts of differing bytes. Exit status 1: bytes differ where none may.
"""

import argparse
import subprocess
import sys

import numpy as np

# V->R, U->B, U->G, V->G in units of 1/65536, already scaled for limited-range chroma.
TABLES = {
    "bt601": (104597, 132201, 25675, 53279),
    "bt709": (117489, 138438, 13975, 34925),
    "smpte240m": (117579, 136230, 16907, 35559),
    "fcc": (104448, 132798, 24759, 53109),
    "bt2020": (110013, 140363, 12277, 42626),
}
FFMPEG_NAME = {"bt601": "smpte170m", "bt2020": "bt2020nc"}


def constants(matrix, full):
    """The integers of the conversion: coefficients in units of 1/8192, and 8 * black level."""
    crv, cbu, cgu, cgv = TABLES[matrix]
    cy = 65536 * 255 // 219
    if full:
        cy = 65536
        crv, cbu, cgu, cgv = (c * 224 // 255 for c in (crv, cbu, cgu, cgv))

    def eighth(c):
        return (c + 4) >> 3

    return {"cy": eighth(cy), "crv": eighth(crv), "cbu": eighth(cbu),
            "cgu": eighth(-cgu), "cgv": eighth(-cgv), "yoff": 0 if full else 128}


def convert(y, u, v, k):
    """BGR of one picture; u and v have half the width and half or the full height of y."""
    h, w = y.shape
    if u.shape[0] != h:
        u, v = u.repeat(2, 0)[:h], v.repeat(2, 0)[:h]
    u, v = u.repeat(2, 1)[:, :w], v.repeat(2, 1)[:, :w]
    y = 8 * y.astype(np.int32) - k["yoff"]
    u = 8 * u.astype(np.int32) - 1024
    v = 8 * v.astype(np.int32) - 1024

    def high(a, c):                       # high half of a 16 x 16 bit product, rounding down
        return (a * c) >> 16

    luma = high(y, k["cy"])
    b = luma + high(u, k["cbu"])
    g = luma + high(u, k["cgu"]) + high(v, k["cgv"])
    r = luma + high(v, k["crv"])
    return np.clip(np.stack([b, g, r], -1), 0, 255).astype(np.uint8)


def planes(data, w, h):
    cw, ch = (w + 1) // 2, (h + 1) // 2
    a, b = w * h, w * h + cw * ch
    return (data[:a].reshape(h, w), data[a:b].reshape(ch, cw), data[b:b + cw * ch].reshape(ch, cw))


def picture_bytes(w, h):
    return w * h + 2 * ((w + 1) // 2) * ((h + 1) // 2)


def ffmpeg_bgr(pictures, w, h, options):
    """The pictures (y, u, v), converted by the ffmpeg command line."""
    raw = b"".join(p.tobytes() for picture in pictures for p in picture)
    out = subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{w}x{h}",
         *options, "-i", "-", "-f", "rawvideo", "-pix_fmt", "bgr24", "-"],
        input=raw, stdout=subprocess.PIPE, check=True).stdout
    return np.frombuffer(out, np.uint8).reshape(-1, h, w, 3)


def random_pictures(rng, n, w, h):
    return [planes(rng.integers(0, 256, picture_bytes(w, h), dtype=np.uint8), w, h) for _ in range(n)]


def every_triple():
    """64 pictures of 512 x 512 that contain each (Y, U, V) once."""
    u, v = np.meshgrid(np.arange(256, dtype=np.uint8), np.arange(256, dtype=np.uint8))
    for k in range(64):
        y = np.empty((512, 512), np.uint8)
        for j in range(4):
            y[j // 2::2, j % 2::2] = 4 * k + j
        yield y, u, v


def check_formula():
    bad_total = 0
    pictures = list(every_triple())
    for matrix in TABLES:
        for full in (False, True):
            k = constants(matrix, full)
            got = ffmpeg_bgr(pictures, 512, 512, ["-colorspace", FFMPEG_NAME.get(matrix, matrix),
                                                  "-color_range", "pc" if full else "tv"])
            bad = sum(int((got[i] != convert(*p, k)).sum()) for i, p in enumerate(pictures))
            print(f"{matrix:10} {'full' if full else 'limited':8} {k} differing {bad} of {got.size}", flush=True)
            bad_total += bad
    got = ffmpeg_bgr(pictures[:8], 512, 512, [])
    bad = sum(int((got[i] != convert(*p, constants("bt601", False))).sum()) for i, p in enumerate(pictures[:8]))
    print(f"no tags = bt601 limited: differing {bad} of {got.size}")
    return bad_total + bad == 0


def check_sizes():
    rng = np.random.default_rng(1)
    k = constants("bt601", False)
    ok = True
    sizes = [(w, 16) for w in list(range(8, 67)) + [322, 340, 642, 1080, 1086]] + \
            [(64, h) for h in (2, 4, 6, 10, 482)] + [(64, h) for h in (15, 481)]
    for w, h in sizes:
        pictures = random_pictures(rng, 2, w, h)
        got = ffmpeg_bgr(pictures, w, h, [])
        bad = sum(int((got[i] != convert(*p, k)).sum()) for i, p in enumerate(pictures))
        if h % 2:
            print(f"{w}x{h}: differing {bad} of {got.size} (odd height, another conversion: expected)")
        elif bad:
            ok = False
            print(f"{w}x{h}: differing {bad} of {got.size}")
    print("sizes with even height:", "all identical" if ok else "DIFFERENCES")
    return ok


def check_video(path, frames):
    probe = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
                            "stream=width,height,pix_fmt,color_range,color_space", "-of", "default=nw=1", path],
                           stdout=subprocess.PIPE, check=True, text=True).stdout
    info = dict(line.split("=", 1) for line in probe.split())
    w, h = int(info["width"]), int(info["height"])
    if info["pix_fmt"] not in ("yuv420p", "yuvj420p"):
        sys.exit(f"{info['pix_fmt']}: only yuv420p is modelled")
    print(info)
    common = ["ffmpeg", "-v", "error", "-i", path, "-frames:v", str(frames), "-vsync", "passthrough", "-f", "rawvideo"]
    data = np.frombuffer(subprocess.run(common + ["-"], stdout=subprocess.PIPE, check=True).stdout, np.uint8)
    data = data.reshape(-1, picture_bytes(w, h))
    cli = np.frombuffer(subprocess.run(common + ["-pix_fmt", "bgr24", "-"], stdout=subprocess.PIPE, check=True).stdout,
                        np.uint8).reshape(-1, h, w, 3)
    sources = {"ffmpeg": cli}
    try:
        import cv2
        cap = cv2.VideoCapture(path)
        seen = [cap.read()[1] for _ in range(len(data))]
        sources[f"cv2 {cv2.__version__}"] = np.stack(seen)
    except ImportError:
        print("cv2 is not installed: only ffmpeg is compared")
    good = {name: False for name in sources}
    for matrix in ("bt601", "bt709"):
        for full in (False, True):
            k = constants(matrix, full)
            model = np.stack([convert(*planes(d, w, h), k) for d in data])
            for name, got in sources.items():
                bad = int((got != model).sum())
                print(f"{matrix} {'full' if full else 'limited':8} {name:12} differing {bad} of {got.size}")
                good[name] |= bad == 0
    return all(good.values())


def selftest():
    """Test vectors for any implementation."""
    expect = {"bt601": {"cy": 9539, "crv": 13075, "cbu": 16525, "cgu": -3209, "cgv": -6660, "yoff": 128},
              "bt709": {"cy": 9539, "crv": 14686, "cbu": 17305, "cgu": -1747, "cgv": -4366, "yoff": 128}}
    for m, e in expect.items():
        assert constants(m, False) == e, m
    assert constants("bt601", True) == {"cy": 8192, "crv": 11485, "cbu": 14516, "cgu": -2819, "cgv": -5850, "yoff": 0}
    assert constants("bt709", True) == {"cy": 8192, "crv": 12901, "cbu": 15201, "cgu": -1534, "cgv": -3835, "yoff": 0}
    for matrix in ("bt601", "bt709"):
        for full in (False, True):
            k = constants(matrix, full)
            for triple in ((0, 0, 0), (16, 128, 128), (235, 128, 128), (81, 90, 240), (145, 54, 34), (41, 240, 110),
                           (180, 127, 129), (255, 255, 255)):
                y, u, v = (np.array([[c]], np.uint8) for c in triple)
                print(matrix, "full" if full else "limited", triple, "->", convert(y, u, v, k)[0, 0].tolist())
    return True


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--formula", action="store_true")
    p.add_argument("--sizes", action="store_true")
    p.add_argument("--selftest", action="store_true")
    p.add_argument("--video")
    p.add_argument("--frames", type=int, default=12)
    a = p.parse_args()
    ok = True
    if a.selftest:
        ok &= selftest()
    if a.formula:
        ok &= check_formula()
    if a.sizes:
        ok &= check_sizes()
    if a.video:
        ok &= check_video(a.video, a.frames)
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
