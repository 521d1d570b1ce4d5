#!/usr/bin/env python3
"""Compares our neighbourhoods with the package prdc: values and seconds.

usage: prdc_speed.py [--rows 10000] [--columns 8] [--k 5]
needs: pip install prdc; cargo build --release -p verosim-eval --example prdc
"""
import argparse
import contextlib
import io
import pathlib
import subprocess
import tempfile
import time

import numpy as np
from prdc import compute_prdc


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--rows", type=int, default=10_000)
    ap.add_argument("--columns", type=int, default=8)
    ap.add_argument("--k", type=int, default=5)
    a = ap.parse_args()
    rng = np.random.default_rng(0)
    # Single precision on both sides, so that values must be equal but for ties.
    real, fake = (rng.normal(size=(a.rows, a.columns)).astype(np.float32) for _ in range(2))
    start = time.time()
    with contextlib.redirect_stdout(io.StringIO()):
        theirs = compute_prdc(real.astype(float), fake.astype(float), a.k)
    peer = time.time() - start
    binary = pathlib.Path(__file__).parent.parent / "target/release/examples/prdc"
    with tempfile.TemporaryDirectory() as folder:
        paths = [f"{folder}/{name}.csv" for name in ("real", "fake")]
        for path, rows in zip(paths, (real, fake)):
            np.savetxt(path, rows, delimiter=",", fmt="%.9g")
        *ours, seconds = map(float, subprocess.check_output([binary, *paths, str(a.k)], text=True).split())
    for name, value in zip(("precision", "recall", "density", "coverage"), ours):
        print(f"{name}: prdc {theirs[name]:.6f}, ours {value:.6f}")
        assert abs(theirs[name] - value) < 1e-3, name
    print(f"seconds: prdc {peer:.2f}, ours {seconds:.2f}, {peer / seconds:.0f} times faster")


if __name__ == "__main__":
    main()
