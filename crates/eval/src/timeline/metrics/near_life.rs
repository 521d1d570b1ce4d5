//! pd.life: are synthetic lives nearer to those learned from than to others?

use crate::MetricError;
use crate::timeline::counts::enough_people;
use crate::timeline::likeness::Likeness;
use crate::timeline::membership::{MOST_ATTACKED, MOST_SEARCHED};
use crate::timeline::{LifeTrio, TimelineContext, TimelineMetric};
use crate::trio::some_rows;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Score, Seeded};
use verosim_math::learn::Rate;

/// Share of synthetic lives whose most similar real life is a training one.
pub(super) struct NearLife;

static INFO: MetricInfo = MetricInfo {
    id: "pd.life",
    name: "Nearer to those learned from",
    question: "Are synthetic lives nearer to those that were learned from than to others?",
    page: "Share of synthetic people whose most similar real life (by the likeness of pm.life) is that of a training person, among \
           as many training as holdout people; ties count one half, also where nothing is shared with anybody. 0.5 is right; \
           copies of training people give 1. Parts: ties, and the mean likeness to the most similar training and holdout \
           person. A few copies among many people hardly move a share: pd.run counts them.",
    family: Family::Privacy,
    direction: Direction::Target(0.5),
    range: Range { low: 0.0, high: 1.0 },
    unit: "share of synthetic people",
    sources: &[Citation("platzer2021")],
    maturity: Maturity::Draft,
};

impl TimelineMetric for NearLife {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn compute(
        &self,
        data: &LifeTrio<'_>,
        seed: Seeded,
        ctx: &TimelineContext<'_>,
    ) -> Result<Score, MetricError> {
        enough_people([data.train, data.holdout], 20)?;
        enough_people([data.holdout, data.synthetic], 20)?;
        let n = data.train.n_people().min(data.holdout.n_people()).min(MOST_SEARCHED / 2);
        let own = some_rows(data.train.n_people(), n, seed.split("train"));
        let others = some_rows(data.holdout.n_people(), n, seed.split("holdout"));
        let made = some_rows(data.synthetic.n_people(), MOST_ATTACKED, seed.split("made"));
        let likeness = Likeness::of(&[(data.train, &own), (data.holdout, &others)]);
        ctx.ctx.stop.check()?;
        let found = likeness.nearest((data.synthetic, &made), &[0..n, n..2 * n]);
        let nearer: Vec<f64> = found
            .iter()
            .map(|best| match best[0].total_cmp(&best[1]) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            })
            .collect();
        let rate = Rate::mean(&nearer, 0.95);
        let mean = |side: usize| found.iter().map(|best| best[side]).sum::<f64>() / found.len() as f64;
        let ties = nearer.iter().filter(|&&one| one == 0.5).count() as f64 / nearer.len() as f64;
        let score = Score::new(rate.value, nearer.len())
            .map_err(|_| MetricError::Undefined { why: "no finite value".into() })?;
        Ok(score.with_interval(rate.low, rate.high, 0.95, "normal over synthetic patients").with_parts([
            ("ties".to_owned(), ties),
            ("mean likeness to training".to_owned(), mean(0)),
            ("mean likeness to holdout".to_owned(), mean(1)),
        ]))
    }
}
