//! What does an engine make of the rows of some people, and what does that take?

use crate::artefact::{Artefact, Learned};
use crate::cost::Meter;
use crate::curate::{Curator, modelled};
use crate::draw::{Ask, draw_obeying};
use crate::error::EngineError;
use crate::fit::fit;
use crate::host::Host;
use crate::language::{LanguageOptions, Partner, desk, exchange, rows};
use crate::load::Source;
use crate::obey::Obedience;
use crate::recipe::Recipe;
use verosim_core::{Context, Seeded};
use verosim_data::frame::{format, parse};
use verosim_data::{Table, Train};
use verosim_eval::card::{Cost, Exchange};
use verosim_llm::accept::Tally;

/// What is asked of an engine.
pub(crate) struct Order<'a> {
    /// How the table was written.
    pub(crate) source: &'a Source,
    /// Engine, settings and rules.
    pub(crate) recipe: &'a Recipe,
    /// Rows to draw.
    pub(crate) n: usize,
    /// The language model and how it is reached, for engines that ask one.
    pub(crate) partner: Option<(&'a Partner, &'a LanguageOptions)>,
    /// The machine.
    pub(crate) host: &'a Host<'a>,
}

/// What an engine made.
pub(crate) struct Made {
    /// Its rows, as they would be read from the file that is written; fewer than asked for where a language model brought
    /// fewer.
    pub(crate) table: Table,
    /// What was learned.
    pub(crate) artefact: Artefact,
    /// Learning and drawing.
    pub(crate) cost: Cost,
    /// What the language model was asked.
    pub(crate) exchange: Option<Exchange>,
}

/// Learns from `train` and draws, as a run does: rules are kept, rows of engines that are incomplete without it are
/// curated.
///
/// # Errors
/// Those of learning, drawing and asking.
pub(crate) fn make(
    order: &Order<'_>,
    train: &Train,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Made, EngineError> {
    let Order { source, recipe, n, partner, host } = *order;
    let meter = Meter::start(host);
    let artefact = fit(train, source, recipe, host, ctx)?;
    let by_default = match &artefact.learned {
        Learned::Drawn { .. } => false,
        Learned::Prompted { engine, .. } => engine.is_curated(),
    };
    let known = modelled(train.table(), &artefact);
    let curator = Curator::learn(&known, recipe, by_default, seed.split("curate"), ctx)?.ok();
    let mut obedience = Obedience::new(&artefact.about.rules);
    let mut account = None;
    let mut draw = {
        let (obedience, account, artefact) = (&mut obedience, &mut account, &artefact);
        let mut desk = partner.map(|(partner, language)| desk(partner, language));
        let mut tally = Tally::default();
        move |n: usize, seed: Seeded| -> Result<(Table, bool), EngineError> {
            let Some(fitted) = artefact.learned.prompted() else {
                let table = draw_obeying(artefact, &Ask::rows(n), obedience, seed, ctx)?;
                return Ok((table, obedience.shortfall().is_none()));
            };
            let no_model = || EngineError::NoModel { engine: recipe.engine.clone() };
            let desk = desk.as_mut().ok_or_else(no_model)?;
            let had = rows(artefact, fitted, n, desk, obedience, seed, ctx)?;
            tally.add(&had.tally);
            *account = Some(exchange(desk.spent(), &tally, had.prior.as_ref()));
            let whole = had.table.n_rows() == n;
            Ok((had.table, whole))
        }
    };
    let table = match &curator {
        Some(curator) => {
            curator.fill(n, &artefact.codec, seed, |rows, round| draw(rows, seed.split_at(round)))?.0
        }
        None => draw(n, seed)?.0,
    };
    let cost = meter.stop(&recipe.engine);
    let schema = artefact.codec.schema();
    let table = parse(&format(&table, schema, &artefact.types()), schema)
        .map_err(|source| EngineError::Parse { role: "an engine's rows", source })?;
    Ok(Made { table, artefact, cost, exchange: account })
}
