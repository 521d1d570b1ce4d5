#!/usr/bin/env python3
"""Runs verosim's engine of tables and SDV's HMA on the same few tables of a folder and prints, as rows of Markdown, how far
each is from the real tables: children per parent, keys, associations between parent and child, and likeness of siblings.

usage: relational.py FOLDER --parent patients --child encounters=patients:PATIENT --child conditions=patients:PATIENT ...
                     --key patients=Id --key encounters=Id [--verosim PATH] [--sdv PYTHON] [--time-limit 3600] [--skip-sdv]

A child is TABLE=PARENT:COLUMN, where COLUMN names the parent. Both programs learn the named tables alone and draw as many people.
SDV takes five tables and one level of parents. Needs pandas and numpy, and for SDV the python of an environment that has `sdv` (bench/requirements-peers.txt). Figures are made here, by
code that neither program shares:

 counts    Kolmogorov-Smirnov distance of children per parent, parents without any counted as 0; mean over relations
 no child  largest difference in the share of parents without a child
 keys      least share of filled references that name a row of the parent
 assoc     mean difference of Cramer's V between a column of the parent and one of the child, numbers in fifths of the real ones
 joint     mean total variation distance of the same joint tables, at most ten levels of a column and the rest
 sibling   mean difference of the intraclass correlation of children of one parent: numbers, and the commonest levels as 0 and 1

Seconds are CPU seconds: those of verosim with reading, writing and starting, those of SDV without. `real halves` compares one half of the real people with the other: what chance alone does to half as many.
"""
import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd

LEVELS = 10
PLAIN = r"^[+-]?\d{1,15}(\.\d+)?$"


def read(folder, name):
    for ending in (".csv", ".csv.gz"):
        path = os.path.join(folder, name + ending)
        if os.path.exists(path):
            return pd.read_csv(path, dtype=str, keep_default_na=False)
    raise SystemExit(f"{folder} has no table {name}")


class Shape:
    def __init__(self, args):
        self.keys = dict(item.split("=") for item in args.key)
        self.children = []
        for item in args.child:
            table, rest = item.split("=")
            parent, column = rest.split(":")
            self.children.append((table, parent, column))
        self.root = args.parent
        self.tables = [args.parent] + [table for table, _, _ in self.children]


def numbers(column):
    """Numbers of a column, or None when it is not one: most cells read, and there are more than ten values."""
    there = column[column != ""]
    # What looks like a number to a parser may be a name: 75e14.
    if len(there) and there.str.match(PLAIN).mean() > 0.95 and there.nunique() > LEVELS:
        return floats(column)
    return None


def floats(column):
    return column.where(column.str.match(PLAIN), "nan").astype(float)


def modelled(table, shape, name, people):
    """Columns with something to compare: no keys, no times, no texts that nearly every row has alone."""
    names = {column for child, _, column in shape.children if child == name} | {shape.keys.get(name)}
    kept = []
    for column in table.columns:
        cells = table[column]
        there = cells[cells != ""]
        if column in names or len(there) < 20 or there.nunique() < 2:
            continue
        if there.str.match(r"^\d{4}-\d\d-\d\d").mean() > 0.9:
            continue
        if numbers(cells) is None and (there.nunique() > 0.2 * len(there) or there.nunique() > 200):
            continue
        # A column that says whose row it is.
        if there.nunique() >= people * 0.5 and numbers(cells) is None:
            continue
        kept.append(column)
    return kept


def coder(real):
    """Turns cells into the codes that the real ones give: fifths of numbers, commonest levels, the rest."""
    values = numbers(real)
    if values is not None:
        cuts = np.unique(np.nanquantile(values, [0.2, 0.4, 0.6, 0.8]))
        return lambda cells: (lambda x: np.where(np.isnan(x), -1, np.searchsorted(cuts, x)))(
            floats(cells).to_numpy(float))
    top = {level: at for at, level in enumerate(real.value_counts().index[:LEVELS])}
    return lambda cells: cells.map(lambda cell: top.get(cell, LEVELS)).to_numpy(int)


def joint(a, b):
    table = pd.crosstab(pd.Series(a), pd.Series(b))
    return table / max(table.to_numpy().sum(), 1)


def cramer(table):
    p = table.to_numpy()
    rows, columns = p.sum(1, keepdims=True), p.sum(0, keepdims=True)
    expected = rows @ columns
    with np.errstate(divide="ignore", invalid="ignore"):
        phi = np.nansum(np.where(expected > 0, (p - expected) ** 2 / expected, 0))
    return np.sqrt(phi / max(min(p.shape) - 1, 1))


def distance(a, b):
    a, b = a.align(b, fill_value=0)
    return 0.5 * np.abs(a.to_numpy() - b.to_numpy()).sum()


def ks(a, b):
    points = np.unique(np.concatenate([a, b]))
    below = lambda x: np.searchsorted(np.sort(x), points, side="right") / max(len(x), 1)
    return np.abs(below(a) - below(b)).max()


def icc(values, parents):
    """One-way intraclass correlation (ANOVA) of children within parents."""
    frame = pd.DataFrame({"x": values, "p": parents}).dropna()
    size = frame.groupby("p")["x"].transform("size")
    frame = frame[size > 1]
    groups = frame.groupby("p")["x"]
    k, n = groups.ngroups, len(frame)
    if k < 5 or n <= k or frame["x"].std() == 0:
        return np.nan
    sizes = groups.size()
    within = ((frame["x"] - groups.transform("mean")) ** 2).sum() / (n - k)
    between = (sizes * (groups.mean() - frame["x"].mean()) ** 2).sum() / (k - 1)
    n0 = (n - (sizes**2).sum() / n) / (k - 1)
    total = between + (n0 - 1) * within
    return (between - within) / total if total > 0 else np.nan


def score(real, drawn, shape):
    counts, none, keys, assoc, joints, siblings = [], [], [], [], [], []
    people = len(real[shape.root])
    for child, parent, column in shape.children:
        key = shape.keys[parent]
        per = []
        for data in (real, drawn):
            sizes = data[child][column].value_counts()
            per.append(data[parent][key].map(sizes).fillna(0).to_numpy())
            ids = set(data[parent][key])
            there = data[child][column]
            there = there[there != ""]
            if data is drawn:
                keys.append(there.isin(ids).mean() if len(there) else 1.0)
        counts.append(ks(*per))
        none.append(abs((per[0] == 0).mean() - (per[1] == 0).mean()))
        merged = [data[child].merge(data[parent], left_on=column, right_on=key, suffixes=("_c", "_p")) for data in (real, drawn)]
        inside = modelled(real[child], shape, child, people)
        above = modelled(real[parent], shape, parent, people)
        name = lambda data, own, other, suffix: own + suffix if own in other.columns else own
        for a in above:
            for b in inside:
                left, right = name(real, a, real[child], "_p"), name(real, b, real[parent], "_c")
                if any(left not in m.columns or right not in m.columns for m in merged):
                    continue
                code_a, code_b = coder(real[parent][a]), coder(real[child][b])
                tables = [joint(code_a(m[left]), code_b(m[right])) for m in merged]
                assoc.append(abs(cramer(tables[0]) - cramer(tables[1])) if len(merged[1]) else 1.0)
                joints.append(distance(*tables))
        for b in inside:
            cells = [data[child][b] for data in (real, drawn)]
            parents = [data[child][column] for data in (real, drawn)]
            if numbers(cells[0]) is not None:
                views = [lambda c: floats(c).to_numpy(float)]
            else:
                views = [lambda c, level=level: (c == level).to_numpy(float) for level in cells[0].value_counts().index[:3]]
            for view in views:
                pair = [icc(view(c), p.to_numpy()) for c, p in zip(cells, parents)]
                if not np.isnan(pair[0]):
                    siblings.append(abs(pair[0] - (0 if np.isnan(pair[1]) else pair[1])))
    mean = lambda values: np.mean(values) if values else np.nan
    return [mean(counts), np.max(none), np.min(keys), mean(assoc), mean(joints), mean(siblings)]


def row(name, seconds, figures):
    cells = ["" if np.isnan(x) else f"{x:.3f}" for x in figures]
    return "| " + " | ".join([name] + seconds + cells) + " |"


def of_people(data, shape, ids):
    kept = {shape.root: data[shape.root][data[shape.root][shape.keys[shape.root]].isin(ids)]}
    for child, parent, column in shape.children:
        keys = set(kept[parent][shape.keys[parent]])
        kept[child] = data[child][data[child][column].isin(keys)]
    return kept


def cpu():
    """CPU seconds of all programs that were run and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run_verosim(program, folder, out, people):
    model, drawn = os.path.join(out, "model"), os.path.join(out, "drawn")
    start = cpu()
    subprocess.check_call([program, "fit", folder, "--engine", "relational", "-o", model, "-q"], stdout=subprocess.DEVNULL)
    fitted = cpu()
    shape = subprocess.run([program, "profile", folder, "--json", "-q"], capture_output=True, text=True, check=True).stdout
    to = json.loads(shape)["shape"]
    more = []
    if to == "relational":
        meds = os.path.join(out, "meds")
        subprocess.check_call([program, "convert", folder, "--to", "meds", "-o", meds, "-q"], stdout=subprocess.DEVNULL)
        more = ["--mapping", os.path.join(meds, "metadata", "mapping.toml")]
    drawing = cpu()
    subprocess.check_call(
        [program, "sample", model, "--patients", str(people), "--to", to, "-o", drawn, "-q", "--seed", "1"] + more,
        stdout=subprocess.DEVNULL)
    return drawn, fitted - start, cpu() - drawing


HMA = '''
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import pandas as pd
from sdv.metadata import Metadata
from sdv.multi_table import HMASynthesizer
what = json.loads(sys.argv[1])
data = {t: pd.read_csv(f"{what['in']}/{t}.csv", dtype=str, keep_default_na=False, na_values=[""]) for t in what["tables"]}
names = {t: {c for child, _, c in what["children"] if child == t} | {what["keys"].get(t)} for t in what["tables"]}
# References that are no declared relation would be levels without meaning.
ids = {k: set(data[k][c].dropna()) for k, c in what["keys"].items()}
for t, frame in data.items():
    other = [c for c in frame.columns if c not in names[t] and frame[c].notna().any()
             and any(set(frame[c].dropna()) <= of for k, of in ids.items())]
    frame.drop(columns=other, inplace=True)
tables = {}
for t, frame in data.items():
    columns = {}
    for c in frame.columns:
        there = frame[c].dropna()
        if c in names[t]:
            columns[c] = {"sdtype": "id"}
        elif len(there) and there.str.match(r"^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$").all():
            columns[c] = {"sdtype": "datetime", "datetime_format": "%Y-%m-%dT%H:%M:%SZ"}
        elif len(there) and there.str.match(r"^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d$").all():
            columns[c] = {"sdtype": "datetime", "datetime_format": "%Y-%m-%dT%H:%M:%S"}
        elif len(there) and there.str.match(r"^\\d{4}-\\d\\d-\\d\\d$").all():
            columns[c] = {"sdtype": "datetime", "datetime_format": "%Y-%m-%d"}
        elif len(there) and there.str.match(what["plain"]).all() and there.nunique() > 10 and not c.lower().endswith("code"):
            columns[c] = {"sdtype": "numerical"}
            frame[c] = frame[c].astype(float)
        else:
            columns[c] = {"sdtype": "categorical"}
    tables[t] = {"columns": columns}
    if what["keys"].get(t):
        tables[t]["primary_key"] = what["keys"][t]
relations = [{"parent_table_name": p, "child_table_name": t, "parent_primary_key": what["keys"][p], "child_foreign_key": c}
             for t, p, c in what["children"]]
metadata = Metadata.load_from_dict({"METADATA_SPEC_VERSION": "V1", "tables": tables, "relationships": relations})
start = time.process_time()
model = HMASynthesizer(metadata, verbose=False)
model.fit(data)
fitted = time.process_time()
drawn = model.sample_scale(scale=1.0)
done = time.process_time()
for t, frame in drawn.items():
    frame.to_csv(f"{what['out']}/{t}.csv", index=False)
print(json.dumps([fitted - start, done - fitted]))
'''


def run_hma(python, folder, out, shape, limit):
    os.makedirs(out)
    what = json.dumps({"in": folder, "out": out, "tables": shape.tables, "keys": shape.keys, "children": shape.children,
                       "plain": PLAIN})
    done = subprocess.run([python, "-c", HMA, what], capture_output=True, text=True, timeout=limit)
    if done.returncode:
        sys.stderr.write(done.stderr[-2000:])
        return None
    return json.loads(done.stdout.strip().splitlines()[-1])


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("folder")
    ap.add_argument("--parent", default="patients")
    ap.add_argument("--child", action="append", required=True)
    ap.add_argument("--key", action="append", required=True)
    ap.add_argument("--verosim", default="target/release/verosim")
    ap.add_argument("--sdv", default=sys.executable)
    ap.add_argument("--skip-sdv", action="store_true")
    ap.add_argument("--time-limit", type=float, default=3600)
    args = ap.parse_args()
    shape = Shape(args)
    real = {name: read(args.folder, name) for name in shape.tables}
    print("| Generator | Fit CPU s | Draw CPU s | counts | no child | keys | assoc | joint | sibling |")
    print("|---|---|---|---|---|---|---|---|---|")
    people = real[shape.root][shape.keys[shape.root]].tolist()
    order = np.random.default_rng(1).permutation(len(people))
    halves = [of_people(real, shape, {people[at] for at in part}) for part in np.array_split(order, 2)]
    print(row("real halves", ["", ""], score(halves[0], halves[1], shape)))
    work = tempfile.mkdtemp()
    try:
        some, out = os.path.join(work, "some"), os.path.join(work, "verosim")
        os.makedirs(some)
        os.makedirs(out)
        for name, table in real.items():
            table.to_csv(os.path.join(some, name + ".csv"), index=False)
        drawn, fit, draw = run_verosim(args.verosim, some, out, len(people))
        made = {name: read(drawn, name) for name in shape.tables}
        print(row("verosim relational", [f"{fit:.2f}", f"{draw:.2f}"], score(real, made, shape)), flush=True)
        if args.skip_sdv:
            return
        out = os.path.join(work, "hma")
        try:
            seconds = run_hma(args.sdv, some, out, shape, args.time_limit)
        except subprocess.TimeoutExpired:
            print(f"| SDV HMA | over {args.time_limit:.0f} | | | | | | | |")
            return
        if seconds is None:
            raise SystemExit("SDV stopped; what it said is above")
        made = {name: read(out, name) for name in shape.tables}
        print(row("SDV HMA", [f"{x:.1f}" for x in seconds], score(real, made, shape)))
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
