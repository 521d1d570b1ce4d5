"""Do our boosted trees predict as well as LightGBM and scikit-learn, and how long do they take?

Usage: python bench/gbdt_vs_lightgbm.py [--rows 50000] [--seeds 3] [--threads 2] [--binary PATH]
Needs numpy, pandas, scikit-learn, lightgbm. Builds and runs `cargo run --release -p verosim-math
--example gbdt_csv` unless --binary names it. Exit 1 when a difference in AUC to LightGBM reaches 0.01.

Settings of all three: 100 rounds, learning rate 0.1, 31 leaves, 20 rows per leaf, no early stopping.
Tables are generated here: numbers with 10 % missing (one column missing not at random), levels 2 to 20,
interactions, and a variant with a 300-level column. Times are wall seconds of binning + fit + predict.
"""
import argparse, os, subprocess, sys, tempfile, time
import numpy as np, pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.ensemble import HistGradientBoostingClassifier

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--rows", type=int, default=50_000)
arguments.add_argument("--seeds", type=int, default=3)
arguments.add_argument("--threads", type=int, default=os.cpu_count())
arguments.add_argument("--binary")
options = arguments.parse_args()
os.environ["OMP_NUM_THREADS"] = os.environ["RAYON_NUM_THREADS"] = str(options.threads)
import lightgbm as lgb

if options.binary is None:
    subprocess.run(["cargo", "build", "--release", "-q", "-p", "verosim-math", "--example", "gbdt_csv"], check=True)
    target = os.environ.get("CARGO_TARGET_DIR", "target")
    options.binary = os.path.join(target, "release", "examples", "gbdt_csv")


def table(kind, n, seed):
    """A generated table: frame of num:/cat: columns, and the outcome."""
    rng = np.random.default_rng(seed)
    frame, score = {}, np.zeros(n)
    for j in range(20):
        x = rng.normal(size=n) if j % 3 else np.round(rng.gamma(2.0, 20.0, n))
        z = (x - x.mean()) / x.std()
        score += rng.normal(0, 0.25) * z + (0.5 * np.abs(z) if j == 4 else 0)
        if j == 5:
            first = z
        if j == 6:
            score += 0.6 * first * z
        if kind != "numeric":
            gone = rng.random(n) < (0.1 if j != 7 else 1 / (1 + np.exp(2 - 2 * z)))
            x = np.where(gone, np.nan, x)
        frame[f"num:{j}"] = x
    if kind in ("mixed", "mixed300"):
        sizes = [2, 3, 4, 5, 7, 9, 11, 14, 17, 20] + ([300] if kind == "mixed300" else [])
        for j, k in enumerate(sizes):
            p = rng.dirichlet(np.full(k, 0.7 if k < 300 else 2.0))
            c = rng.choice(k, n, p=p)
            score += rng.normal(0, 0.4 if k < 300 else 0.8, k)[c]
            frame[f"cat:{j}"] = np.where(rng.random(n) < 0.03, np.nan, c)
    y = (rng.random(n) < 1 / (1 + np.exp(1.0 - score))).astype(int)
    return pd.DataFrame(frame), y


def ours(train, y, test):
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("train.csv", "test.csv", "out")]
        train.assign(target=y).to_csv(paths[0], index=False)
        test.assign(target=0).to_csv(paths[1], index=False)
        seconds = float(subprocess.run([options.binary, *paths], check=True, capture_output=True, text=True).stdout)
        return np.loadtxt(paths[2]), seconds


def lightgbm(train, y, test):
    levels = [i for i, name in enumerate(train) if name.startswith("cat:")]
    start = time.perf_counter()
    data = lgb.Dataset(train.to_numpy(), y, categorical_feature=levels, params={"verbose": -1, "num_threads": options.threads})
    model = lgb.train({"objective": "binary", "verbose": -1, "num_threads": options.threads}, data, 100)
    risk = model.predict(test.to_numpy())
    return risk, time.perf_counter() - start


def sklearn_hgb(train, y, test):
    # Levels above 255 are not supported as such; they go in as numbers, as a user would have to.
    levels = [name.startswith("cat:") and train[name].nunique() <= 255 for name in train]
    start = time.perf_counter()
    model = HistGradientBoostingClassifier(early_stopping=False, categorical_features=levels)
    risk = model.fit(train.to_numpy(), y).predict_proba(test.to_numpy())[:, 1]
    return risk, time.perf_counter() - start


print(f"{'table':10} {'seed':>4} {'learner':10} {'AUC':>8} {'diff':>8} {'s':>7}")
worst = 0.0
for kind in ("numeric", "missing", "mixed", "mixed300"):
    for seed in range(options.seeds):
        frame, y = table(kind, options.rows, seed)
        cut = options.rows * 4 // 5
        found = {}
        for learner in (lightgbm, ours, sklearn_hgb):
            risk, seconds = learner(frame[:cut], y[:cut], frame[cut:])
            found[learner.__name__] = auc = roc_auc_score(y[cut:], risk)
            difference = auc - found["lightgbm"]
            print(f"{kind:10} {seed:4} {learner.__name__:10} {auc:8.4f} {difference:+8.4f} {seconds:7.3f}", flush=True)
        worst = max(worst, abs(found["ours"] - found["lightgbm"]))
print(f"largest |AUC difference| to LightGBM: {worst:.4f}")
sys.exit(worst >= 0.01)
