//! Which metrics exist? One line here adds one.

mod accuracy;
mod association;
mod augmentation;
mod c2st;
mod calibration;
mod classifier_membership;
mod coefficient_shift;
mod conclusions;
mod contingency;
mod copy;
mod correlation;
mod coverage;
mod cox_overlap;
mod dcr;
mod density_membership;
mod distance_membership;
mod entropy;
mod equivalent_size;
mod feature_agreement;
mod heaping;
mod hygiene;
mod interval_overlap;
mod ks;
mod learner_agreement;
mod levenshtein_membership;
mod log_rank;
mod missing;
mod pmse;
mod rare;
mod restricted_mean;
mod shown;
mod spike;
mod spread;
mod survival_curve;
mod tail;
#[cfg(test)]
mod tests;
mod trts;
mod tstr;
mod tv;
mod unique;
#[cfg(test)]
mod utility_tests;
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
    &tstr::Tstr,
    &trts::Trts,
    &equivalent_size::EquivalentSize,
    &calibration::CalibrationSlope,
    &learner_agreement::LearnerAgreement,
    &feature_agreement::FeatureAgreement,
    &augmentation::Augmentation,
    &interval_overlap::IntervalOverlap,
    &coefficient_shift::CoefficientShift,
    &conclusions::Conclusions,
    &survival_curve::SurvivalCurve,
    &restricted_mean::RestrictedMean,
    &log_rank::LogRank,
    &cox_overlap::CoxOverlap,
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
    &hygiene::INJECTION,
    &hygiene::STIGMA,
    &hygiene::TOXICITY,
];
