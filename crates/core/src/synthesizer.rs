//! What is a generator? Settings, then a fitted engine: three states, three types.

use crate::{Context, Guarantee, Hint, Interrupted, Seeded, UnknownColumn};

/// A shape of data: tables today; timelines, signals and notes have their own.
pub trait Modality {
    /// What engines learn from and draw: the encoded form of a training split.
    type Encoded;
    /// What an engine asks of the encoding.
    type CodecSpec;
}

/// Checked settings that know how to learn: no data, no learned state, cheap to clone, safe to print.
pub trait Synthesizer<M: Modality> {
    /// What fitting yields. Its own type, so sampling before fitting does not compile.
    type Fitted: FittedSynthesizer<M>;

    /// The encoding this engine wants; the run fits it on the training split.
    fn codec(&self) -> M::CodecSpec;

    /// Learns the distribution of `train`.
    ///
    /// Pure: equal settings, data and seed give an equal model at any thread count.
    ///
    /// # Errors
    /// [`FitError`] names the column or setting at fault and never quotes a cell of `train`.
    fn fit(&self, train: &M::Encoded, seed: Seeded, ctx: Context<'_>) -> Result<Self::Fitted, FitError>;
}

/// What was learned: enough to draw, to save, and to say what it promises.
pub trait FittedSynthesizer<M: Modality>: Send + Sync {
    /// The privacy guarantee charged while fitting.
    fn guarantee(&self) -> Guarantee;

    /// Draws exactly `n` units. A pure function of (model, seed, n).
    ///
    /// # Errors
    /// [`SampleError`] when interrupted.
    fn sample(&self, n: usize, seed: Seeded, ctx: Context<'_>) -> Result<M::Encoded, SampleError>;
}

/// One setting of an engine, as `explain` prints it and `--set` takes it.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Key in recipes: `leaf_rows`.
    pub name: &'static str,
    /// Default, as it would be typed.
    pub default: &'static str,
    /// Legal range, in words or as an interval.
    pub range: &'static str,
    /// What it does and why the default is what it is.
    pub purpose: &'static str,
}

/// Everything that help, `explain` and the docs print about an engine.
#[derive(Clone, Copy, Debug)]
pub struct EnginePage {
    /// Stable id: `trees`.
    pub id: &'static str,
    /// One line.
    pub summary: &'static str,
    /// What it is and how it works, in a few paragraphs of Markdown.
    pub method: &'static str,
    /// When it loses, and to what.
    pub limits: &'static str,
    /// The guarantee in words.
    pub guarantee: &'static str,
    /// Keys of `REFERENCES.bib`.
    pub sources: &'static [&'static str],
    /// All settings.
    pub settings: &'static [Setting],
    /// Whether it may be chosen only with `--control`.
    pub control_only: bool,
}

/// Why a fit stopped. Names columns, counts and settings; never a cell: errors end up in logs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// Too little data to learn from.
    #[error("{found} training rows, but `{engine}` needs at least {needed}")]
    TooFewRows {
        /// Rows that there are.
        found: usize,
        /// Rows that the engine needs.
        needed: usize,
        /// Engine id.
        engine: &'static str,
    },
    /// Too much data to learn from.
    #[error("{rows} rows of {columns} columns, but `{engine}` copes with at most {most} cells")]
    TooManyCells {
        /// Rows that there are.
        rows: usize,
        /// Columns that there are.
        columns: usize,
        /// Most rows times columns.
        most: usize,
        /// Engine id.
        engine: &'static str,
    },
    /// No column is left to model.
    #[error("no column is left to model after identifiers, free text and dropped columns are set aside")]
    NothingToModel,
    /// An outcome is needed.
    #[error("engine `{engine}` needs an outcome with named levels")]
    NoTarget {
        /// Engine id.
        engine: &'static str,
    },
    /// Nothing could be released under the promise that was asked for.
    #[error("nothing was released: {why}")]
    NotReleased {
        /// Why, without a word of the data.
        why: String,
        /// The next step.
        next: Option<String>,
    },
    /// A setting names a column that is not modelled.
    #[error(transparent)]
    NoColumn(#[from] UnknownColumn),
    /// The run was stopped.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

impl Hint for FitError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::TooFewRows { .. } => {
                Some("bring more rows, or use the `independent` engine, which learns from any number".into())
            }
            Self::TooManyCells { .. } => {
                Some("use the `trees` engine, or fewer rows: a random sample is as good here".into())
            }
            Self::NothingToModel => {
                Some("override a kind with `--kind COLUMN=nominal`, or edit `metadata.json`".into())
            }
            Self::NoTarget { .. } => Some("name a categorical column with `--target COLUMN`".into()),
            Self::NotReleased { next, .. } => next.clone(),
            Self::NoColumn(error) => error.hint(),
            Self::Interrupted(_) => Some("repeat the command with `--resume`".into()),
        }
    }
}

/// What a model file stores about patients, for `inspect`.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredFact {
    /// What it is: `class counts in leaves`.
    pub what: String,
    /// How much of it: number of items.
    pub items: usize,
    /// Least number of rows or subjects behind any one item.
    pub least_support: usize,
}

/// Why a draw stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SampleError {
    /// The conditions could not be met often enough.
    #[error("{accepted} of {asked} units meet `--where` after {tried} draws (share {share:.2e})")]
    Shortfall {
        /// Units asked.
        asked: usize,
        /// Units found.
        accepted: usize,
        /// Draws made.
        tried: usize,
        /// Share of draws that met the conditions.
        share: f64,
    },
    /// The model file and its data do not fit together.
    #[error("the model is inconsistent: {what}")]
    BrokenModel {
        /// What does not fit.
        what: String,
    },
    /// The run was stopped.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

impl Hint for SampleError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Shortfall { accepted: 0, .. } => {
                Some("loosen the conditions, or raise `--max-tries`".into())
            }
            Self::Shortfall { accepted, .. } => {
                Some(format!("ask for `-n {accepted}`, loosen the conditions, or raise `--max-tries`"))
            }
            Self::BrokenModel { .. } => Some("fit the model again".into()),
            Self::Interrupted(_) => Some("repeat the command with `--resume`".into()),
        }
    }
}
