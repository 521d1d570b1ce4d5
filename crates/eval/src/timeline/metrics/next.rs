//! lo.next: what comes at the next visit, learned on synthetic lives?

use crate::MetricError;
use crate::timeline::counts::commonest;
use crate::timeline::history::History;
use crate::timeline::task::{Examples, Prediction};
use crate::timeline::{LifeTrio, Lives, TimelineContext, TimelineMetric};
use rand::RngExt as _;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Score, Seeded};
use verosim_timeline::Kind;

/// Lift recovered in predicting codes of the next visit.
pub(super) struct NextVisit;

static INFO: MetricInfo = MetricInfo {
    id: "lo.next",
    name: "Next visit, learned on synthetic",
    question: "Do models learned on synthetic lives foresee what the next visit of real patients brings?",
    page: "For one visit of each person by chance, boosted trees learn from everything up to it (age, sex, numbers of events and \
           visits, days since each of the 100 commonest codes, last numbers) whether each of 12 codes comes at the next \
           visit: once from synthetic people, once from as many training people, at most 5,000; both are tested on holdout people. The \
           value is the sum of AUC minus one half of the first over that of the second: 1 when synthetic people teach as \
           much. The codes are the commonest ones of next visits of training people that 2 to 98 % of them have; codes whose \
           rarer side has fewer than 20 training or holdout people are left out. The interval leaves out tenths of the \
           holdout, for models as they are.",
    family: Family::Utility,
    direction: Direction::Higher,
    range: Range { low: f64::NEG_INFINITY, high: f64::INFINITY },
    unit: "share of the lift of real people",
    sources: &[Citation("esteban2017"), Citation("theodorou2023")],
    maturity: Maturity::Draft,
};

const MOST_CODES: usize = 12;

impl TimelineMetric for NextVisit {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn compute(
        &self,
        data: &LifeTrio<'_>,
        seed: Seeded,
        ctx: &TimelineContext<'_>,
    ) -> Result<Score, MetricError> {
        let history = History::new(data);
        let codes = asked(data);
        let examples = |lives: &Lives, seed: Seeded| {
            Examples::of(lives, |at| example(lives, at, &history, &codes, seed.split_at(at as u64)))
        };
        let seed = seed.split("visits");
        // Training people in the place of synthetic ones are asked at the same visit.
        let train = examples(data.train, seed.split("learn"));
        let synthetic = examples(data.synthetic, seed.split("learn"));
        let holdout = examples(data.holdout, seed.split("holdout"));
        let prediction = Prediction {
            outcomes: codes
                .iter()
                .map(|&code| format!("next visit: {}", data.vocabulary.text(code)))
                .collect(),
            unit: "people with and without a code at a next visit",
            train: &train,
            holdout: &holdout,
            synthetic: &synthetic,
        };
        prediction.score(seed, ctx)
    }
}

/// Codes that are neither in nearly all nor in nearly no later visits of training people.
fn asked(data: &LifeTrio<'_>) -> Vec<u32> {
    let tells = |code| {
        matches!(
            data.vocabulary.kind(code),
            Kind::Condition
                | Kind::Procedure
                | Kind::Drug
                | Kind::Visit
                | Kind::Measurement
                | Kind::Immunization
                | Kind::Other
        )
    };
    let mut codes = commonest(data.train, data.vocabulary, 10 * MOST_CODES, tells);
    let (mut with, mut all) = (vec![0_usize; data.vocabulary.len()], 0);
    for life in &data.train.people {
        for visit in data.train.visits_of(life).iter().skip(1) {
            all += 1;
            data.train.codes_of(visit).iter().for_each(|&code| with[code as usize] += 1);
        }
    }
    codes.retain(|&code| {
        let share = with[code as usize] as f64 / f64::max(all as f64, 1.0);
        (0.02..=0.98).contains(&share)
    });
    codes.truncate(MOST_CODES);
    codes
}

/// What is known at one visit by chance, and which codes the next one has.
fn example(
    lives: &Lives,
    at: usize,
    history: &History,
    codes: &[u32],
    seed: Seeded,
) -> Option<(Vec<f64>, Vec<bool>)> {
    let life = &lives.people[at];
    let visits = lives.visits_of(life);
    if visits.len() < 2 {
        return None;
    }
    let chosen = seed.rng().random_range(0..visits.len() - 1);
    let next = &visits[chosen + 1];
    let until = visits[chosen].end.min(next.start - 1).max(visits[chosen].start);
    let has = lives.codes_of(next);
    let happened = codes.iter().map(|code| has.binary_search(code).is_ok()).collect();
    Some((history.row(lives, life, until), happened))
}
