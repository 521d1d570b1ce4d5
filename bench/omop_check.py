#!/usr/bin/env python3
"""Is a folder of CSV tables valid OMOP CDM 5.4 in the eyes of a database?

    python3 bench/omop_check.py FOLDER [SPECIFICATION]

Makes all tables of the specification (crates/timeline/spec/omop-5.4.csv unless another file is named) in SQLite with
NOT NULL, PRIMARY KEY, FOREIGN KEY (deferred) and a CHECK of type and length on every column, loads the folder, and counts
by table what the database refuses. Foreign keys into the vocabularies are left out, for the folder brings none. Nothing of
verosim takes part. Ends with 1 when there was an error. Needs Python 3.11 and nothing else.
"""
import csv
import gzip
import pathlib
import re
import sqlite3
import sys
from collections import Counter

VOCABULARY = {"concept", "vocabulary", "domain", "concept_class", "concept_relationship", "relationship",
              "concept_synonym", "concept_ancestor", "source_to_concept_map", "drug_strength"}
SPECIFICATION = pathlib.Path(__file__).parent.parent / "crates/timeline/spec/omop-5.4.csv"
csv.field_size_limit(1 << 30)


def specification(path):
    """Tables of the digest: name -> rows, in order."""
    tables = {}
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            tables.setdefault(row["table"], []).append(row)
    return tables


def check(name, kind):
    """The condition that a cell of that type keeps."""
    if kind == "integer":
        return f"typeof({name}) IN ('integer', 'null')"
    if kind == "float":
        return f"typeof({name}) IN ('integer', 'real', 'null')"
    if kind == "date":
        return (f"{name} IS NULL OR date({name}) IS NOT NULL AND {name} GLOB '[0-9][0-9][0-9][0-9]-*' "
                f"AND (length({name}) = 10 OR substr({name}, 11) = ' 00:00:00')")
    if kind == "datetime":
        return f"{name} IS NULL OR datetime({name}) IS NOT NULL AND {name} GLOB '[0-9][0-9][0-9][0-9]-*'"
    length = re.fullmatch(r"varchar\((\d+)\)", kind)
    return f"typeof({name}) IN ('text', 'null')" + (f" AND length({name}) <= {length[1]}" if length else "")


def create(database, tables):
    for table, fields in tables.items():
        columns, keys = [], []
        for field in fields:
            name = f'"{field["field"]}"'
            # Without a declared type SQLite converts nothing behind our back.
            columns.append(f"{name} {'NOT NULL' if field['required'] == '1' else ''} CHECK ({check(name, field['type'])})")
            if field["primary"] == "1":
                keys.append(f"PRIMARY KEY ({name})")
            if field["fk_table"] and field["fk_table"] not in VOCABULARY:
                keys.append(f'FOREIGN KEY ({name}) REFERENCES "{field["fk_table"]}" ("{field["fk_field"]}") '
                            "DEFERRABLE INITIALLY DEFERRED")
        database.execute(f'CREATE TABLE "{table}" ({", ".join(columns + keys)})')
        # A row that others wait for is looked for in all of them.
        for at, field in enumerate(fields):
            if field["fk_table"] and field["fk_table"] not in VOCABULARY:
                database.execute(f'CREATE INDEX "{table}_{at}" ON "{table}" ("{field["field"]}")')


def value(cell, kind):
    if cell == "":
        return None
    try:
        if kind == "integer":
            return int(cell)
        if kind == "float":
            return float(cell)
    except ValueError:
        pass
    return cell


def load(database, path, table, fields, errors):
    """Loads one file and says how many rows it has."""
    kinds = {field["field"]: field["type"] for field in fields}
    opened = gzip.open(path, "rt", encoding="utf-8", newline="") if path.suffix == ".gz" else open(
        path, encoding="utf-8", newline="")
    with opened as file:
        reader = csv.reader(file, strict=True)
        names = [name.lower() for name in next(reader)]
        unknown = [name for name in names if name not in kinds]
        if unknown:
            errors[table, "columns that the specification does not have"] += len(unknown)
        known = [at for at, name in enumerate(names) if name in kinds]
        places = ", ".join(f'"{names[at]}"' for at in known)
        insert = f'INSERT INTO "{table}" ({places}) VALUES ({", ".join("?" * len(known))})'
        rows = 0
        for row in reader:
            rows += 1
            if len(row) != len(names):
                errors[table, "rows of another length than the header"] += 1
                continue
            try:
                database.execute(insert, [value(row[at], kinds[names[at]]) for at in known])
            except sqlite3.IntegrityError as error:
                # The message names the constraint and never the cell.
                errors[table, str(error).split(":")[0]] += 1
    return rows


def main(folder, spec=SPECIFICATION):
    tables = specification(spec)
    database = sqlite3.connect(":memory:", isolation_level=None)
    database.execute("PRAGMA foreign_keys = ON")
    create(database, tables)
    database.execute("BEGIN")
    errors, rows = Counter(), {}
    for path in sorted(pathlib.Path(folder).iterdir()):
        table = path.name.split(".")[0].lower()
        if table in tables and table not in VOCABULARY:
            rows[table] = load(database, path, table, tables[table], errors)
    for table, _, target, _ in database.execute("PRAGMA foreign_key_check"):
        errors[table, f"FOREIGN KEY into {target}"] += 1
    try:
        database.execute("COMMIT")
    except sqlite3.IntegrityError as error:
        if not any("FOREIGN KEY" in what for _, what in errors):
            errors["", str(error)] += 1
    for table, count in rows.items():
        wrong = sum(many for (of, _), many in errors.items() if of == table)
        print(f"{table}: {count} rows, {wrong} errors")
    for (table, what), count in sorted(errors.items()):
        print(f"  {table}: {count} x {what}")
    print(f"{sum(rows.values())} rows in {len(rows)} tables, {sum(errors.values())} errors")
    return 1 if errors or not rows else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
