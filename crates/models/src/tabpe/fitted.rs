//! How are rows drawn around those that were voted for, and how are they written down and read back?

use super::column::Law;
use super::evolve::{Population, shared_out, varied};
use crate::cursor::{damaged, document, floats, whole};
use crate::marginal::tokens_of;
use crate::{Array, DynFitted, LoadError, Saved, StoredFact};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use verosim_core::guarantee::Formal;
use verosim_core::{Context, FittedSynthesizer, Guarantee, SampleError, Seeded};
use verosim_data::{Domain, Encoded, Tabular};

/// Synthetic rows with their noisy votes, and how rows vary. Everything in it is computed from noisy counts and declarations.
#[derive(Clone, Debug)]
pub(super) struct FittedPopulation {
    domain: Arc<Domain>,
    laws: Vec<Law>,
    /// Per column the codes of all rows. Invariant: as many in each as there are votes; each below the number of declared codes.
    rows: Vec<Vec<u16>>,
    /// Invariant: finite, from 0, with a sum above 0.
    votes: Vec<f32>,
    /// Rate of change of drawn rows. Invariant: from 0 to 1.
    spread: f64,
    formal: Formal,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    formal: Formal,
    spread: f64,
}

impl FittedPopulation {
    /// A model of what was learned; `None` when the parts do not fit together.
    pub(super) fn new(
        domain: Arc<Domain>,
        laws: Vec<Law>,
        population: Population,
        spread: f64,
        formal: Formal,
    ) -> Option<Self> {
        let Population { rows, votes } = population;
        let fits = laws.len() == domain.columns.len()
            && rows.len() == laws.len()
            && rows.iter().zip(&domain.columns).all(|(codes, column)| {
                codes.len() == votes.len() && codes.iter().all(|&code| usize::from(code) < column.n_codes())
            })
            && votes.iter().all(|vote| (0.0..f32::MAX).contains(vote))
            && votes.iter().any(|&vote| vote > 0.0)
            && (0.0..=1.0).contains(&spread)
            && formal.is_sound();
        fits.then_some(Self { domain, laws, rows, votes, spread, formal })
    }

    /// Reads back what [`save`](DynFitted::save) wrote.
    pub(super) fn load(saved: &Saved, domain: Arc<Domain>) -> Result<Self, LoadError> {
        let Document { formal, spread } = document(saved)?;
        let votes = floats(saved, "votes")?.rest().to_vec();
        let (mut written, mut chances) = (whole(saved, "rows")?, floats(saved, "chances")?);
        let (mut rows, mut laws) = (Vec::new(), Vec::new());
        for column in &domain.columns {
            let wrong = || damaged("rows or chances do not fit the columns".into());
            let codes = written.take(votes.len())?;
            rows.push(codes.iter().map(|&code| u16::try_from(code).unwrap_or(u16::MAX)).collect());
            laws.push(Law::written(column, chances.take(column.n_codes())?).ok_or_else(wrong)?);
        }
        written.finish()?;
        chances.finish()?;
        Self::new(domain, laws, Population { rows, votes }, spread, formal)
            .ok_or_else(|| damaged("rows or votes do not fit the columns".into()))
    }
}

impl FittedSynthesizer<Tabular> for FittedPopulation {
    fn guarantee(&self) -> Guarantee {
        Guarantee::Formal(self.formal.clone())
    }

    fn sample(&self, n: usize, seed: Seeded, ctx: Context<'_>) -> Result<Encoded, SampleError> {
        ctx.stop.check()?;
        let parents = shared_out(&self.votes, n, &mut seed.split("rows").rng());
        let rows = varied(&self.laws, &self.rows, &parents, 0, self.spread, seed);
        let columns = self.domain.columns.par_iter().zip(rows);
        let columns =
            columns.map(|(domain, codes)| tokens_of(domain, codes.into_iter().map(u32::from))).collect();
        Encoded::new(Arc::clone(&self.domain), columns, n, None)
            .ok_or_else(|| SampleError::BrokenModel { what: "drawn tokens do not fit the domain".into() })
    }
}

impl DynFitted for FittedPopulation {
    fn save(&self) -> Saved {
        let document = Document { formal: self.formal.clone(), spread: self.spread };
        let chances = self.laws.iter().flat_map(|law| law.chances().iter().copied()).collect();
        Saved {
            document: serde_json::to_value(document).expect("numbers and texts are always JSON"),
            arrays: BTreeMap::from([
                (
                    "rows".into(),
                    Array::U32(self.rows.iter().flatten().map(|&code| u32::from(code)).collect()),
                ),
                ("votes".into(), Array::F32(self.votes.clone())),
                ("chances".into(), Array::F32(chances)),
            ]),
        }
    }

    fn stored(&self) -> Vec<StoredFact> {
        vec![
            StoredFact {
                what: "synthetic rows with their votes, from counts with noise".into(),
                items: self.votes.len(),
                least_support: 0,
            },
            StoredFact {
                what: "chances of codes, from counts with noise or even".into(),
                items: self.laws.iter().map(|law| law.chances().len()).sum(),
                least_support: 0,
            },
        ]
    }
}
