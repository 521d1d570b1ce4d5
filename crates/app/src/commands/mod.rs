//! Which code answers which command?

mod draw;
mod explain;
mod judge;
mod learn;
mod machine;
mod recipe;
mod run;

use crate::args::{Cli, Command};
use crate::exit::Exit;
use crate::signals::Signals;
use crate::words;
use verosim_core::Hint as _;
use verosim_engine::{EngineError, Host};

/// Runs the command and says how it ended.
pub(crate) fn dispatch(cli: &Cli) -> Exit {
    let signals = Signals::listen(&cli.common);
    let threads = cli.common.threads.unwrap_or_else(machine::cores).clamp(1, 1024);
    if cli.common.threads == Some(0) {
        words::error("`--threads` is 0; it must be at least 1");
        words::hint("leave it out to use all cores");
        return Exit::Usage;
    }
    // Only fails when a pool exists already, which then serves.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    let clock = || signals.elapsed();
    let host = Host { clock: &clock, today: machine::today(), threads, version: env!("CARGO_PKG_VERSION") };
    let common = &cli.common;
    let result = match &cli.command {
        Command::Demo(args) => run::demo(args, common, &host, &signals),
        Command::Doctor => machine::doctor(common, &host),
        Command::Profile(args) => learn::profile(args, common, &signals),
        Command::Fit(args) => learn::fit(args, common, &host, &signals),
        Command::Sample(args) => draw::sample(args, common, &signals),
        Command::Evaluate(args) => judge::evaluate(args, common, &host, &signals),
        Command::Report(args) => judge::report(args),
        Command::Run(args) => run::run(args, common, &host, &signals),
        Command::Explain(args) => explain::explain(args),
        Command::Inspect(args) => learn::inspect(args, common),
        Command::Verify(args) => run::verify(args),
        Command::Completions(args) => Ok(explain::completions(args)),
        Command::Man => Ok(explain::man()),
    };
    signals.finish();
    result.unwrap_or_else(|error| fail(&error))
}

/// Prints the error and its hint.
fn fail(error: &EngineError) -> Exit {
    words::error(&error.to_string());
    if let Some(hint) = error.hint() {
        words::hint(&hint);
    }
    error.category().into()
}
