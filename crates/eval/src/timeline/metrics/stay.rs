//! lo.mort, lo.readmit: who dies in hospital and who comes back, learned on synthetic lives?

use crate::MetricError;
use crate::timeline::history::History;
use crate::timeline::task::{Examples, Prediction};
use crate::timeline::{Life, LifeTrio, Lives, TimelineContext, TimelineMetric, Visit};
use rand::RngExt as _;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Score, Seeded};
use verosim_timeline::event::instant::DAY;

/// When a prediction is made about a stay, and whether it comes to pass; `None` where the stay does not tell.
type Asks = fn(&Life, &[Visit], usize) -> Option<(i64, bool)>;

/// Lift recovered in predicting what becomes of a stay.
pub(super) struct Stay {
    info: &'static MetricInfo,
    outcome: &'static str,
    unit: &'static str,
    asks: Asks,
    /// Whether the last stay is asked for, in place of one by chance.
    last: bool,
}

/// Death in hospital.
pub(super) static DEATH: Stay = Stay {
    info: &MetricInfo {
        id: "lo.mort",
        name: "Death in hospital, learned on synthetic",
        question: "Do models learned on synthetic lives foresee which real patients die in hospital?",
        page: "As lo.next, for one outcome: whether a patient dies before the end of their last stay (a visit whose own event lasts \
               a day or longer; a day is added, because many sources know only the day of death), from what is known 24 \
               hours after its beginning; who dies before that is left out. Needs 20 training and 20 holdout people who die \
               so, and as many who do not. Parts: the mean AUC of either model.",
        family: Family::Utility,
        direction: Direction::Higher,
        range: Range { low: f64::NEG_INFINITY, high: f64::INFINITY },
        unit: "share of the lift of real people",
        sources: &[Citation("esteban2017")],
        maturity: Maturity::Draft,
    },
    outcome: "death in hospital",
    unit: "people who die, and who do not, in their last stay",
    asks: dies,
    last: true,
};

/// The next stay within 30 days.
pub(super) static READMISSION: Stay = Stay {
    info: &MetricInfo {
        id: "lo.readmit",
        name: "Readmission, learned on synthetic",
        question: "Do models learned on synthetic lives foresee which real patients come back to hospital?",
        page: "As lo.next, for one outcome: whether a patient who leaves one of their stays by chance alive begins another within 30 \
               days, from what is known at its end; stays whose 30 days are not seen to their end, without another stay, are \
               left out. Needs 20 training and 20 holdout people who come back, and as many who do not. Parts: the mean AUC \
               of either model.",
        family: Family::Utility,
        direction: Direction::Higher,
        range: Range { low: f64::NEG_INFINITY, high: f64::INFINITY },
        unit: "share of the lift of real people",
        sources: &[Citation("esteban2017")],
        maturity: Maturity::Draft,
    },
    outcome: "readmission within 30 days",
    unit: "people who come back within 30 days, and who do not",
    asks: returns,
    last: false,
};

impl TimelineMetric for Stay {
    fn info(&self) -> &'static MetricInfo {
        self.info
    }

    fn compute(
        &self,
        data: &LifeTrio<'_>,
        seed: Seeded,
        ctx: &TimelineContext<'_>,
    ) -> Result<Score, MetricError> {
        let history = History::new(data);
        let examples = |lives: &Lives, seed: Seeded| {
            Examples::of(lives, |at| self.example(lives, at, &history, seed.split_at(at as u64)))
        };
        let (learn, test) = (seed.split("learn"), seed.split("test"));
        let prediction = Prediction {
            outcomes: vec![self.outcome.to_owned()],
            unit: self.unit,
            train: &examples(data.train, learn),
            holdout: &examples(data.holdout, test),
            synthetic: &examples(data.synthetic, learn),
        };
        prediction.score(seed, ctx)
    }
}

impl Stay {
    fn example(
        &self,
        lives: &Lives,
        at: usize,
        history: &History,
        seed: Seeded,
    ) -> Option<(Vec<f64>, Vec<bool>)> {
        let life = &lives.people[at];
        let last_seen = lives.span(life).map_or(i64::MIN, |(_, last)| last);
        let stays: Vec<Visit> = lives.visits_of(life).iter().filter(|visit| visit.is_stay).cloned().collect();
        let told: Vec<(i64, bool)> = (0..stays.len())
            .filter_map(|stay| (self.asks)(life, &stays, stay))
            // Where nothing came, the time in which it could have must have been seen.
            .filter(|&(until, happened)| {
                self.last || happened || last_seen >= until + 30 * DAY || life.death.is_some()
            })
            .collect();
        let (until, happened) = if self.last {
            // The last stay, or nothing.
            (self.asks)(life, &stays, stays.len().checked_sub(1)?)?
        } else if told.is_empty() {
            return None;
        } else {
            told[seed.rng().random_range(0..told.len())]
        };
        Some((history.row(lives, life, until), vec![happened]))
    }
}

fn dies(life: &Life, stays: &[Visit], at: usize) -> Option<(i64, bool)> {
    let until = stays[at].start + DAY;
    match life.death {
        Some(death) if death <= until => None,
        Some(death) => Some((until, death <= stays[at].end + DAY)),
        None => Some((until, false)),
    }
}

fn returns(life: &Life, stays: &[Visit], at: usize) -> Option<(i64, bool)> {
    let end = stays[at].end;
    if life.death.is_some_and(|death| death <= end + DAY) {
        return None;
    }
    let next = stays.get(at + 1);
    Some((end, next.is_some_and(|next| next.start > end && next.start - end <= 30 * DAY)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_timeline::Sex;

    fn life(death: Option<i64>) -> Life {
        Life { sex: Sex::Other, birth: None, death, statics: Vec::new(), events: 0..0, visits: 0..0 }
    }

    fn stay(start: i64, end: i64) -> Visit {
        Visit { start: start * DAY, end: end * DAY, codes: 0..0, is_stay: true }
    }

    #[test]
    fn outcomes_are_by_hand() {
        let stays = [stay(0, 5), stay(20, 30), stay(90, 95)];
        assert_eq!(dies(&life(Some(6 * DAY)), &stays, 0), Some((DAY, true)), "the day after still counts");
        assert_eq!(dies(&life(Some(7 * DAY)), &stays, 0), Some((DAY, false)));
        assert_eq!(dies(&life(Some(DAY / 2)), &stays, 0), None, "before anything was known");
        assert_eq!(returns(&life(None), &stays, 0), Some((5 * DAY, true)));
        assert_eq!(returns(&life(None), &stays, 1), Some((30 * DAY, false)));
        assert_eq!(returns(&life(Some(95 * DAY)), &stays, 2), None);
    }
}
