//! Which flags have the commands that make many fits?

use super::{ModelFlags, Output, PromiseFlags, RuleFlags, TableFlags, TellFlags};
use crate::limits;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `study`
#[derive(Debug, Args)]
pub(crate) struct Study {
    /// What is studied
    #[command(subcommand)]
    pub(crate) what: StudyOf,
}

/// What is studied.
#[derive(Debug, Subcommand)]
pub(crate) enum StudyOf {
    /// How many real people does each engine need: utility, realism, membership and cost against their number
    Efficiency(Efficiency),
    /// Do synthetic rows serve the worst group better than weights, resampling, SMOTE and thresholds do?
    Equity(Equity),
}

/// Flags of all commands that make many fits.
#[derive(Clone, Debug, Args)]
pub(crate) struct ManyFits {
    /// Engines, with commas between them; `auto` is the one that a trial chooses [default: trees,arf,bayesnet,copula,independent, and with --model cllm,llm-elicit]
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    pub(crate) engines: Vec<String>,
    /// A setting of one of the engines, as ENGINE.KEY=VALUE (auto.ENGINE.KEY=VALUE in the trials of `auto`); may be repeated
    #[arg(long = "set", value_name = "ENGINE.KEY=VALUE")]
    pub(crate) settings: Vec<String>,
    /// Allow engines that release training data (leak controls)
    #[arg(long)]
    pub(crate) control: bool,
    /// Splits of the people, each with other people held out
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) repeats: u16,
    /// Most time of one fit with its draw and judgement, such as 10m; a longer one is told as a failure
    #[arg(long, value_name = "TIME", value_parser = limits::seconds)]
    pub(crate) fit_limit: Option<f64>,
    /// Outcome column of the models that measure utility
    #[arg(long, value_name = "COLUMN")]
    pub(crate) target: Vec<String>,
    /// What the person knows better
    #[command(flatten)]
    pub(crate) table: TableFlags,
    /// What no row may be
    #[command(flatten)]
    pub(crate) rules: RuleFlags,
    /// Which language model is asked
    #[command(flatten)]
    pub(crate) language: ModelFlags,
    /// What it may be told
    #[command(flatten)]
    pub(crate) tell: TellFlags,
    /// What engines promise that can
    #[command(flatten)]
    pub(crate) promise: PromiseFlags,
    /// Folder
    #[command(flatten)]
    pub(crate) output: Output,
    /// Go on with a study that was stopped
    #[arg(long, conflicts_with = "overwrite")]
    pub(crate) resume: bool,
}

/// `study efficiency`
#[derive(Debug, Args)]
#[command(mut_arg("out", |out| out.help("Folder for study.html, study.md, study.json and arms.ndjson [default: verosim-study]")))]
pub(crate) struct Efficiency {
    /// Table of real patients
    pub(crate) path: PathBuf,
    /// Numbers of people, with commas between them; all training people come last by themselves
    #[arg(long, default_value = "20,50,100,200,500,1000", value_name = "N,N", value_delimiter = ',')]
    pub(crate) sizes: Vec<usize>,
    /// Rows that each engine draws [default: as many as all training people, up to 5,000]
    #[arg(short = 'n', long, value_name = "N")]
    pub(crate) num_rows: Option<usize>,
    /// Share of persons held out to judge by, or a file of other people [default: 0.2]
    #[arg(long, hide_env_values = true, env = "VEROSIM_HOLDOUT", value_name = "SHARE|FILE")]
    pub(crate) holdout: Option<String>,
    /// How it is done
    #[command(flatten)]
    pub(crate) fits: ManyFits,
}

/// `study equity`
#[derive(Debug, Args)]
#[command(mut_arg("out", |out| out.help("Folder for study.html, study.md, study.json and arms.ndjson [default: verosim-study]")))]
pub(crate) struct Equity {
    /// Table of real patients
    pub(crate) path: PathBuf,
    /// Column by which people are grouped; may be repeated [default: sex, age and the like]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) group: Vec<String>,
    /// Rows that each engine draws, from which small groups are filled up [default: four times the training rows, up to
    /// 32,000]
    #[arg(short = 'n', long, value_name = "N")]
    pub(crate) num_rows: Option<usize>,
    /// Share of persons held out to judge by, or a file of other people: small groups need many
    #[arg(
        long,
        hide_env_values = true,
        env = "VEROSIM_HOLDOUT",
        value_name = "SHARE|FILE",
        default_value = "0.4"
    )]
    pub(crate) holdout: String,
    /// How it is done
    #[command(flatten)]
    pub(crate) fits: ManyFits,
}

/// `bench`
#[derive(Debug, Args)]
#[command(mut_arg("out", |out| out.help("Folder for study.html, study.md, study.json and arms.ndjson [default: verosim-bench]")))]
pub(crate) struct Bench {
    /// Tables, each with its outcome as FILE#OUTCOME
    #[arg(required = true, value_name = "FILE#OUTCOME")]
    pub(crate) datasets: Vec<String>,
    /// Another program that takes part, as NAME=PROGRAM ARGUMENTS with {train} and {out}, and {rows} and {seed} where it
    /// takes them; may be repeated
    #[arg(long = "peer", value_name = "NAME=PROGRAM")]
    pub(crate) peers: Vec<String>,
    /// Numbers of people, with commas between them; all training people come last by themselves
    #[arg(long, value_name = "N,N", value_delimiter = ',')]
    pub(crate) sizes: Vec<usize>,
    /// Rows that each engine draws [default: as many as it learned from]
    #[arg(short = 'n', long, value_name = "N")]
    pub(crate) num_rows: Option<usize>,
    /// Share of persons held out to judge by [default: 0.2]
    #[arg(long, hide_env_values = true, env = "VEROSIM_HOLDOUT", value_name = "SHARE")]
    pub(crate) holdout: Option<String>,
    /// How it is done
    #[command(flatten)]
    pub(crate) fits: ManyFits,
}
