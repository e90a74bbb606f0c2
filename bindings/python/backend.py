"""The build backend of the Python package: meson-python, after the check that what the build needs is
there. scripts/setup.sh installs what is missing, or names it; MIEN_SETUP=0 leaves that to the caller.
"""
import os
import subprocess
import sys

from mesonpy import build_sdist  # noqa: F401
from mesonpy import build_wheel as _build_wheel
from mesonpy import get_requires_for_build_sdist, get_requires_for_build_wheel  # noqa: F401

# There is no hook for metadata alone: meson-python would compile everything twice. There is none for
# editable installs: the program finds its files only in the layout of a package.


def _setup():
    if os.environ.get("MIEN_SETUP") == "0":
        return
    done = subprocess.run(["scripts/setup.sh", "python"], stdout=sys.stderr)
    if done.returncode:
        raise SystemExit("mien: the build needs more than is installed; see the messages above")


def _any_python(folder, name):
    """The library is called through ctypes, so the wheel serves every Python 3."""
    done = subprocess.run([sys.executable, "-m", "wheel", "tags", "--remove", "--python-tag=py3",
                           "--abi-tag=none", os.path.join(folder, name)], check=True,
                          stdout=subprocess.PIPE, universal_newlines=True)
    return os.path.basename(done.stdout.split()[-1])


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    _setup()
    return _any_python(wheel_directory, _build_wheel(wheel_directory, config_settings, metadata_directory))
