#!/usr/bin/env python3
"""Holds every metric of the judge against other people's packages and prints one table.

usage: oracle_table.py (--framingham FILE | TRAIN.csv HOLDOUT.csv) [--synthetic S.csv] [--target Y] [--survival TIME,EVENT]
                       [--venv FOLDER] [--markdown FILE] [--only PREFIX]

--framingham  makes the pair from the public file framingham.csv.gz: first exams, four fifths of the people by seed 0, the
              risk factors, CVD and the time to death (TIMEDTH, DEATH).
--synthetic   without it as many rows as the holdout has are made by numpy with seed 0: people drawn within each class of
              the target, a third of their cells exchanged within the class, numbers moved a little, one in fifty as they were.
--venv        makes a virtual environment there from bench/requirements-oracles.txt where there is none, and runs in it.
--only        oracles of metrics whose id begins so.

The judge is asked with `cargo run --release -p verosim-eval --example judge_csv` at preset release, the fixtures with
`--example fixtures`. Every `oracles_*.py` beside this file brings its reference values: `oracles(train, holdout, synthetic,
...)` returns dictionaries with the keys id, part (or None), oracle, value, tolerance, note and, where a peer's definition is
another one, differs (which says how). Metrics without any are listed with the reason.

Exits with 1 where a value differs and nothing says why, where the judge gives none, where a metric is neither compared nor
listed, and where a metric is called checked that no row of the table covers, or a draft that one does.
"""
import argparse
import importlib
import inspect
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import warnings

# Threads that wait by spinning make small models slow on a busy machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")
HERE = pathlib.Path(__file__).resolve().parent
REQUIREMENTS = HERE / "requirements-oracles.txt"
EXAMPLE = ["cargo", "run", "--quiet", "--release", "-p", "verosim-eval", "--example"]
FOLLOW_UP = "TIMEDTH,DEATH"
LATER = "RANDID TIME PERIOD HDLC LDLC ANGINA HOSPMI MI_FCHD ANYCHD STROKE HYPERTEN TIMEAP TIMEMI TIMEMIFC TIMECHD TIMESTRK TIMECVD TIMEHYP"


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("tables", nargs="*", metavar="TRAIN.csv HOLDOUT.csv")
    for name in ("framingham", "synthetic", "target", "survival", "venv", "markdown", "only"):
        ap.add_argument("--" + name)
    a = ap.parse_args()
    if a.venv:
        enter(pathlib.Path(a.venv))
    if bool(a.framingham) == bool(a.tables) or len(a.tables) not in (0, 2):
        ap.error("give --framingham FILE or TRAIN.csv HOLDOUT.csv")
    warnings.filterwarnings("ignore")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        if a.framingham:
            a.tables, a.target, a.survival = framingham(a.framingham, folder), a.target or "CVD", a.survival or FOLLOW_UP
        synthetic = a.synthetic or jittered(a.tables[0], a.tables[1], a.target, folder / "synthetic.csv")
        rows, card, listed = compared(a, [*a.tables, synthetic], folder)
    tell(rows, card, listed, a.markdown, a.only)


def enter(venv):
    """Runs this program again with the environment's Python, which is made where it is not there."""
    python = venv / "bin" / "python"
    if pathlib.Path(sys.prefix).resolve() == venv.resolve():
        return
    if HERE.parent in venv.resolve().parents:
        raise SystemExit("--venv: a folder outside the repository")
    stamp = venv / "requirements-oracles.txt"
    if not stamp.exists() or stamp.read_text() != REQUIREMENTS.read_text():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", REQUIREMENTS], check=True)
        stamp.write_text(REQUIREMENTS.read_text())
    os.execv(python, [str(python), *sys.argv])


def framingham(path, folder):
    import pandas as pd

    exams = pd.read_csv(path, dtype=str, keep_default_na=False)
    first = exams[exams["PERIOD"] == "1"].drop(columns=LATER.split(), errors="ignore")
    train = first.sample(frac=0.8, random_state=0)
    paths = [str(folder / f"{name}.csv") for name in ("train", "holdout")]
    for table, out in zip((train, first.drop(train.index)), paths):
        table.to_csv(out, index=False)
    return paths


def jittered(train, holdout, target, out):
    """Rows neither right nor outlandish, so that no figure is at an end of its scale."""
    import numpy as np
    import score

    real, n = score.read(train), len(score.read(holdout))
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, len(real), n)
    made, kept = real.iloc[drawn].reset_index(drop=True), rng.random(n) < 0.02
    classes = real[target] if target else real.iloc[:, 0].map(lambda _: "")
    own = classes.iloc[drawn].to_numpy()
    for name in made:
        if name == target:
            continue
        exchanged = ~kept & (rng.random(n) < 1 / 3)
        for level in sorted(set(own)):
            rows = np.flatnonzero(exchanged & (own == level))
            made.loc[rows, name] = rng.choice(real[name][classes == level].to_numpy(), len(rows))
        if real[name].nunique() > 10:
            made[name] = moved(made[name], real[name], kept, rng)
    made.to_csv(out, index=False)
    return str(out)


def moved(cells, real, kept, rng):
    """Numbers moved by a twentieth of their deviation, with as many decimals as before and no further than before."""
    import pandas as pd
    import score

    known = pd.to_numeric(real[~real.isin(score.MISSING)], errors="coerce")
    if known.isna().any():
        return cells
    here = ~cells.isin(score.MISSING) & ~kept
    decimals = real.str.partition(".")[2].str.len().max()
    values = pd.to_numeric(cells[here]) + rng.normal(0, 0.05 * known.std(), here.sum())
    values = values.clip(known.min(), known.max()).where(pd.to_numeric(cells[here]) != 0, 0.0)
    cells = cells.copy()
    cells[here] = [f"{value:.{decimals}f}" for value in values]
    return cells


def compared(a, paths, folder):
    """Rows of the table, the card, and the maturity of each metric."""
    import score

    flags = [word for name in ("target", "survival") if getattr(a, name) for word in ("--" + name, getattr(a, name))]
    printed = ask("judge_csv", *paths, str(folder / "card.json"), "--preset", "release", *flags)
    maturity = {line.split()[0]: line.split()[1] for line in printed.splitlines()}
    card = json.loads((folder / "card.json").read_text())
    roles = (card.get("disclosure") or {}).get("roles") or {}
    known = dict(target=a.target, survival=tuple(a.survival.split(",")) if a.survival else None,
                 keys=roles.get("keys"), sensitive=roles.get("sensitive"),
                 ordered=[column["name"] for column in card["columns"] if column["kind"] == "ordinal"])
    train, holdout, synthetic = (score.read(path) for path in paths)
    tables = [table[list(synthetic.columns)] for table in (train, holdout, synthetic)]
    rows = []
    for path in sorted(HERE.glob("oracles_*.py")):
        module, start = importlib.import_module(path.stem), time.time()
        if hasattr(module, "fixtures"):
            rows += [judged(want, want["ours"], a.only) for want in module.fixtures(ask)]
        if hasattr(module, "oracles"):
            asked = {name: known[name] for name in inspect.signature(module.oracles).parameters if name in known}
            rows += [judged(want, ours(card, want), a.only) for want in module.oracles(*(t.copy() for t in tables), **asked)]
        print(f"{path.stem}: {time.time() - start:.0f} s", file=sys.stderr)
    place = {id: at for at, id in enumerate(maturity)}
    return sorted(filter(None, rows), key=lambda row: place.get(row["id"], len(place))), card, maturity


def ask(example, *words):
    return subprocess.run([*EXAMPLE, example, "--", *words], check=True, stdout=subprocess.PIPE, text=True, cwd=HERE.parent).stdout


def ours(card, want):
    """The judge's value, or why there is none."""
    if want["id"] == "compat":
        return next((score["value"] for score in card["compat"] if score["score"] == want["part"]), "no such score")
    entry = next((entry for entry in card["entries"] if entry["id"] == want["id"]), None)
    if entry is None or not entry["reading"]:
        return entry["reason"] if entry else "no such metric"
    return entry["reading"]["value"] if want["part"] is None else dict(entry["parts"]).get(want["part"], "no such part")


def judged(want, own, only):
    if only and not want["id"].startswith(only):
        return None
    near = isinstance(own, float) and abs(own - want["value"]) <= want["tolerance"]
    differs = want.get("differs")
    verdict = "differs as documented" if differs else "agrees" if near else "DIFFERS"
    note = "; ".join(text for text in (differs, want["note"], own if isinstance(own, str) else "") if text)
    return want | dict(ours=own if isinstance(own, (int, float)) else None, verdict=verdict, note=note)


def tell(rows, card, maturity, markdown, only):
    from oracles_none import NONE

    figure = lambda value: "–" if value is None else f"{value:.6g}"
    cells = [(row["id"], row["part"] or "value", row["oracle"], figure(row["value"]), figure(row["ours"]),
              "–" if row["ours"] is None else f"{row['ours'] - row['value']:+.1e}", f"{row['tolerance']:.1g}", row["verdict"], row["note"])
             for row in rows]
    for line in cells:
        print(" | ".join(line))
    agreeing = {row["id"] for row in rows if row["verdict"] == "agrees"}
    faults = [f"{row['id']} {row['part'] or 'value'}: {row['verdict']}" for row in rows if row["verdict"] == "DIFFERS"]
    alone = [entry["id"] for entry in card["entries"] if entry["id"] not in agreeing]
    faults += [f"{id}: neither compared nor listed in oracles_none.py" for id in alone if id not in NONE]
    faults += [f"{id}: listed in oracles_none.py and compared" for id in NONE if id in agreeing]
    faults += [f"{id}: called checked, and nothing agrees with it" for id, stage in maturity.items() if stage == "checked" and id not in agreeing]
    faults += [f"{id}: called a draft, and a value agrees with it" for id, stage in maturity.items() if stage == "draft" and id in agreeing]
    print("\nWithout a value that agrees:")
    for id in alone:
        print(f"{id}: {NONE.get(id, '')}")
    if only:
        faults = [fault for fault in faults if fault.endswith("DIFFERS")]
    counts = {verdict: sum(row["verdict"] == verdict for row in rows) for verdict in ("agrees", "differs as documented", "DIFFERS")}
    compared = len(agreeing & set(maturity))
    print(f"\n{len(rows)} values, {compared} of {len(maturity)} metrics agree: " + ", ".join(f"{n} {verdict}" for verdict, n in counts.items()))
    for fault in faults:
        print("FAULT", fault)
    if markdown:
        pathlib.Path(markdown).write_text(page(cells, alone, NONE, counts, f"{compared} of {len(maturity)}", card["about"]))
    raise SystemExit(bool(faults))


def page(cells, alone, reasons, counts, compared, about):
    """The table as a page of the documentation."""
    safe = lambda text: text.replace("|", "\\|").replace("*", "\\*")
    lines = [
        "# Oracles", "", "Those of timelines are on [a page of their own](oracles-timelines.md).", "",
        "Every metric of the judge beside other people's packages, written by the script that compares them. It makes its environment "
        "from PyPI (`bench/requirements-oracles.txt`), takes some minutes, and is no part of the checks of a change:", "",
        "```", f"python bench/oracle_table.py {' '.join(spoken(sys.argv[1:]))}", "```", "",
        f"{about['n_train']} training, {about['n_holdout']} holdout and {about['n_synthetic']} synthetic rows of {about['n_columns']} columns, "
        f"{about['judge']}, preset release; fixtures are small enough to follow by hand. Python {sys.version.split()[0]} with "
        + ", ".join(line for line in REQUIREMENTS.read_text().split() if "==" in line) + ".", "",
        f"{len(cells)} values; {compared} metrics agree in at least one: " + ", ".join(f"{n} {verdict}" for verdict, n in counts.items()) + ". "
        "A difference as documented is one of definition; the page of the metric (`verosim explain ID`) says it too. Figures that learn or "
        "draw rows are compared with another learner or other draws, within the tolerance that the note explains.", "",
        "| Metric | Part | Oracle | Theirs | Ours | Difference | Tolerance | Verdict | Note |", "|---|---|---|---|---|---|---|---|---|",
        *("| " + " | ".join(safe(cell) for cell in row) + " |" for row in cells), "",
        "## Without a value that agrees", "", "These are drafts: tests of laws and of planted faults check them, no foreign value does.", "",
        "| Metric | Why |", "|---|---|", *(f"| {id} | {safe(reasons.get(id, ''))} |" for id in alone), "",
    ]
    return "\n".join(lines)


def spoken(words):
    """The command without the folders of one machine."""
    return [f"…/{pathlib.Path(word).name}" if pathlib.Path(word).is_absolute() else word for word in words]


if __name__ == "__main__":
    main()
