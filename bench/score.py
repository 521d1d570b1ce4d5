#!/usr/bin/env python3
"""Scores a synthetic table with scikit-learn: a judge that shares no code with verosim.

usage: score.py --train T.csv --holdout H.csv --synthetic S.csv ... [--target Y] [--seeds 5] [--json]

c2st    AUC of HistGradientBoosting, 5-fold, telling synthetic from holdout at equal size, missing kept,
        mean over seeds; beside it the same for train against holdout.
        With several synthetic files (one per seed of the generator), seed k judges file k, and c2st_two learns
        on one file and judges the next: rows that are drawn evenly repel each other, which cross-validation
        within one draw mistakes for realism.
tstr    holdout AUC (macro one-vs-rest) of HistGradientBoosting trained on synthetic; trtr: on train. Of two boosters,
        scikit-learn's defaults and small trees with small steps, the one is taken that does better in 3-fold
        cross-validation on train: the defaults overfit a few thousand rows. tstr_other, trtr_other: the other one.
dcr     share of synthetic rows nearer to train than to an equally large holdout (0.5 is right),
        on rank-coded numbers and 0/1 mismatches of levels.
mia     AUC of the attack that calls a row a member when its nearest synthetic row is near.
copies  share of synthetic rows equal to a row that is unique in an equally large draw of train; the
        same against holdout.
"""
import argparse
import json

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

MISSING = {"", "?", "NA", "."}


def read(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False, low_memory=False)


def encode(tables):
    """Numbers where every present cell of every table is one, else codes of the commonest levels."""
    columns, categorical = [], []
    for name in tables[0].columns:
        cells = [t[name].where(~t[name].isin(MISSING)) for t in tables]
        numbers = [pd.to_numeric(c, errors="coerce") for c in cells]
        if all((n.notna() == c.notna()).all() for n, c in zip(numbers, cells)):
            columns.append([n.to_numpy(float) for n in numbers])
            categorical.append(False)
        else:
            code = {level: i for i, level in enumerate(pd.concat(cells).value_counts().index[:250])}
            columns.append([np.array([code.get(v, 250.0) if isinstance(v, str) else np.nan for v in c]) for c in cells])
            categorical.append(True)
    return [np.column_stack([c[i] for c in columns]) for i in range(len(tables))], np.array(categorical)


DEFAULT, SMALL = {}, {"max_leaf_nodes": 8, "learning_rate": 0.05}


def boosted(x, y, test, categorical, seed, settings=DEFAULT):
    """Classes and their chances for `test`. A column that is all but missing is told by its presence alone: the
    booster sets rows aside to know when to stop, and has no bins for a column with nothing in the others."""
    sparse = (~np.isnan(x)).sum(0) < 30
    x, test = (np.where(sparse, ~np.isnan(t), t) for t in (x, test))
    model = HistGradientBoostingClassifier(categorical_features=categorical, random_state=seed, **settings).fit(x, y)
    return model.classes_, model.predict_proba(test)


def c2st(a, b, categorical, seed, second=None):
    """`second` takes the place of `b` in the judged folds."""
    rng = np.random.default_rng(seed)
    n = min(len(a), len(b))
    real, first = a[rng.permutation(len(a))[:n]], b[rng.permutation(len(b))[:n]]
    x = np.vstack([real, first])
    judged = x if second is None else np.vstack([real, second[rng.permutation(len(second))[:n]]])
    y = np.repeat([0, 1], n)
    p = np.zeros(2 * n)
    for fit, test in StratifiedKFold(5, shuffle=True, random_state=seed).split(x, y):
        p[test] = boosted(x[fit], y[fit], judged[test], categorical, seed)[1][:, 1]
    return roc_auc_score(y, p)


def utility(fit, test, target, categorical, seed, settings=DEFAULT):
    """Holdout AUC of a model of the target; the outcome is a set of classes, also when written in numbers."""
    fit, test = (t[~np.isnan(t[:, target])] for t in (fit, test))
    rest = lambda t: np.delete(t, target, 1)
    classes, p = boosted(rest(fit), fit[:, target], rest(test), np.delete(categorical, target), seed, settings)
    y = test[:, target]
    if len(classes) == 2:
        return roc_auc_score(y == classes[1], p[:, 1])
    return float(np.mean([roc_auc_score(y == c, p[:, i]) for i, c in enumerate(classes) if 0 < (y == c).sum() < len(y)]))


def better_booster(train, target, categorical):
    """The settings that do better on real patients, and the others."""
    classes = np.unique(train[:, target], return_inverse=True)[1]
    folds = list(StratifiedKFold(3, shuffle=True, random_state=0).split(train, classes))
    mean = lambda settings: np.mean([utility(train[a], train[b], target, categorical, 0, settings) for a, b in folds])
    return (DEFAULT, SMALL) if mean(DEFAULT) >= mean(SMALL) else (SMALL, DEFAULT)


def rank_code(tables, categorical):
    """Numbers to mid-ranks of the first table; missing to -1 (numbers) or -2 (levels)."""
    out = [t.copy() for t in tables]
    for j in range(tables[0].shape[1]):
        if not categorical[j]:
            ordered = np.sort(tables[0][~np.isnan(tables[0][:, j]), j])
            for o, t in zip(out, tables):
                rank = (np.searchsorted(ordered, t[:, j], "left") + np.searchsorted(ordered, t[:, j], "right")) / 2
                o[:, j] = np.where(np.isnan(t[:, j]), -1.0, rank / max(len(ordered), 1))
        else:
            for o in out:
                o[:, j] = np.where(np.isnan(o[:, j]), -2.0, o[:, j])
    return [o.astype(np.float32) for o in out]


def nearest(queries, reference, categorical):
    best = np.empty(len(queries), np.float32)
    step = max(1, 4_000_000 // max(1, len(reference)))
    for at in range(0, len(queries), step):
        q = queries[at:at + step]
        d = np.zeros((len(q), len(reference)), np.float32)
        for j in range(q.shape[1]):
            a, b = q[:, j, None], reference[None, :, j]
            d += (a != b) if categorical[j] else np.where((a < 0) != (b < 0), np.float32(1), np.abs(a - b))
        best[at:at + step] = d.min(1)
    return best


def privacy(train, holdout, synthetic, categorical, seed, limit):
    rng = np.random.default_rng(seed)
    cut = lambda x, n: x[rng.permutation(len(x))[:n]]
    n = min(len(train), len(holdout), limit)
    t, h, pool, s = rank_code([cut(train, n), cut(holdout, n), cut(synthetic, 5 * limit), cut(synthetic, n)], categorical)
    dt, dh = nearest(s, t, categorical), nearest(s, h, categorical)
    near = np.concatenate([nearest(t, pool, categorical), nearest(h, pool, categorical)])
    share = float((dt < dh).mean() + 0.5 * (dt == dh).mean())
    return share, roc_auc_score(np.repeat([1, 0], [len(t), len(h)]), -near)


def copies(train, holdout, synthetic):
    rows = lambda t: pd.util.hash_pandas_object(t, index=False).to_numpy()
    t, h, s = rows(train), rows(holdout), rows(synthetic)
    once = lambda x: (lambda v, c: v[c == 1])(*np.unique(x, return_counts=True))
    sample = t[np.random.default_rng(0).permutation(len(t))[:len(h)]]
    return float(np.isin(s, np.intersect1d(once(t), sample)).mean()), float(np.isin(s, once(h)).mean())


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("train", "holdout"):
        ap.add_argument("--" + name, required=True)
    ap.add_argument("--synthetic", required=True, nargs="+")
    ap.add_argument("--target")
    ap.add_argument("--seeds", type=int, default=5)
    ap.add_argument("--limit", type=int, default=10_000, help="most rows per table for c2st")
    ap.add_argument("--near-limit", type=int, default=4_000, help="most rows per table for distances")
    ap.add_argument("--json", action="store_true")
    a = ap.parse_args()
    synthetic = [read(path) for path in a.synthetic]
    names = synthetic[0].columns
    train, holdout, synthetic = read(a.train)[names], read(a.holdout)[names], [s[names] for s in synthetic]
    (t, h, *drawn), categorical = encode([train, holdout, *synthetic])
    draw = lambda k: drawn[k % len(drawn)]
    band = lambda values: {"mean": float(np.mean(values)), "sd": float(np.std(values)), "n": len(values)}
    cut = lambda x, seed: x[np.random.default_rng(seed).permutation(len(x))[:a.limit]]
    seeds = range(a.seeds)
    out = {
        "c2st": band([c2st(cut(h, k), cut(draw(k), k), categorical, k) for k in seeds]),
        "c2st_train": band([c2st(cut(h, k), cut(t, k), categorical, k) for k in seeds]),
    }
    if len(drawn) > 1:
        out["c2st_two"] = band([c2st(cut(h, k), cut(draw(k), k), categorical, k, cut(draw(k + 1), k)) for k in seeds])
    if a.target:
        j = list(names).index(a.target)
        for suffix, settings in zip(("", "_other"), better_booster(t, j, categorical)):
            out["tstr" + suffix] = band([utility(draw(k), h, j, categorical, k, settings) for k in seeds])
            out["trtr" + suffix] = band([utility(t, h, j, categorical, k, settings) for k in seeds])
    close = [privacy(t, h, s, categorical, k, a.near_limit) for k, s in enumerate(drawn)]
    same = [copies(train, holdout, s) for s in synthetic]
    out["dcr_share"], out["mia_auc"] = (band([c[i] for c in close]) for i in (0, 1))
    out["copies_train"], out["copies_holdout"] = (band([c[i] for c in same]) for i in (0, 1))
    if a.json:
        print(json.dumps(out))
        return
    for name, value in out.items():
        print(f"{name:15}", f"{value['mean']:.4f} (sd {value['sd']:.4f}, {value['n']} seeds)")


if __name__ == "__main__":
    main()
