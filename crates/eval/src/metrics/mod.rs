//! Which metrics exist? One line here adds one.

mod accuracy;
mod alpha;
mod assoc;
mod association;
mod c2st;
mod classifier_membership;
mod cluster;
mod combinations;
mod contingency;
mod copula;
mod copy;
mod correlation;
mod coverage;
mod cramer;
mod dcr;
mod density_membership;
mod dependency;
mod distance_membership;
mod divergence;
mod energy;
mod entropy;
mod heaping;
mod hygiene;
mod ks;
mod levenshtein_membership;
mod mechanism;
mod missing;
mod missing_pattern;
mod mmd;
mod modes;
mod moments;
mod odds;
mod pmse;
mod prdc;
mod predict;
mod range;
mod rare;
mod rare_patients;
mod shown;
mod sliced;
mod spectrum;
mod spike;
mod spread;
mod structure;
mod table_utility;
mod tail;
#[cfg(test)]
pub(crate) mod tests;
mod tstr;
mod tv;
mod unique;
mod vendi;
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
    &divergence::JENSEN_SHANNON,
    &divergence::HELLINGER,
    &cramer::Cramer,
    &moments::Summaries,
    &range::Ranges,
    &table_utility::TableUtility,
    &copula::Copula,
    &assoc::Assoc,
    &accuracy::ACC4,
    &odds::Odds,
    &missing_pattern::MissingPattern,
    &mechanism::Mechanism,
    &dependency::Dependency,
    &cluster::Cluster,
    &spectrum::Spectrum,
    &structure::Structure,
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
    &vendi::Vendi,
    &modes::Modes,
    &rare_patients::RarePatients,
    &combinations::Combinations,
    &hygiene::INJECTION,
    &hygiene::STIGMA,
    &hygiene::TOXICITY,
];
