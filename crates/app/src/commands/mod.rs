//! Which code answers which command?

mod convert;
mod draw;
mod environment;
mod explain;
mod impute;
mod judge;
mod language;
mod learn;
mod lives;
mod machine;
mod probe;
mod recipe;
mod run;
mod study;

use crate::args::{Cli, Command};
use crate::exit::Exit;
use crate::signals::{Signals, advice};
use crate::words::{self, Failure};
use verosim_core::Hint as _;
use verosim_engine::{Host, Machine};

/// Runs the command and says how it ended.
pub(crate) fn dispatch(cli: &Cli) -> Exit {
    let common = &cli.common;
    if let Some((name, nearest)) = environment::unknown_variable() {
        let hint = nearest.map_or("`verosim help run` names the variables".into(), |near| {
            format!("did you mean `{near}`?")
        });
        let message = format!("the environment has `{name}`, which nothing reads");
        return words::failure(&Failure { message, hint: Some(hint), exit: Exit::Usage }, common.json);
    }
    let resumable =
        matches!(cli.command, Command::Run(_) | Command::Demo(_) | Command::Study(_) | Command::Bench(_));
    let signals = Signals::listen(common, resumable);
    let threads = common.threads.map_or_else(machine::cores, usize::from);
    // Only fails when a pool exists already, which then serves.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    let clock = || signals.elapsed();
    let host = Host {
        clock: &clock,
        today: machine::today(),
        version: env!("CARGO_PKG_VERSION"),
        machine: Machine {
            system: std::env::consts::OS.into(),
            architecture: std::env::consts::ARCH.into(),
            threads,
        },
    };
    let result = match &cli.command {
        Command::Demo(args) => run::demo(args, common, &host, &signals),
        Command::Doctor => Ok(machine::doctor(common, &host)),
        Command::Profile(args) => learn::profile(args, common, &signals),
        Command::Fit(args) => learn::fit(args, common, &host, &signals),
        Command::Sample(args) => draw::sample(args, common, &signals),
        Command::Impute(args) => impute::impute(args, common, &signals),
        Command::Convert(args) => convert::convert(args, common, &signals),
        Command::Evaluate(args) => judge::evaluate(args, common, &host, &signals),
        Command::Probe(args) => probe::probe(args, common, &signals),
        Command::Report(args) => judge::report(args, common, &host),
        Command::Run(args) => run::run(args, common, &host, &signals),
        Command::Study(args) => study::study(&args.what, common, &host, &signals),
        Command::Bench(args) => study::bench(args, common, &host, &signals),
        Command::Explain(args) => explain::explain(args),
        Command::Inspect(args) => learn::inspect(args, common),
        Command::Verify(args) => run::verify(args, common),
        Command::Completions(args) => Ok(explain::completions(args)),
        Command::Man => Ok(explain::man()),
    };
    signals.finish();
    result.unwrap_or_else(|error| {
        let hint = match error.interruption() {
            Some(reason) => Some(advice(reason, resumable)),
            None => error.hint(),
        };
        words::failure(
            &Failure { message: error.to_string(), hint, exit: error.category().into() },
            common.json,
        )
    })
}
