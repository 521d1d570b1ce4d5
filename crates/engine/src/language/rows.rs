//! How does a prompted engine's harvest become a table like the source?

use super::{LanguageOptions, Partner};
use crate::artefact::Artefact;
use crate::error::EngineError;
use verosim_core::{Context, Seeded};
use verosim_data::Table;
use verosim_llm::accept::Tally;
use verosim_llm::harvest::{Desk, Shortfall};
use verosim_llm::ledger::Ledger;
use verosim_llm::preset::{DynPrompted, PriorAccount};

/// Rows that were had, and their account.
pub struct Rows {
    /// All columns of the source but those left out.
    pub table: Table,
    /// What became of all records.
    pub tally: Tally,
    /// Why there are fewer than asked for.
    pub shortfall: Option<Shortfall>,
    /// What became of the model's words, where it gave a prior.
    pub prior: Option<PriorAccount>,
}

/// The desk before a partner.
#[must_use]
pub fn desk<'a>(partner: &'a Partner, options: &LanguageOptions) -> Desk<'a> {
    let name = partner.model.name();
    let price = options.prices.as_ref().and_then(|list| {
        list.of(&name).map(|price| (price.clone(), format!("{} of {}", list.currency, list.date)))
    });
    let ledger = Ledger::new(&name, &partner.model.place(), options.budget, price);
    Desk::new(&*partner.model, partner.disclosure, ledger)
}

/// Asks for `n` rows and completes them: identifiers are made anew, derived columns computed.
///
/// # Errors
/// Those of [`DynPrompted::gather`]; fewer rows than asked for are a shortfall and no error.
pub fn rows(
    artefact: &Artefact,
    fitted: &dyn DynPrompted,
    n: usize,
    desk: &mut Desk<'_>,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Rows, EngineError> {
    let gathered = fitted.gather(n, desk, seed.split("rows"), ctx)?;
    let modelled = fitted.table(&gathered.rows);
    let table = artefact.codec.complete(&modelled, 0, seed.split("cells"));
    Ok(Rows { table, tally: gathered.tally, shortfall: gathered.shortfall, prior: gathered.prior })
}
