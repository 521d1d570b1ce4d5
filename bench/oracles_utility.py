"""Computes verosim's figures of inference, prediction and survival again, with statsmodels, scikit-learn and lifelines.

`oracles(train, holdout, synthetic)` takes three pandas frames as read from CSV and returns one entry per figure: id, part
(None for the value itself), oracle (package, callable, version), value, tolerance, note. What verosim measures on as many
rows of either side depends on which rows its seed draws; the parts that use all rows do not, and are compared here.
ut.agree, ut.feat, ut.neq and ut.aug have no callable in any package that computes the same figure.
"""
import numpy as np
import pandas as pd

MISSING = ["", "NA", "NaN", "nan", "?"]
YES = {"1.0", "yes", "true", "dead", "died", "death", "event", "deceased", "y", "t"}
NO = {"0.0", "no", "false", "alive", "censored", "none", "n", "f"}
FIRST = ("age", "sex", "gender", "age_years", "anchor_age")


def oracles(train, holdout, synthetic, target=None, survival=None):
    frames = [clean(frame[list(train.columns)]) for frame in (train, holdout, synthetic)]
    found = []
    if target is None:
        return found + (curves(frames, *survival) if survival else [])
    except_for = [target, *(survival or ())]
    if train[target].nunique() == 2:
        found += inference(frames, target, except_for)
        found += prediction(frames, target)
    if survival:
        found += curves(frames, *survival) + hazards(frames, *survival, except_for)
    return found


def entry(id, part, oracle, value, tolerance, note=""):
    return {"id": id, "part": part, "oracle": oracle, "value": float(value), "tolerance": tolerance, "note": note}


def clean(frame):
    """Numbers where a column holds more than ten of them, texts elsewhere; None where nothing is known."""
    out = {}
    for name in frame:
        cells = frame[name].astype(object).where(~frame[name].astype(str).str.strip().isin(MISSING), None)
        cells = cells.where(frame[name].notna(), None)
        numbers = pd.to_numeric(cells, errors="coerce")
        is_number = numbers.notna().sum() == cells.notna().sum() and numbers.nunique() > 10
        out[name] = numbers if is_number else cells.map(text)
    return pd.DataFrame(out)


def text(cell):
    if cell is None or (isinstance(cell, float) and np.isnan(cell)):
        return None
    try:
        return repr(float(cell))  # 1 and 1.0 are one level.
    except ValueError:
        return str(cell).strip()


def event_of(column):
    """The level that means yes where the other means no, the rarer of two otherwise."""
    counts = column.value_counts()
    named = [v for v in counts.index if v.lower() in YES]
    rest = [v for v in counts.index if v.lower() in NO]
    return named[0] if len(named) == len(rest) == 1 else counts.index[-1]


def terms(train, holdout, y, except_for):
    """The covariates that verosim chooses to explain `y`, as (column, level or mean and deviation)."""
    from scipy.stats import spearmanr

    known = train.loc[y.index]
    usable = [c for c in train if c not in except_for and known[c].isna().mean() <= 0.2]

    def strength(c):
        both = known[c].notna()
        if known[c].dtype == float or np.issubdtype(known[c].dtype, np.number):
            return abs(spearmanr(known[c][both], y[both]).statistic)
        total = ((y[both] - y[both].mean()) ** 2).sum()
        groups = y[both].groupby(known[c][both])
        return np.sqrt((groups.size() * (groups.mean() - y[both].mean()) ** 2).sum() / total)

    rest = [c for c in usable if c.lower() not in FIRST and known[c].nunique() > 1]
    rest = [c for c in rest if np.issubdtype(known[c].dtype, np.number) or known[c].nunique() <= 20]
    rest = sorted(rest, key=lambda c: -strength(c))
    first = [c for c in usable if c.lower() in FIRST]
    chosen = []
    for c in first + rest:
        # Eight beside age and sex; a column whose levels are all rare gives no term.
        if c not in first and len({d for d, _ in chosen} - set(first)) == 8:
            break
        if np.issubdtype(train[c].dtype, np.number):
            chosen.append((c, (known[c].mean(), known[c].std(ddof=0))))
            continue
        counts, held = train[c].value_counts(), holdout[c].value_counts()
        least = max(0.05 * len(train), 11)
        levels = [v for v in counts.index[1:] if counts[v] >= least and held.get(v, 0) >= 11][:4]
        chosen += [(c, v) for v in levels]
    return chosen


def fit(frame, chosen, target, event):
    """Coefficients and standard errors of the logistic regression, NaN for terms that do not vary; None if separated."""
    import statsmodels.api as sm

    rows = frame[frame[[c for c, _ in chosen] + [target]].notna().all(axis=1)]
    columns = [(rows[c] - part[0]) / part[1] if isinstance(part, tuple) else (rows[c] == part).astype(float)
               for c, part in chosen]
    x = np.column_stack(columns)
    varies = x.std(axis=0) > 0
    model = sm.GLM((rows[target] == event).astype(float).to_numpy(), sm.add_constant(x[:, varies]), family=sm.families.Binomial())
    result = model.fit(tol=1e-13, maxiter=100)
    values, errors = np.full(len(chosen), np.nan), np.full(len(chosen), np.nan)
    values[varies], errors[varies] = result.params[1:], result.bse[1:]
    return (values, errors) if np.nanmax(errors) < 100 else None


def inference(frames, target, except_for):
    import statsmodels

    train, holdout, synthetic = frames
    event = event_of(train[target])
    known = train[train[target].notna()]
    chosen = terms(train, holdout, (known[target] == event).astype(float), except_for)
    name = f"statsmodels.GLM(Binomial) {statsmodels.__version__}"
    fits = [fit(f, chosen, target, event) for f in (train, synthetic, pd.concat([train, holdout]), synthetic.head(len(train)))]
    if any(f is None for f in fits):
        return []
    (t, se_t), (s, se_s), (r, se_r), (m, se_m) = fits
    z = 1.959963984540054
    shared = np.minimum(t + z * se_t, s + z * se_s) - np.maximum(t - z * se_t, s - z * se_s)
    overlap = np.nan_to_num(0.5 * (shared / (2 * z * se_t) + shared / (2 * z * se_s)), nan=0.0)
    there = ~np.isnan(t)
    verdict = lambda b, se: np.where(np.abs(b) > z * se, np.sign(b), 0)
    is_, says = verdict(r, se_r), np.nan_to_num(verdict(m, se_m))
    note = "covariates chosen again in pandas; formula of synthpop's compare.fit.synds, clipped at 0"
    found = [
        entry("ut.cio", "against training, all rows", name, overlap[there].clip(0).mean(), 1e-5, note),
        entry("ut.sdiff", "against training, all rows", name, (np.abs(np.nan_to_num(s) - t) / se_t)[there].mean(), 1e-4, note),
    ]
    if (says != 0).any():
        found.append(entry("ut.sign", "false discoveries", name, (is_ != says)[says != 0].mean(), 1e-9, ""))
    if (is_ != 0).any():
        found.append(entry("ut.sign", "missed findings", name, (is_ != says)[is_ != 0].mean(), 1e-9, ""))
    return found


def prediction(frames, target):
    import sklearn
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score

    train, holdout, synthetic = (f[f[target].notna()] for f in frames)
    event = event_of(train[target])
    columns = [c for c in train if c != target]
    levels = {c: pd.CategoricalDtype(sorted(set(train[c].dropna()) | set(synthetic[c].dropna()) | set(holdout[c].dropna())))
              for c in columns if not np.issubdtype(train[c].dtype, np.number)}
    x = lambda f: f[columns].astype(levels)
    y = lambda f: (f[target] == event).to_numpy()
    n = min(len(train), len(synthetic), 10_000)
    name = f"sklearn.HistGradientBoostingClassifier {sklearn.__version__}"
    note = "another implementation of boosted trees, as many rounds and leaves"
    found = []

    def risks(f):
        model = HistGradientBoostingClassifier(max_iter=80, max_leaf_nodes=16, min_samples_leaf=20, learning_rate=0.1,
                                               categorical_features="from_dtype", early_stopping=False, random_state=0)
        return model.fit(x(f), y(f))

    for side, part in ((synthetic, ""), (train, ", real")):
        figures = np.array([measured(y(holdout), risks(side.sample(n, random_state=seed)).predict_proba(x(holdout))[:, 1]) for seed in range(10)])
        for at, (figure, slack) in enumerate((("Brier", 0.01), ("log loss", 0.03), ("average precision", 0.03), ("slope", 0.06))):
            # The value of the metric is the slope on synthetic rows.
            where = None if figure == "slope" and not part else figure + part
            found.append(entry("ut.cal", where, name, figures[:, at].mean(), slack + 3 * figures[:, at].std(),
                               f"{note}; mean of ten draws of rows, three deviations of a draw and {slack}"))
    gaps = []
    for seed in range(5):
        model = risks(train.sample(frac=0.5, random_state=seed))
        area = lambda f: roc_auc_score(y(f), model.predict_proba(x(f))[:, 1])
        gaps.append(area(synthetic) - area(holdout))
    found.append(entry("ut.trts", None, name + ", roc_auc_score", np.mean(gaps), 0.04, note + "; five halves of training rows"))
    return found


def measured(happened, risk):
    import statsmodels.api as sm
    from sklearn.metrics import average_precision_score, brier_score_loss, log_loss

    line = sm.GLM(happened.astype(float), sm.add_constant(np.log(risk / (1 - risk))), family=sm.families.Binomial()).fit()
    return brier_score_loss(happened, risk), log_loss(happened, risk), average_precision_score(happened, risk), line.params[1]


def curves(frames, time, event):
    import lifelines
    from lifelines import KaplanMeierFitter
    from lifelines.statistics import logrank_test
    from lifelines.utils import restricted_mean_survival_time

    followed = []
    for f in frames:
        rows = f[f[time].notna() & f[event].notna()]
        t = pd.to_numeric(rows[time]).to_numpy(float)
        followed.append((t, rows[event].astype(str).str.lower().isin(YES).to_numpy()))
    (train, _), (h, eh), (s, es) = followed
    horizon = min(np.quantile(train, 0.95), np.quantile(h, 0.95))
    real, made = KaplanMeierFitter().fit(h, eh), KaplanMeierFitter().fit(s, es)
    grid = np.unique(np.concatenate([[0], h[h < horizon], s[s < horizon]]))
    gap = made.predict(grid).to_numpy() - real.predict(grid).to_numpy()
    width = np.diff(np.append(grid, horizon))
    means = [restricted_mean_survival_time(curve, t=horizon) for curve in (real, made)]
    test = logrank_test(h, s, eh, es)
    name = f"lifelines {lifelines.__version__}: "
    return [
        entry("su.km", None, name + "KaplanMeierFitter", (np.abs(gap) * width).sum() / horizon, 1e-9, "exact, not at 1,000 points"),
        entry("su.km", "optimism", name + "KaplanMeierFitter", (gap * width).sum() / horizon, 1e-9, ""),
        entry("su.rmst", None, name + "restricted_mean_survival_time", (means[1] - means[0]) / horizon, 1e-9, ""),
        entry("su.logrank", "z", name + "logrank_test", np.sqrt(test.test_statistic) * sign(h, eh, s, es), 1e-6,
              "the square root of its statistic, with the sign of observed minus expected"),
    ]


def hazards(frames, time, event, except_for):
    """Overlap of intervals of log hazard ratios on holdout and synthetic rows, where all rows take part."""
    import lifelines
    from lifelines import CoxPHFitter, NelsonAalenFitter
    from lifelines.utils import concordance_index

    train, holdout, synthetic = frames
    if len(holdout) != len(synthetic):
        return []
    happened = lambda f: f[event].astype(str).str.lower().isin(YES)
    t = train[train[time].notna() & train[event].notna()]
    hazard = NelsonAalenFitter(nelson_aalen_smoothing=False).fit(t[time].astype(float), happened(t))
    residual = happened(t).astype(float) - hazard.cumulative_hazard_at_times(t[time].astype(float)).to_numpy()
    chosen = terms(train, holdout, residual, except_for)

    def design(f):
        rows = f[f[[c for c, _ in chosen] + [time, event]].notna().all(axis=1)]
        x = pd.DataFrame({str(at): (rows[c] - part[0]) / part[1] if isinstance(part, tuple) else (rows[c] == part).astype(float)
                          for at, (c, part) in enumerate(chosen)})
        return x.assign(time=rows[time].astype(float), event=happened(rows))

    fits = [CoxPHFitter().fit(design(f), "time", "event", fit_options={"precision": 1e-10}) for f in (holdout, synthetic)]
    (r, se_r), (s, se_s) = ((f.params_.to_numpy(), f.standard_errors_.to_numpy()) for f in fits)
    z = 1.959963984540054
    shared = np.minimum(r + z * se_r, s + z * se_s) - np.maximum(r - z * se_r, s - z * se_s)
    overlap = 0.5 * (shared / (2 * z * se_r) + shared / (2 * z * se_s))
    verdict = lambda b, se: np.where(np.abs(b) > z * se, np.sign(b), 0)
    name = f"lifelines {lifelines.__version__}: CoxPHFitter"
    held = design(holdout)
    c = concordance_index(held["time"], -fits[1].predict_partial_hazard(held), held["event"])
    note = "covariates chosen again in pandas"
    return [
        entry("su.cox", None, name, overlap.clip(0).mean(), 1e-5, note),
        entry("su.cox", "not clipped", name, overlap.mean(), 1e-5, note),
        entry("su.cox", "same conclusions", name, (verdict(r, se_r) == verdict(s, se_s)).mean(), 1e-9, note),
        entry("su.cox", "largest shift", name, (np.abs(s - r) / se_r).max(), 1e-4, note),
        entry("su.cox", "C on holdout, learned on synthetic", name + ", concordance_index", c, 1e-6, note),
    ]


def sign(h, eh, s, es):
    """Whether the second group has more events than the pace of both promises."""
    excess = 0.0
    for t in np.unique(np.concatenate([h[eh], s[es]])):
        n, m = (h >= t).sum(), (s >= t).sum()
        d = (eh & (h == t)).sum() + (es & (s == t)).sum()
        excess += (es & (s == t)).sum() - d * m / (n + m)
    return np.sign(excess)
