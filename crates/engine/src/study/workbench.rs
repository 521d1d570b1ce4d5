//! How is one engine learned from some of the people of a split, drawn and judged, within its time?

use super::deadline::Deadline;
use super::{MOST_DRAWN, StudyOptions, shortlist};
use crate::cost::peak_bytes;
use crate::error::EngineError;
use crate::evaluate::{Bench, evaluate};
use crate::fit::check;
use crate::host::Host;
use crate::language::{Partner, partner};
use crate::load::{Source, load};
use crate::make::{Made, Order, make};
use crate::obey::rules;
use crate::plan::Plan;
use crate::portfolio::{check_owners, of_engine, prompted};
use crate::recipe::Recipe;
use crate::split::{Split, split};
use rand::seq::SliceRandom as _;
use std::path::Path;
use verosim_core::{Context, Preset, Seeded, Silent};
use verosim_data::{Table, Train};
use verosim_eval::study::{Figures, Outcome, Took, figure};
use verosim_eval::{Card, JudgeSettings};

/// A table and everything that fits of it have in common.
pub(super) struct Workbench<'a> {
    pub(super) source: Source,
    pub(super) recipe: &'a Recipe,
    pub(super) options: &'a StudyOptions<'a>,
    pub(super) host: &'a Host<'a>,
    pub(super) ctx: Context<'a>,
    pub(super) engines: Vec<String>,
    partner: Option<Partner>,
}

/// Some of the people of a split, as rows of its training table.
pub(super) struct Part {
    pub(super) train: Table,
    pub(super) subjects: Option<Vec<u32>>,
}

/// Joules of a watt-hour.
const WATT_HOUR: f64 = 3_600.0;
/// Rows of each table that are judged.
const JUDGED: usize = 10_000;

impl<'a> Workbench<'a> {
    /// Reads the table and refuses whatever can be refused before the first fit: unknown engines and settings, an absent
    /// language model.
    ///
    /// # Errors
    /// Those of reading, of settings and of opening the language model.
    pub(super) fn new(
        input: &Path,
        recipe: &'a Recipe,
        options: &'a StudyOptions<'a>,
        host: &'a Host<'a>,
        ctx: Context<'a>,
    ) -> Result<Self, EngineError> {
        let engines = if options.engines.is_empty() { shortlist(recipe) } else { options.engines.to_vec() };
        check_owners(recipe, &engines)?;
        engines.iter().try_for_each(|engine| check(&of_engine(recipe, engine, recipe.seed)))?;
        let asks = engines.iter().any(|engine| prompted(engine).is_some());
        let partner = asks.then(|| partner(recipe, options.language)).transpose()?;
        let source = load(input, recipe, options.metadata, options.memory_limit, ctx)?;
        rules(recipe, &source)?;
        Ok(Self { source, recipe, options, host, ctx, engines, partner })
    }

    /// The seed of a repeat; all its arms share it.
    pub(super) fn seed(&self, repeat: usize) -> Seeded {
        Seeded::new(self.recipe.seed).split("study").split_at(repeat as u64)
    }

    /// The split of a repeat: other people are held out in each, unless they stand in a file.
    pub(super) fn split(&self, repeat: usize) -> Result<Split, EngineError> {
        let split = split(&self.source, self.recipe, self.options.memory_limit, self.seed(repeat), self.ctx)?;
        if split.holdout.n_rows() == 0 {
            return Err(EngineError::TooFewToSplit { rows: self.source.raw.n_rows() });
        }
        Ok(split)
    }

    /// The rows of `size` people of a split, all when `None`; those of a smaller size are among them.
    pub(super) fn part(&self, split: &Split, size: Option<usize>, repeat: usize) -> Part {
        let rows = some_people(split, size, self.seed(repeat).split("people"));
        let subjects = split.train_subjects.as_ref();
        Part {
            train: split.train.take(&rows),
            subjects: subjects.map(|subjects| rows.iter().map(|&row| subjects[row]).collect()),
        }
    }

    /// Rows that are drawn from whatever was learned on a part of `split`.
    pub(super) fn n_drawn(&self, split: &Split) -> usize {
        self.recipe.num_rows.unwrap_or(split.train.n_rows().min(MOST_DRAWN))
    }

    /// Learns and draws, then hands the rows to `judge`; whatever cannot be done is an outcome. Ends in time.
    ///
    /// # Errors
    /// Only where the whole study is stopped.
    pub(super) fn attempt(
        &self,
        engine: &str,
        part: &Part,
        n: usize,
        repeat: usize,
        judge: impl FnOnce(&Table, Context<'_>) -> Result<Figures, EngineError>,
    ) -> Result<Outcome, EngineError> {
        self.in_time(|quiet| {
            let recipe = of_engine(self.recipe, engine, self.seed(repeat).key());
            Plan::admit(&recipe, &self.source.schema, part.train.n_rows(), self.options.memory_limit)?;
            let partner = self.partner.as_ref().map(|partner| (partner, self.options.language));
            let order = Order { source: &self.source, recipe: &recipe, n, partner, host: self.host };
            let train = Train::new(part.train.clone(), part.subjects.clone());
            let Made { table, artefact, cost, exchange } =
                make(&order, &train, self.seed(repeat).split("sample"), quiet)?;
            let figures = judge(&table, quiet)?;
            let elsewhere = exchange.as_ref().and_then(|own| own.energy_wh).map_or(0.0, |own| own[1]);
            let took = Took {
                seconds: cost.wall_s,
                energy_wh: cost.joules.unwrap_or(0.0) / WATT_HOUR + elsewhere,
                peak_bytes: peak_bytes().unwrap_or(0),
                tokens: exchange.as_ref().map(|own| own.input_tokens + own.output_tokens),
                cost: exchange.as_ref().and_then(|own| own.cost),
            };
            let chosen = artefact.about.choice.map(|choice| choice.engine);
            Ok(Figures { rows: part.train.n_rows(), synthetic: table.n_rows(), chosen, took, ..figures })
        })
    }

    /// Does something within the time of one fit; whatever goes wrong is an outcome.
    pub(super) fn in_time(
        &self,
        work: impl FnOnce(Context<'_>) -> Result<Figures, EngineError>,
    ) -> Result<Outcome, EngineError> {
        let clock = self.host.clock;
        let limit = self.options.fit_limit;
        let until = limit.map_or(f64::INFINITY, |limit| clock() + limit);
        let deadline = Deadline { outer: self.ctx.stop, clock, until };
        match work(Context { progress: &Silent, stop: &deadline }) {
            Ok(figures) => Ok(Outcome::Done(figures)),
            Err(error) => {
                self.ctx.stop.check()?;
                let why = match (error.interruption(), limit) {
                    (Some(_), Some(limit)) => format!("took longer than {limit} s"),
                    _ => error.to_string(),
                };
                Ok(Outcome::Failed { why })
            }
        }
    }

    /// Judges rows in the place of synthetic ones by some metrics, without ceilings and floors.
    pub(super) fn judge(
        &self,
        split: &Split,
        train: &Part,
        synthetic: &Table,
        only: &[&str],
        repeat: usize,
        ctx: Context<'_>,
    ) -> Result<Card, EngineError> {
        let nothing = verosim_data::constrain::Rules::default();
        let bench = Bench {
            schema: &self.source.schema,
            train: &train.train,
            holdout: &split.holdout,
            synthetic,
            second: None,
            further: &[],
            rules: &nothing,
            targets: &self.recipe.targets,
            train_subjects: train.subjects.as_deref(),
            holdout_subjects: split.holdout_subjects.as_deref(),
            shown: None,
            policy: None,
            group_size: Some(LEAST_GROUP),
            judging: &self.recipe.judge,
            concepts: &self.recipe.concepts,
        };
        let settings = JudgeSettings {
            only: only.iter().map(|id| (*id).to_owned()).collect(),
            preset: Preset::Standard,
            row_limit: if only.contains(&"eq.vsml") { 4 * JUDGED } else { JUDGED },
            bare: true,
            ..JudgeSettings::default()
        };
        evaluate(&bench, &settings, self.seed(repeat).split("judge"), ctx)
    }

    /// What a model learned on `synthetic` does on the holdout, beside one learned on as many rows of all training people;
    /// without a figure where too little can be learned from, or no outcome is named.
    pub(super) fn utility(
        &self,
        split: &Split,
        synthetic: &Table,
        repeat: usize,
        ctx: Context<'_>,
    ) -> Result<Figures, EngineError> {
        let mut figures = Figures { holdout: split.holdout.n_rows(), ..Figures::default() };
        let Some(target) = self.recipe.targets.first() else { return Ok(figures) };
        let all = Part { train: split.train.clone(), subjects: split.train_subjects.clone() };
        let card = self.judge(split, &all, synthetic, &["ut.tstr"], repeat, ctx)?;
        // Outcome and measure are known of real rows, whatever was learned on these.
        let task = card.tasks.iter().find(|task| task.target == *target && task.learner == "boosted trees");
        if let Some(task) = task {
            figures.task = vec![task.target.clone(), task.measure.clone()];
            figures.values = [
                (figure::UTILITY, task.synthetic.value),
                (figure::REAL_UTILITY, task.real.value),
                (figure::NO_SKILL, task.baseline),
            ]
            .map(|(name, value)| (name.to_owned(), value))
            .into();
        }
        Ok(figures)
    }
}

/// Holdout people below which a study leaves a group out: repeats are averaged, and no count is told.
const LEAST_GROUP: usize = 22;

/// Values of a card by metric id.
pub(super) fn values(card: &Card) -> impl Iterator<Item = (String, f64)> {
    card.entries.iter().filter_map(|entry| Some((entry.id.clone(), entry.reading?.value)))
}

/// Rows, in order, of the first `size` people of a draw without end; of all people when `None`.
fn some_people(split: &Split, size: Option<usize>, seed: Seeded) -> Vec<usize> {
    let n = split.train.n_rows();
    let Some(size) = size else { return (0..n).collect() };
    let person = |row: usize| split.train_subjects.as_ref().map_or(row, |subjects| subjects[row] as usize);
    let mut people: Vec<usize> = (0..n).map(person).collect();
    people.sort_unstable();
    people.dedup();
    people.shuffle(&mut seed.rng());
    people.truncate(size);
    people.sort_unstable();
    (0..n).filter(|&row| people.binary_search(&person(row)).is_ok()).collect()
}
