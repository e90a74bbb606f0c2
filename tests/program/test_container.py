#!/usr/bin/env python3
"""The recipes of containers, without an engine: the steps of the Dockerfile and of the Apptainer recipe run
as root in a view of this machine's files whose changes are thrown away (an overlay file system in a mount
name space of its own). The base is this Debian instead of the image that the recipes name, so the test
cannot notice a package that is missing in the recipe but installed here; test_night.py compares those.

usage: test_container.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]
"""
import os
import re
import shlex
import subprocess
import sys
import unittest

import util
from util import ROOT

# Runs a script in such a view. $1: an empty folder, $2: the script, a path that also exists in the view.
VIEW = r"""
set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount -t proc proc "$1/root/proc"
mount --rbind /dev "$1/root/dev"
mount --bind "$PWD" "$1/root$PWD"
exec chroot "$1/root" bash -e "$2"
"""
DEBIAN = os.path.exists("/etc/debian_version")


def view(script):
    """(exit status, output) of a script in a new view. Below the present folder changes stay."""
    util.write("script.sh", script.encode())
    os.makedirs("view", exist_ok=True)
    done = subprocess.run(["unshare", "--mount", "bash", "-c", VIEW, "view", os.path.abspath("view"), os.path.abspath("script.sh")],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          env={k: v for k, v in os.environ.items() if not k.startswith("MIEN")})
    return done.returncode, done.stdout.decode(errors="replace")


@unittest.skipUnless(DEBIAN and not os.geteuid() and util.is_checkout(), "needs root on Debian, and a checkout")
class Recipes(util.Case):
    def setUp(self):
        super().setUp()
        self.here = os.getcwd()
        if view("exit 42")[0] != 42:
            self.skipTest("no overlay file system can be mounted")
        if view("apt-get -q update")[0]:
            self.skipTest("Debian's packages cannot be reached")
        util.checkout_copy("tree")
        util.y4m("a.y4m", util.moving(3))

    def runs(self, script):
        status, output = view(script)
        self.assertEqual(status, 0, f"{script}\n{output[-3000:]}")
        return output

    def check_use(self, output):
        self.assertRegex(output, r"mien \d+\.\d+\.\d+\n.*ONNX Runtime \d")
        self.assertEqual(len(util.read_csv("out/a.csv")), 3)
        for model in util.read_json("out/a.csv.meta.json")["models"]:
            self.assertTrue(model["file"].startswith("/usr/local/"), model)

    def stages(self):
        """One shell script for each stage of the Dockerfile, and the entry point."""
        with open(os.path.join(ROOT, "Dockerfile"), encoding="utf-8") as f:
            lines = re.sub(r"\\\n", " ", f.read()).splitlines()
        stages, entry = [], None
        for line in lines:
            word, _, rest = line.partition(" ")
            if word == "FROM":
                stages.append([])
            elif word == "RUN":
                stages[-1].append(rest)
            elif word == "WORKDIR":
                stages[-1].append(f"mkdir -p {rest}; cd {rest}")
            elif word == "COPY" and rest.startswith("--from=build "):
                _, source, target = rest.split()
                stages[0].append(f"mkdir -p {self.here}/stage{source}; cp -a {source}/. {self.here}/stage{source}")
                stages[-1].append(f"mkdir -p {target}; cp -a {self.here}/stage{source}/. {target}")
            elif word == "COPY":
                source, target = rest.split()
                stages[-1].append(f"mkdir -p {target}; cp -a {self.here}/tree/{source}/. {target}")
            elif word == "ENTRYPOINT":
                entry = shlex.split(re.sub(r'[\[\],"]', " ", rest))
            else:
                self.assertTrue(not word or word == "#", line)
        return ["\n".join(s) for s in stages], entry

    def test_docker(self):
        (first, second), entry = self.stages()
        self.runs(first)
        mien = shlex.join(entry)
        self.check_use(self.runs(f"{second}\ncd {self.here}\nhash -r\n{mien} --version\n{mien} extract a.y4m -o out/ --jobs auto\n"))

    def test_apptainer(self):
        with open(os.path.join(ROOT, "examples", "batch", "apptainer.def"), encoding="utf-8") as f:
            parts = dict(re.findall(r"(?ms)^%(\w+)\n(.*?)(?=^%|\Z)", f.read()))
        source, target = parts["files"].split()
        run = f"cd {self.here}\nhash -r\nprogram() {{ ( {parts['runscript']} ) }}\nprogram --version\nprogram extract a.y4m -o out/ --jobs auto\n"
        self.check_use(self.runs(f"mkdir -p {target}\ncp -a {self.here}/tree/{source}/. {target}\n{parts['post']}\n{run}"))


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
