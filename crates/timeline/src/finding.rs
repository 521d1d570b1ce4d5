//! What was wrong with the data, how often, where first, and what became of it?

use std::collections::BTreeMap;

/// What became of the rows that a finding tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// They are in the timeline as they came.
    Kept,
    /// They are in the timeline without a part that did not read.
    KeptInPart,
    /// They are not in the timeline.
    SetAside,
    /// What the target cannot carry.
    NotCarried,
}

impl Fate {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Kept => "kept as they came",
            Self::KeptInPart => "kept without it",
            Self::SetAside => "set aside",
            Self::NotCarried => "not carried",
        }
    }
}

/// One kind of trouble in one place. Never a cell.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// Table, file or column: `conditions.PATIENT`.
    pub place: String,
    /// What: `names a patient that no row of patients has`.
    pub what: String,
    /// What became of the rows.
    pub fate: Fate,
    /// How many.
    pub count: u64,
    /// Line numbers or row numbers of the first ones, counted from 1; at most five.
    pub first: Vec<u64>,
}

/// Most row numbers told per finding.
const SHOWN: usize = 5;

/// Everything that was noticed, in order of place and kind.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    found: BTreeMap<(String, String, Fate), (u64, Vec<u64>)>,
}

impl Findings {
    /// Notes one row; `at` is its line or row number counted from 1, 0 where it has none.
    pub fn note(&mut self, place: &str, what: &str, fate: Fate, at: u64) {
        self.count(place, what, fate, 1, at);
    }

    /// Notes `count` rows of which the first is at `at`.
    pub fn count(&mut self, place: &str, what: &str, fate: Fate, count: u64, at: u64) {
        if count == 0 {
            return;
        }
        let (all, first) = self.found.entry((place.to_owned(), what.to_owned(), fate)).or_default();
        *all += count;
        if at > 0 && first.len() < SHOWN {
            first.push(at);
        }
    }

    /// Adds what others noticed.
    pub fn extend(&mut self, other: &Self) {
        for ((place, what, fate), (count, first)) in &other.found {
            let mine = self.found.entry((place.clone(), what.clone(), *fate)).or_default();
            mine.0 += count;
            mine.1.extend(first);
            mine.1.truncate(SHOWN);
        }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Finding> + '_ {
        self.found.iter().map(|((place, what, fate), (count, first))| Finding {
            place: place.clone(),
            what: what.clone(),
            fate: *fate,
            count: *count,
            first: first.clone(),
        })
    }

    /// Whether nothing was noticed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// How many rows have that fate.
    #[must_use]
    pub fn total(&self, fate: Fate) -> u64 {
        self.found.iter().filter(|((_, _, of), _)| *of == fate).map(|(_, (count, _))| count).sum()
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "{}: {} {}, {}", self.place, self.count, self.what, self.fate.words())?;
        if !self.first.is_empty() {
            let lines: Vec<String> = self.first.iter().map(u64::to_string).collect();
            write!(
                to,
                " (lines {}{})",
                lines.join(", "),
                if self.count > lines.len() as u64 { ", …" } else { "" }
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_count_and_locate() {
        let mut findings = Findings::default();
        for line in 2..10 {
            findings.note("labs.time", "rows without a time", Fate::SetAside, line);
        }
        findings.note("labs.value", "values that are no numbers", Fate::KeptInPart, 7);
        let told: Vec<String> = findings.iter().map(|finding| finding.to_string()).collect();
        assert_eq!(told[0], "labs.time: 8 rows without a time, set aside (lines 2, 3, 4, 5, 6, …)");
        assert_eq!(told[1], "labs.value: 1 values that are no numbers, kept without it (lines 7)");
        assert_eq!((findings.total(Fate::SetAside), findings.total(Fate::Kept)), (8, 0));
    }
}
