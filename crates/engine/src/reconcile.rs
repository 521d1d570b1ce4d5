//! How is a file of the same table, as another program writes it, brought to the form that is known?
//!
//! Only what has one meaning is changed: an index without a name is left out, dates and decimals in another pattern are
//! read in theirs, and instants at midnight are days. Everything else is refused in words by whoever reads.

use verosim_core::{ColumnSchema, Kind, Schema};
use verosim_data::frame::{ParseError, parse};
use verosim_data::infer::{InferOptions, infer};
use verosim_data::{Cells, Column, RawColumn, RawTable, SourceType, Table};

/// The table without an index: a column without a name, unknown to the schema, whose cells count rows from 0 or 1.
pub(crate) fn without_index(raw: RawTable, schema: &Schema) -> RawTable {
    let is_index = |column: &RawColumn| {
        let nameless = column.name.starts_with("unnamed_") || column.name.starts_with("Unnamed:");
        let first = column.levels().first().and_then(|text| text.parse::<usize>().ok());
        nameless
            && schema.index_of(&column.name).is_err()
            && first.is_some_and(|first| {
                first <= 1 && (0..column.len()).all(|row| column.cell(row).parse() == Ok(first + row))
            })
    };
    if !raw.columns().iter().any(is_index) {
        return raw;
    }
    let kept = raw.columns().iter().filter(|column| !is_index(column)).cloned().collect();
    RawTable::new(kept).unwrap_or(raw)
}

/// Reads the table by the schema, columns that do not read by their own pattern.
///
/// # Errors
/// [`ParseError`] of a column that reads in no pattern of its kind.
pub(crate) fn parse_like(mut raw: RawTable, mut schema: Schema) -> Result<(RawTable, Table), ParseError> {
    let mut mended: Vec<String> = Vec::new();
    loop {
        match parse(&raw, &schema) {
            Ok(table) => return Ok((raw, table)),
            Err(ParseError::Unreadable { column, .. })
                if !mended.contains(&column) && schema.index_of(&column).is_ok() =>
            {
                let Ok(at) = schema.index_of(&column) else { continue };
                if let Some((cells, known)) = mend(&raw, &schema.columns[at]) {
                    schema.columns[at] = known;
                    raw = replaced(&raw, &cells);
                }
                mended.push(column);
            }
            Err(error) => return Err(error),
        }
    }
}

/// The table with levels as the known one writes them: whole numbers that became decimals (`1.0` for `1`), truth values
/// that became words (`True` for `1`). Levels that the known table has, or that stand for none of its own, stay.
pub(crate) fn with_known_levels(table: Table, known: &Table) -> Table {
    let columns = table.columns().iter().map(|column| {
        let other = known.column(&column.name).and_then(Column::levels);
        let (Some((codes, levels)), Some((_, theirs))) = (column.levels(), other) else {
            return column.clone();
        };
        let texts: Vec<String> =
            levels.iter().map(|level| known_as(level, theirs).unwrap_or(level).to_owned()).collect();
        if texts == levels {
            return column.clone();
        }
        let mut kept: Vec<String> = Vec::new();
        let place: Vec<u32> = texts
            .into_iter()
            .map(|text| {
                let at = kept.iter().position(|known| *known == text).unwrap_or(kept.len());
                if at == kept.len() {
                    kept.push(text);
                }
                at as u32
            })
            .collect();
        let code = |&code: &u32| place.get(code as usize).copied().unwrap_or(code);
        let cells = Cells::Level { codes: codes.iter().map(code).collect(), levels: kept };
        Column { cells, ..column.clone() }
    });
    Table::new(columns.collect()).unwrap_or(table)
}

fn known_as<'a>(level: &str, known: &'a [String]) -> Option<&'a str> {
    if known.iter().any(|text| text == level) {
        return None;
    }
    let value = match level.to_ascii_lowercase().as_str() {
        "true" => Some(1.0),
        "false" => Some(0.0),
        text => text.parse::<f64>().ok(),
    }?;
    let mut alike = known.iter().filter(|text| text.parse() == Ok(value));
    let found = alike.next()?;
    alike.next().is_none().then_some(found)
}

/// The column and its schema such that all cells read; `None` where no pattern reads them.
fn mend(raw: &RawTable, known: &ColumnSchema) -> Option<(RawColumn, ColumnSchema)> {
    let column = raw.columns().iter().find(|column| column.name == known.name)?;
    let days = (known.kind == Kind::Date).then(|| without_midnight(column)).flatten();
    for column in [Some(column.clone()), days].into_iter().flatten() {
        let alone = RawTable::new(vec![column.clone()])?;
        let options =
            InferOptions { kinds: vec![(known.name.clone(), known.kind)], ..InferOptions::default() };
        let own = infer(&alone, &options).columns.into_iter().next()?;
        for format in [known.format.clone(), own.format] {
            let schema = ColumnSchema { format, ..known.clone() };
            if parse(&alone, &Schema { columns: vec![schema.clone()], ..Schema::default() }).is_ok() {
                return Some((column, schema));
            }
        }
    }
    None
}

/// Instants at midnight as days; `None` when there are none.
fn without_midnight(column: &RawColumn) -> Option<RawColumn> {
    const MIDNIGHT: [&str; 6] =
        [" 00:00:00", "T00:00:00", "T00:00:00Z", " 00:00", "T00:00:00.000", "T00:00:00.000000"];
    let cut = |text: &str| MIDNIGHT.iter().find_map(|end| text.strip_suffix(end)).map(str::to_owned);
    column.levels().iter().any(|text| cut(text).is_some()).then(|| {
        let mut days = RawColumn::new(&column.name, SourceType::Text);
        let texts: Vec<String> =
            column.levels().iter().map(|text| cut(text).unwrap_or_else(|| text.to_string())).collect();
        column.codes().iter().for_each(|&code| days.push(&texts[code as usize]));
        days
    })
}

fn replaced(raw: &RawTable, column: &RawColumn) -> RawTable {
    let columns = raw.columns().iter().map(|known| if known.name == column.name { column } else { known });
    RawTable::new(columns.cloned().collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(columns: &[(&str, &[&str])]) -> RawTable {
        let column = |(name, cells): &(&str, &[&str])| {
            let mut column = RawColumn::new(name, SourceType::Text);
            cells.iter().for_each(|cell| column.push(cell));
            column
        };
        RawTable::new(columns.iter().map(column).collect()).unwrap()
    }

    /// As pandas, R and spreadsheets write what is 2021-03-14 and 2.5 elsewhere.
    #[test]
    fn other_patterns_are_read_and_what_has_two_meanings_is_not() {
        let real = table(&[("seen", &["2021-03-14", "2020-12-31", ""]), ("bmi", &["22.5", "30.1", "NA"])]);
        let schema = infer(&real, &InferOptions::default());
        let wanted = parse(&real, &schema).unwrap();
        for (dates, numbers) in [
            (["2021-03-14 00:00:00", "2020-12-31 00:00:00", ""], ["22.5", "30.1", "nan"]),
            (["2021-03-14T00:00:00", "2020-12-31T00:00:00", ""], ["22.50", "30.1", ""]),
            (["14/03/2021", "31/12/2020", "NA"], ["22,5", "30,1", "NA"]),
        ] {
            let other = table(&[("seen", &dates), ("bmi", &numbers)]);
            let (_, found) = parse_like(other, schema.clone()).unwrap();
            for (found, wanted) in found.columns().iter().zip(wanted.columns()) {
                let (found, wanted) = (found.numbers().unwrap(), wanted.numbers().unwrap());
                assert_eq!(found[..2], wanted[..2]);
                assert!(found[2].is_nan());
            }
        }
        let hours = table(&[
            ("seen", &["2021-03-14 07:00:00", "2020-12-31 00:00:00", ""]),
            ("bmi", &["1", "2", "3"]),
        ]);
        assert!(parse_like(hours, schema.clone()).is_err(), "hours are not thrown away");
        let words = table(&[("seen", &["2021-03-14", "soon", ""]), ("bmi", &["1", "2", "3"])]);
        assert!(parse_like(words, schema).is_err());
    }

    #[test]
    fn levels_are_those_of_the_known_table() {
        let known = table(&[("grade", &["1", "2", "10"]), ("died", &["0", "1", "0"])]);
        let mut schema = infer(&known, &InferOptions::default());
        schema
            .columns
            .iter_mut()
            .for_each(|column| *column = ColumnSchema::declared(&column.name, Kind::Nominal));
        let parsed = |columns: &[(&str, &[&str])]| parse(&table(columns), &schema).unwrap();
        let known = parse(&known, &schema).unwrap();
        let other = parsed(&[("grade", &["10.0", "1.0", "1"]), ("died", &["True", "False", "maybe"])]);
        let found = with_known_levels(other, &known);
        let texts = |at: usize| -> Vec<String> {
            let (codes, levels) = found.columns()[at].levels().unwrap();
            codes.iter().map(|&code| levels[code as usize].clone()).collect()
        };
        assert_eq!(texts(0), ["10", "1", "1"]);
        assert_eq!(texts(1), ["1", "0", "maybe"]);
    }

    #[test]
    fn an_index_is_left_out_and_a_nameless_column_of_data_is_not() {
        let schema = infer(&table(&[("age", &["30", "40", "50"])]), &InferOptions::default());
        let counted = |cells: &[&str]| {
            without_index(table(&[("unnamed_1", cells), ("age", &["31", "41", "51"])]), &schema)
                .columns()
                .len()
        };
        assert_eq!(counted(&["0", "1", "2"]), 1);
        assert_eq!(counted(&["1", "2", "3"]), 1);
        assert_eq!(counted(&["2", "3", "4"]), 2);
        assert_eq!(counted(&["0", "2", "1"]), 2);
    }
}
