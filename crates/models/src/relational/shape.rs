//! What do new names of rows look like?

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use verosim_core::Seeded;
use verosim_data::RawColumn;

/// The shape of texts that name rows or people and say nothing else. Nobody's own text is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Shape {
    /// `5e765f2b-e908-4888-9fc7-df2cb87beb58`.
    Uuid,
    /// Small hexadecimal digits, at least twelve.
    Hex(usize),
    /// A number.
    Number,
    /// `#` is a digit, `A` and `a` are letters; what is neither stands as it is. These may repeat.
    Mask(String),
    /// Who and which: `17-3`.
    Plain,
}

/// Rows that one person may have of one table without names repeating.
const ROWS: u64 = 1 << 20;

impl Shape {
    /// The shape of keys: whatever they look like, new ones differ.
    pub(super) fn of_keys(cells: &RawColumn) -> Self {
        match Self::commonest(cells) {
            Some((mask, _)) if is_uuid(&mask) => Self::Uuid,
            Some((mask, _)) if mask.bytes().all(|letter| letter == b'#') => Self::Number,
            Some((mask, _)) if is_hex(cells, mask.len()) => Self::Hex(mask.len()),
            _ => Self::Plain,
        }
    }

    /// The shape of other texts that single people out, where most have one with digits; names and addresses have none.
    pub(super) fn of_texts(cells: &RawColumn) -> Option<Self> {
        let (mask, share) = Self::commonest(cells)?;
        if share < 0.5 || !mask.contains('#') || mask.contains(' ') {
            return None;
        }
        Some(match Self::of_keys(cells) {
            Self::Plain => Self::Mask(mask),
            shape => shape,
        })
    }

    fn commonest(cells: &RawColumn) -> Option<(String, f64)> {
        let mut masks: BTreeMap<String, usize> = BTreeMap::new();
        let levels = || cells.levels().iter().filter(|level| !level.is_empty());
        levels().for_each(|level| *masks.entry(mask(level)).or_default() += 1);
        let most = masks.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0)));
        most.map(|(mask, n)| (mask, n as f64 / levels().count() as f64))
    }

    /// The name of row `nth` of a person in a table: the key of `table` tells tables and draws apart.
    pub(super) fn name(&self, table: Seeded, person: i64, nth: usize) -> String {
        let number = (person as u64).wrapping_mul(ROWS).wrapping_add(nth as u64);
        let own = table.split_at(number);
        match self {
            Self::Uuid => {
                let (a, b) = (own.key(), own.split("rest").key());
                // Version 4 and variant 1 of RFC 9562.
                let (a, b) = (a & !0xf000 | 0x4000, b & (u64::MAX >> 2) | 1 << 63);
                format!(
                    "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
                    a >> 32,
                    a >> 16 & 0xffff,
                    a & 0xffff,
                    b >> 48,
                    b & 0xffff_ffff_ffff
                )
            }
            Self::Hex(length) => {
                // An odd factor and a shift are a bijection of 48 bits: names do not repeat, and do not count up.
                let room = u64::MAX >> 16;
                let walked =
                    number.wrapping_mul(table.key() | 1).wrapping_add(table.split("start").key()) & room;
                let rest = format!("{:016x}{:016x}", own.key(), own.split("rest").key());
                let name = format!("{walked:012x}{rest}{rest}");
                name.chars().take(*length).collect()
            }
            // As people have numbers, those of their rows begin with it.
            Self::Number => format!("{person}{:06}", nth + 1),
            Self::Plain => format!("{person}-{}", nth + 1),
            Self::Mask(mask) => {
                let letters = mask.chars().enumerate().map(|(at, slot)| {
                    let key = own.split_at(at as u64).key();
                    match slot {
                        '#' => char::from(b'0' + (key % 10) as u8),
                        'A' => char::from(b'A' + (key % 26) as u8),
                        'a' => char::from(b'a' + (key % 26) as u8),
                        other => other,
                    }
                });
                letters.collect()
            }
        }
    }
}

/// A text with its letters and digits masked; other signs stand, letters of other alphabets as `a`.
fn mask(text: &str) -> String {
    let of = |letter: char| match letter {
        c if c.is_numeric() => '#',
        c if c.is_uppercase() => 'A',
        c if c.is_alphabetic() => 'a',
        c if c.is_ascii_punctuation() => c,
        _ => ' ',
    };
    text.chars().take(64).map(of).collect()
}

/// Hexadecimal digits may be any of letters and digits: only the dashes tell.
fn is_uuid(mask: &str) -> bool {
    mask.len() == 36 && mask.bytes().enumerate().all(|(at, c)| (c == b'-') == matches!(at, 8 | 13 | 18 | 23))
}

fn is_hex(cells: &RawColumn, length: usize) -> bool {
    let hex =
        |level: &str| level.len() == length && level.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
    (12..=64).contains(&length) && cells.levels().iter().all(|level| level.is_empty() || hex(level))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use verosim_data::SourceType;

    fn column(cells: &[&str]) -> RawColumn {
        let mut column = RawColumn::new("x", SourceType::Text);
        cells.iter().for_each(|cell| column.push(cell));
        column
    }

    #[test]
    fn new_names_look_like_the_old_ones_and_never_repeat() {
        for (cells, want) in [
            (["9d188916-8390-282b-3ec2-73fce6e08649", ""], Shape::Uuid),
            (["75c14d779f1f", "004b7f3beaaa"], Shape::Hex(12)),
            (["2001", "3302"], Shape::Number),
            (["P-17", "Q-18"], Shape::Plain),
        ] {
            let shape = Shape::of_keys(&column(&cells));
            assert_eq!(shape, want);
            let table = Seeded::new(3).split("t");
            let names: BTreeSet<String> = (1..200)
                .flat_map(|person| (0..50).map(move |nth| (person, nth)))
                .map(|(person, nth)| shape.name(table, person, nth))
                .collect();
            assert_eq!(names.len(), 199 * 50, "{shape:?}");
            assert!(
                names.iter().all(|name| want == Shape::Plain
                    || want == Shape::Number
                    || name.len() == cells[0].len())
            );
        }
    }

    #[test]
    fn texts_of_people_are_masked_or_left_out() {
        let ssn = Shape::of_texts(&column(&["999-17-5017", "999-95-6102"])).unwrap();
        assert_eq!(ssn, Shape::Mask("###-##-####".into()));
        assert_eq!(ssn.name(Seeded::new(1), 4, 0).len(), 11);
        assert_eq!(Shape::of_texts(&column(&["784 Stamm Lock Unit 46", "141 Schinner Gate"])), None);
        assert_eq!(Shape::of_texts(&column(&["Anna", "Maynard"])), None);
    }
}
