"""Geometry, wide combinations, odds ratios, groups' privacy and the panel of missing cells computed again with scikit-learn,
statsmodels and pandas.

`oracles(train, holdout, synthetic, ordered=())` takes text frames and the names of ordered levels; entries as in oracles_columns.py. Where verosim takes
some of very many sets of columns, other sets are taken here, and the tolerance is four standard errors of both means.
"""
import itertools

import numpy as np
import pandas as pd
import sklearn
import statsmodels
from scipy.stats import norm, wasserstein_distance
from sklearn.cluster import KMeans
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors
from statsmodels.stats.contingency_tables import Table2x2

import oracles_clinical
import oracles_columns as columns
import oracles_membership
import oracles_realism
import score

SKLEARN = f"scikit-learn {sklearn.__version__}"
PANDAS = f"pandas {pd.__version__}"
# Sets that are counted here; verosim takes 1,200 of accuracy and 300 of combinations.
SETS = 1_000


def oracles(train, holdout, synthetic, ordered=()):
    found = []

    def add(id, part, oracle, value, tolerance, note=""):
        if np.isfinite(value):
            found.append(dict(id=id, part=part, oracle=oracle, value=float(value), tolerance=float(tolerance), note=note))

    numbers = [c for c in synthetic if columns.is_number(train[c], holdout[c])]
    levels = [c for c in synthetic if c not in numbers]
    wide(train, holdout, synthetic, numbers, add)
    odds(train, holdout, synthetic, levels, add)
    if len(holdout) == len(synthetic) <= 4_000:
        points(train, holdout, synthetic, numbers + list(ordered), add)
        copula(train, holdout, synthetic, numbers, add)
    if max(len(train), len(holdout)) <= 4_000:
        privacy(train, holdout, synthetic, add)
    lacking(train, holdout, synthetic, add)
    return found


def wide(train, holdout, synthetic, numbers, add):
    """Sets of three and four columns beyond what is counted in full."""
    rng = np.random.default_rng(0)
    tv = lambda p, q: 0.5 * float(p.sub(q, fill_value=0).abs().sum())
    codes = {c: columns.coded(train[c], holdout[c], synthetic[c], c in numbers) for c in synthetic}
    five = {c: oracles_realism.coded(train[c], holdout[c], synthetic[c], c in numbers, 5) for c in synthetic}
    for width in (3, 4):
        every = list(itertools.combinations(synthetic.columns, width))
        if width == 4 or len(every) > columns.MOST_SETS:
            some = [every[at] for at in rng.choice(len(every), min(SETS, len(every)), replace=False)]
            values = [1 - tv(columns.joint([codes[c] for c in s], 0), columns.joint([codes[c] for c in s], 1)) for s in some]
            add(f"re.acc{width}", None, f"{PANDAS} value_counts", np.mean(values), 4 * np.std(values) * (1 / len(values) + 1 / columns.MOST_SETS) ** 0.5, "other sets of columns; four standard errors of both means")
    every = list(itertools.combinations(synthetic.columns, 3))
    some = [every[at] for at in rng.choice(len(every), min(SETS, len(every)), replace=False)]
    absent = lambda s, a, b: (lambda x, y: x[~x.index.isin(y.index)].sum())(columns.joint([five[c] for c in s], a), columns.joint([five[c] for c in s], b))
    if len(holdout) == len(synthetic):
        for part, a, b in ((None, 0, 1), ("new", 1, 0)):
            values = [absent(s, a, b) for s in some]
            add("di.combo", part, f"{PANDAS} value_counts", np.mean(values), 4 * np.std(values) * (1 / len(values) + 1 / 300) ** 0.5, "other sets of columns; four standard errors of both means")


def odds(train, holdout, synthetic, levels, add):
    """Lin's concordance of log odds ratios."""
    missing = oracles_realism.MISSING
    conditions = []
    for c in levels:
        counts = pd.concat([train[c], holdout[c]])
        counts = counts[~counts.isin(missing)].value_counts()
        conditions += [(c, level) for level in (counts.index[1:2] if len(counts) == 2 else counts.index[:8] if len(counts) > 2 else [])]
    pairs = [(a, b) for a, b in itertools.combinations(conditions, 2) if a[0] != b[0]
             and (holdout[a[0]] == a[1]).sum() * (holdout[b[0]] == b[1]).sum() / len(holdout) >= 20]
    if len(pairs) < 5 or len(pairs) > 5_000:
        return

    def log_odds(frame, a, b):
        table = pd.crosstab(frame[a[0]] == a[1], frame[b[0]] == b[1]).reindex(index=[True, False], columns=[True, False], fill_value=0)
        return Table2x2(table.to_numpy() + 0.5).log_oddsratio

    x, y = (np.array([log_odds(frame, a, b) for a, b in pairs]) for frame in (holdout, synthetic))
    covariance = ((x - x.mean()) * (y - y.mean())).mean()
    oracle = f"statsmodels {statsmodels.__version__} Table2x2.log_oddsratio"
    add("re.logor", None, oracle, 2 * covariance / (x.var() + y.var() + (x.mean() - y.mean()) ** 2), 1e-6, "Lin's formula in numpy")
    add("re.logor", "slope", oracle, covariance / x.var(), 1e-6)
    add("re.logor", "pairs", PANDAS, len(pairs), 0)


def points(train, holdout, synthetic, numbers, add):
    """Unusual patients, beta-recall, heaps and random lines among embedded rows."""
    x, y = oracles_realism.embedded(train, holdout, synthetic, numbers)
    n = len(x)
    oracle = f"{SKLEARN} NearestNeighbors"
    near = lambda among, of, k: NearestNeighbors(n_neighbors=k, algorithm="brute").fit(among).kneighbors(of)
    own, (made, index) = near(x, x, 6)[0], near(y, x, 1)
    covered = made[:, 0] < own[:, 5] - 1e-9
    order = np.argsort(-own[:, 5], kind="stable")
    add("di.rareclass", None, oracle, covered[order[: n // 20]].mean(), 1e-9)
    add("di.rareclass", "all other rows", oracle, covered[order[n // 20 :]].mean(), 1e-9)
    steps = np.linspace(0, 1, 30)
    from_centre = np.linalg.norm(y - y.mean(0), axis=1)
    reached = made[:, 0] <= own[:, 1] + 1e-9
    curve = np.array([(reached & (from_centre[index[:, 0]] <= r + 1e-9)).mean() for r in np.quantile(from_centre, steps)])
    gap = np.abs(curve - steps).sum()
    add("di.beta", None, f"{oracle}, formula of Alaa et al.", 1 - gap / steps.sum(), 0.005, "a tie in single precision moves one row of a step")
    add("di.beta", "integral", f"{oracle}, formula of Alaa et al.", 1 - 2 * gap / 29, 0.005, "as above")
    add("di.beta", "reached", oracle, curve[-1], 2.5 / n, "as above")
    for heaps in (5, 20, 50):
        values = [np.log2(max((pd.Series(np.repeat([1, 0], n)).groupby(KMeans(heaps, n_init=1, random_state=seed).fit_predict(np.vstack([x, y]))).mean()
                               .sub(0.5) ** 2).mean(), 2.0**-40)) for seed in range(10)]
        add("re.cluster", f"{heaps} heaps", f"{SKLEARN} KMeans", np.mean(values), 4 * np.std(values) / 3**0.5 + 0.05, "other starts; four standard errors")
    rng = np.random.default_rng(0)
    lines = rng.normal(size=(1_000, x.shape[1]))
    values = [wasserstein_distance(x @ line, y @ line) for line in lines / np.linalg.norm(lines, axis=1, keepdims=True)]
    add("re.sw", None, "scipy wasserstein_distance on 1,000 directions", np.mean(values), 5 * np.std(values) / 200**0.5, "other random directions")


def copula(train, holdout, synthetic, numbers, add):
    """Hellinger distance of the normal laws of normal scores, the formula of El Emam et al."""
    sides = [[], []]
    for c in synthetic:
        cells = [t[c].where(~t[c].isin(score.MISSING)) for t in (train, holdout, synthetic)]
        if c not in numbers:
            levels = pd.concat(cells[:2]).value_counts()
            order = sorted(levels.index, key=lambda level: (-levels[level], level))
            cells = [t.map({level: place for place, level in enumerate(order)}) for t in cells]
        values = [pd.to_numeric(t).to_numpy(float) for t in cells]
        known = np.sort(np.concatenate(values[:2]))
        known = known[~np.isnan(known)]
        edge = 0.5 / (len(known) + 1)
        for side, x in zip(sides, values[1:]):
            place = (np.searchsorted(known, x, "left") + np.searchsorted(known, x, "right")) / (2 * len(known))
            side.append(norm.ppf(np.where(np.isnan(x), 0.5, place.clip(edge, 1 - edge))))
    laws = []
    for side in sides:
        x, d = np.column_stack(side), len(side)
        weight = d / (len(x) + d)
        laws.append((x.mean(0), (1 - weight) * np.cov(x.T, ddof=0) + weight * np.eye(d)))
    (a, s), (b, t) = laws
    log = lambda m: np.linalg.slogdet(m)[1]
    middle = (s + t) / 2
    overlap = np.exp(0.25 * (log(s) + log(t)) - 0.5 * log(middle) - (a - b) @ np.linalg.solve(middle, a - b) / 8)
    add("re.hcop", None, "scipy norm.ppf, numpy linalg", 1 - (1 - overlap) ** 0.5, 1e-5, "formula of El Emam et al.; scores of ours in single precision")


def privacy(train, holdout, synthetic, add):
    """The nearest synthetic row at everybody's own ranks: share of nearer sides, and groups."""
    rng, shares = np.random.default_rng(0), []
    n = min(len(train), len(holdout))
    for _ in range(5):
        space = Ranked(train.sample(n, random_state=rng.integers(2**31)), holdout.sample(n, random_state=rng.integers(2**31)), synthetic)
        to_train, to_holdout = space.nearest(2, 0), space.nearest(2, 1)
        shares.append((to_train < to_holdout).mean() + 0.5 * (to_train == to_holdout).mean())
    add("pd.dcr", None, "scipy cdist", np.mean(shares), max(0.01, 4 * np.std(shares)), "five other draws of training rows; ties in single precision")
    space = Ranked(train, holdout, synthetic)
    members, others = space.nearest(0, 2), space.nearest(1, 2)
    auc = lambda a, b: roc_auc_score(np.r_[np.ones(len(a)), np.zeros(len(b))], -np.r_[a, b])
    oracle, worst = f"{SKLEARN} roc_auc_score, scipy cdist", []
    add("eq.priv", "everybody", oracle, auc(members, others), 5e-4, "ties in single precision")
    inside, outside = oracles_clinical.bands(train), oracles_clinical.bands(holdout)
    for name in inside:
        a, b = members[inside[name][0]], others[outside[name][0]] if name in outside else []
        if min(len(a), len(b)) >= 50:
            worst.append(auc(a, b))
            add("eq.priv", name, oracle, worst[-1], 5e-4, "ties in single precision")
    if worst:
        add("eq.priv", None, oracle, max(worst), 5e-4)


class Ranked:
    """Every table at its own ranks."""

    def __init__(self, *tables):
        whole = oracles_membership.Space(*tables, own=False)
        whole.numbers = np.concatenate([self.ranked(part) for part in np.split(whole.numbers, np.cumsum([len(t) for t in tables])[:-1])])
        self.whole, self.rows = whole, np.split(np.arange(sum(map(len, tables))), np.cumsum([len(t) for t in tables])[:-1])

    @staticmethod
    def ranked(values):
        out = np.full(values.shape, np.nan)
        for j in range(values.shape[1]):
            known = np.sort(values[~np.isnan(values[:, j]), j])
            mid = (np.searchsorted(known, values[:, j], "left") + np.searchsorted(known, values[:, j], "right")) / 2 / max(len(known), 1)
            out[:, j] = np.where(np.isnan(values[:, j]), np.nan, mid)
        return out

    def nearest(self, a, b):
        return self.whole.nearest(self.rows[a], self.rows[b], 1)[:, 0].astype(np.float32)


def lacking(train, holdout, synthetic, add):
    """AUC of missing cells predicted from the other columns, and of training against holdout people."""
    (t, h, s), categorical = score.encode([train, holdout, synthetic])
    n = min(len(t), len(s), 4_000)
    settings = {"max_leaf_nodes": 16, "early_stopping": False, "max_iter": 50}
    rng = np.random.default_rng(0)
    for j, name in enumerate(synthetic.columns):
        share = [np.isnan(side[:, j]).mean() for side in (t, h)]
        if not all(0.01 <= one <= 0.99 for one in share):
            continue
        for part, side in (("synthetic", s), ("real", t)):
            areas = []
            for seed in range(3):
                rows = side[rng.permutation(len(side))[:n]]
                rest = np.delete(rows, j, 1)
                risk = score.boosted(rest, np.isnan(rows[:, j]), np.delete(h, j, 1), np.delete(categorical, j), seed, settings)[1][:, 1]
                areas.append(roc_auc_score(np.isnan(h[:, j]), risk))
            few = min(np.isnan(h[:, j]).sum(), len(h))
            add("re.missmech", f"{name}, learned on {part}", f"{SKLEARN} HistGradientBoostingClassifier, roc_auc_score", np.mean(areas),
                max(0.05, 0.6 / few**0.5), "another learner; more than half a standard deviation of the holdout")
    n = min(len(t), len(h), 4_000)
    values = []
    for seed in range(3):
        x = np.vstack([t[np.random.default_rng(seed).permutation(len(t))[:n]], h[:n]])
        values.append(score.c2st(x[:n], x[n:], categorical, seed))
    add("pm.blind", None, f"{SKLEARN} HistGradientBoostingClassifier, roc_auc_score", np.mean(values), 0.05, "another learner, cross-validated")
