//! Into which building blocks is the table taken apart: which columns does each hang on, and how often has it what, there?

use super::Gibbs;
use crate::coded::{Coded, Parent, RESOLUTIONS};
use crate::families::of_column;
use crate::law::{Law, people};

/// The histogram of a column in each bucket of rows that are alike in the columns that tell most of it; perturbed by the
/// same weight for every state.
///
/// # Cost
/// O(rows · columns) for each column that is taken in.
///
/// # Source
/// The statistical building blocks of Park, Ghosh and Shankar 2013 (`park2013`), whose buckets come from a random hash of
/// all other columns; here from those that tell most.
pub(super) fn learn(settings: &Gibbs, coded: &Coded<'_>, subjects: Option<&[u32]>, column: usize) -> Law {
    let parents = telling(settings, coded, column);
    let size = coded.size(column);
    let counts = coded.table(column, &parents).unwrap_or_default();
    let margin = coded.table(column, &[]).unwrap_or_default();
    let n = coded.n_rows().max(1) as f64;
    let people = people(coded, subjects, &parents, counts.len() / size);
    let alpha = settings.weight();
    let mut chances = Vec::with_capacity(counts.len());
    for (cells, &people) in counts.chunks_exact(size).zip(&people) {
        let rows: u32 = cells.iter().sum();
        // Where hardly anybody is, the column speaks alone; but a bound on what one row changes allows no such turn.
        let is_thin = settings.epsilon == 0.0 && (people as usize) < settings.leaf_rows;
        let all = if is_thin { n } else { f64::from(rows) } + alpha * size as f64;
        let cells = if is_thin { &margin } else { cells };
        chances.extend(cells.iter().map(|&count| ((f64::from(count) + alpha) / all) as f32));
    }
    let parent_sizes = parents.iter().map(|&parent| coded.parent_size(parent)).collect();
    Law { column, parents, size, parent_sizes, chances }
}

/// The best set of at most three columns, so that two are found that tell only together; then, one by one, the column that
/// raises the criterion most, as long as any does and buckets stay full.
fn telling(settings: &Gibbs, coded: &Coded<'_>, column: usize) -> Vec<Parent> {
    let most_buckets = (coded.n_rows() / settings.bucket_rows).max(1);
    let buckets =
        |parents: &[Parent]| parents.iter().map(|&parent| coded.parent_size(parent)).product::<usize>();
    let mut taken: Vec<Parent> = of_column(coded, column, settings.features.min(3))
        .into_iter()
        .map(|family| family.parents)
        .find(|parents| buckets(parents) <= most_buckets)
        .unwrap_or_default();
    let mut best = coded.score(column, &taken).unwrap_or(0.0);
    while taken.len() < settings.features {
        let n_buckets = buckets(&taken);
        let is_new = |other: &usize| *other != column && taken.iter().all(|parent| parent.column != *other);
        let next = (0..coded.views.len())
            .filter(is_new)
            .flat_map(|other| {
                let levels = coded.views[other].coarsest(RESOLUTIONS).into_iter();
                levels.map(move |level| Parent { column: other, level })
            })
            .filter(|&parent| n_buckets * coded.parent_size(parent) <= most_buckets)
            .filter_map(|parent| Some((parent, coded.score(column, &[&taken[..], &[parent]].concat())?)))
            .reduce(|best, next| if next.1 > best.1 { next } else { best });
        match next {
            Some((parent, score)) if score > best => {
                taken.push(parent);
                best = score;
            }
            _ => break,
        }
    }
    taken
}
