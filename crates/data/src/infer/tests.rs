//! Are the columns of known tables understood?

use super::*;
use crate::{RawColumn, SourceType, frame};
use proptest::prelude::*;
use verosim_core::schema::{Format, Suspicion, Treatment};
use verosim_core::{CodeSystem, Seeded};

fn table(name: &str, cells: &[&str]) -> RawTable {
    let mut column = RawColumn::new(name, SourceType::Text);
    cells.iter().for_each(|cell| column.push(cell));
    RawTable::new(vec![column]).unwrap()
}

fn one(name: &str, cells: &[&str]) -> verosim_core::ColumnSchema {
    infer(&table(name, cells), &InferOptions::default()).columns.remove(0)
}

#[test]
fn awkward_columns_are_understood() {
    assert_eq!(
        one("zip_like", &["00123", "04567", "00123", "89012"]).kind,
        Kind::Nominal,
        "leading zeros stay text"
    );
    let long = ["12345678901234567", "12345678901234568", "12345678901234569"];
    assert_eq!(one("barcode", &long).format, Format::Text, "17 digits do not fit a double");
    assert_eq!(one("x", &["", "NA", ""]).kind, Kind::Constant);
    assert_eq!(one("x", &["5", "5", ""]).kind, Kind::Constant);
    assert_eq!(one("dead", &["0", "1", "1"]).kind, Kind::Boolean);
    assert_eq!(one("cp", &["1", "2", "3", "4", "4"]).kind, Kind::Ordinal);
    assert_eq!(one("num_visits", &["1", "2", "3", "4", "4"]).kind, Kind::Count);
    let mixed = one("seen", &["2024-01-01", "01/02/2024", "2024-03-01", "04/05/2024"]);
    assert_eq!(mixed.kind, Kind::Nominal);
    assert!(mixed.reason.contains("dates in more than one format (4 rows)"), "{}", mixed.reason);
}

#[test]
fn a_declared_kind_wins() {
    let options = InferOptions { kinds: vec![("cp".into(), Kind::Nominal)], subject: None };
    let schema = infer(&table("cp", &["1", "2", "3"]), &options);
    assert_eq!((schema.columns[0].kind, schema.columns[0].confidence), (Kind::Nominal, 1.0));
    let wrong = InferOptions { kinds: vec![("chestpain".into(), Kind::Nominal)], subject: None };
    assert_eq!(wrong.check(&table("chest_pain", &["1"])).unwrap_err().nearest.as_deref(), Some("chest_pain"));
}

#[test]
fn the_fictional_clinic_is_understood() {
    let raw = crate::world::clinic(3000, Seeded::new(1));
    let schema = infer(&raw, &InferOptions::default());
    let column = |name: &str| &schema.columns[schema.index_of(name).unwrap()];
    for (name, kind) in [
        ("patient_id", Kind::Id),
        ("admission_date", Kind::Date),
        ("los_days", Kind::Count),
        ("age", Kind::Count),
        ("sex", Kind::Nominal),
        ("bmi", Kind::Continuous),
        ("diagnosis", Kind::Code),
        ("diabetes", Kind::Boolean),
        ("n_comorbidities", Kind::Count),
        ("crp", Kind::Continuous),
        ("ldl", Kind::Count),
        ("charge_eur", Kind::Continuous),
        ("readmitted_30d", Kind::Boolean),
    ] {
        assert_eq!(column(name).kind, kind, "{name}: {}", column(name).reason);
    }
    assert_eq!(column("contact_email").identifier, Some(Suspicion::Email));
    assert_eq!(column("contact_email").treatment, Treatment::Regenerate);
    assert_eq!(column("diagnosis").code_system, Some(CodeSystem::Icd10));
    assert!(
        column("ldl").missing.contains(&"-9".to_owned()) && column("ldl").missing.contains(&String::new())
    );
    assert!(column("crp").missing.contains(&"<1".to_owned()), "below the limit of detection");
    assert_eq!(schema.primary_key.as_deref(), Some("patient_id"));
    let parsed = frame::parse(&raw, &schema).unwrap();
    let written = frame::format(&parsed, &schema, &[]);
    for (a, b) in raw.columns().iter().zip(written.columns()) {
        let changed = (0..raw.n_rows()).filter(|&row| a.cell(row) != b.cell(row)).count();
        assert_eq!(changed, 0, "{}: every cell of the clinic is written as it was read", a.name);
    }
}

/// Real tables: skipped, with the reason printed, where they are absent.
#[test]
fn real_tables_are_understood() {
    let root = std::env::var("VEROSIM_DATA")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").to_owned());
    let path = std::path::Path::new(&root).join("heart_disease_uci/cleveland.csv");
    let Ok(mut reader) = csv::Reader::from_path(&path) else {
        eprintln!("skipped: no real data at {root} (set VEROSIM_DATA)");
        return;
    };
    let mut columns: Vec<RawColumn> =
        reader.headers().unwrap().iter().map(|name| RawColumn::new(name, SourceType::Text)).collect();
    for record in reader.records() {
        columns.iter_mut().zip(record.unwrap().iter()).for_each(|(column, cell)| column.push(cell));
    }
    let schema = infer(&RawTable::new(columns).unwrap(), &InferOptions::default());
    let kind = |name: &str| schema.columns[schema.index_of(name).unwrap()].kind;
    assert_eq!((kind("age"), kind("sex"), kind("oldpeak")), (Kind::Count, Kind::Boolean, Kind::Continuous));
    assert_eq!((kind("cp"), kind("num")), (Kind::Ordinal, Kind::Ordinal));
    let thal = &schema.columns[schema.index_of("thal").unwrap()];
    assert!(thal.missing.contains(&"?".to_owned()), "UCI writes a question mark");
}

proptest! {
    #[test]
    fn no_text_makes_inference_or_reading_panic(cells in proptest::collection::vec(any::<String>(), 1..40), name in any::<String>()) {
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let raw = table(&name, &cells);
        let schema = infer(&raw, &InferOptions::default());
        let parsed = frame::parse(&raw, &schema).expect("what was inferred from these cells reads these cells");
        let once = frame::format(&parsed, &schema, &[]);
        let again = frame::parse(&once, &schema).expect("what we write, we read");
        prop_assert_eq!(parsed.columns()[0].missing.clone(), again.columns()[0].missing.clone());
    }
}
