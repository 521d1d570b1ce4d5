//! Which code does a record get, and what is noted of it?

use super::cells::{BY_ID, CONCEPTS, SOURCE};
use super::vocabulary::Vocabulary;
use super::whole::whole;
use crate::{CodeBook, Kind, code};
use hashbrown::HashSet;

/// What a record says of what it is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct What<'a> {
    pub(super) concept: &'a str,
    pub(super) source_value: &'a str,
    pub(super) source_concept: &'a str,
    pub(super) unit_concept: &'a str,
    pub(super) unit_source: &'a str,
    /// Whether the concept tells more than the source value.
    pub(super) concept_first: bool,
}

/// Makes codes, and notes what they mean.
#[derive(Debug)]
pub(super) struct Coder<'a> {
    vocabulary: Option<&'a Vocabulary>,
    book: CodeBook,
    /// Codes with their concept that were noted already.
    noted: HashSet<String>,
    key: String,
}

impl<'a> Coder<'a> {
    pub(super) fn new(vocabulary: Option<&'a Vocabulary>) -> Self {
        Self { vocabulary, book: CodeBook::default(), noted: HashSet::new(), key: String::new() }
    }

    /// The code of a record: what the vocabulary says of the source's concept, else of the standard one; else what the
    /// source says; else the concept's id.
    pub(super) fn code(&mut self, kind: Kind, what: What<'_>) -> String {
        let unit = self.unit(what);
        let known = [what.source_concept, what.concept].into_iter().find_map(|id| {
            let concept = self.vocabulary?.concept(meaning(id)?)?;
            // Visits and periods keep what they are in OMOP; few vocabularies have them.
            (!what.concept_first || id == what.concept).then_some(concept)
        });
        let (system, value) = match known {
            Some(concept) => (concept.system.as_str(), concept.code.as_str()),
            None if what.concept_first && meaning(what.concept).is_some() => (CONCEPTS, what.concept),
            None if !what.source_value.is_empty() => (SOURCE, what.source_value),
            None if meaning(what.concept).is_none() && meaning(what.source_concept).is_some() => {
                (CONCEPTS, what.source_concept)
            }
            None => (CONCEPTS, if what.concept.is_empty() { "0" } else { what.concept }),
        };
        // A vaccine is a drug in OMOP.
        let kind = if kind == Kind::Drug && system == "CVX" { Kind::Immunization } else { kind };
        let made =
            if unit.is_empty() { code(kind, &[system, value]) } else { code(kind, &[system, value, &unit]) };
        self.note(kind, &made, what);
        made
    }

    fn unit(&self, what: What<'_>) -> String {
        let id = meaning(what.unit_concept);
        if let Some(concept) = id.and_then(|id| self.vocabulary?.concept(id)) {
            return concept.code.clone();
        }
        match id {
            _ if !what.unit_source.is_empty() => what.unit_source.to_owned(),
            Some(id) => format!("{BY_ID}{id}"),
            None => String::new(),
        }
    }

    /// Notes a code that was made otherwise.
    pub(super) fn mention(&mut self, code: &str) {
        if !self.noted.contains(code) {
            self.noted.insert(code.to_owned());
            self.book.note(code, "");
        }
    }

    /// Notes words and the standard concept, once for every pair of code and concept.
    fn note(&mut self, kind: Kind, made: &str, what: What<'_>) {
        self.key.clear();
        self.key.extend([made, "\n", what.concept]);
        if self.noted.contains(&self.key) {
            return;
        }
        self.noted.insert(self.key.clone());
        let name = |id: &str| {
            let concept = self.vocabulary?.concept(meaning(id)?)?;
            Some(concept.name.as_str())
        };
        let words = name(what.source_concept).or_else(|| name(what.concept)).unwrap_or_default();
        self.book.note(made, words);
        let Some(id) = meaning(what.concept) else { return };
        let parent = code(kind, &[CONCEPTS, what.concept]);
        if parent == made {
            return;
        }
        self.book.adopt(made, &parent);
        let standard = self.vocabulary.and_then(|known| known.concept(known.standard(id)?));
        if let Some(concept) = standard {
            let standard = code(kind, &[&concept.system, &concept.code]);
            if standard != made {
                self.book.adopt(made, &standard);
                self.book.note(&standard, &concept.name);
            }
        }
    }

    pub(super) fn finish(self) -> CodeBook {
        self.book
    }
}

/// A concept id that means something: not empty, not 0.
pub(super) fn meaning(id: &str) -> Option<i64> {
    whole(id).filter(|&id| id != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_vocabulary_the_source_speaks() {
        let mut coder = Coder::new(None);
        let what = What { concept: "372328", source_value: "65363002", ..What::default() };
        assert_eq!(coder.code(Kind::Condition, what), "CONDITION//SOURCE//65363002");
        assert_eq!(coder.code(Kind::Condition, What { source_value: "", ..what }), "CONDITION//OMOP//372328");
        let visit =
            What { concept: "9202", source_value: "3528b5de", concept_first: true, ..What::default() };
        assert_eq!(coder.code(Kind::Visit, visit), "VISIT//OMOP//9202");
        let unit = What { unit_concept: "9529", ..what };
        assert_eq!(coder.code(Kind::Measurement, unit), "MEASUREMENT//SOURCE//65363002//OMOP:9529");
        assert_eq!(coder.code(Kind::Condition, What::default()), "CONDITION//OMOP//0");
        let book = coder.finish();
        assert_eq!(book.get("CONDITION//SOURCE//65363002").unwrap().parents, ["CONDITION//OMOP//372328"]);
    }
}
