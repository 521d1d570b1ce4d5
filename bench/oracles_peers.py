"""Scores that the judge computes as SDMetrics does, by SDMetrics."""
import contextlib
import io
from importlib.metadata import version

import pandas as pd
from sdmetrics.reports.single_table import DiagnosticReport, QualityReport
from sdmetrics.single_table import DCROverfittingProtection, NewRowSynthesis

import oracles_columns
import score


def oracles(train, holdout, synthetic):
    numbers = [c for c in synthetic if oracles_columns.is_number(train[c], holdout[c])]
    tables = [frame(table, numbers) for table in (train, holdout, synthetic)]
    train, holdout, synthetic = tables
    metadata = {"columns": {c: {"sdtype": "numerical" if c in numbers else "categorical"} for c in train}}
    found = []

    def add(name, value, tolerance, note=""):
        oracle = f"sdmetrics {version('sdmetrics')} {name}"
        found.append(dict(id="compat", part=name, oracle=oracle, value=float(value), tolerance=tolerance, note=note))

    quality, diagnostic = QualityReport(), DiagnosticReport()
    with contextlib.redirect_stdout(io.StringIO()):
        quality.generate(train, synthetic, metadata, verbose=False)
        diagnostic.generate(train, synthetic, metadata, verbose=False)
        protection = DCROverfittingProtection.compute(train, synthetic, holdout, metadata, "table")
        new = NewRowSynthesis.compute(train, synthetic, metadata, "table")
    properties = quality.get_properties().set_index("Property")["Score"]
    add("QualityReport", quality.get_score(), 1e-6)
    for name in ("Column Shapes", "Column Pair Trends"):
        add(name, properties[name], 1e-6)
    add("DiagnosticReport", diagnostic.get_score(), 1e-6)
    add("DCROverfittingProtection", protection, 1e-6)
    add("NewRowSynthesis", new, 1e-6)
    return found


def frame(table, numbers):
    """Numbers, and levels as text; missing cells are None."""
    present = table.where(~table.isin(score.MISSING))
    return pd.DataFrame({c: pd.to_numeric(present[c]).astype(float) if c in numbers else present[c].astype(object) for c in table})
