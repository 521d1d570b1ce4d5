//! How are the missing cells of a table filled, several times over, with every known cell as it came?

use crate::artefact::Artefact;
use crate::error::EngineError;
use crate::language::{LanguageOptions, Partner, desk, exchange};
use crate::portfolio::fillers;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use verosim_core::schema::Treatment;
use verosim_core::{ColumnSchema, Context, Kind, Schema, Seeded, did_you_mean};
use verosim_data::frame::{format, parse};
use verosim_data::io::{ReadOptions, SourceInfo, WriteError, read, write_bytes_atomically, write_parts};
use verosim_data::{Column, Incomplete, RawColumn, RawTable, Table};
use verosim_eval::card::Exchange;
use verosim_llm::harvest::Why;
use verosim_llm::preset::DynPrompted;
use verosim_models::DynFitted;

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
    /// What the language model was asked, and what it cost; of engines that ask one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Exchange>,
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
/// from others are computed. A table with cells left over is called `partial-…`. `partner` is asked by engines that ask a
/// language model, and by no other.
///
/// # Errors
/// [`EngineError::CannotImpute`], [`EngineError::OtherColumns`], [`EngineError::Unfilled`] once all is written, and those
/// of reading, asking and writing.
pub fn impute(
    artefact: &Artefact,
    task: &Imputation<'_>,
    partner: Option<&Partner>,
    language: &LanguageOptions,
    ctx: Context<'_>,
) -> Result<Account, EngineError> {
    if !artefact.learned.fills() {
        return Err(EngineError::CannotImpute { engine: artefact.learned.page().id, who: fillers() });
    }
    admit(task)?;
    let options = ReadOptions { delimiter: task.delimiter.map(|c| c as u8), memory_limit: task.memory_limit };
    let (raw, info) = read(task.table, &options, ctx)?;
    let schema = present(artefact, &raw)?;
    let table = parse(&raw, &schema).map_err(|source| EngineError::Parse { role: "the table", source })?;
    let seed = Seeded::new(task.seed).split("impute");
    let mut source = Source::open(artefact, &table, task, (partner, language), seed, ctx)?;
    let mut fills = source.fills();
    fills.extend(artefact.codec.computed().map(str::to_owned));

    std::fs::create_dir_all(task.out).map_err(|source| WriteError::io(task.out, source))?;
    let mut columns = lacking(&raw, &table, artefact, &fills);
    let (mut left, mut files) = (Vec::new(), Vec::new());
    for draw in 0..task.draws {
        let set = source.set(artefact, &table, draw, seed, ctx)?;
        let whole = completed(artefact, &table, &set, seed);
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
        ctx.progress.step(draw + 1, task.draws, "tables");
    }
    let of = |is_filled: bool| {
        columns
            .iter()
            .filter(|column| column.why_not.is_none() == is_filled)
            .map(|column| column.missing)
            .sum()
    };
    let (exchange, why) = source.close();
    let account = Account {
        rows: raw.n_rows(),
        draws: task.draws,
        missing: of(true),
        left,
        not_filled: of(false),
        columns,
        files,
        exchange,
    };
    let mut text = serde_json::to_vec_pretty(&account).expect("finite numbers and text are always JSON");
    text.push(b'\n');
    write_bytes_atomically(&task.out.join(ACCOUNT), &text, task.overwrite)?;
    let left: usize = account.left.iter().sum();
    if left > 0 {
        let (of, folder) = (account.missing * account.draws, task.out.display().to_string());
        return Err(EngineError::Unfilled { left, of, draws: account.draws, why, folder });
    }
    Ok(account)
}

/// Where the cells of completed tables come from.
enum Source<'a> {
    /// Drawn when they are asked for, by an engine that knows tokens.
    Drawn { filler: &'a dyn verosim_models::Filler, holed: Incomplete, fills: Vec<String> },
    /// Asked of a language model, all at once.
    Asked { sets: std::vec::IntoIter<Table>, fills: Vec<String>, exchange: Box<Exchange>, why: Option<Why> },
}

impl<'a> Source<'a> {
    fn open(
        artefact: &'a Artefact,
        table: &Table,
        task: &Imputation<'_>,
        (partner, language): (Option<&Partner>, &LanguageOptions),
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Self, EngineError> {
        if let Some(filler) = artefact.learned.drawn().and_then(DynFitted::filler) {
            let fills = artefact.codec.drawable().map(str::to_owned).collect();
            return Ok(Self::Drawn { filler, holed: artefact.codec.encode(table), fills });
        }
        let Some(filler) = artefact.learned.prompted().and_then(DynPrompted::filler) else {
            return Err(EngineError::CannotImpute { engine: artefact.learned.page().id, who: fillers() });
        };
        let engine = artefact.learned.page().id;
        let partner = partner.ok_or_else(|| EngineError::NoModel { engine: engine.to_owned() })?;
        let mut desk = desk(partner, language);
        let filled = filler.fill(table, task.draws, &mut desk, seed, ctx)?;
        Ok(Self::Asked {
            sets: filled.sets.into_iter(),
            fills: filler.fills(),
            exchange: Box::new(exchange(desk.spent(), &filled.tally, None)),
            why: filled.why,
        })
    }

    /// Columns whose missing cells are filled.
    fn fills(&self) -> Vec<String> {
        match self {
            Self::Drawn { fills, .. } | Self::Asked { fills, .. } => fills.clone(),
        }
    }

    /// The next completed table; only its cells where `table` lacks them count.
    fn set(
        &mut self,
        artefact: &Artefact,
        table: &Table,
        draw: usize,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Table, EngineError> {
        match self {
            Self::Drawn { filler, holed, .. } => {
                let drawn = filler.fill(holed, draw, seed.split("rows"), ctx)?;
                let cells = seed.split("cells").split_at(draw as u64);
                Ok(artefact.codec.decode_beside(&drawn, table, cells))
            }
            Self::Asked { sets, .. } => Ok(sets.next().unwrap_or_default()),
        }
    }

    /// What was asked of a language model, and why it came to an end.
    fn close(self) -> (Option<Exchange>, Option<Why>) {
        match self {
            Self::Drawn { .. } => (None, None),
            Self::Asked { exchange, why, .. } => (Some(*exchange), why),
        }
    }
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
            Some(drawn) => column.or(drawn),
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
