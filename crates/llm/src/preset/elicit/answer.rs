//! What did a model say about the columns, and what do several answers say together?

use super::law::Law;
use super::question::{About, FIVE, MISSING, OVERALL, given};
use crate::card::{Card, CardColumn};
use serde_json::Value;
use std::collections::BTreeMap;
use verosim_core::Kind;
use verosim_data::constrain::Allowed;

/// Everything that was said, answer by answer.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// By column and level of the outcome (the only one for the outcome itself and without an outcome).
    laws: BTreeMap<(usize, usize), Vec<Law>>,
    missing: BTreeMap<usize, Vec<f64>>,
    strengths: BTreeMap<(usize, usize), Vec<f64>>,
    rules: BTreeMap<(usize, usize), usize>,
    /// Answers about relations.
    related: usize,
    /// Answers that did not read.
    pub(super) unread: u64,
    /// Answers that did.
    pub(super) read: u64,
}

/// The pooled answers.
#[derive(Debug, Default)]
pub(super) struct Prior {
    /// By column: one law per level of the outcome; nothing where the model said nothing of use.
    pub(super) laws: Vec<Option<Vec<Law>>>,
    /// Shares of missing values, by column.
    pub(super) missing: Vec<Option<f64>>,
    /// Rank correlations of pairs (first < second).
    pub(super) relations: Vec<(usize, usize, f64)>,
    /// Pairs of which the first never lies above the second.
    pub(super) rules: Vec<(usize, usize)>,
}

impl Said {
    /// Takes an answer; what of it does not read is left out.
    pub(super) fn take(&mut self, card: &Card, target: Option<usize>, about: &About, text: &str) {
        let Some(answer) = object(text) else {
            self.unread += 1;
            return;
        };
        self.read += 1;
        match about {
            About::Laws(columns) => {
                for &at in columns {
                    let column = &card.columns()[at];
                    let said = &answer[column.name()];
                    let levels = target.filter(|&target| target != at).map(|target| &card.columns()[target]);
                    let keys: Vec<String> = match levels {
                        Some(outcome) => {
                            (0..outcome.shown.len()).map(|level| given(outcome, level)).collect()
                        }
                        None => vec![OVERALL.to_owned()],
                    };
                    for (level, key) in keys.iter().enumerate() {
                        if let Some(law) = law(column, &said[key.as_str()]) {
                            self.laws.entry((at, level)).or_default().push(law);
                        }
                    }
                    if let Some(share) = said[MISSING].as_f64().filter(|share| (0.0..=1.0).contains(share)) {
                        self.missing.entry(at).or_default().push(share);
                    }
                }
            }
            About::Relations => {
                self.related += 1;
                let at = |name: &Value| {
                    card.columns().iter().position(|column| Some(column.name()) == name.as_str())
                };
                for pair in answer["relations"].as_array().into_iter().flatten() {
                    let strength = pair["strength"].as_f64().filter(|s| s.abs() <= 1.0);
                    if let (Some(a), Some(b), Some(strength)) =
                        (at(&pair["first"]), at(&pair["second"]), strength)
                        && a != b
                    {
                        self.strengths.entry((a.min(b), a.max(b))).or_default().push(strength);
                    }
                }
                for pair in answer["rules"].as_array().into_iter().flatten() {
                    if let (Some(a), Some(b)) = (at(&pair["lower"]), at(&pair["upper"]))
                        && a != b
                    {
                        *self.rules.entry((a, b)).or_default() += 1;
                    }
                }
            }
        }
    }

    /// Whether nothing was said of any column.
    pub(super) fn is_empty(&self) -> bool {
        self.laws.is_empty()
    }

    /// The pooled answers: means of quantiles and shares; a pair that an answer leaves out counts as unrelated there; a
    /// rule holds when more than half of the answers say it and none the contrary.
    pub(super) fn pooled(&self, card: &Card, target: Option<usize>) -> Prior {
        let n = card.columns().len();
        let levels = target.map_or(1, |target| card.columns()[target].shown.len());
        let laws = (0..n).map(|at| {
            let needed = if target == Some(at) { 1 } else { levels };
            (0..needed)
                .map(|level| Law::pool(&self.laws.get(&(at, level))?.iter().collect::<Vec<_>>()))
                .collect::<Option<Vec<Law>>>()
        });
        let mean = |values: &Vec<f64>, n: usize| values.iter().sum::<f64>() / n.max(1) as f64;
        Prior {
            laws: laws.collect(),
            missing: (0..n)
                .map(|at| self.missing.get(&at).map(|shares| mean(shares, shares.len())))
                .collect(),
            relations: self
                .strengths
                .iter()
                .map(|(&(a, b), strengths)| (a, b, mean(strengths, self.related.max(strengths.len()))))
                .collect(),
            rules: self
                .rules
                .iter()
                .filter(|((a, b), said)| 2 * **said > self.related && !self.rules.contains_key(&(*b, *a)))
                .map(|(&pair, _)| pair)
                .collect(),
        }
    }
}

/// The JSON object of a reply, whatever stands around it.
fn object(text: &str) -> Option<Value> {
    let (start, end) = (text.find('{')?, text.rfind('}')?);
    serde_json::from_str::<Value>(text.get(start..=end)?).ok().filter(Value::is_object)
}

fn law(column: &CardColumn, said: &Value) -> Option<Law> {
    match &column.allowance.values {
        Allowed::Number { .. } => {
            let number = |value: &Value| match column.allowance.schema.kind {
                Kind::Date | Kind::Datetime => column.time(value.as_str()?),
                _ => value.as_f64(),
            };
            let mut five = [0.0; 5];
            for (value, name) in five.iter_mut().zip(FIVE) {
                *value = number(&said[name])?;
            }
            let range = match &column.allowance.values {
                Allowed::Number { range, .. } => range.as_ref(),
                _ => None,
            };
            Law::numbers(five, range.map(|range| range.low), range.map(|range| range.high))
        }
        Allowed::Levels { .. } => Law::levels(
            column.shown.iter().map(|level| said[level.as_str()].as_f64().unwrap_or(0.0)).collect(),
        ),
        Allowed::Anything => None,
    }
}
