"""Attacks on spelling, on combinations of a few columns and on secrets, by RapidFuzz, pandas and scikit-learn.

`oracles(train, holdout, synthetic, sensitive=None)` takes text frames; entries as in oracles_columns.py.
"""
import numpy as np
import pandas as pd
import rapidfuzz
import sklearn
from sklearn.metrics import accuracy_score, roc_auc_score

import oracles_columns as columns
import score

SKLEARN = f"scikit-learn {sklearn.__version__}"
SUBSETS = 160


def oracles(train, holdout, synthetic, sensitive=None):
    if max(len(train), len(holdout)) > 4_000:
        return []
    numbers = [c for c in synthetic if columns.is_number(train[c], holdout[c])]
    label = np.r_[np.ones(len(train)), np.zeros(len(holdout))]
    return [spelling(train, holdout, synthetic, numbers, label), combinations(train, holdout, synthetic, numbers, label),
            *secrets(train, holdout, synthetic, numbers, sensitive or [])]


def spelling(train, holdout, synthetic, numbers, label):
    """Fewest letters between a person's row and a synthetic one: numbers in shortest form, missing cells empty."""
    short = lambda cell: repr(float(cell)).removesuffix(".0")
    cell = lambda c, text: "" if text in score.MISSING else short(text) if c in numbers else text
    rows = lambda t: ["".join(cell(c, text) + "," for c, text in zip(t, row)) for row in t.itertuples(index=False, name=None)]
    near = rapidfuzz.process.cdist(rows(train) + rows(holdout), rows(synthetic), scorer=rapidfuzz.distance.Levenshtein.distance).min(1).astype(float)
    return dict(id="pm.lev", part=None, oracle=f"rapidfuzz {rapidfuzz.__version__} Levenshtein.distance, {SKLEARN} roc_auc_score",
                value=roc_auc_score(label, -near), tolerance=1e-9, note="")


def combinations(train, holdout, synthetic, numbers, label):
    """Counts of the cells of a person in two to five columns, synthetic over known rows."""
    rng, areas = np.random.default_rng(0), []
    for _ in range(5):
        order = rng.permutation(len(holdout))
        known, rest = holdout.iloc[order[: len(holdout) // 3]], holdout.iloc[order[len(holdout) // 3 :]]
        people = pd.concat([train, rest], ignore_index=True)
        tables = [people, known.reset_index(drop=True), synthetic]
        plain = [pd.DataFrame({c: pd.to_numeric(t[c], errors="coerce").fillna(-1.0) if c in numbers else t[c] for c in t}) for t in tables]
        binned = [pd.DataFrame(index=range(len(t))) for t in tables]
        for c in synthetic:
            for other in (1, 2):
                binned[0][c], binned[other][c] = columns.coded(people[c], people[c], tables[other][c], c in numbers)
        sums = np.zeros(len(people))
        for at in range(SUBSETS):
            chosen = list(rng.choice(list(synthetic.columns), rng.integers(2, 6), replace=False))
            there = (binned, plain)[at % 2]
            count = lambda t: there[0][chosen].merge(t.groupby(chosen).size().rename("n"), how="left", left_on=chosen, right_index=True)["n"].fillna(0).to_numpy()
            sums += np.log((count(there[2]) + 0.5) / (count(there[1]) + 0.5))
        areas.append(roc_auc_score(np.r_[np.ones(len(train)), np.zeros(len(rest))], sums))
    return dict(id="pm.keys", part=None, oracle=f"pandas {pd.__version__} groupby, {SKLEARN} roc_auc_score", value=float(np.mean(areas)),
                tolerance=float(max(0.01, 4 * np.std(areas))), note="other subsets of columns and other known people, five times; four deviations")


def secrets(train, holdout, synthetic, numbers, sensitive):
    """Accuracy of boosted trees learned on synthetic rows, secret by secret."""
    (t, h, s), categorical = score.encode([train, holdout, synthetic])
    names = list(synthetic.columns)
    known = [j for j, name in enumerate(names) if name not in sensitive]
    for secret in sensitive:
        j = names.index(secret)
        if secret in numbers:
            continue
        learn = s[~np.isnan(s[:, j])]
        for who, side in (("learned from", t), ("others", h)):
            test = side[~np.isnan(side[:, j])]
            classes, chance = score.boosted(learn[:, known], learn[:, j], test[:, known], categorical[known], 0, dict(max_iter=60, max_leaf_nodes=16, early_stopping=False))
            right = accuracy_score(test[:, j], classes[chance.argmax(1)])
            yield dict(id="pa.air", part=f"{secret}, {who}", oracle=f"{SKLEARN} HistGradientBoostingClassifier, accuracy_score", value=right, tolerance=0.03,
                       note="another learner")
