#!/usr/bin/env python3
"""Computes verosim's metrics again with SciPy, pandas and scikit-learn and compares.

usage: oracles.py RUN_FOLDER TRAIN.csv HOLDOUT.csv [--target Y]

Metrics that count must agree to 1e-6; re.corr to 1e-4 (verosim ranks a column once, SciPy the rows of each pair);
metrics that learn or sample to 0.03 or half a standard deviation of the holdout (other learner, folds and samples).
Exits with 1 when one does not. re.cont is compared where no column has more than ten levels: verosim pools the rest.
"""
import argparse
import itertools
import json
import pathlib

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.metrics import roc_auc_score

import score


def mean(values):
    values = list(values)
    return float(np.mean(values)) if values else float("nan")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("run")
    ap.add_argument("train")
    ap.add_argument("holdout")
    ap.add_argument("--target")
    a = ap.parse_args()
    run = pathlib.Path(a.run)
    ours = {e["id"]: e for e in json.loads((run / "report/metrics.json").read_text())["entries"]}
    synthetic = score.read(next((run / "synthetic").glob("*.csv")))
    holdout, train = (score.read(p)[synthetic.columns] for p in (a.holdout, a.train))
    present = lambda t, c: t[c][~t[c].isin(score.MISSING)]
    numbers = [name for name, _ in ours["re.ks"]["parts"]]
    levels = [name for name, _ in ours["re.tv"]["parts"]]
    value = lambda t, c: pd.to_numeric(present(t, c), errors="coerce").dropna()
    share = lambda cells: cells.value_counts(normalize=True)
    tv = lambda p, q: 0.5 * float(p.sub(q, fill_value=0).abs().sum())

    def spread(c):
        low, high = np.quantile(value(holdout, c), [0.25, 0.75])
        return high - low if high > low else value(holdout, c).std()

    def rank_correlation(t, a, b):
        both = t[~t[a].isin(score.MISSING) & ~t[b].isin(score.MISSING)]
        return stats.spearmanr(pd.to_numeric(both[a]), pd.to_numeric(both[b])).statistic

    few = [c for c in levels if max(t[c].nunique() for t in (train, holdout, synthetic)) <= 10]
    pooled = lambda t, c: t[c].where(~t[c].isin(score.MISSING), "missing")
    pair = lambda t, a, b: (pooled(t, a) + "\0" + pooled(t, b)).value_counts(normalize=True)
    lacking = [c for c in synthetic if any(t[c].isin(score.MISSING).any() for t in (holdout, synthetic))]
    kind = lambda t, c: t[c].where(t[c].isin(score.MISSING), "present").value_counts(normalize=True)
    (t, h, s), categorical = score.encode([train, holdout, synthetic])
    exact = {
        "re.ks": mean(1 - stats.ks_2samp(value(holdout, c), value(synthetic, c)).statistic for c in numbers),
        "re.tv": mean(1 - tv(share(present(holdout, c)), share(present(synthetic, c))) for c in levels),
        "re.w1": mean(stats.wasserstein_distance(value(holdout, c), value(synthetic, c)) / spread(c) for c in numbers),
        "re.corr": mean(1 - abs(rank_correlation(holdout, *p) - rank_correlation(synthetic, *p)) / 2
                        for p in itertools.combinations(numbers, 2)),
        "re.miss": mean(1 - tv(kind(holdout, c), kind(synthetic, c)) for c in lacking),
    }
    if len(few) == len(levels):
        exact["re.cont"] = mean(1 - tv(pair(holdout, *p), pair(synthetic, *p)) for p in itertools.combinations(levels, 2))
    learned = {"re.c2st": mean(score.c2st(h, s, categorical, seed) for seed in range(5))}
    if a.target:
        j = list(synthetic.columns).index(a.target)
        real, made = (mean(score.utility(x, h, j, categorical, seed) for seed in range(3)) for x in (t, s))
        learned["ut.tstr"] = (made - 0.5) / (real - 0.5)
    n = min(len(t), len(h))
    learned["pm.dcr"] = mean(attack(t, h, s, categorical, n, seed) for seed in range(3))
    bad = 0
    for tolerance, figures in ((1e-6, exact), (max(0.03, 0.5 / len(h) ** 0.5), learned)):
        for name, theirs in figures.items():
            own = (ours[name]["reading"] or {}).get("value", float("nan"))
            # Recovered shares divide by the lift of real data.
            allowed = 1e-4 if name == "re.corr" else tolerance / max(real - 0.5, 0.05) if name == "ut.tstr" else tolerance
            agrees = abs(own - theirs) <= allowed
            bad += not agrees
            print(f"{name:9} verosim {own:12.9f}  oracle {theirs:12.9f}  difference {own - theirs:+.1e}  {'ok' if agrees else 'DIFFERS'}")
    raise SystemExit(bool(bad))


def attack(t, h, s, categorical, n, seed):
    rng = np.random.default_rng(seed)
    t, h, s = score.rank_code([t[rng.permutation(len(t))[:n]], h[rng.permutation(len(h))[:n]], s], categorical)
    near = np.concatenate([score.nearest(t, s, categorical), score.nearest(h, s, categorical)])
    return roc_auc_score(np.repeat([1, 0], [n, n]), -near)


if __name__ == "__main__":
    main()
