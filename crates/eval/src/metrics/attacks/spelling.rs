//! pm.lev: are the digits of the people learned from written again?

use super::MembershipAttack;
use crate::membership::Attacker;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range};

pub(in super::super) static SPELLING: MembershipAttack =
    MembershipAttack { info: &INFO, attacker: Attacker::Spelling };

static INFO: MetricInfo = MetricInfo {
    id: "pm.lev",
    name: "Membership by spelling",
    question: "Are the digits of the people learned from written again?",
    page: "The attacker writes rows as text and calls a person a member when few letters must be changed to make a \
           synthetic row of them (LevAtt). Language models copy digits rather than values, which distances between \
           values do not see. AUC over training people (members) and holdout people (others); 0.5 is safe. The control \
           repeats the attack with 5 % of the synthetic rows replaced by training rows. Up to 10,000 people of a \
           kind, whom the share found at 0.1 % false alarms needs, against as many synthetic rows as a fixed amount of \
           work allows.",
    family: Family::Privacy,
    direction: Direction::Target(0.5),
    range: Range { low: 0.0, high: 1.0 },
    unit: "AUC",
    sources: &[Citation("ward2025"), Citation("myers1999")],
    maturity: Maturity::Checked,
};
