//! What does a person type, and what do they get?

mod args;
mod commands;
mod exit;
mod limits;
mod signals;
mod words;

use clap::Parser as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

fn main() -> ExitCode {
    // A panic is our mistake: one plain line, and no cell that a message might carry.
    std::panic::set_hook(Box::new(|_| {}));
    let cli = match args::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { exit::Exit::Usage.into() } else { ExitCode::SUCCESS };
        }
    };
    let exit = catch_unwind(AssertUnwindSafe(|| commands::dispatch(&cli))).unwrap_or_else(|_| {
        words::error("an internal error stopped the program; nothing half-written was left behind");
        words::hint("please report the command and the release; never attach patient data");
        exit::Exit::Internal
    });
    exit.into()
}
