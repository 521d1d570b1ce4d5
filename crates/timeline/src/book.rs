//! What do codes mean?

use std::collections::BTreeMap;

/// What is known of a code: a row of `metadata/codes.parquet`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodeEntry {
    /// In words; empty when nobody says.
    pub description: String,
    /// Codes that it is a case of.
    pub parents: Vec<String>,
}

/// What is known of codes, in order of the codes.
#[derive(Clone, Debug, Default)]
pub struct CodeBook {
    entries: BTreeMap<String, CodeEntry>,
}

impl CodeBook {
    /// Notes that `code` exists; the first description that is not empty stays.
    pub fn note(&mut self, code: &str, description: &str) {
        match self.entries.get_mut(code) {
            Some(entry) if entry.description.is_empty() => description.clone_into(&mut entry.description),
            Some(_) => {}
            None => {
                let description = description.to_owned();
                self.entries.insert(code.to_owned(), CodeEntry { description, parents: Vec::new() });
            }
        }
    }

    /// Notes that `code` is a case of `parent`.
    pub fn adopt(&mut self, code: &str, parent: &str) {
        let entry = self.entries.entry(code.to_owned()).or_default();
        if !entry.parents.iter().any(|known| known == parent) {
            entry.parents.push(parent.to_owned());
        }
    }

    /// Takes over what `other` knows and this book does not.
    pub fn extend(&mut self, other: &Self) {
        for (code, entry) in &other.entries {
            self.note(code, &entry.description);
            entry.parents.iter().for_each(|parent| self.adopt(code, parent));
        }
    }

    /// What is known of `code`.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&CodeEntry> {
        self.entries.get(code)
    }

    /// `code` in words; empty when nobody says.
    #[must_use]
    pub fn description(&self, code: &str) -> &str {
        self.get(code).map_or("", |entry| &entry.description)
    }

    /// All codes, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &CodeEntry)> {
        self.entries.iter().map(|(code, entry)| (code.as_str(), entry))
    }

    /// Number of codes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no code is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
