//! pm.ngram: does the order of codes betray who was learned from?

use crate::MetricError;
use crate::timeline::grams::{Grams, Scores};
use crate::timeline::membership::{Attacked, MOST_ATTACKED, planted};
use crate::timeline::{LifeTrio, Lives, TimelineContext, TimelineMetric};
use crate::trio::some_rows;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Score, Seeded};

/// Membership by the likelihood of sequences.
pub(super) struct GramMember;

static INFO: MetricInfo = MetricInfo {
    id: "pm.ngram",
    name: "Membership by likelihood of sequences",
    question: "Does the order of codes betray whose life was learned from?",
    page: "An attacker learns the model of lo.ng on the synthetic lives and on a third of the holdout, whom they know, and asks \
           how many fewer bits per event a life takes with the first than with the second. The AUC tells training people \
           from the other holdout people by that; 0.5 is safe. What is common to the population makes a life likely under \
           both and cancels; what only the synthetic lives hold does not. Parts as in pm.life; for its control, copies of \
           training people are added to the synthetic lives until they are 5 % of them, and learned as well.",
    family: Family::Privacy,
    direction: Direction::Target(0.5),
    range: Range { low: 0.0, high: 1.0 },
    unit: "AUC",
    sources: &[Citation("vanbreugel2023"), Citation("kneser1995")],
    maturity: Maturity::Draft,
};

impl TimelineMetric for GramMember {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn compute(
        &self,
        data: &LifeTrio<'_>,
        seed: Seeded,
        ctx: &TimelineContext<'_>,
    ) -> Result<Score, MetricError> {
        let (train, holdout, made) = (data.train, data.holdout, data.synthetic);
        let known = some_rows(holdout.n_people(), holdout.n_people() / 3, seed.split("known"));
        let left: Vec<usize> =
            (0..holdout.n_people()).filter(|at| known.binary_search(at).is_err()).collect();
        let others: Vec<usize> = some_rows(left.len(), MOST_ATTACKED, seed.split("others"))
            .into_iter()
            .map(|at| left[at])
            .collect();
        let members = some_rows(train.n_people(), MOST_ATTACKED, seed.split("members"));
        let copied: Vec<usize> = members
            .iter()
            .zip(planted(members.len(), train.n_people(), made.n_people()))
            .filter(|(_, copied)| *copied)
            .map(|(&at, _)| at)
            .collect();
        let sequences = |lives: &'_ Lives, people: &[usize]| -> Vec<Vec<u32>> {
            people.iter().map(|&at| lives.sequence(&lives.people[at]).to_vec()).collect()
        };
        let everybody: Vec<usize> = (0..made.n_people()).collect();
        let read = |mut all: Vec<Vec<u32>>, more: Vec<Vec<u32>>| {
            all.extend(more);
            Grams::of(all.iter().map(Vec::as_slice), data.vocabulary.len())
        };
        let synthetic = sequences(made, &everybody);
        let by_made = read(synthetic.clone(), Vec::new());
        let by_known = read(sequences(holdout, &known), Vec::new());
        let by_planted = read(synthetic, sequences(train, &copied));
        ctx.ctx.stop.check()?;
        let fewer = |model: &Grams, lives: &Lives, people: &[usize]| -> Vec<f64> {
            let (a, b) = (Scores::of(model, lives, people), Scores::of(&by_known, lives, people));
            a.each().zip(b.each()).map(|(made, known)| known - made).collect()
        };
        let attacked = Attacked {
            members: fewer(&by_made, train, &members),
            others: fewer(&by_made, holdout, &others),
            planted: Some(fewer(&by_planted, train, &members)),
        };
        attacked.score(&INFO, ctx)
    }
}
