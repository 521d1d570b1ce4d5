//! What does a column hold, in the field's own terms?

use serde::{Deserialize, Serialize};

/// What a column holds. Decides how it is parsed, modelled, compared and drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A measured quantity: `NaN`-free numbers with a unit.
    Continuous,
    /// A whole number that counts or is measured in whole units.
    Count,
    /// Levels with an order: stages, grades, age bands.
    Ordinal,
    /// Levels without an order.
    Nominal,
    /// Two levels that mean yes and no.
    Boolean,
    /// A calendar day.
    Date,
    /// A calendar day with a time of day.
    Datetime,
    /// A length of time written as text (`12:30:00`, `P3D`), held in seconds.
    Duration,
    /// A code from a vocabulary with a hierarchy (see [`CodeSystem`]); always text.
    Code,
    /// Identifies a unit or a subject; never modelled.
    Id,
    /// Free text; never modelled by table engines.
    Text,
    /// One value only (beside missing markers).
    Constant,
}

impl Kind {
    /// All kinds, in the order that help texts list them.
    pub const ALL: [Self; 12] = [
        Self::Continuous,
        Self::Count,
        Self::Ordinal,
        Self::Nominal,
        Self::Boolean,
        Self::Date,
        Self::Datetime,
        Self::Duration,
        Self::Code,
        Self::Id,
        Self::Text,
        Self::Constant,
    ];

    /// The name that files, flags and reports use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Continuous => "continuous",
            Self::Count => "count",
            Self::Ordinal => "ordinal",
            Self::Nominal => "nominal",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Datetime => "datetime",
            Self::Duration => "duration",
            Self::Code => "code",
            Self::Id => "id",
            Self::Text => "text",
            Self::Constant => "constant",
        }
    }

    /// The kind with this [`name`](Self::name), or `None`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether cells are held as numbers (times included) rather than as levels.
    #[must_use]
    pub fn is_numeric(self) -> bool {
        matches!(self, Self::Continuous | Self::Count | Self::Date | Self::Datetime | Self::Duration)
    }
}

/// The vocabulary that a [`Kind::Code`] column is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CodeSystem {
    /// ICD-9-CM diagnosis codes: `250.01`, `V45`, `E885`.
    Icd9,
    /// ICD-10 and ICD-10-CM codes: `E11.9`, `I10`.
    Icd10,
    /// LOINC-like codes with a check digit: `2345-7`.
    Loinc,
    /// WHO ATC drug codes: `A10BA02`.
    Atc,
    /// Codes of a local vocabulary.
    Other,
}

impl CodeSystem {
    /// The coarser code one step up the hierarchy, or `None` at the top.
    ///
    /// ICD: `250.01` to `250.0` to `250` to its first two characters to its chapter letter or digit; ATC: by its levels
    /// (7, 5, 4, 3, 1 characters). Costs one slice, no allocation.
    #[must_use]
    pub fn parent(self, code: &str) -> Option<&str> {
        let cut = |n: usize| code.char_indices().nth(n).map(|(at, _)| &code[..at]);
        let length = code.chars().count();
        match self {
            Self::Icd9 | Self::Icd10 => {
                if let Some(dot) = code.find('.') {
                    let after = code[dot + 1..].chars().count();
                    return if after > 1 { cut(length - 1) } else { Some(&code[..dot]) };
                }
                (length > 1).then(|| cut(length - 1)).flatten()
            }
            Self::Atc => [5, 4, 3, 1].into_iter().find(|&n| n < length).and_then(cut),
            Self::Loinc | Self::Other => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_name(kind.name()), Some(kind));
        }
    }

    #[test]
    fn parents_follow_the_published_levels() {
        let cases = [
            (CodeSystem::Icd9, "250.01", Some("250.0"), "fifth digit to fourth"),
            (CodeSystem::Icd9, "250.0", Some("250"), "fourth digit to category"),
            (CodeSystem::Icd10, "E11", Some("E1"), "category to block prefix"),
            (CodeSystem::Icd10, "E", None, "a chapter letter is the top"),
            (CodeSystem::Atc, "A10BA02", Some("A10BA"), "substance to chemical subgroup"),
            (CodeSystem::Atc, "A10", Some("A"), "therapeutic group to anatomical group"),
            (CodeSystem::Loinc, "2345-7", None, "LOINC is flat"),
        ];
        for (system, code, want, why) in cases {
            assert_eq!(system.parent(code), want, "{why}");
        }
    }
}
