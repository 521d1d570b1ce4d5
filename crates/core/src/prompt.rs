//! What may a prompt hold, and how is it kept from leaving before somebody allowed it?

use crate::Hint;
use serde::{Deserialize, Serialize};

/// How much a piece of text tells about real people, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PrivacyClass {
    /// Our own words, or words that the user wrote for the model.
    Public,
    /// Names, kinds and units of columns, and what a person declared about them.
    Metadata,
    /// Statistics released under differential privacy.
    DpAggregate,
    /// Statistics of the real rows: levels, ranges, shares.
    Aggregate,
    /// Cells of real rows.
    RowLevel,
}

impl PrivacyClass {
    /// The word that manifests and reports use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Metadata => "metadata",
            Self::DpAggregate => "dp-aggregate",
            Self::Aggregate => "aggregate",
            Self::RowLevel => "row-level",
        }
    }
}

/// The most that a recipe lets a language model see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disclosure {
    /// Declared metadata only: no statistic and no cell of the data.
    #[default]
    Metadata,
    /// Protected statistics as well: levels of enough people, rounded ranges, shares.
    Aggregate,
    /// Real rows as well.
    Rows,
}

impl Disclosure {
    /// All, least first.
    pub const ALL: [Self; 3] = [Self::Metadata, Self::Aggregate, Self::Rows];

    /// The word of the `--disclose` flag.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Aggregate => "aggregate",
            Self::Rows => "rows",
        }
    }

    /// The disclosure with this [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|disclosure| disclosure.name() == name)
    }

    /// Whether text of `class` may be shown.
    #[must_use]
    pub fn allows(self, class: PrivacyClass) -> bool {
        let most = match self {
            Self::Metadata => PrivacyClass::Metadata,
            Self::Aggregate => PrivacyClass::Aggregate,
            Self::Rows => PrivacyClass::RowLevel,
        };
        class <= most
    }
}

/// Who speaks in a section of a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// Standing instructions.
    System,
    /// The request and its data.
    User,
}

/// One piece of a prompt, with what it tells about real people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Section {
    id: &'static str,
    speaker: Speaker,
    class: PrivacyClass,
    /// Real rows whose cells stand in the text.
    real_rows: usize,
    text: String,
}

impl Section {
    /// Our own words or the user's, or declared metadata.
    #[must_use]
    pub fn new(id: &'static str, speaker: Speaker, class: PrivacyClass, text: String) -> Self {
        Self { id, speaker, class, real_rows: 0, text }
    }

    /// Cells of `real_rows` real rows; they always speak as the user, never as instructions.
    #[must_use]
    pub fn rows(id: &'static str, real_rows: usize, text: String) -> Self {
        Self { id, speaker: Speaker::User, class: PrivacyClass::RowLevel, real_rows, text }
    }

    /// What the section is: `schema`, `examples`.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// Who speaks.
    #[must_use]
    pub fn speaker(&self) -> Speaker {
        self.speaker
    }

    /// What it tells about real people.
    #[must_use]
    pub fn class(&self) -> PrivacyClass {
        self.class
    }

    /// Real rows whose cells stand in it.
    #[must_use]
    pub fn real_rows(&self) -> usize {
        self.real_rows
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// A prompt that nobody has allowed to leave yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prompt(Vec<Section>);

impl Prompt {
    /// The sections in order.
    #[must_use]
    pub fn new(sections: Vec<Section>) -> Self {
        Self(sections)
    }

    /// Characters of all sections.
    #[must_use]
    pub fn chars(&self) -> usize {
        self.0.iter().map(|section| section.text.chars().count()).sum()
    }

    /// The only way to a [`Cleared`] prompt, which is all that a [`LanguageModel`](crate::LanguageModel) accepts.
    ///
    /// # Errors
    /// [`NotDisclosed`] names the first section that tells more than `most`.
    pub fn clear(self, most: Disclosure) -> Result<Cleared, NotDisclosed> {
        match self.0.iter().find(|section| !most.allows(section.class)) {
            Some(section) => Err(NotDisclosed { section: section.id, class: section.class, allowed: most }),
            None => Ok(Cleared(self.0)),
        }
    }
}

/// A prompt that tells no more than was allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Cleared(Vec<Section>);

impl Cleared {
    /// The sections in order.
    #[must_use]
    pub fn sections(&self) -> &[Section] {
        &self.0
    }

    /// The most that any section tells.
    #[must_use]
    pub fn class(&self) -> PrivacyClass {
        self.0.iter().map(Section::class).max().unwrap_or(PrivacyClass::Public)
    }

    /// Real rows shown.
    #[must_use]
    pub fn real_rows(&self) -> usize {
        self.0.iter().map(Section::real_rows).sum()
    }

    /// All that `speaker` says; sections are parted by an empty line.
    #[must_use]
    pub fn text_of(&self, speaker: Speaker) -> String {
        let said: Vec<&str> =
            self.0.iter().filter(|section| section.speaker == speaker).map(Section::text).collect();
        said.join("\n\n")
    }
}

/// A prompt tells more than the recipe allows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("section `{section}` of a prompt is {}, and the recipe discloses {}", class.name(), allowed.name())]
pub struct NotDisclosed {
    section: &'static str,
    class: PrivacyClass,
    allowed: Disclosure,
}

impl Hint for NotDisclosed {
    fn hint(&self) -> Option<String> {
        let needed = Disclosure::ALL.into_iter().find(|disclosure| disclosure.allows(self.class));
        needed.map(|needed| format!("allow it with `--disclose {}`, or use a local model", needed.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_cleared_beyond_what_was_allowed() {
        let section = |class| Section::new("x", Speaker::User, class, "text".into());
        let cases = [
            (Disclosure::Metadata, PrivacyClass::Metadata, true),
            (Disclosure::Metadata, PrivacyClass::DpAggregate, false),
            (Disclosure::Metadata, PrivacyClass::RowLevel, false),
            (Disclosure::Aggregate, PrivacyClass::DpAggregate, true),
            (Disclosure::Aggregate, PrivacyClass::Aggregate, true),
            (Disclosure::Aggregate, PrivacyClass::RowLevel, false),
            (Disclosure::Rows, PrivacyClass::RowLevel, true),
        ];
        for (most, class, may) in cases {
            let prompt = Prompt::new(vec![section(PrivacyClass::Public), section(class)]);
            assert_eq!(prompt.clear(most).is_ok(), may, "{most:?} {class:?}");
        }
        let error = Prompt::new(vec![Section::rows("examples", 3, "…".into())]).clear(Disclosure::Aggregate);
        let error = error.unwrap_err();
        assert_eq!(
            error.to_string(),
            "section `examples` of a prompt is row-level, and the recipe discloses aggregate"
        );
        assert_eq!(error.hint().as_deref(), Some("allow it with `--disclose rows`, or use a local model"));
    }
}
