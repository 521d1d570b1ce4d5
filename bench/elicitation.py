#!/usr/bin/env python3
"""Does an elicited prior help with twenty patients, and does a wrong one do no harm?

usage: elicitation.py TRAIN.csv HOLDOUT.csv --target Y [--rows 20] [--seeds 10] [--verosim PATH]

For each seed, so many patients are drawn from TRAIN with the outcome as common as there; nobody else's rows reach an
engine. All engines are told the same code book (`profile --declare`) and draw 2,000 patients. Engines:

trees, independent    from the few rows
good                  llm-elicit; its model is a stand-in that has learned the other rows of TRAIN
inverted              the same with the outcome's levels swapped in those rows: a prior that has every difference the
                      wrong way round
mirrored              the same with numbers mirrored and levels exchanged in every column: a prior wrong throughout

A model learned on each (scikit-learn, see score.py) is tested on HOLDOUT. Prints AUCs by seed, means, and paired
differences with their 95 % t-interval over seeds.
"""
import argparse
import os
import subprocess
import tempfile

import numpy as np
import pandas as pd
from scipy import stats
from score import MISSING, better_booster, encode, read, utility

HERE = os.path.dirname(os.path.abspath(__file__))
N_SYNTHETIC = 2_000


def inverted(table, target):
    """Levels of the outcome in the other order."""
    levels = sorted(set(table[target]) - MISSING)
    return table.assign(**{target: table[target].replace(dict(zip(levels, reversed(levels))))})


def mirrored(table, target):
    """Every other column turned round: numbers about the middle of their range, levels by falling for rising frequency."""
    out = {}
    for name in table.columns.drop(target):
        cells = table[name].where(~table[name].isin(MISSING))
        numbers = pd.to_numeric(cells, errors="coerce")
        if numbers.notna().sum() == cells.notna().sum() and numbers.nunique() > 10:
            turned = numbers.min() + numbers.max() - numbers
            whole = (numbers.dropna() % 1 == 0).all()
            texts = turned.map(lambda v: "" if np.isnan(v) else str(int(v)) if whole else f"{v:.6g}")
            out[name] = texts.where(cells.notna(), table[name])
        else:
            levels = list(cells.value_counts().index)
            out[name] = cells.replace(dict(zip(levels, reversed(levels)))).where(cells.notna(), table[name])
    return table.assign(**out)


def made(verosim, folder, engine, few, book, holdout, target, seed, model=None):
    out = os.path.join(folder, "run")
    words = [verosim, "run", few, "--metadata", book, "--target", target, "--engine", engine, "--holdout", holdout, "-n",
             str(N_SYNTHETIC), "--seed", str(seed), "-o", out, "--overwrite", "-q"]
    subprocess.run(words + (["--model", "mock:" + model] if model else []), check=True, stdout=subprocess.DEVNULL)
    return read(os.path.join(out, "synthetic", "data.csv"))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("train")
    ap.add_argument("holdout")
    ap.add_argument("--target", required=True)
    ap.add_argument("--rows", type=int, default=20)
    ap.add_argument("--seeds", type=int, default=10)
    ap.add_argument("--verosim", default=os.path.join(HERE, "..", "target", "release", "verosim"))
    a = ap.parse_args()
    train, holdout = read(a.train), read(a.holdout)
    known = train[~train[a.target].isin(MISSING)]
    columns = list(train.columns)
    j = columns.index(a.target)
    (real, ), categorical = encode([known])
    settings = better_booster(real, j, categorical)[0]
    scores = {name: [] for name in ("trees", "independent", "good", "inverted", "mirrored")}
    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: os.path.join(folder, name)
        subprocess.run([a.verosim, "profile", a.train, "--declare", "-o", path("book.json"), "-q"], check=True,
                       stdout=subprocess.DEVNULL)
        print("seed", *scores)
        for seed in range(a.seeds):
            rng = np.random.default_rng(seed)
            shares = known[a.target].value_counts(normalize=True)
            few = pd.concat([known[known[a.target] == level].sample(max(2, round(a.rows * share)), random_state=rng)
                             for level, share in shares.items()])
            rest = train.drop(few.index)
            few.to_csv(path("few.csv"), index=False)
            for name, table in (("good", rest), ("inverted", inverted(rest, a.target)), ("mirrored", mirrored(rest, a.target))):
                table.to_csv(path(name + ".csv"), index=False)
            for name in scores:
                prior = path(name + ".csv") if name in ("good", "inverted", "mirrored") else None
                engine = "llm-elicit" if prior else name
                drawn = made(a.verosim, folder, engine, path("few.csv"), path("book.json"), a.holdout, a.target, seed, prior)
                (fit, test), kinds = encode([drawn[columns], holdout[columns]])
                scores[name].append(utility(fit, test, j, kinds, seed, settings))
            print(seed, *(f"{values[-1]:.3f}" for values in scores.values()), flush=True)
    print("mean", *(f"{np.mean(values):.3f}" for values in scores.values()))
    for one, other in (("good", "trees"), ("inverted", "independent"), ("mirrored", "independent")):
        gain = np.subtract(scores[one], scores[other])
        half = stats.t.ppf(0.975, len(gain) - 1) * gain.std(ddof=1) / np.sqrt(len(gain))
        print(f"{one} - {other}: {gain.mean():+.4f} ({gain.mean() - half:+.4f} to {gain.mean() + half:+.4f})")


if __name__ == "__main__":
    main()
