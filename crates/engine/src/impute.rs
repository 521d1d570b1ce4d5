//! How are the missing cells of a table filled, several times over, with every known cell as it came?

use crate::artefact::Artefact;
use crate::error::EngineError;
use crate::language::{LanguageOptions, Partner, desk, exchange};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use verosim_core::schema::Treatment;
use verosim_core::{ColumnSchema, Context, Kind, Schema, Seeded, did_you_mean};
use verosim_data::frame::{format, parse};
use verosim_data::io::{ReadOptions, SourceInfo, WriteError, read, write_bytes_atomically, write_parts};
use verosim_data::{Cells, Column, RawColumn, RawTable, Table};
use verosim_eval::card::Exchange;
use verosim_llm::preset::DynPrompted;

/// What is to be filled, and where completed tables go.
#[derive(Clone, Copy, Debug)]
pub struct Imputation<'a> {
    /// Table with missing cells.
    pub table: &'a Path,
    /// Delimiter of a text file; guessed when `None`.
    pub delimiter: Option<char>,
    /// Completed tables: at least five, so that what is computed on each can be pooled with the spread between them.
    pub draws: usize,
    /// Seed of all draws.
    pub seed: u64,
    /// Folder for the tables and the account.
    pub out: &'a Path,
    /// Replace what such a command wrote there.
    pub overwrite: bool,
    /// Most bytes that the table may take.
    pub memory_limit: Option<u64>,
}

/// What became of the missing cells.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Account {
    /// Rows of the table.
    pub rows: usize,
    /// Completed tables.
    pub draws: usize,
    /// Cells that were to be filled in each of them.
    pub missing: usize,
    /// Cells that are missing still, by table.
    pub left: Vec<usize>,
    /// Missing cells of columns that are not filled: they are as they came.
    pub not_filled: usize,
    /// Columns with missing cells.
    pub columns: Vec<ImputedColumn>,
    /// Names of the tables.
    pub files: Vec<String>,
    /// What the language model was asked, and what it cost.
    pub exchange: Exchange,
}

/// What became of the missing cells of one column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImputedColumn {
    /// Column.
    pub column: String,
    /// Missing cells.
    pub missing: usize,
    /// Of these, missing still, over all tables.
    pub left: usize,
    /// Why the column is not filled, when it is not.
    pub why_not: Option<String>,
}

/// The account, as every such command writes it.
const ACCOUNT: &str = "account.json";

/// Fills `task.table` with draws from a fitted engine and writes one table for each draw, then the account.
///
/// Known cells are copied from the file, text by text; the engine only ever gives values for missing ones. Identifiers,
/// free text and columns that the model leaves out are copied as well, missing cells included; columns that are computed
/// from others are computed. A table with cells left over is called `partial-…`.
///
/// # Errors
/// [`EngineError::CannotImpute`], [`EngineError::OtherColumns`], [`EngineError::Unfilled`] once all is written, and those
/// of reading, asking and writing.
pub fn impute(
    artefact: &Artefact,
    task: &Imputation<'_>,
    partner: &Partner,
    language: &LanguageOptions,
    ctx: Context<'_>,
) -> Result<Account, EngineError> {
    let engine = artefact.learned.page().id;
    let filler = artefact.learned.prompted().and_then(DynPrompted::filler);
    let filler = filler.ok_or(EngineError::CannotImpute { engine })?;
    admit(task)?;
    let options = ReadOptions { delimiter: task.delimiter.map(|c| c as u8), memory_limit: task.memory_limit };
    let (raw, info) = read(task.table, &options, ctx)?;
    let schema = present(artefact, &raw)?;
    let table = parse(&raw, &schema).map_err(|source| EngineError::Parse { role: "the table", source })?;
    let mut desk = desk(partner, language);
    let seed = Seeded::new(task.seed).split("impute");
    let filled = filler.fill(&table, task.draws, &mut desk, seed, ctx)?;
    let mut fills = filler.fills();
    fills.extend(artefact.codec.computed().map(str::to_owned));

    std::fs::create_dir_all(task.out).map_err(|source| WriteError::io(task.out, source))?;
    let mut columns = lacking(&raw, &table, artefact, &fills);
    let (mut left, mut files) = (Vec::new(), Vec::new());
    for (draw, set) in filled.sets.iter().enumerate() {
        let whole = completed(artefact, &table, set, seed);
        let (merged, open) = merge(&raw, &table, &format(&whole, &schema, &artefact.types()), &whole, &fills);
        for column in &mut columns {
            column.left += open.get(&column.column).copied().unwrap_or(0);
        }
        let open: usize = open.values().sum();
        let kind = if open == 0 { "imputed" } else { "partial" };
        let how = SourceInfo { gzip: false, notes: Vec::new(), ..info.clone() };
        let file = format!("{kind}-{}.{}", draw + 1, how.format.extension());
        let mut part = Some(merged);
        write_parts::<EngineError>(&task.out.join(&file), &how, task.overwrite, || Ok(part.take()))?;
        left.push(open);
        files.push(file);
    }
    let of = |is_filled: bool| {
        columns
            .iter()
            .filter(|column| column.why_not.is_none() == is_filled)
            .map(|column| column.missing)
            .sum()
    };
    let account = Account {
        rows: raw.n_rows(),
        draws: task.draws,
        missing: of(true),
        left,
        not_filled: of(false),
        columns,
        files,
        exchange: exchange(desk.spent(), &filled.tally, None),
    };
    let mut text = serde_json::to_vec_pretty(&account).expect("finite numbers and text are always JSON");
    text.push(b'\n');
    write_bytes_atomically(&task.out.join(ACCOUNT), &text, task.overwrite)?;
    let left: usize = account.left.iter().sum();
    if left > 0 {
        let (of, folder) = (account.missing * account.draws, task.out.display().to_string());
        return Err(EngineError::Unfilled { left, of, draws: account.draws, why: filled.why, folder });
    }
    Ok(account)
}

/// Refuses a folder with files in it; with `overwrite`, takes away what such a command wrote, and nothing else.
fn admit(task: &Imputation<'_>) -> Result<(), EngineError> {
    let Ok(entries) = std::fs::read_dir(task.out) else {
        return if task.out.exists() { Err(exists(task.out)) } else { Ok(()) };
    };
    let files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    if files.is_empty() {
        return Ok(());
    }
    if !task.overwrite {
        return Err(exists(task.out));
    }
    let is_ours = |path: &&PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let number = name.strip_prefix("imputed-").or(name.strip_prefix("partial-"));
        name == ACCOUNT || number.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    for path in files.iter().filter(is_ours) {
        std::fs::remove_file(path).map_err(|source| WriteError::io(path, source))?;
    }
    Ok(())
}

fn exists(path: &Path) -> EngineError {
    WriteError::Exists { path: path.display().to_string() }.into()
}

/// The model's columns that the file has. All that are modelled must be there, and no other than those that it was
/// fitted on.
fn present(artefact: &Artefact, raw: &RawTable) -> Result<Schema, EngineError> {
    let mut schema = artefact.codec.schema().clone();
    let has = |name: &str| raw.columns().iter().any(|column| column.name == name);
    let is_absent = |column: &&ColumnSchema| column.treatment == Treatment::Model && !has(&column.name);
    let absent: Vec<String> =
        schema.columns.iter().filter(is_absent).map(|column| column.name.clone()).collect();
    let fitted = artefact.types();
    let known = |name: &str| {
        fitted.iter().any(|(own, _)| own == name) || schema.columns.iter().any(|column| column.name == name)
    };
    let unknown: Vec<String> =
        raw.columns().iter().map(|column| column.name.clone()).filter(|name| !known(name)).collect();
    if !absent.is_empty() || !unknown.is_empty() {
        let nearest = unknown
            .first()
            .and_then(|name| did_you_mean(name, absent.iter().map(String::as_str)))
            .map(str::to_owned);
        return Err(EngineError::OtherColumns { role: "the table", absent, unknown, nearest });
    }
    schema.columns.retain(|column| has(&column.name));
    Ok(schema)
}

/// Columns with missing cells, and why some are not filled.
fn lacking(raw: &RawTable, table: &Table, artefact: &Artefact, fills: &[String]) -> Vec<ImputedColumn> {
    let schema = artefact.codec.schema();
    let column = |raw: &RawColumn| {
        let understood = table.column(&raw.name);
        let missing = match understood {
            Some(column) => column.missing.iter().filter(|&&code| code != 0).count(),
            None => (0..raw.len()).filter(|&row| raw.cell(row).is_empty()).count(),
        };
        let own = schema.columns.iter().find(|column| column.name == raw.name);
        let why_not = match own {
            None => Some("the model leaves it out"),
            Some(own) if own.treatment == Treatment::Regenerate || own.kind == Kind::Id => {
                Some("it identifies rows or persons")
            }
            Some(own) if own.kind == Kind::Text => Some("it is free text"),
            Some(_) if !fills.contains(&raw.name) => Some("no value of it has enough people behind it"),
            Some(_) => None,
        };
        let why_not = why_not.map(str::to_owned);
        (missing > 0).then(|| ImputedColumn { column: raw.name.clone(), missing, left: 0, why_not })
    };
    raw.columns().iter().filter_map(column).collect()
}

/// `table` with the cells of `set` where its own are missing, and columns that are computed from others computed.
fn completed(artefact: &Artefact, table: &Table, set: &Table, seed: Seeded) -> Table {
    let is_computed = |name: &str| artefact.codec.computed().any(|computed| computed == name);
    let columns: Vec<Column> = table
        .columns()
        .iter()
        .map(|column| match set.column(&column.name) {
            Some(drawn) => over(column, drawn),
            // Nothing is missing where it can be computed.
            None if is_computed(&column.name) => Column { missing: vec![0; column.len()], ..column.clone() },
            None => column.clone(),
        })
        .collect();
    let whole = Table::new(columns).unwrap_or_default();
    let computed = artefact.codec.complete(&whole, 0, seed);
    let columns = whole
        .columns()
        .iter()
        .map(|column| match computed.column(&column.name).filter(|_| is_computed(&column.name)) {
            Some(computed) => computed.clone(),
            None => column.clone(),
        })
        .collect();
    Table::new(columns).unwrap_or_default()
}

/// Cells of `drawn` where those of `own` are missing.
fn over(own: &Column, drawn: &Column) -> Column {
    let pick = |row: usize| if own.missing[row] == 0 { own } else { drawn };
    let missing = (0..own.len()).map(|row| pick(row).missing[row]).collect();
    let cells = match (&own.cells, &drawn.cells) {
        (Cells::Number(values), Cells::Number(others)) => Cells::Number(
            (0..own.len()).map(|row| if own.missing[row] == 0 { values[row] } else { others[row] }).collect(),
        ),
        (Cells::Level { codes, levels }, Cells::Level { codes: others, levels: names }) => {
            let first = levels.len() as u32;
            let codes = (0..own.len())
                .map(|row| if own.missing[row] == 0 { codes[row] } else { others[row].saturating_add(first) })
                .collect();
            Cells::Level { codes, levels: levels.iter().chain(names).cloned().collect() }
        }
        _ => return own.clone(),
    };
    Column { missing, cells, ..own.clone() }
}

/// The file's own cells, but those of `whole` (written as `texts`) where they are missing and can be filled; and the cells
/// that are missing still, by column.
fn merge(
    raw: &RawTable,
    table: &Table,
    texts: &RawTable,
    whole: &Table,
    fills: &[String],
) -> (RawTable, BTreeMap<String, usize>) {
    let mut open = BTreeMap::new();
    let columns = raw
        .columns()
        .iter()
        .map(|source| {
            let text = texts.columns().iter().find(|column| column.name == source.name);
            let both = table.column(&source.name).zip(whole.column(&source.name)).zip(text);
            let Some(((before, after), text)) = both.filter(|_| fills.contains(&source.name)) else {
                return source.clone();
            };
            let mut merged = RawColumn::new(&source.name, source.source);
            for row in 0..source.len() {
                let is_filled = before.missing[row] != 0 && after.missing[row] == 0;
                if before.missing[row] != 0 && !is_filled {
                    *open.entry(source.name.clone()).or_default() += 1;
                }
                merged.push(if is_filled { text.cell(row) } else { source.cell(row) });
            }
            merged
        })
        .collect();
    (RawTable::new(columns).unwrap_or_default(), open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_missing_cells_are_taken_from_a_draw() {
        let levels = |texts: &[&str], codes: &[u32], missing: &[u8]| Column {
            name: "site".into(),
            kind: Kind::Nominal,
            missing: missing.to_vec(),
            cells: Cells::Level {
                codes: codes.to_vec(),
                levels: texts.iter().map(|text| (*text).to_owned()).collect(),
            },
        };
        let none = verosim_data::frame::NO_LEVEL;
        let own = levels(&["rare", "A"], &[0, none, none, 1], &[0, 2, 1, 0]);
        let drawn = levels(&["A", "B"], &[1, 1, none, 1], &[0, 0, 1, 0]);
        let both = over(&own, &drawn);
        assert_eq!(both.missing, [0, 0, 1, 0]);
        let (codes, texts) = both.levels().unwrap();
        let text = |row: usize| texts[codes[row] as usize].as_str();
        assert_eq!([text(0), text(1), text(3)], ["rare", "B", "A"]);
    }
}
