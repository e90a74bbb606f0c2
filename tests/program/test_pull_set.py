#!/usr/bin/env python3
"""mien models pull openface22: against servers on loopback, with the set's real files.

usage: test_pull_set.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]

The files are in $MIEN_SHARED/models/openface22 or ../shared/models/openface22. The four files of
CE-CLM's weights are not there, so the server does not have them either: hosts that fail are part of
the test. Without the folder only what needs no file is tested, and the exit status is 77.
"""
import csv
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import util
from loopback import Server, environment
from util import MIEN, MODELS

SOURCE = os.path.join(MODELS, "openface22")
TABLE = os.path.join(MODELS, "openface22_sources.tsv")
HAVE_FILES = os.path.isfile(os.path.join(SOURCE, "model", "main_clnf_general.txt"))
needs_files = unittest.skipUnless(HAVE_FILES, "no openface22")
DETECTOR = "model/mtcnn_detector/ONet.dat"  # 1.7 MB, in the part of four files
EINVAL, ENOMODEL, EBADMODEL, EEXISTS, EFULL, EDOWNLOAD, INCOMPLETE = 2, 12, 14, 19, 21, 23, 40


def mien(*arguments, env=None, **more):
    more.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run([MIEN, "models", *arguments], env=env or environment(), text=True,
                          capture_output=True, timeout=util.TIMEOUT, **more)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def can_download():
    with tempfile.TemporaryDirectory() as folder:
        done = mien("pull", "--models", folder, "--from", "file://" + folder, "--accept-licence",
                    "openface22", "openface22-mtcnn")
        return done.returncode != 24


needs_downloads = unittest.skipUnless(os.access(MIEN, os.X_OK) and can_download(), "no libcurl")


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="test_pull_set.")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.target = os.path.join(self.dir, "models")
        self.active = self.most = 0
        self.lock = threading.Lock()

    def server(self, serve=None, **how):
        """Serves the real files below /openface22, or what `serve` does with (request, path, data)."""
        def answer(r):
            with self.lock:
                self.active += 1
                self.most = max(self.most, self.active)
            try:
                path = r.path.removeprefix("/openface22/")
                file = os.path.join(SOURCE, path)
                if not os.path.isfile(file):
                    r.head(404, 0)
                elif serve:
                    serve(r, path, read(file))
                else:
                    r.file(read(file), **how)
            finally:
                with self.lock:
                    self.active -= 1

        s = Server(answer)
        self.addCleanup(s.close)
        return s

    def pull(self, server, *arguments, names=("openface22",), **more):
        return mien("pull", "--models", self.target, "--accept-licence", "openface22", "--from",
                    server.url, *arguments, *names, **more)

    def there(self):
        """Files below the folder of the set."""
        top = os.path.join(self.target, "openface22")
        return {os.path.relpath(os.path.join(d, f), top) for d, _, files in os.walk(top)
                for f in files}

    def same(self, *paths):
        for path in paths or self.there():
            self.assertEqual(read(os.path.join(self.target, "openface22", path)),
                             read(os.path.join(SOURCE, path)), path)

    def check(self, done, status, *words):
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        for word in words:
            self.assertIn(word, done.stderr)


class Table(Case):
    def set(self):
        return json.loads(mien("list", "--json", "--models", self.target).stdout)["sets"][0]

    def test_consistent(self):
        s = self.set()
        self.assertEqual(s["name"], "openface22")
        self.assertFalse(s["complete"])
        self.assertEqual(len({f["file"] for f in s["files"]}), len(s["files"]))
        self.assertEqual(sum(p["files"] for p in s["parts"]), len(s["files"]))
        self.assertEqual([p["name"] for p in s["parts"] if p["optional"]], ["cen"])
        for f in s["files"]:
            self.assertRegex(f["sha256"], "^[0-9a-f]{64}$")
            self.assertGreater(f["size"], 0)
            self.assertEqual(f["state"], "missing")
            for url in f["urls"]:
                self.assertTrue(url.startswith("https://"), url)
            self.assertTrue(f["urls"])

    @unittest.skipUnless(os.path.isfile(TABLE), "no table of sources")
    def test_as_in_the_table_of_sources(self):
        files = {f["file"]: f for f in self.set()["files"]}
        with open(TABLE, encoding="utf-8") as f:
            rows = [r for r in csv.reader(f, delimiter="\t") if not r[0].startswith("#")]
        self.assertGreater(len(rows), 150)
        for path, _, size, digest, _, urls in rows:
            have = files.pop(path)
            self.assertEqual((have["size"], have["sha256"], have["urls"]),
                             (int(size), digest, urls.split()), path)
        # the control files of CE-CLM, from the same folder of the same repository
        self.assertEqual({os.path.basename(p) for p in files},
                         {"cen_general.txt", "early_term_cen_of.txt", "main_ceclm_general.txt"})

    def test_registry_entries_are_parts(self):
        entries = json.loads(mien("list", "--json").stdout)["models"]
        files = {"openface22/" + f["file"]: f for f in self.set()["files"]}
        names = [e for e in entries if e["name"].startswith("openface22-")]
        self.assertEqual(len(names), 4)
        for e in names:
            self.assertEqual(files[e["file"]]["sha256"], e["sha256"])
            self.assertEqual("openface22-" + files[e["file"]]["part"], e["name"])


class Licence(Case):
    def ask(self, answer):
        """Runs pull on a terminal of its own and types the answer."""
        s = self.server()
        master, slave = pty.openpty()
        p = subprocess.Popen([MIEN, "models", "pull", "--models", self.target, "--from", s.url,
                              "openface22-mtcnn"], env=environment(), stdin=slave, stdout=slave,
                             stderr=slave, start_new_session=True)
        os.close(slave)
        text = b""
        while b"yes to" not in text:
            text += os.read(master, 1000)
        self.assertEqual(s.requests, [])
        os.write(master, answer)
        while True:
            try:
                data = os.read(master, 1000)
            except OSError:
                break
            if not data:
                break
            text += data
        os.close(master)
        return p.wait(timeout=util.TIMEOUT), text.decode(), s

    def test_needed(self):
        s = self.server()
        done = mien("pull", "--models", self.target, "--from", s.url, "openface22")
        self.check(done, EINVAL, "non-commercial", "https://", "--accept-licence openface22")
        self.assertEqual(s.requests, [])
        self.assertFalse(os.path.exists(self.target))

    def test_of_another(self):
        done = mien("pull", "--models", self.target, "--accept-licence", "mit", "openface22")
        self.check(done, EINVAL, "--accept-licence", "mit")

    def test_refused_on_a_terminal(self):
        for answer in (b"no\n", b"\n", b"y\n", b"yes please\n", b"\x04"):
            status, text, s = self.ask(answer)
            self.assertEqual(status, EINVAL, text)
            self.assertIn("not accepted", text)
            self.assertEqual(s.requests, [])

    @needs_files
    @needs_downloads
    def test_accepted_on_a_terminal(self):
        status, text, _ = self.ask(b"yes\n")
        self.assertEqual(status, 0, text)
        self.assertIn("non-commercial", text)
        self.assertIn("https://github.com/TadasBaltrusaitis/OpenFace/", text)
        self.assertEqual(len(self.there()), 4)

    @needs_files
    def test_not_needed_for_what_is_there(self):
        shutil.copytree(SOURCE, os.path.join(self.target, "openface22"))
        done = mien("pull", "--models", self.target, "--without", "cen", "openface22")
        self.check(done, 0)
        self.assertIn("154 of 154", done.stdout)


class WrongUse(Case):
    def test_parts(self):
        for arguments in (("--without", "eyes", "openface22"), ("--without", "", "x"),
                          ("--without", "cen"), ("--without", "cen", "retinaface-mnet025")):
            done = mien("pull", "--models", self.target, *arguments)
            self.assertIn(done.returncode, (EINVAL, 13), done.stderr)
        done = mien("pull", "--models", self.target, "--without", "cen,eyes", "openface22")
        self.check(done, EINVAL, "eyes")
        self.assertEqual(mien("pull", "--models", self.target, "openface22-eyes").returncode, 13)


@needs_files
@needs_downloads
class Download(Case):
    def test_all_but_optional(self):
        s = self.server()
        done = self.pull(s, "--without", "cen")
        self.check(done, 0)
        self.assertEqual(done.stderr, "")
        self.assertIn("154 of 154 files there", done.stdout)
        self.assertEqual(len(s.requests), 154)
        self.same()
        self.assertEqual(mien("verify", "--models", self.target).returncode, 0)
        # nothing is fetched again
        done = self.pull(s, "--without", "cen")
        self.check(done, 0)
        self.assertEqual(len(s.requests), 154)

    def test_optional_host_fails(self):
        done = self.pull(self.server())
        self.check(done, INCOMPLETE, "optional", "--without")
        self.assertEqual(done.stderr.count("404"), 4, done.stderr)
        self.assertIn("157 of 161 files there", done.stdout)
        self.assertIn("cen 3 of 7", done.stdout)
        self.same()

    def test_required_file_fails(self):
        def serve(r, path, data):
            r.head(404, 0) if path == DETECTOR else r.file(data)

        done = self.pull(self.server(serve), "--without", "cen")
        self.check(done, EDOWNLOAD, "404", DETECTOR, "not complete")
        self.assertEqual(len(self.there()), 153)
        self.check(self.pull(self.server(), "--without", "cen"), 0)

    def test_several_at_a_time(self):
        def serve(r, path, data):
            time.sleep(0.02)
            r.file(data)

        self.check(self.pull(self.server(serve), "--without", "cen"), 0)
        self.assertGreater(self.most, 1)
        self.assertLessEqual(self.most, 4)

    def test_one_part(self):
        s = self.server()
        done = self.pull(s, names=("openface22-mtcnn",))
        self.check(done, 0)
        self.assertEqual({os.path.dirname(p) for p in self.there()}, {"model/mtcnn_detector"})
        done = self.pull(s, names=("openface22-cen",))
        self.check(done, EDOWNLOAD, "not complete")

    def test_damaged_file_is_named_and_replaced(self):
        s = self.server()
        self.check(self.pull(s, names=("openface22-mtcnn",)), 0)
        path = os.path.join(self.target, "openface22", DETECTOR)
        data = bytearray(read(path))
        data[1000] ^= 1
        with open(path, "wb") as f:
            f.write(data)
        self.check(mien("verify", "--models", self.target), EBADMODEL, path, "--force")
        self.assertIn("damaged: openface22/" + DETECTOR,
                      mien("list", "--models", self.target).stdout)
        entries = json.loads(mien("list", "--json", "--models", self.target).stdout)["models"]
        states = {e["name"]: e["state"] for e in entries}
        self.assertEqual(states["openface22-mtcnn"], "incomplete")
        self.assertEqual(states["openface22-au"], "missing")
        n = len(s.requests)
        done = self.pull(s, names=("openface22-mtcnn",))
        self.check(done, EEXISTS, path, "--force")
        self.assertEqual(read(path), data)
        self.assertEqual(len(s.requests), n)
        self.check(self.pull(s, "--force", names=("openface22-mtcnn",)), 0)
        self.same()
        self.assertEqual(len(s.requests), n + 1)

    def test_connections_are_lost(self):
        cut = set()

        def serve(r, path, data):
            with self.lock:
                first = path not in cut
                cut.add(path)
            r.file(data, cut=len(data) // 2 if first and len(data) > 100000 else None)

        s = self.server(serve)
        done = self.pull(s, names=("openface22-mtcnn", "openface22-clnf"))
        self.check(done, 0, "ended early")
        self.same()
        self.assertTrue([r for r in s.ranges() if r])
        self.assertEqual(s.sent, sum(len(read(os.path.join(SOURCE, p))) for p in self.there()))

    def test_resumed_by_the_next_run(self):
        size = os.path.getsize(os.path.join(SOURCE, DETECTOR))
        s = self.server(lambda r, path, data: r.file(data, cut=100000))
        done = self.pull(s, names=("openface22-mtcnn",))
        self.check(done, EDOWNLOAD, "ended early")
        part = os.path.join(self.target, "openface22", DETECTOR + ".part")
        self.assertEqual(os.path.getsize(part), 400000)
        s = self.server()
        self.check(self.pull(s, names=("openface22-mtcnn",)), 0)
        self.assertIn("bytes=400000-", s.ranges())
        self.assertLess(s.sent, size)
        self.same()

    def test_wrong_bytes(self):
        def serve(r, path, data):
            r.file(bytes(len(data)) if path == DETECTOR else data)

        done = self.pull(self.server(serve), names=("openface22-mtcnn",))
        self.check(done, EBADMODEL, DETECTOR, "discarded")
        self.assertEqual(len(self.there()), 3)  # and no part file
        self.same()

    def test_too_long(self):
        def serve(r, path, data):
            r.file(data + b"more")

        done = self.pull(self.server(serve), names=("openface22-mtcnn",))
        self.check(done, EBADMODEL, "longer than")
        self.assertEqual(self.there(), set())

    def test_page_instead_of_a_file(self):
        done = self.pull(self.server(lambda r, path, data: r.file(b"<html>")),
                         names=("openface22-mtcnn",))
        self.check(done, EBADMODEL, "discarded")
        self.assertEqual(self.there(), set())

    def test_ranges_refused(self):
        def serve(r, path, data):
            r.head(200, len(data))
            with self.lock:
                first = path not in seen
                seen.add(path)
            r.body(data[:len(data) // 2] if first and path == DETECTOR else data)

        seen = set()
        self.check(self.pull(self.server(serve), names=("openface22-mtcnn",)), 0)
        self.same()

    def test_slow(self):
        def serve(r, path, data):
            r.head(200, len(data))
            for i in range(0, len(data), 200000):
                r.body(data[i:i + 200000])
                time.sleep(0.1)

        self.check(self.pull(self.server(serve), names=("openface22-mtcnn",)), 0)
        self.same()

    def test_silent(self):
        s = self.server(lambda r, path, data: s.stop.wait(60))
        start = time.monotonic()
        done = self.pull(s, "--without", "cen", env=environment(MIEN_FETCH_TIMEOUT="1"))
        self.check(done, EDOWNLOAD, "not tried", "not complete")
        self.assertLess(time.monotonic() - start, 40)

    def test_nobody_listens(self):
        s = Server(None)
        s.close()
        done = self.pull(s)
        self.check(done, EDOWNLOAD, "not tried")
        # not one after the other for 161 files
        self.assertLess(done.stderr.count("\n"), 80)

    def test_interrupted(self):
        def serve(r, path, data):
            r.head(200, len(data), ETag='"v1"')
            r.body(data[:len(data) // 2])
            r.wfile.flush()
            s.stop.wait(60)

        s = self.server(serve)
        p = subprocess.Popen([MIEN, "models", "pull", "--models", self.target, "--from", s.url,
                              "--accept-licence", "openface22", "openface22"],
                             env=environment(MIEN_FETCH_TIMEOUT="60"), text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 30
        while len(s.requests) < 4:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        time.sleep(0.3)
        p.send_signal(signal.SIGINT)
        _, stderr = p.communicate(timeout=30)
        self.assertEqual(p.returncode, 130, stderr)
        self.assertEqual(stderr.count("\n"), 1, stderr)
        self.assertIn("interrupted", stderr)
        self.check(self.pull(self.server(etag='"v1"'), "--without", "cen"), 0)
        self.same()

    def test_disk_full(self):
        def little_space():
            import resource
            resource.setrlimit(resource.RLIMIT_FSIZE, (300000, 300000))
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

        done = self.pull(self.server(), names=("openface22-mtcnn",), preexec_fn=little_space,
                         restore_signals=False)
        self.check(done, EFULL, "no space left")

    def test_two_at_once(self):
        s = self.server(lambda r, path, data: (time.sleep(0.05), r.file(data)))
        command = [MIEN, "models", "pull", "--models", self.target, "--accept-licence",
                   "openface22", "--from", s.url, "openface22-mtcnn", "openface22-clnf"]
        many = [subprocess.Popen(command, env=environment(), text=True, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE) for _ in range(3)]
        for p in many:
            _, stderr = p.communicate(timeout=util.TIMEOUT)
            self.assertEqual(p.returncode, 0, stderr)
        self.same()
        self.assertEqual(len(s.requests), len(self.there()))


def main():
    names = sys.argv[3:]
    result = unittest.main(argv=sys.argv[:1] + names, exit=False, verbosity=1).result
    if not result.wasSuccessful() or result.testsRun == 0:
        return 1
    if not HAVE_FILES:
        print("skip: no openface22 in " + MODELS + ": only what needs no file was tested")
        return 77
    return 0


if __name__ == "__main__":
    sys.exit(main())
