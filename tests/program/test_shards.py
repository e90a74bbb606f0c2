#!/usr/bin/env python3
"""Parts of a batch: --shard, --claim, --grace, mien slurm, and mien merge, which joins the results.

usage: test_shards.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]
"""
import csv
import glob
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import util
from util import EXIT, environment, ledger_events, moving, own_exit_codes, read, run, start, write, y4m

STUB = ("extract", "--provider", "stub")
RESUBMIT = own_exit_codes()["ERESUBMIT"][1]


class Case(util.Case):
    def collection(self, sizes=(3, 12, 5, 8, 2, 7)):
        os.makedirs("in/deep")
        for i, n in enumerate(sizes):
            y4m(f"in/{'deep/' if i == 1 else ''}{i}.y4m", moving(n))

    def results(self, folder="out"):
        return sorted(os.path.relpath(p, folder) for p in
                      glob.glob(os.path.join(folder, "**", "*.csv"), recursive=True))


class Shards(Case):
    def test_parts(self):
        """Each input is in one part; parts have about the same size; every machine finds the same ones."""
        self.collection()
        self.succeeds(*STUB, "in", "-o", "all/")
        parts = []
        for i in 1, 2, 3:
            for folder in f"part{i}", f"again{i}":
                self.succeeds(*STUB, "in", "-o", folder + "/", "--shard", f"{i}/3")
            self.assertEqual(self.results(f"part{i}"), self.results(f"again{i}"))
            parts.append(self.results(f"part{i}"))
        self.assertEqual(sorted(sum(parts, [])), self.results("all"))
        self.assertEqual([sum(len(util.read_csv(f"part{i + 1}/{f}")) for f in p)
                          for i, p in enumerate(parts)], [12, 13, 12])

    def test_slurm_variables(self):
        self.collection()
        variables = {"SLURM_ARRAY_TASK_ID": "12", "SLURM_ARRAY_TASK_MIN": "11",
                     "SLURM_ARRAY_TASK_COUNT": "3"}
        self.succeeds(*STUB, "in", "-o", "a/", "--shard", "auto", env=variables)
        self.succeeds(*STUB, "in", "-o", "b/", "--shard", "2/3")
        self.assertEqual(self.results("a"), self.results("b"))
        self.fails_with(run(*STUB, "in", "-o", "c/", "--shard", "auto"), "EINVAL", "SLURM_ARRAY_TASK_ID")
        self.fails_with(run(*STUB, "in", "-o", "c/", "--shard", "auto",
                            env={**variables, "SLURM_ARRAY_TASK_ID": "20"}), "EINVAL", "--shard I/N")

    def test_more_shards_than_inputs(self):
        self.collection((2, 3))
        done = run(*STUB, "in", "-o", "out/", "--shard", "5/9")
        self.assertEqual(done.status, 0, done)
        self.assertIn("fewer inputs than shards", done.stderr)

    def test_mistakes(self):
        self.collection((2, 3))
        for bad in "", "0/3", "4/3", "a/3", "1", "1/", "1/x", "-1/3", "1/1000000000":
            self.fails_with(run(*STUB, "in", "-o", "out/", "--shard", bad), "EINVAL", "--shard")


class Claims(Case):
    def test_two_at_once(self):
        self.collection([10] * 8)
        os.mkdir("out")
        both = [start(*STUB, "in", "-o", folder, "--jobs", "1", "--claim", "--resume", "MIEN_TEST=slow=5000")
                for folder in ("out/", "./out")]
        for p in both:
            _, err = p.communicate()
            self.assertEqual(p.returncode, 0, err)
        self.assertEqual(len(self.results()), 8)
        done = ledger_events("done")
        self.assertEqual(sorted(e["video"] for e in done), sorted({e["video"] for e in done}),
                         "no input twice")
        self.assertEqual(len(done), 8)
        self.assertEqual(glob.glob("out/.mien/claims/*"), [])

    def test_claims_of_dead_machines(self):
        self.collection((4, 4))
        p = start(*STUB, "in", "-o", "out/", "--jobs", "2", "--claim", "--resume", "MIEN_TEST=slow=300000")
        self.wait_for(lambda: len(glob.glob("out/.mien/claims/*")) == 2)
        p.kill()
        p.communicate()
        again = (*STUB, "in", "-o", "out/", "--jobs", "1", "--claim", "--resume")
        self.succeeds(*again)
        self.assertEqual(self.results(), [], "claims are respected")
        for path in glob.glob("out/.mien/claims/*"):
            os.utime(path, (time.time() - 1000, time.time() - 1000))
        self.succeeds(*again)
        self.assertEqual(len(self.results()), 2)

    def test_a_claim_that_another_process_took_over(self):
        self.collection((12,))
        p = start(*STUB, "in", "-o", "out/", "--jobs", "1", "--claim", "--resume", "MIEN_TEST=slow=50000")
        self.wait_for(lambda: glob.glob("out/.mien/claims/*") and read(glob.glob("out/.mien/claims/*")[0]))
        claim, = glob.glob("out/.mien/claims/*")
        write(claim, b"other 1\n")
        p.communicate()
        self.assertEqual(read(claim), b"other 1\n")

    def test_claims_that_cannot_be_made(self):
        """The inputs are analysed nevertheless, with a warning."""
        self.collection((2, 3))
        os.makedirs("out/.mien")
        os.symlink("/sys/kernel", "out/.mien/claims")
        done = run(*STUB, "in", "-o", "out/", "--jobs", "1", "--claim", "--resume")
        self.assertEqual(done.status, 0, done)
        self.assertIn("without a claim", done.stderr)
        self.assertEqual(len(self.results()), 2)

    def test_failures_are_not_repeated(self):
        self.collection((2,))
        write("in/bad.mp4", b"no video")
        again = (*STUB, "in", "-o", "out/", "--jobs", "1", "--claim", "--resume")
        self.assertEqual(run(*again).status, EXIT["ENOTMEDIA"])
        self.assertEqual(run(*again).status, 0)
        self.assertEqual(len(ledger_events("failed")), 1)
        shutil.rmtree("out/.mien/claims")
        self.assertEqual(run(*again).status, EXIT["ENOTMEDIA"])

    def test_mistakes(self):
        self.collection((2,))
        self.fails_with(run(*STUB, "in", "-o", "out/", "--claim"), "EINVAL", "--resume")
        self.fails_with(run(*STUB, "in/0.y4m", "-o", "a.csv", "--claim", "--resume"), "EINVAL", "FOLDER/")


class Grace(Case):
    def signalled(self, number, *more):
        self.collection([20] * 6)
        p = start(*STUB, "in", "-o", "out/", "--jobs", "1", "--resume", *more, "MIEN_TEST=slow=20000")
        self.wait_for(lambda: os.path.isdir("out/.mien") and ledger_events("run"))
        p.send_signal(number)
        _, err = p.communicate()
        return p.returncode, err.decode()

    def test_running_inputs_finish(self):
        for number in signal.SIGUSR1, signal.SIGTERM:
            status, err = self.signalled(number, "--grace", "30")
            self.assertEqual(status, RESUBMIT, err)
            self.assertTrue(ledger_events("done"))
            self.assertLess(len(self.results()), 6)
            self.assertEqual(glob.glob("out/*.partial"), [])
            self.succeeds(*STUB, "in", "-o", "out/", "--resume")
            self.assertEqual(len(self.results()), 6)
            shutil.rmtree("out")
            shutil.rmtree("in")

    def test_without_grace(self):
        status, _ = self.signalled(signal.SIGTERM)
        self.assertEqual(status, 128 + signal.SIGTERM)


class Merge(Case):
    def merged(self, *arguments):
        return list(csv.DictReader(io.StringIO(self.succeeds("merge", *arguments).out)))

    def test_rows(self):
        self.collection()
        self.succeeds(*STUB, "in", "-o", "out/", "--jobs", "2", "--summary", "out/summary.csv")
        rows = self.merged("out")
        self.assertEqual(list(dict.fromkeys(r["video"] for r in rows)),
                         ["0", "2", "3", "4", "5", "deep/1"])
        for name in "0", "deep/1":
            want = list(csv.DictReader(io.StringIO(read(f"out/{name}.csv").decode())))
            self.assertEqual([{k: v for k, v in r.items() if k != "video"}
                              for r in rows if r["video"] == name], want)
        self.succeeds("merge", "out", "-o", "all.csv")
        self.fails_with(run("merge", "out", "-o", "all.csv"), "EEXISTS", "--force")

    def test_json_lines(self):
        self.collection((3, 2))
        self.succeeds(*STUB, "in", "-o", "out/", "--format", "jsonl")
        self.succeeds("merge", "out", "-o", "all.jsonl")
        lines = [json.loads(line) for line in read("all.jsonl").decode().splitlines()]
        self.assertEqual([(e["video"], e["frame"]) for e in lines],
                         [("0", 1), ("0", 2), ("0", 3), ("deep/1", 1), ("deep/1", 2)])

    def test_people(self):
        self.collection((3, 2))
        y4m("in/two.y4m", util.crowd(4))
        self.succeeds(*STUB, "in", "-o", "out/")
        people = self.merged("out", "--summary-by", "person")
        self.assertEqual([(p["video"], p["frames"]) for p in people if p["video"] != "two"],
                         [("0", "3"), ("deep/1", "2")])
        rows = util.read_csv("out/0.csv")
        mean = sum(float(r["gaze_yaw_smooth"]) for r in rows) / 3
        self.assertAlmostEqual(float(people[0]["gaze_yaw_mean"]), mean, 2)

    def test_different_recipes(self):
        self.collection((3, 2))
        self.succeeds(*STUB, "in/0.y4m", "-o", "out/", "--max-frames", "2")
        self.succeeds(*STUB, "in/deep/1.y4m", "-o", "out/")
        self.fails_with(run("merge", "out", "-o", "all.csv"), "EINVAL", "--mixed", "different options")
        self.assertFalse(os.path.exists("all.csv"))
        self.assertEqual(len(self.merged("out", "--mixed")), 4)

    def test_refused(self):
        os.mkdir("out")
        self.fails_with(run("merge"), "EINVAL", "folder")
        self.fails_with(run("merge", "out"), "ENOINPUT", "out")
        self.fails_with(run("merge", "nowhere"), "ENOINPUT", "nowhere")
        self.fails_with(run("merge", "out", "-o", "a.jsonl", "--summary-by", "person"), "EINVAL", ".csv")


class Slurm(Case):
    def test_scripts(self):
        self.collection((3, 2))
        os.rename("in", "my 'in'")
        self.succeeds("slurm", "my 'in'", "-o", "out", "--array", "2", "--time", "1:00:00", "--mem", "4G",
                      "--partition", "p", "--account", "lab", "--", "--provider", "stub", silent=False)
        for name in "out/mien-array.sh", "out/mien-merge.sh":
            self.assertTrue(os.access(name, os.X_OK))
            subprocess.run(["bash", "-n", name], check=True)
        text = read("out/mien-array.sh").decode()
        for line in "array=1-2", "time=1:00:00", "mem=4G", "partition=p", "cpus-per-task=4", "requeue":
            self.assertIn(f"#SBATCH --{line}\n", text)
        self.fails_with(run("slurm", "my 'in'", "-o", "out"), "EEXISTS", "--force")
        for task in "1", "2":
            subprocess.run(["bash", "out/mien-array.sh"], check=True, env=environment(
                SLURM_ARRAY_TASK_ID=task, SLURM_ARRAY_TASK_MIN="1", SLURM_ARRAY_TASK_COUNT="2"))
        subprocess.run(["bash", "out/mien-merge.sh"], check=True, stdout=subprocess.DEVNULL)
        rows = list(csv.DictReader(io.StringIO(read("out/all.csv").decode())))
        self.assertEqual(len(rows), 5)
        self.assertTrue(os.path.exists("out/people.csv"))

    def fake(self, name, text):
        os.makedirs("bin", exist_ok=True)
        write(f"bin/{name}", b"#!/bin/sh\n" + text.encode())
        os.chmod(f"bin/{name}", 0o755)
        return {"PATH": f"{os.path.abspath('bin')}:{os.environ['PATH']}"}

    def test_submit(self):
        self.collection((2,))
        path = self.fake("sbatch", "echo \"$@\" >>calls; echo '77;cluster'\n")
        done = self.succeeds("slurm", "in", "-o", "out", "--submit", env=path, silent=False)
        self.assertIn("job 77", done.out)
        calls = read("calls").decode().splitlines()
        self.assertEqual(len(calls), 2)
        self.assertIn("--dependency=afterany:77", calls[1])
        path = self.fake("sbatch", "exit 1\n")
        self.fails_with(run("slurm", "in", "-o", "out", "--submit", "--force", env=path), "EOUTPUT", "sbatch")

    def test_requeue(self):
        """The script passes the signal on, and submits itself again."""
        self.collection([20] * 4)
        path = self.fake("scontrol", "echo \"$@\" >requeued\n")
        self.succeeds("slurm", "in", "-o", "out", "--", "--provider", "stub", silent=False)
        task = subprocess.Popen(["bash", "out/mien-array.sh"], env=environment(
            MIEN_TEST="slow=50000", SLURM_ARRAY_JOB_ID="5", SLURM_ARRAY_TASK_ID="1", SLURM_ARRAY_TASK_MIN="1",
            SLURM_ARRAY_TASK_COUNT="1", SLURM_CPUS_PER_TASK="1", **path))
        self.wait_for(lambda: ledger_events("run"))
        task.send_signal(signal.SIGUSR1)
        self.assertEqual(task.wait(util.TIMEOUT), 0)
        self.assertEqual(read("requeued"), b"requeue 5_1\n")
        self.assertLess(len(self.results()), 4)

    def test_requeued_too_often(self):
        self.collection([20] * 4)
        path = self.fake("scontrol", "echo \"$@\" >requeued\n")
        self.succeeds("slurm", "in", "-o", "out", "--", "--provider", "stub", silent=False)
        task = subprocess.Popen(["bash", "out/mien-array.sh"], stderr=subprocess.PIPE, env=environment(
            MIEN_TEST="slow=50000", SLURM_ARRAY_JOB_ID="5", SLURM_ARRAY_TASK_ID="1", SLURM_ARRAY_TASK_MIN="1",
            SLURM_ARRAY_TASK_COUNT="1", SLURM_CPUS_PER_TASK="1", SLURM_RESTART_COUNT="50", **path))
        self.wait_for(lambda: ledger_events("run"))
        task.send_signal(signal.SIGUSR1)
        self.assertIn(b"--time", task.communicate(timeout=util.TIMEOUT)[1])
        self.assertEqual(task.returncode, RESUBMIT)
        self.assertFalse(os.path.exists("requeued"))

    def test_a_signal_before_mien_handles_it(self):
        self.collection((2,))
        path = self.fake("scontrol", "echo \"$@\" >requeued\n")
        self.succeeds("slurm", "in", "-o", "out", silent=False)
        text = read("out/mien-array.sh").decode()
        write("late.sh", text.replace('"$mien" extract', 'kill -USR1 $$; bash -c "sleep 9"').encode())
        done = subprocess.run(["bash", "late.sh"], check=False, env=environment(
            SLURM_ARRAY_JOB_ID="5", SLURM_ARRAY_TASK_ID="1", **path))
        self.assertEqual((done.returncode, read("requeued")), (0, b"requeue 5_1\n"))

    def test_refused(self):
        self.fails_with(run("slurm", "-o", "out"), "EINVAL", "folder")
        self.fails_with(run("slurm", "nowhere", "-o", "out"), "EISDIR", "folder")
        self.collection((2,))
        for option in "time", "mem", "partition", "account":
            self.fails_with(run("slurm", "in", "-o", "out", "--" + option, "1\nid"), "EINVAL", "--" + option)


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
