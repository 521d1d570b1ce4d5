#!/usr/bin/env python3
"""Holds a MEDS data set against the `meds` package (its Arrow and JSON schemas) and against the rules of its README.

usage: meds_check.py FOLDER

Every file of data/ by DataSchema, metadata/codes.parquet by CodeMetadataSchema, metadata/subject_splits.parquet by
SubjectSplitSchema, metadata/dataset.json by DatasetMetadataSchema; a subject in one file only, rows of a subject together
and sorted by time with static rows first, every code in codes.parquet, every subject in one split. Prints what is wrong
and ends with 1 if anything is.
"""
import json
import pathlib
import sys

import pyarrow.compute as pc
import pyarrow.parquet as pq
from meds import CodeMetadataSchema, DataSchema, DatasetMetadataSchema, SubjectSplitSchema


def main():
    folder = pathlib.Path(sys.argv[1])
    wrong, seen, codes, rows = [], {}, set(), 0

    def held(schema, what, name):
        try:
            schema.validate(what)
        except Exception as error:  # noqa: BLE001: any refusal counts
            wrong.append(f"{name}: {error}")

    for path in sorted(folder.glob("data/**/*.parquet")):
        name = str(path.relative_to(folder))
        table = pq.read_table(path)
        held(DataSchema, table, name)
        rows += table.num_rows
        subjects = table["subject_id"].to_pylist()
        times = pc.cast(table["time"], "int64").to_pylist()
        codes |= set(table["code"].unique().to_pylist())
        last = None
        for at, (subject, time) in enumerate(zip(subjects, times)):
            if last is None or last[0] != subject:
                if subject in seen:
                    wrong.append(f"{name}: row {at}: subject in {seen[subject]} too, or apart")
                seen[subject] = name
            elif (time is None and last[1] is not None) or (
                time is not None and last[1] is not None and time < last[1]
            ):
                wrong.append(f"{name}: row {at}: not in order of time")
            last = (subject, time)
    book = pq.read_table(folder / "metadata/codes.parquet")
    held(CodeMetadataSchema, book, "codes.parquet")
    unknown = codes - set(book["code"].to_pylist())
    if unknown:
        wrong.append(f"codes.parquet: {len(unknown)} codes of the data are missing")
    splits = pq.read_table(folder / "metadata/subject_splits.parquet")
    held(SubjectSplitSchema, splits, "subject_splits.parquet")
    if sorted(splits["subject_id"].to_pylist()) != sorted(seen):
        wrong.append("subject_splits.parquet: not the subjects of the data")
    held(DatasetMetadataSchema, json.loads((folder / "metadata/dataset.json").read_text()), "dataset.json")
    for line in wrong[:20]:
        print(line)
    print(f"{len(wrong)} errors in {rows} events of {len(seen)} subjects with {len(codes)} codes")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
