#!/usr/bin/env python3
"""Times verosim's judge beside other people's, on the same files and cores in one run.

usage: judge_speed.py DATA [--only sdmetrics,anonymeter,prdc,mostlyai,verosim] [--repeat 3]
needs: cargo build --release; cargo build --release -p verosim-eval --examples
       pip install sdmetrics==0.32.0 anonymeter==1.1.0 prdc==0.2 mostlyai-qa==1.10.11 (those that are compared)

DATA holds framingham/ and diabetes130/ with train.csv and holdout.csv each (patient-disjoint). Holdout rows stand in the
place of synthetic ones; where the peer wants a holdout too, the training rows are cut in two. Of the peers only the
call that computes is timed, on frames that are read already; of verosim the whole process, reading and report
included (mostlyai-qa), or the computation alone on both sides (the others). The least of --repeat runs counts.
"""
import argparse
import contextlib
import io
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
import pandas as pd

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = ROOT / "target/release/verosim"
EXAMPLES = ROOT / "target/release/examples"
MISSING = ["", "?", "NA", "."]


def frame(path):
    return pd.read_csv(path, keep_default_na=False, na_values=MISSING, low_memory=False)


def least(repeat, work):
    """Least seconds of several runs of `work`, whose own words are swallowed."""
    seconds = []
    for _ in range(repeat):
        start = time.time()
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            work()
        seconds.append(time.time() - start)
    return min(seconds)


def evaluate(folder, train, holdout, synthetic, *more):
    """Seconds and greatest resident MiB of one `verosim evaluate`."""
    words = [BINARY, "evaluate", "--train", train, "--holdout", holdout, "--synthetic", synthetic]
    start = time.time()
    process = subprocess.Popen([*words, "-o", folder, "--overwrite", "-q", *more], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"verosim ended with {os.waitstatus_to_exitcode(status)}")
    return time.time() - start, usage.ru_maxrss >> 10


def told(what, peer, ours, wanted, more=""):
    verdict = "as wanted" if peer / ours >= wanted else f"WANTED {wanted} TIMES"
    print(f"{what}: peer {peer:.2f} s, verosim {ours:.2f} s, {peer / ours:.0f} times faster ({verdict}){more}", flush=True)


def sdmetrics(a, folder):
    from sdmetrics.reports.single_table import DiagnosticReport, QualityReport

    pair = [a.data / f"diabetes130/{part}.csv" for part in ("train", "holdout")]
    real, made = map(frame, pair)
    kind = lambda column: "numerical" if pd.api.types.is_numeric_dtype(real[column]) else "categorical"
    metadata = {"columns": {column: {"sdtype": kind(column)} for column in real}}

    def reports():
        QualityReport().generate(real, made, metadata, verbose=False)
        DiagnosticReport().generate(real, made, metadata, verbose=False)

    half = f"{folder}/half.csv"
    made[: len(made) // 2].to_csv(half, index=False)
    runs = [subprocess.check_output([EXAMPLES / "compat", pair[0], half, pair[1]], text=True) for _ in range(a.repeat)]
    told("SDMetrics: QualityReport and DiagnosticReport, diabetes130; the same scores and two more",
         least(a.repeat, reports), min(float(run.split()[-1]) for run in runs), 20)


def anonymeter(a, folder):
    from anonymeter.evaluators import InferenceEvaluator, LinkabilityEvaluator, SinglingOutEvaluator

    train, holdout = (a.data / f"framingham/{part}.csv" for part in ("train", "holdout"))
    tables = {"ori": frame(train), "control": frame(holdout)}
    made = tables["ori"].sample(frac=1, replace=True, random_state=0).reset_index(drop=True)
    made.to_csv(f"{folder}/made.csv", index=False)
    secrets = [column for column in made if made[column].nunique() == 2]
    columns = list(made)
    level = lambda table: table.assign(**{column: table[column].astype(str) for column in secrets})
    common = dict({role: level(table) for role, table in tables.items()}, syn=level(made), n_attacks=500)
    aux = [column for column in columns if column not in secrets]

    def attacks():
        SinglingOutEvaluator(**common, seed=1).evaluate(mode="univariate")
        SinglingOutEvaluator(**common, n_cols=3, seed=1).evaluate(mode="multivariate")
        LinkabilityEvaluator(**common, aux_cols=(columns[::2], columns[1::2])).evaluate(n_jobs=-1)
        for secret in secrets:
            InferenceEvaluator(**common, aux_cols=aux, secret=secret).evaluate(n_jobs=-1)

    out = subprocess.check_output([EXAMPLES / "triad", train, holdout, f"{folder}/made.csv"], text=True)
    same = ("pg.so1", "pg.so3", "pg.link", "pg.inf")
    ours = sum(float(line.split()[1]) for line in out.splitlines() if line.startswith(same))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        attacks()  # compiled and imported before the clock starts
        told("anonymeter: singling out twice, linking, inferring each secret; framingham", least(1, attacks), ours, 50)


def prdc(a, folder):
    from prdc import compute_prdc

    rng = np.random.default_rng(0)
    # Single precision on both sides, so that values must be equal but for ties.
    real, fake = (rng.normal(size=(10_000, 8)).astype(np.float32) for _ in range(2))
    found = {}
    peer = least(a.repeat, lambda: found.update(compute_prdc(real.astype(float), fake.astype(float), 5)))
    paths = [f"{folder}/{name}.csv" for name in ("real", "fake")]
    for path, rows in zip(paths, (real, fake)):
        np.savetxt(path, rows, delimiter=",", fmt="%.9g")
    runs = [subprocess.check_output([EXAMPLES / "prdc", *paths, "5"], text=True) for _ in range(a.repeat)]
    *ours, _ = map(float, runs[0].split())
    for name, value in zip(("precision", "recall", "density", "coverage"), ours):
        assert abs(found[name] - value) < 1e-3, (name, found[name], value)
    told("prdc, 10,000 by 10,000 rows, equal values", peer, min(float(run.split()[-1]) for run in runs), 10)


def mostlyai(a, folder):
    from mostlyai import qa

    rows = frame(a.data / "diabetes130/train.csv").drop(columns=["patient_nbr"], errors="ignore")
    rows = rows.sample(frac=1, random_state=0).reset_index(drop=True)
    train, made = rows[:40_000], rows[40_000:80_000]
    holdout = frame(a.data / "diabetes130/holdout.csv")[rows.columns][:20_000]
    paths = [f"{folder}/{name}.csv" for name in ("train", "holdout", "made")]
    for path, table in zip(paths, (train, holdout, made)):
        table.to_csv(path, index=False)
    report = lambda: qa.report(syn_tgt_data=made.copy(), trn_tgt_data=train.copy(), hol_tgt_data=holdout.copy(),
                               report_path=f"{folder}/qa.html")
    ours, _ = evaluate(f"{folder}/standard", *paths, "--preset", "standard")
    told("mostlyai-qa, 40,000 rows against 40,000 and 20,000 of diabetes130; whole standard preset",
         least(1, report), ours, 5)


def verosim(a, folder):
    pair = [a.data / f"diabetes130/{part}.csv" for part in ("train", "holdout")]
    made = frame(pair[0])
    shuffled = made.sample(frac=1, random_state=1)
    shuffled.to_csv(f"{folder}/made.csv", index=False)
    for preset, limit in (("quick", 30), ("standard", 600)):
        seconds, memory = evaluate(f"{folder}/{preset}", *pair, f"{folder}/made.csv", "--preset", preset,
                                   "--target", "readmitted_30d" if "readmitted_30d" in made else made.columns[-1])
        print(f"preset {preset} on {len(made)} x {made.shape[1]}: {seconds:.1f} s of {limit}, {memory} MiB of 2048", flush=True)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("data", type=pathlib.Path)
    ap.add_argument("--only", default="sdmetrics,anonymeter,prdc,mostlyai,verosim")
    ap.add_argument("--repeat", type=int, default=3)
    a = ap.parse_args()
    sys.path.insert(0, str(ROOT / "bench"))
    for name in a.only.split(","):
        with tempfile.TemporaryDirectory() as folder:
            globals()[name](a, folder)


if __name__ == "__main__":
    main()
