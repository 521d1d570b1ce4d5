//! `explain`, `completions` and `man`: the program about itself.

use crate::args::{Cli, Completions, Explain};
use crate::exit::Exit;
use crate::words;
use clap::CommandFactory as _;
use verosim_engine::EngineError;

pub(super) fn explain(args: &Explain) -> Result<Exit, EngineError> {
    words::result(&verosim_engine::explain::explain(&args.id)?);
    Ok(Exit::Ok)
}

pub(super) fn completions(args: &Completions) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "verosim", &mut script);
    words::result(&String::from_utf8_lossy(&script));
    Exit::Ok
}

pub(super) fn man() -> Exit {
    let mut page = Vec::new();
    // Writing to memory does not fail.
    let _ = clap_mangen::Man::new(Cli::command()).render(&mut page);
    words::result(&String::from_utf8_lossy(&page));
    Exit::Ok
}
