#!/usr/bin/env python3
"""Prints anonymeter's wall seconds for 500 attacks each of singling out (one and three columns), linking and inferring.

usage: anonymeter_speed.py TRAIN.csv HOLDOUT.csv SYNTHETIC.csv

To be held against `cargo run --release -p verosim-eval --example triad` on the same files.
"""
import sys
import time
import warnings

import pandas as pd
from anonymeter.evaluators import InferenceEvaluator, LinkabilityEvaluator, SinglingOutEvaluator

from oracles_disclosure import MISSING, roles_of

warnings.filterwarnings("ignore")


def seconds(train, holdout, synthetic):
    """anonymeter's wall seconds for 500 attacks of each kind."""
    n, columns = 500, list(train)
    _, sensitive = roles_of(train)
    level = lambda t: t.assign(**{c: t[c].astype("string").fillna(MISSING).astype(str) for c in sensitive})
    tables = [level(t) for t in (train, holdout, synthetic)]
    common = dict(ori=tables[0], syn=tables[2], control=tables[1], n_attacks=n)
    aux = [c for c in columns if c not in sensitive]
    halves = (columns[::2], columns[1::2])
    jobs = {
        "pg.so1": lambda: SinglingOutEvaluator(**common, seed=1).evaluate(mode="univariate"),
        "pg.so3": lambda: SinglingOutEvaluator(**common, n_cols=3, seed=1).evaluate(mode="multivariate"),
        "pg.link": lambda: LinkabilityEvaluator(**common, aux_cols=halves).evaluate(n_jobs=-1),
        "pg.inf": lambda: [InferenceEvaluator(**common, aux_cols=aux, secret=c).evaluate(n_jobs=-1) for c in sensitive],
    }
    total = 0.0
    for name, job in jobs.items():
        job()  # compiled and imported before the clock starts
        start = time.perf_counter()
        job()
        total += (took := time.perf_counter() - start)
        print(f"{name:9} {took:7.3f} s")
    print(f"{'all':9} {total:7.3f} s")


if __name__ == "__main__":
    train, holdout, synthetic = (pd.read_csv(path) for path in sys.argv[1:4])
    seconds(train, holdout, synthetic[train.columns])
