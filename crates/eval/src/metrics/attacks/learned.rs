//! pm.clf: can a classifier that knows the population single out who was learned from?

use super::MembershipAttack;
use crate::membership::Attacker;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range};

pub(in super::super) static LEARNED: MembershipAttack =
    MembershipAttack { info: &INFO, attacker: Attacker::Learned };

static INFO: MetricInfo = MetricInfo {
    id: "pm.clf",
    name: "Membership by classifier",
    question: "Can a classifier that knows the population single out who was learned from?",
    page: "Boosted trees learn to tell synthetic rows from a sample of the population (a third of the holdout), as many of \
           each; people whom they take for synthetic are called members. AUC over training people and the rest of \
           the holdout; 0.5 is safe. The control learns with 5 % of the synthetic rows replaced by \
           training rows.",
    family: Family::Privacy,
    direction: Direction::Target(0.5),
    range: Range { low: 0.0, high: 1.0 },
    unit: "AUC",
    sources: &[Citation("hilprecht2019"), Citation("friedman2001")],
    maturity: Maturity::Checked,
};
