//! Which flags are about language models?

use crate::limits;
use clap::Args;
use std::path::PathBuf;

/// Which language model is asked, what it may be told and what it may cost, as flags.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Language models (engines that ask one)")]
pub(crate) struct ModelFlags {
    /// Model: http://HOST:PORT/v1#NAME, a model file or folder, replay:FILE, or mock:
    #[arg(
        id = "language_model",
        long = "model",
        hide_env_values = true,
        env = "VEROSIM_MODEL",
        value_name = "MODEL"
    )]
    pub(crate) model: Option<String>,
    /// Agree that real rows go to another machine (with --disclose rows)
    #[arg(long)]
    pub(crate) yes: bool,
    /// Most money, in the currency of --prices; checked before anything is sent
    #[arg(long, value_name = "AMOUNT", value_parser = limits::amount, requires = "prices")]
    pub(crate) max_cost: Option<f64>,
    /// Most tokens, read and written; checked before anything is sent
    #[arg(long, value_name = "N")]
    pub(crate) max_tokens: Option<u64>,
    /// Price file (TOML: date, currency, a list of `model` with name, input, output per million tokens)
    #[arg(long, hide_env_values = true, env = "VEROSIM_PRICES", value_name = "FILE")]
    pub(crate) prices: Option<PathBuf>,
    /// Requests in flight at once
    #[arg(long, default_value_t = 8, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) concurrency: u16,
    /// Most requests per minute [default: no limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) per_minute: Option<u32>,
    /// Most time of one request, such as 5m
    #[arg(long, default_value = "5m", value_name = "TIME", value_parser = limits::seconds)]
    pub(crate) request_timeout: f64,
}

/// What a language model may be told, as flags.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Language models (engines that ask one)")]
pub(crate) struct TellFlags {
    /// The most that a language model is told: metadata, aggregate or rows [default: rows in this process, metadata
    /// elsewhere]
    #[arg(long, hide_env_values = true, env = "VEROSIM_DISCLOSE", value_name = "WHAT")]
    pub(crate) disclose: Option<String>,
    /// What the data are about, in words, or a file with them
    #[arg(long, value_name = "TEXT|FILE")]
    pub(crate) about: Option<String>,
}
