//! How are Parquet and Arrow files read and written?

use super::extent::{check_file, check_stream};
use super::format::MOST_COLUMNS;
use super::parts::{Gathered, Rows};
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
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows per batch, read and written.
const BATCH: usize = 8_192;

/// Parquet and Arrow, batch by batch.
pub(super) struct Batches {
    path: PathBuf,
    format: &'static str,
    source: Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>,
    /// The batch that is being read, and how far it was.
    current: Option<(RecordBatch, usize)>,
    columns: Vec<RawColumn>,
    row: u64,
}

pub(super) fn open_parquet(path: &Path) -> Result<Batches, ReadError> {
    guarded(path, "Parquet", || {
        let file =
            File::open(path).map_err(|source| ReadError::Io { path: path.display().to_string(), source })?;
        let builder = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file)
            .map_err(|error| damaged(path, "Parquet", &error))?;
        let schema = builder.schema().clone();
        let reader =
            builder.with_batch_size(BATCH).build().map_err(|error| damaged(path, "Parquet", &error))?;
        Batches::new(path, "Parquet", &schema, Box::new(reader))
    })
}

pub(super) fn open_arrow(path: &Path, stream: bool) -> Result<Batches, ReadError> {
    guarded(path, "Arrow", || {
        let mut file =
            File::open(path).map_err(|source| ReadError::Io { path: path.display().to_string(), source })?;
        let refuse = |error: ArrowError| damaged(path, "Arrow", &error);
        let checked = if stream { check_stream(&mut file) } else { check_file(&mut file) };
        checked.map_err(|error| damaged(path, "Arrow", &error))?;
        if stream {
            let reader =
                arrow::ipc::reader::StreamReader::try_new(BufReader::new(file), None).map_err(refuse)?;
            Batches::new(path, "Arrow", &reader.schema(), Box::new(reader))
        } else {
            let reader = arrow::ipc::reader::FileReader::try_new(file, None).map_err(refuse)?;
            Batches::new(path, "Arrow", &reader.schema(), Box::new(reader))
        }
    })
}

pub(super) fn write_parquet(
    table: &RawTable,
    file: &mut (impl Write + Send),
    path: &Path,
) -> Result<(), WriteError> {
    let columns = arrays(table);
    let schema = schema_of(table, &columns);
    let mut writer = parquet_writer(file, path, &schema)?;
    write_batch(&mut writer, path, &schema, columns)?;
    writer.close().map_err(|error| format_error(path, "Parquet", &error.to_string()))?;
    Ok(())
}

/// A Parquet file that is written part by part.
pub(super) struct ParquetSink<W: Write + Send> {
    writer: parquet::arrow::ArrowWriter<W>,
    schema: SchemaRef,
}

impl<W: Write + Send> ParquetSink<W> {
    pub(super) fn new(file: W, path: &Path, columns: &[(String, SourceType)]) -> Result<Self, WriteError> {
        let fields = columns.iter().map(|(name, source)| Field::new(name, arrow_of(*source), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        Ok(Self { writer: parquet_writer(file, path, &schema)?, schema })
    }

    pub(super) fn write(
        &mut self,
        path: &Path,
        part: &RawTable,
        columns: &[(String, SourceType)],
    ) -> Result<(), WriteError> {
        let arrays = part.columns().iter().zip(columns).map(|(column, (name, source))| {
            let unfit =
                || format_error(path, "Parquet", &format!("a cell of `{name}` does not fit its type"));
            if *source == SourceType::Text {
                Ok(texts(column))
            } else {
                typed(column, *source).ok_or_else(unfit)
            }
        });
        let arrays = arrays.collect::<Result<Vec<_>, _>>()?;
        write_batch(&mut self.writer, path, &self.schema, arrays)
    }

    pub(super) fn finish(self, path: &Path) -> Result<W, WriteError> {
        self.writer.into_inner().map_err(|error| format_error(path, "Parquet", &error.to_string()))
    }
}

fn parquet_writer<W: Write + Send>(
    file: W,
    path: &Path,
    schema: &SchemaRef,
) -> Result<parquet::arrow::ArrowWriter<W>, WriteError> {
    let properties = parquet::file::properties::WriterProperties::builder()
        .set_compression(parquet::basic::Compression::SNAPPY)
        .build();
    parquet::arrow::ArrowWriter::try_new(file, Arc::clone(schema), Some(properties))
        .map_err(|error| format_error(path, "Parquet", &error.to_string()))
}

fn write_batch<W: Write + Send>(
    writer: &mut parquet::arrow::ArrowWriter<W>,
    path: &Path,
    schema: &SchemaRef,
    columns: Vec<ArrayRef>,
) -> Result<(), WriteError> {
    let batch = RecordBatch::try_new(Arc::clone(schema), columns)
        .map_err(|error| format_error(path, "Parquet", &error.to_string()))?;
    writer.write(&batch).map_err(|error| format_error(path, "Parquet", &error.to_string()))
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

impl Batches {
    fn new(
        path: &Path,
        format: &'static str,
        schema: &SchemaRef,
        source: Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>,
    ) -> Result<Self, ReadError> {
        let name = path.display().to_string();
        let width = schema.fields().len();
        if width == 0 {
            return Err(ReadError::Empty { path: name });
        }
        if width > MOST_COLUMNS {
            return Err(ReadError::TooWide { path: name, columns: width, limit: MOST_COLUMNS });
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
        Ok(Self { path: path.to_owned(), format, source, current: None, columns, row: 0 })
    }

    /// Adds up to `most` rows of the batch that is being read.
    fn take(&mut self, to: &mut Gathered, most: usize) -> Result<usize, ReadError> {
        let Some((batch, from)) = &mut self.current else { return Ok(0) };
        let n = most.min(batch.num_rows() - *from);
        let shown = FormatOptions::default();
        let mut text = String::new();
        for (column, array) in to.columns.iter_mut().zip(batch.columns()) {
            let refuse = |error: ArrowError| damaged(&self.path, self.format, &error);
            let formatter = ArrayFormatter::try_new(array, &shown).map_err(refuse)?;
            for row in *from..*from + n {
                text.clear();
                if !array.is_null(row) {
                    formatter.value(row).write(&mut text).map_err(refuse)?;
                }
                column.push(&text);
            }
        }
        to.lines.note(to.rows, self.row + 1);
        (to.rows, self.row) = (to.rows + n, self.row + n as u64);
        *from += n;
        if *from == batch.num_rows() {
            self.current = None;
        }
        Ok(n)
    }
}

impl Rows for Batches {
    fn columns(&self) -> Vec<RawColumn> {
        self.columns.clone()
    }

    fn fill(&mut self, to: &mut Gathered, most: usize) -> Result<bool, ReadError> {
        let (path, format) = (self.path.clone(), self.format);
        let mut taken = 0;
        guarded(&path, format, || {
            while taken < most {
                if self.current.is_none() {
                    let Some(batch) = self.source.next() else { return Ok(false) };
                    let batch = batch.map_err(|error| damaged(&self.path, self.format, &error))?;
                    if batch.num_columns() != self.columns.len() {
                        return Err(damaged(&self.path, self.format, &"its parts differ in columns"));
                    }
                    self.current = (batch.num_rows() > 0).then_some((batch, 0));
                }
                taken += self.take(to, most - taken)?;
            }
            Ok(true)
        })
        .inspect_err(|_| {
            // A column may have got a cell that the others did not.
            let rows: Vec<usize> = (0..to.rows).collect();
            to.columns.iter_mut().for_each(|column| {
                if column.len() > rows.len() {
                    *column = column.take(&rows);
                }
            });
        })
    }
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
        .map(|column| typed(column, column.source).unwrap_or_else(|| texts(column)))
        .collect()
}

fn texts(column: &RawColumn) -> ArrayRef {
    let cells = (0..column.len()).map(|row| Some(column.cell(row)).filter(|cell| !cell.is_empty()));
    Arc::new(cells.collect::<StringArray>())
}

fn arrow_of(source: SourceType) -> DataType {
    match source {
        SourceType::Text => DataType::Utf8,
        SourceType::Integer => DataType::Int64,
        SourceType::Float => DataType::Float64,
        SourceType::Boolean => DataType::Boolean,
        SourceType::Date => DataType::Date32,
        SourceType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
    }
}

/// Text has no array here; neither have cells that do not fit.
fn typed(column: &RawColumn, source: SourceType) -> Option<ArrayRef> {
    fn cells<T>(column: &RawColumn, read: impl Fn(&str) -> Option<T>) -> Option<Vec<Option<T>>> {
        (0..column.len())
            .map(|row| match column.cell(row) {
                "" => Some(None),
                cell => read(cell).map(Some),
            })
            .collect()
    }
    Some(match source {
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
