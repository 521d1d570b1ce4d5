//! `sample`: rows from a model, as many as asked.

use crate::args::{Common, Sample};
use crate::exit::Exit;
use crate::signals::Signals;
use crate::words;
use std::io::BufWriter;
use verosim_engine::condition::Condition;
use verosim_engine::core::Seeded;
use verosim_engine::data::io::{FileFormat, SourceInfo, TextSink, WriteError, write_parts};
use verosim_engine::draw::{Ask, Blocks};
use verosim_engine::{Artefact, EngineError, draw};

pub(super) fn sample(args: &Sample, common: &Common, signals: &Signals) -> Result<Exit, EngineError> {
    let out = args.output.out.as_deref();
    if let Some(out) = out.filter(|out| !args.output.overwrite && out.exists()) {
        return Err(WriteError::Exists { path: out.display().to_string() }.into());
    }
    let artefact = Artefact::load(&args.model)?;
    let n = args.num_rows.unwrap_or(artefact.about.n_rows);
    let seed = Seeded::new(args.seed).split("sample");
    let ctx = signals.context();
    let condition = match &args.condition {
        None => None,
        Some(text) => {
            // One drawn row shows which levels there are.
            let known = draw::draw(&artefact, &Ask::rows(1), seed, ctx)?;
            Some(Condition::parse(text, artefact.codec.schema(), &known)?)
        }
    };
    let ask = Ask { n, condition, max_tries: args.max_tries };
    let mut blocks = Blocks::new(&artefact, ask, seed, ctx)?;
    match out {
        Some(out) => {
            let how = artefact.source_info().for_path(out);
            write_parts(out, &how, args.output.overwrite, || blocks.next_raw())?;
            signals.finish();
            if common.json {
                words::result(&serde_json::json!({ "rows": n, "out": out }).to_string());
            } else if !common.quiet {
                words::note(&format!("wrote {n} rows to {} in {:.1} s", out.display(), signals.elapsed()));
            }
        }
        None => to_stdout(&mut blocks, &artefact.source_info())?,
    }
    Ok(Exit::Ok)
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
        Err(source) => Err(WriteError::io(std::path::Path::new("standard output"), source)),
    };
    while let Some(block) = blocks.next_raw()? {
        if !finished(sink.write(&block))? {
            return Ok(());
        }
    }
    finished(sink.finish())?;
    Ok(())
}
