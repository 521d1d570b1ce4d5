//! What is written down about a trio: every score, its references, and what the report draws?
//!
//! This is the content of `metrics.json`; the HTML and Markdown reports render this value and nothing
//! else. It holds no training or holdout cell: densities are binned, and counts under 11 are suppressed.

mod compat;
mod control;
mod cost;
mod draws;
mod inference;
mod membership;
mod policy;
mod prediction;
mod probe;
mod relations;

pub use compat::CompatScore;
pub use control::Control;
pub use cost::Cost;
pub use draws::{DrawnTable, Draws, Spread};
pub use policy::{GateResult, PolicyResult};
mod disclosure;
pub use disclosure::{ChosenBy, Disclosure, IdentityRisk, Risk, RolesTaken, Told};
mod clinical;
mod equity;
pub use clinical::{BoundConcept, ClinicalSense};
pub use equity::GroupReading;
mod remedy;
mod time;
pub use inference::{Forest, ForestRow, SurvivalPicture, SurvivalPoint};
pub use membership::{FamilyScore, Outlying, Strongest};
pub use prediction::{Calibrated, Calibration, PanelRow};
pub use probe::{
    PROBE_VERSION, Probe, ProbedFamily, ProbedPeople, ProbedRate, ProbedTable, ProbedTest, Prompts,
};
pub use relations::{OfferedRule, PairGap, Relations};
pub use remedy::{Remedies, Remedy};
pub use time::{
    CodeShare, CohortRow, CohortTable, DrawnLane, DrawnLife, ShareCurve, TimePictures, TransitionGap,
};

use serde::{Deserialize, Serialize};
use verosim_core::Interval;

/// Version of the card's shape; readers refuse what they do not know.
pub const CARD_VERSION: u32 = 1;

/// All scores of a trio.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// [`CARD_VERSION`].
    pub version: u32,
    /// What was compared.
    pub about: About,
    /// The verdict strip, one line per question, worst first within a question.
    pub verdicts: Vec<Verdict>,
    /// How the card came out under a policy, when one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyResult>,
    /// What the judge says of tables that are known to be good, bad or leaking.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<Control>,
    /// Several synthetic tables of one generator, when there are several.
    #[serde(default, skip_serializing_if = "Draws::is_empty")]
    pub draws: Draws,
    /// Scores as other tools compute them, when they were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub compat: Vec<CompatScore>,
    /// Caveats in plain words, most severe first.
    pub warnings: Vec<String>,
    /// Every metric of the registry, computed or with a reason.
    pub entries: Vec<Entry>,
    /// Pictures of single columns.
    pub columns: Vec<ColumnPicture>,
    /// Association matrices.
    pub associations: Option<Associations>,
    /// What gives the synthetic rows away.
    pub giveaways: Vec<Giveaway>,
    /// Pairs of columns that are furthest off, and rules that real rows follow.
    #[serde(default, skip_serializing_if = "Relations::is_empty")]
    pub relations: Relations,
    /// Train-on-synthetic-test-on-real rows.
    pub tasks: Vec<Task>,
    /// Regressions: coefficients of real rows beside those of synthetic ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forests: Vec<Forest>,
    /// Survival curves, when survival columns are named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub survival: Option<SurvivalPicture>,
    /// Pictures of timelines, when timelines were judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<TimePictures>,
    /// Whether risks of models learned on synthetic rows are those of real people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calibrations: Vec<Calibration>,
    /// Learners, as synthetic rows and as real rows rank them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub panel: Vec<PanelRow>,
    /// Membership attacks.
    pub attacks: Vec<Attack>,
    /// All membership attacks under one test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strongest: Option<Strongest>,
    /// People who come out again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copying: Vec<Copying>,
    /// What synthetic rows tell of people: triad, identity, attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disclosure: Option<Disclosure>,
    /// What it took; filled in by the run.
    pub costs: Vec<Cost>,
    /// What a language model was asked and what it brought, when one was; filled in by the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Exchange>,
    /// What curation dropped, when there was any; filled in by the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curated: Option<Curated>,
    /// A prompted engine beside engines that need no model, when an outcome is named; filled in by the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contest: Option<Contest>,
    /// How often rules are broken, when there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleCount>,
    /// How often built-in clinical rules are broken, when columns are spoken of by any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clinical: Option<ClinicalSense>,
    /// Figures of groups of people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equity: Vec<GroupReading>,
    /// Synthetic rows beside ordinary ways to serve groups alike.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remedies: Vec<Remedies>,
    /// What canaries show, when there were any; filled in by the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canaries: Option<CanaryAudit>,
    /// What the language model tells of people, when it was probed; filled in from the run folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probe>,
}

/// What engines brought from the same patients, and what that took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contest {
    /// Outcome column.
    pub target: String,
    /// Score: `AUC`, `mean AUC`, `R²`.
    pub measure: String,
    /// Score without skill.
    pub no_skill: f64,
    /// Boosted trees learned on as many real training rows: what there is without any synthetic row.
    pub real: Reading,
    /// Currency and day of the price of tokens.
    pub price_of: Option<String>,
    /// The run's own engine first.
    pub contenders: Vec<Contender>,
}

/// One engine in a contest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contender {
    /// Engine id.
    pub engine: String,
    /// Boosted trees learned on its rows, tested on the holdout.
    pub utility: Reading,
    /// Wall seconds of learning and drawing.
    pub seconds: f64,
    /// Least and greatest watt-hours of learning and drawing, a model elsewhere included.
    pub energy_wh: [f64; 2],
    /// Tokens read and written, where a model was asked.
    pub tokens: Option<u64>,
    /// Money, where a model was asked and there is a price.
    pub cost: Option<f64>,
}

/// How often canaries that were learned from echo in synthetic rows, beside controls that were not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CanaryAudit {
    /// Canaries that were learned from.
    pub planted: usize,
    /// Canaries that were not.
    pub controls: usize,
    /// Kind by kind.
    pub kinds: Vec<CanaryRates>,
    /// AUC of telling planted canaries from controls, those of patients twice aside (as below).
    pub auc: Option<Reading>,
    /// Share of planted canaries among the quarter that is guessed to be planted, with its exact interval.
    pub found: Reading,
    /// Share of controls among that quarter.
    pub alarms: Reading,
    /// Canaries guessed to be planted.
    pub guesses: usize,
    /// Epsilon that is disproven at 95 %, by the bound of one run.
    pub epsilon: f64,
    /// The same from the two rates, as if each canary were a run of its own.
    pub epsilon_of_rates: f64,
    /// The most that so many guesses can disprove.
    pub epsilon_at_most: f64,
}

/// Canaries of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CanaryRates {
    /// In words.
    pub kind: String,
    /// Learned from.
    pub planted: usize,
    /// Of these, guessed so.
    pub found: usize,
    /// Not learned from.
    pub controls: usize,
    /// Of these, guessed to be learned from.
    pub alarms: usize,
}

/// How often one rule is broken by real and by synthetic rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleCount {
    /// Id.
    pub id: String,
    /// `impossible`, `implausible` or `unusual`.
    pub severity: String,
    /// What it says.
    pub words: String,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Holdout rows that break it, per 1,000 that it applies to; `None` where 1 to 10 break it, or it applies to none.
    pub holdout: Option<Reading>,
    /// The same of synthetic rows.
    pub synthetic: Option<Reading>,
    /// The same of training rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train: Option<Reading>,
    /// Synthetic minus holdout; `None` where either is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excess: Option<Reading>,
    /// Drawn rows and records that were refused because of it; `None` where nothing was refused for any rule.
    pub refused: Option<u64>,
}

/// What was refused because of rules: the content of `synthetic/rules.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ruled {
    /// Rows (and records of a language model) that were held against the rules.
    pub pool: u64,
    /// Of these, free of fault.
    pub kept: u64,
    /// Rounds of drawing.
    pub rounds: u64,
    /// Rows refused, by the id of each rule that they break.
    pub refused: std::collections::BTreeMap<String, u64>,
}

/// What curation dropped: rows whose outcome does not follow from the rest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Curated {
    /// Rule.
    pub rule: String,
    /// AUC (or R² for numbers) of the judge on real rows that it never saw.
    pub skill: Option<f64>,
    /// Rows that were judged.
    pub pool: u64,
    /// Of these, kept.
    pub kept: u64,
    /// Rows by level of columns with few levels, the outcome's classes among them.
    pub groups: Vec<ExchangeGroup>,
}

/// What a language model was asked and what it brought.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// Model.
    pub model: String,
    /// Where it ran: host and port, or `this process`.
    pub host: String,
    /// The most that any prompt told: `public`, `metadata`, `aggregate`, `row-level`.
    pub class: String,
    /// Real rows in prompts, counted once for each prompt.
    pub real_rows_shown: u64,
    /// Requests answered.
    pub requests: u64,
    /// Requests that failed for good.
    pub failed: u64,
    /// Tokens read, cached ones included.
    pub input_tokens: u64,
    /// Of these, from a cache.
    pub cached_tokens: u64,
    /// Tokens written, reasoning included.
    pub output_tokens: u64,
    /// Of these, reasoning.
    pub reasoning_tokens: u64,
    /// Who counted tokens: `provider`, `tokenizer`, `estimate`.
    pub counted_by: String,
    /// Seconds that answers took, added up over requests.
    pub seconds: f64,
    /// Money, when there is a price.
    pub cost: Option<f64>,
    /// Currency and day of the price.
    pub price_of: Option<String>,
    /// Least and greatest watt-hours of a model elsewhere, when its size is guessed.
    pub energy_wh: Option<[f64; 2]>,
    /// Probability that a grammar took from each token, on average: the total variation between what the model would
    /// have written and what it was let write. `None` where nothing was masked here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub masked: Option<f64>,
    /// What became of the model's words, where it was asked for a prior and not for rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior: Option<Prior>,
    /// Records that replies held.
    pub produced: u64,
    /// Records taken.
    pub accepted: u64,
    /// Of these, after a repair.
    pub repaired: u64,
    /// Records refused, by reason, commonest first.
    pub refused: Vec<(String, u64)>,
    /// Records refused because of one column, worst first.
    pub refused_by_column: Vec<(String, u64)>,
    /// Records refused because of rules, worst first; a record that breaks two rules counts under both.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused_by_rule: Vec<(String, u64)>,
    /// Records by level of columns with few levels: refusing is not neutral.
    pub groups: Vec<ExchangeGroup>,
}

/// An elicited prior, once it was weighed against real rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Prior {
    /// Real rows.
    pub rows: usize,
    /// How much of the claimed differences between levels of the outcome was believed, from 0 to 1.
    pub trust: f64,
    /// How much of the claimed relations between numbers was believed, from 0 to 1.
    pub relations: f64,
    /// Rules that no real row breaks.
    pub rules: Vec<String>,
    /// Column by column.
    pub columns: Vec<PriorColumn>,
}

/// The prior of one column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PriorColumn {
    /// Column.
    pub column: String,
    /// Whether the model said anything of use.
    pub said: bool,
    /// Patients that the prior is worth; 0 when it was switched off; `None` when there is nothing else.
    pub weight: Option<f64>,
    /// Probability, under the prior, of counts as unlike it as the real ones.
    pub agreement: Option<f64>,
}

/// Records of one level.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ExchangeGroup {
    /// Column.
    pub column: String,
    /// Level.
    pub value: String,
    /// Records that replies held.
    pub produced: u64,
    /// Of these, taken.
    pub accepted: u64,
}

/// What was compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// Name of the data set.
    pub title: String,
    /// Engine id, or `unknown` for foreign data.
    pub engine: String,
    /// Version of verosim that judged.
    pub judge: String,
    /// Seed of the judgement.
    pub seed: u64,
    /// Day of the judgement, `2026-11-23`, as told by the caller.
    pub date: String,
    /// Training rows.
    pub n_train: usize,
    /// Holdout rows.
    pub n_holdout: usize,
    /// Synthetic rows.
    pub n_synthetic: usize,
    /// Judged columns.
    pub n_columns: usize,
    /// Outcome columns.
    pub targets: Vec<String>,
    /// The engine's guarantee in words.
    pub guarantee: String,
    /// Columns left out of the judgement, with the reason.
    pub left_out: Vec<(String, String)>,
}

/// How a gate came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Within the pass threshold.
    Pass,
    /// Between pass and fail, or not clear at this size.
    Warn,
    /// Beyond the fail threshold.
    Fail,
    /// Too little data to say.
    NotAssessable,
}

/// One line of the verdict strip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// `realism`, `utility`, `privacy`, `diversity`, `clinical sense`, `equity`.
    pub question: String,
    /// How it came out.
    pub outcome: Outcome,
    /// In plain words, with the numbers that decided.
    pub sentence: String,
    /// The gates behind it: metric id, outcome, rule in words with the origin of its threshold.
    pub gates: Vec<(String, Outcome, String)>,
}

/// Whether a metric gave a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Yes.
    Ok,
    /// The schema rules it out.
    NotApplicable,
    /// It could not be computed on these data.
    Failed,
}

/// A value with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The value; finite.
    pub value: f64,
    /// Its interval.
    pub interval: Option<Interval>,
    /// Units that entered it.
    pub n: usize,
}

/// One metric of one trio.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Metric id.
    pub id: String,
    /// Short name.
    pub name: String,
    /// Family, as in the registry.
    pub family: String,
    /// The question in a sentence.
    pub question: String,
    /// Direction, in words: `higher`, `lower`, `target 0.5`, `descriptive`.
    pub direction: String,
    /// Unit.
    pub unit: String,
    /// Whether there is a number.
    pub status: Status,
    /// Why there is none, or a caveat.
    pub reason: Option<String>,
    /// Synthetic against holdout.
    pub reading: Option<Reading>,
    /// Train against holdout: what a perfect generator can reach.
    pub ceiling: Option<Reading>,
    /// Column-shuffled training rows against holdout: what needs no learning at all.
    pub floor: Option<Reading>,
    /// (value − floor) / (ceiling − floor) on the scale where more is better; not clipped; `None` when
    /// ceiling and floor are not clearly apart.
    pub position: Option<f64>,
    /// How the interval was made.
    pub method: String,
    /// Values per column or group.
    pub parts: Vec<(String, f64)>,
    /// Seconds it took.
    pub seconds: f64,
}

/// Shares of rows per bin, holdout beside synthetic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnPicture {
    /// Column name.
    pub name: String,
    /// Kind.
    pub kind: String,
    /// Share missing: train, holdout, synthetic.
    pub missing: [f64; 3],
    /// Labels: bin edges for numbers (one more than shares; rounded, from protected quantiles), level
    /// names for levels with at least 11 holdout and 11 training rows; the rest are pooled as `other`.
    pub labels: Vec<String>,
    /// Numeric edges, when numeric: length is `holdout.len() + 1`.
    pub edges: Vec<f64>,
    /// Share of present holdout rows per bin; `None` where fewer than 11 rows (and not zero).
    pub holdout: Vec<Option<f64>>,
    /// Share of present synthetic rows per bin.
    pub synthetic: Vec<Option<f64>>,
    /// Main similarity: KS for numbers, TV for levels; synthetic and ceiling.
    pub similarity: Option<f64>,
    /// The same for train against holdout.
    pub ceiling: Option<f64>,
    /// Which similarity: `KS` or `TV`.
    pub measure: String,
    /// AUC of this column alone in telling synthetic from holdout.
    pub solo_auc: Option<f64>,
}

/// Association of each pair of columns, in `[0, 1]` (absolute Spearman, correlation ratio or Cramér's V).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Associations {
    /// Columns in display order (clustered).
    pub columns: Vec<String>,
    /// Holdout (with train where the holdout is small), row-major.
    pub real: Vec<f32>,
    /// Synthetic, row-major.
    pub synthetic: Vec<f32>,
}

/// A column that tells synthetic rows from real ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Giveaway {
    /// Column.
    pub column: String,
    /// Loss of AUC when the column is permuted.
    pub importance: f64,
    /// AUC of the column alone.
    pub solo_auc: f64,
    /// In words: `too few values ending in 0`.
    pub words: String,
}

/// One learner trained on synthetic and on real rows, tested on holdout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Outcome column.
    pub target: String,
    /// Learner.
    pub learner: String,
    /// Score: `AUC`, `macro AUC`, `R²`.
    pub measure: String,
    /// Trained on synthetic.
    pub synthetic: Reading,
    /// Trained on real training rows.
    pub real: Reading,
    /// No-skill reference.
    pub baseline: f64,
    /// (synthetic − baseline) / (real − baseline).
    pub recovered: Option<f64>,
}

/// One membership attack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attack {
    /// Metric id: `pm.dcr`.
    pub id: String,
    /// Name.
    pub name: String,
    /// AUC of telling training from holdout rows.
    pub auc: Reading,
    /// True-positive rate at 1 % false-positive rate; `None` when there are too few holdout rows.
    pub tpr_at_1: Option<Reading>,
    /// The same at 0.1 %; `None` below 10,000 holdout people.
    #[serde(default)]
    pub tpr_at_01: Option<Reading>,
    /// The same attack on a copy in which 5 % of rows are training rows: what success looks like.
    pub control_auc: Option<f64>,
    /// The same for the true-positive rate.
    pub control_tpr: Option<f64>,
    /// ROC points (false-positive rate, true-positive rate), ascending, at most 60.
    pub roc: Vec<(f64, f64)>,
}

/// How many people come out again, in one sense of the word.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Copying {
    /// Metric id: `pd.copy`.
    pub id: String,
    /// In which sense: `exact`, `near`, `rare combination`.
    pub kind: String,
    /// Share of the people that the generator saw.
    pub seen: Reading,
    /// Share of as many people that it never saw: what chance gives.
    pub unseen: Reading,
    /// The one minus the other.
    pub excess: Reading,
}
