//! Which commands and flags are there?

mod language;
mod records;
pub(crate) mod study;

pub(crate) use language::{ModelFlags, TellFlags};
pub(crate) use records::{Convert, ShapeFlags};

use crate::limits;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Makes synthetic health data and judges it. Offline; no patient leaves this machine.
#[derive(Debug, Parser)]
#[command(name = "verosim", version, max_term_width = 100, arg_required_else_help = true)]
#[command(
    after_help = "Exit codes: 0 done, 1 internal, 2 usage, 3 data, 4 gate failed, 5 resource limit, 130 \
    interrupted.\nFlags win over VEROSIM_* variables, those over the recipe (--config), that over defaults."
)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Flags of all commands.
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Flags of all commands.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Flags of all commands")]
pub(crate) struct Common {
    /// Print the result as JSON on standard output
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say only what went wrong
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Say more
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// How progress is shown
    #[arg(long, global = true, hide_env_values = true, env = "VEROSIM_PROGRESS", value_enum, default_value_t = ProgressStyle::Auto)]
    pub(crate) progress: ProgressStyle,
    /// Cores to use (all when not given); results do not depend on it
    #[arg(long, global = true, hide_env_values = true, env = "VEROSIM_THREADS", value_parser = clap::value_parser!(u16).range(1..=1024), value_name = "N")]
    pub(crate) threads: Option<u16>,
    /// Most memory, such as 2GiB; refused beforehand when the prediction is above, stopped when reached
    #[arg(long, global = true, hide_env_values = true, env = "VEROSIM_MEMORY_LIMIT", value_parser = limits::bytes, value_name = "SIZE")]
    pub(crate) memory_limit: Option<u64>,
    /// Most time, such as 10m; the run can be resumed
    #[arg(long, global = true, hide_env_values = true, env = "VEROSIM_TIME_LIMIT", value_parser = limits::seconds, value_name = "TIME")]
    pub(crate) time_limit: Option<f64>,
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressStyle {
    /// A bar on a terminal, lines elsewhere
    Auto,
    /// Lines
    Plain,
    /// Nothing
    None,
}

/// What can be done.
#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "a process reads one command")]
pub(crate) enum Command {
    /// Make the fictional clinic and run it end to end; needs no input
    Demo(Demo),
    /// Tell what this machine has and which engines run here
    Doctor,
    /// Recognise a table: kinds, missing markers, keys, suspected identifiers
    Profile(Profile),
    /// Learn a model from a table
    Fit(Fit),
    /// Draw rows from a model
    Sample(Sample),
    /// Fill the missing cells of a table from a model, several times over; known cells stay as they are
    Impute(Impute),
    /// Write a table in another format, or patient records in another shape; tells what could not be carried
    Convert(Convert),
    /// Judge anybody's synthetic data against training and holdout data
    Evaluate(Evaluate),
    /// Ask a language model for what it should not tell of people, or know of a published table
    Probe(Probe),
    /// Render the report of a run again
    Report(ReportFolder),
    /// The whole way: profile, split, fit, sample, evaluate, report
    Run(Run),
    /// Many fits on one protocol: how many people engines need, whether they serve small groups
    Study(study::Study),
    /// Engines and other programs side by side on several tables, with a leaderboard
    Bench(study::Bench),
    /// Print the page of an engine, a metric or a topic (or list `engines`, `metrics`, `topics`)
    Explain(Explain),
    /// Show what a model is and what it stores about patients
    Inspect(ModelFolder),
    /// Check that a run is as it was made
    Verify(RunFolder),
    /// Print a completion script for a shell
    Completions(Completions),
    /// Print the manual page
    Man,
}

/// How a table is read, as flags.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct TableFlags {
    /// Recipe file (TOML); `recipe.toml` of any run is an example
    #[arg(long, hide_env_values = true, env = "VEROSIM_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Seed of everything random [default: 0]
    #[arg(long, hide_env_values = true, env = "VEROSIM_SEED", value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// What a column holds, as COLUMN=KIND; may be repeated
    #[arg(long = "kind", value_name = "COLUMN=KIND")]
    pub(crate) kinds: Vec<String>,
    /// Column that numbers persons, when rows repeat per person
    #[arg(long, hide_env_values = true, env = "VEROSIM_SUBJECT", value_name = "COLUMN")]
    pub(crate) subject: Option<String>,
    /// Metadata file (SDV V1 shape); its answers win over what is inferred
    #[arg(long, hide_env_values = true, env = "VEROSIM_METADATA", value_name = "FILE")]
    pub(crate) metadata: Option<PathBuf>,
    /// Delimiter of text files, one character or `tab` [default: guessed]
    #[arg(long, value_name = "CHAR")]
    pub(crate) delimiter: Option<String>,
}

/// Which engine learns, as flags.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct EngineFlags {
    /// Engine, or `auto`; `verosim explain engines` lists them [default: trees; visits for
    /// patient records]
    #[arg(long, hide_env_values = true, env = "VEROSIM_ENGINE", value_name = "ID")]
    pub(crate) engine: Option<String>,
    /// A setting of the engine, as KEY=VALUE; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) settings: Vec<String>,
    /// Allow engines that release training data (leak controls)
    #[arg(long)]
    pub(crate) control: bool,
}

/// How results are judged, as flags.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Judgement")]
pub(crate) struct JudgeFlags {
    /// How much is measured: quick, standard or release [default: standard]
    #[arg(long, hide_env_values = true, env = "VEROSIM_PRESET", value_name = "PRESET")]
    pub(crate) preset: Option<String>,
    /// Hold the result against a policy: a purpose (`verosim explain policies` lists them) or a file
    #[arg(long, hide_env_values = true, env = "VEROSIM_POLICY", value_name = "PURPOSE|FILE")]
    pub(crate) policy: Option<String>,
    /// Column that an attacker may know of a person; may be repeated [default: age, sex and the like]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) quasi: Vec<String>,
    /// Column that an attacker wants to learn; may be repeated [default: outcomes and the like]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) sensitive: Vec<String>,
    /// People in the population that the real rows are a sample of [default: the rows themselves]
    #[arg(long, hide_env_values = true, env = "VEROSIM_POPULATION", value_name = "N")]
    pub(crate) population: Option<usize>,
    /// Column by which people are grouped for equity; may be repeated [default: sex, age and the like]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) group: Vec<String>,
    /// Also tell what other tools would have said, as they compute it
    #[arg(long)]
    pub(crate) compat: bool,
    /// Columns of time and event for survival analysis
    #[arg(long, value_name = "TIME,EVENT")]
    pub(crate) survival: Option<String>,
}

/// What is promised to each patient, as flags.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Formal privacy (engines mst, aim, privbayes, tab-pe, llm-elicit)")]
pub(crate) struct PromiseFlags {
    /// Differential privacy: how much one patient may change the result, such as 1; needs a declared --metadata file
    #[arg(long, value_name = "E", allow_negative_numbers = true)]
    pub(crate) epsilon: Option<f64>,
    /// Probability that the bound does not hold [default: n^-1.2 for n patients]
    #[arg(long, value_name = "D", allow_negative_numbers = true)]
    pub(crate) delta: Option<f64>,
    /// Draw the noise from a seed, for tests: whoever knows it can take the noise off
    #[arg(long, value_name = "N")]
    pub(crate) insecure_seed: Option<u64>,
}

/// What no row may be, as a flag.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct RuleFlags {
    /// Rule file (TOML), `clinical` for the built-in rules, or `none`; rows that break a rule are refused, or counted by
    /// `evaluate`; see `verosim explain rules` [default: none for tables, clinical for patient records]
    #[arg(long, hide_env_values = true, env = "VEROSIM_RULES", value_name = "RULES")]
    pub(crate) rules: Option<PathBuf>,
}

/// Where results go.
#[derive(Clone, Debug, Args)]
pub(crate) struct Output {
    /// Where to write
    #[arg(short, long, hide_env_values = true, env = "VEROSIM_OUT", value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,
    /// Replace what is there
    #[arg(long)]
    pub(crate) overwrite: bool,
}

/// `demo`
#[derive(Debug, Args)]
#[command(mut_arg("out", |out| out.help("Run folder [default: verosim-demo]")))]
pub(crate) struct Demo {
    /// Run folder [default: verosim-demo]
    #[command(flatten)]
    pub(crate) output: Output,
    /// Fictional patients
    #[arg(short = 'n', long, default_value_t = 3_000, value_name = "N")]
    pub(crate) num_rows: usize,
    /// Patients with their whole histories: visits, diagnoses, laboratory values, drugs, deaths
    #[arg(long)]
    pub(crate) timelines: bool,
    /// Go on with a demo that was stopped
    #[arg(long, conflicts_with = "overwrite")]
    pub(crate) resume: bool,
    /// Seed of the clinic and the run
    #[arg(long, hide_env_values = true, env = "VEROSIM_SEED", default_value_t = 0, value_name = "N")]
    pub(crate) seed: u64,
}

/// `profile`
#[derive(Debug, Args)]
#[command(mut_arg("out", |out| out.help("Metadata file to write, for you to edit")))]
pub(crate) struct Profile {
    /// Table (CSV, TSV, Parquet, Arrow or NDJSON), or folder of patient records
    pub(crate) path: PathBuf,
    /// What the person knows better
    #[command(flatten)]
    pub(crate) table: TableFlags,
    /// What the person knows better of a folder
    #[command(flatten)]
    pub(crate) shape: ShapeFlags,
    /// Write levels of enough people and rounded ranges as declared, for you to review: what is declared may be told
    #[arg(long, requires = "out")]
    pub(crate) declare: bool,
    /// Metadata file to write
    #[command(flatten)]
    pub(crate) output: Output,
}

/// `fit`
#[derive(Debug, Args)]
#[command(mut_arg("out", |out| out.help("Model folder [default: verosim-model]")))]
pub(crate) struct Fit {
    /// Training table, or folder of patient records; a metadata file for engines that need no patient
    pub(crate) path: PathBuf,
    /// What the person knows better of a folder
    #[command(flatten)]
    pub(crate) shape: ShapeFlags,
    /// Settings
    #[command(flatten)]
    pub(crate) table: TableFlags,
    /// What learns
    #[command(flatten)]
    pub(crate) engine: EngineFlags,
    /// What no row may be
    #[command(flatten)]
    pub(crate) rules: RuleFlags,
    /// What a language model may be told
    #[command(flatten)]
    pub(crate) tell: TellFlags,
    /// Model folder to write
    #[command(flatten)]
    pub(crate) output: Output,
    /// Print the plan with memory and time, and stop
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// What is promised
    #[command(flatten)]
    pub(crate) promise: PromiseFlags,
}

/// `sample`
#[derive(Debug, Args)]
#[command(mut_arg("out", |out| out.help("File to write, its extension chooses the format [default: standard output]")))]
pub(crate) struct Sample {
    /// Model folder, or run folder
    pub(crate) model: PathBuf,
    /// Rows, or patients; as many as were learned from when not given
    #[arg(short = 'n', long, visible_alias = "patients", value_name = "N")]
    pub(crate) num_rows: Option<usize>,
    /// Only rows that meet a condition, such as 'age >= 80 and sex = F'; of patients also 'has(ICD10:E11)'
    #[arg(long = "where", value_name = "CONDITION")]
    pub(crate) condition: Option<String>,
    /// As many rows of every level of a column, or by shares, such as sex=F:1,M:2
    #[arg(long, value_name = "COLUMN[=LEVEL:SHARE,...]", conflicts_with = "augment")]
    pub(crate) balance: Option<String>,
    /// Only the rows that a table lacks to have every level of a column as often as the commonest
    #[arg(long, value_name = "COLUMN=TABLE", conflicts_with = "num_rows")]
    pub(crate) augment: Option<String>,
    /// Write a weight for each row with which groups are as common as without --balance or --augment
    #[arg(long, value_name = "FILE")]
    pub(crate) weights: Option<PathBuf>,
    /// Most rows or people to draw in search of those that are asked for
    #[arg(long, value_name = "N")]
    pub(crate) max_tries: Option<usize>,
    /// Shape of drawn patient records [default: the one that was learned from]
    #[arg(long, help_heading = "Patient timelines", value_name = "SHAPE")]
    pub(crate) to: Option<String>,
    /// How many of the patients meet a condition, as CONDITION=SHARE, such as 'has(ICD10:E11)=0.2'; may be repeated
    #[arg(long, help_heading = "Patient timelines", value_name = "CONDITION=SHARE")]
    pub(crate) prevalence: Vec<String>,
    /// Go on with the lives of the real patients in a folder, behind their last event; the result is as confidential as they are
    #[arg(
        long = "continue",
        help_heading = "Patient timelines",
        value_name = "FOLDER",
        conflicts_with_all = ["num_rows", "condition", "prevalence", "resume"]
    )]
    pub(crate) prefixes: Option<PathBuf>,
    /// Go on with a draw of patients that was stopped, where the shape allows it (meds)
    #[arg(long, help_heading = "Patient timelines")]
    pub(crate) resume: bool,
    /// How patient records are written
    #[command(flatten)]
    pub(crate) shape: ShapeFlags,
    /// What no row may be
    #[command(flatten)]
    pub(crate) rules: RuleFlags,
    /// Seed of the draw
    #[arg(long, hide_env_values = true, env = "VEROSIM_SEED", default_value_t = 0, value_name = "N")]
    pub(crate) seed: u64,
    /// Which language model is asked
    #[command(flatten)]
    pub(crate) language: ModelFlags,
    /// File to write (standard output when not given); its extension chooses the format
    #[command(flatten)]
    pub(crate) output: Output,
}

/// `impute`
#[derive(Debug, Args)]
#[command(mut_arg("out", |out| out.help("Folder for imputed-1, imputed-2 … and account.json [default: verosim-imputed]")))]
pub(crate) struct Impute {
    /// Table with missing cells; the result is this table completed, so as confidential as the table
    pub(crate) path: PathBuf,
    /// Model folder, or run folder, of an engine that fills cells (`verosim explain impute` lists them)
    #[arg(id = "fitted", value_name = "MODEL")]
    pub(crate) model: PathBuf,
    /// Completed tables; what is computed on each is pooled with the spread between them (`verosim explain impute`)
    #[arg(short = 'm', long, default_value_t = 5, value_name = "M", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) draws: u16,
    /// Seed of all draws
    #[arg(long, hide_env_values = true, env = "VEROSIM_SEED", default_value_t = 0, value_name = "N")]
    pub(crate) seed: u64,
    /// Delimiter of text files, one character or `tab` [default: guessed]
    #[arg(long, value_name = "CHAR")]
    pub(crate) delimiter: Option<String>,
    /// Which language model is asked
    #[command(flatten)]
    pub(crate) language: ModelFlags,
    /// What a language model is told: known cells are rows, so a server needs `rows` [default: rows in this process,
    /// metadata elsewhere]
    #[arg(long, hide_env_values = true, env = "VEROSIM_DISCLOSE", value_name = "WHAT")]
    pub(crate) disclose: Option<String>,
    /// Folder for the completed tables
    #[command(flatten)]
    pub(crate) output: Output,
}

/// `evaluate`
#[derive(Debug, Args)]
#[command(mut_arg("out", |out| out.help("Folder for report.html, report.md and metrics.json [default: verosim-evaluation]")))]
pub(crate) struct Evaluate {
    /// Table, or folder of patient records, that the generator learned from
    #[arg(long, value_name = "PATH")]
    pub(crate) train: PathBuf,
    /// Table, or folder, of other people from the same population
    #[arg(long, value_name = "PATH")]
    pub(crate) holdout: PathBuf,
    /// Table under judgement; several tables of one generator may be named, and the worst of them decides
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) synthetic: Vec<PathBuf>,
    /// Outcome column for utility; may be repeated
    #[arg(long, value_name = "COLUMN")]
    pub(crate) target: Vec<String>,
    /// What the person knows better
    #[command(flatten)]
    pub(crate) table: TableFlags,
    /// What the person knows better of folders
    #[command(flatten)]
    pub(crate) shape: ShapeFlags,
    /// What no row should be
    #[command(flatten)]
    pub(crate) rules: RuleFlags,
    /// What made the synthetic data, for the report
    #[arg(long, value_name = "NAME", default_value = "unknown")]
    pub(crate) engine: String,
    /// Folder for report.html, report.md and metrics.json [default: verosim-evaluation]
    #[command(flatten)]
    pub(crate) output: Output,
    /// Exit with 4 when the policy fails, or without one any verdict
    #[arg(long)]
    pub(crate) gate: bool,
    /// How it is judged
    #[command(flatten)]
    pub(crate) judge: JudgeFlags,
}

/// `probe`
#[derive(Debug, Args)]
#[command(mut_arg("out", |out| out.help("Folder for probe.html, probe.md, probe.json and the transcript; RUN/probe puts it on the report of a run [default: verosim-probe]")))]
pub(crate) struct Probe {
    /// Table of people that the model may have learned from
    #[arg(long, value_name = "FILE", required_unless_present = "contamination", requires = "holdout")]
    pub(crate) train: Option<PathBuf>,
    /// Table of other people from the same population, whom it cannot have learned from
    #[arg(long, value_name = "FILE", requires = "train")]
    pub(crate) holdout: Option<PathBuf>,
    /// Column of the private fact [default: the first outcome of --config]
    #[arg(long, value_name = "COLUMN", requires = "train")]
    pub(crate) sensitive: Option<String>,
    /// Questions of each family about people of the training table, and as many about others
    #[arg(long, default_value_t = 40, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) questions: u32,
    /// Sampling temperatures, with commas between them; each question is put at each
    #[arg(long, default_value = "0", value_name = "T", value_delimiter = ',', value_parser = limits::temperature)]
    pub(crate) temperature: Vec<f64>,
    /// Test whether the model knows this published table (in its published order) by heart
    #[arg(long, value_name = "FILE")]
    pub(crate) contamination: Option<PathBuf>,
    /// What the person knows better
    #[command(flatten)]
    pub(crate) table: TableFlags,
    /// Which language model is asked
    #[command(flatten)]
    pub(crate) language: ModelFlags,
    /// What it may be told
    #[command(flatten)]
    pub(crate) tell: TellFlags,
    /// Folder
    #[command(flatten)]
    pub(crate) output: Output,
    /// Exit with 4 when the model tells more of members than chance explains, or knows the published table
    #[arg(long)]
    pub(crate) gate: bool,
}

/// `run`
#[derive(Debug, Args)]
#[command(mut_arg("out", |out| out.help("Run folder [default: verosim-run]")))]
#[allow(clippy::struct_field_names, reason = "fields are named like their flags")]
pub(crate) struct Run {
    /// Table of real patients, or folder of their records
    pub(crate) path: PathBuf,
    /// What the person knows better of a folder
    #[command(flatten)]
    pub(crate) shape: ShapeFlags,
    /// Shape of the synthetic patient records [default: that of the folder]
    #[arg(long, help_heading = "Patient timelines", value_name = "SHAPE")]
    pub(crate) to: Option<String>,
    /// Settings
    #[command(flatten)]
    pub(crate) table: TableFlags,
    /// What learns
    #[command(flatten)]
    pub(crate) engine: EngineFlags,
    /// What no row may be
    #[command(flatten)]
    pub(crate) rules: RuleFlags,
    /// Synthetic rows; as many as training rows when not given
    #[arg(short = 'n', long, value_name = "N")]
    pub(crate) num_rows: Option<usize>,
    /// Share of persons held out to judge by, or a file of other people [default: 0.2]
    #[arg(long, hide_env_values = true, env = "VEROSIM_HOLDOUT", value_name = "SHARE|FILE")]
    pub(crate) holdout: Option<String>,
    /// Outcome column for utility; may be repeated
    #[arg(long, value_name = "COLUMN")]
    pub(crate) target: Vec<String>,
    /// Which language model is asked
    #[command(flatten)]
    pub(crate) language: ModelFlags,
    /// What it may be told
    #[command(flatten)]
    pub(crate) tell: TellFlags,
    /// Drop rows whose outcome does not follow from the rest: protective, published or none [default: as the engine's
    /// method has it]
    #[arg(long, hide_env_values = true, env = "VEROSIM_CURATE", value_name = "RULE")]
    pub(crate) curate: Option<String>,
    /// Learn from about half of N rows that are no patients, and see whether they come back: for a trial, never for
    /// release; see `verosim explain canaries`
    #[arg(long, hide_env_values = true, env = "VEROSIM_CANARIES", value_name = "N")]
    pub(crate) canaries: Option<usize>,
    /// Run folder [default: verosim-run]
    #[command(flatten)]
    pub(crate) output: Output,
    /// Go on with a run that was stopped
    #[arg(long, conflicts_with = "overwrite")]
    pub(crate) resume: bool,
    /// Print the plan with memory and time, and stop
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Exit with 4 when the policy fails, or without one any verdict
    #[arg(long)]
    pub(crate) gate: bool,
    /// How it is judged
    #[command(flatten)]
    pub(crate) judge: JudgeFlags,
    /// What is promised
    #[command(flatten)]
    pub(crate) promise: PromiseFlags,
}

/// `report`
#[derive(Debug, Args)]
pub(crate) struct ReportFolder {
    /// Run folder, or the folder of an evaluation
    pub(crate) run: PathBuf,
    /// Earlier run or evaluation: write against.html and against.md, which tell what changed beyond chance
    #[arg(long, value_name = "FOLDER")]
    pub(crate) against: Option<PathBuf>,
}

/// `verify`
#[derive(Debug, Args)]
pub(crate) struct RunFolder {
    /// Run folder
    pub(crate) run: PathBuf,
}

/// `inspect`
#[derive(Debug, Args)]
pub(crate) struct ModelFolder {
    /// Model folder, or run folder
    pub(crate) model: PathBuf,
}

/// `explain`
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// Engine, metric or topic, or `engines`, `metrics` or `topics`
    pub(crate) id: String,
}

/// `completions`
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// Shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}
