//! How do columns of Arrow become ours, and ours columns of Arrow?

use crate::event::STATIC;
use arrow::array::{
    Array, ArrayRef, AsArray as _, BooleanArray, Date32Array, Float32Array, Float64Array, Int64Array,
    LargeStringArray, StringArray, TimestampMicrosecondArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float32Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use std::sync::Arc;
use verosim_data::{RawColumn, SourceType};

/// How a column of that type would be kept; `None` for lists, structs and other things that no cell can hold.
pub(super) fn kind_of(found: &DataType) -> Option<SourceType> {
    Some(match found {
        DataType::Dictionary(_, values) => return kind_of(values),
        kind if kind.is_integer() => SourceType::Integer,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => SourceType::Float,
        DataType::Boolean => SourceType::Boolean,
        DataType::Date32 | DataType::Date64 => SourceType::Date,
        DataType::Timestamp(..) => SourceType::Timestamp,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => SourceType::Text,
        _ => return None,
    })
}

/// Adds the cells of `array` to `column`; `None` when they cannot be written as text.
pub(super) fn texts(array: &ArrayRef, column: &mut RawColumn) -> Option<()> {
    match array.data_type() {
        DataType::Utf8 => {
            let array = array.as_string::<i32>();
            (0..array.len())
                .for_each(|row| column.push(if array.is_null(row) { "" } else { array.value(row) }));
        }
        DataType::LargeUtf8 => {
            let array = array.as_string::<i64>();
            (0..array.len())
                .for_each(|row| column.push(if array.is_null(row) { "" } else { array.value(row) }));
        }
        _ => {
            let options = FormatOptions::default();
            let formatter = ArrayFormatter::try_new(array, &options).ok()?;
            let mut text = String::new();
            for row in 0..array.len() {
                text.clear();
                if !array.is_null(row) {
                    formatter.value(row).write(&mut text).ok()?;
                }
                column.push(&text);
            }
        }
    }
    Some(())
}

/// Instants in microseconds, on the clock that the column says; [`STATIC`] for null.
pub(super) fn instants(array: &ArrayRef) -> Option<Vec<i64>> {
    let array = cast(array, &DataType::Timestamp(TimeUnit::Microsecond, None)).ok()?;
    let array = array.as_primitive_opt::<TimestampMicrosecondType>()?;
    Some((0..array.len()).map(|row| if array.is_null(row) { STATIC } else { array.value(row) }).collect())
}

/// Whole numbers; `None` also when one is null.
pub(super) fn integers(array: &ArrayRef) -> Option<Vec<i64>> {
    let array = cast(array, &DataType::Int64).ok()?;
    (array.null_count() == 0).then(|| array.as_primitive::<Int64Type>().values().to_vec())
}

/// 32-bit numbers, NaN for null, and how many did not fit into 32 bits exactly.
pub(super) fn numbers(array: &ArrayRef) -> Option<(Vec<f32>, u64)> {
    let mut rounded = 0;
    if array.data_type() == &DataType::Float64 {
        let wide = array.as_primitive::<arrow::datatypes::Float64Type>();
        rounded = wide
            .iter()
            .flatten()
            .filter(|&value| !value.is_nan() && f64::from(value as f32) != value)
            .count() as u64;
    }
    let array = cast(array, &DataType::Float32).ok()?;
    let array = array.as_primitive::<Float32Type>();
    Some((
        (0..array.len()).map(|row| if array.is_null(row) { f32::NAN } else { array.value(row) }).collect(),
        rounded,
    ))
}

/// Instants as a column that may be null.
pub(super) fn timestamps(values: &[i64]) -> ArrayRef {
    Arc::new(
        values.iter().map(|&value| (value != STATIC).then_some(value)).collect::<TimestampMicrosecondArray>(),
    )
}

/// Numbers as a column that may be null.
pub(super) fn floats(values: &[f32]) -> ArrayRef {
    Arc::new(values.iter().map(|&value| (!value.is_nan()).then_some(value)).collect::<Float32Array>())
}

/// Texts as a column in which the empty text is null.
pub(super) fn strings(column: &RawColumn, rows: std::ops::Range<usize>) -> ArrayRef {
    Arc::new(rows.map(|row| some(column.cell(row))).collect::<StringArray>())
}

/// The same with 64-bit offsets, as MEDS wants of text values.
pub(super) fn large_strings(column: &RawColumn, rows: std::ops::Range<usize>) -> ArrayRef {
    Arc::new(rows.map(|row| some(column.cell(row))).collect::<LargeStringArray>())
}

fn some(cell: &str) -> Option<&str> {
    (!cell.is_empty()).then_some(cell)
}

/// Whether every distinct text of `column` reads as the type that its source gave it.
pub(super) fn fits(column: &RawColumn) -> bool {
    let reads = |text: &str| match column.source {
        SourceType::Text => true,
        SourceType::Integer => text.parse::<i64>().is_ok(),
        SourceType::Float => text.parse::<f64>().is_ok(),
        SourceType::Boolean => text.parse::<bool>().is_ok(),
        SourceType::Date | SourceType::Timestamp => crate::event::instant::read(text).is_some(),
    };
    column.levels().iter().all(|text| text.is_empty() || reads(text))
}

/// The Arrow type of a column of that type.
pub(super) fn data_type(source: SourceType) -> DataType {
    match source {
        SourceType::Text => DataType::Utf8,
        SourceType::Integer => DataType::Int64,
        SourceType::Float => DataType::Float64,
        SourceType::Boolean => DataType::Boolean,
        SourceType::Date => DataType::Date32,
        SourceType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
    }
}

/// `column` as `source` types it; cells that do not read are null, which [`fits`] tells beforehand.
pub(super) fn typed(column: &RawColumn, source: SourceType, rows: std::ops::Range<usize>) -> ArrayRef {
    // Each distinct text is read once.
    fn cells<T: Copy>(
        column: &RawColumn,
        rows: std::ops::Range<usize>,
        read: impl Fn(&str) -> Option<T>,
    ) -> Vec<Option<T>> {
        let values: Vec<Option<T>> = column.levels().iter().map(|text| read(text)).collect();
        column.codes()[rows].iter().map(|&code| values[code as usize]).collect()
    }
    let instant = |text: &str| crate::event::instant::read(text).map(|reading| reading.micros);
    match source {
        SourceType::Text => strings(column, rows),
        SourceType::Integer => Arc::new(Int64Array::from(cells(column, rows, |text| text.parse().ok()))),
        SourceType::Float => Arc::new(Float64Array::from(cells(column, rows, |text| text.parse().ok()))),
        SourceType::Boolean => Arc::new(BooleanArray::from(cells(column, rows, |text| text.parse().ok()))),
        SourceType::Date => Arc::new(Date32Array::from(cells(column, rows, |text| {
            Some(instant(text)?.div_euclid(crate::event::instant::DAY) as i32)
        }))),
        SourceType::Timestamp => Arc::new(TimestampMicrosecondArray::from(cells(column, rows, instant))),
    }
}
