//! How does a rule that speaks of concepts come to speak of columns?

use super::binding::{Binding, quoted};
use super::dictionary::Concept;
use crate::constrain::RuleText;
use crate::constrain::condition::{Token, scan};
use std::collections::BTreeSet;
use verosim_core::Schema;

/// The rule in the words of the columns, or which concept no column holds.
pub(super) fn spoken(rule: &RuleText, bindings: &[Binding]) -> Result<RuleText, String> {
    rewritten(rule, &|text| rewrite(text, bindings, &|_| false))
}

/// The same where names of columns stay.
pub(super) fn spoken_beside(
    rule: &RuleText,
    bindings: &[Binding],
    schema: &Schema,
) -> Result<RuleText, String> {
    rewritten(rule, &|text| rewrite(text, bindings, &|name| schema.index_of(name).is_ok()))
}

fn rewritten(rule: &RuleText, by: &dyn Fn(&str) -> Result<String, String>) -> Result<RuleText, String> {
    let one = |text: &Option<String>| text.as_deref().map(by).transpose();
    Ok(RuleText { never: one(&rule.never)?, when: one(&rule.when)?, then: one(&rule.then)?, ..rule.clone() })
}

/// The concepts that a rule names.
#[must_use]
pub fn named_concepts(rule: &RuleText) -> BTreeSet<&'static str> {
    let texts = [&rule.never, &rule.when, &rule.then].into_iter().flatten();
    let words = texts.filter_map(|text| scan(text).ok()).flatten().filter_map(|(_, token)| match token {
        Token::Word(word) => Concept::named(&word).map(|concept| concept.id.as_str()),
        _ => None,
    });
    words.collect()
}

fn rewrite(text: &str, bindings: &[Binding], is_column: &dyn Fn(&str) -> bool) -> Result<String, String> {
    let tokens = scan(text).map_err(|error| error.to_string())?;
    let mut words: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some((_, token)) = tokens.get(at) {
        at += 1;
        let word = match token {
            Token::Word(word) if !is_column(word) && Concept::named(word).is_some() => word,
            Token::Word(word) => {
                words.push(word.clone());
                continue;
            }
            Token::Quoted(word) => {
                words.push(quoted(word).ok_or("a text holds every kind of quote")?);
                continue;
            }
            Token::Operator(operator) => {
                words.push(operator.sign().to_owned());
                continue;
            }
            Token::Open => {
                words.push("(".into());
                continue;
            }
            Token::Close => {
                words.push(")".into());
                continue;
            }
            Token::Comma => {
                words.push(",".into());
                continue;
            }
        };
        let binding = bindings
            .iter()
            .find(|binding| binding.concept == word)
            .ok_or_else(|| format!("no column holds `{word}`"))?;
        // `sex = female` asks for the levels that mean so.
        let is_level =
            |word: &str| Concept::named(binding.concept).is_some_and(|concept| concept.knows(word));
        if let (Some((_, Token::Operator(operator))), Some((_, Token::Word(level)))) =
            (tokens.get(at), tokens.get(at + 1))
            && operator.sign() == "="
            && is_level(level)
        {
            let meant = binding.is(level);
            words.push(
                meant
                    .ok_or_else(|| format!("no level of column `{}` means `{level}`", binding.columns[0]))?,
            );
            at += 2;
            continue;
        }
        words.push(binding.spoken().ok_or("a name holds every kind of quote")?);
    }
    Ok(words.join(" "))
}
