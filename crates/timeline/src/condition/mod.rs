//! Which people meet `sex = F and age in 60..80 and has(ICD10:E11)`?

mod read;
#[cfg(test)]
mod tests;

pub use read::ConditionError;

use crate::event::{Person, instant};
use crate::{Kind, Sex};
use serde::{Deserialize, Serialize};

/// A condition on people.
///
/// Grammar: `sex = F` and likewise `race`, `ethnicity`, `marital`, `language`, `insurance` (also `!=`, `in (a, b)`);
/// `age`, `events`, `visits` with `= != < <= > >=` or `in 60..80` (both ends included), where `age` is that at the first
/// event behind the birth; `died`; `has(SYSTEM:CODE)`, which a code meets that lies in the system and begins with the
/// code, dots aside (`has(ICD10:E11)`), and `has(CODE)` with a whole code; joined by `and`, `or`, `not` and parentheses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonCondition(Node);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    /// A static fact is one of these, in small letters.
    Fact(Fact, Vec<String>),
    /// A number lies in a range.
    Number(Number, Range),
    Died,
    Has(Wanted),
}

/// A static fact by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Sex,
    Race,
    Ethnicity,
    Marital,
    Language,
    Insurance,
}

/// A number that every person has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Number {
    Age,
    Events,
    Visits,
}

/// A range of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Range {
    low: f64,
    high: f64,
    /// Whether the ends belong to it.
    closed: [bool; 2],
}

/// A code that must be there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Wanted {
    /// All of it.
    Whole(String),
    /// In a system and beginning with this, without dots.
    Below {
        /// In capitals: `ICD10`.
        system: String,
        /// In capitals, without dots.
        stem: String,
    },
}

impl Fact {
    fn kind(self) -> Kind {
        match self {
            Self::Sex => Kind::Sex,
            Self::Race => Kind::Race,
            Self::Ethnicity => Kind::Ethnicity,
            Self::Marital => Kind::Marital,
            Self::Language => Kind::Language,
            Self::Insurance => Kind::Insurance,
        }
    }

    /// Whether a static event of this kind says one of `wanted`.
    fn is_said(self, code: &str, wanted: &[String]) -> bool {
        if Kind::of(code) != self.kind() {
            return false;
        }
        let last = code.rsplit("//").next().unwrap_or_default().to_lowercase();
        let sex = Sex::of(code);
        wanted.iter().any(|want| {
            *want == last
                || (self == Self::Sex && sex != Sex::Other && sex == Sex::of(&format!("SEX//{want}")))
        })
    }
}

impl Range {
    fn holds(&self, value: f64) -> bool {
        let above = if self.closed[0] { value >= self.low } else { value > self.low };
        let below = if self.closed[1] { value <= self.high } else { value < self.high };
        above && below
    }
}

impl Wanted {
    fn is(&self, code: &str) -> bool {
        match self {
            Self::Whole(whole) => code == whole,
            Self::Below { system, stem } => {
                let parts: Vec<&str> = code.split("//").skip(1).collect();
                // `ICD//10//E119`, as the MEDS community writes it, is `ICD10//E119`.
                let (of, value) = match parts.as_slice() {
                    ["ICD", version, value, ..] => (format!("ICD{version}"), *value),
                    [of, value, ..] => (of.to_ascii_uppercase(), *value),
                    _ => return false,
                };
                of.starts_with(system.as_str())
                    && value
                        .chars()
                        .filter(|&letter| letter != '.')
                        .zip(stem.chars())
                        .all(|(a, b)| a.eq_ignore_ascii_case(&b))
                    && value.chars().filter(|&letter| letter != '.').count() >= stem.len()
            }
        }
    }
}

impl PersonCondition {
    /// Whether a person meets it. What is not known of a person is not met.
    #[must_use]
    pub fn holds(&self, person: &Person<'_>) -> bool {
        self.0.holds(person)
    }

    /// Static facts that everybody who meets it must have, each as the codes of `known` that would do.
    #[must_use]
    pub fn facts(&self, known: &[&str]) -> Vec<Vec<String>> {
        let mut facts = Vec::new();
        for node in self.0.conjuncts() {
            if let Node::Fact(fact, wanted) = node {
                facts.push(
                    known
                        .iter()
                        .filter(|code| fact.is_said(code, wanted))
                        .map(|&code| code.to_owned())
                        .collect(),
                );
            }
        }
        facts
    }

    /// Codes that everybody who meets it must have at some time, each as the codes of `known` that would do.
    #[must_use]
    pub fn codes(&self, known: &[&str]) -> Vec<Vec<String>> {
        let mut codes = Vec::new();
        for node in self.0.conjuncts() {
            if let Node::Has(wanted) = node {
                codes
                    .push(known.iter().filter(|code| wanted.is(code)).map(|&code| code.to_owned()).collect());
            }
        }
        codes
    }

    /// Least and most completed years at the first event that everybody who meets `all` must have; `None` where any will do, and
    /// a least above the most where none will.
    #[must_use]
    pub fn ages<'a>(all: impl IntoIterator<Item = &'a Self>) -> Option<[f64; 2]> {
        let nodes = all.into_iter().flat_map(|condition| condition.0.conjuncts());
        let ranges = nodes.filter_map(|node| match node {
            Node::Number(Number::Age, range) => Some([range.low, range.high]),
            _ => None,
        });
        ranges.reduce(|one, other| [one[0].max(other[0]), one[1].min(other[1])])
    }
}

impl Node {
    fn holds(&self, person: &Person<'_>) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().all(|node| node.holds(person)),
            Self::Any(nodes) => nodes.iter().any(|node| node.holds(person)),
            Self::Not(node) => !node.holds(person),
            Self::Fact(fact, wanted) => person.statics().any(|row| fact.is_said(person.code(row), wanted)),
            Self::Number(number, range) => number.of(person).is_some_and(|value| range.holds(value)),
            Self::Died => person.death().is_some(),
            Self::Has(wanted) => person.rows().any(|row| wanted.is(person.code(row))),
        }
    }

    /// What must hold whatever else does.
    fn conjuncts(&self) -> Vec<&Self> {
        match self {
            Self::All(nodes) => nodes.iter().flat_map(Self::conjuncts).collect(),
            node => vec![node],
        }
    }
}

impl Number {
    fn of(self, person: &Person<'_>) -> Option<f64> {
        match self {
            Self::Age => {
                let birth = person.birth()?;
                let first = person.timed().find(|&row| Kind::of(person.code(row)) != Kind::Birth)?;
                Some(instant::years_between(birth, person.events().times()[first]).floor())
            }
            Self::Events => Some(person.timed().len() as f64),
            Self::Visits => {
                Some(person.timed().filter(|&row| Kind::of(person.code(row)) == Kind::Visit).count() as f64)
            }
        }
    }
}
