#!/usr/bin/env python3
"""Has SDV's GaussianCopula or arfpy learn from a CSV and draw rows into another: a peer of `verosim bench` and of peers.py.

usage: peer.py copula|arf TRAIN.csv OUT.csv ROWS SEED

Needs the packages of requirements-peers.txt:
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


def main():
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    name, train, out, rows, seed = sys.argv[1:]
    real = pd.read_csv(train, keep_default_na=False, na_values=MISSING, low_memory=False)
    np.random.seed(int(seed))
    made = copula(real, int(rows)) if name == "copula" else arf(real, int(rows), int(seed))
    made.to_csv(out, index=False)


if __name__ == "__main__":
    main()
