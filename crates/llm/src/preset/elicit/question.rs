//! What is a model asked about the columns, and in which shape must it answer?

use super::grid::{Grid, MOST_LEVELS};
use crate::card::{Card, CardColumn};
use crate::prompt;
use rand::seq::SliceRandom as _;
use serde_json::{Map, Value, json};
use verosim_core::{Kind, PrivacyClass, Prompt, Section, Speaker};
use verosim_data::constrain::{Allowed, Rules};

/// A question, and what it asks about.
pub(super) struct Asked {
    pub(super) prompt: Prompt,
    pub(super) schema: Value,
    pub(super) about: About,
    pub(super) max_tokens: u32,
}

/// What a question asks about.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum About {
    /// Laws of these columns.
    Laws(Vec<usize>),
    /// Which columns go together, and which never lie above others.
    Relations,
}

/// Names of the five quantiles.
pub(super) const FIVE: [&str; 5] = ["q05", "q25", "q50", "q75", "q95"];
/// Share of missing values.
pub(super) const MISSING: &str = "missing";
/// The law without regard to the outcome.
pub(super) const OVERALL: &str = "overall";
/// Numbers that one reply gives at most.
const MOST_NUMBERS: usize = 160;

/// The key of the law given a level of the outcome.
pub(super) fn given(outcome: &CardColumn, level: usize) -> String {
    format!("given {} is {}", outcome.name(), outcome.shown[level])
}

/// All questions of one round. Columns stand in another order and the request in other words in each.
pub(super) fn round(
    card: &Card,
    grids: &[Grid],
    target: Option<usize>,
    about: Option<&str>,
    rules: &Rules,
    number: u64,
    rng: &mut impl rand::Rng,
) -> Vec<Asked> {
    let outcome = target.map(|at| &card.columns()[at]);
    let mut order: Vec<usize> = (0..card.columns().len()).collect();
    order.shuffle(rng);
    let mut parts: Vec<(Vec<usize>, Map<String, Value>, usize)> = Vec::new();
    for at in order {
        let column = &card.columns()[at];
        let Some((law, numbers)) = law(column) else { continue };
        let by = outcome.filter(|_| target != Some(at));
        let times = by.map_or(1, |outcome| outcome.shown.len());
        let mut laws = Map::new();
        match by {
            Some(outcome) => (0..times).for_each(|level| {
                laws.insert(given(outcome, level), law.clone());
            }),
            None => {
                laws.insert(OVERALL.into(), law);
            }
        }
        laws.insert(MISSING.into(), json!({ "type": "number", "minimum": 0, "maximum": 1 }));
        let numbers = numbers * times + 1;
        let mut schema = object(&laws);
        // The name of the outcome, for whoever reads the schema alone.
        schema["title"] = json!(by.map_or("", CardColumn::name));
        if parts.last().is_none_or(|(_, _, had)| had + numbers > MOST_NUMBERS) {
            parts.push((Vec::new(), Map::new(), 0));
        }
        if let Some((columns, properties, had)) = parts.last_mut() {
            columns.push(at);
            properties.insert(column.name().to_owned(), schema);
            *had += numbers;
        }
    }
    let mut questions: Vec<Asked> = parts
        .into_iter()
        .map(|(columns, properties, numbers)| {
            let text = laws_wanted(card, &columns, outcome, number);
            Asked {
                prompt: whole(card, target, about, rules, text),
                schema: object(&properties),
                about: About::Laws(columns),
                max_tokens: 24 * numbers as u32 + 256,
            }
        })
        .collect();
    let ordered = ordered(card, grids);
    if ordered.len() >= 2 {
        questions.push(Asked {
            prompt: whole(card, target, about, rules, relations_wanted(card, &ordered, outcome, number)),
            schema: relations(card, &ordered),
            about: About::Relations,
            max_tokens: 60 * 3 * ordered.len() as u32 + 256,
        });
    }
    questions
}

/// Columns of numbers with a grid.
pub(super) fn ordered(card: &Card, grids: &[Grid]) -> Vec<usize> {
    (0..card.columns().len()).filter(|&at| matches!(grids[at], Grid::Edges(_))).collect()
}

/// The shape of the law of a column, and how many numbers it has; `None` where nothing can be asked.
fn law(column: &CardColumn) -> Option<(Value, usize)> {
    match &column.allowance.values {
        Allowed::Number { .. } => {
            let value = match column.allowance.schema.kind {
                Kind::Date => json!({ "type": "string", "format": "date" }),
                Kind::Datetime => {
                    json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$" })
                }
                _ => match column.range {
                    Some((low, high)) => json!({ "type": "number", "minimum": low, "maximum": high }),
                    None => json!({ "type": "number" }),
                },
            };
            let five = FIVE.iter().map(|name| ((*name).to_owned(), value.clone())).collect();
            Some((object(&five), 5))
        }
        // Code names tell a model nothing that it could know about.
        Allowed::Levels { texts, .. } if (2..=MOST_LEVELS).contains(&texts.len()) && !column.coded => {
            let share = json!({ "type": "number", "minimum": 0, "maximum": 1 });
            let shares = column.shown.iter().map(|level| (level.clone(), share.clone())).collect();
            Some((object(&shares), texts.len()))
        }
        _ => None,
    }
}

fn object(properties: &Map<String, Value>) -> Value {
    let names: Vec<&String> = properties.keys().collect();
    json!({ "type": "object", "properties": properties, "required": names, "additionalProperties": false })
}

fn relations(card: &Card, ordered: &[usize]) -> Value {
    let names: Vec<&str> = ordered.iter().map(|&at| card.columns()[at].name()).collect();
    let name = json!({ "enum": names });
    let of = |keys: &[(&str, &Value)]| -> Value {
        object(&keys.iter().map(|(key, value)| ((*key).to_owned(), (*value).clone())).collect())
    };
    let list = |items: Value| json!({ "type": "array", "items": items, "minItems": 0, "maxItems": 2 * ordered.len() });
    let strength = json!({ "type": "number", "minimum": -1, "maximum": 1 });
    let relations = list(of(&[("first", &name), ("second", &name), ("strength", &strength)]));
    let rules = list(of(&[("lower", &name), ("upper", &name)]));
    of(&[("relations", &relations), ("rules", &rules)])
}

fn whole(
    card: &Card,
    target: Option<usize>,
    about: Option<&str>,
    rules: &Rules,
    wanted: (String, PrivacyClass),
) -> Prompt {
    let order: Vec<usize> = (0..card.columns().len()).collect();
    let role = "You are an epidemiologist who knows published cohorts. You describe patient populations in numbers; \
                where you are unsure, your ranges are wide.";
    let mut sections = vec![Section::new("role", Speaker::System, PrivacyClass::Public, role.to_owned())];
    sections.extend(about.map(prompt::domain_context));
    sections.push(prompt::schema(card, &order, target));
    sections.extend(prompt::rules(rules));
    sections.push(Section::new("elicitation", Speaker::User, wanted.1, wanted.0));
    Prompt::new(sections)
}

/// The same request in other words.
const WAYS: [&str; 5] = [
    "Describe how these columns are distributed among such patients:",
    "Imagine a hundred such patients one after the other. What would these columns hold?",
    "A colleague plans a study with such patients and needs to know what to expect in these columns:",
    "From the published literature on such patients, estimate the distribution of these columns:",
    "Before seeing any data, write down what you expect of these columns:",
];

fn laws_wanted(
    card: &Card,
    columns: &[usize],
    outcome: Option<&CardColumn>,
    number: u64,
) -> (String, PrivacyClass) {
    let names: Vec<&str> = columns.iter().map(|&at| card.columns()[at].name()).collect();
    let by = outcome.map_or_else(String::new, |outcome| {
        format!(
            " Give them separately for each level of {}, which is the outcome: the differences between the levels matter most.",
            outcome.name()
        )
    });
    let text = format!(
        "{} {}.{by} For numbers give the values below which 5, 25, 50, 75 and 95 % of patients lie (q05 to q95), in the \
         units above; for levels the share of patients with each; `missing` is the share of patients without a value. \
         Answer with one JSON object and nothing else.",
        WAYS[(number % WAYS.len() as u64) as usize],
        names.join(", ")
    );
    (text, card.class())
}

fn relations_wanted(
    card: &Card,
    ordered: &[usize],
    outcome: Option<&CardColumn>,
    number: u64,
) -> (String, PrivacyClass) {
    let names: Vec<&str> = ordered.iter().map(|&at| card.columns()[at].name()).collect();
    let within = outcome
        .map_or_else(String::new, |outcome| format!(" among patients with the same {}", outcome.name()));
    let text = format!(
        "{} {}. Which of them go together{within}? `relations` holds pairs with a `strength` from -1 (one falls where \
         the other rises) to 1 (they rise together), strongest first; leave out pairs that hardly do. `rules` holds pairs of \
         which `lower` can never be greater than `upper` in any patient. Answer with one JSON object and nothing else.",
        WAYS[(number % WAYS.len() as u64) as usize],
        names.join(", ")
    );
    (text, card.class())
}
