#!/usr/bin/env python3
"""mien extract --jobs: several inputs at once, each in its own process; limits, crashes, the ledger
and mien status.

usage: test_jobs.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]

MIEN_KILLS sets how many times the kill tests kill (default 3).
"""
import csv
import glob
import json
import os
import random
import shutil
import signal
import sys
import time
import unittest

import util
from util import EXIT, ledger, moving, own_exit_codes, read, run, start, stat_of, write, y4m
from util import ledger_events as events

STUB = ("extract", "--provider", "stub")
KILLS = int(os.environ.get("MIEN_KILLS", "3"))


def children(pid):
    """Processes that `pid` started, directly or not."""
    stats = {int(path[6:]): stat_of(path[6:]) for path in glob.glob("/proc/[0-9]*")}
    parents = {p: s[2] for p, s in stats.items() if s}
    found, more = set(), {pid}
    while more:
        found |= more
        more = {p for p, parent in parents.items() if parent in found} - found
    return found - {pid}


def alive(pid):
    s = stat_of(pid)
    return s is not None and s[1] != "Z"


class Case(util.Case):
    def collection(self, sizes=(3, 12, 5, 8, 2)):
        os.makedirs("in/deep")
        for i, n in enumerate(sizes):
            y4m(f"in/{'deep/' if i == 1 else ''}{i}.y4m", moving(n))

    def results(self, folder="out"):
        """{name: bytes} of the results; sidecars are compared by their recipe only."""
        found = {}
        for path, folders, files in os.walk(folder):
            folders[:] = [f for f in folders if f != ".mien"]
            for f in files:
                name = os.path.relpath(os.path.join(path, f), folder)
                found[name] = util.read_json(os.path.join(path, f))["recipe"] \
                    if f.endswith(".meta.json") else read(os.path.join(path, f))
        return found

    def check_gone(self, pids):
        self.wait_for(lambda: not any(alive(p) for p in pids), 5)


class Jobs(Case):
    def test_the_same_results(self):
        self.collection()
        self.succeeds(*STUB, "in", "-o", "one/")
        want = self.results("one")
        self.assertEqual(len(want), 10)
        for n in "1", "2", "auto":
            self.succeeds(*STUB, "in", "-o", "out/", "--jobs", n, "--force")
            self.assertEqual(self.results(), want, n)
        self.succeeds(*STUB, "in", "-o", "proc/", "--jobs", "2", "--exec", "processes", "-j", "1")
        self.assertEqual(self.results("proc"), want)

    def test_order_and_ledger(self):
        self.collection()
        self.succeeds(*STUB, "in", "-o", "out/", "--jobs", "1")
        self.assertEqual([e["video"] for e in events("run")],
                         ["deep/1.y4m", "3.y4m", "2.y4m", "0.y4m", "4.y4m"], "largest first")
        self.assertEqual([e["frames"] for e in events("done")], [12, 8, 5, 3, 2])
        self.assertEqual({e["pid"] for e in events("run")}, {events("done")[0]["pid"]},
                         "the models are opened once")
        begin, end = events("start"), events("stop")
        self.assertEqual((len(begin), begin[0]["files"], len(end)), (1, 5, 1))
        self.assertNotEqual(begin[0]["pid"], events("run")[0]["pid"])

    def test_bad_files(self):
        self.collection()
        write("in/bad.mp4", b"this is not a video")
        write("in/empty.mp4", b"")
        done = run(*STUB, "in", "-o", "out/", "--jobs", "2", "--summary", "all.csv")
        self.assertIn(done.status, (EXIT["ENOTMEDIA"], EXIT["EEMPTY"]))
        rows = {r["input"]: r for r in csv.DictReader(open("all.csv", encoding="utf-8"))}
        self.assertEqual(len(rows), 7)
        self.assertEqual(sum(r["state"] == "done" for r in rows.values()), 5)
        self.assertEqual(rows["in/bad.mp4"]["status"], "MIEN_ENOTMEDIA")
        self.assertEqual(rows["in/empty.mp4"]["status"], "MIEN_EEMPTY")
        self.assertIn("bad.mp4", rows["in/bad.mp4"]["message"])
        self.assertEqual(len(events("failed")), 2)
        self.assertEqual(len(events("run")), 7, "errors of the input are not tried again")
        self.assertIn("2 of 7 inputs failed", done.stderr)

    def test_resume(self):
        self.collection()
        self.succeeds(*STUB, "in", "-o", "out/", "--jobs", "2")
        os.unlink("out/3.csv")
        self.succeeds(*STUB, "in", "-o", "out/", "--jobs", "2", "--resume", "--summary", "all.csv")
        self.assertEqual([e["video"] for e in events("done")][5:], ["3.y4m"])
        self.assertEqual(len(events("skipped")), 4)
        self.fails_with(run(*STUB, "in", "-o", "out/", "--jobs", "2"), "EEXISTS", "--force")

    def test_models_that_do_not_open(self):
        self.collection()
        done = run("extract", "in", "-o", "out/", "--jobs", "2", "--models", "nowhere")
        self.assertEqual(done.status, EXIT["ENOMODEL"], done)
        self.assertIn("nowhere", done.stderr)
        self.assertLess(len(done.stderr.splitlines()), 4, done.stderr)

    def test_one_input_gets_all_cores(self):
        y4m("a.y4m", moving(30))
        self.succeeds(*STUB, "a.y4m", "-o", "a.csv", "--jobs", "auto")
        self.succeeds(*STUB, "a.y4m", "-o", "b.csv")
        self.assertEqual(read("a.csv"), read("b.csv"))
        self.assertFalse(os.path.exists(".mien"), "a single file has no ledger")

    def test_the_last_one_gets_free_cores(self):
        os.mkdir("in")
        y4m("in/long.y4m", moving(400))
        y4m("in/short.y4m", moving(2))
        self.succeeds(*STUB, "in", "-o", "one/")
        done = self.succeeds(*STUB, "in", "-o", "out/", "--jobs", "2", "--log-level", "debug",
                             "MIEN_TEST=slow=10000", silent=False)
        if len(os.sched_getaffinity(0)) > 1:
            self.assertIn("long.y4m: it goes on with", done.stderr)
        self.assertEqual(self.results(), self.results("one"))

    def test_progress(self):
        self.collection()
        done = run(*STUB, "in", "-o", "out/", "--jobs", "2", "--progress", "json")
        lines = [json.loads(line) for line in done.stderr.splitlines()]
        self.assertEqual(sorted(e["input"] for e in lines if e["event"] == "done"),
                         ["0.y4m", "2.y4m", "3.y4m", "4.y4m", "deep/1.y4m"])
        end = lines[-1]
        self.assertEqual((end["event"], end["files"], end["ended"], end["frames"]),
                         ("end", 5, 5, 30))

    def test_mistakes(self):
        self.collection()
        for bad in "x", "0", "-1", "20x,", "5,x", "1e99":
            self.fails_with(run(*STUB, "in", "-o", "out/", "--jobs", "2", "--timeout", bad),
                            "EINVAL", "--timeout")
        self.fails_with(run(*STUB, "in", "-o", "out/", "--timeout", "5"), "EINVAL", "--jobs")
        self.fails_with(run(*STUB, "in", "-o", "out/", "--max-memory", "500"), "EINVAL", "--jobs")
        self.fails_with(run(*STUB, "in/0.y4m", "-o", "-", "--jobs", "2"), "EINVAL", "-o FOLDER/")


@util.not_for_tsan
class Limits(Case):
    limit = own_exit_codes()["ELIMIT"][1]

    def test_pixels_and_duration(self):
        self.collection()
        y4m("in/big.y4m", moving(2), 640, 480)
        for more in (), ("--jobs", "2"):
            done = run(*STUB, "in", "-o", "out/", "--max-pixels", "100000", "--max-duration", "0.4",
                       "--force", *more)
            self.assertEqual(done.status, self.limit, done)
            self.assertIn("--max-pixels allows 100000", done.stderr)
            self.assertIn("1.y4m lasts 0 seconds; --max-duration", done.stderr)
            self.assertEqual(len([n for n in self.results() if n.endswith(".csv")]), 4)

    def test_timeout(self):
        y4m("in.y4m", moving(400))
        os.mkdir("out")
        begun = time.monotonic()
        done = run(*STUB, "in.y4m", "-o", "out/", "--jobs", "1", "--timeout", "100x,1", "--retries", "1",
                   "--summary", "all.csv", "MIEN_TEST=slow=50000")
        self.assertEqual(done.status, self.limit, done)
        self.assertIn("--timeout", done.stderr)
        self.assertIn("attempt 2 of 2", done.stderr)
        if not util.SLOW:
            self.assertLess(time.monotonic() - begun, 10)
        self.assertEqual(len(events("lost")), 2)
        self.assertGreater(events("lost")[0]["frame"], 0)
        self.assertEqual(len(events("quarantined")), 1)
        self.assertIn(",quarantined,MN_ELIMIT,", read("all.csv").decode())
        self.assertNotIn("in.csv", os.listdir("out"))

    @unittest.skipIf(util.SLOW, "sanitizers need memory of their own")
    def test_memory(self):
        self.collection()
        done = run(*STUB, "in", "-o", "out/", "--jobs", "2", "--max-memory", "1", "--retries", "0",
                   "MIEN_TEST=slow=200000")
        self.assertEqual(done.status, self.limit, done)
        self.assertIn("--max-memory allows 1", done.stderr)


class Crashes(Case):
    def begin(self, *more, frames=60):
        os.makedirs("in")
        for i in range(4):
            y4m(f"in/{i}.y4m", moving(frames))
        self.succeeds(*STUB, "in", "-o", "want/")
        return self.start(*more)

    def start(self, *more, delay="slow=5000"):
        return start(*STUB, "in", "-o", "out/", "--jobs", "2", *more, f"MIEN_TEST={delay}")

    def slots(self, batch):
        """Processes that run jobs now."""
        ended = {e["pid"] for e in ledger() if e["event"] in ("done", "lost")}
        return [e["pid"] for e in events("run") if e["batch"] == batch.pid and
                e["pid"] not in ended and alive(e["pid"])]

    def test_a_crash_is_tried_again(self):
        batch = self.begin("--summary", "all.csv")
        self.wait_for(lambda: os.path.isdir("out/.mien") and self.slots(batch))
        os.kill(self.slots(batch)[0], signal.SIGABRT)
        _, err = batch.communicate()
        self.assertEqual(batch.returncode, 0, err)
        self.assertIn(f"signal {int(signal.SIGABRT)}", err.decode())
        self.assertEqual(self.results(), self.results("want"))
        lost = events("lost")
        self.assertEqual((len(lost), lost[0]["signal"]), (1, int(signal.SIGABRT)))

    def test_an_input_that_always_crashes(self):
        batch = self.begin("--summary", "all.csv", "--retries", "2")
        killed = 0
        while batch.poll() is None:
            bad = [e["pid"] for e in (events("run") if os.path.isdir("out/.mien") else [])
                   if e["video"] == "0.y4m" and alive(e["pid"])]
            if len([e for e in events("lost")]) == killed and bad and killed < 3:
                os.kill(bad[-1], signal.SIGABRT)
                killed += 1
                self.wait_for(lambda: len(events("lost")) == killed)
            time.sleep(0.005)
        err = batch.communicate()[1].decode()
        self.assertEqual((batch.returncode, killed), (EXIT["EWORKER"], 3), err)
        self.assertIn("given up", err)
        rows = {r["input"]: r for r in csv.DictReader(open("all.csv", encoding="utf-8"))}
        self.assertEqual(rows["in/0.y4m"]["state"], "quarantined")
        self.assertEqual(sum(r["state"] == "done" for r in rows.values()), 3)
        self.assertIn("0.y4m", self.succeeds("status", "out").out)

    @unittest.skipUnless(sys.platform == "linux", "decoders are forked on Linux only")
    def test_decoders_are_forked(self):
        batch = self.begin()
        servers = set()
        self.wait_for(lambda: os.path.isdir("out/.mien") and len(self.slots(batch)) == 2)
        for slot in self.slots(batch):
            def names():  # a decoder has the name of the server when it was just forked
                return sorted(s[0] for s in map(stat_of, children(slot)) if s)
            self.wait_for(lambda: names() == ["mien", "mien-forkserver"])
            family = {stat_of(p)[0]: p for p in children(slot)}
            self.assertEqual({stat_of(p)[2] for p in family.values()}, {slot}, "both are its own")
            servers.add(family["mien-forkserver"])
        for pid in servers:
            os.kill(pid, signal.SIGKILL)
        _, err = batch.communicate()
        self.assertEqual((batch.returncode, err.decode()), (0, ""))
        self.assertEqual(self.results(), self.results("want"))
        self.assertEqual(events("lost"), [], "a new server was started")

    def test_ctrl_c(self):
        batch = self.begin(frames=400)
        self.wait_for(lambda: len(glob.glob("out/*.csv.partial")) == 2)
        family = children(batch.pid)
        begun = time.monotonic()
        batch.send_signal(signal.SIGINT)
        batch.communicate()
        if not util.SLOW:
            self.assertLess(time.monotonic() - begun, 1.5)
        self.assertEqual(batch.returncode, EXIT["EINTERRUPTED"])
        self.check_gone(family)
        self.assertTrue(glob.glob("out/*.partial"), "what was computed is kept")

    def check_kill(self, choose, seed):
        """KILLS times: kills what `choose` selects while inputs are analysed, resumes, compares."""
        shared = set(os.listdir("/dev/shm")) if os.path.isdir("/dev/shm") else set()
        batch = self.begin("--resume", frames=25)
        chance = random.Random(seed)
        want = self.results("want")
        kills = 0
        for _ in range(2 * KILLS + 5):
            self.wait_for(lambda: os.path.isdir("out/.mien") and self.slots(batch) or
                          batch.poll() is not None)
            time.sleep(chance.uniform(0, 0.2))
            family = children(batch.pid)
            complete = self.complete()
            if len(complete) == 4 or not family:  # too late: this does not count
                batch.communicate()
                shutil.rmtree("out")
                batch = self.start("--resume")
                continue
            victims = choose(chance, batch.pid, family)
            self.assertTrue(victims)
            for pid in victims:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            batch.communicate()
            self.check_gone(family)
            complete.update(self.complete())
            self.succeeds(*STUB, "in", "-o", "out/", "--jobs", "2", "--resume")
            self.assertEqual(self.results(), want, f"kill {kills}")
            for name, when in complete.items():
                self.assertEqual(os.stat(name).st_mtime_ns, when, f"{name} was analysed again")
            if os.path.isdir("/dev/shm"):
                self.assertLessEqual({f for f in os.listdir("/dev/shm") if "mien" in f}, shared)
            kills += 1
            if kills == KILLS:
                break
            shutil.rmtree("out")
            batch = self.start("--resume")
        self.assertEqual(kills, KILLS, "the batch is over too soon to be killed")

    def complete(self):
        """{name: when it was written} of the results that are complete now."""
        return {name: os.stat(name).st_mtime_ns for name in glob.glob("out/*.csv")
                if os.path.exists(name + ".meta.json")}

    def test_kill_members(self):
        self.check_kill(lambda chance, pid, family: chance.sample(sorted(family), min(1, len(family))), 1)

    def test_kill_the_tree(self):
        self.check_kill(lambda chance, pid, family: [pid, *family], 2)

    def test_kill_the_parent(self):
        self.check_kill(lambda chance, pid, family: [pid], 3)


class Status(Case):
    def test_after_a_batch(self):
        self.collection()
        write("in/bad.mp4", b"no")
        run(*STUB, "in", "-o", "out/", "--jobs", "2")
        text = self.succeeds("status", "out").out
        self.assertIn("6 inputs: 5 done, 0 kept from earlier, 1 failed, 0 running, 0 left", text)
        self.assertIn("bad.mp4", text)
        state = json.loads(self.succeeds("status", "--json", "out").out)
        self.assertEqual((state["files"], state["done"], state["failed"], state["frames"]), (6, 5, 1, 30))
        self.assertEqual([i["state"] for i in state["inputs"]], ["failed"])

    def test_while_it_runs(self):
        self.collection((200, 200))
        batch = start(*STUB, "in", "-o", "out/", "--jobs", "2", "MIEN_TEST=slow=20000")
        self.wait_for(lambda: os.path.isdir("out/.mien") and len(events("run")) == 2)
        state = json.loads(self.succeeds("status", "--json", "out").out)
        self.assertEqual((state["running"], state["done"], state["left"]), (2, 0, 0))
        batch.kill()
        batch.communicate()
        self.wait_for(lambda: json.loads(self.succeeds("status", "--json", "out").out)["interrupted"] == 2)

    def test_torn_and_foreign_lines(self):
        os.makedirs("out/.mien")
        write("out/.mien/a-1-x.jsonl", b'{"time":"2026-01-01T00:00:00.000Z","event":"start","files":3}\n'
              b'{"time":"2026-01-01T00:00:10.000Z","event":"done","video":"a","frames":100,"new":[]}\n'
              b'{"time":"2026-01-01T00:00:10.000Z","event":"done","video":"a\\u00e9","frames":100,'
              b'"future":true}\nnonsense\n{"time":"2026-01-01T00:00:11.000Z","event":"run","vid')
        state = json.loads(self.succeeds("status", "--json", "out").out)
        self.assertEqual((state["files"], state["done"], state["left"], state["fps"]), (3, 2, 1, 20))

    def write_ledger(self, name, *entries, silent=0):
        os.makedirs("out/.mien", exist_ok=True)
        path = f"out/.mien/{name}.jsonl"
        with open(path, "w", encoding="utf-8") as f:
            for at, event, more in entries:
                f.write(json.dumps({"time": f"2026-01-01T00:{at}.000Z", "event": event, **more}) + "\n")
        os.utime(path, (time.time() - silent, time.time() - silent))

    def state(self):
        return json.loads(self.succeeds("status", "--json", "out").out)

    def test_shards(self):
        """The parts of a batch are one batch."""
        self.collection()
        for i in 1, 2, 3:
            self.succeeds(*STUB, "in", "-o", "out/", "--jobs", "1", "--shard", f"{i}/3")
            state = self.state()
            self.assertEqual((state["files"], state["done"] + state["left"]), (5, 5))
        self.assertEqual((state["done"], state["left"]), (5, 0))
        self.assertEqual(sorted(e["output"] for e in events("done")),
                         ["0.csv", "2.csv", "3.csv", "4.csv", "deep/1.csv"])

    def test_a_machine_that_died(self):
        run_ = ("01:00", "run", {"video": "a", "host": "other", "pid": 1})
        self.write_ledger("a", ("00:00", "start", {"files": 1}), run_)
        self.assertEqual(self.state()["running"], 1)
        self.write_ledger("a", ("00:00", "start", {"files": 1}), run_, silent=1000)
        self.assertEqual((self.state()["running"], self.state()["interrupted"]), (0, 1))

    def test_a_clock_that_was_set_back(self):
        self.write_ledger("a", ("00:00", "start", {"files": 1}), ("50:00", "run", {"video": "a"}),
                          ("10:00", "done", {"video": "a", "frames": 5}))
        self.assertEqual((self.state()["done"], self.state()["running"]), (1, 0))

    @unittest.skipUnless(sys.platform == "linux", "file names must be UTF-8 on some systems")
    def test_names_that_are_not_text(self):
        os.mkdir("in")
        for name in b"in/\xe4.y4m", b"in/\xf6.y4m":
            y4m(os.fsdecode(name), moving(2))
        self.succeeds(*STUB, "in", "-o", "out/", "--jobs", "1")
        self.assertEqual((self.state()["done"], self.state()["left"]), (2, 0))

    def test_refused(self):
        os.mkdir("out")
        self.fails_with(run("status", "out"), "ENOINPUT", "no ledger")
        self.fails_with(run("status"), "EINVAL", "folder")

    @unittest.skipIf(util.SLOW, "time means nothing in this build")
    def test_ten_thousand(self):
        os.makedirs("out/.mien")
        with open("out/.mien/a-1-x.jsonl", "w", encoding="utf-8") as f:
            for i in range(10000):
                for event in "run", "done":
                    f.write(json.dumps({"time": f"2026-01-01T00:{i // 600 % 60:02}:{i % 60:02}.000Z",
                                        "event": event, "video": f"folder/{i}.mp4",
                                        "frames": 10}) + "\n")
        begun = time.monotonic()
        state = json.loads(self.succeeds("status", "--json", "out").out)
        self.assertLess(time.monotonic() - begun, 1)
        self.assertEqual(state["done"], 10000)


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
