#!/usr/bin/env python3
"""Makes crates/timeline/spec/omop-5.4.csv: what of OMOP's field-level specification a machine needs.

    python3 bench/omop_spec.py OMOP_CDMv5.4_Field_Level.csv > crates/timeline/spec/omop-5.4.csv

The input is inst/csv/OMOP_CDMv5.4_Field_Level.csv of github.com/OHDSI/CommonDataModel (Apache-2.0); the package
omop-alchemy (Apache-2.0) on PyPI carries a copy under omop_alchemy/cdm/specification/. Tables of the vocabularies are
part of it; explanations are not.
"""
import csv
import sys

YES = {"TRUE", "YES"}


def told(cell):
    """The cell; empty where the specification says NA or, in one row, No."""
    cell = cell.strip()
    return "" if cell.upper() in {"NA", "NO", ""} else cell


def main(path):
    out = csv.writer(sys.stdout, lineterminator="\n")
    sys.stdout.write(
        "# OMOP CDM 5.4, fields. Made by bench/omop_spec.py from OMOP_CDMv5.4_Field_Level.csv of\n"
        "# https://github.com/OHDSI/CommonDataModel, Copyright Observational Health Data Sciences and Informatics,\n"
        "# Apache License 2.0; explanations left out, words in lower case.\n"
    )
    out.writerow(["table", "field", "type", "required", "primary", "fk_table", "fk_field", "fk_domain"])
    with open(path, encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            out.writerow([
                row["cdmTableName"].strip().lower(),
                row["cdmFieldName"].strip().strip('"').lower(),
                row["cdmDatatype"].strip().lower(),
                int(row["isRequired"].strip().upper() in YES),
                int(row["isPrimaryKey"].strip().upper() in YES),
                told(row["fkTableName"]).lower(),
                told(row["fkFieldName"]).lower(),
                told(row["fkDomain"]),
            ])


if __name__ == "__main__":
    main(sys.argv[1])
