//! How long does each person live without an event?

use super::counts::{LEAST_PEOPLE, commonest};
use super::{Life, LifeTrio, Lives};
use crate::jackknife::Groups;
use crate::{MetricError, NotApplicable};
use verosim_core::Seeded;
use verosim_math::stats::quantile_sorted;
use verosim_math::survival::KaplanMeier;
use verosim_timeline::Kind;
use verosim_timeline::event::instant::DAY;

/// An event until which time is measured.
pub(crate) struct Until {
    pub(crate) name: String,
    /// Codes of which the first counts; death where there are none.
    codes: Vec<u32>,
}

/// New diagnoses that are looked at where no endpoint is declared.
const BUILT_IN: usize = 3;

/// Declared endpoints, or else death and the three commonest new diagnoses; those that at least 20 training and 20 holdout
/// people reach.
pub(crate) fn endpoints(data: &LifeTrio<'_>) -> Result<Vec<Until>, MetricError> {
    let candidates: Vec<Until> = if data.declared.endpoints.is_empty() {
        let is_condition = |code| data.vocabulary.kind(code) == Kind::Condition;
        let new = commonest(data.holdout, data.vocabulary, 10 * BUILT_IN, is_condition).into_iter();
        let until = |code: u32| Until {
            name: format!("first visit to {}", data.vocabulary.text(code)),
            codes: vec![code],
        };
        std::iter::once(Until { name: "first event to death".into(), codes: Vec::new() })
            .chain(new.map(until))
            .collect()
    } else {
        let until = |endpoint: &super::Endpoint| Until {
            name: endpoint.name.clone(),
            codes: endpoint.codes.iter().flat_map(|code| data.vocabulary.below(code)).collect(),
        };
        let declared = data.declared.endpoints.iter().map(until);
        declared.filter(|until| !until.codes.is_empty()).collect()
    };
    let reached = |until: &Until, lives: &Lives| {
        lives.people.iter().filter(|life| until.followed(lives, life).is_some_and(|(_, event)| event)).count()
    };
    let least = LEAST_PEOPLE as usize;
    let mut found: Vec<Until> = candidates
        .into_iter()
        .filter(|until| reached(until, data.train) >= least && reached(until, data.holdout) >= least)
        .collect();
    if data.declared.endpoints.is_empty() {
        found.truncate(BUILT_IN + 1);
    }
    if found.is_empty() {
        let reason = "fewer than 20 training or holdout people die or reach a new diagnosis";
        return Err(NotApplicable { reason: reason.into() }.into());
    }
    Ok(found)
}

impl Until {
    /// Days from the first event to this one, or to the last event; `None` for who had it on the first day already.
    pub(crate) fn followed(&self, lives: &Lives, life: &Life) -> Option<(f64, bool)> {
        let (first, last) = lives.span(life)?;
        let at = if self.codes.is_empty() {
            life.death
        } else {
            let mut events = life.events.clone();
            events.find(|&at| self.codes.contains(&lives.codes[at])).map(|at| lives.times[at])
        };
        let days = |time: i64| (time - first) as f64 / DAY as f64;
        match at {
            Some(at) if !self.codes.is_empty() && days(at) < 1.0 => None,
            Some(at) => Some((days(at).max(0.0), true)),
            None => Some((days(last), false)),
        }
    }
}

/// People of one side who are followed.
pub(crate) struct Followed {
    pub(crate) days: Vec<f64>,
    pub(crate) events: Vec<bool>,
    /// Positions among the people.
    pub(crate) people: Vec<usize>,
}

impl Followed {
    pub(crate) fn of(lives: &Lives, until: &Until) -> Self {
        let mut all = Self { days: Vec::new(), events: Vec::new(), people: Vec::new() };
        for (at, life) in lives.people.iter().enumerate() {
            if let Some((days, event)) = until.followed(lives, life) {
                all.days.push(days);
                all.events.push(event);
                all.people.push(at);
            }
        }
        all
    }

    /// Those whose group is not `out`.
    pub(crate) fn without(&self, groups: &[u8], out: usize) -> (Vec<f64>, Vec<bool>) {
        let kept = (0..self.days.len()).filter(|&at| usize::from(groups[self.people[at]]) != out);
        kept.map(|at| (self.days[at], self.events[at])).unzip()
    }

    /// The time that 95 % do not outlast.
    fn most(&self) -> f64 {
        let mut days = self.days.clone();
        days.sort_by(f64::total_cmp);
        quantile_sorted(&days, 0.95).unwrap_or(0.0)
    }
}

/// One endpoint on all sides.
pub(crate) struct Sides {
    pub(crate) name: String,
    pub(crate) train: Followed,
    pub(crate) real: Followed,
    pub(crate) made: Followed,
    /// Days that 95 % of training and of holdout people do not outlast.
    pub(crate) horizon: f64,
}

/// All endpoints on all sides, and groups of people.
pub(crate) struct Endpoints {
    pub(crate) sides: Vec<Sides>,
    pub(crate) groups: Groups,
}

impl Endpoints {
    pub(crate) fn of(data: &LifeTrio<'_>, seed: Seeded) -> Result<Self, MetricError> {
        let side = |until: Until| {
            let [train, real, made] =
                [data.train, data.holdout, data.synthetic].map(|lives| Followed::of(lives, &until));
            let horizon = train.most().min(real.most());
            Sides { name: until.name, train, real, made, horizon }
        };
        let sides: Vec<Sides> =
            endpoints(data)?.into_iter().map(side).filter(|sides| sides.horizon > 0.0).collect();
        if sides.is_empty() {
            return Err(MetricError::Undefined { why: "nearly all times are 0".into() });
        }
        let followed = sides.iter().map(|sides| sides.made.days.len()).min().unwrap_or(0);
        let needed = LEAST_PEOPLE as usize;
        if followed < needed {
            return Err(MetricError::TooFew {
                unit: "synthetic people who are followed",
                needed,
                found: followed,
            });
        }
        Ok(Self { sides, groups: super::counts::groups(data.holdout, data.synthetic, seed) })
    }

    /// Holdout and synthetic times and events without group `out`.
    pub(crate) fn pair(&self, sides: &Sides, out: usize) -> [(Vec<f64>, Vec<bool>); 2] {
        [sides.real.without(&self.groups.real, out), sides.made.without(&self.groups.synthetic, out)]
    }

    /// Holdout and synthetic curves without group `out`.
    pub(crate) fn curves(&self, sides: &Sides, out: usize) -> Option<[KaplanMeier; 2]> {
        let [real, made] = self.pair(sides, out);
        Some([KaplanMeier::of(&real.0, &real.1)?, KaplanMeier::of(&made.0, &made.1)?])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::world::lives_of;

    #[test]
    fn people_are_followed_by_hand() {
        let lives = lives_of(&[
            &[(0, "A"), (5, "B")],
            &[(0, "A"), (7, "C")],
            &[(0, "B"), (9, "A")],
            &[(2, "A"), (12, "MEDS_DEATH")],
        ]);
        let followed = |codes: Vec<u32>| {
            let until = Until { name: String::new(), codes };
            lives.people.iter().map(|life| until.followed(&lives, life)).collect::<Vec<_>>()
        };
        assert_eq!(followed(vec![1]), [Some((5.0, true)), Some((7.0, false)), None, Some((10.0, false))]);
        let death = [Some((5.0, false)), Some((7.0, false)), Some((9.0, false)), Some((10.0, true))];
        assert_eq!(followed(Vec::new()), death);
    }
}
