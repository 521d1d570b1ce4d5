//! How are two tables of people brought before a model?

use super::{ProbeOptions, Suspects};
use crate::error::EngineError;
use crate::load::{load, load_like};
use crate::recipe::Recipe;
use crate::split::refuse_overlap;
use verosim_core::{Context, Disclosure, Seeded};
use verosim_data::constrain::allowances;
use verosim_llm::accept::Record;
use verosim_llm::card::{Card, Mapping};
use verosim_llm::harvest::{Desk, Stopped};
use verosim_llm::probe::{Battery, Probed};

/// People of two tables, in the words that a model would use.
pub(super) struct People {
    /// Column of the private fact.
    pub(super) sensitive: String,
    at: usize,
    card: Card,
    members: Vec<Record>,
    strangers: Vec<Record>,
}

impl People {
    pub(super) fn load(
        suspects: &Suspects<'_>,
        options: &ProbeOptions<'_>,
        recipe: &Recipe,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Self, EngineError> {
        let sensitive = suspects.sensitive.or(recipe.targets.first().map(String::as_str));
        let sensitive = sensitive.ok_or(EngineError::NothingPrivate)?.to_owned();
        let source = load(suspects.train, recipe, options.metadata, options.memory_limit, ctx)?;
        source.schema.index_of(&sensitive)?;
        let (raw, holdout) = load_like(
            suspects.holdout,
            &source.schema,
            recipe.delimiter,
            options.memory_limit,
            "the holdout",
            ctx,
        )?;
        refuse_overlap(&source.raw, &raw, &source.schema)?;
        // Levels of single people are told too: what is asked for is what a model should not know.
        let columns = allowances(&source.schema, Some(&source.train()), 1, seed.split("allowances"));
        let card = Card::new(&columns, Disclosure::Rows, Mapping::None, seed.split("names"));
        let at = card.columns().iter().position(|column| column.name() == sensitive);
        let at = at.ok_or_else(|| EngineError::NotShown { column: sensitive.clone() })?;
        let members = Record::of_table(&card, &source.table);
        let strangers = Record::of_table(&card, &holdout);
        Ok(Self { sensitive, at, card, members, strangers })
    }

    pub(super) fn ask(
        &self,
        suspects: &Suspects<'_>,
        recipe: &Recipe,
        desk: &mut Desk<'_>,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Probed, Stopped> {
        let battery = Battery {
            card: &self.card,
            about: recipe.about.as_deref(),
            members: &self.members,
            strangers: &self.strangers,
            sensitive: self.at,
            questions: suspects.questions,
            temperatures: suspects.temperatures,
        };
        battery.run(desk, seed.split("people"), ctx)
    }
}
