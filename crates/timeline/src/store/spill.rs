//! How do events go to a file and come back as they were?

use crate::TimelineError;
use crate::event::{Builder, Columns, Events};
use arrow::array::{
    Array, ArrayRef, DictionaryArray, Float32Array, Int64Array, RecordBatch, StringArray, UInt32Array,
};
use arrow::datatypes::{DataType, Field, Schema, UInt32Type};
use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;
use verosim_data::{RawColumn, SourceType};

/// Writes `events` as one Arrow stream.
pub(super) fn write(path: &Path, events: &Events) -> Result<(), TimelineError> {
    let longs = |values: &[i64]| Arc::new(Int64Array::from(values.to_vec())) as ArrayRef;
    let mut fields: Vec<(String, ArrayRef)> = vec![
        ("subject".into(), longs(events.subjects())),
        ("time".into(), longs(events.times())),
        ("end".into(), longs(events.ends())),
        ("number".into(), Arc::new(Float32Array::from(events.numbers().to_vec()))),
    ];
    let texts = [events.codes(), events.texts(), events.visits(), events.sources()];
    for column in texts.into_iter().chain(events.extras()) {
        fields.push((column.name.clone(), coded(column)));
    }
    let schema = Schema::new(
        fields
            .iter()
            .enumerate()
            .map(|(at, (name, array))| {
                // Names may repeat between our columns and the extras: the position tells them apart.
                let texts = [events.codes(), events.texts(), events.visits(), events.sources()];
                let metadata = texts
                    .into_iter()
                    .chain(events.extras())
                    .nth(at.wrapping_sub(4))
                    .map(|column| (KIND.to_owned(), kind_name(column.source).to_owned()))
                    .into_iter()
                    .collect();
                Field::new(name, array.data_type().clone(), false).with_metadata(metadata)
            })
            .collect::<Vec<_>>(),
    );
    let schema = Arc::new(schema);
    let io = |source| TimelineError::writing(path, source);
    let arrow = |error: arrow::error::ArrowError| io(std::io::Error::other(error.to_string()));
    let mut file = BufWriter::with_capacity(1 << 18, File::create(path).map_err(io)?);
    let mut writer = arrow::ipc::writer::StreamWriter::try_new(&mut file, &schema).map_err(arrow)?;
    let columns = fields.into_iter().map(|(_, array)| array).collect();
    writer.write(&RecordBatch::try_new(Arc::clone(&schema), columns).map_err(arrow)?).map_err(arrow)?;
    writer.finish().map_err(arrow)?;
    drop(writer);
    file.flush().map_err(io)
}

/// Adds the events of a file that [`write`] wrote.
pub(super) fn read(path: &Path, to: &mut Builder) -> Result<(), TimelineError> {
    let io = |source| TimelineError::reading(path, source);
    let broken = |what: &str| io(std::io::Error::other(what.to_owned()));
    let arrow = |error: arrow::error::ArrowError| io(std::io::Error::other(error.to_string()));
    let file = BufReader::with_capacity(1 << 18, File::open(path).map_err(io)?);
    let reader = arrow::ipc::reader::StreamReader::try_new(file, None).map_err(arrow)?;
    for batch in reader {
        let batch = batch.map_err(arrow)?;
        let longs = |at: usize| {
            let array = batch.columns().get(at).and_then(|array| array.as_any().downcast_ref::<Int64Array>());
            array
                .map(|array| array.values().to_vec())
                .ok_or_else(|| broken("a column of instants is missing"))
        };
        let numbers = batch.columns().get(3).and_then(|array| array.as_any().downcast_ref::<Float32Array>());
        let numbers = numbers.ok_or_else(|| broken("the column of numbers is missing"))?.values().to_vec();
        let schema = batch.schema();
        let mut texts = Vec::new();
        for (field, array) in schema.fields().iter().zip(batch.columns()).skip(4) {
            let kind = field.metadata().get(KIND).map_or(SourceType::Text, |name| kind_of(name));
            texts.push(
                decoded(field.name(), kind, array).ok_or_else(|| broken("a column of texts is damaged"))?,
            );
        }
        let extras = texts.split_off(4.min(texts.len()));
        let Ok([code, text, visit, source]) = <[RawColumn; 4]>::try_from(texts) else {
            return Err(broken("a column of texts is missing"));
        };
        to.append_columns(&Columns {
            subject: longs(0)?,
            time: longs(1)?,
            end: longs(2)?,
            number: numbers,
            code,
            text,
            visit,
            source,
            extras,
        });
    }
    Ok(())
}

/// Key of a field's metadata: how the source typed an extra column.
const KIND: &str = "source";

const KINDS: [(SourceType, &str); 6] = [
    (SourceType::Text, "text"),
    (SourceType::Integer, "integer"),
    (SourceType::Float, "float"),
    (SourceType::Boolean, "boolean"),
    (SourceType::Date, "date"),
    (SourceType::Timestamp, "timestamp"),
];

fn kind_name(source: SourceType) -> &'static str {
    KINDS.iter().find(|(kind, _)| *kind == source).map_or("text", |(_, name)| name)
}

fn kind_of(name: &str) -> SourceType {
    KINDS.iter().find(|(_, known)| *known == name).map_or(SourceType::Text, |(kind, _)| *kind)
}

fn coded(column: &RawColumn) -> ArrayRef {
    let levels = StringArray::from_iter_values(column.levels().iter().map(|level| &**level));
    let codes = UInt32Array::from(column.codes().to_vec());
    Arc::new(DictionaryArray::<UInt32Type>::new(codes, Arc::new(levels)))
}

fn decoded(name: &str, source: SourceType, array: &ArrayRef) -> Option<RawColumn> {
    debug_assert!(matches!(array.data_type(), DataType::Dictionary(..)), "texts are written as dictionaries");
    let array = array.as_any().downcast_ref::<DictionaryArray<UInt32Type>>()?;
    let levels = array.values().as_any().downcast_ref::<StringArray>()?;
    let levels = levels.iter().map(|level| level.unwrap_or_default().into()).collect();
    RawColumn::from_parts(name, source, array.keys().values().to_vec(), levels)
}
