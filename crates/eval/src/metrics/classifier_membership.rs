//! pm.clf: can a classifier that knows the population single out who was learned from?

use super::c2st::learner;
use super::distance_membership::MOST_PEOPLE;
use crate::attack::{Scores, Side, attack, pooled, sides};
use crate::features::Stacked;
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_data::Table;
use verosim_math::learn::{Sample, Target};

/// Membership by a classifier between synthetic rows and a population sample.
pub(super) struct ClassifierMembership;

static INFO: MetricInfo = MetricInfo {
    id: "pm.clf",
    name: "Membership by classifier",
    question: "Can a classifier that knows the population single out who was learned from?",
    page: "Boosted trees learn to tell synthetic rows from a sample of the population (half of the holdout), as many of \
           each; people whom they take for synthetic are called members. AUC over training rows and the other half of \
           the holdout, then with the halves exchanged; 0.5 is safe. The control learns with 5 % of the synthetic rows replaced by training rows.",
    family: Family::Privacy,
    direction: Direction::Target(0.5),
    range: Range { low: 0.0, high: 1.0 },
    unit: "AUC",
    sources: &[Citation("hilprecht2019"), Citation("friedman2001")],
    maturity: Maturity::Draft,
};

/// Holdout rows on either side from which a classifier can learn.
const LEAST_KNOWN: usize = 20;

impl Metric for ClassifierMembership {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let [first, second] = sides(data, MOST_PEOPLE, seed).map(|side| side_scores(&side, data, seed));
        attack(&INFO, &pooled([first?, second?]), ctx)
    }
}

/// Learns on the half that the attacker knows and scores the people who are attacked.
fn side_scores(side: &Side, data: &Trio<'_>, seed: Seeded) -> Result<Scores, MetricError> {
    let k = side.known.len().min(data.synthetic.n_rows());
    if k < LEAST_KNOWN {
        let found = data.holdout.n_rows();
        return Err(MetricError::TooFew { unit: "holdout rows", needed: 2 * LEAST_KNOWN, found });
    }
    let members = data.train.take(&side.members);
    let others = data.holdout.take(&side.others);
    let known: Vec<usize> =
        some_rows(side.known.len(), k, seed.split("sample")).iter().map(|&at| side.known[at]).collect();
    let sample = data.holdout.take(&known);
    let made = data.synthetic.take(&some_rows(data.synthetic.n_rows(), k, seed.split("made")));
    let (of_members, of_others) = scores(&made, &sample, &members, &others)?;
    // The control: the first 5 % of the synthetic rows are members of the attacked list.
    let copies = members.take(&(0..(k / 20).clamp(1, members.n_rows().max(1))).collect::<Vec<_>>());
    let rest = made.take(&(copies.n_rows()..k).collect::<Vec<_>>());
    let planted = copies.append(&rest).and_then(|made| scores(&made, &sample, &members, &others).ok());
    Ok(Scores { members: of_members, others: of_others, planted: planted.map(|(members, _)| members) })
}

/// How synthetic members and others look to a classifier of `made` against `sample`.
fn scores(
    made: &Table,
    sample: &Table,
    members: &Table,
    others: &Table,
) -> Result<(Vec<f64>, Vec<f64>), MetricError> {
    let binned = Stacked::new(&[made, sample, members, others], &[]).binned();
    let (a, b, c) = (made.n_rows(), sample.n_rows(), members.n_rows());
    let is_made: Vec<bool> = (0..binned.n_rows()).map(|row| row < a).collect();
    let learn: Vec<u32> = (0..(a + b) as u32).collect();
    let model = learner(a + b)
        .fit(&Sample::of(&binned, Target::Binary(&is_made), &learn))
        .map_err(|error| MetricError::Undefined { why: error.to_string() })?;
    let range = |from: usize, to: usize| (from as u32..to as u32).collect::<Vec<_>>();
    let of = |rows: &[u32]| model.scores(&binned, rows);
    Ok((of(&range(a + b, a + b + c)), of(&range(a + b + c, binned.n_rows()))))
}
