//! How does a prompted engine's harvest become a table like the source?

use super::{LanguageOptions, Partner};
use crate::artefact::Artefact;
use crate::error::EngineError;
use crate::obey::Obedience;
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

/// Asks for `n` rows and completes them: identifiers are made anew, derived columns computed. Rows that break a rule only
/// then (it is about a derived column, or the engine draws by itself) are refused by `obedience`, and asked for again.
///
/// # Errors
/// Those of [`DynPrompted::gather`]; fewer rows than asked for are a shortfall and no error.
pub fn rows(
    artefact: &Artefact,
    fitted: &dyn DynPrompted,
    n: usize,
    desk: &mut Desk<'_>,
    obedience: &mut Obedience<'_>,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Rows, EngineError> {
    let (mut tally, mut shortfall, mut prior) = (Tally::default(), None, None);
    let cells = seed.split("cells");
    let (table, _) = obedience.fill(n, |n, round| {
        let seed = seed.split("rows");
        let seed = if round == 0 { seed } else { seed.split("again").split_at(round) };
        let gathered = fitted.gather(n, desk, seed, ctx)?;
        tally.add(&gathered.tally);
        shortfall = gathered.shortfall;
        prior = gathered.prior;
        let whole = shortfall.is_none();
        Ok((artefact.codec.complete(&fitted.table(&gathered.rows), 0, cells), whole))
    })?;
    // Identifiers go on over rounds.
    let table = if obedience.account().is_some() { artefact.codec.complete(&table, 0, cells) } else { table };
    // A later round may have been short of what it was asked for, and still enough.
    let had = table.n_rows();
    let shortfall = shortfall.filter(|_| had < n).map(|why| Shortfall { asked: n, accepted: had, ..why });
    Ok(Rows { table, tally, shortfall, prior })
}
