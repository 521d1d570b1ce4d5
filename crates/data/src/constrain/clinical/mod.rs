//! Which built-in rules does a table have the columns for, and what do they say of these columns?

mod binding;
mod dictionary;
mod disease;
mod given;
mod library;
mod speech;
#[cfg(test)]
mod tests;

pub use binding::{Binding, Unbound, protected_columns};
pub use dictionary::{Concept, concepts};
pub use disease::{Disease, DiseasePair, RecordedDisease, diseases, recorded};
pub use given::{Given, GivenError};
pub use library::{Template, library};
pub use speech::named_concepts;

use super::{RuleText, Rules, Severity};
use crate::Table;
use verosim_core::Schema;

/// The built-in rules that a table has the columns for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clinical {
    /// Which columns hold which concept.
    pub bindings: Vec<Binding>,
    /// Concepts that no column holds.
    pub unbound: Vec<Unbound>,
    /// The rules, in the words of the columns.
    pub rules: Rules,
    /// Rules that do not apply, with the reason in words.
    pub silent: Vec<(String, String)>,
}

impl Clinical {
    /// Binds the built-in rules to the columns of `schema`; `sample` is a table of them, or an empty one.
    ///
    /// Names, kinds, code vocabularies and declared units decide; of the rows only medians of columns (to tell units apart)
    /// and the texts of levels are looked at. Without rows, rules about units that nothing tells, and about levels that
    /// nobody declared, do not apply.
    ///
    /// # Cost
    /// O(rows log rows) for each column that a concept is called like.
    #[must_use]
    pub fn bind(schema: &Schema, sample: &Table, given: &Given) -> Self {
        let mut bound = Self::default();
        for concept in concepts() {
            match binding::bind(concept, schema, sample, given) {
                Ok(binding) => bound.bindings.push(binding),
                Err(unbound) => bound.unbound.push(unbound),
            }
        }
        for template in library() {
            let spoken = speech::spoken(&template.rule, &bound.bindings);
            let checked = spoken.and_then(|rule| {
                Rules::check(std::slice::from_ref(&rule), schema, sample).map_err(|error| error.to_string())
            });
            match checked {
                Ok(mut rules) => bound.rules.append(&mut rules),
                Err(why) => bound.silent.push((template.rule.id.clone(), why)),
            }
        }
        bound
    }

    /// The rules that generators are to keep: those that nobody can break. Real people break the others, so that refusing
    /// them would take real sorts of patients away.
    #[must_use]
    pub fn to_keep(&self) -> Vec<RuleText> {
        let rules = self.rules.iter().filter(|rule| rule.text.severity == Severity::Impossible);
        rules.map(|rule| rule.text.clone()).collect()
    }

    /// Why no rule applies: the concepts that would be needed, in words.
    #[must_use]
    pub fn why_none(&self) -> String {
        let mut wanted = std::collections::BTreeMap::<&str, usize>::new();
        for template in library() {
            named_concepts(&template.rule).into_iter().for_each(|name| *wanted.entry(name).or_default() += 1);
        }
        let mut wanted: Vec<(&str, usize)> = wanted.into_iter().collect();
        wanted.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let names: Vec<String> = wanted.iter().take(6).map(|(name, _)| format!("`{name}`")).collect();
        format!(
            "no column is called like what clinical rules speak of ({} and {} more); name columns under `[concepts]` in a rule file",
            names.join(", "),
            wanted.len().saturating_sub(names.len())
        )
    }
}

/// Rewrites rules of a person that speak of concepts into the words of the columns. Names of columns stay what they are.
///
/// # Errors
/// The id of the rule and the concept that no column holds, in words.
pub fn in_columns(
    rules: &[RuleText],
    schema: &Schema,
    bindings: &[Binding],
) -> Result<Vec<RuleText>, (String, String)> {
    let spoken =
        |rule: &RuleText| speech::spoken_beside(rule, bindings, schema).map_err(|why| (rule.id.clone(), why));
    rules.iter().map(spoken).collect()
}
