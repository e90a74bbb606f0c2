"""Worker processes: the death of one changes no result, and no process or memory stays behind.

Workers are found in /proc as children of the program. Without /proc these tests are skipped.
"""
import glob
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import unittest

import util
from util import EXIT, SLOW, Case, run, start, stat_of, y4m

STUB = ("extract", "--provider", "stub")

FRAMES = 30 if util.TSAN else 60
PROCESSES = ("--exec", "processes")
# seconds after the death of the parent within which workers and shared memory must be gone
PATIENCE = 20 if SLOW else 5


def catches(pid, number):
    """Whether the process has a handler for this signal."""
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as f:
        return any(line.startswith("SigCgt:") and int(line[7:], 16) >> (number - 1) & 1 for line in f)


def children(pid, kind="mien-worker"):
    found = []
    for path in glob.glob("/proc/[0-9]*"):
        s = stat_of(path[6:])
        if s and s[2] == pid and s[1] not in "ZX" and s[0] == kind:
            found.append(int(path[6:]))
    return found


def gone(pids):
    """Waits until all processes have ended, with a time limit; returns those that have not."""
    end = time.monotonic() + PATIENCE
    left = list(pids)
    while left and time.monotonic() < end:
        left = [p for p in left if stat_of(p) and stat_of(p)[1] not in "ZX"]
        time.sleep(0.02)
    return left


def wait_for_children(process, n, pause=0.01):
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        found = children(process.pid)
        if len(found) >= n:
            return found
        time.sleep(pause)
    return children(process.pid)


DEADLY = (signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP)


def harassed(case, *arguments, pause=0.3):
    """Sends a signal of DEADLY to a random worker every `pause` seconds; returns the output, the
    number of signals and the sidecar."""
    p = start(*arguments, "-o", "o.csv", *PROCESSES, "-j", "2")
    hits = 0
    threading.Thread(target=p.wait, daemon=True).start()
    dice = random.Random(7)
    while p.poll() is None:
        time.sleep(pause)
        workers = children(p.pid)
        if workers and p.poll() is None:
            try:
                os.kill(dice.choice(workers), dice.choice(DEADLY))
                hits += 1
            except ProcessLookupError:
                pass
    stderr = p.stderr.read().decode()
    case.assertEqual(p.returncode, 0, stderr)
    return util.read("o.csv").decode(), hits, util.read_json("o.csv.meta.json")


@unittest.skipUnless(os.path.isdir("/proc/self"), "no /proc on this system")
class Processes(Case):
    def setUp(self):
        super().setUp()
        y4m("a.y4m", util.crowd(FRAMES))

    def undisturbed(self, *options):
        done = run(*STUB, "a.y4m", "-o", "-", *options)
        self.assertEqual(done.status, 0, done)
        return done.out

    @unittest.skipIf(util.TSAN, "too slow to be disturbed every 300 ms")
    def test_random_deaths(self):
        """SIGKILL, SIGSEGV and SIGSTOP during the whole clip: no frame is lost, the bytes are the same."""
        want = self.undisturbed("--detect-every", "3")
        out, hits, meta = harassed(self, *STUB, "a.y4m", "--detect-every", "3", "MIEN_TEST=jitter=120000")
        self.assertEqual(out, want)
        self.assertGreater(hits, 3)
        self.assertGreater(meta["processes"]["restarts"], 0)
        self.assertEqual(meta["processes"]["quarantined"], 0)
        self.assertEqual(meta["frames"]["analysed"], FRAMES)

    def test_parent_killed(self):
        """When the parent dies, workers end at once, stopped workers as well, and no shared memory
        remains."""
        before = set(os.listdir("/dev/shm")) if os.path.isdir("/dev/shm") else set()
        p = start(*STUB, "a.y4m", "-o", "o.csv", *PROCESSES, "-j", "3", "MIEN_TEST=jitter=500000")
        workers = wait_for_children(p, 3)
        self.assertEqual(len(workers), 3)
        os.kill(workers[0], signal.SIGSTOP)
        p.kill()
        p.wait()
        p.stdout.close()
        p.stderr.close()
        self.assertEqual(gone(workers), [])
        if os.path.isdir("/dev/shm"):
            self.assertFalse({n for n in set(os.listdir("/dev/shm")) - before if "mien" in n})

    def test_parent_killed_while_starting(self):
        """A worker that was stopped before its first work also ends with its parent."""
        for _ in range(6):
            p = start(*STUB, "a.y4m", "-o", "o.csv", *PROCESSES, "-j", "2", "MIEN_TEST=jitter=500000")
            workers = wait_for_children(p, 1, pause=0)
            os.kill(workers[0], signal.SIGSTOP)
            p.kill()
            p.communicate()
            self.assertEqual(gone(workers), [])

    def test_interrupted(self):
        """Ctrl-C reaches all processes of the group, but only the parent reacts to it."""
        p = start(*STUB, "a.y4m", "-o", "o.csv", *PROCESSES, "-j", "2", "MIEN_TEST=jitter=200000",
                  start_new_session=True)
        workers = wait_for_children(p, 2)
        time.sleep(0.3)
        os.killpg(p.pid, signal.SIGINT)
        stderr = p.communicate(timeout=util.TIMEOUT)[1].decode()
        self.assertEqual(p.returncode, 130, stderr)
        self.assertIn("interrupted", stderr)
        self.assertEqual(gone(workers), [])

    def test_interrupted_while_opening(self):
        """An interrupt before the first frame ends with a message, not only with a status."""
        os.mkfifo("waits.y4m")
        for more in PROCESSES, ("--exec", "sequential"):
            p = start(*STUB, "waits.y4m", "-o", "o.csv", *more, start_new_session=True,
                      preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
            self.wait_for(lambda: catches(p.pid, signal.SIGINT))
            time.sleep(1)
            os.killpg(p.pid, signal.SIGINT)
            stderr = p.communicate(timeout=util.TIMEOUT)[1].decode()
            self.assertEqual(p.returncode, 130, stderr)
            self.assertIn("interrupted before the first frame of waits.y4m", stderr)
            self.assertFalse(os.path.exists("o.csv"))

    @util.not_for_tsan
    def test_nothing_inherited(self):
        """A worker inherits its socket, the memory of the frames and standard error, and no other
        descriptor."""
        p = start(*STUB, "a.y4m", "-o", "o.csv", *PROCESSES, "-j", "2", "MIEN_TEST=jitter=300000")
        worker = wait_for_children(p, 2)[0]
        time.sleep(0.5)
        fds = {os.readlink(f"/proc/{worker}/fd/{n}") for n in os.listdir(f"/proc/{worker}/fd")}
        p.terminate()
        p.communicate()
        self.assertFalse([f for f in fds if f.endswith(("a.y4m", "o.csv", "o.csv.partial"))], fds)
        self.assertEqual(len([f for f in fds if f.startswith("socket:")]), 1, fds)
        self.assertEqual(len([f for f in fds if "mien-frames" in f]), 1, fds)

    def quarantined(self, fault, *more):
        want = self.undisturbed().splitlines()
        done = run(*STUB, "a.y4m", "-o", "o.csv", *PROCESSES, "-j", "2", f"MIEN_TEST={fault}=7", *more)
        self.fails_with(done, "EWORKER", "a.y4m", "7")
        have = util.read("o.csv").decode().splitlines()
        rows = [r for r in have if r.startswith("7,")]
        self.assertEqual(len(rows), 1)
        self.assertTrue(rows[0].startswith("7,-2,"), rows)
        names = have[0].split(",")
        self.assertEqual(rows[0].split(",")[names.index("success")], "0")
        # earlier frames do not change; later frames may differ in face ids and smoothing
        early = [r for r in want if not r[0].isdigit() or int(r.split(",")[0]) < 7]
        self.assertEqual(have[:len(early)], early)
        self.assertEqual({r.split(",")[0] for r in have}, {r.split(",")[0] for r in want})
        meta = util.read_json("o.csv.meta.json")
        self.assertEqual(meta["processes"]["quarantined_frames"], [7])
        self.assertEqual(meta["status"], "MIEN_EWORKER")
        self.assertTrue(meta["complete"])
        return meta

    def test_poison(self):
        meta = self.quarantined("poison")
        self.assertEqual(meta["processes"]["restarts"], 5)

    @util.not_for_tsan
    def test_hang(self):
        meta = self.quarantined("hang", "--frame-limit", "3" if SLOW else "0.5")
        self.assertEqual(meta["processes"]["restarts"], 2)

    @util.not_for_tsan
    def test_poison_in_json_lines(self):
        done = run(*STUB, "a.y4m", "-o", "o.jsonl", *PROCESSES, "-j", "1", "MIEN_TEST=poison=3")
        self.assertEqual(done.status, EXIT["EWORKER"], done)
        line = util.read("o.jsonl").decode().splitlines()[2]
        self.assertIn('"error":"MIEN_EWORKER"', line.replace(" ", ""))

    @unittest.skipIf(SLOW, "measurements of memory mean nothing in this build")
    def test_nothing_grows(self):
        """Memory and descriptors of parent, workers and decoder do not grow from frame 2000 to 8000."""
        y4m("b.y4m", util.moving(10, 4, 8), 64, 96)
        head, frames = util.read("b.y4m").split(b"FRAME\n", 1)
        util.write("long.y4m", head + (b"FRAME\n" + frames) * 1000)
        p = start(*STUB, "long.y4m", "-o", "o.jsonl", *PROCESSES, "-j", "2", "--detector-size", "320",
                  "--detect-every", "10")

        def state(frame):
            while p.poll() is None:
                with open("o.jsonl.partial", "rb") if os.path.exists("o.jsonl.partial") else \
                        open(os.devnull, "rb") as f:
                    f.seek(0, os.SEEK_END)
                    f.seek(max(0, f.tell() - 4000))
                    seen = re.findall(rb'"frame": ?(\d+)', f.read())
                if seen and int(seen[-1]) >= frame:
                    break
                time.sleep(0.01)
            found = {}
            for pid in [p.pid, *children(p.pid), *children(p.pid, "mien")]:
                with open(f"/proc/{pid}/statm", encoding="ascii") as f:
                    pages = int(f.read().split()[1])
                found[pid] = pages, len(os.listdir(f"/proc/{pid}/fd"))
            return found

        early, late = state(2000), state(8000)
        self.assertEqual(p.communicate(timeout=util.TIMEOUT)[1], b"")
        self.assertEqual(p.returncode, 0)
        self.assertEqual(len(early), 4)
        self.assertEqual(set(late), set(early))
        for pid, (pages, files) in early.items():
            self.assertLessEqual(late[pid][0], 1.05 * pages, "resident pages after, before")
            self.assertEqual(late[pid][1], files, "open files")

    def shared_out(self, *options):
        """Peak memory of the program and all its children in MB. Each process counts its proportional
        share of shared pages."""
        p = start("extract", os.path.join(util.CLIPS, "hysts00_720p.mp4"), "-o", "o.csv", "--force",
                  "--max-frames", "200", *PROCESSES, *options, env={"MALLOC_PERTURB_": "0"})
        most = 0
        while p.poll() is None:
            time.sleep(0.05)
            total = 0
            for pid in [p.pid, *children(p.pid), *children(p.pid, "mien")]:
                try:
                    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
                        total += int(re.search(r"^Pss: +(\d+)", f.read(), re.M).group(1)) / 1024
                except (OSError, AttributeError):  # the process has just ended
                    pass
            most = max(most, total)
        self.assertEqual((p.wait(), p.communicate()[1]), (0, b""))
        return most

    @unittest.skipIf(SLOW, "measurements of memory mean nothing in this build")
    @unittest.skipUnless(os.path.exists("/proc/self/smaps_rollup"), "this kernel has no smaps_rollup")
    def test_what_a_worker_costs(self):
        """One more worker costs at most 40 MB beyond its models."""
        if not os.path.exists(os.path.join(util.CLIPS, "hysts00_720p.mp4")) or not util.have_models():
            self.skipTest("the clip, the models or ONNX Runtime is missing")
        builtin = os.path.join(util.ROOT, "models", "builtin")
        own = glob.glob(builtin + "/**/*.onnx", recursive=True) + glob.glob(builtin + "/au/*")
        for models, analysis, files in ((builtin, "all", own),
                                        (util.MODELS, "gaze", [os.path.join(util.MODELS, name)
                                                               for name in (util.DETECTOR, util.GAZE)])):
            options = "--models", "builtin" if models == builtin else models, "--analysis", analysis
            one, three = (self.shared_out(*options, "-j", n) for n in "13")
            beyond = (three - one) / 2 - sum(map(os.path.getsize, files)) / 2**20
            self.assertLess(beyond, 40, (options, one, three))
            self.assertGreater(beyond, 5, (options, one, three))  # less would mean that nothing was measured

    @util.not_for_tsan
    def test_no_worker_program(self):
        for path in "nowhere/mien-worker", "a.y4m":
            done = run(*STUB, "a.y4m", "-o", "o.csv", *PROCESSES, env={"MIEN_WORKER": path})
            self.fails_with(done, "EWORKER", "MIEN_WORKER")
        self.assertEqual(self.here(), ["a.y4m"])

    @util.not_for_tsan
    def test_program_that_is_no_worker(self):
        """Programs that end at once, or do not speak the protocol."""
        done = run(*STUB, "a.y4m", "-o", "o.csv", *PROCESSES, env={"MIEN_WORKER": "/bin/false"})
        self.fails_with(done, "EWORKER", "/bin/false", "threads")

    @util.not_for_tsan
    def test_workers_that_cannot_come_back(self):
        """The first thread that notices the failure reports it, and the run ends without waiting for
        the other threads."""
        real = os.path.join(os.path.dirname(util.MIEN), "mien-worker")
        for text in f"#!/bin/sh\nexec '{real}' \"$@\"\n", "#!/bin/sh\nexit 1\n":
            util.write("new", text.encode())
            os.chmod("new", 0o755)
            if not os.path.exists("worker"):
                os.rename("new", "worker")
        p = start(*STUB, "a.y4m", "-o", "o.csv", *PROCESSES, "-j", "3", "MIEN_TEST=jitter=300000",
                  env={"MIEN_WORKER": "./worker"})
        workers = wait_for_children(p, 3)
        time.sleep(0.5)
        os.rename("new", "worker")
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        began = time.monotonic()
        stderr = p.communicate(timeout=util.TIMEOUT)[1].decode()
        self.assertNotIn(p.returncode, (0, None))
        self.assertEqual(stderr.count("ends before it can work"), 1, stderr)
        if not SLOW:
            self.assertLess(time.monotonic() - began, 15)
        self.assertEqual(gone(workers), [])

    @util.not_for_tsan
    def test_worker_by_hand(self):
        worker = os.path.join(os.path.dirname(util.MIEN), "mien-worker")
        done = subprocess.run([worker], capture_output=True, timeout=util.TIMEOUT, check=False)
        self.assertEqual(done.returncode, EXIT["EINVAL"])
        self.assertIn(b"use mien", done.stderr)

    @util.not_for_tsan
    def test_models_are_checked(self):
        """A message of a worker appears once, in the form of a message of the program."""
        util.write("m.onnx", b"no model")
        done = run("extract", "--analysis", "gaze", "--allow-unknown-models", "--detector", "./m.onnx",
                   "--gaze-model", "./m.onnx", "a.y4m", "-o", "o.csv", *PROCESSES, "-j", "3")
        self.assertNotEqual(done.status, 0)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done)

    @util.not_for_tsan
    def test_no_copies(self):
        """Pictures are decoded, converted and rotated in memory that the workers share, both in the
        decoder process and in the program."""
        names = ["a.y4m"]
        if util.FFMPEG:
            util.ffmpeg("-i", "a.y4m", "-c:v", "ffv1", "-pix_fmt", "yuv444p", "b.mkv")
            util.ffmpeg("-i", "a.y4m", "-c:v", "mpeg4", "-q:v", "2", "-bf", "2", "c.mp4")
            names += ["b.mkv", "c.mp4"]
        for name in names:
            for turn in "auto", "90":
                want = run(*STUB, name, "-o", "-", "--rotate", turn).out
                for isolated in True, False:
                    done = run(*STUB, name, "-o", "o.csv", "-f", *PROCESSES, "-j", "2", "--rotate", turn,
                               "--isolate-decoder" if isolated else "--no-isolate-decoder")
                    self.assertEqual((done.status, done.stderr), (0, ""), name)
                    self.assertEqual(util.read("o.csv").decode(), want, (name, turn, isolated))
                    copied = util.read_json("o.csv.meta.json")["processes"]["pictures_copied"]
                    # rawvideo hands out the packet itself, which only the decoder process copies
                    raw = name == "a.y4m" and turn == "auto" and not isolated
                    self.assertIn(copied, (0, FRAMES) if raw else (0,), (name, turn, isolated))


@unittest.skipUnless(os.path.isdir("/proc/self"), "no /proc on this system")
@unittest.skipIf(SLOW, "the networks take too long in this build")
@unittest.skipUnless(util.have_models() if len(sys.argv) > 1 else False, "models or ONNX Runtime missing")
class Genuine(Case):
    """With ONNX Runtime and the research models."""
    CLIP = os.path.join(util.CLIPS, "single_face_360p.mp4")
    HERE = ("extract", "--models", util.MODELS, "--analysis", "gaze")

    @unittest.skipUnless(os.path.exists(CLIP), "no clip of one face in the shared media")
    def test_random_deaths(self):
        want = run(*self.HERE, self.CLIP, "-o", "-").out
        began = time.monotonic()
        run(*self.HERE, self.CLIP, "-o", "-", *PROCESSES, "-j", "2", "--max-frames", "1")
        # on a busy machine the pause must be as long as the start of a worker; with a shorter one, no
        # worker would finish a frame
        out, hits, meta = harassed(self, *self.HERE, self.CLIP, pause=max(0.3, time.monotonic() - began))
        self.assertEqual(out, want)
        self.assertGreater(hits, 2)
        self.assertEqual(meta["processes"]["quarantined"], 0)
        self.assertEqual(meta["processes"]["pictures_copied"], 0)
        self.assertEqual(len({r["frame"] for r in util.read_csv("o.csv")}), meta["frames"]["analysed"])

    def test_providers(self):
        """Each network can have its own provider, in threads and in processes; the sidecar names it."""
        y4m("a.y4m", util.moving(4))
        want = run(*self.HERE, "a.y4m", "-o", "-").out
        for how in "threads", "processes":
            for providers in "detect=cpu,gaze=cpu", "gaze=stub", "detect=stub", "detector=stub":
                done = run(*self.HERE, "a.y4m", "-o", "o.csv", "-f", "--exec", how, "--provider", providers)
                self.assertEqual((done.status, done.stderr), (0, ""))
                meta = util.read_json("o.csv.meta.json")
                asked = dict(p.split("=") for p in providers.replace("detect=", "detector=").split(","))
                # only the stub detects a bright rectangle as a face
                self.assertEqual(util.read("o.csv").decode() == want, asked.get("detector") != "stub", providers)
                have = {m["role"]: m["provider"] for m in meta["models"]}
                self.assertEqual(have, {"detector": "cpu", "gaze": "cpu", **asked}, how)
                self.assertEqual(meta["provider"],
                                 ",".join(f"{k}={v}" for k, v in have.items()) if "stub" in providers else "cpu")

    def test_start(self):
        """With two workers the first row appears within a second, loading of models included."""
        y4m("a.y4m", util.moving(1))
        best = 99
        for _ in range(3):
            began = time.monotonic()
            done = run(*self.HERE, "a.y4m", "-o", "-", *PROCESSES, "-j", "2")
            best = min(best, time.monotonic() - began)
            self.assertEqual(done.status, 0, done)
        self.assertLess(best, 1)


@util.not_for_tsan
@unittest.skipUnless(os.path.isdir("/proc/self"), "no /proc on this system")
class Decoder(Case):
    """The process that reads untrusted files."""

    def setUp(self):
        super().setUp()
        y4m("a.y4m", util.crowd(FRAMES))

    def test_same(self):
        """The result does not depend on the process that decodes; the sidecar names that process."""
        want = run(*STUB, "a.y4m", "-o", "-").out
        for options in ("--isolate-decoder",), ("--exec", "processes"), \
                ("--exec", "processes", "--no-isolate-decoder"):
            done = run(*STUB, "a.y4m", "-o", "o.csv", "-f", *options)
            self.assertEqual((done.status, done.stderr), (0, ""), options)
            self.assertEqual(util.read("o.csv").decode(), want)
            decoder = util.read_json("o.csv.meta.json")["input"]["decoder"]
            self.assertEqual(decoder == "in the program", options[-1] == "--no-isolate-decoder", decoder)
            if sys.platform == "linux" and options[0] == "--isolate-decoder" and not SLOW:
                self.assertIn("limits", decoder)

    def lost(self, number, damaged=False):
        """After the death of the decoder, its rows so far are kept and the next file is analysed. A crash
        counts as damage of the file; a process that was killed or stopped says nothing about it."""
        y4m("b.y4m", util.moving(5))
        p = start(*STUB, "a.y4m", "b.y4m", "-o", "out/", "--isolate-decoder", "-j", "1",
                  "MIEN_TEST=jitter=100000")
        end = time.monotonic() + 30
        while not children(p.pid, "mien") and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(0.5)
        decoders = children(p.pid, "mien")
        self.assertEqual(len(decoders), 1)
        os.kill(decoders[0], number)
        stderr = p.communicate(timeout=util.TIMEOUT)[1].decode()
        self.assertEqual(p.returncode, EXIT["EDAMAGED" if damaged else "EWORKER"], stderr)
        self.assertIn("a.y4m", stderr)
        self.assertIn("decoder", stderr)
        end = "" if damaged else ".partial"
        rows = util.read("out/a.csv" + end).decode().splitlines()
        self.assertGreater(len(rows), 1)
        self.assertFalse(util.read_json("out/a.csv.meta.json" + end)["complete"])
        self.assertTrue(util.read_json("out/b.csv.meta.json")["complete"])
        self.assertEqual(gone(decoders), [])

    def test_killed(self):
        self.lost(signal.SIGKILL)

    def test_crash(self):
        self.lost(signal.SIGABRT, damaged=True)

    def test_stopped(self):
        self.lost(signal.SIGSTOP)

    def test_parent_killed(self):
        p = start(*STUB, "a.y4m", "-o", "o.csv", "--isolate-decoder", "MIEN_TEST=jitter=300000")
        end = time.monotonic() + 30
        while not children(p.pid, "mien") and time.monotonic() < end:
            time.sleep(0.01)
        decoders = children(p.pid, "mien")
        p.kill()
        p.communicate()
        self.assertEqual(len(decoders), 1)
        self.assertEqual(gone(decoders), [])

    def test_bad_files(self):
        """Messages and statuses equal those without the decoder process."""
        util.write("text.mp4", b"no video at all, just words\n" * 100)
        util.write("cut.mp4", b"\0\0\0\x20ftypisom" + b"\0" * 2000)
        for name in "text.mp4", "cut.mp4":
            want = run(*STUB, name, "-o", "o.csv")
            have = run(*STUB, name, "-o", "o.csv", "--isolate-decoder")
            self.assertEqual((have.status, have.stderr), (want.status, want.stderr))

    def test_messages_into_a_file(self):
        """The decoder process may write to no file, not even to standard error. Its messages still
        appear there and in the summary."""
        util.write("text.mp4", b"no video at all, just words\n" * 100)
        util.png("whole.png", [util.face(30, 40)])
        util.write("cut.png", util.read("whole.png")[:-60])
        for name in "text.mp4", "cut.png":
            want = run(*STUB, name, "-o", "o.csv", "-f", "--isolate-decoder")
            self.assertIn(name, want.stderr)
            self.assertNotIn("crashed", want.stderr)
            with open("log.txt", "wb") as log:
                p = start(*STUB, name, "-o", "o.csv", "-f", "--isolate-decoder", "--summary", "s.csv", stderr=log)
                p.communicate(timeout=util.TIMEOUT)
            stderr = util.read("log.txt").decode()
            self.assertEqual((p.returncode, stderr), (want.status, want.stderr))
            self.assertIn(util.read_csv_text("s.csv")[0]["message"], stderr)
            os.remove("s.csv")


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
