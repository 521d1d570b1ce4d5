//! lo.ng: do synthetic lives teach as well as real ones what happens next?

use crate::MetricError;
use crate::jackknife::{GROUPS, Groups};
use crate::timeline::counts::enough_people;
use crate::timeline::grams::{Grams, Scores};
use crate::timeline::{LifeTrio, Lives, TimelineContext, TimelineMetric};
use crate::trio::some_rows;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Score, Seeded};

/// Gap of cross-entropies of a model of three successive codes.
pub(super) struct CrossEntropy;

static INFO: MetricInfo = MetricInfo {
    id: "lo.ng",
    name: "Cross-entropy of sequences",
    question: "Do synthetic lives teach as well as real ones what happens next?",
    page: "A model of three successive codes (interpolated Kneser-Ney, with one discount for each length of history) is learned \
           on synthetic lives and on as many training lives; the value is how many more bits per event it takes to write down \
           the holdout with the first than with the second. 0 is what training lives reach, by definition, so that the \
           ceiling is 0. Parts: the bits themselves, and the reverse, a model of the holdout that writes down synthetic and \
           training lives: a negative difference means that synthetic lives are too simple (they repeat what is common), a \
           positive one that they hold what no real life does. Events at one time stand in the order of their codes; the \
           end of a life is an event. The interval leaves out tenths of the holdout, for models as they are.",
    family: Family::Realism,
    direction: Direction::Lower,
    range: Range { low: f64::NEG_INFINITY, high: f64::INFINITY },
    unit: "bits per event",
    sources: &[Citation("kneser1995"), Citation("chen1999")],
    maturity: Maturity::Checked,
};

impl TimelineMetric for CrossEntropy {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn compute(
        &self,
        data: &LifeTrio<'_>,
        seed: Seeded,
        ctx: &TimelineContext<'_>,
    ) -> Result<Score, MetricError> {
        enough_people([data.holdout, data.synthetic], 2)?;
        enough_people([data.train, data.synthetic], 2)?;
        let n = data.train.n_people().min(data.synthetic.n_people());
        // One draw for both, so that training people in the place of synthetic ones are the same people.
        let some = |lives: &Lives| some_rows(lives.n_people(), n, seed.split("people"));
        let (made, own) = (some(data.synthetic), some(data.train));
        let learn = |lives: &Lives, people: &[usize]| {
            let people = people.iter().map(|&at| lives.sequence(&lives.people[at]));
            Grams::of(people, data.vocabulary.len())
        };
        let everybody: Vec<usize> = (0..data.holdout.n_people()).collect();
        let (by_made, by_own) = rayon::join(|| learn(data.synthetic, &made), || learn(data.train, &own));
        ctx.ctx.stop.check()?;
        let (on_made, on_own) = rayon::join(
            || Scores::of(&by_made, data.holdout, &everybody),
            || Scores::of(&by_own, data.holdout, &everybody),
        );
        let groups = Groups::new(everybody.len(), 1, seed);
        let bits =
            |scores: &Scores, out: usize| scores.bits_per_event(|at| usize::from(groups.real[at]) != out);
        let score =
            groups.score_over("holdout patients, models as they are", "there is no event", |out| {
                Some(bits(&on_made, out)? - bits(&on_own, out)?)
            })?;
        let by_holdout = learn(data.holdout, &everybody);
        let (of_made, of_own) = rayon::join(
            || Scores::of(&by_holdout, data.synthetic, &made),
            || Scores::of(&by_holdout, data.train, &own),
        );
        let all = |scores: &Scores| scores.bits_per_event(|_| true).unwrap_or(f64::NAN);
        Ok(score.with_parts([
            ("holdout, learned on synthetic".to_owned(), bits(&on_made, GROUPS).unwrap_or(f64::NAN)),
            ("holdout, learned on training".to_owned(), bits(&on_own, GROUPS).unwrap_or(f64::NAN)),
            ("synthetic, learned on holdout".to_owned(), all(&of_made)),
            ("training, learned on holdout".to_owned(), all(&of_own)),
            ("reverse difference".to_owned(), all(&of_made) - all(&of_own)),
        ]))
    }
}
