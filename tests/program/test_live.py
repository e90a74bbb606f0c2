#!/usr/bin/env python3
"""mien run, live: what is dropped and what it says of it, latency, Ctrl-C, sockets, recordings that
survive, the window.

usage: test_live.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]
"""
import ctypes
import glob
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

import rtsp
import util
from util import SLOW, TSAN, read, read_csv, read_json, run, y4m

RUN = ("run", "--provider", "stub")
LAVFI = len(sys.argv) > 1 and util.have_lavfi()
needs_lavfi = unittest.skipUnless(LAVFI, "built without libavdevice")


def graph(seconds=None, rate=30, size="320x240"):
    """A face that moves, made by FFmpeg at its own pace."""
    d = f":duration={seconds}" if seconds else ""
    return (f"lavfi:color=black:size={size}:rate={rate}{d}[a];color=white:size=60x80:rate={rate}{d}[b];"
            "[a][b]overlay=x=40+mod(20*t\\,200):y=60")


class Case(util.Case):
    def live(self, *options, source=None, seconds=3, **more):
        """Runs and returns the statistics, whose counts add up."""
        done = run(*RUN, "--source", source or graph(seconds), "--stats", "s.json", "--force", *options, **more)
        self.assertEqual(done.status, 0, done)
        return self.adds_up(), done

    def adds_up(self, name="s.json"):
        s = read_json(name)
        f = s["frames"]
        self.assertEqual(f["captured"], f["analysed"] + f["skipped"] + f["dropped"] + f["discarded"], s)
        self.assertGreaterEqual(min(f.values()), 0, s)
        return s


@needs_lavfi
class Latency(Case):
    SLOW_MODEL = ("MIEN_TEST=slow=200000",)

    def check(self, *options):
        s, _ = self.live(*self.SLOW_MODEL, *options)
        f = s["frames"]
        self.assertEqual(f["captured"], 90)
        self.assertGreater(f["dropped"], 30)
        self.assertGreater(f["analysed"], 3 if SLOW else 8)
        self.assertEqual(f["discarded"], 0)
        self.assertEqual(s["rates"]["captured"]["count"], 90)
        self.near(s["rates"]["captured"]["recent"], 30, 6 if SLOW else 2)
        if not SLOW:
            self.assertLess(s["latency_ms"]["p95"], 300, s)
            self.assertGreater(s["latency_ms"]["median"], 190, s)
        return s

    def test_slow_model(self):
        s = self.check("-j", "2", "--csv", "o.csv")
        self.assertLessEqual(s["at_a_time"]["highest"], 2)
        rows = read_csv("o.csv")
        numbers = [r["frame"] for r in rows]
        self.assertEqual(numbers, sorted(set(numbers)))
        for r in rows:  # numbers count the dropped ones, times are the graph's
            self.near(r["timestamp"], (r["frame"] - 1) / 30, 1e-4)
        m = read_json("o.csv.meta.json")
        self.assertEqual(m["frames"]["dropped_live"], s["frames"]["dropped"])
        self.assertEqual(m["frames"]["analysed"], len(rows))
        self.assertIs(m["complete"], True)

    @util.not_for_tsan
    def test_more_at_a_time_when_that_helps(self):
        one = self.check("--exec", "sequential", "--csv", "-")
        self.assertEqual(one["at_a_time"]["highest"], 1)
        four = self.check("-j", "4", "--csv", "-")
        self.assertIn(four["at_a_time"]["highest"], (2, 3, 4))
        if not SLOW:
            self.assertGreater(four["frames"]["analysed"], 1.2 * one["frames"]["analysed"])

    @util.not_for_tsan
    def test_never_later_than_two_intervals_and_one_inference(self):
        """However the work is spread, and whenever the stream ends: two ends that lie half an inference
        apart, so that one at least leaves a last picture that would have to wait."""
        for options in (("--exec", "sequential"), ("-j", "1"), ("-j", "2"), ("-j", "4"),
                        ("--exec", "processes", "-j", "1"), ("--exec", "processes", "-j", "2")):
            for seconds in 1.5, 1.6:
                for _ in range(3):  # a machine that is busy with something else may be late by itself
                    s, _ = self.live(*self.SLOW_MODEL, *options, "--csv", "-", seconds=seconds)
                    if SLOW or s["latency_ms"]["max"] < 300:
                        break
                self.assertGreater(s["frames"]["analysed"], 1 if SLOW else 4)
                if not SLOW:
                    self.assertLess(s["latency_ms"]["median"], 200 + 2 / 30 * 1000, (options, s))
                    self.assertLess(s["latency_ms"]["max"], 300, (options, s))

    @util.not_for_tsan
    def test_latency_preset(self):
        s, _ = self.live("--latency", "--csv", "-", seconds=1)
        self.assertEqual(s["at_a_time"], {"highest": 1, "allowed": 1, "changes": 0})
        if not SLOW:
            self.assertLess(s["latency_ms"]["median"], 33, s)

    @util.not_for_tsan
    def test_a_fast_model_drops_nothing_much(self):
        s, _ = self.live("--csv", "-", "-j", "2", seconds=2)
        if not SLOW:
            self.assertGreater(s["frames"]["analysed"], 40)
            self.assertLess(s["latency_ms"]["p95"], 100, s)

    def test_ctrl_c_is_the_normal_end(self):
        for number in (signal.SIGINT,) if TSAN else (signal.SIGINT, signal.SIGTERM):
            for name in glob.glob("*"):
                os.unlink(name)
            p = util.start(*RUN, "--source", graph(), "--csv", "o.csv", "--stats", "s.json",
                           "--output", "o.mp4", "-j", "2", *self.SLOW_MODEL)
            self.wait_for(lambda: os.path.exists("o.mp4.partial") and
                          os.path.getsize("o.mp4.partial") > 500)
            p.send_signal(number)
            began = time.monotonic()
            _, said = p.communicate(timeout=util.TIMEOUT)
            self.assertEqual((p.returncode, said), (0, b""))
            if not SLOW:
                self.assertLess(time.monotonic() - began, 0.2 + 0.15, "longer than one inference")
            self.assertEqual(self.here(), ["o.csv", "o.csv.meta.json", "o.mp4", "s.json"])
            s = self.adds_up()
            self.assertEqual(len(read_csv("o.csv")), s["frames"]["analysed"])
            self.assertIs(read_json("o.csv.meta.json")["complete"], True)


class Files(Case):
    def test_realtime(self):
        y4m("a.y4m", util.moving(25))
        began = time.monotonic()
        s, _ = self.live("--realtime", "--csv", "o.csv", source="a.y4m")
        self.assertGreater(time.monotonic() - began, 0.95)
        self.assertIs(s["live"], True)
        self.assertEqual(s["frames"]["captured"], 25)
        self.assertEqual(len(read_csv("o.csv")), s["frames"]["analysed"])

    @util.not_for_tsan
    def test_a_file_is_not_live(self):
        y4m("a.y4m", util.moving(60))
        want = self.rows("a.y4m")
        s, _ = self.live("--csv", "o.csv", source="a.y4m")
        self.assertEqual(read_csv("o.csv"), want)
        self.assertEqual((s["live"], s["frames"]["analysed"], s["frames"]["dropped"]), (False, 60, 0))

    @util.not_for_tsan
    def test_frame_skip(self):
        y4m("a.y4m", util.moving(20))
        s, _ = self.live("--csv", "o.csv", "--frame-skip", "2", source="a.y4m")
        self.assertEqual([r["frame"] for r in read_csv("o.csv")], [1, 4, 7, 10, 13, 16, 19])
        self.assertEqual(s["frames"]["skipped"], 13)
        f = read_json("o.csv.meta.json")["frames"]
        self.assertEqual((f["decoded"], f["passed_over"], f["analysed"]), (20, 13, 7))
        s, _ = self.live("--csv", "o.csv", "--frame-skip", "3", "--realtime", source="a.y4m")
        self.assertTrue(all((r["frame"] - 1) % 4 == 0 for r in read_csv("o.csv")))

    @util.not_for_tsan
    def test_log_every(self):
        y4m("a.y4m", util.moving(30))
        _, done = self.live("--csv", "-", "--log-every", "10", source="a.y4m")
        lines = [line for line in done.said.splitlines() if line.startswith("mien: ")]
        self.assertEqual([line.split()[1] for line in lines], ["10", "10", "20", "20", "30", "30"])
        self.assertRegex(lines[4], r"captured \d+\.\d and .* latency median \d+ ms, p95 \d+")
        self.assertRegex(lines[5], r"by stage: detect \d+\.\d and \d+\.\d, .*gaze \d+\.\d and \d+\.\d")
        self.assertRegex(done.said, r"\n  gaze +30 +\d+\.\d +\d+\.\d\n")
        self.assertIn("30 captured = 30 analysed + 0 skipped + 0 dropped + 0 discarded", done.said)

    def test_rates_of_the_stages(self):
        """In every mode: over the last 30 frames and since the first, in frames and not in faces."""
        y4m("a.y4m", util.crowd(80))
        for mode in (("-j", "2"),) if TSAN else (("--exec", "sequential"), ("-j", "2"),
                                                 ("--exec", "processes", "-j", "2")):
            s, _ = self.live("--csv", "-", "--detect-every", "1", *mode, source="a.y4m")
            stages = s["stages"]
            self.assertIn(stages["gaze"]["count"], range(70, 80))  # not those without a face
            for name in "detect", "track", "smooth":
                self.assertEqual(stages[name]["count"], 80, (mode, name, s))
            for name in "detect", "track", "gaze", "smooth":
                self.assertGreater(stages[name]["recent"], 0)
                self.assertGreater(stages[name]["mean"], 0)
            self.assertGreater(s["stages_ms"]["gaze.network"]["count"], 80)  # several faces
            s, _ = self.live("--csv", "-", "--detect-every", "5", *mode, source="a.y4m")
            self.assertEqual(s["stages"]["interpolate"]["count"], 80)
            self.assertLess(s["stages"]["detect"]["count"], 80)
            # a slow model sets the pace of all, and all agree on it
            s, _ = self.live("--csv", "-", "MIEN_TEST=slow=10000", "--max-frames", "60", *mode, source="a.y4m")
            for name in "detect", "gaze", "smooth":
                self.assertLess(s["stages"][name]["recent"], 201)
                if not SLOW:
                    self.near(s["stages"][name]["recent"], s["rates"]["analysed"]["recent"],
                              0.2 * s["rates"]["analysed"]["recent"])

    @util.not_for_tsan
    def test_ctrl_c_on_a_file_is_none(self):
        y4m("a.y4m", util.moving(200))
        p = util.start(*RUN, "a.y4m", "--csv", "o.csv", "-j", "1", "MIEN_TEST=slow=30000")
        self.wait_for(lambda: os.path.exists("o.csv.partial"))
        time.sleep(0.3)
        p.send_signal(signal.SIGINT)
        p.communicate(timeout=util.TIMEOUT)
        self.assertEqual(p.returncode, 130)
        self.assertIn("o.csv.partial", self.here())

    @util.not_for_tsan
    def test_no_such_camera(self):
        for name in "87", "/dev/video87":
            done = run(*RUN, "--source", name, "--csv", "-", "--camera-size", "1280x720", "--fps", "30")
            if done.status != util.EXIT["ENOTBUILT"]:
                self.sentence(done, "ENOINPUT", "camera", "/dev/video87", "ls /dev/video*")

    @util.not_for_tsan
    def test_mistakes(self):
        y4m("a.y4m", util.moving(2))
        util.write("s.json", b"precious")
        for options, error, words in (
                (("--send", "tcp://a:1"), "EINVAL", ["udp://HOST:PORT"]),
                (("--send", "udp://nowhere"), "EINVAL", ["udp://HOST:PORT"]),
                (("--send", "unix:" + "a" * 200), "EINVAL", ["unix:PATH"]),
                (("--send", "unix:nobody"), "EOUTPUT", ["start the program"]),
                (("--send", "-", "--csv", "-"), "EINVAL", ["standard output"]),
                (("--csv", "-", "--stats", "s.json"), "EEXISTS", ["--force"]),
                (("--csv", "o.csv", "--stats", "o.csv"), "EINVAL", ["two results"]),
                (("--csv", "-", "--stats", "a.y4m", "--force"), "EINVAL", ["overwritten"]),
                (("--frame-skip", "-1", "--csv", "-"), "EINVAL", ["--frame-skip"]),
                (("--camera-size", "1280", "--csv", "-"), "EINVAL", ["1280x720"]),
                (("--camera-size", "1280x720x2", "--csv", "-"), "EINVAL", ["1280x720"]),
                (("--camera-size", "-1x720", "--csv", "-"), "EINVAL", ["1280x720"]),
                (("--log-every", "0", "--csv", "-"), "EINVAL", ["--log-every"])):
            self.sentence(run(*RUN, "a.y4m", *options), error, *words)
        self.assertEqual(read("s.json"), b"precious")


class Sending(Case):
    def setUp(self):
        super().setUp()
        y4m("a.y4m", util.crowd(40))
        self.want = [json.loads(line) for line in
                     self.well("extract", "--provider", "stub", "a.y4m", "-o", "-", "--format",
                               "jsonl").out.splitlines()]

    def send(self, where, *options, source="a.y4m"):
        s, _ = self.live("--send", where, *options, source=source)
        return s["objects"]

    def test_udp(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
            here.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            here.bind(("127.0.0.1", 0))
            here.settimeout(10)
            counts = self.send(f"udp://127.0.0.1:{here.getsockname()[1]}")
            self.assertEqual(counts, {"sent": 40, "dropped": 0})
            have = [here.recv(65536) for _ in range(40)]
        for line in have:
            self.assertTrue(line.endswith(b"}\n"))
        self.assertEqual([json.loads(line) for line in have], self.want)

    @util.not_for_tsan
    def test_udp_without_a_reader(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
            here.bind(("127.0.0.1", 0))
            port = here.getsockname()[1]
        counts = self.send(f"udp://127.0.0.1:{port}")
        self.assertEqual(counts["sent"] + counts["dropped"], 40)

    def test_unix(self):
        for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
            path = f"socket{int(kind)}"
            with socket.socket(socket.AF_UNIX, kind) as here:
                here.bind(path)
                got = []

                def listen():
                    s = here
                    if kind == socket.SOCK_STREAM:
                        here.listen()
                        s, _ = here.accept()
                    s.settimeout(10)
                    while len(b"".join(got).splitlines()) < 40:
                        try:
                            part = s.recv(1 << 16)
                        except OSError:  # closed: less than all came through
                            break
                        if not part:
                            break
                        got.append(part)
                listener = threading.Thread(target=listen, daemon=True)
                listener.start()
                time.sleep(0.1)
                # slower than the reader: a datagram socket keeps ten
                counts = self.send(f"unix:{path}", "--realtime")
                self.wait_for(lambda: b"".join(got).count(b"\n") == counts["sent"])
            lines = [json.loads(line) for line in b"".join(got).splitlines()]
            self.assertEqual(len(lines), counts["sent"])
            self.assertEqual({x["frame"]: len(x["faces"]) for x in lines}.items() -
                             {x["frame"]: len(x["faces"]) for x in self.want}.items(), set())

    @util.not_for_tsan
    def test_a_reader_that_sleeps(self):
        """Nobody takes what is sent: the run goes on at full speed, and says how much was lost."""
        y4m("b.y4m", util.crowd(90) * 12)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as here:
            here.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            here.bind("asleep")
            here.listen()
            counts = self.send("unix:asleep", source="b.y4m")
            self.assertEqual(counts["sent"] + counts["dropped"], 1080)
            self.assertGreater(counts["dropped"], 20)
            there, _ = here.accept()
            there.settimeout(10)
            data = b""
            while True:
                part = there.recv(1 << 20)
                if not part:
                    break
                data += part
        lines = data.split(b"\n")
        numbers = [json.loads(line)["frame"] for line in lines[:-1]]  # whole objects in order
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertIn(counts["sent"] - len(numbers), (0, 1))  # the last one may be cut

    @util.not_for_tsan
    def test_standard_output_that_nobody_reads(self):
        y4m("b.y4m", util.crowd(90) * 4)
        p = util.start(*RUN, "b.y4m", "--send", "-", "--stats", "s.json")
        self.assertEqual(p.wait(timeout=util.TIMEOUT), 0)  # the pipe holds 64 kB, this is 200
        counts = self.adds_up()["objects"]
        self.assertEqual(counts["sent"] + counts["dropped"], 360)
        self.assertGreater(counts["dropped"], 20)
        out, said = p.communicate()
        self.assertEqual(said, b"")
        numbers = [json.loads(line)["frame"] for line in out.split(b"\n")[:-1]]
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertIn(counts["sent"] - len(numbers), (0, 1))

    @util.not_for_tsan
    def test_standard_output(self):
        done = self.well(*RUN, "a.y4m", "--send", "-")
        self.assertEqual([json.loads(line) for line in done.out.splitlines()], self.want)
        p = util.start(*RUN, "--source", "a.y4m", "--realtime", "--send", "-")
        p.stdout.readline()
        p.stdout.close()
        self.assertEqual(p.stderr.read(), b"")
        p.stderr.close()
        self.assertEqual(p.wait(timeout=util.TIMEOUT), util.EXIT["EOUTPUT"])

    @util.not_for_tsan
    def test_a_reader_that_comes_back(self):
        y4m("b.y4m", util.moving(75))
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as here:
            here.bind("door")
            here.listen()
            p = util.start(*RUN, "b.y4m", "--realtime", "--send", "unix:door", "--stats", "s.json")
            first, _ = here.accept()
            first.recv(100)
            first.close()
            here.settimeout(20)
            second, _ = here.accept()
            second.settimeout(20)
            line = second.makefile("rb").readline()
            self.assertGreater(json.loads(line)["frame"], 1)  # and it begins with a whole object
            second.close()
            p.communicate(timeout=util.TIMEOUT)
        self.assertEqual(p.returncode, 0)
        self.assertGreater(self.adds_up()["objects"]["dropped"], 0)


@needs_lavfi
@util.needs_ffmpeg
@util.not_for_tsan
class Recording(Case):
    def test_times_are_those_of_the_rows(self):
        for name in "o.mp4", "o.mkv":
            self.live("--output", name, "--csv", "o.csv", "-j", "2", "MIEN_TEST=slow=100000", seconds=2)
            rows = read_csv("o.csv")
            have, want = util.probe_times(name), [r["timestamp"] for r in rows]
            self.assertEqual(len(have), len(want))
            for h, w in zip(have, want):
                self.near(h - have[0], w - want[0], 0.0011)
            self.assertGreater(max(b - a for a, b in zip(want, want[1:])), 0.06)  # some were dropped
            for f in glob.glob("o.*"):
                os.unlink(f)

    def test_a_killed_run_leaves_a_film(self):
        for name in "o.mp4", "o.mkv":
            p = util.start(*RUN, "--source", graph(rate=60), "--output", name, "--log-every", "30")
            lines = 0
            for line in p.stderr:
                lines += line.startswith(b"mien: ") and b"captured" in line
                if lines == 6:
                    break
            p.kill()
            p.communicate()
            partial = name + ".partial"
            self.assertEqual(self.here(), [partial])
            times = util.probe_times(partial)
            # 180 frames were recorded; a piece of a second at most may be lost, and time goes on
            self.assertGreater(len(times), 100 if SLOW else 115)
            self.assertEqual(times, sorted(set(times)))
            # a power cut leaves the beginning of it, as long as what had reached the disk
            data = read(partial)
            util.write("cut" + name, data[:len(data) * 2 // 3])
            cut = util.probe_times("cut" + name)
            self.assertGreater(len(cut), len(times) * 2 // 3 - 65)
            self.assertEqual(cut, times[:len(cut)])
            os.unlink("cut" + name)
            rows = read_csv(run("extract", "--provider", "stub", partial, "-o", "-").out)
            self.assertEqual(len({r["frame"] for r in rows}), len(times))
            self.assertTrue(all(r["success"] for r in rows))
            os.unlink(partial)

    def test_it_is_sent_on_to_the_disk(self):
        """About once a second while it runs, so that a power cut costs little."""
        s, done = self.live("--output", "o.mp4", "--log-level", "debug", seconds=4)
        found = re.search(r"o\.mp4 was synced to the disk (\d+) times", done.said)
        self.assertIsNotNone(found, done)
        self.assertIn(int(found.group(1)), range(2, 7 if not SLOW else 100))

    def test_pixels_keep_their_shape(self):
        self.live("--output", "o.mp4", source="lavfi:testsrc=size=160x120:rate=25:duration=1,setsar=4/3")
        p = subprocess.run([util.FFPROBE, "-v", "error", "-show_entries", "stream=sample_aspect_ratio",
                            "-of", "csv=p=0", "o.mp4"], stdout=subprocess.PIPE)
        self.assertEqual(p.stdout.decode().strip(), "4:3")


@util.needs_ffmpeg
@util.not_for_tsan
class Streams(Case):
    """What comes over a network, and what does not."""

    def setUp(self):
        super().setUp()
        y4m("a.y4m", util.moving(120))
        if b"libx264" not in subprocess.run([util.FFMPEG, "-v", "error", "-encoders"],
                                            stdout=subprocess.PIPE).stdout:
            self.skipTest("this ffmpeg has no libx264")
        util.ffmpeg("-i", "a.y4m", "-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency",
                    "-x264-params", "sliced-threads=0:keyint=15", "a.h264")
        self.film = read("a.h264")

    def test_rtsp(self):
        """Live, at its own pace, its end a normal one."""
        with rtsp.Server(self.film, frames=90) as server:
            began = time.monotonic()
            s, _ = self.live("--csv", "o.csv", source=server.url)
        self.assertLess(time.monotonic() - began, 60 if SLOW else 12)
        rows = read_csv("o.csv")
        self.assertGreater(s["frames"]["captured"], 45)  # the first are spent on finding out what it is
        self.assertEqual(s["frames"]["analysed"], len({r["frame"] for r in rows}))
        self.assertTrue(any(r["success"] for r in rows))
        meta = read_json("o.csv.meta.json")
        self.assertTrue(meta["input"]["live"])
        self.assertEqual((meta["input"]["container"], meta["input"]["codec"]), ("rtsp", "h264"))
        if not SLOW:
            self.assertLess(s["latency_ms"]["p95"] if "latency_ms" in s else 0, 100, s)

    def test_slow_model(self):
        """Nothing queues up behind a model that cannot follow."""
        with rtsp.Server(self.film) as server:
            s, _ = self.live("--csv", "o.csv", "-j", "1", "MIEN_TEST=slow=200000", source=server.url)
        self.assertGreater(s["frames"]["dropped"], 20)

    def test_it_comes_back(self):
        """A server that dies, by closing or by falling silent, and comes back: one run, times that go on,
        and it is told."""
        for end, timeout in ("teardown", "10"), ("silence", "2"):
            with rtsp.Server(self.film, frames=50, end=end) as server:
                p = util.start(*RUN, "--source", server.url, "--csv", "o.csv", "--stats", "s.json", "--force",
                               "--reconnect", "20", "--timeout", timeout, "--max-frames", "70", "-j", "1")
                said = p.stderr.readline().decode()
            self.assertRegex(said, r"lost after \d+ frames.*trying again for 20 seconds")
            time.sleep(0.6)
            with rtsp.Server(self.film, port=int(server.url.split(":")[2].split("/")[0])) as server:
                rest = p.communicate(timeout=util.TIMEOUT)[1].decode()
            self.assertEqual(p.returncode, 0, rest)
            self.assertRegex(rest, r"back after \d+\.\d seconds")
            self.assertEqual(self.adds_up()["reconnects"], 1)
            self.assertEqual(read_json("o.csv.meta.json")["input"]["reconnects"], 1)
            times = [r["timestamp"] for r in read_csv("o.csv")]
            self.assertEqual(times, sorted(times))
            self.assertGreater(max(b - a for a, b in zip(times, times[1:])), 0.5)
            self.assertLess(max(b - a for a, b in zip(times, times[1:])), 20)

    def test_it_does_not_come_back(self):
        with rtsp.Server(self.film, frames=60) as server:
            began = time.monotonic()
            done = run(*RUN, "--source", server.url, "--csv", "o.csv", "--reconnect", "1.5")
        self.assertEqual(done.status, util.EXIT["EDAMAGED"], done)
        self.assertIn("did not come back within 1.5 seconds", done.said)
        self.assertLess(time.monotonic() - began, 60 if SLOW else 15)
        self.assertGreater(len(read_csv("o.csv")), 20)
        self.assertEqual(read_json("o.csv.meta.json")["input"]["reconnects"], 0)
        with rtsp.Server(self.film, frames=60) as server:
            p = util.start(*RUN, "--source", server.url, "--csv", "p.csv", "--reconnect", "60")
            self.assertIn(b"trying again", p.stderr.readline())
            p.send_signal(signal.SIGINT)
            began = time.monotonic()
            p.communicate(timeout=util.TIMEOUT)
            self.assertLess(time.monotonic() - began, 10 if SLOW else 2)
            self.assertEqual(p.returncode, 0)
        self.assertTrue(read_json("p.csv.meta.json")["complete"])

    def test_silence(self):
        """A sentence and a status, in bounded time, with what had come."""
        for mute in "connect", "describe":
            with rtsp.Server(self.film, mute=mute) as server:
                began = time.monotonic()
                done = run(*RUN, "--source", server.url, "--csv", "n.csv", "--timeout", "1")
                self.assertLess(time.monotonic() - began, 30 if SLOW else 5)
                self.sentence(done, "ENOINPUT", server.url, "1 second", "--timeout")
        with rtsp.Server(self.film, frames=60, end="silence") as server:
            done = run(*RUN, "--source", server.url, "--csv", "o.csv", "--timeout", "1")
            self.sentence(done, "EDAMAGED", server.url, "broke off", "1 second")
        self.assertGreater(len(read_csv("o.csv")), 20)
        meta = read_json("o.csv.meta.json")
        self.assertEqual((meta["status"], meta["complete"]), ("MIEN_EDAMAGED", False))

    def test_ctrl_c_while_it_is_silent(self):
        with rtsp.Server(self.film, mute="describe") as server:
            p = util.start(*RUN, "--source", server.url, "--csv", "o.csv")
            time.sleep(0.5)
            p.send_signal(signal.SIGINT)
            began = time.monotonic()
            p.communicate(timeout=util.TIMEOUT)
            self.assertLess(time.monotonic() - began, 10 if SLOW else 2)
            self.assertEqual(p.returncode, 130)

    def test_nobody_there(self):
        closed = socket.create_server(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        closed.close()
        for url in f"rtsp://127.0.0.1:{port}/", f"http://127.0.0.1:{port}/":
            self.sentence(run(*RUN, "--source", url, "--csv", "o.csv"), "ENOINPUT", url, "network")
        self.sentence(run(*RUN, "--source", f"udp://127.0.0.1:{port}", "--csv", "o.csv", "--timeout", "1"),
                      "ENOINPUT", "1 second")
        self.assertEqual(self.here(), ["a.h264", "a.y4m"])

    def test_udp(self):
        """Joined in the middle: pictures that lack their beginning are no damage of ours."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        sender = subprocess.Popen([util.FFMPEG, "-v", "error", "-nostdin", "-re", "-stream_loop", "3", "-i",
                                   "a.h264", "-c", "copy", "-f", "mpegts", f"udp://127.0.0.1:{port}?pkt_size=1316"])
        self.addCleanup(sender.wait)
        self.addCleanup(sender.kill)
        time.sleep(0.4)
        s, _ = self.live("--csv", "o.csv", "--max-frames", "30", source=f"udp://127.0.0.1:{port}")
        self.assertTrue(any(r["success"] for r in read_csv("o.csv")))
        self.assertEqual(s["frames"]["analysed"], 30)


# ------------------------------------------------------------------------------- the window ----

XVFB, XDOTOOL = shutil.which("Xvfb"), shutil.which("xdotool")


def have_window():
    """Was it built with SDL, and is that there?"""
    folder = util.tempfile.mkdtemp(prefix="mien-test-")
    try:
        clip = y4m(os.path.join(folder, "a.y4m"), util.moving(2))
        done = run(*RUN, clip, "--view", env={"SDL_VIDEODRIVER": "dummy", **util.FOREIGN_LEAKS})
        return done.status == 0
    finally:
        shutil.rmtree(folder)


WINDOW = len(sys.argv) > 1 and have_window()
needs_window = unittest.skipUnless(WINDOW, "built without SDL 2, or it is not installed")


@needs_window
class Dummy(Case):
    """SDL's driver without a screen."""
    ENV = {"SDL_VIDEODRIVER": "dummy", **util.FOREIGN_LEAKS}

    @util.not_for_tsan
    def test_a_file_is_shown_and_written(self):
        y4m("a.y4m", util.crowd(60))
        want = self.rows("a.y4m")
        s, _ = self.live("--view", "--csv", "o.csv", source="a.y4m", env=self.ENV)
        self.assertEqual(read_csv("o.csv"), want)
        self.assertGreater(s["rates"]["shown"]["count"], 0)

    @needs_lavfi
    def test_ctrl_c(self):
        p = util.start(*RUN, "--source", graph(), "--view", "--csv", "o.csv", "--stats", "s.json",
                       env=self.ENV)
        self.wait_for(lambda: os.path.exists("o.csv.partial"))
        time.sleep(1)
        p.send_signal(signal.SIGINT)
        _, said = p.communicate(timeout=util.TIMEOUT)
        self.assertEqual((p.returncode, said), (0, b""))
        self.assertGreater(self.adds_up()["rates"]["shown"]["count"], 0 if SLOW else 3)
        self.assertIn("o.csv", self.here())

    @util.not_for_tsan
    def test_no_screen(self):
        y4m("a.y4m", util.moving(2))
        done = run(*RUN, "a.y4m", "--view", "--csv", "o.csv",
                   env={"SDL_VIDEODRIVER": "x11", "DISPLAY": ":4711", "WAYLAND_DISPLAY": "",
                        **util.FOREIGN_LEAKS})
        self.sentence(done, "EOUTPUT", "--view")
        self.assertEqual(self.here(), ["a.y4m"])

    @util.not_for_tsan
    @unittest.skipIf("SDL_VIDEODRIVER" in os.environ or os.path.exists("/dev/dri"), "SDL may find a screen of its own")
    def test_a_driver_that_nobody_sees(self):
        """Left alone without a screen, SDL would draw into memory."""
        y4m("a.y4m", util.moving(2))
        done = run(*RUN, "a.y4m", "--view", "--csv", "o.csv",
                   env={"DISPLAY": ":4711", "WAYLAND_DISPLAY": "", **util.FOREIGN_LEAKS})
        self.assertEqual(done.status, util.EXIT["EOUTPUT"], done)
        self.assertIn("cannot open a window", done.said)
        self.assertEqual(self.here(), ["a.y4m"])

    @util.not_for_tsan
    def test_none_is_needed_without_view(self):
        y4m("a.y4m", util.moving(2))
        self.well(*RUN, "a.y4m", "--csv", "o.csv", env={"SDL_VIDEODRIVER": "x11", "DISPLAY": ":4711"})
        maps = subprocess.run(["ldd", util.MIEN], stdout=subprocess.PIPE).stdout
        self.assertNotIn(b"libSDL", maps)


def close_window(display, window):
    """What the cross of a window sends."""
    x11 = ctypes.CDLL("libX11.so.6")

    class Message(ctypes.Structure):
        _fields_ = [("type", ctypes.c_int), ("serial", ctypes.c_ulong), ("send", ctypes.c_int),
                    ("display", ctypes.c_void_p), ("window", ctypes.c_ulong),
                    ("message", ctypes.c_ulong), ("format", ctypes.c_int), ("data", ctypes.c_long * 5),
                    ("rest", ctypes.c_long * 24)]
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XInternAtom.restype = ctypes.c_ulong
    d = ctypes.c_void_p(x11.XOpenDisplay(display.encode()))
    e = Message(type=33, window=window, format=32,
                message=x11.XInternAtom(d, b"WM_PROTOCOLS", 0))
    e.data[0] = x11.XInternAtom(d, b"WM_DELETE_WINDOW", 0)
    x11.XSendEvent(d, ctypes.c_ulong(window), 0, ctypes.c_long(0), ctypes.byref(e))
    x11.XFlush(d)
    x11.XCloseDisplay(d)


@needs_window
@util.needs_ffmpeg
@util.not_for_tsan
@unittest.skipUnless(XVFB and XDOTOOL, "Xvfb or xdotool is not installed")
class Window(Case):
    """A real window on a virtual screen, which is photographed, and keys."""
    WIDTH, HEIGHT = 800, 600

    def setUp(self):
        super().setUp()
        end, start = os.pipe()
        self.server = subprocess.Popen([XVFB, "-displayfd", str(start), "-screen", "0",
                                        f"{self.WIDTH}x{self.HEIGHT}x24", "-nolisten", "tcp",
                                        # else it starts anew when xdotool leaves, throwing mien out
                                        "-noreset"],
                                       pass_fds=[start], stderr=subprocess.DEVNULL)
        os.close(start)
        with os.fdopen(end) as f:
            number = f.readline().strip()
        self.addCleanup(self.server.wait)
        self.addCleanup(self.server.terminate)
        if not number:
            self.skipTest("Xvfb does not start")
        self.display = ":" + number
        self.env = {"DISPLAY": self.display, "SDL_VIDEODRIVER": "x11", **util.FOREIGN_LEAKS}

    def tool(self, *arguments):
        p = subprocess.run([XDOTOOL, *arguments], env=util.environment(DISPLAY=self.display),
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return p.stdout.decode().split()

    def open(self, *options):
        self.run = util.start(*RUN, *options, "--view", "--stats", "s.json", env=self.env)
        self.addCleanup(self.run.communicate)
        self.addCleanup(self.run.kill)
        found = []

        def there():
            self.assertIsNone(self.run.poll(), "ended before its window was seen")
            found.extend(self.tool("search", "--name", "^mien: "))
            return found
        self.wait_for(there)
        self.window = found[0]
        self.tool("windowfocus", self.window)
        time.sleep(0.3)

    def key(self, name):
        self.tool("key", name)
        time.sleep(0.3)

    def photo(self, name="shot"):
        """The screen as rows of (r, g, b)."""
        util.ffmpeg("-f", "x11grab", "-video_size", f"{self.WIDTH}x{self.HEIGHT}", "-i", self.display,
                    "-frames:v", "1", "-pix_fmt", "rgb24", "-f", "rawvideo", name)
        data = read(name)
        os.unlink(name)
        return data

    def count(self, photo, fits):
        return sum(fits(*photo[i:i + 3]) for i in range(0, len(photo), 3))

    @staticmethod
    def green(r, g, b):
        return g > 150 and r < 120 and b < 120

    def ends(self, status=0):
        out, said = self.run.communicate(timeout=util.TIMEOUT)
        self.assertEqual((self.run.returncode, said), (status, b""))
        return self.adds_up()

    @needs_lavfi
    def test_overlay_and_keys(self):
        self.open("--source", graph(size="640x480"), "--csv", "o.csv")
        on = self.photo()
        self.assertGreater(self.count(on, self.green), 300, "no box")
        self.assertGreater(self.count(on, lambda r, g, b: r > 180 and g < 90 and b < 90), 20, "no arrow")
        self.key("o")
        off = self.photo()
        self.assertLess(self.count(off, self.green), 10, "the overlay is still there")
        self.assertGreater(self.count(off, lambda r, g, b: min(r, g, b) > 200), 4000, "no picture")
        self.key("q")
        s = self.ends()
        self.assertGreater(s["rates"]["shown"]["count"], 10)
        self.assertEqual(len(read_csv("o.csv")), s["frames"]["analysed"])

    @needs_lavfi
    def test_closing_the_window(self):
        self.open("--source", graph(), "--csv", "o.csv")
        close_window(self.display, int(self.window))
        self.ends()
        self.assertIn("o.csv", self.here())

    def test_pause_and_step(self):
        y4m("a.y4m", util.moving(600, dx=0))
        self.open("a.y4m", "--csv", "o.csv", "MIEN_TEST=slow=20000", "-j", "1")
        self.key("space")
        first = self.photo()
        time.sleep(0.4)
        self.assertEqual(self.photo(), first, "the picture moves on")
        seen = {first}
        for _ in range(3):
            self.key("s")
            seen.add(self.photo())
        self.assertEqual(len(seen), 4, "each step shows another picture, its number above it")
        self.key("space")
        self.assertNotIn(self.photo(), seen)
        self.key("Escape")
        self.run.wait(timeout=util.TIMEOUT)
        self.assertEqual(self.run.returncode, 0)
        f = self.adds_up()["frames"]
        self.assertLess(f["analysed"], 600)


@needs_lavfi
@util.not_for_tsan
class Soak(Case):
    @unittest.skipIf(SLOW, "sizes say nothing in this build")
    @unittest.skipUnless(os.path.isdir("/proc/self/fd"), "no /proc")
    def test_nothing_grows(self):
        """A long run in a short time: as many frames as come in ten minutes of a camera."""
        p = util.start(*RUN, "--source", graph(rate=3000, size="96x96"), "--csv", "o.csv", "-j", "2",
                       "--send", "udp://127.0.0.1:9", "--stats", "s.json", stdout=subprocess.DEVNULL)

        def state():
            with open(f"/proc/{p.pid}/statm", encoding="ascii") as f:
                return int(f.read().split()[1]), len(os.listdir(f"/proc/{p.pid}/fd"))
        try:
            time.sleep(1.5)
            pages, files = state()
            time.sleep(5)
            later = state()
        finally:
            p.send_signal(signal.SIGINT)
            p.communicate(timeout=util.TIMEOUT)
        self.assertEqual(p.returncode, 0)
        s = self.adds_up()
        self.assertGreater(s["frames"]["captured"], 3000)
        self.assertLessEqual(later[0], pages * 1.05, "resident pages after, before")
        self.assertEqual(later[1], files, "open files")


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
