//! Which rows may there not be: `never sex = M and pregnant = yes`?

mod error;
mod written;

pub use error::RuleError;
pub use written::{RuleText, Severity};

use super::Condition;
use crate::Table;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use verosim_core::schema::Treatment;
use verosim_core::{Kind, Schema};

/// Rules that were checked against the columns of a table. Invariant: ids are unique.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rules(Vec<Rule>);

/// A checked rule: what was written, and the conditions that it became.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// As a person wrote it.
    pub text: RuleText,
    given: Option<Condition>,
    /// What no row may be.
    never: Condition,
    /// Whether `never` was written as `then`: what every row must be.
    must: bool,
}

/// What became of rows under one rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken {
    /// Rows that break it.
    pub rows: Vec<bool>,
    /// Rows that it says something about: its `when` is met, and whether it is broken is known.
    pub applicable: usize,
}

/// Rows of a level below which an error does not name it.
const LEAST_SUPPORT: usize = 11;

impl Rules {
    /// Checks rules against the modelled columns of `schema`; `sample` is a table of them whose levels are known.
    ///
    /// # Errors
    /// [`RuleError`] with the id of the rule; the nearest column is named, and the nearest level when enough rows have it.
    pub fn check(written: &[RuleText], schema: &Schema, sample: &Table) -> Result<Self, RuleError> {
        let mut ids = BTreeSet::new();
        let mut rules = Vec::new();
        for text in written {
            if !ids.insert(text.id.as_str()) {
                return Err(RuleError::Twice { rule: text.id.clone() });
            }
            text.is_whole()?;
            let read = |condition: &str| {
                let read = Condition::parse(condition, schema, sample).map_err(|error| {
                    let source = discreet(error, schema, sample);
                    RuleError::Condition { rule: text.id.clone(), source }
                })?;
                let hidden = read.columns().into_iter().find(|name| !is_modelled(schema, name));
                match hidden.map(str::to_owned) {
                    Some(column) => Err(RuleError::NotModelled { rule: text.id.clone(), column }),
                    None => Ok(read),
                }
            };
            let given = text.when.as_deref().map(read).transpose()?;
            let (condition, must) = match (&text.never, &text.then) {
                (Some(never), _) => (never, false),
                (None, Some(then)) => (then, true),
                (None, None) => return Err(RuleError::Incomplete { rule: text.id.clone() }),
            };
            rules.push(Rule { never: read(condition)?, text: text.clone(), given, must });
        }
        Ok(Self(rules))
    }

    /// The rules, as written.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.0.iter()
    }

    /// Number of rules.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Takes the rules of `more`, whose ids differ from those here.
    pub(super) fn append(&mut self, more: &mut Self) {
        self.0.append(&mut more.0);
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Which rows of `table` break which rule, rule by rule.
    ///
    /// A rule is broken where that is certain: where a missing cell leaves it open whether its condition is met, it is
    /// not.
    #[must_use]
    pub fn broken(&self, table: &Table) -> Vec<Broken> {
        self.0.iter().map(|rule| rule.broken(table)).collect()
    }
}

impl Rule {
    fn broken(&self, table: &Table) -> Broken {
        let given = match &self.given {
            Some(given) => given.mask(table),
            None => vec![true; table.n_rows()],
        };
        let met = self.never.truth(table);
        let known = given.iter().zip(&met).filter(|(given, met)| **given && met.is_some());
        Broken {
            applicable: known.count(),
            rows: given.iter().zip(&met).map(|(&given, &met)| given && met == Some(!self.must)).collect(),
        }
    }

    /// Whether each row is one that the rule is about, and whether it holds what the rule forbids whoever it is about;
    /// `None` where a missing cell leaves that open.
    #[must_use]
    pub fn sides(&self, table: &Table) -> (Vec<Option<bool>>, Vec<Option<bool>>) {
        let given = match &self.given {
            Some(given) => given.truth(table),
            None => vec![Some(true); table.n_rows()],
        };
        let faults = self.never.truth(table).into_iter().map(|met| met.map(|met| met != self.must));
        (given, faults.collect())
    }

    /// The rule in exact words: `never …`, or `when …, then …`.
    #[must_use]
    pub fn exactly(&self) -> String {
        self.text.exactly()
    }
}

/// Whether synthetic rows have the column by learning, not by making it anew.
fn is_modelled(schema: &Schema, name: &str) -> bool {
    schema.columns.iter().any(|column| {
        column.name == name
            && column.treatment == Treatment::Model
            && !matches!(column.kind, Kind::Id | Kind::Text)
    })
}

/// An error that names a level of few people names a cell: the advice is left out.
fn discreet(error: super::ConditionError, schema: &Schema, sample: &Table) -> super::ConditionError {
    use super::ConditionError::Value;
    let Value { column, found, kind, nearest: Some(level) } = error else { return error };
    let declared = schema.index_of(&column).is_ok_and(|at| {
        let column = &schema.columns[at];
        column.levels.contains(&level) || column.order.contains(&level)
    });
    let rows = sample.column(&column).and_then(|column| column.levels()).map_or(0, |(codes, levels)| {
        let at = levels.iter().position(|known| *known == level);
        codes.iter().filter(|&&code| Some(code as usize) == at).count()
    });
    let nearest = (declared || rows >= LEAST_SUPPORT).then_some(level);
    Value { column, found, kind, nearest }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::parse;
    use crate::infer::{InferOptions, infer};
    use crate::{RawColumn, RawTable, SourceType};
    use verosim_core::Hint as _;

    fn text(id: &str) -> RuleText {
        RuleText {
            id: id.into(),
            severity: Severity::Impossible,
            words: "words".into(),
            source: None,
            never: None,
            when: None,
            then: None,
        }
    }

    fn never(condition: &str) -> RuleText {
        RuleText { never: Some(condition.into()), ..text("r") }
    }

    fn when(condition: &str, then: &str) -> RuleText {
        RuleText { when: Some(condition.into()), then: Some(then.into()), ..text("r") }
    }

    fn clinic() -> (Schema, Table) {
        let raw = crate::world::clinic(500, verosim_core::Seeded::new(1));
        let schema = infer(&raw, &InferOptions::default());
        let table = parse(&raw, &schema).unwrap();
        (schema, table)
    }

    #[test]
    fn a_rule_with_a_missing_cell_is_not_broken() {
        let column = |name: &str, cells: [&str; 5]| {
            let mut column = RawColumn::new(name, SourceType::Text);
            cells.iter().for_each(|cell| column.push(cell));
            column
        };
        let raw = RawTable::new(vec![
            column("sbp", ["120", "80", "", "80", "80"]),
            column("dbp", ["80", "90", "90", "", "90"]),
            column("sex", ["F", "M", "M", "M", ""]),
        ])
        .unwrap();
        let schema = infer(&raw, &InferOptions { kinds: kinds(), subject: None });
        let table = parse(&raw, &schema).unwrap();
        let cases = [
            (never("dbp >= sbp"), [false, true, false, false, true], 3, "two rows lack a pressure"),
            (when("sex = M", "dbp < sbp"), [false, true, false, false, false], 1, "rows 3 to 5 lack a cell"),
            (when("sex = M", "dbp is not missing"), [false, false, false, true, false], 3, "of three men"),
        ];
        for (rule, rows, applicable, origin) in cases {
            let rules = Rules::check(std::slice::from_ref(&rule), &schema, &table).unwrap();
            assert_eq!(rules.broken(&table)[0], Broken { rows: rows.to_vec(), applicable }, "{origin}");
            let back: Rules = serde_json::from_str(&serde_json::to_string(&rules).unwrap()).unwrap();
            assert_eq!(back, rules);
        }
    }

    fn kinds() -> Vec<(String, Kind)> {
        [("sbp", Kind::Count), ("dbp", Kind::Count), ("sex", Kind::Nominal)]
            .map(|(name, kind)| (name.to_owned(), kind))
            .to_vec()
    }

    #[test]
    fn rules_are_refused_in_words() {
        let (schema, table) = clinic();
        let cases = [
            (never("spb < 5"), "rule `r`: there is no column `spb`", "did you mean `sbp`?"),
            (never("sbp <"), "rule `r`: at character 6: expected a value", "write"),
            (
                never("contact_email is missing"),
                "rule `r`: column `contact_email` is not learned, so that no rule can hold in it",
                "leave the rule out",
            ),
            (text("r"), "rule `r` has neither `never` nor `when` and `then`", "write `never = "),
            (
                RuleText { then: Some("age > 1".into()), ..never("age > 1") },
                "rule `r` has `never` beside `when` or `then`",
                "write `never = ",
            ),
        ];
        for (rule, message, hint) in cases {
            let error = Rules::check(&[rule], &schema, &table).unwrap_err();
            assert_eq!(error.to_string(), message);
            assert!(error.hint().unwrap().starts_with(hint), "{:?}", error.hint());
        }
        let twice = Rules::check(&[never("age < 0"), never("age < 1")], &schema, &table).unwrap_err();
        assert_eq!(twice.to_string(), "there are two rules `r`");
    }

    #[test]
    fn advice_names_no_level_of_few_people() {
        let mut town = RawColumn::new("town", SourceType::Text);
        (0..60).for_each(|row| town.push(if row == 7 { "Zanzibar" } else { "Aalen" }));
        let raw = RawTable::new(vec![town]).unwrap();
        let kinds = vec![("town".to_owned(), Kind::Nominal)];
        let schema = infer(&raw, &InferOptions { kinds, subject: None });
        let table = parse(&raw, &schema).unwrap();
        let hint = |level: &str| {
            Rules::check(&[never(&format!("town = {level}"))], &schema, &table).unwrap_err().hint().unwrap()
        };
        assert_eq!(hint("Aalem"), "did you mean `Aalen`?");
        assert!(!hint("Zanzibat").contains("Zanzibar"));
    }
}
