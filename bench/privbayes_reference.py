"""Rows by PrivBayes as DataSynthesizer of its authors' circle has it, for figures beside engine `privbayes`.

pip install DataSynthesizer==0.1.13
usage: privbayes_reference.py TRAIN.csv OUT.csv EPSILON [SEED] [K]

Correlated attribute mode with K parents (2), twenty bins a column; columns of at most twelve values are categorical, as here.
Its promise is another one: pure epsilon, one row added or removed, bounds and levels read from the rows.
"""

import json
import sys
import tempfile
import time

import numpy as np
import pandas as pd
from DataSynthesizer.DataDescriber import DataDescriber
from DataSynthesizer.DataGenerator import DataGenerator

MOST_LEVELS = 12


def main(train, target, epsilon, seed=0, k=2):
    table = pd.read_csv(train)
    np.random.seed(int(seed))
    categorical = {name: bool(table[name].nunique() <= MOST_LEVELS) for name in table.columns}
    began = time.time()
    describer = DataDescriber(category_threshold=MOST_LEVELS)
    describer.describe_dataset_in_correlated_attribute_mode(
        train,
        epsilon=float(epsilon),
        k=int(k),
        attribute_to_is_categorical=categorical,
        attribute_to_is_candidate_key={name: False for name in table.columns},
        seed=int(seed),
    )
    fitted = time.time()
    with tempfile.NamedTemporaryFile("w", suffix=".json") as description:
        describer.save_dataset_description_to_file(description.name)
        generator = DataGenerator()
        generator.generate_dataset_in_correlated_attribute_mode(len(table), description.name, seed=int(seed))
    generator.synthetic_dataset.to_csv(target, index=False)
    print(json.dumps({"fit_s": round(fitted - began, 2), "sample_s": round(time.time() - fitted, 2)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
