//! Which metrics exist? One line here adds one.

mod accuracy;
mod association;
mod attribute;
mod c2st;
mod cap;
mod cells;
mod classifier_membership;
mod clinical_excess;
mod contingency;
mod cooccurrence;
mod copy;
mod correlation;
mod coverage;
mod dcr;
mod density_membership;
mod disco;
mod distance_membership;
mod entropy;
mod group_privacy;
mod group_realism;
mod group_utility;
mod heaping;
mod hygiene;
mod identity;
mod inferring;
mod ks;
mod levenshtein_membership;
mod linking;
mod missing;
mod pmse;
mod rare;
mod representation;
mod shared_keys;
mod shown;
mod singling_out;
mod spike;
mod spread;
mod tail;
#[cfg(test)]
pub(crate) mod tests;
mod tstr;
mod tv;
mod unique;
mod unique_match;
mod wasserstein;
mod wrong_sex;

pub(crate) use clinical_excess::REAL;
pub(crate) use dcr::excess_chance;
pub(crate) use group_realism::{GAP, REAL_GAP};
pub(crate) use group_utility::{MADE_GAP, TRUE_GAP};
pub(crate) use representation::{BEYOND, RATES_BEYOND};

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
    &copy::Copy,
    &shown::Shown,
    &distance_membership::DistanceMembership,
    &density_membership::DensityMembership,
    &classifier_membership::ClassifierMembership,
    &levenshtein_membership::LevenshteinMembership,
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
    &representation::Representation,
    &group_realism::GroupRealism,
    &group_utility::TSTR,
    &group_utility::ODDS,
    &group_privacy::GroupPrivacy,
    &hygiene::INJECTION,
    &hygiene::STIGMA,
    &hygiene::TOXICITY,
];
