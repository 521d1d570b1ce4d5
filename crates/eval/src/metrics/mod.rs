//! Which metrics exist? One line here adds one.

mod accuracy;
mod alpha;
mod assoc;
mod association;
mod attacks;
mod attribute;
mod augmentation;
mod blind_membership;
mod c2st;
mod calibration;
mod cap;
mod cells;
mod clinical_excess;
mod cluster;
mod coefficient_shift;
mod combinations;
mod conclusions;
mod contingency;
mod cooccurrence;
mod copula;
mod copy;
mod correlation;
mod coverage;
mod cox_overlap;
mod cramer;
mod dcr;
mod dependency;
mod disco;
mod divergence;
mod energy;
mod entropy;
mod equivalent_size;
mod f1_membership;
mod fair_learning;
mod feature_agreement;
mod group_privacy;
mod group_realism;
mod group_utility;
mod heaping;
mod hygiene;
mod identity;
mod incidence;
mod inferring;
mod interval_overlap;
mod ks;
mod learner_agreement;
mod linking;
mod log_rank;
mod mechanism;
mod missing;
mod missing_pattern;
mod mmd;
mod modes;
mod moments;
mod nearest;
mod odds;
mod pmse;
mod prdc;
mod predict;
mod range;
mod rare;
mod rare_patients;
mod representation;
mod restricted_mean;
mod shared_keys;
mod shown;
mod singling_out;
mod sliced;
mod spectrum;
mod spike;
mod spread;
mod strongest_membership;
mod structure;
mod subspace;
mod survival_curve;
mod table_utility;
mod tail;
#[cfg(test)]
pub(crate) mod tests;
mod trts;
mod tstr;
mod tv;
mod unique;
mod unique_match;
#[cfg(test)]
mod utility_tests;
mod vendi;
mod wasserstein;
mod wrong_sex;

pub(crate) use c2st::learner;
pub(crate) use clinical_excess::REAL;
pub(crate) use dcr::{excess_chance, own_ranks};
pub(crate) use equivalent_size::equivalent;
pub(crate) use ks::mean;
pub(crate) use representation::{BEYOND, RATES_BEYOND, SURELY_BEYOND};
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
    &subspace::Subspace,
    &nearest::NNDR,
    &nearest::NNAA,
    &nearest::AUTH,
    &nearest::IDENT,
    &copy::Copy,
    &shown::Shown,
    &singling_out::ONE,
    &singling_out::THREE,
    &singling_out::RARE,
    &linking::Linking,
    &inferring::Inferring,
    &attribute::Attribute,
    &cap::Cap,
    &disco::Disco,
    &identity::Identity,
    &unique_match::UniqueMatch,
    &cells::SmallCells,
    &shared_keys::SharedKeys,
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
    &clinical_excess::ClinicalExcess,
    &wrong_sex::WrongSex,
    &cooccurrence::Cooccurrence,
    &incidence::Incidence,
    &representation::Representation,
    &group_realism::GroupRealism,
    &group_utility::TSTR,
    &group_utility::ODDS,
    &group_privacy::GroupPrivacy,
    &fair_learning::FairLearning,
    &alpha::BETA,
    &vendi::Vendi,
    &modes::Modes,
    &rare_patients::RarePatients,
    &combinations::Combinations,
    &hygiene::INJECTION,
    &hygiene::STIGMA,
    &hygiene::TOXICITY,
];
