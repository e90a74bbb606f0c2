#!/usr/bin/env python3
"""Prints the totals of the test logs of several builds. The last line is
"N passed, N failed[, N skipped]".

Usage: test_summary.py BUILD=FOLDER|FILE...     reads FILE, or FOLDER/meson-logs/testlog.json
"""
import json
import sys

KEPT = 40  # lines of a failed test's output that are printed

counts = {"passed": 0, "failed": 0, "skipped": 0}
skips = {}  # (test, reason) -> builds
failures = []


def summary(n):
    text = f"{n['passed']} passed, {n['failed']} failed"
    return text + (f", {n['skipped']} skipped" if n["skipped"] else "")


def outcome(result):
    if result in ("OK", "EXPECTEDFAIL"):
        return "passed"
    return "skipped" if result in ("SKIP", "IGNORED") else "failed"


def name_of(test):
    return test["name"].rpartition(" / ")[2]  # without its suites


def reason(test):
    lines = (test.get("stdout") or "").splitlines() + (test.get("stderr") or "").splitlines()
    reasons = [line[5:].strip() for line in lines if line.startswith("skip:")]
    return reasons[-1] if reasons else "no reason given"


print()
for argument in sys.argv[1:]:
    build, _, folder = argument.partition("=")
    try:
        name = folder if folder.endswith(".json") else f"{folder}/meson-logs/testlog.json"
        with open(name, encoding="utf-8", errors="replace") as log:
            tests = [json.loads(line) for line in log]
    except FileNotFoundError:
        print(f"{build:6} was not built, or has no test log")
        counts["failed"] += 1
        continue
    here = dict.fromkeys(counts, 0)
    for test in tests:
        kind = outcome(test["result"])
        here[kind] += 1
        if kind == "skipped":
            skips.setdefault((name_of(test), reason(test)), []).append(build)
        elif kind == "failed":
            failures.append((build, test))
    for kind, n in here.items():
        counts[kind] += n
    print(f"{build:6} {summary(here)}")

if skips:
    print("\nskipped:")
for (name, why), builds in skips.items():
    print(f"  {name} ({', '.join(builds)}): {why}")

for build, test in failures:
    status = test.get("returncode")
    print(f"\nfailed: {name_of(test)} ({build}): {test['result']}, exit status {status}")
    for stream in ("stdout", "stderr"):
        for line in (test.get(stream) or "").splitlines()[-KEPT:]:
            print(f"  {line}")

print()
print(summary(counts))
sys.exit(1 if counts["failed"] or not counts["passed"] else 0)
