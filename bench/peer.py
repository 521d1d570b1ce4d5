#!/usr/bin/env python3
"""Has SDV's GaussianCopula, arfpy or UnmaskingTrees learn from a CSV and draw rows into another: a peer of `verosim bench`
and of peers.py.

usage: peer.py copula|arf|unmasking TRAIN.csv OUT.csv ROWS SEED

Needs the packages of requirements-peers.txt, and for `unmasking` utrees 0.3.0, best in an environment of its own:
  verosim bench heart.csv#num --peer 'SDV copula=.venv/bin/python bench/peer.py copula {train} {out} {rows} {seed}'
"""
import sys

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


def arf(real, rows, seed):
    np.in1d = np.isin  # arfpy 0.1.1 calls the name that NumPy 2.4 dropped.
    from arfpy import arf as forest

    # arfpy knows no missing values: missing levels become a level, missing numbers their median. Codes with
    # few values are levels: arfpy would draw them as real numbers.
    full = real.copy()
    for column in full:
        if pd.api.types.is_numeric_dtype(full[column]) and full[column].nunique() > 10:
            full[column] = full[column].fillna(full[column].median()).astype(float)
        else:
            full[column] = full[column].astype("string").fillna("missing").astype("category")
    model = forest.arf(x=full, random_state=seed)
    model.forde()
    return model.forge(n=rows)


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
            # As many decimals as the column has.
            digits = real[column].dropna().astype(str).str.extract(r"\.(\d*?)0*$")[0].str.len().max()
            made[column] = made[column].round(0 if np.isnan(digits) else int(digits))
    return made


def main():
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    name, train, out, rows, seed = sys.argv[1:]
    real = pd.read_csv(train, keep_default_na=False, na_values=MISSING, low_memory=False)
    np.random.seed(int(seed))
    makers = {"copula": lambda: copula(real, int(rows)), "arf": lambda: arf(real, int(rows), int(seed))}
    made = makers.get(name, lambda: unmasking(real, int(rows), int(seed)))()
    made.to_csv(out, index=False)


if __name__ == "__main__":
    main()
