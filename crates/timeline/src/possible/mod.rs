//! What can happen to whom: which codes only one sex has, and at which ages?
//!
//! For ICD the rules are those of tables (`verosim_data::constrain::clinical`), asked once for each code, sex and age; other
//! vocabularies have lists (`rules/codes.toml`). What is recorded is not all there is: these are rules for generators, and
//! counts beside those of real people for judges. They never delete a real event.

mod listed;

use crate::engine::{Possible, Sex};
use hashbrown::HashMap;
use verosim_core::{CodeSystem, ColumnSchema, Kind, Schema};
use verosim_data::constrain::clinical::{Clinical, Given};
use verosim_data::constrain::{RuleText, Rules, Severity};
use verosim_data::frame::parse;
use verosim_data::{RawColumn, RawTable, SourceType};

/// Ages in completed years that are asked about; older people count as the last.
const AGES: usize = 111;

/// Rules about single events, looked up by code. Everything is possible of codes that it was not made for.
#[derive(Clone, Debug, Default)]
pub struct EventRules {
    of: HashMap<Box<str>, Limits>,
}

/// At which ages a code can happen, by sex: bit `a` stands for age `a`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Limits {
    female: u128,
    male: u128,
}

const ALWAYS: u128 = (1 << AGES) - 1;

impl EventRules {
    /// The rules for `codes`: the built-in ones that are at least as severe as `least`, and those of a person, which speak
    /// of the columns `sex`, `age`, `icd10` and `icd9`.
    ///
    /// # Cost
    /// 222 rows of a table per distinct ICD code.
    #[must_use]
    pub fn new<'a>(codes: impl IntoIterator<Item = &'a str>, least: Severity, own: &[RuleText]) -> Self {
        let mut icd: Vec<(&str, CodeSystem, &str)> = Vec::new();
        let mut of = HashMap::new();
        for code in codes {
            match vocabulary(code) {
                Some((system, value)) => icd.push((code, system, value)),
                None => {
                    if let Some(limits) = listed::limits(code) {
                        of.insert(code.into(), limits);
                    }
                }
            }
        }
        for chunk in icd.chunks(1_000) {
            for (&(code, ..), limits) in chunk.iter().zip(asked(chunk, least, own)) {
                if limits != (Limits { female: ALWAYS, male: ALWAYS }) {
                    of.insert(code.into(), limits);
                }
            }
        }
        Self { of }
    }

    /// Codes about which there is a rule.
    #[must_use]
    pub fn len(&self) -> usize {
        self.of.len()
    }

    /// Whether there is a rule about no code.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.of.is_empty()
    }
}

impl Possible for EventRules {
    fn can(&self, code: &str, sex: Sex, age_years: Option<f64>) -> bool {
        let Some(limits) = self.of.get(code) else { return true };
        let ages = match sex {
            Sex::Female => limits.female,
            Sex::Male => limits.male,
            Sex::Other => limits.female | limits.male,
        };
        match age_years {
            Some(age) => ages >> (age.max(0.0) as usize).min(AGES - 1) & 1 == 1,
            None => ages != 0,
        }
    }
}

/// The vocabulary of an ICD code and the code itself: `CONDITION//ICD10CM//E11.9`, `DIAGNOSIS//ICD//9//4019`.
fn vocabulary(code: &str) -> Option<(CodeSystem, &str)> {
    let mut parts = code.split("//").skip(1);
    let (system, value) = (parts.next()?, parts.next()?);
    if system.starts_with("ICD10") && !system.starts_with("ICD10PCS") {
        return Some((CodeSystem::Icd10, value));
    }
    if system.starts_with("ICD9") && !system.starts_with("ICD9Proc") {
        return Some((CodeSystem::Icd9, value));
    }
    match (system, value) {
        ("ICD", "10") => Some((CodeSystem::Icd10, parts.next()?)),
        ("ICD", "9") => Some((CodeSystem::Icd9, parts.next()?)),
        _ => None,
    }
    .filter(|_| !code.starts_with("PROCEDURE"))
}

/// Asks the rules of tables about each code, each sex and each age.
fn asked(codes: &[(&str, CodeSystem, &str)], least: Severity, own: &[RuleText]) -> Vec<Limits> {
    let mut columns = ["sex", "age", "icd10", "icd9"].map(|name| RawColumn::new(name, SourceType::Text));
    for &(_, system, value) in codes {
        for sex in ["F", "M"] {
            for age in 0..AGES {
                columns[0].push(sex);
                columns[1].push(&age.to_string());
                columns[2].push(if system == CodeSystem::Icd10 { value } else { "" });
                columns[3].push(if system == CodeSystem::Icd9 { value } else { "" });
            }
        }
    }
    let declared =
        |name, kind, system| ColumnSchema { code_system: system, ..ColumnSchema::declared(name, kind) };
    let age = ColumnSchema { unit: Some("years".into()), ..ColumnSchema::declared("age", Kind::Count) };
    let schema = Schema {
        columns: vec![
            declared("sex", Kind::Nominal, None),
            age,
            declared("icd10", Kind::Code, Some(CodeSystem::Icd10)),
            declared("icd9", Kind::Code, Some(CodeSystem::Icd9)),
        ],
        ..Schema::default()
    };
    let mut limits = vec![Limits { female: ALWAYS, male: ALWAYS }; codes.len()];
    let Some(raw) = RawTable::new(columns.to_vec()) else { return limits };
    let Ok(table) = parse(&raw, &schema) else { return limits };
    let built_in = Clinical::bind(&schema, &table, &Given::default()).rules;
    let own = Rules::check(own, &schema, &table).unwrap_or_default();
    for rules in [&built_in, &own] {
        for (rule, broken) in rules.iter().zip(rules.broken(&table)) {
            // Ranges of age are those of a person, not of an event.
            if rule.text.severity > least || !rule.exactly().contains("icd") {
                continue;
            }
            for (row, _) in broken.rows.iter().enumerate().filter(|(_, broken)| **broken) {
                let (code, sex, age) = (row / (2 * AGES), row / AGES % 2, row % AGES);
                let ages = if sex == 0 { &mut limits[code].female } else { &mut limits[code].male };
                *ages &= !(1 << age);
            }
        }
    }
    limits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_happen_to_whom_they_can() {
        let codes = [
            "CONDITION//ICD10CM//O80",
            "CONDITION//ICD10CM//C61",
            "DIAGNOSIS//ICD//9//185",
            "CONDITION//ICD9CM//V3000",
            "CONDITION//ICD10CM//E11.9",
            "CONDITION//SNOMED//72892002",
            "MEASUREMENT//LOINC//2857-1//ng/mL",
            "PROCEDURE//ICD9//7569",
        ];
        let rules = EventRules::new(codes, Severity::Implausible, &[]);
        let cases = [
            // Code, sex, age, possible: from the Medicare Code Editor's lists (cms2024mce), narrowed as in `codes.toml`.
            (0, Sex::Female, Some(30.0), true),
            (0, Sex::Female, Some(70.0), false),
            (0, Sex::Male, Some(30.0), false),
            (0, Sex::Male, None, false),
            (0, Sex::Other, Some(30.0), true),
            (1, Sex::Male, Some(70.0), true),
            (1, Sex::Female, Some(70.0), false),
            (2, Sex::Female, None, false),
            (3, Sex::Female, Some(0.2), true),
            (3, Sex::Female, Some(40.0), false),
            (4, Sex::Female, Some(110.5), true),
            (4, Sex::Male, Some(300.0), true),
            (5, Sex::Male, Some(30.0), false),
            (5, Sex::Female, Some(30.0), true),
            (5, Sex::Female, Some(80.0), false),
            (6, Sex::Female, Some(60.0), false),
            (7, Sex::Male, Some(60.0), true),
        ];
        for (code, sex, age, want) in cases {
            assert_eq!(rules.can(codes[code], sex, age), want, "{} {sex:?} {age:?}", codes[code]);
        }
        let impossible = EventRules::new(codes, Severity::Impossible, &[]);
        assert!(impossible.can(codes[0], Sex::Female, Some(70.0)), "implausible only");
        assert!(!impossible.can(codes[0], Sex::Female, Some(80.0)));
    }

    #[test]
    fn a_person_may_say_more() {
        let own = RuleText {
            id: "own".into(),
            severity: Severity::Impossible,
            words: "no diabetes in children".into(),
            source: None,
            never: None,
            when: Some("icd10 in ICD10 E11".into()),
            then: Some("age >= 10".into()),
        };
        let rules = EventRules::new(["CONDITION//ICD10//E11.9"], Severity::Impossible, &[own]);
        assert!(!rules.can("CONDITION//ICD10//E11.9", Sex::Male, Some(9.9)));
        assert!(rules.can("CONDITION//ICD10//E11.9", Sex::Male, Some(10.0)));
    }
}
