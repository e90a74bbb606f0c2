#!/usr/bin/env python3
"""The Debian packages: built from a copy of the tree, installed below a folder, and used there.

usage: test_deb.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]
"""
import glob
import os
import shutil
import subprocess
import sys
import unittest

import util
from util import ROOT

TOOLS = ("dpkg-buildpackage", "dh", "dpkg-deb", "meson")


def do(*words, **more):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **more)
    assert done.returncode == 0, f"{words}: {done.stdout.decode(errors='replace')[-3000:]}"
    return done.stdout.decode(errors="replace")


@unittest.skipUnless(all(map(shutil.which, TOOLS)), f"needs {', '.join(TOOLS)}")
@unittest.skipUnless(util.is_checkout(), "not a git checkout")
@unittest.skipUnless(os.path.exists(os.path.join(ROOT, "build-deps", "lib", "libonnxruntime.so.1")), "make setup did not fetch ONNX Runtime")
class Packages(util.Case):
    def build(self):
        """Names of the two packages."""
        util.checkout_copy("source")
        do("dpkg-buildpackage", "-b", "-us", "-uc", cwd="source", env={**os.environ, "DPKG_DEB_COMPRESSOR_TYPE": "gzip"})
        return [os.path.abspath(f) for f in sorted(glob.glob("*.deb"))]

    def test_packages(self):
        devel, main = self.build()
        self.assertRegex(os.path.basename(main), r"^mien_0\.1\.0_\w+\.deb$")
        self.assertRegex(do("dpkg-deb", "-f", main, "Depends"), r"libavformat\d+.*libc6|libc6.*libavformat\d+")
        self.assertIn("mien (= 0.1.0)", do("dpkg-deb", "-f", devel, "Depends"))
        os.makedirs("root/var/lib/dpkg/updates")
        os.makedirs("root/var/lib/dpkg/info")
        for name in "status", "available":
            util.write(f"root/var/lib/dpkg/{name}", b"")
        do("dpkg", "--instdir=root", "--admindir=root/var/lib/dpkg", "--log=dpkg.log", "--force-depends", "--force-not-root",
           "--force-script-chrootless", "-i", main, devel)
        self.use(os.path.abspath("root"))
        do("dpkg", "--instdir=root", "--admindir=root/var/lib/dpkg", "--log=dpkg.log", "--force-not-root",
           "--force-script-chrootless", "-P", "libmien-dev", "mien")
        left = [os.path.join(f, n) for f, _, names in os.walk("root/usr") for n in names]
        self.assertEqual(left, [])

    def use(self, root):
        """The program finds its models, worker and ONNX Runtime below its own prefix; a C program is built with the library."""
        env = {"PATH": os.environ["PATH"], "HOME": os.getcwd()}
        program = os.path.join(root, "usr", "bin", "mien")
        self.assertRegex(do(program, "--version", env=env), r"ONNX Runtime \d")
        util.y4m("a.y4m", util.moving(3))
        do(program, "extract", "a.y4m", "-o", "a.csv", "--exec", "processes", "-j", "1", env=env)
        record = util.read_json("a.csv.meta.json")
        self.assertTrue(all(m["file"].startswith(root) for m in record["models"]), record["models"])
        for path in "share/doc/mien/copyright", "lib/mien/LICENSE.onnxruntime", "share/mien/builtin/mediapipe/NOTICE":
            self.assertTrue(os.path.exists(os.path.join(root, "usr", path)), path)
        config, = glob.glob(os.path.join(root, "usr", "lib", "*", "pkgconfig"))
        flags = do("pkg-config", "--cflags", "--libs", "mien",
                   env={**env, "PKG_CONFIG_LIBDIR": config, "PKG_CONFIG_SYSROOT_DIR": root}).split()
        do("gcc", os.path.join(ROOT, "examples", "still.c"), "-o", "still", *flags, env=env)
        found = do("ldd", "still", env={**env, "LD_LIBRARY_PATH": os.path.dirname(config)})
        self.assertIn(f"libmien.so.0 => {root}", found)


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
