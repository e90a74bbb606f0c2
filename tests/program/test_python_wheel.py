#!/usr/bin/env python3
"""The wheel of the Python package: built from a source archive, made self-contained, and used in a virtual
environment that has nothing else from this repository.

usage: test_python_wheel.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]

Needs the packages that scripts/python_env.sh installs, and git; without them the exit status is 77.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import python_package
import util
from util import MIEN, ROOT, crowd, y4m

TOOLS = os.path.dirname(python_package.PYTHON)
# Not optimised, to save time: what is tested is the package.
QUICK = "-Csetup-args=-Doptimization=0"

USE = """
import sys
import numpy, pandas
import mien
assert "build-deps" not in mien.__file__, mien.__file__
table = mien.extract("a.y4m", provider="stub", progress=False)
mien.write_csv(table, "wheel.csv")
print(len(list(mien.stream("lavfi:testsrc=size=64x64:duration=0.2", provider="stub"))))
with mien.Pipeline() as p: # the built-in models and ONNX Runtime
    print(len(p.frame(numpy.zeros((240, 320, 3), numpy.uint8))))
print(len(mien.extract(sys.argv[1], max_frames=1, progress=False)))
"""


def checked(arguments, **more):
    done = subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, **more)
    if done.returncode:
        raise AssertionError(f"{arguments}: status {done.returncode}\n{done.stdout[-3000:]}")
    return done.stdout


def copy_source(to):
    """The files that git knows, as they are now, in a repository of their own; and the fetched models."""
    util.checkout_copy(to)
    git = ["git", "-C", to, "-c", "user.name=test", "-c", "user.email=test@localhost"]
    for command in ["init", "-q"], ["add", "-A"], ["commit", "-q", "--no-verify", "-m", "test"]:
        checked([*git, *command])


@unittest.skipUnless(os.path.exists(python_package.PYTHON),
                     "scripts/python_env.sh could not install the packages of these tests")
@unittest.skipUnless(util.is_checkout(), "not a git checkout")
@unittest.skipUnless(os.path.exists(os.path.join(ROOT, "models", "builtin", "mediapipe", "NOTICE")),
                     "MediaPipe's networks are missing; run make setup")
class Wheel(util.Case):
    @classmethod
    def setUpClass(cls):
        cls.top = tempfile.mkdtemp(prefix="mien-wheel-")
        cls.addClassCleanup(shutil.rmtree, cls.top, ignore_errors=True)
        source = os.path.join(cls.top, "source")
        copy_source(source)
        env = {k: v for k, v in os.environ.items() if k not in ("MIEN_ONNXRUNTIME", "PYTHONPATH")}
        cls.env = dict(env, MIEN_SETUP="0", PATH=TOOLS + os.pathsep + env["PATH"], LC_ALL="C.UTF-8")
        # a source archive, and from it the wheel: the models that setup fetched are not in the archive
        checked([python_package.PYTHON, "-m", "build", "--no-isolation", "--sdist", "-o", cls.top + "/dist"],
                cwd=source, env=cls.env)
        unpacked = os.path.join(cls.top, "unpacked")
        shutil.unpack_archive(glob.glob(cls.top + "/dist/*.tar.gz")[0], unpacked)
        unpacked = glob.glob(unpacked + "/*")[0]
        shutil.copytree(os.path.join(source, "models", "builtin", "mediapipe"),
                        os.path.join(unpacked, "models", "builtin", "mediapipe"))
        checked([python_package.PYTHON, "-m", "build", "--no-isolation", "--wheel", QUICK,
                 "-o", cls.top + "/dist"], cwd=unpacked, env=cls.env)
        cls.built = glob.glob(cls.top + "/dist/*.whl")[0]
        checked([TOOLS + "/auditwheel", "repair", "-z", "1", "-w", cls.top + "/repaired", cls.built], env=cls.env)
        cls.repaired = glob.glob(cls.top + "/repaired/*.whl")[0]
        cls.clean = os.path.join(cls.top, "clean")
        checked([python_package.PYTHON, "-m", "venv", cls.clean], env=env)
        # its dependencies as they are installed already, which saves a download of 200 MB
        site = glob.glob(cls.clean + "/lib/python3*/site-packages")[0]
        util.write(site + "/dependencies.pth",
                   glob.glob(os.path.dirname(TOOLS) + "/lib/python3*/site-packages")[0].encode())
        checked([cls.clean + "/bin/pip", "install", "-q", "--no-index", cls.repaired], env=env)
        cls.site = site

    def test_names(self):
        """One wheel for all versions of Python."""
        self.assertRegex(os.path.basename(self.built), r"^mien-[0-9.]+-py3-none-linux_\w+\.whl$")
        self.assertRegex(os.path.basename(self.repaired), r"^mien-[0-9.]+-py3-none-manylinux_\w+\.whl$")

    def test_use(self):
        y4m("a.y4m", crowd(30))
        self.succeeds("extract", "--provider", "stub", "a.y4m", "-o", "program.csv")
        env = {k: v for k, v in self.env.items() if not k.startswith(("MIEN_", "PYTHON"))}
        out = checked([self.clean + "/bin/python", "-c", USE, os.path.join(ROOT, "examples", "demo.mp4")],
                      env=env)
        streamed, *found = out.split() # a filter graph is a live source, whose frames may be dropped
        self.assertGreater(int(streamed), 0)
        self.assertEqual(found, ["0", "1"])
        self.assertEqual(util.read("wheel.csv"), util.read("program.csv"))

    def test_the_command(self):
        out = checked([self.clean + "/bin/mien", "--version"], env=self.env)
        have = checked([MIEN, "--version"], env=self.env)
        self.assertEqual(out.splitlines()[0], have.splitlines()[0])
        self.assertIn("onnxruntime", out.splitlines()[1])

    def test_self_contained(self):
        """FFmpeg comes from the wheel, devices included."""
        prefix = os.path.join(self.site, "mien", "prefix")
        for name in "bin/mien", "lib/libmien_devices.so", "lib/libmien_python.so":
            path = os.path.join(prefix, name)
            if not os.path.exists(path): # built without libavdevice
                self.assertEqual(name, "lib/libmien_devices.so")
                continue
            found = re.findall(r"(lib(?:av|sw)\S+) => (\S+)", checked(["ldd", path]))
            for library, where in found:
                self.assertIn("mien.libs", where, library)
            self.assertEqual(bool(found), "python" not in name, name)


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
