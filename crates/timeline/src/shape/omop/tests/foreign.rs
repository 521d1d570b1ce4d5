//! Where do events go that never were rows of OMOP?

use super::super::{Writing, validate};
use super::fixture::{declared, multiset, open, out, rows, shards, synthea, told, write};
use crate::event::{Builder, Event, instant};
use crate::{BIRTH, DEATH, Events, Source as _};
use std::path::Path;
use verosim_core::Context;

/// Every kind of event, for `people` people.
fn lives(people: i64) -> Events {
    let mut builder = Builder::default();
    let ward = builder.extra("ward");
    let day = |day: u32| instant::day(2020, 1, day).unwrap();
    for subject in 1..=people {
        let fixed = Event { subject, ..Event::default() };
        builder.push(&Event { code: if subject % 2 == 0 { "SEX//M" } else { "SEX//F" }, ..fixed });
        builder.push(&Event { code: "RACE//white", ..fixed });
        builder.push(&Event { code: "MARITAL//M", ..fixed });
        builder.push(&Event { time: instant::day(1950, 4, 9).unwrap(), code: BIRTH, ..fixed });
        let at = |from: u32, code| Event { time: day(from), code, visit: "stay", ..fixed };
        builder.push(&Event { end: day(6), ..at(2, "VISIT//ENCOUNTERCLASS//inpatient") });
        builder.push(&Event { end: day(4), ..at(3, "VISIT_DETAIL//ICU//MICU") });
        builder.push(&Event { visit: "", ..at(9, "VISIT_DETAIL//ICU//lost") });
        builder.push(&at(3, "CONDITION//SNOMED//65363002"));
        builder.push(&at(3, "DRUG//RxNorm//308182"));
        builder.push(&at(3, "IMMUNIZATION//CVX//140"));
        builder.push(&Event { visit: "elsewhere", ..at(4, "PROCEDURE//SNOMED//386516004") });
        builder.push(&at(4, "IMAGING//DICOM//CT"));
        builder.push(&at(4, "DEVICE//SNOMED//72506001"));
        builder.push(&at(4, "SUPPLY//SNOMED//409534002"));
        builder.push(&Event { number: Some(7.25), ..at(5, "MEASUREMENT//LOINC//2339-0//mg/dL") });
        builder.push(&Event { text: "positive", ..at(5, "MEASUREMENT//LOINC//5792-7") });
        builder.push(&Event { text: "never", ..at(5, "OBSERVATION//LOINC//72166-2") });
        builder.push(&Event { end: day(20), ..at(5, "CAREPLAN//SNOMED//737471002") });
        builder.push(&at(5, "ALLERGY//RxNorm//1191"));
        builder.push(&at(5, "SPECIMEN//SNOMED//119297000"));
        builder.push(&Event { text: "Seen, \"well\".\nSecond line.", ..at(5, "NOTE//LOINC//34109-9") });
        builder.push(&at(5, "NOTE//LOINC//34109-9"));
        builder.push(&Event { extras: &[(ward, "north")], ..at(6, "BILLING//DRG//870") });
        let long = format!("CONDITION//LOCAL//{}", "x".repeat(60));
        builder.push(&Event { code: &long, ..at(6, "") });
        builder.push(&Event { time: day(9), code: DEATH, ..fixed });
        builder.push(&Event { time: day(9), code: "MEDS_DEATH//again", ..fixed });
    }
    // Nobody knows when this one was born.
    builder.push(&Event { subject: people + 1, code: "SEX//F", ..Event::default() });
    // A number that no column of 32 bits holds.
    let subject = 1 << 40;
    builder.push(&Event { subject, time: day(1), code: BIRTH, ..Event::default() });
    builder.finish()
}

fn column(path: &Path, name: &str) -> Vec<String> {
    multiset(path, &[name.to_owned()])
        .into_iter()
        .flat_map(|(row, count)| std::iter::repeat_n(row[0].clone(), count))
        .collect()
}

#[test]
fn every_kind_has_its_table_or_is_told() {
    let (to, _kept) = out("foreign");
    let writing = Writing { overwrite: true, ..Writing::new(declared()) };
    let written = write(&[lives(2)], &to, writing).unwrap();
    let counts: Vec<(&str, u64)> = written.tables.iter().map(|(name, rows)| (name.as_str(), *rows)).collect();
    assert_eq!(
        counts,
        [
            ("person", 3),
            ("observation_period", 2),
            ("visit_occurrence", 4),
            ("visit_detail", 4),
            ("condition_occurrence", 4),
            ("drug_exposure", 4),
            ("procedure_occurrence", 4),
            ("device_exposure", 4),
            ("measurement", 4),
            ("observation", 6),
            ("death", 2),
            ("note", 2),
            ("specimen", 2),
            ("cdm_source", 1),
        ]
    );
    assert_eq!(
        told(&written.loss),
        [
            "BILLING: 2 events that OMOP has no table for, not carried",
            "condition_occurrence.condition_source_value: 2 texts longer than the column, which were cut, kept without it",
            "death: 2 deaths of a person whose death was written, not carried",
            "note.note_text: 2 events without what the column must have, not carried",
            "observation: 2 ends, for which the table has no column, kept without it",
            "observation: 2 events without a time, not carried",
            "person: 1 events of people without a year of birth, whom OMOP leaves out, not carried",
            "procedure_occurrence.visit_occurrence_id: 2 events of a visit that the person does not have, kept without it",
            "visit_occurrence: 2 visits made around details that name none, kept as they came",
        ]
    );
    let table = |name: &str| to.join(format!("{name}.csv"));
    assert_eq!(column(&table("person"), "person_id"), ["1", "2", "3"]);
    assert_eq!(column(&table("person"), "gender_concept_id"), ["0", "8507", "8532"]);
    assert_eq!(column(&table("person"), "person_source_value"), ["", "", "1099511627776"]);
    assert_eq!(column(&table("visit_occurrence"), "visit_concept_id"), ["0", "0", "9201", "9201"]);
    assert_eq!(column(&table("visit_occurrence"), "visit_occurrence_id"), ["1", "2", "3", "4"]);
    assert_eq!(column(&table("drug_exposure"), "drug_exposure_end_date"), ["2020-01-03"; 4]);
    assert_eq!(column(&table("measurement"), "unit_source_value"), ["", "", "mg/dL", "mg/dL"]);
    let (_, periods) = rows(&table("observation_period"));
    assert_eq!(periods[0], ["1", "1", "2020-01-02", "2020-01-09", "32817"]);
    assert!(validate(&to, None, Context::silent()).unwrap().is_empty());
}

#[test]
fn ids_go_on_from_shard_to_shard() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let all = lives(6);
    write(std::slice::from_ref(&all), one.path(), Writing::new(declared())).unwrap();
    let parts = [all.of_people(|id| id < 3), all.of_people(|id| id >= 3)];
    write(&parts, two.path(), Writing::new(declared())).unwrap();
    for entry in std::fs::read_dir(one.path()).unwrap() {
        let path = entry.unwrap().path();
        let other = two.path().join(path.file_name().unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), std::fs::read(&other).unwrap(), "{}", path.display());
    }
}

fn original(folder: &Path, table: &str) -> std::path::PathBuf {
    let plain = folder.join(table);
    if plain.is_file() { plain } else { folder.join(format!("{table}.gz")) }
}

/// The lives of Synthea without any trace of the tables they came from, as an engine would draw them.
#[test]
fn drawn_lives_keep_their_concepts() {
    let Some(from) = synthea() else { return };
    let source = open(&from).unwrap();
    let mut builder = Builder::default();
    for events in shards(&source) {
        for row in 0..events.len() {
            let number = events.numbers()[row];
            builder.push(&Event {
                subject: events.subjects()[row],
                time: events.times()[row],
                end: events.ends()[row],
                code: events.codes().cell(row),
                number: number.is_finite().then_some(number),
                text: events.texts().cell(row),
                visit: events.visits().cell(row),
                ..Event::default()
            });
        }
    }
    let (to, _kept) = out("drawn");
    let codes = source.codes().clone();
    let writing = Writing { overwrite: true, codes, ..Writing::new(declared()) };
    let written = write(&[builder.finish()], &to, writing).unwrap();
    eprintln!("{:#?}\n{:#?}", written.tables, told(&written.loss));
    for (table, name) in [
        ("condition_occurrence.csv", "condition_concept_id"),
        ("person.csv", "gender_concept_id"),
        ("person.csv", "race_concept_id"),
        ("visit_occurrence.csv", "visit_concept_id"),
    ] {
        assert_eq!(column(&original(&from, table), name), column(&to.join(table), name), "{table} {name}");
    }
    let names = ["condition_concept_id", "condition_era_start_date"].map(str::to_owned);
    assert_eq!(rows(&to.join("condition_era.csv")).1.len(), rows(&from.join("condition_era.csv")).1.len());
    assert!(!multiset(&to.join("condition_era.csv"), &names).is_empty());
}
