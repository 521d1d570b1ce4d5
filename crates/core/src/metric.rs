//! What must a report know about a metric without running it?

use serde::{Deserialize, Serialize};

/// The question that a metric belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Does it look like the population? (`re.*`)
    Realism,
    /// Can one work with it? (`ut.*`, survival `su.*`)
    Utility,
    /// Does it give anybody away? (distances `pd.*`, membership `pm.*`, attributes `pa.*`, singling out, linking and
    /// inferring `pg.*`, identity `pi.*`, formal promises `pp.*`)
    Privacy,
    /// Is every group of people served alike? (`eq.*`)
    Equity,
    /// Does it make clinical sense? (`cl.*`)
    Clinical,
    /// Does it show the whole variety? (`di.*`)
    Diversity,
    /// Does its text do harm? (`tx.*`)
    Wording,
    /// What did it take? (`co.*`)
    Cost,
}

/// Which values are better. There is no default on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", content = "at", rename_all = "kebab-case")]
pub enum Direction {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// Nearest to this value is best.
    Target(f64),
    /// Neither: for information.
    Descriptive,
}

impl Direction {
    /// Whether `a` is better than `b`.
    #[must_use]
    pub fn prefers(self, a: f64, b: f64) -> bool {
        match self {
            Self::Higher => a > b,
            Self::Lower => a < b,
            Self::Target(at) => (a - at).abs() < (b - at).abs(),
            Self::Descriptive => false,
        }
    }
}

/// Attainable values, infinities included.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Range {
    /// Least attainable value.
    pub low: f64,
    /// Greatest attainable value.
    pub high: f64,
}

/// How far a metric has been checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Maturity {
    /// Built; no foreign reference value yet.
    Draft,
    /// Agrees with a reference value that we did not make.
    Checked,
}

/// How much of the portfolio is computed; each preset includes those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// For a generator's own tuning: under half a minute at 100,000 rows, never for a release.
    Quick,
    /// What everybody gets: under ten minutes at 100,000 rows of 50 columns.
    #[default]
    Standard,
    /// Everything.
    Release,
}

impl Preset {
    /// All, the smallest first.
    pub const ALL: [Self; 3] = [Self::Quick, Self::Standard, Self::Release];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Standard => "standard",
            Self::Release => "release",
        }
    }

    /// The preset of that [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }
}

/// A key of `REFERENCES.bib`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Citation(pub &'static str);

/// Everything a report, a page or a leaderboard must know without running the metric.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct MetricInfo {
    /// Stable and never reused: `re.ks`.
    pub id: &'static str,
    /// Short name for tiles and tables: `Kolmogorov–Smirnov similarity`.
    pub name: &'static str,
    /// One sentence a clinician can read.
    pub question: &'static str,
    /// Definition, inputs and pitfalls: the page that `explain` prints, in Markdown.
    pub page: &'static str,
    /// Which question of the card it answers.
    pub family: Family,
    /// Which values are better.
    pub direction: Direction,
    /// Attainable values.
    pub range: Range,
    /// Unit of the value: `AUC`, `share of rows`, `s`.
    pub unit: &'static str,
    /// At least one source.
    pub sources: &'static [Citation],
    /// How far it has been checked.
    pub maturity: Maturity,
}
