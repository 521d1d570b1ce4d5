//! Who is asked about, in the words that a model would use?

use crate::accept::Record;
use crate::card::Card;
use rand::Rng;
use rand::seq::SliceRandom as _;
use std::collections::BTreeMap;

/// Most people of one table whose records are looked for in answers.
const MOST: usize = 1_000;

/// People of one table in random order, as texts by column of the card; the private fact of each is known.
pub(super) struct People {
    pub(super) texts: Vec<Vec<Option<String>>>,
}

impl People {
    pub(super) fn new(card: &Card, records: &[Record], sensitive: usize, rng: &mut impl Rng) -> Self {
        let order: Vec<usize> = (0..card.columns().len()).collect();
        let mut rows: Vec<usize> = (0..records.len()).collect();
        rows.shuffle(rng);
        let all = rows.into_iter().map(|row| records[row].texts(card, &order));
        Self { texts: all.filter(|texts| texts[sensitive].is_some()).take(MOST).collect() }
    }

    /// Keeps the first `n`, so that members and strangers are equally many.
    pub(super) fn keep(&mut self, n: usize) {
        self.texts.truncate(n);
    }

    /// What somebody guesses of a column who knows nothing but how common each value is.
    pub(super) fn commonest(&self, column: usize) -> Option<&str> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for text in self.texts.iter().filter_map(|texts| texts[column].as_deref()) {
            *counts.entry(text).or_default() += 1;
        }
        counts.into_iter().max_by_key(|(_, n)| *n).map(|(text, _)| text)
    }
}
