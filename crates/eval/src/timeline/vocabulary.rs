//! Which codes do all lives of a trio share, and what kind of event is each?

use std::collections::BTreeSet;
use verosim_timeline::{Events, Kind};

/// Codes of several sets of lives, in the order of their texts.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    texts: Vec<String>,
    kinds: Vec<Kind>,
}

impl Vocabulary {
    /// All codes of `sets`.
    #[must_use]
    pub fn of(sets: &[&Events]) -> Self {
        let texts: BTreeSet<&str> =
            sets.iter().flat_map(|events| events.codes().levels().iter().map(|level| &**level)).collect();
        let texts: Vec<String> = texts.into_iter().map(str::to_owned).collect();
        let kinds = texts.iter().map(|text| Kind::of(text)).collect();
        Self { texts, kinds }
    }

    /// Number of codes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there is no code.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The text of code number `code`.
    #[must_use]
    pub fn text(&self, code: u32) -> &str {
        &self.texts[code as usize]
    }

    /// What kind of event code number `code` names.
    #[must_use]
    pub fn kind(&self, code: u32) -> Kind {
        self.kinds[code as usize]
    }

    /// The number of a code.
    #[must_use]
    pub fn position(&self, text: &str) -> Option<u32> {
        self.texts.binary_search_by(|known| known.as_str().cmp(text)).ok().map(|at| at as u32)
    }

    /// Numbers of `prefix` and of all codes that go on behind it with `//`.
    #[must_use]
    pub fn below(&self, prefix: &str) -> Vec<u32> {
        let goes_on = |text: &str| {
            text.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with("//"))
        };
        (0..self.len() as u32).filter(|&code| goes_on(self.text(code))).collect()
    }
}
