//! What is a language model told about each column, and what do its words stand for?

use rand::RngExt as _;
use rand::seq::SliceRandom as _;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use verosim_core::{ColumnContract, Disclosure, Kind, PrivacyClass, RowContract, RowForm, Seeded, Values};
use verosim_data::constrain::{Allowance, Allowed, Known};
use verosim_data::frame::{read_time, write_time};

/// How levels are named towards the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mapping {
    /// As they are: the model's knowledge of the words helps.
    #[default]
    None,
    /// `sex_F`: words keep their meaning, and equal words of different columns are told apart.
    UniquePrefix,
    /// Three random characters, different for every level of the table, as in EPIC.
    Random,
}

impl Mapping {
    /// The words of the `mapping` setting.
    pub const WORDS: [&'static str; 3] = ["none", "unique-prefix", "random"];

    /// The mapping called `word`.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word {
            "unique-prefix" => Self::UniquePrefix,
            "random" => Self::Random,
            _ => Self::None,
        }
    }
}

/// All columns as the model sees them. Holds what may be told and nothing else: undeclared levels have code names, and
/// undeclared ranges are not there, unless the disclosure allows statistics.
#[derive(Clone, Debug)]
pub struct Card {
    columns: Vec<CardColumn>,
    disclosure: Disclosure,
}

/// One column as the model sees it.
#[derive(Clone, Debug)]
pub struct CardColumn {
    /// What it may hold; used here for checks, never for words.
    pub allowance: Allowance,
    /// Names of its levels towards the model, in the order of the allowance.
    pub shown: Vec<String>,
    /// Least and greatest number as told.
    pub range: Option<(f64, f64)>,
    /// Whether the names of its levels are codes without meaning.
    pub coded: bool,
    by_name: HashMap<String, u32>,
}

impl Card {
    /// What may be told about `columns` under `disclosure`.
    #[must_use]
    pub fn new(columns: &[Allowance], disclosure: Disclosure, mapping: Mapping, seed: Seeded) -> Self {
        let mut rng = seed.split("level names").rng();
        let mut taken = BTreeSet::new();
        let columns = columns
            .iter()
            .enumerate()
            .map(|(at, allowance)| {
                let may_tell =
                    allowance.known == Known::Declared || disclosure.allows(PrivacyClass::Aggregate);
                let name = &allowance.schema.name;
                let mut coded = !may_tell;
                let shown: Vec<String> = match &allowance.values {
                    Allowed::Levels { texts, .. } if allowance.schema.kind == Kind::Boolean && !may_tell => {
                        coded = false;
                        truth(texts)
                    }
                    Allowed::Levels { texts, .. } if !may_tell => {
                        // The order of levels by frequency is a statistic: code names stand in a random one.
                        let mut numbers: Vec<usize> = (1..=texts.len()).collect();
                        if allowance.schema.kind != Kind::Ordinal {
                            numbers.shuffle(&mut rng);
                        }
                        numbers.iter().map(|number| format!("c{}v{number}", at + 1)).collect()
                    }
                    Allowed::Levels { texts, .. } => match mapping {
                        Mapping::None => texts.clone(),
                        Mapping::UniquePrefix => texts.iter().map(|text| format!("{name}_{text}")).collect(),
                        Mapping::Random => {
                            coded = true;
                            texts.iter().map(|_| code(&mut taken, &mut rng)).collect()
                        }
                    },
                    _ => Vec::new(),
                };
                let range = match &allowance.values {
                    Allowed::Number { range: Some(range), .. } if may_tell => Some((range.low, range.high)),
                    _ => None,
                };
                let by_name = shown.iter().cloned().zip(0..).collect();
                CardColumn { allowance: allowance.clone(), shown, range, coded, by_name }
            })
            .collect();
        Self { columns, disclosure }
    }

    /// The columns.
    #[must_use]
    pub fn columns(&self) -> &[CardColumn] {
        &self.columns
    }

    /// The most that the card may tell.
    #[must_use]
    pub fn disclosure(&self) -> Disclosure {
        self.disclosure
    }

    /// What the card's words about values tell about real people.
    #[must_use]
    pub fn class(&self) -> PrivacyClass {
        let learned = self.columns.iter().any(CardColumn::tells_statistics);
        if learned { PrivacyClass::Aggregate } else { PrivacyClass::Metadata }
    }

    /// The contract for `rows` rows with the columns at `order`.
    #[must_use]
    pub fn contract(&self, form: RowForm, order: &[usize], rows: usize) -> RowContract {
        let columns = order.iter().map(|&at| self.columns[at].contract()).collect();
        RowContract { form, columns, rows, groups: Vec::new(), given: Vec::new() }
    }
}

impl CardColumn {
    /// Name of the column.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.allowance.schema.name
    }

    /// Whether what is told about its values is a statistic of real rows.
    #[must_use]
    pub fn tells_statistics(&self) -> bool {
        self.allowance.known == Known::Learned
            && (self.range.is_some() || !self.shown.is_empty() && !self.coded)
            && self.allowance.schema.kind != Kind::Boolean
    }

    /// The level that the model calls `shown`.
    #[must_use]
    pub fn level(&self, shown: &str) -> Option<u32> {
        self.by_name.get(shown).copied()
    }

    /// How a number of this column is written towards the model.
    #[must_use]
    pub fn number_text(&self, value: f64) -> String {
        match (self.allowance.schema.kind, &self.allowance.values) {
            (Kind::Date, _) => write_time(value, DATE, Kind::Date).unwrap_or_default(),
            (Kind::Datetime, _) => write_time(value, DATETIME, Kind::Datetime).unwrap_or_default(),
            (_, Allowed::Number { decimals, .. }) => {
                let text = format!("{value:.*}", usize::from(*decimals));
                if text.trim_matches(['-', '0', '.']).is_empty() { text.replace('-', "") } else { text }
            }
            _ => value.to_string(),
        }
    }

    /// The number that the model's text stands for, times included.
    #[must_use]
    pub fn time(&self, text: &str) -> Option<f64> {
        match self.allowance.schema.kind {
            Kind::Date => read_time(text, DATE, Kind::Date),
            Kind::Datetime => {
                let patterns = [DATETIME, "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
                patterns.iter().find_map(|pattern| read_time(text, pattern, Kind::Datetime))
            }
            _ => None,
        }
    }

    fn contract(&self) -> ColumnContract {
        let (low, high) = (self.range.map(|range| range.0), self.range.map(|range| range.1));
        let values = match (&self.allowance.values, self.allowance.schema.kind) {
            (_, Kind::Date) => Values::Date { low, high },
            (_, Kind::Datetime) => Values::Datetime { low, high },
            (Allowed::Number { decimals, .. }, _) => Values::Number { low, high, decimals: *decimals },
            (Allowed::Levels { .. }, _) => Values::Levels(self.shown.clone()),
            (Allowed::Anything, _) => Values::Text,
        };
        ColumnContract { name: self.name().to_owned(), values, nullable: self.allowance.nullable }
    }
}

/// How days and instants are written towards the model (ISO 8601).
const DATE: &str = "%Y-%m-%d";
const DATETIME: &str = "%Y-%m-%dT%H:%M:%S";

/// `0` for the level that means no and `1` for the one that means yes, without telling how they are written.
fn truth(texts: &[String]) -> Vec<String> {
    let yes = |text: &str| {
        let text = text.trim().to_lowercase();
        ["1", "yes", "y", "true", "t", "positive", "present", "ja", "oui", "si", "dead", "died"]
            .contains(&text.as_str())
    };
    let first_is_yes =
        texts.first().is_some_and(|text| yes(text)) && !texts.get(1).is_some_and(|text| yes(text));
    (0..texts.len()).map(|at| if (at == 0) == first_is_yes { "1" } else { "0" }.to_owned()).collect()
}

/// A letter and two letters or digits, not yet taken. Drawn without replacement: a published mapping forgot to check
/// for collisions.
fn code(taken: &mut BTreeSet<String>, rng: &mut impl rand::Rng) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
    const ALL: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut length = 3;
    for tries in 1.. {
        if tries % 64 == 0 {
            length += 1; // 33 696 codes of three characters may run out.
        }
        let code: String = (0..length)
            .map(|at| if at == 0 { LETTERS } else { ALL })
            .map(|set| char::from(set[rng.random_range(0..set.len())]))
            .collect();
        if taken.insert(code.clone()) {
            return code;
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::ColumnSchema;

    fn levels(name: &str, kind: Kind, texts: &[&str], known: Known) -> Allowance {
        Allowance {
            schema: ColumnSchema::declared(name, kind),
            values: Allowed::Levels {
                texts: texts.iter().map(|text| (*text).to_owned()).collect(),
                shares: Vec::new(),
            },
            known,
            missing: 0.0,
            nullable: false,
        }
    }

    /// Regression: the published variable mapping did not check collisions of its random codes.
    #[test]
    fn random_codes_are_injective_over_the_whole_table() {
        let texts: Vec<String> = (0..30_000).map(|i| format!("level {i}")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let columns = [
            levels("a", Kind::Nominal, &texts, Known::Learned),
            levels("b", Kind::Nominal, &texts[..5_000], Known::Learned),
        ];
        let card = Card::new(&columns, Disclosure::Rows, Mapping::Random, Seeded::new(1));
        let all: BTreeSet<&String> = card.columns().iter().flat_map(|column| &column.shown).collect();
        assert_eq!(all.len(), 35_000);
        assert_eq!(card.columns()[0].level(&card.columns()[0].shown[77]), Some(77));
    }

    #[test]
    fn undeclared_levels_and_ranges_are_not_told_at_metadata() {
        let age = Allowance {
            schema: ColumnSchema::declared("age", Kind::Count),
            values: Allowed::Number {
                range: verosim_data::constrain::Range::learn(&[40.0; 30], 5, true),
                decimals: 0,
            },
            known: Known::Learned,
            missing: 0.0,
            nullable: false,
        };
        let columns = [
            levels("site", Kind::Nominal, &["Zanzibar", "Quito"], Known::Learned),
            levels("died", Kind::Boolean, &["yes", "no"], Known::Learned),
            levels("sex", Kind::Nominal, &["F", "M"], Known::Declared),
            age,
        ];
        let card = Card::new(&columns, Disclosure::Metadata, Mapping::None, Seeded::new(1));
        let contract = card.contract(RowForm::Json, &[0, 1, 2, 3], 1);
        let told = serde_json::to_string(&contract).unwrap();
        assert!(!told.contains("Zanzibar") && !told.contains("Quito") && !told.contains("yes"), "{told}");
        assert!(told.contains("\"F\""), "what a person declared is told");
        assert_eq!(card.columns()[1].shown, ["1", "0"], "truth is told as such");
        assert_eq!(card.columns()[3].range, None);
        assert_eq!(card.class(), PrivacyClass::Metadata);
        let open = Card::new(&columns, Disclosure::Aggregate, Mapping::UniquePrefix, Seeded::new(1));
        assert_eq!(open.columns()[0].shown, ["site_Zanzibar", "site_Quito"]);
        assert_eq!(open.class(), PrivacyClass::Aggregate);
    }
}
