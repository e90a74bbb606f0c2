#!/usr/bin/env python3
"""mien report: the data of the page from tables whose values are known, and the page in a browser.

usage: test_report.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]
"""
import base64
import json
import math
import os
import re
import struct
import sys
import time
import unittest

import browser
import util
from util import EXIT, run

UNITS = [1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45]
HEAD = ["frame", "face_id", "timestamp", "confidence", "success", "gaze_yaw_smooth", "gaze_pitch_smooth",
        "box_x", "box_y", "box_w", "box_h", "pose_Rx", "pose_Ry", "pose_Rz", "landmark_confidence",
        *(f"AU{u:02d}_r" for u in UNITS), "au_final"]
SLOW = "MIEN_SLOW" in os.environ
HAVE_PAGE = run("report", "no-such-result.csv").status != EXIT["ENOTBUILT"]


def row(frame, person=0, fps=25, success=1, **values):
    """A row as HEAD names it; the face of a person has a place of its own."""
    t = (frame - 1) / fps
    known = {"frame": frame, "face_id": person, "timestamp": f"{t:.4f}", "confidence": 0.9, "success": success,
             "gaze_yaw_smooth": f"{20 * math.sin(t / 3 + person):.3f}", "gaze_pitch_smooth": f"{8 * math.cos(t / 5):.3f}",
             "box_x": 200 * person, "box_y": 50, "box_w": 80, "box_h": 100, "pose_Rx": 0.05,
             "pose_Ry": f"{0.3 * math.sin(t / 7):.4f}", "pose_Rz": 0, "landmark_confidence": 0.98, "au_final": 1}
    known.update(values)
    return [known.get(name, f"{max(0, 3 * math.sin(t + len(name)) - 2):.3f}" if name != "AU45_r" else 0) for name in HEAD]


def table(rows, without=()):
    keep = [i for i, name in enumerate(HEAD) if name not in without]
    return "\n".join([",".join(HEAD[i] for i in keep), *(",".join(str(r[i]) for i in keep) for r in rows)]) + "\n"


def nothing(frame, fps=25):
    """The row of a frame without a face."""
    return [{"frame": frame, "face_id": -1, "timestamp": f"{(frame - 1) / fps:.4f}", "success": 0}.get(n, "") for n in HEAD]


def data_of(page):
    text = re.search(r'<script type="application/json" id="data">(.*?)</script>', util.read(page).decode(), re.S).group(1)
    return json.loads(text)


def decode(text, letter):
    data = base64.b64decode(text)
    return struct.unpack(f"<{len(data) // struct.calcsize(letter)}{letter}", data)


def series(person, name):
    scale, text = person["series"][name]
    return [None if v == -32768 else v * scale for v in decode(text, "h")]


@unittest.skipUnless(HAVE_PAGE, "this mien was built without uPlot; run make setup")
class Data(util.Case):
    """What is in the page."""

    def report(self, rows, without=()):
        util.write("a.csv", table(rows, without).encode())
        self.succeeds("report", "a.csv", "-o", "a.html", "--force")
        return data_of("a.html")

    def texts(self, data, level="warning"):
        return " ".join(w["text"] for w in data["warnings"] if w["level"] == level)

    def test_statistics(self):
        smile = [row(i, AU12_r=2 if i > 80 else 0, AU45_r=2 if i in (10, 11, 12, 50, 51) or i > 90 else 0)
                 for i in range(1, 101)]
        data = self.report(smile)
        person = data["people"][0]
        stats = person["stats"]["AU12"]
        self.assertEqual((stats["n"], stats["mean"], stats["min"], stats["max"], stats["share"]), (100, 0.4, 0, 2, 0.2))
        self.near(stats["sd"], 0.8, 1e-4)
        self.assertEqual((person["eyes"]["blinks"], person["eyes"]["closed"]), (3, 0))
        self.assertEqual(decode(person["eyes"]["at"], "i"), (360, 80, 1960, 40, 3600, 360))
        self.assertEqual(data["step"], 1)
        self.assertEqual([round(v or 0, 3) for v in series(person, "AU12")], [0] * 80 + [2] * 20)
        times = decode(data["time"], "f")
        self.near(times[99], 3.96, 1e-5)
        yaw = series(person, "gaze_yaw")
        for i in (0, 40, 99):
            self.near(yaw[i], 20 * math.sin(i / 25 / 3), 0.002)
        turn = series(person, "head_yaw")
        self.near(turn[50], math.degrees(0.3 * math.sin(2 / 7)), 0.01)

    def test_blinks_are_those_of_events(self):
        rows = [row(i, AU45_r=round(2 + 2 * math.sin(i / 3 + 2 * math.sin(i / 40)), 2)) for i in range(1, 500)]
        data = self.report(rows)
        events = self.succeeds("events", "a.csv").out
        self.assertEqual(data["people"][0]["eyes"]["blinks"], events.count(",blink,"))
        self.assertGreater(events.count(",blink,"), 2)

    def test_blinks_by_the_lids(self):
        """Without AU45 the distance of the lids gives the blinks, as in mien events."""
        head = [n for n in HEAD if n != "AU45_r"] + ["eye_opening"]
        lines = [",".join(head)]
        for i in range(1, 301):
            values = [v for n, v in zip(HEAD, row(i)) if n != "AU45_r"]
            lines.append(",".join(map(str, [*values, 1 if i % 60 in (10, 11, 12) else 10])))
        util.write("a.csv", ("\n".join(lines) + "\n").encode())
        self.succeeds("report", "a.csv", "-o", "a.html")
        person = data_of("a.html")["people"][0]
        self.assertEqual(self.succeeds("events", "a.csv").out.count(",blink,"), 5)
        self.assertEqual(person["eyes"]["blinks"], 5)

    def test_coverage(self):
        rows = [nothing(i) if 21 <= i <= 45 or i == 60 else row(i, success=0 if i == 70 else 1) for i in range(1, 101)]
        seen = self.report(rows)["coverage"]
        self.assertEqual((seen["frames"], seen["with_face"], seen["faces"], seen["untrusted"], seen["gaps"]), (100, 73, 73, 1, 3))
        self.near(seen["longest_gaps"][0], 0.8, 1e-3)
        self.near(seen["longest_gaps"][1], 1.8, 1e-3)
        self.near(seen["gap_seconds"], 1 + 0.04 + 0.04, 1e-3)
        self.near(seen["rate"], 25, 0.01)
        self.assertEqual(self.report([row(i) for i in (1, 2, 3, 8, 9)])["coverage"]["missing"], 4)

    def test_changes_of_ids(self):
        moved = [row(i, 0) for i in range(1, 31)] + [row(i, 1, box_x=10) for i in range(31, 61)]
        self.assertEqual(self.report(moved)["coverage"]["id_changes"], 1)
        elsewhere = [row(i, 0) for i in range(1, 31)] + [row(i, 1) for i in range(31, 61)]
        self.assertEqual(self.report(elsewhere)["coverage"]["id_changes"], 0)
        late = [row(i, 0) for i in range(1, 31)] + [nothing(i) for i in range(31, 131)] + [row(i, 1, box_x=0) for i in range(131, 141)]
        self.assertEqual(self.report(late)["coverage"]["id_changes"], 0)
        self.assertIsNone(self.report(moved, ["box_x"])["coverage"]["id_changes"])

    def test_warnings(self):
        rows = [row(i, box_h=40 if i <= 400 else 100, AU12_r=2 if i <= 800 else 0) for i in range(1, 1001)]
        text = self.texts(self.report(rows))
        self.assertIn("40 % of the faces are smaller than 60 pixels", text)
        self.assertIn("relative to this video's median: person 0 shows AU12 lip corner puller in 80 % of it", text)
        good = self.report([row(i, **{f"AU{u:02d}_r": 0 for u in UNITS}) for i in range(1, 1001)])
        self.assertEqual(self.texts(good), "")
        self.assertIn("No face was found", self.texts(self.report([nothing(i) for i in range(1, 11)])))
        self.assertIn("no gaze", self.texts(self.report(rows, ["gaze_yaw_smooth"]), "note"))
        self.assertIn("turned sideways", self.texts(self.report([row(i, pose_Ry=1) for i in range(1, 11)])))
        self.assertIn("10.0 frames per second", self.texts(self.report([row(i, fps=10) for i in range(1, 31)])))
        self.assertIn("preliminary", self.texts(self.report([row(i, au_final=0) for i in range(1, 31)])))

    def test_bins_keep_the_statistics(self):
        lines = ["frame,face_id,timestamp,success,AU01_r"]
        lines += [f"{i},{p},{i / 25},1,{p}" for i in range(1, 1201) for p in range(100)]
        util.write("a.csv", ("\n".join(lines) + "\n").encode())
        self.succeeds("report", "a.csv", "-o", "a.html")
        data = data_of("a.html")
        self.assertEqual(data["step"], 2)
        self.assertIn("mean of 2 frames", self.texts(data, "note"))
        for person in data["people"]:
            self.assertEqual(person["stats"]["AU01"]["n"], 1200)
            self.near(series(person, "AU01")[7], person["id"], 1e-3 * max(1, person["id"]))
        self.assertEqual(sum(len(decode(p["bins"], "i")) for p in data["people"]), 60000)

    def test_errors(self):
        self.fails_with(run("report"), "EINVAL", "report")
        self.fails_with(run("report", "none.csv"), "ENOINPUT", "none.csv")
        util.write("a.csv", table([row(1)]).encode())
        util.write("report.html", b"kept")
        self.fails_with(run("report", "a.csv"), "EEXISTS", "report.html")
        self.succeeds("report", "a.csv", "--force")
        self.assertEqual(data_of("report.html")["result"], "a.csv")
        util.write("b.csv", b"frame,x\n1,2\n")
        self.fails_with(run("report", "b.csv", "-o", "b.html"), "EDAMAGED", "b.csv")
        self.assertEqual([f for f in self.here() if f.startswith("b.html")], [])
        os.mkdir("empty")
        self.fails_with(run("report", "empty", "-o", "e.html"), "ENOINPUT", "empty")

    def test_openface(self):
        """A table of OpenFace: its own angles, no boxes, no sidecar."""
        text = ("frame, face_id, timestamp, confidence, success, gaze_angle_x, gaze_angle_y, pose_Rx, pose_Ry, pose_Rz, AU12_r\n" +
                "".join(f"{i}, 0, {i / 30:.3f}, 0.98, 1, 0.1, -0.2, 0, 0.1, 0, 1.50\n" for i in range(1, 61)))
        util.write("of.csv", text.encode())
        self.succeeds("report", "of.csv", "-o", "of.html")
        data = data_of("of.html")
        self.near(data["people"][0]["stats"]["gaze_yaw"]["mean"], -math.degrees(0.1), 1e-3)
        self.assertIn("no sidecar", self.texts(data, "note"))

    def test_measured_quality(self):
        """Brightness and sharpness of faces whose pixels are known."""
        flat, edge = util.face(20, 60, 96, 128, left=200, right=200), util.face(200, 60, 96, 128, left=235, right=180)
        util.y4m("a.y4m", [[flat, edge]] * 5)
        self.succeeds("extract", "a.y4m", "-o", "a.csv", "--provider", "stub", "--analysis", "gaze,quality")
        rows = util.read_csv("a.csv")
        grey = [(luma - 16) * 255 / 219 for luma in (200, 235, 180)]
        for r in rows:
            is_flat = r["box_x"] < 150
            self.near(r["face_brightness"], grey[0] if is_flat else (grey[1] + grey[2]) / 2, 2)
            # one edge: in two of 94 columns the Laplacian is plus or minus the step, or half of it
            # if the edge lies between two pixels of the resized face
            want = 0 if is_flat else (grey[1] - grey[2]) * math.sqrt(2 / 94)
            self.assertTrue(0.48 * want <= r["face_sharpness"] <= 1.02 * want, r)
        self.succeeds("report", "a.csv", "-o", "a.html")
        data = data_of("a.html")
        self.assertEqual({m["name"] for m in data["measures"]} & {"sharpness", "brightness"}, {"sharpness", "brightness"})
        self.assertNotIn("face_sharpness", self.rows("a.y4m", "--analysis", "gaze")[0])

    def test_two_hours(self):
        """180,000 frames: under 5 s, 300 MB and 12 MB."""
        rows = [",".join(map(str, row(i)[3:])) for i in range(1, 1001)]
        with open("a.csv", "w", encoding="utf-8") as f:
            f.write(",".join(HEAD) + "\n")
            f.writelines(f"{i},0,{(i - 1) / 25:.4f},{rows[i % 1000]}\n" for i in range(1, 180001))
        pid = os.posix_spawn(util.MIEN, [util.MIEN, "report", "a.csv", "-o", "a.html"], os.environ)
        _, status, used = os.wait4(pid, 0)
        self.assertEqual(status, 0)
        self.assertLess(os.path.getsize("a.html"), 12e6)
        if SLOW:
            return
        self.assertLess(used.ru_utime + used.ru_stime, 5) # other tests may run at the same time
        self.assertLess(used.ru_maxrss, 300e3)
        if browser.CHROMIUM:
            with browser.Browser() as b:
                self.assertLess(min(opening(b, "a.html") for _ in range(3)), 2)
                self.assertEqual((b.console, len(b.requests)), ([], 1))


def opening(b, page):
    """Seconds until the first chart is drawn: by the clock, or of the processor if the machine has
    more to do than it can."""
    b.call("Performance.enable")
    wall = b.open(page) + first_chart(b)
    metrics = {m["name"]: m["value"] for m in b.call("Performance.getMetrics")["metrics"]}
    b.call("Performance.disable")
    return wall if os.getloadavg()[0] < os.cpu_count() + 1 else min(wall, metrics["ProcessTime"])


def first_chart(b):
    """Seconds until the first chart of the page has a pixel."""
    began = time.monotonic()
    script = """new Promise(done => { const look = () => {
        const c = document.querySelector('.plot canvas'), g = c && c.width && c.getContext('2d');
        if (g && g.getImageData(0, 0, c.width, c.height).data.some(v => v)) done(true);
        else requestAnimationFrame(look); }; look(); })"""
    b.evaluate(script)
    return time.monotonic() - began


@unittest.skipUnless(HAVE_PAGE, "this mien was built without uPlot; run make setup")
@unittest.skipUnless(browser.CHROMIUM, "chromium is not installed; run scripts/setup.sh test")
@unittest.skipIf(SLOW, "the page is the same in every build")
class Page(util.Case):
    """The page in a browser."""

    @classmethod
    def setUpClass(cls):
        cls.browser = browser.Browser()
        cls.addClassCleanup(cls.browser.close)

    def make(self, rows, *without):
        util.write("a.csv", table(rows, without).encode())
        self.succeeds("report", "a.csv", "-o", "a.html", "--force")

    def check(self, page, width=1280, dark=False):
        """No message, no request but the page, nothing wider than the page, each chart is drawn."""
        b = self.browser
        b.open(page, width, 900, dark)
        b.settle()
        self.assertEqual(b.console, [], page)
        self.assertEqual([u for u in b.requests if not u.endswith(os.path.basename(page))], [])
        self.assertLessEqual(b.evaluate("document.documentElement.scrollWidth"), width)
        b.evaluate("dispatchEvent(new Event('beforeprint')); dispatchEvent(new Event('afterprint'))")
        b.settle()
        self.assertEqual(b.evaluate("[...document.querySelectorAll('.plot')].filter(p => !p.querySelector('canvas')).length"), 0)
        self.assertEqual(b.console, [], page)
        self.assertNotRegex(b.evaluate("document.body.innerText"), r"NaN|undefined|\[object|Infinity")

    def sections(self):
        return self.browser.evaluate("[...document.querySelectorAll('h2')].map(h => h.textContent)")

    def test_sizes_and_themes(self):
        self.make([row(i, p) for i in range(1, 201) for p in range(2)])
        for width in (1280, 390):
            for dark in (False, True):
                self.check("a.html", width, dark)
        self.assertEqual(self.sections(), ["Warnings", "Coverage", "Gaze", "Action units", "Blinks", "Quality", "All people", "How it was made"])
        light = self.browser.evaluate("(document.documentElement.dataset.theme = 'light', getComputedStyle(document.body).backgroundColor)")
        dark = self.browser.evaluate("(delete document.documentElement.dataset.theme, getComputedStyle(document.body).backgroundColor)")
        self.assertNotEqual(light, dark)

    def test_missing_columns(self):
        rows = [row(i) for i in range(1, 101)]
        for without in (["gaze_yaw_smooth", "AU45_r"], [f"AU{u:02d}_r" for u in UNITS] + ["box_h"],
                        [n for n in HEAD if n not in ("frame", "face_id", "timestamp", "success")]):
            self.make(rows, *without)
            self.check("a.html")

    def test_empty_results(self):
        for rows in ([], [nothing(i) for i in range(1, 51)], [row(1, gaze_yaw_smooth="", AU12_r="x")],
                     [row(i, success=0) for i in range(1, 20)]):
            self.make(rows)
            self.check("a.html")

    def test_many_people(self):
        self.make([row(i, p) for i in range(1, 31) for p in range(256)])
        self.check("a.html", 390)
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('select option').length"), 256)
        self.browser.evaluate("{ const s = document.querySelector('select'); s.value = 255; s.dispatchEvent(new Event('change')); }")
        self.browser.settle()
        self.assertEqual(self.browser.console, [])
        self.assertEqual(self.browser.evaluate("chosen.id"), 255)

    def test_names_are_no_markup(self):
        name = "<img src=x onerror=alert(1)><script>'\".csv"
        util.write(name, table([row(i) for i in range(1, 10)]).encode())
        util.write(name + ".meta.json", json.dumps({"input": {"name": "</script><b>bold<b>.mp4"}}).encode())
        self.succeeds("report", name, "-o", "a.html")
        self.check("a.html")
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('img, main b:not(figcaption b)').length"), 0)
        self.assertIn("<b>bold", self.browser.evaluate("document.querySelector('h1').textContent"))

    def test_damaged_sidecars(self):
        for text in ("{", "[7]", '{"models": 3, "options": [1], "input": null, "versions": "x"}', '{"models": [null, {}]}'):
            util.write("a.csv.meta.json", text.encode())
            self.make([row(i) for i in range(1, 10)])
            self.check("a.html")

    def test_keyboard(self):
        self.make([row(i) for i in range(1, 501)])
        self.check("a.html")
        b = self.browser
        b.evaluate("document.querySelector('#gaze .plot').focus()")
        b.key("ArrowRight")
        self.assertRegex(b.evaluate("document.getElementById('announce').textContent"), r"^0:\d\d\.\d  .*°$")
        b.key("+")
        b.settle()
        self.near(b.evaluate("view.max - view.min"), 10, 0.1)
        before = b.evaluate("view.min")
        b.key("ArrowRight", modifiers=8)
        b.settle()
        self.near(b.evaluate("view.min") - before, 2.5, 0.1)
        b.key("0")
        b.settle()
        self.near(b.evaluate("view.max - view.min"), 20, 0.1)
        without = b.evaluate("[...document.querySelectorAll('button, input, select, [role=img], [role=region]')]"
                             ".filter(e => !(e.textContent.trim() || e.ariaLabel || e.labels?.length || e.title)).length")
        self.assertEqual(without, 0, "elements without a name")

    def test_zoom_with_the_mouse(self):
        self.make([row(i) for i in range(1, 501)])
        b = self.browser
        self.check("a.html")
        x, y, w, h = b.evaluate("(() => { const p = document.querySelector('#gaze .u-over'); p.scrollIntoView({block: 'center'});"
                                "const r = p.getBoundingClientRect(); return [r.x, r.y, r.width, r.height]; })()")
        b.mouse("mouseMoved", x + w / 4, y + h / 2)
        b.mouse("mousePressed", x + w / 4, y + h / 2, button="left", clickCount=1)
        b.mouse("mouseMoved", x + w / 2, y + h / 2, button="left")
        b.mouse("mouseReleased", x + w / 2, y + h / 2, button="left", clickCount=1)
        b.settle()
        self.near(b.evaluate("view.min"), 5, 0.3)
        self.near(b.evaluate("view.max"), 10, 0.3)
        self.assertEqual(b.console, [])

    def test_print(self):
        self.make([row(i) for i in range(1, 101)])
        self.browser.open("a.html", dark=True)
        self.browser.pdf("a.pdf")
        self.assertGreater(os.path.getsize("a.pdf"), 20000)
        self.assertEqual(self.browser.console, [])


@unittest.skipUnless(HAVE_PAGE, "this mien was built without uPlot; run make setup")
class Thumbnails(util.Case):
    """Pictures of faces, with --thumbnails only."""

    def make(self, *options):
        frames = [[util.face(100, 60, w=30 if i > 20 else 60, h=40 if i > 20 else 80)] for i in range(40)]
        util.y4m("a.y4m", frames)
        self.succeeds("extract", "a.y4m", "-o", "a.csv", "--provider", "stub", "--analysis", "gaze", "--force")
        self.succeeds("report", "a.csv", "-o", "a.html", "--force", *options)
        return data_of("a.html")

    def brightness(self, t, x, y):
        return base64.b64decode(t["pixels"])[y * t["width"] + x]

    def test_best_and_worst(self):
        self.assertNotIn("thumbnails", self.make())
        list_ = self.make("--thumbnails")["thumbnails"]
        self.assertEqual(len(list_), 8)
        self.assertTrue(all(t["frame"] <= 21 for t in list_ if t["best"]), list_)
        self.assertTrue(all(t["frame"] > 21 for t in list_ if not t["best"]))
        best = next(t for t in list_ if t["best"])
        self.assertEqual((best["width"], best["height"]), (320, 240))
        self.near(best["box"][0] * 320, 100, 2)
        self.near(best["box"][3] * 240, 80, 3)
        shown = self.brightness(best, 130, 100)
        hidden = self.make("--thumbnails", "--anonymise", "black")["thumbnails"]
        for t in hidden:
            for y in range(64, 138):
                self.assertEqual(self.brightness(t, 110, y), 16)
        self.assertGreater(shown, 30)
        self.fails_with(run("report", "a.csv", "-o", "b.html", "--anonymise", "black"), "EINVAL", "--thumbnails")

    def test_the_video_is_missing(self):
        self.make()
        os.mkdir("moved")
        for name in ("a.csv", "a.csv.meta.json", "a.y4m"):
            os.rename(name, os.path.join("moved", name))
        self.succeeds("report", "moved/a.csv", "-o", "b.html", "--thumbnails")
        self.assertEqual(len(data_of("b.html")["thumbnails"]), 8)
        os.remove("moved/a.y4m")
        done = run("report", "moved/a.csv", "-o", "c.html", "--thumbnails")
        self.assertEqual(done.status, 0, done)
        self.assertIn("no thumbnails", done.stderr)
        self.assertEqual(data_of("c.html")["thumbnails"], [])

    @unittest.skipUnless(browser.CHROMIUM, "chromium is not installed; run scripts/setup.sh test")
    @unittest.skipIf(SLOW, "the page is the same in every build")
    def test_page(self):
        self.make("--thumbnails")
        with browser.Browser() as b:
            b.open("a.html", width=390)
            b.settle()
            self.assertEqual((b.console, len(b.requests)), ([], 1))
            self.assertEqual(b.evaluate("document.querySelectorAll('.thumb canvas').length"), 8)
            self.assertLessEqual(b.evaluate("document.documentElement.scrollWidth"), 390)


@unittest.skipUnless(HAVE_PAGE, "this mien was built without uPlot; run make setup")
class Folder(util.Case):
    """The page of many results."""

    def make(self):
        os.makedirs("out/deep")
        for i, name in enumerate(["a", "b", "c", "d", "e", "deep/a b"]):
            rows = [row(k, box_h=100 + i if name != "e" else 30) for k in range(1, 51)]
            util.write(f"out/{name}.csv", table(rows).encode())
            util.write(f"out/{name}.csv.meta.json", b'{\n  "recipe": "0000000000000001",\n  "complete": true\n}\n')
        util.write("out/summary.csv", b"input,result,state,status,frames,frames_with_face,rows,people,seconds,message\n"
                                      b'a.mp4,out/a.csv,done,MIEN_OK,1,1,1,1,1,\n"x,<b>.mp4",,failed,MIEN_EDAMAGED,,,,,,it is broken\n')

    def test_data(self):
        self.make()
        self.succeeds("report", "out", "-o", "report.html")
        data = data_of("report.html")
        self.assertEqual([r["name"] for r in data["results"]], ["a", "b", "c", "d", "deep/a b", "e"])
        self.assertEqual(data["failures"], [{"input": "x,<b>.mp4", "message": "it is broken"}])
        self.assertEqual(data["results"][1]["mean"]["face_size"], 101)
        self.assertIn("report/deep/a b.html", self.here())
        self.assertEqual(data_of("report/deep/a b.html")["back"], "../../report.html")
        self.fails_with(run("report", "out", "-o", "report.html"), "EEXISTS", "report.html")

    def test_damaged_result(self):
        self.make()
        util.write("out/b.csv", b"frame,x\n1,2\n")
        done = run("report", "out", "-o", "report.html")
        self.assertEqual(done.status, EXIT["EDAMAGED"], done)
        data = data_of("report.html")
        self.assertEqual(len(data["results"]), 5)
        self.assertEqual(data["failures"][1]["input"], "out/b.csv")
        self.assertIn("needs the columns", data["failures"][1]["message"])

    def test_several_files(self):
        self.make()
        self.succeeds("report", "out/a.csv", "out/deep/a b.csv", "out/b.csv", "-o", "x.html")
        self.assertEqual([r["name"] for r in data_of("x.html")["results"]], ["a", "a b", "b"])
        self.assertIn("x/a b.html", self.here())

    @unittest.skipUnless(browser.CHROMIUM, "chromium is not installed; run scripts/setup.sh test")
    def test_browser(self):
        self.make()
        self.succeeds("report", "out", "-o", "report.html")
        with browser.Browser() as b:
            for width in (1280, 390):
                for dark in (False, True):
                    b.open("report.html", width, 900, dark)
                    b.settle()
                    self.assertEqual((b.console, len(b.requests)), ([], 1))
                    self.assertLessEqual(b.evaluate("document.documentElement.scrollWidth"), width)
            names = "[...document.querySelectorAll('#results tbody th')].map(e => e.textContent)"
            self.assertEqual(b.evaluate(names), ["a", "b", "c", "d", "deep/a b", "e"])
            b.evaluate("[...document.querySelectorAll('#results th button')].find(e => e.textContent.startsWith('Face height')).click()")
            self.assertEqual(b.evaluate(names)[0], "deep/a b")
            self.assertIn("e", b.evaluate("document.querySelector('#outliers tbody').textContent"))
            self.assertIn("<b>.mp4", b.evaluate("document.querySelector('#failures').textContent"))
            charts = b.evaluate("[...document.querySelectorAll('#distributions figure')].map(f => [f.textContent, f.querySelectorAll('.plot').length])")
            self.assertIn(["Frames50 in all results", 0], charts)
            self.assertEqual([n for text, n in charts if text.startswith("Face height")], [1])
            b.loaded = False
            b.evaluate("[...document.querySelectorAll('#results a')].find(e => e.textContent === 'deep/a b').click()")
            b.wait_for_load()
            self.assertEqual(b.evaluate("document.querySelector('h1').textContent"), "a b.csv")
            b.evaluate("document.querySelector('header a').click()")
            b.wait_for_load()
            self.assertEqual(b.evaluate("document.querySelector('h1').textContent"), "out")
            self.assertEqual(b.console, [])


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
