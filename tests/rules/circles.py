#!/usr/bin/env python3
"""No files include each other in a circle.

x.c and x.h are one node; an edge is a quoted include. Reports every group of two or more nodes that
reach each other, with one path around it, and exits with 1. Before that it tests itself on small
trees with known circles, so that "nothing found" is a result and not a fault of the check.

Usage: circles.py ROOT [FOLDER...]     (default: src cli)
"""

import re
import sys
import tempfile
from pathlib import Path

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)
FOLDERS = ["src", "cli"]


def graph(root, folders):
    """{node: set of nodes that its files include}; a node is a path without its extension."""
    files = [p for f in folders for p in (root / f).rglob("*.[ch]")]
    nodes = {p.with_suffix("") for p in files}
    edges = {n: set() for n in nodes}
    for path in files:
        for name in INCLUDE.findall(path.read_text(encoding="utf-8")):
            # in the order of the compiler: beside the file, then in the include folders
            for base in [path.parent] + [root / f for f in folders]:
                target = (base / name).resolve()
                if target.exists():
                    node = target.with_suffix("")
                    if node in nodes and node != path.with_suffix(""):
                        edges[path.with_suffix("")].add(node)
                    break
    return edges


def reach(edges, start):
    """All nodes that can be reached from start by one edge or more."""
    seen, todo = set(), list(edges[start])
    while todo:
        n = todo.pop()
        if n not in seen:
            seen.add(n)
            todo.extend(edges[n])
    return seen


def way_back(edges, start):
    """The shortest path from start to start."""
    paths, seen = [[start]], set()
    for path in paths:
        for n in sorted(edges[path[-1]]):
            if n == start:
                return path + [n]
            if n not in seen:
                seen.add(n)
                paths.append(path + [n])
    return []


def circles(root, folders):
    """[(nodes of the circle, a path around it)], nodes as paths relative to root."""
    root = root.resolve()
    edges = graph(root, folders)
    reached = {n: reach(edges, n) for n in edges}
    found, done = [], set()
    for n in sorted(edges):
        if n in done or n not in reached[n]:
            continue
        group = {m for m in reached[n] if n in reached[m]}
        done |= group
        names = [str(m.relative_to(root)) for m in sorted(group)]
        found.append((names, [str(m.relative_to(root)) for m in way_back(edges, n)]))
    return found


GOOD = {
    "src/base/a.h": "",
    "src/base/a.c": '#include "base/a.h"\n',
    "src/top.h": '#include "base/a.h"\n',
    "src/top.c": '#include "top.h"\n#include <stdio.h>\n',
    "cli/io/x.c": '#include "io/x.h"\n#include "base/a.h"\n',
    "cli/io/x.h": "",
}
# files that are added to the good tree, and the circle that they close
BAD = [
    ({"src/base/a.c": '#include "base/a.h"\n#include "top.h"\n'}, ["src/base/a", "src/top"]),
    ({"src/base/a.h": '  #  include "b.h"\n', "src/base/b.c": '#include "top.h"\n',
      "src/base/b.h": ""}, ["src/base/a", "src/base/b", "src/top"]),
    ({"cli/io/x.c": '#include "io/y.h"\n', "cli/io/y.h": '#include "io/x.h"\n'},
     ["cli/io/x", "cli/io/y"]),
    ({"cli/io/x.c": '#include "y.h"\n', "cli/io/y.h": "", "cli/io/y.c": '#include "../io/x.h"\n'},
     ["cli/io/x", "cli/io/y"]),
]


def check_tree(files, want):
    """Whether exactly the wanted circle is found in a tree of these files."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        found = circles(Path(folder), FOLDERS)
    ok = [names for names, _ in found] == ([want] if want else [])
    for names, path in found:
        ok = ok and path[0] == path[-1] and set(path) <= set(names) and len(path) > 2
    if not ok:
        print(f"self-test: found {found}, expected {want}")
    return ok


def main():
    if len(sys.argv) < 2:
        print(__doc__.strip().splitlines()[-1])
        return 2
    ok = check_tree(GOOD, [])
    for added, want in BAD:
        ok = check_tree({**GOOD, **added}, want) and ok
    root, folders = Path(sys.argv[1]), sys.argv[2:] or FOLDERS
    if not graph(root.resolve(), folders):
        print(f"{root}: no C files in {' and '.join(folders)}")
        ok = False
    for names, path in circles(root, folders):
        print(f"{len(names)} files include each other: {', '.join(names)}\n  {' -> '.join(path)}")
        ok = False
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
