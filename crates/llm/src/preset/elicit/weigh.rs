//! How much is a prior worth, once there are real rows, and what is believed then?
//!
//! Three questions are settled by likelihood, so that a prior that is wrong switches itself off. Do the differences
//! between levels of the outcome that the model claims foretell the outcome of real rows (`trust`)? How many patients
//! is the prior of a column worth, by the leave-one-out likelihood of the counts (`weight`; 0 when the rows themselves,
//! smoothed, foretell each other clearly better)? Do the relations between numbers agree with those of the rows (`relations`)?

use super::answer::Prior;
use super::evidence::Evidence;
use super::grid::Grid;
use super::law::Law;
use rand::RngExt as _;
use verosim_core::Seeded;

/// What is believed of one column.
#[derive(Clone, Debug)]
pub(super) struct Belief {
    /// Probability of each cell, by level of the outcome.
    pub(super) cells: Vec<Vec<f64>>,
    /// Shape within cells, by level of the outcome; even when `None`.
    pub(super) shape: Option<Vec<Law>>,
    /// Share of missing values.
    pub(super) missing: f64,
    /// Patients that the prior is worth; 0 when it was switched off, infinite without rows.
    pub(super) weight: f64,
    /// Probability that rows drawn from the prior are as unlike it as the real ones; `None` without a prior or rows.
    pub(super) agreement: Option<f64>,
}

/// What is believed of all columns.
#[derive(Clone, Debug)]
pub(super) struct Beliefs {
    pub(super) columns: Vec<Belief>,
    /// Probability of each level of the outcome.
    pub(super) outcome: Vec<f64>,
    /// How much of the differences between levels of the outcome is believed, from 0 to 1.
    pub(super) trust: f64,
    /// How much of the relations is believed, from 0 to 1.
    pub(super) relations: f64,
    /// Rank correlations of pairs of numbers.
    pub(super) pairs: Vec<(usize, usize, f64)>,
    /// Pairs of which the first never lies above the second.
    pub(super) rules: Vec<(usize, usize)>,
}

/// Weights that are tried: patients that a prior may be worth.
const WEIGHTS: [f64; 10] = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0];
/// Shares of differences and relations that are tried.
const TRUSTS: [f64; 6] = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0];
/// Patients that the elicited share of missing values and an elicited relation are worth.
const FEW: f64 = 5.0;
const RELATION: f64 = 30.0;
/// Nats by which the rows must foretell each other better than the prior does before it is switched off.
const MARGIN: f64 = 1.0;
/// Draws behind the probability of agreement.
const DRAWS: usize = 499;

/// Weighs the prior against the evidence.
pub(super) fn weigh(
    prior: &Prior,
    grids: &[Grid],
    target: Option<usize>,
    evidence: &Evidence,
    seed: Seeded,
) -> Beliefs {
    let evidence = &evidence.discounted(target);
    let n: f64 = evidence.outcome.iter().sum();
    let outcome = outcome(prior, target, evidence);
    let claims: Vec<Option<Vec<Vec<f64>>>> = (0..grids.len())
        .map(|at| {
            let laws = prior.laws[at].as_ref().filter(|_| grids[at].len() > 0 && target != Some(at))?;
            Some(laws.iter().map(|law| law.masses(&grids[at])).collect())
        })
        .collect();
    let trust = if n > 0.0 { trust(&claims, &outcome, evidence) } else { 1.0 };
    let columns = (0..grids.len()).map(|at| {
        let missing = missing(prior.missing[at], evidence.missing[at], evidence.rows_of(at));
        let counts = &evidence.counts[at];
        let seed = seed.split_at(at as u64);
        let shape = prior.laws[at].clone();
        let claim = claims[at].as_ref().map(|claim| tempered(claim, &outcome, trust));
        match claim {
            _ if target == Some(at) || grids[at].len() == 0 => {
                let weight = if shape.is_some() && n == 0.0 { f64::INFINITY } else { 0.0 };
                Belief { cells: Vec::new(), shape, missing, weight, agreement: None }
            }
            Some(claim) if n == 0.0 => {
                Belief { cells: claim, shape, missing, weight: f64::INFINITY, agreement: None }
            }
            Some(claim) => {
                let agreement = Some(agreement(&claim, counts, seed));
                let (by_claim, weight) = best(|weight| left_out(&claim, counts, weight));
                let (by_rows, own) = best(|weight| left_out_by_rows(counts, weight));
                if by_claim >= by_rows - MARGIN {
                    let cells = updated(&claim, counts, weight);
                    Belief { cells, shape, missing, weight, agreement }
                } else {
                    let cells = updated(&pooled(counts), counts, own);
                    Belief { cells, shape: None, missing, weight: 0.0, agreement }
                }
            }
            None => {
                let (_, own) = best(|weight| left_out_by_rows(counts, weight));
                let cells = updated(&pooled(counts), counts, own);
                Belief { cells, shape: None, missing, weight: 0.0, agreement: None }
            }
        }
    });
    let columns = columns.collect();
    // Noise leaves no rank correlation to weigh relations against: they are believed as without rows.
    let relations = if n > 0.0 && !evidence.is_noised() { believed_relations(prior, evidence) } else { 1.0 };
    Beliefs {
        columns,
        outcome,
        trust,
        relations,
        pairs: pairs(prior, evidence, relations),
        rules: prior.rules.iter().filter(|rule| !evidence.above.contains(rule)).copied().collect(),
    }
}

/// Probability of each level of the outcome: the elicited one, worth as many patients as it foretells best.
fn outcome(prior: &Prior, target: Option<usize>, evidence: &Evidence) -> Vec<f64> {
    let levels = evidence.outcome.len();
    let n: f64 = evidence.outcome.iter().sum();
    let counts = vec![evidence.outcome.clone()];
    let said = target.and_then(|at| match prior.laws[at].as_ref()?.first()? {
        Law::Shares(_) => Some(prior.laws[at].as_ref()?[0].masses(&Grid::Levels(levels))),
        Law::Quantiles(_) => None,
    });
    let even = vec![1.0 / levels as f64; levels];
    match said {
        Some(said) if n == 0.0 => said,
        Some(said) => {
            let said = vec![said];
            let (by_claim, weight) = best(|weight| left_out(&said, &counts, weight));
            // Jeffreys: half a patient of each level.
            let plain = left_out(std::slice::from_ref(&even), &counts, levels as f64 / 2.0);
            let (base, weight) =
                if by_claim >= plain { (said, weight) } else { (vec![even], levels as f64 / 2.0) };
            updated(&base, &counts, weight).remove(0)
        }
        None => updated(&[even], &counts, levels as f64 / 2.0).remove(0),
    }
}

fn missing(said: Option<f64>, absent: f64, rows: f64) -> f64 {
    match said {
        Some(share) => (FEW * share + absent) / (FEW + rows),
        None if rows > 0.0 => absent / rows,
        None => 0.0,
    }
}

/// The claim with its differences between levels of the outcome raised to the power of `trust`.
fn tempered(claim: &[Vec<f64>], outcome: &[f64], trust: f64) -> Vec<Vec<f64>> {
    let overall = mixture(claim, outcome);
    claim
        .iter()
        .map(|cells| {
            let cells: Vec<f64> =
                cells.iter().zip(&overall).map(|(cell, all)| all * (cell / all).powf(trust)).collect();
            let total: f64 = cells.iter().sum();
            cells.into_iter().map(|cell| cell / total).collect()
        })
        .collect()
}

fn mixture(claim: &[Vec<f64>], outcome: &[f64]) -> Vec<f64> {
    let cells = claim.first().map_or(0, Vec::len);
    (0..cells).map(|cell| claim.iter().zip(outcome).map(|(given, share)| share * given[cell]).sum()).collect()
}

/// The share of the claimed differences that foretells the outcome of the real rows best, column by column (a composite
/// likelihood); 0 when none foretells it better than knowing nothing.
fn trust(claims: &[Option<Vec<Vec<f64>>>], outcome: &[f64], evidence: &Evidence) -> f64 {
    let gain = |trust: f64| -> f64 {
        let of_column = |(claim, counts): (&Option<Vec<Vec<f64>>>, &Vec<Vec<f64>>)| -> f64 {
            let Some(claim) = claim else { return 0.0 };
            let claim = tempered(claim, outcome, trust);
            let overall = mixture(&claim, outcome);
            let cells =
                claim.iter().zip(counts).flat_map(|(given, counts)| given.iter().zip(&overall).zip(counts));
            cells.map(|((given, all), count)| count * (given / all).ln()).sum()
        };
        claims.iter().zip(&evidence.counts).map(of_column).sum()
    };
    let gains = TRUSTS.map(|trust| (trust, gain(trust)));
    gains
        .into_iter()
        .reduce(|best, next| if next.1 > best.1 + 1e-9 { next } else { best })
        .map_or(0.0, |best| best.0)
}

/// The greatest value over all weights, and its weight.
fn best(value: impl Fn(f64) -> f64) -> (f64, f64) {
    WEIGHTS
        .iter()
        .map(|&weight| (value(weight), weight))
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .unwrap_or((0.0, 1.0))
}

/// Leave-one-out log likelihood of counts, by level of the outcome, under a Dirichlet prior around `claim` that is worth
/// `weight` patients.
fn left_out(claim: &[Vec<f64>], counts: &[Vec<f64>], weight: f64) -> f64 {
    let of_level = |(claim, counts): (&Vec<f64>, &Vec<f64>)| -> f64 {
        let n: f64 = counts.iter().sum();
        let cells = claim.iter().zip(counts).filter(|(_, count)| **count > 0.0);
        cells
            .map(|(claim, count)| {
                count * ((without_one(*count) + weight * claim) / (without_one(n) + weight)).ln()
            })
            .sum()
    };
    claim.iter().zip(counts).map(of_level).sum()
}

/// The same around the rows of all levels together, without the row that is left out, half a patient in each cell.
fn left_out_by_rows(counts: &[Vec<f64>], weight: f64) -> f64 {
    let all = sums(counts);
    let n_all: f64 = all.iter().sum();
    let half = all.len() as f64 / 2.0;
    let of_level = |counts: &Vec<f64>| -> f64 {
        let n: f64 = counts.iter().sum();
        let cells = counts.iter().zip(&all).filter(|(count, _)| **count > 0.0);
        cells
            .map(|(count, all)| {
                let around = (without_one(*all) + 0.5) / (without_one(n_all) + half);
                count * ((without_one(*count) + weight * around) / (without_one(n) + weight)).ln()
            })
            .sum()
    };
    counts.iter().map(of_level).sum()
}

/// What is left of a count when one row is left out: nothing of the part of a row that noise may leave.
fn without_one(count: f64) -> f64 {
    (count - 1.0).max(0.0)
}

fn sums(counts: &[Vec<f64>]) -> Vec<f64> {
    let cells = counts.first().map_or(0, Vec::len);
    (0..cells).map(|cell| counts.iter().map(|level| level[cell]).sum()).collect()
}

/// The rows of all levels together, half a patient in each cell; once for each level.
fn pooled(counts: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let all = sums(counts);
    let total = all.iter().sum::<f64>() + all.len() as f64 / 2.0;
    let shares: Vec<f64> = all.iter().map(|count| (count + 0.5) / total).collect();
    vec![shares; counts.len()]
}

/// Mean of the Dirichlet law after the counts.
fn updated(claim: &[Vec<f64>], counts: &[Vec<f64>], weight: f64) -> Vec<Vec<f64>> {
    let of_level = |(claim, counts): (&Vec<f64>, &Vec<f64>)| {
        let n: f64 = counts.iter().sum();
        claim.iter().zip(counts).map(|(claim, count)| (weight * claim + count) / (weight + n)).collect()
    };
    claim.iter().zip(counts).map(of_level).collect()
}

/// Share of tables drawn from the claim that are no likelier under it than the real one (prior predictive check).
fn agreement(claim: &[Vec<f64>], counts: &[Vec<f64>], seed: Seeded) -> f64 {
    let likelihood = |counts: &[Vec<f64>]| -> f64 {
        claim.iter().flatten().zip(counts.iter().flatten()).map(|(claim, count)| count * claim.ln()).sum()
    };
    let real = likelihood(counts);
    let mut rng = seed.rng();
    let as_unlikely = (0..DRAWS)
        .filter(|_| {
            let drawn: Vec<Vec<f64>> = claim
                .iter()
                .zip(counts)
                .map(|(claim, counts)| {
                    let mut drawn = vec![0.0; claim.len()];
                    // Parts of rows, which noise leaves, are drawn as whole ones of the same sum.
                    let n: f64 = counts.iter().sum();
                    let whole = n.ceil();
                    (0..whole as usize).for_each(|_| drawn[pick(claim, rng.random())] += n / whole);
                    drawn
                })
                .collect();
            likelihood(&drawn) <= real + 1e-9
        })
        .count();
    (1.0 + as_unlikely as f64) / (1.0 + DRAWS as f64)
}

/// The cell in which the share `u` of the probability is reached.
pub(super) fn pick(cells: &[f64], mut u: f64) -> usize {
    let last = cells.len().saturating_sub(1);
    cells
        .iter()
        .position(|cell| {
            u -= cell;
            u < 0.0
        })
        .unwrap_or(last)
}

/// The share of the claimed relations under which the rank correlations of the rows are likeliest, pair by pair.
fn believed_relations(prior: &Prior, evidence: &Evidence) -> f64 {
    let likelihood = |share: f64| -> f64 {
        prior
            .relations
            .iter()
            .filter_map(|&(a, b, strength)| {
                let &(_, _, seen, n) = evidence.pairs.iter().find(|pair| (pair.0, pair.1) == (a, b))?;
                let r = (share * strength).clamp(-0.95, 0.95);
                let rest = 1.0 - r * r;
                Some(-0.5 * n as f64 * (rest.ln() + (2.0 - 2.0 * r * seen) / rest))
            })
            .sum()
    };
    let all = TRUSTS.map(|share| (share, likelihood(share)));
    all.into_iter().reduce(|best, next| if next.1 > best.1 { next } else { best }).map_or(0.0, |best| best.0)
}

/// Believed relations, drawn towards what the rows show.
fn pairs(prior: &Prior, evidence: &Evidence, relations: f64) -> Vec<(usize, usize, f64)> {
    let mut pairs: Vec<(usize, usize, f64)> =
        prior.relations.iter().map(|&(a, b, strength)| (a, b, relations * strength)).collect();
    for &(a, b, seen, n) in &evidence.pairs {
        let n = n as f64;
        match pairs.iter_mut().find(|pair| (pair.0, pair.1) == (a, b)) {
            Some(pair) => pair.2 = (RELATION * pair.2 + n * seen) / (RELATION + n),
            None => pairs.push((a, b, n * seen / (RELATION + n))),
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(counts: Vec<Vec<f64>>, claim: Option<Vec<Vec<f64>>>) -> Beliefs {
        let levels = counts.len();
        let evidence = Evidence {
            rows: counts.iter().flatten().sum::<f64>() as usize,
            outcome: counts.iter().map(|level| level.iter().sum()).collect(),
            missing: vec![0.0, 0.0],
            counts: vec![vec![vec![0.0; levels]; levels], counts],
            ..Evidence::default()
        };
        let claim = claim.map(|claim| claim.into_iter().map(|shares| Law::levels(shares).unwrap()).collect());
        let prior = Prior { laws: vec![None, claim], missing: vec![None, None], ..Prior::default() };
        let grids = [Grid::Levels(levels), Grid::Levels(2)];
        weigh(&prior, &grids, Some(0), &evidence, Seeded::new(1))
    }

    /// Leave-one-out by hand: counts (2, 1), claim (0.5, 0.5), weight 2: each of the two has 1 + 1 of 2 + 2, the third
    /// 0 + 1 of 4.
    #[test]
    fn leave_one_out_is_what_hand_calculation_gives() {
        let got = left_out(&[vec![0.5, 0.5]], &[vec![2.0, 1.0]], 2.0);
        assert!((got - (2.0 * 0.5_f64.ln() + 0.25_f64.ln())).abs() < 1e-12);
        // By rows: all are (2, 1) too, so that the first two are left with (1 + ½) / (2 + 1), the third with ½ / 3.
        let got = left_out_by_rows(&[vec![2.0, 1.0]], 2.0);
        let want = 2.0 * ((1.0 + 2.0 * 0.5) / 4.0_f64).ln() + ((2.0 / 6.0) / 4.0_f64).ln();
        assert!((got - want).abs() < 1e-12);
    }

    #[test]
    fn a_right_prior_is_kept_and_trusted() {
        let beliefs =
            column(vec![vec![9.0, 1.0], vec![2.0, 8.0]], Some(vec![vec![0.85, 0.15], vec![0.2, 0.8]]));
        assert!(beliefs.trust >= 0.8, "{}", beliefs.trust);
        let belief = &beliefs.columns[1];
        assert!(belief.weight >= 10.0 && belief.agreement.unwrap() > 0.1, "{belief:?}");
        assert!((belief.cells[0][0] - 0.86).abs() < 0.04, "{belief:?}");
    }

    #[test]
    fn a_wrong_prior_switches_itself_off() {
        // Differences the wrong way round.
        let beliefs =
            column(vec![vec![9.0, 1.0], vec![2.0, 8.0]], Some(vec![vec![0.2, 0.8], vec![0.85, 0.15]]));
        assert_eq!(beliefs.trust, 0.0);
        assert!(beliefs.columns[1].cells[0][0] > 0.6 && beliefs.columns[1].cells[1][0] < 0.4, "{beliefs:?}");
        // A wrong distribution.
        let beliefs = column(vec![vec![18.0, 2.0], vec![19.0, 1.0]], Some(vec![vec![0.05, 0.95]; 2]));
        let belief = &beliefs.columns[1];
        assert!(belief.weight <= 1.0 && belief.agreement.unwrap() < 0.01, "{belief:?}");
        assert!(belief.cells[0][0] > 0.8);
    }

    #[test]
    fn without_rows_the_prior_is_all_there_is() {
        let beliefs =
            column(vec![vec![0.0, 0.0], vec![0.0, 0.0]], Some(vec![vec![0.9, 0.1], vec![0.4, 0.6]]));
        assert_eq!((beliefs.trust, beliefs.columns[1].weight), (1.0, f64::INFINITY));
        assert!((beliefs.columns[1].cells[1][1] - 0.598).abs() < 1e-9);
    }
}
