//! Is what was written what is read?

use super::{Meds, MedsOptions, MedsSink, recognise};
use crate::event::{Builder, Columns, Event, Events};
use crate::{CodeBook, Fate, Sink as _, Source as _, Splits, TimelineError};
use std::path::Path;
use verosim_core::Context;
use verosim_data::{RawColumn, SourceType};

fn people(from: i64, to: i64) -> Events {
    let mut builder = Builder::default();
    let ward = builder.extra("ward");
    let beds = builder.typed_extra("beds", SourceType::Integer);
    let seen = builder.typed_extra("seen", SourceType::Date);
    for subject in from..to {
        builder.push(&Event { subject, code: "SEX//F", source: "patients.gender", ..Event::default() });
        for at in 0..3 + subject % 4 {
            let (time, text) = (at * 3_600_000_000 - 86_400_000_000, format!("{at}"));
            builder.push(&Event {
                subject,
                time,
                end: time + 60_000_000,
                code: "MEASUREMENT//LOINC//2339-0//mg/dL",
                number: Some(at as f32 + 0.25),
                text: if at == 1 { "high" } else { "" },
                visit: "v1",
                source: "labs",
                extras: &[(ward, "north"), (beds, &text), (seen, "2020-02-29")],
            });
        }
    }
    builder.finish()
}

fn written(place: &Path, options: MedsOptions, shards: &[Events]) -> crate::Written {
    let mut sink = MedsSink::begin(place, options).unwrap();
    for events in shards {
        sink.write(events, Context::silent()).unwrap();
    }
    let mut book = CodeBook::default();
    book.note("SEX//F", "female");
    book.adopt("MEASUREMENT//LOINC//2339-0//mg/dL", "LOINC/2339-0");
    Box::new(sink).finish(&book, Context::silent()).unwrap()
}

fn same(one: &Events, other: &Events) {
    assert_eq!(one.len(), other.len());
    assert_eq!((one.subjects(), one.times(), one.ends()), (other.subjects(), other.times(), other.ends()));
    let texts = |events: &Events, row: usize| -> Vec<String> {
        let columns = [events.codes(), events.texts(), events.visits(), events.sources()];
        columns.into_iter().chain(events.extras()).map(|column| column.cell(row).to_owned()).collect()
    };
    for row in 0..one.len() {
        assert_eq!(texts(one, row), texts(other, row), "row {row}");
        assert!(
            one.numbers()[row] == other.numbers()[row]
                || one.numbers()[row].is_nan() && other.numbers()[row].is_nan()
        );
    }
}

#[test]
fn events_come_back_as_they_went() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("meds");
    let mut splits = Splits::default();
    (0..10).for_each(|id| splits.put(id, if id < 7 { "train" } else { "held_out" }));
    let shards = [people(0, 5), people(5, 10)];
    let options = MedsOptions { name: "a clinic".into(), synthetic: true, splits, ..MedsOptions::default() };
    let told = written(&place, options, &shards);
    assert_eq!((told.people, told.events), (10, (shards[0].len() + shards[1].len()) as u64));
    assert!(recognise(&place).is_some() && recognise(folder.path()).is_none());
    let meds = Meds::open(&place, 1 << 30, Context::silent()).unwrap();
    assert_eq!((meds.shards(), meds.about().people), (3, Some(10)));
    assert_eq!(meds.about().name, "synthetic patients, learned from a clinic");
    assert_eq!(meds.about().splits.of(8), Some("held_out"));
    assert!(meds.findings().is_empty());
    let mut all = Builder::default();
    (0..3).for_each(|shard| all.append(&meds.read(shard, Context::silent()).unwrap()));
    let mut expected = Builder::default();
    shards.iter().for_each(|events| expected.append(events));
    same(&all.finish(), &expected.finish());
    assert_eq!(meds.codes().description("SEX//F"), "female");
    assert_eq!(meds.codes().get("MEASUREMENT//LOINC//2339-0//mg/dL").unwrap().parents, ["LOINC/2339-0"]);
    let schema = super::scan::open(&place.join("data/train/0.parquet")).unwrap().schema().clone();
    assert_eq!(schema.field_with_name("beds").unwrap().data_type(), &arrow::datatypes::DataType::Int64);
}

/// Rows of a person apart from each other and out of order break the rules of MEDS; they are sorted and told.
#[test]
fn disorder_is_sorted_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("meds");
    written(&place, MedsOptions::default(), &[people(3, 4), people(1, 2)]);
    // Two files with the same person.
    std::fs::copy(place.join("data/train/0.parquet"), place.join("data/train/2.parquet")).unwrap();
    let meds = Meds::open(&place, 1 << 30, Context::silent()).unwrap();
    let told: Vec<_> = meds.findings().iter().collect();
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].place.as_str(), told[0].count, told[0].fate), ("2.parquet", 1, Fate::Kept));
    let events = meds.read(0, Context::silent()).unwrap();
    assert_eq!((events.n_people(), events.len()), (2, people(1, 2).len() + 2 * people(3, 4).len()));
}

#[test]
fn what_is_no_meds_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |place: &Path| {
        Meds::open(place, 1 << 30, Context::silent()).err().map(|error| error.to_string()).unwrap()
    };
    std::fs::create_dir(folder.path().join("data")).unwrap();
    assert!(refused(folder.path()).contains("no Parquet file lies below `data/`"));
    let place = folder.path().join("meds");
    written(&place, MedsOptions::default(), &[people(1, 20)]);
    assert!(matches!(
        MedsSink::begin(&place, MedsOptions::default()),
        Err(TimelineError::Write(verosim_data::io::WriteError::Exists { .. }))
    ));
    // A file that was cut short.
    let path = place.join("data/train/0.parquet");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let told = refused(&place);
    assert!(told.contains("damaged Parquet") && told.contains("0.parquet"), "{told}");
}

#[test]
fn columns_of_unequal_length_are_no_events() {
    let text = |cell: &str| {
        let mut column = RawColumn::new("code", SourceType::Text);
        column.push(cell);
        column
    };
    assert!(!Columns { subject: vec![1, 2], code: text("A"), ..Columns::default() }.agree());
}
