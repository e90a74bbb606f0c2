#!/usr/bin/env python3
"""mien run --web: who may read the page, what its parts answer, recordings, slow clients, and the page
in a browser.

usage: test_web.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]
"""
import glob
import http.client
import json
import os
import re
import resource
import signal
import socket
import sys
import threading
import time
import unittest

import browser
import util
from util import EXIT, SLOW, face, run, y4m

TOKEN = "test-token_0123456789"
HAVE = util.have_lavfi() if len(sys.argv) > 1 else False
GRAPH = ("lavfi:color=black:size=320x240:rate=30[a];color=white:size=60x80:rate=30[b];"
         "[a][b]overlay=x=40+mod(20*t\\,200):y=60")


def built():
    return run("run", "none.y4m", "--web", "80", "--provider", "stub").status == EXIT["EINVAL"] and \
        "without the live page" not in run("run", "none.y4m", "--web", "--provider", "stub").stderr


class Live(util.Case):
    """Starts a run with a page, and talks to it."""

    def begin(self, *options, source=GRAPH, token=TOKEN, port=None):
        self.port = port or util.free_port()
        p = util.start("run", "--provider", "stub", "--source", source, "--web", str(self.port), *options,
                       env={"MIEN_WEB_TOKEN": token})
        self.addCleanup(self.finish, p)
        line = p.stderr.readline().decode()
        found = re.search(r"live page: http://127\.0\.0\.1:(\d+)/([\w-]+)/$", line)
        self.assertTrue(found, line)
        self.token = found.group(2)
        self.assertEqual(int(found.group(1)), self.port)
        return p

    def finish(self, p):
        if p.poll() is None:
            p.kill()
        p.communicate()

    def ends(self, p):
        """Ctrl-C ends the run as usual."""
        p.send_signal(signal.SIGINT)
        _, stderr = p.communicate(timeout=30)
        self.assertEqual(p.returncode, 0, stderr)
        for sign in util.TROUBLE:
            self.assertNotIn(sign, stderr.decode())

    def ask(self, place, method="GET", body=None, **headers):
        """(status, headers, content) of a request; place without a slash lies under the token."""
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        path = place if place.startswith("/") else f"/{self.token}/{place}"
        c.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
        r = c.getresponse()
        content = r.read()
        c.close()
        return r.status, r.headers, content

    def lines(self):
        """The events of a new stream, as dictionaries."""
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        c.request("GET", f"/{self.token}/events")
        r = c.getresponse()
        self.assertEqual(r.headers["Content-Type"], "text/event-stream; charset=utf-8")
        try:
            for line in r:
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])
        finally:
            c.close()


@unittest.skipUnless(HAVE and built(), "this mien was built without the live page or without libavdevice")
class Page(Live):
    def test_access(self):
        p = self.begin()
        self.assertEqual(self.ask("")[0], 200)
        for place in ("/", "/favicon.ico", f"/{TOKEN}", f"/{TOKEN[:-1]}x/", f"/{TOKEN}x/", "//", f"/x{TOKEN}/events"):
            self.assertEqual(self.ask(place)[0], 403, place)
        self.assertEqual(self.ask("none.js")[0], 404)
        for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost:", "localhost:x", "", "0.0.0.0"):
            self.assertIn(self.ask("", Host=host)[0], (400, 403), host)
        for host in ("localhost", "LOCALHOST:9", "127.0.0.1:1", "[::1]:80"):
            self.assertEqual(self.ask("", Host=host)[0], 200, host)
        own = f"127.0.0.1:{self.port}"
        for origin in ("http://evil.example", "null", "https://" + own, "http://127.0.0.1:1", "http://" + own + ".example"):
            self.assertEqual(self.ask("recording?on=1", "POST", Origin=origin)[0], 403, origin)
        self.assertEqual(self.ask("recording?on=0", "POST", Origin="http://" + own)[0], 200)
        self.assertEqual(self.ask("", Sec_Fetch_Site="cross-site")[0], 403)
        self.assertEqual(self.ask("", Sec_Fetch_Site="none")[0], 200)
        headers = self.ask("")[1]
        self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        self.assertNotIn("unsafe", headers["Content-Security-Policy"])
        self.assertIsNone(headers["Access-Control-Allow-Origin"])
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(self.ask("recording?on=1", "GET")[0], 405)
        self.assertEqual(self.ask("events", "POST")[0], 405)
        self.assertEqual(self.ask("recording?on=2", "POST")[0], 400)
        self.assertEqual(self.ask("recording?on=1", "POST", "x" * 100000)[0], 413)
        self.assertEqual(glob.glob("mien-*"), [])
        self.ends(p)

    def test_tokens(self):
        p = self.begin(token=None)
        first = self.token
        self.assertRegex(first, "^[0-9a-f]{32}$")
        self.ends(p)
        self.ends(self.begin(token=None))
        self.assertNotEqual(self.token, first)
        for bad in ("short", "a" * 65, "a/" * 10):
            done = run("run", "--provider", "stub", "--source", GRAPH, "--web", env={"MIEN_WEB_TOKEN": bad})
            self.fails_with(done, "EINVAL", "MIEN_WEB_TOKEN")

    def test_events_and_pictures(self):
        p = self.begin()
        lines = self.lines()
        hello = next(lines)
        self.assertEqual((hello["source"], hello["units"]), (GRAPH, []))
        rows = [next(lines) for _ in range(30)]
        self.assertEqual([r["frame"] for r in rows], sorted({r["frame"] for r in rows}))
        for r in rows:
            self.near(r["time"], (r["frame"] - 1) / 30, 0.002)
            self.assertEqual((r["people"], len(r["faces"]), len(r["faces"][0]["gaze"])), (1, 1, 2))
            self.assertFalse(r["recording"])
        self.assertGreaterEqual(rows[-1]["dropped"], 0)
        if not SLOW:
            self.near(rows[-1]["fps"], 30, 10)
            self.assertLess(rows[-1]["latency"], 500)
        number = 0
        for _ in range(5):
            status, headers, data = self.ask(f"picture?after={number}")
            self.assertEqual((status, data[:2], data[-2:]), (200, b"\xff\xd8", b"\xff\xd9"))
            self.assertGreater(int(headers["X-Mien-Picture"]), number)
            number = int(headers["X-Mien-Picture"])
        # a request that waits ends with the run
        answers = []
        t = threading.Thread(target=lambda: answers.append(self.ask("picture?after=999999999")[0]))
        t.start()
        time.sleep(0.3)
        self.ends(p)
        t.join(20)
        self.assertEqual(answers, [503])
        self.assertEqual(list(lines)[-1:][0]["people"], 1)  # the stream ended as it should

    def test_recording(self):
        os.mkdir("kept")
        p = self.begin("--recordings", "kept", "--csv", "all.csv")
        lines = self.lines()
        next(lines)

        def until(what):
            return next(r for r in lines if r.get("recording") is what)
        self.assertEqual(self.ask("recording?on=1", "POST")[0], 200)
        name = until(True)["file"]
        for _ in range(20):
            last = next(lines)
        self.assertEqual(self.ask("recording?on=0", "POST")[0], 200)
        self.assertEqual(until(False)["problem"], "")
        self.assertEqual(sorted(os.listdir("kept")), [name + ".csv", name + ".mp4"])
        rows = util.read_csv(f"kept/{name}.csv")
        self.assertGreaterEqual(rows[-1]["frame"], last["frame"])
        frames = [r["frame"] for r in rows]
        self.assertEqual(frames, sorted(set(frames)))
        self.assertEqual(len(util.probe_times(f"kept/{name}.mp4")), len(rows))
        # a folder that is gone ends the recording, not the run; the run ends a recording
        os.rename("kept", "away")
        self.ask("recording?on=1", "POST")
        self.assertIn("kept", next(r for r in lines if r["problem"])["problem"])
        os.rename("away", "kept")
        time.sleep(1.1)  # the name has the second
        self.ask("recording?on=1", "POST")
        until(True)
        self.ends_with_message(p)
        self.assertEqual(len(os.listdir("kept")), 4)
        self.assertEqual([f for f in os.listdir("kept") if "partial" in f], [])
        self.assertEqual(util.read_json("all.csv.meta.json")["complete"], True)

    def ends_with_message(self, p):
        p.send_signal(signal.SIGINT)
        _, stderr = p.communicate(timeout=30)
        self.assertEqual(p.returncode, 0, stderr)

    def test_errors(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            s.listen()
            port = s.getsockname()[1]
            done = run("run", "--provider", "stub", "--source", GRAPH, "--web", str(port))
            self.fails_with(done, "EOUTPUT", str(port), "--web")
        self.fails_with(run("run", "--provider", "stub", "--source", GRAPH, "--web=80"), "EINVAL", "--web", "1024")
        self.fails_with(run("run", "--source", GRAPH, "--web", "--recordings", "none"), "EOUTPUT", "none")
        self.fails_with(run("run", "--source", GRAPH, "--csv", "-", "--recordings", "."), "EINVAL", "--web")

    def test_a_file_and_no_client(self):
        y4m("a.y4m", [[face(100, 60)]] * 5)
        done = run("run", "--web", str(util.free_port()), "a.y4m", "--provider", "stub", "--csv", "a.csv")
        self.assertEqual(done.status, 0, done)
        self.assertEqual(len(util.read_csv("a.csv")), 5)

    def crowd(self, n):
        """Clients that ask for everything and read nothing."""
        sockets = []
        for i in range(n):
            s = socket.create_connection(("127.0.0.1", self.port))
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            what = "events" if i % 2 else "picture?after=0"
            s.sendall(f"GET /{self.token}/{what} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * (1 if i % 2 else 3))
            sockets.append(s)
            self.addCleanup(s.close)
        return sockets

    @util.not_for_tsan
    def test_slow_clients(self):
        """More clients than there are places: a place is always bounded in memory, and a client that
        reads still gets what is new."""
        p = self.begin()
        self.assertEqual(self.ask("")[0], 200)
        self.crowd(20)
        lines = self.lines()
        first = next(lines), next(lines)
        status = f"/proc/{p.pid}/status"

        def memory():
            return int(re.search(r"VmRSS:\s+(\d+)", open(status, encoding="ascii").read()).group(1))
        before = memory()
        for row in lines:
            if row["frame"] > first[1]["frame"] + 90:
                break
        if os.path.exists(status) and not SLOW:
            self.assertLess(memory() - before, 2000)
        self.crowd(30)
        self.ends(p)


    @unittest.skipIf(SLOW, "time is not measured in this build")
    def test_slow_clients_do_not_slow_the_run(self):
        y4m("clip.y4m", [[face(100 + i, 60)] for i in range(60)])

        def seconds(clients):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            self.begin_paced(clients)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        alone, crowded = [], []
        for _ in range(2):
            alone.append(seconds(0))
            crowded.append(seconds(20))
        # of one core, over a run of 2 seconds
        self.assertLess((min(crowded) - min(alone)) / 2, 0.02, (alone, crowded))

    def begin_paced(self, clients):
        p = self.begin("--csv", os.devnull, "--force", "--realtime", source="clip.y4m")
        sockets = self.crowd(clients)
        p.communicate(timeout=60)
        for s in sockets:
            s.close()
        self.assertEqual(p.returncode, 0)


@unittest.skipUnless(HAVE and built(), "this mien was built without the live page or without libavdevice")
@unittest.skipUnless(browser.CHROMIUM, "chromium is not installed")
@util.not_for_tsan
class InABrowser(Live):
    def until(self, page, expression, seconds=20):
        self.wait_for(lambda: page.evaluate(expression), seconds)

    def test_session(self):
        """One session: plots and pictures move, a recording starts and stops, the server restarts, and
        another token is refused."""
        p = self.begin()
        address = f"http://127.0.0.1:{self.port}/{TOKEN}/"
        with browser.Browser() as page:
            page.open(address)
            moved = "document.getElementById('picture').dataset.pictures > {}"
            self.until(page, moved.format(3))
            self.until(page, "document.getElementById('state').textContent === 'live'")
            if page.evaluate("typeof uPlot !== 'undefined'"):
                ink = "document.querySelector('#gaze canvas').toDataURL()"
                before = page.evaluate(ink)
                self.until(page, f"{ink}.length > 0")
                self.wait_for(lambda: page.evaluate(ink) != before)
            self.assertEqual(page.evaluate("document.getElementById('people').textContent"), "1")
            button = "document.getElementById('record')"
            page.evaluate(f"{button}.click()")
            self.until(page, f"{button}.textContent === 'Stop recording' && !{button}.disabled")
            page.evaluate(f"{button}.click()")
            self.until(page, f"{button}.textContent === 'Start recording' && !{button}.disabled")
            self.assertEqual(len(glob.glob("mien-*.mp4")), 1)
            self.assertEqual(page.console, [])
            self.assertEqual([r for r in page.requests if not r.startswith(address) and not r.startswith("data:")], [])
            if os.environ.get("MIEN_SCREENSHOTS"):
                page.screenshot(os.path.join(os.environ["MIEN_SCREENSHOTS"], "live.png"))
            self.ends(p)
            self.until(page, "document.getElementById('state').className === 'lost'")
            count = page.evaluate("Number(document.getElementById('picture').dataset.pictures)")
            p = self.begin(port=self.port)
            self.until(page, "document.getElementById('state').className === 'live'", 30)
            self.until(page, moved.format(count), 30)
            self.ends(p)
            p = self.begin(port=self.port, token="another-token-01234")
            self.until(page, "document.getElementById('state').textContent.includes('earlier run')", 30)
            self.ends(p)


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
