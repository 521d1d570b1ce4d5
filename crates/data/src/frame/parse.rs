//! How do text cells become numbers and levels, and how are they written again?

use super::table::NO_LEVEL;
use super::{Cells, Column, RawColumn, RawTable, SourceType, Table, decimal, time};
use rayon::prelude::*;
use verosim_core::schema::Format;
use verosim_core::{ColumnSchema, Hint, Kind, Schema};

/// Why a table does not fit a schema. Names the column and counts rows; never quotes a cell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// Columns that the schema has and the table lacks.
    #[error("{} missing: {}", if names.len() == 1 { "a column is" } else { "columns are" }, names.join(", "))]
    MissingColumns {
        /// Their names.
        names: Vec<String>,
    },
    /// Cells that do not read as the declared kind.
    #[error("column `{column}`: {rows} of {of} cells do not read as {kind} (first at row {first_row})")]
    Unreadable {
        /// Column.
        column: String,
        /// Declared kind.
        kind: &'static str,
        /// Cells that do not read.
        rows: usize,
        /// Rows.
        of: usize,
        /// Row number of the first one, counting data rows from 1.
        first_row: usize,
    },
}

impl Hint for ParseError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::MissingColumns { .. } => {
                "all files need the columns of the training file; extra columns are ignored".into()
            }
            Self::Unreadable { column, .. } => format!(
                "mend the cells, declare another kind with `--kind {column}=nominal`, or add their text to the missing \
                 markers of `{column}` in the metadata"
            ),
        })
    }
}

/// Reads text cells by `schema`, in its column order; columns that the schema lacks are ignored.
///
/// A usual sign for missing that the schema does not list is read as the schema's first marker.
///
/// # Errors
/// [`ParseError`] for columns that are not there and cells that do not read.
///
/// # Cost
/// Every distinct text is read once; rows are then looked up.
pub fn parse(raw: &RawTable, schema: &Schema) -> Result<Table, ParseError> {
    let mut missing = Vec::new();
    let mut found = Vec::new();
    for column in &schema.columns {
        match raw.columns().iter().find(|raw| raw.name == column.name) {
            Some(raw) => found.push((raw, column)),
            None => missing.push(column.name.clone()),
        }
    }
    if !missing.is_empty() {
        return Err(ParseError::MissingColumns { names: missing });
    }
    let columns =
        found.into_par_iter().map(|(raw, schema)| column(raw, schema)).collect::<Result<Vec<_>, _>>()?;
    Ok(if columns.is_empty() {
        Table::default()
    } else {
        Table::new(columns).expect("raw columns are equally long")
    })
}

/// Writes a table as text cells in the formats and missing markers of `schema`.
///
/// `sources` says how columns of the given names were typed in their file; the others are text.
#[must_use]
pub fn format(table: &Table, schema: &Schema, sources: &[(String, SourceType)]) -> RawTable {
    let columns = table
        .columns()
        .par_iter()
        .filter_map(|column| {
            let schema = schema.columns.iter().find(|schema| schema.name == column.name)?;
            let source =
                sources.iter().find(|(name, _)| *name == column.name).map_or(SourceType::Text, |(_, s)| *s);
            Some(text_column(column, schema, source))
        })
        .collect();
    RawTable::new(columns).expect("table columns are equally long")
}

/// Texts that mean "missing" whatever the column holds, in lower case.
pub(crate) const USUAL_MISSING: [&str; 12] =
    ["", "na", "n/a", "#n/a", "<na>", "nan", "null", "nil", "?", ".", "-", "--"];

fn column(raw: &RawColumn, schema: &ColumnSchema) -> Result<Column, ParseError> {
    let markers: Vec<Option<u8>> = raw
        .levels()
        .iter()
        .map(|text| {
            let listed = schema.missing.iter().position(|marker| marker.as_str() == &**text);
            let usual = || USUAL_MISSING.contains(&text.trim().to_lowercase().as_str());
            listed.map(|at| at.min(254) as u8 + 1).or_else(|| usual().then_some(1))
        })
        .collect();
    let missing: Vec<u8> = raw.codes().iter().map(|&code| markers[code as usize].unwrap_or(0)).collect();
    let cells = if schema.kind.is_numeric() {
        let numbers: Vec<f64> = raw
            .levels()
            .iter()
            .zip(&markers)
            .map(
                |(text, marker)| {
                    if marker.is_some() { f64::NAN } else { number(text, schema).unwrap_or(f64::INFINITY) }
                },
            )
            .collect();
        let values: Vec<f64> = raw.codes().iter().map(|&code| numbers[code as usize]).collect();
        if let Some(first) = values.iter().position(|value| value.is_infinite()) {
            return Err(ParseError::Unreadable {
                column: schema.name.clone(),
                kind: schema.kind.name(),
                rows: values.iter().filter(|value| value.is_infinite()).count(),
                of: values.len(),
                first_row: first + 1,
            });
        }
        Cells::Number(values)
    } else {
        levels(raw, schema, &markers)
    };
    Ok(Column { name: schema.name.clone(), kind: schema.kind, missing, cells })
}

fn number(text: &str, schema: &ColumnSchema) -> Option<f64> {
    match &schema.format {
        Format::Number { point, .. } => decimal::read(text, *point),
        Format::Time { pattern } => time::read(text, pattern, schema.kind),
        // Declared without a format: plain numbers, or the first usual pattern that fits.
        Format::Text => match schema.kind {
            Kind::Date => time::DATES.iter().find_map(|pattern| time::read(text, pattern, schema.kind)),
            Kind::Datetime => {
                time::DATETIMES.iter().find_map(|pattern| time::read(text, pattern, schema.kind))
            }
            Kind::Duration => {
                time::DURATIONS.iter().find_map(|pattern| time::read(text, pattern, schema.kind))
            }
            _ => decimal::read(text, '.'),
        },
    }
}

fn levels(raw: &RawColumn, schema: &ColumnSchema, markers: &[Option<u8>]) -> Cells {
    let mut levels: Vec<String> = schema.order.clone();
    let mut at: std::collections::HashMap<String, u32> =
        levels.iter().enumerate().map(|(at, level)| (level.clone(), at as u32)).collect();
    let codes: Vec<u32> = raw
        .levels()
        .iter()
        .zip(markers)
        .map(|(text, marker)| {
            if marker.is_some() {
                return NO_LEVEL;
            }
            *at.entry(text.to_string()).or_insert_with(|| {
                levels.push(text.to_string());
                levels.len() as u32 - 1
            })
        })
        .collect();
    Cells::Level { codes: raw.codes().iter().map(|&code| codes[code as usize]).collect(), levels }
}

fn text_column(column: &Column, schema: &ColumnSchema, source: SourceType) -> RawColumn {
    let mut raw = RawColumn::new(&column.name, source);
    let marker = |code: u8| schema.missing.get(usize::from(code) - 1).map_or("", String::as_str);
    for row in 0..column.len() {
        if column.missing[row] != 0 {
            raw.push(marker(column.missing[row]));
            continue;
        }
        match &column.cells {
            Cells::Level { codes, levels } => {
                raw.push(levels.get(codes[row] as usize).map_or("", String::as_str));
            }
            Cells::Number(values) => {
                let value = values[row];
                let text = match &schema.format {
                    Format::Number { min_decimals, max_decimals, point } => {
                        Some(decimal::write(value, *min_decimals, *max_decimals, *point))
                    }
                    Format::Time { pattern } => time::write(value, pattern, schema.kind),
                    Format::Text => match schema.kind {
                        Kind::Date => time::write(value, time::DATES[0], schema.kind),
                        Kind::Datetime => time::write(value, time::DATETIMES[0], schema.kind),
                        Kind::Duration => time::write(value, time::DURATIONS[0], schema.kind),
                        _ => Some(decimal::write(value, 0, 16, '.')),
                    },
                };
                raw.push(text.as_deref().unwrap_or_default());
            }
        }
    }
    raw
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(cells: &[&str]) -> RawTable {
        let mut column = RawColumn::new("x", SourceType::Text);
        cells.iter().for_each(|cell| column.push(cell));
        RawTable::new(vec![column]).unwrap()
    }

    fn schema(kind: Kind, format: Format) -> Schema {
        let mut column = ColumnSchema::declared("x", kind);
        column.format = format;
        column.missing = vec!["NA".into(), "-9".into()];
        Schema { columns: vec![column], ..Schema::default() }
    }

    #[test]
    fn missing_markers_are_kept_exactly_as_they_came() {
        let schema = schema(Kind::Count, Format::Number { min_decimals: 0, max_decimals: 0, point: '.' });
        let cells = ["5", "NA", "-9", "12"];
        let table = parse(&raw(&cells), &schema).unwrap();
        assert_eq!(table.columns()[0].missing, [0, 1, 2, 0]);
        let back = format(&table, &schema, &[]);
        assert_eq!((0..4).map(|row| back.columns()[0].cell(row)).collect::<Vec<_>>(), cells);
    }

    #[test]
    fn unreadable_cells_are_counted_and_not_quoted() {
        let schema = schema(Kind::Count, Format::Number { min_decimals: 0, max_decimals: 0, point: '.' });
        let error = parse(&raw(&["5", "canary", "7", "inf"]), &schema).unwrap_err();
        assert_eq!(error.to_string(), "column `x`: 2 of 4 cells do not read as count (first at row 2)");
        assert!(error.hint().unwrap().contains("--kind x=nominal"));
    }

    #[test]
    fn ordinal_levels_stand_in_the_declared_order() {
        let mut schema = schema(Kind::Ordinal, Format::Text);
        schema.columns[0].order = ["low", "high"].map(str::to_owned).to_vec();
        let table = parse(&raw(&["high", "low", "extreme", ""]), &schema).unwrap();
        let (codes, levels) = table.columns()[0].levels().unwrap();
        assert_eq!(codes, [1, 0, 2, NO_LEVEL]);
        assert_eq!(levels, ["low", "high", "extreme"]);
    }
}
