"""Computes membership attacks and distance diagnostics again with NumPy, SciPy and scikit-learn.

`oracles(train, holdout, synthetic)` takes pandas frames and returns a list of figures to compare with a card. Numbers
are columns of more than ten different numeric values; everything else is levels. Attacks that know a third of the holdout and
diagnostics that take 2,000 rows draw people and rows of their own: their tolerances are sampling errors, not slack.
"""
import numpy as np
import pandas as pd
import sklearn
import scipy
from scipy.spatial.distance import cdist
from sklearn.metrics import f1_score, roc_auc_score

SCIPY = f"scipy {scipy.__version__}"
SKLEARN = f"scikit-learn {sklearn.__version__}"
MISSING = {"", "NA", "NaN", "nan", "?", "null", "None"}


def oracles(train, holdout, synthetic):
    found = []

    def add(id, part, oracle, value, tolerance, note=""):
        found.append({"id": id, "part": part, "oracle": oracle, "value": float(value), "tolerance": tolerance, "note": note})

    rng = np.random.default_rng(1)
    space = {name: Space(train, holdout, synthetic, name == "own ranks") for name in ("values", "own ranks")}
    label = np.r_[np.ones(len(train)), np.zeros(len(holdout))]
    auc = lambda score: roc_auc_score(label, score)
    best = lambda made: max(made.values())
    oracle = f"sklearn.metrics.roc_auc_score, scipy.spatial.distance.cdist ({SKLEARN}, {SCIPY})"

    # No draw of people or rows is needed up to 10,000 people and 12,000 synthetic rows.
    whole = max(len(train), len(holdout)) <= 10_000 and len(synthetic) <= 12_000
    # Single precision decides between nearly equal distances.
    exact = 2e-4 if whole else 0.02
    near = {name: at.nearest(at.people, at.made, 20) for name, at in space.items()}
    nearest = {name: auc(-d[:, 0]) for name, d in near.items()}
    for name, value in nearest.items():
        add("pm.dcr", name, oracle, value, exact)
    add("pm.dcr", None, oracle, best(nearest), exact, "the stronger of two spaces")
    for name, d in near.items():
        add("pm.mc", name, oracle, auc((d <= np.median(d[:, 0])).sum(1)), 5e-3 if whole else 0.02, "rows on the edge of the ball: single precision")

    thirds = {kind: [] for kind in ("pm.diff", "pm.dpi", "pm.domias")}
    for _ in range(5):
        people, scores = informed(space["values"], near["values"], len(train), len(holdout), rng)
        for kind, score in scores.items():
            thirds[kind].append(roc_auc_score(label[people], score))
    for kind, values in thirds.items():
        tolerance = max(0.01, 4 * np.std(values))
        add(kind, "values", oracle, np.mean(values), tolerance, "mean over five random thirds of the holdout as the known people")

    share = len(train) / (len(train) + len(holdout))
    add("pm.f1", "F1 of claiming everybody", f"sklearn.metrics.f1_score ({SKLEARN})", f1_score(label, np.ones_like(label)), 1e-9)
    add("pm.f1", "share of members", "closed form", share, 1e-9)
    f1 = max(f1_score(label, near["values"][:, 0] <= h) for h in np.quantile(near["values"][:, 0], np.linspace(0, 1, 201)))
    naive = 2 * share / (1 + share)
    add("pm.f1", None, f"sklearn.metrics.f1_score ({SKLEARN})", (f1 - naive) / (1 - naive), 0.05,
        "best threshold on the same people; verosim's is chosen on other people and may lie below")

    for (id, part), values in diagnostics(train, holdout, synthetic, rng).items():
        add(id, part, f"scipy.spatial.distance.cdist ({SCIPY})", np.mean(values), max(0.01, 4 * np.std(values)), "rows by chance")
    return found


class Space:
    """Real people at their ranks among all real people, synthetic rows there or at their own ranks."""

    def __init__(self, train, holdout, synthetic, own):
        real = pd.concat([train, holdout], ignore_index=True)
        both = pd.concat([real, synthetic], ignore_index=True)
        self.n_real, numbers, levels = len(real), [], []
        for column in both:
            cells = both[column].astype(str).str.strip()
            cells = cells.mask(cells.isin(MISSING))
            value = pd.to_numeric(cells, errors="coerce")
            if value.notna().sum() == cells.notna().sum() and value.nunique() > 10:
                numbers.append(place(value.to_numpy(), len(real), own))
            else:
                # One text for a level however a frame holds it.
                text = value.astype(str).where(value.notna(), cells.fillna("missing"))
                levels.append(pd.factorize(text)[0])
        self.numbers = np.array(numbers).T.reshape(len(both), -1)
        self.levels = np.array(levels).T.reshape(len(both), -1)
        self.people, self.made = np.arange(self.n_real), np.arange(self.n_real, len(both))

    def distances(self, a, b):
        """Sum of differences of numbers and unequal levels; missing is 0 from missing and 1 from any number."""
        x, y = self.numbers[a], self.numbers[b]
        gone_x, gone_y = np.isnan(x).astype(float), np.isnan(y).astype(float)
        total = np.zeros((len(a), len(b)))
        for j in range(x.shape[1]):
            apart = np.abs(x[:, j, None] - y[None, :, j])
            both, one = gone_x[:, j, None] * gone_y[None, :, j], gone_x[:, j, None] + gone_y[None, :, j]
            total += np.where(both > 0, 0.0, np.where(one > 0, 1.0, np.nan_to_num(apart)))
        if self.levels.shape[1]:
            total += cdist(self.levels[a], self.levels[b], "hamming") * self.levels.shape[1]
        return total

    def nearest(self, a, b, k):
        blocks = [np.sort(self.distances(rows, b), axis=1)[:, :k] for rows in np.array_split(a, max(1, len(a) // 500))]
        return np.concatenate(blocks)


def place(values, n_real, own):
    """Mid-distribution of real values; synthetic values in it or in their own."""
    real, made = values[:n_real], values[n_real:]
    known = real[~np.isnan(real)]
    mid = lambda among, x: (np.searchsorted(among, x, "left") + np.searchsorted(among, x, "right")) / 2 / max(len(among), 1)
    of = lambda among, x: np.where(np.isnan(x), np.nan, mid(np.sort(among), x))
    among_made = made[~np.isnan(made)] if own else known
    return np.r_[of(known, real), of(among_made, made)]


def informed(space, near, n_train, n_holdout, rng):
    """Scores of attackers who know a third of the holdout, on everybody else, and who is attacked."""
    third = n_train + rng.permutation(n_holdout)[: n_holdout // 3]
    people = np.setdiff1d(space.people, third)
    to_known, to_made = space.nearest(people, third, 20), near[people]
    log = lambda d: 0.5 * (np.log(np.maximum(d[:, 0], 1e-4)) + np.log(np.maximum(d[:, :5].mean(1), 1e-4)))
    edge = np.sort(np.c_[to_known, to_made], axis=1)[:, 19]
    below = lambda d: (d < edge[:, None]).sum(1)
    at = lambda d: (d == edge[:, None]).sum(1)
    left = 20 - below(to_made) - below(to_known)
    share = (below(to_made) + left * at(to_made) / (at(to_made) + at(to_known))) / 20
    return people, {"pm.diff": to_known[:, 0] - to_made[:, 0], "pm.dpi": share, "pm.domias": log(to_known) - log(to_made)}


def diagnostics(train, holdout, synthetic, rng):
    """Adversarial accuracy, authenticity, identifiability and distance ratios of equally many rows, five draws."""
    found = {}
    n = min(len(train), len(holdout), len(synthetic), 2_000)
    for _ in range(5):
        t, h, s = (x.sample(n, random_state=rng.integers(2**31)) for x in (train, holdout, synthetic))
        space = Space(t, h, s, own=False)
        made, value = space.made, {}
        alone = lambda rows: (lambda d: (np.fill_diagonal(d, np.inf), d)[1])(space.distances(rows, rows))
        made_to_made = alone(made).min(1)
        for side, rows in (("beside training rows", np.arange(n)), ("beside holdout rows", np.arange(n, 2 * n))):
            across = space.distances(rows, made)
            own = alone(rows).min(1)
            two = np.sort(across, axis=0)[:2]
            value["pd.nnaa", side] = 0.5 * ((across.min(1) > own).mean() + (across.min(0) > made_to_made).mean())
            value["pd.auth", side] = (across.min(0) > own[across.argmin(0)]).mean()
            value["pd.ident", side] = (across.min(1) < own).mean()
            value["pd.nndr", side] = ((two[0] + 1e-8) / (two[1] + 1e-8)).mean()
        for id in ("pd.nnaa", "pd.nndr"):
            value[id, None] = value[id, "beside holdout rows"] - value[id, "beside training rows"]
        for id in ("pd.auth", "pd.ident"):
            value[id, None] = value[id, "beside training rows"]
        for key, one in value.items():
            found.setdefault(key, []).append(one)
    return found
