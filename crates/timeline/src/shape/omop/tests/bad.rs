//! What is told of input that is wrong, and what becomes of it?

use super::super::{Writing, validate};
use super::fixture::{declared, folder, open, shards, told, write};
use crate::{Source as _, TimelineError};
use verosim_core::{Context, Hint as _};
use verosim_data::io::FileFormat;

/// Findings of the fixture with some tables replaced; also that what is kept can be written as valid OMOP.
fn findings(but: &[(&str, &str)]) -> Vec<String> {
    let from = folder(but);
    let source = open(from.path()).unwrap();
    let to = tempfile::tempdir().unwrap();
    write(&shards(&source), to.path(), Writing::new(declared())).unwrap();
    assert!(validate(to.path(), None, Context::silent()).unwrap().is_empty());
    told(&source.findings())
}

const HEAD: &str = "condition_occurrence_id,person_id,condition_concept_id,condition_start_date,\
                    condition_start_datetime,condition_end_date,condition_type_concept_id,visit_occurrence_id,\
                    condition_source_value\n";

#[test]
fn every_kind_of_trouble_is_told_with_its_lines_and_never_a_cell() {
    let rows = [
        "1,9,372328,2020-01-02,,,32817,,secret",           // 2: nobody
        "2,x,372328,2020-01-02,,,32817,,secret",           // 3: no number
        "3,1,372328,2020-01-02,,,32817,99,secret",         // 4: no such visit
        "4,1,372328,2020-01-02,,,32817,11,secret",         // 5
        "4,1,372328,2020-01-03,,,32817,11,secret",         // 6: the id came before
        "5,1,372328,1949-01-02,,,32817,,secret",           // 7: before birth
        "6,2,372328,2020-06-10,,,32817,,secret",           // 8: after death
        "7,1,372328,,,,32817,,secret",                     // 9: no date
        "8,1,372328,02.01.2020,,,32817,,secret",           // 10: no date that reads
        "9,1,372328,2020-01-02,,2020-01-01,32817,,secret", // 11: ends before it begins
        "10,1,372328,2020-01-02,2020-01-02T10:00:00Z,,32817,,secret", // 12
        "11,1,372328,2020-01-02,2020-01-02T10:00:00Z,,32817,,secret", // 13
        "12,1,372328,2020-01-02,2020-01-02T10:00:00+01:00,,32817,,secret", // 14: another zone
        "13,1,372328",                                     // 15: too short
    ];
    let text = format!("{HEAD}{}\n", rows.join("\n"));
    let told = findings(&[("condition_occurrence.csv", &text)]);
    assert_eq!(
        told,
        [
            "condition_occurrence: 1 rows whose cells do not fit the header, set aside (lines 15)",
            "condition_occurrence.condition_end_date: 1 rows that end before they begin, kept as they came (lines 11)",
            "condition_occurrence.condition_occurrence_id: 1 rows whose id came before, kept as they came (lines 6)",
            "condition_occurrence.condition_start_date: 1 rows after the death of their person, kept as they came (lines 8)",
            "condition_occurrence.condition_start_date: 1 rows before the birth of their person, kept as they came (lines 7)",
            "condition_occurrence.condition_start_date: 1 rows whose date does not read, set aside (lines 10)",
            "condition_occurrence.condition_start_date: 1 rows without a date, set aside (lines 9)",
            "condition_occurrence.condition_start_datetime: 1 rows in another time zone than most; the clock of the place \
         is kept, kept as they came (lines 14)",
            "condition_occurrence.person_id: 1 rows of a person that the table person does not have, set aside (lines 2)",
            "condition_occurrence.person_id: 1 rows whose person is no whole number, set aside (lines 3)",
            "condition_occurrence.visit_occurrence_id: 1 rows of a visit that visit_occurrence does not have, kept as \
         they came (lines 4)",
        ]
    );
    assert!(told.iter().all(|sentence| !sentence.contains("secret")));
}

#[test]
fn people_that_come_twice_or_without_birth_are_told() {
    let person = "person_id,gender_concept_id,year_of_birth,race_concept_id,ethnicity_concept_id,site\n\
                  1,8532,1950,0,0,a\n1,8507,1951,0,0,a\n2,8507,,0,0,b\nx,8507,1960,0,0,b\n";
    assert_eq!(
        findings(&[("PERSON.csv", person)]),
        [
            "person.person_id: 1 rows of a person that came before, set aside (lines 3)",
            "person.person_id: 1 rows whose id is no whole number, set aside (lines 5)",
            "person.site: 4 rows of a column that OMOP CDM 5.4 does not have, kept as they came",
            "person.year_of_birth: 1 people without a year of birth, kept as they came (lines 4)",
        ]
    );
}

#[test]
fn whole_numbers_with_a_point_are_whole_numbers() {
    let text = format!("{HEAD}1.0,1.0,372328.0,2020-01-02,,,32817,11.0,65363002\n");
    assert_eq!(findings(&[("condition_occurrence.csv", &text)]), Vec::<String>::new());
}

#[test]
fn a_folder_of_persons_alone_is_a_set_of_people() {
    let from = folder(&[]);
    for entry in std::fs::read_dir(from.path()).unwrap() {
        let path = entry.unwrap().path();
        if !path.ends_with("PERSON.csv") {
            std::fs::remove_file(path).unwrap();
        }
    }
    let source = open(from.path()).unwrap();
    let events = shards(&source).remove(0);
    assert_eq!((events.n_people(), events.len(), source.findings().is_empty()), (2, 8, true));
    let to = tempfile::tempdir().unwrap();
    write(&[events], to.path(), Writing::new(declared())).unwrap();
    assert!(to.path().join("observation_period.csv").is_file());
}

#[test]
fn a_folder_without_persons_says_so() {
    let from = folder(&[("PERSON.csv", "")]);
    let error = open(from.path()).unwrap_err();
    assert!(error.to_string().ends_with("looks like OMOP, but there is no table person"), "{error}");
    assert!(error.hint().unwrap().contains("add person.csv"));
    let error = open(tempfile::tempdir().unwrap().path()).unwrap_err();
    assert!(matches!(error, TimelineError::Unknown { .. }), "{error}");
    let nobody = folder(&[("PERSON.csv", "person_id,gender_concept_id,year_of_birth\n")]);
    assert!(matches!(open(nobody.path()).unwrap_err(), TimelineError::Nobody { .. }));
}

#[test]
fn two_files_for_a_table_are_refused() {
    let from = folder(&[("person.tsv", "person_id\n1\n")]);
    let error = open(from.path()).unwrap_err().to_string();
    assert!(error.contains("more than one file holds the table person"), "{error}");
}

#[test]
fn a_parquet_file_that_was_cut_is_named() {
    let from = folder(&[]);
    let to = tempfile::tempdir().unwrap();
    let writing = Writing { format: FileFormat::Parquet, ..Writing::new(declared()) };
    write(&shards(&open(from.path()).unwrap()), to.path(), writing).unwrap();
    let path = to.path().join("measurement.parquet");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 100]).unwrap();
    let error = open(to.path()).unwrap_err();
    assert!(matches!(error, TimelineError::Read(_)), "{error}");
    assert!(
        error.to_string().contains("measurement.parquet") && error.to_string().contains("damaged"),
        "{error}"
    );
}

#[test]
fn tables_that_are_there_are_not_replaced_unasked() {
    let from = folder(&[]);
    let shards = shards(&open(from.path()).unwrap());
    let error = write(&shards, from.path(), Writing::new(declared())).unwrap_err();
    assert!(matches!(error, TimelineError::Write(_)), "{error}");
    let writing = Writing { overwrite: true, ..Writing::new(declared()) };
    write(&shards, from.path(), writing).unwrap();
    let mut names: Vec<String> = std::fs::read_dir(from.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert!(names.contains(&"person.csv".into()) && !names.contains(&"PERSON.csv".into()), "{names:?}");
    assert!(names.iter().all(|name| !name.starts_with('.')), "nothing waits any more: {names:?}");
}

#[test]
fn breaches_are_told_by_table_and_column() {
    let from = folder(&[
        ("death.csv", "person_id,death_date,sorrow\n7,2020-06-09,1\n2,soon,1\n,2020-06-09,1\n"),
        ("care_site.csv", "care_site_id,care_site_name,place_of_service_source_value\n1,a,b\n1,a,b\n2,c,\n"),
        ("location.csv", "location_id,state\n1,NJ\nx,New Jersey\n"),
    ]);
    let told = told(&validate(from.path(), None, Context::silent()).unwrap());
    assert_eq!(
        told,
        [
            "care_site.care_site_id: 1 rows whose id came before, kept as they came (lines 3)",
            "death.death_date: 1 cells that are not of the type of the column, kept as they came (lines 3)",
            "death.person_id: 1 references to rows that are not there, kept as they came (lines 2)",
            "death.person_id: 1 rows without what must be there, kept as they came (lines 4)",
            "death.sorrow: 1 columns that the specification does not have, kept as they came",
            "location.location_id: 1 cells that are not of the type of the column, kept as they came (lines 3)",
            "location.state: 1 texts longer than the column, kept as they came (lines 3)",
        ]
    );
}
