//! pm.dcr, pm.diff, pm.dpi, pm.domias, pm.mc, pm.lra: does being near synthetic rows betray who was learned from?

use super::MembershipAttack;
use crate::membership::{Attacker, Distance};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range};

const fn by(info: &'static MetricInfo, distance: Distance) -> MembershipAttack {
    MembershipAttack { info, attacker: Attacker::Distance(distance) }
}

/// What an attack is, apart from its words.
const fn attack(
    id: &'static str,
    name: &'static str,
    question: &'static str,
    page: &'static str,
    sources: &'static [Citation],
) -> MetricInfo {
    MetricInfo {
        id,
        name,
        question,
        page,
        family: Family::Privacy,
        direction: Direction::Target(0.5),
        range: Range { low: 0.0, high: 1.0 },
        unit: "AUC",
        sources,
        maturity: Maturity::Checked,
    }
}

pub(in super::super) static NEAREST: MembershipAttack = by(&NEAREST_INFO, Distance::Nearest);
pub(in super::super) static DIFFERENCE: MembershipAttack = by(&DIFFERENCE_INFO, Distance::Difference);
pub(in super::super) static SHARE: MembershipAttack = by(&SHARE_INFO, Distance::Share);
pub(in super::super) static DENSITY: MembershipAttack = by(&DENSITY_INFO, Distance::Density);
pub(in super::super) static BALL: MembershipAttack = by(&BALL_INFO, Distance::Ball);
pub(in super::super) static LIKELIHOOD: MembershipAttack = by(&LIKELIHOOD_INFO, Distance::Likelihood);

static NEAREST_INFO: MetricInfo = attack(
    "pm.dcr",
    "Membership by distance",
    "Does being near a synthetic row betray who was learned from?",
    "The attacker calls a person a member when a synthetic row is near. AUC over training people (members) and holdout \
     people (others), at most 10,000 of either, by the mean over a person's rows; 0.5 is safe. Distances are made in two \
     spaces: `own ranks`, where synthetic numbers stand at their ranks within the synthetic table, so that a shifted or \
     stretched copy is still near, and `values`, where they stand at their place among real people, so that a verbatim copy \
     is at distance 0. Real people stand at their ranks among all real people under attack, members and others alike; levels \
     match or not; missing is at 0 from missing and at 1 from any value. The value is that of the stronger \
     space; both are parts. The control repeats the attack with 5 % of the synthetic rows replaced by training rows: \
     what success would look like. A weak attack on average, a strong one in the tail: see the true positive rate at 1 % \
     false positives.",
    &[Citation("chen2020")],
);

static DIFFERENCE_INFO: MetricInfo = attack(
    "pm.diff",
    "Membership by difference of distances",
    "Is a synthetic row nearer than other people are?",
    "The attacker also knows other people of the population: a third of the holdout (at most 4,000 people). A person is called \
     a member when the nearest synthetic row is nearer than the nearest of these people: distance to the latter minus that to \
     the former. This takes out that typical people are near everything. AUC over training people and the rest of the holdout. \
     The known third and the rest stay apart: exchanging halves would attack more people, but scores would hang together and \
     intervals be too short. Spaces, parts, persons and the \
     control are those of pm.dcr. 0.5 is safe.",
    &[Citation("chen2020"), Citation("ward2025synth")],
);

static SHARE_INFO: MetricInfo = attack(
    "pm.dpi",
    "Membership by share of neighbours",
    "Are a person's nearest neighbours mostly synthetic?",
    "Share of synthetic rows among the 20 nearest synthetic rows and known people (a third of the holdout), the data plagiarism \
     index; equally far ones at the edge count by their share. It looks at a region and not at one row, which suits tables of \
     few levels. Known people, spaces, parts, persons and the control are those of pm.diff. 0.5 is safe.",
    &[Citation("ward2024")],
);

static DENSITY_INFO: MetricInfo = attack(
    "pm.domias",
    "Membership by density ratio",
    "Are synthetic rows unusually dense around the people learned from?",
    "The attacker also holds a sample of the population: a third of the holdout. A person is called a member when \
     synthetic rows are denser around them than the sample is: log of the distance to the five nearest sample \
     rows over that to the five nearest synthetic rows, where the nearest counts for half and the mean of the five for \
     half (a nearest-neighbour estimate of the density ratio of DOMIAS, whose own kernel estimate fails beyond ten columns). \
     Known people, spaces, parts, persons and the control are those of pm.diff. 0.5 is safe.",
    &[Citation("vanbreugel2023")],
);

static BALL_INFO: MetricInfo = attack(
    "pm.mc",
    "Membership by counting nearby rows",
    "Are there many synthetic rows around the people learned from?",
    "Synthetic rows within a ball around the person, counted up to 20; its radius is the median distance of all people under \
     attack to their nearest synthetic row (Monte Carlo attack). Coarse: half of all people have no row in their ball. Spaces, \
     parts, persons and the control are those of pm.dcr. 0.5 is safe.",
    &[Citation("hilprecht2019")],
);

static LIKELIHOOD_INFO: MetricInfo = MetricInfo {
    maturity: Maturity::Draft,
    ..attack(
        "pm.lra",
        "Membership by local likelihood",
        "Do the people learned from explain the synthetic rows around them?",
        "How much likelier the 20 nearest synthetic rows become when the person is added to the known people (a third of the \
     holdout): sum of log(1 + kernel at the person / sum of kernels at known people), with Gaussian kernels as wide as the middle \
     of the distances from the synthetic row to its 20 nearest known people. After Gen-LRA, which takes more rows and one \
     width. Known people, spaces, parts, persons and the control are those of pm.diff. 0.5 is safe.",
        &[Citation("ward2025likelihood")],
    )
};
