#!/usr/bin/env python3
"""Counts impossible events in a MEDS data set; shares no code and no list with verosim.

usage: impossible.py FOLDER MCE.csv[.gz]

Codes of one sex only and of newborns, children, mothers and adults are those of the Medicare Code Editor (columns code,
description, group, rule), by ICD-10-CM code without the dot. Also counted: events after death, before birth, ends before
beginnings, and visits' events outside of their visit. Ages are those at the event, in completed years.
"""
import csv
import gzip
import pathlib
import sys

import pandas as pd

YEAR = 365.25 * 86400e6


def rules(path):
    opened = gzip.open(path, "rt") if path.endswith(".gz") else open(path)
    sex, age = {}, {}
    with opened as file:
        for row in csv.DictReader(file):
            code, rule = row["code"].replace(".", ""), row["rule"]
            if row["group"] == "Sex":
                sex[code] = "F" if rule.startswith("Female") else "M"
            elif "Perinatal" in rule:
                age[code] = (0, 0)
            elif "Pediatric" in rule:
                age[code] = (0, 17)
            elif "Maternity" in rule:
                age[code] = (9, 64)
            elif "Adult" in rule:
                age[code] = (15, 124)
    return sex, age


def main():
    sex_of, age_of = rules(sys.argv[2])
    found = {"wrong sex": 0, "wrong age": 0, "after death": 0, "before birth": 0, "end before begin": 0, "outside visit": 0}
    people = events = checked = 0
    for path in sorted(pathlib.Path(sys.argv[1]).glob("data/**/*.parquet")):
        table = pd.read_parquet(path, columns=["subject_id", "time", "code", "end_time", "visit_id"])
        people += table.subject_id.nunique()
        events += len(table)
        time = table.time.astype("int64").where(table.time.notna())
        by = table.subject_id
        first = lambda mask: by.map(time[mask].groupby(by[mask]).min())
        birth, death = first(table.code.str.startswith("MEDS_BIRTH")), first(table.code.str.startswith("MEDS_DEATH"))
        is_sex = table.code.str.match(r"(SEX|GENDER)//")
        sex = by.map(table.code[is_sex].str.split("//").str[-1].str[0].str.upper().groupby(by[is_sex]).first())
        parts = table.code.str.split("//")
        icd = parts.str[1].str.startswith("ICD10", na=False) & table.code.str.startswith("CONDITION")
        bare = parts.str[2].str.replace(".", "", regex=False).where(icd)
        checked += int(icd.sum())
        want = bare.map(sex_of)
        found["wrong sex"] += int((want.notna() & sex.isin(["F", "M"]) & (want != sex)).sum())
        years = (time - birth) // YEAR
        limits = bare.map(age_of)
        wrong = [limit == limit and years == years and not limit[0] <= years <= limit[1] if isinstance(limit, tuple) else False
                 for limit, years in zip(limits, years)]
        found["wrong age"] += sum(wrong)
        found["after death"] += int((time > death).sum())
        found["before birth"] += int((time < birth).sum())
        end = table.end_time.astype("int64").where(table.end_time.notna())
        found["end before begin"] += int((end < time).sum())
        visit = table.code.str.startswith("VISIT//")
        spans = table[visit & table.end_time.notna()].drop_duplicates(["subject_id", "visit_id"])
        spans = spans.set_index(["subject_id", "visit_id"])[["time", "end_time"]]
        inside = table[~visit & table.visit_id.notna()].join(spans, on=["subject_id", "visit_id"], rsuffix="_visit")
        inside = inside[inside.end_time_visit.notna()]
        found["outside visit"] += int(((inside.time < inside.time_visit) | (inside.time > inside.end_time_visit)).sum())
    print(f"{people} people, {events} events, {checked} ICD-10 codes")
    for what, n in found.items():
        print(f"{what}: {n}")
    sys.exit(any(found.values()))


if __name__ == "__main__":
    main()
