"""Columns, pairs, variety, learners and copies counted again with SciPy, pandas and scikit-learn.

`oracles(train, holdout, synthetic, target=None)` takes text frames as they were read and returns dictionaries with the keys
id, part (or None), oracle, value, tolerance, note. Counts must agree to 1e-6 (re.acc*: 1e-5, single precision); re.corr and
di.assoc to 1e-4 (verosim ranks a column once, SciPy the rows of each pair); metrics that learn or sample (di.unique and
pd.copy among them) to 0.03 or half a standard deviation of the holdout (other learner, folds and samples), re.pmse to a
tenth and the noise of a propensity score (other rows). re.cont is compared where no column has more than ten levels
(verosim pools the rest), re.acc2 to re.acc4 where there are at most 1,200 combinations.
"""
import itertools
import pandas as pd
import numpy as np
import scipy
import sklearn
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

import score

SCIPY, PANDAS, SKLEARN = f"scipy {scipy.__version__}", f"pandas {pd.__version__}", f"scikit-learn {sklearn.__version__}"


def mean(values):
    values = list(values)
    return float(np.mean(values)) if values else float("nan")


def oracles(train, holdout, synthetic, target=None):
    found = []

    def add(id, oracle, value, tolerance=1e-6, note="", part=None):
        if np.isfinite(value):
            found.append(dict(id=id, part=part, oracle=oracle, value=float(value), tolerance=float(tolerance), note=note))

    numbers = [c for c in synthetic if is_number(train[c], holdout[c])]
    levels = [c for c in synthetic if c not in numbers]
    present = lambda t, c: t[c][~t[c].isin(score.MISSING)]
    value = lambda t, c: pd.to_numeric(present(t, c), errors="coerce").dropna()
    share = lambda cells: cells.value_counts(normalize=True)
    tv = lambda p, q: 0.5 * float(p.sub(q, fill_value=0).abs().sum())

    def spread(c):
        low, high = np.quantile(value(holdout, c), [0.25, 0.75])
        return high - low if high > low else value(holdout, c).std()

    def rank_correlation(t, a, b):
        both = t[~t[a].isin(score.MISSING) & ~t[b].isin(score.MISSING)]
        return stats.spearmanr(pd.to_numeric(both[a]), pd.to_numeric(both[b])).statistic

    for c in numbers:
        add("re.ks", f"{SCIPY} ks_2samp", 1 - stats.ks_2samp(value(holdout, c), value(synthetic, c)).statistic, part=c)
    add("re.ks", f"{SCIPY} ks_2samp", mean(e["value"] for e in found if e["id"] == "re.ks"))
    for c in levels:
        add("re.tv", f"{PANDAS} value_counts", 1 - tv(share(present(holdout, c)), share(present(synthetic, c))), part=c)
    add("re.tv", f"{PANDAS} value_counts", mean(e["value"] for e in found if e["id"] == "re.tv"))
    add("re.w1", f"{SCIPY} wasserstein_distance",
        mean(stats.wasserstein_distance(value(holdout, c), value(synthetic, c)) / spread(c) for c in numbers), note="over the IQR of the holdout")
    add("re.corr", f"{SCIPY} spearmanr", mean(1 - abs(rank_correlation(holdout, *p) - rank_correlation(synthetic, *p)) / 2
        for p in itertools.combinations(numbers, 2)), 1e-4, "ranks of a column once, here those of each pair of present cells")
    lacking = [c for c in synthetic if any(t[c].isin(score.MISSING).any() for t in (holdout, synthetic))]
    kind = lambda t, c: t[c].where(t[c].isin(score.MISSING), "present").value_counts(normalize=True)
    add("re.miss", f"{PANDAS} value_counts", mean(1 - tv(kind(holdout, c), kind(synthetic, c)) for c in lacking))
    codes = [coded(train[c], holdout[c], synthetic[c], c in numbers) for c in synthetic]
    sets = {width: list(itertools.combinations(codes, width)) for width in (1, 2, 3)}
    for width in sets:
        if len(sets[width]) <= MOST_SETS:
            add(f"re.acc{width}", f"{PANDAS} value_counts", mean(1 - tv(joint(chosen, 0), joint(chosen, 1)) for chosen in sets[width]),
                1e-5, "bins cut and levels pooled again in pandas")
    pairs = sets[2][::max(1, -(-len(sets[2]) // 500))]
    add("di.cov", PANDAS, mean(joint(p, 0, normalize=False).pipe(lambda n: n[n.index.isin(joint(p, 1).index)].sum() / n.sum()) for p in pairs))
    add("re.spike", PANDAS, mean(spikes(train[c], holdout[c], synthetic[c]) for c in numbers))
    add("re.rare", PANDAS, mean(within for c in levels for within in rare_levels(*(present(x, c) for x in (train, holdout, synthetic)))))
    kept = [entropy(code[1]) / entropy(code[0]) for code in codes if entropy(code[0]) >= 0.05]
    add("di.entropy", f"{SCIPY} entropy", mean(min(share, 1.0) for share in kept), note="with Miller and Madow's correction")
    add("di.spread", "numpy closed form", mean(min(r, 1 / r) for r in (spread_ratio(value(holdout, c), value(synthetic, c)) for c in numbers)))
    add("di.tail", "numpy closed form", mean(share for c in numbers for share in tail(value(holdout, c), value(synthetic, c))))
    heaps = [c for c in numbers if value(holdout, c).nunique() >= 10]
    add("di.heap", "numpy closed form", mean(1 - last_digits(train[c], holdout[c], synthetic[c]) for c in heaps))
    pairs = list(itertools.combinations(numbers, 2))
    pairs = pairs[::max(1, -(-len(pairs) // 500))]
    if pairs:
        add("di.assoc", f"{SCIPY} spearmanr", typical(synthetic, pairs) - typical(holdout, pairs), 1e-4, "as re.corr")
    pooled = lambda t, c: t[c].where(~t[c].isin(score.MISSING), "missing")
    pair = lambda t, a, b: (pooled(t, a) + "\x1f" + pooled(t, b)).value_counts(normalize=True)
    if all(t[c].nunique() <= 10 for c in levels for t in (train, holdout, synthetic)):
        add("re.cont", f"{PANDAS} value_counts", mean(1 - tv(pair(holdout, *p), pair(synthetic, *p)) for p in itertools.combinations(levels, 2)))
    return found + learned(train, holdout, synthetic, numbers, levels, target)


def is_number(train, holdout):
    cells = pd.concat([train, holdout])
    cells = cells[~cells.isin(score.MISSING)]
    return pd.to_numeric(cells, errors="coerce").notna().all() and train.nunique() > 10


def learned(train, holdout, synthetic, numbers, levels, target):
    """Figures of other learners and of other draws of rows."""
    found = []
    (t, h, s), categorical = score.encode([train, holdout, synthetic])
    noise = max(0.03, 0.5 / len(h) ** 0.5)

    def add(id, oracle, values, part=None, tolerance=noise, note="another learner, other draws of rows"):
        found.append(dict(id=id, part=part, oracle=f"{SKLEARN} {oracle}", value=mean(values), tolerance=float(tolerance), note=note))

    add("re.c2st", "HistGradientBoostingClassifier, roc_auc_score", [score.c2st(h, s, categorical, seed) for seed in range(5)])
    if target:
        j = list(synthetic.columns).index(target)
        rng, n, small = np.random.default_rng(0), min(len(t), len(s)), dict(max_iter=80, max_leaf_nodes=16, early_stopping=False)
        draws = lambda x: [score.utility(x[rng.permutation(len(x))[:n]], h, j, categorical, seed, small) for seed in range(10)]
        real, made = draws(t), draws(s)
        # The ratio of one draw of either side: its deviation to first order, and another learner.
        lift = max(mean(real) - 0.5, 0.05)
        add("ut.tstr", "HistGradientBoostingClassifier, roc_auc_score", [(mean(made) - 0.5) / lift],
            tolerance=(3 * np.hypot(np.std(real), np.std(made)) + 0.02) / lift,
            note="another learner, mean of ten draws of as many rows; three deviations of a draw and 0.02 of AUC, over the lift of real rows")
    cells = [frame(table, numbers) for table in (train, holdout, synthetic)]
    found.append(dict(id="di.unique", part=None, oracle=f"{PANDAS} drop_duplicates", value=mean(unique_rows(cells[1], cells[2], seed) for seed in range(5)),
                      tolerance=noise, note="other draws of rows"))
    copies = np.array([copied(cells, numbers, levels, seed) for seed in range(20)])
    kinds = ["exact, excess", "near, excess", "rare combination, excess"][: copies.shape[1]]
    for kind, values in zip(kinds, copies.T):
        found.append(dict(id="pd.copy", part=kind, oracle=PANDAS, value=mean(values), tolerance=4 * float(values.std()) + 1e-9,
                          note="mean of 20 other draws of as many people of either side; four deviations of a draw"))
    found.append(found[-len(kinds)] | dict(part=None))
    add("pm.clf", "HistGradientBoostingClassifier, roc_auc_score", [exchanged(t, h, s, categorical, seed) for seed in range(3)])
    ratios = [propensity(h, s, np.array([c in levels for c in synthetic]), seed) for seed in range(3)]
    add("re.pmse", "LogisticRegression", ratios, tolerance=0.1 * mean(ratios) + 0.3,
        note="hardly regularised; other levels pooled; a tenth and the noise of a ratio to chance")
    return found


# Combinations of columns beyond which verosim takes a sample of its own.
MOST_SETS = 1200


def coded(train, holdout, synthetic, is_number):
    """Codes of holdout and synthetic cells: ten quantile bins, the ten commonest levels, each marker of missing."""
    is_missing = [t.isin(score.MISSING) for t in (train, holdout, synthetic)]
    known = pd.concat([train[~is_missing[0]], holdout[~is_missing[1]]])
    if is_number:
        ordered = np.sort(pd.to_numeric(known))
        edges = np.unique([ordered[at * len(ordered) // 10] for at in range(1, 10)])
        code = lambda cells: np.searchsorted(edges, pd.to_numeric(cells, errors="coerce"), "right").astype(str)
    else:
        counts = known.value_counts()
        counts = counts[counts >= 5].reset_index()
        counts.columns = ["level", "n"]
        common = set(counts.sort_values(["n", "level"], ascending=[False, True])["level"][:10])
        code = lambda cells: np.where(cells.isin(common), "=" + cells, "rest")
    return [np.where(m, "missing " + t, code(t)) for t, m in ((holdout, is_missing[1]), (synthetic, is_missing[2]))]


def joint(columns, table, normalize=True):
    """Shares, or counts, of the combinations of codes."""
    text = pd.Series(columns[0][table], dtype=object).astype(str)
    for column in columns[1:]:
        text = text + "\x1f" + pd.Series(column[table], dtype=object).astype(str)
    return text.value_counts(normalize=normalize)


def spikes(train, holdout, synthetic):
    """Similarity of last digits and of the shares of the five commonest values of the holdout."""
    known = train[~train.isin(score.MISSING)]
    decimals = min(9, int(known.str.partition(".")[2].str.len().max()))
    real, made = (pd.to_numeric(t[~t.isin(score.MISSING)], errors="coerce").dropna() for t in (holdout, synthetic))
    digits = lambda v: (np.floor((v * 10.0**decimals).abs() + 0.5) % 10).astype(int).value_counts(normalize=True)
    common = real.value_counts().reset_index()
    common.columns = ["value", "n"]
    common = common.sort_values(["n", "value"], ascending=[False, True])["value"][:5]
    last = 0.5 * digits(real).sub(digits(made), fill_value=0).abs().sum()
    mass = sum(abs((real == v).mean() - (made == v).mean()) for v in common)
    return 1 - 0.5 * (last + 0.5 * min(mass, 2.0))


def rare_levels(train, holdout, synthetic):
    """For each level of 0.1 % to 5 % of the rows: whether its synthetic share is within a factor of two."""
    counts = pd.concat([train, holdout]).value_counts()
    shares = counts / counts.sum()
    made = synthetic.value_counts(normalize=True)
    for level, share in shares[(counts >= 10) & (shares >= 0.001) & (shares <= 0.05)].items():
        yield 0.5 <= made.get(level, 0.0) / share <= 2.0


def entropy(codes):
    """Entropy in nats with Miller and Madow's correction."""
    counts = pd.Series(codes).value_counts()
    return stats.entropy(counts) + (len(counts) - 1) / (2 * len(codes))


def spread_ratio(real, made):
    """Variance of places among the real values, synthetic over real."""
    place = lambda v: (np.searchsorted(np.sort(real), v, "left") + np.searchsorted(np.sort(real), v, "right")) / (2 * len(real))
    return np.var(place(made)) / np.var(place(real))


def tail(real, made):
    """Synthetic mass beyond the real 1 % and 99 % quantiles over 2 %, where real values have tails."""
    if len(real) >= 100:
        low, high = np.quantile(real, [0.01, 0.99])
        outside = lambda v: float(((v < low) | (v > high)).mean())
        if outside(real) >= 0.01:
            yield outside(made) / 0.02


def last_digits(train, holdout, synthetic):
    """Total variation of the last stored digits."""
    decimals = min(9, int(train[~train.isin(score.MISSING)].str.partition(".")[2].str.len().max()))
    values = (pd.to_numeric(t[~t.isin(score.MISSING)], errors="coerce").dropna() for t in (holdout, synthetic))
    real, made = ((np.floor((v * 10.0**decimals).abs() + 0.5) % 10).astype(int).value_counts(normalize=True) for v in values)
    return 0.5 * float(real.sub(made, fill_value=0).abs().sum())


def typical(table, pairs):
    """Root mean square Spearman correlation less what chance gives."""
    squares = []
    for a, b in pairs:
        both = table[~table[a].isin(score.MISSING) & ~table[b].isin(score.MISSING)]
        x, y = pd.to_numeric(both[a]), pd.to_numeric(both[b])
        if len(both) >= 20 and x.nunique() > 1 and y.nunique() > 1:
            squares.append(stats.spearmanr(x, y).statistic ** 2 - 1 / (len(both) - 1))
    return max(0.0, mean(squares)) ** 0.5


def frame(table, numbers):
    """Cells that are equal when they mean the same: numbers, or text, missing markers apart from both."""
    columns = {}
    for name in table:
        lacks = table[name].isin(score.MISSING)
        values = pd.to_numeric(table[name], errors="coerce") if name in numbers else table[name]
        columns[name] = values.astype(object).where(~lacks, "missing " + table[name])
    return pd.DataFrame(columns)


def unique_rows(real, made, seed):
    """Different rows among the synthetic ones over different rows among as many real ones."""
    n = min(len(real), len(made))
    return len(made.sample(n, random_state=seed).drop_duplicates()) / len(real.sample(n, random_state=seed).drop_duplicates())


def copied(cells, numbers, levels, seed):
    """Excess of training over holdout rows that come out again: exactly, nearly, as a rare combination of levels."""
    train, holdout, made = cells
    n = min(len(train), len(holdout), 20_000)
    sides = [side.sample(n, random_state=seed) for side in (train, holdout)]
    keys = lambda table, columns: list(table[columns].itertuples(index=False, name=None))
    share = lambda rows, among: mean(row in among for row in rows)
    excess = lambda columns, pick: np.subtract(*(share(pick(keys(side, columns)), set(keys(made, columns))) for side in sides))
    found = [excess(list(made), lambda rows: rows)]
    number = {c: [pd.to_numeric(t[c], errors="coerce").to_numpy(float) for t in (*sides, made)] for c in numbers}
    known = [pd.to_numeric(pd.concat([train[c], holdout[c]]), errors="coerce").dropna() for c in numbers]
    reach = np.array([0.01 * np.subtract(*np.quantile(v, [0.75, 0.25])) * (1 + 1e-9) for v in known])
    points = [np.column_stack([number[c][at] for c in numbers]) if numbers else np.zeros((len(t), 0))
              for at, t in enumerate((*sides, made))]
    text = [t[levels].astype(str).agg("\x1f".join, axis=1) + pd.Series([str(row) for row in np.isnan(p)], t.index)
            if levels else pd.Series([str(row) for row in np.isnan(p)], t.index) for t, p in zip((*sides, made), points)]
    groups = {key: points[2][at] for key, at in text[2].reset_index(drop=True).groupby(text[2].reset_index(drop=True)).groups.items()}
    near = [mean(key in groups and bool((np.nan_to_num(np.abs(groups[key] - row)) <= reach).all(1).any())
                 for key, row in zip(text[at], points[at])) for at in range(2)]
    found.append(near[0] - near[1])
    if len(levels) > 1:
        once = lambda rows: [row for row, times in pd.Series(rows).value_counts().items() if times == 1]
        found.append(excess(levels, once))
    return found


def propensity(h, s, categorical, seed):
    """Mean squared distance of a logistic model's guesses from one half, over its expectation (Snoke et al. 2018)."""
    rng = np.random.default_rng(seed)
    n = min(len(h), len(s))
    both = np.vstack([x[rng.permutation(len(x))[:n]] for x in (h, s)])
    columns = []
    for j in range(both.shape[1]):
        cells, lacks = both[:, j], np.isnan(both[:, j])
        if categorical[j]:
            columns += [cells == level for level in pd.Series(cells).value_counts().index[1:9]]
        else:
            columns.append(np.where(lacks, np.nanmean(cells), cells))
        columns.append(lacks)
    design = np.column_stack([np.asarray(c, float) for c in columns])
    design = design[:, design.std(0) > 1e-9]
    design = (design - design.mean(0)) / design.std(0)
    y = np.repeat([0, 1], n)
    guess = LogisticRegression(C=1e3, max_iter=5000).fit(design, y).predict_proba(design)[:, 1]
    return float(((guess - 0.5) ** 2).mean() / (design.shape[1] * 0.125 / (2 * n)))


def exchanged(t, h, s, categorical, seed):
    """AUC of an attacker who knows one half of the holdout, mean over both halves."""
    rng = np.random.default_rng(seed)
    t, h = t[rng.permutation(len(t))[:4000]], h[rng.permutation(len(h))[:4000]]
    areas = []
    for known, others in ((h[::2], h[1::2]), (h[1::2], h[::2])):
        of = classifier(np.vstack([t, others]), known, s[rng.permutation(len(s))[:6000]], categorical, seed)
        areas.append(roc_auc_score(np.repeat([1, 0], [len(t), len(others)]), of))
    return float(np.mean(areas))


def classifier(people, known, made, categorical, seed):
    rng = np.random.default_rng(seed)
    n = min(len(known), len(made))
    x = np.vstack([known[rng.permutation(len(known))[:n]], made[rng.permutation(len(made))[:n]]])
    settings = {"max_iter": 60, "max_leaf_nodes": 16, "early_stopping": False}
    return score.boosted(x, np.repeat([0, 1], n), people, categorical, seed, settings)[1][:, 1]
