//! `sample`: rows from a model, as many as asked.

use crate::args::{Common, Sample};
use crate::exit::Exit;
use crate::signals::Signals;
use crate::words;
use std::io::{BufWriter, Write as _};
use verosim_engine::condition::Condition;
use verosim_engine::core::{Schema, Seeded};
use verosim_engine::data::frame::format;
use verosim_engine::data::io::{WriteError, write, write_text};
use verosim_engine::{Artefact, EngineError, draw};

pub(super) fn sample(args: &Sample, common: &Common, signals: &Signals) -> Result<Exit, EngineError> {
    let out = args.output.out.as_deref();
    if let Some(out) = out.filter(|out| !args.output.overwrite && out.exists()) {
        return Err(WriteError::Exists { path: out.display().to_string() }.into());
    }
    let artefact = Artefact::load(&args.model)?;
    let n = args.num_rows.unwrap_or(artefact.about.n_rows);
    let seed = Seeded::new(args.seed).split("sample");
    let schema: &Schema = artefact.codec.schema();
    let condition = match &args.condition {
        None => None,
        Some(text) => {
            // One drawn row shows which levels there are.
            let known = draw::draw(&artefact, 1, None, None, seed, signals.context())?;
            Some(Condition::parse(text, schema, &known)?)
        }
    };
    let table = draw::draw(&artefact, n, condition.as_ref(), args.max_tries, seed, signals.context())?;
    let raw = format(&table, schema, &artefact.types());
    signals.finish();
    match out {
        Some(out) => {
            write(&raw, out, &artefact.source_info().for_path(out), args.output.overwrite)?;
            if !common.quiet {
                words::note(&format!("wrote {n} rows to {} in {:.1} s", out.display(), signals.elapsed()));
            }
        }
        None => {
            let mut stdout = BufWriter::new(std::io::stdout().lock());
            let written =
                write_text(&raw, &mut stdout, &artefact.source_info()).and_then(|()| stdout.flush());
            // A reader that has seen enough, such as `head`, is no error.
            if let Err(source) = written
                && source.kind() != std::io::ErrorKind::BrokenPipe
            {
                return Err(WriteError::Io { path: "standard output".into(), source }.into());
            }
        }
    }
    Ok(Exit::Ok)
}
