//! Do rules find their columns, and do real and fictional people keep them?

use super::*;
use crate::frame::parse;
use crate::infer::{InferOptions, infer};
use crate::io::{ReadOptions, read};
use crate::{RawColumn, RawTable, SourceType};
use std::collections::BTreeSet;
use std::path::PathBuf;
use verosim_core::{ColumnSchema, Context, Kind, Seeded};

fn clinic(n: usize) -> (Schema, Table) {
    let raw = crate::world::clinic(n, Seeded::new(1));
    let schema = infer(&raw, &InferOptions::default());
    let table = parse(&raw, &schema).unwrap();
    (schema, table)
}

fn ids(bound: &Clinical) -> BTreeSet<&str> {
    bound.rules.iter().map(|rule| rule.text.id.as_str()).collect()
}

fn broken(bound: &Clinical, table: &Table, id: &str) -> (usize, usize) {
    let at = bound
        .rules
        .iter()
        .position(|rule| rule.text.id == id)
        .unwrap_or_else(|| panic!("{id}: {:?}", bound.silent));
    let broken = &bound.rules.broken(table)[at];
    (broken.rows.iter().filter(|row| **row).count(), broken.applicable)
}

#[test]
fn the_library_is_whole_and_every_rule_speaks_of_known_concepts() {
    let mut ids = BTreeSet::new();
    for template in library() {
        let rule = &template.rule;
        assert!(ids.insert(rule.id.as_str()), "{} is there twice", rule.id);
        assert!(rule.source.is_some(), "{} has no source", rule.id);
        assert!(!named_concepts(rule).is_empty(), "{} speaks of nothing", rule.id);
        assert!(!template.version.is_empty());
    }
    assert!(ids.len() > 150, "{}", ids.len());
    let families = ["sex.", "age.", "range.", "derived.", "time.", "state."];
    assert!(ids.iter().all(|id| families.iter().any(|family| id.starts_with(family))), "{ids:?}");
}

/// Every rule reads against a table that has a column for each of its concepts.
#[test]
fn every_rule_reads() {
    let mut columns = Vec::new();
    for concept in concepts() {
        let name = concept.names.first().map_or(concept.id.as_str(), String::as_str);
        let kind = match concept.holds {
            dictionary::Holds::Number => Kind::Continuous,
            dictionary::Holds::Levels | dictionary::Holds::Flag => Kind::Nominal,
            dictionary::Holds::Time => Kind::Date,
            dictionary::Holds::Icd9 | dictionary::Holds::Icd10 => Kind::Code,
        };
        let mut column = ColumnSchema::declared(name, kind);
        column.unit = concept.units.first().map(|unit| unit.name.clone());
        column.levels = concept.words_of_levels().map(str::to_owned).collect();
        column.code_system = match concept.holds {
            dictionary::Holds::Icd9 => Some(verosim_core::CodeSystem::Icd9),
            dictionary::Holds::Icd10 => Some(verosim_core::CodeSystem::Icd10),
            _ => None,
        };
        columns.push(column);
    }
    let bound =
        Clinical::bind(&Schema { columns, ..Schema::default() }, &Table::default(), &Given::default());
    assert_eq!(bound.unbound, []);
    assert_eq!(bound.silent, []);
    assert_eq!(bound.rules.len(), library().len());
}

#[test]
fn the_clinic_is_bound_and_keeps_the_rules() {
    let (schema, table) = clinic(3_000);
    let bound = Clinical::bind(&schema, &table, &Given::default());
    let of = |concept: &str| bound.bindings.iter().find(|binding| binding.concept == concept).unwrap();
    assert_eq!(of("icd10").columns, ["diagnosis"]);
    assert_eq!(of("bmi").unit.as_deref(), Some("kg/m²"));
    let bound_ids = ids(&bound);
    for id in [
        "sex.female-icd10",
        "sex.pregnant",
        "age.maternity-icd10",
        "derived.bmi",
        "derived.pressures",
        "time.stay",
        "time.admission-discharge",
        "range.sbp-impossible",
    ] {
        assert!(bound_ids.contains(id), "{id}: {:?}", bound.silent);
    }
    for (rule, broken) in bound.rules.iter().zip(bound.rules.broken(&table)) {
        let hits = broken.rows.iter().filter(|row| **row).count();
        if rule.text.severity != Severity::Unusual {
            assert_eq!(hits, 0, "{}: {}", rule.text.id, rule.exactly());
        }
    }
    // Without rows, names and declared units alone decide.
    let blind = Clinical::bind(&schema, &Table::default(), &Given::default());
    assert!(ids(&blind).contains("range.heart-rate-impossible"), "{:?}", blind.silent);
    assert!(!ids(&blind).contains("range.sbp-impossible"), "mmHg and kPa are not told apart");
}

#[test]
fn swapped_sexes_break_the_rules_of_sex() {
    let (schema, table) = clinic(3_000);
    let bound = Clinical::bind(&schema, &table, &Given::default());
    let swapped: Vec<_> = table
        .columns()
        .iter()
        .map(|column| match (&column.cells, column.name.as_str()) {
            (crate::Cells::Level { codes, levels }, "sex") => {
                let codes = codes.iter().map(|&code| 1 - code).collect();
                crate::Column {
                    cells: crate::Cells::Level { codes, levels: levels.clone() },
                    ..column.clone()
                }
            }
            _ => column.clone(),
        })
        .collect();
    let swapped = Table::new(swapped).unwrap();
    let (codes, levels) = table.column("diagnosis").unwrap().levels().unwrap();
    let is_of_women = |code: &&u32| ["O80", "O24.41", "N80.0"].contains(&levels[**code as usize].as_str());
    let women = codes.iter().filter(is_of_women).count();
    assert_eq!(broken(&bound, &table, "sex.female-icd10").0, 0);
    assert_eq!(broken(&bound, &swapped, "sex.female-icd10").0, women, "all who have such a diagnosis");
}

fn small(columns: &[(&str, &[&str])]) -> (Schema, Table) {
    let raws = columns.iter().map(|(name, cells)| {
        let mut column = RawColumn::new(name, SourceType::Text);
        // Repeated, so that there are rows enough for medians.
        (0..20).for_each(|_| cells.iter().for_each(|cell| column.push(cell)));
        column
    });
    let raw = RawTable::new(raws.collect()).unwrap();
    let kinds = columns.iter().map(|(name, cells)| {
        let is_number = cells.iter().all(|cell| cell.is_empty() || cell.parse::<f64>().is_ok());
        ((*name).to_owned(), if is_number && *name != "SEX" { Kind::Continuous } else { Kind::Nominal })
    });
    let schema = infer(&raw, &InferOptions { kinds: kinds.collect(), subject: None });
    let table = parse(&raw, &schema).unwrap();
    (schema, table)
}

#[test]
fn units_are_told_apart_by_medians_and_rules_follow() {
    let (schema, table) = small(&[
        ("TotChol", &["5.2", "4.1", "1.0"]),
        ("DirectChol", &["1.2", "1.3", "1.4"]),
        ("Height", &["1.80", "1.70", "1.60"]),
        ("Weight", &["81", "57.8", "90"]),
        ("BMI", &["25", "20", "20"]),
        ("SEX", &["1", "2", "1"]),
        ("pregnant", &["no", "yes", "yes"]),
    ]);
    let bound = Clinical::bind(&schema, &table, &Given::default());
    let unit = |concept: &str| {
        bound.bindings.iter().find(|binding| binding.concept == concept).unwrap().unit.clone().unwrap()
    };
    assert_eq!((unit("cholesterol").as_str(), unit("height_cm").as_str()), ("mmol/L", "m"));
    // By hand: 1.4 of 1.0 mmol/L is more than the whole; 90 / 1.6² = 35.2 and not 20; one man in three is pregnant.
    assert_eq!(broken(&bound, &table, "derived.hdl-below-total"), (20, 60));
    assert_eq!(broken(&bound, &table, "derived.bmi"), (20, 60));
    assert_eq!(broken(&bound, &table, "sex.pregnant"), (20, 40));
}

#[test]
fn what_a_person_says_wins_and_columns_of_other_things_are_not_taken() {
    let (schema, table) = small(&[
        ("weight", &["3", "1", "2"]),
        ("sex", &["0", "1", "1"]),
        ("pregnant", &["no", "yes", "no"]),
        ("pressure", &["120", "90", "100"]),
    ]);
    let bound = Clinical::bind(&schema, &table, &Given::default());
    let why = bound.unbound.iter().find(|unbound| unbound.concept == "weight_kg").unwrap();
    assert_eq!(why.why, "column `weight` does not look like weight in any unit known");
    assert!(!ids(&bound).contains("sex.pregnant"), "0 and 1 mean either");
    let given = "sbp = 'pressure'\nsex = { column = 'sex', female = '0', male = '1' }".parse().unwrap();
    let mut schema = schema;
    let at = schema.index_of("sex").unwrap();
    schema.columns[at].kind = Kind::Nominal;
    let columns = table.columns().iter().map(|column| match (column.name.as_str(), column.numbers()) {
        ("sex", Some(cells)) => crate::Column {
            kind: Kind::Nominal,
            cells: crate::Cells::Level {
                codes: cells.iter().map(|x| *x as u32).collect(),
                levels: vec!["0".into(), "1".into()],
            },
            ..column.clone()
        },
        _ => column.clone(),
    });
    let table = Table::new(columns.collect()).unwrap();
    let bound = Clinical::bind(&schema, &table, &Given::from_toml(&given).unwrap());
    assert_eq!(broken(&bound, &table, "sex.pregnant"), (20, 40));
    assert!(bound.bindings.iter().any(|binding| binding.concept == "sbp" && binding.is_given));
}

#[test]
fn generators_are_told_what_nobody_can_be() {
    let (schema, table) = clinic(500);
    let bound = Clinical::bind(&schema, &table, &Given::default());
    let kept = bound.to_keep();
    assert!(kept.iter().all(|rule| rule.severity == Severity::Impossible) && kept.len() > 15);
    assert!(Rules::check(&kept, &schema, &table).is_ok(), "they are rules like those of a person");
    let nothing = Schema { columns: vec![ColumnSchema::declared("x", Kind::Nominal)], ..Schema::default() };
    let none = Clinical::bind(&nothing, &Table::default(), &Given::default());
    assert!(none.rules.is_empty());
    assert!(
        none.why_none().starts_with("no column is called like what clinical rules speak of (`age`"),
        "{}",
        none.why_none()
    );
}

#[test]
fn rules_of_a_person_may_speak_of_concepts() {
    let (schema, table) = clinic(500);
    let bound = Clinical::bind(&schema, &table, &Given::default());
    let rule = RuleText {
        id: "r".into(),
        severity: Severity::Unusual,
        words: "words".into(),
        source: None,
        never: Some("heart_rate > 100 and icd10 in ICD10 I50 and stay_days > 5 and sex = M".into()),
        when: None,
        then: None,
    };
    let spoken = in_columns(&[rule], &schema, &bound.bindings).unwrap();
    let text = spoken[0].never.as_deref().unwrap();
    assert_eq!(text, "heart_rate > 100 and `diagnosis` in ICD10 I50 and `los_days` > 5 and sex = M");
    assert!(Rules::check(&spoken, &schema, &table).is_ok());
}

/// Real people keep what is impossible to break, and seldom break the rest; printed, because real tables are told as they
/// are.
#[test]
fn real_people_break_few_rules() {
    let folder =
        std::env::var("VEROSIM_DATA").map_or_else(|_| PathBuf::from("../../../shared/data"), PathBuf::from);
    let files = ["framingham", "support2", "heart_disease_uci", "nhanes", "diabetes130"];
    for name in files {
        let Some(path) = std::fs::read_dir(folder.join(name)).ok().and_then(|files| {
            let mut files: Vec<_> = files.flatten().map(|file| file.path()).collect();
            files.sort();
            files.into_iter().find(|path| path.to_string_lossy().contains(".csv"))
        }) else {
            println!("skipped: no table of {name} under {}", folder.display());
            continue;
        };
        let raw = read(&path, &ReadOptions::default(), Context::silent()).unwrap().0;
        let schema = infer(&raw, &InferOptions::default());
        let table = parse(&raw, &schema).unwrap();
        let bound = Clinical::bind(&schema, &table, &Given::default());
        println!("{name}: {} rules, {} rows", bound.rules.len(), table.n_rows());
        for binding in &bound.bindings {
            println!("  {} is {:?} {:?}", binding.concept, binding.columns, binding.unit);
        }
        for (rule, broken) in bound.rules.iter().zip(bound.rules.broken(&table)) {
            let hits = broken.rows.iter().filter(|row| **row).count();
            if hits > 0 {
                println!("  {} {}: {hits} of {}", rule.text.severity.word(), rule.text.id, broken.applicable);
            }
            let most = match rule.text.severity {
                Severity::Impossible => 0.002,
                Severity::Implausible => 0.02,
                Severity::Unusual => 1.0,
            };
            assert!(
                hits as f64 <= most * broken.applicable.max(1) as f64,
                "{name}: {}: {hits} of {}",
                rule.text.id,
                broken.applicable
            );
        }
    }
}
