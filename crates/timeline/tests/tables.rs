//! Do folders of tables come back, is everything odd told, and is what is new put where it belongs?

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use tempfile::TempDir;
use verosim_core::Context;
use verosim_data::io::{FileFormat, ReadOptions, SourceInfo};
use verosim_timeline::event::instant;
use verosim_timeline::shape::tables::{
    Mapping, Tables, TablesOptions, TablesSink, mapping, recognise, relate,
};
use verosim_timeline::{
    Builder, CodeBook, Event, Events, Fate, Sink as _, Source as _, TimelineError, Written,
};

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn open(folder: &Path, mapping: &Mapping) -> Result<Tables, TimelineError> {
    Tables::open(
        folder,
        mapping,
        TablesOptions { part_rows: 2, ..TablesOptions::default() },
        Context::silent(),
    )
}

fn all(tables: &Tables) -> Events {
    assert_eq!(tables.shards(), 1);
    tables.read(0, Context::silent()).unwrap()
}

fn write(events: &Events, mapping: &Mapping, book: &CodeBook, format: FileFormat) -> (TempDir, Written) {
    let out = tempfile::tempdir().unwrap();
    let ctx = Context::silent();
    let mut sink =
        Box::new(TablesSink::create(out.path(), mapping, book, &SourceInfo::of(format), false).unwrap());
    sink.write(events, ctx).unwrap();
    let written = sink.finish(book, ctx).unwrap();
    (out, written)
}

/// The rows of a file as texts, in order of the texts.
fn rows(path: &Path) -> Vec<String> {
    let Ok((table, _)) = verosim_data::io::read(path, &ReadOptions::default(), Context::silent()) else {
        return Vec::new();
    };
    let cells = |row: usize| table.columns().iter().map(|c| c.cell(row)).collect::<Vec<_>>().join("|");
    let mut rows: Vec<String> = (0..table.n_rows()).map(cells).collect();
    rows.sort();
    rows
}

/// Findings as words, without the lines.
fn told(tables: &Tables) -> Vec<String> {
    tables.findings().iter().map(|finding| finding.to_string()).collect()
}

fn assert_told(tables: &Tables, want: &str) {
    let told = told(tables);
    assert!(told.iter().any(|finding| finding == want), "no `{want}` in {told:#?}");
}

const PATIENTS: &str = "id,born,died,sex\n1,1950-01-02,2020-05-01,F\n2,1960-03-04,,M\n";

const MAPPING: &str = r#"
version = 1
shape = "clinic"
[[table]]
name = "patients"
part = "person"
subject = "id"
derive = [
    { column = "sex", code = "SEX//{sex}" },
    { column = "born", code = "MEDS_BIRTH", timed = true, style = "date" },
    { column = "died", code = "MEDS_DEATH", timed = true, style = "date" },
]
columns = ["id", "born", "died", "sex"]
[[table]]
name = "stays"
subject = "patient"
key = "stay"
visit = "stay"
time = ["from"]
end = ["to"]
code = "VISIT//CLINIC//{ward}"
columns = ["stay", "patient", "from", "to", "ward"]
[[table]]
name = "labs"
subject = "patient"
visit = "stay"
key = "lab"
time = ["at", "entered"]
code = "MEASUREMENT//LOINC//{loinc}//{unit}"
value = "value"
description = "name"
columns = ["lab", "patient", "stay", "at", "entered", "loinc", "name", "value", "unit"]
[[table]]
name = "samples"
via = { column = "lab", table = "labs" }
key = "sample"
time_of = { column = "lab", table = "labs" }
code = "SPECIMEN//CLINIC//{kind}"
columns = ["sample", "lab", "kind"]
[[table]]
name = "tubes"
via = { column = "sample", table = "samples" }
code = "SUPPLY//CLINIC//{tube}"
columns = ["sample", "tube"]
[[table]]
name = "doctors"
part = "reference"
"#;

fn clinic() -> Mapping {
    Mapping::parse("clinic", MAPPING).unwrap()
}

#[test]
fn odd_cells_come_back_through_every_depth_of_joins() {
    let files = [
        ("patients.csv", PATIENTS),
        (
            "stays.csv",
            "stay,patient,from,to,ward,subject\nb,2,2019-01-01 10:00:00,2019-01-03 09:00:00,A//B,x\na,1,2018-02-03T10:00:00Z,,\"I,\"\"C\",\n",
        ),
        (
            "labs.csv",
            "lab,patient,stay,at,entered,loinc,name,value,unit\n7,1,a,2018-02-03 11:00:00,,2339-0,Glucose,7.10,mmol/L\n8,2,b,,2019-01-02 08:00:00,2339-0,Glucose (old name),>5,\n9,2,,2019-01-02 08:00:00.5,2019-01-02 08:00:00,1-8,,16777217,mg//dL\n10,1,,soon,,,,,\n",
        ),
        ("samples.csv", "sample,lab,kind\ns1,7,blood\ns2,9,urine\n"),
        ("tubes.csv", "sample,tube\ns1,red\ns1,red\ns2,blue\n"),
        ("doctors.csv", "id,name\n1,Who\n"),
        ("readme_table.csv", "a\n1\n"),
    ];
    let folder = folder(&files);
    let tables = open(folder.path(), &clinic()).unwrap();
    let events = all(&tables);
    assert_eq!((events.len(), events.n_people()), (2 + 2 + 4 + 2 + 3 + 5, 2));
    let at = |code: &str| (0..events.len()).find(|&row| events.codes().cell(row) == code).unwrap();
    assert_eq!(events.subjects()[at("SUPPLY//CLINIC//blue")], 2, "a tube of a sample of a lab of a patient");
    assert_eq!(
        events.times()[at("SPECIMEN//CLINIC//blood")],
        instant::read("2018-02-03 11:00:00").unwrap().micros
    );
    assert_eq!(tables.codes().description("MEASUREMENT//LOINC//2339-0//mmol/L"), "Glucose");
    let (out, written) = write(&events, tables.mapping(), tables.codes(), FileFormat::Csv);
    for (name, _) in &files[..5] {
        assert_eq!(rows(&folder.path().join(name)), rows(&out.path().join(name)), "{name}");
    }
    let lost: Vec<String> = written.loss.iter().map(|finding| finding.to_string()).collect();
    assert_eq!(lost, ["doctors: 1 rows of a table that belongs to no patient, not carried"]);
    assert_told(&tables, "readme_table: 1 is no table of this shape, not carried");
    assert_told(&tables, "labs.at: 1 does not read as a time, kept without it (lines 5)");
    assert_told(&tables, "labs: 1 has no time and holds for the whole life, kept as they came (lines 5)");
    // The same by way of Parquet.
    let (parquet, _) = write(&events, tables.mapping(), tables.codes(), FileFormat::Parquet);
    for table in ["patients", "stays", "labs", "samples", "tubes"] {
        assert_eq!(
            rows(&folder.path().join(format!("{table}.csv"))),
            rows(&parquet.path().join(format!("{table}.parquet"))),
            "{table}"
        );
    }
}

#[test]
fn everything_odd_is_told_with_its_lines() {
    let folder = folder(&[
        ("patients.csv", "id,born,died,sex\n1,1950-01-02,2020-05-01,F\n2,1960-03-04,,M\n2,1960-03-04,,M\n"),
        (
            "stays.csv",
            "stay,patient,from,to,ward\n\
             a,1,2018-02-03 10:00:00,2018-02-01 10:00:00,A\n\
             a,1,2020-05-02 10:00:00,,A\n\
             b,9,2019-01-01 10:00:00+02:00,,B\n\
             c,,2019-01-01 10:00:00,,B\n\
             d,2,1959-01-01 10:00:00Z,,B\n\
             e,x,2019-01-01 10:00:00,,B\n\
             f,2,2019-01-01 10:00:00\n",
        ),
        (
            "labs.csv",
            "lab,patient,stay,at,entered,loinc,name,value,unit\n1,1,zzz,2018-02-03,,1-8,,3,\n1,1,,2018-02-03,,1-8,,4,\n",
        ),
        ("samples.csv", "sample,lab,kind\ns1,77,blood\n"),
        ("tubes.csv", ""),
    ]);
    let tables = open(folder.path(), &clinic()).unwrap();
    for want in [
        "patients.id: 1 repeats an id that an earlier row has, kept as they came (lines 4)",
        "stays.stay: 1 repeats an id that an earlier row has, kept as they came (lines 3)",
        "stays.patient: 1 names a patient that has no row, kept as they came (lines 4)",
        "stays.patient: 1 names no patient, set aside (lines 5)",
        "stays.patient: 1 has an id of a patient that is no number, as others are, set aside (lines 7)",
        "stays.to: 1 ends before it begins, kept as they came (lines 2)",
        "stays: 1 happens after death, kept as they came (lines 3)",
        "stays: 1 happens before birth, kept as they came (lines 6)",
        "stays: 1 has more or fewer cells than the header, set aside (lines 8)",
        "stays.from: 2 has another time zone than most cells, or one where most have none, kept as they came (lines 4, …)",
        "labs.stay: 1 names a visit that has no row, kept as they came (lines 2)",
        "labs.lab: 1 repeats an id that an earlier row has, kept as they came (lines 3)",
        "samples.lab: 1 names no row that leads to a patient, set aside (lines 2)",
        "tubes: 1 is an empty file, kept as they came",
    ] {
        assert_told(&tables, want);
    }
    for finding in told(&tables) {
        assert!(!finding.contains("zzz") && !finding.contains("77"), "no cell is told: {finding}");
    }
    assert_eq!(tables.findings().total(Fate::SetAside), 4);
}

#[test]
fn a_table_that_is_cut_is_read_up_to_there() {
    let mut labs = String::from("lab,patient,stay,at,entered,loinc,name,value,unit\n");
    for n in 0..5_000 {
        let (who, minute, code, value) = (1 + n % 2, n % 60, n * 7919 % 5000, n * 31 % 977);
        writeln!(labs, "{n},{who},,2018-02-03 10:{minute:02}:00,,{code}-8,,{value},").unwrap();
    }
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(labs.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let folder = folder(&[("patients.csv", PATIENTS)]);
    std::fs::write(folder.path().join("labs.csv.gz"), &packed[..packed.len() / 2]).unwrap();
    let options = TablesOptions { part_rows: 100, ..TablesOptions::default() };
    let tables = Tables::open(folder.path(), &clinic(), options, Context::silent()).unwrap();
    let n = tables.about().tables.iter().find(|(name, _)| name == "labs").unwrap().1;
    assert!((500..4_500).contains(&n), "{n}");
    let cut = tables.findings().iter().find(|finding| finding.what.contains("cut off")).unwrap();
    assert_eq!((cut.place.as_str(), cut.first[0], cut.fate), ("labs", n + 1, Fate::SetAside));
}

#[test]
fn keys_in_a_circle_lead_nowhere_and_are_told() {
    let text = r#"
version = 1
shape = "circle"
[[table]]
name = "patients"
part = "person"
subject = "id"
[[table]]
name = "a"
via = { column = "b", table = "b" }
key = "id"
code = "OTHER//A"
[[table]]
name = "b"
via = { column = "a", table = "a" }
key = "id"
code = "OTHER//B"
"#;
    let folder =
        folder(&[("patients.csv", PATIENTS), ("a.csv", "id,b\n1,1\n2,1\n"), ("b.csv", "id,a\n1,1\n")]);
    let tables = open(folder.path(), &Mapping::parse("circle", text).unwrap()).unwrap();
    assert_told(&tables, "a: 2 rows: its keys run in a circle and lead to no patient, set aside");
    assert_told(&tables, "b: 1 rows: its keys run in a circle and lead to no patient, set aside");
}

#[test]
fn folders_without_anybody_are_refused() {
    let empty = folder(&[]);
    assert!(matches!(open(empty.path(), &clinic()), Err(TimelineError::Unknown { .. })));
    assert!(matches!(relate(empty.path(), Context::silent()), Err(TimelineError::Unknown { .. })));
    assert!(recognise(empty.path(), Context::silent()).unwrap().is_none());
    let nobody = folder(&[("patients.csv", "id,born,died,sex\n")]);
    assert!(matches!(open(nobody.path(), &clinic()), Err(TimelineError::Nobody { .. })));
    let twice = folder(&[("patients.csv", PATIENTS), ("patients.tsv", PATIENTS)]);
    assert!(open(twice.path(), &clinic()).unwrap_err().to_string().contains("are the same table"));
}

/// A table of any size is recognised by its head, and an endless row is refused in bounded memory.
#[test]
fn a_huge_table_is_known_by_its_head() {
    let folder = folder(&[
        (
            "hosp/patients.csv",
            "subject_id,gender,anchor_age,anchor_year,anchor_year_group,dod\n1,F,60,2150,2011 - 2013,\n",
        ),
        (
            "hosp/admissions.csv",
            "subject_id,hadm_id,admittime,dischtime\n1,5,2150-01-01 10:00:00,2150-01-02 10:00:00\n",
        ),
        (
            "icu/chartevents.csv",
            "subject_id,hadm_id,stay_id,charttime,itemid,value,valuenum,valueuom\n1,5,7,2150-01-01 11:00:00,220045,80,80,bpm\n",
        ),
    ]);
    // A sparse file: 30 GiB that take no place.
    for table in ["hosp/admissions.csv", "icu/chartevents.csv"] {
        let file = std::fs::OpenOptions::new().append(true).open(folder.path().join(table)).unwrap();
        let length = file.metadata().unwrap().len();
        file.set_len(length + (30 << 30)).unwrap();
    }
    let start = std::time::Instant::now();
    // The head of a small file shows the zeros; a true head of 64 KiB and more does not.
    let rows = "1,2,2150-01-01 10:00:00,2150-01-02 10:00:00\n".repeat(3_000);
    let path = folder.path().join("hosp/admissions.csv");
    std::fs::write(&path, format!("subject_id,hadm_id,admittime,dischtime\n{rows}")).unwrap();
    let file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
    file.set_len(file.metadata().unwrap().len() + (30 << 30)).unwrap();
    let found = recognise(folder.path(), Context::silent()).unwrap().unwrap();
    assert_eq!(found.mapping.shape(), "mimic-iv");
    assert!(
        found.reason.contains("`hosp/patients` has subject_id, gender, anchor_age, anchor_year"),
        "{}",
        found.reason
    );
    let error = open(folder.path(), &found.mapping).unwrap_err().to_string();
    assert!(
        error.contains("zero") || error.contains("no text has") || error.contains("longer than 64 MiB"),
        "{error}"
    );
    assert!(start.elapsed().as_secs() < 30);
}

fn generated() -> Events {
    let at = |text: &str| instant::read(text).unwrap().micros;
    let mut builder = Builder::default();
    let mut add = |subject, time: &str, end: &str, code: &str, number, text, visit| {
        let when = |text: &str| if text.is_empty() { verosim_timeline::event::STATIC } else { at(text) };
        let (time, end) = (when(time), when(end));
        builder.push(&Event { subject, time, end, code, number, text, visit, ..Event::default() });
    };
    for subject in [4, 5] {
        add(subject, "", "", "SEX//SNOMED//female", None, "", "");
        add(subject, "", "", "RACE//white", None, "", "");
        add(subject, "1950-06-07", "", "MEDS_BIRTH", None, "", "");
        // Before the visit that it happens in.
        add(subject, "2019-01-01 09:00:00", "", "CONDITION//SNOMED//38341003", None, "", "v1");
        add(
            subject,
            "2019-01-01 09:30:00",
            "2019-01-03 10:00:00",
            "VISIT//SNOMED//185345009",
            None,
            "",
            "v1",
        );
        add(subject, "2019-01-02 09:00:00", "", "MEASUREMENT//LOINC//2339-0//mg/dL", Some(7.5), "", "");
        add(subject, "2019-01-02 09:00:00", "", "MEASUREMENT//LOINC//72166-2", None, "Never smoker", "v9");
        add(subject, "2019-01-02 09:00:00", "", "CONDITION//ICD10CM//I10", None, "", "");
        add(subject, "2019-01-03 09:00:00", "", "MEDS_DEATH", None, "", "");
    }
    builder.finish()
}

#[test]
fn generated_lives_become_whole_folders_of_synthea() {
    let mut book = CodeBook::default();
    book.note("MEASUREMENT//LOINC//2339-0//mg/dL", "Glucose");
    let synthea = mapping("synthea").unwrap();
    let (out, written) = write(&generated(), &synthea, &book, FileFormat::Csv);
    let lost: Vec<String> = written.loss.iter().map(|finding| finding.to_string()).collect();
    assert_eq!(
        lost,
        [
            "CONDITION//ICD10CM: 2 events that no table has a place for, not carried",
            "observations: 2 names of visits that no event tells of, not carried",
        ]
    );
    let counts: BTreeMap<&str, u64> = written.tables.iter().map(|(name, n)| (name.as_str(), *n)).collect();
    assert_eq!(
        counts,
        BTreeMap::from([("patients", 2), ("encounters", 2), ("conditions", 2), ("observations", 4)])
    );
    // What was written reads as the shape that it is, and every key is there.
    let found = recognise(out.path(), Context::silent()).unwrap().unwrap();
    let tables = open(out.path(), &found.mapping).unwrap();
    let told = told(&tables);
    assert!(told.is_empty(), "{told:?}");
    let events = all(&tables);
    assert_eq!(events.n_people(), 2);
    for person in events.people() {
        let codes: Vec<&str> = person.rows().map(|row| person.code(row)).collect();
        assert!(codes.contains(&"SEX//F") && codes.contains(&"RACE//white"), "{codes:?}");
        assert_eq!(person.birth(), instant::day(1950, 6, 7));
        let row = person.rows().find(|&row| person.code(row) == "MEASUREMENT//LOINC//2339-0//mg/dL").unwrap();
        assert_eq!(
            (events.numbers()[row], events.visits().cell(row).len()),
            (7.5, 36),
            "the visit that was going on"
        );
    }
    assert_eq!(tables.codes().description("MEASUREMENT//LOINC//2339-0//mg/dL"), "Glucose");
}

#[test]
fn generated_lives_become_whole_folders_of_mimic() {
    let mimic = mapping("mimic-iv").unwrap();
    let (out, written) = write(&generated(), &mimic, &CodeBook::default(), FileFormat::Csv);
    assert_eq!(
        rows(&out.path().join("hosp/patients.csv")),
        ["4|F|69|2019||2019-01-03", "5|F|69|2019||2019-01-03"]
    );
    let admissions = rows(&out.path().join("hosp/admissions.csv"));
    assert!(
        admissions[0].starts_with("4|1|2019-01-01 09:30:00|2019-01-03 10:00:00|2019-01-03 09:00:00|"),
        "{admissions:?}"
    );
    assert!(admissions[0].ends_with("|white|||1"), "died in hospital: {admissions:?}");
    assert_eq!(rows(&out.path().join("hosp/diagnoses_icd.csv")), ["4|1||I10|10", "5|2||I10|10"]);
    let places: Vec<String> = written.loss.iter().map(|finding| finding.place).collect();
    assert_eq!(places, ["CONDITION//SNOMED", "MEASUREMENT//LOINC", "VISIT//SNOMED", "hosp/diagnoses_icd"]);
    let tables = open(out.path(), &mimic).unwrap();
    assert!(told(&tables).is_empty(), "{:?}", told(&tables));
    assert_eq!(all(&tables).people().next().unwrap().birth(), instant::day(1950, 1, 1));
}

#[test]
fn lives_go_from_one_shape_to_another() {
    let folder = folder(&[
        (
            "hosp/patients.csv",
            "subject_id,gender,anchor_age,anchor_year,anchor_year_group,dod\n10,F,60,2150,2011 - 2013,\n",
        ),
        (
            "hosp/admissions.csv",
            "subject_id,hadm_id,admittime,dischtime,race\n10,5,2150-01-01 10:00:00,2150-01-02 10:00:00,WHITE\n",
        ),
        ("hosp/prescriptions.csv", "subject_id,hadm_id,starttime,drug\n10,5,2150-01-01 11:00:00,Aspirin\n"),
    ]);
    let tables = open(folder.path(), &mapping("mimic-iv").unwrap()).unwrap();
    let (out, written) = write(&all(&tables), &mapping("synthea").unwrap(), tables.codes(), FileFormat::Csv);
    assert_eq!(rows(&out.path().join("encounters.csv")).len(), 1);
    let patients = rows(&out.path().join("patients.csv"));
    assert!(patients[0].contains("|2090-01-01|") && patients[0].contains("|WHITE||F|"), "{patients:?}");
    let lost: Vec<String> = written.loss.iter().map(|finding| finding.place).collect();
    assert!(
        lost.contains(&"DRUG//MIMIC".to_owned()) && lost.contains(&"PERSON//mimic-iv".to_owned()),
        "{lost:?}"
    );
}

#[test]
fn tables_of_any_depth_are_related_by_names_and_contents() {
    let files = [
        ("person.csv", "person_id,gender,birth_date\np-1,F,1950-01-01\np-2,M,1960-01-01\n"),
        (
            "visits.csv",
            "id,person_id,start,end,type\n1,p-1,2019-01-01 10:00:00,2019-01-02 10:00:00,in\n2,p-2,2019-01-01 10:00:00,2019-01-02 10:00:00,in\n3,p-2,2019-02-01 10:00:00,2019-02-02 10:00:00,out\n",
        ),
        (
            "orders.csv",
            "order_id,visit_id,ordered_at,code\n11,1,2019-01-01 11:00:00,CBC\n12,3,2019-02-01 11:00:00,CBC\n",
        ),
        (
            "results.csv",
            "result_id,order_id,time,code,value,unit\n21,11,2019-01-01 12:00:00,HGB,13.1,g/dL\n22,12,2019-02-01 12:00:00,HGB,11,g/dL\n",
        ),
        ("flags.csv", "flag_id,result_id,flag\n31,21,low\n32,22,low\n33,22,late\n"),
        ("rooms.csv", "room,beds\nA,2\nB,3\n"),
    ];
    let folder = folder(&files);
    let mapping = relate(folder.path(), Context::silent()).unwrap();
    assert!(
        mapping.notes().iter().any(|note| note == "no key of `rooms` leads to a patient"),
        "{:?}",
        mapping.notes()
    );
    // What was found can be written down, corrected and read.
    let mapping = Mapping::parse("mine", &mapping.to_toml()).unwrap();
    let tables = open(folder.path(), &mapping).unwrap();
    let events = all(&tables);
    let at = |code: &str| {
        (0..events.len()).find(|&row| events.codes().cell(row) == code).unwrap_or_else(|| panic!("{code}"))
    };
    assert_eq!(events.numbers()[at("MEASUREMENT//RESULT//HGB//g/dL")], 13.1);
    assert_eq!(events.visits().cell(at("VISIT//VISIT//out")), "3");
    assert_eq!(events.extra("subject").map(|ids| ids.cell(at("VISIT//VISIT//out"))), Some("p-2"));
    let (out, written) = write(&events, tables.mapping(), tables.codes(), FileFormat::Csv);
    for (name, _) in &files[..5] {
        assert_eq!(rows(&folder.path().join(name)), rows(&out.path().join(name)), "{name}");
    }
    let lost: Vec<String> = written.loss.iter().map(|finding| finding.place).collect();
    assert_eq!(lost, ["rooms"]);
}

#[test]
fn what_is_generated_finds_the_rows_that_it_belongs_to() {
    let at = |hour: i64| instant::day(2019, 1, 1).unwrap() + hour * 3600 * instant::SECOND;
    let mut builder = Builder::default();
    for (hour, code) in [
        (1, "VISIT//CLINIC//A"),
        (2, "MEASUREMENT//LOINC//1-8"),
        (3, "MEASUREMENT//LOINC//1-8//mg/dL"),
        (3, "SPECIMEN//CLINIC//blood"),
        (3, "SUPPLY//CLINIC//red"),
        (4, "NOTE//X//y"),
    ] {
        builder.push(&Event { subject: 3, time: at(hour), code, ..Event::default() });
    }
    builder.push(&Event { subject: 4, time: at(1), code: "SPECIMEN//CLINIC//blood", ..Event::default() });
    let (out, written) = write(&builder.finish(), &clinic(), &CodeBook::default(), FileFormat::Csv);
    let table = |name: &str| rows(&out.path().join(format!("{name}.csv")));
    assert_eq!(table("patients"), ["3|||", "4|||"]);
    assert_eq!(table("stays"), ["1|3|2019-01-01 01:00:00||A"]);
    assert_eq!(
        table("labs"),
        ["1|3|1|2019-01-01 02:00:00||1-8|||", "2|3|1|2019-01-01 03:00:00||1-8|||mg/dL"]
    );
    assert_eq!((table("samples"), table("tubes")), (vec!["1|2|blood".to_owned()], vec!["1|red".to_owned()]));
    let lost: Vec<String> = written.loss.iter().map(|finding| finding.to_string()).collect();
    assert_eq!(
        lost,
        [
            "NOTE//X: 1 events that no table has a place for, not carried",
            "SPECIMEN//CLINIC: 1 events that no row of another table could hold, not carried",
            "tubes: 1 times that the table has no column for, not carried",
        ]
    );
    let tables = open(out.path(), &clinic()).unwrap();
    assert!(told(&tables).is_empty(), "{:?}", told(&tables));
}

#[test]
fn versions_of_synthea_with_other_columns_come_back() {
    let files = [
        (
            "patients.csv",
            "ID,BirthDate,DeathDate,Race,Ethnicity,Gender,Shoe\nu-1,2001-02-03,2020-01-01,white,hispanic,F,41\nu-2,1990-01-01,,asian,nonhispanic,M,\n",
        ),
        (
            "encounters.csv",
            "ID,Start,Stop,Patient,EncounterClass,Code,Description\ne-1,2019-01-01T10:00:00Z,2019-01-01T11:00:00Z,u-1,ambulatory,185345009,Check\n",
        ),
        (
            "payer_transitions.csv",
            "Patient,Start_Year,End_Year,Payer,Ownership\nu-1,2001,2002,p-1,Self\nu-1,2003,,p-2,\n",
        ),
        (
            "observations.csv",
            "Date,Patient,Encounter,Code,Description,Value,Units,Type\n2019-01-01T10:00:00Z,u-1,e-1,8302-2,Height,170.0,cm,numeric\n2019-01-01T10:00:00Z,u-2,,72166-2,Smoking,Never,,text\n",
        ),
    ];
    let folder = folder(&files);
    let found = recognise(folder.path(), Context::silent()).unwrap().unwrap();
    assert_eq!(found.mapping.shape(), "synthea");
    let tables = open(folder.path(), &found.mapping).unwrap();
    assert!(told(&tables).is_empty(), "{:?}", told(&tables));
    let events = all(&tables);
    let code = "MEASUREMENT//LOINC//8302-2//cm";
    let row = (0..events.len()).find(|&row| events.codes().cell(row) == code).unwrap();
    assert_eq!((events.numbers()[row], events.extra("raw.Value").unwrap().cell(row)), (170.0, "170.0"));
    assert_eq!((events.visits().cell(row), events.sources().cell(row)), ("e-1", "observations"));
    assert_eq!(events.extra("Shoe").unwrap().levels().len(), 2);
    let first = events.people().next().unwrap();
    assert_eq!((first.birth(), first.death()), (instant::day(2001, 2, 3), instant::day(2020, 1, 1)));
    let sources: Vec<&str> = first.statics().map(|row| events.sources().cell(row)).collect();
    assert!(sources.contains(&"patients") && sources.contains(&"patients.GENDER"), "{sources:?}");
    let (out, written) = write(&events, tables.mapping(), tables.codes(), FileFormat::Csv);
    for (name, _) in &files {
        assert_eq!(rows(&folder.path().join(name)), rows(&out.path().join(name)), "{name}");
    }
    assert!(written.loss.is_empty());
}

/// What never ends is recognised by its head, and read until somebody stops it.
#[cfg(unix)]
#[test]
fn an_endless_table_is_known_by_its_head() {
    let folder = folder(&[("patients.csv", "subject_id,gender,dob,dod\n1,F,2050-01-01 00:00:00,\n")]);
    let path = folder.path().join("admissions.csv");
    if !std::process::Command::new("mkfifo").arg(&path).status().is_ok_and(|status| status.success()) {
        eprintln!("skipped: no mkfifo here");
        return;
    }
    let to = path.clone();
    let writer = std::thread::spawn(move || {
        let mut file = std::fs::OpenOptions::new().write(true).open(to).unwrap();
        let mut text = String::from("subject_id,hadm_id,admittime,dischtime\n");
        while file.write_all(text.as_bytes()).is_ok() {
            text = "1,2,2150-01-01 10:00:00,2150-01-02 10:00:00\n".repeat(100);
        }
    });
    let found = recognise(folder.path(), Context::silent()).unwrap().unwrap();
    assert_eq!(found.mapping.shape(), "mimic-iii");
    writer.join().unwrap();
}
