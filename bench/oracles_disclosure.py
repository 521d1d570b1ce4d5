"""Computes verosim's metrics of disclosure again with anonymeter, SDMetrics and pandas.

Counting metrics must agree to 1e-9. Where verosim attacks a sample of people (2,000 of a kind, fixed seed) the oracle
attacks all, so that rates get three standard errors. Defects of anonymeter 1.1.0 that are mended before it is compared:
two missing cells are at distance 1 there and numbers are scaled by their range (neighbours are looked for with pandas,
numbers by their places among synthetic values), and guesses of negative numbers always count (secrets that are compared are
levels). What anonymeter gives for singling out and linking stands beside ours and differs by definition: it draws other
predicates and other halves, and asks for one match among training rows instead of among all real people.
"""
import io
import re
from importlib.metadata import version

import numpy as np
import pandas as pd

KNOWN = ["age", "sex|gender", "zip", "race|ethnic", "region", "marital", "edu"]
MOST_ATTACKED, MISSING = 2000, "missing"


def roles_of(train):
    """The columns that verosim takes when nobody names any, for tables such as framingham."""
    keys = []
    for pattern in KNOWN:
        found = [c for c in train if re.match(rf"(?:{pattern})(?![a-z]{{4,}})", c.lower())]
        keys += found[:1]
    levels = [c for c in train if c not in keys and 2 <= train[c].nunique() <= 10]
    share = {c: train[c].value_counts(normalize=True).iloc[0] for c in levels}
    return keys[:6], sorted(levels, key=lambda c: (share[c], list(train).index(c)))[:4]


def codes(tables, column, most_values, bins):
    """Codes as verosim makes them: levels, few numbers one by one, many by quantile bins of real people."""
    real = pd.concat([tables[0][column], tables[1][column]]).dropna()
    if pd.api.types.is_numeric_dtype(real) and real.nunique() > most_values:
        ordered = np.sort(real.to_numpy(float))
        edges = np.unique([ordered[at * len(ordered) // bins] for at in range(1, bins)])
        cut = lambda t: np.searchsorted(edges, t.to_numpy(float), side="right").astype(str)
        return [pd.Series(cut(t[column])).where(t[column].notna().to_numpy(), MISSING) for t in tables]
    return [t[column].reset_index(drop=True).astype("string").fillna(MISSING).astype(str) for t in tables]


def frames(tables, keys, sensitive):
    """Tables of codes, keys coarser than secrets."""
    made = [pd.DataFrame(index=range(len(t))) for t in tables]
    for columns, limits in ((keys, (120, 20)), (sensitive, (20, 10))):
        for column in columns:
            for frame, coded in zip(made, codes(tables, column, *limits)):
                frame[column] = coded.to_numpy()
    return made


def disclosed(real, made, keys, target):
    """Rows of `real` of whom DiSCO tells the target: synthpop's tab_DiSCO, row by row, and Dorig, iS, DiS."""
    only = made.groupby(keys, sort=False)[target].agg(["nunique", "first"])
    joined = real.merge(only, how="left", left_on=keys, right_index=True)
    own = real.groupby(keys, sort=False)[target].transform("nunique")
    found, told = joined["nunique"].notna(), joined["nunique"] == 1
    return dict(Dorig=(own == 1).mean(), iS=found.mean(), DiS=told.mean()), (told & (joined["first"] == real[target])).to_numpy()


def alone(real, made, keys):
    own = real.groupby(keys, sort=False)[keys[0]].transform("size")
    count = made.groupby(keys, sort=False).size()
    there = real.merge(count.rename("there"), how="left", left_on=keys, right_index=True)["there"].fillna(0)
    ui_s = (made.groupby(keys, sort=False)[keys[0]].transform("size") == 1).mean()
    return {"UiO": (own == 1).mean(), "UiS": ui_s, "UiOiS": ((own == 1) & (there > 0)).mean(),
            "repU": ((own == 1) & (there == 1)).mean()}


def nearest(tables, columns):
    """The first nearest synthetic row of every real one: numbers by their places among synthetic values, missing cells at
    distance 0 of each other and 1 of all others; what anonymeter's neighbours are without its defects."""
    made, found = tables[2], []
    for real in tables[:2]:
        distance = np.zeros((len(real), len(made)), np.float32)
        for column in columns:
            a, b = real[column], made[column]
            if pd.api.types.is_numeric_dtype(b) and b.nunique() > 10:
                ordered = np.sort(b.dropna().to_numpy(float))
                place = lambda t: (np.searchsorted(ordered, t.to_numpy(float), "left")
                                   + np.searchsorted(ordered, t.to_numpy(float), "right")) / (2 * len(ordered))
                apart = np.abs(place(a)[:, None] - place(b)[None, :]).astype(np.float32)
                lack = a.isna().to_numpy()[:, None], b.isna().to_numpy()[None, :]
                distance += np.where(lack[0] | lack[1], (lack[0] ^ lack[1]).astype(np.float32), apart)
            else:
                text = lambda t: t.astype("string").fillna(MISSING).to_numpy(str)
                distance += text(a)[:, None] != text(b)[None, :]
        found.append(distance.argmin(axis=1))
    return found


def oracles(train, holdout, synthetic, keys=None, sensitive=None):
    """Reference values for `entries[id].parts[part]` (or `reading.value` where part is None)."""
    from sdmetrics.single_table import DisclosureProtection

    train, holdout, synthetic = (pd.read_csv(io.StringIO(t.to_csv(index=False))) for t in (train, holdout, synthetic))
    if not keys or not sensitive:
        keys, sensitive = roles_of(train)
    tables = [train, holdout, synthetic]
    t, h, s = frames(tables, keys, sensitive)
    pandas, sdmetrics = f"pandas {pd.__version__}", f"sdmetrics {version('sdmetrics')} DisclosureProtection.compute_breakdown"
    found = []
    add = lambda id, part, value, tolerance, oracle, note: found.append(dict(
        id=id, part=part, oracle=oracle, value=float(value), tolerance=tolerance, note=note))
    synthpop = "formulas of R synthpop 1.9-2 disclosure() in " + pandas
    for name, value in alone(t, s, keys).items():
        add("pa.disco", name, value, 1e-9, synthpop, "shares, not per cent")
    add("pi.uem", "repU", alone(t, s, keys)["repU"], 1e-9, synthpop, "shares, not per cent")
    any_t, any_h = np.zeros(len(t), bool), np.zeros(len(h), bool)
    for target in sensitive:
        shares, told = disclosed(t, s, keys, target)
        _, others = disclosed(h, s, keys, target)
        any_t, any_h = any_t | told, any_h | others
        for name, value in (shares | {"DiSCO": told.mean(), "DiSCO, others": others.mean()}).items():
            add("pa.disco", f"{target}: {name}", value, 1e-9, synthpop, "shares, not per cent")
    add("pa.disco", None, any_t.mean() - any_h.mean(), 1e-9, synthpop, "excess over the holdout, any sensitive column: ours")
    zero = np.zeros(2)
    for target in sensitive:
        for method, ours in (("CAP", "plain CAP"), ("ZERO_CAP", "zero CAP")):
            for at, (real, who) in enumerate(((t, "learned from"), (h, "others"))):
                got = DisclosureProtection.compute_breakdown(
                    real_data=real, synthetic_data=s, known_column_names=keys, sensitive_column_names=[target],
                    computation_method=method.lower())
                cap = 1 - got["cap_protection"]
                zero[at] += cap / len(sensitive) if method == "ZERO_CAP" else 0
                add("pa.cap", f"{target}: {ours}, {who}", cap, 1e-9, sdmetrics, "1 - cap_protection, columns coded as verosim codes them")
    add("pa.cap", None, zero[0] - zero[1], 1e-9, sdmetrics, "difference of zero CAP over the holdout: ours")
    pooled = pd.concat([t, h])[keys].value_counts()
    singles = s[keys].value_counts()
    met = {key for key in singles.index[singles == 1] if pooled.get(key, 0) == 1}
    hit = [sum(tuple(row) in met for row in x[keys].itertuples(index=False)) / len(x) for x in (t, h)]
    add("pi.uem", None, hit[0] - hit[1], 1e-9, pandas, "uniqueness among all real people, so that both sides are alike")
    people = t[keys].value_counts()
    small = [np.mean([1 <= people.get(tuple(row), 0) < 11 for row in x[keys].itertuples(index=False)]) for x in (s, h)]
    add("pi.cells", None, small[0] - small[1], 1e-9, pandas, "")
    if len(h) == len(s):
        shared = [len(t[keys].drop_duplicates().merge(x[keys].drop_duplicates())) / min(len(t), len(x)) for x in (s, h)]
        add("pi.sdidr", None, shared[0] - shared[1], 1e-9, pandas, "combinations of keys that both sides have; formula of SynQP")
        add("pi.sdidr", "synthetic rows", shared[0], 1e-9, pandas, "")
        add("pi.sdidr", "holdout rows", shared[1], 1e-9, pandas, "")
    for part, risk in zip((None, "others"), identity(tables, [t, h, s], keys, sensitive)):
        add("pi.risk", part, risk, 1e-9, pandas, "formula of El Emam et al., the training rows being the population")
    return found + inference(tables, sensitive) + attacks(tables)


def attacks(tables):
    """anonymeter's own risks beside ours, which are of another definition."""
    from anonymeter.evaluators import LinkabilityEvaluator, SinglingOutEvaluator

    train, holdout, synthetic = tables
    common, columns = dict(ori=train, syn=synthetic, control=holdout, n_attacks=500), list(train)
    one = SinglingOutEvaluator(**common, seed=1)
    one.evaluate(mode="univariate")
    three = SinglingOutEvaluator(**common, n_cols=3, seed=1)
    three.evaluate(mode="multivariate")
    link = LinkabilityEvaluator(**common, aux_cols=(columns[::2], columns[1::2]))
    link.evaluate(n_jobs=1)
    out = ("counts predicates, not people; asks for one match among training rows instead of among all real people; the control is "
           "scaled by a model; other random predicates")
    halves = "numbers by their range, missing cells at distance 1 of each other, other halves of the columns, 500 attacks"
    package = f"anonymeter {version('anonymeter')}"
    return [dict(id=id, part=None, oracle=f"{package} {name}", value=float(done.risk(confidence_level=0.95).value), tolerance=0.0, note="", differs=why)
            for id, name, done, why in (("pg.so1", "SinglingOutEvaluator univariate", one, out), ("pg.so3", "SinglingOutEvaluator multivariate", three, out),
                                        ("pg.link", "LinkabilityEvaluator", link, halves))]


def identity(tables, coded, keys, sensitive):
    """Mean over people of the share of matching synthetic rows that teach something, over the people with these keys."""
    made = {key: rows[:64] for key, rows in coded[2].groupby(keys, sort=False).indices.items()}
    size = coded[0].groupby(keys, sort=False).size()
    known = tables[0][sensitive]
    for of in (0, 1):
        risks = []
        for row, key in enumerate(coded[of][keys].itertuples(index=False, name=None)):
            rows = made.get(key, [])
            if len(rows) == 0:
                risks.append(0.0)
                continue
            taught = np.zeros(len(rows))
            for name in sensitive:
                own, there = tables[of][name].iloc[row], tables[2][name].iloc[rows]
                if pd.api.types.is_numeric_dtype(known[name]) and known[name].nunique() > 10:
                    middle = known[name].median()
                    near = 1.4826022 * (known[name] - middle).abs().median()
                    taught += ((there - own).abs() <= near).to_numpy() & (abs(own - middle) > near)
                else:
                    taught += (there == own).to_numpy() & ((known[name] == own).sum() <= 0.5 * known[name].notna().sum())
            learned = (taught > 0) & (taught >= 0.05 * len(sensitive))
            risks.append(learned.mean() / (size.get(key, 0) + (of == 1)))
        yield np.mean(risks)


def inference(tables, sensitive):
    """anonymeter's verdict on guesses of the nearest row, secret by secret."""
    from anonymeter.evaluators.inference_evaluator import evaluate_inference_guesses
    aux = [c for c in tables[0] if c not in sensitive]
    rows, found = nearest(tables, aux), []
    for target in sensitive:
        for real, near, who in zip(tables, rows, ("learned from", "others")):
            there = real[target].notna().to_numpy()
            guesses = pd.Series(tables[2][target].to_numpy()[near[there]])
            secrets = pd.Series(real[target].to_numpy()[there])
            rate = evaluate_inference_guesses(guesses, secrets, regression=False).mean()
            attacked = min(MOST_ATTACKED, len(real))
            allowed = 1e-3 + 3 * np.sqrt(rate * (1 - rate) / attacked * (1 - attacked / len(real)))
            found.append(dict(
                id="pg.inf", part=f"{target}, {who}", value=float(rate), tolerance=float(allowed),
                oracle=f"anonymeter {version('anonymeter')} evaluate_inference_guesses",
                note="neighbours by pandas, without anonymeter's distances of missing cells and its ranges; all people "
                     "instead of 2,000"))
    return found
