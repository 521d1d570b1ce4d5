#!/usr/bin/env python3
"""Has SDV's GaussianCopula, arfpy, imbalanced-learn's SMOTENC, a vine copula of pyvinecopulib, TabularARGN or UnmaskingTrees
learn from a CSV and draw rows into another: a peer of `verosim bench` and of peers.py. (synthpop: synthpop.R.)

usage: peer.py copula|arf|smote:CLASS|vine[:LEVELS]|argn|unmasking TRAIN.csv OUT.csv ROWS SEED

Needs the packages of requirements-peers.txt; `argn` mostlyai-engine 2.7.3 and `unmasking` utrees 0.3.0, best in environments of
their own:
  verosim bench heart.csv#num --peer 'SDV copula=.venv/bin/python bench/peer.py copula {train} {out} {rows} {seed}'
"""
import sys
import tempfile

import numpy as np
import pandas as pd

MISSING = ["", "?", "NA", "."]


def copula(real, rows):
    from sdv.metadata import Metadata
    from sdv.single_table import GaussianCopulaSynthesizer

    metadata = Metadata.detect_from_dataframes({"table": real}, infer_keys=None)
    model = GaussianCopulaSynthesizer(metadata)
    model.fit({"table": real})
    made = model.sample(rows)
    return made["table"] if isinstance(made, dict) else made


def filled(real):
    """The table for programs that know no missing values, and its columns of levels: texts, and numbers of few values.
    A missing level is a level, a missing number the median."""
    full, levels = real.copy(), []
    for column in full:
        if pd.api.types.is_numeric_dtype(full[column]) and full[column].nunique() > 10:
            full[column] = full[column].fillna(full[column].median()).astype(float)
        else:
            levels.append(column)
            full[column] = full[column].map(str, na_action="ignore").fillna("missing").astype(object)
    return full, levels


def written(made, real, levels):
    """Rows of a `filled` table as the table is written: missing levels, and as many decimals as the column has."""
    return made.assign(**{
        name: made[name].astype(object).replace("missing", "") if name in levels else rounded(made[name], real[name])
        for name in made
    })


def rounded(column, real):
    """Numbers with as many decimals as the real ones have."""
    digits = real.dropna().astype(str).str.extract(r"\.(\d*?)0*$")[0].str.len().max()
    return column.round(0 if np.isnan(digits) else int(digits))


def arf(real, rows, seed):
    np.in1d = np.isin  # arfpy 0.1.1 calls the name that NumPy 2.4 dropped.
    from arfpy import arf as forest

    # It would draw codes with few values as real numbers.
    full, levels = filled(real)
    full[levels] = full[levels].astype("category")
    model = forest.arf(x=full, random_state=seed)
    model.forde()
    return written(model.forge(n=rows), real, levels)


def argn(real, rows, seed):
    from mostlyai.engine import TabularARGN

    with tempfile.TemporaryDirectory() as work:
        model = TabularARGN(random_state=seed, verbose=0, workspace_dir=work)
        model.fit(real)
        return model.sample(n_samples=rows)


def unmasking(real, rows, seed):
    from utrees import UnmaskingTrees

    # Codes with few values, and texts, are levels; other numbers are whole or not. Missing cells stay: they are not learned
    # from, and never drawn.
    kinds, codes, full = [], {}, real.copy()
    for column in full:
        if not pd.api.types.is_numeric_dtype(full[column]):
            numbers, codes[column] = pd.factorize(full[column])
            full[column] = np.where(numbers < 0, np.nan, numbers)
        if column in codes or full[column].nunique() <= 10:
            kinds.append("categorical")
        else:
            kinds.append("integer" if (full[column].dropna() % 1 == 0).all() else "continuous")
    model = UnmaskingTrees(random_state=seed)
    model.fit(full.to_numpy(float), quantize_cols=kinds)
    made = pd.DataFrame(model.generate(n_generate=rows), columns=full.columns)
    for column in made:
        if column in codes:
            made[column] = codes[column][made[column].astype(int)]
        else:
            made[column] = rounded(made[column], real[column])
    return made


def smote(real, rows, seed, outcome):
    from imblearn.over_sampling import SMOTENC

    full, levels = filled(real)
    inputs = full.drop(columns=outcome)
    counts = full[outcome].value_counts()
    wanted = {level: n + round(rows * n / len(full)) for level, n in counts.items()}
    over = SMOTENC([name for name in levels if name != outcome], sampling_strategy=wanted, random_state=seed)
    made, classes = over.fit_resample(inputs, full[outcome])
    return written(made.assign(**{outcome: classes})[len(full):][full.columns], real, levels)


def vine(real, rows, seed, levels_deep):
    import pyvinecopulib as pv

    full, levels = filled(real)
    # Every column as numbers; levels by how common they are, because a copula needs an order.
    orders = {name: full[name].value_counts().index for name in levels}
    numbers = full.assign(**{name: orders[name].get_indexer(full[name]) for name in levels}).to_numpy(float)
    n, sorted_values = len(numbers), np.sort(numbers, axis=0)
    place = lambda side: np.column_stack([np.searchsorted(s, x, side) for s, x in zip(sorted_values.T, numbers.T)])
    up_to, below = place("right") / (n + 1), place("left") / (n + 1)
    kinds = ["d" if len(np.unique(x)) < 0.9 * n else "c" for x in numbers.T]
    controls = pv.FitControlsVinecop(selection_criterion="bic", trunc_lvl=levels_deep, num_threads=2)
    model = pv.Vinecop.from_data(np.hstack([up_to, below]), controls=controls, var_types=kinds)
    drawn = model.sample(rows, seeds=[seed + 1])
    at = np.clip(np.ceil(drawn * (n + 1)).astype(int) - 1, 0, n - 1)
    made = pd.DataFrame(np.take_along_axis(sorted_values, at, 0), columns=full.columns)
    for name in levels:
        made[name] = orders[name][made[name].astype(int)]
    return written(made, real, levels)


def main():
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    name, train, out, rows, seed = sys.argv[1:]
    real = pd.read_csv(train, keep_default_na=False, na_values=MISSING, low_memory=False)
    np.random.seed(int(seed))
    name, _, detail = name.partition(":")
    rows, seed = int(rows), int(seed)
    makers = {
        "copula": lambda: copula(real, rows),
        "arf": lambda: arf(real, rows, seed),
        "smote": lambda: smote(real, rows, seed, detail),
        "vine": lambda: vine(real, rows, seed, int(detail or 3)),
        "argn": lambda: argn(real, rows, seed),
        "unmasking": lambda: unmasking(real, rows, seed),
    }
    if name not in makers:
        sys.exit(__doc__)
    made = makers[name]()
    made.to_csv(out, index=False)


if __name__ == "__main__":
    main()
