//! How many records were taken, repaired and refused, why, and from which groups?

use super::{Acceptance, Reason};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The account of an acceptance loop. Refusing is not neutral: it bends the output, so it is told by group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Records that replies held.
    pub produced: u64,
    /// Of these, further candidates for a record: that they are not taken is no failure.
    #[serde(default)]
    pub beside: u64,
    /// Records taken.
    pub accepted: u64,
    /// Records taken after a repair (thousands separators, units, letter case, decimals).
    pub repaired: u64,
    /// Records refused, by reason.
    pub rejected: BTreeMap<Reason, u64>,
    /// Refusals that one column caused, by its name and the reason.
    pub columns: BTreeMap<String, BTreeMap<Reason, u64>>,
    /// Records refused, by the id of each rule that they break.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rules: BTreeMap<String, u64>,
    /// Yield by the value of a column: the target and the subgroups.
    pub groups: Vec<GroupYield>,
}

/// What became of the records of one group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupYield {
    /// Column.
    pub column: String,
    /// Value as the model saw it.
    pub value: String,
    /// Records whose cell of that column read as this value.
    pub produced: u64,
    /// Of these, taken.
    pub accepted: u64,
}

impl Tally {
    /// Counts a record that was taken.
    pub fn accept(&mut self, repaired: bool) {
        self.produced += 1;
        self.accepted += 1;
        self.repaired += u64::from(repaired);
    }

    /// Counts a record that was refused, because of `column` when one is to blame.
    pub fn reject(&mut self, reason: Reason, column: Option<&str>) {
        self.produced += 1;
        *self.rejected.entry(reason).or_default() += 1;
        if let Some(column) = column {
            *self.columns.entry(column.to_owned()).or_default().entry(reason).or_default() += 1;
        }
    }

    /// Counts a record that breaks rules under each of them; [`reject`](Self::reject) counts it as refused.
    pub fn breaks<'a>(&mut self, ids: impl IntoIterator<Item = &'a str>) {
        for id in ids {
            *self.rules.entry(id.to_owned()).or_default() += 1;
        }
    }

    /// Counts candidates beside the first for a record; each of them is also taken or refused.
    pub fn beside(&mut self, candidates: u64) {
        self.beside += candidates;
    }

    /// Counts a record towards its group.
    pub fn group(&mut self, column: &str, value: &str, accepted: bool) {
        let known = self.groups.iter().position(|group| group.column == column && group.value == value);
        let at = known.unwrap_or_else(|| {
            let (column, value) = (column.to_owned(), value.to_owned());
            self.groups.push(GroupYield { column, value, produced: 0, accepted: 0 });
            self.groups.len() - 1
        });
        let group = &mut self.groups[at];
        group.produced += 1;
        group.accepted += u64::from(accepted);
    }

    /// What is known about the share that is taken: of records, however many candidates there were for each.
    #[must_use]
    pub fn acceptance(&self) -> Acceptance {
        Acceptance { produced: self.produced.saturating_sub(self.beside), accepted: self.accepted }
    }

    /// Adds the counts of another loop.
    pub fn add(&mut self, other: &Self) {
        self.produced += other.produced;
        self.beside += other.beside;
        self.accepted += other.accepted;
        self.repaired += other.repaired;
        for (reason, n) in &other.rejected {
            *self.rejected.entry(*reason).or_default() += n;
        }
        for (column, reasons) in &other.columns {
            let own = self.columns.entry(column.clone()).or_default();
            for (reason, n) in reasons {
                *own.entry(*reason).or_default() += n;
            }
        }
        for (rule, n) in &other.rules {
            *self.rules.entry(rule.clone()).or_default() += n;
        }
        for group in &other.groups {
            let found =
                self.groups.iter_mut().find(|own| own.column == group.column && own.value == group.value);
            match found {
                Some(own) => {
                    own.produced += group.produced;
                    own.accepted += group.accepted;
                }
                None => self.groups.push(group.clone()),
            }
        }
    }

    /// The rule that refused most records.
    fn worst_rule(&self) -> Option<&str> {
        let worst = self.rules.iter().max_by_key(|(id, n)| (**n, std::cmp::Reverse(*id)));
        worst.map(|(id, _)| id.as_str())
    }

    /// The commonest reasons with their counts, in words: `312 out of range, 20 unreadable`.
    #[must_use]
    pub fn words(&self) -> String {
        let mut reasons: Vec<(Reason, u64)> = self.rejected.iter().map(|(reason, n)| (*reason, *n)).collect();
        reasons.sort_by_key(|&(reason, n)| (std::cmp::Reverse(n), reason));
        let words = reasons.iter().take(4).map(|(reason, n)| match (reason, self.worst_rule()) {
            (Reason::Rule, Some(rule)) => format!("{n} {}, mostly `{rule}`", reason.words()),
            _ => format!("{n} {}", reason.words()),
        });
        words.collect::<Vec<String>>().join(", ")
    }
}
