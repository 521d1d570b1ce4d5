//! lo.next: what comes at the next visit, learned on synthetic lives?

use crate::MetricError;
use crate::timeline::counts::commonest;
use crate::timeline::history::History;
use crate::timeline::task::{Examples, Prediction};
use crate::timeline::{LifeTrio, Lives, TimelineContext, TimelineMetric};
use crate::trio::some_rows;
use rand::RngExt as _;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Score, Seeded};
use verosim_timeline::Kind;

/// Lift recovered in predicting codes of the next visit.
pub(super) struct NextVisit;

static INFO: MetricInfo = MetricInfo {
    id: "lo.next",
    name: "Next visit, learned on synthetic",
    question: "Do models learned on synthetic lives foresee what the next visit of real patients brings?",
    page: "For one visit of each person by chance, or up to 8 of each where either side has fewer than 200 people, boosted trees learn from everything up to it (age, sex, numbers of events and \
           visits, days since each of the 100 commonest codes, last numbers) whether each of 12 codes comes at the next \
           visit: once from synthetic people, once from as many training people, at most 5,000; both are tested on holdout people. The \
           value is the sum of AUC minus one half of the first over that of the second: 1 when synthetic people teach as \
           much. The codes are the commonest ones of next visits of training people that 2 to 98 % of them have; codes whose \
           rarer side has fewer than 20 training or holdout people are left out. The interval leaves out tenths of the \
           people held out, with all their visits, for models as they are.",
    family: Family::Utility,
    direction: Direction::Higher,
    range: Range { low: f64::NEG_INFINITY, high: f64::INFINITY },
    unit: "share of the lift of real people",
    sources: &[Citation("esteban2017"), Citation("theodorou2023")],
    maturity: Maturity::Draft,
};

const MOST_CODES: usize = 12;
/// People below whom one visit of each tells too little, and how many of each are asked about then.
const FEW_PEOPLE: usize = 200;
const VISITS_OF_FEW: usize = 8;

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
        let few = data.train.n_people().min(data.holdout.n_people()) < FEW_PEOPLE;
        let each = if few { VISITS_OF_FEW } else { 1 };
        let examples = |lives: &Lives, seed: Seeded| {
            Examples::several(lives, |at| {
                some(lives, at, each, seed.split_at(at as u64), |chosen| {
                    example(lives, at, &history, &codes, chosen)
                })
            })
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

/// Examples at up to `each` visits by chance that have a next one.
fn some<T>(lives: &Lives, at: usize, each: usize, seed: Seeded, of: impl Fn(usize) -> T) -> Vec<T> {
    let n = lives.visits_of(&lives.people[at]).len().saturating_sub(1);
    if each == 1 && n > 0 {
        return vec![of(seed.rng().random_range(0..n))];
    }
    some_rows(n, each, seed).into_iter().map(of).collect()
}

/// What is known at a visit, and which codes the next one has.
fn example(
    lives: &Lives,
    at: usize,
    history: &History,
    codes: &[u32],
    chosen: usize,
) -> (Vec<f64>, Vec<bool>) {
    let life = &lives.people[at];
    let visits = lives.visits_of(life);
    let next = &visits[chosen + 1];
    let until = visits[chosen].end.min(next.start - 1).max(visits[chosen].start);
    let has = lives.codes_of(next);
    let happened = codes.iter().map(|code| has.binary_search(code).is_ok()).collect();
    (history.row(lives, life, until), happened)
}
