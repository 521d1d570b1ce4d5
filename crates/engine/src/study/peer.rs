//! How does another program take part in a comparison?

use super::workbench::{Part, Workbench};
use crate::cost::Meter;
use crate::error::EngineError;
use crate::load::load_like;
use crate::recipe::RecipeError;
use crate::reconcile::with_known_levels;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use verosim_core::Context;
use verosim_data::Table;
use verosim_data::frame::format;
use verosim_data::io::{FileFormat, SourceInfo, WriteError, write_parts};
use verosim_eval::card::Cost;

/// A program that reads a CSV of training rows and writes one of synthetic rows.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Peer {
    /// Name in tables.
    pub name: String,
    /// Program and arguments, with places for `{train}`, `{out}`, `{rows}` and `{seed}`.
    command: Vec<String>,
}

/// Places that a command must have.
const PLACES: [&str; 2] = ["{train}", "{out}"];

impl Peer {
    /// Reads `NAME=PROGRAM ARGUMENTS`; arguments are parted by spaces, and no shell reads them.
    ///
    /// # Errors
    /// [`RecipeError::Value`] without a name, a program, `{train}` or `{out}`.
    pub fn parse(text: &str) -> Result<Self, RecipeError> {
        let parts = text.split_once('=').map(|(name, command)| {
            (name.trim().to_owned(), command.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        });
        let is_whole = |command: &Vec<String>| {
            PLACES.iter().all(|place| command.iter().skip(1).any(|word| word.contains(place)))
        };
        match parts {
            Some((name, command)) if !name.is_empty() && is_whole(&command) => Ok(Self { name, command }),
            _ => Err(RecipeError::Value {
                key: "peer".into(),
                found: format!("`{text}`"),
                wanted: "NAME=PROGRAM ARGUMENTS with {train} and {out} among them, and {rows} and {seed} where it takes them"
                    .into(),
            }),
        }
    }

    /// Has the program learn from `part` and draw `n` rows; the rows and what it took.
    ///
    /// # Errors
    /// [`EngineError::Peer`] when it does not start or ends badly; those of reading what it wrote.
    pub(super) fn make(
        &self,
        bench: &Workbench<'_>,
        part: &Part,
        n: usize,
        seed: u64,
        ctx: Context<'_>,
    ) -> Result<(Table, Cost), EngineError> {
        let folder = tempfile::tempdir()
            .map_err(|source| WriteError::io(Path::new("the temporary folder"), source))?;
        let (train, out) = (folder.path().join("train.csv"), folder.path().join("out.csv"));
        let mut rows = Some(format(&part.train, &bench.source.schema, &bench.source.types()));
        write_parts::<EngineError>(&train, &SourceInfo::of(FileFormat::Csv), true, || Ok(rows.take()))?;
        let fill = |word: &String| {
            word.replace("{train}", &train.display().to_string())
                .replace("{out}", &out.display().to_string())
                .replace("{rows}", &n.to_string())
                .replace("{seed}", &(seed % (1 << 31)).to_string())
        };
        let words: Vec<String> = self.command.iter().map(fill).collect();
        let meter = Meter::start(bench.host);
        let failed = |why: String| EngineError::Peer { name: self.name.clone(), why };
        // What it says may hold cells, and goes nowhere.
        let mut child = Command::new(&words[0])
            .args(&words[1..])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| failed(format!("it does not start: {error}")))?;
        let ended = wait(&mut child, ctx)?;
        let cost = meter.stop(&self.name);
        match ended {
            Ok(status) if status.success() => {}
            Ok(status) => return Err(failed(format!("it ended with {status}"))),
            Err(error) => return Err(failed(error.to_string())),
        }
        if !out.exists() {
            return Err(failed("it wrote no file to {out}".into()));
        }
        let limit = bench.options.memory_limit;
        let (_, table) =
            load_like(&out, &bench.source.schema, Some(','), limit, "what the program wrote", ctx)?;
        Ok((with_known_levels(table, &part.train), cost))
    }
}

/// Waits for a program, and ends it when the work must end.
fn wait(
    child: &mut Child,
    ctx: Context<'_>,
) -> Result<std::io::Result<std::process::ExitStatus>, EngineError> {
    loop {
        match child.try_wait() {
            Ok(None) => {}
            Ok(Some(status)) => return Ok(Ok(status)),
            Err(error) => return Ok(Err(error)),
        }
        if let Err(reason) = ctx.stop.check() {
            let _ = child.kill();
            let _ = child.wait();
            return Err(reason.into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_has_a_name_a_program_and_both_places() {
        let peer = Peer::parse("SDV copula=python peer.py copula {train} {out} --rows={rows}").unwrap();
        assert_eq!((peer.name.as_str(), peer.command.len()), ("SDV copula", 6));
        for wrong in ["python {train} {out}", "x=", "x={train} {out}", "=p {train} {out}", "x=p {train}"] {
            let error = Peer::parse(wrong);
            assert!(error.is_err(), "{wrong}: {error:?}");
        }
    }
}
