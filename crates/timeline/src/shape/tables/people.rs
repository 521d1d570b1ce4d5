//! Which number does a patient have, and when did the patient live?

use crate::event::STATIC;
use hashbrown::{HashMap, HashSet};

/// The patients of a folder.
#[derive(Debug, Default)]
pub(super) struct People {
    /// Numbers by text, in order of appearance; `None` when the texts are numbers themselves.
    texts: Option<HashMap<Box<str>, i64>>,
    /// Who has a row of his own.
    known: HashSet<i64>,
    lives: HashMap<i64, (i64, i64)>,
}

impl People {
    /// The patients of these ids, which come in the order of the file.
    pub(super) fn new<'a>(ids: impl Iterator<Item = &'a str> + Clone) -> Self {
        let mut people = Self::default();
        if !ids.clone().all(|id| plain(id).is_some()) {
            people.texts = Some(HashMap::new());
        }
        for id in ids {
            if let Some(number) = people.number(id) {
                people.known.insert(number);
            }
        }
        people
    }

    /// Whether ids are texts that were numbered.
    pub(super) fn are_texts(&self) -> bool {
        self.texts.is_some()
    }

    /// The number of an id; new texts get the next one. `None` when ids are numbers and this is none.
    pub(super) fn number(&mut self, id: &str) -> Option<i64> {
        match &mut self.texts {
            None => plain(id),
            Some(texts) => {
                if let Some(&number) = texts.get(id) {
                    return Some(number);
                }
                let next = texts.len() as i64 + 1;
                texts.insert(id.into(), next);
                Some(next)
            }
        }
    }

    /// Whether there is a row for this patient.
    pub(super) fn is_known(&self, number: i64) -> bool {
        self.known.contains(&number)
    }

    /// How many there are rows for.
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    pub(super) fn note_birth(&mut self, number: i64, time: i64) {
        self.lives.entry(number).or_insert((STATIC, STATIC)).0 = time;
    }

    pub(super) fn note_death(&mut self, number: i64, time: i64) {
        self.lives.entry(number).or_insert((STATIC, STATIC)).1 = time;
    }

    /// Birth and death; [`STATIC`] where not known.
    pub(super) fn life(&self, number: i64) -> (i64, i64) {
        self.lives.get(&number).copied().unwrap_or((STATIC, STATIC))
    }
}

/// The number that a text is and that is written so.
fn plain(id: &str) -> Option<i64> {
    let number: i64 = id.parse().ok()?;
    let digits = id.strip_prefix('-').unwrap_or(id);
    (digits == "0" || !digits.starts_with(['0', '+'])).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_and_texts_are_numbered_in_order() {
        let mut people = People::new(["12", "7"].into_iter());
        assert_eq!((people.number("7"), people.number("x"), people.are_texts()), (Some(7), None, false));
        let mut people = People::new(["b", "7", "a"].into_iter());
        assert_eq!(
            (people.number("a"), people.number("b"), people.number("new")),
            (Some(3), Some(1), Some(4))
        );
        assert!(people.is_known(3) && !people.is_known(4));
        assert!(People::new(["07", "7"].into_iter()).are_texts(), "leading zeros make other people");
    }
}
