//! Which membership attacks are made?

mod keys;
mod learned;
mod near;
mod spelling;

pub(super) use keys::KEYS;
pub(super) use learned::LEARNED;
pub(super) use near::{BALL, DENSITY, DIFFERENCE, LIKELIHOOD, NEAREST, SHARE};
pub(super) use spelling::SPELLING;

use crate::attack::attack;
use crate::membership::Attacker;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{MetricInfo, Schema, Score, Seeded};

/// All attacks of the suite, weakest attackers first: the family of `pm.max`.
pub(super) static FAMILY: [&MembershipAttack; 9] =
    [&NEAREST, &DIFFERENCE, &SHARE, &DENSITY, &BALL, &LEARNED, &LIKELIHOOD, &KEYS, &SPELLING];

/// Membership by one score of people.
pub(super) struct MembershipAttack {
    pub(super) info: &'static MetricInfo,
    pub(super) attacker: Attacker,
}

impl Metric for MembershipAttack {
    fn info(&self) -> &'static MetricInfo {
        self.info
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, _: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        attack(self.info, self.attacker, data, ctx)
    }
}
