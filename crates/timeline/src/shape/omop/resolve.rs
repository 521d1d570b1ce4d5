//! Which concepts does a code stand for, when its record does not say?

use super::cells::{BY_ID, CONCEPTS, Coded, SOURCE};
use super::code::meaning;
use super::known;
use super::vocabulary::{Vocabulary, Wanted, alike};
use crate::{CodeBook, Kind, TimelineError};
use hashbrown::HashMap;
use std::path::Path;
use verosim_core::Context;

/// The concepts of a code; 0 for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Concepts {
    /// The standard concept.
    pub(super) standard: i64,
    /// The concept of the source's own code.
    pub(super) source: i64,
}

/// Finds concepts of codes.
#[derive(Debug, Default)]
pub(super) struct Resolver {
    book: CodeBook,
    vocabulary: Option<Vocabulary>,
    memory: HashMap<String, Concepts>,
}

impl Resolver {
    /// A resolver that knows what `book` says (parents that are concept ids), and of the vocabulary what `book` names.
    pub(super) fn new(
        book: CodeBook,
        vocabulary: Option<&Path>,
        ctx: Context<'_>,
    ) -> Result<Self, TimelineError> {
        let vocabulary = match vocabulary {
            Some(folder) => Some(Vocabulary::load(folder, &wanted(&book), ctx)?),
            None => None,
        };
        Ok(Self { book, vocabulary, memory: HashMap::new() })
    }

    /// The concepts of a code.
    pub(super) fn concepts(&mut self, code: &str) -> Concepts {
        if let Some(&known) = self.memory.get(code) {
            return known;
        }
        let found = self.find(code);
        self.memory.insert(code.to_owned(), found);
        found
    }

    fn find(&self, code: &str) -> Concepts {
        let coded = Coded::of(code);
        if let Some(id) = coded.concept().and_then(meaning) {
            return Concepts { standard: id, source: 0 };
        }
        let vocabulary = self.vocabulary.as_ref();
        if let Some(source) = vocabulary.and_then(|known| known.id(coded.system, coded.value)) {
            let standard = vocabulary.and_then(|known| known.standard(source)).unwrap_or_default();
            return Concepts { standard, source };
        }
        let parents = self.book.get(code).map_or(&[][..], |entry| &entry.parents);
        let recorded = parents.iter().find_map(|parent| meaning(Coded::of(parent).concept()?));
        let everywhere = || known::concept(Kind::of(code), code, coded.value);
        Concepts { standard: recorded.or_else(everywhere).unwrap_or_default(), source: 0 }
    }

    /// The concept of a unit; 0 for none.
    pub(super) fn unit(&self, unit: &str) -> i64 {
        self.vocabulary.as_ref().and_then(|known| known.id("UCUM", unit)).unwrap_or_default()
    }

    pub(super) fn vocabulary(&self) -> Option<&Vocabulary> {
        self.vocabulary.as_ref()
    }
}

/// What the vocabulary is asked for: every code of the book in its system, every unit, every concept id.
fn wanted(book: &CodeBook) -> Wanted {
    let mut wanted = Wanted::default();
    for (code, entry) in book.iter() {
        for code in std::iter::once(code).chain(entry.parents.iter().map(String::as_str)) {
            let Coded { system, value, unit } = Coded::of(code);
            if system == CONCEPTS {
                wanted.ids.insert(meaning(value).unwrap_or_default());
            } else if system != SOURCE && !value.is_empty() {
                wanted.codes.insert((alike(system), value.to_owned()));
            }
            if let Some(id) = unit.strip_prefix(BY_ID) {
                wanted.ids.insert(meaning(id).unwrap_or_default());
            } else if !unit.is_empty() {
                wanted.codes.insert((alike("UCUM"), unit.to_owned()));
            }
        }
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concepts_come_from_the_code_its_parents_and_common_knowledge() {
        let mut book = CodeBook::default();
        book.adopt("CONDITION//SOURCE//65363002", "CONDITION//OMOP//372328");
        let mut resolver = Resolver::new(book, None, Context::silent()).unwrap();
        for (code, standard) in [
            ("CONDITION//SOURCE//65363002", 372_328),
            ("CONDITION//OMOP//7", 7),
            ("CONDITION//SNOMED//65363002", 0),
            ("VISIT//ENCOUNTERCLASS//inpatient", 9_201),
            ("SEX//F", 8_532),
        ] {
            assert_eq!(resolver.concepts(code), Concepts { standard, source: 0 }, "{code}");
        }
    }
}
