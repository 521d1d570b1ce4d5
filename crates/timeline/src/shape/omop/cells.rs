//! Which cell does an event's own part give to a column?
//!
//! The one place that both ways ask: the reader stores only the cells that this would not give back, and the writer writes
//! what was stored, else what this gives.

use super::layout::Role;
use crate::event::{STATIC, instant};
use std::borrow::Cow;

/// The system of codes that are concept ids.
pub(super) const CONCEPTS: &str = "OMOP";
/// The system of codes of which only the data know the meaning.
pub(super) const SOURCE: &str = "SOURCE";
/// How a unit or a value is written that is known by its concept id only.
pub(super) const BY_ID: &str = "OMOP:";
/// Before the names of extra columns that hold a cell as it came.
pub(super) const RAW: &str = "raw.";
/// The extra column that names the columns that were empty although the event would fill them.
pub(super) const EMPTY: &str = "raw.empty";

/// The parts of a code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Coded<'a> {
    /// Empty when the code names none: `SEX//F`.
    pub(super) system: &'a str,
    pub(super) value: &'a str,
    pub(super) unit: &'a str,
}

impl<'a> Coded<'a> {
    pub(super) fn of(code: &'a str) -> Self {
        let mut parts = code.splitn(4, "//").skip(1);
        match (parts.next(), parts.next(), parts.next()) {
            (Some(value), None, _) => Self { value, ..Self::default() },
            (Some(system), Some(value), unit) => Self { system, value, unit: unit.unwrap_or_default() },
            _ => Self::default(),
        }
    }

    /// The concept id, when that is what the code says.
    pub(super) fn concept(self) -> Option<&'a str> {
        (self.system == CONCEPTS).then_some(self.value)
    }
}

/// The part of an event that every shape has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Canon<'a> {
    pub(super) time: i64,
    pub(super) end: i64,
    pub(super) coded: Coded<'a>,
    pub(super) number: f32,
    pub(super) text: &'a str,
    pub(super) visit: &'a str,
}

impl<'a> Canon<'a> {
    /// The cell of a column of that role; empty where the event says nothing of it.
    pub(super) fn cell(&self, role: Role) -> Cow<'a, str> {
        let day = |at: i64| written(at, instant::Style::Date);
        let second = |at: i64| written(at, instant::Style::Datetime);
        let Coded { system, value, unit } = self.coded;
        match role {
            Role::StartDate => day(self.time).into(),
            Role::StartTime => second(self.time).into(),
            Role::EndDate => day(self.end).into(),
            Role::EndTime => second(self.end).into(),
            Role::Concept => self.coded.concept().unwrap_or_default().into(),
            Role::SourceValue if system != CONCEPTS => value.into(),
            Role::UnitConcept => unit.strip_prefix(BY_ID).unwrap_or_default().into(),
            Role::UnitSource if !unit.starts_with(BY_ID) => unit.into(),
            Role::Number => number(self.number).into(),
            Role::ValueConcept => self.text.strip_prefix(BY_ID).unwrap_or_default().into(),
            Role::ValueSource if self.text.is_empty() => number(self.number).into(),
            Role::Text | Role::ValueSource if !self.text.starts_with(BY_ID) => self.text.into(),
            Role::Visit => self.visit.into(),
            _ => "".into(),
        }
    }
}

/// A number as it is written; empty for none.
pub(super) fn number(number: f32) -> String {
    if number.is_finite() { number.to_string() } else { String::new() }
}

/// An instant as it is written; empty for none, and for what lies beyond the calendar.
pub(super) fn written(at: i64, style: instant::Style) -> String {
    if at == STATIC { String::new() } else { instant::write(at, style).unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_split_into_their_parts() {
        let coded = |system, value, unit| Coded { system, value, unit };
        assert_eq!(Coded::of("MEASUREMENT//LOINC//2339-0//mg//dL"), coded("LOINC", "2339-0", "mg//dL"));
        assert_eq!(Coded::of("SEX//F"), coded("", "F", ""));
        assert_eq!(Coded::of("MEDS_BIRTH"), Coded::default());
        assert_eq!(Coded::of("CONDITION//OMOP//0").concept(), Some("0"));
    }

    #[test]
    fn columns_get_what_the_event_says() {
        let canon = Canon {
            time: instant::day(2024, 3, 20).unwrap() + 90 * instant::SECOND,
            end: STATIC,
            coded: Coded::of("MEASUREMENT//SOURCE//29463-7//kg"),
            number: 48.1,
            text: "",
            visit: "33",
        };
        for (role, cell) in [
            (Role::StartDate, "2024-03-20"),
            (Role::StartTime, "2024-03-20 00:01:30"),
            (Role::EndDate, ""),
            (Role::Concept, ""),
            (Role::SourceValue, "29463-7"),
            (Role::UnitSource, "kg"),
            (Role::UnitConcept, ""),
            (Role::Number, "48.1"),
            (Role::ValueSource, "48.1"),
            (Role::Visit, "33"),
            (Role::Plain, ""),
        ] {
            assert_eq!(canon.cell(role), cell, "{role:?}");
        }
        let canon =
            Canon { coded: Coded::of("OBSERVATION//OMOP//7//OMOP:9529"), text: "OMOP:4188539", ..canon };
        assert_eq!(
            (canon.cell(Role::UnitConcept), canon.cell(Role::ValueConcept)),
            ("9529".into(), "4188539".into())
        );
        assert_eq!((canon.cell(Role::Concept), canon.cell(Role::SourceValue)), ("7".into(), "".into()));
    }
}
