#!/usr/bin/env python3
"""Functions and files are small enough to be read at once.

In src and cli no function has a body of more than 60 lines, the median body has at most 10, and no
file has more than 600 lines. The format makes functions easy to find: only their bodies begin with
"{" and end with "}" in the first column. Before that the check tests itself on texts of known size, so
that "nothing found" is a result and not a fault of the check.

Usage: sizes.py ROOT [--report]     --report: also prints the sizes of each folder
"""

import re
import sys
from pathlib import Path

FOLDERS = ["src", "cli"]
MOST_LINES, MOST_BODY, MOST_MEDIAN = 600, 60, 10
NAME = re.compile(r"\b(\w+)\(")


def functions(text):
    """[(name, first line, lines of the body)] of the functions in a C file."""
    found, start, header = [], 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        if line == "{":
            start = number
        elif line == "}" and start:
            name = NAME.search(header)
            found.append((name.group(1) if name else "?", start, number - start - 1))
            start, header = 0, ""
        elif not start:
            header = line if line[:1].strip() else header + line
    return found


def violations(name, text):
    """Messages about the functions of a file, and the file itself, that are too long."""
    count = len(text.splitlines())
    found = [f"{name}: {count} lines, at most {MOST_LINES}"] if count > MOST_LINES else []
    return found + [f"{name}:{line}: {function}: {body} lines, at most {MOST_BODY}"
                    for function, line, body in functions(text) if body > MOST_BODY]


def quantile(values, part):
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


def function_of(name, body):
    return f"int {name}(int a,\n    int b)\n{{\n" + "    a += b;\n" * body + "}\n"


def can_fail():
    """Whether the check reports sizes above the limits and accepts sizes at the limits."""
    short, long = function_of("short", MOST_BODY), function_of("long", MOST_BODY + 1)
    return (functions(short + long) == [("short", 3, MOST_BODY), ("long", 67, MOST_BODY + 1)]
            and violations("x.c", short) == []
            and violations("x.c", short + long) == ["x.c:67: long: 61 lines, at most 60"]
            and violations("x.h", "int x;\n" * MOST_LINES) == []
            and violations("x.h", "int x;\n" * (MOST_LINES + 1)) == ["x.h: 601 lines, at most 600"]
            and quantile([3, 1, 2], 0.5) == 2)


def main():
    root, ok = Path(sys.argv[1]), can_fail()
    if not ok:
        print("self-test: sizes are measured wrongly")
    for folder in FOLDERS:
        files = {p: p.read_text(encoding="utf-8") for p in sorted((root / folder).rglob("*.[ch]"))}
        bodies = [body for text in files.values() for _, _, body in functions(text)]
        wrong = [v for p, text in files.items() for v in violations(p.relative_to(root), text)]
        if not bodies or quantile(bodies, 0.5) > MOST_MEDIAN:
            wrong.append(f"{folder}: the median function has more than {MOST_MEDIAN} lines")
        if "--report" in sys.argv and bodies:
            print(f"{folder}: {len(bodies)} functions, median {quantile(bodies, 0.5)}, "
                  f"p90 {quantile(bodies, 0.9)}, longest {max(bodies)}; "
                  f"longest file {max(len(text.splitlines()) for text in files.values())}")
        print("".join(v + "\n" for v in wrong), end="")
        ok = ok and not wrong
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
