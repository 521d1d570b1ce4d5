//! How is every column learned from rows of which the others are partly seen?

use super::law::Law;
use super::masked::{Looks, Rows, masked};
use super::{Boosted, FittedBoosted};
use crate::rows;
use rayon::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use verosim_core::{Context, FitError, Interrupted, Seeded};
use verosim_data::Encoded;

pub(super) fn fit(
    settings: &Boosted,
    train: &Encoded,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<FittedBoosted, FitError> {
    ctx.stop.check()?;
    let domain = Arc::clone(train.domain());
    if domain.columns.is_empty() {
        return Err(FitError::NothingToModel);
    }
    if train.n_rows() < settings.leaf_rows {
        return Err(FitError::TooFewRows {
            found: train.n_rows(),
            needed: settings.leaf_rows,
            engine: "boosted",
        });
    }
    let looks = Looks::of(train);
    let codes: Vec<Vec<u8>> = (0..looks.views.len())
        .into_par_iter()
        .map(|view| looks.codes(view, &train.columns()[looks.views[view].column], &domain))
        .collect();
    let counts = rows::counts(train);
    let chosen = Rows::of(settings, train, seed.split("people"));
    let sources = chosen.sources();
    let people: Vec<u32> =
        sources.iter().map(|&row| train.subjects().map_or(row, |subjects| subjects[row as usize])).collect();
    let done = AtomicUsize::new(0);
    // Columns with many states take longest: they are begun first, so that no core waits for the last one.
    let blank: Vec<Law> = domain
        .columns
        .iter()
        .zip(&counts)
        .map(|(domain, counts)| Law::new(settings, domain, counts))
        .collect();
    let mut queue: Vec<usize> = (0..blank.len()).collect();
    queue.sort_by_key(|&at| std::cmp::Reverse(blank[at].states.n()));
    let mut learned: Vec<(usize, Law)> = queue
        .into_par_iter()
        .with_max_len(1)
        .map(|column| {
            ctx.stop.check()?;
            let mut law = blank[column].clone();
            if law.states.n() > 1 {
                let seed = seed.split(&domain.columns[column].name);
                let seen = masked(&looks, &codes, &chosen, column, seed.split("masks"));
                let states = law.states.of(&train.columns()[column]);
                let states: Vec<u16> = sources.iter().map(|&row| states[row as usize]).collect();
                law.learn(settings, &seen, &states, &people, chosen.copies, seed.split("trees"));
            }
            ctx.progress.step(done.fetch_add(1, Ordering::Relaxed) + 1, blank.len(), "columns");
            Ok((column, law))
        })
        .collect::<Result<_, Interrupted>>()?;
    learned.sort_by_key(|(column, _)| *column);
    let laws = learned.into_iter().map(|(_, law)| law).collect();
    Ok(FittedBoosted { settings: settings.clone(), domain, counts, looks, laws })
}
