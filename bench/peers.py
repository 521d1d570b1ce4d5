#!/usr/bin/env python3
"""Runs verosim's engines, SDV's GaussianCopula, arfpy and imbalanced-learn's SMOTENC on one table and prints them side by side,
as rows of Markdown.

usage: peers.py TRAIN.csv HOLDOUT.csv --target Y [--engines trees,copula] [--no-peers] [--verosim PATH] [--venv DIR] [--time-limit 900]

Makes a virtual environment with the pinned packages of requirements.txt and requirements-peers.txt when
DIR has none (needs the network once). Each generator is a process of its own: wall seconds and peak
memory are the operating system's figures for it. Every output is judged by score.py, which shares no
code with any of them.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import venv

HERE = os.path.dirname(os.path.abspath(__file__))
PEER = os.path.join(HERE, "peer.py")


def measured(command, limit):
    """Runs a command; (wall seconds, peak MiB, exit status or 'time limit')."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peak, status = 0, None
    while True:
        pid, code, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            peak, status = usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(code)
            break
        if time.monotonic() - start > limit:
            process.kill()
            _, _, usage = os.wait4(process.pid, 0)
            peak, status = usage.ru_maxrss / 1024, "time limit"
            break
        time.sleep(0.01)
    process.returncode = 0
    if status not in (0, "time limit"):
        sys.stderr.write(process.stderr.read().decode(errors="replace")[-2000:] + "\n")
    return time.monotonic() - start, peak, status


def environment(folder):
    python = os.path.join(folder, "bin", "python")
    if not os.path.exists(python):
        venv.create(folder, with_pip=True)
        for name in ("requirements.txt", "requirements-peers.txt"):
            subprocess.check_call([python, "-m", "pip", "install", "-q", "-r", os.path.join(HERE, name)])
    return python


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("train")
    ap.add_argument("holdout")
    ap.add_argument("--target", required=True)
    ap.add_argument("--engines", default="trees,boosted,arf,bayesnet,copula,gibbs,mice,independent,kde,smote")
    ap.add_argument("--no-peers", action="store_true")
    ap.add_argument("--verosim", default=os.path.join(HERE, "..", "target", "release", "verosim"))
    ap.add_argument("--venv", default=os.path.join(HERE, ".venv"))
    ap.add_argument("--time-limit", type=float, default=900)
    a = ap.parse_args()
    python = environment(a.venv)
    with tempfile.TemporaryDirectory() as work:
        out = lambda name: os.path.join(work, name + ".csv")
        with open(a.train) as f:
            rows = sum(1 for _ in f) - 1
        jobs = {}
        for engine in filter(None, a.engines.split(",")):
            model, common = os.path.join(work, engine), ["--seed", "0", "--progress", "none"]
            control = ["--control"] if engine in ("kde", "smote", "bootstrap") else []
            jobs[engine] = [
                [a.verosim, "fit", a.train, "--engine", engine, "-o", model, *control, *common],
                [a.verosim, "sample", model, "-n", str(rows), "-o", out(engine), *common],
            ]
        if not a.no_peers:
            for name, of in (("SDV copula", "copula"), ("arfpy", "arf"), ("SMOTENC", f"smote:{a.target}")):
                jobs[name] = [[python, PEER, of, a.train, out(name), str(rows), "0"]]
        print("| Generator | Wall s | MiB | C2ST (real rows) | TSTR (TRTR) | Membership AUC | DCR share |\n|---|---|---|---|---|---|---|")
        for name, commands in jobs.items():
            runs = []
            for command in commands:
                runs.append(measured(command, a.time_limit))
                if runs[-1][2] != 0:
                    break
            wall, peak, status = sum(r[0] for r in runs), max(r[1] for r in runs), runs[-1][2]
            start = f"| {name} | {wall:.2f} | {peak:.0f} |"
            if status != 0:
                print(f"{start} failed: {status} | | | |", flush=True)
                continue
            judged = subprocess.run(
                [python, os.path.join(HERE, "score.py"), "--train", a.train, "--holdout", a.holdout, "--synthetic", out(name), "--target", a.target, "--json"],
                capture_output=True, text=True)
            if judged.returncode != 0:
                print(f"{start} not scored: {judged.stderr.strip().splitlines()[-1]} | | | |", flush=True)
                continue
            s = {key: value["mean"] for key, value in json.loads(judged.stdout).items() if isinstance(value, dict) and "mean" in value}
            print(f"{start} {s['c2st']:.3f} ({s['c2st_train']:.3f}) | {s['tstr']:.3f} ({s['trtr']:.3f}) | {s['mia_auc']:.3f} | {s['dcr_share']:.3f} |", flush=True)


if __name__ == "__main__":
    main()
