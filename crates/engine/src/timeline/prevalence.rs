//! How many people meet which targets, when a share of all is to meet each?

use super::stream::{Stop, Stream};
use crate::error::EngineError;
use crate::recipe::RecipeError;
use verosim_core::{Context, SampleError};
use verosim_timeline::{Builder, PersonCondition};

/// Most targets: there are groups for each combination.
const MOST: usize = 6;
/// People drawn to see how targets go together.
const PILOT: usize = 4_000;
/// Rounds of raking, and what may be left between a share and its target.
const ROUNDS: usize = 500;
const CLOSE: f64 = 1e-9;

/// A share of people who are to meet a condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Prevalence {
    /// What they meet.
    pub condition: PersonCondition,
    /// How many, from 0 to 1.
    pub share: f64,
}

impl Prevalence {
    /// Reads `CONDITION=SHARE`, such as `has(ICD10:E11)=0.2`.
    ///
    /// # Errors
    /// Those of the condition, and a share that is none.
    pub fn parse(text: &str) -> Result<Self, EngineError> {
        let wrong = |found: &str| RecipeError::Value {
            key: "prevalence".into(),
            found: format!("`{found}`"),
            wanted: "CONDITION=SHARE with a share from 0 to 1, such as has(ICD10:E11)=0.2".into(),
        };
        let (condition, share) = text.rsplit_once('=').ok_or_else(|| wrong(text))?;
        let share = share.trim().parse().map_err(|_| wrong(text))?;
        if !(0.0..=1.0).contains(&share) {
            return Err(wrong(text).into());
        }
        Ok(Self { condition: PersonCondition::parse(condition)?, share })
    }
}

/// People who meet the same targets.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Cell {
    /// Targets that they meet, and that they do not.
    pub(super) meets: Vec<usize>,
    pub(super) lacks: Vec<usize>,
    /// How many of them there are to be.
    pub(super) people: u64,
}

/// The combinations of targets with how many people there are to be of each.
///
/// Of all joint laws with the shares that were asked for, the one is taken that is nearest to the model's own: shares of the
/// combinations among people whom `pilot` draws, fitted to the targets in turn (raking, Deming and Stephan 1940). What goes with
/// what stays as it was, and only how often changes. One target needs no pilot.
///
/// # Errors
/// More targets than six; those of the draw.
pub(super) fn cells<'a>(
    targets: &[Prevalence],
    people: u64,
    pilot: impl FnOnce() -> Stream<'a>,
    most: u64,
    ctx: Context<'_>,
) -> Result<Vec<Cell>, EngineError> {
    if targets.len() > MOST {
        let (key, found) = ("prevalence".into(), format!("given {} times", targets.len()));
        return Err(RecipeError::Value { key, found, wanted: format!("given up to {MOST} times") }.into());
    }
    let shares: Vec<f64> = targets.iter().map(|target| target.share).collect();
    let natural =
        if targets.len() < 2 { vec![1.0; 1 << targets.len()] } else { seen(targets, pilot(), most, ctx)? };
    let counts = whole(&raked(natural, &shares), people);
    let cells = counts.into_iter().enumerate().filter(|(_, people)| *people > 0).map(|(at, people)| {
        let (meets, lacks) = (0..targets.len()).partition(|target| at >> target & 1 == 1);
        Cell { meets, lacks, people }
    });
    let cells: Vec<Cell> = cells.collect();
    Ok(if cells.is_empty() { vec![Cell::default()] } else { cells })
}

/// How often each combination is met in a pilot, and one person more who meets each target on its own account: combinations that
/// a pilot has not seen can be had.
fn seen(
    targets: &[Prevalence],
    mut pilot: Stream<'_>,
    most: u64,
    ctx: Context<'_>,
) -> Result<Vec<f64>, EngineError> {
    let mut people = Builder::default();
    let ids: Vec<i64> = (1..=PILOT as i64).collect();
    let mut tried = 0;
    pilot.take(&ids, &mut people, &mut tried, most, ctx).map_err(|stop| match stop {
        Stop::Short { found } => {
            let share = found as f64 / tried.max(1) as f64;
            SampleError::Shortfall { asked: PILOT, accepted: found, tried: tried as usize, share }
        }
        Stop::Failed(error) => error,
    })?;
    let people = people.finish();
    let mut counts = vec![0.0; 1 << targets.len()];
    for person in people.people() {
        let met = targets.iter().enumerate().filter(|(_, target)| target.condition.holds(&person));
        counts[met.map(|(at, _)| 1 << at).sum::<usize>()] += 1.0;
    }
    let share = |target: usize| {
        let met: f64 =
            counts.iter().enumerate().filter(|(at, _)| at >> target & 1 == 1).map(|(_, n)| n).sum();
        (met + 0.5) / (PILOT as f64 + 1.0)
    };
    let shares: Vec<f64> = (0..targets.len()).map(share).collect();
    let alone = |at: usize| -> f64 {
        shares
            .iter()
            .enumerate()
            .map(|(target, p)| if at >> target & 1 == 1 { *p } else { 1.0 - p })
            .product()
    };
    Ok(counts.iter().enumerate().map(|(at, n)| n + alone(at)).collect())
}

/// The law nearest to `law` (positive, in any unit) with the given shares.
fn raked(mut law: Vec<f64>, shares: &[f64]) -> Vec<f64> {
    let met = |law: &[f64], target: usize| -> f64 {
        law.iter().enumerate().filter(|(at, _)| at >> target & 1 == 1).map(|(_, p)| p).sum()
    };
    let total: f64 = law.iter().sum();
    law.iter_mut().for_each(|p| *p /= total);
    for _ in 0..ROUNDS {
        let mut far = 0.0_f64;
        for (target, &share) in shares.iter().enumerate() {
            let now = met(&law, target);
            far = far.max((now - share).abs());
            for (at, p) in law.iter_mut().enumerate() {
                *p *= if at >> target & 1 == 1 { share / now } else { (1.0 - share) / (1.0 - now) };
                if !p.is_finite() {
                    *p = 0.0;
                }
            }
        }
        if far < CLOSE {
            break;
        }
    }
    law
}

/// Whole numbers in proportion to `law` that sum up to `people`: those cut off most get one more.
fn whole(law: &[f64], people: u64) -> Vec<u64> {
    let exact: Vec<f64> = law.iter().map(|p| p * people as f64).collect();
    // What is whole but for rounding is whole.
    let mut counts: Vec<u64> = exact.iter().map(|n| (n + 1e-6).floor() as u64).collect();
    let mut order: Vec<usize> = (0..law.len()).collect();
    order.sort_by(|&a, &b| (exact[b] - counts[b] as f64).total_cmp(&(exact[a] - counts[a] as f64)));
    let lacking = people.saturating_sub(counts.iter().sum());
    for &at in order.iter().cycle().take(lacking as usize) {
        counts[at] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Odds ratios stay; by hand: a 2 x 2 table with shares 0.5 and 0.5 and an odds ratio of 9 has 0.375 on its diagonal.
    #[test]
    fn raking_keeps_what_goes_with_what() {
        let law = raked(vec![0.81, 0.03, 0.12, 0.04], &[0.5, 0.5]);
        let by_hand = [0.375, 0.125, 0.125, 0.375];
        assert!(law.iter().zip(by_hand).all(|(p, wanted)| (p - wanted).abs() < 1e-8), "{law:?}");
        assert_eq!(whole(&law, 1_000), [375, 125, 125, 375]);
        assert_eq!(whole(&law, 3).iter().sum::<u64>(), 3);
    }

    #[test]
    fn shares_of_all_and_nobody() {
        assert_eq!(whole(&raked(vec![1.0; 2], &[0.0]), 7), [7, 0]);
        assert_eq!(whole(&raked(vec![1.0; 2], &[1.0]), 7), [0, 7]);
        assert_eq!(whole(&raked(vec![3.0, 1.0, 1.0, 1.0], &[1.0, 0.25]), 8), [0, 6, 0, 2]);
    }

    #[test]
    fn a_target_reads() {
        let target = Prevalence::parse("sex = F and has(ICD10:E11) = 0.25").unwrap();
        assert!((target.share - 0.25).abs() < 1e-12);
        for wrong in ["has(ICD10:E11)", "has(ICD10:E11)=2", "has(ICD10:E11)=many"] {
            assert!(Prevalence::parse(wrong).unwrap_err().to_string().contains("CONDITION=SHARE"), "{wrong}");
        }
    }
}
