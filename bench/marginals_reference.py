"""Reference values and rows from mbi, the inference engine of the authors of MST and AIM.

pip install mbi==2.0.0 pandas
usage: marginals_reference.py inference
       marginals_reference.py mst TRAIN.csv METADATA.json OUT.csv EPSILON [SEED] [BINS]

inference   the tables that crates/math/src/graphical/tests.rs holds its fits against
mst         rows by MST (McKenna 2021) with one patient replaced as the neighbouring relation, on BINS equally wide bins (32)
            between declared bounds, with declared levels and one kind of missing; what is undeclared counts as missing
"""

import itertools
import json
import sys
import time

import jax

jax.config.update("jax_enable_x64", True)
import mbi  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402


def estimated(domain, measured, total, iters):
    """`measured`: (columns, noisy counts, standard deviation)."""
    measured = [mbi.LinearMeasurement(np.asarray(y, float).ravel(), columns, float(sd)) for columns, y, sd in measured]
    return mbi.estimation.MirrorDescent().estimate(domain, measured, known_total=total, iters=iters)


def inference():
    """Three columns of 2, 3 and 2 states in a ring: noisy shares that contradict each other, of unequal worth."""
    domain = mbi.Domain(("a", "b", "c"), (2, 3, 2))
    ab = [[0.30, 0.10, 0.15], [0.05, 0.28, 0.10]]
    bc = [[0.25, 0.14], [0.11, 0.22], [0.20, 0.06]]
    ac = [[0.42, 0.08], [0.20, 0.33]]
    c = [0.55, 0.47]
    measured = [(("a", "b"), ab, 0.02), (("b", "c"), bc, 0.03), (("a", "c"), ac, 0.05), (("c",), c, 0.01)]
    model = estimated(domain, measured, 1.0, 20_000)
    for columns in (("a", "b"), ("b", "c"), ("a", "c"), ("a", "b", "c")):
        print(columns, np.round(np.asarray(model.project(columns).datavector()), 6).tolist())


def rho_of(epsilon, delta):
    """The largest rho that keeps (epsilon, delta): Canonne, Kamath and Steinke 2020, corollary 13, by halving."""

    def log_delta(rho):
        a = 1 + np.geomspace(1e-6, 1e6, 200_000)
        return np.min((a - 1) * (a * rho - epsilon) - np.log(a - 1) + a * np.log1p(-1 / a))

    low, high = 0.0, epsilon + 1
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if log_delta(middle) <= np.log(delta) else (low, middle)
    return low


def coded(train, columns, bins):
    """Codes of each column, how many there are, and a function from codes back to cells."""
    out = []
    for name in train.columns:
        own = columns[name].get("x-verosim", {})
        cells = train[name]
        if own.get("bounds"):
            low, high = own["bounds"]
            values = pd.to_numeric(cells, errors="coerce").to_numpy()
            decimals = int(cells.str.extract(r"\.(\d+)$")[0].str.len().max() or 0)
            points = int(round((high - low) * 10**decimals)) + 1
            n = min(bins, points)
            at = np.floor((values - low) * 10**decimals / points * n)
            code = np.where(np.isfinite(at) & (at >= 0) & (at < n), at + 1, 0).astype(int)

            def back(code, rng, low=low, n=n, points=points, decimals=decimals):
                point = np.floor((code - 1 + rng.random(len(code))) * points / n)
                text = [f"{x:.{decimals}f}" for x in low + point / 10**decimals]
                return np.where(code == 0, "", text)

        else:
            levels = own["levels"]
            n = len(levels)
            code = cells.map({level: i + 1 for i, level in enumerate(levels)}).fillna(0).astype(int).to_numpy()

            def back(code, rng, levels=levels):
                return np.array(["", *levels], object)[code]

        out.append((name, code, n + 1, back))
    return out


def mst(train, metadata, target, epsilon, seed=0, bins=32):
    rng = np.random.default_rng(int(seed))
    train = pd.read_csv(train, dtype=str, keep_default_na=False)
    tables = json.load(open(metadata))["tables"]
    table = next(iter(tables.values()))
    began = time.time()
    fine = coded(train, table["columns"], int(bins))
    n, p = len(train), len(fine)
    rho = rho_of(float(epsilon), n**-1.2)
    # One patient replaced: two counts of each table move by one.
    noisy = lambda counts, sd: counts + rng.normal(0, sd, counts.shape)
    sd = np.sqrt(2 * p / (2 * rho / 3))
    singles, codes, within = [], [], []
    for name, code, size, _ in fine:
        y = noisy(np.bincount(code, minlength=size), sd)
        clear = y >= 3 * sd
        # Values that do not stand clear of the noise are one.
        to = np.where(clear, np.cumsum(clear) - 1, clear.sum())
        merged = int(to.max()) + 1
        singles.append((to, np.bincount(to, weights=y, minlength=merged), np.bincount(to, minlength=merged)))
        codes.append(to[code])
        within.append(np.maximum(y, 0) if clear.all() else np.where(clear, np.maximum(y, 0), 1.0))
    names = [f[0] for f in fine]
    sizes = [len(s[1]) for s in singles]
    domain = mbi.Domain(names, sizes)
    measured = []
    for name, (_, y, parts) in zip(names, singles):
        # Cells of unequal noise: a measurement each would be exact; the mean is close.
        measured.append(((name,), y, sd * np.sqrt(parts.mean())))
    alone = estimated(domain, measured, n, 1000)
    shares = {name: np.asarray(alone.project((name,)).datavector()) for name in names}
    pairs = list(itertools.combinations(range(p), 2))
    error = {}
    for a, b in pairs:
        counts = np.bincount(codes[a] * sizes[b] + codes[b], minlength=sizes[a] * sizes[b])
        error[a, b] = np.abs(counts - np.outer(shares[names[a]], shares[names[b]]).ravel() / n).sum()
    e = np.sqrt(8 * rho / 3 / (p - 1))
    part, tree = list(range(p)), []
    for _ in range(p - 1):
        among = [(a, b) for a, b in pairs if part[a] != part[b]]
        score = np.array([error[pair] for pair in among]) * e / (2 * 2)
        a, b = among[np.argmax(score + rng.gumbel(size=len(among)))]
        part = [part[a] if x == part[b] else x for x in part]
        tree.append((a, b))
    sd_pair = np.sqrt(2 * (p - 1) / (2 * rho / 3))
    for a, b in tree:
        counts = np.bincount(codes[a] * sizes[b] + codes[b], minlength=sizes[a] * sizes[b])
        measured.append(((names[a], names[b]), noisy(counts, sd_pair), sd_pair))
    model = estimated(domain, measured, n, 2500)
    drawn = mbi.extensions.synthetic_data.synthetic_data(model, records=n) if hasattr(mbi.extensions, "synthetic_data") else model.synthetic_data(n)
    frame = drawn.to_dict() if hasattr(drawn, "to_dict") else drawn.df
    out = {}
    for (name, _, size, back), (to, _, _), weights in zip(fine, singles, within):
        states = np.asarray(frame[name]).astype(int)
        code = np.zeros(n, int)
        for state in range(int(to.max()) + 1):
            rows = np.flatnonzero(states == state)
            members = np.flatnonzero(to == state)
            chance = weights[members] if weights[members].sum() > 0 else np.ones(len(members))
            code[rows] = rng.choice(members, len(rows), p=chance / chance.sum())
        out[name] = back(code, rng)
    pd.DataFrame(out).to_csv(target, index=False)
    print(f"mst {n} x {p}, epsilon {epsilon}, rho {rho:.4g}: {time.time() - began:.1f} s, states {sizes}")


if __name__ == "__main__":
    {"inference": inference, "mst": mst}[sys.argv[1]](*sys.argv[2:])
