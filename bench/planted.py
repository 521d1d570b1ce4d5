#!/usr/bin/env python3
"""Estimates what was planted in the fictional clinic from MEDS folders, by formulas of its own; shares no code with verosim.

usage: planted.py FOLDER [SYNTHETIC...]

The first folder holds the clinic's people (`RUN/input` of `verosim demo --timelines`), the others people drawn from models of
them. Printed for each: Cox's hazard ratios of death, odds ratios of what is there at registration, the rate ratio of visits, and
amplitude and peak of influenza, with 95 % intervals. A figure of drawn people is held against the planted one within an interval
that counts the chance of both folders: the model has seen one of them.
"""
import math
import pathlib
import sys

import numpy as np
import pandas as pd

# From crates/timeline/src/world/truth.rs.
PLANTED = {
    "log HR of death, diabetes": math.log(1.8),
    "log HR of death, ten years": math.log(2.2),
    "log OR diabetes, hypertension": math.log(2.5),
    "log OR kidney, diabetes": math.log(3.0),
    "log OR kidney, hypertension": math.log(2.0),
    "diabetes by ten years": 0.35,
    "hypertension by ten years": 0.55,
    "kidney by ten years": 0.5,
    "log RR new kidney, diabetes": math.log(5.0),
    "influenza, amplitude": 0.8,
    "influenza, peak day": 30.0,
}
DAY = 86_400e6
YEAR = 365.25 * DAY
END = pd.Timestamp("2025-01-01")
DIABETES, HYPERTENSION, KIDNEY, INFLUENZA = "E11", "I10", "N18", "J11"


def read(folder):
    columns = ["subject_id", "time", "code"]
    files = sorted(pathlib.Path(folder).glob("data/**/*.parquet"))
    table = pd.concat([pd.read_parquet(file, columns=columns) for file in files], ignore_index=True)
    return table


def people(table):
    """One row for each person: age at the first visit, years seen, death, what was there at the first visit."""
    timed = table[table.time.notna()]
    by = lambda mask: timed[mask].groupby("subject_id").time.min()
    kind = timed.code.str.split("//").str[0]
    birth, death, entry = by(kind == "MEDS_BIRTH"), by(kind == "MEDS_DEATH"), by(kind == "VISIT")
    one = pd.DataFrame({"entry": entry, "birth": birth, "death": death})
    one = one[one.entry.notna() & one.birth.notna()]
    one["last"] = one.death.fillna(END)
    one["age"] = (one.entry - one.birth) / pd.Timedelta(days=365.25)
    one["years"] = ((one["last"] - one.entry) / pd.Timedelta(days=365.25)).clip(lower=1e-6)
    value = timed.code.str.split("//").str[2].fillna("")
    is_condition = kind == "CONDITION"
    for name, stem in [("diabetes", DIABETES), ("hypertension", HYPERTENSION), ("kidney", KIDNEY)]:
        first = by(is_condition & value.str.startswith(stem)).reindex(one.index)
        one[name] = ((first - one.entry) < pd.Timedelta(hours=1)).astype(float)
        one[f"{name}_years"] = (first - one.entry) / pd.Timedelta(days=365.25)
    flu = timed[is_condition & value.str.startswith(INFLUENZA)]
    return one, flu


def logistic(y, *columns):
    x = np.column_stack([np.ones(len(y)), *columns])
    beta = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ beta))
        information = x.T @ (x * (p * (1 - p))[:, None])
        step = np.linalg.solve(information, x.T @ (y - p))
        beta += step
        if abs(step).max() < 1e-10:
            break
    return beta, np.sqrt(np.diag(np.linalg.inv(information)))


def cox(years, died, *columns):
    """Breslow's partial likelihood by Newton's method."""
    order = np.argsort(-years, kind="stable")
    x, died = np.column_stack(columns)[order], died[order].astype(bool)
    beta = np.zeros(x.shape[1])
    for _ in range(50):
        weight = np.exp(x @ beta)
        s0 = np.cumsum(weight)[died]
        s1 = np.cumsum(x * weight[:, None], axis=0)[died]
        s2 = np.cumsum(x[:, :, None] * x[:, None, :] * weight[:, None, None], axis=0)[died]
        mean = s1 / s0[:, None]
        gradient = (x[died] - mean).sum(axis=0)
        information = (s2 / s0[:, None, None] - mean[:, :, None] * mean[:, None, :]).sum(axis=0)
        step = np.linalg.solve(information, gradient)
        beta += step
        if abs(step).max() < 1e-10:
            break
    return beta, np.sqrt(np.diag(np.linalg.inv(information)))


def season(one, flu):
    """Of a rate 1 + A cos(x - p), the mean of 2 exp(ix) over the year is A exp(ip)."""
    parts = 73
    first = pd.Timestamp("2017-01-01")
    phase = lambda time: ((((time - first) / pd.Timedelta(days=365.25)) % 1) * parts).astype(int).clip(upper=parts - 1)
    found = np.bincount(phase(flu.time), minlength=parts).astype(float)
    lived = np.zeros(parts)
    for days in range(0, int((END - first).days), 5):
        at = first + pd.Timedelta(days=days)
        lived[phase(pd.Series([at]))[0]] += ((one.entry <= at) & (one["last"] > at)).sum()
    rate = found / np.maximum(lived, 1)
    angle = 2 * np.pi * (np.arange(parts) + 0.5) / parts
    cosine, sine = 2 * (rate * np.cos(angle)).sum() / rate.sum(), 2 * (rate * np.sin(angle)).sum() / rate.sum()
    amplitude, error = math.hypot(cosine, sine), math.sqrt(2 / found.sum())
    scale = 365.25 / (2 * np.pi)
    return (amplitude, error), (math.atan2(sine, cosine) * scale, error / max(amplitude, 0.05) * scale)


def estimates(folder):
    one, flu = people(read(folder))
    decades = ((one.age - 60) / 10).to_numpy()
    diabetes, hypertension, kidney = (one[name].to_numpy() for name in ("diabetes", "hypertension", "kidney"))
    hazard = cox(one.years.to_numpy(), one.death.notna().to_numpy(), diabetes, decades)
    of_hypertension = logistic(hypertension, decades)
    of_diabetes = logistic(diabetes, decades, hypertension)
    of_kidney = logistic(kidney, decades, diabetes, hypertension)
    pick = lambda fit, at: (fit[0][at], fit[1][at])
    free = one[one.kidney == 0]
    lived = free.kidney_years.where(free.kidney_years.notna(), free.years)
    new = [(free.kidney_years.notna() & (free.diabetes == ill)).sum() for ill in (0, 1)]
    years = [lived[free.diabetes == ill].sum() for ill in (0, 1)]
    ratio = math.log(new[1] / years[1]) - math.log(new[0] / years[0])
    amplitude, peak = season(one, flu)
    return len(one), {
        "log HR of death, diabetes": pick(hazard, 0),
        "log HR of death, ten years": pick(hazard, 1),
        "log OR diabetes, hypertension": pick(of_diabetes, 2),
        "log OR kidney, diabetes": pick(of_kidney, 2),
        "log OR kidney, hypertension": pick(of_kidney, 3),
        "diabetes by ten years": pick(of_diabetes, 1),
        "hypertension by ten years": pick(of_hypertension, 1),
        "kidney by ten years": pick(of_kidney, 1),
        "log RR new kidney, diabetes": (ratio, math.sqrt(1 / new[0] + 1 / new[1])),
        "influenza, amplitude": amplitude,
        "influenza, peak day": peak,
    }


def main():
    folders = sys.argv[1:]
    real_n, real = estimates(folders[0])
    print(f"{folders[0]}: {real_n} people")
    print(f"{'':32} {'planted':>8}  {'found':>8} ± {'95 %':<6}")
    for name, planted in PLANTED.items():
        value, error = real[name]
        inside = abs(value - planted) <= 1.96 * error
        print(f"{name:32} {planted:8.3f}  {value:8.3f} ± {1.96 * error:<6.3f} {'' if inside else 'outside'}")
    for folder in folders[1:]:
        n, drawn = estimates(folder)
        print(f"\n{folder}: {n} people")
        print(f"{'':32} {'planted':>8}  {'found':>8} ± {'95 %':<6}")
        inside = 0
        for name, planted in PLANTED.items():
            value, error = drawn[name]
            width = 1.96 * math.hypot(error, real[name][1])
            is_inside = abs(value - planted) <= width
            inside += is_inside
            print(f"{name:32} {planted:8.3f}  {value:8.3f} ± {width:<6.3f} {'' if is_inside else 'outside'}")
        print(f"{inside} of {len(PLANTED)} inside")


if __name__ == "__main__":
    main()
