//! How do settings become a style, and a style and a brief a prepared engine?

use super::ask::{RowPrompted, State};
use super::order::by_dependency;
use super::style::{Examples, Order, Sections, Style, Writers};
use super::{Brief, DynPrompted, DynPrompter};
use crate::accept::Record;
use crate::card::{Card, Mapping};
use crate::harvest::{Limits, is_varied};
use rand::seq::SliceRandom as _;
use serde_json::{Map, Value};
use std::collections::HashSet;
use verosim_core::{
    ConfigError, Context, Disclosure, EnginePage, FitError, Mode, PrivacyClass, Seeded, Settings,
    UnknownColumn,
};
use verosim_data::constrain::{Allowance, Allowed, Known, Range};

/// A preset that asks for rows, with checked settings.
pub(super) struct RowPrompter {
    page: &'static EnginePage,
    style: Style,
    /// Whether the outcome must be there.
    needs_outcome: bool,
    /// The most that its prompts ever tell.
    most: Disclosure,
    settings: Map<String, Value>,
}

/// Most levels of an outcome that is shown in groups.
const MOST_GROUPS: usize = 10;

impl RowPrompter {
    /// Reads the settings that the page lists over `base`.
    pub(super) fn new(
        page: &'static EnginePage,
        base: Style,
        needs_outcome: bool,
        most: Disclosure,
        written: &Map<String, Value>,
    ) -> Result<Self, ConfigError> {
        let settings = Settings::new(page, written)?;
        let mut style = base;
        for setting in page.settings {
            match setting.name {
                "rows_per_reply" => style.rows = settings.whole("rows_per_reply", 1..=500)?,
                "temperature" => style.temperature = settings.number("temperature", 0.0..=2.0)?,
                "temperature_to"
                    if written.get("temperature_to").is_some_and(|to| *to != setting.default) =>
                {
                    style.temperature_to = Some(settings.number("temperature_to", 0.0..=2.0)?);
                }
                "temperature_over" => {
                    style.temperature_over = settings.whole("temperature_over", 1..=100_000)?;
                }
                "top_p" => style.top_p = settings.number("top_p", 0.01..=1.0)?,
                "max_requests" => {
                    let most = settings.whole("max_requests", 0..=10_000_000)?;
                    style.max_requests = (most > 0).then_some(most as u64);
                }
                "diversity" => style.diversity = settings.word("diversity", &["on", "off"])? == "on",
                "personas" => {
                    let many = settings.word("personas", &["on", "off"])? == "on";
                    style.writers = if many { Writers::Many } else { Writers::Nobody };
                }
                "sections" => {
                    let word = settings.word("sections", &["fixed", "shuffled"])?;
                    style.sections = if word == "fixed" { Sections::Fixed } else { Sections::Shuffled };
                }
                "verbalised" => style.candidates = settings.whole("verbalised", 1..=50)?,
                "prevalence" => {
                    style.restore = settings.word("prevalence", &["restore", "model"])? == "restore";
                }
                "mapping" => style.mapping = Mapping::from_word(settings.word("mapping", &Mapping::WORDS)?),
                "mode" => {
                    let word = settings.word("mode", &["chat", "completion"])?;
                    style.mode = if word == "chat" { Mode::Chat } else { Mode::Completion };
                }
                "order" => {
                    let words: &[&str] = if setting.range.contains("dependency") {
                        &["table", "random", "dependency"]
                    } else {
                        &["table", "random"]
                    };
                    style.order = match settings.word("order", words)? {
                        "random" => Order::Random,
                        "dependency" => Order::Dependency,
                        _ => Order::Table,
                    }
                }
                "pool" => style.pool = settings.whole("pool", 1..=100_000)?,
                "examples" => style.examples = Examples::Drawn(settings.whole("examples", 0..=1_000)?),
                "rows_per_level" => {
                    let per_level = settings.whole("rows_per_level", 1..=200)?;
                    style.examples = Examples::Balanced { per_level, sets: settings.whole("sets", 1..=20)? };
                }
                "condition" => {
                    let names = settings.text("condition")?.split(',').map(str::trim);
                    style.condition = names.filter(|name| !name.is_empty()).map(str::to_owned).collect();
                }
                _ => {}
            }
        }
        let resolved = page.settings.iter().map(|setting| {
            let default = serde_json::from_str::<Value>(setting.default).ok().filter(Value::is_number);
            let default = default.unwrap_or_else(|| Value::from(setting.default));
            (setting.name.to_owned(), written.get(setting.name).cloned().unwrap_or(default))
        });
        Ok(Self { page, style, needs_outcome, most, settings: resolved.collect() })
    }
}

impl RowPrompter {
    /// Whether statistics or rows of patients enter, if only on this machine.
    fn sees_patients(&self) -> bool {
        self.style.restore || self.style.statistics || self.style.examples != Examples::Nothing
    }
}

impl DynPrompter for RowPrompter {
    fn fit(
        &self,
        brief: &Brief<'_>,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Box<dyn DynPrompted>, FitError> {
        ctx.stop.check()?;
        if brief.columns.is_empty() {
            return Err(FitError::NothingToModel);
        }
        let disclosure = brief.disclosure.min(self.most);
        let columns: Vec<Allowance> = if self.sees_patients() {
            brief.columns.clone()
        } else {
            brief.columns.iter().map(|column| without_patients(column, disclosure)).collect()
        };
        let target = outcome(brief);
        if self.needs_outcome && target.is_none() {
            return Err(FitError::NoTarget { engine: self.page.id });
        }
        let known = brief.columns.iter().map(|column| column.schema.name.as_str());
        if let Some(name) = self.style.condition.iter().find(|name| known.clone().all(|known| known != *name))
        {
            return Err(UnknownColumn::new(name, known).into());
        }
        let naming = seed.split("names").key();
        let card = Card::new(&columns, disclosure, self.style.mapping, Seeded::new(naming));
        let table = brief.train.map(verosim_data::Train::table);
        let records = table.map(|table| Record::of_table(&card, table)).unwrap_or_default();
        let may_show = disclosure.allows(PrivacyClass::RowLevel) && self.style.examples != Examples::Nothing;
        let pool =
            if may_show { pool(&records, target, self.style.pool, seed.split("pool")) } else { Vec::new() };
        let names: Vec<String> = brief.columns.iter().map(|column| column.schema.name.clone()).collect();
        let dependency = match (self.style.order, table) {
            (Order::Dependency, Some(table)) => by_dependency(table, &names),
            _ => (0..names.len()).collect(),
        };
        let shares = target.filter(|_| self.style.restore).map(|at| match &brief.columns[at].values {
            Allowed::Levels { shares, .. } => shares.clone(),
            _ => Vec::new(),
        });
        let seen = if self.sees_patients() { &records[..] } else { &[] };
        let state = State {
            style: self.style.clone(),
            varied: is_varied(seen, &columns),
            columns,
            target,
            about: brief.about.map(str::to_owned),
            disclosure,
            pool,
            shares: shares.unwrap_or_default(),
            rich: is_rich(seen, brief),
            naming,
            dependency,
            rules: brief.rules.clone(),
        };
        Ok(Box::new(RowPrompted::new(state)))
    }

    fn settings(&self) -> Map<String, Value> {
        self.settings.clone()
    }

    fn rows_per_reply(&self) -> usize {
        self.style.records_per_reply()
    }

    fn limits(&self) -> Limits {
        Limits { requests: self.style.max_requests, ..Limits::default() }
    }
}

/// What may be used of a column where no patient may be: without shares and quantiles, and without a range that nobody
/// declared and that may not be told.
fn without_patients(column: &Allowance, disclosure: Disclosure) -> Allowance {
    let may_tell = column.known == Known::Declared || disclosure.allows(PrivacyClass::Aggregate);
    let values = match &column.values {
        Allowed::Number { range, decimals } => {
            let range = range.filter(|_| may_tell).map(|range| Range { quantiles: None, ..range });
            Allowed::Number { range, decimals: *decimals }
        }
        Allowed::Levels { texts, .. } => Allowed::Levels { texts: texts.clone(), shares: Vec::new() },
        Allowed::Anything => Allowed::Anything,
    };
    Allowance { values, missing: 0.0, ..column.clone() }
}

/// The outcome: the named one, or the last column with few levels.
pub(super) fn outcome(brief: &Brief<'_>) -> Option<usize> {
    let is_grouping = |at: &usize| match &brief.columns[*at].values {
        Allowed::Levels { texts, .. } => (2..=MOST_GROUPS).contains(&texts.len()),
        _ => false,
    };
    match brief.target {
        Some(name) => {
            brief.columns.iter().position(|column| column.schema.name == name).filter(|at| is_grouping(at))
        }
        None => (0..brief.columns.len()).rev().find(is_grouping),
    }
}

/// The rows that may ever be shown: drawn once, evenly over the levels of the outcome.
fn pool(records: &[Record], target: Option<usize>, most: usize, seed: Seeded) -> Vec<Record> {
    let mut order: Vec<usize> = (0..records.len()).collect();
    order.shuffle(&mut seed.rng());
    if let Some(target) = target {
        // Round after round one row of each level, as long as there are any.
        let mut seen = std::collections::HashMap::<String, usize>::new();
        let mut round = |row: usize| {
            let of_level = seen.entry(format!("{:?}", records[row].0[target])).or_default();
            *of_level += 1;
            *of_level
        };
        let mut keyed: Vec<(usize, usize)> = order.iter().map(|&row| (round(row), row)).collect();
        keyed.sort_by_key(|&(round, _)| round);
        order = keyed.into_iter().map(|(_, row)| row).collect();
    }
    order.truncate(most);
    order.into_iter().map(|row| records[row].clone()).collect()
}

/// Whether equal rows are no chance: nearly all real ones differ, or without them, very many rows are possible.
fn is_rich(records: &[Record], brief: &Brief<'_>) -> bool {
    const LEAST_DISTINCT: f64 = 0.99;
    const LEAST_POSSIBLE: f64 = 1e6;
    if records.len() >= 20 {
        let distinct: HashSet<String> = records.iter().map(|record| format!("{:?}", record.0)).collect();
        return distinct.len() as f64 >= LEAST_DISTINCT * records.len() as f64;
    }
    let possible: f64 = brief
        .columns
        .iter()
        .map(|column| match &column.values {
            Allowed::Levels { texts, .. } => texts.len().max(1) as f64,
            Allowed::Number { .. } => 50.0,
            Allowed::Anything => 20.0,
        })
        .product();
    possible >= LEAST_POSSIBLE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accept::Cell;

    #[test]
    fn the_pool_is_even_over_levels() {
        let records: Vec<Record> = (0..100)
            .map(|i| Record(vec![Cell::Number(f64::from(i)), Cell::Level(u32::from(i < 10))]))
            .collect();
        let pool = pool(&records, Some(1), 16, Seeded::new(3));
        let rare = pool.iter().filter(|record| record.0[1] == Cell::Level(1)).count();
        assert_eq!((pool.len(), rare), (16, 8));
    }
}
