"""Optional parts: a part that was not built in is refused with one message, and the rest of the
program works. Meson sets $MIEN_FEATURES to the list of the parts that this build has."""
import os
import sys
import unittest

import util
from util import EXIT, face, run, y4m

HAVE = os.environ.get("MIEN_FEATURES", "").split()


class Features(util.Case):
    def refused_without(self, part, done):
        if part in HAVE:
            self.assertNotEqual(done.status, EXIT["ENOTBUILT"], done)
        else:
            self.fails_with(done, "ENOTBUILT", "built")

    def test_downloads(self):
        self.refused_without("curl", run("models", "pull", "retinaface-mnet025", "--models", "m",
                                         env={"https_proxy": "http://127.0.0.1:9", "MIEN_FETCH_TIMEOUT": "1"}))

    def test_window(self):
        y4m("a.y4m", [[face(100, 60)]] * 3)
        self.refused_without("sdl2", run("run", "a.y4m", "--view", "--provider", "stub",
                                         env={"SDL_VIDEODRIVER": "none"}))

    def test_live_page(self):
        y4m("a.y4m", [[face(100, 60)]] * 3)
        self.refused_without("web", run("run", "a.y4m", "--web", str(util.free_port()), "--provider", "stub"))

    def test_camera(self):
        self.refused_without("avdevice", run("run", "999", "--provider", "stub", "--csv", "a.csv"))

    def test_the_rest_works(self):
        y4m("a.y4m", [[face(100, 60)]] * 3)
        done = run("extract", "a.y4m", "-o", "a.csv", "--provider", "stub", "--analysis", "gaze")
        self.assertEqual(done.status, 0, done)
        self.assertEqual(len(util.read_csv("a.csv")), 3)


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
