//! pm.max: does the strongest of all membership attacks find more than the strongest of as many would by chance?

use super::attacks::FAMILY;
use crate::attack::{ATTACKED, LEAST, area, found_at};
use crate::card::{FamilyScore, Outlying, Reading, Strongest};
use crate::membership::Scored;
use crate::metric::Pass;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{
    Citation, Direction, Family, Interval, Maturity, MetricInfo, Range, Schema, Score, Seeded,
};
use verosim_math::learn::{Auc, null_standard_error};
use verosim_math::stats::{MaxT, max_t, mid_ranks};

/// The family of all attacks under one permutation test.
pub(super) struct StrongestMembership;

/// Parts that the privacy gate reads.
pub(crate) const ADJUSTED_P: &str = "adjusted p";
pub(crate) const TPR_LOW: &str = "found at 1 % false alarms, at least";
pub(crate) const TPR_HIGH: &str = "found at 1 % false alarms, at most";

static INFO: MetricInfo = MetricInfo {
    id: "pm.max",
    name: "Strongest membership attack",
    question: "Does the strongest of all membership attacks find more than chance makes the strongest of as many find?",
    page: "All attacks of the suite (pm.dcr, pm.diff, pm.dpi, pm.domias, pm.mc, pm.clf, pm.lra, pm.keys, pm.lev, those by \
           distance in two spaces) under one test, all on the same people: training people and the two \
           thirds of the holdout whom no attacker knows (at most 10,000 of either): scores are kept, the labels member and other change places 2,000 times, and \
           each time the greatest standardised advantage of the family is taken. The advantage of \
           an attack is the greater of its AUC and of the members among its highest scores (0.1 to 10 % of all people, and the \
           tie at the top), each as a standard normal deviate; the latter sees the few who are found for certain. `adjusted p` is \
           the share of permutations as strong as the truth. The value is the greatest AUC; the lower end of the interval is \
           adjusted for the family by the permutations, the upper end is the greatest upper end of any attack. Real people score \
           a little above 0.5, because it is the greatest of many; p tells. `least detectable AUC` is what a single attack must \
           reach to be told from chance in four of five tables of this size. `found at 1 % false alarms` is that of the attack \
           which finds most, with the adjusted lower and the greatest upper end; it needs 1,000 holdout \
           people whom no attacker knows. An adjusted p \
           says nothing where pm.blind is above chance: then training and holdout people differ by themselves.",
    family: Family::Privacy,
    direction: Direction::Target(0.5),
    range: Range { low: 0.0, high: 1.0 },
    unit: "AUC",
    sources: &[Citation("westfall1993"), Citation("ward2025synth"), Citation("carlini2022")],
    maturity: Maturity::Draft,
};

const PERMUTATIONS: usize = 2_000;

impl Metric for StrongestMembership {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let suite = ctx.findings.membership.suite(data, ctx);
        // All attacks are made on the same people, so that labels can change places for all of them at once.
        let attacked: Vec<usize> =
            (0..suite.people.len()).filter(|&person| !suite.people[person].is_known).collect();
        let only = |scores: Vec<f64>| -> Vec<f64> { attacked.iter().map(|&person| scores[person]).collect() };
        let is_member: Vec<bool> = attacked.iter().map(|&person| suite.people[person].is_member).collect();
        let members = is_member.iter().filter(|&&is| is).count();
        let n = members.min(is_member.len() - members);
        if n < LEAST {
            return Err(MetricError::TooFew { unit: ATTACKED, needed: LEAST, found: n });
        }
        let mut family: Vec<(&'static MetricInfo, Scored)> = Vec::new();
        for attack in FAMILY {
            ctx.ctx.stop.check()?;
            // An attack that cannot be made here has an entry of its own with the reason.
            for scored in suite.scored(attack.attacker).into_iter().flatten() {
                let scores = only(scored.scores);
                family.push((attack.info, Scored { scores, ..scored }));
            }
        }
        let scores: Vec<Vec<f64>> = family.iter().map(|(_, scored)| scored.scores.clone()).collect();
        let undefined = || MetricError::Undefined { why: "no attack could be made".into() };
        let test = max_t(&scores, &is_member, PERMUTATIONS, |round| seed.split_at(round).rng())
            .ok_or_else(undefined)?;
        let areas: Vec<Auc> =
            scores.iter().map(|scores| area(scores, &is_member)).collect::<Result<_, _>>()?;
        let most = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::MIN, f64::max);
        let value = most(&mut areas.iter().map(|area| area.value));
        let low = most(&mut areas.iter().map(|area| match area.variance {
            // Full separation has no variance to go by.
            ..=0.0 => area.interval(0.95).0,
            variance => area.value - test.critical * variance.sqrt(),
        }));
        let high = most(&mut areas.iter().map(|area| area.interval(0.95).1));
        let detectable =
            0.5 + (test.critical + POWER_80) * null_standard_error(members, is_member.len() - members);

        let mut parts = vec![
            (ADJUSTED_P.to_owned(), test.p),
            ("least detectable AUC".to_owned(), detectable.min(1.0)),
            ("attacks".to_owned(), family.len() as f64),
        ];
        let found = |level: f64| -> Vec<Reading> {
            scores.iter().filter_map(|scores| found_at(scores, &is_member, 0.01, level)).collect()
        };
        let ends = |found: &[Reading], end: fn(Interval) -> f64| {
            found.iter().filter_map(|reading| reading.interval.map(end)).fold(f64::MIN, f64::max)
        };
        let rates = found(0.95);
        if !rates.is_empty() {
            let most = rates.iter().map(|rate| rate.value).fold(f64::MIN, f64::max);
            let adjusted = found(1.0 - 0.05 / family.len() as f64);
            parts.push(("found at 1 % false alarms".to_owned(), most));
            parts.push((TPR_LOW.to_owned(), ends(&adjusted, |interval| interval.low)));
            parts.push((TPR_HIGH.to_owned(), ends(&rates, |interval| interval.high)));
        }
        let best = &family[test.strongest];
        let outlying = deciles(&only(suite.outlying()), &best.1.scores, &is_member);
        for tenth in &outlying {
            parts.extend(
                tenth
                    .auc
                    .map(|auc| (format!("AUC of tenth {} by distance from others", tenth.at), auc.value)),
            );
        }
        if ctx.pass == Pass::Synthetic
            && let Ok(mut strongest) = ctx.findings.strongest.lock()
        {
            *strongest = Some(told(&family, &areas, &test, &is_member, detectable, outlying));
        }
        let score = Score::new(value, n).map_err(|_| undefined())?;
        let low = low.max(0.0).min(value);
        Ok(score
            .with_interval(low, high, 0.95, "DeLong; lower end by the permutation law of the greatest AUC")
            .with_parts(parts))
    }
}

/// Standard normal quantile of 0.8.
const POWER_80: f64 = 0.841_621_233_572_914_2;

fn told(
    family: &[(&'static MetricInfo, Scored)],
    areas: &[Auc],
    test: &MaxT,
    is_member: &[bool],
    detectable: f64,
    outlying: Vec<Outlying>,
) -> Strongest {
    let scores = family
        .iter()
        .zip(areas)
        .enumerate()
        .map(|(at, ((info, scored), area))| FamilyScore {
            id: info.id.to_owned(),
            name: info.name.to_owned(),
            space: scored.space.to_owned(),
            auc: reading(area),
            found: found_at(&scored.scores, is_member, 0.01, 0.95),
            advantage: test.advantages[at],
            p: test.single[at],
        })
        .collect();
    Strongest {
        scores,
        strongest: test.strongest,
        p: test.p,
        permutations: PERMUTATIONS,
        least_detectable: detectable,
        outlying,
    }
}

fn reading(area: &Auc) -> Reading {
    let (low, high) = area.interval(0.95);
    let n = area.n_positive.min(area.n_negative);
    Reading { value: area.value, interval: Some(Interval { low, high, level: 0.95 }), n }
}

/// The attack by tenths of all people, those first who are nearest to others.
fn deciles(outlying: &[f64], scores: &[f64], is_member: &[bool]) -> Vec<Outlying> {
    let n = outlying.len();
    let tenth: Vec<usize> =
        mid_ranks(outlying).iter().map(|rank| (((rank - 0.5) / n as f64 * 10.0) as usize).min(9)).collect();
    (0..10)
        .map(|at| {
            let people: Vec<usize> = (0..n).filter(|&person| tenth[person] == at).collect();
            let labels: Vec<bool> = people.iter().map(|&person| is_member[person]).collect();
            let own: Vec<f64> = people.iter().map(|&person| scores[person]).collect();
            let members = labels.iter().filter(|&&is| is).count();
            let auc = (members.min(labels.len() - members) >= LEAST)
                .then(|| area(&own, &labels).ok())
                .flatten()
                .map(|area| reading(&area));
            Outlying { at: at + 1, auc }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured, refused};
    use super::*;
    use rand::RngExt as _;

    const NAMES: [&str; 5] = ["a", "b", "c", "d", "sex"];

    /// People with numbers that hang together and a level.
    fn people(seed: Seeded, n: usize) -> Vec<[String; 5]> {
        let mut rng = seed.rng();
        (0..n)
            .map(|_| {
                let base: f64 = rng.random();
                std::array::from_fn(|at| match at {
                    // Few values, so that there are ties.
                    3 => format!("{}", (base * 3.0 + rng.random::<f64>()).round()),
                    4 => if rng.random::<bool>() { "f" } else { "m" }.to_owned(),
                    _ => format!("{:.3}", base + rng.random::<f64>()),
                })
            })
            .collect()
    }

    fn p(train: &[[String; 5]], holdout: &[[String; 5]], made: &[[String; 5]]) -> f64 {
        let score = measured(&StrongestMembership, &Three::new(&NAMES, [train, holdout, made]));
        score.parts().iter().find(|(part, _)| part == ADJUSTED_P).unwrap().1
    }

    /// A fast form of `examples/calibration.rs`.
    #[test]
    fn other_people_give_uniform_chances() {
        use rayon::prelude::*;
        let repetitions = 40;
        let mut chances: Vec<f64> = (0..repetitions)
            .into_par_iter()
            .map(|at| {
                let seed = Seeded::new(5).split_at(at);
                p(&people(seed.split("t"), 80), &people(seed.split("h"), 60), &people(seed.split("s"), 60))
            })
            .collect();
        chances.sort_by(f64::total_cmp);
        let n = chances.len() as f64;
        let apart = chances
            .iter()
            .enumerate()
            .map(|(at, p)| (p - at as f64 / n).abs().max((p - (at + 1) as f64 / n).abs()))
            .fold(0.0, f64::max);
        // Kolmogorov's band at a false-alarm rate of 0.001.
        assert!(apart < 1.95 / n.sqrt(), "{apart}: {chances:?}");
    }

    #[test]
    fn copies_noise_warps_and_mosaics_are_no_accident() {
        let seed = Seeded::new(6);
        let (train, holdout) = (people(seed.split("t"), 200), people(seed.split("h"), 200));
        let number = |cell: &str| cell.parse::<f64>().unwrap();
        let each = |change: &dyn Fn(usize, f64) -> f64| -> Vec<[String; 5]> {
            let row = |(at, row): (usize, &[String; 5])| {
                std::array::from_fn(|column| match column {
                    0..3 => format!("{:.3}", change(at, number(&row[column]))),
                    _ => row[column].clone(),
                })
            };
            train.iter().enumerate().map(row).collect()
        };
        let mosaic: Vec<[String; 5]> = (0..200)
            .map(|at| {
                let other = &train[(at * 7 + 3) % 200];
                std::array::from_fn(|column| if column < 2 { &train[at] } else { other }[column].clone())
            })
            .collect();
        let leaks = [
            ("copy", train.clone()),
            ("noise", each(&|at, value| value + 0.01 * ((at * 37 % 11) as f64 - 5.0) / 5.0)),
            ("warp", each(&|_, value| 10.0 + value.exp())),
            ("mosaic", mosaic),
        ];
        for (name, made) in leaks {
            let found = p(&train, &holdout, &made);
            assert!(found < 0.01, "{name}: {found}");
        }
    }

    #[test]
    fn too_few_people_are_a_reason() {
        let seed = Seeded::new(7);
        let few = people(seed, 12);
        let three = Three::new(&NAMES, [&people(seed.split("t"), 50), &few, &people(seed.split("s"), 50)]);
        assert_eq!(
            refused(&StrongestMembership, &three),
            MetricError::TooFew { unit: ATTACKED, needed: LEAST, found: 8 }
        );
    }
}
