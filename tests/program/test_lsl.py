#!/usr/bin/env python3
"""mien run --send lsl, read by pylsl on this machine: names, units, values and times.

usage: test_lsl.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]
"""
import glob
import json
import os
import subprocess
import sys
import unittest

import util
from util import ROOT, face, run, y4m

READER = """
import json, sys, time, types
class Numpy(types.ModuleType):  # pylsl imports it, and needs it for chunks only
    def __getattr__(self, name):
        return object
sys.modules["numpy"] = Numpy("numpy")
import pylsl
found = pylsl.resolve_byprop("name", "test of mien", 1, 30)
inlet = pylsl.StreamInlet(found[0])
inlet.open_stream(30)
info, rows = inlet.info(30), []
print("ready", flush=True)
channel = info.desc().child("channels").child("channel")
channels = []
while not channel.empty():
    channels.append({k: channel.child_value(k) for k in ("label", "eye", "type", "unit", "coordinate_system")})
    channel = channel.next_sibling("channel")
end = time.monotonic() + 30
while len(rows) < 20 and time.monotonic() < end:
    sample, at = inlet.pull_sample(1)
    if sample:
        rows.append([at, pylsl.local_clock(), sample])
print(json.dumps({"type": info.type(), "channels": channels, "rows": rows}))
"""


FOLDER = util.packages("pylsl") if len(sys.argv) > 1 and not util.SLOW else None
LIBRARY = FOLDER and next(iter(glob.glob(os.path.join(FOLDER, "pylsl", "lib", "liblsl.so"))), None)


class Missing(util.Case):
    def test_no_library(self):
        y4m("a.y4m", [[face(100, 60)]] * 3)
        for where in "lsl", "lsl:name":
            done = run("run", "--provider", "stub", "a.y4m", "--send", where, env={"MIEN_LSL": "/nowhere/liblsl.so"})
            self.fails_with(done, "ENOTBUILT", "liblsl", "MIEN_LSL")
        self.fails_with(run("run", "--provider", "stub", "a.y4m", "--send", "lslx"), "EINVAL", "lslx")


@unittest.skipUnless(LIBRARY, "pylsl could not be installed, or this build has a sanitizer")
class Stream(util.Case):
    def test_stream(self):
        y4m("a.y4m", [[face(100 + i, 60)] if i % 2 else [] for i in range(120)])
        util.write("lsl_api.cfg", b"[multicast]\nResolveScope = machine\n[lab]\nKnownPeers = {127.0.0.1}\n[ports]\nIPv6 = disable\n")
        env = {"LSLAPICFG": os.path.abspath("lsl_api.cfg"), "MIEN_LSL": LIBRARY}
        mien = util.start("run", "--provider", "stub", "a.y4m", "--realtime", "--analysis", "gaze", "--send", "lsl:test of mien",
                          "--csv", "a.csv", env=env)
        self.addCleanup(mien.wait)
        self.addCleanup(mien.kill)
        reader = subprocess.run([sys.executable, "-c", READER], env={**os.environ, **env, "PYTHONPATH": FOLDER}, timeout=90,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.assertEqual(reader.returncode, 0, reader.stderr.decode()[-2000:])
        got = json.loads(reader.stdout.decode().splitlines()[-1])
        mien.send_signal(2)
        _, stderr = mien.communicate(timeout=30)
        self.assertEqual(mien.returncode, 0, stderr)
        self.assertEqual(got["type"], "Gaze")
        channels = {c["label"]: (i, c) for i, c in enumerate(got["channels"])}
        rows = util.read_csv("a.csv")
        self.assertEqual(list(channels), list(rows[0]))
        self.assertEqual(channels["gaze_yaw"][1], {"label": "gaze_yaw", "eye": "both", "type": "gaze_yaw", "unit": "degrees",
                                                   "coordinate_system": "camera-space"})
        self.assertEqual(channels["frame"][1]["type"], "FrameNumber")
        self.assertEqual((channels["confidence"][1]["type"], channels["confidence"][1]["unit"]), ("Confidence", "normalized"))
        self.assertEqual(channels["box_x"][1]["unit"], "pixels")
        self.assertEqual(len(got["rows"]), 20)
        by_frame = {r["frame"]: r for r in rows}
        before = 0
        for at, now, sample in got["rows"]:
            want = by_frame[sample[channels["frame"][0]]]
            for name, (i, _) in channels.items():
                if want[name] is None:
                    self.assertNotEqual(sample[i], sample[i], name)
                else:
                    self.near(sample[i], want[name], 1e-3, name)
            self.assertGreater(at, before)
            before = at
            self.assertLess(abs(now - at), 5)


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
