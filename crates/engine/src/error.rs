//! What went wrong, and whose matter is it?

mod hint;

use crate::artefact::ArtefactError;
use crate::recipe::RecipeError;
use verosim_core::{FitError, Interrupted, ModelError, NotDisclosed, SampleError, UnknownColumn};
use verosim_data::canary::CanaryError;
use verosim_data::constrain::clinical::GivenError;
use verosim_data::constrain::{ConditionError, RuleError};
use verosim_data::frame::ParseError;
use verosim_data::infer::metadata::MetadataError;
use verosim_data::io::{ReadError, WriteError};
use verosim_eval::JudgeError;
use verosim_eval::policy::PolicyError;
use verosim_eval::render::CardError;
use verosim_llm::harvest::{Shortfall, Stopped, Why};
use verosim_models::ConfigError;
use verosim_models::curate::CurateError;
use verosim_timeline::TimelineError;

/// Whose matter a failure is; decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// How the program was called.
    Usage,
    /// What it was given.
    Data,
    /// Memory, time or disk.
    Resource,
    /// The person stopped it.
    Interrupted,
    /// The program itself.
    Internal,
}

impl Category {
    /// Whose matter an interruption is.
    #[must_use]
    pub fn of(reason: Interrupted) -> Self {
        match reason {
            Interrupted::Asked => Self::Interrupted,
            Interrupted::Memory | Interrupted::Time => Self::Resource,
        }
    }
}

/// Everything that can stop a command.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant only carries the error of its part")]
pub enum EngineError {
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("`--where`: {0}")]
    Condition(#[from] ConditionError),
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// A rule speaks of a concept that no column holds.
    #[error("rule `{rule}`: {why}")]
    Unspoken {
        /// Id.
        rule: String,
        /// Why.
        why: String,
    },
    /// What a person said of concepts was refused.
    #[error(transparent)]
    Given(#[from] GivenError),
    /// A policy was refused.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error(transparent)]
    Canary(#[from] CanaryError),
    #[error(transparent)]
    Column(#[from] UnknownColumn),
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("{role}: {source}")]
    Parse { role: &'static str, source: ParseError },
    #[error(transparent)]
    Fit(#[from] FitError),
    #[error(transparent)]
    Sample(#[from] SampleError),
    #[error(transparent)]
    Artefact(#[from] ArtefactError),
    #[error(transparent)]
    Judge(#[from] JudgeError),
    #[error(transparent)]
    Timeline(#[from] TimelineError),
    /// A condition on people was refused.
    #[error("`--where`: {0}")]
    Person(#[from] verosim_timeline::ConditionError),
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    NotDisclosed(#[from] NotDisclosed),
    #[error(transparent)]
    Curate(#[from] CurateError),
    /// Curation without an outcome.
    #[error("rows are curated by an outcome, and none is named")]
    NothingToCurateBy,
    /// Curation dropped too much.
    #[error("{kept} of {asked} rows were kept: curation dropped {dropped} of {pool}")]
    CuratedAway {
        /// Rows asked for.
        asked: usize,
        /// Rows kept.
        kept: u64,
        /// Rows dropped.
        dropped: u64,
        /// Rows judged.
        pool: u64,
        /// File with the rows that were kept.
        file: String,
    },
    /// The rules left too few rows.
    #[error(
        "{had} of {asked} rows keep the rules: rule `{rule}` refused {refused} of {pool}{}",
        kept.as_ref().map(|kept| format!("; kept in `{kept}`")).unwrap_or_default()
    )]
    RuledOut {
        /// Rows asked for.
        asked: usize,
        /// Rows had.
        had: usize,
        /// Rows held against the rules.
        pool: u64,
        /// The rule that refused most.
        rule: String,
        /// Rows that it refused.
        refused: u64,
        /// File with the rows that were had.
        kept: Option<String>,
    },
    /// A prompted engine without a model.
    #[error("engine `{engine}` asks a language model, and none is named")]
    NoModel {
        /// Engine id.
        engine: String,
    },
    /// A probe without a model.
    #[error("no language model is named that could be asked")]
    NobodyToProbe,
    /// A probe without a private fact.
    #[error("no column is named whose values a model should keep to itself")]
    NothingPrivate,
    /// The private fact is in no record that a model may be shown.
    #[error("column `{column}` is an identifier, free text or left out, and is never shown to a model")]
    NotShown {
        /// Column.
        column: String,
    },
    /// Nobody, or nobody else, to ask about.
    #[error("there is nobody to ask about: column `{column}` must be known of people in both tables")]
    NobodyKnown {
        /// Column.
        column: String,
    },
    /// A table that is too small to be known by heart.
    #[error(
        "`{path}` has {rows} rows and {columns} columns that may be shown, too few to tell memory from guessing"
    )]
    TooSmallToKnow {
        /// File.
        path: String,
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
    },
    /// All questions beyond the budget.
    #[error("none of {asked} questions was answered: {beyond_budget} are beyond the budget")]
    Unanswered {
        /// Questions.
        asked: u64,
        /// Beyond the budget.
        beyond_budget: u64,
    },
    /// A probe would be written over a run.
    #[error("`{path}` holds a run or an evaluation, and is no folder for a probe")]
    NoProbeFolder {
        /// Folder.
        path: String,
    },
    /// Real rows would leave this machine.
    #[error("real rows would be sent to {host}")]
    Unconfirmed {
        /// Host and port.
        host: String,
    },
    /// A language model brought fewer rows than asked for.
    #[error("{shortfall}{}", kept.as_ref().map(|kept| format!("; kept in `{kept}`")).unwrap_or_default())]
    Shortfall {
        /// How many, and why.
        shortfall: Shortfall,
        /// File with the rows that were had.
        kept: Option<String>,
    },
    /// A promise that the engine does not make.
    #[error("engine `{engine}` makes no formal promise, and `epsilon` asks for one")]
    NoPromise {
        /// Engine id.
        engine: String,
        /// Engines that make one.
        who: Vec<&'static str>,
    },
    /// An engine that learns under a formal promise only, and nobody asked for one.
    #[error("engine `{engine}` learns under a formal promise only, and no `epsilon` says which")]
    NeedsPromise {
        /// Engine id.
        engine: String,
    },
    /// A promise beside which values may not be looked up in the rows.
    #[error(
        "a formal promise needs declared bounds and levels, and nobody declared those of {}",
        named("", columns).trim_start()
    )]
    Undeclared {
        /// Columns.
        columns: Vec<String>,
    },
    /// Missing cells and an engine that does not fill them.
    #[error("engine `{engine}` does not fill missing cells")]
    CannotImpute {
        /// Engine id.
        engine: &'static str,
        /// Engines that do.
        who: Vec<&'static str>,
    },
    /// Missing cells are missing still.
    #[error(
        "{left} of {of} missing cells could not be filled (over {draws} draws){}; what there is stands in `{folder}`",
        why.as_ref().map(|why| format!(": {why}")).unwrap_or_default()
    )]
    Unfilled {
        /// Cells left, over all draws.
        left: usize,
        /// Cells to fill, over all draws.
        of: usize,
        /// Completed tables that were asked for.
        draws: usize,
        /// What put an end to asking; each row was asked for as often as it may be when `None`.
        why: Option<Why>,
        /// Where the tables are.
        folder: String,
    },
    /// Conditions on rows that a model is asked for.
    #[error("`{flag}` cannot be met by engine `{engine}`, which asks a language model")]
    NoCondition {
        /// Engine id.
        engine: &'static str,
        /// Flag that asks for it.
        flag: &'static str,
    },
    /// A control engine was chosen without saying so.
    #[error("engine `{engine}` releases training data and is only a control")]
    ControlOnly {
        /// Engine id.
        engine: &'static str,
    },
    /// Training and holdout are not different people.
    #[error("the holdout overlaps the training data: {rows} of {of} rows and {subjects} persons are in both")]
    Overlap {
        /// Rows.
        rows: usize,
        /// Holdout rows.
        of: usize,
        /// Persons.
        subjects: usize,
    },
    /// People of the training data in the holdout.
    #[error("the holdout holds people of the training data: {same} of {of} lives are in both")]
    SamePeople {
        /// Lives in both.
        same: usize,
        /// Lives of the holdout that say enough to be known again.
        of: usize,
    },
    /// A file has other columns than the training data.
    #[error(
        "{role} has other columns than the training data:{}{}",
        named(" without ", absent),
        named(" with ", unknown)
    )]
    OtherColumns {
        /// Which file.
        role: &'static str,
        /// Columns that are not there.
        absent: Vec<String>,
        /// Columns that the training data does not have.
        unknown: Vec<String>,
        /// The absent column that the first unknown one resembles.
        nearest: Option<String>,
    },
    /// Nobody can be held out.
    #[error("{rows} rows of one person cannot be split into training and holdout")]
    TooFewToSplit {
        /// Rows.
        rows: usize,
    },
    /// Nothing is left to judge.
    #[error("no column is left to judge after identifiers and free text are set aside")]
    NothingToJudge,
    /// Output in the input, or the input in the output.
    #[error("`{path}` and the folder that is read are not apart from each other")]
    NotApart {
        /// Output folder.
        path: String,
    },
    /// Something that is asked of tables only.
    #[error("`{what}` is for tables, and `{path}` holds patient records")]
    TablesOnly {
        /// Flag, or key of a recipe.
        what: &'static str,
        /// Folder.
        path: String,
    },
    /// An engine that draws whole lives only.
    #[error("engine `{engine}` draws whole lives, and none that goes on from a real one")]
    CannotGoOn {
        /// Engine.
        engine: &'static str,
    },
    /// The run folder is there already.
    #[error("`{path}` exists already")]
    RunExists {
        /// Folder.
        path: String,
    },
    /// Somebody's folder.
    #[error("`{path}` holds files that are no run, and will not be overwritten")]
    ForeignFolder {
        /// Folder.
        path: String,
    },
    /// Another process writes there.
    #[error("another verosim is at work in `{path}`")]
    Busy {
        /// Folder.
        path: String,
    },
    /// No run.
    #[error("`{path}` is not a run")]
    NotARun {
        /// Folder.
        path: String,
    },
    /// The card of a run does not read.
    #[error("`{path}`: {source}")]
    Card {
        /// Folder.
        path: String,
        /// Why.
        source: CardError,
    },
    /// A run that was stopped.
    #[error("`{path}` is as it was made, but unfinished: there is no stage `{stage}`")]
    Unfinished {
        /// Folder.
        path: String,
        /// The first stage that is not there.
        stage: &'static str,
    },
    /// There is no run to resume, or another one.
    #[error("`{path}` cannot be resumed: {why}")]
    CannotResume {
        /// Folder.
        path: String,
        /// Why.
        why: String,
    },
    /// A group is too rare to be drawn as often as asked for.
    #[error("{found} of {asked} rows of a group of column `{column}` were found in {tried} draws")]
    GroupShort {
        /// Column.
        column: String,
        /// Rows asked for.
        asked: usize,
        /// Rows found.
        found: usize,
        /// Draws made.
        tried: usize,
    },
    /// Another program that takes part in a comparison.
    #[error("`{name}`: {why}")]
    Peer {
        /// Its name.
        name: String,
        /// What went wrong, without a word of what it said.
        why: String,
    },
    /// The prediction says that it will not fit.
    #[error("this needs about {} MiB and {} MiB may be used", needed >> 20, limit >> 20)]
    WillNotFit {
        /// Bytes predicted.
        needed: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// Hashes do not agree.
    #[error("`{path}` was changed after it was made: {}", changed.join(", "))]
    Tampered {
        /// Folder.
        path: String,
        /// Files or records that differ.
        changed: Vec<String>,
    },
    /// No engine, metric or topic of that name.
    #[error("there is nothing called `{id}` to explain")]
    NothingToExplain {
        /// As asked.
        id: String,
        /// Nearest name.
        nearest: Option<String>,
    },
}

impl EngineError {
    /// Why it was stopped from outside, if it was.
    #[must_use]
    pub fn interruption(&self) -> Option<Interrupted> {
        match self {
            Self::Read(ReadError::Interrupted(reason))
            | Self::Fit(FitError::Interrupted(reason))
            | Self::Sample(SampleError::Interrupted(reason))
            | Self::Judge(JudgeError::Interrupted(reason))
            | Self::Model(ModelError::Interrupted(reason))
            | Self::Timeline(
                TimelineError::Interrupted(reason) | TimelineError::Read(ReadError::Interrupted(reason)),
            )
            | Self::Interrupted(reason) => Some(*reason),
            _ => None,
        }
    }

    /// Whose matter it is.
    #[must_use]
    pub fn category(&self) -> Category {
        if let Some(reason) = self.interruption() {
            return Category::of(reason);
        }
        match self {
            Self::Recipe(_)
            | Self::Config(_)
            | Self::Condition(_)
            | Self::Person(_)
            | Self::Rule(_)
            | Self::Policy(_)
            | Self::Unspoken { .. }
            | Self::Given(_)
            | Self::Canary(CanaryError::TooFewCanaries { .. })
            | Self::Column(_)
            | Self::ControlOnly { .. }
            | Self::RunExists { .. }
            | Self::ForeignFolder { .. }
            | Self::NotApart { .. }
            | Self::TablesOnly { .. }
            | Self::CannotGoOn { .. }
            | Self::Busy { .. }
            | Self::NotARun { .. }
            | Self::CannotResume { .. }
            | Self::NothingToExplain { .. }
            | Self::NotDisclosed(_)
            | Self::NoModel { .. }
            | Self::NobodyToProbe
            | Self::NothingPrivate
            | Self::NotShown { .. }
            | Self::NoProbeFolder { .. }
            | Self::Unconfirmed { .. }
            | Self::NoCondition { .. }
            | Self::NoPromise { .. }
            | Self::NeedsPromise { .. }
            | Self::CannotImpute { .. }
            | Self::Fit(FitError::NoColumn(_))
            | Self::NothingToCurateBy
            | Self::Model(ModelError::Unknown { .. } | ModelError::NotBuilt { .. })
            | Self::Write(WriteError::Exists { .. })
            | Self::Timeline(
                TimelineError::NoShape { .. }
                | TimelineError::Foreign { .. }
                | TimelineError::Mapping { .. }
                | TimelineError::Read(ReadError::NotFound { .. }),
            )
            | Self::Read(ReadError::NotFound { .. } | ReadError::Folder { .. }) => Category::Usage,
            Self::WillNotFit { .. }
            | Self::Shortfall { .. }
            | Self::GroupShort { .. }
            | Self::Unfilled { .. }
            | Self::Unanswered { .. }
            | Self::CuratedAway { .. }
            | Self::RuledOut { .. }
            | Self::Timeline(TimelineError::Write(WriteError::DiskFull { .. }))
            | Self::Write(WriteError::DiskFull { .. }) => Category::Resource,
            Self::Read(error) | Self::Timeline(TimelineError::Read(error)) if error.is_resource() => {
                Category::Resource
            }
            Self::Write(_) | Self::Timeline(TimelineError::Write(_)) => Category::Usage,
            Self::Timeline(TimelineError::Invalid { .. }) => Category::Internal,
            Self::Metadata(_)
            | Self::Timeline(_)
            | Self::Undeclared { .. }
            | Self::Model(_)
            | Self::Curate(_)
            | Self::Canary(_)
            | Self::Read(_)
            | Self::Parse { .. }
            | Self::Fit(_)
            | Self::Sample(_)
            | Self::Artefact(_)
            | Self::Judge(_)
            | Self::Overlap { .. }
            | Self::SamePeople { .. }
            | Self::OtherColumns { .. }
            | Self::TooFewToSplit { .. }
            | Self::NobodyKnown { .. }
            | Self::TooSmallToKnow { .. }
            | Self::Card { .. }
            | Self::Unfinished { .. }
            | Self::NothingToJudge
            | Self::Peer { .. }
            | Self::Interrupted(_)
            | Self::Tampered { .. } => Category::Data,
        }
    }
}

impl From<verosim_timeline::LearnError> for EngineError {
    fn from(error: verosim_timeline::LearnError) -> Self {
        match error {
            verosim_timeline::LearnError::Fit(error) => Self::Fit(error),
            verosim_timeline::LearnError::Data(error) => Self::Timeline(error),
        }
    }
}

impl From<Stopped> for EngineError {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Interrupted(reason) => Self::Interrupted(reason),
            Stopped::NotDisclosed(error) => Self::NotDisclosed(error),
        }
    }
}

/// `: without a, b`, up to ten names; nothing for no names.
fn named(word: &str, names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let shown: Vec<String> = names.iter().take(10).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > 10 { format!(" and {} more", names.len() - 10) } else { String::new() };
    format!("{word}{}{more}", shown.join(", "))
}
