//! Which metrics exist? One line here adds one.

mod accuracy;
mod alpha;
mod association;
mod c2st;
mod classifier_membership;
mod contingency;
mod copy;
mod correlation;
mod coverage;
mod dcr;
mod density_membership;
mod distance_membership;
mod energy;
mod entropy;
mod heaping;
mod hygiene;
mod ks;
mod levenshtein_membership;
mod missing;
mod mmd;
mod pmse;
mod prdc;
mod rare;
mod shown;
mod sliced;
mod spike;
mod spread;
mod tail;
#[cfg(test)]
pub(crate) mod tests;
mod tstr;
mod tv;
mod unique;
mod wasserstein;

pub(crate) use dcr::excess_chance;

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
    &prdc::PRECISION,
    &prdc::RECALL,
    &prdc::DENSITY,
    &prdc::COVERAGE,
    &alpha::ALPHA,
    &energy::Energy,
    &sliced::Sliced,
    &mmd::Mmd,
    &tstr::Tstr,
    &dcr::Dcr,
    &copy::Copy,
    &shown::Shown,
    &distance_membership::DistanceMembership,
    &density_membership::DensityMembership,
    &classifier_membership::ClassifierMembership,
    &levenshtein_membership::LevenshteinMembership,
    &coverage::Coverage,
    &unique::Unique,
    &entropy::Entropy,
    &spread::Spread,
    &tail::Tail,
    &heaping::Heaping,
    &association::Association,
    &alpha::BETA,
    &hygiene::INJECTION,
    &hygiene::STIGMA,
    &hygiene::TOXICITY,
];
