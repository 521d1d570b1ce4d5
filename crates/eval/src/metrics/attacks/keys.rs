//! pm.keys: do combinations of a few columns betray who was learned from?

use super::MembershipAttack;
use crate::membership::Attacker;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range};

pub(in super::super) static KEYS: MembershipAttack =
    MembershipAttack { info: &INFO, attacker: Attacker::Keys };

static INFO: MetricInfo = MetricInfo {
    id: "pm.keys",
    name: "Membership by combinations of cells",
    question: "Do combinations of a few columns come out more often where somebody with them was learned from?",
    page: "Over 160 random subsets of two to five columns, the mean of log((c + ½) / (a + ½)): c synthetic rows and a known \
           people (a third of the holdout) have the cells of the person in these columns. Half of the subsets take numbers in ten \
           quantile bins, the other half as they are. People glued together of halves of several people are far from all of \
           them, so that distances over all columns see nothing; their halves still match. So do rare combinations. AUC over \
           training people and the rest of the holdout; 0.5 is safe. The control adds one \
           row of the person.",
    family: Family::Privacy,
    direction: Direction::Target(0.5),
    range: Range { low: 0.0, high: 1.0 },
    unit: "AUC",
    sources: &[Citation("ward2025synth")],
    maturity: Maturity::Checked,
};
