//! How are Parquet and Arrow files read and written?

use super::extent::{check_file, check_stream};
use super::format::{MOST_COLUMNS, ReadOptions};
use super::memory::Budget;
use super::{ReadError, WriteError};
use crate::{RawColumn, RawTable, SourceType};
use arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use chrono::{NaiveDate, NaiveDateTime};
use std::fs::File;
use std::io::{BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use verosim_core::Context;

/// Rows per batch, read and written.
const BATCH: usize = 8_192;

pub(super) fn read_parquet(
    path: &Path,
    options: &ReadOptions,
    ctx: Context<'_>,
) -> Result<RawTable, ReadError> {
    guarded(path, "Parquet", || {
        let file =
            File::open(path).map_err(|source| ReadError::Io { path: path.display().to_string(), source })?;
        let builder = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file)
            .map_err(|error| damaged(path, "Parquet", &error))?;
        let schema = builder.schema().clone();
        let reader =
            builder.with_batch_size(BATCH).build().map_err(|error| damaged(path, "Parquet", &error))?;
        collect(path, "Parquet", &schema, reader, options, ctx)
    })
}

pub(super) fn read_arrow(
    path: &Path,
    stream: bool,
    options: &ReadOptions,
    ctx: Context<'_>,
) -> Result<RawTable, ReadError> {
    guarded(path, "Arrow", || {
        let mut file =
            File::open(path).map_err(|source| ReadError::Io { path: path.display().to_string(), source })?;
        let refuse = |error: ArrowError| damaged(path, "Arrow", &error);
        let checked = if stream { check_stream(&mut file) } else { check_file(&mut file) };
        checked.map_err(|error| damaged(path, "Arrow", &error))?;
        if stream {
            let reader =
                arrow::ipc::reader::StreamReader::try_new(BufReader::new(file), None).map_err(refuse)?;
            collect(path, "Arrow", &reader.schema(), reader, options, ctx)
        } else {
            let reader = arrow::ipc::reader::FileReader::try_new(file, None).map_err(refuse)?;
            collect(path, "Arrow", &reader.schema(), reader, options, ctx)
        }
    })
}

pub(super) fn write_parquet(
    table: &RawTable,
    file: &mut (impl Write + Send),
    path: &Path,
) -> Result<(), WriteError> {
    let refuse = |error: parquet::errors::ParquetError| format_error(path, "Parquet", &error.to_string());
    let columns = arrays(table);
    let schema = schema_of(table, &columns);
    let properties = parquet::file::properties::WriterProperties::builder()
        .set_compression(parquet::basic::Compression::SNAPPY)
        .build();
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties)).map_err(refuse)?;
    let batch = RecordBatch::try_new(schema, columns)
        .map_err(|error| format_error(path, "Parquet", &error.to_string()))?;
    writer.write(&batch).map_err(refuse)?;
    writer.close().map_err(refuse)?;
    Ok(())
}

pub(super) fn write_arrow(table: &RawTable, file: &mut impl Write, path: &Path) -> Result<(), WriteError> {
    let refuse = |error: ArrowError| format_error(path, "Arrow", &error.to_string());
    let columns = arrays(table);
    let schema = schema_of(table, &columns);
    let mut writer = arrow::ipc::writer::FileWriter::try_new(file, &schema).map_err(refuse)?;
    writer.write(&RecordBatch::try_new(Arc::clone(&schema), columns).map_err(refuse)?).map_err(refuse)?;
    writer.finish().map_err(refuse)
}

/// Runs a reader of someone else's format. Such readers may panic on junk; that is a damaged file and not a crash.
fn guarded<T>(
    path: &Path,
    format: &'static str,
    read: impl FnOnce() -> Result<T, ReadError>,
) -> Result<T, ReadError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        Err(ReadError::Damaged {
            path: path.display().to_string(),
            format,
            why: "its parts contradict each other".into(),
        })
    })
}

fn collect(
    path: &Path,
    format: &'static str,
    schema: &SchemaRef,
    batches: impl Iterator<Item = Result<RecordBatch, ArrowError>>,
    options: &ReadOptions,
    ctx: Context<'_>,
) -> Result<RawTable, ReadError> {
    let name = path.display().to_string();
    if schema.fields().is_empty() {
        return Err(ReadError::Empty { path: name });
    }
    if schema.fields().len() > MOST_COLUMNS {
        return Err(ReadError::TooWide { path: name, columns: schema.fields().len(), limit: MOST_COLUMNS });
    }
    let mut columns = Vec::new();
    for field in schema.fields() {
        let Some(source) = source_of(field.data_type()) else {
            let found = field.data_type().to_string();
            return Err(ReadError::Nested { path: name, column: field.name().clone(), found });
        };
        columns.push(RawColumn::new(field.name(), source));
    }
    let mut names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    names.sort_unstable();
    let mut repeated: Vec<String> =
        names.windows(2).filter(|pair| pair[0] == pair[1]).map(|p| p[0].to_owned()).collect();
    repeated.dedup();
    if !repeated.is_empty() {
        return Err(ReadError::RepeatedNames { path: name, names: repeated });
    }
    let budget = Budget::new(options.memory_limit);
    let shown = FormatOptions::default();
    let mut text = String::new();
    let mut rows = 0;
    for batch in batches {
        ctx.stop.check()?;
        let batch = batch.map_err(|error| damaged(path, format, &error))?;
        for (column, array) in columns.iter_mut().zip(batch.columns()) {
            let formatter =
                ArrayFormatter::try_new(array, &shown).map_err(|error| damaged(path, format, &error))?;
            for row in 0..array.len() {
                text.clear();
                if !array.is_null(row) {
                    formatter.value(row).write(&mut text).map_err(|error| damaged(path, format, &error))?;
                }
                column.push(&text);
            }
        }
        rows += batch.num_rows();
        budget.check(&columns).map_err(|limit| ReadError::TooLarge { path: name.clone(), rows, limit })?;
    }
    RawTable::new(columns).ok_or_else(|| damaged(path, format, &"columns differ in length"))
}

fn source_of(kind: &DataType) -> Option<SourceType> {
    Some(match kind {
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64 => SourceType::Integer,
        DataType::Float16
        | DataType::Float32
        | DataType::Float64
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => SourceType::Float,
        DataType::Boolean => SourceType::Boolean,
        DataType::Date32 | DataType::Date64 => SourceType::Date,
        DataType::Timestamp(..) => SourceType::Timestamp,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => SourceType::Text,
        DataType::Dictionary(_, values) => return source_of(values),
        _ => return None,
    })
}

/// Columns of the source's types; a column with a cell that no longer fits its type becomes text.
fn arrays(table: &RawTable) -> Vec<ArrayRef> {
    table
        .columns()
        .iter()
        .map(|column| {
            typed(column).unwrap_or_else(|| {
                let cells =
                    (0..column.len()).map(|row| Some(column.cell(row)).filter(|cell| !cell.is_empty()));
                Arc::new(cells.collect::<StringArray>())
            })
        })
        .collect()
}

fn typed(column: &RawColumn) -> Option<ArrayRef> {
    fn cells<T>(column: &RawColumn, read: impl Fn(&str) -> Option<T>) -> Option<Vec<Option<T>>> {
        (0..column.len())
            .map(|row| match column.cell(row) {
                "" => Some(None),
                cell => read(cell).map(Some),
            })
            .collect()
    }
    Some(match column.source {
        SourceType::Text => return None,
        SourceType::Integer => Arc::new(Int64Array::from(cells(column, |cell| cell.parse().ok())?)),
        SourceType::Float => Arc::new(Float64Array::from(cells(column, |cell| cell.parse().ok())?)),
        SourceType::Boolean => Arc::new(BooleanArray::from(cells(column, |cell| cell.parse().ok())?)),
        SourceType::Date => Arc::new(Date32Array::from(cells(column, |cell| {
            let day = NaiveDate::parse_from_str(cell, "%Y-%m-%d").ok()?;
            i32::try_from(day.signed_duration_since(NaiveDate::default()).num_days()).ok()
        })?)),
        SourceType::Timestamp => Arc::new(TimestampMicrosecondArray::from(cells(column, |cell| {
            let time =
                NaiveDateTime::parse_from_str(cell.trim_end_matches('Z'), "%Y-%m-%dT%H:%M:%S%.f").ok()?;
            Some(time.and_utc().timestamp_micros())
        })?)),
    })
}

fn schema_of(table: &RawTable, columns: &[ArrayRef]) -> SchemaRef {
    let fields: Vec<Field> = table
        .columns()
        .iter()
        .zip(columns)
        .map(|(column, array)| Field::new(&column.name, array.data_type().clone(), true))
        .collect();
    debug_assert!(!fields.iter().any(|f| matches!(f.data_type(), DataType::Timestamp(TimeUnit::Second, _))));
    Arc::new(Schema::new(fields))
}

fn damaged(path: &Path, format: &'static str, why: &dyn std::fmt::Display) -> ReadError {
    ReadError::Damaged { path: path.display().to_string(), format, why: why.to_string() }
}

fn format_error(path: &Path, format: &'static str, why: &str) -> WriteError {
    // Writers wrap the operating system's error in text.
    if why.contains("No space left") {
        return WriteError::DiskFull { path: path.display().to_string() };
    }
    WriteError::Format { path: path.display().to_string(), format, why: why.to_owned() }
}
