//! What does a person type, and what do they get?

mod args;
mod commands;
mod exit;
mod limits;
mod signals;
mod words;

use clap::Parser as _;
use exit::Exit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;

/// Where the first panic was.
static PLACE: Mutex<Option<String>> = Mutex::new(None);

fn main() -> ExitCode {
    // A panic is our mistake: one plain line that names the place, and no cell that its message might carry.
    std::panic::set_hook(Box::new(|info| {
        if let (Some(place), Ok(mut first)) = (info.location(), PLACE.lock()) {
            first.get_or_insert_with(|| format!("{}:{}", place.file(), place.line()));
        }
    }));
    let cli = match args::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { ExitCode::SUCCESS };
        }
    };
    let exit = catch_unwind(AssertUnwindSafe(|| commands::dispatch(&cli))).unwrap_or_else(|_| {
        let place = PLACE.lock().ok().and_then(|place| place.clone()).unwrap_or_default();
        let message =
            format!("an internal error stopped the program; nothing half-written was left behind ({place})");
        let hint = Some("please report the command and the release; never attach patient data".into());
        words::failure(&words::Failure { message, hint, exit: Exit::Internal }, cli.common.json)
    });
    exit.into()
}
