//! How do flags and the environment say which language model is asked and what it may cost?

use super::recipe::text_of;
use crate::args::ModelFlags;
use crate::words;
use std::io::{BufRead as _, IsTerminal as _};
use verosim_engine::EngineError;
use verosim_engine::language::{LanguageOptions, prices_from_toml};
use verosim_engine::llm::backend::Access;
use verosim_engine::llm::ledger::Budget;

/// Where the key of a service is read from, and nowhere else: a flag would stand in the history of the shell.
pub(super) const KEY: &str = "VEROSIM_API_KEY";

/// Limits, prices and access; the key comes from the environment alone.
pub(super) fn options(flags: &ModelFlags) -> Result<LanguageOptions, EngineError> {
    let prices = match &flags.prices {
        None => None,
        Some(path) => Some(prices_from_toml(path, &text_of(path)?)?),
    };
    let access = Access {
        key: std::env::var(KEY).ok().filter(|key| !key.trim().is_empty()),
        timeout_s: flags.request_timeout.ceil() as u64,
        concurrency: usize::from(flags.concurrency),
        per_minute: flags.per_minute,
        ..Access::default()
    };
    let budget = Budget { requests: None, tokens: flags.max_tokens, cost: flags.max_cost };
    Ok(LanguageOptions { access, budget, prices, yes: flags.yes })
}

/// Does `work`, and once more when it only lacked a person's word that real rows may leave this machine. Asked at a
/// terminal only; anywhere else silence is no.
pub(super) fn confirmed<T>(
    options: &mut LanguageOptions,
    mut work: impl FnMut(&LanguageOptions) -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    match work(options) {
        Err(EngineError::Unconfirmed { host }) if std::io::stdin().is_terminal() => {
            words::note(&format!("Real rows of your table will be sent to {host}. Go on? [y/N]"));
            let mut answer = String::new();
            let _ = std::io::stdin().lock().read_line(&mut answer);
            if !matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
                return Err(EngineError::Unconfirmed { host });
            }
            options.yes = true;
            work(options)
        }
        other => other,
    }
}
