#!/usr/bin/env python3
"""The Python package, against the program: the same values, the same bytes, the same errors.

usage: test_python.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]

Runs with the packages that scripts/python_env.sh installs; without them the exit status is 77.
"""
import importlib.util
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time
import unittest
import warnings

import python_package
python_package.enter()

# pylint: disable=wrong-import-position
import numpy as np  # noqa: E402
import pandas  # noqa: E402

import mien  # noqa: E402
import util  # noqa: E402
from mien import _library, _program  # noqa: E402
from util import CLIPS, ROOT, face, moving, png, y4m  # noqa: E402

DEMO = os.path.join(ROOT, "examples", "demo.mp4")
os.environ.update(_program.environment()) # the same ONNX Runtime for the program of the tests


def grey(faces, width=320, height=240):
    """A picture with these faces, as the stub sees them."""
    luma = np.frombuffer(util.draw(faces, width, height), np.uint8).astype(int).reshape(height, width)
    return np.clip((luma - 16) * 255 // 219, 0, 255).astype(np.uint8)


def colour(faces, **size):
    return np.repeat(grey(faces, **size)[:, :, None], 3, axis=2)


class Extract(util.Case):
    def same_bytes(self, source, *options, **values):
        self.succeeds("extract", *options, source, "-o", "program.csv", silent=False)
        table = mien.extract(source, progress=False, **values)
        mien.write_csv(table, "package.csv")
        self.assertEqual(util.read("package.csv"), util.read("program.csv"))
        self.assertEqual(table.attrs["rows"], len(table))
        return table

    def test_same_bytes(self):
        clip = y4m("a.y4m", util.crowd(70))
        table = self.same_bytes(clip, "--provider", "stub", provider="stub")
        self.assertEqual({str(table[n].dtype) for n in ("frame", "face_id", "success", "detected")},
                         {"int64"})
        self.assertTrue((table.frame.diff().fillna(0) >= 0).all())

    def test_same_bytes_of_builtin_models(self):
        table = self.same_bytes(DEMO)
        self.assertEqual(str(table.AU12_c.dtype), "Int64")
        self.assertEqual(str(table.AU12_r.dtype), "float64")
        self.assertEqual(table.attrs["versions"]["mien"], mien.__version__)

    def test_missing_is_na(self):
        table = mien.extract(y4m("a.y4m", [[face(40, 60)], []]), provider="stub", progress=False)
        self.assertEqual(table.gaze_yaw.isna().tolist(), [False, True])
        self.assertEqual(table.success.tolist(), [1, 0])

    def test_openface_columns(self):
        table = self.same_bytes(y4m("a.y4m", moving(4)), "--provider", "stub", "--columns", "openface",
                                "--analysis", "gaze", provider="stub", columns="openface", analysis="gaze")
        self.assertIn("gaze_0_x" if "gaze_0_x" in table else "timestamp", list(table))

    def test_backends(self):
        clip = y4m("a.y4m", util.crowd(10))
        want = mien.extract(clip, provider="stub", progress=False)
        arrow = mien.extract(clip, provider="stub", backend="pyarrow", progress=False)
        polars = mien.extract(clip, provider="stub", backend="polars", progress=False)
        self.assertEqual(str(arrow.schema.field("frame").type), "int64")
        self.assertEqual(arrow.to_pandas().gaze_yaw.tolist()[0], want.gaze_yaw[0])
        for table in arrow, polars:
            mien.write_csv(table, "other.csv")
            mien.write_csv(want, "want.csv")
            self.assertEqual(util.read("other.csv"), util.read("want.csv"))

    def test_parquet(self):
        table = mien.extract(y4m("a.y4m", util.crowd(10)), provider="stub", progress=False,
                             to_parquet="a.parquet")
        back = pandas.read_parquet("a.parquet")
        pandas.testing.assert_frame_equal(back, table)
        self.assertEqual(back.attrs, table.attrs)

    def test_several_inputs(self):
        os.mkdir("in")
        for name in "a", "b":
            y4m(f"in/{name}.y4m", moving(3))
        folder = mien.extract("in", provider="stub", progress=False)
        named = mien.extract(["in/a.y4m", "in/b.y4m"], provider="stub", progress=False, output="out")
        for table in folder, named:
            self.assertEqual(list(table)[:2], ["input", "frame"])
            self.assertEqual(table.input.value_counts().tolist(), [3, 3])
            self.assertEqual(len(table.attrs["inputs"]), 2)
        self.assertIn("out/a.csv", self.here())
        again = mien.read_csv("out/a.csv")
        self.assertEqual(again.attrs["rows"], 3)

    def test_results_that_stay(self):
        """resume takes what is there; without it, or force, nothing is replaced."""
        clip = y4m("a.y4m", moving(5))
        options = {"provider": "stub", "progress": False, "output": "out"}
        first = mien.extract(clip, **options)
        before = os.stat("out/a.csv").st_mtime_ns
        pandas.testing.assert_frame_equal(mien.extract(clip, resume=True, **options), first)
        self.assertEqual(os.stat("out/a.csv").st_mtime_ns, before)
        with self.assertRaises(mien.OutputExistsError) as caught:
            mien.extract(clip, **options)
        self.assertIsInstance(caught.exception, FileExistsError)
        self.assertEqual(caught.exception.code, -19)
        self.assertIsNone(caught.exception.result)
        pandas.testing.assert_frame_equal(mien.extract(clip, force=True, **options), first)

    @util.needs_ffmpeg
    def test_damaged(self):
        """The rows before the damage belong to the exception."""
        util.ffmpeg("-i", y4m("a.y4m", moving(60)), *util.encoder(), "-movflags", "+faststart", "a.mp4")
        data = util.read("a.mp4")
        util.write("cut.mp4", data[:len(data) * 3 // 4])
        with self.assertRaises(mien.DamagedError) as caught:
            mien.extract("cut.mp4", provider="stub", progress=False)
        self.assertEqual(caught.exception.code, -8)
        rows = caught.exception.result
        self.assertGreater(len(rows), 20)
        with self.assertWarnsRegex(mien.MienWarning, "cut.mp4"):
            kept = mien.extract("cut.mp4", provider="stub", progress=False, errors="warn")
        pandas.testing.assert_frame_equal(kept, rows)

    def test_progress(self):
        """A bar over frames or files; with jobs, too; and none where standard error is no terminal."""
        y4m("a.y4m", moving(60))
        y4m("b.y4m", moving(3))
        script = ("import mien, sys\nsource, more = eval(sys.argv[1])\n"
                  "mien.extract(source, provider='stub', **more)\n")
        for source, more, end in (("a.y4m", {"progress": True}, "60/60"), ("a.y4m", {}, ""),
                                  (["a.y4m", "b.y4m"], {"progress": True}, "2/2"),
                                  (["a.y4m", "b.y4m"], {"progress": True, "jobs": 2}, "2/2")):
            done = subprocess.run([sys.executable, "-c", script, repr((source, more))],
                                  stderr=subprocess.PIPE, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(end, done.stderr.split("\r")[-1])
            self.assertEqual(bool(done.stderr), bool(end), done.stderr)

    def test_a_failed_input_keeps_the_others(self):
        y4m("a.y4m", moving(3))
        inputs = ["a.y4m", "no.y4m"]
        with self.assertRaises(mien.InputMissingError) as caught:
            mien.extract(inputs, provider="stub", progress=False)
        self.assertEqual(len(caught.exception.result), 3)
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            table = mien.extract(inputs, provider="stub", progress=False, errors="warn")
        self.assertEqual(len(table), 3)
        self.assertIn("no.y4m", str([w for w in found if w.category is mien.MienWarning][0].message))
        self.assertEqual(list(table.attrs["failed"]), ["no.y4m"])

    def test_errors(self):
        util.write("text.mp4", b"this is not a video\n" * 100)
        util.write("empty.mp4", b"")
        for source, kind, code in (("no.mp4", mien.InputMissingError, -3), ("empty.mp4", mien.InputError, -5),
                                   ("text.mp4", mien.InputError, -6)):
            with self.assertRaises(kind) as caught:
                mien.extract(source, provider="stub", progress=False)
            e = caught.exception
            self.assertEqual((e.code, e.name), (code, _library.name_of(code)))
            self.assertIn(source, str(e))
            done = util.run("extract", "--provider", "stub", source, "-o", "-")
            self.assertEqual(done.stderr, f"mien: {e}\n")
        self.assertRaises(FileNotFoundError, mien.extract, "no.mp4", progress=False)
        for wrong in {"detect_evry": 3}, {"backend": "excel"}, {"detect_every": -3}, {"live": True}:
            with self.assertRaises(mien.SettingError) as caught:
                mien.extract("no.mp4", progress=False, **wrong)
            self.assertEqual(caught.exception.code, -2)
            self.assertIn(next(iter(wrong)).replace("_", "-"), str(caught.exception).replace("_", "-"))

    def test_names_of_settings_work(self):
        y4m("a.y4m", moving(3))
        for values in {"independent": True}, {"independent_frames": True}:
            table = mien.extract("a.y4m", provider="stub", progress=False, **values)
            self.assertTrue(table.attrs["options"]["static"])

    def test_names_that_look_like_options(self):
        y4m("-x.y4m", moving(3))
        self.assertEqual(len(mien.extract("-x.y4m", provider="stub", progress=False)), 3)

    def test_keyboard_interrupt(self):
        """The program ends, temporary files are removed, and rows in an output folder are not complete ones."""
        y4m("a.y4m", moving(400))
        script = ("import mien, sys\ntry:\n mien.extract('a.y4m', provider='stub', output='out', "
                  "exec='sequential')\nexcept KeyboardInterrupt:\n print('interrupted')\n")
        env = util.environment(**dict(os.environ, MIEN_TEST="slow=20000", TMPDIR=self.folder))
        p = subprocess.Popen([sys.executable, "-c", script], env=env, stdout=subprocess.PIPE)
        self.wait_for(lambda: any("out/" in f for f in self.here()))
        p.send_signal(signal.SIGINT)
        self.assertEqual(p.communicate(timeout=20)[0], b"interrupted\n")
        self.assertEqual([f for f in self.here() if f.startswith("mien-")], [])
        self.assertEqual([f for f in self.here() if not f.endswith(".partial")], ["a.y4m"])

    @unittest.skipIf(util.SLOW, "time means nothing in this build")
    def test_speed(self):
        """Reading the table takes at most 3 % of the time of the program on a clip of 470 frames."""
        clip = os.path.join(CLIPS, "pyfeat_single_472f_360p.mp4")
        if not os.path.exists(clip):
            self.skipTest("no ../shared/media/clips/pyfeat_single_472f_360p.mp4")
        mien.extract(clip, progress=False, output="out", max_frames=20) # imports
        start = time.perf_counter()
        self.succeeds("extract", clip, "-o", "a.csv")
        program, start = time.perf_counter() - start, time.perf_counter()
        mien.read_csv("a.csv")
        read = min([time.perf_counter() - start] + [self.timed("a.csv") for _ in range(4)])
        self.assertLess(read, 0.03 * program)

    def timed(self, path):
        start = time.perf_counter()
        mien.read_csv(path)
        return time.perf_counter() - start


class Pipelines(util.Case):
    def test_frame_as_the_program(self):
        """Rows of pictures sent one by one are those of the program."""
        png("a.png", [face(40, 60), face(180, 50, left=200, right=235)])
        want = mien.extract("a.png", provider="stub", progress=False)
        picture = colour([face(40, 60), face(180, 50, left=200, right=235)])
        with mien.Pipeline(provider="stub", independent_frames=True) as p:
            for faces in p.frame(picture), next(p.pictures([picture])), p.picture(picture):
                table = faces.to_pandas()
                self.assertEqual(list(table), list(want))
                own = ["frame", "face_id", "timestamp"] # each face of a stream is another person
                pandas.testing.assert_frame_equal(table.drop(columns=own).round(3),
                                                  want.drop(columns=own).round(3), atol=0.0011)

    def test_layouts(self):
        """The same faces whatever the layout, and no copy where the bytes are B G R."""
        from mien import _pictures
        base = np.zeros((240, 320, 4), np.uint8)
        base[:, :, :3] = colour([face(40, 60)])
        base[:, :, 0] //= 2 # blue differs from red
        bgr = np.ascontiguousarray(base[:, :, :3])
        wide = np.zeros((240, 400, 3), np.uint8)
        wide[:, 40:360] = bgr
        with mien.Pipeline(provider="stub") as p, mien.Pipeline(provider="stub", order="rgb") as r:
            want = p.frame(bgr)[0].box.tolist()
            layouts = [("bgr", bgr, True), ("bgr", base, False), ("bgr", wide[:, 40:360], True),
                       ("rgb", bgr[:, :, ::-1], True), ("rgb", np.ascontiguousarray(bgr[:, :, ::-1]), False),
                       ("bgr", np.asfortranarray(bgr), False), ("bgr", bgr[::-1][::-1], True),
                       ("rgb", base[:, :, [2, 1, 0, 3]], False)]
            for order, array, free in layouts:
                got = (p if order == "bgr" else r).frame(array)
                self.assertEqual(got[0].box.tolist(), want, (order, array.strides))
                picture = _library.Picture()
                kept = _pictures.wrap(picture, array, order)
                self.assertEqual(np.shares_memory(kept, array), free, (order, array.strides))
                pixel = np.ctypeslib.as_array((np.ctypeslib.ctypes.c_uint8 * 3).from_address(
                    picture.plane[0] + 100 * picture.stride[0] + 3 * 50))
                self.assertEqual(pixel.tolist(), bgr[100, 50].tolist())
            one = grey([face(40, 60)])
            self.near(p.frame(one)[0].box[0], 40, 1)
            self.near(p.frame(np.repeat(np.repeat(one, 2, 0), 2, 1)[::2, ::2])[0].box[0], 40, 1)
            for wrong in one.astype(float), one[None, None], np.zeros((0, 5), np.uint8), "picture":
                self.assertRaises(mien.SettingError, p.frame, wrong)
            self.near(p.frame(one)[0].box[0], 40, 1)

    def test_views(self):
        with mien.Pipeline(provider="stub") as p:
            faces = p.frame(grey([face(40, 60)]), time=1.5)
        self.assertEqual((faces.index, faces.time, len(faces)), (0, 1.5, 1))
        f = faces[0]
        self.assertTrue(np.shares_memory(f.box, faces.array))
        self.assertIsNone(faces[0].mesh)
        self.assertEqual(f["face_id"], 0)
        self.assertEqual(f["timestamp"], 1.5)
        self.assertRaises(KeyError, f.__getitem__, "no_column")
        self.assertRaises(IndexError, faces.__getitem__, 1)
        self.assertEqual(repr(faces[-1]), repr(f))

    def test_persons_and_reset(self):
        with mien.Pipeline(provider="stub") as p:
            ids = [p.frame(grey([face(40 + 2 * i, 60)]))[0].id for i in range(5)]
            ids.append(p.frame(grey([face(220, 60)]), time=10)[0].id)
            self.assertEqual(ids, [0, 0, 0, 0, 0, 1])
            p.reset()
            self.assertEqual(p.frame(grey([face(40, 60)]))[0].id, 0)

    def test_video_as_the_program(self):
        frames = util.crowd(60)
        want = mien.extract(y4m("a.y4m", frames), provider="stub", progress=False)
        with mien.Pipeline(provider="stub", live=False, exec="threads", workers=2) as p:
            for _ in range(2):
                got = [f for f in p.video(grey(faces) for faces in frames)]
                table = pandas.concat([f.to_pandas() for f in got], ignore_index=True)
                self.assertEqual(table.frame.tolist(), want.frame.tolist())
                self.assertEqual(table.face_id.tolist(), want.face_id.tolist())
                self.assertLess((table.box_x - want.box_x).abs().max(), 0.01)
            stream = p.video(grey(faces) for faces in frames)
            next(stream)
            self.assertRaises(mien.SettingError, p.frame, grey([]))
            stream.close()
            self.assertEqual(len(list(p.video([grey([])] * 3))), 3)
        with mien.Pipeline(provider="stub", live=False, detect_every=3) as p:
            with self.assertRaisesRegex(mien.SettingError, "live"):
                for _ in range(3):
                    p.frame(grey([]))
            self.assertEqual(len(list(p.video([grey([])] * 3))), 3)

    def test_two_pipelines_in_two_threads(self):
        """Both run at the same time: the GIL is released during the analysis."""
        pictures = [grey([face(40 + i, 60), face(180, 100)]) for i in range(40)]
        results, meeting = {}, threading.Barrier(2)

        def work(name):
            with mien.Pipeline(provider="stub") as p:
                meeting.wait()
                results[name] = [p.frame(a).array["box"].tolist() for a in pictures]
        threads = [threading.Thread(target=work, args=(i,)) for i in range(2)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(results[0], results[1])
        self.assertEqual(len(results[0][5]), 2)

    def test_the_gil_is_released(self):
        script = """
import threading, time, numpy, mien
ticks = []
def count():
    for _ in range(1000):
        ticks.append(time.perf_counter())
        time.sleep(0.001)
threading.Thread(target=count, daemon=True).start()
with mien.Pipeline(provider="stub", exec="sequential") as p:
    start = time.perf_counter()
    p.frame(numpy.zeros((240, 320), numpy.uint8))
    end = time.perf_counter()
print(end - start, len([t for t in ticks if start < t < end]))
"""
        done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, check=True,
                              env=dict(os.environ, MIEN_TEST="slow=300000"))
        took, ticks = map(float, done.stdout.split())
        self.assertGreater(took, 0.3)
        self.assertGreater(ticks, 20)

    def test_settings(self):
        with mien.Pipeline(provider="stub", analysis=["gaze"], detect_every=3, smooth=0) as p:
            self.assertEqual(p.analysis, ("gaze",))
            self.assertEqual(p.counts()["detect_every"], 3)
        for wrong in {"detect_evry": 3}, {"workers": 1000}, {"exec": "fibers"}, {"order": "hsv"}:
            with self.assertRaises(mien.SettingError) as caught:
                mien.Pipeline(provider="stub", **wrong)
            self.assertIn(next(iter(wrong)), str(caught.exception))
        self.assertRaises(mien.ModelError, mien.Pipeline, models=self.folder, landmarks="network")
        for name in "detect_every", "workers":
            self.assertIn(name, mien.Pipeline.__doc__)
            self.assertIn(name, mien.extract.__doc__)

    def test_external_landmarks(self):
        """A picture with landmarks measured before: the same head pose, and the same persons."""
        picture = grey([])
        x, y = np.meshgrid(np.linspace(100, 180, 17), np.linspace(60, 150, 4))
        points = np.stack([x.ravel(), y.ravel()], axis=1)
        with mien.Pipeline(external_landmarks=True, analysis="pose,landmarks") as p:
            found = p.frame(picture, landmarks={3: points, 1: points + 20})
            self.assertEqual([f.id for f in found], [1, 3])
            self.assertLess(np.abs(found[1].landmarks - points).max(), 1e-3)
            self.assertEqual(found[0].landmarks_mm.shape, (68, 3))
            self.assertEqual(len(p.frame(picture, landmarks={})), 0)
            with self.assertRaisesRegex(mien.SettingError, "68 x 2"):
                p.frame(picture, landmarks={0: points[:5]})
            self.assertEqual(len(p.frame(picture, landmarks={1: points})), 1)

    def test_warnings(self):
        """What the library logs as a warning becomes one."""
        with mien.Pipeline(provider="stub") as p:
            for level, text in (0, b"an error"), (1, b"a warning"), (2, b"a figure"):
                p._log(None, level, text) # as the library calls it
            with self.assertWarnsRegex(mien.MienWarning, "^a warning$"):
                p.frame(grey([]))

    def test_closed(self):
        p = mien.Pipeline(provider="stub")
        p.close()
        p.close()
        self.assertRaises(mien.SettingError, p.frame, grey([]))

    def test_draw(self):
        picture = colour([face(40, 60)])
        with mien.Pipeline(provider="stub") as p, mien.Pipeline(provider="stub", order="rgb") as r:
            drawn = p.frame(picture).draw(picture)
            turned = r.frame(picture[:, :, ::-1]).draw(picture[:, :, ::-1])
        self.assertEqual(drawn.shape, picture.shape)
        changed = (drawn != picture).any(axis=2)
        self.assertTrue(changed[60:140, 38:42].any())
        self.assertFalse(changed[200:, 200:].any())
        np.testing.assert_array_equal(turned[:, :, ::-1], drawn)

    def test_times(self):
        with mien.Pipeline(provider="stub") as p:
            for _ in range(3):
                p.frame(grey([face(40, 60)]))
            self.assertEqual(p.times()["detect.network"]["count"], 3)
            self.assertEqual(p.counts()["frames"], 3)
            p.clear_times()
            self.assertEqual(p.counts()["frames"], 0)

    def test_worker_processes(self):
        with mien.Pipeline(provider="stub", exec="processes", workers=1) as p:
            self.assertEqual(len(p.frame(grey([face(40, 60)]))), 1)

    def test_builtin_models(self):
        """ONNX Runtime of the onnxruntime package, in this process."""
        self.assertIn("onnxruntime", mien.runtime_version())
        first = mien.extract(DEMO, max_frames=1, independent=True, progress=False)
        picture = grey([])
        with mien.Pipeline(independent_frames=True, exec="processes", workers=1) as p:
            self.assertEqual(len(p.frame(picture)), 0)
            self.assertIn("builtin-au-static", {m["name"] for m in p.models()})
        self.assertEqual(len(first), 1)

    @unittest.skipIf(util.SLOW, "time means nothing in this build")
    def test_overhead(self):
        """A call of frame takes at most 50 us beside the stages of the library."""
        picture, times = np.zeros((360, 640, 3), np.uint8), []
        with mien.Pipeline(provider="stub", exec="sequential") as p:
            for _ in range(200):
                p.frame(picture)
            p.clear_times()
            for _ in range(1000):
                start = time.perf_counter()
                p.frame(picture)
                times.append(time.perf_counter() - start)
            inside = sum(t["median"] for t in p.times().values() if t["count"])
        self.assertLess(statistics.median(times) - inside, 50e-6)


class Streams(util.Case):
    def test_file_as_extract(self):
        clip = y4m("a.y4m", util.crowd(30))
        want = mien.extract(clip, provider="stub", progress=False)
        got = list(mien.stream(clip, provider="stub"))
        self.assertEqual(len(got), 30)
        rows = pandas.concat([f.to_pandas() for f in got], ignore_index=True)
        for name in "frame", "face_id", "timestamp", "gaze_yaw", "box_x", "box_w", "success":
            self.assertLess((rows[name].astype(float) - want[name].astype(float)).abs().max(), 1e-3, name)

    def test_stop(self):
        frames = mien.stream(y4m("a.y4m", moving(300)), provider="stub")
        self.assertEqual(next(frames).index, 0)
        frames.close()

    def test_error(self):
        with self.assertRaises(mien.InputMissingError):
            list(mien.stream("no.mp4", provider="stub"))

    def test_pictures(self):
        got = list(mien.stream([grey([face(40, 60)]), grey([])], provider="stub"))
        self.assertEqual([len(f) for f in got], [1, 0])
        self.assertEqual(got[0].image.shape, (240, 320))
        self.assertEqual(got[0].draw().shape, (240, 320, 3))


class Readers(util.Case):
    """Other programs that read OpenFace's tables read ours."""

    def table(self):
        return self.succeeds("extract", DEMO, "--columns", "openface", "--max-frames", "30", "-o", "of.csv")

    def test_py_feat(self):
        """read_openface of the real package; the networks that it imports are left out."""
        if importlib.util.find_spec("feat") is None:
            self.skipTest("py-feat is not installed; it needs Python 3.11")
        self.table()
        done = subprocess.run([sys.executable, os.path.join(ROOT, "tests", "support", "read_openface.py"),
                               "of.csv"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        found = json.loads(done.stdout)
        want = pandas.read_csv("of.csv")
        self.assertEqual(found["rows"], 30)
        self.assertEqual(found["detector"], "OpenFace")
        units = [c for c in want if c.startswith("AU") and c[4:] in ("_r", "_c")]
        self.assertEqual(sorted(found["aus"]), sorted(units))
        self.assertEqual(found["AU12_r"], want.AU12_r.tolist())
        self.assertEqual(found["landmarks"], 136)
        self.assertEqual(found["poses"], ["pose_Tx", "pose_Ty", "pose_Tz", "pose_Rx", "pose_Ry", "pose_Rz"])

    def test_r(self):
        """read.csv of R, or, where R is not installed, its rules: names that it does not change, a number
        in each cell, the same number of cells in each row."""
        self.table()
        want = pandas.read_csv("of.csv")
        if shutil.which("Rscript"):
            script = ("t <- read.csv('of.csv'); stopifnot(all(sapply(t, is.numeric))); cat(dim(t), "
                      "sum(t$AU12_r), names(t)[1], names(t)[ncol(t)])")
            out = subprocess.run(["Rscript", "-e", script], stdout=subprocess.PIPE, text=True, check=True)
            rows, columns, total, first, last = out.stdout.split()
            self.assertEqual((int(rows), int(columns)), want.shape)
            self.near(float(total), want.AU12_r.sum(), 1e-4)
            self.assertEqual((first, last), (want.columns[0], want.columns[-1]))
        lines = util.read("of.csv").decode("ascii").splitlines()
        names = lines[0].split(",")
        for name in names:
            self.assertRegex(name, r"^[A-Za-z.][A-Za-z0-9._]*$")
        self.assertEqual(len(set(names)), len(names))
        for line in lines[1:]:
            cells = line.split(",")
            self.assertEqual(len(cells), len(names))
            for cell in cells:
                self.assertRegex(cell, r"^-?[0-9]+(\.[0-9]+)?$")


class Notebook(util.Case):
    def test_from_video_to_three_plots(self):
        import nbformat
        from nbclient import NotebookClient
        folder = os.path.join(ROOT, "bindings", "python", "examples")
        notebook = nbformat.read(os.path.join(folder, "video_to_plots.ipynb"), as_version=4)
        self.assertFalse(any(c.get("outputs") for c in notebook.cells), "saved with outputs")
        os.environ["IPYTHONDIR"] = os.environ["MPLCONFIGDIR"] = self.folder
        NotebookClient(notebook, timeout=120, kernel_name="python3",
                       resources={"metadata": {"path": folder}}).execute()
        plots = [o for c in notebook.cells for o in c.get("outputs", []) if "image/png" in o.get("data", {})]
        self.assertEqual(len(plots), 3)


class Facts(util.Case):
    def test_columns(self):
        table = mien.columns()
        text = util.run("columns", "--json").out
        self.assertEqual([(c["name"], c["unit"], c["meaning"], c["experimental"]) for c in json.loads(text)],
                         [(c.name, c.unit, c.meaning, c.experimental) for c in table.values()])
        self.assertEqual(table["AU12_r"].action_unit, 12)
        self.assertEqual(table["gaze_yaw"].analysis, "gaze")
        self.assertIn("confidence", mien.columns("openface"))
        self.assertRaises(ValueError, mien.columns, "excel")

    def test_types(self):
        """The package and a program that uses it, under mypy --strict."""
        package = os.path.dirname(mien.__file__)
        util.write("use.py", b"import mien\nwith mien.Pipeline(detect_every=3, order='rgb') as p:\n"
                             b"    reveal_type(p.frame)\nmien.extract('a.mp4', detect_every=3).success.sum()\n"
                             b"mien.extract('a.mp4', backend='polars').height\n")
        util.write("wrong.py", b"import mien\nmien.extract('a.mp4', detect_every='often')\n"
                               b"mien.Pipeline(order='hsv')\n")
        env = dict(os.environ, MYPYPATH=os.path.dirname(package))
        mypy = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir",
                os.path.join(ROOT, "build-deps", "mypy")]
        for arguments, status in (([package, "use.py"], 0), (["wrong.py"], 1)):
            done = subprocess.run([*mypy, *arguments], env=env, stdout=subprocess.PIPE, text=True)
            self.assertEqual(done.returncode, status, done.stdout)
        self.assertEqual(done.stdout.count("error:"), 2, done.stdout)


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
