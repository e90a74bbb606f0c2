"""The Python package as the build made it, for tests: put together in a folder of its own, and run by the
Python that scripts/python_env.sh set up."""
import atexit
import glob
import os
import shutil
import sys
import tempfile

MIEN = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else ""
ROOT = os.path.abspath(sys.argv[2] if len(sys.argv) > 2
                       else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
BUILD = os.path.dirname(MIEN)
PYTHON = os.path.join(ROOT, "build-deps", "python", "bin", "python")


def skip(reason):
    print(f"skip: {reason}")
    sys.exit(77)


def assemble(folder):
    """folder/mien, as an installation has it. Copies, because mien looks for its files beside itself."""
    package = os.path.join(folder, "mien")
    shutil.copytree(os.path.join(ROOT, "bindings", "python", "mien"), package,
                    ignore=shutil.ignore_patterns("__pycache__"))
    made = os.path.join(BUILD, "bindings", "python")
    shutil.copy(os.path.join(made, "_options.py"), package)
    prefix = os.path.join(package, "prefix")
    for name, source in (("bin/mien", MIEN), ("libexec/mien/mien-worker", BUILD + "/mien-worker"),
                         ("lib/libmien_python.so", made + "/libmien_python.so"),
                         ("share/mien/builtin", ROOT + "/models/builtin")):
        os.makedirs(os.path.dirname(os.path.join(prefix, name)), exist_ok=True)
        (os.symlink if os.path.isdir(source) else shutil.copy)(source, os.path.join(prefix, name))


def enter():
    """Starts the calling script again with the package on the path; returns in that second run."""
    here = os.environ.get("MIEN_TEST_PACKAGE")
    if here:
        atexit.register(shutil.rmtree, here, ignore_errors=True)
        return
    if not os.path.exists(PYTHON):
        skip("scripts/python_env.sh could not install the packages of these tests")
    if not glob.glob(os.path.join(BUILD, "bindings", "python", "libmien_python.so")):
        skip("this build has no library for Python")
    folder = tempfile.mkdtemp(prefix="mien-package-")
    assemble(folder)
    env = dict(os.environ, MIEN_TEST_PACKAGE=folder)
    env["PYTHONPATH"] = os.pathsep.join([folder, os.path.join(ROOT, "tests", "support")])
    env.pop("MIEN_ONNXRUNTIME", None) # the package brings its own
    os.execve(PYTHON, [PYTHON, *sys.argv], env)
