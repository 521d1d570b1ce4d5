//! Which metrics of timelines exist? One line here adds one.

mod acf;
mod c2st;
mod cens;
mod cohort;
mod cox;
mod gap;
mod gram_member;
mod graph;
mod impossible;
mod km;
mod len;
mod logrank;
mod meas;
mod near_life;
mod near_member;
mod next;
mod ng;
mod order;
mod pair;
mod rmst;
mod run;
mod stay;
#[cfg(test)]
mod tests;
mod trans;
mod ttn;
mod uni;
mod val;
mod var;

pub(crate) use run::{COPIES, EXCESS};

use super::TimelineMetric;

/// The one list to edit when adding a metric of timelines; docs, help, report and conformance tests read it.
pub static TIMELINE_METRICS: &[&dyn TimelineMetric] = &[
    &len::Lengths,
    &gap::Gaps,
    &uni::Prevalence,
    &pair::WITHIN,
    &pair::SUCCESSIVE,
    &trans::Transitions,
    &order::Order,
    &ttn::TimeToNext,
    &ng::CrossEntropy,
    &val::CodeValues,
    &acf::Variogram,
    &var::Between,
    &meas::Measured,
    &graph::Comorbidity,
    &cohort::Cohorts,
    &c2st::C2st,
    &next::NextVisit,
    &stay::DEATH,
    &stay::READMISSION,
    &km::Curves,
    &rmst::MeanTimes,
    &logrank::Pace,
    &cox::HazardRatios,
    &cens::Censoring,
    &near_life::NearLife,
    &run::Runs,
    &near_member::NearMember,
    &gram_member::GramMember,
    &impossible::CODES,
    &impossible::TIMES,
];
