//! How is a fitted copula written as data and read back without trust?

use super::ladder::{Ladder, Layout};
use super::{Copula, FittedCopula};
use crate::cursor::{damaged, document, floats, whole};
use crate::{Array, LoadError, Saved, StoredFact};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use verosim_data::Domain;
use verosim_math::stats::cholesky;

#[derive(Serialize, Deserialize)]
struct Document {
    settings: Copula,
    columns: Vec<Layout>,
}

impl FittedCopula {
    /// Everything that drawing needs, from what a file keeps; `None` when the correlations are none.
    pub(super) fn new(
        settings: Copula,
        domain: Arc<Domain>,
        counts: Vec<Vec<u64>>,
        layouts: Vec<Layout>,
        correlations: Vec<f32>,
    ) -> Option<Self> {
        let parts = domain.columns.iter().zip(&counts).zip(&layouts);
        let ladders: Vec<Ladder> =
            parts.map(|((domain, counts), layout)| Ladder::new(domain, counts, layout)).collect();
        let n = ladders.iter().map(Ladder::n_latents).sum();
        let mut matrix = vec![0.0; n * n];
        let mut next = correlations.iter();
        for row in 0..n {
            matrix[row * n + row] = 1.0;
            for column in 0..row {
                let r = f64::from(*next.next()?);
                (matrix[row * n + column], matrix[column * n + row]) = (r, r);
            }
        }
        let factor = cholesky(&matrix, n)?;
        let factor: Vec<f64> = (0..n).flat_map(|row| factor[row * n..][..=row].to_vec()).collect();
        let is_sound = next.next().is_none() && factor.iter().all(|x| x.is_finite());
        is_sound.then_some(Self {
            settings,
            domain,
            counts,
            layouts,
            ladders,
            correlations,
            factor,
            n_latents: n,
        })
    }

    pub(super) fn to_saved(&self) -> Saved {
        let document = Document { settings: self.settings.clone(), columns: self.layouts.clone() };
        let counts = self.counts.iter().flatten().map(|&n| u32::try_from(n).unwrap_or(u32::MAX)).collect();
        Saved {
            document: serde_json::to_value(document).expect("numbers, names and lists are always JSON"),
            arrays: BTreeMap::from([
                ("counts".into(), Array::U32(counts)),
                ("correlations".into(), Array::F32(self.correlations.clone())),
            ]),
        }
    }

    pub(super) fn from_saved(saved: &Saved, domain: Arc<Domain>) -> Result<Self, LoadError> {
        let written: Document = document(saved)?;
        let fits = written.columns.len() == domain.columns.len()
            && written.columns.iter().zip(&domain.columns).all(|(layout, domain)| layout.is_sound(domain));
        if !fits || !written.settings.is_sound() {
            return Err(damaged("its columns or settings are inconsistent".into()));
        }
        let mut all = whole(saved, "counts")?;
        let mut counts = Vec::with_capacity(domain.columns.len());
        for (column, layout) in domain.columns.iter().zip(&written.columns) {
            let own: Vec<u64> = all.take(column.tokens.len())?.iter().map(|&n| u64::from(n)).collect();
            let named: u64 = layout.rungs.iter().chain(&layout.rest).map(|&token| own[token as usize]).sum();
            let total: u64 = own.iter().sum();
            if total == 0 || !column.ordered && named != total {
                return Err(damaged(format!("the counts of column `{}` are inconsistent", column.name)));
            }
            counts.push(own);
        }
        all.finish()?;
        let mut cursor = floats(saved, "correlations")?;
        let correlations = cursor.rest().to_vec();
        Self::new(written.settings, domain, counts, written.columns, correlations)
            .ok_or_else(|| damaged("its correlations are inconsistent".into()))
    }

    pub(super) fn stored_facts(&self) -> Vec<StoredFact> {
        let least = self.counts.iter().flatten().filter(|&&n| n > 0).min().copied().unwrap_or(0);
        let rows = self.counts.first().map_or(0, |counts| counts.iter().sum::<u64>());
        let support = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        vec![
            StoredFact {
                what: "token counts of single columns".into(),
                items: self.counts.iter().map(Vec::len).sum(),
                least_support: support(least),
            },
            StoredFact {
                what: "correlations of pairs".into(),
                items: self.correlations.len(),
                least_support: 3.min(support(rows)),
            },
        ]
    }
}
