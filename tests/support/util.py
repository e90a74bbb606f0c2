"""Helpers shared by the tests of the program.

A test is a program: test_x.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]. Each NAME selects a test, as
Class or Class.test. A failed check prints both values. The exit status is 0, 1, or 77 if nothing
could be tested; in that case the last line is "skip: reason".

Most clips are written by the functions below, without an external tool: uncompressed YUV4MPEG2 and
PNG with bright rectangles on black. The stub engine (--provider stub) detects such rectangles as
faces. A face whose halves differ in brightness looks to the brighter side.
"""
import csv
import functools
import glob
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zlib

MIEN = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else ""
ROOT = os.path.abspath(sys.argv[2] if len(sys.argv) > 2
                       else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
SHARED = os.path.abspath(os.environ.get("MIEN_SHARED") or os.path.join(ROOT, "..", "shared"))
MODELS = os.path.join(SHARED, "models")
CLIPS = os.path.join(SHARED, "media", "clips")
DETECTOR, GAZE = "retinaface_mnet025.onnx", "mobileone_s0_gaze.onnx"


def contains(*signs):
    """Whether the program file contains one of these byte strings."""
    try:
        with open(MIEN, "rb") as f:
            data = f.read()
    except OSError:
        return False
    return any(sign in data for sign in signs)


# The thread sanitizer makes everything ten times slower. Only tests that run several threads, each in
# its own way, are worth that time.
TSAN = contains(b"__tsan_init")
# A build in which measurements of time and memory mean nothing.
SLOW = TSAN or os.environ.get("MIEN_SLOW") == "1" or contains(b"__asan_init", b"__msan_init")
not_for_tsan = unittest.skipIf(TSAN, "no use of threads that another test does not cover")
TIMEOUT = 600 if SLOW else 120

# Libraries that ONNX Runtime tries and unloads keep memory that no suppression can name.
FOREIGN_LEAKS = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
# For runs that exit at once although threads are still running.
LEAVES_THREADS = {"TSAN_OPTIONS": os.environ.get("TSAN_OPTIONS", "") + ":report_thread_leaks=0"}

# A sanitizer's report must not be taken for an expected failure.
TROUBLE = ("AddressSanitizer", "ThreadSanitizer", "LeakSanitizer", "runtime error:", "Assertion")

# Words that introduce the cure in a message.
CURES = re.compile(r"\b(use|check|copy|record|convert|choose|names?|give|run|set|remux|split|scale|"
                   r"free|remove|wait|try|install|says? where|lists? (them|it|the)|takes?|needs?|put|"
                   r"tells?|shows?|for example|pull|number)\b")


@functools.lru_cache(maxsize=None)
def exit_codes():
    """{"EINVAL": (-2, 2, "bad argument or option"), ...}: error code, exit status, text, as printed
    by the program."""
    text = subprocess.run([MIEN, "--dump-errors"], stdout=subprocess.PIPE, check=True).stdout
    found = re.findall(r"(?m)^MIEN_(E\w+) (-\d+) (\d+) (.*)$", text.decode())
    return {name: (int(code), int(status), text) for name, code, status, text in found}


def own_exit_codes():
    """The same of the codes that only the program has."""
    text = subprocess.run([MIEN, "--dump-errors"], stdout=subprocess.PIPE, check=True).stdout
    found = re.findall(r"(?m)^MN_(E\w+) (-\d+) (\d+) (.*)$", text.decode())
    return {name: (int(code), int(status), text) for name, code, status, text in found}


@functools.lru_cache(maxsize=None)
def dump():
    """The program's tables of commands and options."""
    return json.loads(subprocess.run([MIEN, "--dump-options"], stdout=subprocess.PIPE,
                                     check=True).stdout)


def commands():
    """Rows of the table of commands, groups included."""
    return dump()["commands"]


def options(command):
    """Rows of the table of options for a command ("extract", "models list")."""
    return [o for o in dump()["options"] if command in o["commands"]]


class Statuses(dict):
    """Exit statuses by the name of the error, read from the program on first use."""

    def __missing__(self, name):
        return exit_codes()[name][1]


EXIT = Statuses()


class Outcome:
    """The result of a run: exit status, standard output and standard error."""

    def __init__(self, status, out, stderr):
        self.status, self.out, self.stderr = status, out, stderr

    def __repr__(self):
        return f"exit status {self.status}, stderr {self.stderr!r}, stdout {self.out[:300]!r}"


def environment(**more):
    """This environment without the variables that change the behaviour of mien, plus `more`."""
    env = {k: v for k, v in os.environ.items()
           if k not in ("MIEN_MODELS", "MIEN_BUILTIN", "MIEN_PLAIN", "MIEN_TEST",
                        "SLURM_CPUS_PER_TASK", "SLURM_MEM_PER_NODE", "SLURM_ARRAY_TASK_ID",
                        "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_COUNT")}
    env.update({k: v for k, v in more.items() if v is not None})
    return env


def with_faults(arguments, env):
    """(arguments, environment). As in a shell, MIEN_TEST=jitter=2000 among the arguments sets the
    variable. Several values are joined with commas."""
    faults = [a for a in arguments if isinstance(a, str) and a.startswith("MIEN_TEST=")]
    rest = [a for a in arguments if a not in faults]
    faults = [a[len("MIEN_TEST="):] for a in faults]
    return rest, environment(**(env or {}), MIEN_TEST=",".join(faults) or None)


def run(*arguments, env=None, text=True, **more):
    """Runs mien with empty standard input and captures both outputs."""
    arguments, env = with_faults(arguments, env)
    more.setdefault("stdin", subprocess.DEVNULL)
    more.setdefault("timeout", TIMEOUT)
    p = subprocess.run([MIEN, *arguments], env=env, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, **more)
    if text:
        return Outcome(p.returncode, p.stdout.decode("utf-8", "replace"),
                       p.stderr.decode("utf-8", "replace"))
    return Outcome(p.returncode, p.stdout, p.stderr.decode("utf-8", "replace"))


def start(*arguments, env=None, **more):
    """Starts mien and returns the process; both outputs are pipes."""
    more.setdefault("stdin", subprocess.DEVNULL)
    more.setdefault("stdout", subprocess.PIPE)
    more.setdefault("stderr", subprocess.PIPE)
    arguments, env = with_faults(arguments, env)
    return subprocess.Popen([MIEN, *arguments], env=env, **more)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)


# ---------------------------------------------------------------------------------- results ----

def read_csv_text(path):
    """Rows as dictionaries of the text of each cell."""
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


def numbers(row):
    return {k: float(v) if v != "" else None for k, v in row.items()}


def read_csv(path_or_text):
    """Rows as dictionaries of floats, None where a cell is empty."""
    text = path_or_text if "\n" in path_or_text else read(path_or_text).decode()
    return [numbers(r) for r in csv.DictReader(text.splitlines())]


def read_json(path):
    return json.loads(read(path).decode("utf-8"))


def box(row):
    """x1, y1, x2, y2 of a row."""
    return (row["box_x"], row["box_y"], row["box_x"] + row["box_w"], row["box_y"] + row["box_h"])


def overlap(a, b):
    """Intersection over union of two boxes x1, y1, x2, y2."""
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return w * h / (both - w * h)


# ------------------------------------------------------------------------------------- clips ----

def face(x, y, w=60, h=80, left=235, right=200):
    """A rectangle that the stub detects as a face."""
    return (x, y, w, h, left, right)


def draw(faces, width, height):
    """Luma of a picture with these faces."""
    plane = bytearray(b"\x10" * (width * height))
    for x, y, w, h, left, right in faces:
        row = bytes([left]) * (w // 2) + bytes([right]) * (w - w // 2)
        cut = row[max(0, -x):max(0, width - x)]
        for line in range(max(0, y), min(height, y + h)):
            at = line * width + max(0, x)
            plane[at:at + len(cut)] = cut
    return bytes(plane)


def y4m(path, frames, width=320, height=240, rate="25:1"):
    """Writes an uncompressed clip. frames: a list of faces for each frame."""
    chroma = b"\x80" * (2 * ((width + 1) // 2) * ((height + 1) // 2))
    with open(path, "wb") as f:
        f.write(f"YUV4MPEG2 W{width} H{height} F{rate} Ip A1:1 C420mpeg2\n".encode())
        for faces in frames:
            f.write(b"FRAME\n" + draw(faces, width, height) + chroma)
    return path


def png(path, faces, width=320, height=240):
    """Writes a grey picture: white faces on black."""
    luma = draw(faces, width, height)
    rows = b"".join(b"\0" + bytes(max(0, min(255, (v - 16) * 255 // 219))
                                  for v in luma[y * width:(y + 1) * width])
                    for y in range(height))

    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data +
                struct.pack(">I", zlib.crc32(kind + data)))
    write(path, b"\x89PNG\r\n\x1a\n" +
          chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) +
          chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
    return path


def moving(n, start_x=40, start_y=60, dx=2, dy=0, **more):
    """n frames with one face that moves at constant speed."""
    return [[face(start_x + dx * i, start_y + dy * i, **more)] for i in range(n)]


def crowd(n):
    """n frames with people who move, look around, come, go and pass close to each other."""
    frames = []
    for i in range(n):
        here = [face(10 + 2 * i % 150, 20, 40, 56, 235 - i % 40, 200 + i % 30)]
        if i % 40 >= 7:
            here.append(face(230 - i % 60, 30 + i % 40, 48, 64, 200, 190 + i % 45))
        if i % 50 < 30:
            here.append(face(20 + 3 * (i % 50), 150, 56, 72, 210 + i % 25, 235))
        frames.append([] if 60 <= i % 90 < 64 else here)
    return frames


# --------------------------------------------------------------------------------- processes ----

def stat_of(pid):
    """(name, state, parent), or None when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
            text = f.read()
    except OSError:
        return None
    name = text[text.index("(") + 1:text.rindex(")")]
    state, parent = text[text.rindex(")") + 2:].split()[:2]
    return name, state, int(parent)


def ledger(folder="out"):
    """The entries of all ledgers of a batch, by their times."""
    found = []
    for path in sorted(glob.glob(os.path.join(folder, ".mien", "*.jsonl"))):
        with open(path, encoding="utf-8") as f:
            found += [json.loads(line) for line in f]
    return sorted(found, key=lambda e: e["time"])


def ledger_events(kind, folder="out"):
    return [e for e in ledger(folder) if e["event"] == kind]


# ------------------------------------------------------------------------------------ ffmpeg ----

FFMPEG, FFPROBE = shutil.which("ffmpeg"), shutil.which("ffprobe")


def ffmpeg(*arguments, check=True):
    """Runs ffmpeg; returns whether it succeeded."""
    p = subprocess.run([FFMPEG, "-v", "error", "-nostdin", "-y", *arguments],
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if check and p.returncode:
        raise unittest.SkipTest("ffmpeg cannot make the clip: " +
                                p.stderr.decode("utf-8", "replace").strip()[:300])
    return p.returncode == 0


def encoder():
    """Options for lossless H.264, or for MPEG-4 with little loss if libx264 is missing."""
    p = subprocess.run([FFMPEG, "-v", "error", "-encoders"], stdout=subprocess.PIPE)
    if b" libx264 " in p.stdout:
        return ["-c:v", "libx264", "-preset", "veryfast", "-qp", "0", "-pix_fmt", "yuv420p"]
    return ["-c:v", "mpeg4", "-qscale:v", "2"]


def variable(source, target, expression, *more):
    """Changes the times of a clip with a setpts expression; the result has a variable frame rate."""
    common = ["-i", source, "-vf", f"settb=1/60000,setpts={expression}", *encoder(),
              "-enc_time_base", "1:60000", *more]
    if not ffmpeg(*common, "-fps_mode", "vfr", target, check=False):
        ffmpeg(*common, "-vsync", "vfr", target)
    return target


def probe_times(path):
    """Presentation times of the frames, seconds, as ffprobe reports them."""
    p = subprocess.run([FFPROBE, "-v", "error", "-select_streams", "v:0", "-show_entries",
                        "frame=best_effort_timestamp_time", "-of", "csv=p=0", path],
                       stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    return [float(v.strip(",")) for v in p.stdout.decode().split() if v.strip(",")]


needs_ffmpeg = unittest.skipUnless(FFMPEG and FFPROBE, "ffmpeg is not installed")


# ----------------------------------------------------------------------------------- support ----

def free_port():
    """A port of loopback that is free now."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def have_lavfi():
    """Whether the program was built with libavdevice."""
    return run("run", "--provider", "stub", "--source", "lavfi:nullsrc=size=32x32:duration=0.1",
               "--csv", "-").status == 0


def have_models():
    """Whether the research models and a runtime for them are installed."""
    return (all(os.path.exists(os.path.join(MODELS, f)) for f in (DETECTOR, GAZE)) and
            "cpu" in run("--version", env=FOREIGN_LEAKS).out.splitlines()[-1])


class Case(unittest.TestCase):
    """A test case whose tests run in a new, empty folder each."""
    maxDiff = 2000

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="mien-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.folder)

    def here(self):
        """Paths of all files in the folder of the test."""
        return sorted(os.path.relpath(os.path.join(d, f), ".") for d, _, fs in os.walk(".")
                      for f in fs)

    def wait_for(self, what, seconds=60):
        end = time.monotonic() + seconds
        while not what():
            self.assertLess(time.monotonic(), end, f"not true after {seconds} s")
            time.sleep(0.02)

    def succeeds(self, *arguments, silent=True, **more):
        """Runs mien and checks that it succeeds, with silent=True also that it prints no message."""
        done = run(*arguments, **more)
        self.assertEqual(done.status, 0, f"{arguments}: {done}")
        if silent:
            self.assertEqual(done.stderr, "", arguments)
        return done

    def rows(self, *arguments, **more):
        """Rows that mien extract writes with the stub."""
        done = self.succeeds("extract", "--provider", "stub", *arguments, "-o", "-", **more)
        return read_csv(done.out)

    def fails_with(self, done, status, *words):
        """Checks that the run ended with this error and one message, which contains these words and
        names a cure."""
        for sign in TROUBLE:
            self.assertNotIn(sign, done.stderr)
        self.assertEqual(done.status, EXIT[status], f"{status} expected: {done}")
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, f"one message expected: {done}")
        self.assertTrue(lines[0].startswith("mien: "), done)
        for word in words:
            self.assertIn(word, lines[0])
        self.assertRegex(lines[0], CURES, "the message names no cure")

    def near(self, have, want, tolerance, message=None):
        if have is None or not abs(have - want) <= tolerance:
            self.fail(f"{have} is not {want} within {tolerance}" +
                      (f": {message}" if message else ""))

    def box_near(self, row, want, tolerance=1):
        """Compares the box of a row with want (x, y, width, height). The stub is exact to a pixel."""
        have = (row["box_x"], row["box_y"], row["box_w"], row["box_h"])
        if any(h is None or abs(h - w) > tolerance for h, w in zip(have, want)):
            self.fail(f"box {have} is not {want} within {tolerance}, frame {row['frame']:.0f}")


class Result(unittest.TextTestResult):
    """A test result that also prints each skipped test with its reason."""

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        if reason != "no use of threads that another test does not cover":
            print(f"not tested: {test.id().split('.', 1)[-1]}: {reason}", flush=True)


def packages(name):
    """The folder of the Python packages that tests/program/NAME.txt locks, installed there if need be; None: that
    is not possible."""
    lock, folder = os.path.join(ROOT, "tests", "program", name + ".txt"), os.path.join(ROOT, "build-deps", name)
    stamp = os.path.join(folder, ".lock")
    if not os.path.exists(stamp) or read(stamp) != read(lock):
        shutil.rmtree(folder, ignore_errors=True)
        done = subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--require-hashes", "--only-binary", ":all:", "--no-deps",
                               "--target", folder, "-r", lock], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        if done.returncode:
            return None
        shutil.copy(lock, stamp)
    return folder


# What make setup fetches.
FETCHED = ("build-deps/lib", "build-deps/onnxruntime.lock", "build-deps/uplot", "models/builtin/mediapipe")


def is_checkout():
    return bool(shutil.which("git")) and os.path.exists(os.path.join(ROOT, ".git"))


def checkout_copy(folder):
    """Copies the files of the checkout, also changed ones, and what was fetched, but no build."""
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-zco", "--exclude-standard"], stdout=subprocess.PIPE, check=True)
    for name in [*listed.stdout.decode().split("\0"), *FETCHED]:
        source, target = os.path.join(ROOT, name), os.path.join(folder, name)
        if name and os.path.exists(source):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            (shutil.copytree if os.path.isdir(source) else shutil.copy2)(source, target)


def main(doc):
    """Runs the tests of the calling program; returns the exit status."""
    if len(sys.argv) < 2 or not os.access(MIEN, os.X_OK):
        print(doc)
        return 2
    result = unittest.main(module="__main__", argv=sys.argv[:1] + sys.argv[3:], exit=False,
                           testRunner=unittest.TextTestRunner(stream=sys.stdout, verbosity=1,
                                                              resultclass=Result)).result
    if not result.wasSuccessful() or result.testsRun == 0:
        return 1
    if len(result.skipped) >= result.testsRun:
        print("skip: " + result.skipped[0][1])
        return 77
    return 0
