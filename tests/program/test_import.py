#!/usr/bin/env python3
"""mien models import and remove.

usage: test_import.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]

Needs OpenFace's files: $MIEN_SHARED/models/openface22 or ../shared/models/openface22; without them
only the mistakes are tested, and the exit status is 77.
"""
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

import util
from loopback import environment
from util import DETECTOR, MIEN, MODELS

SOURCE = os.path.join(MODELS, "openface22")
HAVE_FILES = os.path.isfile(os.path.join(SOURCE, "model", "main_clnf_general.txt"))
needs_files = unittest.skipUnless(HAVE_FILES, "no openface22")
EINVAL, ENOMODEL, EUNKNOWNMODEL, EEXISTS, EOUTPUT, INCOMPLETE = 2, 12, 13, 19, 20, 40


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def files_of(top):
    return sorted(os.path.relpath(os.path.join(d, f), top) for d, _, files in os.walk(top)
                  for f in files)


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="test_import.")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.target = os.path.join(self.dir, "models")
        self.set = os.path.join(self.target, "openface22")
        self.source = os.path.join(self.dir, "source")

    def mien(self, command, *arguments, folder=None, env=None):
        return subprocess.run([MIEN, "models", command, "--models", folder or self.target,
                               *arguments], env=env or environment(), text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=util.TIMEOUT)

    def imports(self, *arguments):
        return self.mien("import", self.source, *arguments)

    def check(self, done, status, *words, lines=None):
        """Exit status, sentences on standard error, and words in it or on standard output."""
        said = done.stderr.splitlines()
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        if lines is not None:
            self.assertEqual(len(said), lines, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr + done.stdout)

    def same(self):
        for path in files_of(self.set):
            self.assertEqual(read(os.path.join(self.set, path)), read(os.path.join(SOURCE, path)))


class Mistakes(Case):
    def test_import(self):
        self.check(self.mien("import"), EINVAL, "one folder")
        self.check(self.mien("import", "a", "b"), EINVAL, "one folder")
        self.check(self.mien("import", os.path.join(self.dir, "no")), ENOMODEL, "cannot be read",
                   lines=1)
        self.check(self.mien("import", self.dir, folder="builtin"), EINVAL, "built-in")
        self.check(self.mien("import", "--without", "eyes", self.dir), EINVAL, "eyes")
        self.assertFalse(os.path.exists(self.target))

    def test_nothing_found(self):
        write(os.path.join(self.source, "x.dat"), bytes(75284))
        done = self.imports("--without", "cen")
        self.check(done, ENOMODEL, "154 of 154", lines=1)
        self.assertEqual(done.stdout.count("missing: "), 154)
        self.assertFalse(os.path.exists(self.target))

    def test_remove(self):
        self.check(self.mien("remove"), EINVAL, "name of a model", lines=1)
        self.check(self.mien("remove", "nosuch"), EUNKNOWNMODEL, "nosuch", lines=1)
        self.check(self.mien("remove", "openface22", folder="builtin"), EINVAL, "built-in")
        for name in ("builtin-detector", "builtin-au", "mediapipe-detector", "face_gaze.onnx"):
            self.check(self.mien("remove", name), EINVAL, "built in", lines=1)
        self.check(self.mien("remove", "openface22", "retinaface-mnet025"), 0, "0 files removed",
                   "was not there", lines=0)


@needs_files
class Import(Case):
    def scatter(self, top):
        """All files in one folder under other names."""
        for i, path in enumerate(files_of(SOURCE)):
            write(os.path.join(top, "%03d.bin" % i), read(os.path.join(SOURCE, path)))

    def test_source_tree(self):
        local = os.path.join(self.source, "OpenFace", "lib", "local")
        shutil.copytree(os.path.join(SOURCE, "AU_predictors"),
                        os.path.join(local, "FaceAnalyser", "AU_predictors"))
        shutil.copytree(os.path.join(SOURCE, "model"),
                        os.path.join(local, "LandmarkDetector", "model"))
        done = self.imports()
        self.check(done, INCOMPLETE, "157 of 161", "--without")
        missing = [line for line in done.stdout.splitlines() if line.startswith("missing: ")]
        self.assertEqual(len(missing), 4)
        self.assertTrue(all("cen_patches" in line for line in missing))
        self.assertEqual(files_of(self.set), files_of(SOURCE))
        self.same()
        self.check(self.mien("verify"), 0)
        self.check(self.imports("--without", "cen"), 0, "154 of 154", "0 copied", lines=0)

    def test_any_layout(self):
        self.scatter(os.path.join(self.source, "a", "b"))
        os.symlink("..", os.path.join(self.source, "a", "circle"))
        write(os.path.join(self.source, "openface22", "model", "tris_68.txt"), bytes(5351))
        self.check(self.imports("--without", "cen"), 0, "154 copied", lines=0)
        self.same()

    def test_links_to_files(self):
        self.scatter(os.path.join(self.dir, "store"))
        os.mkdir(self.source)
        for name in os.listdir(os.path.join(self.dir, "store")):
            os.symlink(os.path.join("..", "store", name), os.path.join(self.source, name))
        self.check(self.imports("--without", "cen"), 0, "154 copied", lines=0)
        self.assertFalse([f for f in files_of(self.set) if os.path.islink(os.path.join(self.set, f))])

    def test_partly_then_the_rest(self):
        shutil.copytree(os.path.join(SOURCE, "AU_predictors"), self.source)
        self.check(self.imports("--without", "cen"), ENOMODEL, "not complete", "au 123 of 123",
                   "missing: openface22/model/main_clnf_general.txt", lines=1)
        shutil.rmtree(self.source)
        shutil.copytree(os.path.join(SOURCE, "model"), self.source)
        self.check(self.imports("--without", "cen"), 0, "30 copied", lines=0)  # the shape model serves both
        self.same()

    def test_damaged_file_in_place(self):
        shutil.copytree(SOURCE, self.source)
        path = os.path.join(self.set, "model", "tris_68.txt")
        write(path, b"mine")
        self.check(self.imports("--without", "cen"), EEXISTS, path, "--force", lines=1)
        self.assertEqual(read(path), b"mine")
        self.check(self.imports("--without", "cen", "--force"), 0, "1 copied", lines=0)
        self.same()

    def test_pull_from_a_folder(self):
        self.scatter(self.source)
        done = self.mien("pull", "--from", self.source, "--without", "cen", "openface22")
        self.check(done, 0, "154 copied", lines=0)
        self.same()

    @unittest.skipIf(os.geteuid() == 0, "root may write anywhere")
    def test_not_writable(self):
        os.mkdir(self.target)
        os.chmod(self.target, stat.S_IRUSR | stat.S_IXUSR)
        shutil.copytree(SOURCE, self.source)
        self.check(self.imports(), EOUTPUT, self.target, lines=1)


@needs_files
class Remove(Case):
    def setUp(self):
        super().setUp()
        shutil.copytree(SOURCE, self.set)
        for d, folders, names in os.walk(self.set):
            for n in folders + names:
                os.chmod(os.path.join(d, n), 0o755)
        os.chmod(self.set, 0o755)

    def test_all(self):
        write(os.path.join(self.set, "model", "tris_68.txt.part"), b"x")
        write(os.path.join(self.set, "model", "tris_68.txt.part.meta"), b"x")
        self.check(self.mien("remove", "openface22"), 0, "157 files removed", lines=0)
        self.assertEqual(os.listdir(self.target), [])

    def test_part(self):
        self.check(self.mien("remove", "openface22-mtcnn"), 0, "4 files removed", lines=0)
        self.assertEqual(len(files_of(self.set)), 153)
        self.assertFalse(os.path.exists(os.path.join(self.set, "model", "mtcnn_detector")))

    def test_other_files_stay(self):
        mine = os.path.join(self.set, "model", "mine.txt")
        write(mine, b"mine")
        changed = os.path.join(self.set, "model", "tris_68.txt")
        write(changed, b"changed")
        self.check(self.mien("remove", "openface22"), EUNKNOWNMODEL, changed, "--force",
                   "156 files removed", lines=1)
        self.assertEqual(files_of(self.set), ["model/mine.txt", "model/tris_68.txt"])
        self.check(self.mien("remove", "--force", "openface22"), 0, "1 files removed", lines=0)
        self.assertEqual(files_of(self.set), ["model/mine.txt"])

    def test_entry(self):
        path = os.path.join(self.target, DETECTOR)
        write(path, b"mine")
        digest = hashlib.sha256(b"mine").hexdigest()
        self.check(self.mien("remove", "retinaface-mnet025"), EUNKNOWNMODEL, path, "--force", lines=1)
        self.assertEqual(hashlib.sha256(read(path)).hexdigest(), digest)
        shutil.copyfile(os.path.join(MODELS, DETECTOR), path)
        self.check(self.mien("remove", DETECTOR), 0, "removed (retinaface-mnet025)", lines=0)
        self.assertFalse(os.path.exists(path))
        self.assertEqual(len(files_of(self.set)), 157)


def main():
    names = sys.argv[3:]
    result = unittest.main(argv=sys.argv[:1] + names, exit=False, verbosity=1).result
    if not result.wasSuccessful() or result.testsRun == 0:
        return 1
    if not HAVE_FILES:
        print("skip: no openface22 in " + MODELS + ": only mistakes were tested")
        return 77
    return 0


if __name__ == "__main__":
    sys.exit(main())
