//! What do the tests share?

use super::super::{Declared, Omop, OmopSink, Reading, Writing};
use crate::{CodeBook, Events, Sink as _, Source as _, TimelineError, Written};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use verosim_core::Context;

/// Two invented people: tables by name, with the quirks that a round trip must survive.
pub(super) const TABLES: &[(&str, &str)] = &[
    (
        "PERSON.csv",
        "person_id,gender_concept_id,year_of_birth,month_of_birth,day_of_birth,birth_datetime,race_concept_id,\
         ethnicity_concept_id,provider_id,person_source_value,gender_source_value,gender_source_concept_id\n\
         1,8532,1950,4,9,1950-04-09 00:00:00,8527,38003564,,P-1,female,0\n\
         2,8507,1961,,,,0,0,,P-2,M,0\n",
    ),
    (
        "visit_occurrence.csv",
        "visit_occurrence_id,person_id,visit_concept_id,visit_start_date,visit_start_datetime,visit_end_date,\
         visit_end_datetime,visit_type_concept_id,visit_source_value,preceding_visit_occurrence_id\n\
         11,1,9201,2020-01-02,2020-01-02 08:30:00,2020-01-05,2020-01-05 10:00:00,44818517,e-11,\n\
         12,1,9202,2021-03-01,,2021-03-01,,44818517,e-12,11\n\
         21,2,0,2020-06-01,2020-06-01 00:00:00,2020-06-02,2020-06-02 00:00:00,44818517,e-21,\n",
    ),
    (
        "visit_detail.csv",
        "visit_detail_id,person_id,visit_detail_concept_id,visit_detail_start_date,visit_detail_end_date,\
         visit_detail_type_concept_id,visit_occurrence_id,parent_visit_detail_id\n\
         500,1,32037,2020-01-02,2020-01-03,44818517,11,\n501,1,32037,2020-01-03,2020-01-03,44818517,11,500\n",
    ),
    (
        "condition_occurrence.csv",
        "condition_occurrence_id,person_id,condition_concept_id,condition_start_date,condition_start_datetime,\
         condition_end_date,condition_type_concept_id,visit_occurrence_id,visit_detail_id,condition_source_value\n\
         1,1,372328,2020-01-02,2020-01-02 09:00:00,2020-01-10,38000175,11,500,65363002\n\
         2,1,372328,2020-02-05,2020-02-05 00:00:00,,38000175,,,65363002\n\
         3,2,0,2020-06-01,2020-06-01 00:00:00,2020-06-01,38000175,21,,odd//code\n",
    ),
    (
        "drug_exposure.csv",
        "drug_exposure_id,person_id,drug_concept_id,drug_exposure_start_date,drug_exposure_end_date,\
         drug_type_concept_id,quantity,days_supply,drug_source_value\n\
         7,1,19073183,2020-01-02,2020-01-12,32869,2.50,10,308182\n",
    ),
    (
        "measurement.csv",
        "measurement_id,person_id,measurement_concept_id,measurement_date,measurement_datetime,\
         measurement_type_concept_id,value_as_number,value_as_concept_id,unit_concept_id,visit_occurrence_id,\
         measurement_source_value,unit_source_value,value_source_value\n\
         1,1,3025315,2020-01-02,2020-01-02 09:00:00,38000267,48.1,0,9529,11,29463-7,kg,48.1\n\
         2,1,3025315,2020-01-03,2020-01-03 09:00:00,38000267,48.0,0,9529,11,29463-7,,48.0\n\
         3,2,3000000,2020-06-01,2020-06-01 00:00:00,38000267,,45877985,,21,x,,\n\
         4,2,3000000,2020-06-01,2020-06-01 00:00:00,38000267,123456.789012,,,21,x,,>123456\n",
    ),
    (
        "observation.csv",
        "observation_id,person_id,observation_concept_id,observation_date,observation_type_concept_id,\
         value_as_number,value_as_string,observation_source_value\n\
         1,1,40766240,2020-01-02,38000280,,never smoker,72166-2\n",
    ),
    (
        "death.csv",
        "person_id,death_date,death_datetime,death_type_concept_id,cause_concept_id,cause_source_value\n\
         2,2020-06-09,2020-06-09 00:00:00,38003566,378419,26929004\n",
    ),
    (
        "observation_period.csv",
        "observation_period_id,person_id,observation_period_start_date,observation_period_end_date,\
         period_type_concept_id\n1,1,2019-01-01,2021-12-31,44814724\n2,2,2020-01-01,2020-06-09,44814724\n",
    ),
    (
        "note.csv",
        "note_id,person_id,note_date,note_datetime,note_type_concept_id,note_class_concept_id,note_text,\
         encoding_concept_id,language_concept_id\n\
         1,1,2020-01-02,2020-01-02 10:00:00,32831,0,\"Seen, \"\"well\"\".\nSecond line.\",0,4180186\n",
    ),
    (
        "cdm_source.csv",
        "cdm_source_name,cdm_source_abbreviation,cdm_holder,source_release_date,cdm_release_date,cdm_version,\
         cdm_version_concept_id,vocabulary_version\nTwo people,Two,Nobody,2020-01-01,2020-01-01,5.4,756265,none\n",
    ),
];

/// A folder of `TABLES`, some replaced or, when the text is empty, left out.
pub(super) fn folder(but: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut tables: BTreeMap<&str, &str> = TABLES.iter().copied().collect();
    tables.extend(but.iter().copied());
    for (name, text) in tables.into_iter().filter(|(_, text)| !text.is_empty()) {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

pub(super) fn declared() -> Declared {
    Declared {
        name: "Invented people".into(),
        abbreviation: "invented".into(),
        holder: "nobody".into(),
        description: "Made by a test.".into(),
        synthetic: true,
        date: "2024-03-20".into(),
    }
}

pub(super) fn open(folder: &Path) -> Result<Omop, TimelineError> {
    Omop::open(folder, &Reading::default(), Context::silent())
}

pub(super) fn write(shards: &[Events], to: &Path, writing: Writing) -> Result<Written, TimelineError> {
    let ctx = Context::silent();
    let mut sink = Box::new(OmopSink::create(to, writing, ctx)?);
    for events in shards {
        sink.write(events, ctx)?;
    }
    sink.finish(&CodeBook::default(), ctx)
}

/// All shards of a source.
pub(super) fn shards(source: &Omop) -> Vec<Events> {
    (0..source.shards()).map(|shard| source.read(shard, Context::silent()).unwrap()).collect()
}

/// Findings as sentences.
pub(super) fn told(findings: &crate::Findings) -> Vec<String> {
    findings.iter().map(|finding| finding.to_string()).collect()
}

/// Rows of a table by the names of columns, read by the csv crate and not by our own reader.
pub(super) fn rows(path: &Path) -> (Vec<String>, Vec<Vec<String>>) {
    let mut text = String::new();
    let file = std::fs::File::open(path).unwrap();
    if path.extension().is_some_and(|end| end == "gz") {
        flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
    } else {
        std::io::BufReader::new(file).read_to_string(&mut text).unwrap();
    }
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers().unwrap().iter().map(str::to_lowercase).collect();
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    (names, rows)
}

/// The rows of a table as a multiset, in the columns `names`.
pub(super) fn multiset(path: &Path, names: &[String]) -> BTreeMap<Vec<String>, usize> {
    let (own, rows) = rows(path);
    let places: Vec<usize> =
        names.iter().map(|name| own.iter().position(|known| known.trim() == name.trim()).unwrap()).collect();
    let mut set = BTreeMap::new();
    for row in rows {
        *set.entry(places.iter().map(|&at| row[at].clone()).collect()).or_default() += 1;
    }
    set
}

/// The folder of the invented people of Synthea in OMOP; `None`, with the reason printed, where it is absent.
pub(super) fn synthea() -> Option<PathBuf> {
    let root = std::env::var("VEROSIM_DATA")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").to_owned());
    let path = Path::new(&root).join("synthea_ehr/omop");
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: no data at {root} (set VEROSIM_DATA)");
    None
}

/// A folder for what a test writes: under `VEROSIM_OMOP_OUT` when that is set, so that another program can look at it.
pub(super) fn out(name: &str) -> (PathBuf, Option<TempDir>) {
    if let Ok(root) = std::env::var("VEROSIM_OMOP_OUT") {
        return (Path::new(&root).join(name), None);
    }
    let folder = tempfile::tempdir().unwrap();
    (folder.path().join(name), Some(folder))
}
