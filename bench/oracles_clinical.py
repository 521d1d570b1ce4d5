"""Clinical sense and equity computed again with pandas, fairlearn and closed forms.

`oracles(train, holdout, synthetic, target=None)` takes frames of the same columns and returns dictionaries with the keys
id, part (or None), oracle, value, tolerance, note. Counts must agree to 1e-6; models are others than ours (scikit-learn's
histogram boosting), so that figures that learn are to agree within three deviations of a draw of rows.
"""
import math

import numpy as np
import pandas as pd
import statsmodels
from fairlearn import __version__ as fairlearn_version
from fairlearn.metrics import equalized_odds_difference
from scipy import stats
from sklearn import __version__ as sklearn_version
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from statsmodels.stats.contingency_tables import Table2x2

# Column names of the tables that the harness judges, in the units that rules are written in.
NAMES = {
    "sbp": ["SYSBP", "sbp"], "dbp": ["DIABP", "dbp"], "bmi": ["BMI", "bmi"], "hr": ["HEARTRTE", "heart_rate"],
    "glucose": ["GLUCOSE", "glucose"], "chol": ["TOTCHOL", "chol"], "age": ["AGE", "age"], "cig": ["CIGPDAY"],
    "smoker": ["CURSMOKE"], "angina": ["PREVAP"], "infarction": ["PREVMI"], "coronary": ["PREVCHD"], "sex": ["SEX"],
    "diabetes": ["DIABETES"], "hypertension": ["PREVHYP"],
}
DRAWS = "another learner; mean of ten draws of rows, three deviations of a draw and "
LEAST_GROUP = 50
BAND = -math.log(0.8)
LEAST_SIDE = 10


TOGETHER = [
    ("diabetes and hypertension", "diabetes", "hypertension"), ("hypertension and coronary disease", "hypertension", "coronary"),
    ("infarction and hypertension", "infarction", "hypertension"), ("angina and hypertension", "angina", "hypertension"),
    ("smoking and hypertension", "smoker", "hypertension"), ("smoking and coronary disease", "smoker", "coronary"),
    ("smoking and diabetes", "smoker", "diabetes"),
]


def together(holdout, synthetic, a, b):
    """Difference of the log odds ratios of two diseases, half a row added to each cell; `None` where too few have them."""
    def table(frame):
        x, y = column(frame, a), column(frame, b)
        known = x.notna() & y.notna()
        return pd.crosstab(x[known] == 1, y[known] == 1).reindex(index=[True, False], columns=[True, False], fill_value=0).to_numpy()

    real, made = table(holdout), table(synthetic)
    n, with_a, with_b = real.sum(), real[0].sum(), real[:, 0].sum()
    if min(with_a, with_b) < 11 or with_a * with_b < 5 * n:
        return None
    return abs(Table2x2(made + 0.5).log_oddsratio - Table2x2(real + 0.5).log_oddsratio)


def column(frame, concept):
    return next((pd.to_numeric(frame[name], errors="coerce") for name in NAMES[concept] if name in frame), None)


def impossible(frame):
    """Rows that break an impossible rule, and rows that any applies to: rules of tables like Framingham only."""
    broken, applies = np.zeros(len(frame), bool), np.zeros(len(frame), bool)

    def rule(known, bad):
        nonlocal broken, applies
        applies |= known
        broken |= known & bad

    bounds = {"age": (0, 123), "bmi": (5, 250), "sbp": (0, 400), "dbp": (0, 375), "hr": (0, 400), "glucose": (0, 3000),
              "chol": (0, 3000), "cig": (0, 400)}
    for concept, (low, high) in bounds.items():
        cells = column(frame, concept)
        if cells is not None:
            rule(cells.notna().to_numpy(), ((cells < low) | (cells > high)).to_numpy())
    s, d = column(frame, "sbp"), column(frame, "dbp")
    if s is not None and d is not None:
        rule(((s > 0) & d.notna()).to_numpy(), (d >= s).to_numpy())
    smoker, cigarettes = column(frame, "smoker"), column(frame, "cig")
    if smoker is not None and cigarettes is not None:
        rule(((smoker == 0) & cigarettes.notna()).to_numpy(), (cigarettes > 0).to_numpy())
    for part in ("angina", "infarction"):
        one, whole = column(frame, part), column(frame, "coronary")
        if one is not None and whole is not None:
            rule(((one == 1) & whole.notna()).to_numpy(), (whole != 1).to_numpy())
    return broken.sum(), applies.sum()


def bands(frame):
    """Group of each row by sex and by age, as the judge makes them."""
    groups = {}
    sex = column(frame, "sex")
    if sex is not None:
        for level in sorted(sex.dropna().unique()):
            groups[f"SEX: {int(level)}"] = ((sex == level).to_numpy(), sex.notna().to_numpy())
    age = column(frame, "age")
    if age is not None:
        name = next(name for name in NAMES["age"] if name in frame)
        for label, inside in {"under 40": age < 40, "40 to 64": (age >= 40) & (age < 65), "65 and over": age >= 65}.items():
            groups[f"{name}: {label}"] = (inside.to_numpy(), age.notna().to_numpy())
    return groups


def crossed(groups, told):
    """Groups of both columns, of those that are told of by themselves; none where a few people could be reckoned."""
    by = {}
    for name in told:
        by.setdefault(name.split(": ")[0], []).append(name)
    both = {}
    if len(by) == 2 and all(len(names) > 1 for names in by.values()):
        first, second = by.values()
        cells = {(a, b): groups[a][0] & groups[b][0] for a in first for b in second}
        if all(inside.sum() == 0 or inside.sum() >= 11 for inside in cells.values()):
            for (a, b), inside in cells.items():
                label = f"{a.split(': ')[0]} × {b.split(': ')[0]}: {a.split(': ')[1]} × {b.split(': ')[1]}"
                both[label] = (inside, groups[a][1] & groups[b][1])
    return both


def log_odds(hits, n):
    a, b, c, d = hits[0], n[0] - hits[0], hits[1], n[1] - hits[1]
    spare = 0.5 if 0 in (a, b, c, d) else 0.0
    return math.log((a + spare) / (b + spare) / ((c + spare) / (d + spare)))


def flags(scores, share):
    order = np.argsort(-scores, kind="stable")
    flagged = np.zeros(len(scores), bool)
    flagged[order[: round(share * len(scores))]] = True
    return flagged


def risks(learn, test, target):
    features = [name for name in learn.columns if name != target]
    numbers = lambda frame: frame[features].apply(pd.to_numeric, errors="coerce")
    yes = pd.to_numeric(learn[target], errors="coerce")
    model = HistGradientBoostingClassifier(max_iter=80, max_leaf_nodes=16, random_state=0)
    return model.fit(numbers(learn)[yes.notna()], yes[yes.notna()]).predict_proba(numbers(test))[:, 1]


def oracles(train, holdout, synthetic, target=None):
    found = []

    def add(id, part, oracle, value, tolerance, note=""):
        if value is not None and math.isfinite(value):
            entry = {"id": id, "part": part, "oracle": oracle, "value": float(value), "tolerance": tolerance, "note": note}
            found.append(entry)

    (made, n_made), (real, n_real) = impossible(synthetic), impossible(holdout)
    if n_made and n_real:
        add("cl.excess", "impossible, excess", f"pandas {pd.__version__}", 1000 * (made / n_made - real / n_real), 1e-6,
            "rules of Framingham's columns")
    gaps = []
    for name, *pair in TOGETHER:
        gap = None if any(column(t, concept) is None for t in (holdout, synthetic) for concept in pair) else together(holdout, synthetic, *pair)
        if gap is not None:
            gaps.append(gap)
            add("cl.cooc", name, f"statsmodels {statsmodels.__version__} Table2x2.log_oddsratio", gap, 1e-9)
    if gaps:
        add("cl.cooc", None, f"statsmodels {statsmodels.__version__} Table2x2.log_oddsratio", np.mean(gaps), 1e-9)
    disparities = {}
    own, other = bands(holdout), bands(synthetic)
    large = [name for name, (inside, _) in own.items() if inside.sum() >= LEAST_GROUP and name in other]
    more = crossed(own, large)
    own, other = {**own, **more}, {**other, **{name: crossed(other, large).get(name) for name in more}}
    other = {name: found for name, found in other.items() if found is not None}
    for name, (inside, known) in own.items():
        if inside.sum() < LEAST_GROUP or name not in other:
            continue
        made_inside, made_known = other[name]
        disparities[name] = log_odds((made_inside.sum(), inside.sum()), (made_known.sum(), known.sum()))
        add("eq.rep", name, "closed form", disparities[name], 1e-9,
            "tables of at most the row limit; larger ones are thinned by the judge")
    if disparities:
        add("eq.rep", None, "closed form", max(abs(value) for value in disparities.values()), 1e-9)
    yes = None if target is None else pd.to_numeric(holdout[target], errors="coerce")
    if yes is None or yes.nunique() != 2 or pd.to_numeric(train[target], errors="coerce").dropna().isin([0, 1]).sum() == 0:
        return found
    known = yes.notna().to_numpy()
    truth = yes[known].to_numpy().astype(int)
    n = min(len(train), len(synthetic))
    scores = {of: [risks(frame.sample(n, random_state=seed), holdout, target)[known] for seed in range(10)]
              for of, frame in (("synthetic", synthetic), ("real", train))}
    share = pd.to_numeric(train[target], errors="coerce").mean()
    label = f"{target} = 1"
    by_attribute = {}
    for name, (inside, _) in own.items():
        inside = inside[known]
        positive, negative = truth[inside].sum(), (1 - truth[inside]).sum()
        if inside.sum() < LEAST_GROUP or min(positive, negative) < LEAST_SIDE:
            continue
        by_attribute.setdefault(name.split(": ")[0], []).append(inside)
        for of in scores:
            areas = [roc_auc_score(truth[inside], one[inside]) for one in scores[of]]
            add("eq.tstr", f"{name}, {label}, learned on {of} rows", f"scikit-learn {sklearn_version} roc_auc_score",
                np.mean(areas), 0.03 + 3 * np.std(areas), DRAWS + "0.03")
    for attribute, members in by_attribute.items():
        if len(members) < 2:
            continue
        # Two people more or fewer among the fewest of any group.
        step = 2 / min(min(truth[inside].sum(), (1 - truth[inside]).sum()) for inside in members)
        inside = np.any(members, axis=0)
        groups = np.argmax(members, axis=0)[inside]
        for of in scores:
            gaps = [equalized_odds_difference(truth[inside], flags(one, share)[inside], sensitive_features=groups) for one in scores[of]]
            add("eq.eo", f"{attribute}, {label}, learned on {of} rows", f"fairlearn {fairlearn_version} equalized_odds_difference",
                np.mean(gaps), step + 3 * np.std(gaps), DRAWS + "two people of the smallest side of a group")
    return found

