#!/usr/bin/env python3
"""Holds every metric of timelines against other people's packages and prints one table.

usage: oracles_timelines.py [--people N] [--example PROGRAM] [--markdown FILE]

The world is made here, by numpy with seed 0: three sets of patients, the synthetic ones with other rates. The judge is asked
with `cargo run --release -p verosim-eval --example judge_timelines`, or with the program that is named. Exits with 1 where a
value differs and nothing says why, and where a metric is neither compared nor listed with a reason.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
from collections import Counter
from importlib.metadata import version

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.statistics import logrank_test
from lifelines.utils import restricted_mean_survival_time
from scipy import stats
from sklearn.metrics import r2_score

DAY, YEAR = 86_400, 31_557_600
OURS = "our own measure; "
NONE = {
    "lo.acf": OURS + "squares by hand in its test", "lo.meas": OURS + "tables by hand in its test", "lo.cohort": OURS + "groups and differences by hand in its test",
    "lo.c2st": OURS + "boosted trees and DeLong's interval are compared with scikit-learn for re.c2st; the features are ours",
    "lo.next": OURS + "as lo.c2st", "lo.mort": OURS + "as lo.c2st; outcomes by hand in its test", "lo.readmit": OURS + "as lo.mort",
    "pm.life": OURS + "likeness by hand in its test; planted copies", "pm.ngram": OURS + "the model of lo.ng; planted copies",
    "pd.life": OURS + "as pm.life", "pd.run": OURS + "hashes of runs against direct ones, and planted copies, in tests",
    "cl.codes": OURS + "needs a dictionary; by hand in its test", "cl.times": OURS + "by hand in its test",
}


def world(n, seed, tilt=0.0):
    """Patients with a frailty, visits at random times, diagnoses that stay, two laboratory values, and deaths."""
    rng, rows = np.random.default_rng(seed), []
    ill = ["hypertension", "diabetes", "failure", "asthma", "renal", "depression"]
    for person in range(n):
        add = lambda time, code, number="", visit="", end="": rows.append((person, time, end, code, number, visit))
        frail, woman, level = rng.normal(), rng.random() < 0.5, rng.normal()
        born = int(rng.integers(-30, 10) * YEAR)
        add("", "SEX//F" if woman else "SEX//M")
        add(born, "MEDS_BIRTH")
        now, has = int(40 * YEAR + rng.integers(0, 365) * DAY), np.zeros(6, bool)
        for visit in range(2 + rng.poisson(3 + tilt + max(frail, 0))):
            time, name = now + int(rng.integers(8, 17)) * 3600, f"{person}-{visit}"
            p = np.array([0.15, 0.08, 0.03, 0.06, 0.02, 0.06]) * np.exp(np.array([0.5, 0.6, 0.9, 0.1, 0.9, 0.2]) * (frail + tilt))
            p[2] *= 3 if has[0] else 1
            has |= rng.random(6) < np.clip(p, 0, 0.9)
            for at in np.flatnonzero(has):
                add(time, f"CONDITION//T//{ill[at]}", "", name)
            stay = rng.random() < 0.1 + 0.2 * has[2]
            length = int(rng.integers(2, 12)) if stay else 0
            add(time, "VISIT//in" if stay else "VISIT//out", "", name, time + length * DAY + 3600)
            if rng.random() < (0.9 if has[1] else 0.2):
                add(time + 600, "MEASUREMENT//T//glucose", round(95 + 40 * has[1] + 12 * level + rng.normal() * 7, 1), name)
            if rng.random() < 0.6:
                add(time + 600, "MEASUREMENT//T//pressure", round(125 + 15 * has[0] + 8 * level + rng.normal() * 9, 1), name)
            if rng.random() < np.clip(0.02 + 0.06 * has[2] + 0.02 * max(frail, 0), 0, 0.5):
                add(time + (length + int(rng.integers(1, 40))) * DAY, "MEDS_DEATH")
                break
            now += (length + 1 + int(rng.exponential(90 + 20 * tilt))) * DAY
    frame = pd.DataFrame(rows, columns=["subject", "time", "end", "code", "number", "visit"])
    return frame


def timed(frame):
    events = frame[(frame.time != "") & (frame.code != "MEDS_BIRTH")].copy()
    events["time"] = events.time.astype(int)
    events["number"] = pd.to_numeric(events.number)
    return events.sort_values(["subject", "time", "code"], kind="stable")


def visits(events):
    inside = events[events.visit != ""]
    found = inside.groupby("visit").agg(subject=("subject", "first"), start=("time", "min"), codes=("code", lambda c: tuple(sorted(set(c)))))
    return found.sort_values(["subject", "start"]).reset_index()


def between(curves, horizon):
    """Mean absolute difference of two step functions from 0 to `horizon`."""
    cuts = np.unique(np.concatenate([[0, horizon], *(c.survival_function_.index.to_numpy() for c in curves)]))
    cuts = cuts[cuts <= horizon]
    a, b = (c.survival_function_at_times(cuts[:-1]).to_numpy() for c in curves)
    return (np.abs(a - b) * np.diff(cuts)).sum() / horizon


def half(a, n):
    return np.log((a + 0.5) / (n + 1))


def oracles(train, holdout, made):
    found, (events, other) = [], (timed(holdout), timed(made))
    n, m = holdout.subject.nunique(), made.subject.nunique()
    add = lambda id, part, oracle, value, tolerance=1e-9, note="": found.append((id, part, oracle, float(value), tolerance, note))
    ks = lambda a, b: 1 - stats.ks_2samp(a, b).statistic
    scipy, sklearn, lifelines = f"scipy {version('scipy')}", f"scikit-learn {version('scikit-learn')}", f"lifelines {version('lifelines')}"
    v, w = visits(events), visits(other)

    # lo.len, lo.gap
    size = lambda e: e.groupby("subject").size()
    span = lambda e: (e.groupby("subject").time.max() - e.groupby("subject").time.min()) / DAY
    add("lo.len", "events per patient", f"{scipy} ks_2samp", ks(size(events), size(other)))
    add("lo.len", "visits per patient", f"{scipy} ks_2samp", ks(v.groupby("subject").size(), w.groupby("subject").size()))
    add("lo.len", "codes per visit", f"{scipy} ks_2samp", ks(v.codes.map(len), w.codes.map(len)))
    add("lo.len", "follow-up", f"{scipy} ks_2samp", ks(span(events), span(other)))
    gaps = lambda x: x.groupby("subject").start.diff().dropna() / DAY
    add("lo.gap", "gaps between visits", f"{scipy} ks_2samp", ks(gaps(v), gaps(w)))
    log = lambda x: np.log(np.maximum(gaps(x), 1 / 24))
    add("lo.gap", "shift of log gaps between visits", f"{scipy} wasserstein_distance", stats.wasserstein_distance(log(v), log(w)))
    tv = lambda a, b: 1 - 0.5 * a.value_counts(normalize=True).sub(b.value_counts(normalize=True), fill_value=0).abs().sum()
    add("lo.gap", "weekdays of visits", "pandas value_counts", tv(v.start // DAY % 7, w.start // DAY % 7))
    add("lo.gap", "hours of events", "pandas value_counts", tv(events.time % DAY // 3600, other.time % DAY // 3600))

    # lo.uni, lo.bi, lo.seqbi
    def people(frame):
        return frame.drop_duplicates(["subject", "code"]).code.value_counts()
    a, b = people(holdout[holdout.code != "MEDS_BIRTH"]).align(people(made[made.code != "MEDS_BIRTH"]), fill_value=0)
    keep = np.maximum(a, b * n / m) >= 20
    a, b = a[keep], b[keep]
    add("lo.uni", None, f"{sklearn} r2_score", r2_score(half(a, n), half(b, m)))
    add("lo.uni", "R² of shares", f"{sklearn} r2_score", r2_score(a / n, b / m))
    add("lo.uni", "codes", "pandas value_counts", len(a))
    common = set(a.index[people(holdout).reindex(a.index).fillna(0) >= 20])

    def pairs(x, later):
        units, who, unit = Counter(), {}, 0
        for subject, own in x.groupby("subject"):
            sets = [[c for c in codes if c in common] for codes in own.codes]
            for first, second in zip(sets, sets[later:]):
                unit += 1
                for p in ((p, q) for p in first for q in second if later or p < q):
                    units[p] += 1
                    who.setdefault(p, set()).add(subject)
        return units, {p: len(s) for p, s in who.items()}, unit
    for id, later in (("lo.bi", 0), ("lo.seqbi", 1)):
        (x, px, nx), (y, py, ny) = pairs(v, later), pairs(w, later)
        kept = sorted(p for p in px.keys() | py.keys() if max(px.get(p, 0), py.get(p, 0) * n / m) >= 20)
        x, y = (np.array([c[p] for p in kept], float) for c in (x, y))
        add(id, None, f"{sklearn} r2_score", r2_score(half(x, nx), half(y, ny)))
        add(id, "R² of shares", f"{sklearn} r2_score", r2_score(x / nx, y / ny))
        add(id, "pairs", "pandas groupby", len(kept))

    # lo.trans: every state has a code of its own here
    def matrix(e):
        nxt = e.groupby("subject").code.shift(-1)
        return pd.crosstab(e.code[nxt.notna()], nxt.dropna())
    x, y = matrix(events).align(matrix(other), fill_value=0)
    exits = x.sum(axis=1)
    if (exits[exits > 0] >= 30).all():
        rows = 0.5 * (x.div(exits, axis=0) - y.div(y.sum(axis=1), axis=0)).abs().sum(axis=1)
        add("lo.trans", None, "pandas crosstab", (rows * exits).sum() / exits.sum())

    # lo.order
    def firsts(e):
        return e.groupby(["subject", "code"]).time.min().unstack().reindex(columns=sorted(common & set(events.code)))
    x, y = firsts(events), firsts(other)
    total = weight = 0
    for i, p in enumerate(x.columns):
        for q in x.columns[i + 1:]:
            own, theirs = (f[[p, q]].dropna()[lambda d: d[p] != d[q]] for f in (x, y))
            if min(len(own), len(theirs)) >= 20:
                total += len(own) * abs((own[p] < own[q]).mean() - (theirs[p] < theirs[q]).mean())
                weight += len(own)
    add("lo.order", None, "pandas groupby", total / weight)

    # lo.ttn
    def waits(e, first, then):
        found = []
        for _, own in e.groupby("subject"):
            start = own.time[own.code == first].min()
            if not np.isnan(start):
                after = own.time[(own.code == then) & (own.time > start)].min()
                found.append(((own.time.max() if np.isnan(after) else after) - start, not np.isnan(after)))
        days, came = map(np.array, zip(*found))
        return days / DAY, came
    for first, then in (("VISIT//out", "VISIT//in"), ("CONDITION//T//hypertension", "CONDITION//T//failure")):
        sides = waits(events, first, then), waits(other, first, then)
        end = max(1, np.quantile(sides[0][0], 0.95))
        add("lo.ttn", f"{first} → {then}", f"{lifelines} KaplanMeierFitter", between([KaplanMeierFitter().fit(*side) for side in sides], end))

    # lo.val, lo.var
    names = ["MEASUREMENT//T//glucose", "MEASUREMENT//T//pressure"]
    of = lambda e, name: e[(e.code == name) & e.number.notna()]
    for name in names:
        add("lo.val", name, f"{scipy} ks_2samp", ks(of(events, name).number.astype(np.float32), of(other, name).number.astype(np.float32)), 1e-6, "numbers in single precision")
    def icc(e, low, high):
        groups = [g.clip(low, high).to_numpy() for _, g in e.groupby("subject").number]
        sizes = np.array([len(g) for g in groups])
        k, total = len(groups), sizes.sum()
        # scipy wants every group to have a value; F of one-way analysis of variance
        f, n0 = stats.f_oneway(*groups).statistic, (total - (sizes**2).sum() / total) / (k - 1)
        return (f - 1) / (f - 1 + n0)
    for name in names:
        low, high = np.quantile(of(events, name).number, [0.01, 0.99])
        add("lo.var", name, f"{scipy} f_oneway", icc(of(other, name), low, high) - icc(of(events, name), low, high), 1e-4, "quantiles cut in single precision")

    # lo.graph
    ill = sorted(c for c in common if c.startswith("CONDITION"))
    has = lambda frame: pd.crosstab(frame.subject, frame.code).clip(upper=1).reindex(columns=ill, index=frame.subject.unique(), fill_value=0)
    def ratios(frame):
        h, out = has(frame), []
        for i, p in enumerate(ill):
            for q in ill[i + 1:]:
                t = pd.crosstab(h[p], h[q]).reindex(index=[0, 1], columns=[0, 1], fill_value=0).to_numpy() + 0.5
                out.append(np.log(t[0, 0] * t[1, 1] / t[0, 1] / t[1, 0]))
        return np.array(out)
    x, y = ratios(holdout), ratios(made)
    lin = 2 * np.cov(x, y, bias=True)[0, 1] / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)
    add("lo.graph", None, "pandas crosstab, Lin's formula in numpy", lin)

    # lo.km, lo.rmst, lo.logrank, lo.cens, lo.cox: from the first event to death
    def followed(frame):
        e = timed(frame)
        first, last = e.groupby("subject").time.min(), e.groupby("subject").time.max()
        death = e[e.code == "MEDS_DEATH"].groupby("subject").time.min().reindex(first.index)
        table = pd.DataFrame({"days": (death.fillna(last) - first) / DAY, "died": death.notna().astype(int)})
        birth = frame[frame.code == "MEDS_BIRTH"].set_index("subject").time.astype(int)
        table["age"] = (first - birth) / (10 * YEAR)
        table["woman"] = frame[frame.code == "SEX//F"].set_index("subject").code.notna().reindex(first.index, fill_value=False).astype(int)
        early = e[e.time <= e.subject.map(first) + 30 * DAY]
        order = people(holdout).reindex(ill).sort_index().sort_values(ascending=False, kind="stable").index[:6]
        for code in order:
            table[code] = early[early.code == code].groupby("subject").size().reindex(first.index).notna().astype(int)
        return table
    t, h, s = followed(train), followed(holdout), followed(made)
    horizon = min(np.quantile(t.days, 0.95), np.quantile(h.days, 0.95))
    name = "first event to death"

    def area(x, y, lost=False):
        curves = []
        for table in (x, y):
            event = 1 - table.died if lost else table.died
            curves.append(KaplanMeierFitter().fit(table.days, event))
        return between(curves, horizon), curves
    value, curves = area(h, s)
    add("lo.km", name, f"{lifelines} KaplanMeierFitter", value)
    means = [restricted_mean_survival_time(c, t=horizon) for c in curves]
    add("lo.rmst", name, f"{lifelines} restricted_mean_survival_time", (means[1] - means[0]) / horizon)
    add("lo.cens", name, f"{lifelines} KaplanMeierFitter", area(h, s, lost=True)[0])
    test = logrank_test(h.days, s.days, h.died, s.died).test_statistic
    add("lo.logrank", f"{name}: z²", f"{lifelines} logrank_test", test, 1e-6)
    fits = [CoxPHFitter().fit(table, "days", "died") for table in (h, s)]
    intervals = [f.confidence_intervals_.to_numpy() for f in fits]
    overlaps = []
    for (l1, u1), (l2, u2) in zip(*intervals):
        shared = min(u1, u2) - max(l1, l2)
        overlaps.append(max(0, 0.5 * (shared / (u1 - l1) + shared / (u2 - l2))))
    add("lo.cox", name, f"{lifelines} CoxPHFitter", np.mean(overlaps), 1e-4, "covariates chosen again in pandas")

    # lo.ng: the formula again
    codes = sorted(set(train.code) | set(holdout.code) | set(made.code))
    def model(e):
        three = Counter()
        for _, own in e.groupby("subject").code:
            walk = ["<", "<", *own, ">"]
            three.update(zip(walk, walk[1:], walk[2:]))
        two, one = Counter((b, c) for _, b, c in three), None
        one = Counter(c for _, c in two)
        d = []
        for counts in (three, two, one):
            n1, n2 = (sum(1 for c in counts.values() if c == k) for k in (1, 2))
            d.append(n1 / (n1 + 2 * n2) if n1 else 0.5)
        sums = {}
        for (a, b, _), c in three.items():
            x = sums.setdefault((a, b), [0, 0]); x[0] += c; x[1] += 1
        for (b, _), c in two.items():
            x = sums.setdefault(b, [0, 0]); x[0] += c; x[1] += 1
        def chance(a, b, c):
            p = max(one[c] - d[2], 0) / len(two) + d[2] * len(one) / len(two) / (len(codes) + 1)
            if b in sums:
                p = max(two[b, c] - d[1], 0) / sums[b][0] + d[1] * sums[b][1] / sums[b][0] * p
            if (a, b) in sums:
                p = max(three[a, b, c] - d[0], 0) / sums[a, b][0] + d[0] * sums[a, b][1] / sums[a, b][0] * p
            return p
        return chance
    def bits(chance, e):
        total = count = 0
        for _, own in e.groupby("subject").code:
            walk = ["<", "<", *own, ">"]
            total -= sum(np.log2(chance(*x)) for x in zip(walk, walk[1:], walk[2:]))
            count += len(walk) - 2
        return total / count
    add("lo.ng", "holdout, learned on synthetic", "formula in Python", bits(model(other), events))
    add("lo.ng", "holdout, learned on training", "formula in Python", bits(model(timed(train)), events))
    return found


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--people", type=int, default=800)
    ap.add_argument("--example")
    ap.add_argument("--markdown")
    a = ap.parse_args()
    program = [a.example] if a.example else ["cargo", "run", "--quiet", "--release", "-p", "verosim-eval", "--example", "judge_timelines", "--"]
    sets = world(a.people, 0), world(a.people, 1), world(a.people, 2, 0.25)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        paths = [folder / f"{name}.csv" for name in ("train", "holdout", "synthetic")]
        for frame, path in zip(sets, paths):
            frame.to_csv(path, index=False)
        told = subprocess.run([*program, *map(str, paths), str(folder / "card.json")], check=True, capture_output=True, text=True).stdout
        stages = dict(line.split()[:2] for line in told.splitlines())
        entries = {e["id"]: e for e in json.loads((folder / "card.json").read_text())["entries"]}
    lines, alone, faults, agreeing = [], [], [], set()
    for id, part, oracle, value, tolerance, note in oracles(*sets):
        parts = dict(entries[id]["parts"])
        parts |= {name + "²": value**2 for name, value in parts.items() if name.endswith(": z")}
        ours = (entries[id]["reading"] or {}).get("value") if part is None else parts.get(part)
        agrees = ours is not None and abs(ours - value) <= tolerance * max(1, abs(value))
        agreeing |= {id} if agrees else set()
        faults += [] if agrees else [f"{id} {part or 'value'} differs"]
        shown = "–" if ours is None else f"{ours:.6g}"
        gap = "–" if ours is None else f"{ours - value:+.1e}"
        lines.append(f"| {id} | {part or 'value'} | {oracle} | {value:.6g} | {shown} | {gap} | {tolerance:g} | {'agrees' if agrees else '**DIFFERS**'} | {note} |")
    for id, stage in stages.items():
        if id not in agreeing:
            alone.append(f"| {id} | {NONE.get(id, '**not listed**')} |")
        faults += [f"{id} is neither compared nor listed"] if id not in agreeing and id not in NONE else []
        faults += [f"{id} is called {stage}"] if (id in agreeing) != (stage == "checked") else []
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "pandas", "scipy", "scikit-learn", "lifelines"))
    text = "\n".join([
        "# Oracles of timelines", "",
        "Every metric of timelines beside other people's packages, on three sets of patients that the script makes, written by it:", "",
        "```", f"python bench/oracles_timelines.py --markdown docs/oracles-timelines.md", "```", "",
        f"{a.people} people in each set; Python {sys.version.split()[0]} with {packages}.", "",
        "| Metric | Part | Oracle | Theirs | Ours | Difference | Tolerance | Verdict | Note |", "|---|---|---|---|---|---|---|---|---|", *lines, "",
        "Without a value of somebody else, and therefore called drafts:", "", "| Metric | Why, and what its tests hold it against |", "|---|---|", *alone])
    print(text)
    for fault in faults:
        print("FAULT", fault, file=sys.stderr)
    if a.markdown:
        pathlib.Path(a.markdown).write_text(text + "\n")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
