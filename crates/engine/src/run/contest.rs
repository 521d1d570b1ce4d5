//! What would engines that need no model have brought from the same patients, and what did each unit of utility take?

use super::{Run, judge_rows};
use crate::artefact::Artefact;
use crate::error::EngineError;
use crate::evaluate::evaluate;
use crate::make::{Made, Order, make};
use crate::recipe::Recipe;
use serde_json::Map;
use verosim_core::{Context, Preset, Silent};
use verosim_data::{Table, Train};
use verosim_eval::JudgeSettings;
use verosim_eval::card::{Card, Contender, Contest, Cost, Task};

/// The floor and the default: what is free before any question is asked.
const BESIDE: [&str; 2] = ["independent", "trees"];
/// Joules of a watt-hour.
const WATT_HOUR: f64 = 3_600.0;

impl Run<'_> {
    /// The run's own engine beside those that need no model, on the first outcome; `None` where the outcome cannot be
    /// told from real rows, or none is named.
    pub(super) fn contest(&self, card: &Card) -> Result<Option<Contest>, EngineError> {
        let Some(own) = card.tasks.first() else { return Ok(None) };
        let exchange = card.exchange.as_ref();
        let stages = card.costs.iter().filter(|cost| cost.stage == "fit" || cost.stage == "sample");
        let spent = stages.fold((0.0, 0.0), |had, cost| (had.0 + cost.wall_s, had.1 + watt_hours(cost)));
        let [low, high] = exchange.and_then(|exchange| exchange.energy_wh).unwrap_or_default();
        let mut contenders = vec![Contender {
            engine: self.recipe.engine.clone(),
            utility: own.synthetic,
            seconds: spent.0,
            energy_wh: [spent.1 + low, spent.1 + high],
            tokens: exchange.map(|exchange| exchange.input_tokens + exchange.output_tokens),
            cost: exchange.and_then(|exchange| exchange.cost),
        }];
        for engine in BESIDE {
            contenders.extend(self.contender(engine, card.about.n_synthetic, own)?);
        }
        Ok(Some(Contest {
            target: own.target.clone(),
            measure: own.measure.clone(),
            no_skill: own.baseline,
            real: own.real,
            price_of: exchange.and_then(|exchange| exchange.price_of.clone()),
            contenders,
        }))
    }

    /// As many rows from the same patients by `engine`, judged like the run's own.
    fn contender(&self, engine: &str, n: usize, own: &Task) -> Result<Option<Contender>, EngineError> {
        let quiet = Context { progress: &Silent, stop: self.ctx.stop };
        // Judged on this machine and then forgotten: nothing is promised of it.
        let (epsilon, delta, insecure_seed) = (None, None, None);
        let (engine, settings) = (engine.to_owned(), Map::new());
        let recipe = Recipe { engine, settings, epsilon, delta, insecure_seed, ..self.recipe.clone() };
        let seed = self.seed.split("contest").split(&recipe.engine);
        let train = Train::new(self.split.train.clone(), self.split.train_subjects.clone());
        let order = Order { source: &self.source, recipe: &recipe, n, partner: None, host: self.host };
        let Made { table, artefact, cost: spent, .. } = make(&order, &train, seed, quiet)?;
        let task = self.utility(&table, &artefact, quiet)?.into_iter().next();
        Ok(task.filter(|task| task.target == own.target).map(|task| Contender {
            engine: recipe.engine,
            utility: task.synthetic,
            seconds: spent.wall_s,
            energy_wh: [watt_hours(&spent); 2],
            tokens: None,
            cost: None,
        }))
    }

    fn utility(
        &self,
        synthetic: &Table,
        artefact: &Artefact,
        ctx: Context<'_>,
    ) -> Result<Vec<Task>, EngineError> {
        let settings = JudgeSettings {
            title: String::new(),
            engine: String::new(),
            guarantee: String::new(),
            date: String::new(),
            only: vec!["ut.tstr".into()],
            preset: Preset::Standard,
            row_limit: judge_rows(Preset::Standard),
            references: Vec::new(),
            bare: false,
        };
        Ok(evaluate(&self.bench(synthetic, artefact), &settings, self.seed.split("judge"), ctx)?.tasks)
    }
}

fn watt_hours(cost: &Cost) -> f64 {
    cost.joules.unwrap_or(0.0) / WATT_HOUR
}
