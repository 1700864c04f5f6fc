#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Check that ipcns-bench measures: `smoke.py PATH/ipcns-bench`.

Runs two quick cases natively and bare, and looks at the JSON: the promised keys, positive
numbers, and a bare round trip that is slower than the native semop (it takes two context
switches; were it faster, something else than a round trip would have been measured).
Also the promised exit statuses. Exits 77 where the machine allows no namespace or no listener.
"""
import json
import subprocess
import sys


def fail(text):
    print(f"FAIL: {text}")
    sys.exit(1)


def main():
    bench = sys.argv[1]
    names = ["semop", "msg_pair_64"]
    args = [bench, "--quick", "--json", "--kind", "native", "--kind", "bare"]
    for name in names:
        args += ["--case", name]
    run = subprocess.run(args, capture_output=True, text=True, timeout=100, check=False)
    result = json.loads(run.stdout)
    if run.returncode:
        reasons = "; ".join(result["notes"])
        if any(word in reasons for word in ("not permitted", "another seccomp listener",
                                            "Invalid argument")):
            print(f"SKIP: {reasons}")
            sys.exit(77)
        fail(f"status {run.returncode}: {reasons} {run.stderr}")

    if [row["case"] for row in result["rows"]] != names:
        fail(f"rows are {result['rows']}")
    for row in result["rows"]:
        for key in ("native_ns", "bare_ns"):
            if not row[key] > 0:
                fail(f"{row['case']}: {key} is {row[key]}")
        for key in ("trap_ns", "shim_ns"):
            if row[key] is not None:
                fail(f"{row['case']}: {key} is {row[key]}, but was not asked for")
        if not row["bare_ns"] > row["native_ns"]:
            fail(f"{row['case']}: a bare round trip faster than the native call: {row}")
    if [row["calls"] for row in result["rows"]] != [1, 2]:
        fail("wrong numbers of trapped calls")
    if not result["machine"]["kernel"] or not result["machine"]["cpus"] >= 1:
        fail(f"machine is {result['machine']}")

    for bad in (["--case", "nonsense"], ["--rounds", "0"], ["--cpu", "x"], ["stray"], ["--nope"],
                ["--ipcnsctl", "/nonexistent/ipcnsctl"]):
        run = subprocess.run([bench] + bad, capture_output=True, text=True, timeout=100,
                             check=False)
        if run.returncode != 2 or run.stdout or len(run.stderr.splitlines()) != 1:
            fail(f"{bad}: status {run.returncode}, said {run.stdout!r} {run.stderr!r}")
    print("ok")


main()
