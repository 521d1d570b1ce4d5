//! Which column of a table holds which concept, in which unit?

use super::dictionary::{Concept, Holds, Unit, concepts};
use super::given::Given;
use crate::Table;
use crate::constrain::condition::band;
use std::collections::BTreeSet;
use verosim_core::{CodeSystem, ColumnSchema, Kind, Schema};

/// A concept and the columns that hold it.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    /// The concept.
    pub concept: &'static str,
    /// The column; several where any of them may hold it, as diagnoses do.
    pub columns: Vec<String>,
    /// Its unit, where the concept has one.
    pub unit: Option<String>,
    /// Whether a person said so.
    pub is_given: bool,
    form: Form,
}

/// How rules must speak of the columns.
#[derive(Clone, Debug, PartialEq)]
enum Form {
    Number { factor: f64, offset: f64 },
    Band,
    Levels { texts: Vec<(&'static str, Vec<String>)> },
    Flags { yes: f64 },
    Time,
    Codes,
}

/// Why no column holds a concept, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unbound {
    /// The concept.
    pub concept: &'static str,
    /// `no column is called so`, or what is wrong with the one that is.
    pub why: String,
}

/// Rows below which values say nothing of a unit.
const LEAST_ROWS: usize = 11;

/// The columns of `concept`.
///
/// Names decide which columns come into question; what they hold decides whether they are the concept, and in which unit.
/// Of cells, only the median of a column and the texts of its levels are looked at.
pub(super) fn bind(
    concept: &'static Concept,
    schema: &Schema,
    sample: &Table,
    given: &Given,
) -> Result<Binding, Unbound> {
    let unbound = |why: String| Unbound { concept: &concept.id, why };
    let binding = |columns: Vec<String>, unit: Option<String>, is_given: bool, form: Form| Binding {
        concept: &concept.id,
        columns,
        unit,
        is_given,
        form,
    };
    if let Some(said) = given.of(&concept.id) {
        let column = schema.index_of(&said.column).map_err(|error| unbound(error.to_string()))?;
        let column = &schema.columns[column];
        if let Some(system) = vocabulary(concept.holds) {
            let is_code = column.code_system == Some(system) || !column.kind.is_numeric();
            let form = is_code.then_some(Form::Codes).ok_or_else(|| unbound(unfit(column, "codes")))?;
            return Ok(binding(vec![column.name.clone()], None, true, form));
        }
        let unit = said.unit.as_ref().and_then(|unit| concept.units.iter().position(|u| u.name == *unit));
        let (form, unit) = form(concept, column, sample, unit, &said.levels).map_err(unbound)?;
        return Ok(binding(vec![column.name.clone()], unit, true, form));
    }
    if let Some(system) = vocabulary(concept.holds) {
        let is_of = |column: &&ColumnSchema| column.code_system == Some(system) && !column.kind.is_numeric();
        let columns: Vec<String> =
            schema.columns.iter().filter(is_of).map(|column| column.name.clone()).collect();
        let none = || unbound("no column holds codes of this vocabulary".into());
        return (!columns.is_empty()).then(|| binding(columns, None, false, Form::Codes)).ok_or_else(none);
    }
    let mut named: Vec<(usize, Option<usize>, &ColumnSchema)> = schema
        .columns
        .iter()
        .filter_map(|column| concept.fit(&column.name).map(|(place, unit)| (place, unit, column)))
        .collect();
    named.sort_by_key(|(place, ..)| *place);
    let mut why = "no column is called so".to_owned();
    for (_, unit, column) in named {
        match form(concept, column, sample, unit, &[]) {
            Ok((form, unit)) => return Ok(binding(vec![column.name.clone()], unit, false, form)),
            Err(reason) => why = reason,
        }
    }
    Err(unbound(why))
}

fn vocabulary(holds: Holds) -> Option<CodeSystem> {
    match holds {
        Holds::Icd9 => Some(CodeSystem::Icd9),
        Holds::Icd10 => Some(CodeSystem::Icd10),
        _ => None,
    }
}

fn unfit(column: &ColumnSchema, wanted: &str) -> String {
    format!("column `{}` holds {}, not {wanted}", column.name, column.kind.name())
}

/// How rules speak of a column, and its unit; or why it does not hold the concept.
fn form(
    concept: &'static Concept,
    column: &ColumnSchema,
    sample: &Table,
    unit: Option<usize>,
    said: &[(String, Vec<String>)],
) -> Result<(Form, Option<String>), String> {
    let levels =
        || sample.column(&column.name).and_then(|column| column.levels()).map_or(&[][..], |(_, l)| l);
    let is_time = matches!(column.kind, Kind::Date | Kind::Datetime);
    let is_number = column.kind.is_numeric() && !is_time;
    match concept.holds {
        Holds::Number if is_number => {
            let at = match unit {
                Some(at) => at,
                None => unit_of(concept, column, sample)?,
            };
            let unit = &concept.units[at];
            Ok((Form::Number { factor: unit.factor, offset: unit.offset }, Some(unit.name.clone())))
        }
        Holds::Number if concept.bands && !is_time => {
            let known = levels().iter().filter(|level| band(level).is_some()).count();
            let is_band = levels().is_empty() || 2 * known > levels().len();
            let unit = concept.units.first().map(|unit| unit.name.clone());
            if is_band { Ok((Form::Band, unit)) } else { Err(unfit(column, "numbers")) }
        }
        Holds::Number => Err(unfit(column, "numbers")),
        Holds::Time if is_time => Ok((Form::Time, None)),
        Holds::Time => Err(unfit(column, "times")),
        Holds::Flag if is_number => {
            let is_binary = sample
                .column(&column.name)
                .and_then(|column| column.numbers())
                .is_none_or(|cells| cells.iter().all(|cell| cell.is_nan() || *cell == 0.0 || *cell == 1.0));
            if is_binary { Ok((Form::Flags { yes: 1.0 }, None)) } else { Err(unfit(column, "yes and no")) }
        }
        Holds::Flag | Holds::Levels if column.kind.is_numeric() => Err(unfit(column, "levels")),
        Holds::Flag | Holds::Levels => {
            // Where no rows are there yet, the declared levels are all there is.
            let known: BTreeSet<&String> =
                levels().iter().chain(&column.levels).chain(&column.order).collect();
            let mut texts: Vec<(&'static str, Vec<String>)> = Vec::new();
            for level in known {
                let word =
                    said.iter().find(|(_, texts)| texts.contains(level)).map(|(word, _)| word.as_str());
                let word = if said.is_empty() { concept.word(level) } else { word };
                let Some(word) = word.and_then(|word| static_word(concept, word)) else { continue };
                match texts.iter_mut().find(|(known, _)| *known == word) {
                    Some((_, levels)) => levels.push(level.clone()),
                    None => texts.push((word, vec![level.clone()])),
                }
            }
            Ok((Form::Levels { texts }, None))
        }
        Holds::Icd9 | Holds::Icd10 => Err(unfit(column, "codes")),
    }
}

/// The word of the dictionary that is written like `word`.
fn static_word(concept: &'static Concept, word: &str) -> Option<&'static str> {
    let own = concept.levels.keys().map(String::as_str);
    own.chain(super::dictionary::FLAGS.iter().map(|(flag, _)| *flag)).find(|known| *known == word)
}

/// The unit that metadata name, or in which the median of the column (the middle of declared bounds where there are no
/// rows) is typical of the concept.
fn unit_of(concept: &Concept, column: &ColumnSchema, sample: &Table) -> Result<usize, String> {
    if let Some(declared) = &column.unit {
        let is = |text: &str| text.eq_ignore_ascii_case(declared);
        if let Some(at) =
            concept.units.iter().position(|unit| is(&unit.name) || unit.hints.iter().any(|h| is(h)))
        {
            return Ok(at);
        }
    }
    let mut cells: Vec<f64> = sample
        .column(&column.name)
        .and_then(|column| column.numbers())
        .map_or_else(Vec::new, |cells| cells.iter().copied().filter(|cell| cell.is_finite()).collect());
    let of = |middle: f64| {
        concept.units.iter().position(|Unit { typical: [low, high], .. }| *low <= middle && middle <= *high)
    };
    if cells.len() < LEAST_ROWS {
        if let Some(at) = column.bounds.and_then(|(low, high)| of(f64::midpoint(low, high))) {
            return Ok(at);
        }
        let only = concept.units.len() == 1;
        return only.then_some(0).ok_or_else(|| format!("the unit of column `{}` is not known", column.name));
    }
    cells.sort_by(f64::total_cmp);
    of(cells[cells.len() / 2]).ok_or_else(|| {
        format!("column `{}` does not look like {} in any unit known", column.name, concept.words)
    })
}

impl Binding {
    /// How a rule speaks of the concept.
    pub(super) fn spoken(&self) -> Option<String> {
        let names: Vec<String> = self.columns.iter().map(|name| quoted(name)).collect::<Option<_>>()?;
        let name = names.first()?;
        Some(match &self.form {
            Form::Number { factor, offset } if *factor == 1.0 && *offset == 0.0 => name.clone(),
            Form::Number { factor, offset } if *offset == 0.0 => format!("({name} * {factor})"),
            Form::Number { factor, offset } => format!("({name} * {factor} + {offset})"),
            Form::Band => format!("number({name})"),
            Form::Codes if names.len() > 1 => format!("any({})", names.join(", ")),
            Form::Levels { .. } | Form::Flags { .. } | Form::Time | Form::Codes => name.clone(),
        })
    }

    /// How a rule says that the concept is `word`: `"SEX" in ("2")`. `None` where no level of the column means that.
    pub(super) fn is(&self, word: &str) -> Option<String> {
        let name = quoted(self.columns.first()?)?;
        match &self.form {
            Form::Levels { texts } => {
                let (_, levels) = texts.iter().find(|(known, _)| *known == word)?;
                let levels: Vec<String> = levels.iter().map(|level| quoted(level)).collect::<Option<_>>()?;
                Some(format!("{name} in ({})", levels.join(", ")))
            }
            Form::Flags { yes } => Some(format!("{name} = {}", if word == "yes" { *yes } else { 1.0 - yes })),
            _ => None,
        }
    }
}

/// A name or text between quotes that it does not hold.
pub(super) fn quoted(text: &str) -> Option<String> {
    let quote = ['`', '"', '\''].into_iter().find(|quote| !text.contains(*quote))?;
    Some(format!("{quote}{text}{quote}"))
}

/// The columns that make groups of people: sex, age, ethnic group and others that the dictionary names.
#[must_use]
pub fn protected_columns(schema: &Schema, sample: &Table, given: &Given) -> Vec<usize> {
    let protected = concepts().iter().filter(|concept| concept.protected);
    let bound = protected.filter_map(|concept| bind(concept, schema, sample, given).ok());
    bound.filter_map(|binding| schema.index_of(binding.columns.first()?).ok()).collect()
}
