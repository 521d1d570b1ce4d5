#!/usr/bin/env python3
"""Compares two folders of tables cell by cell: rows as multisets, columns by name ignoring case.

usage: round_trip.py ORIGINAL COPY [--missing TABLE ...] [--without COLUMN ...]

Reads CSV, plain or gzip, with Python's own csv module; knows nothing of verosim. A table of ORIGINAL that COPY lacks is
wrong unless it is named by --missing, and columns named by --without are not compared; rows may stand in any order; a column of COPY that ORIGINAL lacks must be empty.
"""
import argparse
import collections
import csv
import gzip
import pathlib
import sys

csv.field_size_limit(1 << 30)


def tables(folder):
    found = {}
    for path in sorted(pathlib.Path(folder).rglob("*.csv*")):
        name = str(path.relative_to(folder)).lower().removesuffix(".gz").removesuffix(".csv")
        found[name] = path
    return found


def rows(path):
    opened = gzip.open(path, "rt", newline="", encoding="utf-8") if path.suffix == ".gz" else open(
        path, newline="", encoding="utf-8"
    )
    with opened as file:
        reader = csv.reader(file)
        header = [name.lower().lstrip("\ufeff") for name in next(reader)]
        return header, [row for row in reader]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("original")
    parser.add_argument("copy")
    parser.add_argument("--missing", nargs="*", default=[])
    parser.add_argument("--without", nargs="*", default=[])
    args = parser.parse_args()
    one, two = tables(args.original), tables(args.copy)
    wrong = cells = 0
    for name, path in one.items():
        if name not in two:
            if name not in args.missing:
                print(f"{name}: not there")
                wrong += 1
            continue
        if name in args.missing:
            continue
        (names, left), (others, right) = rows(path), rows(two[name])
        names, others = ([f"#{column}" if column in args.without else column for column in header] for header in (names, others))
        lacking = [column for column in names if column not in others and not column.startswith('#')]
        kept = [column for column in names if column in others and not column.startswith('#')]
        if lacking:
            empty = all(not row[names.index(column)] for column in lacking for row in left)
            print(f"{name}: columns not there: {', '.join(lacking)}{' (empty)' if empty else ''}")
            wrong += not empty
        for column in others:
            if column not in names and any(row[others.index(column)] for row in right):
                print(f"{name}: column {column} is new")
                wrong += 1
        pick = lambda header: [header.index(column) for column in kept]
        here, there = pick(names), pick(others)
        a = collections.Counter(tuple(row[at] for at in here) for row in left)
        b = collections.Counter(tuple(row[at] for at in there) for row in right)
        lost, added = sum((a - b).values()), sum((b - a).values())
        cells += len(left) * len(kept)
        if lost or added:
            print(f"{name}: {lost} of {len(left)} rows are lost or changed, {added} are new")
            wrong += lost + added
    print(f"{wrong} differences in {cells} cells of {len(one)} tables")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
