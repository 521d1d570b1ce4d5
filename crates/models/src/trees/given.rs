//! How are columns drawn beside columns that are known?

use super::config::Trees;
use super::model::FittedTrees;
use super::sample::Painter;
use super::{fit, save};
use crate::masks::Masks;
use crate::{LoadError, Saved};
use std::sync::Arc;
use verosim_core::{Context, FitError, Interrupted, Seeded};
use verosim_data::{Domain, Encoded, EncodedColumn};

impl Trees {
    /// Learns all columns but the first `given`, from those and from each other.
    pub(crate) fn fit_given(
        &self,
        train: &Encoded,
        given: usize,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<FittedTrees, FitError> {
        fit::fit(self, train, given, seed, ctx)
    }
}

impl FittedTrees {
    /// Reads back a forest of which the first `given` columns are known before.
    pub(crate) fn load_given(saved: &Saved, given: usize, domain: Arc<Domain>) -> Result<Self, LoadError> {
        save::load(saved, given, domain)
    }
}

/// A forest that is ready to draw: what hangs on the model alone is worked out once.
pub(crate) struct Drawer<'a> {
    model: &'a FittedTrees,
    masks: Masks,
    /// Views that some tree looks at.
    is_seen: Vec<bool>,
}

impl<'a> Drawer<'a> {
    pub(crate) fn new(model: &'a FittedTrees) -> Self {
        let mut place: Vec<usize> = (0..model.domain.columns.len()).collect();
        for (at, column) in model.columns.iter().enumerate() {
            place[column.column] = model.given + at;
        }
        let mut is_seen = vec![false; model.views.len()];
        model.columns.iter().flat_map(|law| &law.predictors).for_each(|&view| is_seen[view] = true);
        Self { model, masks: Masks::new(&model.domain, &place), is_seen }
    }

    /// Whether anything hangs on a column that is given; the others may be left empty.
    pub(crate) fn looks_at(&self, column: usize) -> bool {
        let views = self.model.views.iter().zip(&self.is_seen);
        self.masks.concerns(column) || views.into_iter().any(|(view, &seen)| seen && view.column == column)
    }

    /// Draws the other columns of `n` rows; gives them all, those that were given first.
    pub(crate) fn draw(
        &self,
        given: Vec<EncodedColumn>,
        n: usize,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Vec<EncodedColumn>, Interrupted> {
        let Self { model, masks, is_seen } = self;
        let columns = &model.domain.columns;
        let mut drawn = given;
        let mut bins: Vec<Vec<u8>> = model
            .views
            .iter()
            .zip(is_seen)
            .map(|(view, &seen)| match drawn.get(view.column) {
                Some(column) if seen => view.bins(column, columns[view.column].continuous()),
                _ => Vec::new(),
            })
            .collect();
        drawn.resize(columns.len(), EncodedColumn::default());
        let mut painter = Painter::default();
        for law in &model.columns {
            ctx.stop.check()?;
            let domain = &columns[law.column];
            let mut rng = seed.split(&domain.name).rng();
            let seen: Vec<&[u8]> = law.predictors.iter().map(|&view| bins[view].as_slice()).collect();
            let (views, backoff) = (&model.views, model.settings.backoff);
            let tokens = painter.tokens(law, domain, views, masks, &[], &drawn, &seen, n, backoff, &mut rng);
            let ranks = painter.ranks(law, domain, &tokens, &seen, &mut rng);
            let column = EncodedColumn { tokens, ranks };
            for ((view, bins), seen) in model.views.iter().zip(&mut bins).zip(is_seen) {
                if *seen && view.column == law.column {
                    *bins = view.bins(&column, domain.continuous());
                }
            }
            drawn[law.column] = column;
        }
        Ok(drawn)
    }
}
