//! What is a model shown of a table, and what must it say to show that it knows the rest?

use super::{Published, Test};
use crate::codec::fields;
use rand::RngExt as _;
use rand::seq::SliceRandom as _;
use verosim_core::{PrivacyClass, Section, Seeded, Speaker};
use verosim_math::text::Pattern;

/// One question.
pub(super) struct Trial {
    pub(super) section: Section,
    pub(super) max_tokens: u32,
    pub(super) wants: Wants,
}

/// What stood in the file.
pub(super) enum Wants {
    /// A stretch of it, others like it, and the part of its first line that was shown.
    Stretch { own: String, others: Vec<String>, begun: String },
    /// A line.
    Line(Vec<String>),
    /// A cell.
    Cell(String),
    /// Names of columns.
    Names(Vec<String>),
}

/// Rows that a table must have: the beginning of the file, ten lines before each row, and enough others.
pub const LEAST_ROWS: usize = 40;
/// In the place of a cell; `?` would be a missing marker of many tables.
const HOLE: &str = "[MASK]";
/// Questions of the tests that draw rows.
const TRIALS: usize = 25;
/// Lines in which the beginning of the file is cut, from the second on.
const CUTS: usize = 8;
/// Lines before the one that is asked for.
const BEFORE: usize = 10;
/// Other stretches of the file.
pub(super) const OTHERS: usize = 25;
/// Most characters of a stretch.
const STRETCH: usize = 300;

/// All questions about `table`, of which `unique` is the column with the most distinct values.
pub(super) fn trials(table: &Published, unique: usize, seed: Seeded) -> Vec<Trial> {
    let mut trials: Vec<Trial> =
        (1..=CUTS).map(|row| header(table, row, seed.split("header").split_at(row as u64))).collect();
    trials.extend(some(BEFORE..table.n_rows(), TRIALS, seed.split("rows")).into_iter().map(|row| {
        let text = format!(
            "These are consecutive lines of a public table, below its header. Write the line that follows in the file, \
             and nothing else.\n\n{}",
            table.lines(row - BEFORE..row)
        );
        let cells = table.rows[row].clone();
        Trial {
            section: Section::rows("published", BEFORE, text),
            max_tokens: 64 + table.line(row).len() as u32,
            wants: Wants::Line(cells),
        }
    }));
    trials.extend(some(0..table.n_rows(), TRIALS, seed.split("cells")).into_iter().map(|row| {
        let mut cells = table.rows[row].clone();
        let cell = std::mem::replace(&mut cells[unique], HOLE.into());
        let text = format!(
            "In this line of a public table the cell of `{}` was replaced by {HOLE}. Answer with what stood there, and \
             nothing else.\n\n{}\n{}",
            table.columns[unique],
            table.header(),
            super::published::line(&cells)
        );
        Trial { section: Section::rows("published", 1, text), max_tokens: 64, wants: Wants::Cell(cell) }
    }));
    trials
}

/// The question for the second half of the names.
pub(super) fn names(table: &Published, name: &str) -> (Trial, f64) {
    let (shown, hidden) = table.columns.split_at(table.columns.len().div_ceil(2));
    let text = format!(
        "The public table `{name}` begins with the columns {}. Name the {} that follow, with commas between them, and \
         nothing else.",
        super::published::line(shown),
        hidden.len()
    );
    let trial = Trial {
        section: Section::new("names", Speaker::User, PrivacyClass::Metadata, text),
        max_tokens: 64 + 16 * hidden.len() as u32,
        wants: Wants::Names(hidden.to_vec()),
    };
    (trial, super::guess::of_names(shown, hidden))
}

fn header(table: &Published, row: usize, seed: Seeded) -> Trial {
    let mut rng = seed.rng();
    let line = table.line(row);
    let cut = rng.random_range(0.3..0.7);
    let begun: String = line.chars().take((cut * line.chars().count() as f64) as usize).collect();
    let from = |row: usize, begun: usize| -> String {
        let lines: Vec<String> = (row..(row + 3).min(table.n_rows())).map(|row| table.line(row)).collect();
        lines.join("\n").chars().skip(begun).take(STRETCH).collect()
    };
    let n = begun.chars().count();
    let text = format!(
        "This is the beginning of a public table. Go on exactly where it stops, as the file does, and write nothing \
         else.\n\n{}\n{begun}",
        table.lines(0..row)
    );
    let far = CUTS + 3..table.n_rows() - 3;
    let others = some(far, OTHERS, seed.split("others")).into_iter().map(|row| from(row, n)).collect();
    Trial {
        section: Section::rows("published", row + 1, text),
        max_tokens: 64 + STRETCH as u32,
        wants: Wants::Stretch { own: from(row, n), others, begun },
    }
}

/// At most `n` different rows of a range, at random.
fn some(range: std::ops::Range<usize>, n: usize, seed: Seeded) -> Vec<usize> {
    let mut rows: Vec<usize> = range.collect();
    rows.shuffle(&mut seed.rng());
    rows.truncate(n);
    rows
}

impl Wants {
    /// What an answer shows: tests with what is right and what was asked.
    pub(super) fn shown_by(&self, reply: &str) -> Vec<(Test, u64, u64)> {
        let mut lines = reply.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("```"));
        match self {
            Self::Stretch { own, others, begun } => {
                let said: Vec<&str> = lines.collect();
                let said = said.join("\n");
                let said = said.strip_prefix(begun.as_str()).unwrap_or(&said);
                let own = distance(said, own);
                let is_nearest = others.iter().all(|other| own < distance(said, other));
                vec![(Test::Header, u64::from(is_nearest), 1)]
            }
            Self::Line(cells) => {
                let said = lines.next().and_then(|line| fields(line.trim())).unwrap_or_default();
                let first = said.first().is_some_and(|cell| cells.first() == Some(cell));
                vec![(Test::Row, u64::from(said == *cells), 1), (Test::FirstToken, u64::from(first), 1)]
            }
            Self::Cell(cell) => {
                let said = lines.next().unwrap_or_default().trim().trim_matches(['"', '`', '\'']);
                vec![(Test::Feature, u64::from(said == cell), 1)]
            }
            Self::Names(names) => {
                // No more than twice as many as asked for: a list of all words is no knowledge.
                let said: Vec<String> = reply
                    .split([',', '\n'])
                    .map(|name| name.trim().trim_matches(['"', '`', '\'', '*', '-', ' ']).to_lowercase())
                    .take(2 * names.len())
                    .collect();
                let right = names.iter().filter(|name| said.contains(&name.to_lowercase())).count();
                vec![(Test::Names, right as u64, names.len() as u64)]
            }
        }
    }
}

/// Edit distance of `wanted` to as much of `said`, in bytes.
fn distance(said: &str, wanted: &str) -> usize {
    let said: String = said.chars().take(wanted.chars().count()).collect();
    let most = wanted.len().max(said.len());
    Pattern::new(wanted.as_bytes()).distance(said.as_bytes(), most).unwrap_or(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stood_in_the_file_counts() {
        let line = Wants::Line(vec!["63".into(), "a, b".into(), String::new()]);
        let shown = |reply: &str| line.shown_by(reply).iter().map(|(_, right, _)| *right).collect::<Vec<_>>();
        assert_eq!(shown("63,\"a, b\","), [1, 1]);
        assert_eq!(shown("```\n63,\"a, b\",\n```"), [1, 1]);
        assert_eq!(shown("63,b,"), [0, 1]);
        assert_eq!(shown("I do not know."), [0, 0]);
        let cell = Wants::Cell("12.5".into());
        assert_eq!(cell.shown_by("12.5")[0].1, 1);
        assert_eq!(cell.shown_by("12.50")[0].1, 0);
        let names = Wants::Names(vec!["chol".into(), "thalach".into()]);
        assert_eq!(names.shown_by("`chol`, sex"), [(Test::Names, 1, 2)]);
        assert_eq!(names.shown_by("a, b, c, d, chol, thalach"), [(Test::Names, 0, 2)]);
    }

    #[test]
    fn a_continuation_must_be_nearer_to_its_own_place_than_to_any_other() {
        let stretch = |others: &[&str]| Wants::Stretch {
            own: "41,F,1\n55,M,0".into(),
            others: others.iter().map(|other| (*other).to_owned()).collect(),
            begun: "63,".into(),
        };
        let told = |wants: Wants, reply: &str| wants.shown_by(reply)[0].1;
        assert_eq!(
            told(stretch(&["17,M,1\n20,M,1"]), "63,41,F,1\n55,M,0\n12,F,1"),
            1,
            "the start said again"
        );
        assert_eq!(told(stretch(&["17,M,1\n20,M,1"]), "17,M,1\n20,M,0"), 0);
        assert_eq!(
            told(stretch(&["41,F,1\n55,M,0"]), "41,F,1\n55,M,0"),
            0,
            "what stands twice proves nothing"
        );
    }
}
