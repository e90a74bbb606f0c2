#!/usr/bin/env python3
"""Batches: folders as inputs, --resume, and --summary.

usage: test_batch.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]
"""
import glob
import json
import os
import signal
import sys
import time
import unittest

import util
from util import EXIT, face, moving, png, read, read_csv, read_json, run, write, y4m

STUB = ("extract", "--provider", "stub")


class Case(util.Case):
    def extract(self, *arguments, **more):
        return self.succeeds(*STUB, *arguments, **more)

    def results(self, folder="out"):
        found = []
        for path, _, files in os.walk(folder):
            found += [os.path.relpath(os.path.join(path, f), folder) for f in files]
        return sorted(f for f in found if not f.endswith(".meta.json"))

    def summary(self, path="all.csv"):
        return util.read_csv_text(path)


def messy():
    """A typical folder: 5 videos and other files."""
    for d in "in/day 1/late", "in/.trash", "in/empty":
        os.makedirs(d)
    y4m("in/b.y4m", moving(3))
    y4m("in/a.Y4M", moving(2))
    y4m("in/day 1/talk.y4m", moving(4))
    y4m("in/day 1/talk.nut", moving(5))
    y4m("in/day 1/late/x,\"1\".y4m", moving(6))
    y4m("in/.trash/gone.y4m", moving(1))
    y4m("in/.hidden.y4m", moving(1))
    write("in/notes.txt", b"not a video\n")
    png("in/face.png", [face(30, 40)])
    os.symlink("..", "in/day 1/up")  # following this link would never end
    os.symlink("nowhere.txt", "in/dead.txt")


WANT = ["a.csv", "b.csv", "day 1/late/x,\"1\".csv", "day 1/talk.nut.csv", "day 1/talk.y4m.csv"]


@util.not_for_tsan
class Folders(Case):
    def test_a_messy_folder(self):
        messy()
        done = self.extract("in", "-o", "out/")
        self.assertEqual((done.out, done.stderr), ("", ""))
        self.assertEqual(self.results(), WANT)
        frames = [len(read_csv("out/" + f)) for f in WANT]
        self.assertEqual(frames, [2, 3, 6, 5, 4])
        # the same bytes as from separate runs
        self.extract("in/day 1/talk.nut", "-o", "one.csv")
        self.assertEqual(read("one.csv"), read("out/day 1/talk.nut.csv"))

    def test_results_in_the_folder_itself(self):
        messy()
        self.extract("in/", "-o", "in/results/")
        first = self.results("in/results")
        self.assertEqual(first, WANT)
        self.extract("in/", "-o", "in/results", "--force")
        self.assertEqual(self.results("in/results"), first)

    def test_with_other_inputs_and_twice(self):
        messy()
        y4m("c.y4m", moving(2))
        self.extract("c.y4m", "in", "-o", "out/", "--format", "jsonl")
        self.assertEqual(self.results(), sorted([f[:-3] + "jsonl" for f in WANT] + ["c.jsonl"]))
        self.fails_with(run(*STUB, "in", "in/b.y4m", "-o", "two/"), "EINVAL", "in/b.y4m", "two/b.csv")
        self.assertEqual(self.results("two"), [])

    def test_pictures(self):
        messy()
        os.unlink("in/b.y4m")
        self.extract("in", "--static", "-o", "out/")
        self.assertIn("face.csv", self.results())
        os.makedirs("pictures")
        png("pictures/1.png", [face(30, 40)])
        self.fails_with(run(*STUB, "pictures", "-o", "none/"), "EISDIR", "pictures", "--independent",
                        "pictures/%04d.jpg")

    def test_mistakes(self):
        messy()
        self.fails_with(run(*STUB, "in", "-o", "out/", "--landmarks-from", "in/b.y4m"), "EINVAL", "--landmarks-from")
        self.fails_with(run(*STUB, "in/b.y4m", "-o", "b.csv", "--landmarks-from", "t.csv", "--max-faces", "1"), "EINVAL",
                        "--max-faces")
        for more in ("-o", "b.jsonl"), ("-o", "out/", "--format", "jsonl"):
            self.fails_with(run(*STUB, "in/b.y4m", *more, "--columns", "openface"), "EINVAL", "openface")
        self.fails_with(run(*STUB, "in", "-o", "all.csv"), "EINVAL", "in", "-o FOLDER/")
        self.fails_with(run(*STUB, "in", "-o", "out/", "--video", "v.mp4"), "EINVAL", "--video FOLDER/")
        self.fails_with(run(*STUB, "in/empty", "-o", "out/"), "EISDIR", "in/empty")
        self.fails_with(run(*STUB, "in", "-o", "out/", "--resume", "--force"), "EINVAL", "--resume")
        self.fails_with(run(*STUB, "in", "-o", "out/", "--resume", "--summary", "in/b.y4m"), "EINVAL",
                        "in/b.y4m")
        self.assertTrue(read("in/b.y4m").startswith(b"YUV4MPEG2"))

    @unittest.skipIf(os.geteuid() == 0, "root can read every file")
    def test_a_folder_that_cannot_be_read(self):
        messy()
        os.chmod("in/day 1", 0)
        try:
            done = run(*STUB, "in", "-o", "out/")
        finally:
            os.chmod("in/day 1", 0o755)
        self.assertEqual(done.status, EXIT["ENOINPUT"], done)
        self.assertIn("in/day 1", done.stderr)
        self.assertEqual(self.results(), ["a.csv", "b.csv"])

    def test_a_broken_link_is_reported(self):
        """A disk that is not mounted must not reduce a batch silently."""
        messy()
        os.symlink("/not/mounted/c.y4m", "in/c.y4m")
        done = run(*STUB, "in", "-o", "out/", "--summary", "all.csv")
        self.assertEqual(done.status, EXIT["ENOINPUT"], done)
        self.assertIn("in/c.y4m", done.stderr)
        self.assertEqual(self.results(), WANT)
        self.assertEqual({r["input"]: r for r in self.summary()}["in/c.y4m"]["status"], "MIEN_ENOINPUT")

    def test_a_bad_file_is_one_bad_file(self):
        messy()
        write("in/broken.mp4", b"\0\0\0\x20ftypisom" + b"x" * 5000)
        write("in/nothing.mkv", b"")
        done = run(*STUB, "in", "-o", "out/", "--summary", "all.csv")
        self.assertNotEqual(done.status, 0)
        self.assertEqual(self.results(), WANT)
        rows = {r["input"]: r for r in self.summary()}
        self.assertEqual(len(rows), 7)
        self.assertEqual(rows["in/nothing.mkv"]["state"], "failed")
        self.assertEqual(rows["in/nothing.mkv"]["status"], "MIEN_EEMPTY")
        self.assertIn("empty", rows["in/nothing.mkv"]["message"])
        self.assertEqual(rows["in/broken.mp4"]["state"], "failed")
        self.assertTrue(rows["in/broken.mp4"]["message"])
        late = rows["in/day 1/late/x,\"1\".y4m"]
        self.assertEqual((late["state"], late["frames"], late["rows"], late["people"]),
                         ("done", "6", "6", "1"))
        self.assertEqual(late["result"], "out/day 1/late/x,\"1\".csv")
        self.assertGreater(float(late["seconds"]), 0)


@util.not_for_tsan
class Resume(Case):
    def test_what_is_done_is_kept(self):
        messy()
        self.extract("in", "-o", "out/")
        before = {f: (read("out/" + f), os.stat("out/" + f).st_mtime_ns) for f in WANT}
        os.unlink("out/b.csv")                # a sidecar without rows is not a result
        y4m("in/new.y4m", moving(2))
        # the executor and the number of workers do not matter
        self.extract("in", "-o", "out/", "--resume", "--summary", "all.csv", "--exec", "sequential")
        self.assertEqual(self.results(), sorted(WANT + ["new.csv"]))
        for f, (data, when) in before.items():
            self.assertEqual(read("out/" + f), data)
            self.assertEqual(os.stat("out/" + f).st_mtime_ns == when, f != "b.csv", f)
        state = {r["input"]: r["state"] for r in self.summary()}
        self.assertEqual(sorted(state.values()), ["done", "done", "kept", "kept", "kept", "kept"])
        self.assertEqual((state["in/b.y4m"], state["in/new.y4m"]), ("done", "done"))
        self.assertEqual(next(r["frames"] for r in self.summary() if r["input"] == "in/a.Y4M"), "2")

    def test_results_of_another_recipe_are_refused(self):
        messy()
        self.extract("in", "-o", "out/")
        data = read("out/b.csv")
        for other in (("--det-threshold", "0.4"), ("--smooth", "0"), ("--max-frames", "2"),
                      ("--analysis", "gaze")):
            if other[0] == "--analysis":  # the stub has gaze only, so this option changes nothing
                self.extract("in", "-o", "out/", "--resume", *other)
                continue
            done = run(*STUB, "in", "-o", "out/", "--resume", *other)
            self.assertEqual(done.status, EXIT["EEXISTS"], other)
            self.assertEqual(done.stderr.count("out/"), 5, done)
            self.assertIn("--force", done.stderr)
        y4m("in/b.y4m", moving(7))  # another file with the same name
        done = run(*STUB, "in", "-o", "out/", "--resume")
        self.check_one_message(done, "out/b.csv")
        self.assertEqual(read("out/b.csv"), data)
        write("out/a.csv.meta.json", b"{}")
        done = run(*STUB, "in", "-o", "out/", "--resume")
        self.assertIn("out/a.csv", done.stderr)
        os.unlink("out/a.csv.meta.json")
        self.assertIn("out/a.csv", run(*STUB, "in", "-o", "out/", "--resume").stderr)

    def check_one_message(self, done, name):
        self.assertEqual(done.status, EXIT["EEXISTS"], done)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 2, done)
        self.assertIn(name, lines[0])
        self.assertIn("1 of 5", lines[1])

    def test_after_an_interruption(self):
        os.mkdir("in")
        for name in "a", "b", "c":
            y4m(f"in/{name}.y4m", util.crowd(90) * (4 if util.SLOW else 12))
        whole = [self.extract(f"in/{n}.y4m", "-o", "-").out for n in ("a", "b", "c")]
        p = util.start(*STUB, "in", "-o", "out/", "--summary", "all.csv", "MIEN_TEST=jitter=6000")
        end = time.monotonic() + 60
        while time.monotonic() < end and not glob.glob("out/b.csv.partial") and p.poll() is None:
            time.sleep(0.01)
        p.send_signal(signal.SIGTERM)
        p.communicate(timeout=util.TIMEOUT)
        self.assertEqual(p.returncode, 143)
        self.assertEqual([f for f in self.results() if ".meta." not in f], ["a.csv", "b.csv.partial"])
        self.assertEqual([r["state"] for r in self.summary("all.csv.partial")],
                         ["done", "interrupted", "not begun"])
        self.extract("in", "-o", "out/", "--summary", "all.csv", "--resume")
        self.assertEqual(self.results(), ["a.csv", "b.csv", "c.csv"])
        self.assertEqual([r["state"] for r in self.summary()], ["kept", "done", "done"])
        self.assertFalse(os.path.exists("all.csv.partial"))
        for name, text in zip("abc", whole):
            self.assertEqual(read(f"out/{name}.csv").decode(), text)
        self.assertEqual(glob.glob("out/*.partial"), [])

    def test_damaged_files_stay_damaged(self):
        os.mkdir("in")
        y4m("a.y4m", moving(60))
        self.extract("a.y4m", "-o", "a.csv", "--video", "in/a.mkv")
        os.truncate("in/a.mkv", os.path.getsize("in/a.mkv") * 2 // 3)
        first = run(*STUB, "in", "-o", "out/")
        self.assertEqual(first.status, EXIT["EDAMAGED"], first)
        data = read("out/a.csv")
        again = run(*STUB, "in", "-o", "out/", "--resume")
        self.assertEqual(again.status, EXIT["EDAMAGED"], again)
        self.assertIn("in/a.mkv", again.stderr)
        self.assertEqual(read("out/a.csv"), data)

    @util.needs_ffmpeg
    def test_odd_ends_stay_odd(self):
        """Complete results of inputs with errors are kept, and the same status is reported again."""
        os.mkdir("in")
        for i, (w, h) in enumerate(((320, 240), (640, 480))):
            y4m("a.y4m", moving(4), w, h)
            util.ffmpeg("-i", "a.y4m", "-c:v", "mjpeg", "-f", "mjpeg", f"{i}.mjpeg")
        write("all.mjpeg", read("0.mjpeg") + read("1.mjpeg"))
        util.ffmpeg("-i", "all.mjpeg", "-c", "copy", "in/size.mkv")
        y4m("a.y4m", moving(12))
        odd = ["ESIZECHANGE"]
        if util.ffmpeg("-i", "a.y4m", "-c:v", "mjpeg", "-bsf:v",
                       "setts=ts=if(eq(N\\,5)\\,PREV_OUTPTS\\,PTS)", "in/time.mkv", check=False):
            odd.append("ETIMESTAMPS")
        for state, how in ("done", "--force"), ("kept", "--resume"):
            done = run(*STUB, "in", "-o", "out/", "--summary", "all.csv", how)
            self.assertEqual(done.status, EXIT["ESIZECHANGE"], done)
            self.assertEqual([(r["state"], r["status"]) for r in self.summary()],
                             [(state, "MIEN_" + name) for name in odd])
            self.assertEqual([r["frames"] for r in self.summary()], ["8", "12"][:len(odd)])
            for row in self.summary():
                self.assertIn(row["input"], row["message"])
            os.unlink("all.csv")

    def test_results_that_changed(self):
        messy()
        self.extract("in", "-o", "out/")
        for name, data in (("a", b""), ("b", read("out/b.csv")[:-20])):
            write(f"out/{name}.csv", data)
        os.unlink("out/day 1/talk.nut.csv.meta.json")
        done = run(*STUB, "in", "-o", "out/", "--resume", "--summary", "all.csv")
        self.assertEqual(done.status, EXIT["EEXISTS"], done)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 4, done)
        self.assertIn("0 bytes", lines[0])
        self.assertIn("bytes", lines[1])
        self.assertIn("sidecar", "".join(lines[:3]))
        self.assertEqual(sorted(r["state"] for r in self.summary()), ["failed", "failed", "failed", "kept", "kept"])
        self.assertEqual(read("out/a.csv"), b"")

    @util.needs_ffmpeg
    def test_a_damaged_file_that_was_copied_again(self):
        os.mkdir("in")
        y4m("a.y4m", moving(60))
        self.extract("a.y4m", "-o", "a.csv", "--video", "a.mkv")
        whole = read("a.mkv")
        write("in/a.mkv", whole[:len(whole) * 2 // 3])
        self.assertEqual(run(*STUB, "in", "-o", "out/").status, EXIT["EDAMAGED"])
        write("in/a.mkv", whole)
        self.extract("in", "-o", "out/", "--resume")
        self.assertEqual(len({r["frame"] for r in read_csv("out/a.csv")}), 60)

    def test_copies_are_no_inputs(self):
        os.makedirs("in/more")
        y4m("in/a.y4m", moving(4))
        y4m("in/more/b.y4m", moving(4))
        for more in ((), ("--resume",), ("--resume",)):
            self.extract("in", "-o", "out/", "--video", "in/seen/", *more)
        self.assertEqual(self.results(), ["a.csv", "more/b.csv"])
        self.assertEqual(self.results("in/seen"), ["a.mp4", "more/b.mp4"])

    def test_a_second_file_of_that_name(self):
        os.mkdir("in")
        y4m("in/a.y4m", moving(4))
        self.extract("in", "-o", "out/")
        y4m("b.y4m", moving(5))
        os.rename("b.y4m", "in/a.Y4M")
        done = self.extract("in", "-o", "out/", "--resume", silent=False)
        self.assertEqual(len(done.stderr.splitlines()), 1, done)
        self.assertIn("out/a.csv", done.stderr)
        self.assertEqual(self.results(), ["a.Y4M.csv", "a.csv", "a.y4m.csv"])

    def test_frames_given_up_stay_given_up(self):
        y4m("a.y4m", moving(12))
        first = run(*STUB, "a.y4m", "-o", "o.csv", "--exec", "processes", "-j", "1", "MIEN_TEST=poison=5")
        self.assertEqual(first.status, EXIT["EWORKER"], first)
        again = run(*STUB, "a.y4m", "-o", "o.csv", "--resume")
        self.fails_with(again, "EWORKER", "a.y4m", "--force")

    def test_all_that_decides_counts(self):
        """The recipe: format of the rows, table of external landmarks, provider of the networks."""
        y4m("a.y4m", moving(4))
        self.extract("a.y4m", "-o", "r.out", "--format", "csv")
        done = run(*STUB, "a.y4m", "-o", "r.out", "--format", "jsonl", "--resume")
        self.fails_with(done, "EEXISTS", "r.out")
        self.extract("a.y4m", "-o", "r.out", "--format", "csv", "--resume")

        def table(x):
            names = ["frame", "face_id", "confidence", "success"] + [f"{c}_{k}" for c in "xy" for k in range(68)]
            row = ["1", "0", "0.9", "1"] + [str(x + k % 17) for k in range(136)]
            write("t.csv", (",".join(names) + "\n" + ",".join(row) + "\n").encode())
        table(100)
        given = ("extract", "a.y4m", "-o", "g.csv", "--landmarks-from", "t.csv", "--analysis", "landmarks")
        self.succeeds(*given)
        self.succeeds(*given, "--resume", silent=False)
        table(101)
        self.fails_with(run(*given, "--resume"), "EEXISTS", "g.csv")

    def test_a_missing_video_is_made(self):
        os.mkdir("in")
        y4m("in/a.y4m", moving(6))
        self.extract("in", "-o", "out/")
        data = read("out/a.csv")
        self.extract("in", "-o", "out/", "--video", "out/", "--resume")
        self.assertEqual(self.results(), ["a.csv", "a.mp4"])
        self.assertEqual(read("out/a.csv"), data)
        # a video exists without rows: it is not replaced
        os.unlink("out/a.csv")
        self.assertEqual(run(*STUB, "in", "-o", "out/", "--video", "out/", "--resume").status,
                         EXIT["EEXISTS"])


@util.not_for_tsan
class Progress(Case):
    def test_of_all_files(self):
        os.mkdir("in")
        for name in "a", "b":
            y4m(f"in/{name}.y4m", moving(60))
        done = run(*STUB, "in", "-o", "out/", "--progress", "json", "MIEN_TEST=jitter=20000", "-j", "1")
        self.assertEqual(done.status, 0, done)
        lines = [json.loads(line) for line in done.stderr.splitlines()]
        self.assertEqual({line["files"] for line in lines}, {2})
        self.assertEqual([line["file"] for line in lines if line["done"]], [1, 2])
        self.assertEqual(lines[-1]["all_eta_s"], 0)
        done = run(*STUB, "in", "-o", "two/", "--progress", "bar", "MIEN_TEST=jitter=20000", "-j", "1")
        self.assertIn("[2/2] b.y4m", done.stderr)


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
