//! `sample`: rows from a model, as many as asked.

use super::language::{confirmed, options};
use super::lives;
use super::recipe::with_rules;
use crate::args::{Common, Sample};
use crate::exit::Exit;
use crate::signals::Signals;
use crate::words;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::io::BufWriter;
use std::path::Path;
use verosim_engine::canary::warning;
use verosim_engine::core::Seeded;
use verosim_engine::data::constrain::Condition;
use verosim_engine::data::frame::format;
use verosim_engine::data::io::{
    FileFormat, SourceInfo, TextSink, WriteError, write_bytes_atomically, write_parts,
};
use verosim_engine::data::{RawTable, Table};
use verosim_engine::draw::{Ask, Balance, Blocks, draw_obeying};
use verosim_engine::language::{desk, exchange, partner, rows};
use verosim_engine::load::load_like;
use verosim_engine::obey::{Obedience, check_rules};
use verosim_engine::recipe::{Answers, RecipeError};
use verosim_engine::timeline::is_timeline_model;
use verosim_engine::{Artefact, EngineError, Recipe, draw};

pub(super) fn sample(args: &Sample, common: &Common, signals: &Signals) -> Result<Exit, EngineError> {
    if is_timeline_model(&args.model) {
        return lives::sample(args, common, signals);
    }
    let out = args.output.out.as_deref();
    if let Some(out) = out.filter(|out| !args.output.overwrite && out.exists()) {
        return Err(WriteError::Exists { path: out.display().to_string() }.into());
    }
    let mut artefact = Artefact::load(&args.model)?;
    let written = with_rules(Answers::default().resolve(), &args.rules)?;
    if artefact.about.canaries > 0 {
        words::note(&format!("warning: {}", warning(artefact.about.canaries)));
    }
    let n = args.num_rows.unwrap_or(artefact.about.n_rows);
    let seed = Seeded::new(args.seed).split("sample");
    let ctx = signals.context();
    // One drawn row shows which levels there are; those of a language model are known once it was asked.
    let is_chosen = args.condition.is_some() || args.balance.is_some() || args.augment.is_some();
    let known = match (artefact.learned.prompted(), is_chosen || written.has_rules()) {
        (None, true) => draw::draw(&artefact, &Ask::rows(1), seed, ctx)?,
        (Some(fitted), true) => fitted.table(&[]),
        _ => Table::default(),
    };
    if written.has_rules() {
        artefact.about.rules = check_rules(&written, artefact.codec.schema(), &known, None)?;
    }
    if artefact.learned.prompted().is_some() {
        return ask(args, &artefact, n, common, signals);
    }
    let condition = match &args.condition {
        None => None,
        Some(text) => Some(Condition::parse(text, artefact.codec.schema(), &known)?),
    };
    let ask = Ask { n, condition, max_tries: args.max_tries };
    if let Some(balance) = balance(args, n, &artefact, &known, common, signals)? {
        return balanced(args, &balance, &artefact, &ask, seed, common, signals);
    }
    if !artefact.about.rules.is_empty() {
        return obeying(args, &artefact, &ask, seed, common, signals);
    }
    let mut blocks = Blocks::new(&artefact, ask, seed, ctx)?;
    match out {
        Some(out) => {
            let how = artefact.source_info().for_path(out);
            write_parts(out, &how, args.output.overwrite, || blocks.next_raw())?;
            signals.finish();
            if common.json {
                words::result(&json!({ "rows": n, "out": out }).to_string());
            } else if !common.quiet {
                words::note(&format!("wrote {n} rows to {} in {:.1} s", out.display(), signals.elapsed()));
            }
        }
        None => to_stdout(&mut blocks, &artefact.source_info())?,
    }
    Ok(Exit::Ok)
}

/// What `--balance` and `--augment` ask for.
fn balance(
    args: &Sample,
    n: usize,
    artefact: &Artefact,
    known: &Table,
    common: &Common,
    signals: &Signals,
) -> Result<Option<Balance>, EngineError> {
    let schema = artefact.codec.schema();
    if let Some(text) = &args.balance {
        return Balance::parse(text, n, schema, known).map(Some);
    }
    let Some(text) = &args.augment else {
        return match &args.weights {
            Some(_) => Err(value("weights", "given alone", "beside `--balance` or `--augment`")),
            None => Ok(None),
        };
    };
    let Some((column, path)) =
        text.split_once('=').filter(|(column, path)| !column.is_empty() && !path.is_empty())
    else {
        return Err(value("augment", text, "COLUMN=TABLE with the table that rows are added to"));
    };
    let (path, limit) = (Path::new(path), common.memory_limit);
    let (_, table) =
        load_like(path, schema, None, limit, "the table that rows are added to", signals.context())?;
    Balance::lacking(column, &table, schema, known).map(Some)
}

fn value(key: &str, found: &str, wanted: &str) -> EngineError {
    RecipeError::Value { key: key.into(), found: found.into(), wanted: wanted.into() }.into()
}

/// So many rows of each group, and the weights that undo it.
fn balanced(
    args: &Sample,
    balance: &Balance,
    artefact: &Artefact,
    ask: &Ask,
    seed: Seeded,
    common: &Common,
    signals: &Signals,
) -> Result<Exit, EngineError> {
    let exists = |path: &Path| EngineError::from(WriteError::Exists { path: path.display().to_string() });
    if let Some(weights) = args.weights.as_deref().filter(|path| !args.output.overwrite && path.exists()) {
        return Err(exists(weights));
    }
    let mut obedience = Obedience::new(&artefact.about.rules);
    let found = balance.draw(artefact, ask, &mut obedience, seed, signals.context())?;
    let raw = format(&found.table, artefact.codec.schema(), &artefact.types());
    write_all(args, raw, artefact)?;
    if let Some(path) = &args.weights {
        let mut text = String::from("weight\n");
        found.weights.iter().for_each(|weight| {
            let _ = writeln!(text, "{weight:.6}");
        });
        write_bytes_atomically(path, text.as_bytes(), args.output.overwrite)?;
    }
    signals.finish();
    let rows = found.table.n_rows();
    let groups: Map<String, Value> =
        balance.groups.iter().map(|(level, n)| (level.clone(), Value::from(*n))).collect();
    if common.json && args.output.out.is_some() {
        words::result(
            &json!({ "rows": rows, "column": balance.column, "groups": groups, "drawn": found.tried })
                .to_string(),
        );
    } else if !common.quiet {
        let counts: Vec<String> = balance.groups.iter().map(|(level, n)| format!("{level} {n}")).collect();
        words::note(&format!(
            "{rows} rows by `{}`: {}; {} were drawn{}",
            balance.column,
            counts.join(", "),
            found.tried,
            told(&obedience)
        ));
    }
    Ok(Exit::Ok)
}

/// Rows none of which breaks a rule; all are had before the first is written.
fn obeying(
    args: &Sample,
    artefact: &Artefact,
    ask: &Ask,
    seed: Seeded,
    common: &Common,
    signals: &Signals,
) -> Result<Exit, EngineError> {
    let mut obedience = Obedience::new(&artefact.about.rules);
    let table = draw_obeying(artefact, ask, &mut obedience, seed, signals.context())?;
    let raw = format(&table, artefact.codec.schema(), &artefact.types());
    write_all(args, raw, artefact)?;
    signals.finish();
    let refused = obedience.account().map(|account| &account.refused);
    match &args.output.out {
        Some(out) if common.json => {
            let rows = table.n_rows();
            words::result(&json!({ "rows": rows, "out": out, "refused": refused }).to_string());
        }
        _ if !common.quiet => words::note(&format!("{} rows{}", table.n_rows(), told(&obedience))),
        _ => {}
    }
    obedience.shortfall().map_or(Ok(Exit::Ok), Err)
}

/// `, 31 refused by rule `a``, for each rule that refused rows.
fn told(obedience: &Obedience<'_>) -> String {
    let mut text = String::new();
    for (id, n) in obedience.account().into_iter().flat_map(|account| &account.refused) {
        if *n > 0 {
            let _ = write!(text, ", {n} refused by rule `{id}`");
        }
    }
    text
}

/// One table, to where results go.
fn write_all(args: &Sample, raw: RawTable, artefact: &Artefact) -> Result<(), EngineError> {
    let mut part = Some(raw);
    match args.output.out.as_deref() {
        Some(out) => {
            let how = artefact.source_info().for_path(out);
            write_parts::<EngineError>(out, &how, args.output.overwrite, || Ok(part.take()))
        }
        None => write_out(part, &artefact.source_info()),
    }
}

/// Rows of an engine that asks a language model.
fn ask(
    args: &Sample,
    artefact: &Artefact,
    n: usize,
    common: &Common,
    signals: &Signals,
) -> Result<Exit, EngineError> {
    let page = artefact.learned.page();
    let no_model = || EngineError::NoModel { engine: page.id.to_owned() };
    let fitted = artefact.learned.prompted().ok_or_else(no_model)?;
    let chosen = [
        ("--where", args.condition.is_some()),
        ("--balance", args.balance.is_some()),
        ("--augment", args.augment.is_some()),
    ];
    if let Some((flag, _)) = chosen.into_iter().find(|(_, is_given)| *is_given) {
        return Err(EngineError::NoCondition { engine: page.id, flag });
    }
    let recipe = Recipe {
        // What may be told was settled when the model was fitted.
        disclose: Some(fitted.disclosure()),
        model: args.language.model.clone(),
        engine: page.id.to_owned(),
        ..Answers::default().resolve()
    };
    let mut language = options(&args.language)?;
    let (had, account, ruled_out) = confirmed(&mut language, |language| {
        let partner = partner(&recipe, language)?;
        let mut desk = desk(&partner, language);
        let seed = Seeded::new(args.seed).split("sample");
        let mut obedience = Obedience::new(&artefact.about.rules);
        let had = rows(artefact, fitted, n, &mut desk, &mut obedience, seed, signals.context())?;
        let account = exchange(desk.spent(), &had.tally, had.prior.as_ref());
        Ok((had, account, obedience.shortfall()))
    })?;
    let raw = format(&had.table, artefact.codec.schema(), &artefact.types());
    let accepted = had.table.n_rows();
    write_all(args, raw, artefact)?;
    signals.finish();
    if common.json && args.output.out.is_some() {
        words::result(&json!({ "rows": accepted, "account": account }).to_string());
    } else if !common.quiet {
        words::note(&format!(
            "{accepted} rows from {} requests to {} ({}), {} tokens read and {} written; {} told at most",
            account.requests,
            account.model,
            account.host,
            account.input_tokens,
            account.output_tokens,
            account.class
        ));
    }
    match had.shortfall {
        Some(shortfall) => {
            let kept = args.output.out.as_ref().map(|out| out.display().to_string());
            Err(EngineError::Shortfall { shortfall, kept })
        }
        None => ruled_out.map_or(Ok(Exit::Ok), Err),
    }
}

/// One table on standard output.
fn write_out(part: Option<RawTable>, how: &SourceInfo) -> Result<(), EngineError> {
    let how = match how.format {
        FileFormat::Parquet | FileFormat::Arrow => SourceInfo::of(FileFormat::Csv),
        _ => how.clone(),
    };
    let mut sink = TextSink::new(BufWriter::new(std::io::stdout().lock()), &how);
    let written = part.map_or(Ok(()), |part| sink.write(&part)).and_then(|()| sink.finish());
    match written {
        Err(source) if source.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(WriteError::io(Path::new("standard output"), source).into())
        }
        _ => Ok(()),
    }
}

/// Text on standard output; binary formats become CSV.
fn to_stdout(blocks: &mut Blocks<'_>, how: &SourceInfo) -> Result<(), EngineError> {
    let how = match how.format {
        FileFormat::Parquet | FileFormat::Arrow => SourceInfo::of(FileFormat::Csv),
        _ => how.clone(),
    };
    let mut sink = TextSink::new(BufWriter::new(std::io::stdout().lock()), &how);
    let finished = |written: std::io::Result<()>| match written {
        Ok(()) => Ok(true),
        // A reader that has seen enough, such as `head`, is no error.
        Err(source) if source.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
        Err(source) => Err(WriteError::io(Path::new("standard output"), source)),
    };
    while let Some(block) = blocks.next_raw()? {
        if !finished(sink.write(&block))? {
            return Ok(());
        }
    }
    finished(sink.finish())?;
    Ok(())
}
