//! Which metrics exist? One line here adds one.

mod accuracy;
mod association;
mod attacks;
mod blind_membership;
mod c2st;
mod contingency;
mod copy;
mod correlation;
mod coverage;
mod dcr;
mod entropy;
mod f1_membership;
mod heaping;
mod hygiene;
mod ks;
mod missing;
mod nearest;
mod pmse;
mod rare;
mod shown;
mod spike;
mod spread;
mod strongest_membership;
mod subspace;
mod tail;
#[cfg(test)]
mod tests;
mod tstr;
mod tv;
mod unique;
mod wasserstein;

pub(crate) use c2st::learner;
pub(crate) use dcr::excess_chance;
pub(crate) use strongest_membership::{ADJUSTED_P, TPR_HIGH, TPR_LOW};

use crate::Metric;

/// The one list to edit when adding a metric; docs, help, report and conformance tests read it.
pub static METRICS: &[&dyn Metric] = &[
    &ks::Ks,
    &tv::Tv,
    &accuracy::ACC1,
    &accuracy::ACC2,
    &accuracy::ACC3,
    &wasserstein::Wasserstein,
    &correlation::Correlation,
    &contingency::Contingency,
    &missing::Missing,
    &spike::Spike,
    &rare::Rare,
    &c2st::C2st,
    &pmse::Pmse,
    &tstr::Tstr,
    &dcr::Dcr,
    &subspace::Subspace,
    &nearest::NNDR,
    &nearest::NNAA,
    &nearest::AUTH,
    &nearest::IDENT,
    &copy::Copy,
    &shown::Shown,
    &attacks::NEAREST,
    &attacks::DIFFERENCE,
    &attacks::SHARE,
    &attacks::DENSITY,
    &attacks::BALL,
    &attacks::LEARNED,
    &attacks::LIKELIHOOD,
    &attacks::KEYS,
    &attacks::SPELLING,
    &strongest_membership::StrongestMembership,
    &blind_membership::BlindMembership,
    &f1_membership::F1Membership,
    &coverage::Coverage,
    &unique::Unique,
    &entropy::Entropy,
    &spread::Spread,
    &tail::Tail,
    &heaping::Heaping,
    &association::Association,
    &hygiene::INJECTION,
    &hygiene::STIGMA,
    &hygiene::TOXICITY,
];
