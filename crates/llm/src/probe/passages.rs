//! Does a text hold what stands in somebody's record, word for word?

use std::collections::BTreeSet;

/// Characters that must stand side by side, unless the whole record is shorter.
const LEAST_CHARACTERS: usize = 50;
/// Cells that a whole record must have at least: fewer are met by chance.
const LEAST_CELLS: usize = 4;
/// Between cells, whatever stood between them in the text.
const BETWEEN: char = '\u{1f}';

/// Stretches of neighbouring cells of many records.
pub(super) struct Passages(BTreeSet<String>);

impl Passages {
    /// The shortest stretches of at least 50 characters, from each cell on; of shorter records, the whole.
    pub(super) fn of(records: &[Vec<Option<String>>]) -> Self {
        let mut passages = BTreeSet::new();
        for record in records {
            let cells: Vec<&str> = record.iter().flatten().map(|cell| cell.trim()).collect();
            let mut found = false;
            for begin in 0..cells.len() {
                let mut characters = 0;
                let end = cells[begin..].iter().position(|cell| {
                    characters += cell.chars().count() + 1;
                    characters > LEAST_CHARACTERS
                });
                if let Some(end) = end {
                    found = true;
                    passages.insert(joined(&cells[begin..=begin + end]));
                }
            }
            if !found && cells.len() >= LEAST_CELLS {
                passages.insert(joined(&cells));
            }
        }
        Self(passages)
    }

    /// Those that are in none of `others`: what two tables share is nobody's own.
    pub(super) fn without(&self, others: &Self) -> Self {
        Self(self.0.difference(&others.0).cloned().collect())
    }

    /// Whether `text` holds one of them, written as CSV, JSON, lines or sentences; names of columns are passed over.
    pub(super) fn stand_in(&self, text: &str, names: &[String]) -> bool {
        let is_between = |c: char| ",;|\t\r\n{}[]\":=".contains(c);
        let cells: Vec<&str> = text
            .split(is_between)
            .map(str::trim)
            .filter(|cell| !cell.is_empty() && !names.iter().any(|name| name == cell))
            .collect();
        let text = joined(&cells);
        self.0.iter().any(|passage| text.contains(passage.as_str()))
    }
}

fn joined(cells: &[&str]) -> String {
    let mut text = String::from(BETWEEN);
    for cell in cells {
        text.push_str(cell);
        text.push(BETWEEN);
    }
    text
}

/// Groups of four characters of a text.
pub(super) fn groups_of_four(text: &str) -> BTreeSet<String> {
    let letters: Vec<char> = text.chars().collect();
    letters.windows(4).map(|group| group.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(cells: &[&str]) -> Vec<Option<String>> {
        cells.iter().map(|cell| (!cell.is_empty()).then(|| (*cell).to_owned())).collect()
    }

    #[test]
    fn a_record_is_found_however_it_is_written_and_a_part_of_it_is_not() {
        let names = ["age", "sex", "sbp", "dbp"].map(str::to_owned);
        let people = Passages::of(&[record(&["63", "F", "141", "88"])]);
        for (text, holds) in [
            ("63,F,141,88", true),
            ("nonsense 63\n63, F, 141, 88\nmore", true),
            (r#"{"age": 63, "sex": "F", "sbp": 141, "dbp": 88}"#, true),
            ("age=63; sex=F; sbp=141; dbp=88", true),
            ("163,F,141,88", false),
            ("63,F,141", false),
            ("88,141,F,63", false),
        ] {
            assert_eq!(people.stand_in(text, &names), holds, "{text}");
        }
        assert!(Passages::of(&[record(&["1", "0", ""])]).0.is_empty(), "two cells are nobody's record");
        let same = Passages::of(&[record(&["63", "F", "141", "88"])]);
        assert!(people.without(&same).0.is_empty());
    }

    #[test]
    fn fifty_characters_of_a_long_record_are_enough() {
        let cells: Vec<String> = (0..12).map(|at| format!("value {at:04}")).collect();
        let long = record(&cells.iter().map(String::as_str).collect::<Vec<_>>());
        let people = Passages::of(&[long]);
        // Ten characters and a separator each: five cells are 55.
        assert!(people.stand_in(&cells[3..8].join(","), &[]));
        assert!(!people.stand_in(&cells[3..7].join(","), &[]));
    }
}
