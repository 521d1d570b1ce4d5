"""Reference values of the metrics of realism and diversity from SciPy, SDMetrics, prdc and scikit-learn.

`oracles(train, holdout, synthetic, ordered=())` takes text frames, names of ordered levels, and gives a list of dicts: id, part (or None),
oracle, value, tolerance, note. Values are ours by another implementation: where a peer defines a metric otherwise, `note`
says so and the value is the corrected one.
"""
import contextlib
import io
import itertools
from importlib.metadata import version

import numpy as np
import pandas as pd
from prdc import compute_prdc
from scipy import stats
from scipy.spatial.distance import cdist, jensenshannon
from sdmetrics import single_column
from sklearn.metrics import normalized_mutual_info_score

MISSING = ("", "NA", "?", ".")
BIG = 4_000


def is_number(*tables):
    cells = pd.concat(tables)
    cells = cells[~cells.isin(MISSING)]
    return pd.to_numeric(cells, errors="coerce").notna().all()


def oracles(train, holdout, synthetic, ordered=()):
    """One dict per value; see the top of the file."""
    found = []
    # More than two values and all of them numbers: what verosim calls a number, on tables without coded levels.
    numbers = [c for c in synthetic if is_number(train[c], holdout[c]) and train[c].nunique() > 10]
    levels = [c for c in synthetic if c not in numbers]
    value = lambda t, c: pd.to_numeric(t[c].where(~t[c].isin(MISSING)), errors="coerce")
    text = lambda t, c: t[c].where(~t[c].isin(MISSING), np.nan)

    def add(id, part, oracle, value, tolerance, note=""):
        package = oracle.split(".")[0].replace("sklearn", "scikit-learn")
        oracle = f"{oracle} {version(package)}" if package in ("scipy", "sdmetrics", "prdc", "numpy", "scikit-learn") else oracle
        if np.isfinite(value):
            found.append(dict(id=id, part=part, oracle=oracle, value=float(value), tolerance=tolerance, note=note))

    mean = lambda values: float(np.nanmean(list(values))) if len(list(values)) else float("nan")
    figure = lambda name, c, convert, **how: getattr(single_column, name).compute(convert(holdout, c), convert(synthetic, c), **how)
    for name, part, cs, convert in (("RangeCoverage", "RangeCoverage", numbers, value), ("BoundaryAdherence", "BoundaryAdherence", numbers, value),
                                    ("CategoryCoverage", "CategoryCoverage", levels, text), ("CategoryAdherence", "CategoryAdherence", levels, text)):
        if cs:
            add("re.range", part, f"sdmetrics.single_column.{name}", mean([figure(name, c, convert) for c in cs]), 1e-9)
    for statistic in ("mean", "median", "std"):
        add("re.moments", f"StatisticSimilarity {statistic}", "sdmetrics.single_column.StatisticSimilarity",
            mean([figure("StatisticSimilarity", c, value, statistic=statistic) for c in numbers]), 1e-9)
    for c in numbers:
        a, b = value(holdout, c).dropna(), value(synthetic, c).dropna()
        t, n, m = stats.cramervonmises_2samp(a, b, method="asymptotic").statistic, len(a), len(b)
        add("re.cvm", c, "scipy.stats.cramervonmises_2samp", 1 - min(1, max(0, 3 * t * (n + m) / (n * m))) ** 0.5, 1e-9)

    codes = lambda bins: {c: coded(train[c], holdout[c], synthetic[c], c in numbers, bins) for c in synthetic}
    shares = lambda code, size: np.bincount(code, minlength=size) / len(code)
    twenty = codes(20)
    both = {c: [shares(x, 1 + max(map(max, twenty[c]))) for x in twenty[c]] for c in synthetic}
    add("re.js", None, "scipy.spatial.distance.jensenshannon", 1 - mean([jensenshannon(*pq, base=2) for pq in both.values()]), 1e-9)
    hellinger = lambda p, q: np.sqrt(0.5 * ((np.sqrt(p) - np.sqrt(q)) ** 2).sum())
    add("re.hell", None, "numpy closed form", 1 - mean([hellinger(*pq) for pq in both.values()]), 1e-9)

    five, ten = codes(5), codes(10)
    pairs = list(itertools.combinations(synthetic.columns, 2))
    if len(pairs) <= 1_200:
        ratios = [table_ratio(five[a], five[b]) for a, b in pairs]
        add("re.tab", None, "numpy, formula of synthpop::utility.tab", mean([r[0] for r in ratios]), 1e-9,
            "divided by the expectation for two independent samples")
        add("re.tab", "S_pMSE as synthpop", "numpy, formula of synthpop::utility.tab", mean([r[1] for r in ratios]), 1e-9)
        gap = {"Cramér's V": [], "correlation ratio": [], "mutual information": []}
        for a, b in pairs:
            kind = (a in numbers) + (b in numbers)
            if kind == 2:
                one = lambda at: normalized_mutual_info_score(ten[a][at], ten[b][at], average_method="geometric")
                gap["mutual information"].append(abs(one(0) - one(1)))
            elif kind == 1:
                (x, y) = (a, b) if a in numbers else (b, a)
                one = lambda at: ratio(stats.rankdata(value((holdout, synthetic)[at], x), nan_policy="omit"), ten[y][at])
                gap["correlation ratio"].append(abs(one(0) - one(1)))
            else:
                one = lambda at: cramer(ten[a][at], ten[b][at])
                gap["Cramér's V"].append(abs(one(0) - one(1)))
        for name, values in gap.items():
            if values:
                add("re.assoc", name, {"mutual information": "sklearn.metrics.normalized_mutual_info_score"}.get(name, "numpy closed form"),
                    mean(values), 1e-6)

    pattern = lambda t: pd.Series(["".join("01"[int(x)] for x in row) for row in t.isin(MISSING).to_numpy()])
    p, q, known = pattern(holdout), pattern(synthetic), pd.concat([pattern(train), pattern(holdout)])
    if known.nunique() <= 50 and known.str.contains("1").any():
        kept = set(known)
        share = lambda s: s.where(s.isin(kept), "rest").value_counts(normalize=True)
        add("re.misspat", None, "pandas", 1 - 0.5 * share(p).sub(share(q), fill_value=0).abs().sum(), 1e-6)

    n = min(len(holdout), len(synthetic))
    if n <= BIG:
        # Equally many rows: where one table is longer verosim draws from it, so that values differ by sampling.
        exact = len(holdout) == len(synthetic)
        x, y = embedded(train, holdout, synthetic, numbers + list(ordered))
        rng = np.random.default_rng(0)
        cut = lambda z: z if len(z) == n else z[rng.permutation(len(z))[:n]]
        x, y = cut(x), cut(y)
        with contextlib.redirect_stdout(io.StringIO()):
            found_prdc = compute_prdc(x, y, 5)
        note = "points of E-default" if exact else "points of E-default; other rows of the longer table"
        for name, key in (("precision", "re.precision"), ("recall", "re.recall"), ("density", "re.density"), ("coverage", "re.coverage")):
            add(key, None, "prdc.compute_prdc", found_prdc[name], 0.005 if exact else 0.05, note)
        between, within, others = cdist(x, y).mean(), cdist(x, x).mean(), cdist(y, y).mean()
        energy = 2 * between - within - others
        add("re.energy", "normalised", "scipy.spatial.distance.cdist", energy / (2 * between), 1e-5 if exact else 3e-3, note)
        unit = lambda z: z / np.linalg.norm(z, axis=1, keepdims=True)
        vendi = lambda z: np.exp(stats.entropy(np.maximum(np.linalg.eigvalsh(unit(z).T @ unit(z) / len(z)), 0)))
        add("di.vendi", None, "numpy, closed form of vendi_score.score_dual", vendi(y) / vendi(x), 1e-4 if exact else 0.02, note)
        spectrum = lambda z: np.sort(np.linalg.eigvalsh(np.cov(z.T, bias=True)))[::-1]
        a, b = spectrum(x), spectrum(y)
        add("re.pca", None, "numpy.linalg.eigvalsh", 1 - 0.5 * np.abs(a / a.sum() - b / b.sum()).sum(), 1e-4 if exact else 0.02, note)
        integral, total = alpha(x, y)
        add("re.alpha", None, "numpy, formula of synthcity AlphaPrecision (naive)", total, 1e-3 if exact else 0.05, note)
        add("re.alpha", "integral", "numpy, formula of the authors", integral, 1e-3 if exact else 0.05, note)
        lines = rng.normal(size=(400, x.shape[1]))
        lines /= np.linalg.norm(lines, axis=1, keepdims=True)
        add("re.sw", None, "scipy.stats.wasserstein_distance", mean([stats.wasserstein_distance(x @ d, y @ d) for d in lines]), 0.006,
            "400 other directions")
    return found


def coded(train, holdout, synthetic, number, bins):
    """Codes of holdout and synthetic cells by shared bins or levels, missing first."""
    lacks = lambda cells: cells.isin(MISSING).to_numpy()
    known = pd.concat([train, holdout])
    known = known[~known.isin(MISSING)]
    if number:
        ordered = np.sort(pd.to_numeric(known))
        edges = np.unique([ordered[at * len(ordered) // bins] for at in range(1, bins)]) if len(ordered) else []
        code = lambda cells: np.searchsorted(edges, pd.to_numeric(cells, errors="coerce"), side="right") + 1
    else:
        common = known.value_counts()
        common = list(common[common >= 5].index[:10])
        code = lambda cells: cells.map(lambda cell: common.index(cell) if cell in common else len(common)).to_numpy() + 1
    return [np.where(lacks(cells), 0, code(cells)).astype(int) for cells in (holdout, synthetic)]


def table_ratio(a, b):
    size = 1 + max(map(max, b))
    joint = [x * size + y for x, y in zip(a, b)]
    cells = 1 + max(map(max, joint))
    o, s = (np.bincount(j, minlength=cells).astype(float) for j in joint)
    scale = s.sum() / o.sum()
    used = o + s > 0
    statistic = ((s - o * scale)[used] ** 2 / ((s + o * scale)[used] / 2)).sum()
    free = used.sum() - 1
    return (statistic / (free * (1 + scale)), statistic / free) if free else (np.nan, np.nan)


def cramer(a, b):
    table = pd.crosstab(a, b).to_numpy()
    n, (r, k) = table.sum(), table.shape
    if min(r, k) < 2:
        return np.nan
    phi = stats.chi2_contingency(table, correction=False).statistic / n
    shrink = lambda x: x - (x - 1) ** 2 / (n - 1)
    return np.sqrt(max(0, phi - (r - 1) * (k - 1) / (n - 1)) / (min(shrink(r), shrink(k)) - 1))


def ratio(values, groups):
    kept = ~np.isnan(values)
    values, groups = values[kept], groups[kept]
    total = ((values - values.mean()) ** 2).sum()
    parts = pd.Series(values).groupby(groups)
    return np.sqrt((parts.size() * (parts.mean() - values.mean()) ** 2).sum() / total) if total else np.nan


def embedded(train, holdout, synthetic, numbers):
    """E-default of holdout and synthetic rows, up to 20 levels a column; `numbers` are ordered levels too, written in numbers."""
    columns = [[], []]
    for c in synthetic:
        tables = (train[c], holdout[c], synthetic[c])
        lacks = [t.isin(MISSING).to_numpy() for t in tables]
        if c in numbers:
            known = np.sort(pd.concat([pd.to_numeric(t[~m]) for t, m in zip(tables[:2], lacks[:2])]))
            for side, (cells, lack) in enumerate(zip(tables[1:], lacks[1:])):
                x = pd.to_numeric(cells.where(~lack), errors="coerce").to_numpy(float)
                place = (np.searchsorted(known, x, "left") + np.searchsorted(known, x, "right")) / (2 * len(known)) - 0.5
                columns[side].append(np.where(lack, 0, place))
                if any(m.any() for m in lacks):
                    columns[side] += [lack / np.sqrt(2), ~lack / np.sqrt(2)]
        else:
            known = pd.concat([t[~m] for t, m in zip(tables[:2], lacks[:2])]).value_counts()
            common = list(known.index[:20])
            for side, (cells, lack) in enumerate(zip(tables[1:], lacks[1:])):
                is_common = cells.isin(common).to_numpy()
                is_known = cells.isin(known.index).to_numpy()
                columns[side] += [(cells == level).to_numpy() / np.sqrt(2) for level in common]
                columns[side] += [(is_known & ~is_common) / np.sqrt(2), (~is_known & ~lack) / np.sqrt(2), lack / np.sqrt(2)]
    return [np.column_stack([np.asarray(x, np.float32).astype(float) for x in side]) for side in columns]


def alpha(x, y):
    steps = np.linspace(0, 1, 30)
    centre = x.mean(0)
    radii = np.quantile(np.linalg.norm(x - centre, axis=1), steps)
    curve = [(np.linalg.norm(y - centre, axis=1) <= r).mean() for r in radii]
    gap = np.abs(steps - curve).sum()
    return 1 - 2 * gap / 29, 1 - gap / steps.sum()
