//! Are all VEROSIM_* variables ones that the program knows?

use crate::args::Cli;
use clap::CommandFactory as _;
use std::collections::BTreeSet;
use verosim_core::did_you_mean;

/// The first variable that no flag reads, with the nearest that one does: a misspelt setting must not pass in silence.
pub(super) fn unknown_variable() -> Option<(String, Option<String>)> {
    let known = known();
    let mut names: Vec<String> = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("VEROSIM_") && !known.contains(name))
        .collect();
    names.sort();
    let name = names.into_iter().next()?;
    let nearest = did_you_mean(&name, known.iter().map(String::as_str)).map(str::to_owned);
    Some((name, nearest))
}

fn known() -> BTreeSet<String> {
    let command = Cli::command();
    let of = |command: &clap::Command| -> Vec<String> {
        command.get_arguments().filter_map(|arg| arg.get_env()?.to_str().map(str::to_owned)).collect()
    };
    let mut known: BTreeSet<String> = of(&command).into_iter().collect();
    known.extend(command.get_subcommands().flat_map(of));
    // Where the tests look for real tables.
    known.insert("VEROSIM_DATA".into());
    known.insert(super::language::KEY.into());
    known
}
