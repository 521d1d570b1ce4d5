//! What does one column hold? The questions are asked from the most to the least particular.

use super::identifier::{Shape, suspicion};
use super::{codes, missing, numbers, order, times};
use crate::RawColumn;
use crate::frame::decimal;
use verosim_core::schema::{Format, NumberTraits, Suspicion, Treatment};
use verosim_core::{CodeSystem, ColumnSchema, Kind};

/// The distinct present texts of a column and how many rows hold each.
pub(super) struct Texts<'a> {
    pub(super) name: &'a str,
    pub(super) levels: Vec<(&'a str, usize)>,
    /// Rows that hold one of them.
    pub(super) rows: usize,
}

impl Texts<'_> {
    /// Share of distinct texts among present rows.
    pub(super) fn distinct_share(&self) -> f64 {
        self.levels.len() as f64 / self.rows.max(1) as f64
    }

    /// Share of rows whose text satisfies `is`.
    pub(super) fn share(&self, is: impl Fn(&str) -> bool) -> f64 {
        let rows: usize = self.levels.iter().filter(|(text, _)| is(text)).map(|(_, rows)| rows).sum();
        rows as f64 / self.rows.max(1) as f64
    }
}

/// What was found out about a column.
struct Finding {
    kind: Kind,
    confidence: f64,
    reason: String,
    format: Format,
    code_system: Option<CodeSystem>,
    order: Vec<String>,
    traits: NumberTraits,
}

impl Finding {
    fn new(kind: Kind, confidence: f64, reason: impl Into<String>) -> Self {
        Self {
            kind,
            confidence,
            reason: reason.into(),
            format: Format::Text,
            code_system: None,
            order: Vec::new(),
            traits: NumberTraits::default(),
        }
    }
}

/// Infers what `raw` holds; a `declared` kind wins.
pub(super) fn column(raw: &RawColumn, declared: Option<Kind>) -> ColumnSchema {
    let counts = raw.counts();
    let all: Vec<(&str, usize)> =
        raw.levels().iter().map(|level| &**level).zip(counts).filter(|(_, rows)| *rows > 0).collect();
    let numeric = declared.is_none_or(|kind| matches!(kind, Kind::Continuous | Kind::Count));
    let (markers, special) = missing::markers(&all, numeric);
    let levels: Vec<(&str, usize)> =
        all.iter().copied().filter(|(text, _)| !markers.iter().any(|marker| marker == text)).collect();
    let texts = Texts { name: &raw.name, rows: levels.iter().map(|(_, rows)| rows).sum(), levels };
    let found = match declared {
        Some(kind) => as_declared(&texts, kind),
        None => look(&texts),
    };
    let shape = Shape { kind: found.kind, n_rows: raw.len() };
    let suspicion = suspicion(&texts, &shape);
    let mut schema = ColumnSchema {
        kind: found.kind,
        confidence: found.confidence,
        reason: found.reason,
        code_system: found.code_system,
        missing: if markers.is_empty() { vec![String::new()] } else { markers },
        format: found.format,
        order: found.order,
        traits: found.traits,
        ..ColumnSchema::declared(&raw.name, found.kind)
    };
    if let Some(note) = special {
        schema.reason = format!("{}; {note}", schema.reason);
    }
    if let Some((suspicion, why)) = suspicion {
        schema.identifier = Some(suspicion);
        schema.reason = format!("{}; may identify persons: {why}", schema.reason);
    }
    schema.treatment = match (schema.kind, schema.identifier) {
        (Kind::Text, None) => {
            schema.reason = format!("{}; free text is not modelled by table engines", schema.reason);
            Treatment::Drop
        }
        (_, Some(Suspicion::PersonName | Suspicion::Address)) if declared.is_none() => Treatment::Drop,
        (Kind::Id | Kind::Text, _) => Treatment::Regenerate,
        (_, Some(_)) if declared.is_none() => Treatment::Regenerate,
        _ => Treatment::Model,
    };
    schema
}

fn as_declared(texts: &Texts<'_>, kind: Kind) -> Finding {
    let mut found = Finding::new(kind, 1.0, "declared");
    match kind {
        Kind::Continuous | Kind::Count => {
            if let Some(number) = numbers::look(texts) {
                found.format = number.format;
                found.traits = number.traits;
            }
        }
        Kind::Date | Kind::Datetime | Kind::Duration => {
            if let Some(time) = times::look(texts, Some(kind)) {
                found.format = Format::Time { pattern: time.pattern.to_owned() };
            }
        }
        Kind::Ordinal => {
            found.order = order::numeric(texts).or_else(|| order::known(texts)).unwrap_or_default();
        }
        Kind::Code => found.code_system = Some(codes::system(texts).unwrap_or(CodeSystem::Other)),
        _ => {}
    }
    found
}

fn look(texts: &Texts<'_>) -> Finding {
    match texts.levels.len() {
        0 => return Finding::new(Kind::Constant, 1.0, "every cell is missing"),
        1 => return Finding::new(Kind::Constant, 1.0, "one value only"),
        _ => {}
    }
    if let Some(found) = boolean(texts) {
        return found;
    }
    if let Some(system) = codes::system(texts) {
        let mut found =
            Finding::new(Kind::Code, 0.9, format!("texts have the form of {}", codes::words(system)));
        found.code_system = Some(system);
        return found;
    }
    if let Some(time) = times::look(texts, None) {
        let mut found = Finding::new(time.kind, time.confidence, time.reason);
        found.format = Format::Time { pattern: time.pattern.to_owned() };
        return found;
    }
    if let Some(found) = number(texts) {
        return found;
    }
    if let Some(order) = order::known(texts) {
        let mut found =
            Finding::new(Kind::Ordinal, 0.8, "levels have a usual order (bands, stages or grades)");
        found.order = order;
        return found;
    }
    text(texts)
}

fn boolean(texts: &Texts<'_>) -> Option<Finding> {
    const PAIRS: [[&str; 2]; 6] =
        [["0", "1"], ["no", "yes"], ["n", "y"], ["false", "true"], ["f", "t"], ["-", "+"]];
    if texts.levels.len() != 2 {
        return None;
    }
    let mut low: Vec<String> = texts.levels.iter().map(|(text, _)| text.trim().to_lowercase()).collect();
    low.sort();
    PAIRS
        .iter()
        .any(|pair| low == *pair)
        .then(|| Finding::new(Kind::Boolean, 0.95, "two values that mean no and yes"))
}

fn number(texts: &Texts<'_>) -> Option<Finding> {
    let labels: usize =
        texts.levels.iter().filter(|(text, _)| decimal::is_label(text)).map(|(_, rows)| rows).sum();
    if labels > 0 && texts.share(|text| text.trim().bytes().all(|b| b.is_ascii_digit())) > 0.95 {
        let kind =
            if texts.distinct_share() > 0.95 || texts.levels.len() > 1000 { Kind::Id } else { Kind::Nominal };
        let reason = format!(
            "digits that would change as numbers: {labels} rows have leading zeros or over 15 digits"
        );
        return Some(Finding::new(kind, 0.8, reason));
    }
    let found = numbers::look(texts)?;
    let whole = found.is_whole();
    let key = whole && super::identifier::is_key(texts, found.values());
    let mut finding = if key {
        Finding::new(Kind::Id, 0.9, "whole numbers, nearly all different, named or numbered like a key")
    } else if whole
        && !super::identifier::is_counting_name(texts.name)
        && order::is_short_scale(found.values())
    {
        let mut finding =
            Finding::new(Kind::Ordinal, 0.6, format!("{} small whole numbers", texts.levels.len()));
        finding.order = order::numeric(texts).unwrap_or_default();
        return Some(finding);
    } else if whole {
        Finding::new(Kind::Count, 0.9, "whole numbers")
    } else {
        Finding::new(Kind::Continuous, 0.95, found.reason())
    };
    if !key {
        finding.format = found.format;
        finding.traits = found.traits;
    }
    Some(finding)
}

fn text(texts: &Texts<'_>) -> Finding {
    let mean = |f: &dyn Fn(&str) -> usize| {
        let sum: usize = texts.levels.iter().map(|(text, rows)| f(text) * rows).sum();
        sum as f64 / texts.rows.max(1) as f64
    };
    let (length, words) = (mean(&|text| text.chars().count()), mean(&|text| text.split_whitespace().count()));
    let distinct = texts.distinct_share();
    if distinct > 0.3 && texts.levels.len() > 30 && (words >= 4.0 || length > 40.0) {
        return Finding::new(Kind::Text, 0.9, format!("{words:.0} words a cell, mostly different"));
    }
    if distinct > 0.95 && texts.rows >= 20 && words < 2.0 {
        return Finding::new(Kind::Id, 0.9, "nearly every row has a value of its own");
    }
    if distinct > 0.5 && texts.levels.len() > 100 {
        return Finding::new(
            Kind::Text,
            0.6,
            format!("{} different texts, too many for levels", texts.levels.len()),
        );
    }
    if let Some(refusal) = times::mixed(texts) {
        return Finding::new(Kind::Nominal, 0.4, refusal);
    }
    let odd = texts.rows
        - texts
            .levels
            .iter()
            .filter(|(text, _)| decimal::read(text, '.').is_none())
            .map(|(_, n)| n)
            .sum::<usize>();
    let reason = match odd {
        0 => format!("{} levels", texts.levels.len()),
        numbers => format!(
            "{} levels; {numbers} of {} rows are numbers, the others are not",
            texts.levels.len(),
            texts.rows
        ),
    };
    Finding::new(Kind::Nominal, if odd == 0 { 0.9 } else { 0.6 }, reason)
}
