//! What do engines have in common that learn from noisy tables of a few columns at a time: states, a joint law, rows?

#[cfg(test)]
pub(crate) mod audit;
mod release;
mod sample;
mod save;
mod states;
#[cfg(test)]
pub(crate) mod tests;
mod tokens;

pub(crate) use release::{Singles, not_released, singles, tables};
pub(crate) use save::load;
pub(crate) use states::{States, n_missing};
pub(crate) use tokens::tokens as tokens_of;

use crate::{Conditional, DynFitted, Saved, StoredFact};
use std::sync::Arc;
use verosim_core::guarantee::Formal;
use verosim_core::{Context, FitError, FittedSynthesizer, Guarantee, SampleError, Seeded};
use verosim_data::{Domain, Encoded, Tabular};
use verosim_math::graphical::{Joint, JunctionTree};
use verosim_privacy::Promise;

/// A joint law of states over a junction tree, with its promise. Everything in it is computed from noisy counts and
/// declarations.
#[derive(Clone, Debug)]
pub(crate) struct FittedMarginals {
    domain: Arc<Domain>,
    states: Vec<States>,
    /// Per clique: chances of cells given their cell of the separator, as they are written down.
    chances: Vec<Vec<f32>>,
    joint: Joint,
    formal: Formal,
}

impl FittedMarginals {
    /// A model of what was learned; `None` when the parts do not fit together.
    fn new(
        domain: Arc<Domain>,
        states: Vec<States>,
        tree: Arc<JunctionTree>,
        chances: Vec<Vec<f32>>,
        formal: Formal,
    ) -> Option<Self> {
        let fits = states.len() == domain.columns.len()
            && states.iter().zip(&domain.columns).all(|(states, column)| states.is_sound(column))
            && states.iter().map(States::len).eq(tree.sizes().iter().copied())
            && formal.is_sound();
        let given =
            chances.iter().map(|chances| chances.iter().map(|&chance| f64::from(chance)).collect()).collect();
        let joint = Joint::from_given(tree, given).filter(|_| fits)?;
        Some(Self { domain, states, chances, joint, formal })
    }

    /// The model of a fitted law.
    pub(crate) fn of(
        domain: Arc<Domain>,
        states: Vec<States>,
        joint: &Joint,
        formal: Formal,
    ) -> Result<Self, FitError> {
        let rounded = |given: &Vec<f64>| given.iter().map(|&chance| (chance as f32).min(1.0)).collect();
        let chances = joint.given().iter().map(rounded).collect();
        Self::new(domain, states, Arc::clone(joint.tree()), chances, formal).ok_or(FitError::NotReleased {
            why: "noisy counts and declarations make no law".into(),
            next: None,
        })
    }
}

impl FittedSynthesizer<Tabular> for FittedMarginals {
    fn guarantee(&self) -> Guarantee {
        Guarantee::Formal(self.formal.clone())
    }

    fn sample(&self, n: usize, seed: Seeded, ctx: Context<'_>) -> Result<Encoded, SampleError> {
        sample::sample(self, &self.joint, None, n, seed, ctx)
    }
}

impl DynFitted for FittedMarginals {
    fn save(&self) -> Saved {
        save::save(self)
    }

    fn stored(&self) -> Vec<StoredFact> {
        let cells = |tables: &[Vec<f32>]| tables.iter().map(Vec::len).sum();
        vec![
            StoredFact {
                what: "chances of codes within states, from counts with noise".into(),
                items: self.states.iter().map(|states| states.of().len()).sum(),
                least_support: 0,
            },
            StoredFact {
                what: "chances of combined states, from counts with noise".into(),
                items: cells(&self.chances),
                least_support: 0,
            },
        ]
    }

    fn conditional(&self) -> Option<&dyn Conditional> {
        Some(self)
    }
}

/// Cells that numbers are cut into: as many as the noise on columns counted alone lets be told, were people shared out evenly.
pub(crate) fn cells(promise: &Promise, n_columns: usize, share: f64) -> usize {
    let variance = n_columns.max(1) as f64 / (promise.rho() * share);
    ((promise.people() as f64 / variance.sqrt()) as usize).clamp(FEWEST_CELLS, MOST_CELLS)
}

/// Mean of the absolute value of a normal variable, per standard deviation.
pub(crate) const MEAN_ABSOLUTE: f64 = 0.797_884_560_802_865_4;
const FEWEST_CELLS: usize = 16;
const MOST_CELLS: usize = 128;

/// Why nothing is learned without a promise.
pub(crate) fn unpromised(engine: &str) -> FitError {
    FitError::NotReleased {
        why: format!(
            "engine `{engine}` learns from counts with noise alone, and how much noise follows from a promise"
        ),
        next: Some("ask for one: `--epsilon 1`".into()),
    }
}
