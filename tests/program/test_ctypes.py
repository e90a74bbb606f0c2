"""libmien, called through Python's ctypes with no other knowledge than its headers, as a binding in
another language would call it. Its values are compared with the rows of the program.

usage: test_ctypes.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]
"""
import csv
import ctypes
import io
import os
import re
import shutil
import subprocess
import sys
import unittest
from ctypes import POINTER, byref, c_char_p, c_double, c_float, c_int, c_int32, c_int64, c_uint, \
    c_uint8, c_uint32, c_void_p

import util
from util import FOREIGN_LEAKS, MIEN, ROOT, run

LIBRARY = os.path.join(os.path.dirname(MIEN), "libmien.so")
HEADERS = os.path.join(ROOT, "include", "mien")
DEMO = os.path.join(ROOT, "examples", "demo.mp4")
HAVE_RUNTIME = "cpu" in run("--version", env=FOREIGN_LEAKS).out.splitlines()[-1] if MIEN else False
# A library with a sanitizer needs its runtime loaded first.
CAN_LOAD = os.path.exists(LIBRARY) and not util.contains(b"__asan_init", b"__tsan_init")


class Picture(ctypes.Structure):
    _fields_ = [("format", c_int), ("matrix", c_int), ("full_range", c_int), ("width", c_int),
                ("height", c_int), ("plane", c_void_p * 3), ("stride", c_int * 3)]


class Au(ctypes.Structure):
    _fields_ = [("intensity", c_float * 17), ("presence", c_uint8 * 18), ("final", c_uint8)]


class Eyes(ctypes.Structure):
    _fields_ = [("landmark", c_float * 2 * 28 * 2), ("landmark_mm", c_float * 3 * 28 * 2),
                ("gaze", c_float * 3 * 2), ("angle", c_float * 2), ("missed", c_int32),
                ("fit", c_float * 6 * 2), ("shape", c_float * 10 * 2)]


class Mtl(ctypes.Structure):
    _fields_ = [("emotion", c_float * 8), ("yaw", c_float), ("pitch", c_float),
                ("gaze", c_float * 3), ("unit", c_float * 8)]


class Lids(ctypes.Structure):
    _fields_ = [("ratio", c_float * 2), ("opening_mm", c_float)]


class Face(ctypes.Structure):
    _fields_ = [("id", c_int32), ("box_source", c_int32), ("confidence", c_float),
                ("box", c_float * 4), ("point", c_float * 2 * 5), ("has", c_uint32),
                ("yaw", c_float), ("pitch", c_float), ("yaw_smooth", c_float),
                ("pitch_smooth", c_float), ("gaze", c_float * 3), ("yaw_peak", c_float),
                ("pitch_peak", c_float), ("landmark", c_float * 2 * 68),
                ("landmark_mm", c_float * 3 * 68), ("head_mm", c_float * 3),
                ("head_rad", c_float * 3), ("fit", c_float * 6), ("shape", c_float * 34),
                ("fit_rms", c_float), ("landmark_confidence", c_float),
                ("landmark_success", c_int32), ("au", Au), ("eyes", Eyes),
                ("mesh", c_float * 3 * 468), ("untrusted", c_int32), ("mtl", Mtl), ("landmark98", c_float * 2 * 98),
                ("lids", Lids), ("brightness", c_float), ("sharpness", c_float)]


class Frame(ctypes.Structure):
    _fields_ = [("index", c_int64), ("time", c_double), ("picture", Picture), ("num_faces", c_int),
                ("error", c_int), ("user", c_void_p)]


class Setting(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("type", c_int), ("min", c_double), ("max", c_double),
                ("choices", c_char_p), ("unit", c_char_p), ("help", c_char_p)]


class Column(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("unit", c_char_p), ("range", c_char_p),
                ("coordinates", c_char_p), ("meaning", c_char_p), ("decimals", c_int),
                ("openface_decimals", c_int), ("analysis", c_uint), ("action_unit", c_int),
                ("of_frame", c_int), ("revised", c_int)]


BGR24 = 1
EINVAL, EAGAIN, EEOF = -2, -26, -27
# Fields are set by name, so any size that is large enough is right.
SETTINGS_SIZE = 1024


def load():
    lib = ctypes.CDLL(LIBRARY)
    for name, result in (("mien_version", c_char_p), ("mien_strerror", c_char_p),
                         ("mien_error_name", c_char_p), ("mien_last_message", c_char_p),
                         ("mien_analysis_name", c_char_p), ("mien_au_name", c_char_p),
                         ("mien_landmark_name", c_char_p), ("mien_setting_at", POINTER(Setting)),
                         ("mien_column_at", POINTER(Column)), ("mien_frame_face", POINTER(Face)),
                         ("mien_analysis_of", c_uint)):
        getattr(lib, name).restype = result
    lib.mien_frame_wrap.argtypes = [c_void_p, POINTER(Picture), c_int64, c_double, c_void_p,
                                    c_void_p]
    lib.mien_frame_face.argtypes = [c_void_p, c_int]
    lib.mien_release.argtypes = [c_void_p, c_void_p]
    lib.mien_settings_init_sized.argtypes = [c_void_p, ctypes.c_size_t]
    return lib


def prototypes():
    """Names of all public functions with the types of their results and arguments."""
    found = {}
    for name in sorted(os.listdir(HEADERS)):
        with open(os.path.join(HEADERS, name), encoding="utf-8") as f:
            text = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
        for result, function, arguments in re.findall(
                r"MIEN_API ([^;()]*?)\b(mien_\w+)\(((?:[^()]|\([^()]*\))*)\);", text):
            parts = re.split(r",(?![^(]*\))", arguments)
            found[function] = (result.strip(), [] if arguments.strip() == "void" else parts)
    return found


@unittest.skipUnless(CAN_LOAD, "libmien.so cannot be loaded here")
class Library(util.Case):
    def setUp(self):
        super().setUp()
        self.lib = load()
        self.pipelines = []

    def tearDown(self):
        for p in self.pipelines:
            self.lib.mien_close(byref(p))
            self.assertIsNone(p.value)
        super().tearDown()

    def open(self, want=0, **values):
        """A pipeline with these settings."""
        settings = ctypes.create_string_buffer(SETTINGS_SIZE)
        self.lib.mien_settings_init_sized(settings, SETTINGS_SIZE)
        kept = []
        for name, value in values.items():
            kept.append(str(value).encode())
            self.assertEqual(self.lib.mien_settings_set(settings, name.encode(), kept[-1]), 0,
                             self.message())
        p = c_void_p()
        self.assertEqual(self.lib.mien_open(byref(p), settings), want, self.message())
        if want == 0:
            self.pipelines.append(p)
        return p

    def message(self):
        return self.lib.mien_last_message().decode()

    def analyse(self, p, pixels, width, height):
        picture = Picture(format=BGR24, width=width, height=height)
        data = ctypes.create_string_buffer(pixels, len(pixels))
        picture.plane[0] = ctypes.addressof(data)
        picture.stride[0] = 3 * width
        faces, n = (Face * 16)(), c_int()
        self.assertEqual(self.lib.mien_analyse_picture(p, byref(picture), faces, 16, byref(n)), 0,
                         self.message())
        return faces[:n.value]

    def columns(self, analysis):
        """(index, column) of the columns that the program writes."""
        i, found = 0, []
        while self.lib.mien_column_at(i):
            if self.lib.mien_column_used(i, analysis, 0):
                found.append((i, self.lib.mien_column_at(i).contents))
            i += 1
        return found

    def rows(self, p, faces):
        """Rows as the program writes them: text with the decimals of the table."""
        frame, rows = Frame(index=0, time=0), []
        frame.num_faces = len(faces)
        for face in faces or [None]:
            row = {}
            for i, column in self.columns(self.lib.mien_analysis_of(p)):
                v = c_double()
                known = self.lib.mien_column_value(i, byref(frame), byref(face) if face else None,
                                                   byref(v))
                text = f"{v.value:.{column.decimals}f}" if known else ""
                row[column.name.decode()] = text
            rows.append(row)
        return rows

    def same(self, have, text):
        """Compares each number with the program's CSV. A tie may be rounded to even or up."""
        want = list(csv.DictReader(io.StringIO(text)))
        self.assertEqual(len(have), len(want))
        for h, w in zip(have, want):
            self.assertEqual(list(h), list(w))
            for name in w:
                self.assertEqual(h[name] == "", w[name] == "", name)
                if w[name]:
                    digits = len(w[name].partition(".")[2])
                    self.near(float(h[name]), float(w[name]), 1.01 * 10 ** -digits * (digits > 0),
                              name)

    def test_exported(self):
        """The library exports every declared function and no other symbol."""
        declared = set(prototypes())
        self.assertGreater(len(declared), 50)
        for name in declared:
            self.assertTrue(hasattr(self.lib, name), name)
        if shutil.which("nm"):
            p = subprocess.run(["nm", "-D", "--defined-only", LIBRARY], stdout=subprocess.PIPE,
                               check=True)
            shown = set(re.findall(r" [TDBRV] (\w+)", p.stdout.decode())) - {"_init", "_fini"}
            self.assertEqual(shown, declared)

    def test_version(self):
        with open(os.path.join(HEADERS, "mien.h"), encoding="utf-8") as f:
            parts = [int(n) for n in re.findall(r"define MIEN_VERSION_[MP]\w+ (\d+)", f.read())]
        self.assertEqual(self.lib.mien_version().decode(), ".".join(map(str, parts)))
        self.assertEqual(self.lib.mien_version_number(),
                         parts[0] * 10000 + parts[1] * 100 + parts[2])
        self.assertIn(self.lib.mien_version().decode(),
                      run("--version", env=FOREIGN_LEAKS).out.splitlines()[0])

    def test_settings_are_those_of_the_header(self):
        with open(os.path.join(HEADERS, "mien.h"), encoding="utf-8") as f:
            text = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
        body = re.search(r"typedef struct mien_settings \{(.*?)\} mien_settings;", text, re.S).group(1)
        fields = []
        for line in body.split(";"):
            if "(" not in line:
                fields += re.findall(r"(\w+)\s*(?:,|$)", line.strip())
        fields = [f for f in fields if f not in ("size", "wake_ctx", "log", "log_ctx")]
        names, i = [], 0
        while self.lib.mien_setting_at(i):
            s = self.lib.mien_setting_at(i).contents
            self.assertTrue(s.help)
            self.assertLessEqual(s.min, s.max)
            names.append(s.name.decode())
            i += 1
        self.assertEqual(sorted(names), sorted(fields))

    def test_settings_as_text(self):
        settings = ctypes.create_string_buffer(SETTINGS_SIZE)
        text = ctypes.create_string_buffer(100)
        self.lib.mien_settings_init_sized(settings, SETTINGS_SIZE)
        for name, value in (("detect_every", "7"), ("exec", "processes"), ("smooth", "0.25"),
                            ("analysis", "gaze,au"), ("models", "standard"), ("live", "1")):
            kept = value.encode()
            self.assertEqual(self.lib.mien_settings_set(settings, name.encode(), kept), 0)
            self.assertEqual(self.lib.mien_settings_get(settings, name.encode(), text, 100), 0)
            self.assertEqual(text.value.decode(), value)
        self.assertEqual(self.lib.mien_settings_set(settings, b"workers", b"1000"), EINVAL)
        for word in ("workers", "1000", "256"):
            self.assertIn(word, self.message())

    def test_last_message(self):
        settings = ctypes.create_string_buffer(SETTINGS_SIZE)
        p = c_void_p(1)
        self.assertEqual(self.lib.mien_open(byref(p), settings), EINVAL)
        self.assertIn("mien_settings_init", self.message())
        self.assertIsNone(p.value)
        self.open(want=EINVAL, provider="nonsense")
        self.assertIn("nonsense", self.message())

    def test_errors(self):
        for name, (code, _, sentence) in util.exit_codes().items():
            self.assertEqual(self.lib.mien_error_name(code).decode(), f"MIEN_{name}")
            self.assertEqual(self.lib.mien_strerror(code).decode(), sentence)

    def picture(self, faces, width=320, height=240):
        """Writes a file for the program; returns the same pixels as B, G, R bytes."""
        util.png("a.png", faces, width, height)
        grey = (max(0, min(255, (v - 16) * 255 // 219)) for v in util.draw(faces, width, height))
        return bytes(v for pixel in grey for v in (pixel,) * 3)

    def test_stub_picture(self):
        faces = [util.face(40, 60), util.face(180, 50, left=200, right=235)]
        pixels = self.picture(faces)
        p = self.open(provider="stub", independent_frames=1)
        done = self.succeeds("extract", "--provider", "stub", "--static", "a.png", "-o", "-")
        for _ in range(2):
            found = self.analyse(p, pixels, 320, 240)
            self.assertEqual(len(found), 2)
            self.same(self.rows(p, found), done.out)

    def test_no_face(self):
        p = self.open(provider="stub")
        self.assertEqual(self.analyse(p, bytes(320 * 240 * 3), 320, 240), [])

    def test_stream(self):
        """Sends frames one after another, with the caller's pointer attached to each."""
        pixels = self.picture([util.face(40, 60)])
        data = ctypes.create_string_buffer(pixels, len(pixels))
        p = self.open(provider="stub", exec="threads", workers=2, frames=12)
        picture = Picture(format=BGR24, width=320, height=240)
        picture.plane[0] = ctypes.addressof(data)
        picture.stride[0] = 3 * 320
        seen, ended = [], False
        for i in range(9):
            frame = POINTER(Frame)()
            if i < 8:
                self.assertEqual(self.lib.mien_acquire(p, byref(frame)), 0)
                self.assertEqual(self.lib.mien_frame_wrap(frame, byref(picture), i, i / 25, None,
                                                          None), 0)
                frame.contents.user = 1000 + i
                self.assertEqual(self.lib.mien_send(p, byref(frame)), 0)
                self.assertFalse(frame)
            else:
                self.assertEqual(self.lib.mien_send(p, None), 0)
                ended = True
            while True:
                got = self.lib.mien_receive(p, byref(frame), int(ended))
                if got:
                    self.assertEqual(got, EEOF if ended else EAGAIN)
                    break
                f = frame.contents
                self.assertEqual((f.error, f.num_faces, f.user), (0, 1, 1000 + f.index))
                face = self.lib.mien_frame_face(frame, 0).contents
                self.near(face.box[0], 40, 1)
                self.assertFalse(self.lib.mien_frame_face(frame, 1))
                seen.append(f.index)
                self.lib.mien_release(p, byref(frame))
                self.assertFalse(frame)
        self.assertEqual(seen, list(range(8)))

    @unittest.skipUnless(HAVE_RUNTIME, "ONNX Runtime does not load")
    @util.needs_ffmpeg
    def test_builtin_models(self):
        """The first frame of the demo clip, in every executor."""
        util.ffmpeg("-i", DEMO, "-frames:v", "1", "a.png")
        util.ffmpeg("-i", "a.png", "-pix_fmt", "bgr24", "-f", "rawvideo", "a.bgr")
        size = re.search(rb"IHDR(....)(....)", util.read("a.png"), re.S)
        width, height = (int.from_bytes(b, "big") for b in size.groups())
        done = self.succeeds("extract", "--static", "a.png", "-o", "-", env=FOREIGN_LEAKS)
        os.environ["MIEN_WORKER"] = os.path.join(os.path.dirname(MIEN), "mien-worker")
        for how in "sequential", "threads", "processes":
            p = self.open(exec=how, workers=2, independent_frames=1)
            found = self.analyse(p, util.read("a.bgr"), width, height)
            self.assertEqual(len(found), 1)
            self.same(self.rows(p, found), done.out)

    def test_null(self):
        """No function crashes on NULL: each is called with NULL and 0 in all places."""
        script = ["import ctypes", f"lib = ctypes.CDLL({LIBRARY!r})"]
        for name, (result, arguments) in prototypes().items():
            values = ["None" if "*" in a else "ctypes.c_double(0)" if "double" in a
                      else "ctypes.c_int64(0)" for a in arguments]
            script.append(f"print({name!r}, flush=True)")
            script.append(f"lib.{name}.restype = ctypes." +
                          ("c_void_p" if "*" in result else "c_int"))
            script.append(f"r = lib.{name}({', '.join(values)})")
            takes = len([v for v in values if v == "None"])
            if result == "int" and takes and name != "mien_column_value":
                script.append("assert r < 0, r")
        p = subprocess.run([sys.executable, "-c", "\n".join(script)], stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT)
        self.assertEqual(p.returncode, 0, p.stdout.decode()[-300:])


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
