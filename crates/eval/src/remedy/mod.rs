//! What can be done for groups that a model serves badly, with and without synthetic rows?

mod cuts;
mod lesson;
mod people;

pub(crate) use cuts::{cuts, flagged, odds_gap};
pub(crate) use lesson::{Lesson, out_of_fold};
pub(crate) use people::People;

/// A way to learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Training rows as they are.
    Nothing,
    /// Weights that make outcome and group independent.
    Reweighed,
    /// As many rows of every group.
    Balanced,
    /// Small cells of group and outcome filled up between their rows.
    Smote,
    /// A cut of its own for every group.
    Thresholds,
    /// Synthetic rows until every group is as large as the largest.
    Equal,
    /// Synthetic rows by the logarithms of the sizes of groups.
    Log,
    /// Synthetic rows alone.
    Synthetic,
}

/// All ways, those without synthetic rows first.
pub(crate) const WAYS: [Way; 8] = [
    Way::Nothing,
    Way::Reweighed,
    Way::Balanced,
    Way::Smote,
    Way::Thresholds,
    Way::Equal,
    Way::Log,
    Way::Synthetic,
];

impl Way {
    /// In words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Nothing => "training rows as they are",
            Self::Reweighed => "reweighed",
            Self::Balanced => "groups resampled to one size",
            Self::Smote => "SMOTE within group and outcome",
            Self::Thresholds => "a threshold for each group",
            Self::Equal => "synthetic rows added, equal sizes",
            Self::Log => "synthetic rows added, log sizes",
            Self::Synthetic => "synthetic rows alone",
        }
    }

    /// Whether synthetic rows are added to training rows.
    pub(crate) fn is_augmented(self) -> bool {
        matches!(self, Self::Equal | Self::Log)
    }

    /// Whether it needs no generator.
    pub(crate) fn is_ordinary(self) -> bool {
        !self.is_augmented() && self != Self::Synthetic
    }
}
