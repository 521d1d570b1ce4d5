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
    return [dict(id="compat", part=name, oracle=oracle, value=value, tolerance=1e-6, note="") for name, oracle, value in scores(*tables, numbers)]


def scores(train, holdout, synthetic, numbers):
    """Names, callables and values of SDMetrics' scores of whole tables."""
    metadata = {"columns": {c: {"sdtype": "numerical" if c in numbers else "categorical"} for c in train}}
    quality, diagnostic = QualityReport(), DiagnosticReport()
    with contextlib.redirect_stdout(io.StringIO()):
        quality.generate(train, synthetic, metadata, verbose=False)
        diagnostic.generate(train, synthetic, metadata, verbose=False)
        protection = DCROverfittingProtection.compute(train, synthetic, holdout, metadata, "table")
        new = NewRowSynthesis.compute(train, synthetic, metadata, "table")
    properties = quality.get_properties().set_index("Property")["Score"]
    values = {"QualityReport": quality.get_score(), "Column Shapes": properties["Column Shapes"],
              "Column Pair Trends": properties["Column Pair Trends"], "DiagnosticReport": diagnostic.get_score(),
              "DCROverfittingProtection": protection, "NewRowSynthesis": new}
    return [(name, f"sdmetrics {version('sdmetrics')} {name}", float(value)) for name, value in values.items()]


def frame(table, numbers):
    """Numbers, and levels as text; missing cells are None."""
    present = table.where(~table.isin(score.MISSING))
    return pd.DataFrame({c: pd.to_numeric(present[c]).astype(float) if c in numbers else present[c].astype(object) for c in table})
