#!/usr/bin/env python3
"""mien models list, verify and pull, with servers on loopback and with folders.

usage: test_pull.py PATH_TO_MIEN [SOURCE_ROOT]

Successful downloads need the real files, because the registry fixes their digests:
$MIEN_SHARED/models or ../shared/models. Without them only failures are tested, and the exit status
is 77 if these tests pass.
"""
import hashlib
import json
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest

from loopback import Server, environment

MIEN = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else "build/mien"
ROOT = sys.argv[2] if len(sys.argv) > 2 else os.path.dirname(os.path.dirname(
    os.path.abspath(__file__)))
SHARED = os.environ.get("MIEN_SHARED") or os.path.join(ROOT, "..", "shared")
MODELS = os.path.join(SHARED, "models")
DETECTOR, GAZE = "retinaface_mnet025.onnx", "mobileone_s0_gaze.onnx"

# Exit statuses of cli/io/exit_status.c.
EINVAL, ENOMODEL, EUNKNOWNMODEL, EBADMODEL, EEXISTS = 2, 12, 13, 14, 19
EOUTPUT, EFULL, EDOWNLOAD, ENOTBUILT, EINTERRUPTED = 20, 21, 23, 24, 130

FAKE = bytes(range(256)) * 1000  # a file that is not in the registry


def mien(*arguments, env=None, **more):
    return subprocess.run([MIEN, "models", *arguments], env=env or environment(), text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=120, **more)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)


def can_download():
    with tempfile.TemporaryDirectory() as folder:
        missing = "file://" + os.path.join(folder, "missing")
        return mien("pull", "--models", folder, "--from", missing).returncode != ENOTBUILT


HAVE_MODELS = all(os.path.isfile(os.path.join(MODELS, f)) for f in (DETECTOR, GAZE))
HAVE_DOWNLOADS = os.access(MIEN, os.X_OK) and can_download()
needs_models = unittest.skipUnless(HAVE_MODELS, "no models")
needs_downloads = unittest.skipUnless(HAVE_DOWNLOADS, "built without libcurl")


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="test_pull.")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.target = os.path.join(self.dir, "models")
        self.part = os.path.join(self.target, DETECTOR + ".part")

    def server(self, serve):
        s = Server(serve)
        self.addCleanup(s.close)
        return s

    def pull(self, *arguments, **more):
        return mien("pull", "--models", self.target, *arguments, **more)

    def pull_detector(self, server, **more):
        return self.pull("--from", server.url, "retinaface-mnet025", **more)

    def here(self):
        return sorted(os.listdir(self.target)) if os.path.isdir(self.target) else []

    def check(self, done, status, *words, lines=1):
        """Checks the exit status and the number of messages; the last one must contain these words."""
        messages = done.stderr.splitlines()
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(len(messages), lines, done.stderr)
        for line in messages:
            self.assertTrue(line.startswith("mien: "), line)
        for word in words:
            self.assertIn(word, messages[-1])

    def check_good(self, done):
        self.check(done, 0, lines=0)


class CommandLine(Case):
    def test_help(self):
        for arguments in (["--help"], ["list", "--help"], ["verify", "-h"], ["pull", "--help"]):
            done = mien(*arguments)
            self.check_good(done)
            self.assertIn("usage: mien models", done.stdout)
        for option in ("--models", "--from", "--force"):
            self.assertIn(option, mien("pull", "--help").stdout)

    def test_wrong_use(self):
        self.check(mien(), EINVAL, "--help")
        self.check(mien("fetch"), EINVAL, "fetch")
        self.check(mien("list", "--nonsense"), EINVAL, "--nonsense", "--help")
        self.check(mien("list", "-x"), EINVAL, "-x")
        self.check(mien("list", "--force"), EINVAL, "--force")
        self.check(mien("list", "--json=3"), EINVAL)
        self.check(mien("list", "name"), EINVAL, "name")
        self.check(mien("pull", "--models"), EINVAL, "--models")
        self.check(mien("list", "--models", ""), EINVAL, "--models")
        self.check(self.pull("--from", ""), EINVAL, "--from")
        self.check(self.pull("--from", "ftp://127.0.0.1/x"), EINVAL, "ftp://127.0.0.1/x")
        self.check(mien("list", "--models", "x" * 5000), EINVAL, "too long")
        self.assertEqual(self.here(), [])

    def test_unknown_name(self):
        # nothing was downloaded or created
        self.check(self.pull("retinaface-mnet025", "nosuch"), EUNKNOWNMODEL, "nosuch", "list")
        self.assertFalse(os.path.exists(self.target))

    def test_default_folder(self):
        done = mien("list", env=environment(MIEN_MODELS=self.target))
        self.assertIn(self.target, done.stdout)


class Listing(Case):
    def entries(self):
        done = mien("list", "--models", self.target, "--json")
        self.check_good(done)
        answer = json.loads(done.stdout)
        self.assertEqual(answer["folder"], self.target)
        return {m["name"]: m for m in answer["models"]}

    def test_table(self):
        done = mien("list", "--models", "m")
        self.check_good(done)
        for line in done.stdout.splitlines():
            self.assertLessEqual(len(line), 100, line)
        for m in self.entries().values():
            for field in ("name", "role", "file", "licence", "url"):
                shown = (m[field] or "").rsplit("/", 1)[-1] if field == "file" else m[field] or ""
                self.assertIn(shown, done.stdout)

    def test_json(self):
        entries = self.entries()
        self.assertGreater(len(entries), 2)
        for m in entries.values():
            if m["sha256"] is None:  # users make the file themselves
                self.assertEqual((m["url"], m["size"], m["state"]), (None, None, "missing"))
                continue
            self.assertRegex(m["sha256"], "^[0-9a-f]{64}$")
            self.assertIn(m["commercial"], (True, False))
            if m["builtin"]:  # built-in models are not in this folder: see test_builtin.py
                continue
            self.assertEqual(m["state"], "missing")
            self.assertIsNone(m["found"])
        self.assertTrue(entries["retinaface-mnet025"]["default"])

    def test_unknown_file(self):
        os.mkdir(self.target)
        write(os.path.join(self.target, DETECTOR), FAKE)
        m = self.entries()["retinaface-mnet025"]
        self.assertEqual(m["state"], "unknown")
        self.assertEqual(m["found_sha256"], hashlib.sha256(FAKE).hexdigest())
        self.assertIn("unknown: " + DETECTOR, mien("list", "--models", self.target).stdout)

    @needs_models
    def test_real_files(self):
        os.mkdir(self.target)
        for name in (DETECTOR, GAZE):
            shutil.copyfile(os.path.join(MODELS, name), os.path.join(self.target, name))
        entries = self.entries()
        self.assertEqual(entries["retinaface-mnet025"]["state"], "verified")
        gaze = [m for m in entries.values() if m["file"] == GAZE]
        self.assertEqual([m["state"] for m in gaze].count("verified"), 1)
        self.assertEqual(len({m["found"] for m in gaze}), 1)
        for m in gaze:
            self.assertEqual(m["state"] == "verified", m["found"] == m["name"])


class Verifying(Case):
    def verify(self, *arguments):
        return mien("verify", "--models", self.target, *arguments)

    def test_nothing_there(self):
        self.check(self.verify(), ENOMODEL, self.target, "pull")
        os.mkdir(self.target)
        self.check(self.verify(), ENOMODEL, self.target, "pull")
        self.check(self.verify("retinaface-mnet025"), ENOMODEL, DETECTOR, "pull")
        self.check(self.verify("nosuch"), EUNKNOWNMODEL, "nosuch")
        self.check(self.verify("nosuch.onnx"), ENOMODEL, "nosuch.onnx")
        self.check(self.verify(self.target), ENOMODEL, self.target)

    def test_damaged(self):
        os.mkdir(self.target)
        write(os.path.join(self.target, DETECTOR), FAKE)
        self.check(self.verify(), EBADMODEL, DETECTOR, hashlib.sha256(FAKE).hexdigest(), "--force")
        write(os.path.join(self.target, DETECTOR), b"")
        self.check(self.verify(DETECTOR), EBADMODEL, DETECTOR)
        # damage is reported even if other files are missing
        self.check(self.verify("nosuch", "retinaface-mnet025"), EBADMODEL, DETECTOR, lines=2)

    def test_foreign_file(self):
        path = os.path.join(self.dir, "mine.onnx")
        write(path, FAKE)
        self.check(self.verify(path), EUNKNOWNMODEL, path)

    @needs_models
    def test_good(self):
        done = mien("verify", "--models", MODELS)
        self.check_good(done)
        self.assertGreaterEqual(len(done.stdout.splitlines()), 2)
        os.mkdir(self.target)
        other = os.path.join(self.target, "other.onnx")
        shutil.copy(os.path.join(MODELS, DETECTOR), other)
        for name in (other, "other.onnx"):
            done = self.verify(name)
            self.check_good(done)
            self.assertIn("retinaface-mnet025 under another name", done.stdout)

    @needs_models
    def test_truncated(self):
        os.mkdir(self.target)
        write(os.path.join(self.target, DETECTOR), read(os.path.join(MODELS, DETECTOR))[:-1])
        self.check(self.verify(), EBADMODEL, DETECTOR)


class FromFolder(Case):
    def source(self, **files):
        folder = os.path.join(self.dir, "source")
        os.mkdir(folder)
        for name, data in files.items():
            write(os.path.join(folder, name.replace("__", ".")), data)
        return folder

    def test_failures(self):
        missing = os.path.join(self.dir, "missing")
        self.check(self.pull("--from", missing), ENOMODEL, missing, lines=2)
        folder = self.source(retinaface_mnet025__onnx=FAKE)
        self.check(self.pull("--from", folder, DETECTOR), EBADMODEL, DETECTOR)
        self.check(self.pull("--from", folder, GAZE), ENOMODEL, folder)
        self.assertEqual(self.here(), [])

    def test_no_download(self):
        name = "mobileone-s0-gaze-fp16"
        self.check(self.pull(name), ENOMODEL, name, "--from")

    def test_something_else_in_place(self):
        os.mkdir(self.target)
        path = os.path.join(self.target, DETECTOR)
        write(path, FAKE)
        done = self.pull("--from", self.source(), DETECTOR)
        self.check(done, EEXISTS, path, "--force")
        self.assertEqual(read(path), FAKE)

    def test_target_not_writable(self):
        source = self.source()
        write(os.path.join(self.dir, "file"), b"")
        below_file = os.path.join(self.dir, "file", "models")
        self.check(mien("pull", "--from", source, "--models", below_file), EOUTPUT, "file")
        os.makedirs(self.part)
        self.check(self.pull("--from", source), EOUTPUT, self.part)

    @unittest.skipIf(os.geteuid() == 0, "root can write everywhere")
    def test_read_only_folder(self):
        os.mkdir(self.target)
        os.chmod(self.target, stat.S_IRUSR | stat.S_IXUSR)
        self.check(self.pull("--from", self.source()), EOUTPUT, self.target)

    @needs_models
    def test_copy(self):
        deep = os.path.join(self.target, "a", "b") + "/"
        done = mien("pull", "--models", deep, "--from", MODELS)
        self.check_good(done)
        self.assertEqual(sorted(os.listdir(deep)), [GAZE, DETECTOR])
        for name in (DETECTOR, GAZE):
            self.assertEqual(read(os.path.join(deep, name)), read(os.path.join(MODELS, name)))
        before = {n: os.stat(os.path.join(deep, n)).st_mtime_ns for n in os.listdir(deep)}
        # the second time nothing is downloaded, so neither source nor network is needed
        for arguments in (["--from", MODELS], []):
            done = mien("pull", "--models", deep, *arguments)
            self.check_good(done)
            self.assertEqual(done.stdout.count("is there"), 2, done.stdout)
        after = {n: os.stat(os.path.join(deep, n)).st_mtime_ns for n in os.listdir(deep)}
        self.assertEqual(before, after)

    @needs_models
    def test_recognised_by_digest(self):
        folder = self.source(misnamed__onnx=read(os.path.join(MODELS, DETECTOR)),
                             retinaface_mnet025__onnx=FAKE, notes__txt=FAKE)
        done = self.pull("--from", folder, "retinaface-mnet025")
        self.check_good(done)
        self.assertEqual(self.here(), [DETECTOR])

    @needs_models
    def test_force(self):
        os.mkdir(self.target)
        path = os.path.join(self.target, DETECTOR)
        write(path, FAKE)
        self.check_good(self.pull("--from", MODELS, "--force", DETECTOR))
        self.assertEqual(read(path), read(os.path.join(MODELS, DETECTOR)))

    @needs_models
    def test_disk_full(self):
        def little_space():
            resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

        done = self.pull("--from", MODELS, preexec_fn=little_space, restore_signals=False)
        self.check(done, EFULL, self.part)
        self.assertNotIn(DETECTOR, self.here())


@needs_downloads
class Download(Case):
    """Failures of a download: no real file is needed."""

    def test_not_found(self):
        s = self.server(lambda r: r.head(404, 0))
        self.check(self.pull_detector(s), EDOWNLOAD, "404", s.url + "/" + DETECTOR, "--from")
        self.assertEqual(len(s.requests), 1)
        self.assertEqual(self.here(), [])

    def test_each_default_is_tried(self):
        s = self.server(lambda r: r.head(404, 0))
        self.check(self.pull("--from", s.url + "/"), EDOWNLOAD, "404", lines=2)
        self.assertEqual({p for p, _ in s.requests}, {"/" + DETECTOR, "/" + GAZE})

    def test_no_listener(self):
        s = Server(None)
        s.close()
        self.check(self.pull_detector(s), EDOWNLOAD, s.url, lines=4)

    def test_busy(self):
        s = self.server(lambda r: r.head(503, 0, Retry_After="0"))
        self.check(self.pull_detector(s), EDOWNLOAD, "503", lines=4)
        self.assertEqual(len(s.requests), 4)

    def test_damaged(self):
        s = self.server(lambda r: r.file(FAKE))
        self.check(self.pull_detector(s), EBADMODEL, s.url, hashlib.sha256(FAKE).hexdigest())
        self.assertEqual(s.ranges(), [None])
        self.assertEqual(self.here(), [])

    def test_empty(self):
        s = self.server(lambda r: r.file(b""))
        self.check(self.pull_detector(s), EBADMODEL, s.url)
        self.assertEqual(self.here(), [])

    def test_too_long(self):
        def serve(r):
            r.head(200, 10 ** 12)
            r.body(FAKE[:10])

        s = self.server(serve)
        self.check(self.pull_detector(s), EBADMODEL, "longer than")
        self.assertEqual(self.here(), [])

    def test_endless(self):
        def serve(r):
            r.head(200)
            while not s.stop.is_set():
                r.body(FAKE)

        s = self.server(serve)
        self.check(self.pull_detector(s), EBADMODEL, "longer than")
        self.assertEqual(self.here(), [])

    def test_connection_lost(self):
        # the first answer ends early, the second one continues; then the digest is wrong, and because
        # the file was joined from two answers, it is downloaded once more from its start
        s = self.server(lambda r: r.file(FAKE, cut=100000 if len(s.requests) == 1 else None))
        self.check(self.pull_detector(s), EBADMODEL, s.url, lines=2)
        self.assertEqual(s.ranges(), [None, "bytes=100000-", None])
        self.assertEqual(s.conditions(), [None, '"v1"', None])
        self.assertEqual(self.here(), [])

    def test_connection_always_lost(self):
        s = self.server(lambda r: r.file(FAKE, cut=1000))
        self.check(self.pull_detector(s), EDOWNLOAD, "ended early", lines=4)
        self.assertEqual(s.ranges(), [None] + ["bytes=%d-" % n for n in (1000, 2000, 3000)])
        self.assertEqual(read(self.part), FAKE[:4000])
        self.assertEqual(read(self.part + ".meta"), b'"v1"\n')
        # the next run continues
        s = self.server(lambda r: r.head(404, 0))
        self.check(self.pull_detector(s), EDOWNLOAD, "404")
        self.assertEqual(s.ranges(), ["bytes=4000-"])
        self.assertEqual(len(read(self.part)), 4000)

    def begun(self, data=FAKE[:5000], meta=b'"v1"\n'):
        os.mkdir(self.target)
        write(self.part, data)
        if meta:
            write(self.part + ".meta", meta)

    def test_other_version_by_now(self):
        self.begun()
        s = self.server(lambda r: r.file(FAKE, etag='"v2"'))
        self.check(self.pull_detector(s), EBADMODEL, s.url)
        self.assertEqual(s.ranges(), ["bytes=5000-"])
        self.assertEqual(s.conditions(), ['"v1"'])
        self.assertEqual(s.sent, len(FAKE))

    def test_date_instead_of_etag(self):
        date = "Thu, 01 Jan 2026 00:00:00 GMT"
        s = self.server(lambda r: r.file(FAKE, etag='W/"weak"', Last_Modified=date, cut=1000))
        self.check(self.pull_detector(s), EDOWNLOAD, lines=4)
        self.assertEqual(s.conditions(), [None, date, date, date])

    def test_nothing_remembered(self):
        self.begun(meta=None)
        s = self.server(lambda r: r.file(FAKE))
        self.check(self.pull_detector(s), EBADMODEL, s.url)
        self.assertEqual(s.ranges(), ["bytes=5000-", None])
        self.assertEqual(s.conditions(), [None, None])

    def test_bad_memory(self):
        for meta in (b"\x00\x01\xff\n", b"x" * 5000, b"\n", b"a\r\nX-Injected: 1"):
            shutil.rmtree(self.target, ignore_errors=True)
            self.begun(meta=meta)
            s = self.server(lambda r: r.head(404, 0))
            self.check(self.pull_detector(s), EDOWNLOAD, "404")
            self.assertNotIn("X-Injected", s.requests[0][1])

    def test_server_without_ranges(self):
        def serve(r):
            r.head(200, len(FAKE))
            r.body(FAKE)

        self.begun()
        s = self.server(serve)
        self.check(self.pull_detector(s), EBADMODEL, hashlib.sha256(FAKE).hexdigest())
        self.assertEqual(s.ranges(), ["bytes=5000-"])

    def test_wrong_range(self):
        def serve(r):
            r.head(206, 10, Content_Range="bytes 0-9/%d" % len(FAKE))
            r.body(FAKE[:10])

        self.begun()
        s = self.server(serve)
        self.check(self.pull_detector(s), EDOWNLOAD, "another range")
        self.assertEqual(s.ranges(), ["bytes=5000-", None])

    def test_part_longer_than_file(self):
        self.begun()
        s = self.server(lambda r: r.file(FAKE[:100]))
        self.check(self.pull_detector(s), EBADMODEL, hashlib.sha256(FAKE[:100]).hexdigest())
        self.assertEqual(s.ranges(), ["bytes=5000-", None])

    def test_part_longer_than_possible(self):
        self.begun(data=bytes(2000000))
        s = self.server(lambda r: r.file(FAKE))
        self.check(self.pull_detector(s), EBADMODEL)
        self.assertEqual(s.ranges(), [None])

    def test_silence(self):
        def serve(r):
            if len(s.requests) % 2:
                r.head(200, len(FAKE))
                r.body(FAKE[:50])
                r.wfile.flush()
            s.stop.wait(60)

        s = self.server(serve)
        start = time.monotonic()
        done = self.pull_detector(s, env=environment(MIEN_FETCH_TIMEOUT="1"))
        self.check(done, EDOWNLOAD, s.url, lines=4)
        self.assertLess(time.monotonic() - start, 30)
        self.assertEqual(len(read(self.part)), 50)

    def test_bad_timeout(self):
        s = self.server(lambda r: r.file(FAKE))
        for value in ("x", "0", "-1", "1e9", "nan"):
            done = self.pull_detector(s, env=environment(MIEN_FETCH_TIMEOUT=value))
            self.check(done, EINVAL, "MIEN_FETCH_TIMEOUT")
        self.assertEqual(s.requests, [])

    def test_redirect(self):
        def serve(r):
            if r.path.startswith("/moved"):
                r.file(FAKE)
            else:
                r.head(302, 0, Location="/moved" + r.path, ETag='"of the redirect"')

        s = self.server(serve)
        self.check(self.pull_detector(s), EBADMODEL, hashlib.sha256(FAKE).hexdigest())

    def test_redirect_for_ever(self):
        s = self.server(lambda r: r.head(302, 0, Location=r.path))
        self.check(self.pull_detector(s), EDOWNLOAD, s.url)
        self.assertLess(len(s.requests), 12)

    def test_redirect_to_other_protocols(self):
        for location in ("file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x"):
            s = self.server(lambda r: r.head(302, 0, Location=location))
            self.check(self.pull_detector(s), EDOWNLOAD, s.url)
            self.assertEqual(self.here(), [])

    def test_proxy(self):
        s = self.server(lambda r: r.head(404, 0))
        done = self.pull("--from", "http://models.invalid/x", DETECTOR,
                         env=environment(http_proxy=s.url))
        self.check(done, EDOWNLOAD, "404")
        self.assertEqual([p for p, _ in s.requests], ["http://models.invalid/x/" + DETECTOR])

    def test_file_address(self):
        self.check(self.pull("--from", "file://" + self.dir, DETECTOR), EDOWNLOAD, DETECTOR)
        write(os.path.join(self.dir, DETECTOR), FAKE)
        self.check(self.pull("--from", "file://" + self.dir, DETECTOR), EBADMODEL, DETECTOR)
        self.assertEqual(self.here(), [])

    def test_disk_full(self):
        def little_space():
            resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

        s = self.server(lambda r: r.file(FAKE))
        done = self.pull_detector(s, preexec_fn=little_space, restore_signals=False)
        self.check(done, EFULL, self.part)
        self.assertEqual(len(s.requests), 1)

    def test_interrupted(self):
        def serve(r):
            r.head(200, len(FAKE), ETag='"v1"')
            r.body(FAKE[:5000])
            r.wfile.flush()
            s.stop.wait(60)

        s = self.server(serve)
        for number in (signal.SIGINT, signal.SIGTERM):
            shutil.rmtree(self.target, ignore_errors=True)
            p = subprocess.Popen([MIEN, "models", "pull", "--models", self.target, "--from", s.url],
                                 env=environment(MIEN_FETCH_TIMEOUT="60"), text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            deadline = time.monotonic() + 30
            while not (os.path.exists(self.part) and os.path.getsize(self.part) == 5000):
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.02)
            p.send_signal(number)
            _, stderr = p.communicate(timeout=30)
            self.assertIn(p.returncode, (EINTERRUPTED, 128 + number))
            self.assertIn("interrupted", stderr)
            self.assertEqual(stderr.count("\n"), 1, stderr)
            self.assertEqual(read(self.part), FAKE[:5000])


@needs_downloads
@needs_models
class RealDownload(Case):
    def setUp(self):
        super().setUp()
        self.data = {n: read(os.path.join(MODELS, n)) for n in (DETECTOR, GAZE)}

    def serve(self, r, **how):
        r.file(self.data[os.path.basename(r.path)], **how)

    def check_fetched(self, done, *names, lines=0):
        self.check(done, 0, lines=lines)
        self.assertEqual(self.here(), sorted(names))
        for name in names:
            self.assertEqual(read(os.path.join(self.target, name)), self.data[name])

    def test_defaults(self):
        s = self.server(self.serve)
        done = self.pull("--from", s.url + "/some/folder/")
        self.check_fetched(done, DETECTOR, GAZE)
        self.assertEqual({p for p, _ in s.requests},
                         {"/some/folder/" + DETECTOR, "/some/folder/" + GAZE})
        self.check_good(mien("verify", "--models", self.target))
        self.check_good(self.pull("--from", s.url))
        self.assertEqual(len(s.requests), 2)

    def test_version_is_reported(self):
        if hashlib.sha256(self.data[GAZE]).hexdigest().startswith("8b4f"):
            self.skipTest("the models folder holds the preferred file")
        done = self.pull("--from", self.server(self.serve).url, "mobileone-s0-gaze")
        self.check_good(done)
        self.assertIn("which serves as mobileone-s0-gaze", done.stdout)

    def test_resumed_in_one_run(self):
        s = self.server(lambda r: self.serve(r, cut=700000))
        self.check_fetched(self.pull_detector(s), DETECTOR, lines=2)
        self.assertEqual(s.ranges(), [None, "bytes=700000-", "bytes=1400000-"])
        self.assertEqual(s.sent, len(self.data[DETECTOR]))

    def test_resumed_by_the_next_run(self):
        s = self.server(lambda r: self.serve(r, cut=200000))
        self.check(self.pull_detector(s), EDOWNLOAD, lines=4)
        s = self.server(self.serve)
        self.check_fetched(self.pull_detector(s), DETECTOR)
        self.assertEqual(s.ranges(), ["bytes=800000-"])
        self.assertEqual(s.conditions(), ['"v1"'])
        self.assertEqual(s.sent, len(self.data[DETECTOR]) - 800000)

    def test_resumed_with_a_wrong_start(self):
        os.mkdir(self.target)
        write(self.part, FAKE)
        s = self.server(self.serve)
        self.check_fetched(self.pull_detector(s), DETECTOR)
        self.assertEqual(s.ranges(), ["bytes=%d-" % len(FAKE), None])

    def test_server_without_ranges(self):
        def serve(r):
            data = self.data[DETECTOR]
            r.head(200, len(data))
            r.body(data[:len(data) // len(s.requests)] if len(s.requests) < 2 else data)

        os.mkdir(self.target)
        write(self.part, self.data[DETECTOR][:1000])
        s = self.server(serve)
        self.check_fetched(self.pull_detector(s), DETECTOR)

    def test_whole_but_not_renamed(self):
        os.mkdir(self.target)
        write(self.part, self.data[DETECTOR])
        s = self.server(self.serve)
        self.check_fetched(self.pull_detector(s), DETECTOR)
        self.assertEqual(s.requests, [])

    def test_busy_at_first(self):
        s = self.server(lambda r: r.head(503, 0) if len(s.requests) < 3 else self.serve(r))
        self.check_fetched(self.pull_detector(s), DETECTOR, lines=2)

    def test_redirected(self):
        def serve(r):
            if r.path.startswith("/moved"):
                self.serve(r, cut=1000000)
            else:
                r.head(302, 0, Location=s.url + "/moved" + r.path)

        s = self.server(serve)
        self.check_fetched(self.pull_detector(s), DETECTOR, lines=1)
        self.assertEqual(s.ranges()[-1], "bytes=1000000-")

    def test_several_at_once(self):
        def serve(r):
            data = self.data[DETECTOR]
            r.head(200, len(data))
            for i in range(0, len(data), 400000):
                r.body(data[i:i + 400000])
                time.sleep(0.1)

        s = self.server(serve)
        command = [MIEN, "models", "pull", "--models", self.target, "--from", s.url, DETECTOR]
        many = [subprocess.Popen(command, env=environment(), text=True, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE) for _ in range(5)]
        for p in many:
            out, stderr = p.communicate(timeout=60)
            self.assertEqual(p.returncode, 0, stderr)
            self.assertEqual(len(out.splitlines()), 1)
        self.assertEqual(self.here(), [DETECTOR])
        self.assertEqual(read(os.path.join(self.target, DETECTOR)), self.data[DETECTOR])
        self.assertEqual(len(s.requests), 1)

    def test_file_address(self):
        self.check_fetched(self.pull("--from", "file://" + os.path.abspath(MODELS)), DETECTOR, GAZE)


class NotBuilt(Case):
    @unittest.skipIf(HAVE_DOWNLOADS, "built with libcurl")
    def test_no_downloads(self):
        done = self.pull("--from", "http://127.0.0.1:1/x")
        self.check(done, ENOTBUILT, "http://127.0.0.1:1/x", "--from")
        self.assertEqual(self.here(), [])


def main():
    if len(sys.argv) not in (2, 3) or not os.access(MIEN, os.X_OK):
        print(__doc__)
        return 2
    result = unittest.main(argv=sys.argv[:1], exit=False, verbosity=1).result
    if not result.wasSuccessful() or result.testsRun == 0:
        return 1
    if not HAVE_MODELS:
        print("skip: no models in " + MODELS + ": only failures were tested")
        return 77
    if not HAVE_DOWNLOADS:
        print("skip: built without libcurl: only copies between folders were tested")
        return 77
    return 0


if __name__ == "__main__":
    sys.exit(main())
