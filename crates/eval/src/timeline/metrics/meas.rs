//! lo.meas: is measured what illness calls for?

use crate::MetricError;
use crate::jackknife::GROUPS;
use crate::metrics::mean;
use crate::timeline::counts::{Counts, LEAST_PEOPLE, NONE, commonest, enough_people, groups, scored, slots};
use crate::timeline::{LifeTrio, Lives, TimelineContext, TimelineMetric};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Score, Seeded};
use verosim_timeline::Kind;

/// Mean difference of log odds ratios of measurement by diagnosis.
pub(super) struct Measured;

static INFO: MetricInfo = MetricInfo {
    id: "lo.meas",
    name: "Who is measured",
    question: "Are tests done for those for whom illness calls for them, as for real patients?",
    page: "For each of the 15 commonest diagnoses and the 30 commonest measurements: the log odds ratio of a visit with that \
           measurement, visits from the first one with the diagnosis on against all other visits. The value is the mean \
           absolute difference, holdout against synthetic, over pairs with at least 20 holdout patients with the diagnosis \
           and 20 holdout visits with the measurement on either side; half a visit is added to each count. 0.69 is a factor \
           of two. That a value is known at all tells of health in real records; a generator that measures everybody alike \
           is seen here and in no distribution of values.",
    family: Family::Realism,
    direction: Direction::Lower,
    range: Range { low: 0.0, high: f64::INFINITY },
    unit: "log odds",
    sources: &[Citation("haldane1956"), Citation("perkonoja2026")],
    maturity: Maturity::Draft,
};

impl TimelineMetric for Measured {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn compute(
        &self,
        data: &LifeTrio<'_>,
        seed: Seeded,
        _: &TimelineContext<'_>,
    ) -> Result<Score, MetricError> {
        let (real, made) = (data.holdout, data.synthetic);
        enough_people([real, made], LEAST_PEOPLE as usize)?;
        let kind = |code| data.vocabulary.kind(code);
        let states = commonest(real, data.vocabulary, 15, |code| kind(code) == Kind::Condition);
        let tests = commonest(real, data.vocabulary, 30, |code| kind(code) == Kind::Measurement);
        let groups = groups(real, made, seed);
        let n_codes = data.vocabulary.len();
        let (by_state, by_test) = (slots(&states, n_codes), slots(&tests, n_codes));
        let sizes = [states.len(), tests.len()];
        let sides = [
            tables(real, &groups.real, &by_state, &by_test, sizes),
            tables(made, &groups.synthetic, &by_state, &by_test, sizes),
        ];
        let kept: Vec<usize> = (0..states.len() * tests.len())
            .filter(|&pair| {
                [1, 3].iter().all(|cell| sides[0].count(4 * pair + cell, GROUPS) >= f64::from(LEAST_PEOPLE))
            })
            .collect();
        if kept.is_empty() {
            let unit = "pairs of a diagnosis and a measurement with 20 visits";
            return Err(MetricError::TooFew { unit, needed: 1, found: 0 });
        }
        let gap = |pair: usize, out: usize| {
            Some((log_odds(&sides[0], pair, out) - log_odds(&sides[1], pair, out)).abs())
        };
        let score = scored(&groups, |out| mean(kept.iter().map(|&pair| gap(pair, out))))?;
        let mut worst: Vec<(f64, usize)> =
            kept.iter().filter_map(|&pair| Some((gap(pair, GROUPS)?, pair))).collect();
        worst.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let name = |code: u32| data.vocabulary.text(code);
        let parts = worst.into_iter().take(10).map(|(gap, pair)| {
            let (state, test) = (states[pair / tests.len()], tests[pair % tests.len()]);
            (format!("{} with {}", name(test), name(state)), gap)
        });
        Ok(score.with_parts(parts))
    }
}

/// For each pair of a state and a test, visits without and with the test: first out of the state, then in it.
fn tables(lives: &Lives, groups: &[u8], states: &[u32], tests: &[u32], [n, m]: [usize; 2]) -> Counts {
    let mut counts = Counts::new(4 * n * m);
    let (mut is_in, mut has) = (vec![false; n], vec![false; m]);
    for (life, &group) in lives.people.iter().zip(groups) {
        is_in.fill(false);
        for visit in lives.visits_of(life) {
            has.fill(false);
            for &code in lives.codes_of(visit) {
                let (state, test) = (states[code as usize], tests[code as usize]);
                if state != NONE {
                    is_in[state as usize] = true;
                }
                if test != NONE {
                    has[test as usize] = true;
                }
            }
            for (state, &ill) in is_in.iter().enumerate().take(n) {
                for (test, &has) in has.iter().enumerate() {
                    counts.add(4 * (state * m + test) + 2 * usize::from(ill) + usize::from(has), group);
                }
            }
        }
    }
    counts
}

fn log_odds(counts: &Counts, pair: usize, out: usize) -> f64 {
    let count = |cell: usize| counts.count(4 * pair + cell, out) + 0.5;
    (count(3) * count(0) / count(2) / count(1)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::world::lives_of;

    #[test]
    fn visits_are_counted_by_hand() {
        // Visits of one person on days 1 to 4: test; state; test; nothing. In the state from day 2 on.
        let lives = lives_of(&[&[(1, "LAB//a"), (2, "DIAGNOSIS//x"), (3, "LAB//a"), (4, "VISIT//o")]]);
        let counts = tables(&lives, &[0], &[0, NONE, NONE], &[NONE, 0, NONE], [1, 1]);
        let cells: Vec<f64> = (0..4).map(|cell| counts.count(cell, GROUPS)).collect();
        assert_eq!(cells, [0.0, 1.0, 2.0, 1.0]);
        // (1.5 · 0.5) / (2.5 · 1.5) = 1/5.
        assert!((log_odds(&counts, 0, GROUPS) - 0.2_f64.ln()).abs() < 1e-12);
    }
}
